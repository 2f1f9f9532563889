//! The gate's answer as SARIF 2.1.0: every code is a rule, an objection a result, the verdict a property of the run.
//!
//! What has no file is shown on the first line of the policy's usual file; see ../sarif/outcome.rs.

use super::super::sarif::log::{Descriptor, Invocation, OutcomeProperties, RunProperties};
use super::super::sarif::outcome::{Found, Seen, message, outcome};
use super::super::sarif::{policy_error, write_run};
use super::message_with_place;
use crate::model::{Code, Effect, GateReport, Objection};
use std::io::{self, Write};

pub(super) fn write(report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
    let policy = policy_error(&report.policy);
    let invocation = Invocation {
        execution_successful: policy.is_none(),
        tool_configuration_notifications: policy.into_iter().collect(),
        tool_execution_notifications: Vec::new(),
    };
    let mut seen = Seen::new();
    let results = report.objections.iter().map(|objection| outcome(found(objection), &mut seen)).collect();
    let properties = RunProperties {
        verdict: report.decision.id(),
        tier: Some(report.tier.id()),
        approval: Some(report.tier.approval()),
        owners: report.owners.clone(),
        policy: report.policy.source.clone(),
        base: Some(report.base.clone()),
    };
    write_run("ci-guard/patch/", rules().map(describe).collect(), invocation, results, properties, out)
}

/// All of them, also those that found nothing: a code keeps its number. `ok` is no rule.
fn rules() -> impl Iterator<Item = Code> {
    Code::ALL.iter().copied().filter(|&code| code != Code::Ok)
}

/// How a code weighs depends on what was found, so only results have a level.
fn describe(code: Code) -> Descriptor {
    Descriptor {
        id: code.id(),
        short_description: message(code.summary()),
        full_description: message(code.summary()),
        help: None,
        default_configuration: None,
    }
}

fn found(objection: &Objection) -> Found<'_> {
    let tier = match objection.effect {
        Effect::Deny => None,
        Effect::Review(tier) => Some(tier.id()),
    };
    Found {
        rule: (objection.code.id(), rules().position(|code| code == objection.code).unwrap_or_default()),
        is_error: objection.effect == Effect::Deny,
        path: objection.path.as_ref().map(|path| path.as_slice()),
        what: Vec::new(),
        line: objection.line,
        end_line: None,
        message: message_with_place(objection),
        help: &objection.help,
        properties: OutcomeProperties { tier, patch_line: objection.patch_line, ..OutcomeProperties::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::sarif::tests::complaints;
    use super::super::{Context, Format, samples};
    use super::*;
    use serde_json::{Value, json};

    fn print(report: &GateReport) -> Value {
        serde_json::from_str(&samples::print(report, Format::Sarif, &Context::default())).unwrap()
    }

    #[test]
    fn every_answer_is_what_the_standard_says() {
        for (name, report) in samples::all() {
            let log = print(&report);
            assert_eq!(complaints(&log), [""; 0], "{name}");
            let results = log["runs"][0]["results"].as_array().unwrap();
            assert_eq!(results.len(), report.objections.len(), "{name}");
            for (result, objection) in results.iter().zip(&report.objections) {
                let index = result["ruleIndex"].as_u64().unwrap() as usize;
                assert_eq!(result["ruleId"], objection.code.id());
                assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
                let level = if objection.effect == Effect::Deny { "error" } else { "warning" };
                assert_eq!(result["level"], level);
            }
        }
    }

    #[test]
    fn results_word_for_word() {
        let log = print(&samples::malformed());
        insta::assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"]).unwrap(), @r#"
        [
          {
            "level": "error",
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
            "message": {
              "text": "line 12 of the patch: the hunk counts 3 lines and more follow; git drops them\nmake the patch anew with git diff or git format-patch, and do not edit it by hand"
            },
            "partialFingerprints": {
              "ciGuardFinding/v1": "d2010b0ba132f80d",
              "primaryLocationLineHash": "d2010b0ba132f80d"
            },
            "properties": {
              "patchLine": 12
            },
            "ruleId": "hunk_count_mismatch",
            "ruleIndex": 3
          }
        ]
        "#);
        let log = print(&samples::review_medium());
        insta::assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"][0]).unwrap(), @r#"
        {
          "level": "warning",
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "tools/run.sh",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 1
                }
              }
            }
          ],
          "message": {
            "text": "becomes executable: 100644 to 100755\ntake it out unless it is meant: git update-index --chmod=-x tools/run.sh"
          },
          "partialFingerprints": {
            "ciGuardFinding/v1": "e15a71474a036f24",
            "primaryLocationLineHash": "e15a71474a036f24"
          },
          "properties": {
            "tier": "medium"
          },
          "ruleId": "mode_change",
          "ruleIndex": 23
        }
        "#);
        let run = json!({ "verdict": "review", "tier": "medium", "approval": "code-owner", "owners": ["@org/core"],
            "policy": ".ci-guard.json of refs/remotes/origin/main", "base": "HEAD" });
        assert_eq!(log["runs"][0]["properties"], run);
    }

    #[test]
    fn a_policy_that_cannot_be_used_is_told() {
        let mut report = samples::allow();
        assert_eq!(print(&report)["runs"][0]["invocations"][0]["executionSuccessful"], true);
        report.policy.error = Some("line 3: no".into());
        assert_eq!(print(&report)["runs"][0]["invocations"][0]["executionSuccessful"], false);
    }
}
