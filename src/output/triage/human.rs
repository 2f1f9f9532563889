//! For people: one label a line, to be absorbed in five seconds. Asked to say more, it adds what a patch would begin with.

use super::super::Context;
use super::super::escape::plain;
use crate::model::{NextStep, Pack, Seen, Suspect, counted};
use std::io::{self, Write};
use std::time::Duration;

/// A longer text is cut: the pack has the rest.
const MAX_CHARS: usize = 200;

/// More names than this are counted.
const MAX_NAMES: usize = 5;

pub(super) fn write(packs: &[Pack], context: &Context, out: &mut dyn Write) -> io::Result<()> {
    for (index, pack) in packs.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if packs.len() > 1 {
            row(out, "log", &pack.log)?;
        }
        answer(pack, out)?;
        if context.verbose {
            details(pack, out)?;
        }
    }
    Ok(())
}

fn answer(pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    row(out, "bucket", &format!("{} (confidence {:.2})", pack.bucket.id(), pack.confidence))?;
    match (pack.failure_line, &pack.first_failure_line) {
        (Some(line), Some(text)) => row(out, "failure", &format!("line {line}: {}", text.trim()))?,
        _ => row(out, "failure", "none found")?,
    }
    if let Some(print) = &pack.fingerprint {
        // As many characters as tell two failures of one repository apart at a glance.
        let hash: String = print.fine.chars().take(11).collect();
        row(out, "fingerprint", &format!("{}  ({hash}…)", short(&print.key)))?;
    }
    if let Some(sha) = &pack.run.sha {
        row(out, "sha", sha.get(..7).unwrap_or(sha))?;
    }
    next_step(&pack.next, out)?;
    match pack.seen.as_ref().and_then(notes) {
        Some(notes) => row(out, "notes", &notes),
        None => Ok(()),
    }
}

fn details(pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    row(out, "because", &pack.because)?;
    if let Some(step) = &pack.run.step {
        row(out, "step", step)?;
    }
    if !pack.failing_tests.is_empty() {
        row(out, "tests", &listed(pack.failing_tests.iter().map(String::as_str)))?;
    }
    if !pack.suspects.is_empty() {
        let place = |suspect: &Suspect| match suspect.line {
            Some(line) => format!("{}:{line}", suspect.path),
            None => suspect.path.clone(),
        };
        let places: Vec<String> = pack.suspects.iter().map(place).collect();
        row(out, "files", &listed(places.iter().map(String::as_str)))?;
    }
    if let Some(excerpt) = &pack.excerpt {
        writeln!(out)?;
        for (number, line) in (excerpt.span.start..).zip(&excerpt.lines) {
            let mark = if Some(number) == pack.failure_line { '>' } else { ' ' };
            // A tab moves the cursor by what the terminal likes, and shown as an escape it hides the shape of code.
            writeln!(out, "{mark}{number:>7} | {}", short(&line.replace('\t', "    ")))?;
        }
    }
    Ok(())
}

/// What is known from earlier runs, if this is not the first.
fn notes(seen: &Seen) -> Option<String> {
    let times = |count: u64| if count == 1 { "once".to_owned() } else { counted(count, "time") };
    let mut text = format!("seen {} in {}", times(seen.times), counted(seen.days, "day"));
    if seen.branches > 0 {
        text += &format!(" on {}", counted(seen.branches, "branch"));
    }
    if seen.passed_on_same_commit > 0 {
        text += &format!("; same commit passed {}", times(seen.passed_on_same_commit));
    }
    (seen.times > 1 || seen.passed_on_same_commit > 0).then_some(text)
}

pub(super) fn next_step(next: &NextStep, out: &mut dyn Write) -> io::Result<()> {
    let wait = next.wait.filter(|wait| !wait.is_zero());
    let wait = wait.map_or_else(String::new, |wait| format!(" (in {})", duration(wait)));
    row(out, "next action", &format!("{}{wait}", next.action.id()))?;
    row(out, "why", &next.reason)
}

fn duration(wait: Duration) -> String {
    match wait.as_secs() {
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(MAX_NAMES);
    let mut text = names.take(MAX_NAMES).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text += &format!(" and {more} more");
    }
    text
}

fn row(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{:<14}{}", format!("{label}:"), short(text))
}

fn short(text: &str) -> String {
    let text = plain(text);
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
