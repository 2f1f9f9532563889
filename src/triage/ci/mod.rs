//! The structure that a CI system gives a log: where steps begin, which command failed, who gave up and why.

use super::digest::Digest;
use crate::model::RunContext;

/// Texts of which one is in every line that [`marker`] knows (ignoring ASCII case).
pub const NEEDLES: &[&str] = &["##[error]", "exited with", "job failed"];

/// Who ran the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI.
    GitLab,
    /// Travis CI.
    Travis,
    /// Jenkins.
    Jenkins,
    /// Buildkite.
    Buildkite,
    /// Taskcluster.
    Taskcluster,
    /// CircleCI.
    CircleCi,
    /// Azure Pipelines.
    Azure,
    /// AppVeyor.
    AppVeyor,
}

/// What a line of a CI system itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// A step, section or command begins.
    Begins {
        /// Its name, or the command.
        name: String,
    },
    /// It has ended, and nothing is said about how.
    Ends,
    /// A command ended with this exit code, which is not 0.
    Failed {
        /// The exit code, where it is told.
        code: Option<u32>,
    },
    /// The job as a whole failed.
    GaveUp,
    /// The job was cancelled, or a newer one took its place.
    Cancelled,
    /// The job ran into a limit of time or of output.
    TimedOut,
}

/// What the CI system itself says in a line, if it does.
pub fn marker(raw: &[u8]) -> Option<Marker> {
    let line = super::line::text(raw);
    (line.contains("Process completed with exit code") || line.contains("exited with"))
        .then_some(Marker::Failed { code: None })
}

/// One step of the job, as a range of indices into a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, or the command that it runs.
    pub name: String,
    /// The index of its first line.
    pub first: usize,
    /// The index of its last line.
    pub last: usize,
    /// It is where the job failed.
    pub failed: bool,
}

/// The structure of a whole log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// The system, where it gives itself away.
    pub system: Option<System>,
    /// Its steps, in order. Lines outside of any step are possible.
    pub steps: Vec<Step>,
    /// Indices of lines with which the system itself says that something failed.
    pub verdicts: Vec<usize>,
    /// The run was cancelled.
    pub cancelled: bool,
    /// What the log says of its run.
    pub context: RunContext,
}

/// Read the structure.
pub fn structure(digest: &Digest) -> Structure {
    let verdicts = digest.marked().filter(|(_, marks)| marks.marker);
    let verdicts = verdicts.filter(|&(index, _)| marker(digest.raw(index)).is_some()).map(|(index, _)| index).collect();
    Structure { verdicts, ..Structure::default() }
}
