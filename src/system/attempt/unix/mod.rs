//! An attempt on Unix: started, fed, listened to, and ended with everything that it has started.
//!
//! One loop waits for all that can happen; only the two output streams have threads, because writing to ours may take as long as
//! our reader likes.
//!
//! The command is in a process group of its own, so a signal that is meant for it comes once, from us. Where we are in a
//! terminal's foreground it stays in our group instead: the terminal belongs to a group, and what reads from it, asks for a
//! password or is stopped by Ctrl-Z has to be in there. A key's signal reaches the command by itself then.

mod input;
mod outlet;
mod signals;
mod start;
mod tree;

use super::{GRACE, Ran, Refusal};
use crate::model::Ending;
use input::{Feed, Input};
use outlet::Outlet;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags};
use rustix::process::getpgrp;
use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGCONT, SIGIO, SIGKILL, SIGPROF, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH,
    SIGXFSZ,
};
use signal_hook::low_level;
use signals::{Came, Signals};
use start::Streams;
use std::ffi::OsString;
use std::io;
use std::time::{Duration, Instant};
use tree::{Spared, Status, Tree};

/// Within this time, the same wish is no second one: `timeout` tells us and our group, npm tells us what the terminal has told.
const ECHO: Duration = Duration::from_millis(300);
/// How long killing goes on where something does not die: it hangs in the kernel, or is another user's.
const VAIN: Duration = Duration::from_secs(5);
/// How often it is looked whether all are gone: nobody tells of a grandchild's end.
const LOOK: Duration = Duration::from_millis(20);
/// How often it is looked whether a child has ended, should nobody tell: whoever started us may have blocked that signal.
const LOOK_UNTOLD: Duration = Duration::from_millis(200);

/// Runs a command, as often as it is asked to.
#[derive(Debug)]
pub struct Runner {
    command: Vec<OsString>,
    input: Option<Input>,
    signals: Option<Signals>,
    shares_terminal: bool,
}

impl Runner {
    /// A runner of this command: the program and its arguments.
    pub fn new(command: Vec<OsString>) -> Runner {
        Runner { command, input: None, signals: None, shares_terminal: false }
    }

    /// Run it once, no longer than this.
    pub fn run(&mut self, limit: Option<Duration>) -> Ran {
        let start = Instant::now();
        self.attempt(start, limit).unwrap_or_else(|refusal| {
            if let Some(program) = self.command.first() {
                refusal.tell(program);
            }
            refusal.into_ran(start.elapsed(), self.input.as_ref().is_none_or(Input::can_replay))
        })
    }

    /// Wait; the signal by which somebody wants us to end, if one came meanwhile.
    pub fn pause(&mut self, length: Duration) -> Option<i32> {
        if self.heed().is_err() {
            std::thread::sleep(length);
            return None;
        }
        let (start, own_group) = (Instant::now(), !self.shares_terminal);
        let signals = self.signals.as_mut()?;
        loop {
            for came in signals.come() {
                match came.signal {
                    // A timer would have ended the command, had one been running.
                    _ if came.is_ending() || came.is_timer() => return Some(came.signal),
                    SIGTSTP if own_group => {
                        let _ = low_level::emulate_default_handler(SIGTSTP);
                    }
                    _ => {}
                }
            }
            // Who was left behind by the command and became ours may end now.
            tree::reap_all();
            let left = length.checked_sub(start.elapsed()).filter(|left| !left.is_zero())?;
            let look = left.min(LOOK_UNTOLD);
            wait_for(&mut [PollFd::from_borrowed_fd(signals.fd(), PollFlags::IN)], Some(look));
        }
    }

    /// End the way a program ends that does not handle this signal, so that our caller sees what ours was ended by. Where that is
    /// not possible, this comes back.
    pub fn die_of(signal: i32) {
        // The first process of a container cannot be ended so.
        if std::process::id() == 1 {
            return;
        }
        let _ = low_level::emulate_default_handler(signal);
    }

    /// From the first attempt on, signals are noted.
    fn heed(&mut self) -> io::Result<()> {
        if self.signals.is_none() {
            self.shares_terminal = is_in_foreground();
            self.signals = Some(Signals::catch(self.shares_terminal)?);
        }
        Ok(())
    }

    fn attempt(&mut self, start: Instant, limit: Option<Duration>) -> Result<Ran, Refusal> {
        self.heed().map_err(Refusal::of_machine)?;
        let own_group = !self.shares_terminal;
        let Some(signals) = self.signals.as_mut() else {
            return Err(Refusal::of_machine(io::Error::other("no signals")));
        };
        let input = self.input.get_or_insert_with(Input::ours);
        let (feed, stdin) = input.begin().map_err(Refusal::of_machine)?;
        let (streams_end, open) = pipe().map_err(Refusal::of_machine)?;
        let also_open = open.try_clone().map_err(Refusal::of_machine)?;
        let (out, stdout) =
            Outlet::open(rustix::stdio::stdout(), "standard output", open).map_err(Refusal::of_machine)?;
        let (err, stderr) =
            Outlet::open(rustix::stdio::stderr(), "standard error", also_open).map_err(Refusal::of_machine)?;
        let spared = Spared::now();
        let streams = Streams { stdin, stdout, stderr };
        let root = start::start(&self.command, &streams, own_group)?;
        // From here on the streams are the command's alone, and end when it does.
        drop(streams);
        let mut watch = Watch {
            signals,
            feed,
            outlets: [out, err],
            streams_end,
            tree: Tree::new(root, own_group, spared),
            own_group,
            limit: limit.and_then(|limit| start.checked_add(limit)),
            ended: None,
            looked: start,
            timed_out: false,
            stopped: None,
            killing: None,
        };
        let status = watch.follow();
        let (stopped, timed_out) = (watch.stopped.map(|(signal, _)| signal), watch.timed_out);
        let [stdout, stderr] = watch.outlets.each_ref().map(Outlet::tail);
        let undelivered = watch.outlets.iter().find_map(Outlet::lost);
        drop(watch);
        let ending = if timed_out { Ending::TimedOut } else { ending(status) };
        Ok(Ran { ending, took: start.elapsed(), stdout, stderr, undelivered, stopped, can_replay: input.can_replay() })
    }
}

/// An attempt while it lasts.
struct Watch<'a> {
    signals: &'a mut Signals,
    feed: Option<Feed<'a>>,
    outlets: [Outlet; 2],
    /// Hangs up when both output streams have ended.
    streams_end: OwnedFd,
    tree: Tree,
    own_group: bool,
    limit: Option<Instant>,
    /// When the command's own process ended.
    ended: Option<Instant>,
    /// When it was last looked whether it has.
    looked: Instant,
    timed_out: bool,
    stopped: Option<(i32, Instant)>,
    killing: Option<Killing>,
}

/// Ending all of it.
struct Killing {
    since: Instant,
    /// Whoever was left behind has been asked as well.
    asked_all: bool,
    /// Since when nobody is asked any more.
    hard: Option<Instant>,
    is_done: bool,
}

impl Watch<'_> {
    /// Wait until there is nothing left to wait for.
    fn follow(&mut self) -> Status {
        loop {
            let came = self.signals.come();
            let now = Instant::now();
            let is_told = !came.is_empty();
            came.into_iter().for_each(|came| self.heed(came));
            let is_ending = self.ended.is_some() || self.killing.is_some();
            // Not at every step of its input: that would take longer than the step.
            if is_told || is_ending || now.duration_since(self.looked) >= LOOK_UNTOLD {
                self.looked = now;
                self.tree.reap();
            }
            if self.ended.is_none() && self.tree.status().is_some() {
                self.ended = Some(now);
                if let Some(mut feed) = self.feed.take() {
                    feed.end();
                }
            }
            if self.ended.is_none() && self.killing.is_none() && self.limit.is_some_and(|limit| now >= limit) {
                self.timed_out = true;
                self.end_all(SIGTERM, false, now);
            }
            self.kill(now);
            if let Some(status) = self.tree.status()
                && self.is_over(now)
            {
                return status;
            }
            if let Some(feed) = &mut self.feed {
                feed.step();
            }
            self.wait(now);
        }
    }

    fn wait(&self, now: Instant) {
        let (mut fds, soon) = self.feed.as_ref().map(Feed::waits_for).unwrap_or_default();
        fds.push(PollFd::from_borrowed_fd(self.signals.fd(), PollFlags::IN));
        let limit = self.limit.filter(|_| self.ended.is_none() && self.killing.is_none());
        let until_limit = limit.map(|limit| limit.saturating_duration_since(now));
        let is_ending = self.ended.is_some() || self.killing.is_some();
        let look = Some(if is_ending { LOOK } else { LOOK_UNTOLD });
        // Both streams may have ended long before the command does: then that would be told again and again.
        if self.ended.is_some() {
            fds.push(PollFd::new(&self.streams_end, PollFlags::IN));
        }
        wait_for(&mut fds, [soon, until_limit, look].into_iter().flatten().min());
    }

    fn heed(&mut self, came: Came) {
        let now = Instant::now();
        match came.signal {
            SIGCHLD => {}
            SIGWINCH => {
                self.outlets.iter().for_each(Outlet::resize);
                // Whoever was told before the size had changed has looked in vain.
                if self.outlets.iter().any(Outlet::is_terminal) || self.own_group || !came.is_of_kernel {
                    self.tree.signal(SIGWINCH);
                }
            }
            SIGUSR1 | SIGUSR2 | SIGALRM | SIGVTALRM | SIGPROF | SIGIO => self.tree.signal_root(came.signal),
            // Our own write has failed, and says so itself.
            SIGXFSZ => {}
            SIGTSTP => {
                self.tree.signal(SIGTSTP);
                let _ = low_level::emulate_default_handler(SIGTSTP);
            }
            SIGCONT => self.tree.signal(SIGCONT),
            signal => match self.stopped {
                None => {
                    self.stopped = Some((signal, now));
                    self.end_all(signal, came.is_of_kernel && !self.own_group, now);
                }
                Some((_, at)) if now.duration_since(at) < ECHO => {}
                Some(_) => {
                    if let Some(killing) = &mut self.killing {
                        killing.hard.get_or_insert(now);
                    }
                }
            },
        }
    }

    /// Begin to end all of it, by this signal. `is_told`: it has reached everybody already.
    fn end_all(&mut self, signal: i32, is_told: bool, now: Instant) {
        if self.killing.is_some() {
            return;
        }
        if !is_told {
            self.tree.signal(signal);
        }
        self.killing = Some(Killing { since: now, asked_all: signal == SIGTERM, hard: None, is_done: false });
    }

    fn kill(&mut self, now: Instant) {
        let Some(killing) = &mut self.killing else { return };
        if killing.is_done || !self.tree.is_alive() {
            killing.is_done = true;
            return;
        }
        if now.duration_since(killing.since) >= GRACE {
            killing.hard.get_or_insert(now);
        }
        match killing.hard {
            // What was started meanwhile goes as well: until nothing is left.
            Some(since) => {
                self.tree.signal(SIGKILL);
                killing.is_done = now.duration_since(since) >= VAIN;
            }
            // The command has ended of its own signal and left somebody who does not heed that one: shells let their background
            // ignore Ctrl-C.
            None if self.ended.is_some() && !killing.asked_all => {
                killing.asked_all = true;
                self.tree.signal(SIGTERM);
            }
            None => {}
        }
    }

    fn is_over(&mut self, now: Instant) -> bool {
        if self.killing.as_ref().is_some_and(|killing| !killing.is_done) {
            return false;
        }
        let ended = self.ended.unwrap_or(now);
        let is_over = |outlet: &mut Outlet| outlet.is_over(ended, now);
        let [out, err] = &mut self.outlets;
        // Nobody who wants us to end waits for a reader who does not read.
        let (out, err) = (is_over(out), is_over(err));
        out && err || self.killing.is_some() && now.duration_since(ended) >= GRACE
    }
}

/// The exit code or the signal.
fn ending(status: Status) -> Ending {
    let Status::Known(status) = status else { return Ending::NotStarted };
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Ending::Code(code),
        (None, Some(signal)) => Ending::Signal(signal),
        (None, None) => Ending::NotStarted,
    }
}

/// Whether we have a terminal, and its keys are meant for us.
fn is_in_foreground() -> bool {
    let terminal = rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
    terminal.and_then(rustix::termios::tcgetpgrp).is_ok_and(|group| group == getpgrp())
}

/// Wait for one of these, no longer than this.
fn wait_for(fds: &mut [PollFd], most: Option<Duration>) {
    let most = most.map(|most| Timespec::try_from(most).unwrap_or(Timespec { tv_sec: 3600, tv_nsec: 0 }));
    // An interruption is a signal, and those are asked for anyway.
    let _ = poll(fds, most.as_ref());
}

/// A pipe that nobody inherits: what is read, what is written.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    #[cfg(not(target_vendor = "apple"))]
    return Ok(rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?);
    #[cfg(target_vendor = "apple")]
    {
        let (read, write) = rustix::pipe::pipe()?;
        rustix::io::ioctl_fioclex(&read)?;
        rustix::io::ioctl_fioclex(&write)?;
        Ok((read, write))
    }
}
