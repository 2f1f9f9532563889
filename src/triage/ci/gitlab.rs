//! GitLab CI: sections stand around the phases of a job, and the runner says at last why the job failed.

use super::{Dialect, Marker, System, begins, failed, pieces, steps::Steps};
use crate::triage::digest::Digest;

pub(super) const DIALECT: Dialect = Dialect {
    system: System::GitLab,
    needles: &[
        "section_start:",
        "section_end:",
        "error: job failed",
        "running with gitlab-runner ",
        "running after_script",
        "running after script",
        "uploading artifacts",
        "as detached head",
        "job was canceled",
        "job canceled",
    ],
    shows: |piece| {
        piece.starts_with("section_start:")
            || piece.starts_with("Running with gitlab-runner ")
            || piece.starts_with("ERROR: Job failed")
    },
    marker,
    aside,
    steps,
};

/// The phases that the runner knows. Sections of other names are folds within a script.
const PHASES: [&str; 14] = [
    "resolve_secrets",
    "prepare_executor",
    "prepare_script",
    "get_sources",
    "restore_cache",
    "download_artifacts",
    "build_script",
    "step_script",
    "after_script",
    "archive_cache",
    "archive_cache_on_failure",
    "upload_artifacts_on_success",
    "upload_artifacts_on_failure",
    "cleanup_file_variables",
];

fn aside(phase: &str) -> bool {
    let tidies = ["after_script", "archive_cache", "archive_cache_on_failure", "cleanup_file_variables"];
    tidies.contains(&phase) || phase == "upload_artifacts_on_failure"
}

fn marker(piece: &str) -> Option<Marker> {
    if let Some(name) = section(piece, "section_start:") {
        return begins(name);
    }
    if section(piece, "section_end:").is_some() {
        return Some(Marker::Ends);
    }
    if piece.starts_with("WARNING: Job was canceled") || piece.starts_with("ERROR: Job canceled") {
        return Some(Marker::Cancelled);
    }
    let why = piece.strip_prefix("ERROR: Job failed")?.trim_end();
    if why.contains("execution took longer than") {
        return Some(Marker::TimedOut);
    }
    if why.starts_with(": canceled") || why.starts_with(" (canceled)") || why.ends_with(": context canceled") {
        return Some(Marker::Cancelled);
    }
    let code = why.rfind("exit code ").and_then(|at| why[at + "exit code ".len()..].parse().ok());
    match (why.starts_with(" (system failure)"), code) {
        (true, _) => Some(Marker::GaveUp),
        (false, Some(code)) => failed(code),
        (false, None) => Some(Marker::Failed { code: None }),
    }
}

/// `section_start:1560896352:step_script[collapsed=true]` → `step_script`.
fn section<'a>(piece: &'a str, kind: &str) -> Option<&'a str> {
    let (time, name) = piece[piece.rfind("section_").unwrap_or(0)..].strip_prefix(kind)?.split_once(':')?;
    let name = name.split('[').next().unwrap_or_default().trim();
    (!time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

fn steps(digest: &Digest) -> Steps {
    let mut steps = Steps::default();
    let mut sections = false;
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| match marker(piece) {
            Some(Marker::Begins { name }) => {
                if PHASES.contains(&name.as_str()) {
                    sections = true;
                    steps.begin(index, &name, aside(&name));
                }
            }
            Some(Marker::Ends) => {
                if section(piece, "section_end:").is_some_and(|name| PHASES.contains(&name)) {
                    steps.end(index);
                }
            }
            // A runner from before sections.
            None if !sections && piece.starts_with("Checking out ") => steps.begin(index + 1, "script", false),
            None if !sections && (piece.starts_with("Running after") || piece.starts_with("Uploading artifacts")) => {
                if steps.is_open() {
                    steps.begin(index, "after_script", true);
                }
            }
            marker => steps.take(index, marker, aside),
        });
    }
    steps
}
