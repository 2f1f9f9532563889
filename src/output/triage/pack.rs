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

pub(super) fn json(packs: &[model::Pack], out: &mut dyn Write) -> io::Result<()> {
    let text = match packs {
        [one] => escape::json(&Pack::from(one), true)?,
        many => escape::json(&many.iter().map(Pack::from).collect::<Vec<_>>(), true)?,
    };
    writeln!(out, "{text}")
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
