//! What a change may be: the `scope` of a policy, with every default filled in. Nothing is judged here.

use super::PathGlobs;
use std::collections::BTreeMap;

/// How large a change may be, where it may be, and what somebody has to look at.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Lines added and deleted, all files together; so many still pass.
    pub max_patch_lines: u64,
    /// Files touched; so many still pass.
    pub max_files: u64,
    /// Bytes of one file after the change; so many still pass.
    pub max_file_bytes: u64,
    /// The only paths that may change; `None` for all.
    pub allowed_paths: Option<PathGlobs>,
    /// Paths that may not change, whatever else is allowed. Letter case does not count.
    pub blocked_paths: PathGlobs,
    /// Paths whose code owners must approve.
    pub core_paths: PathGlobs,
    /// Paths that somebody must look at.
    pub sensitive_paths: PathGlobs,
    /// The only jobs whose failures may be patched; `None` for all.
    pub allowed_jobs: Option<Vec<String>>,
    /// Where a failed job's fix belongs, by the name of the job.
    pub jobs: BTreeMap<String, JobScope>,
    /// Less confidence than this is low.
    pub min_confidence: Option<f64>,
    /// Whether a person approves every change, also one of low risk.
    pub require_human_approval: bool,
    /// Kinds of change that are known for what they can break.
    pub exclude: Exclude,
}

/// Where the fix for one failed job belongs.
#[derive(Clone, Debug)]
pub struct JobScope {
    /// One of these has to change.
    pub modules: PathGlobs,
    /// These may change as well, and nothing else.
    pub companions: PathGlobs,
}

/// What happens to each of the built-in kinds of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exclude {
    /// Schema migrations of a database.
    pub migrations: OnKind,
    /// Configuration of what runs in production.
    pub production_config: OnKind,
    /// CI workflows, git hooks, and the configuration of agents and of this guard.
    pub automation: OnKind,
    /// Nothing but lock files change, and a dependency gets a new major version.
    pub major_upgrades: OnKind,
}

/// What happens to a kind of change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnKind {
    /// It may not land.
    Deny,
    /// Somebody must look at it.
    #[default]
    Review,
    /// It is a change like any other.
    Off,
}

impl OnKind {
    /// The word used in policies and output.
    pub fn id(self) -> &'static str {
        match self {
            OnKind::Deny => "deny",
            OnKind::Review => "review",
            OnKind::Off => "off",
        }
    }
}

impl Default for Scope {
    fn default() -> Scope {
        Scope {
            max_patch_lines: 120,
            max_files: 50,
            max_file_bytes: 1 << 20,
            allowed_paths: None,
            blocked_paths: PathGlobs::default(),
            core_paths: PathGlobs::default(),
            sensitive_paths: PathGlobs::default(),
            allowed_jobs: None,
            jobs: BTreeMap::new(),
            min_confidence: None,
            require_human_approval: false,
            exclude: Exclude::default(),
        }
    }
}
