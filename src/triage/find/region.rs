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
    /// Where the CI system says that something failed here.
    pub(super) verdict: Option<usize>,
    /// The CI system says that something failed here.
    pub(super) failed: bool,
}

/// The places to look at, the best first. None in an empty log.
pub(super) fn regions(digest: &Digest, structure: &Structure) -> Vec<Region> {
    let Some(end) = digest.len().checked_sub(1) else { return Vec::new() };
    let mut regions = Vec::new();
    for step in structure.steps.iter().filter(|step| step.failed && step.first <= step.last && step.last <= end) {
        let verdict = structure.verdicts.iter().rev().copied().find(|at| (step.first..=step.last).contains(at));
        let last = verdict.map_or(step.last, |verdict| verdict.saturating_sub(1).max(step.first));
        // A step can be thought to have failed although nobody says so.
        regions.push(Region { first: step.first, last, verdict, failed: !structure.verdicts.is_empty() });
    }
    if regions.is_empty() {
        let verdict = structure.verdicts.iter().rev().copied().find(|verdict| *verdict <= end);
        let tidying = structure.steps.iter().find(|step| is_tidying(&step.name));
        let last = verdict.or(tidying.map(|step| step.first)).map_or(end, |after| after.saturating_sub(1));
        regions.push(Region { first: 0, last: last.min(end), verdict, failed: verdict.is_some() });
    }
    regions
}

/// Steps that come after the failure, by the beginnings of their names.
const TIDYING: [&str; 4] = ["Post job cleanup", "Post Run ", "Complete job", "Cleaning up orphan processes"];

/// How near the end of a log the CI system says that the job passed.
const LAST_WORDS: usize = 60;

/// What CI systems say at the end of a job that passed, as the beginning of a line.
const PASSED: [&str; 8] = [
    "Done. Your build exited with 0.",
    "Finished: SUCCESS",
    "Job succeeded",
    "Build success",
    "Process exited with code 0",
    "CircleCI received exit code 0",
    "Successful task run with exit code: 0",
    "🏁  Job succeeded",
];

/// What is known of a job of which no CI system says that it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsaid {
    /// Nothing. It may be the output of a tool alone, or a piece of a log.
    Open,
    /// The log shows the end of a job, and its system would have said so if that had failed: only the containers that GitHub
    /// runs as a step fail without a word.
    Complete,
    /// Its system says so of every job that passes, and of this one it does not: the log was cut.
    Cut,
}

/// What to think of it.
pub(super) fn unsaid(digest: &Digest, structure: &Structure) -> Unsaid {
    match structure.system {
        Some(System::Travis | System::GitLab | System::Jenkins) => Unsaid::Cut,
        Some(System::GitHub)
            if structure.steps.iter().any(|step| is_tidying(&step.name)) && !complains(digest, structure) =>
        {
            Unsaid::Complete
        }
        _ => Unsaid::Open,
    }
}

/// Whether the last words of the step that is thought to have failed are an error: actions say so themselves, and GitHub
/// adds nothing.
fn complains(digest: &Digest, structure: &Structure) -> bool {
    const LAST: usize = 3;
    let is_error = |index: usize| {
        let raw = digest.raw(index);
        memchr::memmem::find(&raw[..raw.len().min(200)], b"##[error]").is_some()
    };
    let failed = structure.steps.iter().filter(|step| step.failed);
    failed.into_iter().any(|step| (step.last.saturating_sub(LAST)..=step.last).any(is_error))
}

fn is_tidying(name: &str) -> bool {
    TIDYING.iter().any(|tidying| name.starts_with(tidying))
}

/// Whether the CI system says that nothing failed.
pub(super) fn passed(digest: &Digest, structure: &Structure) -> bool {
    structure.verdicts.is_empty()
        && (digest.len().saturating_sub(LAST_WORDS)..digest.len()).rev().any(|index| {
            let line = line::text(digest.raw(index));
            PASSED.iter().any(|words| line.starts_with(words))
        })
}
