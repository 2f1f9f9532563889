//! What later steps of a job can ask for, in the form of the file that `$GITHUB_OUTPUT` names: a name, a delimiter, the value, the
//! delimiter. A value in which the delimiter does not occur cannot end early and name an output of its own.

use super::report;
use crate::model::RetryRun;
use std::io::{self, Write};

/// GitHub takes a megabyte of outputs from a job, and a shell less in one variable: of a loop without end, the last attempts.
const MOST: usize = 100;

/// Print them. `chance` is a word that nobody can know before.
pub fn write(run: &RetryRun, chance: &str, out: &mut dyn Write) -> io::Result<()> {
    let last = &run.attempts[run.attempts.len().saturating_sub(MOST)..];
    for (name, value) in [
        ("retry_count", run.retry_count().to_string()),
        ("failure_type", run.failure.id().to_owned()),
        ("exit_code", run.exit_code.to_string()),
        ("attempts", report::attempts(last)?),
    ] {
        let delimiter = delimiter(chance, &value);
        writeln!(out, "{name}<<{delimiter}\n{value}\n{delimiter}")?;
    }
    Ok(())
}

fn delimiter(chance: &str, value: &str) -> String {
    let mut delimiter = format!("ghadelimiter_{chance}");
    // It is longer than the value at some time.
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    delimiter
}
