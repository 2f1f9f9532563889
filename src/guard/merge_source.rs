//! Rule `merge-source`: every parent of a new merge comes from the feature's own line, the base or an allowed branch.
//!
//! That a parent can be reached from the pushed tip proves nothing: all of them can. What proves it is that the
//! parent is *not* among the new commits (then base, an allowed branch or the remote feature branch has it), or that
//! it stands on the tip's first-parent line. It follows that only merges on that line need a look: whatever else is
//! new came in through one of them.

use crate::model::{NewHistory, Oid, OutsideBranch};
use std::collections::HashSet;

/// A merge that brought in what the policy does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignParent {
    /// The merge.
    pub merge: Oid,
    /// The parent that comes from elsewhere.
    pub parent: Oid,
    /// Which parent it is, counted from 1 as git does (`^2`).
    pub position: usize,
    /// How many new commits come with it.
    pub brings: usize,
    /// A branch outside the policy that has it, if one is known.
    pub branch: Option<OutsideBranch>,
}

/// Judge the new merges, newest first.
pub fn judge(history: &NewHistory) -> Vec<ForeignParent> {
    let line = history.own_line();
    let mut accounted: HashSet<Oid> = line.iter().copied().collect();
    let own = accounted.clone();
    let mut found = Vec::new();
    // From the oldest merge on, so that each commit is counted with the merge that first brought it.
    for merge in line.iter().rev() {
        let commit = &history.commits[merge];
        if is_known_to_the_remote(history, commit.on) || is_stash(history, merge) {
            continue;
        }
        let mut parents = HashSet::new();
        for (index, parent) in commit.parents.iter().enumerate().skip(1) {
            if !history.commits.contains_key(parent) || own.contains(parent) || !parents.insert(*parent) {
                continue;
            }
            let branch = history.best_branch(std::slice::from_ref(parent)).map(|(_, branch)| branch.clone());
            let brings = history.count_reachable(*parent, &mut accounted);
            found.push(ForeignParent { merge: *merge, parent: *parent, position: index + 1, brings, branch });
        }
    }
    found.reverse();
    found
}

/// A merge that the remote already has under another name is not new; what it brought is the business of the rule
/// about foreign commits.
fn is_known_to_the_remote(history: &NewHistory, on: u64) -> bool {
    history.outside.iter().enumerate().any(|(index, branch)| branch.same_remote && on >> index & 1 == 1)
}

/// A pushed stash has two or three parents and merges no branches: its second parent is the index on top of the first.
fn is_stash(history: &NewHistory, merge: &Oid) -> bool {
    history.tip_is_stash
        && history.tip == Some(*merge)
        && match history.commits[merge].parents.as_slice() {
            [base, index, ..] => history.commits.get(index).is_some_and(|index| index.parents == [*base]),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixtures::{history, id};

    /// Merge, parent, position, brings, branch.
    fn judged(text: &str, outside: &[(&str, &str)]) -> Vec<(char, char, usize, usize, String)> {
        let letter = |oid: Oid| char::from(oid.as_bytes()[0]);
        let row = |f: ForeignParent| {
            let branch = f.branch.map(|branch| branch.name.to_string()).unwrap_or_default();
            (letter(f.merge), letter(f.parent), f.position, f.brings, branch)
        };
        judge(&history(text, outside)).into_iter().map(row).collect()
    }

    const DEVELOP: &str = "refs/remotes/origin/develop";

    #[test]
    fn a_parent_must_be_known_or_on_the_own_line() {
        let none: &[(&str, &str)] = &[];
        // Lower-case letters without an entry are not new: base, allowed branches, the remote feature branch.
        for (what, text) in [
            ("nothing new", ""),
            ("a plain line", "T:S S:b"),
            ("the base merged", "T:Sb S:a"),
            ("an octopus of known branches", "T:Sabc S:a"),
            ("a foxtrot: the feature as second parent", "T:bf"),
            ("the own line merged again", "T:Sq S:RR R:a"),
            ("an older commit of the own line", "T:SR S:R R:a"),
            ("a root", "T:"),
        ] {
            assert_eq!(judged(text, none), [], "{what}");
        }
        assert_eq!(judged("T:SX S:b X:Y Y:b", none), [('T', 'X', 2, 2, String::new())]);
        assert_eq!(judged("T:SaX S:b X:", none), [('T', 'X', 3, 1, String::new())]);
        let two = judged("T:SX S:RY R:b X:Y Y:Z Z:b", none);
        assert_eq!(two, [('T', 'X', 2, 1, String::new()), ('S', 'Y', 2, 2, String::new())]);
    }

    #[test]
    fn merges_inside_what_was_brought_in_are_not_said_twice() {
        assert_eq!(judged("T:SX S:b X:YZ Y:b Z:b", &[]), [('T', 'X', 2, 3, String::new())]);
    }

    #[test]
    fn the_branch_it_came_from_is_named() {
        let outside = [("refs/remotes/origin/x/cut-from-develop", "!XY"), (DEVELOP, "XY")];
        assert_eq!(judged("T:SX S:b X:Y Y:b", &outside), [('T', 'X', 2, 2, DEVELOP.to_owned())]);
    }

    #[test]
    fn a_merge_that_the_remote_has_already_is_not_new() {
        assert_eq!(judged("T:SX S:b X:b", &[(DEVELOP, "TSX")]), []);
        let elsewhere = ("refs/remotes/upstream/develop", "TSX");
        assert_eq!(judged("T:SX S:b X:b", &[elsewhere]).len(), 1);
    }

    #[test]
    fn a_stash_is_no_merge_of_branches() {
        let mut stash = history("T:bIU I:b U:", &[]);
        assert_eq!(judge(&stash).len(), 2, "the shape alone is no excuse");
        stash.tip_is_stash = true;
        assert_eq!(judge(&stash), []);
        stash.commits.get_mut(&id('I')).unwrap().parents.push(id('q'));
        assert_eq!(judge(&stash).len(), 2, "and neither is the name alone");
    }
}
