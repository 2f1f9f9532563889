//! Printers of what `ci-guard retry` did: while it happens, as a report, and for the CI system around it.

mod human;
mod report;

use crate::model::{Attempt, RetryRun};
use std::io::{self, Write};

pub use report::SCHEMA;

/// Who listens on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// People, and agents that read like people.
    Human,
    /// GitHub's runner: warnings become annotations.
    Github,
}

/// That there will be another attempt, of so many.
pub fn again(attempt: &Attempt, of: u32, name: Option<&str>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    human::again(attempt, of, name, style, out)
}

/// How it ended, unless it passed at once.
pub fn over(run: &RetryRun, style: Style, out: &mut dyn Write) -> io::Result<()> {
    human::over(run, style, out)
}

/// All of it, schema `ci-guard/retry/v1`.
pub fn report(run: &RetryRun, out: &mut dyn Write) -> io::Result<()> {
    report::write(run, out)
}
