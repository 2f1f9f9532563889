//! Bytes to lines: encodings, line ends, and what a terminal or a CI log puts around a line.
//!
//! What a line says is not known here.

use std::borrow::Cow;

/// The text that bytes stand for: UTF-8, or UTF-16 with its mark. What is neither becomes U+FFFD, and is never an error.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, text @ ..] => String::from_utf8_lossy(text),
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        text => String::from_utf8_lossy(text),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let units = bytes.chunks(2).map(|pair| unit([pair[0], *pair.get(1).unwrap_or(&0)]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The first line and what is behind it. Lines end with LF, CR LF or CR.
pub(super) fn split_line(text: &str) -> (&str, &str) {
    let Some(end) = memchr::memchr2(b'\n', b'\r', text.as_bytes()) else { return (text, "") };
    let width = if text[end..].starts_with("\r\n") { 2 } else { 1 };
    (&text[..end], &text[end + width..])
}

/// A line without a terminal's commands and without the time that a CI system puts in front of it.
pub(super) fn bare(line: &str) -> Cow<'_, str> {
    let line = without_time(line);
    if !line.contains('\u{1b}') {
        return Cow::Borrowed(line);
    }
    let text = without_commands(line);
    Cow::Owned(without_time(&text).to_owned())
}

/// A line without `2026-11-21T10:11:12.1234567Z `.
fn without_time(line: &str) -> &str {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let bytes = line.as_bytes();
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    if bytes.len() <= SHAPE.len() || !bytes.iter().zip(SHAPE).all(fits) {
        return line;
    }
    let rest = line[SHAPE.len()..].trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let zone = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | ':');
    match rest.strip_prefix('Z').unwrap_or_else(|| rest.trim_start_matches(zone)) {
        "" => "",
        rest => rest.strip_prefix(' ').unwrap_or(line),
    }
}

fn without_commands(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.next() {
            // CSI: parameters, then one letter.
            Some('[') => drop(chars.by_ref().find(|c| ('\u{40}'..='\u{7e}').contains(c))),
            // OSC and its kin: a text, then BEL or ESC \.
            Some(']' | 'P' | '^' | '_' | 'X') => {
                let end = chars.by_ref().find(|c| matches!(c, '\u{7}' | '\u{1b}'));
                end.filter(|c| *c == '\u{1b}').and_then(|_| chars.next());
            }
            _ => {}
        }
    }
    out
}

/// The beginning of a text: at most so many characters, with `…` where something is missing.
pub(super) fn head(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        for (bytes, text) in [
            (&b"a"[..], "a"),
            (b"\xef\xbb\xbfa", "a"),
            (b"\xff\xfea\0b\0", "ab"),
            (b"\xfe\xff\0a\0b", "ab"),
            (b"\xff\xfea\0b", "ab"),
            (b"\xff\xfe\x00\xd8", "\u{fffd}"),
            (b"a\xffb", "a\u{fffd}b"),
            (b"", ""),
        ] {
            assert_eq!(decode(bytes), text);
        }
    }

    #[test]
    fn line_ends() {
        for (text, first, rest) in [
            ("a\nb", "a", "b"),
            ("a\r\nb", "a", "b"),
            ("a\rb", "a", "b"),
            ("a", "a", ""),
            ("\n\n", "", "\n"),
            ("", "", ""),
        ] {
            assert_eq!(split_line(text), (first, rest));
        }
    }

    #[test]
    fn what_terminals_and_logs_put_around_a_line() {
        for (line, text) in [
            ("2026-11-21T10:11:12.1234567Z VERDICT: PASS", "VERDICT: PASS"),
            ("2026-11-21T10:11:12+02:00 x", "x"),
            ("2026-11-21T10:11:12Z", ""),
            ("2026-11-21T10:11:12Zx", "2026-11-21T10:11:12Zx"),
            ("2026-11-21 is a day", "2026-11-21 is a day"),
            ("\u{1b}[1;32mVERDICT:\u{1b}[0m PASS", "VERDICT: PASS"),
            ("2026-11-21T10:11:12Z \u{1b}[36;1mx\u{1b}[0m", "x"),
            ("\u{1b}[36m2026-11-21T10:11:12Z x", "x"),
            ("\u{1b}]8;;https://example.org\u{1b}\\text\u{1b}]8;;\u{7}.", "text."),
            ("\u{1b}", ""),
            ("\u{1b}]never ends", ""),
        ] {
            assert_eq!(bare(line), text, "{line:?}");
        }
    }

    #[test]
    fn a_head_is_cut_between_characters() {
        assert_eq!(head("äöü", 3), "äöü");
        assert_eq!(head("äöüß", 3), "äö…");
        assert_eq!(head(&head("äöüß", 3), 3), "äö…");
    }
}
