//! The place of a judgement: the repository with its objects, which side of a push we are on, and names for things.

use super::fetched::place;
use crate::git::Repo;
use crate::git::command::Git;
use crate::git::commits::{Commits, Peeled};
use crate::git::objects::ObjectStore;
use crate::git::refs::Refs;
use crate::guard::base_candidates;
use crate::guard::fetch_head::same_place;
use crate::model::{Oid, RefTable, Side, visible};
use anyhow::{Context, Result};
use bstr::{BStr, BString, ByteSlice};
use std::cell::{RefCell, RefMut};
use std::path::Path;

/// An open repository.
pub(super) struct Place {
    repo: Repo,
    store: ObjectStore,
}

/// A repository, ready to be asked. What was read once is remembered for the whole judgement.
pub(super) struct Scene<'p> {
    /// Places, configuration, remotes.
    pub repo: &'p Repo,
    /// Its objects, a quarantine's included.
    pub store: &'p ObjectStore,
    /// Its refs.
    pub refs: Refs<'p>,
    commits: RefCell<Commits<'p>>,
}

/// A branch that judgements are made against, by full name, and the commit it leads to.
pub(super) type Named = (BString, Oid);

impl Place {
    /// Open the repository around the current folder, or the one that `GIT_DIR` names.
    ///
    /// # Errors
    /// See [`Repo::open`].
    pub(super) fn open() -> Result<Place> {
        Place::open_in(Path::new("."))
    }

    /// The same around another folder.
    ///
    /// # Errors
    /// See [`Repo::open`].
    pub(super) fn open_in(folder: &Path) -> Result<Place> {
        let repo = Repo::open(folder)?;
        let store = ObjectStore::open(&repo.object_dirs(), repo.hash());
        Ok(Place { repo, store })
    }
}

impl<'p> Scene<'p> {
    /// The scene at an open repository.
    ///
    /// # Errors
    /// The boundary of a shallow clone cannot be read.
    pub(super) fn at(place: &'p Place) -> Result<Scene<'p>> {
        let commits = RefCell::new(Commits::of(&place.repo, &place.store)?);
        Ok(Scene { repo: &place.repo, store: &place.store, refs: Refs::of(&place.repo), commits })
    }

    /// Its commits. Borrowed for as long as the answer is held: nobody may ask twice at once.
    pub(super) fn commits(&self) -> RefMut<'_, Commits<'p>> {
        self.commits.borrow_mut()
    }

    /// The commit behind an id, when it is in this repository.
    pub(super) fn commit_here(&self, id: Oid) -> Option<Oid> {
        match self.commits().peel(id) {
            Peeled::Commit(commit) => Some(commit),
            Peeled::NoCommit | Peeled::Missing(_) => None,
        }
    }

    /// The client's side of a push. git gives a hook the remote's name, or its URL twice where it has no name; a URL
    /// that some remote has too is that remote.
    pub(super) fn client(&self, remote: Option<&BStr>, url: Option<&BStr>) -> Side {
        let remotes = self.repo.remotes();
        let by_name = remotes.iter().find(|name| Some(name.as_bstr()) == remote);
        let by_url = || {
            let url = place(self.repo, url.or(remote)?);
            let at_url = |name: &&BString| {
                self.repo
                    .remote_urls(name)
                    .iter()
                    .any(|known| same_place(place(self.repo, known.as_ref()).as_ref(), url.as_ref()))
            };
            remotes.iter().find(at_url)
        };
        let remote = by_name.or_else(by_url).cloned();
        Side::Client { remote, remotes }
    }

    /// The side of a judgement by hand, and the base branch where no policy names one.
    ///
    /// # Errors
    /// Refs cannot be read.
    pub(super) fn by_hand(&self) -> Result<(Side, Option<Named>)> {
        let checked_out = self.checked_out()?;
        let branch = checked_out.as_ref().and_then(|name| name.strip_prefix(b"refs/heads/"));
        let remotes = self.repo.remotes();
        // A bare repository that knows no other is the one that others push to.
        let side = match self.repo.work_dir().is_none() && remotes.is_empty() {
            true => Side::Server,
            false => Side::Client { remote: self.repo.push_remote(branch), remotes },
        };
        let base = self.first_of(&base_candidates(None, &side, &|remote| self.head_of(&side, remote)))?;
        Ok((side, base))
    }

    /// The first of these refs that exists. Its commit may be missing all the same: then nothing can be compared with
    /// it, which is not as if there were no such branch.
    ///
    /// # Errors
    /// A ref cannot be read.
    pub(super) fn first_of(&self, candidates: &[BString]) -> Result<Option<Named>> {
        let mut commits = self.commits();
        for name in candidates {
            if let Some(target) = self.refs.get(name.as_ref())?
                && let Peeled::Commit(commit) | Peeled::Missing(commit) = commits.peel(target)
            {
                return Ok(Some((name.clone(), commit)));
            }
        }
        Ok(None)
    }

    /// All branches that names of a policy can mean.
    ///
    /// # Errors
    /// Refs cannot be listed.
    pub(super) fn branches(&self, side: &Side) -> Result<RefTable> {
        match side {
            Side::Client { .. } => self.refs.below(&["refs/heads/", "refs/remotes/"]),
            Side::Server => self.refs.below(&["refs/heads/"]),
        }
    }

    /// What a person typed for a commit, resolved as git does; the plain cases without starting it.
    ///
    /// # Errors
    /// It names no commit here.
    pub(super) fn resolve(&self, typed: &str) -> Result<Oid> {
        let plain = match Oid::from_hex(typed.as_bytes()) {
            Some(id) => Some(id),
            None if typed == "HEAD" || typed.starts_with("refs/") => self.refs.get(typed.into())?,
            None => None,
        };
        let id = match plain {
            Some(id) => Some(id),
            None => {
                let git_dir = std::path::absolute(self.repo.git_dir())?;
                let git = Git::new(".")?.with_git_dir(git_dir);
                let answer = git.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", typed])?;
                Oid::from_hex(answer.stdout.trim_ascii())
            }
        };
        match id.map(|id| self.commits().peel(id)) {
            Some(Peeled::Commit(commit)) => Ok(commit),
            _ => anyhow::bail!("{} names no commit in this repository", visible(typed)),
        }
    }

    /// What a person typed as a base or as the start of a range: a remote's branch of that name before anything else that
    /// is called so, because a tag or a local branch of the same name may be anywhere. With the full name, if it has one.
    ///
    /// # Errors
    /// It names no commit here.
    pub(super) fn resolve_base(&self, side: &Side, typed: &str) -> Result<Named> {
        if typed == "HEAD" {
            return Ok((typed.into(), self.resolve(typed)?));
        }
        let mut candidates = vec![BString::from(format!("refs/remotes/{typed}"))];
        if let Side::Client { remote: Some(remote), .. } = side {
            candidates.push(format!("refs/remotes/{remote}/{typed}").into());
        }
        match self.first_of(&candidates)? {
            Some(found) => Ok(found),
            None => Ok((typed.into(), self.resolve(typed)?)),
        }
    }

    /// The full name of the branch that is checked out.
    ///
    /// # Errors
    /// HEAD cannot be read.
    pub(super) fn checked_out(&self) -> Result<Option<BString>> {
        self.refs.symbolic_target("HEAD".into()).context("HEAD cannot be read")
    }

    /// What a remote's HEAD branch is here (`refs/remotes/origin/main`); on a server, what HEAD points to.
    pub(super) fn head_of(&self, side: &Side, remote: &[u8]) -> Option<BString> {
        let name = match side {
            Side::Client { .. } => [b"refs/remotes/", remote, b"/HEAD"].concat(),
            Side::Server => b"HEAD".to_vec(),
        };
        self.refs.symbolic_target(BStr::new(&name)).ok().flatten()
    }
}
