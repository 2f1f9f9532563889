//! SARIF 2.1.0 (OASIS), cut to what code scanning reads: tool, rules, results, and what kept us from judging.
//!
//! GitHub refuses a whole file for one result without a location, so findings about history, which have none, are
//! put on the first line of the policy's usual file. Messages are plain text: no Markdown, no links.

mod log;

use super::escape;
use super::gaps::{self, Gap};
use crate::model::{Finding, Level, Report, Rule, SkipCause};
use log::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Where findings about history are shown: the file that says what may come in.
const POLICY_FILE: &str = ".ci-guard.json";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let driver =
        Driver { name: "ci-guard", semantic_version: env!("CARGO_PKG_VERSION"), rules: Rule::ALL.map(describe) };
    let mut seen = BTreeMap::new();
    let run = Run {
        tool: Tool { driver },
        invocations: [invocation(report)],
        results: report.findings.iter().map(|finding| outcome(finding, &mut seen)).collect(),
        properties: RunProperties {
            verdict: report.verdict().id(),
            policy: report.policy.source.clone(),
            base: report.base.clone(),
        },
    };
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
        help: message(help),
        default_configuration: Configuration { level: "error" },
    }
}

fn invocation(report: &Report) -> Invocation {
    let gaps = gaps::of(report);
    let policy = report.policy.error.as_ref().map(|error| {
        let source = report.policy.source.as_deref().unwrap_or("the policy");
        Notification { level: "error", message: message(format!("{source}: {error}")), associated_rule: None }
    });
    Invocation {
        execution_successful: policy.is_none() && gaps.iter().all(|gap| gap.cause != SkipCause::Fault),
        tool_configuration_notifications: policy.into_iter().collect(),
        tool_execution_notifications: gaps.iter().map(notification).collect(),
    }
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

/// `seen` counts findings that are alike but for their line.
fn outcome(finding: &Finding, seen: &mut BTreeMap<(Rule, Vec<u8>), u64>) -> Outcome {
    let path = finding.path.as_ref().filter(|path| !path.is_empty());
    let (what, uri) = match (path, finding.commit) {
        (Some(path), _) => (path.to_vec(), uri(path)),
        (None, Some(commit)) => (commit.to_string().into_bytes(), POLICY_FILE.into()),
        (None, None) => (Vec::new(), POLICY_FILE.into()),
    };
    let nth = seen.entry((finding.rule, what.clone())).and_modify(|nth| *nth += 1).or_insert(1);
    let fingerprint = fingerprint(finding.rule, &what, *nth);
    let mut partial_fingerprints = BTreeMap::from([("ciGuardFinding/v1", fingerprint.clone())]);
    if path.is_none() {
        // GitHub tells alerts apart by this one, which the upload computes from the line that is pointed at. All
        // findings about history point at the same line and would become one alert.
        partial_fingerprints.insert("primaryLocationLineHash", fingerprint);
    }
    let start_line = finding.line.unwrap_or(1).max(1);
    let region = Region { start_line, end_line: finding.end_line.map(|end| end.max(start_line)) };
    let artifact_location = ArtifactLocation { uri, uri_base_id: "%SRCROOT%" };
    Outcome {
        rule_id: finding.rule.id(),
        rule_index: index(finding.rule),
        level: match finding.level {
            Level::Block => "error",
            Level::Warn => "warning",
        },
        message: message([&finding.message].into_iter().chain(&finding.help).cloned().collect::<Vec<_>>().join("\n")),
        locations: [Location { physical_location: PhysicalLocation { artifact_location, region } }],
        partial_fingerprints,
        properties: OutcomeProperties {
            reference: finding.reference.as_ref().map(|reference| escape::text(reference)),
            commit: finding.commit.map(|commit| commit.to_string()),
        },
    }
}

fn index(rule: Rule) -> usize {
    Rule::ALL.iter().position(|&other| other == rule).unwrap_or_default()
}

/// Plain text. A `[text](target)` in it would be a link, and a commit subject must not make one. Braces stay single,
/// although the standard wants literal ones doubled: viewers show them as they are, and `HEAD@{1}` must stay true.
fn message(text: impl Into<String>) -> Message {
    let text = text.into();
    let text = if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text };
    Message { text }
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and `/` as `%` and two digits.
/// `:` is written so too, for a first segment that has one would be a scheme, and a leading `/`, for it would be a root.
fn uri(path: &[u8]) -> String {
    let mut uri = String::with_capacity(path.len());
    for (at, &byte) in path.iter().enumerate() {
        match byte {
            b'/' if at > 0 => uri.push('/'),
            b'-' | b'.' | b'_' | b'~' => uri.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// What a finding is whatever line it moves to: its rule, its file or commit, and which one of those it is.
/// FNV-1a with 64 bits: it must be the same with every compiler and release, and withstand nobody.
fn fingerprint(rule: Rule, what: &[u8], nth: u64) -> String {
    let bytes = [rule.id().as_bytes(), what, nth.to_string().as_bytes()].join(&0);
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
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
                    }
                  ]
                }
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
                    "ciGuardFinding/v1": "d51aa6ae1d1ebea9"
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
        assert_eq!(fingerprints(&samples::marker(), key), [None, None], "computed from the file at upload");
        let mut report = samples::merge();
        report.findings.extend(samples::merge().findings);
        report.findings.extend(samples::foreign().findings);
        let mut hashes = fingerprints(&report, key);
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.iter().flatten().count(), 3);
    }

    #[test]
    fn a_path_is_a_relative_uri() {
        for (path, want) in [
            (&b"src/app.rs"[..], "src/app.rs"),
            (b"-._~/09azAZ", "-._~/09azAZ"),
            (b"a b%c#d?e", "a%20b%25c%23d%3Fe"),
            (b"c:/x", "c%3A/x"),
            (b"//host/x", "%2F/host/x"),
            ("größe".as_bytes(), "gr%C3%B6%C3%9Fe"),
            (b"\xff\x00\n\\", "%FF%00%0A%5C"),
        ] {
            assert_eq!(uri(path), want);
        }
    }

    #[test]
    fn a_message_makes_no_link() {
        for (raw, want) in [
            ("array[1] of HEAD@{1}", "array[1] of HEAD@{1}"),
            ("[click](https://example.org) [x]", "\\[click\\](https://example.org) \\[x\\]"),
        ] {
            assert_eq!(message(raw).text, want);
        }
    }
}
