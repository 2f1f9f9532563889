//! What the last fetch brought: `git pull URL main` leaves no trace of where its commits come from but `FETCH_HEAD`.
//!
//! Whose address that is decides how much it proves; which names of a policy it answers to is for the rules to say.

use super::scene::Scene;
use crate::git::Repo;
use crate::guard::fetch_head::{self, Fetched, same_place};
use crate::system::files;
use bstr::{BStr, BString, ByteSlice, ByteVec};
use std::collections::HashMap;

/// A branch that the last fetch brought.
pub(super) struct Brought {
    /// The branch, and the address it came from.
    pub what: Fetched,
    /// The remotes of this repository that have this address.
    pub remotes: Vec<BString>,
    /// Whether it is the address that is pushed to.
    pub is_pushed_to: bool,
}

impl Brought {
    /// Whether it came from an address that this repository knows.
    pub(super) fn is_known(&self) -> bool {
        self.is_pushed_to || !self.remotes.is_empty()
    }
}

/// What the last fetch in this worktree brought. A fetch from the repository itself says nothing about any other.
pub(super) fn brought(scene: &Scene, pushed_url: Option<&BStr>) -> Vec<Brought> {
    let content = files::read_regular(&scene.repo.git_dir().join("FETCH_HEAD")).ok().flatten().unwrap_or_default();
    let fetched = fetch_head::parse(&content);
    if fetched.is_empty() {
        return Vec::new();
    }
    let place = |url: &BStr| place(scene.repo, url);
    let here: Vec<BString> = [scene.repo.top(), scene.repo.git_dir(), scene.repo.common_dir()]
        .map(|dir| place(Vec::from_path_lossy(dir).as_bstr()))
        .into();
    let remotes: Vec<(BString, Vec<BString>)> = (scene.repo.remotes().into_iter())
        .map(|name| {
            let urls = scene.repo.remote_urls(&name);
            (name, urls.iter().map(|url| place(url.as_ref())).collect())
        })
        .collect();
    let pushed_url = pushed_url.map(place);
    // A fetch of a whole remote names its address as often as it has branches.
    let mut known: HashMap<BString, Option<(Vec<BString>, bool)>> = HashMap::new();
    let mut owner = |url: &BString| {
        let place = place(url.as_ref());
        let is_same = |other: &BString| same_place(other.as_ref(), place.as_ref());
        if here.iter().any(is_same) {
            return None;
        }
        let names = remotes.iter().filter(|(_, urls)| urls.iter().any(is_same)).map(|(name, _)| name.clone());
        Some((names.collect(), pushed_url.as_ref().is_some_and(is_same)))
    };
    (fetched.into_iter())
        .filter_map(|what| {
            let owner = known.entry(what.url.clone()).or_insert_with_key(&mut owner).clone();
            owner.map(|(remotes, is_pushed_to)| Brought { what, remotes, is_pushed_to })
        })
        .collect()
}

/// An address in a form that can be compared: local paths made absolute, as git does from the top of the work tree,
/// and links resolved. `FETCH_HEAD` leaves out a `.git` at the end, so that one is looked for, too.
pub(super) fn place(repo: &Repo, url: &BStr) -> BString {
    let path = url.strip_prefix(b"file://").unwrap_or(url);
    let canonical = |path: &[u8]| repo.top().join(path.to_path().ok()?).canonicalize().ok();
    let with_suffix = || canonical(&[path.trim_end_with(|c| c == '/'), b".git"].concat());
    let local = canonical(path).or_else(with_suffix);
    local.map_or_else(|| url.to_owned(), |path| Vec::from_path_lossy(&path).into_owned().into())
}
