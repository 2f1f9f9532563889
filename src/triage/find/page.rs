//! The lines of a log as the search reads them: clean, with the shape of each, and whether passing logs have it too.

use super::expected;
use crate::triage::baseline::{Baseline, shape};
use crate::triage::ci;
use crate::triage::digest::Digest;
use crate::triage::line;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// A log, and what is known of passing ones.
#[derive(Clone, Debug)]
pub(super) struct Page<'a> {
    /// The log.
    pub(super) digest: &'a Digest,
    /// Passing logs of the same job.
    pub(super) baseline: Option<&'a Baseline>,
    /// The lines that may be markers of a CI system.
    markers: Vec<usize>,
    /// Where failures are listed that were expected.
    expected: Vec<(usize, usize)>,
}

impl<'a> Page<'a> {
    /// Open a log.
    pub(super) fn new(digest: &'a Digest, baseline: Option<&'a Baseline>) -> Page<'a> {
        let markers = digest.marked().filter(|(_, marks)| marks.marker).map(|(index, _)| index).collect();
        Page { digest, baseline, markers, expected: expected::sections(digest) }
    }

    /// Whether the CI system itself says this line.
    pub(super) fn said(&self, index: usize) -> bool {
        self.markers.binary_search(&index).is_ok() && ci::marker(self.digest.raw(index)).is_some()
    }

    /// The line without its dress.
    pub(super) fn clean(&self, index: usize) -> Cow<'a, [u8]> {
        line::clean(self.digest.raw(index))
    }

    /// Whether it is no news: a passing log has this line, or the failure that it tells of was expected.
    pub(super) fn known(&self, index: usize) -> bool {
        let before = self.expected.partition_point(|(first, _)| *first <= index);
        let is_expected = before.checked_sub(1).is_some_and(|at| index <= self.expected[at].1);
        is_expected || self.baseline.is_some_and(|baseline| baseline.has_clean(&self.clean(index)))
    }

    /// Nothing but white space.
    pub(super) fn blank(&self, index: usize) -> bool {
        self.clean(index).trim_ascii().is_empty()
    }

    /// The width of the white space that it begins with.
    pub(super) fn indent(&self, index: usize) -> usize {
        let line = self.clean(index);
        line.iter().take_while(|byte| byte.is_ascii_whitespace()).map(|byte| if *byte == b'\t' { 4 } else { 1 }).sum()
    }

    /// Whether it is a line of the step's own script, which GitHub shows in this colour before it runs.
    pub(super) fn script(&self, index: usize) -> bool {
        let raw = self.digest.raw(index);
        let start = &raw[..raw.len().min(40)];
        memchr::memmem::find(start, b"\x1b[36;1m").is_some_and(|at| at == 0 || start[..at].ends_with(b"Z "))
    }

    /// Whether it has words in red: tools that colour their output do so with what is wrong.
    pub(super) fn red(&self, index: usize) -> bool {
        let raw = self.digest.raw(index);
        memchr::memmem::find_iter(raw, b"\x1b[").any(|at| {
            let rest = &raw[at + 2..];
            let end = rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';')).unwrap_or(rest.len());
            let is_red = rest.get(end) == Some(&b'm')
                && rest[..end].split(|byte| *byte == b';').any(|code| matches!(code, b"31" | b"91"));
            is_red && rest[end + 1..].first().is_some_and(|byte| !matches!(byte, b'\x1b' | b'\r'))
        })
    }

    /// How often each shape occurs in these lines.
    pub(super) fn census(&self, lines: RangeInclusive<usize>) -> HashMap<u64, u32> {
        let mut census = HashMap::new();
        for index in lines {
            *census.entry(shape(&self.clean(index))).or_insert(0) += 1;
        }
        census
    }
}
