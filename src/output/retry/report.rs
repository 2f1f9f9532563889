//! The report, `ci-guard/retry/v1` (frozen: fields are added, never changed). docs/schemas/retry-v1.json describes it.

use super::super::audit::time;
use super::super::escape;
use crate::model::{self, Ending, RetryRun};
use serde::Serialize;
use std::io::{self, Write};
use std::time::Duration;

/// The schema of the report.
pub const SCHEMA: &str = "ci-guard/retry/v1";

/// A longer text is cut: nobody needs a line of a megabyte to know which one it was.
const MAX_CHARS: usize = 1000;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    name: Option<String>,
    command: String,
    retry_count: u32,
    failure_type: &'static str,
    exit_code: i32,
    end: &'static str,
    flaky: bool,
    started: String,
    duration_ms: u64,
    attempts: Vec<Attempt<'a>>,
}

#[derive(Serialize)]
struct Attempt<'a> {
    attempt: u32,
    started: String,
    duration_ms: u64,
    exit_code: i32,
    signal: Option<i32>,
    timed_out: bool,
    failure_type: &'static str,
    reason: &'static str,
    pattern: Option<&'a str>,
    line: Option<String>,
    delay_ms: Option<u64>,
    delay_by: Option<&'static str>,
}

impl<'a> From<&'a model::Attempt> for Attempt<'a> {
    fn from(attempt: &'a model::Attempt) -> Attempt<'a> {
        let judged = &attempt.judgement;
        Attempt {
            attempt: attempt.number,
            started: time(attempt.started),
            duration_ms: ms(attempt.took),
            exit_code: attempt.ending.code(),
            signal: match attempt.ending {
                Ending::Signal(number) => Some(number),
                _ => None,
            },
            timed_out: attempt.ending == Ending::TimedOut,
            failure_type: judged.why.failure().id(),
            reason: judged.why.id(),
            pattern: judged.pattern.as_deref(),
            line: judged.line.as_deref().map(cut),
            delay_ms: attempt.wait.map(|wait| ms(wait.length)),
            delay_by: attempt.wait.map(|wait| wait.by.id()),
        }
    }
}

/// Print all of it.
pub fn write(run: &RetryRun, out: &mut dyn Write) -> io::Result<()> {
    let waited = run.attempts.iter().rev().skip(1).filter_map(|attempt| attempt.wait).map(|wait| wait.length);
    let took = run.attempts.iter().map(|attempt| attempt.took).chain(waited);
    let document = Document {
        schema: SCHEMA,
        name: run.name.as_deref().map(cut),
        command: cut(&run.command),
        retry_count: run.retry_count(),
        failure_type: run.failure.id(),
        exit_code: run.exit_code,
        end: run.end.id(),
        flaky: run.is_flaky(),
        started: run.attempts.first().map(|first| time(first.started)).unwrap_or_default(),
        duration_ms: ms(took.fold(Duration::ZERO, Duration::saturating_add)),
        attempts: run.attempts.iter().map(Attempt::from).collect(),
    };
    writeln!(out, "{}", escape::json(&document, true)?)
}

/// These attempts as the report has them, on one line.
pub(super) fn attempts(attempts: &[model::Attempt]) -> io::Result<String> {
    escape::json(&attempts.iter().map(Attempt::from).collect::<Vec<_>>(), false)
}

fn ms(span: Duration) -> u64 {
    span.as_millis().try_into().unwrap_or(u64::MAX)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use serde_json::{Value, json};

    /// Every complaint that the published schema has about a report.
    fn complaints(report: &Value) -> Vec<String> {
        let published = include_str!("../../../docs/schemas/retry-v1.json");
        let validator = jsonschema::draft202012::new(&serde_json::from_str(published).unwrap()).unwrap();
        validator.iter_errors(report).map(|error| error.to_string()).collect()
    }

    fn printed(run: &RetryRun) -> Value {
        let mut out = Vec::new();
        write(run, &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn every_report_is_what_the_schema_says() {
        for run in samples::all() {
            assert_eq!(complaints(&printed(&run)), [""; 0], "{run:?}");
        }
    }

    #[test]
    fn the_schema_knows_every_word_and_no_other() {
        let mut run = samples::given_up();
        for why in model::Why::ALL {
            run.attempts[0].judgement.why = why;
            assert_eq!(complaints(&printed(&run)), [""; 0], "{why:?}");
        }
        let good = printed(&samples::given_up());
        for (pointer, wrong) in [
            ("/end", json!("bored")),
            ("/failure_type", json!("none")),
            ("/retry_count", json!(-1)),
            ("/started", json!("2026-11-20T07:30:00Z")),
            ("/attempts", json!([])),
            ("/attempts/0/reason", json!("because")),
            ("/attempts/0/delay_by", json!("nobody")),
            ("/attempts/0/signal", json!("KILL")),
        ] {
            let mut report = good.clone();
            *report.pointer_mut(pointer).unwrap() = wrong;
            assert_eq!(complaints(&report).len(), 1, "{pointer}");
        }
    }

    #[test]
    fn a_report_in_full() {
        assert_eq!(
            printed(&samples::given_up()),
            json!({
                "schema": "ci-guard/retry/v1", "name": null, "command": "npm ci", "retry_count": 2,
                "failure_type": "INFRA", "exit_code": 137, "end": "retries_used", "flaky": false,
                "started": "2026-11-20T07:31:00.000Z", "duration_ms": 3 * 2_100 + 30_000,
                "attempts": [
                    {"attempt": 1, "started": "2026-11-20T07:31:00.000Z", "duration_ms": 2100, "exit_code": 1,
                     "signal": null, "timed_out": false, "failure_type": "INFRA", "reason": "transient",
                     "pattern": "npm-network", "line": "npm error network read ECONNRESET", "delay_ms": 10_000,
                     "delay_by": "schedule"},
                    {"attempt": 2, "started": "2026-11-20T07:32:00.000Z", "duration_ms": 2100, "exit_code": 1,
                     "signal": null, "timed_out": false, "failure_type": "INFRA", "reason": "transient",
                     "pattern": "npm-network", "line": "npm error network read ECONNRESET", "delay_ms": 20_000,
                     "delay_by": "schedule"},
                    {"attempt": 3, "started": "2026-11-20T07:33:00.000Z", "duration_ms": 2100, "exit_code": 137,
                     "signal": 9, "timed_out": false, "failure_type": "INFRA", "reason": "exit_code",
                     "pattern": null, "line": null, "delay_ms": null, "delay_by": null}
                ]
            })
        );
    }

    #[test]
    fn what_is_hostile_reads_back_as_it_was_and_what_is_endless_is_cut() {
        let mut run = samples::hostile();
        let mut out = Vec::new();
        write(&run, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains('\u{1b}') && !text.contains("##[") && text.lines().all(|line| !line.starts_with("::")));
        assert_eq!(printed(&run)["attempts"][0]["line"], samples::HOSTILE);
        run.name = Some("a\u{202e}b\u{2066}c".into());
        let mut out = Vec::new();
        write(&run, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r"a\u202eb\u2066c") && !text.contains('\u{202e}'), "{text}");
        run.command = "ä".repeat(1 << 20);
        assert_eq!(printed(&run)["command"].as_str().unwrap().chars().count(), MAX_CHARS + 1);
    }
}
