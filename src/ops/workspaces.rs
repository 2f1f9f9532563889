//! The workspaces below a folder, and the doctor's answer for each.
//!
//! Work trees, linked ones and submodules, and repositories without a work tree. Nothing inside of a git folder is looked
//! at, no link is followed, and what tools make by the thousand (caches, installed packages) is passed by.

use super::doctor::{self, Asker, PolicyHere};
use crate::git::command::Git;
use crate::model::{Diagnosis, Trouble, Workspace, Workspaces, shell_word, visible};
use anyhow::{Result, anyhow, bail};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More folders than any place that is meant for workspaces has.
const MOST_FOLDERS: usize = 1_000_000;

/// Folders full of what others wrote, in which nobody works.
const PASSED_BY: [&str; 8] =
    ["node_modules", "site-packages", "__pycache__", ".venv", ".tox", ".cache", ".gradle", ".m2"];

/// Examine every workspace below `root`. `policy` looks up which policy a push from a folder would be judged under.
///
/// # Errors
/// The folder cannot be read, or there is no git.
pub fn examine(root: &Path, asker: Asker, policy: impl Fn(&Path) -> PolicyHere + Sync) -> Result<Workspaces> {
    let git = Git::new(root)?;
    let mut found = Found::default();
    found.look_below(root)?;
    found.workspaces.sort();
    let (next, answers) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(path) = found.workspaces.get(next.fetch_add(1, Ordering::Relaxed)) {
            let job = || doctor::diagnose(&git.elsewhere(path), asker, || policy(path));
            // Whatever one of them does to us, it does it to its own answer only.
            let answer =
                catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|_| Err(anyhow!("internal error (a panic)")));
            let answer = answer.map(|found| from_afar(found, path)).map_err(|error| visible(format!("{error:#}")));
            if let Ok(mut answers) = answers.lock() {
                answers.push(Workspace { path: path.clone(), found: answer });
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..cores.min(found.workspaces.len()) {
            // Fewer will do.
            let _ = thread::Builder::new().name("doctor".into()).spawn_scoped(scope, work);
        }
        work();
    });
    let mut list = answers.into_inner().unwrap_or_default();
    list.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Workspaces { root: root.to_owned(), list, unread: found.unread, cut_short: found.cut_short })
}

/// What was seen on the way.
#[derive(Default)]
struct Found {
    workspaces: Vec<PathBuf>,
    unread: Vec<PathBuf>,
    cut_short: bool,
}

impl Found {
    fn look_below(&mut self, root: &Path) -> Result<()> {
        if let Err(error) = fs::read_dir(root) {
            let what = format!("{} cannot be read: {error}", visible(root.as_os_str().as_encoded_bytes()));
            bail!(Trouble::new(what, "so nobody can tell which workspaces are in it"));
        }
        let mut waiting = vec![root.to_owned()];
        let mut seen = 0;
        while let Some(folder) = waiting.pop() {
            seen += 1;
            if seen > MOST_FOLDERS {
                self.cut_short = true;
                break;
            }
            let Ok(entries) = fs::read_dir(&folder) else {
                self.unread.push(folder);
                continue;
            };
            let entries: Vec<_> = entries.flatten().collect();
            let has = |name: &str| entries.iter().any(|entry| entry.file_name() == name);
            if has("HEAD") && has("objects") && has("refs") {
                self.workspaces.push(folder); // without a work tree: all of it is git's
                continue;
            }
            if has(".git") {
                self.workspaces.push(folder.clone());
            }
            if has("CACHEDIR.TAG") && folder != root {
                continue;
            }
            // A link is no folder here.
            let folders = entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            let names = folders.map(std::fs::DirEntry::file_name);
            let worth = names.filter(|name| name != ".git" && !PASSED_BY.iter().any(|passed| name == passed));
            waiting.extend(worth.map(|name| folder.join(name)));
        }
        Ok(())
    }
}

/// The same, with commands that can be run from anywhere.
fn from_afar(mut found: Diagnosis, path: &Path) -> Diagnosis {
    let folder = shell_word(path.as_os_str().as_encoded_bytes());
    for command in found.problems.iter_mut().flat_map(|problem| problem.mend.iter_mut()) {
        let arms =
            command.starts_with("ci-guard install") && !command.contains(" --global") && !command.contains(" --repo ");
        let is_for_all =
            command.contains(" --global") || command.starts_with("cargo ") || command.starts_with("unset ");
        *command = match () {
            () if arms => format!("{command} --repo {folder}"),
            () if is_for_all || command.contains(" --repo ") => continue,
            () => format!("(cd {folder} && {command})"),
        };
    }
    found
}
