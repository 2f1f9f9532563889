//! Printers of the patch gate's answer: the formats that a report has, and what they share beside a finding's looks.
//!
//! Like everywhere in this room nothing is decided here; also who approves what has been decided before.

mod github;
pub(super) mod human;
pub(super) mod json;
mod jsonl;
mod sarif;
mod verdict;

#[cfg(test)]
pub(super) mod samples;

use super::{Context, Format};
use crate::model::GateReport;
use std::io::{self, Write};

pub use verdict::in_one_line;

/// Print `report` as `format`. Only `out` can fail. `context` matters to people only.
pub fn write(report: &GateReport, format: Format, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, context, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
    }
}
