//! Printers of what `ci-guard retry` did: while it happens, as a report, and for the CI system around it.

mod github;
mod human;
mod outputs;
mod report;
#[cfg(test)]
mod samples;
mod summary;
mod words;

use crate::model::{Attempt, RetryRun};
use std::io::{self, Write};

pub use outputs::write as outputs;
pub use report::{SCHEMA, write as report};
pub use summary::write as summary;

/// A longer name is cut.
const MAX_NAME: usize = 100;

/// Who listens on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// People, and agents that read like people.
    Human,
    /// GitHub's runner: warnings become annotations.
    Github,
}

/// What a printer has to know beside the attempt.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// How many attempts there can be.
    pub of: u32,
    /// What the caller calls the command.
    pub name: Option<&'a str>,
    /// Who listens.
    pub style: Style,
    /// Whether the last line of the command has no end yet: what is said begins on a line of its own.
    pub mid_line: bool,
}

/// That there will be another attempt.
pub fn again(attempt: &Attempt, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    say(&words::Said { text: words::again(attempt, context.of), is_warning: true }, context, out)
}

/// How it ended. Nothing is said where it passed at once.
pub fn over(run: &RetryRun, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    words::over(run, context.of).map_or(Ok(()), |said| say(&said, context, out))
}

fn say(said: &words::Said, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    if context.mid_line {
        writeln!(out)?;
    }
    match context.style {
        Style::Github if said.is_warning => github::warning(&said.text, context, out),
        Style::Github | Style::Human => human::line(&said.text, context, out),
    }
}
