//! The artifact pack, schema `ci-guard/pack/v1`: how it is written, and how it is read back.
//!
//! The structs here are frozen: fields may be added in a way old readers survive, none changes its name, type or
//! meaning without a new schema name. What is read back was written by anybody: it is checked, and nothing in it is believed
//! beyond what it says of itself.

use super::super::escape;
use crate::model::{self, Action, Bucket};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::time::Duration;

/// The name of the schema.
pub const SCHEMA: &str = "ci-guard/pack/v1";

#[derive(Serialize, Deserialize)]
struct Pack {
    schema: String,
    log: String,
    repo: Option<String>,
    run_id: Option<String>,
    run_attempt: Option<u64>,
    commit_sha: Option<String>,
    branch: Option<String>,
    workflow: Option<String>,
    failed_job: Option<String>,
    failed_step: Option<String>,
    bucket: String,
    confidence: f64,
    because: String,
    fingerprint: Option<String>,
    coarse_fingerprint: Option<String>,
    signature: Option<String>,
    fingerprint_sample: Option<String>,
    low_confidence: bool,
    failure_line: Option<u64>,
    first_failure_line: Option<String>,
    excerpt: Option<Excerpt>,
    evidence: Vec<Span>,
    failing_tests: Vec<String>,
    suspect_files: Vec<Suspect>,
    cancelled: bool,
    others_need_more: bool,
    rerun_eligible: bool,
    next_action: String,
    reason: String,
    wait_s: Option<u64>,
    history: Option<History>,
    links: Links,
}

#[derive(Serialize, Deserialize)]
struct Excerpt {
    start: u64,
    end: u64,
    lines: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Span {
    start: u64,
    end: u64,
}

#[derive(Serialize, Deserialize)]
struct Suspect {
    path: String,
    line: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct History {
    times: u64,
    days: u64,
    branches: u64,
    commits: u64,
    passed_on_same_commit: u64,
    unrelated: u64,
    retries_used: u64,
}

#[derive(Serialize, Deserialize)]
struct Links {
    run: Option<String>,
    artifacts: Option<String>,
}

#[derive(Serialize)]
struct Decision<'a> {
    schema: &'static str,
    next_action: &'static str,
    reason: &'a str,
    wait_s: Option<u64>,
    rerun_eligible: bool,
}

pub(super) fn json(pack: &model::Pack, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&Pack::from(pack), true)?)
}

pub(super) fn list(packs: &[model::Pack], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&packs.iter().map(Pack::from).collect::<Vec<_>>(), true)?)
}

pub(super) fn line(pack: &model::Pack, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&Pack::from(pack), false)?)
}

pub(super) fn next_step(next: &model::NextStep, out: &mut dyn Write) -> io::Result<()> {
    let decision = Decision {
        schema: "ci-guard/decision/v1",
        next_action: next.action.id(),
        reason: &next.reason,
        wait_s: next.wait.map(|wait| wait.as_secs()),
        rerun_eligible: next.action.is_rerun(),
    };
    writeln!(out, "{}", escape::json(&decision, true)?)
}

/// Read a pack.
///
/// # Errors
/// It is no pack of this version, in one sentence.
pub fn read(bytes: &[u8]) -> Result<model::Pack, String> {
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err("it is a list; a pack is one element of it".into());
    }
    let pack: Pack = serde_json::from_slice(bytes).map_err(|error| format!("it is no artifact pack: {error}"))?;
    if pack.schema != SCHEMA {
        return Err(format!("its schema is {}, and this ci-guard reads {SCHEMA}", model::visible(&pack.schema)));
    }
    pack.try_into()
}

impl From<&model::Pack> for Pack {
    fn from(pack: &model::Pack) -> Pack {
        let run = pack.run.clone();
        let print = pack.fingerprint.as_ref();
        Pack {
            schema: SCHEMA.into(),
            log: pack.log.clone(),
            repo: run.repo,
            run_id: run.run_id,
            run_attempt: run.run_attempt,
            commit_sha: run.sha,
            branch: run.branch,
            workflow: run.workflow,
            failed_job: run.job,
            failed_step: run.step,
            bucket: pack.bucket.id().into(),
            confidence: (pack.confidence * 100.0).round() / 100.0,
            because: pack.because.clone(),
            fingerprint: print.map(|print| print.fine.clone()),
            coarse_fingerprint: print.map(|print| print.coarse.clone()),
            signature: print.map(|print| print.key.clone()),
            fingerprint_sample: print.map(|print| print.sample.clone()),
            low_confidence: print.is_some_and(|print| !print.confident),
            failure_line: pack.failure_line,
            first_failure_line: pack.first_failure_line.clone(),
            excerpt: pack.excerpt.as_ref().map(|excerpt| Excerpt {
                start: excerpt.span.start,
                end: excerpt.span.end,
                lines: excerpt.lines.clone(),
            }),
            evidence: pack.evidence.iter().map(|span| Span { start: span.start, end: span.end }).collect(),
            failing_tests: pack.failing_tests.clone(),
            suspect_files: pack
                .suspects
                .iter()
                .map(|suspect| Suspect { path: suspect.path.clone(), line: suspect.line })
                .collect(),
            cancelled: pack.cancelled,
            others_need_more: pack.others_need_more,
            rerun_eligible: pack.next.action.is_rerun(),
            next_action: pack.next.action.id().into(),
            reason: pack.next.reason.clone(),
            wait_s: pack.next.wait.map(|wait| wait.as_secs()),
            history: pack.seen.as_ref().map(|seen| History {
                times: seen.times,
                days: seen.days,
                branches: seen.branches,
                commits: seen.commits,
                passed_on_same_commit: seen.passed_on_same_commit,
                unrelated: seen.unrelated,
                retries_used: seen.retries_used,
            }),
            links: Links { run: run.url, artifacts: run.artifacts },
        }
    }
}

impl TryFrom<Pack> for model::Pack {
    type Error = String;

    fn try_from(pack: Pack) -> Result<model::Pack, String> {
        let bucket = Bucket::from_id(&pack.bucket).ok_or_else(|| unknown("bucket", &pack.bucket))?;
        let action = Action::from_id(&pack.next_action).ok_or_else(|| unknown("next_action", &pack.next_action))?;
        if !(0.0..=1.0).contains(&pack.confidence) {
            return Err("`confidence` is not from 0 to 1".into());
        }
        let fingerprint = match (pack.fingerprint, pack.coarse_fingerprint) {
            (Some(fine), Some(coarse)) => Some(model::Fingerprint {
                fine,
                coarse,
                key: pack.signature.unwrap_or_default(),
                sample: pack.fingerprint_sample.unwrap_or_default(),
                confident: !pack.low_confidence,
            }),
            _ => None,
        };
        Ok(model::Pack {
            log: pack.log,
            run: model::RunContext {
                repo: pack.repo,
                run_id: pack.run_id,
                run_attempt: pack.run_attempt,
                sha: pack.commit_sha,
                branch: pack.branch,
                workflow: pack.workflow,
                job: pack.failed_job,
                step: pack.failed_step,
                url: pack.links.run,
                artifacts: pack.links.artifacts,
            },
            bucket,
            confidence: pack.confidence,
            because: pack.because,
            fingerprint,
            failure_line: pack.failure_line,
            first_failure_line: pack.first_failure_line,
            excerpt: pack.excerpt.map(|excerpt| model::Excerpt {
                span: model::LineSpan { start: excerpt.start, end: excerpt.end },
                lines: excerpt.lines,
            }),
            evidence: pack
                .evidence
                .into_iter()
                .map(|span| model::LineSpan { start: span.start, end: span.end })
                .collect(),
            failing_tests: pack.failing_tests,
            suspects: pack
                .suspect_files
                .into_iter()
                .map(|suspect| model::Suspect { path: suspect.path, line: suspect.line })
                .collect(),
            cancelled: pack.cancelled,
            others_need_more: pack.others_need_more,
            next: model::NextStep { action, reason: pack.reason, wait: pack.wait_s.map(Duration::from_secs) },
            seen: pack.history.map(|seen| model::Seen {
                times: seen.times,
                days: seen.days,
                branches: seen.branches,
                commits: seen.commits,
                passed_on_same_commit: seen.passed_on_same_commit,
                unrelated: seen.unrelated,
                retries_used: seen.retries_used,
            }),
        })
    }
}

fn unknown(key: &str, value: &str) -> String {
    format!("`{key}` is {}, which this ci-guard does not know", model::visible(value))
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Format, samples, write};
    use super::*;
    use jsonschema::Validator;
    use serde_json::Value;
    use std::sync::LazyLock;

    /// Every complaint that the published schema has about a pack.
    fn complaints(pack: &Value) -> Vec<String> {
        static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
            let published = include_str!("../../../docs/schemas/pack-v1.json");
            jsonschema::draft202012::new(&serde_json::from_str(published).unwrap()).unwrap()
        });
        VALIDATOR.iter_errors(pack).map(|error| error.to_string()).collect()
    }

    fn print(packs: &[model::Pack], format: Format) -> String {
        let mut out = Vec::new();
        write(packs, format, &Context::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_pack_is_what_the_schema_says_and_reads_back_as_it_was() {
        for pack in samples::all() {
            let text = print(std::slice::from_ref(&pack), Format::Json);
            assert_eq!(complaints(&serde_json::from_str(&text).unwrap()), [""; 0]);
            assert_eq!(read(text.as_bytes()).as_ref(), Ok(&pack));
        }
    }

    #[test]
    fn the_schema_is_not_content_with_anything() {
        let good = print(&[samples::flake()], Format::Json);
        for (from, to) in [
            ("\"flaky_test\"", "\"flaky\""),
            ("\"rerun_same_sha\"", "\"rerun\""),
            ("\"confidence\": 0.82", "\"confidence\": 82"),
            ("\"failure_line\": 2819", "\"failure_line\": 0"),
            ("\"log\"", "\"logs\""),
            ("\"v1:", "\"1:"),
        ] {
            let bad: Value = serde_json::from_str(&good.replacen(from, to, 1)).unwrap();
            assert!(!complaints(&bad).is_empty(), "{from} for {to}");
        }
    }

    #[test]
    fn several_packs_are_a_list_or_lines() {
        let packs = samples::all();
        let list: Value = serde_json::from_str(&print(&packs, Format::JsonList)).unwrap();
        assert_eq!(list.as_array().unwrap().len(), packs.len());
        let lines = print(&packs, Format::Jsonl);
        assert_eq!(lines.lines().count(), packs.len());
        for (line, pack) in lines.lines().zip(&packs) {
            assert_eq!(read(line.as_bytes()).as_ref(), Ok(pack));
        }
        assert_eq!(print(&[], Format::Jsonl), "");
    }

    #[test]
    fn what_is_no_pack_is_told_so() {
        let good = print(&[samples::flake()], Format::Json);
        for (bad, want) in [
            (String::new(), "it is no artifact pack: "),
            ("[]".into(), "it is a list; a pack is one element of it"),
            (
                good.replace("pack/v1", "pack/v2"),
                "its schema is ci-guard/pack/v2, and this ci-guard reads ci-guard/pack/v1",
            ),
            (
                good.replace("\"flaky_test\"", "\"odd\\u001b\""),
                "`bucket` is odd\\x1b, which this ci-guard does not know",
            ),
            (good.replace("0.82", "1.82"), "`confidence` is not from 0 to 1"),
        ] {
            let error = read(bad.as_bytes()).unwrap_err();
            assert!(error.starts_with(want), "{error}");
        }
    }
}
