//! A hooks folder of the repository's own, put before the one that `core.hooksPath` names: for git before 2.54, which
//! reads hooks from one folder only.
//!
//! Nothing is written into the other folder, and its setting stays where it is. A file that is included at the end of
//! the repository's configuration has the last word; tools that set `core.hooksPath` again (husky does so with every
//! npm install) write above it. Every hook but ours is a forwarder that asks git for that setting each time it runs.
//! If this folder is deleted or the repository moves, the include leads nowhere, and git is back where it was.

use super::folder::{self, HooksFolder, Occupant};
use super::{Changes, cannot, global, own_folder, shim, shown};
use crate::git::hooks::{HookSetup, Scope, Setting};
use crate::model::HookName;
use crate::system::files::{self, Purpose};
use anyhow::Result;
use bstr::ByteSlice;
use std::fs;
use std::path::{Path, PathBuf};

/// Hooks that do nothing by merely being there: always forwarded, so that one added later is found. `update` costs a
/// process for every ref that arrives, which is less than a guard that is added later and does not run.
pub(super) const HARMLESS: [&str; 23] = [
    "applypatch-msg",
    "commit-msg",
    "p4-changelist",
    "p4-post-changelist",
    "p4-pre-submit",
    "p4-prepare-changelist",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "sendemail-validate",
    "update",
];

/// Hooks that cost time, or change what git does, by being there: forwarded only where they exist.
pub(super) const FELT: [&str; 4] = ["post-index-change", "proc-receive", "push-to-checkout", "reference-transaction"];

/// The folder that git reads once this is in place.
pub(crate) fn hooks_folder(setup: &HookSetup) -> PathBuf {
    own_folder(setup).join("hooks")
}

/// Whether git reads it now.
pub(crate) fn in_force(setup: &HookSetup) -> bool {
    setup.hooks_dir == hooks_folder(setup)
}

/// The setting that would be in force without ours and without what this process was given.
fn underlying(setup: &HookSetup) -> Option<(&Setting, &Path)> {
    let ours = hooks_folder(setup);
    let paths = setup.all("core.hookspath").zip(setup.hooks_paths.iter().map(PathBuf::as_path));
    let theirs = |path: &Path| *path != ours && !global::is_hooks_folder(&setup.root.join(path));
    paths.filter(|(setting, path)| setting.scope != Scope::Command && theirs(path)).last()
}

/// Where the include has to stand: in this worktree's own configuration where that has the last word.
pub(crate) fn scope(setup: &HookSetup) -> Scope {
    match underlying(setup) {
        Some((Setting { scope: Scope::Worktree, .. }, _)) => Scope::Worktree,
        _ => Scope::Local,
    }
}

/// The folder that git would read without us.
pub(crate) fn underlying_folder(setup: &HookSetup) -> PathBuf {
    underlying(setup).map_or_else(|| setup.default_hooks_dir(), |(_, path)| setup.root.join(path))
}

/// Hooks there that no forwarder leads to, because they came later.
pub(crate) fn not_forwarded(setup: &HookSetup) -> Vec<&'static str> {
    let (there, ours) = (underlying_folder(setup), hooks_folder(setup));
    let missing = |name: &&str| files::is_program(&there.join(name)) && !files::exists(&ours.join(name));
    FELT.into_iter().chain(HARMLESS).filter(missing).collect()
}

/// Build the folder and lead git to it.
pub(crate) fn sit(setup: &HookSetup, hook: HookName, binary: &Path) -> Result<Changes> {
    let path = hooks_folder(setup);
    let is_new = !files::exists(&path);
    let mut changes = Changes::new();
    fs::create_dir_all(&path).map_err(|error| cannot("made", &path, &error))?;
    let there = underlying_folder(setup);
    let present = FELT.into_iter().filter(|name| files::exists(&there.join(name)));
    let forward = shim::forward(&path);
    let mut written = 0;
    for name in HARMLESS.into_iter().chain(present) {
        written += usize::from(write_forward(&path.join(name), &forward)?);
    }
    let own = HooksFolder::read(&path, hook);
    changes.extend(own.sit(binary)?);
    written += usize::from(write_forward(&own.chained_file(), &forward)?);
    if written > 0 && !is_new {
        changes.push(format!("renewed what runs the hooks of {}", shown(&there)));
    }
    let file = include_file(setup);
    let text = include_text(&path);
    if fs::read(&file).ok().as_deref() != Some(&text) {
        files::write(&file, &text, Purpose::Data).map_err(|error| cannot("written", &file, &error))?;
    }
    if !in_force(setup) {
        let scope = scope(setup);
        for (_, key) in includes(setup).into_iter().filter(|(there, _)| *there == scope) {
            setup.unset(scope, &key)?; // it no longer has the last word, or the repository has moved
        }
        if let Err(error) = setup.set(scope, &include_key(setup), &file) {
            let _ = if is_new { demolish(setup) } else { Ok(changes) };
            return Err(error);
        }
        changes.push(format!("git now reads hooks from {}, which run those of {}", shown(&path), shown(&there)));
    }
    Ok(changes)
}

/// Give the seat back. The folder goes with the last seat in it.
pub(crate) fn leave(setup: &HookSetup, hook: HookName) -> Result<Changes> {
    let path = hooks_folder(setup);
    let mut changes = Changes::new();
    let seats = HookName::ALL.map(|hook| HooksFolder::read(&path, hook));
    let others = HookName::ALL.iter().zip(&seats).any(|(&other, seat)| other != hook && seat.holds_ours());
    let own = HooksFolder::read(&path, hook);
    if others {
        return own.leave(); // what was chained is the forwarder, which is put back
    }
    let includes = includes(setup);
    if includes.is_empty() && files::exists(&path) && setup.worktrees()?.len() > 1 {
        return Ok(changes); // it is another worktree's
    }
    for (scope, key) in includes {
        setup.unset(scope, &key)?;
        changes.push(format!("git reads hooks from {} again", shown(&underlying_folder(setup))));
    }
    if !changes.is_empty() {
        super::let_others_finish();
    }
    changes.extend(demolish(setup)?);
    Ok(changes)
}

/// Take away what is ours below our own folder.
fn demolish(setup: &HookSetup) -> Result<Changes> {
    let path = hooks_folder(setup);
    let mut changes = Changes::new();
    for file in files::names(&path).into_iter().map(|name| path.join(name)) {
        match folder::occupant(&file) {
            Occupant::Nobody => {}
            Occupant::Shim(_) | Occupant::Forward => folder::remove(&file, &mut Changes::new())?,
            Occupant::Foreign(_) => {
                changes.push(format!("left {}: another tool wrote it, git no longer reads it", shown(&file)));
            }
        }
    }
    if files::exists(&include_file(setup)) {
        folder::remove(&include_file(setup), &mut Changes::new())?;
    }
    super::remove_if_empty(&path);
    super::remove_if_empty(&own_folder(setup));
    Ok(changes)
}

/// Our includes in this worktree's own configuration files, also those from before the repository moved.
fn includes(setup: &HookSetup) -> Vec<(Scope, String)> {
    let ours = |setting: &&Setting| {
        let value = setting.value.as_ref().is_some_and(|value| value.ends_with(b"/ci-guard/config"));
        let scope = matches!(setting.scope, Scope::Local | Scope::Worktree);
        value && scope && setting.key.starts_with(b"includeif.gitdir:")
    };
    let found = setup.settings.iter().filter(ours);
    let mut found: Vec<_> = found.map(|setting| (setting.scope, setting.key.to_string())).collect();
    found.dedup();
    found
}

fn include_file(setup: &HookSetup) -> PathBuf {
    own_folder(setup).join("config")
}

/// A section that nobody else has, so that it is made anew at the end of the file. The condition always holds here.
fn include_key(setup: &HookSetup) -> String {
    let around = setup.common_dir.parent().unwrap_or(&setup.common_dir);
    let mut pattern = String::new();
    for c in around.to_string_lossy().chars() {
        if r"\*?[".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    let slash = if pattern.ends_with('/') { "" } else { "/" };
    format!("includeif.gitdir:{pattern}{slash}.path")
}

/// What git is told, in its own configuration language.
fn include_text(hooks: &Path) -> Vec<u8> {
    let head = b"# Written by `ci-guard install`, taken away by `ci-guard uninstall`.\n[core]\n\thooksPath = ";
    [&head[..], &value(hooks.as_os_str().as_encoded_bytes()), b"\n"].concat()
}

/// A value in git's configuration language.
pub(super) fn value(bytes: &[u8]) -> Vec<u8> {
    let inside = bytes.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    [b"\"", &inside[..], b"\""].concat()
}

/// Put a forwarder where nobody sits, and renew one that is there. Says whether anything was written.
pub(super) fn write_forward(file: &Path, text: &[u8]) -> Result<bool> {
    match folder::occupant(file) {
        Occupant::Shim(_) | Occupant::Foreign(_) => return Ok(false),
        Occupant::Forward if files::is_program(file) && fs::read(file).is_ok_and(|found| found == text) => {
            return Ok(false);
        }
        Occupant::Nobody | Occupant::Forward => {}
    }
    files::write(file, text, Purpose::Program).map_err(|error| cannot("written", file, &error))?;
    Ok(true)
}
