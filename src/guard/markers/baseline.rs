//! What the base branch has already is nobody's new mistake: leftovers are compared by content, never by place.
//!
//! A leftover that moved to another line or, with or without a rename, to another file is old. A second copy beside an
//! old one is new: occurrences are counted, and each one of the base answers for one only.
//!
//! Base versions are needed only once something was found, and only of the paths that changed or went away. Which
//! commits are baselines (the tip of the base, a merge base) is not decided here.

use super::found::Found;
use super::identity::Identity;
use bstr::BString;
use std::collections::HashMap;

/// How often each leftover occurs.
type Tally = HashMap<Identity, usize>;

/// The leftovers of one baseline: of its versions of every path that is changed, renamed or deleted against it.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    files: HashMap<BString, Tally>,
}

impl Baseline {
    /// Note what the baseline's version of a path holds; each path once.
    pub fn add(&mut self, path: impl Into<BString>, leftovers: &[Found]) {
        if leftovers.is_empty() {
            return;
        }
        let tally = self.files.entry(path.into()).or_default();
        for leftover in leftovers {
            *tally.entry(leftover.identity).or_default() += 1;
        }
    }

    /// Which leftovers of these files it has, in their order. A file's own older version answers first; what is left of
    /// it answers for other files.
    fn accounts_for(&self, files: &[(BString, Vec<Found>)]) -> Vec<Vec<bool>> {
        let mut left = self.files.clone();
        let mut known: Vec<Vec<bool>> = files
            .iter()
            .map(|(path, leftovers)| {
                let mut own = left.get_mut(path);
                leftovers.iter().map(|leftover| own.as_mut().is_some_and(|own| take(own, leftover.identity))).collect()
            })
            .collect();
        let mut pool = Tally::new();
        for (identity, count) in left.into_values().flatten() {
            *pool.entry(identity).or_default() += count;
        }
        for ((_, leftovers), known) in files.iter().zip(&mut known) {
            for (leftover, known) in leftovers.iter().zip(known) {
                *known = *known || take(&mut pool, leftover.identity);
            }
        }
        known
    }
}

/// Whether a leftover is the push's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// None of the baselines has it.
    New,
    /// A baseline accounts for it.
    Known,
}

/// How each leftover of each file stands against the baselines, in their order: known when one of them accounts for it.
/// Without a baseline everything is new.
pub fn standings(files: &[(BString, Vec<Found>)], baselines: &[Baseline]) -> Vec<Vec<Standing>> {
    let known: Vec<_> = baselines.iter().map(|baseline| baseline.accounts_for(files)).collect();
    let standing = |file: usize, index: usize| match known.iter().any(|known| known[file][index]) {
        true => Standing::Known,
        false => Standing::New,
    };
    let of_file = |file: usize| (0..files[file].1.len()).map(|index| standing(file, index)).collect();
    (0..files.len()).map(of_file).collect()
}

/// Take one occurrence off a tally, if there is one.
fn take(tally: &mut Tally, identity: Identity) -> bool {
    match tally.get_mut(&identity) {
        Some(count @ 1..) => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::markers::{MarkerSize, read};
    use proptest::prelude::*;

    fn block(side: &str) -> String {
        format!("<<<<<<< HEAD\nours\n=======\n{side}\n>>>>>>> {side}\n")
    }

    type Files<'a> = &'a [(&'a str, String)];

    fn scanned(files: Files) -> Vec<(BString, Vec<Found>)> {
        let read = |text: &str, path: &str| read(path.as_bytes(), text.as_bytes(), MarkerSize::DEFAULT);
        files.iter().map(|(path, text)| (BString::from(*path), read(text, path))).collect()
    }

    fn baseline(files: Files) -> Baseline {
        let mut baseline = Baseline::default();
        scanned(files).iter().for_each(|(path, leftovers)| baseline.add(path.clone(), leftovers));
        baseline
    }

    fn new(files: &[(BString, Vec<Found>)], baselines: &[Baseline]) -> Vec<String> {
        let standings = standings(files, baselines);
        let each = files.iter().zip(standings).flat_map(|((path, leftovers), standings)| {
            assert_eq!(leftovers.len(), standings.len());
            leftovers.iter().zip(standings).map(move |(found, standing)| (format!("{path}:{}", found.line), standing))
        });
        each.filter(|(_, standing)| *standing == Standing::New).map(|(place, _)| place).collect()
    }

    /// What is new in `after`, as `path:line`.
    fn check(before: &[Files], after: Files, want: &[&str]) {
        let baselines: Vec<_> = before.iter().map(|files| baseline(files)).collect();
        assert_eq!(new(&scanned(after), &baselines), want);
    }

    #[test]
    fn what_the_base_has_is_old_wherever_it_stands_now() {
        let (a, b) = (block("a"), block("b"));
        let base: Files = &[("f", format!("x\n{a}y\n"))];
        check(&[base], &[("f", format!("x\n{a}y\n"))], &[]);
        check(&[base], &[("f", format!("{a}y\nmore\n"))], &[]);
        check(&[base], &[("f", format!("1\n2\n3\nx\n{a}y\n"))], &[]);
        check(&[base], &[("f", format!("x\r\n{}y", a.replace('\n', "\r\n")))], &[]);
        check(&[base], &[("f", a.trim_end().to_owned())], &[]);
        check(&[base], &[("f", format!("\u{feff}{a}"))], &[]);
        check(&[base], &[("renamed", format!("x\n{a}y\n"))], &[]);
        check(&[base], &[("f", "x\n".into()), ("g", a.clone())], &[]);
        check(&[base], &[("f", b.clone())], &["f:1"]);
        check(&[base], &[("f", a.replace("ours", "mine"))], &["f:1"]);
        check(&[base], &[("f", a.replace("<<<<<<< HEAD", "<<<<<<< main"))], &["f:1"]);
        check(&[base], &[("f", a.replace("=======\n", ""))], &["f:1", "f:4"]);
    }

    #[test]
    fn each_old_occurrence_answers_for_one() {
        let (a, b) = (block("a"), block("b"));
        let base: Files = &[("f", a.clone())];
        check(&[base], &[("f", format!("{a}{a}"))], &["f:6"]);
        check(&[base], &[("f", format!("{b}{a}"))], &["f:1"]);
        check(&[base], &[("f", a.clone()), ("g", a.clone())], &["g:1"]);
        check(&[base], &[("a", a.clone()), ("f", a.clone())], &["a:1"]);
        check(&[base], &[("a", a.clone()), ("b", a.clone())], &["b:1"]);
        let twice: Files = &[("f", format!("{a}{a}")), ("gone", b.clone())];
        check(&[twice], &[("f", a.clone()), ("g", format!("{a}{b}{b}"))], &["g:11"]);
    }

    #[test]
    fn lone_lines_are_compared_too() {
        let base: Files = &[("f", "x\n>>>>>>> main\n".into())];
        check(&[base], &[("f", "y\nz\n>>>>>>> main\n".into())], &[]);
        check(&[base], &[("f", ">>>>>>> main\n>>>>>>> main\n".into())], &["f:2"]);
        check(&[base], &[("f", ">>>>>>> other\n".into())], &["f:1"]);
        check(&[base], &[("f", "<<<<<<< main\n".into())], &["f:1"]);
    }

    #[test]
    fn one_baseline_that_has_it_is_enough() {
        let (a, b) = (block("a"), block("b"));
        let tip: Files = &[("f", a.clone())];
        let fork: Files = &[("f", b.clone())];
        check(&[], &[("f", a.clone())], &["f:1"]);
        check(&[&[]], &[("f", a.clone())], &["f:1"]);
        check(&[tip, fork], &[("f", format!("{a}{b}"))], &[]);
        check(&[tip, fork], &[("f", format!("{a}{a}{b}"))], &["f:6"]);
        check(&[tip, tip], &[("f", format!("{a}{a}"))], &["f:6"]);
    }

    proptest! {
        #[test]
        fn new_is_what_exceeds_the_base(before in prop::collection::vec(0..3usize, 0..8), after in prop::collection::vec((0..3usize, 0..3usize), 0..12)) {
            let sides = ["a", "b", "c"];
            let base: String = before.iter().map(|&side| block(sides[side])).collect();
            let mut files = sides.map(|path| (path, String::new()));
            after.iter().for_each(|&(file, side)| files[file].1.push_str(&block(sides[side])));
            let new = new(&scanned(&files), &[baseline(&[("a", base)])]);
            let count = |side: usize| after.iter().filter(|&&(_, s)| s == side).count().saturating_sub(before.iter().filter(|&&s| s == side).count());
            prop_assert_eq!(new.len(), (0..3).map(count).sum::<usize>());
        }

        #[test]
        fn identity_ignores_line_ends_only(text in "[a-c\n]{0,12}", other in "[a-c\n]{0,12}") {
            let unended = text.strip_suffix('\n').unwrap_or(&text);
            prop_assume!(!unended.is_empty() && !unended.ends_with('\n'));
            prop_assert_eq!(Identity::of(unended.as_bytes()), Identity::of(format!("{unended}\r").as_bytes()));
            prop_assert_eq!(Identity::of(format!("{unended}\n").as_bytes()), Identity::of(unended.replace('\n', "\r\n").as_bytes()));
            prop_assert_eq!(Identity::of(unended.as_bytes()) == Identity::of(other.as_bytes()), unended == other.strip_suffix('\n').unwrap_or(&other));
        }
    }
}
