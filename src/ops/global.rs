//! Arm every repository of this user, those that are made tomorrow too, and disarm them again.
//!
//! Like `install` it ends with a second look through git's eyes, and doing it again changes nothing.

use super::hooking::global::{Global, HOOK, Means};
use super::hooking::turn::Turn;
use super::hooking::{Changes, configured, let_others_finish, shown, user_config};
use crate::git::command::Git;
use crate::git::hooks::{Scope, Setting, UserSetup};
use crate::model::Trouble;
use anyhow::{Result, bail};
use bstr::ByteSlice;
use std::path::{Path, PathBuf};

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Armed {
    /// Our folder.
    pub folder: PathBuf,
    /// Whether a repository with a `core.hooksPath` of its own is passed by: so it is with git before 2.54.
    pub passes_by: bool,
    /// What was changed, one visible line each; empty when all was as it should be.
    pub changes: Vec<String>,
}

/// Arm them: from now on git starts `binary` before each push.
pub fn install(git: &Git, binary: &Path) -> Result<Armed> {
    let (folder, candidates) = (user_config::folder()?, user_config::candidates()?);
    let global = Global { folder: folder.join("ci-guard") };
    let turn = Turn::take(&folder)?;
    let Some(main) = user_config::main(&candidates) else { bail!("git has no configuration of this user's") };
    let setup = UserSetup::read(git)?;
    let (is_new, before) = (setup.version.has_configured_hooks(), global.means());
    let means = Means { configured: is_new || before.configured, hooks: !is_new || before.hooks };
    let files = files(&setup, &global, &candidates);
    let arm = || -> Result<Changes> {
        let changes = global.build(means, binary, files.as_deref(), turn.made_folder())?;
        Ok([changes, lead(git, &setup, &global, means, &candidates, main)?].concat())
    };
    let changes = arm().inspect_err(|_| drop((before == Means::default()).then(|| global.demolish())))?;
    global.mark_as_seen(files.as_deref().unwrap_or_default())?;
    if !is_in_force(&UserSetup::read(git)?, &global, means) {
        let what = format!("{} includes {}, and git does not heed that", shown(main), shown(&global.include()));
        bail!(
            Trouble::new(what, "so no push is judged by it").run("git config --global --includes --show-origin --list")
        );
    }
    Ok(Armed { folder: global.folder, passes_by: !means.configured || !is_new, changes })
}

/// Lead git to our folder, from the one file that has the last word.
fn lead(
    git: &Git,
    setup: &UserSetup,
    global: &Global,
    means: Means,
    candidates: &[PathBuf],
    main: &Path,
) -> Result<Changes> {
    let mut changes = Changes::new();
    for file in candidates.iter().filter(|file| *file != main) {
        if user_config::take_away(git, file)? {
            changes.push(format!("took our lines out of {}", shown(file)));
        }
    }
    // Lines that already do what they should stay where they are, if nothing that came after them could undo it.
    let is_there = user_config::included(main)?;
    let leads = is_in_force(setup, global, means) && (!means.hooks || has_last_word(setup, global));
    if !(is_there && leads) && user_config::add(git, main, &global.include())? {
        changes.push(format!("{} includes {} at its end", shown(main), shown(&global.include())));
    }
    Ok(changes)
}

/// Disarm them. Seats of single repositories stay.
pub fn uninstall(git: &Git) -> Result<Vec<String>> {
    let (folder, candidates) = (user_config::folder()?, user_config::candidates()?);
    let global = Global { folder: folder.join("ci-guard") };
    let mut turn = Turn::take(&folder)?;
    if global.made_folder() {
        turn.take_folder_away();
    }
    let mut changes = Changes::new();
    for file in candidates {
        if user_config::take_away(git, &file)? {
            changes.push(format!("took our lines out of {}", shown(&file)));
        }
    }
    if !changes.is_empty() {
        let_others_finish();
    }
    changes.extend(global.demolish()?);
    Ok(changes)
}

/// Whether git, asked outside of any repository, is led to us.
fn is_in_force(setup: &UserSetup, global: &Global, means: Means) -> bool {
    let last = |key: &str| {
        let mut settings = setup.settings.iter().filter(|setting| setting.scope != Scope::Command);
        settings.rfind(|setting| setting.key == key).and_then(|setting| setting.value.clone())
    };
    let leads = |key: &str, value: &[u8]| last(key).is_some_and(|found| found == value);
    let name = configured::name(HOOK);
    let hook = configured::command(&global.front());
    (!means.configured || leads(&format!("hook.{name}.command"), &hook))
        && (!means.hooks || leads("core.hookspath", global.hooks().as_os_str().as_encoded_bytes()))
}

/// Whether no file is included after ours: one that git reads in some repositories only may name a folder of hooks there.
fn has_last_word(setup: &UserSetup, global: &Global) -> bool {
    let ours = |setting: &Setting| {
        setting
            .origin
            .strip_prefix(b"file:")
            .is_some_and(|file| file == global.include().as_os_str().as_encoded_bytes())
    };
    let includes = |setting: &Setting| setting.key == "include.path" || setting.key.starts_with(b"includeif.");
    let later = setup.settings.iter().rev().take_while(|setting| !ours(setting));
    !later.filter(|setting| setting.scope == Scope::Global).any(includes)
}

/// The files in which `core.hooksPath` would be set, if it is not and they are the same for every repository.
fn files(setup: &UserSetup, global: &Global, candidates: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let mut files = [candidates, &[PathBuf::from("/etc/gitconfig")]].concat();
    for setting in setup.settings.iter().filter(|setting| setting.scope != Scope::Command) {
        let origin = setting.origin.strip_prefix(b"file:").and_then(|file| file.to_path().ok())?;
        if origin == global.include() {
            continue;
        }
        if setting.key == "core.hookspath" || setting.key.starts_with(b"includeif.") {
            return None;
        }
        files.push(origin.to_owned());
    }
    files.sort();
    files.dedup();
    Some(files)
}
