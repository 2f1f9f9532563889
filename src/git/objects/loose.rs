//! Loose objects: one file each, in folders named by the first byte of their id.

use super::{Buffer, Inflater, Kind, MAX_SIZE, credible};
use anyhow::{Context, Result, anyhow, ensure};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The longest head a loose object may have, in bytes: `commit`, a space, twenty digits and a NUL fit well.
const HEAD: u64 = 32;

/// A loose object as it lies on disk.
pub(in crate::git) struct Loose {
    packed: Vec<u8>,
}

/// What the head of a loose object says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::git) struct LooseHead {
    /// What it is.
    pub(in crate::git) kind: Kind,
    /// The size of the head itself, which stands in front of the content.
    pub(in crate::git) head: usize,
    /// The size of the content.
    pub(in crate::git) size: u64,
}

impl Loose {
    /// Fetch the file of this object from the first folder that has one. `before` is told its size before it is read.
    pub(in crate::git) fn open(folders: &[PathBuf], id: &gix::oid, before: impl FnOnce(u64)) -> Result<Option<Loose>> {
        let mut fault = None;
        for folder in folders {
            let mut file = match File::open(path(folder, id)) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => {
                    fault = fault.or(Some(error));
                    continue;
                }
            };
            let size = file.metadata()?.len();
            ensure!(size <= MAX_SIZE, "its file is larger than anything git merges as text");
            before(size);
            let mut packed = Vec::new();
            packed.try_reserve_exact(size as usize + 1).context("too large for the memory")?;
            file.by_ref().take(MAX_SIZE).read_to_end(&mut packed)?;
            return Ok(Some(Loose { packed }));
        }
        fault.map_or(Ok(None), |error| Err(error.into()))
    }

    /// Whether there is such a file.
    pub(in crate::git) fn exists(folders: &[PathBuf], id: &gix::oid) -> bool {
        folders.iter().any(|folder| path(folder, id).is_file())
    }

    /// The zlib stream: the head, then the content.
    pub(in crate::git) fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Begin to inflate it into `out`: the head, and at least so many bytes of the content, if there are.
    pub(in crate::git) fn begin(&self, inflater: &mut Inflater, out: &mut Buffer, window: u64) -> Result<LooseHead> {
        inflater.head(&self.packed, out, HEAD + window)?;
        let head = gix::objs::decode::loose_header(out).map_err(|error| anyhow!("{error}"))?;
        let (kind, size, head) = head;
        credible(size, self.packed.len() as u64)?;
        Ok(LooseHead { kind, head, size })
    }

    /// Read the whole object; its content is what stands behind the head in `out`.
    pub(in crate::git) fn read(&self, inflater: &mut Inflater, out: &mut Buffer) -> Result<LooseHead> {
        let head = self.begin(inflater, out, 0)?;
        inflater.rest(&self.packed, out, head.head as u64 + head.size)?;
        Ok(head)
    }
}

fn path(folder: &Path, id: &gix::oid) -> PathBuf {
    let mut hex = gix::hash::Kind::hex_buf();
    let hex: &str = id.hex_to_buf(hex.as_mut());
    let mut path = PathBuf::with_capacity(folder.as_os_str().len() + hex.len() + 2);
    path.push(folder);
    path.push(&hex[..2]);
    path.push(&hex[2..]);
    path
}
