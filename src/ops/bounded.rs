//! A judgement that cannot hurt its caller: bounded in time, deaf to panics, and never without an answer.
//!
//! The job runs on a thread of its own. A judgement of a push fills in a [`Draft`] as it goes: whatever ends it (its end,
//! an error, a panic, the time limit), the draft so far is the report, with the fault named. So a marker that was found
//! before the limit struck still blocks. Everything that waits (standard input, a slow disk) belongs inside the job.

use crate::model::{Report, Skip, SkipCause, visible};
use crate::policy::Policy;
use anyhow::{Result, anyhow, bail};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A job's stack. Trees are walked with explicit stacks; this is for parsers of nested input.
const STACK: usize = 8 << 20;

/// The clock that a job runs against.
#[derive(Clone)]
pub struct Clock {
    start: Instant,
    events: Sender<Event>,
}

/// A report in the making, shared between the job and the one who waits for it.
#[derive(Clone)]
pub struct Draft {
    report: Arc<Mutex<Report>>,
    clock: Clock,
}

enum Event {
    /// The whole job is now bounded to this time, counted from its start.
    Limit(Duration),
    /// The job is over.
    End,
}

impl Clock {
    /// Bound the whole job, counted from its start, to another time. Gives the moment at which that is over.
    pub fn set_limit(&self, limit: Duration) -> Instant {
        let _ = self.events.send(Event::Limit(limit));
        self.start + limit
    }
}

impl Draft {
    /// Change the report. What is in there counts, even if the job never ends.
    pub fn update<T>(&self, change: impl FnOnce(&mut Report) -> T) -> T {
        change(&mut self.lock())
    }

    /// Bound the whole job, counted from its start, to another time.
    pub fn set_limit(&self, limit: Duration) {
        self.clock.set_limit(limit);
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Run `job` to its end, or to the time limit, and report.
pub fn judge(job: impl FnOnce(&Draft) -> Result<()> + Send + 'static) -> Report {
    let start = Instant::now();
    let report: Arc<Mutex<Report>> = Arc::default();
    let theirs = report.clone();
    let end = run(move |clock| job(&Draft { report: theirs, clock: clock.clone() }));
    let mut report = std::mem::take(&mut *report.lock().unwrap_or_else(PoisonError::into_inner));
    if let Err(error) = end {
        let reason = visible(format!("{error:#}"));
        report.skipped.push(Skip { rule: None, cause: SkipCause::Fault, reason });
    }
    report.stats.elapsed = start.elapsed();
    report.sort();
    report
}

/// Run `job` to its end, or to the time limit.
///
/// # Errors
/// It ended with an error or a panic, or time was up.
pub fn run<T: Send + 'static>(job: impl FnOnce(&Clock) -> Result<T> + Send + 'static) -> Result<T> {
    let (events, inbox) = channel();
    let (answer, answers) = channel();
    let clock = Clock { start: Instant::now(), events };
    let start = clock.start;
    let started = thread::Builder::new().name("judge".into()).stack_size(STACK).spawn(move || {
        let end = catch_unwind(AssertUnwindSafe(|| job(&clock)));
        let _ = answer.send(end.unwrap_or_else(|panic| Err(anyhow!("internal error: {}", last_words(&*panic)))));
        let _ = clock.events.send(Event::End);
    });
    if let Err(error) = started {
        bail!("no thread could be started: {error}");
    }
    let mut limit = Policy::TIME_LIMIT;
    loop {
        match inbox.recv_timeout(limit.saturating_sub(start.elapsed())) {
            Ok(Event::Limit(new)) => limit = new,
            Ok(Event::End) => return answers.recv()?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                bail!("the time limit of {} s was reached", limit.as_secs_f64())
            }
        }
    }
}

/// What a panicking thread said.
fn last_words(panic: &(dyn std::any::Any + Send)) -> &str {
    (panic.downcast_ref::<String>().map(String::as_str)).or(panic.downcast_ref::<&str>().copied()).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;

    fn found(report: &mut Report) {
        report.findings.push(crate::model::Finding {
            rule: crate::model::Rule::ConflictMarker,
            level: crate::model::Level::Block,
            reference: None,
            commit: None,
            path: None,
            line: None,
            end_line: None,
            message: String::new(),
            help: vec![],
        });
    }

    #[test]
    fn a_panic_an_error_and_the_time_limit_are_faults_with_a_reason() {
        let reasons: Vec<_> = [
            judge(|_| panic!("at\nthe disco")),
            judge(|_| anyhow::bail!("no such thing")),
            judge(|draft| {
                draft.set_limit(Duration::from_millis(5));
                loop {
                    thread::park();
                }
            }),
        ]
        .into_iter()
        .map(|report| {
            assert_eq!(report.verdict(), Verdict::Undecided);
            report.skipped[0].reason.clone()
        })
        .collect();
        assert_eq!(
            reasons,
            ["internal error: at\\nthe disco", "no such thing", "the time limit of 0.005 s was reached"]
        );
    }

    #[test]
    fn what_was_found_before_a_fault_still_blocks() {
        let report = judge(|draft| {
            draft.update(found);
            panic!("later")
        });
        assert_eq!(report.verdict(), Verdict::Block);
        assert_eq!(report.skipped.len(), 1);
    }

    #[test]
    fn a_job_that_ends_well_has_its_own_say() {
        assert_eq!(judge(|_| Ok(())).verdict(), Verdict::Allow);
        let block = judge(|draft| {
            draft.update(found);
            Ok(())
        });
        assert_eq!(block.verdict(), Verdict::Block);
    }
}
