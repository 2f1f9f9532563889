//! How bytes from a repository may appear in our output: visible, on one line, and never as somebody's command.
//!
//! Paths, labels, subjects, ref names and URLs are chosen by whoever is judged. Raw, they could move a terminal's
//! cursor, forge a line of ours, start a CI command or, pasted from a hint, run in a reader's shell.

use bstr::ByteSlice;
use std::fmt::{self, Write};

/// The text with everything invisible made visible: control characters, line ends, bidirectional overrides and
/// bytes that are no UTF-8 become escapes like `\n`, `\x1b` or `\u{202e}`. Ordinary text stays as it is.
pub fn visible(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let mut out = String::with_capacity(bytes.len());
    for (start, end, c) in bytes.char_indices() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char::REPLACEMENT_CHARACTER if &bytes[start..end] != "\u{fffd}".as_bytes() => {
                for byte in &bytes[start..end] {
                    let _ = write!(out, "\\x{byte:02x}");
                }
            }
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", c as u32);
            }
            c if is_invisible(c) => {
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// One word for a POSIX shell: quoted wherever it is not plainly harmless, so that a command in a hint can be pasted. What is
/// invisible or no text is spelled in `$'...'` (POSIX of 2024; bash, zsh, ksh and busybox have long had it).
pub fn shell_word(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let text = visible(bytes);
    if text.as_bytes() != bytes {
        return spelled(bytes);
    }
    let harmless = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%^,=".contains(c);
    if !text.is_empty() && !text.starts_with(['-', '=']) && text.chars().all(harmless) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// One word for shells that know `$'...'`, in visible characters. Octal, which ends by itself after three digits. Nothing in
/// it ends the quotes, so that a shell that does not know it runs nothing of it.
fn spelled(bytes: &[u8]) -> String {
    let mut word = String::from("$'");
    for (start, end, c) in bytes.char_indices() {
        let raw = &bytes[start..end];
        match c {
            '\\' => word.push_str("\\\\"),
            _ if c != '\'' && visible(raw).as_bytes() == raw => word.push(c),
            _ => {
                for byte in raw {
                    let _ = write!(word, "\\{byte:03o}");
                }
            }
        }
    }
    word + "'"
}

/// Characters that are not seen, or that change how a line looks without being seen: controls, line separators,
/// bidirectional marks, zero-width and tag characters, fillers. Variation selectors are left alone: emoji are full of them.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// `1,468 commits`, `1 commit`.
pub fn counted(count: impl fmt::Display, noun: &str) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let ending = match digits.as_str() {
        "1" => "",
        _ if noun.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{text} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_survives() {
        for (raw, want) in [
            (&b"src/lib.rs"[..], "src/lib.rs"),
            ("größe/日本.rs".as_bytes(), "größe/日本.rs"),
            (b"a\nb\r\tc", "a\\nb\\r\\tc"),
            (b"\x1b[31mred\x07", "\\x1b[31mred\\x07"),
            (b"latin\xe9", "latin\\xe9"),
            (b"cut\xe2\x82", "cut\\xe2\\x82"),
            ("\u{202e}evil\u{200b}".as_bytes(), "\\u{202e}evil\\u{200b}"),
            ("\u{fffd}".as_bytes(), "\u{fffd}"),
            (b"\x7f\0", "\\x7f\\x00"),
            ("\u{3164}a\u{115f}".as_bytes(), "\\u{3164}a\\u{115f}"),
            ("\u{2764}\u{fe0f}".as_bytes(), "\u{2764}\u{fe0f}"),
        ] {
            assert_eq!(visible(raw), want);
        }
    }

    #[test]
    fn large_counts_can_be_read() {
        assert_eq!(counted(1, "commit"), "1 commit");
        assert_eq!(counted(999, "commit"), "999 commits");
        assert_eq!(counted(1468, "commit"), "1,468 commits");
        assert_eq!(counted(1_234_567, "commit"), "1,234,567 commits");
    }

    #[test]
    fn a_hint_can_be_pasted() {
        for (raw, want) in [
            ("origin/main", "origin/main"),
            ("", "''"),
            ("-rf", "'-rf'"),
            ("a$(reboot)", "'a$(reboot)'"),
            ("it's", r"'it'\''s'"),
            ("a;b&c|d`e`", "'a;b&c|d`e`'"),
            ("a\tb\n", r"$'a\011b\012'"),
            ("it's \x1b[31m\\n $HOME", r"$'it\047s \033[31m\\n $HOME'"),
            ("\u{202e}7", r"$'\342\200\2567'"),
        ] {
            assert_eq!(shell_word(raw), want);
        }
    }
}
