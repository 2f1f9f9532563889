//! A place in a text, and the lines from there on. Knows nothing of patches.

use memchr::memchr;

/// The rest of a text. Lines keep their ends, so that a last line without one can be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'t> {
    rest: &'t [u8],
    number: u64,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t [u8]) -> Lines<'t> {
        Lines { rest: text, number: 1 }
    }

    /// Everything from here on.
    pub(super) fn rest(&self) -> &'t [u8] {
        self.rest
    }

    /// The number of the line that comes next, counted from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The line that comes next; empty at the end of the text only.
    pub(super) fn peek(&self) -> &'t [u8] {
        &self.rest[..memchr(b'\n', self.rest).map_or(self.rest.len(), |end| end + 1)]
    }

    /// The line that comes next, and step behind it.
    pub(super) fn take(&mut self) -> &'t [u8] {
        let line = self.peek();
        self.skip(line);
        line
    }

    /// Step behind a line that was looked at.
    pub(super) fn skip(&mut self, line: &[u8]) {
        self.rest = &self.rest[line.len()..];
        self.number += u64::from(!line.is_empty());
    }

    /// The place one line further.
    pub(super) fn after(mut self, line: &[u8]) -> Lines<'t> {
        self.skip(line);
        self
    }
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether a line has nothing to read.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|&byte| is_space(byte))
}

/// White space as git's own character table has it.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
