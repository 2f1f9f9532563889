//! Names in the headers of patches: where they end, how they are quoted, and what git strips from them.
//!
//! A name comes out as git takes it, not as a path that is fit for anything: that is judged elsewhere.

use super::FlawKind;
use super::cursor::is_space;
use super::stamps::timestamp_len;
use bstr::{BString, ByteSlice};
use memchr::{memchr, memchr2};

/// How many folders are stripped from names: `git apply` knows 1 and, once it has seen names without any folder, 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strip {
    None,
    One,
}

/// A name, if there is one.
pub(super) type Name = Result<Option<BString>, FlawKind>;

/// The name after `--- ` or `+++ ` under a `diff --git`, or after `rename from` and its like (then `tab_ends` is false).
/// `line` reaches to the end of the line, its end included.
pub(super) fn in_git_header(line: &[u8], strip: Strip, tab_ends: bool) -> Name {
    if line.starts_with(b"\"") {
        return quoted(line, strip).map(Some);
    }
    let ends = |&byte: &u8| matches!(byte, b'\n' | b'\r') || (tab_ends && byte == b'\t');
    let end = line.iter().position(ends).unwrap_or(line.len());
    Ok(plain(&line[..end], None, strip))
}

/// The name after `--- ` or `+++ ` of a patch without `diff --git`; `other` is the name of the first of the two lines.
pub(super) fn in_traditional_header(line: &[u8], other: Option<&BString>, strip: Strip) -> Name {
    if line.starts_with(b"\"") {
        return quoted(line, strip).map(Some);
    }
    let whole = line.strip_suffix(b"\n").unwrap_or(line);
    let end = match timestamp_len(whole) {
        0 => whole.iter().position(|byte| matches!(byte, b'\t' | b'\r')).unwrap_or(whole.len()),
        stamp => whole.len() - stamp,
    };
    Ok(plain(&whole[..end], other, strip))
}

/// Whether it stands for no file.
pub(super) fn is_dev_null(line: &[u8]) -> bool {
    line.strip_prefix(b"/dev/null").is_some_and(|rest| rest.first().is_some_and(|&byte| is_space(byte)))
}

/// The one name that a `diff --git` line gives to both sides; `None` where they differ, which is no fault: other lines
/// name them then. `line` is what follows `diff --git `, with its end.
pub(super) fn of_both_sides(line: &[u8], strip: Strip) -> Name {
    if line.starts_with(b"\"") {
        return of_both_sides_quoted(line, strip);
    }
    let Some(name) = without_prefix(line, strip) else { return Ok(None) };
    if let Some(quote) = memchr(b'"', name) {
        let (second, _) = unquote(&name[quote..])?;
        let Some(second) = without_prefix(&second, strip) else { return Ok(None) };
        let ends = name.get(second.len()).is_some_and(|&byte| is_space(byte));
        let same = second.len() < quote && name.starts_with(second) && ends;
        return Ok(same.then(|| second.into()));
    }
    let Some(name) = name.strip_suffix(b"\n") else { return Ok(None) };
    Ok(twice(name, strip).map(BString::from))
}

/// `X b/X`: the name that stands twice. The place to part them at is the one that leaves equal lengths; there is one at
/// most, because the slash behind the gap only moves on.
fn twice(both: &[u8], strip: Strip) -> Option<&[u8]> {
    let mut slash = 0;
    let mut from = 0;
    while let Some(found) = memchr2(b'\t', b' ', &both[from..]) {
        let length = from + found;
        from = length + 1;
        let second = match strip {
            Strip::None if both.get(from) == Some(&b'/') => continue,
            Strip::None => from,
            Strip::One => {
                if slash < from {
                    slash = from + memchr(b'/', &both[from..])?;
                }
                if slash == from {
                    continue;
                }
                slash + 1
            }
        };
        if both.len() - second == length && both[..length] == both[second..] {
            return Some(&both[..length]);
        }
    }
    None
}

fn of_both_sides_quoted(line: &[u8], strip: Strip) -> Name {
    let (first, rest) = unquote(line)?;
    let Some(first) = without_prefix(&first, strip) else { return Ok(None) };
    let second = rest.trim_start_with(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    // An unquoted second name is compared together with the end of the line, as git does.
    let second = if second.starts_with(b"\"") { unquote(second)?.0 } else { second.to_vec() };
    let same = without_prefix(&second, strip).is_some_and(|second| second == first);
    Ok(same.then(|| first.into()))
}

/// A name without the folder in front; `None` for an absolute one and one that has no folder.
fn without_prefix(name: &[u8], strip: Strip) -> Option<&[u8]> {
    match strip {
        Strip::None => (name.first() != Some(&b'/')).then_some(name),
        Strip::One => memchr(b'/', name).filter(|&slash| slash > 0).map(|slash| &name[slash + 1..]),
    }
}

/// A name that is not quoted. Of two names of which the first begins the second, git takes the shorter one (`file` beside
/// `file.orig`).
fn plain(name: &[u8], other: Option<&BString>, strip: Strip) -> Option<BString> {
    let name = match strip {
        Strip::None => Some(name),
        Strip::One => memchr(b'/', name).map(|slash| &name[slash + 1..]),
    };
    match (name.filter(|name| !name.is_empty()), other) {
        (None, other) => other.map(|other| squash(other)),
        (Some(name), Some(other)) if other.len() < name.len() && name.starts_with(other) => Some(squash(other)),
        (Some(name), _) => Some(squash(name)),
    }
}

/// A quoted name. Where the quoting is broken git takes the raw text, which is not what anybody wrote: refused.
fn quoted(line: &[u8], strip: Strip) -> Result<BString, FlawKind> {
    let (name, _) = unquote(line)?;
    match strip {
        Strip::None => Ok(squash(&name)),
        Strip::One => memchr(b'/', &name).map(|slash| squash(&name[slash + 1..])).ok_or(FlawKind::Quoting),
    }
}

/// The text between quotes as C writes it, and what follows the second quote.
fn unquote(text: &[u8]) -> Result<(Vec<u8>, &[u8]), FlawKind> {
    let mut rest = text.strip_prefix(b"\"").ok_or(FlawKind::Quoting)?;
    let mut name = Vec::new();
    loop {
        let end = memchr2(b'"', b'\\', rest).ok_or(FlawKind::Quoting)?;
        name.extend_from_slice(&rest[..end]);
        let (mark, after) = (rest[end], &rest[end + 1..]);
        if mark == b'"' {
            return Ok((name, after));
        }
        let (byte, length) = match after {
            [b'a', ..] => (7, 1),
            [b'b', ..] => (8, 1),
            [b't', ..] => (b'\t', 1),
            [b'n', ..] => (b'\n', 1),
            [b'v', ..] => (11, 1),
            [b'f', ..] => (12, 1),
            [b'r', ..] => (b'\r', 1),
            [byte @ (b'\\' | b'"'), ..] => (*byte, 1),
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), 3)
            }
            _ => return Err(FlawKind::Quoting),
        };
        // A NUL would end the name for git, and not for who reads it.
        if byte == 0 {
            return Err(FlawKind::Quoting);
        }
        name.push(byte);
        rest = &after[length..];
    }
}

/// Several slashes in a row are one.
fn squash(name: &[u8]) -> BString {
    let mut out = BString::from(name);
    out.dedup_by(|next, before| *next == b'/' && *before == b'/');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(line: &str) -> Option<String> {
        in_git_header(line.as_bytes(), Strip::One, true).unwrap().map(|name| name.to_string())
    }

    fn both(line: &str) -> Option<String> {
        of_both_sides(line.as_bytes(), Strip::One).unwrap().map(|name| name.to_string())
    }

    fn pair(old: &str, new: &str) -> Option<String> {
        let old = in_traditional_header(old.as_bytes(), None, Strip::One).unwrap();
        in_traditional_header(new.as_bytes(), old.as_ref(), Strip::One).unwrap().map(|name| name.to_string())
    }

    #[test]
    fn a_name_ends_where_git_says_and_loses_its_first_folder() {
        for (line, name) in [
            ("a/x\n", "x"),
            ("a/x \n", "x "),
            ("a/x\t2020-01-01\n", "x"),
            ("a/x\r\n", "x"),
            ("src/parser/x\n", "parser/x"),
            ("/etc/x\n", "etc/x"),
            ("a/b//c///d\n", "b/c/d"),
            ("a//x\n", "/x"),
            ("/dev/null\n", "dev/null"),
            ("\"a/\\056github/\\303\\244\\t\\\\\"\n", ".github/ä\t\\"),
            ("\"a/x\" and more\n", "x"),
        ] {
            assert_eq!(git(line).as_deref(), Some(name), "{line}");
        }
        assert_eq!((git("x\n"), git("a/\n"), git("\n")), (None, None, None));
        let copied = in_git_header(b"dir/a\tb\n", Strip::None, false).unwrap();
        assert_eq!(copied.unwrap(), "dir/a\tb");
        for broken in ["\"a/x\n", "\"a/\\400\"\n", "\"a/\\x41\"\n", "\"a/\\0\"\n", "\"a/\\000\"\n", "\"x\"\n", "\"a/\\"]
        {
            assert_eq!(in_git_header(broken.as_bytes(), Strip::One, true), Err(FlawKind::Quoting), "{broken}");
        }
    }

    #[test]
    fn the_default_name_stands_twice_or_not_at_all() {
        for (line, name) in [
            ("a/x b/x\n", "x"),
            ("a/x b/x b/x b/x\n", "x b/x"),
            ("a/x y b/x y\n", "x y"),
            ("a/x\tb/x\n", "x"),
            ("a/ x b/ x\n", " x"),
            ("old/d/x new/d/x\n", "d/x"),
            ("\"a/\\t\" \"b/\\t\"\n", "\t"),
            ("a/x \"b/x\"\n", "x"),
            ("a/x//y b/x//y\n", "x//y"),
        ] {
            assert_eq!(both(line).as_deref(), Some(name), "{line}");
        }
        for line in
            ["a/x b/y\n", "a/x b/x\r\n", "x x\n", "/a b/a\n", "\"a/x\" b/x\n", "\"a/x\" \"b/y\"\n", "\"a/x\"\n", "\n"]
        {
            assert_eq!(both(line), None, "{line}");
        }
        let bare = of_both_sides(b"d/x d/x\n", Strip::None).unwrap();
        assert_eq!(bare.unwrap(), "d/x");
        assert_eq!(of_both_sides(b"\"a/x b/x\n", Strip::One), Err(FlawKind::Quoting));
        assert_eq!(of_both_sides(b"a/x\"y b/x\n", Strip::One), Err(FlawKind::Quoting));
    }

    #[test]
    fn a_default_name_of_any_length_is_found_in_one_pass() {
        let long = format!("a/x{} b/\n", " x".repeat(1 << 20));
        assert_eq!(both(&long), None);
        let long = format!("a/{}\n", " /".repeat(1 << 20));
        assert_eq!(both(&long), None);
    }

    #[test]
    fn a_traditional_name_may_lose_a_date_and_a_suffix() {
        for (old, new, name) in [
            ("a/x\n", "b/x\n", "x"),
            ("a/Makefile\n", "b/Makefile.md\n", "Makefile"),
            ("a/Makefile.md\n", "b/Makefile\n", "Makefile"),
            ("a/x.orig\t2020-01-01 10:00:00\n", "b/y\t2020-01-01 10:00:00\n", "y"),
            ("a/x 2020-01-01 10:00:00.000000000 +0100\n", "b/x y  2020-01-01 10:00:00 +01:00\n", "x"),
            ("a/q\n", "b/x y  2020-01-01 10:00:00 +01:00\n", "x y"),
            ("a/q\n", "b/x y\n", "x y"),
            ("a/q\n", "b\n", "q"),
            ("q\n", "b/x\n", "x"),
        ] {
            assert_eq!(pair(old, new).as_deref(), Some(name), "{old}{new}");
        }
        assert_eq!(pair("q\n", "x\n"), None);
    }

    #[test]
    fn no_file_is_told_from_a_file_of_that_name() {
        assert!(is_dev_null(b"/dev/null\n") && is_dev_null(b"/dev/null\t1970\n") && is_dev_null(b"/dev/null\r\n"));
        assert!(!is_dev_null(b"/dev/nullx\n") && !is_dev_null(b"/dev/null") && !is_dev_null(b"a/dev/null\n"));
    }
}
