//! Verdicts for programs: `ci-guard/verdict/v1` (frozen: fields are added, never changed), and the object of one reviewer.

use super::super::escape;
use crate::model::{Panel, Review};
use serde::Serialize;
use std::io::{self, Write};

/// The schema of a panel.
pub const SCHEMA: &str = "ci-guard/verdict/v1";

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    verdict: &'static str,
}

pub(super) fn panel(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&Document { schema: SCHEMA, verdict: panel.verdict.id() }, true)?)
}

#[derive(Serialize)]
struct One<'a> {
    agent: &'a str,
    verdict: &'static str,
    failure_type: &'static str,
    retry_count: u32,
    message: &'a str,
}

pub(super) fn review(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    let one = One {
        agent: &review.agent,
        verdict: review.verdict.id(),
        failure_type: review.failure.id(),
        retry_count: review.retry_count,
        message: &review.message,
    };
    writeln!(out, "{}", escape::json(&one, false)?)
}
