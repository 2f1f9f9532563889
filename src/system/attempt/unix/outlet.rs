//! One output stream of the command: every byte goes on to our own stream at once and as it is, and the last ones are kept.
//!
//! Where our stream is a terminal, the command has one too (a pseudo-terminal of the same size, which changes no byte), else a
//! pipe. Each stream has a thread, so a reader who is slow with one of them holds up that one only.

use super::super::kept::Kept;
use super::super::{LISTEN, QUIET};
use super::pipe;
use crate::model::Tail;
use crate::system::terminal;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::{OptionalActions, OutputModes};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Instant;

/// How much is read at once: as much as a pipe holds.
const CHUNK: usize = 64 << 10;

/// One of our streams, and what the command writes to it.
#[derive(Debug)]
pub(super) struct Outlet {
    sink: BorrowedFd<'static>,
    /// The thread's end of the command's stream. The thread alone closes it, and then the command hears of it.
    source: Weak<OwnedFd>,
    is_terminal: bool,
    flow: Arc<Mutex<Flow>>,
    /// How many bytes there were at least when the command ended.
    owed: Option<u64>,
}

#[derive(Debug)]
struct Flow {
    kept: Kept,
    is_writing: bool,
    has_ended: bool,
    /// Why bytes of the command's did not get where they should; that a reader went away is no such reason.
    lost: Option<String>,
    last: Instant,
}

impl Outlet {
    /// An outlet into one of our streams, and the end of it that the command gets. `open` is closed when the stream ends.
    pub(super) fn open(sink: BorrowedFd<'static>, name: &'static str, open: OwnedFd) -> io::Result<(Outlet, OwnedFd)> {
        // Without a pseudo-terminal left, a pipe is better than nothing.
        let on_terminal = rustix::termios::isatty(sink);
        let screen = if on_terminal { screen(sink).ok() } else { None };
        let is_terminal = screen.is_some();
        let (source, end) = match screen {
            Some(pair) => pair,
            None => pipe()?,
        };
        let source = Arc::new(source);
        let flow =
            Flow { kept: Kept::default(), is_writing: false, has_ended: false, lost: None, last: Instant::now() };
        let flow = Arc::new(Mutex::new(flow));
        let outlet = Outlet { sink, source: Arc::downgrade(&source), is_terminal, flow: Arc::clone(&flow), owed: None };
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // The terminal's end is that of a reader; on a disk the same error is the disk's.
            let is_gone = |error| error == Errno::PIPE || on_terminal && error == Errno::IO;
            let told = |error: Errno| format!("cannot write to {name}: {}", io::Error::from(error));
            pass_on(source, sink, &flow, |error| (!is_gone(error)).then(|| told(error)));
            let lost = lock(&flow).lost.clone();
            if let Some(lost) = lost {
                terminal::stderr(|out| writeln!(out, "ci-guard: {lost}"));
            }
            lock(&flow).has_ended = true;
            drop(open);
        })?;
        Ok((outlet, end))
    }

    /// Whether the command has a terminal of ours here.
    pub(super) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Our terminal has another size now: so has the command's.
    pub(super) fn resize(&self) {
        if let (true, Some(source)) = (self.is_terminal, self.source.upgrade())
            && let Ok(size) = rustix::termios::tcgetwinsize(self.sink)
        {
            let _ = rustix::termios::tcsetwinsize(source, size);
        }
    }

    /// Whether there is nothing more to wait for: the stream has ended, or those who still hold it open have nothing to do with
    /// the command any more, which ended then. Its own bytes are waited for as long as our reader takes.
    pub(super) fn is_over(&mut self, command_ended: Instant, now: Instant) -> bool {
        let flow = lock(&self.flow);
        if flow.has_ended {
            return true;
        }
        // What is in the pipe now, the command has written, or somebody just after.
        let waiting = self.source.upgrade().and_then(|source| rustix::io::ioctl_fionread(&source).ok()).unwrap_or(0);
        let total = flow.kept.total();
        let owed = *self.owed.get_or_insert(total + waiting);
        let is_quiet = waiting == 0 && now.duration_since(flow.last.max(command_ended)) >= QUIET;
        let was_listened_to = total >= owed && now.duration_since(command_ended) >= LISTEN;
        !flow.is_writing && (is_quiet || was_listened_to)
    }

    /// Why bytes did not get where they should, if they did not.
    pub(super) fn lost(&self) -> Option<String> {
        lock(&self.flow).lost.clone()
    }

    /// What is kept of it.
    pub(super) fn tail(&self) -> Tail {
        lock(&self.flow).kept.tail()
    }
}

/// A thread that panicked leaves numbers that are no worse than before.
fn lock(flow: &Mutex<Flow>) -> MutexGuard<'_, Flow> {
    flow.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Read until the end, write until nobody reads. When this returns, the command's end is closed: it hears of that as it would
/// without us, by a signal. `told`: what is to be said of a failed write. It is noted before the command can hear of it.
fn pass_on(source: Arc<OwnedFd>, sink: BorrowedFd, flow: &Mutex<Flow>, told: impl Fn(Errno) -> Option<String>) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = match rustix::io::read(&*source, &mut buffer) {
            Ok(0) => return,
            Ok(count) => count,
            Err(Errno::INTR) => continue,
            // A terminal that nobody has open any more.
            Err(_) => return,
        };
        {
            let mut flow = lock(flow);
            flow.kept.push(&buffer[..count]);
            flow.is_writing = true;
        }
        let written = write_all(sink, &buffer[..count]);
        let mut flow = lock(flow);
        flow.is_writing = false;
        flow.last = Instant::now();
        // To lose bytes in silence would be worse than to end the stream.
        if let Err(error) = written {
            flow.lost = told(error);
            return;
        }
    }
}

fn write_all(sink: BorrowedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match rustix::io::write(sink, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            // Somebody with whom we share the stream wants no waiting; we do.
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::from_borrowed_fd(sink, PollFlags::OUT)], None);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A terminal like this one: our end, and the command's.
fn screen(like: BorrowedFd) -> io::Result<(OwnedFd, OwnedFd)> {
    #[cfg(target_os = "linux")]
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    #[cfg(not(target_os = "linux"))]
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = rustix::pty::openpt(flags)?;
    #[cfg(not(target_os = "linux"))]
    rustix::io::ioctl_fioclex(&ours)?;
    rustix::pty::grantpt(&ours)?;
    rustix::pty::unlockpt(&ours)?;
    let name = rustix::pty::ptsname(&ours, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let theirs = rustix::fs::open(name.as_c_str(), flags, Mode::empty())?;
    let mut modes = rustix::termios::tcgetattr(like)?;
    // The real terminal does that when the bytes get there; twice would be once too often.
    modes.output_modes.remove(OutputModes::OPOST);
    rustix::termios::tcsetattr(&theirs, OptionalActions::Now, &modes)?;
    rustix::termios::tcsetwinsize(&ours, rustix::termios::tcgetwinsize(like)?)?;
    Ok((ours, theirs))
}
