//! Settings of one git command (`git -c ciguard.policy=FILE push`), as git hands them on to its hooks: in
//! `GIT_CONFIG_PARAMETERS`, each quoted for a shell. gix reads every other source of configuration itself.
//!
//! Only what this guard asks for is taken over. Whatever git would not have written is passed over: git itself has
//! refused it by then.

use bstr::{BString, ByteSlice};

/// The sections that are asked for somewhere in [`super::repo`].
const ASKED: [&[u8]; 4] = [b"branch", b"ciguard", b"remote", b"safe"];

/// The settings, as `key=value`, or a lone `key` for what is simply true.
pub(super) fn settings(parameters: &[u8]) -> Vec<BString> {
    let mut rest = parameters.trim_ascii();
    let mut settings = Vec::new();
    while let Some((word, after)) = quoted(rest) {
        // 'key'='value' or 'key'= since git 2.31, 'key=value' before.
        let setting = match after.strip_prefix(b"=") {
            Some(after) => {
                let (value, after) = quoted(after).map_or((None, after), |(value, after)| (Some(value), after));
                rest = after;
                (!word.contains(&b'=')).then(|| value.map_or(word.clone(), |value| [&word[..], b"=", &value].concat()))
            }
            None => {
                rest = after;
                Some(word)
            }
        };
        settings.extend(setting.filter(|setting| is_asked(setting)).map(BString::from));
        if !rest.starts_with(b" ") {
            break;
        }
        rest = rest.trim_ascii_start();
    }
    settings
}

fn is_asked(setting: &[u8]) -> bool {
    let section = setting.split(|&c| c == b'.').next().unwrap_or_default();
    ASKED.iter().any(|asked| section.eq_ignore_ascii_case(asked))
}

/// The word in single quotes that stands first, and what follows it. Outside the quotes, a backslash gives a quote or an
/// exclamation mark.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"'")?;
    let mut word = Vec::new();
    loop {
        let end = rest.find_byte(b'\'')?;
        word.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        match rest {
            [b'\\', escaped @ (b'\'' | b'!'), b'\'', after @ ..] => {
                word.push(*escaped);
                rest = after;
            }
            _ => return Some((word, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_git_writes_is_read() {
        for (text, want) in [
            ("", &[][..]),
            ("'ciguard.policy'='/a b/c.json'", &["ciguard.policy=/a b/c.json"]),
            ("'ciguard.policy=/a b/c.json'", &["ciguard.policy=/a b/c.json"]),
            (
                "'core.pager'='less' 'CiGuard.policy'='x' 'safe.directory'='*'",
                &["CiGuard.policy=x", "safe.directory=*"],
            ),
            (r"'ciguard.policy'='it'\''s'\!'.json'", &["ciguard.policy=it's!.json"]),
            ("'ciguard.policy'= 'safe.directory'=''", &["ciguard.policy", "safe.directory="]),
            ("'remote.a.url'='k=v'", &["remote.a.url=k=v"]),
            // A subsection may hold anything, and gix would cut it at the first sign of equality.
            ("'remote.a=b.url'='x' 'ciguard.policy'='y'", &["ciguard.policy=y"]),
            ("garbage", &[]),
            ("'ciguard.policy'='x", &["ciguard.policy"]),
            ("'ciguard.policy'='x'garbage 'safe.directory'='*'", &["ciguard.policy=x"]),
        ] {
            assert_eq!(settings(text.as_bytes()), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_comes_back(value in "[^\n\0]{0,20}") {
            let quoted = value.replace('\'', r"'\''").replace('!', r"'\!'");
            prop_assert_eq!(settings(format!("'ciguard.policy'='{quoted}'").as_bytes()), [format!("ciguard.policy={value}")]);
        }

        #[test]
        fn any_bytes_are_read(text in proptest::collection::vec(proptest::sample::select(&b"'\\!=. acgirdu"[..]), 0..60)) {
            settings(&text);
        }
    }
}
