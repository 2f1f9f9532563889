//! Printers of verdicts: of one reviewer, and of all of them together.

mod human;
mod json;

use crate::model::{Panel, Review};
use std::io::{self, Write};

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
        Format::Json | Format::Junit | Format::Sarif => json::panel(panel, out),
    }
}

/// Print what one reviewer said; as JSON, it is what `verdict merge` reads.
pub fn review(review: &Review, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { json::review(review, out) } else { human::review(review, out) }
}
