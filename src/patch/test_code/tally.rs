//! What a change does to tests, counted file by file.
//!
//! Lines that come and lines that go are counted apart, so a line that moves or is written anew counts on both sides
//! and evens out. What the numbers mean is for the rules to say.

use super::languages::Language;
use super::{is_test, is_test_name, language, line, stays_test, within};
use crate::model::Status;
use crate::patch::facts::{Ask, Change, Facts, Line};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// What happens to the tests of one file.
#[derive(Debug)]
pub(crate) struct Tally<'f> {
    /// The file.
    pub change: &'f Change,
    /// Its language, for people; files of one language are counted together.
    pub language: &'static str,
    /// Whether what was there held tests, and not only what helps them.
    pub had_tests: bool,
    /// Whether a file of tests is gone, or stands where tests are not looked for.
    pub is_gone: bool,
    /// Assertions that went and came.
    pub asserts: Sides,
    /// Tests that went and came.
    pub cases: Sides,
    /// Skips of tests that were there before, by line.
    pub skips: Vec<u64>,
    /// What skips everything but itself in a file that held tests before, by line.
    pub focus: Vec<u64>,
    /// Assertions that became comments, by line.
    pub commented: Vec<u64>,
    /// Assertions that came and always hold, by line.
    pub trivial: Vec<u64>,
    /// Lines of assertions and tests that went, as bare code: what tells whether they came back elsewhere.
    pub lost: Vec<Vec<u8>>,
    /// The same of what came.
    pub won: Vec<Vec<u8>>,
}

/// How many went, how many came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sides {
    /// On lines that are gone.
    pub went: u64,
    /// On lines that are new.
    pub came: u64,
}

impl Sides {
    /// How many fewer there are now.
    pub(crate) fn loss(self) -> u64 {
        self.went.saturating_sub(self.came)
    }
}

/// Count every file of tests that changes; with a failed job, only those that belong to it.
pub(crate) fn tallies<'f>(facts: &'f Facts, scope: &Scope, ask: &Ask) -> Vec<Tally<'f>> {
    let job = ask.job.as_ref().and_then(|job| scope.jobs.get(job));
    let asked = |path: &BStr| job.is_none_or(|job| job.modules.matches(path) || job.companions.matches(path));
    let files: Vec<Lines> = facts.changes.iter().filter_map(Lines::of).collect();
    // Over the whole change, so that a test that moves with its skip is no news.
    let mut skips: BTreeMap<Vec<u8>, u64> = BTreeMap::new();
    for file in &files {
        for removed in &file.removed {
            let does = line::read(file.language, &removed.text);
            if does.skip || does.focus {
                *skips.entry(removed.text.trim().to_vec()).or_default() += 1;
            }
        }
    }
    let mut tallies = Vec::new();
    for file in &files {
        let old = file.change.file.old_path.as_ref().unwrap_or(&file.change.file.path);
        if asked(file.change.file.path.as_bstr()) || asked(old.as_bstr()) {
            tallies.push(file.tally(&mut skips));
        }
    }
    tallies
}

/// The lines of one file that are code of tests.
struct Lines<'f> {
    change: &'f Change,
    language: &'static Language,
    removed: Vec<&'f Line>,
    added: Vec<&'f Line>,
    is_gone: bool,
}

impl<'f> Lines<'f> {
    fn of(change: &'f Change) -> Option<Lines<'f>> {
        let file = &change.file;
        let new = file.path.as_bstr();
        let old = file.old_path.as_ref().filter(|_| file.status != Status::Copied).unwrap_or(&file.path).as_bstr();
        let was_test = file.old.is_some() && is_test(old);
        let is_now_test = file.new.is_some() && is_test(new);
        let language = language(if was_test { old } else { new })?;
        let side = |lines: &'f [Line], whole: bool, spans: &[RangeInclusive<u64>]| -> Vec<&'f Line> {
            lines.iter().filter(|line| whole || within(spans, line.number)).collect()
        };
        let removed = side(&change.edit.removed, was_test, &change.old.tests);
        let added = side(&change.edit.added, is_now_test, &change.new.tests);
        let is_gone = was_test && (file.new.is_none() || !stays_test(old, new));
        (is_gone || !removed.is_empty() || !added.is_empty()).then_some(Lines {
            change,
            language,
            removed,
            added,
            is_gone,
        })
    }

    fn tally(&self, skips: &mut BTreeMap<Vec<u8>, u64>) -> Tally<'f> {
        let change = self.change;
        let name = change.file.old_path.as_ref().unwrap_or(&change.file.path);
        let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let named = is_test_name(self.language, name);
        let unread = named && change.file.deleted > 0 && change.edit.removed.is_empty();
        let mut tally = Tally {
            change,
            language: self.language.name,
            had_tests: !change.old.cases.is_empty() || unread,
            is_gone: self.is_gone,
            asserts: Sides::default(),
            cases: Sides::default(),
            skips: Vec::new(),
            focus: Vec::new(),
            commented: Vec::new(),
            trivial: Vec::new(),
            lost: Vec::new(),
            won: Vec::new(),
        };
        let mut asserted = BTreeSet::new();
        for removed in &self.removed {
            let does = line::read(self.language, &removed.text);
            tally.asserts.went += u64::from(does.assert);
            tally.cases.went += u64::from(does.case);
            if does.assert || does.case {
                tally.lost.push(bare(self.language, &removed.text));
                asserted.insert(removed.text.trim());
            }
        }
        // Functions that tests are written with test what they are called with.
        if self.language.name == "shell" && name.split(|byte| b"-_.".contains(byte)).any(|part| part == b"lib") {
            tally.asserts.went = 0;
        }
        tally.had_tests |= tally.cases.went > 0 || (named && tally.asserts.went > 0);
        let mut skipping = Vec::new();
        for (at, added) in self.added.iter().enumerate() {
            let does = line::read(self.language, &added.text);
            tally.asserts.came += u64::from(does.assert);
            tally.cases.came += u64::from(does.case);
            if does.assert || does.case {
                tally.won.push(bare(self.language, &added.text));
            }
            if does.trivial {
                tally.trivial.push(added.number);
            }
            if line::commented(self.language, &added.text).is_some_and(|code| asserted.contains(code)) {
                tally.commented.push(added.number);
            }
            if does.skip || does.focus {
                match skips.get_mut(added.text.trim()) {
                    Some(left) if *left > 0 => *left -= 1,
                    _ => skipping.push((at, does.focus)),
                }
            }
        }
        // A skip that is written otherwise than before is no new one.
        let reworded = self.removed.iter().filter(|line| skips.get(line.text.trim()).is_some_and(|left| *left > 0));
        let mut reworded = reworded.count();
        let titles: BTreeSet<&BStr> = change.old.cases.iter().map(|case| case.title.as_bstr()).collect();
        for (at, focus) in skipping {
            let number = self.added[at].number;
            if focus && !titles.is_empty() {
                tally.focus.push(number);
            } else if !focus && reworded > 0 {
                reworded -= 1;
            } else if !focus && self.is_for_old_test(at, &titles) {
                tally.skips.push(number);
            }
        }
        if tally.asserts.loss() > 0 && self.still_asks(&tally) {
            tally.asserts.came = tally.asserts.went;
        }
        tally
    }

    /// Whether the skip in this added line is for a test that the old file had. In doubt it is not.
    fn is_for_old_test(&self, at: usize, titles: &BTreeSet<&BStr>) -> bool {
        let line = self.added[at];
        let cases = &self.change.new.cases;
        let test = match line::reach(self.language, &line.text) {
            line::Reach::Nothing => None,
            // Below a new test the same skip may have been there: a diff may begin one line later than its author did.
            line::Reach::Below if self.follows_new_test(at, titles) => None,
            line::Reach::Below => cases.get(cases.partition_point(|case| case.line < line.number)),
            line::Reach::Around => {
                // A helper, or a part of a test, that comes with its skip.
                let joined = |above: &usize| self.added[*above].number + (at - above) as u64 == line.number;
                let is_test = |line: &Line| cases.binary_search_by_key(&line.number, |case| case.line).is_ok();
                let begins = |line: &&Line| is_test(line) || line::makes(&line.text) || line.text.contains_str(".Run(");
                let above = (0..at).rev().take_while(joined).map(|above| self.added[above]).find(begins);
                if above.is_some_and(|above| !is_test(above)) {
                    return false;
                }
                cases[..cases.partition_point(|case| case.line <= line.number)].last()
            }
        };
        test.is_some_and(|test| !test.title.is_empty() && titles.contains(test.title.as_bstr()))
    }

    /// Whether a test that comes begins in the lines that come right above.
    fn follows_new_test(&self, at: usize, titles: &BTreeSet<&BStr>) -> bool {
        let cases = &self.change.new.cases;
        let joined = |above: &usize| self.added[*above].number + (at - above) as u64 == self.added[at].number;
        (0..at).rev().take_while(joined).any(|above| {
            let case = cases.binary_search_by_key(&self.added[above].number, |case| case.line);
            case.is_ok_and(|case| !titles.contains(cases[case].title.as_bstr()))
        })
    }

    /// Whether fewer assertions ask as much as before: they stand in a table of more tests now, in functions of the
    /// project's own, or in one assertion that names all that they named.
    fn still_asks(&self, tally: &Tally) -> bool {
        let checks = |lines: &[&Line]| {
            let own = |line: &&&Line| {
                let does = line::read(self.language, &line.text);
                !does.assert && !does.trivial
            };
            lines.iter().filter(own).filter(|line| line::calls_check(self.language, &line.text)).count() as u64
        };
        if checks(&self.added).saturating_sub(checks(&self.removed)) >= tally.asserts.loss() {
            return true;
        }
        let came = self.added.iter().filter(|line| line::read(self.language, &line.text).assert);
        if tally.asserts.came == 0 || came.clone().any(|line| line::has_choice(self.language, &line.text)) {
            return false;
        }
        if tally.cases.came > tally.cases.went {
            return true;
        }
        let named: BTreeSet<&[u8]> =
            self.added.iter().flat_map(|line| line::names(self.language, &line.text)).collect();
        let known = |line: &Line| line::names(self.language, &line.text).iter().all(|name| named.contains(name));
        self.removed.iter().enumerate().all(|(at, line)| {
            // What is asserted may stand in the line above: `if got != want {`.
            let above = at.checked_sub(1).map(|above| self.removed[above]);
            let above = above.filter(|above| above.number + 1 == line.number && above.text.trim().starts_with(b"if "));
            !line::read(self.language, &line.text).assert || (known(line) && above.is_none_or(known))
        })
    }
}

/// The code of a line, as it is in every language of a family.
fn bare(language: &Language, line: &[u8]) -> Vec<u8> {
    let mut code = line::code(language, line);
    code.truncate(code.trim_end_with(|c| c == ';').len());
    code
}
