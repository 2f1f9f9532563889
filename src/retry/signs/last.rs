//! The last lines of an output, undressed, as few and as short as a failure needs to be told in.
//!
//! Forty lines with words reach over what tools print behind the line that names the failure: npm's ten, the thirty of
//! Gradle's advice, a fetch error's cause. Stack frames and blank lines are not counted, since they are no words, but there is
//! an end to them too. Of a line that is far too long its beginning is kept. What the lines say is not known here.

use crate::triage::line;
use std::borrow::Cow;

/// So many lines that say something.
const LINES: usize = 40;

/// So many lines of whatever kind.
const ALL_LINES: usize = 400;

/// So many bytes of a line.
const LINE_BYTES: usize = 4096;

/// The lines, the last one last.
#[derive(Debug)]
pub(in crate::retry) struct Last<'a> {
    lines: Vec<(&'a [u8], Cow<'a, [u8]>)>,
}

impl<'a> Last<'a> {
    /// Those of an output.
    pub(in crate::retry) fn of(bytes: &'a [u8]) -> Last<'a> {
        let mut lines = Vec::new();
        let mut counted = 0;
        for raw in bytes.rsplit(|&byte| byte == b'\n').take(ALL_LINES) {
            let raw = &raw[..raw.len().min(LINE_BYTES)];
            let clean = line::clean(raw);
            if clean.trim_ascii().is_empty() {
                continue;
            }
            counted += usize::from(!is_frame(&clean));
            lines.push((raw, clean));
            if counted == LINES {
                break;
            }
        }
        lines.reverse();
        Last { lines }
    }

    pub(in crate::retry) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(in crate::retry) fn raw(&self, index: usize) -> &[u8] {
        self.lines[index].0
    }

    pub(in crate::retry) fn clean(&self, index: usize) -> &[u8] {
        &self.lines[index].1
    }

    /// The lines around one of them, with itself: so many on each side.
    pub(in crate::retry) fn around(&self, index: usize, reach: usize) -> impl Iterator<Item = &[u8]> {
        let end = self.lines.len().min(index + reach + 1);
        self.lines[index.saturating_sub(reach)..end].iter().map(|(_, clean)| clean.as_ref())
    }

    /// All of them, the last one first.
    pub(in crate::retry) fn rev(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().rev().map(|(_, clean)| clean.as_ref())
    }
}

/// `    at Foo.bar(Foo.java:12)`, `  File "a.py", line 3`, `    ... 12 more`
fn is_frame(clean: &[u8]) -> bool {
    let words = clean.trim_ascii_start();
    let is_indented = words.len() < clean.len();
    is_indented && [&b"at "[..], b"File \"", b"... ", b"from "].iter().any(|begin| words.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Vec<String> {
        Last::of(text.as_bytes()).rev().map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    }

    #[test]
    fn blank_lines_and_frames_are_not_counted() {
        assert_eq!(last(""), [""; 0]);
        assert_eq!(last("\n \n"), [""; 0]);
        assert_eq!(last("a\n\nb\r\n\x1b[31mc\x1b[0m\n"), ["c", "b", "a"]);
        let frames = "    at x.y(Z.java:1)\n".repeat(100);
        assert_eq!(last(&format!("first\n{frames}last")).last().unwrap(), "first");
        let words = "words\n".repeat(LINES);
        assert_eq!(last(&format!("first\n{words}")).len(), LINES);
        assert!(last(&format!("first\n{words}")).iter().all(|line| line == "words"));
        // There is an end to what is not counted too.
        let frames = "    at x.y(Z.java:1)\n".repeat(ALL_LINES);
        assert!(!last(&format!("first\n{frames}")).contains(&"first".to_owned()));
    }

    #[test]
    fn a_line_without_an_end_is_cut() {
        let endless = "x".repeat(100_000);
        assert_eq!(last(&endless)[0].len(), LINE_BYTES);
    }
}
