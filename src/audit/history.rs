//! What comes again: fingerprints of more than one run, flakes that stay, and how many failures each day had.

use super::facts::Facts;
use super::names;
use super::reruns::{self, Rerun};
use super::seen::run_of;
use crate::model::{Bucket, Chronicle, DayCount, Event, Moment, Recurring, RunContext};
use std::collections::{BTreeMap, BTreeSet};

/// From so many runs, on so many days, a flake is chronic.
const CHRONIC: (u64, u64) = (3, 2);

/// More days than this are not counted one by one.
const MOST_DAYS: i64 = 366;

/// What these events tell of the time from `since` to `now`.
pub fn history(events: &[Event], since: Moment, now: Moment) -> Chronicle {
    let (events, _) = names::in_full(events, &RunContext::default());
    let facts = Facts::of(&events);
    let mut by_print: BTreeMap<(&Option<String>, &String), Vec<&Event>> = BTreeMap::new();
    for failure in facts.failures() {
        if let Some(fine) = &failure.fine {
            by_print.entry((&failure.run.repo, fine)).or_default().push(failure);
        }
    }
    let fingerprints = by_print.len() as u64;
    let reruns = reruns::all(&facts);
    let mut reruns_of: BTreeMap<(&Option<String>, &String), Vec<&Rerun>> = BTreeMap::new();
    for rerun in &reruns {
        if let Some(fine) = &rerun.decision.fine {
            reruns_of.entry((&rerun.decision.run.repo, fine)).or_default().push(rerun);
        }
    }
    let of = |print| reruns_of.get(print).map(Vec::as_slice).unwrap_or_default().iter().copied();
    let recurring = by_print.iter().map(|(print, failures)| recurrence(&facts, failures, of(print)));
    let mut recurring: Vec<Recurring> = recurring.filter(|one| one.times > 1).collect();
    recurring.sort_by(|one, other| (other.times, other.last, &one.fine).cmp(&(one.times, one.last, &other.fine)));
    Chronicle {
        days: days(&facts, since, now),
        failures: facts.failures().count() as u64,
        fingerprints,
        recurring,
        rerun_success: reruns::success(reruns.iter()),
    }
}

/// What is to be said of one fingerprint; its failures are there in the order of time.
fn recurrence<'r>(facts: &Facts, failures: &[&Event], reruns: impl Iterator<Item = &'r Rerun<'r>>) -> Recurring {
    let (first, last) = (failures[0], failures[failures.len() - 1]);
    let distinct = |of: fn(&Event) -> Option<&str>| failures.iter().filter_map(|one| of(one)).collect::<BTreeSet<_>>();
    let has_passed = |failure: &&&Event| facts.passes_of(failure).next().is_some();
    let passed: BTreeSet<_> = failures.iter().filter(has_passed).map(|failure| &failure.run.sha).collect();
    let times = failures.iter().map(|one| run_of(one)).collect::<BTreeSet<_>>().len() as u64;
    let days = failures.iter().map(|one| one.at.day()).collect::<BTreeSet<_>>().len() as u64;
    let flakes = !passed.is_empty() || last.bucket == Some(Bucket::FlakyTest);
    Recurring {
        fine: last.fine.clone().unwrap_or_default(),
        signature: last.signature.clone().unwrap_or_default(),
        repo: last.run.repo.clone(),
        bucket: last.bucket,
        times,
        days,
        branches: distinct(|one| one.run.branch.as_deref()).len() as u64,
        commits: distinct(|one| one.run.sha.as_deref()).len() as u64,
        passed_on_same_commit: passed.len() as u64,
        rerun_success: reruns::success(reruns),
        first: first.at,
        last: last.at,
        chronic_flake: flakes && times >= CHRONIC.0 && days >= CHRONIC.1,
    }
}

/// Every day in UTC from `since` to `now`; what a fast clock dated later counts as today.
fn days(facts: &Facts, since: Moment, now: Moment) -> Vec<DayCount> {
    let oldest = facts.failures().next().map_or(now.day(), |failure| failure.at.day());
    let first = since.day().max(oldest).max(now.day() - MOST_DAYS + 1).min(now.day());
    let mut counts = BTreeMap::new();
    for failure in facts.failures() {
        *counts.entry(failure.at.day().min(now.day())).or_insert(0) += 1;
    }
    let count = |day: i64| DayCount { start: Moment(day * 86_400_000), count: counts.get(&day).copied().unwrap_or(0) };
    (first..=now.day()).map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::super::stories::{moment, story};
    use super::*;

    fn told(lines: &[&str]) -> Chronicle {
        history(&story(lines), moment("1d"), moment("4d"))
    }

    #[test]
    fn what_comes_again_is_listed_with_the_most_frequent_first() {
        let chronicle = told(&[
            "+30h red b a1 f run=1",
            "+31h red b a1 f run=1",
            "+32h red c a2 f run=2 bucket=flaky_test",
            "+33h red b a3 g run=3",
            "+50h red b a4 h run=4",
            "+51h red b a5 h run=5",
            "+52h red b a6 h run=6 repo=o/x",
            "+60h red b a6 f run=6",
            "+61h green b a6 -",
        ]);
        let listed: Vec<_> =
            chronicle.recurring.iter().map(|one| (one.fine.as_str(), one.times, one.days, one.chronic_flake)).collect();
        assert_eq!(listed, [("f", 3, 2, true), ("h", 2, 1, false)]);
        assert_eq!((chronicle.failures, chronicle.fingerprints), (8, 4));
        let first = &chronicle.recurring[0];
        assert_eq!((first.branches, first.commits, first.passed_on_same_commit), (2, 3, 1));
        assert_eq!((first.first, first.last), (moment("30h"), moment("60h")));
    }

    #[test]
    fn a_chronic_flake_needs_runs_and_days_and_a_sign_of_flaking() {
        for (lines, want) in [
            (&["+30h red b a f run=1", "+31h red b b f run=2", "+50h red b c f run=3 bucket=flaky_test"][..], true),
            (&["+30h red b a f run=1", "+31h red b b f run=2", "+50h red b c f run=3"], false),
            (&["+30h red b a f run=1", "+50h red b c f run=3", "+51h green b a -"], false),
            (&["+30h red b a f run=1", "+31h red b b f run=2", "+32h red b c f run=3", "+33h green b c -"], false),
            (&["+30h red b a f run=1", "+31h red b b f run=2", "+50h red b c f run=3", "+51h green b c -"], true),
        ] {
            assert_eq!(told(lines).recurring[0].chronic_flake, want, "{lines:?}");
        }
    }

    #[test]
    fn every_day_has_a_count() {
        let counts =
            |lines: &[&str]| told(lines).days.iter().map(|day| (day.start.day(), day.count)).collect::<Vec<_>>();
        assert_eq!(counts(&[]), [(4, 0)]);
        assert_eq!(
            counts(&["+24h red b a f run=1", "+71h red b a f run=2", "+72h red b a f run=3"]),
            [(1, 1), (2, 1), (3, 1), (4, 0)]
        );
        // A clock that runs ahead.
        assert_eq!(counts(&["+200h red b a f run=1"]), [(4, 1)]);
        let long = history(&story(&["+1h red b a f run=1"]), Moment(i64::MIN), moment("4000d"));
        assert_eq!(long.days.len(), 366);
    }
}
