//! Printers: a report in, text out. One file a format, each with its own frozen structs, so that the inside of the
//! house may change while what others parse does not.
//!
//! Nothing is decided here, no file is opened and no colour is switched off: the terminal does that. Whatever comes
//! from a repository passes escape.rs on its way out.

pub mod audit;
pub mod doctor;
mod escape;
mod gaps;
mod github;
mod human;
mod json;
mod jsonl;
mod listing;
mod markdown;
pub mod patch;
pub mod retry;
mod sarif;
mod section;
pub mod triage;
pub mod verdict;
pub mod workspaces;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod samples;

pub use escape::lines;

use crate::model::Report;
use std::io::{self, Write};

/// How a report is printed. docs/report.md describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, and for agents that read like people.
    Human,
    /// One object, schema `ci-guard/report/v1`.
    Json,
    /// One object a line, schema `ci-guard/report-lines/v1`.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow commands, shown as annotations.
    Github,
    /// A section of Markdown, for a comment or a step summary.
    Markdown,
}

/// Who asked for the judgement, which decides what a verdict means for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// Somebody at a shell, or a CI job.
    #[default]
    Hand,
    /// git, before a push leaves.
    PrePush,
    /// git, before a push is taken in.
    PreReceive,
}

/// What a printer has to know beside the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Also say what was judged, and what nobody asked to judge.
    pub verbose: bool,
    /// Who asked.
    pub caller: Caller,
    /// The command that shows the same result by hand, ready to be pasted (see [`crate::model::shell_word`]).
    pub rerun: String,
}

impl Default for Context {
    fn default() -> Self {
        Context { verbose: false, caller: Caller::Hand, rerun: "ci-guard check".into() }
    }
}

/// Print `report` as `format`. Only `out` can fail. `context` matters to people only: what machines read does not
/// depend on who asked.
pub fn write(report: &Report, format: Format, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, context, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Markdown => section::report(report, out),
    }
}
