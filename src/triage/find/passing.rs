//! Whether the tools say that all went well in the end, where no CI system says how the job ended. A log that passed is full
//! of errors too: tests provoke them, tools try again, and what one linter finds may stop nobody.

use super::choice::Choice;
use super::page::Page;
use super::region::{Region, Unsaid};
use super::tone::{self, Tone};
use crate::triage::signatures::{Hit, Rank};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// How near the end of a step somebody has to speak of a failure.
const LAST_WORDS: usize = 100;

/// The same for an error line of no known tool.
const LAST_WORD: usize = 20;

/// How far back from the end somebody says that all is well.
const MOST_LINES: usize = 1000;

static PASSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)^\W*(?:INFO\] )?BUILD SUCCESS(?:FUL)?\b|^Build succeeded\.",
        // mocha, jest, vitest, RSpec, cargo, .NET, ctest, TAP, Go, ava, PHPUnit, unittest, pytest
        r"|^\s*[0-9]+ passing(?: \([0-9.]+\w+\))?\s*$|^\s*Tests:?\s+(?:[0-9]+ (?:skipped|todo)(?:,| \|) )*[0-9]+ passed\b",
        r"|^[0-9]+ (?:examples?|tests|runs), (?:[0-9]+ assertions, )?0 failures(?:, (?:0 errors|[0-9]+ (?:pending|skips)))*\s*$|^test result: ok\. |^Passed!  - |^Test Run Successful\.",
        r"|^100% tests passed|^# fail +0\s*$|^PASS\s*$|^\s*[0-9]+ tests? passed\s*$",
        r"|^OK \([0-9]+ tests?|^OK, but |^OK(?: \((?:skipped|expected failures)=[^)]*\))?\s*$",
        r"|^(?:=+ )?[0-9]+ (?:passed|xfailed)\b(?:, [0-9]+ (?:skipped|deselected|xfailed|xpassed|passed|warnings?))* in [0-9.]+",
    ))
    .ok()
});

/// Whether what was chosen stopped nobody: after it somebody says that all is well, and nobody that it is not. In a complete
/// log of a system that would have said so, only what is told near the end counts at all.
pub(super) fn is_got_over(
    page: &Page,
    region: &Region,
    choice: &Choice,
    hits: &[(usize, Hit)],
    unsaid: Unsaid,
) -> bool {
    let is_heard = |index: usize| tone::heard(page, index, &page.clean(index)) != Tone::Remark;
    let is_near = |index: usize, lines: usize| index + lines >= region.last;
    match unsaid {
        Unsaid::Cut => return false,
        Unsaid::Complete if choice.is_cause() => {
            if !hits.iter().any(|(index, _)| is_near(*index, LAST_WORDS) && is_heard(*index)) {
                return true;
            }
        }
        Unsaid::Complete if choice.hit.is_none() || !is_near(choice.index, LAST_WORD) => return true,
        Unsaid::Complete | Unsaid::Open => {}
    }
    let mut below = (choice.index + 1..=region.last).rev().take(MOST_LINES);
    let Some(passed) = below.find(|index| is_passed(&page.clean(*index))) else { return false };
    let contradicts = |index: usize, hit: &Hit| {
        index > passed || index > choice.index && matches!(hit.signature.rank, Rank::Echo | Rank::Summary)
    };
    !hits.iter().any(|(index, hit)| contradicts(*index, hit) && is_heard(*index))
}

/// Whether a tool says that all it did went well.
fn is_passed(clean: &[u8]) -> bool {
    PASSED.as_ref().is_some_and(|passed| passed.is_match(clean))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_say_when_all_went_well() {
        for line in [
            "[INFO] BUILD SUCCESS",
            "BUILD SUCCESSFUL in 3s",
            "  72 passing (3m)",
            "Tests:       218 passed, 218 total",
            "Tests:       2 skipped, 218 passed, 220 total",
            "      Tests  12 passed (12)",
            "12 examples, 0 failures, 1 pending",
            "12 runs, 40 assertions, 0 failures, 0 errors, 1 skips",
            "test result: ok. 3 passed; 0 failed; 0 ignored",
            "OK (12 tests, 30 assertions)",
            "OK",
            "OK (skipped=2)",
            "================== 45 passed, 2 skipped, 2 xfailed in 30.85s ===================",
            "1 passed, 1 xfailed in 0.03s",
            "100% tests passed, 0 tests failed out of 7",
        ] {
            assert!(is_passed(line.as_bytes()), "{line:?}");
        }
        for line in [
            "Tests:       1 failed, 218 passed, 219 total",
            "2 passing, 1 failing",
            "12 examples, 1 failure",
            "12 examples, 10 failures",
            "0 examples, 0 failures, 1 error occurred outside of examples",
            "===== 1 failed, 45 passed in 30.85s =====",
            "test result: FAILED. 3 passed; 1 failed",
            "OKAY",
            "PASS src/a.test.js",
            "BUILD FAILED",
        ] {
            assert!(!is_passed(line.as_bytes()), "{line:?}");
        }
    }
}
