//! How text passes through a log without doing anything there.
//!
//! A CI runner reads its job's output and obeys lines in it: GitHub takes `::name::` after any white space at a
//! line's start and `##[name]` anywhere in a line, Azure `##vso[`, TeamCity `##teamcity[`. A terminal obeys control
//! characters. Messages are already visible when they get here; that is not relied upon. Escapes that belong to one
//! format only are in that format's file.

use crate::model::visible;
use serde::Serialize;
use std::fmt::Write;
use std::io;

/// One harmless line for people and logs. Made twice, it stays the same.
pub(super) fn plain(bytes: impl AsRef<[u8]>) -> String {
    let mut text = defuse(visible(bytes), "\\x23");
    let start = text.len() - text.trim_start().len();
    if text[start..].starts_with("::") {
        text.replace_range(start..=start, "\\x3a");
    }
    text
}

/// Text for people and logs, each of its lines harmless.
pub fn lines(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| line.strip_suffix('\n').map_or_else(|| plain(line), |line| plain(line) + "\n"))
        .collect()
}

/// A repository's bytes as JSON has them: the text itself where they are text, else made visible.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| visible(bytes))
}

/// A value as JSON, which reads back as it was, yet spells everything invisible and every runner's command with
/// `\u` escapes.
pub(super) fn json(value: &impl Serialize, pretty: bool) -> io::Result<String> {
    let raw = if pretty { serde_json::to_string_pretty(value)? } else { serde_json::to_string(value)? };
    let mut safe = String::with_capacity(raw.len());
    let mut buffer = [0; 4];
    for c in raw.chars() {
        // The only line ends are those of pretty printing: inside of strings serde_json has escaped them.
        if c == '\n' || c == ' ' || c.is_ascii_graphic() || visible(c.encode_utf8(&mut buffer)).starts_with(c) {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    Ok(defuse(safe, "\\u0023"))
}

/// Take `##[`, `##vso[` and their like apart by writing the second `#` as `escape`.
fn defuse(mut text: String, escape: &str) -> String {
    let mut from = 0;
    while let Some(at) = text[from..].find("##") {
        let second = from + at + 1;
        if text[second + 1..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[') {
            text.replace_range(second..=second, escape);
        }
        from = second;
    }
    text
}

/// The text on one line, in no more than so many characters; what is cut off leaves `…` behind.
pub(super) fn clip(text: &str, room: usize) -> String {
    let mut clipped = String::new();
    let mut left = room;
    for word in text.split_whitespace() {
        if !clipped.is_empty() {
            clipped.push(' ');
            left = left.saturating_sub(1);
        }
        match word.char_indices().nth(left) {
            Some((end, _)) => {
                clipped.push_str(&word[..end]);
                clipped.push('…');
                return clipped;
            }
            None => clipped.push_str(word),
        }
        left -= word.chars().count();
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (raw, want) in [
            ("src/lib.rs", "src/lib.rs"),
            ("std::mem", "std::mem"),
            ("::error::x", "\\x3a:error::x"),
            (" \u{a0}::error::x", " \u{a0}\\x3a:error::x"),
            (":::", "\\x3a::"),
            ("\n::error::x", "\\n::error::x"),
            ("a ##[error]b", "a #\\x23[error]b"),
            ("###[x", "##\\x23[x"),
            ("##vso[task.x]##TeamCity[y]", "#\\x23vso[task.x]#\\x23TeamCity[y]"),
            ("## [x] and ##", "## [x] and ##"),
            ("a\x1b[2Jb\rc", "a\\x1b[2Jb\\rc"),
        ] {
            assert_eq!(plain(raw), want);
            assert_eq!(plain(want), want, "twice");
        }
    }

    #[test]
    fn json_reads_back_as_it_was_and_shows_nothing_invisible() {
        for (raw, want) in [
            ("größe/日本\\n", r#""größe/日本\\n""#),
            ("a\nb\u{7f}\u{9b}\x1b", r#""a\nb\u007f\u009b\u001b""#),
            ("\u{202e}\u{2028}\u{e0041}", r#""\u202e\u2028\udb40\udc41""#),
            ("##[error]", r##""#\u0023[error]""##),
            ("\\##[error]", r##""\\#\u0023[error]""##),
        ] {
            assert_eq!(json(&raw, false).unwrap(), want);
            assert_eq!(serde_json::from_str::<String>(want).unwrap(), raw);
        }
    }

    #[test]
    fn a_text_fits_on_a_line() {
        for (raw, want) in [
            ("", ""),
            (" \n\t ", ""),
            ("a\n  b\u{2028}c", "a b c"),
            ("ten chars!", "ten chars!"),
            ("ten chars!!", "ten chars!…"),
            ("äöüäöüäöüäöü", "äöüäöüäöüä…"),
            ("0123456789 x", "0123456789 …"),
            ("0123456789\n", "0123456789"),
        ] {
            assert_eq!(clip(raw, 10), want, "{raw:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_made_visible() {
        assert_eq!(text("a\n\u{202e}".as_bytes()), "a\n\u{202e}");
        assert_eq!(text(b"a\n\xff"), "a\\n\\xff");
    }
}
