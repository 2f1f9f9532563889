//! A repository, opened the way git itself would find it: from a folder or from `GIT_DIR`, with the object folders of
//! a quarantine where git set them, and only when its owner is trusted.
//!
//! Reads configuration, places and remotes. Refs are in [`super::refs`], objects in [`super::objects`].

use super::given;
use crate::model::{Oid, visible};
use crate::system::env;
use anyhow::{Context, Result, bail};
use bstr::{BStr, BString, ByteSlice, ByteVec};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// An open repository.
pub struct Repo {
    pub(super) inner: gix::Repository,
    common_dir: PathBuf,
}

/// What is staged, see [`Repo::index`].
#[derive(Default)]
pub struct Index {
    /// Files by path.
    pub files: HashSet<(BString, Oid)>,
    /// Folders that were not taken apart.
    pub folders: Vec<(BString, Oid)>,
    /// Files of which nothing is staged yet, because they are in conflict.
    pub in_conflict: BTreeSet<BString>,
}

impl Repo {
    /// Open the repository around `directory`, or the one that `GIT_DIR` names.
    ///
    /// # Errors
    /// There is none, it cannot be read, or somebody else owns it and git's `safe.directory` does not list it.
    pub fn open(directory: &Path) -> Result<Repo> {
        let given = env::var("GIT_CONFIG_PARAMETERS").and_then(|text| Vec::from_os_string(text).ok());
        let options = options(given::settings(&given.unwrap_or_default()));
        let here = std::path::absolute(directory).context("the current folder cannot be told")?;
        let named = env::path("GIT_DIR").map(|dir| here.join(dir));
        let found = match &named {
            Some(git_dir) => open_trusted(git_dir, &options),
            // Inside of a git folder, gix is at a loss with a relative path.
            None => discover(directory, &options).or_else(|_| discover(&here, &options)),
        };
        let mut trusted = named.is_some();
        let found = found.and_then(|found| match is_trusted_after_all(&found.to_thread_local()) {
            true => {
                trusted = true;
                open_trusted(found.git_dir(), &options)
            }
            false => Ok(found),
        });
        let inner = match found {
            Ok(found) => {
                let mut repo = found.to_thread_local();
                repo.clear_namespace(); // that is for what comes over a wire, and git itself looks at all refs
                repo
            }
            Err(error) => {
                let reason = visible(format!("{:#}", anyhow::Error::from(error)));
                bail!("no git repository could be opened at {}: {reason}", path_text(&named.unwrap_or(here)));
            }
        };
        if inner.git_dir_trust() != gix::sec::Trust::Full && !trusted {
            let place = owned_folder(&inner);
            let place = path_text(&place.canonicalize().unwrap_or_else(|_| place.to_owned()));
            bail!(
                "the repository at {place} belongs to somebody else, so git does not trust it; if you do: \
                 git config --global --add safe.directory {place}"
            );
        }
        // A linked worktree names it by a path with `..` in it, which nobody likes to read.
        let common_dir = gix::path::normalize(inner.common_dir().into(), inner.current_dir());
        let common_dir = common_dir.map_or_else(|| inner.common_dir().to_owned(), |dir| dir.into_owned());
        Ok(Repo { inner, common_dir })
    }

    /// The git folder of this worktree.
    pub fn git_dir(&self) -> &Path {
        self.inner.git_dir()
    }

    /// Where git itself works: the top of the work tree, or the git folder where there is none.
    pub fn top(&self) -> &Path {
        self.inner.workdir().unwrap_or(self.inner.git_dir())
    }

    /// The git folder that all worktrees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The work tree, where there is one.
    pub fn work_dir(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// How long object ids are here.
    pub fn hash(&self) -> gix::hash::Kind {
        self.inner.object_hash()
    }

    /// The folders that hold objects, the one that is written to first. Inside a receiving push, new objects are in
    /// a quarantine that only git's environment names.
    pub fn object_dirs(&self) -> Vec<PathBuf> {
        let own = env::path("GIT_OBJECT_DIRECTORY").unwrap_or_else(|| self.common_dir().join("objects"));
        let others = env::var("GIT_ALTERNATE_OBJECT_DIRECTORIES").and_then(|value| Vec::from_os_string(value).ok());
        let others = path_list(others.unwrap_or_default().as_bstr());
        std::iter::once(own).chain(others.into_iter().filter(|dir| dir.is_dir())).collect()
    }

    /// A configuration value, as git resolves it over all its files and its environment.
    pub fn config(&self, key: &str) -> Option<BString> {
        self.inner.config_snapshot().string(key)
    }

    /// A configuration value of the repository itself, which no other file has a say in.
    pub fn own_config(&self, key: &str) -> Option<BString> {
        let own = |meta: &gix::config::file::Metadata| meta.source.kind() == gix::config::source::Kind::Repository;
        self.inner.config_snapshot().plumbing().string_filter(key, own)
    }

    /// A configuration value that names a file, `~` and the like resolved.
    ///
    /// # Errors
    /// The value cannot be resolved to a path.
    pub fn config_path(&self, key: &str) -> Result<Option<PathBuf>> {
        Ok(self.inner.config_snapshot().trusted_path(key)?)
    }

    /// The remotes that are configured, in byte order.
    pub fn remotes(&self) -> Vec<BString> {
        let snapshot = self.inner.config_snapshot();
        let sections = snapshot.plumbing().sections_by_name("remote").into_iter().flatten();
        let names: BTreeSet<BString> =
            sections.filter_map(|section| Some(section.header().subsection_name()?.to_owned())).collect();
        names.into_iter().collect()
    }

    /// The URLs of a remote, as configured, and as `url.*.insteadOf` rewrites them.
    pub fn remote_urls(&self, remote: &[u8]) -> Vec<BString> {
        use gix::remote::Direction;
        let snapshot = self.inner.config_snapshot();
        let sections = snapshot.plumbing().sections_by_name("remote").into_iter().flatten();
        let configured = sections
            .filter(|section| section.header().subsection_name().is_some_and(|name| name == remote))
            .flat_map(|section| ["url", "pushurl"].map(|key| section.values(key)))
            .flatten();
        let rewritten = self.inner.try_find_remote(remote.as_bstr()).and_then(Result::ok);
        let rewritten = [Direction::Fetch, Direction::Push]
            .map(|direction| rewritten.as_ref().and_then(|remote| Some(remote.url(direction)?.to_bstring())));
        configured.chain(rewritten.into_iter().flatten()).collect()
    }

    /// The remote that a push by hand would go to: as git decides it for the branch that is checked out.
    pub fn push_remote(&self, branch: Option<&[u8]>) -> Option<BString> {
        let of_branch = |key: &str| {
            let branch = branch?.to_str().ok()?;
            self.config(&format!("branch.{branch}.{key}"))
        };
        let remotes = self.remotes();
        of_branch("pushRemote")
            .or_else(|| self.config("remote.pushDefault"))
            .or_else(|| of_branch("remote"))
            .filter(|name| remotes.contains(name))
            .or_else(|| remotes.iter().find(|name| **name == "origin").cloned())
            .or_else(|| remotes.first().cloned())
    }

    /// What is staged for the next commit: every regular file and its content. A file in conflict is not staged yet. A
    /// sparse index has whole folders that are not checked out: each with its tree, its path ending in `/`.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn index(&self) -> Result<Index> {
        use gix::index::entry::{Flags, Mode, Stage};
        let Some(read) = self.inner.try_index()? else { return Ok(Index::default()) };
        let mut index = Index::default();
        for entry in read.entries() {
            let staged = (entry.path(&read).to_owned(), super::oid(&entry.id));
            match entry.mode {
                Mode::DIR => index.folders.push(staged),
                Mode::FILE | Mode::FILE_EXECUTABLE
                    if entry.stage() == Stage::Unconflicted && !entry.flags.contains(Flags::INTENT_TO_ADD) =>
                {
                    index.files.insert(staged);
                }
                _ if entry.stage() != Stage::Unconflicted => {
                    index.in_conflict.insert(staged.0);
                }
                _ => {}
            }
        }
        Ok(index)
    }

    /// The commits at which a shallow clone's history was cut.
    ///
    /// # Errors
    /// The file that lists them cannot be read.
    pub fn shallow_commits(&self) -> Result<Vec<Oid>> {
        let commits = self.inner.shallow_commits()?;
        Ok(commits.iter().flat_map(|commits| commits.iter()).map(|id| super::oid(id)).collect())
    }
}

fn options(given: Vec<BString>) -> gix::open::Options {
    // gix's own object store is not used. With a number of slots given it stays closed: counting the packs of all
    // alternates takes time, and one alternate that git merely warns of would be an error.
    let slots = gix::odb::store::init::Slots::Given(1);
    let options = gix::open::Options::default().object_store_slots(slots);
    options.config_overrides(["core.useReplaceRefs=false"]).cli_overrides(given)
}

/// Open a git folder whose owner does not matter: git trusts the one that GIT_DIR names, as it does when it runs a hook.
/// The path is absolute, because gix takes the parent folder of a `.` for the work tree of a `.git`, and finds none.
fn open_trusted(git_dir: &Path, options: &gix::open::Options) -> gix::Result<gix::ThreadSafeRepository> {
    let options = options.clone().with(gix::sec::Trust::Full).open_path_as_is(true);
    gix::ThreadSafeRepository::open_opts(std::path::absolute(git_dir).unwrap_or_else(|_| git_dir.into()), options)
}

/// Find the repository around a folder.
fn discover(directory: &Path, options: &gix::open::Options) -> gix::Result<gix::ThreadSafeRepository> {
    let trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options.clone() };
    let upwards = gix::discover::upwards::Options { match_ceiling_dir_or_error: false, ..Default::default() };
    gix::ThreadSafeRepository::discover_with_environment_overrides_opts(directory, upwards, trust)
}

/// Whether git trusts a repository that gix does not trust.
fn is_trusted_after_all(repo: &gix::Repository) -> bool {
    let is_mine = |path: &Path| gix::sec::identity::is_path_owned_by_current_user(path).unwrap_or(false);
    // To git, the owner of what `core.worktree` names does not matter, and it need not even be there.
    let is_found_here = || {
        let Ok(git_dir) = std::path::absolute(repo.git_dir()) else { return false };
        let parent = git_dir.parent().filter(|_| git_dir.ends_with(".git"));
        is_mine(&git_dir) && parent.is_none_or(is_mine)
    };
    repo.git_dir_trust() != gix::sec::Trust::Full
        && (is_trusted_by_command(repo) || repo.config_snapshot().string("core.worktree").is_some() && is_found_here())
}

/// Whether a `safe.directory` that was given to one command, or in the environment, covers a repository. git asks them,
/// too; gix asks the files of the machine and of the user.
fn is_trusted_by_command(repo: &gix::Repository) -> bool {
    let is_given = |meta: &gix::config::file::Metadata| meta.source.kind() == gix::config::source::Kind::Override;
    let values = || repo.config_snapshot().plumbing().strings_filter("safe.directory", is_given).unwrap_or_default();
    let covers = |place: &Path, value: &BString| {
        let folder = value.strip_suffix(b"/*").map(|folder| place.starts_with(folder.to_path_lossy()));
        value == "*" || folder.unwrap_or_else(|| place == value.to_path_lossy())
    };
    owned_folder(repo).canonicalize().is_ok_and(|place| values().iter().any(|value| covers(&place, value)))
}

/// The folder whose owner decides whether git trusts a repository.
fn owned_folder(repo: &gix::Repository) -> &Path {
    repo.workdir().unwrap_or(repo.git_dir())
}

/// Folders as git lists them in its environment: one that holds the separator is in quotes, as in C.
fn path_list(mut list: &BStr) -> Vec<PathBuf> {
    const SEPARATOR: u8 = if cfg!(windows) { b';' } else { b':' };
    let mut folders = Vec::new();
    while !list.is_empty() {
        let quoted = list.starts_with(b"\"").then(|| gix::quote::ansi_c::undo(list).ok()).flatten();
        let (folder, length) = quoted.unwrap_or_else(|| {
            let end = list.find_byte(SEPARATOR).unwrap_or(list.len());
            (list[..end].as_bstr().into(), end)
        });
        folders.extend(folder.to_path().ok().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned));
        list = list.get(length + 1..).unwrap_or_default().as_bstr();
    }
    folders
}

/// A path as people read it.
fn path_text(path: &Path) -> String {
    crate::model::shell_word(Vec::from_path_lossy(path))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn quoted_folders_hold_the_separator() {
        for (list, want) in [
            ("", &[][..]),
            ("/a", &["/a"]),
            ("/a:/b c:", &["/a", "/b c"]),
            (r#""/o:x/objects":/b"#, &["/o:x/objects", "/b"]),
            (r#"/b:"/\303\266:\"\\\n""#, &["/b", "/ö:\"\\\n"]),
            // What only looks like a quote is taken as it is.
            (r#""/a:/b"#, &["\"/a", "/b"]),
            ("::", &[]),
        ] {
            let want: Vec<_> = want.iter().map(PathBuf::from).collect();
            assert_eq!(path_list(list.into()), want, "{list}");
        }
    }
}
