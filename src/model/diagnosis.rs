//! What the doctor finds: where the judge sits, whether it can work, and what goes past it.

use super::{HookName, PolicyUse};
use std::path::PathBuf;

/// Where git finds ci-guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seat {
    /// As the hook itself, in the hooks folder of the repository.
    HooksFolder(PathBuf),
    /// As the hook itself, in a folder of ci-guard's own that stands before the one of `core.hooksPath`.
    OwnFolder(PathBuf),
    /// As a hook of git's configuration (git 2.54 and later), beside whatever the hooks folder holds.
    Configuration(PathBuf),
    /// Moved aside by another tool that took the hook's name, and runs what it found there.
    MovedAside(PathBuf, &'static str),
    /// As the hook of all repositories of this user, led to by the user's own configuration.
    Global(PathBuf),
}

impl Seat {
    /// The file that runs.
    pub fn file(&self) -> &PathBuf {
        match self {
            Seat::HooksFolder(file) | Seat::OwnFolder(file) | Seat::Global(file) => file,
            Seat::Configuration(file) | Seat::MovedAside(file, _) => file,
        }
    }
}

/// Whether something lets a push go by unjudged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// No push is judged.
    Stops,
    /// Pushes are judged, but not all of them, or not for long.
    Warns,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its stable name.
    pub id: &'static str,
    /// How much it matters.
    pub gravity: Gravity,
    /// What is wrong, where and why it matters: visible text.
    pub message: String,
    /// What to run to mend it, in this order.
    pub mend: Vec<String>,
}

/// The program that a hook starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// Where it is, or should be.
    pub path: PathBuf,
    /// What `--version` answers; `None` when it does not run.
    pub version: Option<String>,
}

/// The answer to: would a push from here be judged, by what, under which policy, and what bypasses it?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The top of the work tree, or the git folder where there is none.
    pub repository: PathBuf,
    /// Which hook was looked for.
    pub hook: HookName,
    /// Where the judge sits; `None` when git does not find it.
    pub seat: Option<Seat>,
    /// What it would start.
    pub binary: Option<Binary>,
    /// The hook that runs after it passed.
    pub chained: Option<PathBuf>,
    /// The policy that would be in force.
    pub policy: PolicyUse,
    /// What is wrong, worst first.
    pub problems: Vec<Problem>,
    /// What no hook in this place can see, whatever its state.
    pub bypasses: Vec<String>,
}

impl Diagnosis {
    /// The verdict follows from the problems; it is never set by hand.
    pub fn judged(&self) -> bool {
        self.seat.is_some() && self.problems.iter().all(|problem| problem.gravity != Gravity::Stops)
    }
}

/// One workspace of many, and what the doctor found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The folder: the top of a work tree, or a repository without one.
    pub path: PathBuf,
    /// The diagnosis, or why there is none: visible text.
    pub found: Result<Diagnosis, String>,
}

impl Workspace {
    /// Whether a push from here would be judged. Where nobody could look, it is not known, which is not yes.
    pub fn judged(&self) -> bool {
        self.found.as_ref().is_ok_and(Diagnosis::judged)
    }
}

/// All workspaces below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspaces {
    /// The folder.
    pub root: PathBuf,
    /// What was found, in the order of their paths.
    pub list: Vec<Workspace>,
    /// Folders that could not be looked into.
    pub unread: Vec<PathBuf>,
    /// Whether there were more folders than are looked through, so that some were not.
    pub cut_short: bool,
}

impl Workspaces {
    /// Whether every one that was found is judged, and none was passed over unseen.
    pub fn judged(&self) -> bool {
        !self.cut_short && self.list.iter().all(Workspace::judged)
    }
}
