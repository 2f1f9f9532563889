//! JSON, schema `ci-guard/report/v1` (docs/schemas/report-v1.json).
//!
//! The structs here are frozen: fields may be added in a way old readers survive, none changes its name, type or
//! meaning without a new schema name. jsonl.rs prints the same parts a line each.

use super::escape;
use crate::model;
use bstr::BString;
use serde::Serialize;
use std::io::{self, Write};

const SCHEMA: &str = "ci-guard/report/v1";

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    verdict: &'static str,
    policy: Policy<'a>,
    base: Option<&'a str>,
    findings: Vec<Finding<'a>>,
    skipped: Vec<Skip<'a>>,
    notices: &'a [String],
    stats: Stats,
}

#[derive(Serialize)]
pub(super) struct Policy<'a> {
    source: Option<&'a str>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    rule: &'static str,
    level: &'static str,
    #[serde(rename = "ref")]
    reference: Option<String>,
    commit: Option<String>,
    path: Option<String>,
    line: Option<u64>,
    end_line: Option<u64>,
    message: &'a str,
    help: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Skip<'a> {
    rule: Option<&'static str>,
    cause: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
pub(super) struct Stats {
    refs: u64,
    tips: u64,
    blobs: u64,
    bytes: u64,
    new_commits: u64,
    new_merges: u64,
    elapsed_ms: f64,
}

pub(super) fn write(report: &model::Report, out: &mut dyn Write) -> io::Result<()> {
    let report = Report {
        schema: SCHEMA,
        verdict: report.verdict().id(),
        policy: (&report.policy).into(),
        base: report.base.as_deref(),
        findings: report.findings.iter().map(Finding::from).collect(),
        skipped: report.skipped.iter().map(Skip::from).collect(),
        notices: &report.notices,
        stats: (&report.stats).into(),
    };
    writeln!(out, "{}", escape::json(&report, true)?)
}

impl<'a> From<&'a model::PolicyUse> for Policy<'a> {
    fn from(policy: &'a model::PolicyUse) -> Self {
        Policy { source: policy.source.as_deref(), error: policy.error.as_deref() }
    }
}

impl<'a> From<&'a model::Finding> for Finding<'a> {
    fn from(finding: &'a model::Finding) -> Self {
        let text = |bytes: &BString| escape::text(bytes);
        Finding {
            rule: finding.rule.id(),
            level: finding.level.id(),
            reference: finding.reference.as_ref().map(text),
            commit: finding.commit.map(|commit| commit.to_string()),
            path: finding.path.as_ref().map(text),
            line: finding.line,
            end_line: finding.end_line,
            message: &finding.message,
            help: Some(finding.help.join("\n")).filter(|help| !help.is_empty()),
        }
    }
}

impl<'a> From<&'a model::Skip> for Skip<'a> {
    fn from(skip: &'a model::Skip) -> Self {
        let cause = match skip.cause {
            model::SkipCause::NotAsked => "not-asked",
            model::SkipCause::NotHere => "not-here",
            model::SkipCause::Fault => "fault",
        };
        Skip { rule: skip.rule.map(model::Rule::id), cause, reason: &skip.reason }
    }
}

impl From<&model::Stats> for Stats {
    fn from(stats: &model::Stats) -> Self {
        Stats {
            refs: stats.refs,
            tips: stats.tips,
            blobs: stats.blobs,
            bytes: stats.bytes,
            new_commits: stats.new_commits,
            new_merges: stats.new_merges,
            // Microseconds are all the precision there is, and keep the number short.
            elapsed_ms: stats.elapsed.as_micros() as f64 / 1000.0,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Context, Format, samples};
    use jsonschema::Validator;
    use serde_json::Value;
    use std::sync::LazyLock;

    /// Every complaint that the published schema has about a report.
    pub(in super::super) fn complaints(report: &Value) -> Vec<String> {
        static SCHEMA: &str = include_str!("../../docs/schemas/report-v1.json");
        static VALIDATOR: LazyLock<Validator> =
            LazyLock::new(|| jsonschema::draft202012::new(&serde_json::from_str(SCHEMA).unwrap()).unwrap());
        VALIDATOR.iter_errors(report).map(|error| error.to_string()).collect()
    }

    #[test]
    fn every_report_is_what_the_schema_says() {
        for (name, report) in samples::all() {
            let text = samples::print(&report, Format::Json, &Context::default());
            let value: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(complaints(&value), [""; 0], "{name}");
            assert_eq!(value["verdict"], report.verdict().id(), "{name}");
            assert_eq!(value["findings"].as_array().unwrap().len(), report.findings.len(), "{name}");
            assert!(text.ends_with("}\n"), "{name}");
        }
    }

    #[test]
    fn the_schema_is_not_content_with_anything() {
        let good = samples::print(&samples::marker(), Format::Json, &Context::default());
        for (from, to) in [
            ("\"block\"", "\"stop\""),
            ("\"line\": 12", "\"line\": 0"),
            ("\"stats\"", "\"statistics\""),
            ("\"1a2b3c4d5e6f", "\"short"),
            ("not-asked", "because"),
        ] {
            let bad: Value = serde_json::from_str(&good.replace(from, to)).unwrap();
            assert_ne!(complaints(&bad), [""; 0], "{from} -> {to}");
        }
    }

    #[test]
    fn a_report_word_for_word() {
        let mut report = samples::bad_policy();
        report.findings = samples::marker().findings;
        report.findings.truncate(1);
        report.findings.extend(samples::foreign().findings);
        insta::assert_snapshot!(samples::print(&report, Format::Json, &Context::default()), @r#"
        {
          "schema": "ci-guard/report/v1",
          "verdict": "block",
          "policy": {
            "source": ".ci-guard.json of refs/remotes/origin/main",
            "error": "line 3: unknown key `alowed`; did you mean `allowed`?"
          },
          "base": "refs/remotes/origin/main",
          "findings": [
            {
              "rule": "conflict-marker",
              "level": "block",
              "ref": "refs/heads/feature/TASK-1",
              "commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
              "path": "src/app.rs",
              "line": 12,
              "end_line": 20,
              "message": "conflict block, lines 12 to 20 (`<<<<<<< HEAD` … `>>>>>>> develop`), in 1a2b3c4d5e \"Merge develop\"",
              "help": "Resolve it and commit: edit src/app.rs, then git add src/app.rs && git commit"
            },
            {
              "rule": "foreign-commits",
              "level": "block",
              "ref": "refs/heads/feature/TASK-1",
              "commit": null,
              "path": null,
              "line": null,
              "end_line": null,
              "message": "brings 1468 commits of origin/develop, from aaaaaaaaaa \"x\" to bbbbbbbbbb \"y\"",
              "help": "Keep only your own commits: git rebase --onto origin/main bbbbbbbbbb\nThen look: git log origin/main.."
            }
          ],
          "skipped": [
            {
              "rule": "merge-source",
              "cause": "fault",
              "reason": "the policy cannot be used"
            },
            {
              "rule": "foreign-commits",
              "cause": "fault",
              "reason": "the policy cannot be used"
            }
          ],
          "notices": [],
          "stats": {
            "refs": 1,
            "tips": 1,
            "blobs": 12,
            "bytes": 34218,
            "new_commits": 3,
            "new_merges": 1,
            "elapsed_ms": 4.213
          }
        }
        "#);
    }

    #[test]
    fn names_arrive_as_they_are() {
        let text = samples::print(&samples::hostile(), Format::Json, &Context::default());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["findings"][1]["path"], "\u{202e}cod/ä ö.md");
        assert_eq!(value["findings"][0]["path"], "::error file=a,line=1::\\x1b[31m\\r\\nx\\xff.rs");
        assert_eq!(value["findings"][0]["ref"], "refs/heads/\u{9b}2J");
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\x1b']));
    }
}
