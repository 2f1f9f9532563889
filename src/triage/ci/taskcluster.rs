//! Taskcluster: the worker's own lines begin with `[taskcluster 2024-…Z]` or `[taskcluster:error]`. The stamp is the only
//! proof that a line is the worker's, so it is looked at before it is taken off.

use super::{Dialect, Marker, System, begins, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::Taskcluster,
    needles: &[
        "[taskcluster 20",
        "[taskcluster:",
        "=== task starting ===",
        "=== task finished ===",
        "unsuccessful task run with exit code: ",
    ],
    shows: |piece| piece.starts_with("=== Task Starting ===") || piece.starts_with("[taskcluster") || is_id(piece),
    marker,
    aside: |_| false,
    steps,
};

fn is_id(piece: &str) -> bool {
    piece.strip_prefix("Task ID: ").is_some_and(|id| id.trim_end().len() == 22)
}

fn marker(piece: &str) -> Option<Marker> {
    let said = piece.trim_end();
    if said == "=== Task Starting ===" {
        return begins("task");
    }
    if said == "=== Task Finished ===" {
        return Some(Marker::Ends);
    }
    if let Some(rest) = said.strip_prefix("Unsuccessful task run with exit code: ") {
        let code = rest.split(' ').next().and_then(|code| code.parse().ok());
        return code.map_or(Some(Marker::Failed { code: None }), failed);
    }
    let error = said.strip_prefix("[taskcluster:error] ")?;
    let limit = ["Task timeout after ", "Task aborted - max run time exceeded"];
    if limit.iter().any(|limit| error.starts_with(limit)) {
        return Some(Marker::TimedOut);
    }
    let cancelled = ["Task was canceled", "Task was cancelled", "Task aborted - task canceled"];
    if cancelled.iter().any(|cancelled| error.starts_with(cancelled)) {
        return Some(Marker::Cancelled);
    }
    // Other errors are of the worker, which tries again.
    error.strip_prefix("exit status ").and_then(|code| code.parse().ok()).and_then(failed)
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        // What the task prints is stamped with `[task …Z]`.
        let own = digest.raw(index).trim_ascii_start().starts_with(b"[taskcluster");
        pieces(digest.raw(index), |piece| match piece.strip_prefix("Executing command ").filter(|_| own) {
            Some(number) => {
                steps.begin(index, &format!("command {}", number.split(':').next().unwrap_or_default()), false)
            }
            None if own => steps.take(index, marker(piece), DIALECT.aside),
            None => {}
        });
    }
    steps
}
