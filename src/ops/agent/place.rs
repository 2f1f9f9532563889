//! What only the disk and the environment know about the place that an agent works in: its repository's git folders, work trees
//! and folder of hooks, where this user's configuration is, and where links lead.
//!
//! Whatever cannot be looked up is left out, and the text alone decides.

use super::install::Base;
use crate::agent::Agent;
use crate::agent::command::{Change, Protected};
use crate::agent::config::{self, Scope};
use crate::git::Repo;
use crate::ops::hooking::user_config;
use crate::system::{env, files};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// More linked worktrees than this are not looked at.
const MOST_WORK_TREES: usize = 64;
/// Nor more repositories below the folder than this.
const MOST_REPOSITORIES: usize = 4;

/// The facts about a folder.
pub(super) struct Place {
    pub(super) facts: Protected,
    /// The same behind all links.
    real: OnceCell<Protected>,
}

impl Place {
    pub(super) fn around(folder: Option<String>, agent: Option<Agent>) -> Place {
        // It takes core.hooksPath and the user's configuration away from every git that it starts.
        let unhooked = agent == Some(Agent::Gemini);
        let mut facts = Protected { of_user: of_user(), unhooked, ..Protected::default() };
        if let Some(folder) = folder {
            take_in(Path::new(&folder), &mut facts);
            facts.folder = Some(folder);
        }
        Place { facts, real: OnceCell::new() }
    }

    /// Where the folder is in no repository: get to know those below it that hold one of these files. What lies in a folder for
    /// temporary files is nobody's work, unless the agent works there itself.
    pub(super) fn look_below(&mut self, changes: &[Change]) {
        let Some(folder) = self.facts.folder.as_deref().filter(|_| self.facts.git_folders.is_empty()) else { return };
        let Some(real) = files::behind_links(Path::new(folder)) else { return };
        let temporary: Vec<_> = temporary_folders().filter(|it| !real.starts_with(it) || real == *it).collect();
        let top_around = |change: &Change| {
            let file = files::behind_links(&Path::new(folder).join(&change.path))?;
            let mut around: Vec<_> = file.ancestors().skip(1).filter(|it| it.starts_with(&real)).collect();
            around.reverse();
            let top = around.into_iter().find(|it| files::exists(&it.join(".git")))?;
            (!temporary.iter().any(|it| top.starts_with(it))).then(|| top.to_owned())
        };
        let tops: BTreeSet<_> = changes.iter().filter_map(top_around).collect();
        for top in tops.iter().take(MOST_REPOSITORIES) {
            take_in(top, &mut self.facts);
        }
        self.real = OnceCell::new();
    }

    /// What is really changed, and the facts in those terms; nothing where no link is on the way.
    pub(super) fn behind_links(&self, change: &Change) -> Option<(String, &Protected)> {
        let typed = Path::new(self.facts.folder.as_deref()?).join(&change.path);
        let real = match typed.file_name().filter(|_| !change.follows_link) {
            Some(name) => files::behind_links(typed.parent()?)?.join(name),
            None => files::behind_links(&typed)?,
        };
        let facts = self.real.get_or_init(|| behind_all_links(&self.facts));
        (real != typed || *facts != self.facts).then_some((text(&real)?, facts))
    }
}

/// Add what is known of the repository around a folder.
fn take_in(folder: &Path, facts: &mut Protected) {
    let Ok(repo) = Repo::open(folder) else { return };
    facts.git_folders.extend([repo.git_dir(), repo.common_dir()].into_iter().filter_map(text));
    facts.hook_folders.extend(hook_folder(&repo).as_deref().and_then(text));
    facts.unhooked &= repo.own_config("hook.ci-guard-pre-push.command").is_none();
    facts.work_trees.extend(work_trees(&repo).iter().filter_map(|top| text(top)));
}

/// The folder that `core.hooksPath` names. One that holds the work itself, or is no folder (`/dev/null`), protects nothing.
fn hook_folder(repo: &Repo) -> Option<PathBuf> {
    let folder = repo.config_path("core.hooksPath").ok()??;
    let folder = std::path::absolute(repo.top().join(folder)).ok()?;
    let top = std::path::absolute(repo.top()).ok()?;
    (folder.is_dir() && !top.starts_with(&folder)).then_some(folder)
}

/// The tops of a repository's work trees.
fn work_trees(repo: &Repo) -> Vec<PathBuf> {
    let common = repo.common_dir();
    let main = common.parent().filter(|_| common.ends_with(".git"));
    let linked = common.join("worktrees");
    let top_of = |name: PathBuf| {
        let folder = linked.join(name);
        let content = files::head(&folder.join("gitdir"), 4096)?;
        let git_file = folder.join(std::str::from_utf8(&content).ok()?.trim_end_matches('\n'));
        git_file.parent().map(Path::to_owned)
    };
    let linked = files::names(&linked).into_iter().take(MOST_WORK_TREES).filter_map(top_of);
    repo.work_dir().into_iter().chain(main).map(Path::to_owned).chain(linked).collect()
}

/// Where this user's configuration is, each with its usual name. Agents' is where we would install.
fn of_user() -> Vec<(String, String)> {
    let mut known = Vec::new();
    let mut add = |path: &Path, usual: String| known.extend(text(path).map(|path| (path, usual)));
    if let Ok(base) = Base::user() {
        let Base::User(home) = &base else { return known };
        add(home, "~".to_owned());
        for place in Agent::ALL.into_iter().flat_map(|agent| config::places(agent, Scope::User)) {
            let folder = base.folder(place);
            if folder != home.join(place.folder) {
                add(&folder, format!("~/{}", place.folder));
            }
        }
    }
    if let Ok(folder) = user_config::folder() {
        add(&folder, "~/.config".to_owned());
    }
    // One that is no file (`/dev/null`) is nobody's configuration.
    for file in user_config::candidates().unwrap_or_default() {
        if file.is_file() || !file.exists() {
            add(&file, "~/.gitconfig".to_owned());
        }
    }
    known
}

fn temporary_folders() -> impl Iterator<Item = PathBuf> {
    let usual = ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from);
    let all = ["TMPDIR", "TEMP", "TMP"].into_iter().filter_map(env::path).chain(usual);
    all.map(|folder| files::behind_links(&folder).unwrap_or(folder))
}

fn behind_all_links(facts: &Protected) -> Protected {
    let real = |path: &String| files::behind_links(Path::new(path)).as_deref().and_then(text);
    let all = |paths: &[String]| paths.iter().filter_map(real).collect();
    Protected {
        unhooked: facts.unhooked,
        folder: facts.folder.as_ref().and_then(real),
        hook_folders: all(&facts.hook_folders),
        git_folders: all(&facts.git_folders),
        work_trees: all(&facts.work_trees),
        of_user: facts.of_user.iter().filter_map(|(path, usual)| Some((real(path)?, usual.clone()))).collect(),
    }
}

fn text(path: &Path) -> Option<String> {
    std::path::absolute(path).ok()?.to_str().map(str::to_owned)
}
