//! Which event is which: ids that are the same when the same thing is told twice.
//!
//! A failure of one job of one run is one event, however often its log is read. Where nobody knows the run, its commit
//! stands for it; where nobody knows that either, the day does. Verdicts, and outcomes that no run stands for, are events of
//! their moment.

use crate::model::{Event, EventKind, Outcome};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// An id made of what the event says. `detail` tells events apart that are alike in everything else: which log, which line.
pub fn id(event: &Event, detail: &[&str]) -> String {
    let run = &event.run;
    let attempt = run.run_attempt.map(|attempt| attempt.to_string());
    let when = match when(event) {
        When::Always => None,
        When::OnTheDay => Some(event.at.day().to_string()),
        When::AtTheMoment => Some(event.at.0.to_string()),
    };
    let codes = event.codes.join(" ");
    // A merge is one merge, whichever job tells of it.
    let job = match event.result {
        Some(Outcome::Merged | Outcome::Reverted) => [None; 6],
        _ => [&run.run_id, &attempt, &run.url, &run.workflow, &run.job, &run.step].map(Option::as_deref),
    };
    // What an event decides may change with what is known; what a failure is does not.
    let said = match event.kind {
        EventKind::Triage => [None; 3],
        _ => [event.verdict.as_deref(), Some(&codes), event.action.map(|action| action.id())],
    };
    let parts = [Some(event.kind.id()), run.repo.as_deref(), run.sha.as_deref(), run.branch.as_deref()];
    let more = [event.fine.as_deref(), event.result.map(Outcome::id), when.as_deref()];
    let mut hash = Sha256::new();
    for part in parts.into_iter().chain(job).chain(said).chain(more).chain(detail.iter().map(|text| Some(*text))) {
        // Lengths before the texts, so that no two lists of texts look alike.
        hash.update(part.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        hash.update(part.unwrap_or_default());
    }
    format!("{}:{}", event.kind.id(), &hex(&hash.finalize())[..32])
}

/// The digest of a file's bytes, as events name packs and policies.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

enum When {
    Always,
    OnTheDay,
    AtTheMoment,
}

fn when(event: &Event) -> When {
    let run = &event.run;
    match (event.kind, event.result) {
        (_, Some(Outcome::Merged | Outcome::Reverted)) if run.sha.is_some() => When::Always,
        _ if run.run_id.is_some() => When::Always,
        (EventKind::Triage | EventKind::Decision, _) if run.sha.is_some() => When::Always,
        (EventKind::Triage | EventKind::Decision, _) => When::OnTheDay,
        _ => When::AtTheMoment,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Bucket, Moment, RunContext};

    fn event(kind: EventKind, at: i64, run: &[(&str, &str)]) -> Event {
        let of = |name: &str| run.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let attempt = of("attempt").map(|attempt| attempt.parse().unwrap());
        let context = RunContext {
            repo: of("repo"),
            run_id: of("run"),
            run_attempt: attempt,
            sha: of("sha"),
            branch: of("branch"),
            url: of("url"),
            job: of("job"),
            ..RunContext::default()
        };
        Event::new(kind, Moment(at), context)
    }

    #[test]
    fn the_same_thing_told_twice_is_one_event() {
        const DAY: i64 = 86_400_000;
        use EventKind::{Check, Decision, Outcome as Told, Triage};
        for (kind, run, later, same) in [
            (Triage, &[("run", "1"), ("attempt", "1")][..], 9 * DAY, true),
            (Triage, &[("sha", "a")], 9 * DAY, true),
            (Triage, &[], 1, true),
            (Triage, &[], DAY, false),
            (Decision, &[("run", "1")], DAY, true),
            (Check, &[("run", "1"), ("sha", "a")], DAY, true),
            (Check, &[("sha", "a")], 1, false),
            (Told, &[("sha", "a")], 1, false),
            (Told, &[("sha", "a"), ("run", "1")], 1, true),
        ] {
            let (one, other) = (event(kind, 0, run), event(kind, later, run));
            assert_eq!(id(&one, &["log", "7"]) == id(&other, &["log", "7"]), same, "{kind:?} {run:?} {later}");
            assert_ne!(id(&one, &["log", "7"]), id(&one, &["log7", ""]));
        }
    }

    #[test]
    fn whatever_makes_a_difference_makes_another_event() {
        let base = event(EventKind::Triage, 0, &[("repo", "o/r"), ("run", "1"), ("attempt", "1"), ("job", "test")]);
        for run in [
            [("repo", "o/x"), ("run", "1"), ("attempt", "1"), ("job", "test")],
            [("repo", "o/r"), ("run", "2"), ("attempt", "1"), ("job", "test")],
            [("repo", "o/r"), ("run", "1"), ("attempt", "2"), ("job", "test")],
            [("repo", "o/r"), ("run", "1"), ("attempt", "1"), ("job", "lint")],
            [("repo", "o/r"), ("run", "1"), ("attempt", "1"), ("url", "test")],
        ] {
            assert_ne!(id(&event(EventKind::Triage, 0, &run), &[]), id(&base, &[]), "{run:?}");
        }
        assert_ne!(id(&Event { fine: Some("v1:1".into()), ..base.clone() }, &[]), id(&base, &[]));
        assert_ne!(id(&Event { kind: EventKind::Decision, ..base.clone() }, &[]), id(&base, &[]));
        // History may sort a failure anew, which does not make it another one.
        assert_eq!(id(&Event { bucket: Some(Bucket::FlakyTest), ..base.clone() }, &[]), id(&base, &[]));
        let decision = Event { kind: EventKind::Decision, ..base };
        let rerun = Event { action: Some(Action::RerunSameSha), ..decision.clone() };
        assert_ne!(id(&rerun, &[]), id(&decision, &[]));
    }

    #[test]
    fn a_merge_is_told_once_by_whoever_tells_it() {
        let told = |at, run: &[(&str, &str)]| {
            id(&Event { result: Some(Outcome::Merged), ..event(EventKind::Outcome, at, run) }, &[])
        };
        assert_eq!(told(1, &[("sha", "a"), ("job", "x")]), told(2, &[("sha", "a"), ("run", "5")]));
        assert_ne!(told(1, &[("sha", "a")]), told(1, &[("sha", "b")]));
        assert_ne!(told(1, &[]), told(2, &[]));
    }

    #[test]
    fn digests_name_their_algorithm() {
        assert_eq!(digest(b""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
