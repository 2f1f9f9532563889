//! Walks over commits: which ones would a push add, who else has them, and where does it meet the base?
//!
//! A walk goes from the newest commit to the oldest by committer time and stops as soon as everything still open is
//! known to be old. Clocks lie, so that alone could take an old commit for a new one. Whenever something looks
//! foreign, the walk is therefore continued through the known history before anybody is accused: as far as a
//! commit-graph says that it can matter, or to its end where there is none.

use super::commits::{Commits, Index, NOT_IN_GRAPH, State};
use crate::model::{NewCommit, NewHistory, Oid, OutsideBranch};
use bstr::BString;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// Commits that are read at most to refute what looks foreign, and to look for it on other branches. More would
/// make a push wait for seconds in the largest repositories there are.
const BUDGET: usize = 300_000;

/// Other branches are followed down to the oldest new commit's time, less this: clocks are wrong by hours, rarely days.
const CLOCK_SKEW: i64 = 7 * 24 * 3600;

/// And so many older commits beyond, the newest first: single clocks are wrong by years.
const BEYOND: usize = 256;

/// More commits than this are not compared with each other, one by one, to find the best of them.
const MAX_MEETING_POINTS: usize = 16;

/// How many branches outside the policy are told apart: a bit each in [`NewCommit::on`].
const TOLD_APART: usize = 64;

/// A ref and the commit it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its full name.
    pub name: BString,
    /// Where it leads.
    pub target: Oid,
    /// Whether it is on the remote that is pushed to.
    pub same_remote: bool,
}

impl Commits<'_> {
    /// What pushing `tip` would add over the history of `known`, and which `outside` branches have some of that.
    pub fn new_history(&mut self, tip: Oid, known: &[Oid], outside: &[Branch]) -> NewHistory {
        let mut walk = Walk::over(self);
        walk.start(tip, Mark::NEW);
        for known in known {
            walk.start(*known, Mark::OLD);
        }
        walk.run(usize::MAX);
        let mut new = walk.new_commits();
        let mut history = NewHistory { tip: Some(tip), ..NewHistory::default() };
        let mut on = Vec::new();
        if !new.is_empty() && (walk.has_new_side_line(&new) || !outside.is_empty()) {
            let region = walk.mark_outside(&new, outside);
            let is_outside = |index: &Index| walk.marks[*index as usize].has(Mark::OUTSIDE);
            let is_held = new.iter().any(is_outside);
            if is_held || walk.has_new_side_line(&new) {
                walk.settle(&new);
                new.retain(|&index| walk.marks[index as usize].is_new());
            }
            if is_held {
                (history.outside, on) = walk.holders(&region, outside);
            }
        }
        history.incomplete = walk.gap();
        for index in new {
            let node = walk.commits.node(index);
            let parents = walk.commits.parents_of(index).iter().map(|&parent| walk.commits.node(parent).id).collect();
            let on = on.get(index as usize).copied().unwrap_or_default();
            history.commits.insert(node.id, NewCommit { parents, time: node.time, on });
        }
        history
    }

    /// The first-parent line from `tip` down to the history of `known`, newest first, as far as clocks tell: what is
    /// known is not walked to its end, as that may be all there is. Good enough for a remark, not for blame.
    pub fn line_above(&mut self, tip: Oid, known: Oid) -> Vec<Oid> {
        let mut walk = Walk::over(self);
        walk.start(tip, Mark::NEW);
        walk.start(known, Mark::OLD);
        walk.run(BUDGET);
        let mut line = Vec::new();
        let mut next = Some(walk.commits.index(&tip));
        while let Some(index) = next.filter(|&index| walk.marks[index as usize].is_new()) {
            line.push(walk.commits.node(index).id);
            next = walk.commits.parents_of(index).first().copied();
        }
        line
    }

    /// The best commits that `tip` and `base` have in common, the newest first: no other one of theirs is built upon
    /// them. By history and not by the clock: commits that were rebased together are of one second.
    pub fn merge_bases(&mut self, tip: Oid, base: Oid) -> Vec<Oid> {
        self.best_common(tip, &[base])
    }

    /// The best commits that `tip` has in common with any of `others`, likewise: one walk for all of them, however many
    /// they are. What one of them has taken further hides what another had before.
    pub fn meeting_points(&mut self, tip: Oid, others: &[Oid]) -> Vec<Oid> {
        let found = self.best_common(tip, others);
        if !(2..=MAX_MEETING_POINTS).contains(&found.len()) {
            return found;
        }
        // Several walks met there, and each may have stopped before it heard of the other.
        let mut best = found.clone();
        best.retain(|one| !found.iter().any(|other| other != one && self.best_common(*one, &[*other]) == [*one]));
        best
    }

    fn best_common(&mut self, tip: Oid, others: &[Oid]) -> Vec<Oid> {
        let mut walk = Walk::over(self);
        walk.start(tip, Mark::NEW);
        others.iter().for_each(|other| walk.start(*other, Mark::OLD));
        walk.run(BUDGET);
        walk.run_down_to_new();
        let both = |index: &Index| walk.marks[*index as usize].has(Mark::NEW | Mark::OLD);
        let mut common: Vec<Index> = walk.touched.iter().copied().filter(both).collect();
        let built_upon: HashSet<Index> =
            common.iter().flat_map(|&index| walk.commits.parents_of(index)).copied().collect();
        common.retain(|index| !built_upon.contains(index));
        common.sort_by_key(|&index| std::cmp::Reverse(walk.commits.node(index).time));
        common.into_iter().map(|index| walk.commits.node(index).id).collect()
    }
}

/// What a walk found out about a commit.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Mark(u8);

impl Mark {
    /// Reachable from the tip.
    const NEW: u8 = 1;
    /// Reachable from what is known.
    const OLD: u8 = 2;
    /// Waiting in the queue.
    const QUEUED: u8 = 4;
    /// Reachable from a branch outside the policy.
    const OUTSIDE: u8 = 8;

    fn is_new(self) -> bool {
        self.0 & (Mark::NEW | Mark::OLD) == Mark::NEW
    }

    fn has(self, bits: u8) -> bool {
        self.0 & bits == bits
    }
}

struct Walk<'w, 's> {
    commits: &'w mut Commits<'s>,
    marks: Vec<Mark>,
    /// Every commit with a mark, in the order in which it got its first one.
    touched: Vec<Index>,
    queue: BinaryHeap<(i64, Reverse<Index>)>,
    /// How many in the queue are new as far as is known.
    open: usize,
}

impl<'w, 's> Walk<'w, 's> {
    fn over(commits: &'w mut Commits<'s>) -> Self {
        let marks = vec![Mark::default(); commits.len()];
        Walk { commits, marks, touched: Vec::new(), queue: BinaryHeap::new(), open: 0 }
    }

    fn start(&mut self, id: Oid, bits: u8) {
        let index = self.commits.index(&id);
        self.add(index, bits);
    }

    /// Give a commit more marks; if they are news, its parents have to hear of them.
    fn add(&mut self, index: Index, bits: u8) {
        let time = self.commits.read(index).time;
        self.grow();
        let mark = &mut self.marks[index as usize];
        if mark.has(bits) {
            return;
        }
        let before = *mark;
        if before.0 & (Mark::NEW | Mark::OLD) == 0 {
            self.touched.push(index);
        }
        mark.0 |= bits | Mark::QUEUED;
        let was_open = before.has(Mark::QUEUED) && before.is_new();
        match (was_open, mark.is_new()) {
            (false, true) => self.open += 1,
            (true, false) => self.open -= 1,
            _ => {}
        }
        if !before.has(Mark::QUEUED) {
            self.queue.push((time, Reverse(index)));
        }
    }

    /// Go on until nothing new is open, or so many commits were looked at.
    fn run(&mut self, budget: usize) {
        let mut steps = 0;
        while self.open > 0 && steps < budget && self.step() {
            steps += 1;
        }
    }

    /// Go on through what is known as far back as the oldest commit that was taken for new: of commits of one second, the
    /// new ones may have come first.
    fn run_down_to_new(&mut self) {
        let new = self.touched.iter().filter(|&&index| self.marks[index as usize].is_new());
        let Some(oldest) = new.map(|&index| self.commits.node(index).time).min() else { return };
        for _ in 0..BUDGET {
            match self.queue.peek() {
                Some((time, _)) if *time >= oldest => self.step(),
                _ => break,
            };
        }
    }

    /// Go on through what is known, until nothing that was taken for new can still turn out to be old.
    fn settle(&mut self, new: &[Index]) {
        let lowest = self.lowest_generation(new);
        for _ in 0..BUDGET {
            let Some((_, Reverse(index))) = self.queue.peek() else { break };
            if self.leads_below(*index, lowest) {
                self.step();
            } else {
                self.queue.pop();
            }
        }
    }

    /// The lowest generation of these commits.
    fn lowest_generation(&self, commits: &[Index]) -> u32 {
        commits.iter().map(|&index| self.commits.node(index).generation).min().unwrap_or(NOT_IN_GRAPH)
    }

    /// Whether a commit that was read can reach commits of this generation, as far as the graph knows.
    fn leads_below(&self, index: Index, lowest: u32) -> bool {
        let generation = self.commits.node(index).generation;
        generation == NOT_IN_GRAPH || generation > lowest
    }

    fn step(&mut self) -> bool {
        let Some((_, Reverse(index))) = self.queue.pop() else { return false };
        let mark = &mut self.marks[index as usize];
        if mark.is_new() {
            self.open -= 1;
        }
        mark.0 &= !Mark::QUEUED;
        let bits = mark.0 & (Mark::NEW | Mark::OLD);
        for nth in 0..self.commits.parents_of(index).len() {
            let parent = self.commits.parents_of(index)[nth];
            self.add(parent, bits);
        }
        true
    }

    fn grow(&mut self) {
        if self.marks.len() < self.commits.len() {
            self.marks.resize(self.commits.len(), Mark::default());
        }
    }

    /// The commits that only the tip has, as far as is known.
    fn new_commits(&self) -> Vec<Index> {
        let is_new =
            |index: &Index| self.marks[*index as usize].is_new() && self.commits.node(*index).state != State::Missing;
        self.touched.iter().copied().filter(is_new).collect()
    }

    /// Whether some new merge has a new parent beside its first: nothing can be wrong with merges otherwise.
    fn has_new_side_line(&self, new: &[Index]) -> bool {
        let is_new = |parent: &Index| self.marks[*parent as usize].is_new();
        new.iter().any(|&index| self.commits.parents_of(index).iter().skip(1).any(is_new))
    }

    /// Mark what can be reached from other branches, but for what is old and what is too far back to lead to one of the
    /// new commits. Gives all commits that were marked.
    fn mark_outside(&mut self, new: &[Index], outside: &[Branch]) -> Vec<Index> {
        let oldest = new.iter().map(|&index| self.commits.node(index).time).min().unwrap_or(0);
        let (since, lowest) = (oldest.saturating_sub(CLOCK_SKEW), self.lowest_generation(new));
        let mut region = Vec::new();
        let mut open = BinaryHeap::new();
        for branch in outside {
            let tip = self.commits.index(&branch.target);
            self.reach(tip, &mut region, &mut open);
        }
        let mut beyond = 0;
        while let Some((time, Reverse(index))) = open.pop() {
            beyond += usize::from(time < since);
            if beyond > BEYOND || region.len() > BUDGET {
                break;
            }
            if self.leads_below(index, lowest) {
                for nth in 0..self.commits.parents_of(index).len() {
                    let parent = self.commits.parents_of(index)[nth];
                    self.reach(parent, &mut region, &mut open);
                }
            }
        }
        region
    }

    fn reach(&mut self, index: Index, region: &mut Vec<Index>, open: &mut BinaryHeap<(i64, Reverse<Index>)>) {
        let time = self.commits.read(index).time;
        self.grow();
        let mark = &mut self.marks[index as usize];
        if !mark.has(Mark::OUTSIDE) && !mark.has(Mark::OLD) {
            mark.0 |= Mark::OUTSIDE;
            region.push(index);
            open.push((time, Reverse(index)));
        }
    }

    /// The outside branches that have some of the new commits, those first that explain themselves best, and for each
    /// commit of the region that they reach, which of them have it.
    fn holders(&self, region: &[Index], outside: &[Branch]) -> (Vec<OutsideBranch>, Vec<u64>) {
        let order = self.children_first(region);
        let mut leads = vec![false; self.marks.len()];
        for &index in order.iter().rev() {
            let mut parents = self.commits.parents_of(index).iter();
            leads[index as usize] =
                self.marks[index as usize].is_new() || parents.any(|&parent| leads[parent as usize]);
        }
        let tip_of = |branch: &Branch| self.commits.known_index(&branch.target);
        let tips = outside.iter().filter_map(|branch| Some((tip_of(branch)?, branch)));
        let mut tips: Vec<(Index, &Branch)> = tips.filter(|(tip, _)| leads[*tip as usize]).collect();
        let is_whole = |tip: Index| self.marks[tip as usize].is_new();
        tips.sort_by_cached_key(|&(tip, branch)| {
            let slashes = branch.name.iter().filter(|&&byte| byte == b'/').count();
            (!is_whole(tip), !branch.same_remote, slashes, branch.name.clone())
        });
        let mut on = vec![0; self.marks.len()];
        for (bit, (tip, _)) in tips.iter().enumerate() {
            on[*tip as usize] |= 1 << bit.min(TOLD_APART - 1);
        }
        for &index in &order {
            for &parent in self.commits.parents_of(index) {
                on[parent as usize] |= on[index as usize];
            }
        }
        let holder = |&(tip, branch): &(Index, &Branch)| OutsideBranch {
            name: branch.name.clone(),
            whole: is_whole(tip),
            same_remote: branch.same_remote,
        };
        (tips.iter().take(TOLD_APART).map(holder).collect(), on)
    }

    /// The commits of a region that was marked, each before its parents.
    fn children_first(&self, region: &[Index]) -> Vec<Index> {
        let in_region = |index: &Index| self.marks[*index as usize].has(Mark::OUTSIDE);
        let parents = |index: Index| self.commits.parents_of(index).iter().copied().filter(in_region);
        let mut children = vec![0_u32; self.marks.len()];
        region.iter().flat_map(|&index| parents(index)).for_each(|parent| children[parent as usize] += 1);
        let mut order: Vec<Index> = region.iter().copied().filter(|&index| children[index as usize] == 0).collect();
        let mut done = 0;
        while let Some(&index) = order.get(done) {
            done += 1;
            for parent in parents(index) {
                children[parent as usize] -= 1;
                if children[parent as usize] == 0 {
                    order.push(parent);
                }
            }
        }
        order
    }

    /// Why "new" may be wrong: known history that ends before its root.
    fn gap(&self) -> Option<String> {
        let known = |index: &&Index| self.marks[**index as usize].has(Mark::OLD);
        for index in self.touched.iter().filter(known) {
            let node = self.commits.node(*index);
            match node.state {
                State::Cut => return Some(format!("this clone is shallow: its history ends at {}", node.id.short())),
                State::Missing => return Some(format!("commit {} is not in this repository", node.id)),
                State::Read | State::Unread => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Repo;
    use crate::git::objects::ObjectStore;
    use crate::git::refs::Refs;
    use std::io::Write;
    use std::process::{Command, Stdio};

    /// A repository with `known` commits on `main`, and on `topic` one commit more and the merge of a side line of two
    /// that was cut a little below the end of `main`.
    fn history(folder: &std::path::Path, known: usize) {
        let git = |args: &[&str]| {
            let mut command = Command::new("git");
            command.args(args).current_dir(folder).env("HOME", folder).env("GIT_CONFIG_NOSYSTEM", "1");
            command.env("GIT_CONFIG_GLOBAL", folder.join("none")).stdin(Stdio::piped());
            command.spawn().unwrap()
        };
        assert!(git(&["init", "-q"]).wait().unwrap().success());
        let mut script = String::new();
        let mut commit = |mark: usize, branch: &str, parents: &str| {
            let time = 1_700_000_000 + 100 * mark;
            let head = format!("commit refs/heads/{branch}\nmark :{mark}\ncommitter C <c@example.org> {time} +0000\n");
            script.push_str(&format!("{head}data 0\n{parents}"));
        };
        (1..=known).for_each(|mark| commit(mark, "main", ""));
        commit(known + 1, "side", &format!("from :{}\n", known - 2));
        commit(known + 2, "side", "");
        commit(known + 3, "topic", &format!("from :{known}\n"));
        commit(known + 4, "topic", &format!("merge :{}\n", known + 2));
        let mut import = git(&["fast-import", "--quiet"]);
        import.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(import.wait().unwrap().success());
    }

    #[test]
    fn the_line_above_the_base_is_found_without_reading_all_that_is_known() {
        let folder = tempfile::tempdir().unwrap();
        history(folder.path(), 400);
        let repo = Repo::open(folder.path()).unwrap();
        let refs = Refs::of(&repo);
        let tip_of = |name: &str| refs.get(format!("refs/heads/{name}").as_str().into()).unwrap().unwrap();
        let store = ObjectStore::open(&[folder.path().join(".git/objects")], repo.hash());
        let mut commits = Commits::of(&repo, &store).unwrap();
        let (main, topic) = (tip_of("main"), tip_of("topic"));
        let own = commits.parents(&topic).unwrap()[0];
        assert_eq!(commits.line_above(topic, own), [topic]);
        assert_eq!(commits.line_above(main, topic), []);
        let mut commits = Commits::of(&repo, &store).unwrap();
        assert_eq!(commits.line_above(topic, main), [topic, own]);
        assert!(commits.len() < 20, "{} commits were read", commits.len());
        assert_eq!(commits.new_history(topic, &[main], &[]).own_line(), [topic, own], "as where blame is at stake");
        assert_eq!(commits.new_history(topic, &[main], &[]).commits.len(), 4);
    }
}
