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
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        bail!("git gives a hook its refs on standard input, and this is a keyboard; by hand, run: ci-guard check");
    }
    let mut content = Vec::new();
    stdin.lock().take(MAX_SIZE + 1).read_to_end(&mut content).context("standard input cannot be read")?;
    ensure!(content.len() as u64 <= MAX_SIZE, "standard input is larger than {} MiB", MAX_SIZE >> 20);
    Ok(content)
}
