//! Reruns that were decided on, and how they ended.

use super::facts::Facts;
use super::seen::run_of;
use crate::model::{Event, Share};
use std::collections::BTreeSet;

/// A decision to run a commit again.
pub(super) struct Rerun<'e> {
    pub decision: &'e Event,
    /// Whether it ended green; `None` where nobody told.
    pub ended_green: Option<bool>,
}

/// All of them. One run is rerun as a whole, whatever was decided of each of its failures: of these, the first counts.
pub(super) fn all<'e>(facts: &Facts<'e>) -> Vec<Rerun<'e>> {
    let mut counted = BTreeSet::new();
    let decided = facts.decisions().filter(|event| event.action.is_some_and(|action| action.is_rerun()));
    let of_run = |event: &&'e Event| counted.insert((&event.run.repo, &event.run.sha, &event.run.job, run_of(event)));
    let decided: Vec<&Event> = decided.filter(of_run).collect();
    decided.into_iter().map(|decision| Rerun { decision, ended_green: end(facts, decision) }).collect()
}

/// Those that ended green, of those whose end is known.
pub(super) fn success<'r, 'e: 'r>(reruns: impl Iterator<Item = &'r Rerun<'e>>) -> Share {
    let ends: Vec<bool> = reruns.filter_map(|rerun| rerun.ended_green).collect();
    Share { of: ends.iter().filter(|green| **green).count() as u64, all: ends.len() as u64 }
}

/// The first thing that is told of the commit and job afterwards; its own failure, told late, is not the end.
fn end(facts: &Facts, decision: &Event) -> Option<bool> {
    let green = facts.passes_of(decision).find(|event| event.at > decision.at).map(|event| event.at);
    let is_later_run = |event: &&Event| event.at > decision.at && run_of(event) != run_of(decision);
    let red = facts.reds_of(decision).find(is_later_run).map(|event| event.at);
    (green.is_some() || red.is_some()).then(|| green.is_some_and(|green| red.is_none_or(|red| green < red)))
}
