//! The words that stand for a verdict.
//!
//! | verdict | words |
//! |---|---|
//! | PASS | PASS, PASSED, COMPLIANT |
//! | WARN | WARN, WARNING, WARNINGS |
//! | DEGRADED | DEGRADED |
//! | INFRA_FAIL | INFRA_FAIL, INFRA_FAILED, INFRA_FAILURE, INFRA, DID_NOT_RUN, NOT_RUN, UNKNOWN |
//! | CRITICAL_FAIL | CRITICAL_FAIL, CRITICAL_FAILURE, CRITICAL, FAIL, FAILED, FAILURE, REJECT, REJECTED, BLOCK, BLOCKED, NON_COMPLIANT, NOT_COMPLIANT, NEEDS_REVIEW, NEEDS_CHANGES, CHANGES_REQUESTED, REQUEST_CHANGES, PARTIAL |
//!
//! Letter case does not matter, and `-` and blanks stand for `_`. Of the tokens in public use, NEEDS_REVIEW blocks there too; PARTIAL
//! blocks in one place and warns in another, so it blocks here. The list is long where it blocks and short where it passes:
//! a word that is not in it is no verdict, and that is never a pass. What stands around a word is not this file's business.

use crate::model::ReviewVerdict;

const TABLE: &[(ReviewVerdict, &[&str])] = &[
    (ReviewVerdict::Pass, &["PASS", "PASSED", "COMPLIANT"]),
    (ReviewVerdict::Warn, &["WARN", "WARNING", "WARNINGS"]),
    (ReviewVerdict::Degraded, &["DEGRADED"]),
    (
        ReviewVerdict::InfraFail,
        &["INFRA_FAIL", "INFRA_FAILED", "INFRA_FAILURE", "INFRA", "DID_NOT_RUN", "NOT_RUN", "UNKNOWN"],
    ),
    (
        ReviewVerdict::CriticalFail,
        &[
            "CRITICAL_FAIL",
            "CRITICAL_FAILURE",
            "CRITICAL",
            "FAIL",
            "FAILED",
            "FAILURE",
            "REJECT",
            "REJECTED",
            "BLOCK",
            "BLOCKED",
            "NON_COMPLIANT",
            "NOT_COMPLIANT",
            "NEEDS_REVIEW",
            "NEEDS_CHANGES",
            "CHANGES_REQUESTED",
            "REQUEST_CHANGES",
            "PARTIAL",
        ],
    ),
];

/// No word is longer.
const LONGEST: usize = 24;

/// The verdict that a word stands for, in whatever letter case.
pub fn verdict(word: &str) -> Option<ReviewVerdict> {
    let word = word.trim();
    if word.len() > LONGEST {
        return None;
    }
    let word: String =
        word.chars().map(|c| if matches!(c, '-' | ' ') { '_' } else { c.to_ascii_uppercase() }).collect();
    TABLE.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(verdict, _)| *verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_has_its_own_word_and_no_word_two_verdicts() {
        for known in ReviewVerdict::ALL {
            assert_eq!(verdict(known.id()), Some(known));
            assert_eq!(TABLE.iter().filter(|(row, _)| *row == known).count(), 1);
        }
        let mut words: Vec<_> = TABLE.iter().flat_map(|(_, words)| *words).collect();
        assert!(words.iter().all(|word| word.len() <= LONGEST));
        let count = words.len();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), count);
    }

    #[test]
    fn the_table_in_the_first_paragraph_is_the_real_one() {
        for (row, words) in TABLE {
            let line = format!("//! | {} | {} |", row.id(), words.join(", "));
            assert!(include_str!("words.rs").contains(&line), "{line}");
        }
    }

    #[test]
    fn letter_case_and_blanks_do_not_matter_and_the_rest_does() {
        use ReviewVerdict::{CriticalFail, InfraFail, Pass};
        for (word, is) in [
            ("pass", Some(Pass)),
            (" Pass ", Some(Pass)),
            ("Critical-Fail", Some(CriticalFail)),
            ("did not run", Some(InfraFail)),
            ("non-compliant", Some(CriticalFail)),
            ("NEEDS_REVIEW", Some(CriticalFail)),
            ("PARTIAL", Some(CriticalFail)),
            ("COMPLIANT", Some(Pass)),
            ("UNKNOWN", Some(InfraFail)),
            ("APPROVE", None),
            ("PASS|WARN", None),
            ("NOT PASS", None),
            ("PASSING", None),
            ("P\u{410}SS", None),
            ("", None),
            ("_", None),
        ] {
            assert_eq!(verdict(word), is, "{word}");
        }
    }
}
