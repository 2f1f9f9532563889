//! The structure that a CI system gives a log: where steps begin, which command failed, who gave up and why.
//!
//! One file a system. Tests may print what looks like a marker: a marker is believed only at the beginning of a line, behind
//! the one time stamp that the system itself puts there, and only those of the system that shows itself first.

mod appveyor;
mod azure;
mod buildkite;
mod circleci;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod said;
mod steps;
mod taskcluster;
mod teamcity;
mod travis;

use super::digest::Digest;
use super::line;
use crate::model::RunContext;
use steps::Steps;

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
    /// Gitea or Forgejo Actions, or `act`.
    Gitea,
    /// TeamCity.
    TeamCity,
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

/// One step of the job, as a range of indices into a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, or the command that it runs.
    pub name: String,
    /// The index of its first line.
    pub first: usize,
    /// The index of its last line; the verdict on a failed one is in the range.
    pub last: usize,
    /// It is where the job failed. Several can: Travis runs all commands of a script.
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
    /// The run was cancelled. A job that ran out of its time was not.
    pub cancelled: bool,
    /// What the log says of its run.
    pub context: RunContext,
    /// The folder on the machine in which the repository was checked out.
    pub root: Option<String>,
}

/// How one system writes.
struct Dialect {
    system: System,
    /// Texts of which one is in every line that says something.
    needles: &'static [&'static str],
    /// Whether only this system writes such a line.
    shows: fn(&str) -> bool,
    /// What a line says.
    marker: fn(&str) -> Option<Marker>,
    /// Whether a step of this name comes after the failure, to tidy up.
    aside: fn(&str) -> bool,
    /// The steps of a whole log.
    steps: fn(&Digest) -> Steps,
}

/// All of them. Where two know a line, the first one has it.
const DIALECTS: [&Dialect; 11] = [
    &travis::DIALECT,
    &azure::DIALECT,
    &gitea::DIALECT,
    &github::DIALECT,
    &gitlab::DIALECT,
    &taskcluster::DIALECT,
    &jenkins::DIALECT,
    &buildkite::DIALECT,
    &circleci::DIALECT,
    &teamcity::DIALECT,
    &appveyor::DIALECT,
];

const COUNT: usize = {
    let (mut at, mut count) = (0, said::NEEDLES.len());
    while at < DIALECTS.len() {
        count += DIALECTS[at].needles.len();
        at += 1;
    }
    count
};

/// Texts of which one is in every line that [`marker`] or [`structure`] may want to see (ignoring ASCII case).
pub const NEEDLES: &[&str] = &{
    let mut all = [""; COUNT];
    let (mut dialect, mut count) = (0, 0);
    while dialect <= DIALECTS.len() {
        let of_one = if dialect < DIALECTS.len() { DIALECTS[dialect].needles } else { said::NEEDLES };
        let mut at = 0;
        while at < of_one.len() {
            all[count] = of_one[at];
            count += 1;
            at += 1;
        }
        dialect += 1;
    }
    all
};

/// What a CI system itself says in a line, if it does. What counts most wins where a line says several things.
pub fn marker(raw: &[u8]) -> Option<Marker> {
    let mut best = None;
    pieces(raw, |piece| {
        let marker = DIALECTS.iter().find_map(|dialect| (dialect.marker)(piece));
        if marker.as_ref().map_or(0, weight) > best.as_ref().map_or(0, weight) {
            best = marker;
        }
    });
    best
}

fn weight(marker: &Marker) -> u8 {
    match marker {
        Marker::Ends => 1,
        Marker::Begins { .. } => 2,
        _ => 3,
    }
}

/// Read the structure.
pub fn structure(digest: &Digest) -> Structure {
    let dialect = dialect(digest);
    let steps = dialect.map_or_else(Steps::default, |dialect| (dialect.steps)(digest));
    let said = said::of(digest, dialect.map(|dialect| dialect.system));
    let (steps, verdicts, cancelled) = steps.finish(digest.len());
    let failed = steps.iter().find(|step| step.failed).map(|step| step.name.clone()).filter(|name| !name.is_empty());
    Structure {
        system: dialect.map(|dialect| dialect.system),
        context: RunContext { step: failed, ..said.context },
        root: said.root,
        steps,
        verdicts,
        cancelled,
    }
}

/// The system that shows itself first.
fn dialect(digest: &Digest) -> Option<&'static Dialect> {
    let mut found = None;
    for (index, _) in digest.marked().filter(|(_, marks)| marks.marker) {
        pieces(digest.raw(index), |piece| {
            found = found.or_else(|| DIALECTS.into_iter().find(|dialect| (dialect.shows)(piece)));
        });
        if found.is_some() {
            break;
        }
    }
    found
}

/// Everything that a line said while it was drawn, without colours and without the system's time stamp.
fn pieces(raw: &[u8], mut each: impl FnMut(&str)) {
    let plain = line::plain(raw);
    for piece in line::drawn(&plain) {
        each(&String::from_utf8_lossy(line::unstamped(piece)));
    }
}

/// The number between two texts, and nothing else: `between("exited with 2.", "exited with ", ".")`.
fn between(text: &str, before: &str, after: &str) -> Option<u32> {
    text.trim_end().strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}

/// A failure with this exit code; 0 is none.
fn failed(code: u32) -> Option<Marker> {
    (code != 0).then_some(Marker::Failed { code: Some(code) })
}

fn begins(name: &str) -> Option<Marker> {
    Some(Marker::Begins { name: name.trim().to_owned() })
}

#[cfg(test)]
mod tests;
