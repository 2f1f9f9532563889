//! What a rule found: which rule, how bad, where, and what to do next.

use super::Oid;
use bstr::BString;
use std::fmt;

/// The rules of the guard. The names are part of the report schema and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Conflict markers in the tree that is pushed.
    ConflictMarker,
    /// A merge whose parent comes from a branch that the policy does not name.
    MergeSource,
    /// Commits of somebody else's branch that come along with a push.
    ForeignCommits,
    /// A change that is not what the policy's scope allows.
    PatchScope,
}

impl Rule {
    /// Every rule, in the order of reports.
    pub const ALL: [Rule; 4] = [Rule::ConflictMarker, Rule::MergeSource, Rule::ForeignCommits, Rule::PatchScope];

    /// The rule's stable id.
    pub fn id(self) -> &'static str {
        match self {
            Rule::ConflictMarker => "conflict-marker",
            Rule::MergeSource => "merge-source",
            Rule::ForeignCommits => "foreign-commits",
            Rule::PatchScope => "patch-scope",
        }
    }

    /// One sentence for people who meet the rule in a list.
    pub fn summary(self) -> &'static str {
        match self {
            Rule::ConflictMarker => "A half-resolved merge: conflict markers stand in the tree that is pushed.",
            Rule::MergeSource => "A merge brings in a branch that the policy does not allow.",
            Rule::ForeignCommits => "The push brings commits of a branch outside the policy.",
            Rule::PatchScope => "The change is out of the policy's scope.",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Stops the push.
    Block,
    /// Is said, and stops nothing.
    Warn,
}

impl Level {
    /// The word used in every output format.
    pub fn id(self) -> &'static str {
        match self {
            Level::Block => "block",
            Level::Warn => "warn",
        }
    }
}

/// One finding. `message` and `help` are finished single lines: whatever they quote of a repository has already
/// been made visible (see [`super::visible`]); `path` and `reference` are raw and are escaped by each printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which rule found it.
    pub rule: Rule,
    /// Whether it stops the push.
    pub level: Level,
    /// The ref that would carry it (the receiving ref of a push, or what was asked for by hand).
    pub reference: Option<BString>,
    /// The commit to look at.
    pub commit: Option<Oid>,
    /// The file, relative to the top of the tree.
    pub path: Option<BString>,
    /// The first line concerned, counted from 1.
    pub line: Option<u64>,
    /// The last line concerned, counted from 1, never before `line`.
    pub end_line: Option<u64>,
    /// What was found and why it matters.
    pub message: String,
    /// What to do next, a line each, the exact command among them.
    pub help: Vec<String>,
}
