//! How well red runs are dealt with, as shares with what they are shares of. docs/audit.md defines each of them.

use super::facts::{Facts, is_same_job};
use super::names;
use super::patches::{self, DAY, Patch, is_on};
use super::reruns;
use super::retries;
use crate::model::{Bucket, Event, Metrics, Moment, Recovery, RunContext, Share};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// What these events add up to at `now`.
pub fn metrics(events: &[Event], now: Moment) -> Metrics {
    let (events, _) = names::in_full(events, &RunContext::default());
    let facts = Facts::of(&events);
    let failures = patches::by_failure(&facts);
    let reruns = reruns::all(&facts);
    let mut metrics = Metrics {
        recovery: recovery(&facts, &failures),
        rerun_success: reruns::success(reruns.iter()),
        reruns_open: reruns.iter().filter(|rerun| rerun.ended_green.is_none()).count() as u64,
        buckets: buckets(&facts),
        retries: retries::retries(&events),
        events: facts.len(),
        ..Metrics::default()
    };
    for patch in failures.iter().flatten() {
        metrics.without_run += u64::from(!patch.has_run);
        if patch.is_old_enough(now) {
            count(&mut metrics.false_fix, patch.came_back || patch.was_reverted);
            count(&mut metrics.recurrence, patch.came_back);
        } else {
            metrics.too_young += 1;
        }
    }
    for first in failures.iter().flat_map(|patches| firsts(patches)).filter(|patch| patch.is_old_enough(now)) {
        count(&mut metrics.first_fix, first.fixed());
    }
    metrics
}

fn count(share: &mut Share, holds: bool) {
    share.all += 1;
    share.of += u64::from(holds);
}

/// The first patch of each incident. A failure that was mended and comes back after a day is a new incident.
fn firsts<'p, 'e>(patches: &'p [Patch<'e>]) -> impl Iterator<Item = &'p Patch<'e>> {
    let is_first = |place: usize| place == 0 || patches[place - 1].fixed();
    patches.iter().enumerate().filter(move |(place, _)| is_first(*place)).map(|(_, patch)| patch)
}

fn buckets(facts: &Facts) -> Vec<(Bucket, Share)> {
    let sorted: Vec<Bucket> = facts.failures().filter_map(|event| event.bucket).collect();
    let of = |bucket: Bucket| sorted.iter().filter(|one| **one == bucket).count() as u64;
    Bucket::ALL.map(|bucket| (bucket, Share { of: of(bucket), all: sorted.len() as u64 })).into()
}

/// From the first red of a failure to the green of its target that ended the incident, and on to the next one of the same failure.
fn recovery(facts: &Facts, failures: &[Vec<Patch>]) -> Recovery {
    let mut targets: BTreeMap<(&Option<String>, &Option<String>), Vec<&Patch>> = BTreeMap::new();
    for patch in failures.iter().flatten() {
        targets.entry((&patch.merged.run.repo, &patch.merged.fine)).or_default().push(patch);
    }
    let mut reds: BTreeMap<(&Option<String>, &Option<String>), Vec<&Event>> = BTreeMap::new();
    for red in facts.reds().filter(|red| red.fine.is_some()) {
        reds.entry((&red.run.repo, &red.fine)).or_default().push(red);
    }
    let (mut times, mut recovery) = (Vec::new(), Recovery::default());
    for (failure, reds) in &reds {
        let patches = targets.get(failure).map(Vec::as_slice).unwrap_or_default();
        let mut first_red: HashMap<&str, Moment> = HashMap::new();
        for red in reds {
            red.run.sha.as_deref().map(|sha| first_red.entry(sha).or_insert(red.at));
        }
        let mut left = reds.as_slice();
        while let Some(first) = left.first() {
            let mut end = end(facts, first, left, patches);
            let flaked = end.is_some_and(|end| end.without_change);
            left = &left[left.partition_point(|red| end.is_none_or(|end| red.at <= end.at))..];
            // What comes back within a day of its fix was not over yet.
            while let Some(again) = end.filter(|_| !flaked).and_then(|end| came_back(&end, &first_red, left)) {
                end = self::end(facts, left[again], &left[again..], patches);
                left = &left[left.partition_point(|red| end.is_none_or(|end| red.at <= end.at))..];
            }
            match end {
                None => recovery.open += 1,
                Some(_) if flaked => recovery.flaked += 1,
                Some(End { at, .. }) => times.push(at.since(first.at)),
            }
        }
    }
    recovery.recovered = times.len() as u64;
    recovery.median = median(times);
    recovery
}

/// How an incident ended.
#[derive(Clone, Copy)]
struct End<'e> {
    at: Moment,
    /// From when on it counts as mended: the merge, or the green where nobody told of one.
    fixed: Moment,
    /// The branch that passed, where it is known.
    target: Option<&'e str>,
    /// The same commit passed: nothing had been wrong with it.
    without_change: bool,
}

/// The first green on the target. The target is the branch that a patch was merged into, else that of the first red:
/// the branch of the work may be gone by then.
fn end<'e>(facts: &Facts, first: &'e Event, reds: &[&Event], patches: &[&Patch<'e>]) -> Option<End<'e>> {
    let patch = patches.iter().find(|patch| patch.merged.at >= first.at);
    let merged = |at: Moment| patch.filter(|patch| patch.merged.at <= at).map(|patch| patch.merged);
    let target = |at: Moment| merged(at).and_then(|merge| merge.run.branch.as_deref()).or(first.run.branch.as_deref());
    let is_end = |green: &&Event| is_same_job(green, first) && is_on(green, target(green.at));
    let was_red = |green: &Event| {
        let sha = green.run.sha.as_ref();
        sha.is_some() && reds.iter().any(|red| red.at <= green.at && red.run.sha.as_ref() == sha)
    };
    facts.passes_from(first.at).find(is_end).map(|green| End {
        at: green.at,
        fixed: merged(green.at).map_or(green.at, |merge| merge.at),
        target: target(green.at),
        without_change: was_red(green),
    })
}

/// Where in `left`, what was red after the end, the target is red again within a day of the fix. A commit that was red before
/// does not have the fix.
fn came_back(end: &End, first_red: &HashMap<&str, Moment>, left: &[&Event]) -> Option<usize> {
    let was_red = |sha: &String| first_red.get(sha.as_str()).is_some_and(|first| *first <= end.fixed);
    let soon = &left[..left.partition_point(|red| red.at < end.fixed.after(DAY))];
    soon.iter().position(|red| is_on(red, end.target) && !red.run.sha.as_ref().is_some_and(was_red))
}

/// The middle one, or what lies between the two in the middle.
fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort();
    let middle = times.len() / 2;
    match times.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(times[middle]),
        _ => Some((times[middle - 1] + times[middle]) / 2),
    }
}

#[cfg(test)]
mod tests;
