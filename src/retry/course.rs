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
