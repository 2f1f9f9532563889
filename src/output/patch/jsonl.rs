//! JSON Lines, schema `ci-guard/patch-lines/v1`: an object a finding, and at last a summary.
//!
//! The summary comes last so that its absence tells of a text that was cut off. It counts the files; who wants their
//! names reads the whole answer (json.rs).

use super::super::json::Policy;
use super::super::jsonl::line;
use super::json::Finding;
use crate::model::{Code, GateReport};
use serde::Serialize;
use std::io::{self, Write};

const SCHEMA: &str = "ci-guard/patch-lines/v1";

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(Finding<'a>),
    Summary(Summary<'a>),
}

#[derive(Serialize)]
struct Summary<'a> {
    schema: &'static str,
    verdict: &'static str,
    tier: &'static str,
    approval: &'static str,
    codes: Vec<&'static str>,
    owners: &'a [String],
    reasons: &'a [String],
    lines: u64,
    files: usize,
    policy: Policy<'a>,
    base: &'a str,
}

pub(super) fn write(report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
    for objection in &report.objections {
        line(Line::Finding(objection.into()), out)?;
    }
    let summary = Summary {
        schema: SCHEMA,
        verdict: report.decision.id(),
        tier: report.tier.id(),
        approval: report.tier.approval(),
        codes: report.codes().into_iter().map(Code::id).collect(),
        owners: &report.owners,
        reasons: &report.reasons,
        lines: report.lines,
        files: report.files.len(),
        policy: (&report.policy).into(),
        base: &report.base,
    };
    line(Line::Summary(summary), out)
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Format, samples};
    use serde_json::Value;

    #[test]
    fn the_lines_are_the_answer_in_pieces() {
        for (name, report) in samples::all() {
            let print = |format| samples::print(&report, format, &Context::default());
            let whole: Value = serde_json::from_str(&print(Format::Json)).unwrap();
            let mut lines: Vec<Value> =
                print(Format::Jsonl).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let summary = lines.pop().unwrap();
            assert_eq!((&summary["type"], &summary["schema"]), (&"summary".into(), &super::SCHEMA.into()), "{name}");
            assert_eq!(summary["files"], whole["files"].as_array().unwrap().len(), "{name}");
            for key in ["verdict", "tier", "approval", "codes", "owners", "reasons", "lines", "policy", "base"] {
                assert_eq!(summary[key], whole[key], "{name}: {key}");
                assert!(!summary[key].is_null(), "{name}: {key}");
            }
            for line in &mut lines {
                assert_eq!(line.as_object_mut().unwrap().remove("type").unwrap(), "finding", "{name}");
            }
            assert_eq!(Value::Array(lines), whole["findings"], "{name}");
        }
    }

    #[test]
    fn an_answer_word_for_word() {
        let text = samples::print(&samples::flood(), Format::Jsonl, &Context::default());
        insta::assert_snapshot!(text, @r#"
        {"type":"finding","code":"path_blocked","effect":"deny","tier":null,"path":"infra/prod.tf","line":null,"patch_line":null,"message":"is among the blocked_paths of the policy (`infra/**`)","help":"leave it as it is; whoever keeps the policy can change it"}
        {"type":"finding","code":"too_many_lines","effect":"deny","tier":null,"path":null,"line":null,"patch_line":null,"message":"12162 lines added and deleted in 2 files; the policy allows 120","help":"split the change, or take out what does not belong to it"}
        {"type":"finding","code":"sensitive_path","effect":"review","tier":"medium","path":"infra/prod.tf","line":null,"patch_line":null,"message":"configuration of what runs in production","help":null}
        {"type":"summary","schema":"ci-guard/patch-lines/v1","verdict":"deny","tier":"high","approval":"manual","codes":["path_blocked","too_many_lines","sensitive_path"],"owners":[],"reasons":["The policy blocks a path","The change has more lines than the policy allows","A sensitive path changes"],"lines":12162,"files":2,"policy":{"source":".ci-guard.json of refs/remotes/origin/main","error":null},"base":"HEAD"}
        "#);
    }
}
