//! What passing logs of the same job say. A line that they have too is not the failure.

use super::{digest::Digest, line};
use std::collections::HashSet;

/// The lines of passing logs, made comparable.
#[derive(Debug, Default)]
pub struct Baseline {
    lines: HashSet<Vec<u8>>,
}

impl Baseline {
    /// Add a passing log.
    pub fn learn(&mut self, digest: &Digest) {
        self.lines.extend((0..digest.len()).map(|index| masked(digest.raw(index))));
    }

    /// Whether a passing log has this line, but for its numbers.
    pub fn has(&self, raw: &[u8]) -> bool {
        self.lines.contains(&masked(raw))
    }
}

fn masked(raw: &[u8]) -> Vec<u8> {
    line::clean(raw).iter().filter(|byte| !byte.is_ascii_digit()).copied().collect()
}
