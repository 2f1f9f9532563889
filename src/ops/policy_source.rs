//! Where the policy comes from: five places, the first that has one wins, and none of them can be changed by the
//! push that is judged. The tree under judgement and the work tree are never looked at.
//!
//! 1. `--policy FILE`  2. `CI_GUARD_POLICY`  3. `git config ciguard.policy`
//! 4. `ci-guard/policy.json` in the worktree's git folder, then in the common one
//! 5. `.ci-guard.json` in the tree of the base branch

use super::bounded::Draft;
use super::scene::{Named, Place, Scene};
use crate::git::trees;
use crate::guard::Sources;
use crate::model::{PolicyUse, Rule, Skip, SkipCause, shell_word, visible};
use crate::policy::{self, Policy};
use crate::system::{env, files};
use anyhow::{Context, Result};
use bstr::{BString, ByteSlice, ByteVec};
use std::path::{Path, PathBuf};

/// The policy's name in the tree of the base branch.
pub const FILE_IN_TREE: &str = ".ci-guard.json";

/// The policy's place below a git folder.
pub const FILE_IN_GIT_DIR: &str = "ci-guard/policy.json";

/// The environment variable that names a policy file.
pub const VARIABLE: &str = "CI_GUARD_POLICY";

/// The configuration key that names a policy file.
pub const CONFIG_KEY: &str = "ciguard.policy";

/// The policy in force, if there is one that can be used, and what to say of it.
#[derive(Default)]
pub struct InForce {
    /// The policy; `None` when there is none or it cannot be used.
    pub policy: Option<Policy>,
    /// Where it was found, and what is wrong with it.
    pub used: PolicyUse,
    /// Nothing is wrong with it: this repository lacks the part of the base branch that would hold it.
    not_here: bool,
}

impl InForce {
    /// Bound the judgement to the time that the policy allows.
    pub fn bound(&self, draft: &Draft) {
        if let Some(policy) = &self.policy {
            draft.set_limit(policy.time_limit);
        }
    }

    /// Put into the report which policy is in force.
    pub fn announce(&self, draft: &Draft) {
        draft.update(|report| {
            report.policy = self.used.clone();
            let (cause, reason) = match (&self.policy, &self.used.error) {
                (Some(_), _) => return,
                (None, Some(error)) if self.not_here => {
                    (SkipCause::NotHere, format!("whether there is a policy cannot be told: {error}"))
                }
                (None, Some(error)) => (SkipCause::Fault, format!("the policy cannot be used: {error}")),
                (None, None) => (SkipCause::NotAsked, "there is no policy".to_owned()),
            };
            // Not patch-scope: only a policy asks for it, and the error of one that cannot be used says enough.
            let rules = match cause {
                SkipCause::NotAsked => &[Rule::MergeSource, Rule::ForeignCommits][..],
                SkipCause::NotHere | SkipCause::Fault => &[Rule::MergeSource, Rule::ForeignCommits, Rule::PatchScope],
            };
            for &rule in rules {
                report.skipped.push(Skip { rule: Some(rule), cause, reason: reason.clone() });
            }
        });
    }
}

/// Find and read the policy. One that cannot be used is reported in `used.error` and is not replaced by the next:
/// somebody meant it to be in force.
pub(super) fn find(scene: &Scene, typed: Option<&Path>, base: Option<&Named>) -> InForce {
    look_up(scene, typed).or_else(|| in_tree_of(scene, base?)).map(read).unwrap_or_default()
}

fn read((source, content): (String, Content)) -> InForce {
    let (bytes, not_here) = match content {
        Content::Read(bytes) => (Ok(bytes), false),
        Content::Unreadable(error) => (Err(error), false),
        Content::NotHere(error) => (Err(error), true),
    };
    let parsed = bytes.and_then(|bytes| policy::parse(&bytes).map_err(|error| anyhow::anyhow!("{error}")));
    let (policy, error) = match parsed {
        Ok(policy) => (Some(policy), None),
        Err(error) => (None, Some(format!("{source}: {}", visible(format!("{error:#}"))))),
    };
    InForce { policy, used: PolicyUse { source: Some(source), error }, not_here }
}

/// What a place holds.
enum Content {
    Read(Vec<u8>),
    /// There is something that cannot be read.
    Unreadable(anyhow::Error),
    /// This repository lacks the objects that would tell.
    NotHere(anyhow::Error),
}

impl From<Result<Vec<u8>>> for Content {
    fn from(content: Result<Vec<u8>>) -> Content {
        content.map_or_else(Content::Unreadable, Content::Read)
    }
}

/// The file that somebody named for this run, which needs no repository.
fn named_for_this_run(typed: Option<&Path>) -> Option<(String, Content)> {
    match typed {
        Some(path) => Some(named(path.to_owned(), "--policy")),
        None => env::path(VARIABLE).map(|path| named(path, VARIABLE)),
    }
}

fn named(path: PathBuf, by: &str) -> (String, Content) {
    let content = files::read_regular(&path).and_then(|content| content.context("there is no such file"));
    (format!("{} ({by})", path_text(&path)), content.into())
}

/// The first file that has a policy, and its content as far as it can be read.
fn look_up(scene: &Scene, typed: Option<&Path>) -> Option<(String, Content)> {
    if let Some(place) = named_for_this_run(typed) {
        return Some(place);
    }
    match scene.repo.config_path(CONFIG_KEY) {
        Ok(Some(path)) => {
            // Relative to the git folder, so that a plain name never reaches into the work tree.
            return Some(named(scene.repo.common_dir().join(path), CONFIG_KEY));
        }
        Ok(None) => {}
        Err(error) => return Some((format!("git config {CONFIG_KEY}"), Content::Unreadable(error))),
    }
    let in_folder = |folder: &Path| {
        let path = folder.join(FILE_IN_GIT_DIR);
        let content = files::read_regular(&path).transpose()?;
        Some((path_text(&path), content.into()))
    };
    in_folder(scene.repo.git_dir()).or_else(|| in_folder(scene.repo.common_dir()))
}

/// The policy in the tree of the base branch.
fn in_tree_of(scene: &Scene, (name, commit): &Named) -> Option<(String, Content)> {
    let tree = scene.commits().tree(commit);
    let content = tree
        .with_context(|| format!("commit {commit} is not in this repository"))
        .and_then(|tree| trees::file(scene.store, tree, FILE_IN_TREE.into()))
        .transpose()?;
    Some((format!("{FILE_IN_TREE} of {}", visible(name)), content.map_or_else(Content::NotHere, Content::Read)))
}

/// The policy that a judgement started here, by hand, would use.
///
/// # Errors
/// There is no repository here that can be read.
pub fn in_force_here(typed: Option<&Path>) -> Result<InForce> {
    in_force_in(Path::new("."), typed)
}

/// The same, started in another folder.
///
/// # Errors
/// There is no repository there that can be read.
pub fn in_force_in(folder: &Path, typed: Option<&Path>) -> Result<InForce> {
    let place = Place::open_in(folder)?;
    let scene = Scene::at(&place)?;
    let (side, usual_base) = scene.by_hand()?;
    let _ = side;
    Ok(find(&scene, typed, usual_base.as_ref()))
}

/// The same where there need not be a repository: logs are read anywhere.
pub fn in_force_anywhere(typed: Option<&Path>) -> InForce {
    match named_for_this_run(typed) {
        Some(place) => read(place),
        None => in_force_here(None).unwrap_or_default(),
    }
}

/// The base branch that this policy names, if it leads nowhere in this repository, so that the merge rules cannot judge.
///
/// # Errors
/// There is no repository there that can be read.
pub fn missing_base_in(folder: &Path, policy: &Policy) -> Result<Option<BString>> {
    let Some(base) = &policy.base else { return Ok(None) };
    let place = Place::open_in(folder)?;
    let scene = Scene::at(&place)?;
    let (side, _) = scene.by_hand()?;
    let branches = scene.branches(&side)?;
    let head_of = |remote: &[u8]| scene.head_of(&side, remote);
    let sources = Sources::new(policy, &side, &branches, &[], &head_of);
    Ok(sources.is_base_missing().then(|| base.text().to_owned()))
}

fn path_text(path: &Path) -> String {
    shell_word(Vec::from_path_lossy(path.strip_prefix(".").unwrap_or(path)).as_bytes())
}
