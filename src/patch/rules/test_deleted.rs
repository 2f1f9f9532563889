//! `test_deleted`: a file of tests goes away, or to a name where no test is looked for.
//!
//! A file whose tests stand in other files after the change has moved, and one that held no test (data, support) is no
//! loss; neither is told.

use super::super::facts::{Ask, Facts};
use super::super::test_code::{Tally, tallies};
use crate::model::{Code, Objection, Status, Tier, shell_word, visible};
use crate::policy::Scope;
use std::collections::HashMap;

pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let tallies = tallies(facts, scope, ask);
    gone(&tallies).into_iter().zip(&tallies).filter(|(gone, _)| *gone).map(|(_, tally)| objection(tally)).collect()
}

/// For each file whether its tests are gone with it.
pub(super) fn gone(tallies: &[Tally]) -> Vec<bool> {
    if !tallies.iter().any(|tally| tally.is_gone && tally.had_tests) {
        return vec![false; tallies.len()];
    }
    let mut won: HashMap<&[u8], u64> = HashMap::new();
    for line in tallies.iter().flat_map(|tally| &tally.won) {
        *won.entry(line).or_default() += 1;
    }
    let mut gone = Vec::new();
    for tally in tallies {
        if !tally.is_gone || !tally.had_tests {
            gone.push(false);
            continue;
        }
        let mut found = 0;
        for line in &tally.lost {
            if let Some(left) = won.get_mut(line.as_slice()).filter(|left| **left > 0) {
                *left -= 1;
                found += 1;
            }
        }
        // Half of it, as for a file that git calls renamed.
        gone.push(tally.lost.is_empty() || found * 2 < tally.lost.len());
    }
    gone
}

fn objection(tally: &Tally) -> Objection {
    let file = &tally.change.file;
    let counted = match (tally.cases.went, tally.asserts.went) {
        (0, 0) => String::new(),
        (0, asserts) => format!(" with {asserts} assertions"),
        (cases, asserts) => format!(" with {cases} tests and {asserts} assertions"),
    };
    let old = file.old_path.as_ref().unwrap_or(&file.path);
    let message = match file.status {
        Status::Renamed => {
            format!("the tests of {} move to a name where no test is looked for; nothing runs them there", visible(old))
        }
        _ => format!("a file of tests is deleted{counted}; what it checked is not checked any more"),
    };
    let objection = Objection::review(Code::TestDeleted, Tier::High, message).at(file.path.clone());
    objection.help(format!(
        "mend what the test checks, and bring it back: git checkout BASE -- {}; or say why it is obsolete",
        shell_word(old)
    ))
}
