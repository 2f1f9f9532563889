//! Whose commits are whose: for each ref of a push, the branches of the base, the allowed ones, its own, and those
//! outside the policy.
//!
//! Names become refs here and nowhere else (docs/policy.md, section "Names"). Nothing walks history here: whether a
//! commit lies on one of these lines is for the rules to say.

use super::branches::{Branches, Tip, below, remotes, tracking};
use crate::model::{Oid, RefTable, RefUpdate, Side};
use crate::policy::{Name, NamePattern, Policy};
use bstr::{BStr, BString};
use std::collections::HashSet;

/// How to find where a remote's `HEAD` points: remote name in, full ref name out. On a server the name is empty and
/// the repository's own `HEAD` is meant.
pub type HeadOf<'a> = &'a dyn Fn(&[u8]) -> Option<BString>;

/// A policy's names, looked up once for all refs of a push.
pub struct Sources<'a> {
    branches: Branches<'a>,
    /// The policy's names for base and allowed branches.
    names: Vec<NamePattern>,
    /// Pushed branches that bear none of them.
    unnamed: Vec<&'a RefUpdate>,
    base: Vec<Tip>,
    allowed: Vec<Tip>,
    feature: Vec<Tip>,
    namesakes: Vec<Tip>,
    outside: Vec<Tip>,
    missing: Vec<BString>,
}

/// Where the commits of one pushed ref may come from, and where not.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    /// The base branch: on the remote, and as it goes out in the same push.
    pub base: &'a [Tip],
    /// Allowed branches, likewise.
    pub allowed: &'a [Tip],
    /// What is there already of the branch itself: on any remote, the ref's old value, the policy's feature branch.
    pub own: Vec<Tip>,
    /// Other branches that go out in the same push. They are judged for themselves, so what they bring is not foreign,
    /// and a merge of one is fine, with one catch: two refs pushed with the same merge must not vouch for each other.
    /// Such a tip proves a merge's parent only if it does not hold that merge itself.
    pub together: Vec<&'a RefUpdate>,
    /// Branches of other remotes that bear a name of the policy. They prove nothing, but they are not foreign: to a
    /// fork, `upstream/main` is what its own `main` will be.
    pub namesakes: &'a [Tip],
    /// Everybody else's branches.
    pub outside: Vec<&'a Tip>,
    /// Names of the policy, as written, that lead nowhere. Patterns may match nothing.
    pub missing: &'a [BString],
    /// There is no base at all.
    pub base_missing: bool,
}

impl<'a> Sources<'a> {
    /// Look up the names of `policy` for the push of `updates`. A policy without a base means the branch that content
    /// is compared with, see [`base_candidates`].
    pub fn new(
        policy: &Policy,
        side: &'a Side,
        refs: &'a RefTable,
        updates: &'a [RefUpdate],
        head_of: HeadOf<'_>,
    ) -> Sources<'a> {
        let branches = Branches::new(side, refs);
        let by_default = || {
            let candidates = base_candidates(None, side, head_of);
            let first = candidates.iter().find(|name| refs.get(name).is_some())?;
            branches.read(first).map(|branch| Name::of_branch(branch.name))
        };
        let base_name = policy.base.clone().or_else(by_default).map(NamePattern::Exact);
        let names: Vec<_> = base_name.iter().chain(&policy.allowed).cloned().collect();
        let mut missing = Vec::new();
        let mut look_up = |pattern: &NamePattern| {
            let in_push = updates.iter().filter(|update| !update.is_deletion() && branches.is_meant(pattern, update));
            let in_push = in_push.map(|update| Tip { name: update.remote_ref.clone(), target: update.new });
            let tips: Vec<_> = branches.find(pattern).into_iter().chain(in_push).collect();
            if tips.is_empty() && matches!(pattern, NamePattern::Exact(_)) {
                missing.push(pattern.text().to_owned());
            }
            tips
        };
        let base = each_once(base_name.iter().flat_map(&mut look_up));
        let allowed = each_once(policy.allowed.iter().flat_map(&mut look_up));
        let feature = published_feature(policy, side, &branches);

        let mut known: HashSet<BString> = [&base, &allowed, &feature].into_iter().flatten().map(name_of).collect();
        let mut namesakes = each_once(names.iter().flat_map(|pattern| branches.namesakes(pattern)));
        namesakes.retain(|tip| !known.contains(&tip.name));
        known.extend(namesakes.iter().map(name_of));
        let mut outside = nobodys_here(&branches, updates);
        outside.retain(|tip| !known.contains(&tip.name));
        let mut unnamed: Vec<_> = updates.iter().filter(|update| update.branch().is_some()).collect();
        unnamed.retain(|update| !update.is_deletion() && !names.iter().any(|name| branches.is_meant(name, update)));
        Sources { branches, names, unnamed, base, allowed, feature, namesakes, outside, missing }
    }

    /// The lines of one ref of the push. Only for refs that are not [exempt](Sources::exempt).
    pub fn lines(&self, update: &RefUpdate) -> Lines<'_> {
        let own = self.own(update);
        let is_own = |tip: &&Tip| own.iter().any(|own| own.name == tip.name);
        let others = self.unnamed.iter().filter(|other| other.remote_ref != update.remote_ref);
        Lines {
            base: &self.base,
            allowed: &self.allowed,
            together: others.copied().collect(),
            namesakes: &self.namesakes,
            outside: self.outside.iter().filter(|tip| !is_own(tip)).collect(),
            missing: &self.missing,
            base_missing: self.is_base_missing(),
            own,
        }
    }

    /// Where the allowed branches are.
    pub fn allowed(&self) -> Vec<Oid> {
        self.allowed.iter().map(|tip| tip.target).collect()
    }

    /// Whether there is no base at all.
    pub fn is_base_missing(&self) -> bool {
        self.base.is_empty()
    }

    /// Whether the merge rules have nothing to say about this ref: it is deleted, it is no line of work (stash, notes,
    /// copies of a remote's branches), or it is the base or an allowed branch, whose merges are its own business.
    pub fn exempt(&self, update: &RefUpdate) -> bool {
        update.is_deletion()
            || !update.is_line_of_work()
            || self.names.iter().any(|pattern| self.branches.is_meant(pattern, update))
    }

    /// Whether a name of the policy, for the base or an allowed branch, means this branch of this remote; without a
    /// remote, of some place that has no name here.
    pub fn mean(&self, remote: Option<&BStr>, branch: &BStr) -> bool {
        self.names.iter().any(|name| self.branches.is_meant_at(name, remote, branch))
    }

    fn own(&self, update: &RefUpdate) -> Vec<Tip> {
        let at_remotes = update.branch().into_iter().flat_map(|branch| {
            self.branches.remotes().iter().filter_map(move |remote| self.branches.at_remote(remote, branch))
        });
        let before = (!update.old.is_zero()).then(|| Tip { name: update.remote_ref.clone(), target: update.old });
        each_once(at_remotes.chain(before).chain(self.feature.iter().cloned()))
    }
}

/// The refs that may hold what the markers of a push are compared with, best first, by full name. Never a local branch
/// of a clone: what the pusher has is what is judged.
pub fn base_candidates(policy: Option<&Policy>, side: &Side, head_of: HeadOf<'_>) -> Vec<BString> {
    let known = remotes(side);
    let mut candidates = Vec::new();
    let mut add = |name: BString| {
        let published = if matches!(side, Side::Server) { "refs/heads/" } else { "refs/remotes/" };
        if name.starts_with(published.as_bytes()) && !candidates.contains(&name) {
            candidates.push(name);
        }
    };
    // A server is like one remote whose branches are called `refs/heads/`.
    let full_name = |remote: Option<&BStr>, name: &[u8]| match remote {
        Some(remote) => tracking(remote, name),
        None => [b"refs/heads/", name].concat().into(),
    };
    let places: Vec<Option<&BStr>> = match side {
        Side::Client { .. } => known.iter().copied().map(Some).collect(),
        Side::Server => vec![None],
    };
    if let Some(base) = policy.and_then(|policy| policy.base.as_ref()) {
        let base = base.text();
        if base.starts_with(b"refs/") {
            add(base.to_owned());
        } else {
            if known.iter().any(|remote| below(base, remote).is_some()) {
                add([b"refs/remotes/", base.as_ref() as &[u8]].concat().into());
            }
            places.iter().for_each(|&place| add(full_name(place, base)));
        }
    }
    for place in places {
        head_of(place.unwrap_or_default()).into_iter().for_each(&mut add);
        add(full_name(place, b"main"));
        add(full_name(place, b"master"));
    }
    candidates
}

/// What others can see of the policy's feature branch. A pattern names no branch: then the pushed one is the feature.
fn published_feature(policy: &Policy, side: &Side, branches: &Branches<'_>) -> Vec<Tip> {
    let Some(name @ NamePattern::Exact(_)) = &policy.feature else { return Vec::new() };
    let mut tips = branches.find(name);
    tips.retain(|tip| matches!(side, Side::Server) || !tip.name.starts_with(b"refs/heads/"));
    tips
}

/// Published branches that this push does not write. One that it deletes is no longer anybody's: to rename a branch on
/// the remote is to delete one name and push another. What stands beside the remotes that there are, is a copy of
/// something (`refs/remotes/pull/1/merge` of a CI job) or left over, and nobody's branch either.
fn nobodys_here(branches: &Branches<'_>, updates: &[RefUpdate]) -> Vec<Tip> {
    let pushed: HashSet<&[u8]> = updates.iter().filter_map(RefUpdate::branch).collect();
    let receiver = branches.pushed_remote();
    let is_written = |remote: Option<&BStr>, name: &BStr| {
        (receiver.is_none() || remote == receiver) && pushed.contains(name.as_ref() as &[u8])
    };
    let remotes = branches.remotes();
    let is_copy =
        |remote: Option<&BStr>| !remotes.is_empty() && remote.is_some_and(|remote| !remotes.contains(&remote));
    let others = branches.published();
    let others = others.filter(|(_, branch)| !is_written(branch.remote, branch.name) && !is_copy(branch.remote));
    others.map(|(tip, _)| tip).collect()
}

fn name_of(tip: &Tip) -> BString {
    tip.name.clone()
}

fn each_once(tips: impl Iterator<Item = Tip>) -> Vec<Tip> {
    let mut tips: Vec<_> = tips.collect();
    tips.sort();
    tips.dedup();
    tips
}

#[cfg(test)]
mod tests;
