//! Jenkins: stages of pipelines, build steps of free-style jobs, and `Finished: …` at last.

use super::{Dialect, Marker, System, begins, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::Jenkins,
    needles: &[
        "[pipeline] ",
        "started by ",
        "building remotely on ",
        "building in workspace ",
        "running on ",
        "marked build as failure",
        "error: script returned exit code ",
        "error: script was stopped",
        "finished: ",
        "build was aborted",
        "aborted by ",
        "build timed out (after ",
        "cancelling nested steps due to timeout",
        "timeout has been exceeded",
        "superseded by ",
        "performing post build task",
        "recording test results",
        "archiving artifacts",
        "skipped due to earlier failure",
        "] $ ",
    ],
    shows: |piece| {
        let starts = ["[Pipeline] ", "Building remotely on ", "Building in workspace ", "Finished: FAILURE"];
        starts.iter().any(|start| piece.starts_with(start)) || started(piece)
    },
    marker,
    aside: |name| name.starts_with("Declarative: Post") || name == "after the build",
    steps,
};

fn started(piece: &str) -> bool {
    let by = piece.strip_prefix("Started by ").unwrap_or_default();
    ["user ", "upstream project ", "an SCM change", "timer", "GitHub push", "GitLab push", "remote host "]
        .iter()
        .any(|start| by.starts_with(start))
}

fn marker(piece: &str) -> Option<Marker> {
    let said = piece.trim_end();
    if let Some(step) = said.strip_prefix("[Pipeline] ") {
        let stage =
            step.strip_prefix("{ (").or_else(|| step.strip_prefix("stage (")).and_then(|stage| stage.strip_suffix(')'));
        return match stage {
            Some(stage) => begins(stage),
            None => (step == "// stage").then_some(Marker::Ends),
        };
    }
    if said.starts_with("Build step '") && said.ends_with("' marked build as failure") {
        return Some(Marker::Failed { code: None });
    }
    if let Some(code) = said.strip_prefix("ERROR: script returned exit code ") {
        return code.parse().map_or(Some(Marker::Failed { code: None }), failed);
    }
    if said.starts_with("Build timed out (after ")
        || said.starts_with("Cancelling nested steps due to timeout")
        || said.starts_with("Timeout has been exceeded")
    {
        return Some(Marker::TimedOut);
    }
    if said == "Build was aborted" || said.starts_with("Aborted by ") || said.starts_with("Superseded by ") {
        return Some(Marker::Cancelled);
    }
    match said.strip_prefix("Finished: ")? {
        "FAILURE" | "UNSTABLE" | "NOT_BUILT" => Some(Marker::GaveUp),
        "ABORTED" => Some(Marker::Cancelled),
        _ => None,
    }
}

/// `[job] $ /bin/sh -xe /tmp/jenkins123.sh`: a free-style job runs a script.
fn command(piece: &str) -> Option<&str> {
    let (job, command) = piece.strip_prefix('[')?.split_once("] $ ")?;
    (!job.contains(']') && !command.is_empty()).then_some(command)
}

fn after(piece: &str) -> bool {
    ["Performing Post build task", "Recording test results", "Archiving artifacts"]
        .iter()
        .any(|start| piece.starts_with(start))
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    let mut pipeline = false;
    let mut decided = false;
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| {
            let piece = piece.trim_start();
            let marker = marker(piece);
            pipeline |= piece.starts_with("[Pipeline] ");
            match &marker {
                Some(Marker::Begins { name }) => steps.begin(index, name, (DIALECT.aside)(name)),
                // What is skipped did not fail; nor does the end of a pipeline say where it failed.
                None if piece.starts_with("Stage \"") && piece.contains("skipped due to earlier failure") => {
                    steps.set_aside()
                }
                None if !pipeline && after(piece) => steps.begin(index, "after the build", true),
                None if !pipeline && !decided => {
                    if let Some(command) = command(piece) {
                        steps.begin(index, command, false);
                    }
                }
                // The same failure once more.
                Some(Marker::GaveUp | Marker::Cancelled) if decided => steps.verdict(index),
                _ => {
                    decided |= matches!(marker, Some(Marker::Failed { .. } | Marker::TimedOut));
                    steps.take(index, marker, DIALECT.aside);
                }
            }
        });
    }
    steps
}
