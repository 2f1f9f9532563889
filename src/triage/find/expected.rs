//! Sections in which a test runner lists failures that it was told to expect. Nobody minds those.

use crate::triage::digest::Digest;
use crate::triage::line;

/// A section that has not ended after so many lines is none.
const MOST_LINES: usize = 20_000;

/// All of them, as ranges of indices, in order.
pub(super) fn sections(digest: &Digest) -> Vec<(usize, usize)> {
    let mut sections = Vec::new();
    let mut looked = 0;
    for (index, _) in digest.marked().filter(|(_, marks)| marks.word) {
        // A log full of openings is not gone through once for each.
        if index < looked {
            continue;
        }
        let Some(closes) = opens(&line::clean(digest.raw(index))) else { continue };
        let limit = digest.len().min(index + MOST_LINES);
        let end = (index + 1..limit).find(|at| closes(&line::clean(digest.raw(*at))));
        sections.extend(end.map(|end| (index, end - 1)));
        looked = end.unwrap_or(limit);
    }
    sections
}

/// How the section that this line opens is closed.
fn opens(clean: &[u8]) -> Option<fn(&[u8]) -> bool> {
    let line = clean.trim_ascii();
    if line.starts_with(b"Pending: (Failures listed here are expected") {
        return Some(|clean| clean.starts_with(b"Failures:") || clean.starts_with(b"Finished in "));
    }
    let is_xfailures = is_rule(clean) && line.windows(11).any(|part| part == b" XFAILURES ");
    is_xfailures.then_some(is_rule)
}

/// `====== FAILURES ======`
fn is_rule(clean: &[u8]) -> bool {
    let line = clean.trim_ascii();
    line.starts_with(b"==") && line.ends_with(b"==")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_reach_to_the_next_heading() {
        for (log, expected) in [
            ("== XFAILURES ==\n__ test_a __\nassert 1\n=== 1 xfailed in 0.1s ===\n", &[(0, 2)][..]),
            ("== FAILURES ==\n__ test_a __\n=== 1 failed in 0.1s ===\n", &[]),
            (
                "Pending: (Failures listed here are expected and do not affect your suite's status)\n\n  1) a\nFailures:\n",
                &[(0, 2)],
            ),
            // What never ends is no section.
            ("== XFAILURES ==\n__ test_a __\n", &[]),
            ("nothing failed\n", &[]),
        ] {
            assert_eq!(sections(&Digest::of(log.as_bytes())), expected, "{log:?}");
        }
    }
}
