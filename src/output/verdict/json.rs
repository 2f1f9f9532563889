//! Verdicts for programs: `ci-guard/verdict/v1` (frozen: fields are added, never changed), and the object of one reviewer,
//! which is an element of its `agents`.

use super::super::escape;
use crate::model::{self, Panel, Review, ReviewVerdict};
use serde::Serialize;
use std::io::{self, Write};

/// The schema of a panel.
pub const SCHEMA: &str = "ci-guard/verdict/v1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    verdict: &'static str,
    agents: Vec<Agent<'a>>,
    not_run: &'a [String],
    required_missing: &'a [String],
    counts: Counts,
    next_actions: Vec<NextAction<'a>>,
}

#[derive(Serialize)]
struct Agent<'a> {
    agent: &'a str,
    verdict: &'static str,
    failure_type: &'static str,
    retry_count: u32,
    message: &'a str,
    findings: Vec<Finding<'a>>,
    reason: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    severity: Option<&'a str>,
    path: Option<&'a str>,
    line: Option<u64>,
    rule: Option<&'a str>,
    message: &'a str,
}

/// How many reviewers said what.
#[derive(Serialize)]
struct Counts {
    pass: usize,
    warn: usize,
    degraded: usize,
    infra_fail: usize,
    critical_fail: usize,
}

#[derive(Serialize)]
struct NextAction<'a> {
    agent: Option<&'a str>,
    action: &'static str,
    reason: &'a str,
}

pub(super) fn panel(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    let count = |verdict| panel.reviews.iter().filter(|review| review.verdict == verdict).count();
    let document = Document {
        schema: SCHEMA,
        verdict: panel.verdict.id(),
        agents: panel.reviews.iter().map(Agent::from).collect(),
        not_run: &panel.not_run,
        required_missing: &panel.required_missing,
        counts: Counts {
            pass: count(ReviewVerdict::Pass),
            warn: count(ReviewVerdict::Warn),
            degraded: count(ReviewVerdict::Degraded),
            infra_fail: count(ReviewVerdict::InfraFail),
            critical_fail: count(ReviewVerdict::CriticalFail),
        },
        next_actions: panel.next.iter().map(NextAction::from).collect(),
    };
    writeln!(out, "{}", escape::json(&document, true)?)
}

pub(super) fn review(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&Agent::from(review), false)?)
}

impl<'a> From<&'a Review> for Agent<'a> {
    fn from(review: &'a Review) -> Agent<'a> {
        Agent {
            agent: &review.agent,
            verdict: review.verdict.id(),
            failure_type: review.failure.id(),
            retry_count: review.retry_count,
            message: &review.message,
            findings: review.findings.iter().map(Finding::from).collect(),
            reason: review.reason.as_deref(),
        }
    }
}

impl<'a> From<&'a model::ReviewFinding> for Finding<'a> {
    fn from(finding: &'a model::ReviewFinding) -> Finding<'a> {
        Finding {
            severity: finding.severity.as_deref(),
            path: finding.path.as_deref(),
            line: finding.line.filter(|line| *line > 0),
            rule: finding.rule.as_deref(),
            message: &finding.message,
        }
    }
}

impl<'a> From<&'a model::ReviewStep> for NextAction<'a> {
    fn from(step: &'a model::ReviewStep) -> NextAction<'a> {
        NextAction { agent: step.agent.as_deref(), action: step.action.id(), reason: &step.reason }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Format, samples};
    use super::*;
    use jsonschema::Validator;
    use serde_json::Value;
    use std::sync::LazyLock;

    fn published() -> Value {
        serde_json::from_str(include_str!("../../../docs/schemas/verdict-v1.json")).unwrap()
    }

    /// Every complaint that the published schema has about a panel.
    pub(in super::super) fn complaints(panel: &Value) -> Vec<String> {
        static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft202012::new(&published()).unwrap());
        VALIDATOR.iter_errors(panel).map(|error| error.to_string()).collect()
    }

    /// And about one reviewer.
    pub(in super::super) fn complaints_about_one(review: &Value) -> Vec<String> {
        static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
            let mut schema = published();
            let definitions = schema["$defs"].take();
            let mut one = definitions["agent"].clone();
            one["$defs"] = definitions;
            jsonschema::draft202012::new(&one).unwrap()
        });
        VALIDATOR.iter_errors(review).map(|error| error.to_string()).collect()
    }

    pub(in super::super) fn text(panel: &Panel) -> String {
        let mut out = Vec::new();
        super::super::panel(panel, Format::Json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    pub(in super::super) fn line(review: &Review) -> String {
        let mut out = Vec::new();
        super::super::review(review, true, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_panel_is_what_the_schema_says() {
        for (name, panel) in samples::all() {
            let printed: Value = serde_json::from_str(&text(&panel)).unwrap();
            assert_eq!(complaints(&printed), [""; 0], "{name}");
            for (review, printed) in panel.reviews.iter().zip(printed["agents"].as_array().unwrap()) {
                let line = line(review);
                assert_eq!(line.matches('\n').count(), 1, "one line: {line}");
                assert_eq!(&serde_json::from_str::<Value>(&line).unwrap(), printed, "{name}: an element of agents");
            }
        }
    }

    #[test]
    fn the_schema_is_not_content_with_anything() {
        let good = text(&samples::six());
        for (from, to) in [
            ("verdict/v1", "verdict/v2"),
            ("\"CRITICAL_FAIL\"", "\"FAIL\""),
            ("\"INFRA\"", "\"infra\""),
            ("\"retry_count\": 2", "\"retry_count\": -2"),
            ("\"line\": 12", "\"line\": 0"),
            ("\"rerun_reviewer\"", "\"rerun\""),
            ("\"not_run\"", "\"notrun\""),
            ("\"agent\": \"security\"", "\"agent\": null"),
            ("\"findings\"", "\"found\""),
        ] {
            let bad: Value = serde_json::from_str(&good.replacen(from, to, 1)).unwrap();
            assert!(!complaints(&bad).is_empty(), "{from} for {to}");
        }
        let bad: Value = serde_json::from_str(&line(&samples::six().reviews[0]).replace("CRITICAL_FAIL", "X")).unwrap();
        assert!(!complaints_about_one(&bad).is_empty());
    }

    #[test]
    fn a_panel_word_for_word() {
        insta::assert_snapshot!(text(&samples::degraded()), @r#"
        {
          "schema": "ci-guard/verdict/v1",
          "verdict": "DEGRADED",
          "agents": [
            {
              "agent": "security",
              "verdict": "INFRA_FAIL",
              "failure_type": "INFRA",
              "retry_count": 2,
              "message": "",
              "findings": [],
              "reason": "exit code 124: it timed out"
            },
            {
              "agent": "docs",
              "verdict": "PASS",
              "failure_type": "NONE",
              "retry_count": 0,
              "message": "",
              "findings": [],
              "reason": null
            }
          ],
          "not_run": [
            "security"
          ],
          "required_missing": [],
          "counts": {
            "pass": 1,
            "warn": 0,
            "degraded": 0,
            "infra_fail": 1,
            "critical_fail": 0
          },
          "next_actions": [
            {
              "agent": "security",
              "action": "rerun_reviewer",
              "reason": "the infrastructure failed it"
            }
          ]
        }
        "#);
    }
}
