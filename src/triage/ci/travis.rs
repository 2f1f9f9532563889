//! Travis CI. Folds name the phase, `travis_time` stands around each command, and `The command "…" exited with 1.` is the
//! verdict on it. Logs from before 2014 have no times: there a command begins where the last verdict or fold ended.

use super::{Dialect, Marker, System, begins, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::Travis,
    needles: &[
        "travis_fold:",
        "travis_time:",
        "the command \"",
        "exited with ",
        "your build has been stopped",
        "no output has been received",
        "the job exceeded the maximum",
        "the log length has exceeded",
        "done: job cancelled",
        "error occurred while generating the build script",
        "failed to clone from github",
        "r cmd check failed",
    ],
    shows: |piece| {
        piece.starts_with("travis_fold:start:")
            || piece.starts_with("travis_time:start:")
            || piece.starts_with("Done. Your build exited with ")
            || piece.starts_with("Using worker: ")
            || (piece.starts_with("The command \"") && exit(piece).is_some())
    },
    marker,
    aside,
    steps,
};

fn aside(phase: &str) -> bool {
    // The last three are what the script for R prints after a failed check: logs that it wrote.
    const ASIDE: [&str; 17] = [
        "after_failure",
        "after_script",
        "after_success",
        "after_deploy",
        "before_cache",
        "cache",
        "artifacts",
        "casher",
        "worker_info",
        "system_info",
        "docker_mtu",
        "resolvconf",
        "step_start_instance",
        "step_upload_script",
        "fail",
        "log",
        "out",
    ];
    ASIDE.contains(&phase)
}

fn marker(piece: &str) -> Option<Marker> {
    let piece = &piece[piece.rfind("travis_").unwrap_or(0)..];
    if let Some(code) = exit(piece) {
        return match piece.starts_with("Done. ") && code != 0 {
            true => Some(Marker::GaveUp),
            false => failed(code),
        };
    }
    let starts = |text: &str| piece.starts_with(text);
    if starts("travis_time:start:") {
        return begins("");
    }
    if starts("travis_fold:start:") {
        return begins(phase(piece));
    }
    if starts("travis_time:end:") || starts("travis_fold:end:") {
        return Some(Marker::Ends);
    }
    if starts("The command \"") && piece.trim_end().ends_with(" times.") {
        return Some(Marker::Failed { code: None });
    }
    if starts("No output has been received in the last ")
        || starts("The job exceeded the maximum ")
        || starts("The log length has exceeded the limit")
    {
        return Some(Marker::TimedOut);
    }
    let lost = [
        "Your build has been stopped",
        "An error occurred while generating the build script",
        "Failed to clone from GitHub.",
        "R CMD check failed",
    ];
    if lost.iter().any(|lost| starts(lost)) {
        return Some(Marker::GaveUp);
    }
    starts("Done: Job Cancelled").then_some(Marker::Cancelled)
}

/// The exit code that the line tells. A command of many lines ends with `" exited with 1.`, at the beginning of a line.
fn exit(piece: &str) -> Option<u32> {
    let opens = ["The command ", "\" ", "Done. Your build "].iter().any(|open| piece.starts_with(open));
    let piece = piece.trim_end();
    let piece = piece.strip_suffix(" during .").or_else(|| piece.strip_suffix('.'))?;
    let at = piece.rfind("exited with ")?;
    let known = opens || piece[..at].ends_with("\" ") || piece[..at].ends_with("\" failed and ");
    piece[at + "exited with ".len()..].parse().ok().filter(|_| known)
}

/// `install.2` → `install`.
fn phase(piece: &str) -> &str {
    let name = piece.rsplit(':').next().unwrap_or_default().trim_end();
    name.split('.').next().unwrap_or_default()
}

#[derive(Default)]
struct Reading {
    steps: Steps,
    /// The fold in which we are.
    phase: String,
    /// Where an untimed command may begin.
    since: usize,
    /// The next verdict is on a timed command.
    timed: bool,
    /// Where that began.
    began: usize,
    /// Where a verdict of many lines began.
    opened: Option<usize>,
}

fn steps(digest: &Digest) -> Steps {
    let mut reading = Reading::default();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| reading.take(digest, index, piece));
    }
    reading.steps
}

impl Reading {
    fn take(&mut self, digest: &Digest, index: usize, whole: &str) {
        let piece = &whole[whole.rfind("travis_").unwrap_or(0)..];
        if let Some(code) = exit(whole) {
            let begin = self
                .opened
                .take()
                .filter(|_| whole.starts_with('"') || !whole.starts_with("The command "))
                .unwrap_or(index);
            match (whole.starts_with("Done. "), code) {
                (_, 0) => {}
                (true, _) => self.steps.give_up(index),
                (false, _) => self.failed(digest, whole, begin),
            }
            self.timed = false;
            self.since = index + 1;
        } else if piece.starts_with("travis_fold:start:") {
            self.phase = phase(piece).to_owned();
            self.since = index;
        } else if piece.starts_with("travis_fold:end:") {
            self.phase.clear();
            self.since = index + 1;
        } else if piece.starts_with("travis_time:start:") {
            // Once a line, or a line full of markers would be read over and over.
            let name = if self.timed && self.began == index { String::new() } else { command(digest, index) };
            self.steps.begin(index, &name, aside(&self.phase));
            self.timed = true;
            self.began = index;
        } else if piece.starts_with("travis_time:end:") {
            self.steps.end(index);
        } else if whole.starts_with("The command \"") {
            self.opened = Some(index);
        } else {
            match marker(whole) {
                Some(Marker::TimedOut) => self.steps.time_out(index),
                Some(Marker::GaveUp) => self.steps.give_up(index),
                Some(Marker::Cancelled) => self.steps.cancel(index),
                _ => {}
            }
        }
    }

    /// The command before this verdict failed.
    fn failed(&mut self, digest: &Digest, piece: &str, index: usize) {
        if !self.timed {
            let name = piece.strip_prefix("The command ").unwrap_or_default();
            let name = name.rfind(" exited with ").map_or(name, |at| &name[..at]).trim_end_matches(" failed and");
            self.steps.begin(self.since.min(index), name.trim().trim_matches('"'), aside(&self.phase));
        }
        self.steps.fail(index);
        if self.timed && self.phase.is_empty() && silent(digest, self.began, index) {
            self.steps.widen();
        }
    }
}

/// Whether nothing but markers stands between two lines.
fn silent(digest: &Digest, first: usize, last: usize) -> bool {
    const LINES: usize = 3;
    last - first.min(last) <= LINES
        && (first + 1..last).all(|index| {
            let mut words = false;
            pieces(digest.raw(index), |piece| {
                words |= !piece.trim().is_empty() && !piece.starts_with("travis_time:end:")
            });
            !words
        })
}

/// The command that begins in this line or in one of the next two: `$ make test`.
fn command(digest: &Digest, index: usize) -> String {
    let mut name = String::new();
    for index in index..digest.len().min(index + 3) {
        pieces(digest.raw(index), |piece| {
            if let Some(command) = piece.strip_prefix("$ ").filter(|_| name.is_empty()) {
                name = command.trim().to_owned();
            }
        });
        if !name.is_empty() {
            break;
        }
    }
    name
}
