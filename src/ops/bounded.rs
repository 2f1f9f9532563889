//! A judgement that cannot hurt its caller: bounded in time, deaf to panics, and never without an answer.
//!
//! The job runs on a thread of its own and fills in a [`Draft`] as it goes. Whatever ends it (its end, an error, a
//! panic, the time limit), the draft so far is the report, with the fault named. So a marker that was found before
//! the limit struck still blocks. Everything that waits (standard input, a slow disk) belongs inside the job.

use crate::model::{Report, Skip, SkipCause, visible};
use crate::policy::Policy;
use anyhow::Result;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A job's stack. Trees are walked with explicit stacks; this is for parsers of nested input.
const STACK: usize = 8 << 20;

/// A report in the making, shared between the job and the one who waits for it.
#[derive(Clone)]
pub struct Draft {
    report: Arc<Mutex<Report>>,
    events: Sender<Event>,
}

enum Event {
    /// The whole job is now bounded to this time, counted from its start.
    Limit(Duration),
    /// The job is over: well, or with the reason why not.
    End(Result<(), String>),
}

impl Draft {
    /// Change the report. What is in there counts, even if the job never ends.
    pub fn update<T>(&self, change: impl FnOnce(&mut Report) -> T) -> T {
        change(&mut self.lock())
    }

    /// Bound the whole job, counted from its start, to another time.
    pub fn set_limit(&self, limit: Duration) {
        let _ = self.events.send(Event::Limit(limit));
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Run `job` to its end, or to the time limit, and report.
pub fn judge(job: impl FnOnce(&Draft) -> Result<()> + Send + 'static) -> Report {
    let start = Instant::now();
    let (events, inbox) = channel();
    let draft = Draft { report: Arc::default(), events };
    let theirs = draft.clone();
    let started = thread::Builder::new().name("judge".into()).stack_size(STACK).spawn(move || {
        let end = match catch_unwind(AssertUnwindSafe(|| job(&theirs))) {
            Ok(outcome) => outcome.map_err(|error| format!("{error:#}")),
            Err(panic) => Err(format!("internal error: {}", last_words(&*panic))),
        };
        let _ = theirs.events.send(Event::End(end));
    });
    let mut limit = Policy::TIME_LIMIT;
    let end = loop {
        if let Err(error) = &started {
            break Err(format!("no thread could be started: {error}"));
        }
        match inbox.recv_timeout(limit.saturating_sub(start.elapsed())) {
            Ok(Event::Limit(new)) => limit = new,
            Ok(Event::End(end)) => break end,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                break Err(format!("the time limit of {} s was reached", limit.as_secs_f64()));
            }
        }
    };
    let mut report = std::mem::take(&mut *draft.lock());
    if let Err(reason) = end {
        report.skipped.push(Skip { rule: None, cause: SkipCause::Fault, reason: visible(reason) });
    }
    report.stats.elapsed = start.elapsed();
    report.sort();
    report
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
