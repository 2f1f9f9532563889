//! Whether a pattern is worth asking: texts of which a line has one if the pattern matches it at all.
//!
//! To compile a pattern costs more than to ask it a thousand times, and most patterns match nothing in most logs. So each
//! is compiled when a line first has one of its hints. A hint may be too generous; it must not miss.

use regex::Regex;
use std::sync::OnceLock;

/// Short texts in lower case. `0` is any digit, `~` any hexadecimal one.
pub(super) type Hints = &'static [&'static [u8]];

/// A pattern that is compiled when it is first worth asking.
#[derive(Debug)]
pub(super) struct Pattern {
    hints: Hints,
    pattern: &'static str,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern, and what one of must stand in every line that it matches. No hints: it is always asked.
    pub(super) const fn new(hints: Hints, pattern: &'static str) -> Pattern {
        Pattern { hints, pattern, regex: OnceLock::new() }
    }

    /// The pattern, if it is worth asking.
    pub(super) fn on(&self, line: &Hinted<'_>) -> Option<&Regex> {
        line.has_any(self.hints).then(|| self.regex.get_or_init(|| Regex::new(self.pattern).ok()).as_ref())?
    }
}

/// A line that hints are looked for in.
pub(super) struct Hinted<'a> {
    line: &'a [u8],
    /// The bytes that it has, as hints name them.
    bytes: [bool; 256],
}

impl<'a> Hinted<'a> {
    pub(super) fn of(line: &'a str) -> Hinted<'a> {
        let mut bytes = [false; 256];
        for byte in line.bytes() {
            bytes[usize::from(byte.to_ascii_lowercase())] = true;
            bytes[usize::from(b'0')] |= byte.is_ascii_digit();
            bytes[usize::from(b'~')] |= byte.is_ascii_hexdigit();
        }
        Hinted { line: line.as_bytes(), bytes }
    }

    /// Whether one of these is in it. Without any, there is nothing to go by, and it may be.
    pub(super) fn has_any(&self, hints: Hints) -> bool {
        hints.is_empty() || hints.iter().any(|hint| self.has(hint))
    }

    fn has(&self, hint: &[u8]) -> bool {
        hint.iter().all(|&byte| self.bytes[usize::from(byte)])
            && self.line.windows(hint.len()).any(|there| there.iter().zip(hint).all(|(&byte, &hint)| is(byte, hint)))
    }
}

fn is(byte: u8, hint: u8) -> bool {
    match hint {
        b'0' => byte.is_ascii_digit(),
        b'~' => byte.is_ascii_hexdigit(),
        _ => byte.to_ascii_lowercase() == hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_found() {
        for (line, hint, there) in [
            ("at 12:34", &b"0:00"[..], true),
            ("at 12:x4", b"0:00", false),
            ("TOOK 3S", b"0s", true),
            ("took 3 s", b"0s", false),
            ("a-BEEF-b", b"-~~~~-", true),
            ("a-BEER-b", b"-~~~~-", false),
            ("", b"a", false),
            ("“a”", "“".as_bytes(), true),
        ] {
            assert_eq!(Hinted::of(line).has(hint), there, "{line:?}");
        }
        assert!(Hinted::of("").has_any(&[]));
    }
}
