//! What only the disk knows about the place that an agent works in: its git folders, where git looks for its hooks, and where
//! links lead.
//!
//! Whatever cannot be looked up is left out, and the text alone decides.

use crate::agent::command::Protected;
use crate::git::Repo;
use crate::system::files;
use std::path::{Path, PathBuf};

/// The facts about a folder.
pub(super) fn of(folder: Option<String>) -> Protected {
    let Some(folder) = folder else { return Protected::default() };
    let repo = Repo::open(Path::new(&folder)).ok();
    let git_folders = repo.iter().flat_map(|repo| [repo.git_dir(), repo.common_dir()]).filter_map(text).collect();
    let hook_folders = repo.as_ref().and_then(hook_folder).as_deref().and_then(text).into_iter().collect();
    Protected { folder: Some(folder), hook_folders, git_folders }
}

/// Where a file really is, and the same facts in those terms; nothing where no link is on the way.
pub(super) fn behind_links(path: &str, protected: &Protected) -> Option<(String, Protected)> {
    let folder = protected.folder.as_deref()?;
    let typed = Path::new(folder).join(path);
    let real = files::behind_links(&typed)?;
    let text_of = |path: &String| text(&files::behind_links(Path::new(path))?);
    let facts = Protected {
        folder: text_of(&folder.to_owned()),
        hook_folders: protected.hook_folders.iter().filter_map(text_of).collect(),
        git_folders: protected.git_folders.iter().filter_map(text_of).collect(),
    };
    Some((text(&real).filter(|real| Path::new(real) != typed)?, facts))
}

/// The folder that `core.hooksPath` names. One that holds the work itself, or is no folder (`/dev/null`), protects nothing.
fn hook_folder(repo: &Repo) -> Option<PathBuf> {
    let folder = repo.config_path("core.hooksPath").ok()??;
    let folder = std::path::absolute(repo.top().join(folder)).ok()?;
    let top = std::path::absolute(repo.top()).ok()?;
    (folder.is_dir() && !top.starts_with(&folder)).then_some(folder)
}

fn text(path: &Path) -> Option<String> {
    std::path::absolute(path).ok()?.to_str().map(str::to_owned)
}
