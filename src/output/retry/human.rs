//! What people read on standard error: one line for each further attempt, and one for the end. Nothing at all where the first
//! attempt passed.

use super::super::escape::plain;
use super::Context;
use std::io::{self, Write};

pub(super) fn line(text: &str, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let name = context.name.map(|name| format!("{}: ", super::words::short(name, super::MAX_NAME))).unwrap_or_default();
    writeln!(out, "ci-guard: {}", plain(format!("{name}{text}")))
}
