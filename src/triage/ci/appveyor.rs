//! AppVeyor: commands are not marked, but the one that failed is followed by a verdict; the build stops there.

use super::{Dialect, Marker, System, between, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::AppVeyor,
    needles: &[
        "build started",
        "command exited with code ",
        "command executed with exception: ",
        "build execution time has reached the maximum allowed time",
        "build was canceled",
        "build success",
        "running \"",
    ],
    shows: |piece| {
        piece.trim_end() == "Build started"
            || piece.starts_with("Command exited with code ")
            || piece.starts_with("Build execution time has reached the maximum allowed time")
    },
    marker,
    aside: |name| name.starts_with("on_failure") || name.starts_with("on_finish"),
    steps,
};

fn marker(piece: &str) -> Option<Marker> {
    let said = piece.trim_end();
    if let Some(code) = between(said, "Command exited with code ", "") {
        return failed(code);
    }
    if said.starts_with("Command executed with exception: ") {
        return Some(Marker::Failed { code: None });
    }
    if said.starts_with("Build execution time has reached the maximum allowed time") {
        return Some(Marker::TimedOut);
    }
    (said == "Build was canceled").then_some(Marker::Cancelled)
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| {
            if piece.trim_end() == "Build started" {
                steps.begin(index, "build", false);
            } else if let Some(scripts) =
                piece.strip_prefix("Running \"").and_then(|rest| rest.split_once("\" scripts"))
            {
                steps.begin(index, scripts.0, (DIALECT.aside)(scripts.0));
            } else {
                steps.take(index, marker(piece), DIALECT.aside);
            }
        });
    }
    steps
}
