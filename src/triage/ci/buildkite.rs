//! Buildkite: `~~~`, `---` and `+++` begin groups. Diffs and Go's test runner write such lines too, so they count only where
//! the agent has shown itself.

use super::{Dialect, Marker, System, begins, between, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::Buildkite,
    needles: &[
        "~~~ ",
        "_bk;t=",
        "error: the command exited with status ",
        "user command error: ",
        "running agent environment hook",
        "received cancellation signal",
    ],
    shows: |piece| {
        [
            "Running agent environment hook",
            "Preparing working directory",
            "Running global environment hook",
            "Running batch script",
            "Running script",
            "Running commands",
        ]
        .iter()
        .any(|hook| {
            piece
                .strip_prefix("~~~ ")
                .is_some_and(|name| name.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).starts_with(hook))
        }) || exited(piece).is_some()
    },
    marker,
    aside,
    steps,
};

fn aside(name: &str) -> bool {
    ["pre-exit hook", "post-command hook", "post-checkout hook", "Uploading artifacts", "Cleaning up"]
        .iter()
        .any(|aside| name.contains(aside))
}

fn exited(piece: &str) -> Option<u32> {
    let said = piece.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    between(said, "Error: The command exited with status ", "")
}

fn marker(piece: &str) -> Option<Marker> {
    if let Some(code) = exited(piece) {
        return failed(code);
    }
    if let Some(code) = between(piece, "user command error: exit status ", "") {
        return failed(code);
    }
    if let Some(why) = piece.strip_prefix("user command error: ") {
        return Some(if why.contains("signal") { Marker::GaveUp } else { Marker::Failed { code: None } });
    }
    if piece.starts_with("# Received cancellation signal") || piece.starts_with("Received cancellation signal") {
        return Some(Marker::Cancelled);
    }
    let name = piece.strip_prefix("~~~ ")?;
    name.starts_with(|c: char| c.is_alphabetic() || c == ':' || !c.is_ascii()).then(|| begins(name)).flatten()
}

/// A heading, in a log that is known to be Buildkite's.
fn heading(piece: &str) -> Option<&str> {
    let name = ["~~~ ", "--- ", "+++ "].iter().find_map(|start| piece.strip_prefix(start))?;
    let other = ["FAIL", "PASS", "SKIP", "BENCH", "a/", "b/", "/dev/null", "\"", "expected", "actual"];
    (!other.iter().any(|other| name.starts_with(other)) && !name.contains('\t')).then_some(name)
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    // Headings that scripts write have no needle: too many lines of other tools look like them.
    for index in 0..digest.len() {
        pieces(digest.raw(index), |piece| match (marker(piece), heading(piece)) {
            (Some(Marker::Begins { .. }) | None, Some(name)) => steps.begin(index, name.trim(), aside(name)),
            (marker, _) => steps.take(index, marker, aside),
        });
    }
    steps
}
