//! Patches and what became of them: did the failure go, did it come back, was the patch taken back?
//!
//! A patch is told by an outcome `merged` with the fingerprint that it mends. Its commit is compared with nothing: a squash or a
//! rebase gives it another id. What counts is what the target branch shows after the merge.

use super::facts::{Facts, is_same_job};
use crate::model::{Event, Moment, Outcome};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long after a merge the same failure counts as having come back: the first moment of it does, the last one
/// does not.
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A merged patch.
pub(super) struct Patch<'e> {
    pub merged: &'e Event,
    /// The failure was seen on the target within a day of the merge.
    pub came_back: bool,
    /// Somebody took it back.
    pub was_reverted: bool,
    /// When the target passed after it, before another patch came.
    pub green: Option<Moment>,
    /// Any run of the target is known after it.
    pub has_run: bool,
}

impl Patch<'_> {
    /// Whether a day has passed, so that what did not happen can be told.
    pub(super) fn is_old_enough(&self, now: Moment) -> bool {
        now >= self.merged.at.after(DAY)
    }

    /// Whether it ended the failure.
    pub(super) fn fixed(&self) -> bool {
        self.green.is_some() && !self.came_back && !self.was_reverted
    }
}

/// All patches, by failure; those of one failure in the order of their merges.
pub(super) fn by_failure<'e>(facts: &Facts<'e>) -> Vec<Vec<Patch<'e>>> {
    let mut merges: Vec<&Event> = facts.told(Outcome::Merged).filter(|event| event.fine.is_some()).collect();
    // A stable sort: within one failure the order of time stays.
    merges.sort_by_key(|event| (&event.run.repo, &event.fine));
    merges
        .chunk_by(|one, other| (&one.run.repo, &one.fine) == (&other.run.repo, &other.fine))
        .map(|merges| {
            let merges = each_once(merges);
            let next = merges[1..].iter().map(|merge| Some(*merge)).chain([None]);
            merges.iter().zip(next).map(|(merged, next)| patch(facts, merged, next)).collect()
        })
        .collect()
}

/// A merge that two told of is one: what counts is its commit, and what the one who knew the branch said.
fn each_once<'e>(merges: &[&'e Event]) -> Vec<&'e Event> {
    let mut once: Vec<&Event> = Vec::new();
    for merge in merges {
        match once.iter_mut().find(|one| one.run.sha.is_some() && one.run.sha == merge.run.sha) {
            Some(one) if one.run.branch.is_none() && merge.run.branch.is_some() => *one = merge,
            Some(_) => {}
            None => once.push(merge),
        }
    }
    once.sort_by_key(|merge| merge.at);
    once
}

fn patch<'e>(facts: &Facts<'e>, merged: &'e Event, next: Option<&Event>) -> Patch<'e> {
    let is_failure = |event: &&Event| event.fine == merged.fine && event.run.repo == merged.run.repo;
    let reds: Vec<&Event> = facts.reds().filter(is_failure).collect();
    // A commit that was red before the merge does not have the patch: red again, it says nothing of it, and nor does green.
    let unmended: BTreeSet<&String> =
        reds.iter().filter(|red| red.at < merged.at).filter_map(|red| red.run.sha.as_ref()).collect();
    let has_patch = |event: &&Event| {
        is_on(event, merged.run.branch.as_deref()) && event.run.sha.as_ref().is_none_or(|sha| !unmended.contains(sha))
    };
    let end = merged.at.after(DAY);
    let came_back = reds.iter().filter(|red| has_patch(red)).any(|red| red.at >= merged.at && red.at < end);
    // The job is that of the failure; who told of the merge need not have known it.
    let is_job = |event: &&Event| match reds.as_slice() {
        [] => is_same_job(merged, event),
        reds => reds.iter().any(|red| is_same_job(red, event)),
    };
    let until = |event: &&Event| event.at >= merged.at && next.is_none_or(|next| event.at < next.at);
    let green = facts.passes_from(merged.at).filter(until).filter(has_patch).find(is_job).map(|event| event.at);
    let ran = |event: &Event| is_job(&event) && has_patch(&event) && until(&event);
    let has_run = green.is_some() || facts.reds().any(ran);
    let is_its_revert = |event: &Event| {
        let same_commit =
            event.run.sha.is_some() && event.run.sha == merged.run.sha && event.run.repo == merged.run.repo;
        same_commit || (event.run.sha.is_none() && is_failure(&event) && until(&event))
    };
    let was_reverted = facts.told(Outcome::Reverted).any(is_its_revert);
    Patch { merged, came_back, was_reverted, green, has_run }
}

/// Whether something happened on the branch; what nobody knows may have been there.
pub(super) fn is_on(event: &Event, branch: Option<&str>) -> bool {
    match (event.run.branch.as_deref(), branch) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    }
}
