//! What a run leaves behind for others: words on standard error while it happens, then the report, the outputs of the step and a
//! section of the job's summary. All of it beside the point: what cannot be written is a warning, and no more.

use super::{Happening, Request};
use crate::model::{RetryRun, shell_word};
use crate::output::retry as output;
use crate::system::files::{self, Purpose};
use crate::system::{env, random};
use crate::triage::redact;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

/// A longer command is cut: it may have a whole script for an argument.
const MAX_COMMAND: usize = 2000;

/// The command for people: quoted for a shell, without secrets.
pub fn command(typed: &[OsString]) -> String {
    let mut words = String::new();
    for word in typed {
        if words.len() > MAX_COMMAND {
            break;
        }
        words += if words.is_empty() { "" } else { " " };
        words += &shell_word(word.as_encoded_bytes());
    }
    let words = redact::text(&words);
    match words.char_indices().nth(MAX_COMMAND) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// Tells what happens, to whoever listens on standard error.
#[derive(Debug)]
pub struct Words<'r> {
    request: &'r Request,
    is_quiet: bool,
    style: output::Style,
}

impl<'r> Words<'r> {
    /// Words about this request.
    pub fn new(request: &'r Request, is_quiet: bool) -> Words<'r> {
        let on_github = env::var("GITHUB_ACTIONS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let style = if on_github { output::Style::Github } else { output::Style::Human };
        Words { request, is_quiet, style }
    }

    /// Say it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn tell(&self, happening: Happening, out: &mut dyn Write) -> io::Result<()> {
        if self.is_quiet {
            return Ok(());
        }
        let (of, name) = (most(self.request), self.request.name.as_deref());
        let context = |mid_line| output::Context { of, name, style: self.style, mid_line };
        match happening {
            Happening::Again { attempt, mid_line } => output::again(attempt, &context(mid_line), out),
            Happening::Over { run, mid_line } => output::over(run, &context(mid_line), out),
        }
    }
}

/// Write whatever is asked for: the report by its option, outputs and summary by the variables of GitHub's runner. What went wrong,
/// a sentence each.
pub fn leave(run: &RetryRun, request: &Request, report: Option<&Path>) -> Vec<String> {
    let outputs = env::path("GITHUB_OUTPUT").map(|path| {
        let text = printed(|out| output::outputs(run, &random::name(), out));
        written("the outputs of this step", &path, "GITHUB_OUTPUT", text.and_then(|text| files::append(&path, &text)))
    });
    let summary = env::path("GITHUB_STEP_SUMMARY").map(|path| {
        let text = printed(|out| output::summary(run, most(request), out));
        let text = text.map(|text| (!text.is_empty()).then_some(text));
        let done = text.and_then(|text| text.map_or(Ok(()), |text| files::append(&path, &text)));
        written("the summary", &path, "GITHUB_STEP_SUMMARY", done)
    });
    let report = report.map(|path| {
        let text = printed(|out| output::report(run, out));
        written("the report", path, "--report", text.and_then(|text| files::write(path, &text, Purpose::Data)))
    });
    [report, outputs, summary].into_iter().flatten().flatten().collect()
}

fn most(request: &Request) -> u32 {
    request.plan.max_retries.saturating_add(1)
}

fn printed(print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    print(&mut text).map(|()| text)
}

/// What a failed write means: what is missing, where it should be, who said so, and what stands in the way.
fn written(what: &str, path: &Path, named_by: &str, done: io::Result<()>) -> Option<String> {
    let error = done.err()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    let why = match folder {
        Some(folder) => format!("there is no folder {}; make it first", folder.display()),
        None => error.to_string(),
    };
    Some(format!("warning: {what} could not be written to {} ({named_by}): {why}", path.display()))
}
