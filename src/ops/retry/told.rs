//! What a run leaves behind for others: words on standard error while it happens, then the report, the outputs of the step and a
//! section of the job's summary. All of it beside the point: what cannot be written is a warning, and no more.

use super::{Happening, Request};
use crate::model::{RetryRun, shell_word, visible};
use crate::output::retry as output;
use crate::system::files::{self, Purpose};
use crate::system::{env, random};
use crate::triage::redact;
use anyhow::{Error, Result};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

/// A longer command is cut: it may have a whole script for an argument.
const MAX_COMMAND: usize = 2000;

/// The command for people: without secrets, and quoted for a shell after that: quotes hide what is a secret's name.
pub fn command(typed: &[OsString]) -> String {
    let mut words = String::new();
    let mut before: Option<String> = None;
    for word in typed {
        if words.len() > MAX_COMMAND {
            break;
        }
        let is_program = words.is_empty();
        // Bytes that are no text are made visible first, so that nothing beside them is missed.
        let word = word.to_str().map_or_else(|| visible(word.as_encoded_bytes()), str::to_owned);
        let without = redact::argument(&word, before.as_deref());
        words += if is_program { "" } else { " " };
        words += &quoted(without.as_bytes(), is_program);
        before = Some(word);
    }
    let words = redact::text(&words);
    match words.char_indices().nth(MAX_COMMAND) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// A word for a shell. A dash says nothing to it: flags of a command stay as they were typed.
fn quoted(word: &[u8], is_program: bool) -> String {
    let flag = std::str::from_utf8(word).ok().filter(|word| !is_program && word.starts_with('-'));
    match flag {
        Some(flag) if shell_word(format!("x{flag}")) == format!("x{flag}") => flag.to_owned(),
        _ => shell_word(word),
    }
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volume {
    /// Nothing but trouble of our own.
    Quiet,
    /// What went wrong.
    Ordinary,
    /// Also that nothing did.
    Verbose,
}

impl Volume {
    /// What these flags ask for.
    pub fn of(is_quiet: bool, is_verbose: bool) -> Volume {
        match (is_quiet, is_verbose) {
            (true, _) => Volume::Quiet,
            (false, true) => Volume::Verbose,
            (false, false) => Volume::Ordinary,
        }
    }
}

/// Tells what happens, to whoever listens on standard error.
#[derive(Debug)]
pub struct Words<'r> {
    request: &'r Request,
    volume: Volume,
    style: output::Style,
    /// The command's last line on standard error has no end, and nothing was said since.
    is_mid_line: bool,
}

impl<'r> Words<'r> {
    /// Words about this request.
    pub fn new(request: &'r Request, volume: Volume) -> Words<'r> {
        let on_github = env::var("GITHUB_ACTIONS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let style = if on_github { output::Style::Github } else { output::Style::Human };
        Words { request, volume, style, is_mid_line: false }
    }

    /// Say it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn tell(&mut self, happening: Happening, out: &mut dyn Write) -> io::Result<()> {
        let (Happening::Again { mid_line, .. } | Happening::Over { mid_line, .. }) = happening;
        let (of, name) = (most(self.request), self.request.name.as_deref());
        let context =
            output::Context { of, name, style: self.style, mid_line, is_verbose: self.volume == Volume::Verbose };
        let text = printed(|out| match happening {
            _ if self.volume == Volume::Quiet => Ok(()),
            Happening::Again { attempt, .. } => output::again(attempt, &context, out),
            Happening::Over { run, .. } => output::over(run, &context, out),
        })?;
        self.is_mid_line = mid_line && text.is_empty();
        out.write_all(&text)
    }

    /// Say what went wrong beside the command: also to those who want to hear nothing else.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn warn(&mut self, trouble: &str, out: &mut dyn Write) -> io::Result<()> {
        let start = if std::mem::take(&mut self.is_mid_line) { "\n" } else { "" };
        writeln!(out, "{start}ci-guard: {}", visible(trouble))
    }
}

/// Write whatever is asked for: the report by its option, outputs and summary by the variables of GitHub's runner. What went wrong,
/// a sentence each.
pub fn leave(run: &RetryRun, request: &Request, report: Option<&Path>) -> Vec<String> {
    let append = |variable: &str, what: &str, text: io::Result<Vec<u8>>| {
        let path = env::path(variable)?;
        let done = text.map_err(Error::from).and_then(|text| match text.is_empty() {
            true => Ok(()),
            false => files::append(&path, &text),
        });
        complaint(what, &path, variable, done)
    };
    let outputs = printed(|out| output::outputs(run, &random::name(), out));
    let summary = printed(|out| output::summary(run, most(request), out));
    let report = report.and_then(|path| {
        let text = printed(|out| output::report(run, out));
        let done = text.and_then(|text| files::write(path, &text, Purpose::Data));
        complaint("the report", path, "--report", done.map_err(Error::from))
    });
    let outputs = append("GITHUB_OUTPUT", "the outputs of this step", outputs);
    let summary = append("GITHUB_STEP_SUMMARY", "the summary", summary);
    [report, outputs, summary].into_iter().flatten().collect()
}

fn most(request: &Request) -> u32 {
    request.plan.max_retries.saturating_add(1)
}

fn printed(print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    print(&mut text).map(|()| text)
}

/// What a failed write means: what is missing, where it should be, who said so, and what stands in the way.
fn complaint(what: &str, path: &Path, named_by: &str, done: Result<()>) -> Option<String> {
    let error = done.err()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    let why = match folder {
        Some(folder) => format!("there is no folder {}; make it first", folder.display()),
        None => format!("{error:#}"),
    };
    Some(format!("warning: {what} could not be written to {} ({named_by}): {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_and_its_flags_are_as_they_were_typed() {
        for (typed, want) in [
            (&["npm", "ci", "--no-audit"][..], "npm ci --no-audit"),
            (&["sh", "-c", "exit 3"], "sh -c 'exit 3'"),
            (&["-x", "-y z", "--a=$(b)", "-"], "'-x' '-y z' '--a=$(b)' -"),
            (&["", "it's"], r"'' 'it'\''s'"),
        ] {
            let words: Vec<OsString> = typed.iter().map(OsString::from).collect();
            assert_eq!(command(&words), want);
        }
    }

    #[test]
    fn a_command_keeps_its_secrets() {
        let flags = [
            "--password",
            "--token",
            "--api-key",
            "--secret",
            "--client-secret",
            "--passphrase",
            "--auth-token",
            "--pass",
            "-password",
            "--db-password",
            "--access_token",
            "--PASSWORD",
        ];
        for flag in flags {
            let script = [
                format!("deploy {flag} 'hunter2' --now"),
                format!("x {flag} hunter2"),
                format!("{flag} \"hunter2\""),
                format!(r"ssh a 'x {flag} '\''hunter2'\'''"),
                format!(r#"ssh a "x {flag} \"hunter2\"""#),
            ];
            let apart = vec!["deploy".to_owned(), flag.to_owned(), "hunter2".to_owned(), "--now".to_owned()];
            let with = vec!["deploy".to_owned(), format!("{flag}=hunter2")];
            let all =
                script.map(|script| vec!["sh".to_owned(), "-c".to_owned(), script]).into_iter().chain([apart, with]);
            for typed in all {
                let words: Vec<OsString> = typed.iter().map(OsString::from).collect();
                let told = command(&words);
                assert!(
                    !told.contains("hunter2") && told.contains("[redacted:") && told.contains(flag),
                    "{typed:?}: {told}"
                );
            }
        }
        for (typed, want) in [
            (&["curl", "-u", "ci:hunter2", "x"][..], "curl -u 'ci:[redacted:password-argument]' x"),
            (&["x", "{\"password\":", "\"hunter2\"}"], "x '{\"password\":' '[redacted:password-argument]'"),
            (&["curl", "-u", "ci:12345"], "curl -u 'ci:[redacted:password-argument]'"),
            (&["curl", "--user", "ci:hunter2"], "curl --user 'ci:[redacted:password-argument]'"),
            (&["sh", "-c", "curl -u 'ci:hunter2' x"], r"sh -c 'curl -u '\''ci:[redacted:password-argument]'\'' x'"),
            // A user without a password, a flag without a value, and names of what is no secret.
            (&["docker", "run", "-u", "1000:1000", "--user", "ann", "x"], "docker run -u 1000:1000 --user ann x"),
            (&["x", "--password", "--verbose", "all"], "x --password --verbose all"),
            (&["x", "--token-file", "a.txt", "--secret-name", "db"], "x --token-file a.txt --secret-name db"),
            (&["x", "--password-stdin", "registry.quill.example"], "x --password-stdin registry.quill.example"),
        ] {
            let words: Vec<OsString> = typed.iter().map(OsString::from).collect();
            assert_eq!(command(&words), want);
        }
    }
}
