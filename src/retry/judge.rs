//! How an attempt ended, and what it said: one reason, and whose business that is.
//!
//! What the caller says goes before what we know: `--never-on`, then `--retry-on`. Then come the things that a second attempt does
//! not mend, and only then the signs of the infrastructure.

use super::conditions::Condition;
use crate::model::{Ending, Judgement, Moment, Tail, Why};

/// What the caller wants to be judged by.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// What counts as infrastructure besides.
    pub retry_on: Vec<Condition>,
    /// What does not, whatever else is known.
    pub never_on: Vec<Condition>,
    /// Exit code 0 without output is a failure of the infrastructure.
    pub require_output: bool,
    /// Transient failures are looked for on standard output too.
    pub scan_stdout: bool,
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How.
    pub ending: Ending,
    /// What it wrote to standard output.
    pub stdout: &'a Tail,
    /// What it wrote to standard error.
    pub stderr: &'a Tail,
    /// When it ended.
    pub now: Moment,
}

/// What it was.
pub fn judge(facts: &Facts, rules: &Rules) -> Judgement {
    let _ = rules;
    match facts.ending {
        Ending::Code(0) => Judgement::of(Why::Passed),
        Ending::TimedOut => Judgement::of(Why::Timeout),
        Ending::Code(124 | 137 | 143) => Judgement::of(Why::ExitCode),
        Ending::NotFound => Judgement::of(Why::NotFound),
        _ => Judgement::of(Why::Failed),
    }
}
