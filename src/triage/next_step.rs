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
    let escalate = |reason: &str| NextStep { action: Action::Escalate, reason: reason.to_owned(), wait: None };
    if case.cancelled {
        return escalate("the run was cancelled or superseded: it says nothing about the commit");
    }
    match case.bucket {
        Bucket::SecretOrConfig => return escalate("a secret, right or setting has to be mended by a person"),
        Bucket::Unknown => return escalate("the log does not say why it failed: nothing is done automatically"),
        Bucket::CodeRegression | Bucket::FlakyTest | Bucket::InfraFault => {}
    }
    let rule = policy.of(case.bucket);
    let often = case.seen.is_some_and(|seen| seen.times > OFTEN);
    // A flake comes back by its nature; one that has passed on the same commit is worth its one rerun.
    let flake = case.bucket == Bucket::FlakyTest && case.seen.is_some_and(|seen| seen.passed_on_same_commit > 0);
    if often && !flake {
        return escalate("repeated fingerprint suggests systemic issue");
    }
    let spent = case.retries_used >= rule.max_auto_retries;
    match rule.action {
        Action::RerunSameSha | Action::CooldownRetry if case.others_need_more => {
            escalate("another failed job of this run needs more than a rerun")
        }
        Action::RerunSameSha if !spent => NextStep {
            action: Action::RerunSameSha,
            reason: "single rerun allowed for flaky bucket".into(),
            wait: None,
        },
        Action::CooldownRetry if !spent => NextStep {
            action: Action::CooldownRetry,
            reason: format!("retry {} of {} for {}", case.retries_used + 1, rule.max_auto_retries, case.bucket.id()),
            wait: Some(rule.cooldown * 2u32.saturating_pow(case.retries_used.min(16) as u32)),
        },
        Action::OpenPatchLane => NextStep {
            action: Action::OpenPatchLane,
            reason: "the cause is in the repository: a patch has to mend it".into(),
            wait: None,
        },
        Action::Escalate => escalate("policy disallows more automation"),
        _ if often => escalate("repeated fingerprint suggests systemic issue"),
        _ => escalate("policy disallows more automation"),
    }
}
