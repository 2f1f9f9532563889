//! The same as annotations of GitHub: a warning for each further attempt, and one for giving up. A failure of the code is none:
//! the step fails, which tells it.

use super::super::{escape::plain, github};
use super::Context;
use std::io::{self, Write};

pub(super) fn warning(text: &str, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let name = context.name.map(|name| format!(": {}", super::words::short(name, super::MAX_NAME))).unwrap_or_default();
    github::command("warning", &[("title", format!("ci-guard retry{name}"))], &[plain(text)], out)
}
