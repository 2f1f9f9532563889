//! An attempt on Windows: the plain way. Input is inherited, output is passed on and kept, and a time limit ends the tree that
//! `taskkill` finds. Signals are not known here.

use super::kept::Kept;
use super::{LISTEN, QUIET, Ran, Refusal};
use crate::model::{Ending, Tail};
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often it is looked whether the command has ended.
const LOOK: Duration = Duration::from_millis(5);

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
    pub fn run(&mut self, limit: Option<Duration>) -> Ran {
        let start = Instant::now();
        self.attempt(start, limit).unwrap_or_else(|refusal| {
            if let Some(program) = self.command.first() {
                refusal.tell(program);
            }
            refusal.into_ran(start.elapsed(), true)
        })
    }

    /// Wait; the signal by which somebody wants us to end, if one came meanwhile.
    pub fn pause(&mut self, length: Duration) -> Option<i32> {
        thread::sleep(length);
        None
    }

    /// End the way a program ends that does not handle this signal, so that our caller sees what ours was ended by. Where that is
    /// not possible, this comes back.
    pub fn die_of(_signal: i32) {}

    fn attempt(&self, start: Instant, limit: Option<Duration>) -> Result<Ran, Refusal> {
        let Some((program, args)) = self.command.split_first() else {
            return Err(Refusal::of_machine(io::ErrorKind::InvalidInput));
        };
        let mut command = Command::new(program);
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| {
            let ending = match error.kind() {
                io::ErrorKind::NotFound => Ending::NotFound,
                io::ErrorKind::PermissionDenied => Ending::NotPermitted,
                _ => Ending::NotStarted,
            };
            Refusal { ending, reason: error.to_string() }
        })?;
        let stdout = Stream::open(child.stdout.take(), io::stdout());
        let stderr = Stream::open(child.stderr.take(), io::stderr());
        let mut timed_out = false;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status.code(),
                Ok(None) => {}
                Err(error) => return Err(Refusal::of_machine(error)),
            }
            if !timed_out && limit.is_some_and(|limit| start.elapsed() >= limit) {
                timed_out = true;
                end_all(&mut child);
            }
            thread::sleep(LOOK);
        };
        let ending = if timed_out { Ending::TimedOut } else { status.map_or(Ending::NotStarted, Ending::Code) };
        let (stdout, stderr) = (stdout.tail(), stderr.tail());
        Ok(Ran { ending, took: start.elapsed(), stdout, stderr, undelivered: None, stopped: None, can_replay: true })
    }
}

fn end_all(child: &mut Child) {
    let id = child.id().to_string();
    let taskkill = Command::new("taskkill").args(["/T", "/F", "/PID", &id]).stdin(Stdio::null()).output();
    if !taskkill.is_ok_and(|output| output.status.success()) {
        let _ = child.kill();
    }
}

struct Stream {
    kept: Arc<Mutex<Kept>>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    fn open(source: Option<impl Read + Send + 'static>, mut sink: impl Write + Send + 'static) -> Stream {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let also = Arc::clone(&kept);
        let thread = source.map(|mut source| {
            thread::spawn(move || {
                let mut buffer = vec![0; 64 << 10];
                while let Ok(count @ 1..) = source.read(&mut buffer) {
                    also.lock().unwrap_or_else(PoisonError::into_inner).push(&buffer[..count]);
                    if sink.write_all(&buffer[..count]).and_then(|()| sink.flush()).is_err() {
                        return;
                    }
                }
            })
        });
        Stream { kept, thread }
    }

    /// What is kept, once the stream has ended or nobody who holds it open should be waited for.
    fn tail(self) -> Tail {
        let start = Instant::now();
        let total = || self.kept.lock().unwrap_or_else(PoisonError::into_inner).tail().total;
        let (mut last, mut seen) = (start, total());
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && start.elapsed() < LISTEN {
            thread::sleep(LOOK);
            if total() != seen {
                (last, seen) = (Instant::now(), total());
            } else if last.elapsed() >= QUIET {
                break;
            }
        }
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).tail()
    }
}
