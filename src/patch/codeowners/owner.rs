//! What may be called an owner: `@user`, `@org/team`, an address, and GitLab's groups and roles. Everything else is
//! passed over, so that what comes out can be printed as it is.

/// Longer ones are no names.
const LONGEST: usize = 255;

/// `@user`, `@org/team` or an address.
pub(super) fn on_github(word: &[u8]) -> Option<String> {
    let word = readable(word)?;
    let known = match word.strip_prefix('@') {
        Some(handle) => match handle.split_once('/') {
            Some((org, team)) => is_name(org) && is_name(team),
            None => is_name(handle),
        },
        None => is_address(word),
    };
    known.then(|| word.to_owned())
}

/// `@user`, `@group/with/subgroups`, `@@role` or an address.
pub(super) fn on_gitlab(word: &[u8]) -> Option<String> {
    let word = readable(word)?;
    let known = match word.strip_prefix('@') {
        Some(handle) => match handle.strip_prefix('@') {
            Some(role) => role.bytes().all(|byte| byte.is_ascii_alphabetic()) && !role.is_empty(),
            None => handle.split('/').all(is_name),
        },
        None => is_address(word),
    };
    known.then(|| word.to_owned())
}

fn readable(word: &[u8]) -> Option<&str> {
    std::str::from_utf8(word).ok().filter(|word| word.len() <= LONGEST)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

fn is_address(word: &str) -> bool {
    let plain = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    word.split_once('@').is_some_and(|(user, host)| plain(user, b"._%+-") && plain(host, b".-") && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_owners() {
        for (word, github, gitlab) in [
            ("@octocat", true, true),
            ("@octo-cat_acme", true, true),
            ("@acme/api-team", true, true),
            ("@acme/sub/team", false, true),
            ("@@maintainer", false, true),
            ("@@maintainers", false, true),
            ("a.b+c@example.com", true, true),
            ("octocat", false, false),
            ("@", false, false),
            ("@@", false, false),
            ("@@a/b", false, false),
            ("@acme/", false, false),
            ("@/team", false, false),
            ("@a b", false, false),
            ("@a,", false, false),
            ("@größe", false, false),
            ("@a\u{1b}[31m", false, false),
            ("@a\u{202e}b", false, false),
            ("a@b", false, false),
            ("a@b@example.com", false, false),
            ("<a@example.com>", false, false),
            ("", false, false),
        ] {
            assert_eq!(on_github(word.as_bytes()).is_some(), github, "{word} on GitHub");
            assert_eq!(on_gitlab(word.as_bytes()).is_some(), gitlab, "{word} on GitLab");
        }
        assert_eq!(on_github(b"@a\xff"), None);
        assert_eq!(on_gitlab(format!("@{}", "a".repeat(LONGEST)).as_bytes()), None);
    }
}
