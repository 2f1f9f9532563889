//! Where to look: the step that failed, up to the line in which the CI system says so. Where the log has no steps, all of it.

use crate::triage::ci::{Structure, System};
use crate::triage::digest::Digest;
use crate::triage::line;

/// Lines in which the failure may be: indices, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    /// The first.
    pub(super) first: usize,
    /// The last one before the verdict.
    pub(super) last: usize,
    /// The CI system says that something failed here.
    pub(super) failed: bool,
}

/// The places to look at, the best first. None in an empty log.
pub(super) fn regions(digest: &Digest, structure: &Structure) -> Vec<Region> {
    let Some(end) = digest.len().checked_sub(1) else { return Vec::new() };
    let mut regions = Vec::new();
    for step in structure.steps.iter().filter(|step| step.failed && step.first <= step.last && step.last <= end) {
        let verdict = structure.verdicts.iter().rev().find(|verdict| (step.first..=step.last).contains(verdict));
        let last = verdict.map_or(step.last, |verdict| verdict.saturating_sub(1).max(step.first));
        // A step can be thought to have failed although nobody says so.
        regions.push(Region { first: step.first, last, failed: !structure.verdicts.is_empty() });
    }
    if regions.is_empty() {
        let verdict = structure.verdicts.iter().rev().copied().find(|verdict| *verdict <= end);
        let tidying = structure.steps.iter().find(|step| TIDYING.iter().any(|name| step.name.starts_with(name)));
        let last = verdict.or(tidying.map(|step| step.first)).map_or(end, |after| after.saturating_sub(1));
        regions.push(Region { first: 0, last: last.min(end), failed: verdict.is_some() });
    }
    regions
}

/// Steps that come after the failure, by the beginnings of their names.
const TIDYING: [&str; 3] = ["Post job cleanup", "Post Run ", "Cleaning up orphan processes"];

/// How near the end of a log the CI system says that the job passed.
const LAST_WORDS: usize = 60;

/// What CI systems say at the end of a job that passed, as the beginning of a line.
const PASSED: [&str; 5] = [
    "Done. Your build exited with 0.",
    "Finished: SUCCESS",
    "Job succeeded",
    "Build success",
    "Process exited with code 0",
];

/// Whether the CI system says of every failure, so that a log without its word tells of none, as far as it is known.
pub(super) fn tells(structure: &Structure) -> bool {
    matches!(structure.system, Some(System::GitHub))
}

/// Whether the CI system says that nothing failed.
pub(super) fn passed(digest: &Digest, structure: &Structure) -> bool {
    structure.verdicts.is_empty()
        && (digest.len().saturating_sub(LAST_WORDS)..digest.len()).rev().any(|index| {
            let line = line::text(digest.raw(index));
            PASSED.iter().any(|words| line.starts_with(words))
        })
}
