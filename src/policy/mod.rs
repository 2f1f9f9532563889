//! The policy: what a file may say, what is wrong with it, what its names mean as text, and how it is shown. Where the
//! file is found is the business of `ops`, never of this room.

mod error;
mod file;
mod names;
mod paths;
mod place;
pub mod schema;
mod scope;
pub mod show;
mod triage;

pub use error::PolicyError;
pub use file::{MAX_BYTES, VERSION, parse};
pub use names::{Name, NameGlob, NamePattern};
pub use paths::{PathGlob, PathGlobs};
pub use scope::{Exclude, JobScope, OnKind, Scope};
pub use triage::{BucketRule, LinePattern, Triage};

use std::time::Duration;

/// What is in force: a policy file's words with every default filled in.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The branch that the work is done on.
    pub feature: Option<NamePattern>,
    /// The branch that the work starts from and goes back to; `None` for the remote's main branch.
    pub base: Option<Name>,
    /// Further branches that may be merged and whose commits may come along.
    pub allowed: Vec<NamePattern>,
    /// What the foreign-commits rule does.
    pub foreign_commits: ForeignCommits,
    /// Paths in which conflict markers are no finding.
    pub ignore: PathGlobs,
    /// What a change may be; `None` where the policy does not say.
    pub scope: Option<Scope>,
    /// What is done about red runs.
    pub triage: Triage,
    /// How long artifact packs are kept whole.
    pub keep_packs: Duration,
    /// How long a judgement may take.
    pub time_limit: Duration,
}

impl Policy {
    /// The time limit where no policy sets one. A connection to the server is open and idle meanwhile, and servers
    /// drop those: a guard that takes minutes loses pushes.
    pub const TIME_LIMIT: Duration = Duration::from_secs(20);

    /// How long artifact packs are kept whole where no policy says so: half a year.
    pub const KEEP_PACKS: Duration = Duration::from_secs(180 * 86_400);
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            feature: None,
            base: None,
            allowed: Vec::new(),
            foreign_commits: ForeignCommits::default(),
            ignore: PathGlobs::default(),
            scope: None,
            triage: Triage::default(),
            keep_packs: Policy::KEEP_PACKS,
            time_limit: Policy::TIME_LIMIT,
        }
    }
}

/// What happens when a push brings commits of a branch outside the policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForeignCommits {
    /// The push stops.
    #[default]
    Block,
    /// It is said, and the push goes on.
    Warn,
    /// Nobody looks.
    Off,
}

impl ForeignCommits {
    /// The word used in policies and output.
    pub fn id(self) -> &'static str {
        match self {
            ForeignCommits::Block => "block",
            ForeignCommits::Warn => "warn",
            ForeignCommits::Off => "off",
        }
    }
}
