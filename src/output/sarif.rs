//! SARIF 2.1.0 (OASIS), cut to what code scanning reads: tool, rules, results, and what kept us from judging.
//!
//! How a finding becomes a result is in outcome.rs.

pub(super) mod log;
pub(super) mod outcome;

use super::escape;
use super::gaps::{self, Gap};
use crate::model::{Finding, Level, PolicyUse, Report, Rule, SkipCause};
use log::*;
use outcome::{Found, Seen, message, outcome};
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut seen = Seen::new();
    let results = report.findings.iter().map(|finding| outcome(found(finding), &mut seen)).collect();
    let properties = RunProperties {
        verdict: report.verdict().id(),
        policy: report.policy.source.clone(),
        base: report.base.clone(),
        ..RunProperties::default()
    };
    write_run("ci-guard/check/", Rule::ALL.map(describe).into(), invocation(report), results, properties, out)
}

/// Print a log of one run.
pub(super) fn write_run(
    category: &'static str,
    rules: Vec<Descriptor>,
    invocation: Invocation,
    results: Vec<Outcome>,
    properties: RunProperties,
    out: &mut dyn Write,
) -> io::Result<()> {
    let driver = Driver { name: "ci-guard", semantic_version: env!("CARGO_PKG_VERSION"), rules };
    let automation_details = Automation { id: category };
    let run = Run { tool: Tool { driver }, automation_details, invocations: [invocation], results, properties };
    writeln!(out, "{}", escape::json(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] }, true)?)
}

fn describe(rule: Rule) -> Descriptor {
    let help = match rule {
        Rule::ConflictMarker => {
            "Resolve the conflict: keep what is right of both sides, delete the lines that git wrote (runs of <, |, = \
             and >), then stage the file and commit."
        }
        Rule::MergeSource => {
            "Merge only the branches that the policy names. Take the merge back, or rebase the branch without it, and \
             bring in what is needed from an allowed branch."
        }
        Rule::ForeignCommits => {
            "The branch carries commits of a branch that the policy does not name, mostly after a reset, rebase or \
             fast-forward onto it. Rebase your own commits onto the base."
        }
        Rule::PatchScope => "Split the change, or take out what the policy's scope does not allow.",
    };
    Descriptor {
        id: rule.id(),
        short_description: message(rule.summary()),
        full_description: message(rule.summary()),
        help: Some(message(help)),
        default_configuration: Some(Configuration { level: "error" }),
    }
}

fn invocation(report: &Report) -> Invocation {
    let gaps = gaps::of(report);
    let notice = |text: &String| Notification { level: "note", message: message(text), associated_rule: None };
    let policy = policy_error(&report.policy);
    Invocation {
        execution_successful: policy.is_none() && gaps.iter().all(|gap| gap.cause != SkipCause::Fault),
        tool_configuration_notifications: policy.into_iter().collect(),
        tool_execution_notifications: gaps.iter().map(notification).chain(report.notices.iter().map(notice)).collect(),
    }
}

/// Why the policy cannot be used.
pub(super) fn policy_error(policy: &PolicyUse) -> Option<Notification> {
    let error = policy.error.as_ref()?;
    let source = policy.source.as_deref().unwrap_or("the policy");
    Some(Notification { level: "error", message: message(format!("{source}: {error}")), associated_rule: None })
}

fn notification(gap: &Gap) -> Notification {
    let level = match gap.cause {
        SkipCause::Fault => "error",
        SkipCause::NotHere => "warning",
        SkipCause::NotAsked => "note",
    };
    let associated_rule = match gap.rules[..] {
        [rule] => Some(RuleReference { id: rule.id(), index: index(rule) }),
        _ => None,
    };
    Notification { level, message: message(gap.sentence()), associated_rule }
}

fn found(finding: &Finding) -> Found<'_> {
    Found {
        rule: (finding.rule.id(), index(finding.rule)),
        is_error: finding.level == Level::Block,
        path: finding.path.as_ref().map(|path| path.as_slice()),
        what: finding.commit.map(|commit| commit.to_string().into_bytes()).unwrap_or_default(),
        line: finding.line,
        end_line: finding.end_line,
        message: finding.message.as_str().into(),
        help: &finding.help,
        properties: OutcomeProperties {
            reference: finding.reference.as_ref().map(|reference| escape::text(reference)),
            commit: finding.commit.map(|commit| commit.to_string()),
            ..OutcomeProperties::default()
        },
    }
}

fn index(rule: Rule) -> usize {
    Rule::ALL.iter().position(|&other| other == rule).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Context, Format, samples};
    use super::*;
    use jsonschema::Validator;
    use serde_json::Value;
    use std::sync::LazyLock;

    /// The standard's schema. Two of its patterns, for languages that we do not name, are no regular expressions
    /// (errata 1 mends them), and no validator takes a schema with those.
    static STANDARD: LazyLock<Validator> = LazyLock::new(|| {
        let mut schema: Value = serde_json::from_str(include_str!("../../tests/data/sarif-2.1.0.json")).unwrap();
        for pointer in ["run", "toolComponent"].map(|name| format!("/definitions/{name}/properties/language")) {
            assert!(schema.pointer_mut(&pointer).unwrap().as_object_mut().unwrap().remove("pattern").is_some());
        }
        jsonschema::draft7::new(&schema).unwrap()
    });

    /// Every complaint that the standard has about a log, and what GitHub refuses beyond it.
    pub(in super::super) fn complaints(log: &Value) -> Vec<String> {
        let mut complaints: Vec<_> = STANDARD.iter_errors(log).map(|error| error.to_string()).collect();
        for result in log["runs"][0]["results"].as_array().into_iter().flatten() {
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap_or_default();
            let harmless = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            if uri.is_empty() || uri.starts_with('/') || !uri.chars().all(harmless) {
                complaints.push(format!("not a relative URI: {uri:?}"));
            }
            if place["region"]["startLine"].as_u64().unwrap_or_default() == 0 {
                complaints.push("no line".into());
            }
        }
        complaints
    }

    fn print(report: &Report) -> Value {
        serde_json::from_str(&samples::print(report, Format::Sarif, &Context::default())).unwrap()
    }

    fn fingerprints(report: &Report, key: &str) -> Vec<Option<String>> {
        let log = print(report);
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"][key].as_str().map(str::to_owned)).collect()
    }

    #[test]
    fn every_report_is_what_the_standard_says() {
        for (name, report) in samples::all() {
            let log = print(&report);
            assert_eq!(complaints(&log), [""; 0], "{name}");
            assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), report.findings.len(), "{name}");
        }
    }

    #[test]
    fn the_standard_is_not_content_with_anything() {
        for (pointer, bad) in [
            ("/version", "2.2.0".into()),
            ("/runs/0/results/0/level", "block".into()),
            ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", 0.into()),
            ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", "not a uri".into()),
            ("/runs/0/results/0/locations", Value::Array(Vec::new())),
            ("/runs/0/invocations/0/executionSuccessful", Value::Null),
            ("/runs/0/tool/driver/name", Value::Null),
        ] {
            let mut log = print(&samples::marker());
            *log.pointer_mut(pointer).unwrap() = bad;
            assert_ne!(complaints(&log), [""; 0], "{pointer}");
        }
    }

    #[test]
    fn a_log_word_for_word() {
        let mut report = samples::warnings();
        report.findings.extend(samples::merge().findings);
        report.policy.error = Some("line 3: expected `,`".into());
        let text = samples::print(&report, Format::Sarif, &Context::default());
        let version = format!("\"semanticVersion\": \"{}\"", env!("CARGO_PKG_VERSION"));
        insta::assert_snapshot!(text.replace(&version, "\"semanticVersion\": \"0.0.0\""), @r#"
        {
          "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "ci-guard",
                  "semanticVersion": "0.0.0",
                  "rules": [
                    {
                      "id": "conflict-marker",
                      "shortDescription": {
                        "text": "A half-resolved merge: conflict markers stand in the tree that is pushed."
                      },
                      "fullDescription": {
                        "text": "A half-resolved merge: conflict markers stand in the tree that is pushed."
                      },
                      "help": {
                        "text": "Resolve the conflict: keep what is right of both sides, delete the lines that git wrote (runs of <, |, = and >), then stage the file and commit."
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    },
                    {
                      "id": "merge-source",
                      "shortDescription": {
                        "text": "A merge brings in a branch that the policy does not allow."
                      },
                      "fullDescription": {
                        "text": "A merge brings in a branch that the policy does not allow."
                      },
                      "help": {
                        "text": "Merge only the branches that the policy names. Take the merge back, or rebase the branch without it, and bring in what is needed from an allowed branch."
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    },
                    {
                      "id": "foreign-commits",
                      "shortDescription": {
                        "text": "The push brings commits of a branch outside the policy."
                      },
                      "fullDescription": {
                        "text": "The push brings commits of a branch outside the policy."
                      },
                      "help": {
                        "text": "The branch carries commits of a branch that the policy does not name, mostly after a reset, rebase or fast-forward onto it. Rebase your own commits onto the base."
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    },
                    {
                      "id": "patch-scope",
                      "shortDescription": {
                        "text": "The change is out of the policy's scope."
                      },
                      "fullDescription": {
                        "text": "The change is out of the policy's scope."
                      },
                      "help": {
                        "text": "Split the change, or take out what the policy's scope does not allow."
                      },
                      "defaultConfiguration": {
                        "level": "error"
                      }
                    }
                  ]
                }
              },
              "automationDetails": {
                "id": "ci-guard/check/"
              },
              "invocations": [
                {
                  "executionSuccessful": false,
                  "toolConfigurationNotifications": [
                    {
                      "level": "error",
                      "message": {
                        "text": ".ci-guard.json of refs/remotes/origin/main: line 3: expected `,`"
                      }
                    }
                  ],
                  "toolExecutionNotifications": [
                    {
                      "level": "warning",
                      "message": {
                        "text": "merge-source not judged: the history of refs/heads/feature/TASK-1 is cut off (shallow clone); git fetch --unshallow brings it"
                      },
                      "associatedRule": {
                        "id": "merge-source",
                        "index": 1
                      }
                    }
                  ]
                }
              ],
              "results": [
                {
                  "ruleId": "conflict-marker",
                  "ruleIndex": 0,
                  "level": "warning",
                  "message": {
                    "text": "conflict block inside a fenced code block"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "docs/merging.md",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 7,
                          "endLine": 11
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "ciGuardFinding/v1": "d51aa6ae1d1ebea9",
                    "primaryLocationLineHash": "d51aa6ae1d1ebea9"
                  },
                  "properties": {
                    "ref": "refs/heads/feature/TASK-1",
                    "commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
                  }
                },
                {
                  "ruleId": "merge-source",
                  "ruleIndex": 1,
                  "level": "error",
                  "message": {
                    "text": "merge 1a2b3c4d5e \"Merge develop into x\" brings in 99aabbccdd \"Start v2\" of origin/develop, which the policy does not allow\nUndo the merge: git rebase --onto 1a2b3c4d5e^1 1a2b3c4d5e"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": ".ci-guard.json",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 1
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "ciGuardFinding/v1": "7c8eaf15740cc5b6",
                    "primaryLocationLineHash": "7c8eaf15740cc5b6"
                  },
                  "properties": {
                    "ref": "refs/heads/feature/TASK-1",
                    "commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"
                  }
                }
              ],
              "properties": {
                "verdict": "block",
                "policy": ".ci-guard.json of refs/remotes/origin/main",
                "base": "refs/remotes/origin/main"
              }
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_run_that_could_not_judge_says_so() {
        for (report, successful) in [
            (samples::clean(), true),
            (samples::marker(), true),
            (samples::warnings(), true),
            (samples::undecided(), false),
            (samples::bad_policy(), false),
        ] {
            assert_eq!(print(&report)["runs"][0]["invocations"][0]["executionSuccessful"], successful);
        }
        // Also when something blocks.
        let report = Report { findings: samples::marker().findings, ..samples::undecided() };
        assert_eq!(print(&report)["runs"][0]["invocations"][0]["executionSuccessful"], false);
    }

    #[test]
    fn a_notice_is_a_note() {
        let log = print(&samples::notice());
        let said = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(
            (&said["level"], &said["message"]["text"]),
            (&"note".into(), &samples::notice().notices[0].as_str().into())
        );
    }

    #[test]
    fn rules_are_found_by_index() {
        let log = print(&samples::merge());
        let result = &log["runs"][0]["results"][0];
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert_eq!(result["ruleId"], "merge-source");
    }

    #[test]
    fn a_finding_stays_itself_when_its_lines_move() {
        let key = "ciGuardFinding/v1";
        let before = fingerprints(&samples::marker(), key);
        assert_ne!(before[0], before[1], "two blocks of a file");
        let mut moved = samples::marker();
        for finding in &mut moved.findings {
            finding.line = finding.line.map(|line| line + 7);
            finding.message += " elsewhere";
        }
        assert_eq!(fingerprints(&moved, key), before);
        moved.findings[0].path = Some("src/other.rs".into());
        assert_ne!(fingerprints(&moved, key)[0], before[0]);
        // Known for all time: alerts are matched with those of older releases.
        assert_eq!(before[0].as_deref(), Some("136f495042d8f918"));
    }

    #[test]
    fn github_keeps_findings_about_history_apart() {
        let key = "primaryLocationLineHash";
        assert_eq!(fingerprints(&samples::marker(), key), fingerprints(&samples::marker(), "ciGuardFinding/v1"));
        let mut report = samples::merge();
        report.findings.extend(samples::merge().findings);
        report.findings.extend(samples::foreign().findings);
        let mut hashes = fingerprints(&report, key);
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.iter().flatten().count(), 3);
    }
}
