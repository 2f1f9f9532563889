//! Inflating: zlib streams into buffers that are kept from one object to the next.
//!
//! A stream must be as long as its header promised, no byte more or less: what follows relies on it.

use anyhow::{Context, Result, anyhow, ensure};
use gix::zlib::{Decompress, FlushDecompress, Status};
use std::ops::Deref;

/// Room behind what is inflated. The decoder is fast only while it need not look where its output ends, which for
/// small objects would be never.
const SLACK: usize = 320;

/// Inflates one stream after the other; made once, for it is large.
#[derive(Default)]
pub(in crate::git) struct Inflater {
    stream: Decompress,
    ended: bool,
}

impl Inflater {
    /// Inflate a stream of exactly this size.
    pub(in crate::git) fn whole(&mut self, packed: &[u8], out: &mut Buffer, size: u64) -> Result<()> {
        self.begin(out);
        self.rest(packed, out, size)
    }

    /// Inflate the head of a stream: at least so many bytes, fewer only if it has no more.
    pub(in crate::git) fn head(&mut self, packed: &[u8], out: &mut Buffer, size: u64) -> Result<()> {
        self.begin(out);
        self.run(packed, out, size, FlushDecompress::None)
    }

    /// Inflate the rest of the stream whose head was inflated before: all of it has exactly this size. `packed` is
    /// again the stream from its beginning.
    pub(in crate::git) fn rest(&mut self, packed: &[u8], out: &mut Buffer, size: u64) -> Result<()> {
        self.run(packed, out, size, FlushDecompress::Finish)?;
        ensure!(self.ended && out.len as u64 == size, "it is not as long as it says");
        Ok(())
    }

    fn begin(&mut self, out: &mut Buffer) {
        self.stream.reset();
        self.ended = false;
        out.len = 0;
    }

    fn run(&mut self, packed: &[u8], out: &mut Buffer, size: u64, flush: FlushDecompress) -> Result<()> {
        out.reserve(size)?;
        let room = &mut out.bytes[..size as usize + SLACK];
        while !self.ended && out.len < room.len() {
            let before = (self.stream.total_in(), self.stream.total_out());
            let input = packed.get(before.0 as usize..).unwrap_or_default();
            let status = self.stream.decompress(input, &mut room[out.len..], flush);
            self.ended = status.map_err(|error| anyhow!("{error}"))? == Status::StreamEnd;
            out.len += (self.stream.total_out() - before.1) as usize;
            if before == (self.stream.total_in(), self.stream.total_out()) {
                break;
            }
        }
        Ok(())
    }
}

/// The bytes of one object after the other. Its memory is kept and never cleared; only what was written is shown.
#[derive(Debug, Default)]
pub(in crate::git) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// Take this size; the content is anything, and to be written over.
    pub(in crate::git) fn resize(&mut self, size: u64) -> Result<&mut [u8]> {
        self.reserve(size)?;
        self.len = size as usize;
        Ok(&mut self.bytes[..size as usize])
    }

    /// Have room for an object of this size, and keep what is there. More than we ever read, or than there is memory
    /// for, is an error and not the end of the process.
    fn reserve(&mut self, size: u64) -> Result<()> {
        ensure!(size <= super::MAX_SIZE, "it would have {size} bytes, more than git merges as text");
        let room = size as usize + SLACK;
        if let Some(more) = room.checked_sub(self.bytes.len()) {
            self.bytes.try_reserve_exact(more).context("too large for the memory")?;
            self.bytes.resize(room, 0);
        }
        Ok(())
    }

    /// Let a vector be filled with the content.
    pub(in crate::git) fn fill<T>(&mut self, fill: impl FnOnce(&mut Vec<u8>) -> Option<T>) -> Option<T> {
        let filled = fill(&mut self.bytes);
        self.len = self.bytes.len();
        filled
    }

    /// How much memory it holds.
    pub(in crate::git) fn memory(&self) -> usize {
        self.bytes.capacity()
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
