//! Random histories with clocks that lie, judged by the product and by an oracle that is as slow and plain as can be:
//! sets of commits from `git rev-list`, and not one question about order.

use crate::drawn::{Said, check, push, redraw, world};
use crate::support::{Repo, Sandbox};
use std::collections::{BTreeSet, HashMap, HashSet};

const POLICY: &str = r#"{"base": "main", "allowed": ["release/*"]}"#;

/// Numbers that are the same at every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }
}

/// How a random history's clocks go.
#[derive(Clone, Copy, Debug)]
enum Clock {
    OneSecond,
    Forwards,
    Backwards,
    Weeks,
    Extremes,
}

/// A history of so many commits: lines that start at random places, and merge at random.
fn random_history(dice: &mut Dice, clock: Clock, count: usize) -> String {
    let mut text = String::new();
    for commit in 0..count {
        let mut parents: Vec<usize> = Vec::new();
        let recent = |dice: &mut Dice| {
            let back = if dice.one_in(3) { commit } else { commit.min(4) };
            commit - 1 - dice.below(back)
        };
        if commit > 0 && !(commit > 2 && dice.one_in(15)) {
            parents.push(recent(dice));
            while parents.len() < 3 && dice.one_in(3) {
                parents.push(recent(dice));
            }
        }
        let mut seen = HashSet::new();
        parents.retain(|parent| seen.insert(*parent));
        let time = match clock {
            Clock::OneSecond => 1_767_225_600,
            Clock::Forwards => 1_767_225_600 + commit * 60,
            Clock::Backwards => 1_767_225_600 - commit * 86_400 * 20,
            Clock::Weeks => 1_767_225_600 + dice.below(60) * 604_800,
            Clock::Extremes => [0, 1, 1_767_225_600, 4_102_444_800, 16_000_000_000][dice.below(5)],
        };
        let parents: String = parents.iter().map(|parent| format!(" c{parent}")).collect();
        text += &format!("c{commit}{parents} @{time}\n");
    }
    let mut at = |name: &str, always: bool, dice: &mut Dice| {
        if always || dice.one_in(2) {
            text += &format!("{name} = c{}\n", dice.below(count));
        }
    };
    at("origin/main", true, dice);
    at("origin/release/1", false, dice);
    at("origin/feature", false, dice);
    at("origin/x", false, dice);
    at("upstream/y", false, dice);
    for name in ["feature", "other"] {
        text += &format!("{name} = c{}\n", count - 1 - dice.below(count.min(3)));
    }
    text
}

/// What should be said, by the letter: `merge parent` of each bad parent, and each foreign commit.
#[derive(Debug, Default, PartialEq)]
struct Verdict {
    merges: BTreeSet<String>,
    foreign: usize,
}

/// What git says of a repository: the commits that refs lead to, and each commit's parents.
struct Facts {
    tips: HashMap<String, String>,
    parents: HashMap<String, Vec<String>>,
}

impl Facts {
    fn of(work: &Repo) -> Facts {
        let tips = work.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let tips = tips.lines().map(|line| line.split_once(' ').unwrap());
        let rows = work.git(&["rev-list", "--parents", "--all"]);
        let parents = rows.lines().map(|line| {
            let mut ids = line.split(' ').map(str::to_owned);
            (ids.next().unwrap(), ids.collect())
        });
        Facts { tips: tips.map(|(name, id)| (name.into(), id.into())).collect(), parents: parents.collect() }
    }

    /// All that can be reached from those refs that exist. No question about order is asked, so no clock counts.
    fn reachable(&self, refs: &[&str]) -> HashSet<&str> {
        let mut open: Vec<&str> = refs.iter().filter_map(|name| self.tips.get(*name)).map(String::as_str).collect();
        let mut reached = HashSet::new();
        while let Some(id) = open.pop() {
            if reached.insert(id) {
                open.extend(self.parents[id].iter().map(String::as_str));
            }
        }
        reached
    }

    /// What should be said of pushing a branch, alone or together with another one.
    fn verdict(&self, branch: &str, together: Option<&str>) -> Verdict {
        let local = |branch: &str| format!("refs/heads/{branch}");
        let tip = self.tips[&local(branch)].as_str();
        let ours = self.reachable(&[&local(branch)]);
        let own = format!("refs/remotes/origin/{branch}");
        let mut known = self.reachable(&["refs/remotes/origin/main", "refs/remotes/origin/release/1", &own]);
        if let Some(other) = together {
            // It vouches for what it brings itself, and that must be less than the branch that is judged.
            let its_tip = self.tips[&local(other)].as_str();
            if its_tip != tip && ours.contains(its_tip) {
                known.extend(self.reachable(&[&local(other)]));
            }
        }
        let outside = self.reachable(&["refs/remotes/origin/x", "refs/remotes/upstream/y"]);
        let at_remote = self.reachable(&["refs/remotes/origin/x"]);
        let mut line = Vec::new();
        let mut next = Some(tip);
        while let Some(id) = next {
            next = self.parents[id].first().map(String::as_str);
            line.push(id);
        }
        let mut verdict = Verdict::default();
        for id in ours.difference(&known) {
            verdict.foreign += usize::from(outside.contains(id));
            let parents = &self.parents[*id];
            let proven = |parent: &String| known.contains(parent.as_str()) || line.contains(&parent.as_str());
            if line.contains(id) && !at_remote.contains(id) {
                let bad = parents.iter().filter(|parent| !proven(parent));
                verdict.merges.extend(bad.map(|parent| format!("{} {}", &id[..10], &parent[..10])));
            }
            // What is off the own line came in through a merge on it, so nothing is lost by looking at that line only.
            if parents.len() > 1 && !at_remote.contains(id) && !parents.iter().all(proven) {
                verdict.merges.insert("any".into());
            }
        }
        verdict
    }
}

fn product(said: &Said) -> Verdict {
    let mut verdict = Verdict::default();
    for message in said.messages().lines() {
        let words: Vec<&str> = message.split_whitespace().collect();
        match words[..] {
            ["merge", merge, ..] => {
                let parent = message.split(" brings in ").nth(1).unwrap().split(' ').next().unwrap();
                verdict.merges.insert("any".into());
                verdict.merges.insert(format!("{merge} {parent}"));
            }
            ["brings", count, ..] => verdict.foreign += count.parse::<usize>().unwrap(),
            _ => panic!("{message}"),
        }
    }
    verdict
}

/// Random histories on both sides of every border: the product and the oracle agree on all of them.
fn compare(seed: u64, clocks: &[Clock], count: usize, prepare: impl Fn(&Repo, usize)) {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let mut dice = Dice(seed);
    let mut blocked = 0;
    for number in 0..count {
        let clock = clocks[number % clocks.len()];
        let size = 4 + dice.below(12);
        let history = random_history(&mut dice, clock, size);
        redraw(&work, POLICY, &history);
        prepare(&work, number);
        let said = check(&work, &["feature"]);
        let want = Facts::of(&work).verdict("feature", None);
        assert_eq!(
            product(&said),
            want,
            "number {number}, {clock:?}:\n{history}\n{}\n{}",
            said.messages(),
            said.doubts()
        );
        assert_eq!(said.blocked(), want != Verdict::default(), "{history}");
        assert_eq!(said.doubts(), "");
        blocked += usize::from(said.blocked());
    }
    assert!(blocked * 8 > count && blocked * 8 < count * 7, "{blocked} of {count}: both kinds are there");
}

#[test]
fn no_clock_makes_a_difference_to_small_histories() {
    compare(1, &[Clock::Forwards, Clock::OneSecond, Clock::Backwards], 75, |_, _| {});
}

#[test]
fn nor_do_clocks_that_are_years_off() {
    compare(2, &[Clock::Weeks, Clock::Extremes], 70, |_, _| {});
}

#[test]
fn commit_graphs_change_nothing() {
    compare(3, &[Clock::OneSecond, Clock::Weeks, Clock::Extremes], 60, |work, number| {
        let how: &[&str] = match number % 3 {
            0 => &["--reachable"],
            // A chain of graphs, the last of which knows the base only.
            1 => &["--reachable", "--split"],
            _ => &["--split=no-merge", "--stdin-commits"],
        };
        let args = [&["commit-graph", "write"], how].concat();
        let mut command = work.command("git");
        let tip = work.rev("refs/remotes/origin/main");
        let ended = crate::support::feed(command.args(args), format!("{tip}\n").as_bytes());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    });
}

#[test]
fn branches_that_go_out_together_vouch_for_no_more_than_they_may() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let mut dice = Dice(4);
    let (mut blocked, mut helped) = (0, 0);
    for number in 0..60 {
        let size = 4 + dice.below(12);
        let history = random_history(&mut dice, [Clock::OneSecond, Clock::Weeks][number % 2], size);
        redraw(&work, POLICY, &history);
        let facts = Facts::of(&work);
        let is_bad = |branch, together| facts.verdict(branch, together) != Verdict::default();
        let want = is_bad("feature", Some("other")) || is_bad("other", Some("feature"));
        let said = push(&work, &["feature", "other"]);
        assert_eq!(said.blocked(), want, "number {number}:\n{history}\n{}", said.hook);
        blocked += usize::from(want);
        helped += usize::from(!want && (is_bad("feature", None) || is_bad("other", None)));
    }
    assert!(blocked > 15 && blocked < 45 && helped > 0, "{blocked} blocked, {helped} together only");
}

#[test]
fn nobody_is_accused_in_long_histories_either() {
    let sandbox = Sandbox::new();
    let work = world(&sandbox, POLICY, "");
    let mut dice = Dice(5);
    for clock in [Clock::OneSecond, Clock::Backwards, Clock::Weeks, Clock::Extremes].repeat(2) {
        let history = random_history(&mut dice, clock, 400);
        redraw(&work, POLICY, &history);
        let want = Facts::of(&work).verdict("feature", None);
        // Without a commit-graph, what lies far behind a wrong date may be missed, but never made up.
        let without = product(&check(&work, &["feature"]));
        assert!(without.foreign <= want.foreign, "{clock:?}");
        assert!(without == Verdict::default() || want != Verdict::default(), "{clock:?}");
        work.git(&["commit-graph", "write", "--reachable"]);
        assert_eq!(product(&check(&work, &["feature"])), want, "{clock:?}");
    }
}
