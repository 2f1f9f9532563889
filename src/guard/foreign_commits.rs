//! Rule `foreign-commits`: a push adds nothing that is somebody else's, merge commit or not.
//!
//! A fast-forward, a reset or a rebase onto a branch outside the policy brings that branch's commits without any
//! merge, and a merge brings more than its parent. They keep their ids, so they can be recognised on the
//! remote-tracking branch they came from. Squash merges and cherry-picks make new ids and are not seen here.

use crate::model::{NewHistory, Oid, OutsideBranch};
use std::collections::HashSet;

/// Commits of one branch outside the policy that the push would add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignCommits {
    /// The branch they are on.
    pub branch: OutsideBranch,
    /// How many there are.
    pub count: usize,
    /// The oldest of them.
    pub first: Oid,
    /// The newest of them.
    pub last: Oid,
    /// The newest foreign commit on the tip's first-parent line, if any: a rebase would keep what came after it.
    pub own_begins_after: Option<Oid>,
    /// Where there is none: the merge on that line through which the newest of them came.
    pub brought_by: Option<Oid>,
}

/// Judge all new commits. Each foreign one is counted once, with the branch that explains the most of them.
pub fn judge(history: &NewHistory) -> Vec<ForeignCommits> {
    let foreign = history.commits.iter().filter(|(_, commit)| commit.on != 0).map(|(id, _)| *id).collect();
    let mut foreign = history.newest_first(&foreign);
    let own_begins_after = own_begins_after(history);
    let mut found = Vec::new();
    while let Some((index, branch)) = history.best_branch(&foreign) {
        let (theirs, rest): (Vec<Oid>, Vec<Oid>) =
            foreign.into_iter().partition(|id| history.commits[id].on >> index & 1 == 1);
        foreign = rest;
        if let [last, ..] = theirs[..] {
            let first = theirs[theirs.len() - 1];
            let brought_by = if own_begins_after.is_none() { brought_by(history, last) } else { None };
            let (branch, count) = (branch.clone(), theirs.len());
            found.push(ForeignCommits { branch, count, first, last, own_begins_after, brought_by });
        }
    }
    found
}

/// Where the own line meets foreign commits, when it does.
fn own_begins_after(history: &NewHistory) -> Option<Oid> {
    history.own_line().into_iter().find(|id| history.commits[id].on != 0)
}

/// The oldest merge on the own line whose other parents lead to `foreign`.
fn brought_by(history: &NewHistory, foreign: Oid) -> Option<Oid> {
    let mut seen = HashSet::new();
    history.own_line().into_iter().rev().find(|id| {
        for parent in history.commits[id].parents.iter().skip(1) {
            history.count_reachable(*parent, &mut seen);
        }
        seen.contains(&foreign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixtures::{history, id};

    const DEVELOP: &str = "refs/remotes/origin/develop";
    const OTHER: &str = "refs/remotes/origin/feature/other";

    /// Branch, count, first, last, where the own line begins.
    fn judged(text: &str, outside: &[(&str, &str)]) -> Vec<(String, usize, char, char, Option<char>)> {
        let letter = |oid: Oid| char::from(oid.as_bytes()[0]);
        let row = |f: ForeignCommits| {
            (f.branch.name.to_string(), f.count, letter(f.first), letter(f.last), f.own_begins_after.map(letter))
        };
        judge(&history(text, outside)).into_iter().map(row).collect()
    }

    #[test]
    fn commits_are_foreign_when_a_branch_outside_the_policy_has_them() {
        let none: [(String, usize, char, char, Option<char>); 0] = [];
        assert_eq!(judged("T:S S:b", &[]), none);
        assert_eq!(judged("T:S S:b", &[(DEVELOP, "")]), none);
        let rebased = judged("T:S S:X X:Y Y:b", &[(DEVELOP, "XY")]);
        assert_eq!(rebased, [(DEVELOP.to_owned(), 2, 'Y', 'X', Some('X'))]);
        let merged = judged("T:SX S:b X:Y Y:b", &[(DEVELOP, "XY")]);
        assert_eq!(merged, [(DEVELOP.to_owned(), 2, 'Y', 'X', None)]);
        let forwarded = judged("X:Y Y:b", &[(DEVELOP, "XY")]);
        assert_eq!(forwarded, [(DEVELOP.to_owned(), 2, 'Y', 'X', Some('X'))]);
    }

    #[test]
    fn first_and_last_follow_the_history_and_not_the_clock() {
        let mut history = history("X:Y Y:Z Z:b", &[(DEVELOP, "XYZ")]);
        for (index, commit) in history.commits.values_mut().enumerate() {
            commit.time = [7, 7, 9][index];
        }
        let found = &judge(&history)[0];
        assert_eq!((found.last, found.first), (id('X'), id('Z')));
    }

    #[test]
    fn each_commit_is_counted_once_with_the_branch_that_explains_most() {
        let found = judged("T:SX S:Z X:Y Y:b Z:b", &[(OTHER, "XZ"), (DEVELOP, "XY")]);
        let want = [(DEVELOP.to_owned(), 2, 'Y', 'X', Some('Z')), (OTHER.to_owned(), 1, 'Z', 'Z', Some('Z'))];
        assert_eq!(found, want);
    }
}
