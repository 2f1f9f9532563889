//! What to do about a failure: a pure function of its bucket, the policy, and what was tried and seen before.
//!
//! Nothing here is automatic after `secret_or_config` or `unknown`, after a run that was cancelled or superseded, and after
//! a failure that keeps coming back: then a person looks at it.

use crate::model::{Action, Bucket, NextStep, Seen};
use crate::policy::Triage;

/// A failure that was seen in more runs than this is no accident of one run.
const OFTEN: u64 = 2;

/// What is known when the next step is decided.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Who has to act.
    pub bucket: Bucket,
    /// How many reruns of the same commit this failure has had.
    pub retries_used: u64,
    /// What is known of the fingerprint.
    pub seen: Option<&'a Seen>,
    /// The run was cancelled, or a newer one took its place.
    pub cancelled: bool,
    /// Another job of the same run failed for a reason that a rerun does not mend.
    pub others_need_more: bool,
}

/// Decide.
pub fn decide(case: &Case, policy: &Triage) -> NextStep {
    if case.cancelled {
        return escalate("the run was cancelled or superseded: its log says nothing about the commit");
    }
    match case.bucket {
        Bucket::SecretOrConfig => return escalate("a secret, a right or a setting has to be mended by a person"),
        Bucket::Unknown => return escalate("the log does not say why: nothing is done automatically"),
        Bucket::CodeRegression | Bucket::FlakyTest | Bucket::InfraFault => {}
    }
    let rule = policy.of(case.bucket);
    if case.is_repeated() {
        return escalate("repeated fingerprint suggests systemic issue");
    }
    let spent = case.retries_used >= rule.max_auto_retries;
    match rule.action {
        Action::OpenPatchLane => NextStep {
            action: Action::OpenPatchLane,
            reason: "the cause is in the repository: the same commit would fail again".into(),
            wait: None,
        },
        Action::RerunSameSha | Action::CooldownRetry if spent => escalate("policy disallows more automation"),
        Action::RerunSameSha | Action::CooldownRetry if case.others_need_more => {
            escalate("another job of this run failed for a reason that no rerun mends")
        }
        Action::RerunSameSha => NextStep {
            action: Action::RerunSameSha,
            reason: match (case.bucket, rule.max_auto_retries) {
                (Bucket::FlakyTest, 1) => "single rerun allowed for flaky bucket".into(),
                (bucket, most) => format!("rerun {} of {most} allowed for {}", case.retries_used + 1, bucket.id()),
            },
            wait: None,
        },
        Action::CooldownRetry => NextStep {
            action: Action::CooldownRetry,
            reason: format!(
                "retry {} of {} allowed for {}",
                case.retries_used + 1,
                rule.max_auto_retries,
                case.bucket.id()
            ),
            wait: Some(rule.cooldown.saturating_mul(2u32.saturating_pow(case.retries_used.min(16) as u32))),
        },
        Action::Escalate => escalate("policy disallows more automation"),
    }
}

impl Case<'_> {
    /// The failure keeps coming back. A flake does so by its nature: as long as reruns of the same commit have passed, that
    /// is no news.
    fn is_repeated(&self) -> bool {
        let flake = |seen: &Seen| self.bucket == Bucket::FlakyTest && seen.passed_on_same_commit > 0;
        self.seen.is_some_and(|seen| seen.times > OFTEN && !flake(seen))
    }
}

fn escalate(reason: &str) -> NextStep {
    NextStep { action: Action::Escalate, reason: reason.to_owned(), wait: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn case(bucket: Bucket, retries_used: u64) -> Case<'static> {
        Case { bucket, retries_used, seen: None, cancelled: false, others_need_more: false }
    }

    #[test]
    fn the_table() {
        let policy = Triage::default();
        let minutes = |minutes: u64| Some(Duration::from_secs(60 * minutes));
        for (bucket, used, action, wait) in [
            (Bucket::CodeRegression, 0, Action::OpenPatchLane, None),
            (Bucket::CodeRegression, 9, Action::OpenPatchLane, None),
            (Bucket::FlakyTest, 0, Action::RerunSameSha, None),
            (Bucket::FlakyTest, 1, Action::Escalate, None),
            (Bucket::InfraFault, 0, Action::CooldownRetry, minutes(5)),
            (Bucket::InfraFault, 1, Action::CooldownRetry, minutes(10)),
            (Bucket::InfraFault, 2, Action::Escalate, None),
            (Bucket::InfraFault, u64::MAX, Action::Escalate, None),
            (Bucket::SecretOrConfig, 0, Action::Escalate, None),
            (Bucket::Unknown, 0, Action::Escalate, None),
        ] {
            let next = decide(&case(bucket, used), &policy);
            assert_eq!((next.action, next.wait), (action, wait), "{bucket:?} after {used}");
        }
        assert_eq!(decide(&case(Bucket::FlakyTest, 0), &policy).reason, "single rerun allowed for flaky bucket");
        assert_eq!(decide(&case(Bucket::FlakyTest, 1), &policy).reason, "policy disallows more automation");
    }

    #[test]
    fn a_failure_that_keeps_coming_back_is_for_a_person() {
        let policy = Triage::default();
        for (bucket, times, passed, repeated) in [
            (Bucket::CodeRegression, 2, 0, false),
            (Bucket::CodeRegression, 3, 0, true),
            (Bucket::CodeRegression, 3, 1, true),
            (Bucket::InfraFault, 2, 0, false),
            (Bucket::InfraFault, 3, 0, true),
            (Bucket::FlakyTest, 2, 0, false),
            (Bucket::FlakyTest, 3, 0, true),
            (Bucket::FlakyTest, 3, 1, false),
        ] {
            let seen = Seen { times, passed_on_same_commit: passed, ..Seen::default() };
            let next = decide(&Case { seen: Some(&seen), ..case(bucket, 0) }, &policy);
            let said = next.reason == "repeated fingerprint suggests systemic issue";
            assert_eq!((next.action == Action::Escalate, said), (repeated, repeated), "{bucket:?} {times} {passed}");
        }
    }

    #[test]
    fn nothing_is_rerun_beside_a_job_that_needs_more_or_after_a_cancelled_run() {
        let policy = Triage::default();
        for bucket in Bucket::ALL {
            let next = decide(&Case { others_need_more: true, ..case(bucket, 0) }, &policy);
            assert!(!next.action.is_rerun(), "{bucket:?}");
            let next = decide(&Case { cancelled: true, ..case(bucket, 0) }, &policy);
            assert_eq!(next.action, Action::Escalate, "{bucket:?}");
        }
        let next = decide(&Case { others_need_more: true, ..case(Bucket::CodeRegression, 0) }, &policy);
        assert_eq!(next.action, Action::OpenPatchLane);
    }
}
