//! Somebody's command, run as if we were not there: its input, output and signals pass through, and all of it ends when it has
//! to, with whatever it has started. What its end means is not known here.

use crate::model::{Ending, Tail, shell_word, visible};
use crate::system::terminal;
use std::ffi::OsStr;
use std::time::Duration;

mod kept;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub use unix::Runner;
#[cfg(windows)]
pub use windows::Runner;

/// How long a process that was asked to end may take.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(5);
/// How long a stream that somebody else still holds open may be silent before it is left, once the command has ended.
const QUIET: Duration = Duration::from_millis(250);
/// How long it is listened to at most.
const LISTEN: Duration = Duration::from_secs(2);

/// How an attempt went.
#[derive(Clone, Debug)]
pub struct Ran {
    /// How it ended.
    pub ending: Ending,
    /// How long it took.
    pub took: Duration,
    /// What it wrote to standard output.
    pub stdout: Tail,
    /// What it wrote to standard error.
    pub stderr: Tail,
    /// Why some of that did not get to where our own streams lead, if it did not. A reader who went away is the command's business.
    pub undelivered: Option<String>,
    /// The signal by which somebody wants us to end.
    pub stopped: Option<i32>,
    /// Whether another attempt could read what this one read.
    pub can_replay: bool,
}

/// The longest name that is shown whole.
const MAX_NAME: usize = 200;

/// A program or file for people: one word for a shell, and not too long a one.
fn named(name: &[u8]) -> String {
    // An escape is four characters for a byte; so many bytes are enough.
    let word = shell_word(&name[..name.len().min(MAX_NAME + 1)]);
    match word.char_indices().nth(MAX_NAME) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word,
    }
}

/// Why a command did not even begin.
#[derive(Debug)]
struct Refusal {
    ending: Ending,
    reason: String,
}

impl Refusal {
    /// Something of the machine's is missing that has nothing to do with the command.
    fn of_machine(error: impl Into<std::io::Error>) -> Refusal {
        Refusal { ending: Ending::NotStarted, reason: error.into().to_string() }
    }

    /// Say what a shell would say. Nobody else can: there is no process that could.
    fn tell(&self, program: &OsStr) {
        let program = named(program.as_encoded_bytes());
        terminal::stderr(|out| writeln!(out, "ci-guard: cannot run {program}: {}", visible(&self.reason)));
    }

    fn into_ran(self, took: Duration, can_replay: bool) -> Ran {
        let (stdout, stderr) = Default::default();
        Ran { ending: self.ending, took, stdout, stderr, undelivered: None, stopped: None, can_replay }
    }
}
