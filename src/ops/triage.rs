//! Triage by hand and in CI: logs in, packs out, each with what to do next.

use super::audit::Recorder;
use super::{decide, policy_source, reading};
use crate::audit;
use crate::model::{Action, Bucket, NextStep, Pack, RunContext};
use crate::policy::Triage;
use crate::system::env;
use crate::triage::baseline::Baseline;
use crate::triage::digest::Digest;
use crate::triage::{bucket, context, find, fingerprint, redact, suspects};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// Logs of failed jobs; `-` is standard input.
    pub logs: Vec<PathBuf>,
    /// Logs of the same job when it passed.
    pub passing: Vec<PathBuf>,
    /// What was said of the run.
    pub run: RunContext,
    /// A policy file.
    pub policy: Option<PathBuf>,
}

/// One answer a log, given to `each` in the order in which they were named, each as soon as it is there.
///
/// History is asked of `recorder`. To keep the answers is the caller's business, once they have been said.
///
/// Logs that are given together with one run are its failed jobs. They are decided on together, and so at the end.
///
/// # Errors
/// The policy or a passing log cannot be used, or it was interrupted. A failed log that cannot be read is an answer.
pub fn triage(request: &Request, recorder: &Recorder, mut each: impl FnMut(Result<Pack>)) -> Result<()> {
    let policy = policy(request.policy.as_deref())?;
    let baseline = baseline(&request.passing)?;
    let of_job = context::of_job(&|name| env::var(name)?.into_string().ok().filter(|value| !value.is_empty()));
    let run = redacted(request.run.clone().or(of_job));
    let work = |digest: &Digest, path: &Path| pack(digest, baseline.as_ref(), path, &run, &policy, recorder);
    let mut jobs = Vec::new();
    let together = run.run_id.is_some() && request.logs.len() > 1;
    reading::each_in_order(&request.logs, work, |answer| if together { jobs.push(answer) } else { each(answer) })?;
    decide_together(&mut jobs, &policy);
    jobs.into_iter().for_each(each);
    Ok(())
}

/// A rerun of a run repeats all of its failed jobs, so it is worth something only where it may mend each of them. A job
/// that was cancelled, as the others of a matrix are when one has failed, did not fail.
fn decide_together(jobs: &mut [Result<Pack>], policy: &Triage) {
    let mended_by_rerun = |pack: &Pack| matches!(pack.bucket, Bucket::FlakyTest | Bucket::InfraFault);
    let is_hopeless = |job: &Result<Pack>| job.as_ref().is_ok_and(|pack| !pack.cancelled && !mended_by_rerun(pack));
    let hopeless = jobs.iter().filter(|job| is_hopeless(job)).count();
    for pack in jobs.iter_mut().flatten() {
        pack.others_need_more = hopeless > usize::from(!pack.cancelled && !mended_by_rerun(pack));
        pack.next = decide::next_step(pack, None, policy);
    }
}

/// What was said of the run is handed on, so it holds no secrets either. Commits and branches are written as history compares
/// them.
pub(super) fn redacted(run: RunContext) -> RunContext {
    let text = |value: Option<String>| value.map(|value| redact::text(&value));
    RunContext {
        repo: text(run.repo),
        run_id: text(run.run_id),
        run_attempt: run.run_attempt,
        sha: text(run.sha).map(|sha| audit::commit(&sha)),
        branch: text(run.branch).map(|branch| audit::branch(&branch)),
        workflow: text(run.workflow),
        job: text(run.job),
        step: text(run.step),
        url: text(run.url),
        artifacts: text(run.artifacts),
    }
}

/// What the passing logs say.
fn baseline(passing: &[PathBuf]) -> Result<Option<Baseline>> {
    if passing.is_empty() {
        return Ok(None);
    }
    let learnt = Mutex::new(Baseline::default());
    let learn = |digest: &Digest, _: &Path| learnt.lock().unwrap_or_else(PoisonError::into_inner).learn(digest);
    let mut flaw = None;
    reading::each_in_order(passing, learn, |answer| flaw = flaw.take().or(answer.err()))?;
    match flaw {
        Some(error) => Err(error.context("a passing log cannot be used")),
        // One that says nothing is as none.
        None => Ok(Some(learnt.into_inner().unwrap_or_else(PoisonError::into_inner)).filter(|it| !it.is_empty())),
    }
}

/// What the policy in force says about red runs.
///
/// # Errors
/// The policy cannot be used.
pub fn policy(typed: Option<&Path>) -> Result<Triage> {
    let in_force = policy_source::in_force_anywhere(typed);
    if let Some(error) = &in_force.used.error {
        bail!("the policy cannot be used: {error}");
    }
    Ok(in_force.policy.map(|policy| policy.triage).unwrap_or_default())
}

fn pack(
    digest: &Digest,
    baseline: Option<&Baseline>,
    path: &Path,
    run: &RunContext,
    policy: &Triage,
    recorder: &Recorder,
) -> Pack {
    let found = find::find(digest, baseline);
    let run = run.clone().or(redacted(found.structure.context.clone()));
    let print = fingerprint::of(&found);
    let seen = print.as_ref().and_then(|print| recorder.seen(&run, print));
    let sorted = bucket::sort(&found, policy, seen.as_ref());
    let unset = NextStep { action: Action::Escalate, reason: String::new(), wait: None };
    let mut pack = Pack {
        log: redact::text(&path.to_string_lossy()),
        run,
        bucket: sorted.bucket,
        confidence: sorted.confidence,
        because: sorted.because,
        fingerprint: print,
        failure_line: found.failure.as_ref().map(|(line, _)| *line),
        first_failure_line: found.failure.as_ref().map(|(_, text)| text.clone()),
        failing_tests: suspects::failing_tests(&found),
        suspects: suspects::files(&found),
        excerpt: found.excerpt,
        evidence: found.evidence,
        cancelled: found.structure.cancelled,
        others_need_more: false,
        next: unset,
        seen,
    };
    pack.next = decide::next_step(&pack, None, policy);
    pack
}
