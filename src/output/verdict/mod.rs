//! Printers of verdicts: of one reviewer, and of all of them together.
//!
//! The words are in words.rs, once for all formats. Whatever a reviewer wrote is made harmless by each format in its own
//! way; secrets are gone before it comes here.

mod comment;
mod human;
mod json;
mod junit;
mod sarif;
mod words;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod samples;

use crate::model::{Panel, Review};
use std::io::{self, Write};

pub use comment::{MARKER, comment, summary};
pub use json::SCHEMA;

/// How a panel is printed. docs/verdict.md describes each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, and for agents that read like people.
    Human,
    /// One object, schema `ci-guard/verdict/v1`.
    Json,
    /// JUnit XML: a test case a reviewer.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

/// Print what all reviewers came to.
pub fn panel(panel: &Panel, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::panel(panel, out),
        Format::Json => json::panel(panel, out),
        Format::Junit => junit::panel(panel, out),
        Format::Sarif => sarif::panel(panel, out),
    }
}

/// Print what one reviewer said; as JSON, it is what `verdict merge` reads.
pub fn review(review: &Review, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { json::review(review, out) } else { human::review(review, out) }
}
