//! Standard streams that cannot hurt: a closed pipe or a full disk loses text, never a verdict.
//!
//! Rust's own `println!` panics on a closed pipe. Here every error of a stream is dropped on purpose; colours are
//! stripped wherever they were not asked for (`NO_COLOR`, `CLICOLOR`, no terminal).

use std::io::{BufWriter, IsTerminal, Write};

/// Write to standard output, and say whether it arrived: a full disk loses an answer, while a reader who went away has enough
/// of it. A verdict does not depend on it; whoever has nothing but the answer does.
pub fn stdout(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> bool {
    let mut buffer = Vec::new();
    let _ = write(&mut buffer);
    let mut out = anstream::stdout().lock();
    has_arrived(out.write_all(&buffer).and_then(|()| out.flush()))
}

/// Write to standard error.
pub fn stderr(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) {
    let mut buffer = Vec::new();
    let _ = write(&mut buffer);
    let mut out = anstream::stderr().lock();
    let _ = out.write_all(&buffer).and_then(|()| out.flush());
}

/// Write to standard output as it comes, for what may be longer than memory. Unlike above, `write` is told when nobody reads any
/// more: it can stop, and hands the error on. Whether it arrived is said as above.
pub fn stdout_as_it_comes(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> bool {
    let mut out = BufWriter::new(anstream::stdout().lock());
    has_arrived(write(&mut out).and_then(|()| out.flush()))
}

fn has_arrived(written: std::io::Result<()>) -> bool {
    written.map_or_else(|error| error.kind() == std::io::ErrorKind::BrokenPipe, |()| true)
}

/// Whether somebody looks at standard output as it is written.
pub fn is_stdout_watched() -> bool {
    std::io::stdout().is_terminal()
}
