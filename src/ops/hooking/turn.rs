//! Whose turn it is to change what is installed for all repositories of this user: one process at a time, as when a whole
//! platform starts.
//!
//! The kernel gives the turn back when a process ends, however it ends: a file that lies there unlocked stops nobody, and
//! goes with the next turn. Where files cannot be locked, nobody waits.

use super::{cannot, remove_if_empty, shown, word};
use crate::model::Trouble;
use crate::system::{files, interrupt};
use anyhow::{Result, bail};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

const LONGEST: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// Ours, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    lock: Option<File>,
    path: PathBuf,
    /// The folder that the lock lies in, if it was made for it: it goes when nothing else has come into it.
    made: Option<PathBuf>,
}

impl Turn {
    /// Wait for it. The lock lies in `folder`.
    pub(crate) fn take(folder: &Path) -> Result<Turn> {
        let path = folder.join(".ci-guard.lock");
        let since = Instant::now();
        let mut turn = Turn { lock: None, path, made: None };
        loop {
            if !files::exists(folder) {
                fs::create_dir_all(folder).map_err(|error| cannot("made", folder, &error))?;
                turn.made = Some(folder.to_owned());
            }
            match attempt(&turn.path) {
                Ok(lock) => {
                    turn.lock = Some(lock);
                    return Ok(turn);
                }
                // Whoever had its turn has just taken the file away, and the folder with it.
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::NotFound) => {}
                Err(error) => bail!(cannot("written", &turn.path, &error)),
            }
            if interrupt::is_wanted_over() {
                bail!(Trouble::new("this was interrupted", "nothing was changed"));
            }
            if since.elapsed() > LONGEST {
                turn.made = None;
                let what = format!("another ci-guard has held {} for {} s", shown(&turn.path), LONGEST.as_secs());
                let trouble = Trouble::new(what, "it changes the same files, so nothing was changed");
                bail!(trouble.run(format!("fuser -v {}", word(&turn.path))));
            }
            sleep(PAUSE);
        }
    }

    /// Whether the folder was made for this.
    pub(crate) fn made_folder(&self) -> bool {
        self.made.is_some()
    }

    /// Take the folder away at the end, if nothing is left in it.
    pub(crate) fn take_folder_away(&mut self) {
        self.made = self.path.parent().map(Path::to_owned);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if cfg!(not(unix)) {
            self.lock = None; // no open file can be removed there; one that somebody else has opened by then stays
        }
        if self.lock.is_some() || cfg!(not(unix)) {
            let _ = fs::remove_file(&self.path);
        }
        if let Some(folder) = &self.made {
            remove_if_empty(folder);
        }
    }
}

/// The lock, if nobody has it.
#[cfg(unix)]
fn attempt(path: &Path) -> io::Result<File> {
    use rustix::fs::{FlockOperation, OFlags, flock};
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
    let mut options = File::options();
    options.write(true).create(true).truncate(false);
    let nowhere_else = OFlags::NOFOLLOW.bits() | OFlags::NONBLOCK.bits();
    let lock = options.custom_flags(i32::try_from(nowhere_else).unwrap_or_default()).open(path)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::WOULDBLOCK) => return Err(io::ErrorKind::WouldBlock.into()),
        Err(_) => return Ok(lock), // a file system without locks
        Ok(()) => {}
    }
    // Who waited for a file that is gone by now has a lock that nobody else looks at.
    let (mine, there) = (lock.metadata()?, path.symlink_metadata()?);
    let is_there = (mine.dev(), mine.ino()) == (there.dev(), there.ino());
    if is_there { Ok(lock) } else { Err(io::ErrorKind::WouldBlock.into()) }
}

/// The lock, if nobody has it.
#[cfg(not(unix))]
fn attempt(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    let sharing_violation = 32;
    File::options().write(true).create(true).truncate(false).share_mode(0).open(path).map_err(|error| {
        if error.raw_os_error() == Some(sharing_violation) { io::ErrorKind::WouldBlock.into() } else { error }
    })
}
