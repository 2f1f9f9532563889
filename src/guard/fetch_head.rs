//! `FETCH_HEAD`: what the last fetch brought. After `git pull URL main` it is the only place that says so.
//!
//! It proves that a commit came from a branch of a URL. Whether that URL is to be believed is decided here too: only
//! one that is configured as a remote, or that is being pushed to, can vouch for a base or an allowed branch.

use crate::model::Oid;
use bstr::{BStr, BString, ByteSlice};

/// One line of `FETCH_HEAD` that names a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What was fetched.
    pub target: Oid,
    /// The branch's name over there, without `refs/heads/`.
    pub branch: BString,
    /// Where it was fetched from, as git writes it (without `.git` and trailing slashes).
    pub url: BString,
}

/// Read all branches; lines of tags, of a bare `HEAD` and of anything else are passed over.
pub fn parse(content: &[u8]) -> Vec<Fetched> {
    content.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &[u8]) -> Option<Fetched> {
    let mut columns = line.splitn_str(3, "\t");
    let target = Oid::from_hex(columns.next()?)?;
    let _merge_or_not = columns.next()?;
    let rest = columns.next()?.strip_prefix(b"branch '")?;
    // A branch name cannot hold a space, a URL can hold anything: the first "' of " ends the name.
    let end = rest.find("' of ")?;
    Some(Fetched { target, branch: rest[..end].into(), url: rest[end + "' of ".len()..].into() })
}

/// Whether two ways to write a repository's address mean the same place. Knows what git cuts off in `FETCH_HEAD`
/// (`.git`, slashes at the end), `file://`, a password in a URL, and `host:path` beside `ssh://host/path`.
pub fn same_place(one: &BStr, other: &BStr) -> bool {
    !one.is_empty() && normal_form(one) == normal_form(other)
}

fn normal_form(url: &BStr) -> Vec<u8> {
    let trim = |url: &[u8]| -> Vec<u8> {
        let mut url = url.trim_end_with(|c| c == '/');
        url = url.strip_suffix(b"/.git").or_else(|| url.strip_suffix(b".git")).unwrap_or(url);
        url.trim_end_with(|c| c == '/').to_vec()
    };
    if let Some(path) = url.strip_prefix(b"file://") {
        return trim(path);
    }
    let (host, path): (&[u8], &[u8]) = match url.find("://") {
        Some(at) => {
            let rest = &url[at + 3..];
            rest.split_at(rest.find_byte(b'/').unwrap_or(rest.len()))
        }
        // `host:path`, unless a slash comes first: then it is a local path with a colon in it.
        None => match (url.find_byte(b':'), url.find_byte(b'/')) {
            (Some(colon), slash) if slash.is_none_or(|slash| colon < slash) => (&url[..colon], &url[colon + 1..]),
            _ => return trim(url),
        },
    };
    let host = host.rsplit_once_str("@").map_or(host, |(_, host)| host).to_ascii_lowercase();
    [&host[..], b"/", trim(path).trim_start_with(|c| c == '/')].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn branches_are_read_and_everything_else_is_passed_over() {
        let id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let text = format!(
            "{id}\t\tbranch 'main' of https://example.com/a/b\n\
             {id}\tnot-for-merge\tbranch 'release/1' of /srv/it's of mine/x\n\
             {id}\tnot-for-merge\ttag 'v1' of https://example.com/a/b\n\
             {id}\t\thttps://example.com/a/b\n\
             nonsense\t\tbranch 'main' of x\n{id} branch 'main' of x\n"
        );
        let got: Vec<_> =
            parse(text.as_bytes()).into_iter().map(|f| (f.branch.to_string(), f.url.to_string())).collect();
        let want = [("main", "https://example.com/a/b"), ("release/1", "/srv/it's of mine/x")];
        assert_eq!(got, want.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn places_are_compared_not_spellings() {
        let same = [
            ("https://example.com/a/b", "https://example.com/a/b.git"),
            ("https://me:secret@Example.com/a/b/", "https://example.com/a/b"),
            ("git@example.com:a/b.git", "ssh://git@example.com/a/b"),
            ("file:///srv/x.git", "/srv/x"),
            ("/srv/x/.git", "/srv/x/"),
        ];
        for (one, other) in same {
            assert!(same_place(one.into(), other.into()), "{one} {other}");
        }
        let different = [
            ("https://example.com/a/b", "https://example.com/a/c"),
            ("https://example.com/a/b", "https://example.org/a/b"),
            ("/srv/x", "srv/x"),
            ("", ""),
        ];
        for (one, other) in different {
            assert!(!same_place(one.into(), other.into()), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>, url: Vec<u8>) {
            parse(&content);
            prop_assert_eq!(same_place(url.as_bstr(), url.as_bstr()), !url.is_empty());
        }
    }
}
