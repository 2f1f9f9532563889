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
