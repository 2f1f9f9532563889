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
        // Nothing, doubled as often as one likes, is nothing.
        let times = 2_u32.saturating_pow(retries_so_far);
        let full = first.checked_mul(times).unwrap_or(self.max_delay).min(self.max_delay);
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
    use proptest::prelude::*;

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

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// What comes after attempt `number`, which ended like this, `elapsed` seconds after the beginning of all.
    fn after(plan: &Plan, number: u32, judged: &Judgement, elapsed: u64) -> Step {
        let elapsed = seconds(elapsed);
        next(plan, &Now { number, judged, elapsed, stopped: None, can_replay: true, chance: 0.5 })
    }

    fn schedule(length: u64) -> Step {
        Step::Again(Wait { length: seconds(length), by: WaitBy::Schedule })
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_there_is_none_after_the_last_attempt() {
        let judged = Judgement::of(Why::Transient);
        let pauses =
            |plan: &Plan| -> Vec<Step> { (1..=plan.max_retries + 1).map(|n| after(plan, n, &judged, 0)).collect() };
        let over = Step::Over(End::RetriesUsed);
        assert_eq!(pauses(&plan()), [schedule(10), schedule(20), over]);
        let short = Plan { max_retries: 4, delay: Some(seconds(3)), max_delay: seconds(10), ..plan() };
        assert_eq!(pauses(&short), [schedule(3), schedule(6), schedule(10), schedule(10), over]);
        assert_eq!(pauses(&Plan { max_retries: 1, delay: Some(Duration::ZERO), ..plan() }), [schedule(0), over]);
        assert_eq!(pauses(&Plan { max_retries: 0, ..plan() }), [over]);
        let many = Plan { max_retries: u32::MAX, ..plan() };
        assert_eq!(after(&many, 4_000_000_000, &judged, 0), schedule(300), "doubling does not overflow");
        let at_once = Plan { delay: Some(Duration::ZERO), ..many };
        assert_eq!([33, 4_000_000_000].map(|n| after(&at_once, n, &judged, 0)), [schedule(0), schedule(0)]);
        assert_eq!(after(&Plan { jitter: true, ..plan() }, 2, &judged, 0), schedule(10), "half of 20");
    }

    #[test]
    fn a_spent_quota_takes_longer_unless_the_caller_says_how_long() {
        let quota = Judgement { is_quota: true, ..Judgement::of(Why::Transient) };
        let wait = |length| Step::Again(Wait { length: seconds(length), by: WaitBy::Quota });
        assert_eq!([after(&plan(), 1, &quota, 0), after(&plan(), 2, &quota, 0)], [wait(60), wait(120)]);
        assert_eq!(after(&Plan { delay: Some(seconds(1)), ..plan() }, 1, &quota, 0), schedule(1));
    }

    #[test]
    fn what_the_server_names_wins_but_nobody_waits_for_ever() {
        let told = |length| Judgement { told: Some(seconds(length)), ..Judgement::of(Why::Transient) };
        let wait = |length| Step::Again(Wait { length: seconds(length), by: WaitBy::Server });
        let tight = Plan { max_delay: seconds(5), jitter: true, ..plan() };
        for length in [0, 1, 45, 3600] {
            assert_eq!(after(&tight, 1, &told(length), 0), wait(length));
        }
        assert_eq!(after(&tight, 1, &told(3601), 0), Step::Over(End::AsksTooMuch(seconds(3601))));
        let hurried = Plan { deadline: Some(seconds(60)), ..plan() };
        assert_eq!(after(&hurried, 1, &told(45), 14), wait(45));
        let end = End::Deadline { wait: seconds(45), left: seconds(45) };
        assert_eq!(after(&hurried, 1, &told(45), 15), Step::Over(end), "nothing would be left for the attempt");
    }

    #[test]
    fn an_attempt_has_what_is_left_of_all() {
        let limits = |timeout: Option<u64>, deadline: Option<u64>, elapsed| {
            let plan = Plan { timeout: timeout.map(seconds), deadline: deadline.map(seconds), ..plan() };
            plan.limit(seconds(elapsed)).map(|limit| limit.as_secs())
        };
        assert_eq!(limits(None, None, 5), None);
        assert_eq!(limits(Some(10), None, 5), Some(10));
        assert_eq!(limits(None, Some(10), 4), Some(6));
        assert_eq!(limits(Some(10), Some(10), 4), Some(6));
        assert_eq!(limits(Some(2), Some(10), 4), Some(2));
        assert_eq!(limits(None, Some(10), 11), Some(0));
    }

    #[test]
    fn what_ends_it() {
        let infra = Judgement::of(Why::Timeout);
        let now = Now { number: 1, judged: &infra, elapsed: seconds(0), stopped: None, can_replay: true, chance: 0.0 };
        for (now, end) in [
            (Now { judged: &Judgement::of(Why::Passed), ..now }, End::Passed),
            (Now { judged: &Judgement::of(Why::Test), ..now }, End::NotInfra),
            (Now { can_replay: false, ..now }, End::InputGone),
            (Now { number: 3, can_replay: false, ..now }, End::RetriesUsed),
            (Now { stopped: Some(2), ..now }, End::Stopped(2)),
            (Now { judged: &Judgement::of(Why::Passed), stopped: Some(15), ..now }, End::Stopped(15)),
        ] {
            assert_eq!(next(&plan(), &now), Step::Over(end));
        }
    }

    #[test]
    fn the_code_and_the_failure_are_those_of_the_last_attempt() {
        let attempt = |ending, why| Attempt {
            number: 1,
            started: Moment(0),
            took: Duration::ZERO,
            ending,
            judgement: Judgement::of(why),
            wait: None,
        };
        let timeout = attempt(Ending::TimedOut, Why::Timeout);
        let killed = attempt(Ending::Signal(9), Why::Signal);
        let failed = attempt(Ending::Code(3), Why::Failed);
        let passed = attempt(Ending::Code(0), Why::Passed);
        let mute = attempt(Ending::Code(0), Why::NoOutput);
        let strict = Plan { flaky_fails: true, ..plan() };
        let (fine, infra, code) = (FailureType::None, FailureType::Infra, FailureType::CodeQuality);
        for (plan, attempts, end, want) in [
            (&plan(), vec![&passed], End::Passed, (fine, 0)),
            (&plan(), vec![&timeout, &passed], End::Passed, (fine, 0)),
            (&plan(), vec![&timeout, &killed, &killed], End::RetriesUsed, (infra, 137)),
            (&plan(), vec![&timeout, &failed], End::NotInfra, (code, 3)),
            (&plan(), vec![&mute], End::RetriesUsed, (infra, 1)),
            (&plan(), vec![&passed], End::Stopped(2), (fine, 0)),
            (&strict, vec![&passed], End::Passed, (fine, 0)),
            (&strict, vec![&killed, &timeout, &passed], End::Passed, (infra, 124)),
            (&strict, vec![&mute, &passed], End::Passed, (infra, 1)),
        ] {
            let attempts: Vec<Attempt> = attempts.into_iter().cloned().collect();
            assert_eq!(outcome(plan, &attempts, end), want, "{attempts:?}");
        }
    }

    proptest! {
        #[test]
        fn pauses_and_attempts_keep_within_what_was_allowed(
            max_retries in 0..20_u32,
            delay in prop::option::of(0..1000_u64),
            told in prop::option::of(0..5000_u64),
            deadline in 1..2000_u64,
            jitter: bool,
            took in 0..100_u64,
            chance in 0.0..=1.0,
        ) {
            let plan = Plan { max_retries, delay: delay.map(seconds), deadline: Some(seconds(deadline)), jitter, ..plan() };
            let judged = Judgement { told: told.map(seconds), ..Judgement::of(Why::Transient) };
            let (mut elapsed, mut number) = (Duration::ZERO, 0);
            loop {
                number += 1;
                elapsed += seconds(took).min(plan.limit(elapsed).unwrap());
                let now = Now { number, judged: &judged, elapsed, stopped: None, can_replay: true, chance };
                match next(&plan, &now) {
                    Step::Again(wait) => elapsed += wait.length,
                    Step::Over(_) => break,
                }
                prop_assert!(elapsed < seconds(deadline), "nothing is begun when time is over");
            }
            prop_assert!(number <= max_retries + 1);
        }
    }
}
