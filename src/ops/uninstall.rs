//! Disarm a repository: take ci-guard out of every place it may sit in, and put back what was there before.

use super::hooking::survey::Survey;
use super::hooking::{configured, policy, takeover};
use crate::git::command::Git;
use crate::git::hooks::HookSetup;
use crate::model::{HookName, Seat};
use anyhow::Result;
use std::path::PathBuf;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uninstalled {
    /// The top of the work tree, or the git folder where there is none.
    pub repository: PathBuf,
    /// What was changed, one visible line each; empty when nothing of ours was there.
    pub changes: Vec<String>,
    /// Where git finds the hook that judges all repositories of this user, which stays.
    pub still: Option<Seat>,
}

/// Disarm the repository around the folder that `git` works in. The policy's copy goes with the last hook.
pub fn uninstall(git: &Git, hook: HookName) -> Result<Uninstalled> {
    let survey = Survey::new(HookSetup::read(git)?.lasting()?, hook);
    let setup = &survey.setup;
    let mut changes = survey.default.leave()?;
    if configured::is_written(setup, hook) {
        changes.extend(configured::leave(setup, hook)?);
    }
    changes.extend(takeover::leave(setup, hook)?);
    let after = HookSetup::read(git)?.lasting()?;
    let others = HookName::ALL.into_iter().filter(|&other| other != hook);
    if others.map(|other| Survey::new(after.clone(), other)).all(|other| other.seat().is_none()) {
        changes.extend(policy::uninstall(setup)?);
    }
    let still = Survey::new(after, hook).seat();
    Ok(Uninstalled { repository: survey.setup.root, changes, still })
}
