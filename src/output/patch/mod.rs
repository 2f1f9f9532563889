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
use crate::model::{GateReport, Objection};
use std::borrow::Cow;
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
        Format::Markdown => super::section::answer(report, out),
    }
}

/// The answer in words.
pub(super) struct GateWords<'a> {
    /// What becomes of the change.
    pub head: &'static str,
    /// What that means.
    pub rest: String,
    /// Why, as far as no rule says it.
    pub because: Vec<&'a str>,
}

/// The same words in every format.
pub(super) fn gate_words(report: &GateReport) -> GateWords<'_> {
    let (head, rest) = verdict::words(report);
    GateWords { head, rest, because: verdict::because(report) }
}

/// The message, for formats that have no place of their own for a line of the patch.
fn message_with_place(objection: &Objection) -> Cow<'_, str> {
    match (objection.patch_line, &objection.path) {
        (Some(line), None) => format!("line {line} of the patch: {}", objection.message).into(),
        _ => objection.message.as_str().into(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Code;

    #[test]
    fn the_page_about_the_gate_has_every_code_once_and_in_order() {
        let page = include_str!("../../../docs/patch-gate.md");
        let table = page.split("## Codes").nth(1).unwrap().split("\n## ").next().unwrap();
        let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
        let rows: Vec<(&str, &str)> = rows.collect();
        let ids: Vec<&str> = rows.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids, Code::ALL.iter().map(|code| code.id()).collect::<Vec<_>>());
        for (id, row) in rows {
            let effect = row.split('|').next().unwrap().trim();
            let one_of = ["deny", "review, medium", "review, high", "deny, or review, high", "deny, or review, medium"];
            assert!(one_of.contains(&effect) || (id, effect) == ("ok", "allow"), "{id}: {effect:?}");
            assert_eq!(row.matches('|').count(), 4, "{id}");
        }
    }
}
