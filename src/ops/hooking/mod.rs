//! How ci-guard sits in a repository so that git runs it. There are three places, and only one is in use at a time:
//!
//! | place | when | what another tool's hook feels |
//! |---|---|---|
//! | [`folder`] | git reads the repository's own hooks folder | it is kept beside ours and runs after it ([`shim`]) |
//! | [`configured`] | git reads hooks elsewhere, tools fight for the name, or one asks for it; git 2.54 and later | nothing |
//! | [`takeover`] | git reads hooks elsewhere, or a hook asks for its own name; older git | it runs where it is |
//!
//! And one for all repositories of a user, [`global`], which [`user_config`] leads to.
//!
//! What never happens: a write into a folder that other repositories share, a hook lost, a hook switched off or on.
//! [`survey`] looks and decides; the three places act; `install`, `uninstall` and `doctor` are the use cases above.

pub(super) mod configured;
pub(super) mod folder;
pub(super) mod global;
pub(super) mod policy;
pub(super) mod shim;
pub(super) mod survey;
pub(super) mod takeover;
pub(super) mod turn;
pub(super) mod user_config;

use crate::git::hooks::HookSetup;
use crate::model::{Trouble, shell_word, visible};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What was done, one visible line each, in the order it was done.
pub(super) type Changes = Vec<String>;

/// The folder in the shared git folder that holds what ci-guard writes beside the hooks folder.
pub(super) fn own_folder(setup: &HookSetup) -> PathBuf {
    setup.common_dir.join("ci-guard")
}

/// A path as text for people.
pub(super) fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes())
}

/// A path as a word of a command.
pub(super) fn word(path: &Path) -> String {
    shell_word(path.as_os_str().as_encoded_bytes())
}

/// Why a file could not be changed, and what to look at.
pub(super) fn cannot(act: &str, path: &Path, error: &io::Error) -> Trouble {
    let folder = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(path);
    let what = format!("{} could not be {act}: {}", shown(path), error.kind());
    let trouble = Trouble::new(what, "what was there before is still there").run(format!("ls -ld {}", word(folder)));
    match error.kind() {
        io::ErrorKind::PermissionDenied => trouble.run(format!("chmod u+w {}", word(folder))),
        _ => trouble,
    }
}

/// What git commands that are under way need of a folder of hooks that git is no longer led to: they go on asking for it
/// until they end, and one that is about to run a hook when this goes would fail. Most are over in no time.
pub(super) fn let_others_finish() {
    std::thread::sleep(Duration::from_millis(500));
}

/// Take a folder away when nothing is left in it.
pub(super) fn remove_if_empty(folder: &Path) {
    let _ = std::fs::remove_dir(folder);
}
