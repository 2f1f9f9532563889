//! Findings of reviewers as SARIF 2.1.0, for code scanning.
//!
//! A result needs a place in the repository: GitHub refuses a whole file for one without. What has none, and what the
//! infrastructure did, are notifications about the run, which is no successful one when it is not known what the change is worth.

use super::super::sarif::log::{Descriptor, Invocation, Notification, Outcome, OutcomeProperties, RunProperties};
use super::super::sarif::outcome::{Found, Seen, message, outcome};
use super::super::sarif::write_run;
use super::words;
use crate::model::{Panel, Review, ReviewFinding, ReviewVerdict, counted};
use std::io::{self, Write};

/// The one rule: which of its own rules a reviewer means is in its words.
const RULE: &str = "review-finding";

/// GitHub shows this many results of a run, the worst first, and refuses a file that has many more.
const MOST: usize = 5000;

pub(super) fn panel(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = Seen::new();
    let mut results: Vec<Outcome> = Vec::new();
    let mut notifications: Vec<Notification> = Vec::new();
    for review in &panel.reviews {
        notifications.extend(about(review));
        for finding in &review.findings {
            match finding.path.as_deref().and_then(relative) {
                Some(path) => results.push(result(review, finding, path, &mut seen)),
                None => notifications.push(note(level(review, finding), &review.agent, &words::what(finding))),
            }
        }
    }
    notifications.extend(words::silent(panel).map(|name| note("error", name, "it did not run")));
    if results.len() > MOST {
        results.sort_by_key(|result| ["error", "warning"].iter().position(|level| *level == result.level).unwrap_or(2));
        let more = counted(results.len() - MOST, "finding");
        notifications.push(note("warning", "ci-guard", &format!("{more} left out; --format json has them all")));
        results.truncate(MOST);
    }
    let invocation = Invocation {
        execution_successful: panel.verdict != ReviewVerdict::InfraFail && panel.required_missing.is_empty(),
        tool_configuration_notifications: Vec::new(),
        tool_execution_notifications: notifications,
    };
    let properties = RunProperties { verdict: panel.verdict.id(), ..RunProperties::default() };
    write_run("ci-guard/verdict/", vec![rule()], invocation, results, properties, out)
}

/// What a finding weighs is the reviewer's to say, so only results have a level.
fn rule() -> Descriptor {
    const SUMMARY: &str = "Something that a reviewer found.";
    Descriptor {
        id: RULE,
        short_description: message(SUMMARY),
        full_description: message(SUMMARY),
        help: None,
        default_configuration: None,
    }
}

/// What there is to say of a reviewer itself.
fn about(review: &Review) -> Option<Notification> {
    if words::is_infra(review) {
        let retries = match review.retry_count {
            0 => String::new(),
            count => format!(" ({})", words::retries(count)),
        };
        let what = format!("the infrastructure failed it: {}{retries}", words::because(review));
        return Some(note("error", &review.agent, &what));
    }
    // A fail that names nothing is one all the same.
    let is_lost = review.verdict == ReviewVerdict::CriticalFail && review.findings.is_empty();
    is_lost.then(|| note("error", &review.agent, words::because(review)))
}

fn note(level: &'static str, agent: &str, what: &str) -> Notification {
    Notification { level, message: message(format!("{agent}: {what}")), associated_rule: None }
}

fn result(review: &Review, finding: &ReviewFinding, path: &str, seen: &mut Seen) -> Outcome {
    let found = Found {
        rule: (RULE, 0),
        is_error: false,
        path: Some(path.as_bytes()),
        what: Vec::new(),
        line: finding.line,
        end_line: None,
        message: format!("{}: {}", review.agent, words::what(finding)).into(),
        help: &[],
        properties: OutcomeProperties::default(),
    };
    Outcome { level: level(review, finding), ..outcome(found, seen) }
}

/// The standard's word for a reviewer's; where that is none that we know, what the reviewer came to says it.
fn level(review: &Review, finding: &ReviewFinding) -> &'static str {
    let word = finding.severity.as_deref().unwrap_or_default().trim().to_ascii_lowercase();
    match word.as_str() {
        "critical" | "blocker" | "blocking" | "fatal" | "severe" | "error" | "high" | "major" => "error",
        "warning" | "warn" | "medium" | "moderate" => "warning",
        "minor" | "low" | "info" | "information" | "informational" | "note" | "notice" | "nit" | "style"
        | "suggestion" => "note",
        _ if review.verdict == ReviewVerdict::CriticalFail => "error",
        _ => "warning",
    }
}

/// A path below the repository's root, or nothing: a viewer that follows it must not get elsewhere.
fn relative(path: &str) -> Option<&str> {
    let path = path.trim();
    let path = path.strip_prefix("./").unwrap_or(path);
    let has_drive = path.as_bytes().get(1) == Some(&b':');
    let leaves = path.split(['/', '\\']).any(|part| part == "..");
    let is_inside =
        !path.is_empty() && !path.starts_with(['/', '\\']) && !has_drive && !leaves && !path.contains("://");
    is_inside.then_some(path)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::sarif::tests::complaints;
    use super::super::{Format, samples};
    use super::*;
    use serde_json::{Value, json};

    pub(in super::super) fn print(panel: &Panel) -> Value {
        let mut out = Vec::new();
        super::super::panel(panel, Format::Sarif, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn invocation(panel: &Panel) -> Value {
        print(panel)["runs"][0]["invocations"][0].clone()
    }

    #[test]
    fn every_panel_is_what_the_standard_says() {
        for (name, panel) in samples::all() {
            assert_eq!(complaints(&print(&panel)), [""; 0], "{name}");
        }
    }

    #[test]
    fn a_finding_is_a_result_where_it_has_a_place() {
        let log = print(&samples::six());
        let results = log["runs"][0]["results"].as_array().unwrap();
        let short = results.iter().map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            let (uri, line) = (&place["artifactLocation"]["uri"], &place["region"]["startLine"]);
            json!([result["level"], uri, line, result["message"]["text"]]).to_string()
        });
        insta::assert_snapshot!(short.collect::<Vec<_>>().join("\n"), @r#"
        ["error","src/pay.rs",12,"security: critical: SQL is built from the request's `id`: use a parameter"]
        ["error","src/__init__.py",3,"security: high: a key in the source | see #12 (no-secrets)"]
        ["note","src/cart.rs",80,"architecture: minor: this module now does two things; ask @org/core"]
        "#);
        insta::assert_snapshot!(serde_json::to_string_pretty(&invocation(&samples::six())).unwrap(), @r#"
        {
          "executionSuccessful": false,
          "toolExecutionNotifications": [
            {
              "level": "error",
              "message": {
                "text": "tests: The refund path has no test at all."
              }
            },
            {
              "level": "error",
              "message": {
                "text": "performance: the infrastructure failed it: there is no VERDICT line in its answer (2 retries)"
              }
            },
            {
              "level": "error",
              "message": {
                "text": "licences: it did not run"
              }
            }
          ]
        }
        "#);
    }

    #[test]
    fn what_is_not_known_is_no_success() {
        for (panel, want) in [
            (samples::pass(), true),
            (samples::degraded(), true),
            (samples::nobody(), false),
            (Panel { required_missing: vec!["security".into()], ..samples::degraded() }, false),
        ] {
            assert_eq!(invocation(&panel)["executionSuccessful"], want, "{panel:?}");
        }
    }

    #[test]
    fn no_place_outside_of_the_repository() {
        for (path, want) in [
            ("src/a.rs", Some("src/a.rs")),
            ("./src/a.rs", Some("src/a.rs")),
            ("a..b/c", Some("a..b/c")),
            ("/etc/passwd", None),
            ("\\\\host\\share", None),
            ("C:\\x", None),
            ("src/../../x", None),
            ("..\\x", None),
            ("https://x.y/z", None),
            ("./", None),
            (" ", None),
        ] {
            assert_eq!(relative(path), want, "{path:?}");
        }
    }

    #[test]
    fn of_too_many_the_worst_stay() {
        let mut panel = samples::flood();
        let last = panel.reviews.len() - 1;
        panel.reviews[0].findings.iter_mut().for_each(|finding| finding.severity = Some("nit".into()));
        panel.reviews[last].findings.iter_mut().for_each(|finding| finding.severity = Some("Blocker".into()));
        let log = print(&panel);
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), MOST);
        assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 4 * 300);
        let notes = invocation(&panel)["toolExecutionNotifications"].to_string();
        assert!(notes.contains("26,200 findings left out"), "{notes}");
    }
}
