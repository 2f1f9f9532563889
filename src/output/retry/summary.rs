//! A section for the summary of a job, as Markdown: how it ended, and a table of the attempts. Nothing where it passed at once, or
//! where the work failed: the job's log says that.

use super::super::markdown::cell;
use super::words;
use crate::model::{Attempt, Ending, FailureType, RetryRun, Why};
use std::io::{self, Write};

/// Of more attempts, the last ones are shown.
const MOST: usize = 50;

/// Print it.
pub fn write(run: &RetryRun, of: u32, out: &mut dyn Write) -> io::Result<()> {
    if run.attempts.len() < 2 && run.failure != FailureType::Infra {
        return Ok(());
    }
    let name = run.name.as_deref().map(|name| format!(": {}", cell(words::short(name, super::MAX_NAME))));
    writeln!(out, "\n### ci-guard retry{}\n", name.unwrap_or_default())?;
    if let Some(said) = words::over(run, of) {
        let mut text = cell(&said.text);
        // A sentence here, half a line there.
        text.get_mut(..1).map(str::make_ascii_uppercase).unwrap_or_default();
        writeln!(out, "{text}.\n")?;
    }
    writeln!(out, "| Attempt | Ended with | Took | Why | Pause |\n|---|---|---|---|---|")?;
    let hidden = run.attempts.len().saturating_sub(MOST);
    if hidden > 0 {
        writeln!(out, "| … | | | {hidden} earlier ones | |")?;
    }
    run.attempts[hidden..].iter().try_for_each(|attempt| row(attempt, out))
}

fn row(attempt: &Attempt, out: &mut dyn Write) -> io::Result<()> {
    let judged = &attempt.judgement;
    let ending = match (judged.why, attempt.ending) {
        (Why::Passed, Ending::Code(0)) => "success".to_owned(),
        (_, ending) => words::ending(ending),
    };
    let why = if judged.why == Why::Passed { String::new() } else { words::why(judged) };
    let pause = attempt.wait.map(|wait| words::time(wait.length)).unwrap_or_default();
    let cells = [attempt.number.to_string(), ending, words::time(attempt.took), why, pause];
    writeln!(out, "| {} |", cells.map(cell).join(" | "))
}
