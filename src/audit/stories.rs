//! Stories for tests: a line an event, as short as it can be told.
//!
//! `+3h red main a1 f` is a failure with the fingerprint `f` on `main` at commit `a1`, three hours after the beginning.

use crate::model::{Action, Event, EventKind, Moment, Outcome, RunContext};
use std::time::Duration;

/// Hours in milliseconds.
pub(super) const HOUR: i64 = 3_600_000;

/// The moment of `3h`, `90m`, `2d`, `500ms`.
pub(super) fn moment(text: &str) -> Moment {
    let text = text.trim_start_matches('+');
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "m" => 60_000,
        "h" => HOUR,
        "d" => 24 * HOUR,
        other => panic!("{other} is no unit"),
    };
    Moment(digits.parse::<i64>().unwrap() * unit)
}

/// The events of a story. Words after time and kind: branch, commit, fingerprint (`-` where nobody knows), then
/// `name=value` for run, attempt, job, actor, repo, id.
pub(super) fn story(lines: &[&str]) -> Vec<Event> {
    lines.iter().enumerate().map(|(number, line)| event(number, line)).collect()
}

fn event(number: usize, line: &str) -> Event {
    let mut words = line.split_whitespace();
    let at = moment(words.next().unwrap());
    let what = words.next().unwrap();
    let (plain, named): (Vec<&str>, Vec<&str>) = words.partition(|word| !word.contains('='));
    let word = |place: usize| plain.get(place).filter(|word| **word != "-").map(|word| (*word).to_owned());
    let value =
        |name: &str| named.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned);
    let run = RunContext {
        repo: Some(value("repo").unwrap_or_else(|| "o/r".to_owned())),
        branch: word(0),
        sha: word(1),
        run_id: value("run"),
        run_attempt: value("attempt").map(|attempt| attempt.parse().unwrap()),
        job: value("job"),
        url: value("url"),
        ..RunContext::default()
    };
    let (kind, result, action) = match what {
        "red" => (EventKind::Triage, None, None),
        "rerun" => (EventKind::Decision, None, Some(Action::RerunSameSha)),
        "lane" => (EventKind::Decision, None, Some(Action::OpenPatchLane)),
        "failed" => (EventKind::Outcome, Some(Outcome::Red), None),
        told => (EventKind::Outcome, Some(Outcome::from_id(told).unwrap()), None),
    };
    let fine = word(2);
    Event {
        id: value("id").unwrap_or_else(|| number.to_string()),
        actor: value("actor"),
        signature: fine.clone(),
        fine,
        result,
        action,
        bucket: value("bucket").and_then(|bucket| crate::model::Bucket::from_id(&bucket)),
        ..Event::new(kind, at, run)
    }
}

/// A duration of so many hours.
pub(super) fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}
