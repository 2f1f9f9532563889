//! Again, after which pause, or over: the loop without its doing. Time is an argument, and so is chance.

use crate::model::{Attempt, End, FailureType, Judgement, Wait, WaitBy, Why};
use std::time::Duration;

/// How often, how long, and by when.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Attempts after the first one.
    pub max_retries: u32,
    /// The first pause; each further one is twice as long. `None`: what fits the failure.
    pub delay: Option<Duration>,
    /// The longest pause of our own choice.
    pub max_delay: Duration,
    /// Pauses of our own choice are drawn from nothing to their full length.
    pub jitter: bool,
    /// How long an attempt may take.
    pub timeout: Option<Duration>,
    /// How long all of it may take.
    pub deadline: Option<Duration>,
    /// To pass only after a failure is a failure.
    pub flaky_fails: bool,
}

impl Plan {
    /// The first pause, where nobody says otherwise.
    pub const DELAY: Duration = Duration::from_secs(10);
    /// The first pause where a quota is spent and the server names no time: forges ask for a minute at least.
    pub const QUOTA_DELAY: Duration = Duration::from_secs(60);
    /// The longest pause of our own choice, where nobody says otherwise.
    pub const MAX_DELAY: Duration = Duration::from_secs(5 * 60);
    /// The longest pause that a server may ask for. Whoever asks for more is not waited for at all: less would be in vain.
    pub const MOST_TOLD: Duration = Duration::from_secs(60 * 60);

    /// How long the attempt that begins now may take.
    pub fn limit(&self, elapsed: Duration) -> Option<Duration> {
        let left = self.deadline.map(|deadline| deadline.saturating_sub(elapsed));
        match (self.timeout, left) {
            (Some(timeout), Some(left)) => Some(timeout.min(left)),
            (timeout, left) => timeout.or(left),
        }
    }

    fn wait(&self, retries_so_far: u32, judged: &Judgement, chance: f64) -> Wait {
        if let Some(told) = judged.told {
            return Wait { length: told, by: WaitBy::Server };
        }
        let (first, by) = match self.delay {
            Some(delay) => (delay, WaitBy::Schedule),
            None if judged.is_quota => (Plan::QUOTA_DELAY, WaitBy::Quota),
            None => (Plan::DELAY, WaitBy::Schedule),
        };
        let full = 2_u32.checked_pow(retries_so_far).and_then(|times| first.checked_mul(times));
        let full = full.unwrap_or(self.max_delay).min(self.max_delay);
        let length = if self.jitter { full.mul_f64(chance.clamp(0.0, 1.0)) } else { full };
        Wait { length, by }
    }
}

/// What comes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Another one, after a pause.
    Again(Wait),
    /// Nothing.
    Over(End),
}

/// What is known when an attempt has ended.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// Which attempt it was, from 1.
    pub number: u32,
    /// What it was found to be.
    pub judged: &'a Judgement,
    /// How long all of it has taken so far.
    pub elapsed: Duration,
    /// The signal by which somebody stopped us.
    pub stopped: Option<i32>,
    /// Whether the next attempt could read what this one read.
    pub can_replay: bool,
    /// Drawn from 0 to 1.
    pub chance: f64,
}

/// What comes next.
pub fn next(plan: &Plan, now: &Now) -> Step {
    if let Some(signal) = now.stopped {
        return Step::Over(End::Stopped(signal));
    }
    match now.judged.why.failure() {
        FailureType::None => return Step::Over(End::Passed),
        FailureType::CodeQuality => return Step::Over(End::NotInfra),
        FailureType::Infra => {}
    }
    if now.number > plan.max_retries {
        return Step::Over(End::RetriesUsed);
    }
    if !now.can_replay {
        return Step::Over(End::InputGone);
    }
    let wait = plan.wait(now.number - 1, now.judged, now.chance);
    if wait.by == WaitBy::Server && wait.length > Plan::MOST_TOLD {
        return Step::Over(End::AsksTooMuch(wait.length));
    }
    if let Some(left) = plan.deadline.map(|deadline| deadline.saturating_sub(now.elapsed))
        && wait.length >= left
    {
        return Step::Over(End::Deadline { wait: wait.length, left });
    }
    Step::Again(wait)
}

/// Whose business the failure is that is left, and the exit code that tells of it.
pub fn outcome(plan: &Plan, attempts: &[Attempt], end: End) -> (FailureType, i32) {
    let Some(last) = attempts.last() else { return (FailureType::Infra, 1) };
    let failure = last.judgement.why.failure();
    let failed_before = attempts.iter().rev().find(|attempt| attempt.judgement.why != Why::Passed);
    match (end, failed_before) {
        (End::Passed, Some(failed)) if plan.flaky_fails => (failed.judgement.why.failure(), failing(failed)),
        (End::Passed, _) => (FailureType::None, last.ending.code()),
        _ => (failure, failing(last)),
    }
}

/// Its exit code; one that failed with 0, for lack of output, still failed.
fn failing(attempt: &Attempt) -> i32 {
    match attempt.ending.code() {
        0 if attempt.judgement.why != Why::Passed => 1,
        code => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ending, Moment};

    const SECOND: Duration = Duration::from_secs(1);

    fn plan() -> Plan {
        Plan {
            max_retries: 2,
            delay: None,
            max_delay: Plan::MAX_DELAY,
            jitter: false,
            timeout: None,
            deadline: None,
            flaky_fails: false,
        }
    }

    fn judged(told: Option<u64>, is_quota: bool) -> Judgement {
        Judgement { told: told.map(Duration::from_secs), is_quota, ..Judgement::of(Why::Transient) }
    }

    fn step(plan: &Plan, number: u32, judged: &Judgement, elapsed: u64, chance: f64) -> Step {
        let elapsed = Duration::from_secs(elapsed);
        next(plan, &Now { number, judged, elapsed, stopped: None, can_replay: true, chance })
    }

    fn again(seconds: u64, by: WaitBy) -> Step {
        Step::Again(Wait { length: Duration::from_secs(seconds), by })
    }

    #[test]
    fn a_server_that_names_its_time_is_given_it() {
        let short = Plan { delay: Some(SECOND), max_delay: 5 * SECOND, jitter: true, ..plan() };
        for (told, want) in [
            (0, again(0, WaitBy::Server)),
            (45, again(45, WaitBy::Server)),
            (3600, again(3600, WaitBy::Server)),
            (3601, Step::Over(End::AsksTooMuch(3601 * SECOND))),
        ] {
            // Neither the options nor chance make it shorter: that would be in vain.
            for plan in [&plan(), &short] {
                assert_eq!(step(plan, 2, &judged(Some(told), true), 0, 0.1), want);
            }
        }
    }

    #[test]
    fn a_spent_quota_needs_more_patience_unless_somebody_says_otherwise() {
        let quota = judged(None, true);
        let mine = Plan { delay: Some(3 * SECOND), ..plan() };
        for (plan, number, want) in [
            (&plan(), 1, again(60, WaitBy::Quota)),
            (&plan(), 2, again(120, WaitBy::Quota)),
            (&mine, 1, again(3, WaitBy::Schedule)),
            (&mine, 2, again(6, WaitBy::Schedule)),
        ] {
            assert_eq!(step(plan, number, &quota, 0, 1.0), want);
        }
    }

    #[test]
    fn no_number_of_retries_is_too_large_for_the_pause() {
        let plan = Plan { max_retries: u32::MAX, ..plan() };
        for number in [6, 32, 33, 34, 1_000_000, u32::MAX] {
            assert_eq!(step(&plan, number, &judged(None, false), 0, 1.0), again(300, WaitBy::Schedule), "{number}");
        }
        let zero = Plan { delay: Some(Duration::ZERO), ..plan };
        for number in [1, 20] {
            assert_eq!(step(&zero, number, &judged(None, false), 0, 1.0), again(0, WaitBy::Schedule), "{number}");
        }
    }

    #[test]
    fn chance_stays_within_its_bounds() {
        let plan = Plan { jitter: true, ..plan() };
        for (chance, want) in [(-1.0, 0), (0.0, 0), (0.5, 5), (1.0, 10), (7.0, 10)] {
            assert_eq!(step(&plan, 1, &judged(None, false), 0, chance), again(want, WaitBy::Schedule));
        }
    }

    #[test]
    fn the_first_reason_to_end_is_the_one_that_is_told() {
        let infra = judged(Some(7200), false);
        let plan = Plan { max_retries: 1, deadline: Some(100 * SECOND), ..plan() };
        let now = Now { number: 1, judged: &infra, elapsed: 99 * SECOND, stopped: None, can_replay: true, chance: 1.0 };
        let passed = Judgement::of(Why::Passed);
        for (now, end) in [
            (Now { stopped: Some(15), judged: &passed, number: 2, can_replay: false, ..now }, End::Stopped(15)),
            (Now { judged: &passed, number: 2, can_replay: false, ..now }, End::Passed),
            (Now { judged: &Judgement::of(Why::Test), number: 2, can_replay: false, ..now }, End::NotInfra),
            (Now { number: 2, can_replay: false, ..now }, End::RetriesUsed),
            (Now { can_replay: false, ..now }, End::InputGone),
            (now, End::AsksTooMuch(7200 * SECOND)),
            (Now { judged: &judged(Some(5), false), ..now }, End::Deadline { wait: 5 * SECOND, left: SECOND }),
        ] {
            assert_eq!(next(&plan, &now), Step::Over(end));
        }
    }

    #[test]
    fn what_failed_with_zero_is_one() {
        let attempt = |code, why| Attempt {
            number: 1,
            started: Moment(0),
            took: SECOND,
            ending: Ending::Code(code),
            judgement: Judgement::of(why),
            wait: None,
        };
        let silent = [attempt(0, Why::NoOutput)];
        assert_eq!(outcome(&plan(), &silent, End::RetriesUsed), (FailureType::Infra, 1));
        let flaky = [attempt(0, Why::NoOutput), attempt(75, Why::Asked), attempt(0, Why::Passed)];
        assert_eq!(outcome(&plan(), &flaky, End::Passed), (FailureType::None, 0));
        let fails = Plan { flaky_fails: true, ..plan() };
        assert_eq!(outcome(&fails, &flaky, End::Passed), (FailureType::Infra, 75), "that of the last one that failed");
        assert_eq!(outcome(&fails, &flaky[2..], End::Passed), (FailureType::None, 0));
        assert_eq!(outcome(&plan(), &[attempt(124, Why::Timeout)], End::Stopped(2)), (FailureType::Infra, 124));
    }
}
