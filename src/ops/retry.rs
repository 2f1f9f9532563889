//! A command, run again while the infrastructure fails it. The loop is here; whether and when is decided in [`crate::retry`].

pub mod told;

use crate::model::{Attempt, End, Ending, Judgement, Moment, RetryRun, Why};
use crate::retry::course::{self, Now, Plan, Step};
use crate::retry::judge::{self, Facts, Rules};
use crate::system::attempt::{Ran, Runner};
use crate::system::{clock, random};
use std::time::{Duration, Instant};

/// The signal of a write that nobody reads.
const BROKEN_PIPE: i32 = 13;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// What the caller calls it.
    pub name: Option<String>,
    /// The command, for people.
    pub command: String,
    /// How often, how long, and by when.
    pub plan: Plan,
    /// What counts as what.
    pub rules: Rules,
}

/// What the loop needs of the world. There is the real one, and that of tests, where no time passes.
pub trait World {
    /// The moment, for the record.
    fn now(&self) -> Moment;
    /// How long it is since the loop began.
    fn elapsed(&self) -> Duration;
    /// Run the command, no longer than this.
    fn attempt(&mut self, limit: Option<Duration>) -> Ran;
    /// Wait; the signal by which somebody wants us to end, if one came meanwhile.
    fn pause(&mut self, length: Duration) -> Option<i32>;
    /// Drawn from 0 to 1.
    fn chance(&mut self) -> f64;
}

/// Something that is told while it happens.
#[derive(Clone, Copy, Debug)]
pub enum Happening<'a> {
    /// An attempt failed, and there will be another one.
    Again {
        /// The attempt, with the pause that follows.
        attempt: &'a Attempt,
        /// Whether the command's last line on standard error has no end yet.
        mid_line: bool,
    },
    /// It is over.
    Over {
        /// All of it.
        run: &'a RetryRun,
        /// Whether the command's last line on standard error has no end yet.
        mid_line: bool,
    },
}

/// Run the command until it passes, or until there is no further attempt.
pub fn run(request: &Request, world: &mut dyn World, tell: &mut dyn FnMut(Happening)) -> RetryRun {
    let plan = &request.plan;
    let mut attempts: Vec<Attempt> = Vec::new();
    let (end, mid_line) = loop {
        let limit = plan.limit(world.elapsed());
        // A pause may take longer than it was meant to.
        if limit.is_some_and(|limit| limit.is_zero()) && !attempts.is_empty() {
            break (End::Deadline { wait: Duration::ZERO, left: Duration::ZERO }, false);
        }
        let started = world.now();
        let ran = world.attempt(limit);
        let mid_line = ran.stderr.bytes.last().is_some_and(|&byte| byte != b'\n');
        let facts = Facts { ending: ran.ending, stdout: &ran.stdout, stderr: &ran.stderr, now: world.now() };
        let judgement = judge::judge(&facts, &request.rules);
        let (ending, judgement) = delivered(&ran, judgement);
        let number = attempts.len() as u32 + 1;
        let now = Now {
            number,
            judged: &judgement,
            elapsed: world.elapsed(),
            stopped: ran.stopped,
            can_replay: ran.can_replay,
            chance: world.chance(),
        };
        let mut step = course::next(plan, &now);
        if ran.undelivered.is_some() && !matches!(step, Step::Over(End::Passed | End::NotInfra | End::Stopped(_))) {
            // The place is as full for the next attempt.
            step = Step::Over(End::OutputGone);
        }
        let mut attempt = Attempt { number, started, took: ran.took, ending, judgement, wait: None };
        match step {
            Step::Over(end) => {
                attempts.push(attempt);
                break (end, mid_line);
            }
            Step::Again(wait) => {
                attempt.wait = Some(wait);
                tell(Happening::Again { attempt: &attempt, mid_line });
                attempts.push(attempt);
                if let Some(signal) = world.pause(wait.length) {
                    break (End::Stopped(signal), false);
                }
            }
        }
    };
    let (failure, exit_code) = course::outcome(plan, &attempts, end);
    let run =
        RetryRun { name: request.name.clone(), command: request.command.clone(), attempts, end, failure, exit_code };
    tell(Happening::Over { run: &run, mid_line });
    run
}

/// How an attempt ended, and what that means, also in view of what became of its output. One that did its part has not passed if
/// what it wrote is missing; one that was ended by the signal of a broken pipe was ended by us, in place of the failed write that it
/// would have seen.
fn delivered(ran: &Ran, judgement: Judgement) -> (Ending, Judgement) {
    let ending = match ran.ending {
        Ending::Signal(BROKEN_PIPE) => Ending::Code(1),
        ending => ending,
    };
    match &ran.undelivered {
        Some(why) if matches!(ran.ending, Ending::Code(0) | Ending::Signal(BROKEN_PIPE)) => {
            (ending, Judgement { line: Some(why.clone()), ..Judgement::of(Why::Undelivered) })
        }
        _ => (ran.ending, judgement),
    }
}

/// The real world.
#[derive(Debug)]
pub struct Machine {
    runner: Runner,
    start: Instant,
}

impl Machine {
    /// A machine that runs this.
    pub fn new(runner: Runner) -> Machine {
        Machine { runner, start: Instant::now() }
    }
}

impl World for Machine {
    fn now(&self) -> Moment {
        clock::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn attempt(&mut self, limit: Option<Duration>) -> Ran {
        self.runner.run(limit)
    }

    fn pause(&mut self, length: Duration) -> Option<i32> {
        self.runner.pause(length)
    }

    fn chance(&mut self) -> f64 {
        random::fraction()
    }
}

#[cfg(test)]
mod tests;
