//! `job_not_allowed`: the change is to mend a job whose failures the policy does not let anybody patch this way. Names are
//! compared letter by letter: a pattern that lets `test (ubuntu)` pass would also let `test-production` pass. Where no job
//! is named, as at a push, there is nothing to judge.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;

pub(super) fn judge(_: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let (Some(job), Some(allowed)) = (&ask.job, &scope.allowed_jobs) else { return Vec::new() };
    if allowed.contains(job) {
        return Vec::new();
    }
    let listed = match allowed.is_empty() {
        true => "which is empty".to_owned(),
        false => format!("which has: {}", allowed.iter().map(visible).collect::<Vec<_>>().join(", ")),
    };
    let message = format!("the failed job `{}` is not in \"allowed_jobs\", {listed}", visible(job));
    let objection = Objection::deny(Code::JobNotAllowed, message)
        .help("name the job exactly as the policy does, or leave its failure to a person")
        .help("if it may be patched, whoever keeps the policy adds it to \"allowed_jobs\" in its \"scope\"");
    vec![objection]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(allowed: Option<&[&str]>, job: Option<&str>) -> Vec<String> {
        let allowed_jobs = allowed.map(|jobs| jobs.iter().map(|job| (*job).to_owned()).collect());
        let scope = Scope { allowed_jobs, ..Scope::default() };
        let ask = Ask { job: job.map(str::to_owned), ..Ask::default() };
        judge(&Facts::default(), &scope, &ask).into_iter().map(|objection| objection.message).collect()
    }

    #[test]
    fn a_job_has_to_be_listed() {
        let jobs: &[&str] = &["test", "test (ubuntu, 1.90)"];
        for (allowed, job) in
            [(None, Some("x")), (Some(jobs), None), (Some(jobs), Some("test")), (Some(jobs), Some(jobs[1]))]
        {
            assert_eq!(said(allowed, job), [""; 0], "{allowed:?} {job:?}");
        }
        for job in ["Test", "test ", "test (windows)", "tes", ""] {
            let has = "is not in \"allowed_jobs\", which has: test, test (ubuntu, 1.90)";
            assert_eq!(said(Some(jobs), Some(job)), [format!("the failed job `{job}` {has}")]);
        }
        let empty = said(Some(&[]), Some("a\u{202e}"));
        assert_eq!(empty, [r#"the failed job `a\u{202e}` is not in "allowed_jobs", which is empty"#]);
    }
}
