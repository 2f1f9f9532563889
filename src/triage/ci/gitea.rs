//! Gitea and Forgejo Actions, and `act` on one's own machine: the same runner, which marks its lines with pictures.

use super::{Dialect, Marker, System, begins, between, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::Gitea,
    needles: &[
        "run main ",
        "run post ",
        "success - ",
        "failure - ",
        "exitcode '",
        "job failed",
        "job cancelled",
        "run set up job",
    ],
    shows: |piece| {
        let said = without_job(piece);
        said.starts_with("⭐ Run ") || said.starts_with("🏁  Job failed") || said.starts_with("❌  Failure - ")
    },
    marker,
    aside: |name| name.starts_with("Post "),
    steps,
};

/// `act` puts workflow and job before each line: `[CI/build]   `.
fn without_job(piece: &str) -> &str {
    let inner = piece.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inner.filter(|(job, _)| job.contains('/')).map_or(piece, |(_, rest)| rest.trim_start())
}

fn marker(piece: &str) -> Option<Marker> {
    let said = without_job(piece).trim_end();
    if let Some(name) = said.strip_prefix("⭐ Run ") {
        return begins(name.strip_prefix("Main ").unwrap_or(name));
    }
    if said.starts_with("✅  Success - ") {
        return Some(Marker::Ends);
    }
    if said.starts_with("❌  Failure - ") {
        return Some(Marker::Failed { code: None });
    }
    if let Some(code) = between(said, "exitcode '", "': failure") {
        return failed(code);
    }
    if said.starts_with("🏁  Job failed") {
        return Some(Marker::GaveUp);
    }
    said.starts_with("🏁  Job cancelled").then_some(Marker::Cancelled)
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| steps.take(index, marker(piece), DIALECT.aside));
    }
    steps
}
