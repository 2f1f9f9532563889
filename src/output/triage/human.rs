//! For people: one label a line, to be absorbed in five seconds.

use crate::model::{NextStep, Pack, counted, visible};
use std::io::{self, Write};

pub(super) fn write(packs: &[Pack], out: &mut dyn Write) -> io::Result<()> {
    for (index, pack) in packs.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        if packs.len() > 1 {
            row(out, "log", &visible(&pack.log))?;
        }
        one(pack, out)?;
    }
    Ok(())
}

fn one(pack: &Pack, out: &mut dyn Write) -> io::Result<()> {
    row(out, "bucket", &format!("{} (confidence {:.2})", pack.bucket.id(), pack.confidence))?;
    match (pack.failure_line, &pack.first_failure_line) {
        (Some(line), Some(text)) => row(out, "failure", &format!("line {line}: {}", short(text)))?,
        _ => row(out, "failure", "none found")?,
    }
    if let Some(print) = &pack.fingerprint {
        let hash: String = print.fine.chars().take(11).collect();
        row(out, "fingerprint", &format!("{}  ({hash}…)", short(&print.key)))?;
    }
    if let Some(sha) = &pack.run.sha {
        row(out, "sha", &visible(sha.get(..7).unwrap_or(sha)))?;
    }
    next_step(&pack.next, out)?;
    match &pack.seen {
        Some(seen) if seen.times > 1 => {
            let passed = match seen.passed_on_same_commit {
                0 => String::new(),
                1 => "; same commit passed once".to_owned(),
                times => format!("; passed on {times} of the same commits"),
            };
            let (times, days) = (counted(seen.times, "time"), counted(seen.days, "day"));
            let branches = counted(seen.branches, "branch");
            row(out, "notes", &format!("seen {times} in {days} on {branches}{passed}"))
        }
        _ => Ok(()),
    }
}

pub(super) fn next_step(next: &NextStep, out: &mut dyn Write) -> io::Result<()> {
    let wait = next.wait.filter(|wait| !wait.is_zero()).map(|wait| format!(" in {} s", wait.as_secs()));
    row(out, "next action", &format!("{}{}", next.action.id(), wait.unwrap_or_default()))?;
    row(out, "why", &next.reason)
}

fn row(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{:<14}{text}", format!("{label}:"))
}

fn short(text: &str) -> String {
    const MOST: usize = 160;
    let text = visible(text.trim());
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
