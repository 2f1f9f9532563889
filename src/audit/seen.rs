//! How often a failure was seen lately: what sorting and deciding want to know of its past.

use super::facts::Facts;
use super::names;
use crate::model::{Event, EventKind, Fingerprint, Moment, RunContext, Seen};
use std::collections::BTreeSet;
use std::time::Duration;

/// How far back one looks. A failure of last month says nothing of today's runners.
pub const WINDOW: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Names that branches have on which everybody builds.
const TRUNKS: [&str; 7] = ["main", "master", "trunk", "develop", "development", "dev", "default"];

/// What `events` (all of the fingerprint, and outcomes of its commits and of the present one) say of this failure, which is happening at `now` in
/// `run` and is counted as well.
pub fn seen(events: &[Event], run: &RunContext, print: &Fingerprint, actor: Option<&str>, now: Moment) -> Seen {
    let (events, run) = names::in_full(events, run);
    let facts = Facts::of(&events);
    let present = Event {
        fine: Some(print.fine.clone()),
        actor: actor.map(str::to_owned),
        ..Event::new(EventKind::Triage, now, run.clone())
    };
    let since = now.before(WINDOW);
    let mut failures: Vec<&Event> = facts
        .failures()
        .filter(|event| event.fine == present.fine && event.run.repo == run.repo && event.at >= since)
        .collect();
    failures.push(&present);

    let distinct =
        |name: fn(&Event) -> Option<&str>| failures.iter().filter_map(|event| name(event)).collect::<BTreeSet<_>>();
    let passed: BTreeSet<&str> = failures
        .iter()
        .filter(|failure| facts.passes_of(failure).next().is_some())
        .filter_map(|failure| failure.run.sha.as_deref())
        .collect();
    Seen {
        times: failures.iter().map(|event| run_of(event)).collect::<BTreeSet<_>>().len() as u64,
        days: WINDOW.as_secs() / 86_400,
        branches: distinct(|event| event.run.branch.as_deref()).len() as u64,
        commits: distinct(|event| event.run.sha.as_deref()).len() as u64,
        passed_on_same_commit: passed.len() as u64,
        unrelated: if passed.is_empty() && is_on_trunk(&failures) { 0 } else { unrelated(&failures) },
        retries_used: retries(&facts, &present),
    }
}

/// What counts as one run: the run and its attempt, else the commit, else the event.
pub(super) fn run_of(event: &Event) -> (Option<&str>, Option<u64>, Option<&str>) {
    let run = &event.run;
    match (&run.run_id, &run.sha) {
        (Some(id), _) => (Some(id), run.run_attempt, None),
        (None, Some(sha)) => (None, None, Some(sha)),
        (None, None) => (None, None, Some(&event.id)),
    }
}

/// A failure that everybody has because the branch they all build on is broken is nobody's flake.
fn is_on_trunk(failures: &[&Event]) -> bool {
    failures.iter().filter_map(|event| event.run.branch.as_deref()).any(|branch| TRUNKS.contains(&branch))
}

/// How many branches have it that share neither commits nor, where they are known, people: nobody's change explains it on all
/// of them. Counted in the order of time, which may miss one and never makes one up.
fn unrelated(failures: &[&Event]) -> u64 {
    let mut ordered: Vec<&&Event> = failures.iter().collect();
    ordered.sort_by_key(|event| (event.at, &event.id));
    let (mut branches, mut commits, mut people) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in ordered {
        let (Some(branch), Some(sha)) = (&event.run.branch, &event.run.sha) else { continue };
        let is_known = event.actor.as_ref().is_some_and(|actor| people.contains(actor));
        if !branches.contains(branch) && !commits.contains(sha) && !is_known {
            branches.insert(branch);
            people.extend(&event.actor);
        }
        // A commit belongs to the first branch that had it.
        commits.insert(sha);
    }
    branches.len() as u64
}

/// Decisions to rerun this commit for this failure, one a run; those of the present run do not count. A decision that names no
/// run may have been somebody who only looked.
fn retries(facts: &Facts, present: &Event) -> u64 {
    let key = |event: &Event| {
        let run = &event.run;
        Some((run.run_id.clone()?, run.run_attempt, run.url.clone()))
    };
    let own = key(present);
    let decided = facts.decisions().filter(|event| {
        event.fine == present.fine
            && event.run.repo == present.run.repo
            && event.run.sha.is_some()
            && event.run.sha == present.run.sha
            && event.action.is_some_and(|action| action.is_rerun())
    });
    decided.filter_map(key).filter(|run| Some(run) != own.as_ref()).collect::<BTreeSet<_>>().len() as u64
}

#[cfg(test)]
mod tests;
