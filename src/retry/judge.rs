//! How an attempt ended, and what it said: one reason, and whose business that is.
//!
//! What the caller says goes before what we know: `--never-on`, then `--retry-on`. Then come the things that a second attempt does
//! not mend, and only then the signs of the infrastructure. The first row that fits decides:
//!
//! | | what is seen | why |
//! |---|---|---|
//! | 1 | exit code 0 | passed, or no output where some was required |
//! | 2 | `--never-on` | excluded |
//! | 3 | `--retry-on` | asked, whatever speaks against it |
//! | 4 | it could not be started | not found, no permission, or a want of the machine |
//! | 5 | a verdict on standard output | verdict |
//! | 6 | a failed test, a compiler's error, the job's own time limit, a cancellation; on either stream | test, compiler, … |
//! | 7 | its time was over; killed by KILL, TERM, HUP; exit code 124, 137, 143 | timeout, signal, exit code |
//! | 8 | a signal of its own, or the exit code of one; 130; 126 and 127 | crash, cancelled, permission, not found |
//! | 9 | a command that is not there, a missing right, wrong credentials; on either stream | not found, permission, auth |
//! | 10 | exit code 1 and not a word | silent |
//! | 11 | a transient line at the end of standard error (and of standard output, where that is asked for) | transient |
//! | 12 | nothing of all that | failed |
//!
//! Row 6 stands before row 7: a test that failed before the rest hung is the work's failure. Row 9 does not: words about
//! rights neither kill nor delay anybody, so they were got over when it happened. Within row 9, a server that says 429 or
//! 5xx itself beats words about credentials and rights, since busy servers refuse with those, but no missing command, and no quota that is used up for good.

use super::conditions::Condition;
use super::signs::{self, Sign};
use super::told;
use crate::model::{Ending, FailureType, Judgement, Moment, Tail, Why};
use crate::verdict;
use std::time::Duration;

/// KILL, TERM and HUP, by which somebody else ends a process. They have these numbers everywhere.
const FROM_OUTSIDE: [i32; 3] = [9, 15, 1];
const INTERRUPT: i32 = 2;
const BROKEN_PIPE: i32 = 13;

/// Exit codes that stand for a time limit or a kill.
const ENDED: [i32; 3] = [124, 137, 143];

/// What shells make of ILL, TRAP, ABRT, BUS, FPE and SEGV.
const CRASHES: [i32; 6] = [132, 133, 134, 135, 136, 139];

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
    if facts.ending == Ending::Code(0) {
        let lacks = rules.require_output && !facts.stdout.has_text;
        return Judgement::of(if lacks { Why::NoOutput } else { Why::Passed });
    }
    let transient = transient(facts, rules.scan_stdout);
    let judged = by_caller(facts, rules, transient.as_ref()).unwrap_or_else(|| by_signs(facts, transient.as_ref()));
    with_delay(judged, facts, transient.as_ref())
}

/// Rows 2 and 3.
fn by_caller(facts: &Facts, rules: &Rules, transient: Option<&Sign>) -> Option<Judgement> {
    let asked = |why: Why, conditions: &[Condition]| {
        conditions.iter().find_map(|condition| {
            let line = met(condition, facts, transient)?;
            let pattern = Some(signs::told(condition.to_string().as_bytes()));
            Some(Judgement { pattern, line, ..Judgement::of(why) })
        })
    };
    asked(Why::Excluded, &rules.never_on).or_else(|| asked(Why::Asked, &rules.retry_on))
}

/// Whether a condition is met, with the line where it is met in one.
fn met(condition: &Condition, facts: &Facts, transient: Option<&Sign>) -> Option<Option<String>> {
    let code = facts.ending.code();
    let is_met = match condition {
        Condition::Exit(codes) => codes.contains(&code),
        Condition::Timeout => facts.ending == Ending::TimedOut || code == 124,
        Condition::Signal => is_killed(facts.ending) || matches!(code, 137 | 143),
        Condition::Silent => is_silent(facts),
        Condition::Transient => return transient.map(|sign| Some(sign.line.clone())),
        Condition::Pattern(regex) => {
            return [facts.stderr, facts.stdout].into_iter().find_map(|tail| {
                let last = signs::Last::of(&tail.bytes);
                let line = last.rev().find(|line| regex.is_match(&String::from_utf8_lossy(line)))?;
                Some(Some(signs::told(line)))
            });
        }
    };
    is_met.then_some(None)
}

/// Rows 4 to 12.
fn by_signs(facts: &Facts, transient: Option<&Sign>) -> Judgement {
    match facts.ending {
        Ending::NotFound => return Judgement::of(Why::NotFound),
        Ending::NotPermitted => return Judgement::of(Why::Permission),
        Ending::NotStarted => return Judgement::of(Why::NotStarted),
        Ending::Code(_) | Ending::Signal(_) | Ending::TimedOut => {}
    }
    if verdict::parse::has_verdict(&facts.stdout.bytes) {
        return Judgement::of(Why::Verdict);
    }
    let veto = veto(facts);
    if let Some(sign) = veto.as_ref().filter(|sign| sign.is_of_the_work()) {
        return judgement(sign);
    }
    match facts.ending {
        Ending::TimedOut => return Judgement::of(Why::Timeout),
        Ending::Signal(_) if is_killed(facts.ending) => return Judgement::of(Why::Signal),
        Ending::Signal(INTERRUPT) | Ending::Code(130) => return Judgement::of(Why::Cancelled),
        Ending::Signal(BROKEN_PIPE) => return Judgement::of(Why::Failed),
        Ending::Signal(_) => return Judgement::of(Why::Crash),
        Ending::Code(code) if ENDED.contains(&code) => return Judgement::of(Why::ExitCode),
        Ending::Code(code) if CRASHES.contains(&code) => return Judgement::of(Why::Crash),
        Ending::Code(126) => return of_or(Why::Permission, veto.as_ref()),
        Ending::Code(127) => return of_or(Why::NotFound, veto.as_ref()),
        _ => {}
    }
    let answered = transient.is_some_and(|sign| sign.is_answer);
    // A quota of which the server says when it is filled again is not used up for good.
    let is_filled = |sign: &Sign| sign.why == Why::Auth && told(facts).is_some();
    if let Some(sign) = veto.filter(|sign| !answered || sign.is_final && !is_filled(sign)) {
        return judgement(&sign);
    }
    if is_silent(facts) {
        return Judgement::of(Why::Silent);
    }
    transient.map_or_else(|| Judgement::of(Why::Failed), judgement)
}

/// How long the server asks to wait, where there will be another attempt.
fn with_delay(judged: Judgement, facts: &Facts, transient: Option<&Sign>) -> Judgement {
    if judged.why.failure() != FailureType::Infra {
        return judged;
    }
    let is_quota = judged.is_quota || transient.is_some_and(|sign| sign.is_quota);
    Judgement { told: told(facts), is_quota, ..judged }
}

/// How long the server asks to wait.
fn told(facts: &Facts) -> Option<Duration> {
    [facts.stderr, facts.stdout].into_iter().find_map(|tail| told::delay(&tail.bytes, facts.now))
}

fn transient(facts: &Facts, scan_stdout: bool) -> Option<Sign> {
    let read: &[&Tail] = if scan_stdout { &[facts.stderr, facts.stdout] } else { &[facts.stderr] };
    let failure = read.iter().find_map(|tail| signs::transient(&tail.bytes));
    // Forges refuse with 403 whoever asks too often.
    failure.or_else(|| {
        let mut waits = read.iter().filter(|tail| told::delay(&tail.bytes, facts.now).is_some());
        waits.find_map(|tail| signs::refused_for_now(&tail.bytes))
    })
}

/// The weightier one of both streams.
fn veto(facts: &Facts) -> Option<Sign> {
    let both = [facts.stderr, facts.stdout].into_iter().filter_map(|tail| signs::veto(&tail.bytes));
    both.min_by_key(Sign::weight)
}

fn judgement(sign: &Sign) -> Judgement {
    Judgement {
        why: sign.why,
        pattern: Some(sign.pattern.to_owned()),
        line: Some(sign.line.clone()),
        is_quota: sign.is_quota,
        told: None,
    }
}

/// With the line that says so, if there is one.
fn of_or(why: Why, veto: Option<&Sign>) -> Judgement {
    veto.filter(|sign| sign.why == why).map_or_else(|| Judgement::of(why), judgement)
}

fn is_killed(ending: Ending) -> bool {
    matches!(ending, Ending::Signal(signal) if FROM_OUTSIDE.contains(&signal))
}

fn is_silent(facts: &Facts) -> bool {
    facts.ending == Ending::Code(1) && !facts.stdout.has_text && !facts.stderr.has_text
}

#[cfg(test)]
mod tests;
