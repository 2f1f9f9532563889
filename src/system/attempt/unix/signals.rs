//! Signals that come to us while somebody else's command runs: which, and whether the kernel sent them to the whole terminal.
//! What follows from one is decided elsewhere.

use rustix::fd::{AsFd, BorrowedFd};
use signal_hook::consts::{
    SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM,
    SIGWINCH, SIGXFSZ,
};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::low_level::siginfo::Cause;
use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;

/// Signals by which somebody says: end.
const ENDING: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// Signals of timers, which outlive the start of a program: somebody has set one for the command and became us.
const TIMERS: [i32; 3] = [SIGALRM, SIGVTALRM, SIGPROF];

/// The signals that have come.
pub(super) struct Signals {
    delivery: SignalDelivery<UnixStream, WithOrigin>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came {
    /// Its number.
    pub(super) signal: i32,
    /// No process sent it: it is a key of the terminal, or the terminal's end.
    pub(super) is_of_kernel: bool,
}

impl Came {
    /// Whether somebody wants us to end.
    pub(super) fn is_ending(self) -> bool {
        ENDING.contains(&self.signal)
    }

    /// Whether a time is over that somebody else has set.
    pub(super) fn is_timer(self) -> bool {
        TIMERS.contains(&self.signal)
    }
}

impl Signals {
    /// From now on they are noted instead of doing what they do to a process that knows nothing of them.
    ///
    /// One that is ignored already stays so: whoever said `nohup`, or put us in a script's background, means the command too,
    /// and the command inherits what is ignored, not what is noted.
    pub(super) fn catch(shares_terminal: bool) -> io::Result<Signals> {
        let mut wanted = vec![SIGCHLD, SIGUSR1, SIGUSR2, SIGWINCH, SIGIO, SIGXFSZ];
        wanted.extend(ENDING);
        wanted.extend(TIMERS);
        if !shares_terminal {
            // In a terminal's foreground both stop us as they stop the command.
            wanted.extend([SIGTSTP, SIGCONT]);
        }
        let ignored = ignored();
        // A child's end must be heard of, whatever our caller thinks of its own children.
        wanted.retain(|&signal| signal == SIGCHLD || ignored & (1 << (signal - 1)) == 0);
        let (read, write) = UnixStream::pair()?;
        SignalDelivery::with_pipe(read, write, WithOrigin::default(), wanted).map(|delivery| Signals { delivery })
    }

    /// What can be waited for.
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }

    /// Those that have come since the last time.
    pub(super) fn come(&mut self) -> Vec<Came> {
        let came = self.delivery.pending();
        came.map(|origin| Came { signal: origin.signal, is_of_kernel: is_of_kernel(origin.signal, origin.cause) })
            .collect()
    }
}

/// Some systems do not say where a signal comes from; one that has a key is most often that key's.
fn is_of_kernel(signal: i32, cause: Cause) -> bool {
    match cause {
        Cause::Kernel => true,
        Cause::Unknown => [SIGINT, SIGQUIT, SIGWINCH].contains(&signal),
        _ => false,
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signals")
    }
}

/// A bit for each signal that is ignored. Only Linux tells without a system call that no safe code has; elsewhere, `nohup` does
/// not reach through.
fn ignored() -> u64 {
    let status =
        if cfg!(target_os = "linux") { std::fs::read_to_string("/proc/self/status") } else { Ok(String::new()) };
    let status = status.unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}
