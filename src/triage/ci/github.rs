//! GitHub Actions: `##[group]Run …` begins a step, `##[error]Process completed with exit code 1.` ends it, and the tidying
//! steps come after. `gh run view --log` puts job and step into each line.

use super::{Dialect, Marker, System, begins, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;
use crate::triage::line;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::GitHub,
    needles: &[
        "##[",
        "post job cleanup.",
        "cleaning up orphan processes",
        "current runner version: '",
        "error: process completed with exit code ",
        "error: the operation was canceled",
    ],
    shows: |piece| {
        ["##[group]", "##[error]", "##[endgroup]"].iter().any(|start| piece.starts_with(start))
            || piece.starts_with("Current runner version: '")
            || piece == "Post job cleanup."
    },
    marker,
    aside,
    steps,
};

fn aside(name: &str) -> bool {
    name.starts_with("Post ") || name == "Complete job" || name.starts_with("Cleaning up orphan processes")
}

fn marker(piece: &str) -> Option<Marker> {
    if let Some(group) = piece.strip_prefix("##[group]") {
        return group.starts_with("Run ").then(|| begins(group)).flatten();
    }
    if aside(piece) && (piece.starts_with("Post job cleanup.") || piece.starts_with("Cleaning up orphan processes")) {
        return begins(piece);
    }
    verdict(error(piece)?)
}

/// What the runner complains about. Without colours people copy it as `Error: …`.
fn error(piece: &str) -> Option<&str> {
    let plain = || piece.strip_prefix("Error: ");
    piece.strip_prefix("##[error]").or_else(plain).map(str::trim_end)
}

fn verdict(error: &str) -> Option<Marker> {
    // A line that follows without an end of its own belongs to another log: only the number counts.
    if let Some(rest) = error.strip_prefix("Process completed with exit code ") {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
        return match rest[..digits].parse::<i64>() {
            Ok(0) => None,
            Ok(code) => Some(u32::try_from(code).ok().and_then(failed).unwrap_or(Marker::Failed { code: None })),
            Err(_) => None,
        };
    }
    let timed_out = (error.starts_with("The job running on runner ")
        && error.contains("exceeded the maximum execution time"))
        || (error.starts_with("The action ") && error.contains(" has timed out after "))
        || error.starts_with("The job has exceeded the maximum execution time");
    if timed_out {
        return Some(Marker::TimedOut);
    }
    let lost = error.starts_with("The runner has received a shutdown signal")
        || (error.starts_with("The hosted runner") && error.contains("lost communication with the server"))
        || (error.starts_with("The self-hosted runner") && error.contains("lost communication with the server"));
    if lost {
        return Some(Marker::GaveUp);
    }
    let cancelled = error.starts_with("The operation was canceled") || superseded(error);
    cancelled.then_some(Marker::Cancelled)
}

fn superseded(error: &str) -> bool {
    error.starts_with("Canceling since a higher priority waiting request ")
        || error.starts_with("The run was canceled by ")
        || error.starts_with("The workflow run was canceled ")
}

fn steps(digest: &Digest) -> Steps {
    let told = (0..digest.len().min(50)).any(|index| {
        let step = line::gh_columns(digest.raw(index)).map(|(_, step, _)| step);
        step.is_some_and(|step| step != b"UNKNOWN STEP")
    });
    match told {
        true => of_columns(digest),
        false => of_groups(digest),
    }
}

fn of_groups(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        // A group is a line of its own: what follows is looked at once.
        let mut looked = false;
        pieces(digest.raw(index), |piece| match marker(piece) {
            Some(Marker::Begins { .. }) if std::mem::replace(&mut looked, true) => {}
            Some(Marker::Begins { name }) if !aside(&name) && !is_step(digest, index, &name) => {}
            Some(Marker::Begins { name }) => steps.begin(index, &name, aside(&name)),
            marker => verdicts(&mut steps, index, piece, marker),
        });
    }
    // A container that fails says nothing in the log: the steps that are left are skipped then.
    let last = digest.len().saturating_sub(5)..digest.len();
    let complete = last.into_iter().any(|index| {
        let mut ends = false;
        pieces(digest.raw(index), |piece| ends |= piece.starts_with("Cleaning up orphan processes"));
        ends
    });
    if complete {
        steps.assume();
    }
    steps
}

/// The runner shows what a step runs: `shell:` and `with:` stand in its first group. A group of a script's own has no such lines.
fn is_step(digest: &Digest, index: usize, name: &str) -> bool {
    const HEAD: usize = 200;
    if name.split(['@', '/']).count() > 2 && !name.trim_start_matches("Run ").contains(' ') {
        return true;
    }
    let mut shell = false;
    for at in index + 1..digest.len().min(index + HEAD) {
        let mut ends = false;
        pieces(digest.raw(at), |piece| {
            shell |=
                ["shell: ", "with:", "env:"].iter().any(|key| piece.starts_with(key)) || piece.starts_with("  shell: ");
            ends |= piece.starts_with("##[");
        });
        if shell || ends {
            break;
        }
    }
    shell
}

fn of_columns(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    let mut current: (&[u8], &[u8]) = (b"", b"");
    let mut marked = digest.marked().filter(|(_, marks)| marks.marker).map(|(index, _)| index).peekable();
    for index in 0..digest.len() {
        if let Some((job, step, _)) =
            line::gh_columns(digest.raw(index)).filter(|&(job, step, _)| (job, step) != current)
        {
            let name = String::from_utf8_lossy(step);
            let name = name.trim_start_matches('\u{feff}');
            steps.begin(index, name, aside(name));
            current = (job, step);
        }
        if marked.next_if_eq(&index).is_some() {
            pieces(digest.raw(index), |piece| match marker(piece) {
                Some(Marker::Begins { .. } | Marker::Ends) => {}
                marker => verdicts(&mut steps, index, piece, marker),
            });
        }
    }
    steps
}

fn verdicts(steps: &mut Steps, index: usize, piece: &str, marker: Option<Marker>) {
    let Some(error) = error(piece) else { return };
    match marker {
        Some(Marker::Cancelled) if superseded(error) => steps.supersede(index),
        // The runner went away: what follows calls it a cancellation.
        Some(Marker::GaveUp) => steps.time_out(index),
        Some(marker) => steps.take(index, Some(marker), aside),
        // An action says so itself; a compiler's message that a matcher found looks the same.
        None if piece.starts_with("##[error]") => steps.suspect(index),
        None => {}
    }
}
