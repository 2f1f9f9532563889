//! The facts about history that the two merge rules of the guard judge: the commits a push would add, and who else has them.
//!
//! Everything outside this set is reachable from the base, an allowed branch or what the feature's own remote branch
//! had, so it is nobody's concern here. The walk that finds the set is the git door's work.

use super::Oid;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// The commits that one pushed tip would add over base, allowed branches and its own remote branch.
#[derive(Clone, Debug, Default)]
pub struct NewHistory {
    /// The pushed tip, peeled to a commit.
    pub tip: Option<Oid>,
    /// Whether the tip was typed as a stash: that has several parents and merges no branches.
    pub tip_is_stash: bool,
    /// The new commits by id.
    pub commits: HashMap<Oid, NewCommit>,
    /// Branches outside the policy that were found to hold new commits; a commit names them by index.
    pub outside: Vec<OutsideBranch>,
    /// Why the set may be too large (cut-off history, objects that are not here); `None` when it is exact.
    pub incomplete: Option<String>,
}

/// One new commit.
#[derive(Clone, Debug, Default)]
pub struct NewCommit {
    /// Its parents in order, as the commit object names them.
    pub parents: Vec<Oid>,
    /// Its committer time, in seconds; only good for ordering.
    pub time: i64,
    /// Which of [`NewHistory::outside`] hold it: bit n stands for branch n.
    pub on: u64,
}

/// A branch outside the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideBranch {
    /// Its full ref name.
    pub name: bstr::BString,
    /// Whether its very tip is among the new commits: then it came along whole.
    pub whole: bool,
    /// Whether it is on the remote that is pushed to, so that its commits are not new to that remote.
    pub same_remote: bool,
}

impl NewHistory {
    /// The feature's own line: first parents from the tip down to where they leave the new commits, newest first.
    pub fn own_line(&self) -> Vec<Oid> {
        let mut line = Vec::new();
        let mut seen = HashSet::new();
        let mut next = self.tip;
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            let Some(commit) = self.commits.get(&id) else { break };
            line.push(id);
            next = commit.parents.first().copied();
        }
        line
    }

    /// How many new commits can be reached from `from` without passing through what is already in `seen`; they are
    /// added to it.
    pub fn count_reachable(&self, from: Oid, seen: &mut HashSet<Oid>) -> usize {
        let mut count = 0;
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if let Some(commit) = self.commits.get(&id)
                && seen.insert(id)
            {
                count += 1;
                open.extend(&commit.parents);
            }
        }
        count
    }

    /// These commits, each before its parents; among those that could stand next, the newest. Dates alone would not do:
    /// commits of one second, or of a wrong clock, would come in any order.
    pub fn newest_first(&self, commits: &HashSet<Oid>) -> Vec<Oid> {
        let parents = |id: &Oid| self.commits.get(id).into_iter().flat_map(|commit| &commit.parents);
        let mut children: HashMap<Oid, usize> = HashMap::new();
        for parent in commits.iter().flat_map(parents).filter(|parent| commits.contains(*parent)) {
            *children.entry(*parent).or_default() += 1;
        }
        let time = |id: &Oid| self.commits.get(id).map_or(i64::MIN, |commit| commit.time);
        let without_children = commits.iter().filter(|id| !children.contains_key(*id));
        let mut open: BinaryHeap<(i64, Oid)> = without_children.map(|id| (time(id), *id)).collect();
        let mut ordered = Vec::with_capacity(commits.len());
        while let Some((_, id)) = open.pop() {
            ordered.push(id);
            for parent in parents(&id) {
                if let Some(count) = children.get_mut(parent) {
                    *count -= 1;
                    if *count == 0 {
                        open.push((time(parent), *parent));
                    }
                }
            }
        }
        ordered
    }

    /// The branch that best explains where these commits come from: the one that holds the most of them, rather one
    /// that came along whole, rather one of the same remote, rather a short name.
    pub fn best_branch<'a>(
        &self,
        commits: impl IntoIterator<Item = &'a Oid> + Clone,
    ) -> Option<(usize, &OutsideBranch)> {
        let held = |index: usize| {
            let on = |id: &&Oid| self.commits.get(*id).is_some_and(|commit| commit.on >> index & 1 == 1);
            commits.clone().into_iter().filter(on).count()
        };
        (self.outside.iter().enumerate().take(64)).filter(|(index, _)| held(*index) > 0).max_by_key(
            |(index, branch)| {
                let slashes = branch.name.iter().filter(|&&byte| byte == b'/').count();
                (held(*index), branch.whole, branch.same_remote, std::cmp::Reverse((slashes, *index)))
            },
        )
    }
}

#[cfg(test)]
pub(crate) mod fixtures {
    //! Tiny histories, written as text.
    use super::*;

    /// The id that stands for a one-letter commit.
    pub(crate) fn id(name: char) -> Oid {
        Oid::from_bytes(&[name as u8; 20]).unwrap()
    }

    /// `"T:SF S:A"`: tip first, each new commit with its parents. Letters without an entry are not new.
    /// `outside` lists branches with the new commits they hold; a capitalised `!` before it means its tip is elsewhere.
    pub(crate) fn history(text: &str, outside: &[(&str, &str)]) -> NewHistory {
        let mut history = NewHistory::default();
        for (age, entry) in text.split_whitespace().enumerate() {
            let (name, parents) = entry.split_once(':').unwrap();
            let name = id(name.chars().next().unwrap());
            history.tip.get_or_insert(name);
            let commit = NewCommit { parents: parents.chars().map(id).collect(), time: 1000 - age as i64, on: 0 };
            history.commits.insert(name, commit);
        }
        for (index, (branch, held)) in outside.iter().enumerate() {
            let whole = !held.starts_with('!');
            let same_remote = branch.starts_with("refs/remotes/origin/");
            history.outside.push(OutsideBranch { name: (*branch).into(), whole, same_remote });
            for letter in held.chars().filter(|c| *c != '!') {
                history.commits.get_mut(&id(letter)).unwrap().on |= 1 << index;
            }
        }
        history
    }
}
