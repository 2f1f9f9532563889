//! JSON, schema `ci-guard/patch/v1` (docs/schemas/patch-v1.json).
//!
//! The structs here are frozen: fields may be added in a way old readers survive, none changes its name, type or
//! meaning without a new schema name. jsonl.rs prints the same findings a line each.

use super::super::escape;
use super::super::json::Policy;
use crate::model::{self, Code, Effect, FileChange, GateReport, Objection};
use serde::Serialize;
use std::io::{self, Write};

const SCHEMA: &str = "ci-guard/patch/v1";

#[derive(Serialize)]
struct Report<'a> {
    schema: &'static str,
    verdict: &'static str,
    tier: &'static str,
    approval: &'static str,
    codes: Vec<&'static str>,
    owners: &'a [String],
    reasons: &'a [String],
    lines: u64,
    files: Vec<File>,
    findings: Vec<Finding<'a>>,
    policy: Policy<'a>,
    base: &'a str,
}

#[derive(Serialize)]
struct File {
    path: String,
    old_path: Option<String>,
    status: &'static str,
    old_mode: Option<String>,
    new_mode: Option<String>,
    added: u64,
    deleted: u64,
    binary: bool,
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    code: &'static str,
    effect: &'static str,
    tier: Option<&'static str>,
    path: Option<String>,
    line: Option<u64>,
    patch_line: Option<u64>,
    message: &'a str,
    help: Option<String>,
}

pub(super) fn write(report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
    let report = Report {
        schema: SCHEMA,
        verdict: report.decision.id(),
        tier: report.tier.id(),
        approval: report.tier.approval(),
        codes: report.codes().into_iter().map(Code::id).collect(),
        owners: &report.owners,
        reasons: &report.reasons,
        lines: report.lines,
        files: report.files.iter().map(File::from).collect(),
        findings: report.objections.iter().map(Finding::from).collect(),
        policy: (&report.policy).into(),
        base: &report.base,
    };
    writeln!(out, "{}", escape::json(&report, true)?)
}

impl From<&FileChange> for File {
    fn from(file: &FileChange) -> Self {
        let mode = |entry: &model::Entry| format!("{:06o}", entry.mode);
        File {
            path: escape::text(&file.path),
            old_path: file.old_path.as_ref().map(|path| escape::text(path)),
            status: file.status.letter(),
            old_mode: file.old.as_ref().map(mode),
            new_mode: file.new.as_ref().map(mode),
            added: file.added,
            deleted: file.deleted,
            binary: file.binary,
        }
    }
}

impl<'a> From<&'a Objection> for Finding<'a> {
    fn from(objection: &'a Objection) -> Self {
        let (effect, tier) = match objection.effect {
            Effect::Deny => ("deny", None),
            Effect::Review(tier) => ("review", Some(tier.id())),
        };
        Finding {
            code: objection.code.id(),
            effect,
            tier,
            path: objection.path.as_ref().map(|path| escape::text(path)),
            line: objection.line,
            patch_line: objection.patch_line,
            message: &objection.message,
            help: Some(objection.help.join("\n")).filter(|help| !help.is_empty()),
        }
    }
}

#[cfg(test)]
pub(in super::super) mod tests {
    use super::super::{Context, Format, samples};
    use super::*;
    use jsonschema::Validator;
    use serde_json::Value;
    use std::sync::LazyLock;

    const PUBLISHED: &str = include_str!("../../../docs/schemas/patch-v1.json");

    /// Every complaint that the published schema has about an answer.
    pub(in super::super::super) fn complaints(answer: &Value) -> Vec<String> {
        static VALIDATOR: LazyLock<Validator> =
            LazyLock::new(|| jsonschema::draft202012::new(&serde_json::from_str(PUBLISHED).unwrap()).unwrap());
        VALIDATOR.iter_errors(answer).map(|error| error.to_string()).collect()
    }

    fn print(report: &GateReport) -> String {
        samples::print(report, Format::Json, &Context::default())
    }

    #[test]
    fn every_answer_is_what_the_schema_says() {
        for (name, report) in samples::all() {
            let value: Value = serde_json::from_str(&print(&report)).unwrap();
            assert_eq!(complaints(&value), [""; 0], "{name}");
            assert_eq!(value["verdict"], report.decision.id(), "{name}");
            assert_eq!(value["files"].as_array().unwrap().len(), report.files.len(), "{name}");
            assert_eq!(value["findings"].as_array().unwrap().len(), report.objections.len(), "{name}");
        }
    }

    #[test]
    fn the_schema_is_not_content_with_anything() {
        for (sample, from, to) in [
            (samples::flood(), "\"deny\"", "\"block\""),
            (samples::flood(), "\"tier\": null", "\"tier\": \"none\""),
            (samples::flood(), "too_many_lines", "too_much"),
            (samples::malformed(), "\"patch_line\": 12", "\"patch_line\": 0"),
            (samples::review_high(), "\"high\"", "\"highest\""),
            (samples::review_high(), "\"100644\"", "33188"),
            (samples::review_high(), "\"status\": \"R\"", "\"status\": \"R100\""),
            (samples::allow(), "\"one-click\"", "\"code-owner\""),
            (samples::allow(), "\"files\"", "\"paths\""),
        ] {
            let good = print(&sample);
            assert!(good.contains(from), "{from} in {good}");
            let bad: Value = serde_json::from_str(&good.replace(from, to)).unwrap();
            assert_ne!(complaints(&bad), [""; 0], "{from} -> {to}");
        }
    }

    #[test]
    fn the_schema_knows_every_code() {
        let schema: Value = serde_json::from_str(PUBLISHED).unwrap();
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.id()).collect();
        assert_eq!(schema["$defs"]["code"]["enum"], Value::from(codes));
    }

    #[test]
    fn an_answer_word_for_word() {
        insta::assert_snapshot!(print(&samples::review_high()).lines().take(50).collect::<Vec<_>>().join("\n"), @r#"
        {
          "schema": "ci-guard/patch/v1",
          "verdict": "review",
          "tier": "high",
          "approval": "manual",
          "codes": [
            "symlink",
            "binary_change"
          ],
          "owners": [],
          "reasons": [
            "A symbolic link comes or changes",
            "A binary file comes or changes",
            "the change is broad: 12 files",
            "the checks are red"
          ],
          "lines": 39,
          "files": [
            {
              "path": "app/config.toml",
              "old_path": null,
              "status": "A",
              "old_mode": null,
              "new_mode": "120000",
              "added": 1,
              "deleted": 0,
              "binary": false
            },
            {
              "path": "logo.png",
              "old_path": null,
              "status": "M",
              "old_mode": "100644",
              "new_mode": "100644",
              "added": 0,
              "deleted": 0,
              "binary": true
            },
            {
              "path": "src/new.rs",
              "old_path": "src/old.rs",
              "status": "R",
              "old_mode": "100644",
              "new_mode": "100755",
              "added": 1,
              "deleted": 1,
              "binary": false
            },
            {
              "path": "web/1.ts",
        "#);
        insta::assert_snapshot!(print(&samples::malformed()), @r#"
        {
          "schema": "ci-guard/patch/v1",
          "verdict": "deny",
          "tier": "high",
          "approval": "manual",
          "codes": [
            "hunk_count_mismatch"
          ],
          "owners": [],
          "reasons": [
            "A hunk has other lines than its header counts"
          ],
          "lines": 0,
          "files": [],
          "findings": [
            {
              "code": "hunk_count_mismatch",
              "effect": "deny",
              "tier": null,
              "path": null,
              "line": null,
              "patch_line": 12,
              "message": "the hunk counts 3 lines and more follow; git drops them",
              "help": "make the patch anew with git diff or git format-patch, and do not edit it by hand"
            }
          ],
          "policy": {
            "source": ".ci-guard.json of refs/remotes/origin/main",
            "error": null
          },
          "base": "HEAD"
        }
        "#);
    }

    #[test]
    fn names_arrive_as_they_are() {
        let text = print(&samples::hostile());
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["files"][0]["path"], "::error file=a,line=1::\\x1b[31m\\r\\nx\\xff.rs");
        assert_eq!(value["files"][1]["old_path"], "\u{202e}cod/ä ö.md");
        assert!(!text.contains(['\u{202e}', '\u{9b}', '\x1b']));
    }
}
