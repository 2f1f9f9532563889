//! JSON Lines, schema `ci-guard/report-lines/v1`: an object a finding, an object a skip, and at last a summary.
//!
//! The summary comes last so that its absence tells of a text that was cut off.

use super::escape;
use super::json::{Finding, Policy, Skip, Stats};
use crate::model::{Level, Report};
use serde::Serialize;
use std::io::{self, Write};

const SCHEMA: &str = "ci-guard/report-lines/v1";

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(Finding<'a>),
    Skipped(Skip<'a>),
    Summary(Summary<'a>),
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    verdict: &'static str,
    policy: Policy<'a>,
    base: Option<&'a str>,
    blocks: usize,
    warnings: usize,
    notices: &'a [String],
    stats: Stats,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        line(Line::Finding(finding.into()), out)?;
    }
    for skip in &report.skipped {
        line(Line::Skipped(skip.into()), out)?;
    }
    let count = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    let summary = Summary {
        schema: SCHEMA,
        verdict: report.verdict().id(),
        policy: (&report.policy).into(),
        base: report.base.as_deref(),
        blocks: count(Level::Block),
        warnings: count(Level::Warn),
        notices: &report.notices,
        stats: (&report.stats).into(),
    };
    line(Line::Summary(summary), out)
}

/// One object on a line of its own.
pub(super) fn line(object: impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&object, false)?)
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Format, samples};
    use serde_json::{Value, json};

    #[test]
    fn the_lines_are_the_report_in_pieces() {
        for (name, report) in samples::all() {
            let whole: Value =
                serde_json::from_str(&samples::print(&report, Format::Json, &Context::default())).unwrap();
            let text = samples::print(&report, Format::Jsonl, &Context::default());
            let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let mut summary = lines.pop().unwrap();
            assert_eq!(summary["type"], "summary", "{name}");
            assert_eq!(summary["schema"], super::SCHEMA, "{name}");
            for key in ["verdict", "policy", "base", "notices", "stats"] {
                assert_eq!(summary[key].take(), whole[key], "{name}: {key}");
            }
            let mut pieces = json!({ "finding": [], "skipped": [] });
            for mut line in lines {
                let kind = line.as_object_mut().unwrap().remove("type").unwrap();
                pieces[kind.as_str().unwrap()].as_array_mut().unwrap().push(line);
            }
            assert_eq!((&pieces["finding"], &pieces["skipped"]), (&whole["findings"], &whole["skipped"]), "{name}");
        }
    }

    #[test]
    fn a_report_word_for_word() {
        let text = samples::print(&samples::warnings(), Format::Jsonl, &Context::default());
        insta::assert_snapshot!(text, @r#"
        {"type":"finding","rule":"conflict-marker","level":"warn","ref":"refs/heads/feature/TASK-1","commit":"1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d","path":"docs/merging.md","line":7,"end_line":11,"message":"conflict block inside a fenced code block","help":null}
        {"type":"skipped","rule":"merge-source","cause":"not-here","reason":"the history of refs/heads/feature/TASK-1 is cut off (shallow clone); git fetch --unshallow brings it"}
        {"type":"summary","schema":"ci-guard/report-lines/v1","verdict":"allow","policy":{"source":".ci-guard.json of refs/remotes/origin/main","error":null},"base":"refs/remotes/origin/main","blocks":0,"warnings":1,"notices":[],"stats":{"refs":1,"tips":1,"blobs":12,"bytes":34218,"new_commits":3,"new_merges":1,"elapsed_ms":4.213}}
        "#);
    }
}
