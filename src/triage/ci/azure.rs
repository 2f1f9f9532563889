//! Azure Pipelines: `##[section]Starting: …` and `##[section]Finishing: …` stand around each task.

use super::{Dialect, Marker, System, begins, between, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::Azure,
    needles: &["##[section]", "##[error]"],
    shows: |piece| piece.starts_with("##[section]"),
    marker,
    aside: |name| name.starts_with("Post-job: ") || name == "Finalize Job",
    steps,
};

fn marker(piece: &str) -> Option<Marker> {
    if let Some(name) = piece.strip_prefix("##[section]Starting: ") {
        return begins(name);
    }
    if piece.starts_with("##[section]Finishing: ") {
        return Some(Marker::Ends);
    }
    let error = piece.strip_prefix("##[error]")?.trim_end();
    for shell in ["Bash", "PowerShell", "Cmd.exe"] {
        if let Some(code) = error.strip_prefix(shell).and_then(|rest| between(rest, " exited with code '", "'.")) {
            return failed(code);
        }
    }
    if error.starts_with("The job running on agent ") && error.contains(" ran longer than the maximum time of ") {
        return Some(Marker::TimedOut);
    }
    if error.starts_with("We stopped hearing from agent ") {
        return Some(Marker::GaveUp);
    }
    error.starts_with("The task has timed out").then_some(Marker::TimedOut)
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| match marker(piece) {
            None if piece.starts_with("##[error]The operation was canceled") => steps.cancel(index),
            None if piece.starts_with("##[error]") => steps.suspect(index),
            marker => steps.take(index, marker, DIALECT.aside),
        });
    }
    steps
}
