//! Standard input, read whole and bounded.

use anyhow::{Context, Result, bail, ensure};
use std::io::{IsTerminal, Read};

/// More than git announces in any push; an endless input is no push.
const MAX_SIZE: u64 = 256 << 20;

/// All of standard input.
///
/// # Errors
/// It is a keyboard (nothing would ever come), is larger than 256 MiB, or cannot be read.
pub fn read_stdin() -> Result<Vec<u8>> {
    if std::io::stdin().is_terminal() {
        bail!("git gives a hook its refs on standard input, and this is a keyboard; by hand, run: ci-guard check");
    }
    read_stdin_up_to(MAX_SIZE)
}

/// Whether standard input is a device such as `/dev/null`, where git gives a hook a pipe.
#[cfg(unix)]
pub fn is_stdin_a_device() -> bool {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;
    let file = std::io::stdin().as_fd().try_clone_to_owned().map(std::fs::File::from);
    file.and_then(|file| file.metadata()).is_ok_and(|data| data.file_type().is_char_device())
}

/// Nobody can tell here.
#[cfg(not(unix))]
pub fn is_stdin_a_device() -> bool {
    false
}

/// Whether standard input is a keyboard, from which nothing comes by itself.
pub fn is_keyboard() -> bool {
    std::io::stdin().is_terminal()
}

/// All of standard input where a person may well type it, with a limit of the caller's own.
///
/// # Errors
/// It is larger than that, or cannot be read.
pub fn read_stdin_up_to(limit: u64) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    std::io::stdin().lock().take(limit + 1).read_to_end(&mut content).context("standard input cannot be read")?;
    ensure!(content.len() as u64 <= limit, "standard input is larger than {} MiB", limit >> 20);
    Ok(content)
}
