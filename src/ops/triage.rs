//! Triage by hand and in CI: logs in, packs out, each with what to do next.

use super::audit::Recorder;
use super::policy_source;
use crate::model::{Pack, RunContext};
use crate::policy::Triage;
use crate::system::{env, files, streams};
use crate::triage::baseline::Baseline;
use crate::triage::digest::Digest;
use crate::triage::next_step::{self, Case};
use crate::triage::{bucket, context, find, fingerprint, redact, suspects};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

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

/// One answer a log, in the order in which they were named. History is asked of `recorder`; to keep the answers there is the
/// caller's business, once they have been said.
///
/// # Errors
/// The policy or a passing log cannot be used. A failed log that cannot be read is an error of its own.
pub fn triage(request: &Request, recorder: &mut Recorder) -> Result<Vec<Result<Pack>>> {
    let policy = policy(request.policy.as_deref())?;
    let mut baseline = (!request.passing.is_empty()).then(Baseline::default);
    for path in &request.passing {
        let digest = read(path)?;
        baseline.iter_mut().for_each(|baseline| baseline.learn(&digest));
    }
    let of_job = context::of_job(&|name| env::var(name)?.into_string().ok().filter(|value| !value.is_empty()));
    let run = request.run.clone().or(of_job);
    let mut one = |path: &PathBuf| -> Result<Pack> {
        let digest = read(path)?;
        Ok(pack(&digest, baseline.as_ref(), path, &run, &policy, recorder))
    };
    Ok(request.logs.iter().map(&mut one).collect())
}

/// What to do about a pack.
///
/// # Errors
/// The pack or the policy cannot be used.
pub fn policy(typed: Option<&Path>) -> Result<Triage> {
    match policy_source::in_force_here(typed) {
        Ok(in_force) => {
            if let Some(error) = &in_force.used.error {
                bail!("the policy cannot be used: {error}");
            }
            Ok(in_force.policy.map(|policy| policy.triage).unwrap_or_default())
        }
        // A log may be read anywhere.
        Err(error) if typed.is_some() => Err(error),
        Err(_) => Ok(Triage::default()),
    }
}

fn read(path: &Path) -> Result<Digest> {
    const MOST: u64 = 4 << 30;
    let bytes = match path == Path::new("-") {
        true => streams::read_stdin_up_to(MOST)?,
        false => files::read_regular_up_to(MOST, path)?.with_context(|| format!("{}: no such file", path.display()))?,
    };
    Ok(Digest::of(&bytes))
}

fn pack(
    digest: &Digest,
    baseline: Option<&Baseline>,
    path: &Path,
    run: &RunContext,
    policy: &Triage,
    recorder: &mut Recorder,
) -> Pack {
    let found = find::find(digest, baseline);
    let run = run.clone().or(found.structure.context.clone());
    let print = fingerprint::of(&found);
    let seen = print.as_ref().and_then(|print| recorder.seen(&run, print));
    let sorted = bucket::sort(&found, policy, seen.as_ref());
    let case = Case {
        bucket: sorted.bucket,
        retries_used: seen.as_ref().map_or(0, |seen| seen.retries_used),
        seen: seen.as_ref(),
        cancelled: found.structure.cancelled,
        others_need_more: false,
    };
    let next = next_step::decide(&case, policy);
    Pack {
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
        next,
        seen,
    }
}
