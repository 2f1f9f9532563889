//! Refs read as branches, and a policy's names looked up among them, always by full ref name.
//!
//! Short names are never resolved the way git does it: a tag `main` or a local branch `origin/main` would shadow what is
//! meant. Tags are no branches, and neither is a remote's `HEAD`, which only points to one.

use crate::model::{Oid, RefTable, RefUpdate, Side};
use crate::policy::NamePattern;
use bstr::{BStr, BString, ByteSlice};
use std::fmt;

const LOCAL: &str = "refs/heads/";
const TRACKING: &str = "refs/remotes/";

/// A branch and the commit it stands for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tip {
    /// The full name of its ref.
    pub name: BString,
    /// Where it leads.
    pub target: Oid,
}

impl Tip {
    /// What people call it: `origin/develop` for a remote's branch, `develop` for one of this repository.
    pub fn short(&self) -> &BStr {
        let name = self.name.strip_prefix(TRACKING.as_bytes());
        name.or_else(|| self.name.strip_prefix(LOCAL.as_bytes())).unwrap_or(&self.name).as_bstr()
    }
}

impl fmt::Debug for Tip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.target.short())
    }
}

/// A ref name taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Branch<'a> {
    /// Whose it is; `None` for a branch of this repository.
    pub remote: Option<&'a BStr>,
    /// Its name there.
    pub name: &'a BStr,
}

/// The refs of a repository, seen from one side of a push.
pub(super) struct Branches<'a> {
    side: &'a Side,
    refs: &'a RefTable,
    /// Every known remote, the one that is pushed to first.
    remotes: Vec<&'a BStr>,
}

/// Where a name is looked for. Below its prefix, a ref is called what the policy calls it.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// Anywhere: the name is a full one.
    Exactly,
    /// At this remote, which the name itself begins with.
    Qualified(&'a BStr),
    /// At this remote.
    Remote(&'a BStr),
    /// In this repository.
    Here,
}

impl<'a> Branches<'a> {
    pub(super) fn new(side: &'a Side, refs: &'a RefTable) -> Branches<'a> {
        Branches { side, refs, remotes: remotes(side) }
    }

    /// Every known remote, the one that is pushed to first. Empty on a server.
    pub(super) fn remotes(&self) -> &[&'a BStr] {
        &self.remotes
    }

    /// The remote that is pushed to, where it has a name.
    pub(super) fn pushed_remote(&self) -> Option<&'a BStr> {
        match self.side {
            Side::Client { remote, .. } => remote.as_ref().map(|remote| remote.as_ref()),
            Side::Server => None,
        }
    }

    /// The branch that a full ref name stands for. Remote names may hold slashes: the longest known one counts, and
    /// with none known, the first part.
    pub(super) fn read<'n>(&self, full: &'n [u8]) -> Option<Branch<'n>> {
        if let Some(name) = full.strip_prefix(LOCAL.as_bytes()) {
            return (!name.is_empty()).then(|| Branch { remote: None, name: name.as_bstr() });
        }
        let rest = full.strip_prefix(TRACKING.as_bytes())?;
        let known = self.remotes.iter().filter(|remote| below(rest, remote).is_some()).map(|remote| remote.len());
        let (remote, name) = rest.split_at(known.max().or_else(|| rest.find_byte(b'/'))?);
        let name = &name[1..];
        // Also `origin/HEAD` of a remote `team`: it is the `HEAD` of a remote `team/origin` that is not known.
        let is_head = name == b"HEAD" || name.ends_with(b"/HEAD");
        let is_branch = !remote.is_empty() && !name.is_empty() && !is_head;
        is_branch.then(|| Branch { remote: Some(remote.as_bstr()), name: name.as_bstr() })
    }

    /// What the policy's name means: the matches of the first place that has any.
    pub(super) fn find(&self, pattern: &NamePattern) -> Vec<Tip> {
        let found = self.places(pattern).into_iter().map(|places| self.matches(pattern, &places));
        found.into_iter().find(|tips| !tips.is_empty()).unwrap_or_default()
    }

    /// The branches of all remotes that bear this name, where the name does not say whose it means.
    pub(super) fn namesakes(&self, pattern: &NamePattern) -> Vec<Tip> {
        if is_full(pattern) || self.qualifier(pattern).is_some() {
            return Vec::new();
        }
        let everywhere: Vec<_> = self.remotes.iter().copied().map(Place::Remote).collect();
        self.matches(pattern, &everywhere)
    }

    /// Every branch that others may know of: on a client the remotes' branches, on a server its own.
    pub(super) fn published(&self) -> impl Iterator<Item = (Tip, Branch<'a>)> + '_ {
        let prefix = if matches!(self.side, Side::Server) { LOCAL } else { TRACKING };
        let refs: &'a RefTable = self.refs;
        refs.with_prefix(prefix.as_bytes())
            .filter_map(|(name, target)| Some((Tip { name: name.to_owned(), target }, self.read(name)?)))
    }

    /// The branch of this name at a remote.
    pub(super) fn at_remote(&self, remote: &BStr, name: &[u8]) -> Option<Tip> {
        let full = tracking(remote, name);
        let target = self.refs.get(&full)?;
        let is_its = self.read(&full).is_some_and(|branch| branch.remote == Some(remote));
        is_its.then_some(Tip { name: full, target })
    }

    /// Whether this update writes a branch that the policy's name means.
    pub(super) fn is_meant(&self, pattern: &NamePattern, update: &RefUpdate) -> bool {
        let Some(branch) = update.branch() else { return false };
        is_full(pattern) && pattern.matches(&update.remote_ref)
            || self.is_meant_at(pattern, self.pushed_remote(), branch)
    }

    /// Whether the policy's name means this branch of this remote, or of a place without a name.
    pub(super) fn is_meant_at(&self, pattern: &NamePattern, remote: Option<&BStr>, branch: &[u8]) -> bool {
        if is_full(pattern) {
            return remote.is_some_and(|remote| pattern.matches(&tracking(remote, branch)));
        }
        match self.qualifier(pattern) {
            Some(qualifier) => {
                let qualified = [qualifier.as_bytes(), b"/", branch].concat();
                remote == Some(qualifier) && pattern.matches(&qualified)
            }
            None => pattern.matches(branch),
        }
    }

    /// Where to look for a name, in order; the places of one entry count together.
    fn places(&self, pattern: &NamePattern) -> Vec<Vec<Place<'a>>> {
        if is_full(pattern) {
            return vec![vec![Place::Exactly]];
        }
        let qualifier = self.qualifier(pattern);
        // A name that says whose it is never means a branch of this repository: anybody can make an `origin/main`.
        let here = qualifier.is_none().then_some(Place::Here);
        vec![
            qualifier.map(Place::Qualified).into_iter().collect(),
            self.pushed_remote().map(Place::Remote).into_iter().collect(),
            self.remotes.iter().copied().map(Place::Remote).collect(),
            here.into_iter().collect(),
        ]
    }

    /// The remote that a name like `upstream/main` begins with.
    fn qualifier(&self, pattern: &NamePattern) -> Option<&'a BStr> {
        let known = self.remotes.iter().filter(|remote| below(pattern.head(), remote).is_some());
        known.max_by_key(|remote| remote.len()).copied()
    }

    fn matches(&self, pattern: &NamePattern, places: &[Place<'_>]) -> Vec<Tip> {
        let mut tips = Vec::new();
        for place in places {
            let prefix = place.prefix();
            let is_hit = |name: &BStr| {
                let branch = self.read(name);
                pattern.matches(&name[prefix.len()..]) && branch.is_some_and(|branch| place.holds(branch))
            };
            let head = [prefix.as_bytes(), pattern.head()].concat();
            let hits = self.refs.with_prefix(&head).filter(|&(name, _)| is_hit(name));
            tips.extend(hits.map(|(name, target)| Tip { name: name.to_owned(), target }));
        }
        tips
    }
}

impl Place<'_> {
    fn prefix(self) -> BString {
        match self {
            Place::Exactly => BString::default(),
            Place::Qualified(_) => TRACKING.into(),
            Place::Remote(remote) => tracking(remote, b""),
            Place::Here => LOCAL.into(),
        }
    }

    fn holds(self, branch: Branch<'_>) -> bool {
        match self {
            Place::Exactly => true,
            Place::Qualified(remote) | Place::Remote(remote) => branch.remote == Some(remote),
            Place::Here => branch.remote.is_none(),
        }
    }
}

/// The full name of a remote's branch.
pub(super) fn tracking(remote: &BStr, name: &[u8]) -> BString {
    [TRACKING.as_bytes(), remote, b"/", name].concat().into()
}

/// Every known remote, the one that is pushed to first. Empty on a server.
pub(super) fn remotes(side: &Side) -> Vec<&BStr> {
    let Side::Client { remote, remotes } = side else { return Vec::new() };
    let mut known: Vec<&BStr> = Vec::new();
    for remote in remote.iter().chain(remotes).map(|remote| remote.as_bstr()) {
        if !known.contains(&remote) {
            known.push(remote);
        }
    }
    known
}

/// What follows `folder/` in a name.
pub(super) fn below<'n>(name: &'n [u8], folder: &[u8]) -> Option<&'n [u8]> {
    name.strip_prefix(folder)?.strip_prefix(b"/")
}

fn is_full(pattern: &NamePattern) -> bool {
    pattern.text().starts_with(b"refs/")
}
