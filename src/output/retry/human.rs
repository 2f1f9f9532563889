//! What people read on standard error: one line for each further attempt, and one for the end.

use super::Style;
use crate::model::{Attempt, RetryRun};
use std::io::{self, Write};

pub(super) fn again(
    attempt: &Attempt,
    of: u32,
    _name: Option<&str>,
    _style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "ci-guard: attempt {} of {of}: {}", attempt.number, attempt.judgement.why.id())
}

pub(super) fn over(run: &RetryRun, _style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "ci-guard: {}", run.end.id())
}
