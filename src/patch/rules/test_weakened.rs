//! `test_weakened`: tests ask for less than before: assertions or tests are removed, commented out, replaced by what always holds, or
//! skipped.
//!
//! Counted over the whole change, language by language, so that moving, renaming, splitting and rewriting tests is
//! quiet as long as as many assertions come as go. An assertion that expects another value is a changed one; whether the new
//! value is right cannot be counted. What a deleted file held is told by `test_deleted`. Whether CI still runs the
//! tests is not looked at: CI files are sensitive paths on their own.

use super::super::facts::{Ask, Facts};
use super::super::test_code::{Tally, tallies};
use super::test_deleted;
use crate::model::{Code, Objection, Tier};
use crate::policy::Scope;
use std::collections::BTreeMap;

/// How many line numbers are told of one file.
const TOLD: usize = 5;

pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let tallies = tallies(facts, scope, ask);
    let gone = test_deleted::gone(&tallies);
    let left = || tallies.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(tally, _)| tally);
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    for tally in left() {
        totals.entry(tally.language).or_default().add(tally);
    }
    left().filter_map(|tally| objection(tally, &totals[tally.language])).collect()
}

/// Sums over all files of one language.
#[derive(Default)]
struct Total {
    asserts: i64,
    cases: i64,
}

impl Total {
    fn add(&mut self, tally: &Tally) {
        self.asserts += tally.asserts.went as i64 - tally.asserts.came as i64;
        self.cases += tally.cases.went as i64 - tally.cases.came as i64;
    }
}

fn objection(tally: &Tally, total: &Total) -> Option<Objection> {
    let mut said = Vec::new();
    if tally.asserts.loss() > 0 && total.asserts > 0 {
        let (went, came) = (tally.asserts.went, tally.asserts.came);
        said.push(format!("{} fewer ({went} removed, {came} added)", counted(tally.asserts.loss(), "assertion")));
    }
    if tally.cases.loss() > 0 && total.cases > 0 {
        said.push(format!("{} fewer", counted(tally.cases.loss(), "test")));
    }
    let mut first = None;
    let mut told = |lines: &[u64], what: &str| {
        if let [line, ..] = lines {
            first = first.or(Some(*line));
            said.push(format!("{what} in {}", numbers(lines)));
        }
    };
    told(&tally.skips, "a test that was there is skipped");
    told(&tally.commented, "an assertion becomes a comment");
    if tally.asserts.loss() > 0 {
        told(&tally.trivial, "an assertion always holds");
    }
    if said.is_empty() {
        return None;
    }
    let message = format!("the tests ask for less: {}", said.join("; "));
    let mut objection = Objection::review(Code::TestWeakened, Tier::High, message).at(tally.change.file.path.clone());
    objection.line = first;
    Some(objection.help("mend what the tests check, or say in the change why they may ask for less"))
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn numbers(lines: &[u64]) -> String {
    let told: Vec<String> = lines.iter().take(TOLD).map(u64::to_string).collect();
    match (lines.len(), lines.len().saturating_sub(TOLD)) {
        (1, _) => format!("line {}", told[0]),
        (_, 0) => format!("lines {}", told.join(", ")),
        (_, more) => format!("lines {} and {more} more", told.join(", ")),
    }
}
