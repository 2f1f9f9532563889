//! What counts of what was said, beside what is known of the process that said it.
//!
//! | said | its process | counts |
//! |---|---|---|
//! | DEGRADED | failed for the infrastructure's sake | DEGRADED |
//! | CRITICAL_FAIL with a finding in a file | the same | CRITICAL_FAIL: somebody has reviewed |
//! | anything else | the same | INFRA_FAIL |
//! | PASS, WARN, DEGRADED | failed | INFRA_FAIL |
//! | CRITICAL_FAIL | whatever else | CRITICAL_FAIL |
//! | INFRA_FAIL | whatever | INFRA_FAIL |
//!
//! A wrapper that has given up on a lost connection and then prints CRITICAL_FAIL has not reviewed anything.

use crate::model::{FailureType, ReviewVerdict};

/// What a reviewer said, and what is known besides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) verdict: ReviewVerdict,
    /// Whose business its failure is, where that was said.
    pub(super) failure: Option<FailureType>,
    /// How its process failed, where that is known.
    pub(super) trouble: Option<&'a str>,
    /// Whether anything was found that names a file.
    pub(super) has_findings: bool,
}

/// What counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    pub(super) verdict: ReviewVerdict,
    pub(super) failure: FailureType,
    /// Why it is not what was said.
    pub(super) reason: Option<String>,
}

pub(super) fn settle(said: &Said) -> Settled {
    use ReviewVerdict::{CriticalFail, Degraded, InfraFail, Pass, Warn};
    let (word, is_infra) = (said.verdict.id(), said.failure == Some(FailureType::Infra));
    let counts = |verdict, failure, reason| Settled { verdict, failure, reason };
    let fails = |reason| counts(InfraFail, FailureType::Infra, Some(reason));
    match said.verdict {
        InfraFail => counts(InfraFail, FailureType::Infra, None),
        CriticalFail if is_infra && said.has_findings => {
            let reason = "its failure type is INFRA, but it found something in a file: CRITICAL_FAIL stays";
            counts(CriticalFail, FailureType::CodeQuality, Some(reason.to_owned()))
        }
        CriticalFail if !is_infra => counts(CriticalFail, FailureType::CodeQuality, None),
        Pass | Warn | CriticalFail if is_infra => fails(format!(
            "it said {word}, but its failure type is INFRA: the infrastructure failed, so nobody has reviewed"
        )),
        Pass if said.failure == Some(FailureType::CodeQuality) => {
            let reason =
                "it said PASS, but its failure type is CODE_QUALITY: these cannot both be true, so it is no pass";
            fails(reason.to_owned())
        }
        verdict => match said.trouble {
            Some(trouble) => {
                fails(format!("it said {word}, but {trouble}: what a process says that failed is no pass"))
            }
            None if verdict == Degraded => counts(Degraded, FailureType::Infra, None),
            None => counts(verdict, said.failure.unwrap_or_default(), None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureType::{CodeQuality, Infra};
    use ReviewVerdict::{CriticalFail, Degraded, InfraFail, Pass, Warn};

    #[test]
    fn what_counts() {
        let none = FailureType::None;
        for (verdict, failure, trouble, counts, whose, has_reason) in [
            (Pass, None, false, Pass, none, false),
            (Pass, Some(none), false, Pass, none, false),
            (Pass, Some(Infra), false, InfraFail, Infra, true),
            (Pass, Some(CodeQuality), false, InfraFail, Infra, true),
            (Pass, None, true, InfraFail, Infra, true),
            (Warn, None, false, Warn, none, false),
            (Warn, Some(CodeQuality), false, Warn, CodeQuality, false),
            (Warn, Some(Infra), false, InfraFail, Infra, true),
            (Warn, Some(CodeQuality), true, InfraFail, Infra, true),
            (Degraded, None, false, Degraded, Infra, false),
            (Degraded, Some(Infra), false, Degraded, Infra, false),
            (Degraded, None, true, InfraFail, Infra, true),
            (InfraFail, Some(none), false, InfraFail, Infra, false),
            (InfraFail, Some(CodeQuality), true, InfraFail, Infra, false),
            (CriticalFail, None, false, CriticalFail, CodeQuality, false),
            (CriticalFail, Some(none), true, CriticalFail, CodeQuality, false),
            (CriticalFail, Some(Infra), false, InfraFail, Infra, true),
            (CriticalFail, Some(Infra), true, InfraFail, Infra, true),
        ] {
            let said = Said { verdict, failure, trouble: trouble.then_some("it exited with 1"), has_findings: false };
            let settled = settle(&said);
            assert_eq!((settled.verdict, settled.failure), (counts, whose), "{said:?}");
            assert_eq!(settled.reason.is_some(), has_reason, "{said:?}");
            // What counts is settled: it is the same when it is read again.
            let again = settle(&Said { verdict: counts, failure: Some(whose), trouble: None, has_findings: false });
            assert_eq!(again, Settled { reason: None, ..settled }, "{said:?}");
        }
    }

    #[test]
    fn who_found_something_in_a_file_has_reviewed() {
        let said = Said { verdict: CriticalFail, failure: Some(Infra), trouble: None, has_findings: true };
        let settled = settle(&said);
        assert_eq!((settled.verdict, settled.failure), (CriticalFail, CodeQuality));
        assert!(settled.reason.is_some());
        assert_eq!(settle(&Said { verdict: Pass, ..said }).verdict, InfraFail);
    }
}
