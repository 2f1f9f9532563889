//! The command's input. Every attempt reads the same from its beginning, and whoever comes after us finds what the command did
//! not read.
//!
//! A terminal or a device is simply inherited, and so is a file, which is wound back. What comes through a pipe can be read only
//! once, so it goes through our hands and is kept. On Linux it stays in the pipe until the command has really taken it: it is
//! duplicated (`tee`) into the command's pipe, as much as there is room for, and duplicated on when the command has read all of
//! that. So a command that reads nothing takes nothing from a loop that it runs in: `list | while read -r line; do ci-guard retry …`.
//! Sockets, and pipes elsewhere, are read ahead a little.

use super::pipe;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{FileType, OFlags, SeekFrom as Offset};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;
use tempfile::SpooledTempFile;

/// What is kept in memory; the rest is kept in a file.
const IN_MEMORY: usize = 1 << 20;
/// What is kept at all.
const MOST: u64 = 64 << 20;
/// What is handed over in one step where nothing is read ahead. Our own pipe holds as much as well, so that whoever fills it need not
/// wait while the command reads.
const CHUNK: usize = 256 << 10;
/// What is read ahead at once where that cannot be helped: one page, as far as anybody knows.
const PAGE: usize = 4096;
/// How long it takes at first, and at last, until it is looked again whether the command has read all that it was given: nobody tells
/// of that. Each look waits twice as long as the one before, so that a command that is busy with other things costs nothing.
const FIRST_LOOK: Duration = Duration::from_micros(10);
const LAST_LOOK: Duration = Duration::from_millis(50);

/// What our standard input is.
#[derive(Debug)]
pub(super) enum Input {
    /// A terminal, a device, or nothing that can be read: the command's as it is.
    Inherited,
    /// A file, which began here when we did.
    File(u64),
    /// It comes once.
    Stream(Record),
}

/// What the command has read so far.
#[derive(Debug)]
pub(super) struct Record {
    kept: SpooledTempFile,
    length: u64,
    /// There was more than is kept.
    is_lost: bool,
    /// Where what is not kept goes.
    nowhere: Option<File>,
    /// Input can be looked at before it is taken.
    can_tee: bool,
}

/// One attempt's input on its way.
#[derive(Debug)]
pub(super) struct Feed<'r> {
    record: &'r mut Record,
    /// Our end of the command's pipe, until there is no more to say.
    to: Option<OwnedFd>,
    /// How much of the record it was given.
    replayed: u64,
    /// Bytes that were read and are to be written.
    carried: Vec<u8>,
    /// How many bytes are in the command's pipe that are in ours as well.
    duplicated: usize,
    /// How long to wait for the command until it is looked again what it has read.
    patience: Duration,
}

impl Input {
    /// What it is, before anybody reads.
    pub(super) fn ours() -> Input {
        let stdin = rustix::stdio::stdin();
        let kind = rustix::fs::fstat(stdin).map(|stat| FileType::from_raw_mode(stat.st_mode));
        match kind {
            Ok(FileType::Fifo | FileType::Socket) => Input::Stream(Record {
                kept: tempfile::spooled_tempfile(IN_MEMORY),
                length: 0,
                is_lost: false,
                nowhere: None,
                can_tee: cfg!(target_os = "linux") && kind == Ok(FileType::Fifo),
            }),
            Ok(FileType::RegularFile | FileType::BlockDevice) => {
                rustix::fs::seek(stdin, Offset::Current(0)).map_or(Input::Inherited, Input::File)
            }
            _ => Input::Inherited,
        }
    }

    /// Ready for an attempt: with what the command gets as its input, if that is not ours.
    pub(super) fn begin(&mut self) -> io::Result<(Option<Feed<'_>>, Option<OwnedFd>)> {
        match self {
            Input::Inherited => Ok((None, None)),
            Input::File(start) => {
                rustix::fs::seek(rustix::stdio::stdin(), Offset::Start(*start))?;
                Ok((None, None))
            }
            Input::Stream(record) => {
                let (end, to) = pipe()?;
                rustix::fs::fcntl_setfl(&to, OFlags::WRONLY | OFlags::NONBLOCK)?;
                #[cfg(target_os = "linux")]
                if record.can_tee {
                    let _ = rustix::pipe::fcntl_setpipe_size(&to, CHUNK);
                    let stdin = rustix::stdio::stdin();
                    if rustix::pipe::fcntl_getpipe_size(stdin).is_ok_and(|size| size < CHUNK) {
                        let _ = rustix::pipe::fcntl_setpipe_size(stdin, CHUNK);
                    }
                } else {
                    let _ = rustix::pipe::fcntl_setpipe_size(&to, PAGE);
                }
                let (replayed, carried, duplicated, patience) = (0, Vec::new(), 0, FIRST_LOOK);
                let feed = Feed { record, to: Some(to), replayed, carried, duplicated, patience };
                Ok((Some(feed), Some(end)))
            }
        }
    }

    /// Whether another attempt can read what was read.
    pub(super) fn can_replay(&self) -> bool {
        !matches!(self, Input::Stream(Record { is_lost: true, .. }))
    }
}

impl Feed<'_> {
    /// What to wait for before there is something to do, and how long at most.
    pub(super) fn waits_for(&self) -> (Vec<PollFd<'_>>, Option<Duration>) {
        let Some(to) = &self.to else { return (Vec::new(), None) };
        if !self.is_anything_unread(to) {
            let stdin = PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN);
            // The command's pipe as well: that it has closed its input is told without being asked for.
            return (vec![stdin, PollFd::new(to, PollFlags::empty())], None);
        }
        if self.carried.is_empty() && !self.has_replay_left() && is_ready(to.as_fd(), PollFlags::OUT) {
            // Either all of it has been read just now, or some, and nothing tells when the rest is.
            let is_read = rustix::io::ioctl_fionread(to) == Ok(0);
            let patience = if is_read { Duration::ZERO } else { self.patience };
            return (vec![PollFd::new(to, PollFlags::empty())], Some(patience));
        }
        (vec![PollFd::new(to, PollFlags::OUT)], None)
    }

    /// Do what can be done without waiting.
    pub(super) fn step(&mut self) {
        self.patience = (self.patience * 2).min(LAST_LOOK);
        // Some, not all: there are other things to do.
        for _ in 0..16 {
            let Some(to) = &self.to else { return };
            if is_ready(to.as_fd(), PollFlags::empty()) {
                // Nobody reads any more.
                return self.end();
            }
            if !self.advance() {
                return;
            }
        }
    }

    /// The command has ended, or reads no more: what it has left is not ours to take.
    pub(super) fn end(&mut self) {
        self.settle();
        self.to = None;
    }

    /// Whether the command has something to read before it sees more of our input.
    fn is_anything_unread(&self, to: &OwnedFd) -> bool {
        let is_in_pipe = || self.record.can_tee && rustix::io::ioctl_fionread(to).is_ok_and(|unread| unread > 0);
        self.duplicated > 0 || !self.carried.is_empty() || self.has_replay_left() || is_in_pipe()
    }

    fn has_replay_left(&self) -> bool {
        self.replayed < self.record.length && !self.record.is_lost
    }

    /// One step; whether there may be another one.
    fn advance(&mut self) -> bool {
        if self.duplicated > 0 {
            return self.settle();
        }
        if self.carried.is_empty() && self.has_replay_left() {
            match self.record.read(self.replayed) {
                Ok(bytes) => {
                    self.replayed += bytes.len() as u64;
                    self.carried = bytes;
                    self.patience = FIRST_LOOK;
                }
                Err(_) => {
                    self.record.lose();
                    self.to = None;
                    return false;
                }
            }
        }
        if !self.carried.is_empty() {
            return self.write();
        }
        if !is_ready(rustix::stdio::stdin(), PollFlags::IN) {
            return false;
        }
        if self.record.can_tee { self.duplicate() } else { self.carry() }
    }

    fn write(&mut self) -> bool {
        let Some(to) = &self.to else { return false };
        match rustix::io::write(to, &self.carried) {
            Ok(count) => {
                self.carried.drain(..count);
                true
            }
            Err(Errno::AGAIN | Errno::INTR) => false,
            Err(_) => {
                self.to = None;
                false
            }
        }
    }

    /// Read ahead.
    fn carry(&mut self) -> bool {
        let mut buffer = vec![0; PAGE];
        match rustix::io::read(rustix::stdio::stdin(), &mut buffer) {
            Ok(0) => {
                self.to = None;
                false
            }
            Ok(count) => {
                buffer.truncate(count);
                self.record.append(&buffer);
                self.replayed = self.record.length;
                self.carried = buffer;
                true
            }
            Err(Errno::AGAIN | Errno::INTR) => false,
            Err(_) => {
                self.to = None;
                false
            }
        }
    }

    /// Let the command see what is in our pipe.
    #[cfg(target_os = "linux")]
    fn duplicate(&mut self) -> bool {
        use rustix::pipe::{SpliceFlags, tee};
        let Some(to) = &self.to else { return false };
        // What it was given again, it reads first; else nobody could say what it has taken of the new.
        if rustix::io::ioctl_fionread(to) != Ok(0) {
            return false;
        }
        match tee(rustix::stdio::stdin(), to, CHUNK, SpliceFlags::NONBLOCK) {
            Ok(0) => {
                self.to = None;
                false
            }
            Ok(count) => {
                self.duplicated = count;
                self.patience = FIRST_LOOK;
                false
            }
            Err(Errno::AGAIN | Errno::INTR) => false,
            Err(Errno::PIPE) => {
                self.to = None;
                false
            }
            Err(_) => {
                self.record.can_tee = false;
                true
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn duplicate(&mut self) -> bool {
        self.carry()
    }

    /// Take out of our pipe what the command has read of its own. Whether that was all.
    fn settle(&mut self) -> bool {
        let Some(to) = &self.to else { return true };
        let unread = rustix::io::ioctl_fionread(to).map_or(0, |unread| usize::try_from(unread).unwrap_or(usize::MAX));
        let mut taken = self.duplicated.saturating_sub(unread);
        let mut buffer = Vec::new();
        while taken > 0 {
            // Should somebody else have taken them, nobody knows what the command has read.
            if !is_ready(rustix::stdio::stdin(), PollFlags::IN) {
                self.record.lose();
                break;
            }
            let removed = match self.record.discard(taken) {
                Some(removed) => removed,
                None => {
                    buffer.resize(taken, 0);
                    let read = rustix::io::read(rustix::stdio::stdin(), &mut buffer[..taken]);
                    if let Ok(count) = read {
                        self.record.append(&buffer[..count]);
                    }
                    read
                }
            };
            match removed {
                Ok(0) => break,
                Ok(count) => {
                    self.duplicated -= count;
                    taken -= count;
                }
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(_) => break,
            }
        }
        self.replayed = self.record.length;
        self.duplicated == 0
    }
}

impl Record {
    fn append(&mut self, bytes: &[u8]) {
        if self.is_lost {
            return;
        }
        let length = self.length + bytes.len() as u64;
        let at = SeekFrom::Start(self.length);
        if length <= MOST && self.kept.seek(at).and_then(|_| self.kept.write_all(bytes)).is_ok() {
            self.length = length;
        } else {
            self.lose();
        }
    }

    fn read(&mut self, at: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.kept.seek(SeekFrom::Start(at))?;
        (&mut self.kept).take(self.length.saturating_sub(at).min(CHUNK as u64)).read_to_end(&mut bytes)?;
        if bytes.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
    }

    /// Take this much out of our pipe without looking at it, where nothing is kept any more.
    #[cfg(target_os = "linux")]
    fn discard(&mut self, length: usize) -> Option<Result<usize, Errno>> {
        use rustix::pipe::{SpliceFlags, splice};
        let nowhere = self.nowhere.as_ref().filter(|_| self.is_lost)?;
        Some(splice(rustix::stdio::stdin(), None, nowhere, None, length, SpliceFlags::NONBLOCK))
    }

    #[cfg(not(target_os = "linux"))]
    fn discard(&mut self, _length: usize) -> Option<Result<usize, Errno>> {
        None
    }

    /// There will be no other attempt with it: what is kept only takes room.
    fn lose(&mut self) {
        self.is_lost = true;
        self.nowhere = File::options().write(true).open("/dev/null").ok();
        self.kept = tempfile::spooled_tempfile(0);
    }
}

/// Whether it is so now, or the other side is gone.
fn is_ready(fd: BorrowedFd, what: PollFlags) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(fd, what)];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut fds, Some(&now)).is_ok_and(|count| count > 0)
}
