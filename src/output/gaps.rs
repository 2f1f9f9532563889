//! What was not judged, each reason said once: rules that were skipped together are named together.

use crate::model::{Report, Rule, SkipCause};

/// One reason, and everything that was not judged because of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap<'a> {
    pub cause: SkipCause,
    /// The rules that did not speak, in the order of reports; none when it concerns the whole run.
    pub rules: Vec<Rule>,
    pub reason: &'a str,
}

impl Gap<'_> {
    /// `merge-source and foreign-commits`; `None` when it concerns the whole run.
    pub(super) fn names(&self) -> Option<String> {
        let ids: Vec<_> = self.rules.iter().map(|rule| rule.id()).collect();
        let (last, others) = ids.split_last()?;
        Some(if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) })
    }

    /// What a reader has to know. Our own faults bear our name: nobody shall look for them in their own repository.
    pub(super) fn sentence(&self) -> String {
        let reason = self.reason;
        match (self.cause, self.names()) {
            (SkipCause::Fault, Some(names)) => format!("ci-guard could not judge {names}: {reason}"),
            (SkipCause::Fault, None) => format!("ci-guard could not judge everything: {reason}"),
            (_, Some(names)) => format!("{names} not judged: {reason}"),
            (_, None) => format!("not everything was judged: {reason}"),
        }
    }
}

/// The gaps of a report in the order of their first mention.
pub(super) fn of(report: &Report) -> Vec<Gap<'_>> {
    let mut gaps: Vec<Gap> = Vec::new();
    for skip in &report.skipped {
        let same = |gap: &&mut Gap| {
            gap.cause == skip.cause && gap.reason == skip.reason && gap.rules.is_empty() == skip.rule.is_none()
        };
        match gaps.iter_mut().find(same) {
            Some(gap) => gap.rules.extend(skip.rule),
            None => gaps.push(Gap { cause: skip.cause, rules: skip.rule.into_iter().collect(), reason: &skip.reason }),
        }
    }
    for gap in &mut gaps {
        gap.rules.sort();
        gap.rules.dedup();
    }
    gaps
}

/// The policy's own error, unless a gap already says it.
pub(super) fn policy_error<'a>(report: &'a Report, gaps: &[Gap]) -> Option<&'a str> {
    report.policy.error.as_deref().filter(|error| !gaps.iter().any(|gap| gap.reason.contains(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PolicyUse, Skip};

    fn skip(rule: Option<Rule>, cause: SkipCause, reason: &str) -> Skip {
        Skip { rule, cause, reason: reason.into() }
    }

    #[test]
    fn one_reason_is_said_once_and_names_every_rule() {
        use SkipCause::{Fault, NotHere};
        let skipped = vec![
            skip(Some(Rule::ForeignCommits), Fault, "bad"),
            skip(None, Fault, "bad"),
            skip(Some(Rule::MergeSource), Fault, "bad"),
            skip(Some(Rule::MergeSource), NotHere, "bad"),
            skip(Some(Rule::MergeSource), Fault, "bad"),
            skip(Some(Rule::ConflictMarker), Fault, "bad"),
        ];
        let report = Report { skipped, ..Report::default() };
        let said: Vec<_> = of(&report).iter().map(Gap::sentence).collect();
        assert_eq!(
            said,
            [
                "ci-guard could not judge conflict-marker, merge-source and foreign-commits: bad",
                "ci-guard could not judge everything: bad",
                "merge-source not judged: bad",
            ]
        );
    }

    #[test]
    fn an_error_that_a_gap_quotes_is_not_said_again() {
        let policy = PolicyUse { source: None, error: Some("line 3: no".into()) };
        let mut report = Report { policy, ..Report::default() };
        assert_eq!(policy_error(&report, &of(&report)), Some("line 3: no"));
        report.skipped = vec![skip(Some(Rule::MergeSource), SkipCause::Fault, "the policy, line 3: no")];
        assert_eq!(policy_error(&report, &of(&report)), None);
    }
}
