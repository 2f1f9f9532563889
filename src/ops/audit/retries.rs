//! Attempts of `ci-guard retry`, kept once all of them are over. Whoever waits for a command shall not wait for its record: the
//! store is opened, and looked up where this is, while the command runs.

use super::{Recorder, verdicts};
use crate::model::{Attempt, Event, EventKind, FailureType, RetryRun, RunContext};
use crate::ops::triage::redacted;
use crate::store::Access;
use crate::system::{env, random};
use crate::triage::context;
use std::io;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// How long a command that is over is held up for its record, at most.
const PATIENCE: Duration = Duration::from_millis(500);

/// A recorder that gets ready in the background.
#[derive(Debug)]
pub struct RetryRecorder(State);

#[derive(Debug)]
enum State {
    /// Nothing is to be kept.
    Off,
    /// This will be ready.
    Begun(Receiver<Ready>),
    /// It could not even begin.
    Unable(io::Error),
}

/// What is needed to keep something.
struct Ready {
    recorder: Recorder,
    place: RunContext,
}

impl RetryRecorder {
    /// Begin to get ready, unless nothing is to be kept.
    pub fn begin(is_wanted: bool) -> RetryRecorder {
        if !is_wanted || matches!(super::location(), Ok(None)) {
            return RetryRecorder(State::Off);
        }
        let (say, ready) = mpsc::channel();
        let work = move || {
            let recorder = Recorder::with(Access::Jot, PATIENCE).without_policy();
            let place = if recorder.is_on() { place() } else { RunContext::default() };
            let _ = say.send(Ready { recorder, place });
        };
        match std::thread::Builder::new().name("retry record".into()).spawn(work) {
            Ok(_) => RetryRecorder(State::Begun(ready)),
            Err(error) => RetryRecorder(State::Unable(error)),
        }
    }

    /// Keep all attempts, in one step. What went wrong with that, if anything did, is one sentence.
    pub fn keep(self, run: &RetryRun) -> Option<String> {
        let missing = |why: &str| Some(format!("warning: this is not in the audit store: {why}"));
        let ready = match self.0 {
            State::Off => return None,
            State::Begun(ready) => ready,
            State::Unable(error) => return missing(&format!("no thread could be started for it: {error}")),
        };
        let Ok(Ready { recorder, place }) = ready.recv_timeout(PATIENCE) else {
            return missing("it was not ready in time");
        };
        if recorder.is_on() {
            events(run, &place, &random::name()).into_iter().for_each(|event| verdicts::note(&recorder, event));
        }
        recorder.keep(None)
    }
}

/// Where this is. A job that says all of it is believed, and no repository opened.
fn place() -> RunContext {
    let job = context::of_job(&|name| env::var(name)?.into_string().ok());
    if job.repo.is_some() && job.sha.is_some() { redacted(job) } else { verdicts::place_of(Some("HEAD")) }
}

/// An event an attempt. `key` is what all of them have in common.
fn events(run: &RetryRun, place: &RunContext, key: &str) -> Vec<Event> {
    let last = run.attempts.len();
    let of = |attempt: &Attempt| {
        let judged = &attempt.judgement;
        let mut event = Event::new(EventKind::Retry, attempt.started, place.clone());
        event.verdict = Some(word(judged.why.failure()).to_owned());
        event.codes = [Some(judged.why.id().to_owned()), judged.pattern.clone()].into_iter().flatten().collect();
        let is_last = attempt.number as usize == last;
        let extra = [
            ("run", Some(key.to_owned())),
            ("name", run.name.clone()),
            ("attempt", Some(attempt.number.to_string())),
            ("exit_code", Some(attempt.ending.code().to_string())),
            ("duration_ms", Some(attempt.took.as_millis().to_string())),
            // A pause that no attempt followed was not waited for.
            ("wait_ms", attempt.wait.filter(|_| !is_last).map(|wait| wait.length.as_millis().to_string())),
            ("end", is_last.then(|| run.end.id().to_owned())),
            ("failure_type", is_last.then(|| run.failure.id().to_owned())),
        ];
        event.extra = extra.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        event
    };
    run.attempts.iter().map(of).collect()
}

/// What an attempt came to, as the events of other kinds have it: in one lower-case word.
fn word(failure: FailureType) -> &'static str {
    match failure {
        FailureType::None => "passed",
        FailureType::Infra => "infra",
        FailureType::CodeQuality => "code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{End, Ending, Judgement, Moment, Wait, WaitBy, Why};

    fn attempt(number: u32, why: Why, code: i32, wait: Option<u64>) -> Attempt {
        let wait = wait.map(|seconds| Wait { length: Duration::from_secs(seconds), by: WaitBy::Schedule });
        let judgement = Judgement { pattern: (why == Why::Transient).then(|| "curl".into()), ..Judgement::of(why) };
        let started = Moment(i64::from(number) * 1000);
        Attempt { number, started, took: Duration::from_millis(40), ending: Ending::Code(code), judgement, wait }
    }

    fn run(attempts: Vec<Attempt>, end: End) -> RetryRun {
        let failure = attempts.last().unwrap().judgement.why.failure();
        RetryRun { name: Some("n".into()), command: "secret".into(), attempts, end, failure, exit_code: 0 }
    }

    fn told(event: &Event) -> String {
        let extra: Vec<String> = event.extra.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {} {} {}", event.at.0, event.verdict.as_deref().unwrap(), event.codes.join(","), extra.join(" "))
    }

    #[test]
    fn a_record_that_could_not_begin_says_why_and_one_that_nobody_wants_says_nothing() {
        let run = run(vec![attempt(1, Why::Passed, 0, None)], End::Passed);
        let unable = RetryRecorder(State::Unable(io::Error::other("no room"))).keep(&run);
        let said = "warning: this is not in the audit store: no thread could be started for it: no room";
        assert_eq!(unable.as_deref(), Some(said));
        assert!(matches!(RetryRecorder::begin(false).0, State::Off));
        assert_eq!(RetryRecorder(State::Off).keep(&run), None);
    }

    #[test]
    fn every_attempt_is_an_event_and_the_last_one_says_how_it_ended() {
        let attempts = vec![attempt(1, Why::Transient, 6, Some(10)), attempt(2, Why::Passed, 0, None)];
        let events = events(&run(attempts, End::Passed), &RunContext::default(), "k");
        assert_eq!(
            events.iter().map(told).collect::<Vec<_>>(),
            [
                "1000 infra transient,curl attempt=1 duration_ms=40 exit_code=6 name=n run=k wait_ms=10000",
                "2000 passed passed attempt=2 duration_ms=40 end=passed exit_code=0 failure_type=NONE name=n run=k",
            ]
        );
        let broken =
            super::events(&run(vec![attempt(1, Why::Test, 1, None)], End::NotInfra), &RunContext::default(), "k");
        assert_eq!(
            told(&broken[0]),
            "1000 code test attempt=1 duration_ms=40 end=not_infra exit_code=1 failure_type=CODE_QUALITY name=n run=k"
        );
    }

    #[test]
    fn a_pause_that_nobody_waited_for_is_not_counted() {
        let stopped = run(vec![attempt(1, Why::Silent, 1, Some(10))], End::Stopped(2));
        let events = events(&stopped, &RunContext::default(), "k");
        assert!(!events[0].extra.contains_key("wait_ms"), "{events:?}");
    }

    #[test]
    fn events_add_up_to_what_happened() {
        let attempts = vec![attempt(1, Why::Silent, 1, Some(10)), attempt(2, Why::Passed, 0, None)];
        let mut events = events(&run(attempts, End::Passed), &RunContext::default(), "k");
        for (place, event) in events.iter_mut().enumerate() {
            event.id = place.to_string();
        }
        let retries = crate::audit::metrics(&events, Moment(0)).retries;
        assert_eq!((retries.runs, retries.saved.of, retries.attempts), (1, 1, 2));
        assert_eq!((retries.waited, retries.failing), (Duration::from_secs(10), Duration::from_millis(40)));
    }
}
