//! Random histories with clocks that lie, judged by the product and by an oracle that is as slow and plain as can be:
//! sets of commits from `git rev-list`, and not one question about order.

use crate::drawn::{Said, check, redraw, world};
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

/// A history of some ten commits: lines that start at random places, and merge at random.
fn random_history(dice: &mut Dice, clock: Clock) -> String {
    let count = 4 + dice.below(12);
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
            Clock::Backwards => 1_767_225_600 - commit * 86_400 * 30,
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
    text += &format!("feature = c{}\n", count - 1 - dice.below(count.min(3)));
    text
}

/// What should be said, by the letter: `merge parent` of each bad parent, and each foreign commit.
#[derive(Debug, Default, PartialEq)]
struct Verdict {
    merges: BTreeSet<String>,
    foreign: usize,
}

/// All that can be reached from these refs, each with its parents. No question about order is asked, so no clock counts.
fn reachable(work: &Repo, refs: &[&str]) -> HashMap<String, Vec<String>> {
    let there: Vec<&&str> = refs.iter().filter(|name| work.dir.join(".git/refs").join(name).is_file()).collect();
    if there.is_empty() {
        return HashMap::new();
    }
    let names: Vec<String> = there.iter().map(|name| format!("refs/{name}")).collect();
    let args: Vec<&str> = ["rev-list", "--parents"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let listed = work.git(&args);
    let rows = listed.lines().map(|line| {
        let mut ids = line.split(' ').map(str::to_owned);
        (ids.next().unwrap(), ids.collect())
    });
    rows.collect()
}

fn oracle(work: &Repo) -> Verdict {
    let ours = reachable(work, &["heads/feature"]);
    let known = reachable(work, &["remotes/origin/main", "remotes/origin/release/1", "remotes/origin/feature"]);
    let outside = reachable(work, &["remotes/origin/x", "remotes/upstream/y"]);
    let at_remote = reachable(work, &["remotes/origin/x"]);
    let mut line = Vec::new();
    let mut next = Some(work.rev("refs/heads/feature"));
    while let Some(id) = next {
        next = ours[&id].first().cloned();
        line.push(id);
    }
    let mut verdict = Verdict::default();
    for (id, parents) in ours.iter().filter(|(id, _)| !known.contains_key(*id)) {
        verdict.foreign += usize::from(outside.contains_key(id));
        let proven = |parent: &String| known.contains_key(parent) || line.contains(parent);
        if line.contains(id) && !at_remote.contains_key(id) {
            let bad = parents.iter().filter(|parent| !proven(parent));
            verdict.merges.extend(bad.map(|parent| format!("{} {}", &id[..10], &parent[..10])));
        }
        // What is off the own line came in through a merge on it, so nothing is lost by looking at that line only.
        if parents.len() > 1 && !at_remote.contains_key(id) && !parents.iter().all(proven) {
            verdict.merges.insert("any".into());
        }
    }
    verdict
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
        let history = random_history(&mut dice, clock);
        redraw(&work, POLICY, &history);
        prepare(&work, number);
        let said = check(&work, &["feature"]);
        let want = oracle(&work);
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
    assert!(blocked * 5 > count && blocked * 5 < count * 4, "{blocked} of {count}: both kinds are there");
}

#[test]
fn no_clock_makes_a_difference_to_small_histories() {
    compare(1, &[Clock::Forwards, Clock::OneSecond, Clock::Backwards], 90, |_, _| {});
}

#[test]
fn nor_do_clocks_that_are_years_off() {
    compare(2, &[Clock::Weeks, Clock::Extremes], 80, |_, _| {});
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
