//! Steps, as they are put together while a log is read from its beginning to its end.

use super::{Dialect, Marker, Step, pieces};
use crate::triage::digest::Digest;

/// The most steps that are told apart; a log that has more is not a log.
const MOST: usize = 10_000;
/// How many lines behind the end of a step its verdict stands.
const BEHIND: usize = 3;
/// The longest name.
const NAME: usize = 200;

/// The steps so far, and what was said of them.
#[derive(Debug, Default)]
pub(super) struct Steps {
    list: Vec<Step>,
    /// Of each step, whether it only tidies up.
    aside: Vec<bool>,
    /// The last one has not ended.
    open: bool,
    verdicts: Vec<usize>,
    gave_up: bool,
    cancelled: bool,
    superseded: bool,
    /// The job was ended for a reason that is no cancellation, although the system uses the word.
    ended: bool,
    /// The last step that spoke of an error, although nobody says that it failed.
    suspected: Option<usize>,
}

impl Steps {
    /// The steps of a log whose markers say all by themselves.
    pub(super) fn read(digest: &Digest, dialect: &Dialect) -> Steps {
        let mut steps = Steps::default();
        for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
            pieces(digest.raw(index), |piece| steps.take(index, (dialect.marker)(piece), dialect.aside));
        }
        steps
    }

    /// What a marker means where the system has no rules of its own.
    pub(super) fn take(&mut self, index: usize, marker: Option<Marker>, aside: fn(&str) -> bool) {
        match marker {
            Some(Marker::Begins { name }) => self.begin(index, &name, aside(&name)),
            Some(Marker::Ends) => self.end(index),
            Some(Marker::Failed { .. }) => self.fail(index),
            Some(Marker::GaveUp) => self.give_up(index),
            Some(Marker::Cancelled) => self.cancel(index),
            Some(Marker::TimedOut) => self.time_out(index),
            None => {}
        }
    }

    /// A step begins; the one before it has ended.
    pub(super) fn begin(&mut self, index: usize, name: &str, aside: bool) {
        if self.open {
            self.end(index.saturating_sub(1));
        }
        if self.list.len() < MOST {
            let name = name.chars().take(NAME).collect();
            self.list.push(Step { name, first: index, last: index, failed: false });
            self.aside.push(aside);
        }
        self.open = true;
    }

    /// The open step has ended here.
    pub(super) fn end(&mut self, index: usize) {
        if let Some(step) = self.list.last_mut().filter(|_| self.open) {
            step.last = step.last.max(index);
            self.open = false;
        }
    }

    /// The step that runs, or ran last, failed, and with that it has ended.
    pub(super) fn fail(&mut self, index: usize) {
        self.verdicts.push(index);
        let Some(at) = self.current() else { return };
        let is_last = at + 1 == self.list.len();
        let step = &mut self.list[at];
        step.failed = true;
        // A verdict right behind a step is a part of it.
        if is_last && (self.open || index.saturating_sub(step.last) <= BEHIND) {
            step.last = step.last.max(index);
            self.open = false;
        }
    }

    /// The step that failed said nothing: it only looked at what the one before it left.
    pub(super) fn widen(&mut self) {
        if let [.., before, step] = self.list.as_mut_slice()
            && let [.., false, false] = self.aside[..]
            && step.failed
        {
            step.first = before.first;
        }
    }

    /// Nobody says so, but the job failed.
    pub(super) fn assume(&mut self) {
        self.gave_up = true;
    }

    /// Said once more.
    pub(super) fn verdict(&mut self, index: usize) {
        self.verdicts.push(index);
    }

    /// It spoke of an error.
    pub(super) fn suspect(&mut self, index: usize) {
        if let Some(last) = self.list.len().checked_sub(1).filter(|&last| !self.aside[last]) {
            self.suspected = Some(last);
            self.list[last].last = self.list[last].last.max(index);
        }
    }

    /// The job failed, whatever step it was.
    pub(super) fn give_up(&mut self, index: usize) {
        self.verdicts.push(index);
        self.gave_up = true;
    }

    /// The job was ended by the system: runner gone, out of time.
    pub(super) fn time_out(&mut self, index: usize) {
        self.ended = true;
        self.fail(index);
    }

    /// The job was cancelled, if nothing says that this was the system's doing.
    pub(super) fn cancel(&mut self, index: usize) {
        self.verdicts.push(index);
        self.cancelled = true;
    }

    /// A newer run took its place.
    pub(super) fn supersede(&mut self, index: usize) {
        self.verdicts.push(index);
        self.superseded = true;
    }

    /// Whether a step runs.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The last step is an aside after all: the system skipped it.
    pub(super) fn set_aside(&mut self) {
        if let Some(aside) = self.aside.last_mut() {
            *aside = true;
        }
    }

    /// The steps, the verdicts, and whether the run was cancelled.
    pub(super) fn finish(mut self, lines: usize) -> (Vec<Step>, Vec<usize>, bool) {
        let lost = self.gave_up || self.ended;
        if !self.list.iter().any(|step| step.failed) {
            let open = self.list.len().checked_sub(1).filter(|&last| self.open && !self.aside[last] && lost);
            let at = open.or(self.suspected).or_else(|| self.current().filter(|_| lost));
            if let Some(at) = at {
                self.list[at].failed = true;
            }
        }
        if self.open
            && let Some(step) = self.list.last_mut()
        {
            // What the system says at last is no part of it.
            let end = if step.failed { self.verdicts.last().copied() } else { None };
            step.last = step.last.max(end.unwrap_or(lines.saturating_sub(1)).min(lines.saturating_sub(1)));
        }
        self.verdicts.sort_unstable();
        self.verdicts.dedup();
        let cancelled = self.superseded || (self.cancelled && !self.ended);
        (self.list, self.verdicts, cancelled)
    }

    /// The last step that is no aside.
    fn current(&self) -> Option<usize> {
        self.aside.iter().rposition(|aside| !aside)
    }
}
