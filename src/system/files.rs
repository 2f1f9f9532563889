//! Small files that somebody else may have put there: read whole, bounded, and never waited for.

use anyhow::{Context, Result, ensure};
use std::io::Read;
use std::path::Path;

/// More than any file that is read here ever needs.
const MAX_SIZE: u64 = 16 << 20;

/// The content of a regular file, links followed; `None` when there is none of that name. A pipe or device, from which a read
/// might never come back, is an error.
///
/// # Errors
/// It is no regular file, is larger than 16 MiB, or cannot be read.
pub fn read_regular(path: &Path) -> Result<Option<Vec<u8>>> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    let metadata = match std::fs::metadata(path) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        metadata => metadata.context("it cannot be read")?,
    };
    ensure!(metadata.is_file(), "it is no regular file");
    let mut content = Vec::new();
    let file = std::fs::File::open(path).context("it cannot be read")?;
    file.take(MAX_SIZE + 1).read_to_end(&mut content).context("it cannot be read")?;
    ensure!(content.len() as u64 <= MAX_SIZE, "it is larger than {} MiB", MAX_SIZE >> 20);
    Ok(Some(content))
}
