//! The copy of a policy in a worktree's git folder, where no push changes it.
//!
//! Beside it lies the same text again as `policy.json.installed`: so uninstalling knows a copy of ours from one that
//! somebody has edited since, which stays. What a policy may say is judged elsewhere.

use super::{Changes, cannot, folder, shown};
use crate::git::hooks::HookSetup;
use crate::model::Trouble;
use crate::system::files::{self, Purpose};
use anyhow::{Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A policy file that was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFile {
    text: Vec<u8>,
}

impl PolicyFile {
    /// Read it, and have it judged by `validate`.
    pub fn read(file: &Path, validate: impl FnOnce(&[u8]) -> Result<(), String>) -> Result<PolicyFile> {
        let why = "nothing was installed";
        let text = match fs::read(file) {
            Ok(text) => text,
            Err(error) => bail!(Trouble::new(format!("{} could not be read: {error}", shown(file)), why)),
        };
        if let Err(reason) = validate(&text) {
            let trouble = Trouble::new(format!("{} is not a policy: {reason}", shown(file)), why);
            bail!(trouble.run("ci-guard policy schema"));
        }
        Ok(PolicyFile { text })
    }
}

/// Where the copy lies.
pub(crate) fn file(setup: &HookSetup) -> PathBuf {
    setup.git_dir.join("ci-guard").join("policy.json")
}

fn record(setup: &HookSetup) -> PathBuf {
    setup.git_dir.join("ci-guard").join("policy.json.installed")
}

/// Put the copy there. One that is not ours is kept beside it.
pub(crate) fn install(setup: &HookSetup, policy: &PolicyFile) -> Result<Changes> {
    let mut changes = Changes::new();
    let (file, record) = (file(setup), record(setup));
    let found = fs::read(&file).ok();
    if found.as_ref() == Some(&policy.text) && fs::read(&record).is_ok_and(|text| text == policy.text) {
        return Ok(changes);
    }
    let folder = file.parent().unwrap_or(&file);
    fs::create_dir_all(folder).map_err(|error| cannot("made", folder, &error))?;
    if found.is_some() && found.as_ref() != Some(&policy.text) && !files::same(&file, &record) {
        let before = file.with_extension("json.before");
        fs::rename(&file, &before).map_err(|error| cannot("kept", &file, &error))?;
        changes.push(format!("kept the policy that was there as {}", shown(&before)));
    }
    for target in [&file, &record] {
        files::write(target, &policy.text, Purpose::Data).map_err(|error| cannot("written", target, &error))?;
    }
    changes.push(format!("wrote {}", shown(&file)));
    Ok(changes)
}

/// Take the copy away, if it still is what was installed.
pub(crate) fn uninstall(setup: &HookSetup) -> Result<Changes> {
    let mut changes = Changes::new();
    let (file, record) = (file(setup), record(setup));
    if files::exists(&record) {
        if files::same(&file, &record) {
            folder::remove(&file, &mut changes)?;
        } else if files::exists(&file) {
            changes.push(format!("left {}: it was changed since it was installed", shown(&file)));
        }
        folder::remove(&record, &mut Changes::new())?;
    }
    super::remove_if_empty(file.parent().unwrap_or(&file));
    Ok(changes)
}
