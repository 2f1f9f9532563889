//! The report, `ci-guard/retry/v1` (frozen: fields are added, never changed).

use super::super::escape;
use crate::model::RetryRun;
use serde::Serialize;
use std::io::{self, Write};

/// The schema of the report.
pub const SCHEMA: &str = "ci-guard/retry/v1";

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    retry_count: u32,
    failure_type: &'static str,
}

pub(super) fn write(run: &RetryRun, out: &mut dyn Write) -> io::Result<()> {
    let document = Document { schema: SCHEMA, retry_count: run.retry_count(), failure_type: run.failure.id() };
    writeln!(out, "{}", escape::json(&document, true)?)
}
