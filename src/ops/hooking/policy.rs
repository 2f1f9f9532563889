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

/// Where somebody's own policy is kept meanwhile.
fn before(setup: &HookSetup) -> PathBuf {
    setup.git_dir.join("ci-guard").join("policy.json.before")
}

/// Put the copy there. One that is not ours is kept beside it, even if it says the same.
pub(crate) fn install(setup: &HookSetup, policy: &PolicyFile) -> Result<Changes> {
    let mut changes = Changes::new();
    let (file, record, before) = (file(setup), record(setup), before(setup));
    let is_ours = files::exists(&record) && files::same(&file, &record);
    if is_ours && fs::read(&file).is_ok_and(|text| text == policy.text) {
        return Ok(changes);
    }
    let folder = file.parent().unwrap_or(&file);
    fs::create_dir_all(folder).map_err(|error| cannot("made", folder, &error))?;
    let is_somebodys = files::exists(&file) && !is_ours;
    if is_somebodys || !files::exists(&record) {
        set_aside(&before, &mut changes)?; // of another time, and not what this one is to put back
    }
    // The record first: whatever interrupts this, somebody's own policy is never taken for a copy of ours.
    let write = |target: &Path| {
        files::write(target, &policy.text, Purpose::Data).map_err(|error| cannot("written", target, &error))
    };
    write(&record)?;
    if is_somebodys {
        fs::rename(&file, &before).map_err(|error| cannot("kept", &file, &error))?;
        changes.push(format!("kept the policy that was there as {}", shown(&before)));
    }
    write(&file)?;
    changes.push(format!("wrote {}", shown(&file)));
    Ok(changes)
}

/// Free the name of the kept policy.
fn set_aside(before: &Path, changes: &mut Changes) -> Result<()> {
    if !files::exists(before) {
        return Ok(());
    }
    let mut aside = (1..).map(|n| before.with_extension(format!("before.{n}")));
    let aside = aside.find(|file| !files::exists(file)).unwrap_or_else(|| before.to_owned());
    fs::rename(before, &aside).map_err(|error| cannot("set aside", before, &error))?;
    changes.push(format!("set aside an older policy as {}", shown(&aside)));
    Ok(())
}

/// Take the copy away, if it still is what was installed, and put back what was there before it.
pub(crate) fn uninstall(setup: &HookSetup) -> Result<Changes> {
    let mut changes = Changes::new();
    let (file, record, before) = (file(setup), record(setup), before(setup));
    if files::exists(&record) {
        if files::same(&file, &record) && files::exists(&before) {
            fs::rename(&before, &file).map_err(|error| cannot("put back", &file, &error))?;
            changes.push(format!("put back {}", shown(&file)));
        } else if files::same(&file, &record) {
            folder::remove(&file, &mut changes)?;
        } else if files::exists(&file) {
            changes.push(format!("left {}: it was changed since it was installed", shown(&file)));
        }
        folder::remove(&record, &mut Changes::new())?;
    }
    super::remove_if_empty(file.parent().unwrap_or(&file));
    Ok(changes)
}
