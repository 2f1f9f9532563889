//! Inflating: zlib streams into buffers that are kept from one object to the next.
//!
//! A stream must be as long as its header promised, no byte more or less: what follows relies on it.

use anyhow::{Context, Result, anyhow, ensure};
use gix::zlib::{Decompress, FlushDecompress, Status};
use std::ops::Deref;

/// Inflates one stream after the other; made once, for it is large.
#[derive(Default)]
pub(in crate::git) struct Inflater(Decompress);

impl Inflater {
    /// Inflate a stream that fills `out` exactly.
    pub(in crate::git) fn whole(&mut self, packed: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.reset();
        self.rest(packed, out)
    }

    /// Inflate the head of a stream: as much of it as `out` takes. Says how much that is, less only when it ended.
    pub(in crate::git) fn head(&mut self, packed: &[u8], out: &mut [u8]) -> Result<usize> {
        self.0.reset();
        Ok(self.run(packed, out)?.1)
    }

    /// Inflate the rest of the stream whose head was inflated before; it fills `out` exactly. `packed` is again the
    /// stream from its beginning.
    pub(in crate::git) fn rest(&mut self, packed: &[u8], out: &mut [u8]) -> Result<()> {
        let (status, size) = self.run(packed, out)?;
        ensure!(status == Status::StreamEnd && size == out.len(), "it is not as long as it says");
        Ok(())
    }

    fn run(&mut self, packed: &[u8], out: &mut [u8]) -> Result<(Status, usize)> {
        let mut size = 0;
        loop {
            let before = (self.0.total_in(), self.0.total_out());
            let input = packed.get(before.0 as usize..).unwrap_or_default();
            let status = self.0.decompress(input, &mut out[size..], FlushDecompress::None);
            let status = status.map_err(|error| anyhow!("{error}"))?;
            size += (self.0.total_out() - before.1) as usize;
            let stuck = before == (self.0.total_in(), self.0.total_out());
            if status == Status::StreamEnd || size == out.len() || stuck {
                return Ok((status, size));
            }
        }
    }
}

/// The bytes of one object after the other. Its memory is kept and never cleared; only what was written is shown.
#[derive(Debug, Default)]
pub(in crate::git) struct Buffer {
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// Take this size, with what was there before it at the front and anything behind. More than we ever read, or
    /// than there is memory for, is an error and not the end of the process.
    pub(in crate::git) fn resize(&mut self, size: u64) -> Result<&mut [u8]> {
        ensure!(size <= super::MAX_SIZE, "it would have {size} bytes, more than git merges as text");
        let size = size as usize;
        if let Some(more) = size.checked_sub(self.bytes.len()) {
            self.bytes.try_reserve_exact(more).context("too large for the memory")?;
            self.bytes.resize(size, 0);
        }
        self.len = size;
        Ok(&mut self.bytes[..size])
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
