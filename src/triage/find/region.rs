//! Where to look: the step that failed, up to the line in which the CI system says so. Where the log has no steps, all of it.

use crate::triage::ci::Structure;
use crate::triage::digest::Digest;

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
        regions.push(Region { first: step.first, last, failed: true });
    }
    if regions.is_empty() {
        let verdict = structure.verdicts.iter().rev().find(|verdict| **verdict <= end);
        let last = verdict.map_or(end, |verdict| verdict.saturating_sub(1));
        regions.push(Region { first: 0, last, failed: verdict.is_some() });
    }
    regions
}
