//! What `ci-guard retry` did, and what that saved: runs that would have been red, and the time they took to turn green.

use crate::model::{Event, EventKind, FailureType, Retries, Why};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// What these events add up to. A run counts where its last attempt is among them; of one that began before, only what is there.
pub(super) fn retries(events: &[Event]) -> Retries {
    let mut known = HashSet::new();
    let attempts = events.iter().filter(|event| event.kind == EventKind::Retry && known.insert(&event.id));
    let mut runs: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for attempt in attempts {
        if let Some(key) = attempt.extra.get("run") {
            runs.entry(key).or_default().push(attempt);
        }
    }
    let mut retries = Retries::default();
    for run in runs.values() {
        let Some(last) = run.iter().find(|attempt| attempt.extra.contains_key("end")) else { continue };
        let failure = last.extra.get("failure_type").and_then(|id| FailureType::from_id(id));
        let is_retried = number(last, "attempt") > 1;
        retries.runs += 1;
        retries.attempts += run.len() as u64;
        retries.retried.all += 1;
        retries.infra.all += 1;
        // One that passed in the end has not failed by it, whatever the caller makes of that.
        let has_failed = !last.codes.iter().any(|code| code == Why::Passed.id());
        retries.infra.of += u64::from(failure == Some(FailureType::Infra) && has_failed);
        if is_retried {
            retries.retried.of += 1;
            retries.saved.all += 1;
            retries.saved.of += u64::from(failure == Some(FailureType::None));
        }
        for attempt in run {
            retries.waited = retries.waited.saturating_add(time(attempt, "wait_ms"));
            if is_infra(attempt) {
                retries.failing = retries.failing.saturating_add(time(attempt, "duration_ms"));
            }
        }
    }
    retries
}

/// Whether the attempt failed for the infrastructure's sake, by the reason that it was given.
fn is_infra(attempt: &Event) -> bool {
    let why = attempt.codes.first().and_then(|code| Why::ALL.into_iter().find(|why| why.id() == code));
    why.is_some_and(|why| why.failure() == FailureType::Infra)
}

fn number(event: &Event, name: &str) -> u64 {
    event.extra.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn time(event: &Event, name: &str) -> Duration {
    Duration::from_millis(number(event, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Moment, RunContext, Share};

    /// `key number reason took waited`, and at the last one how it ended: the failure that is left.
    fn attempts(lines: &[&str]) -> Vec<Event> {
        let event = |(place, line): (usize, &&str)| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let mut event = Event::new(EventKind::Retry, Moment(0), RunContext::default());
            event.id = format!("retry:{place}");
            event.codes = vec![words[2].to_owned()];
            let names = ["run", "attempt", "", "duration_ms", "wait_ms", "failure_type"];
            let extra = names.into_iter().zip(&words).filter(|(name, word)| !name.is_empty() && **word != "-");
            event.extra = extra.map(|(name, word)| (name.to_owned(), (*word).to_owned())).collect();
            if words.len() > 5 {
                event.extra.insert("end".to_owned(), "over".to_owned());
            }
            event
        };
        lines.iter().enumerate().map(event).collect()
    }

    fn of(of: u64, all: u64) -> Share {
        Share { of, all }
    }

    #[test]
    fn what_retries_saved_and_what_they_cost() {
        let mut events = attempts(&[
            "clean 1 passed 700 - NONE",
            "broken 1 test 700 - CODE_QUALITY",
            "saved 1 transient 2000 10000",
            "saved 2 timeout 3000 20000",
            "saved 3 passed 700 - NONE",
            "lost 1 exit_code 100 10000",
            "lost 2 exit_code 100 - INFRA",
            "found 1 silent 50 10000",
            "found 2 compiler 700 - CODE_QUALITY",
        ]);
        let want = Retries {
            runs: 5,
            retried: of(3, 5),
            saved: of(1, 3),
            infra: of(1, 5),
            attempts: 9,
            waited: Duration::from_secs(50),
            failing: Duration::from_millis(2000 + 3000 + 200 + 50),
        };
        assert_eq!(retries(&events), want);
        // In any order, and told twice.
        events.reverse();
        events.extend(events.clone());
        assert_eq!(retries(&events), want);
    }

    /// With `--flaky-result fail`: the caller does not take it for saved, and its last attempt did not fail.
    #[test]
    fn what_passed_in_the_end_has_not_failed_by_infra() {
        let told = retries(&attempts(&["flaky 1 transient 2000 10000", "flaky 2 passed 700 - INFRA"]));
        assert_eq!((told.saved, told.infra), (of(0, 1), of(0, 1)));
    }

    #[test]
    fn what_only_looks_like_a_run_is_none() {
        assert_eq!(retries(&[]), Retries::default());
        // It is not over, or its end was not told.
        assert_eq!(retries(&attempts(&["a 1 transient 5 10"])), Retries::default());
        // A later ci-guard's words, and no numbers.
        let strange = retries(&attempts(&["a x gremlins -5 x ODD"]));
        assert_eq!((strange.runs, strange.retried, strange.infra), (1, of(0, 1), of(0, 1)));
        let mut other = attempts(&["a 1 passed 5 - NONE"]);
        other[0].kind = EventKind::Check;
        assert_eq!(retries(&other), Retries::default());
    }

    #[test]
    fn of_a_run_that_began_before_the_window_the_end_is_enough() {
        let cut = retries(&attempts(&["a 2 transient 100 20000", "a 3 passed 700 - NONE"]));
        assert_eq!((cut.runs, cut.saved, cut.attempts), (1, of(1, 1), 2));
    }
}
