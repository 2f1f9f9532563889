//! Runs as printers meet them, for tests.

use crate::model::{Attempt, End, Ending, FailureType, Judgement, Moment, RetryRun, Wait, WaitBy, Why};
use std::time::Duration;

/// What no printer may let out as it is.
pub(super) const HOSTILE: &str = "\u{1b}[2J::error::x\n::set-output name=a::b ##[error] | `@octocat` <img> #1";

pub(super) fn attempt(number: u32, ending: Ending, why: Why) -> Attempt {
    Attempt {
        number,
        started: Moment(1_795_159_800_000 + i64::from(number) * 60_000),
        took: Duration::from_millis(2_100),
        ending,
        judgement: Judgement::of(why),
        wait: None,
    }
}

pub(super) fn transient(number: u32, wait: Option<u64>) -> Attempt {
    let judgement = Judgement {
        pattern: Some("npm-network".into()),
        line: Some("npm error network read ECONNRESET".into()),
        ..Judgement::of(Why::Transient)
    };
    let wait = wait.map(|seconds| Wait { length: Duration::from_secs(seconds), by: WaitBy::Schedule });
    Attempt { judgement, wait, ..attempt(number, Ending::Code(1), Why::Transient) }
}

pub(super) fn run(attempts: Vec<Attempt>, end: End) -> RetryRun {
    let last = attempts.last().unwrap();
    let (failure, exit_code) = (last.judgement.why.failure(), last.ending.code());
    RetryRun { name: None, command: "npm ci".into(), end, failure, exit_code, attempts }
}

pub(super) fn passed_at_once() -> RetryRun {
    run(vec![attempt(1, Ending::Code(0), Why::Passed)], End::Passed)
}

pub(super) fn passed_later() -> RetryRun {
    run(vec![transient(1, Some(10)), attempt(2, Ending::Code(0), Why::Passed)], End::Passed)
}

pub(super) fn flaky_fails() -> RetryRun {
    RetryRun { failure: FailureType::Infra, exit_code: 1, ..passed_later() }
}

pub(super) fn given_up() -> RetryRun {
    let last = Judgement { line: None, pattern: None, ..Judgement::of(Why::ExitCode) };
    let last = Attempt { judgement: last, ..attempt(3, Ending::Signal(9), Why::ExitCode) };
    run(vec![transient(1, Some(10)), transient(2, Some(20)), last], End::RetriesUsed)
}

pub(super) fn broken_code() -> RetryRun {
    let mut last = attempt(1, Ending::Code(1), Why::Test);
    last.judgement.pattern = Some("go-test-fail".into());
    last.judgement.line = Some("--- FAIL: TestApply (0.00s)".into());
    run(vec![last], End::NotInfra)
}

pub(super) fn hostile() -> RetryRun {
    let mut first = transient(1, Some(0));
    first.judgement.line = Some(HOSTILE.into());
    first.judgement.pattern = Some(HOSTILE.into());
    let second = Attempt { wait: None, ..first.clone() };
    let run = run(vec![first, Attempt { number: 2, ..second }], End::RetriesUsed);
    RetryRun { name: Some(HOSTILE.into()), command: HOSTILE.into(), ..run }
}

pub(super) fn all() -> Vec<RetryRun> {
    let ends = [
        End::Deadline { wait: Duration::from_secs(10), left: Duration::from_secs(4) },
        End::Deadline { wait: Duration::from_secs(10), left: Duration::ZERO },
        End::AsksTooMuch(Duration::from_secs(7200)),
        End::InputGone,
        End::RetriesUsed,
        End::Stopped(15),
    ];
    let ended = ends.map(|end| run(vec![transient(1, None)], end));
    let timed_out = run(vec![attempt(1, Ending::TimedOut, Why::Timeout)], End::RetriesUsed);
    let mut stopped = run(vec![transient(1, Some(10)), transient(2, Some(20))], End::Stopped(2));
    stopped.attempts[0].wait = Some(Wait { length: Duration::from_secs(45), by: WaitBy::Server });
    stopped.attempts[1].wait = Some(Wait { length: Duration::from_secs(60), by: WaitBy::Quota });
    [passed_at_once(), passed_later(), flaky_fails(), given_up(), broken_code(), hostile(), timed_out, stopped]
        .into_iter()
        .chain(ended)
        .collect()
}
