//! Forms of patches that git does not apply. Alone they would be "no valid patch"; beside a good patch git drops them
//! without a word, and what was read is not what was applied.

use super::cursor::{Lines, bare};
use super::hunks::number;
use bstr::ByteSlice;

/// A form, by name, and whether it may also be the talk of a commit message.
pub(super) type Form = (&'static str, bool);

/// The form that a line between patches belongs to. `after` is what follows it.
pub(super) fn of(line: &[u8], after: Lines<'_>) -> Option<Form> {
    let never_talk = |name| Some((name, false));
    let perhaps_talk = |name| Some((name, true));
    let next = || after.peek();
    match line.first()? {
        b'd' if line.starts_with(b"diff --cc ") || line.starts_with(b"diff --combined ") => {
            never_talk("a combined diff (of a merge)")
        }
        b'@' if line.starts_with(b"@@@") => never_talk("a combined diff (of a merge)"),
        b'@' if line.starts_with(b"@@") => perhaps_talk("a hunk whose header has no line numbers"),
        b'*' if ENVELOPE.iter().any(|word| line.starts_with(word)) => never_talk("an `apply_patch` envelope"),
        b'*' if line.starts_with(b"***************") && next().starts_with(b"*** ") => perhaps_talk("a context diff"),
        b'*' if line.starts_with(b"*** ") && next().starts_with(b"--- ") => perhaps_talk("a context diff"),
        b'S' if line.starts_with(b"Submodule ") && is_submodule(bare(line)) => never_talk("a submodule summary"),
        b'B' | b'F' if is_binary_without_data(line) => perhaps_talk("a binary change without its data"),
        b'0'..=b'9' => of_command(bare(line), next()),
        0x1b if is_unified(plain(line).as_slice()) => never_talk("a diff with colour codes"),
        b' ' | b'\t' | b'>' | b'|' | b':' | b'*' | b'#' | 0xc2 => of_quoted(line).map(|name| (name, true)),
        _ => None,
    }
}

/// What opens the parts of the envelope that some models write.
const ENVELOPE: [&[u8]; 4] = [b"*** Begin Patch", b"*** Update File: ", b"*** Add File: ", b"*** Delete File: "];

/// Whether it is the line that stands for a binary change when no data is asked for.
pub(super) fn is_binary_without_data(line: &[u8]) -> bool {
    let starts = line.starts_with(b"Binary files ") || line.starts_with(b"Files ");
    starts && bare(line).ends_with(b" differ")
}

/// Two bytes a character, told by the mark at the start or by where the NULs stand.
pub(super) fn is_utf16(text: &[u8]) -> bool {
    const LOOK: usize = 64;
    let head = &text[..text.len().min(LOOK) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).all(|&byte| byte == 0);
    text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || (head.len() >= 8 && (zeros(0) || zeros(1)))
}

/// `Submodule lib 12ab..34cd:`
fn is_submodule(line: &[u8]) -> bool {
    let hex = |id: &[u8]| id.len() >= 7 && id.iter().all(u8::is_ascii_hexdigit);
    line.split(|&byte| byte == b' ').any(|range| {
        let range = range.strip_suffix(b":").unwrap_or(range);
        let parts = range.split_once_str("...").or_else(|| range.split_once_str(".."));
        parts.is_some_and(|(old, new)| hex(old) && hex(new))
    })
}

/// A command of `ed` or of a plain `diff`: `3,4c5`, `7d`. The next line tells it from a number in a text.
fn of_command(line: &[u8], next: &[u8]) -> Option<Form> {
    let range = |text| {
        let (_, rest) = number(text)?;
        Some(rest.strip_prefix(b",").and_then(number).map_or(rest, |(_, rest)| rest))
    };
    match range(line)? {
        [b'a' | b'c' | b'd', rest @ ..] if range(rest).is_some_and(<[u8]>::is_empty) => {
            let marked = next.starts_with(b"< ") || next.starts_with(b"> ");
            marked.then_some(("a diff that is not unified", true))
        }
        [b'a' | b'c' | b'd'] if !next.trim().is_empty() => Some(("an ed script", true)),
        _ => None,
    }
}

/// Quoted in a mail, or indented.
fn of_quoted(line: &[u8]) -> Option<&'static str> {
    let start = line.find_not_byteset(b" \t>|:*#\xc2\xa0")?;
    let (before, rest) = line.split_at(start);
    if !is_unified(rest) {
        None
    } else if before.contains(&b'>') {
        Some("a diff quoted in a mail")
    } else {
        Some("an indented diff")
    }
}

/// Whether a line is one that every unified diff has.
fn is_unified(line: &[u8]) -> bool {
    let hunk = line.strip_prefix(b"@@ -").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    hunk || line.starts_with(b"diff --git ")
}

/// The start of a line without colour codes.
fn plain(line: &[u8]) -> Vec<u8> {
    const LOOK: usize = 128;
    let mut rest = &line[..line.len().min(LOOK)];
    let mut out = Vec::new();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != 0x1b {
            out.push(byte);
        } else if let Some(end) = rest.find_byte(b'm') {
            rest = &rest[end + 1..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Option<&'static str> {
        let mut lines = Lines::new(text.as_bytes());
        let line = lines.take();
        of(line, lines).map(|(name, _)| name)
    }

    #[test]
    fn every_form_is_known_by_a_line() {
        for (text, name) in [
            ("diff --cc x\n", "combined"),
            ("diff --combined x\n", "combined"),
            ("@@@ -1,2 -1,2 +1,3 @@@\n", "combined"),
            ("@@ fn main()\n", "no line numbers"),
            ("*** Begin Patch\n", "envelope"),
            ("*** Update File: x\r\n", "envelope"),
            ("*** a/x\t2020-01-01\n--- b/x\t2020-01-01\n", "context"),
            ("***************\n*** 1,2 ****\n", "context"),
            ("Submodule lib 1234567..89abcde:\n", "submodule"),
            ("Submodule lib 1234567...89abcde (commits not present)\n", "submodule"),
            ("Binary files a/x and b/x differ\n", "binary"),
            ("3,4c5,6\n< a\n", "not unified"),
            ("7d6\r\n< a\n", "not unified"),
            ("3a\nnew\n.\n", "ed script"),
            ("\x1b[1mdiff --git a/x b/x\x1b[m\n", "colour"),
            ("\x1b[36m@@ -1 +1 @@\x1b[m\n", "colour"),
            ("> diff --git a/x b/x\n", "quoted"),
            (">> > @@ -1 +1 @@\n", "quoted"),
            ("    diff --git a/x b/x\n", "indented"),
            ("\u{a0}@@ -1,2 +1 @@\n", "indented"),
            ("| diff --git a/x b/x\n", "indented"),
        ] {
            assert!(form(text).is_some_and(|form| form.contains(name)), "{text}: {:?}", form(text));
        }
    }

    #[test]
    fn plain_words_are_no_form() {
        for text in [
            "a diff --git somewhere\n",
            "* a point\n",
            "*** stars ***\n",
            "3 apples\n",
            "3a\n",
            "3a\n\nx\n",
            "3a4\nfoo\n",
            "2026\n",
            "> quoted\n",
            "    indented\n",
            "Submodule names are checked in a later commit..\n",
            "Files are different\n",
            "\x1b[1mbold\x1b[m\n",
            "Änderung\n",
            "",
            "\n",
        ] {
            assert_eq!(form(text), None, "{text}");
        }
    }

    #[test]
    fn two_bytes_a_character_are_seen_with_and_without_a_mark() {
        let wide = |order: fn(u16) -> [u8; 2]| "diff --git a b\n".encode_utf16().flat_map(order).collect::<Vec<u8>>();
        assert!(is_utf16(&wide(u16::to_le_bytes)) && is_utf16(&wide(u16::to_be_bytes)));
        assert!(is_utf16(b"\xff\xfed\0") && !is_utf16(b"diff --git a b\n") && !is_utf16(b"") && !is_utf16(b"\0"));
    }
}
