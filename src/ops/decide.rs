//! What to do about a failure that was triaged before: its pack, the policy in force, the reruns so far.

use super::triage;
use crate::model::{NextStep, Pack};
use crate::output::triage::read;
use crate::policy::Triage;
use crate::system::{files, streams};
use crate::triage::next_step::{self, Case};
use anyhow::{Context, Result, anyhow};
use std::path::{Path, PathBuf};

/// More than any pack has: its excerpt is 100 lines.
const MAX_PACK: u64 = 16 << 20;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// A pack that was written before; `-` is standard input.
    pub pack: PathBuf,
    /// How many reruns of the same commit this failure has had; `None` for what the pack knows.
    pub retries_used: Option<u64>,
    /// A policy file.
    pub policy: Option<PathBuf>,
}

/// Decide.
///
/// # Errors
/// The pack or the policy cannot be used.
pub fn decide(request: &Request) -> Result<(Pack, NextStep)> {
    let pack = read_pack(&request.pack)?;
    let policy = triage::policy(request.policy.as_deref())?;
    let next = next_step(&pack, request.retries_used, &policy);
    Ok((pack, next))
}

/// What to do about a pack; without a number of reruns, those count that are known of.
pub(super) fn next_step(pack: &Pack, retries_used: Option<u64>, policy: &Triage) -> NextStep {
    let case = Case {
        bucket: pack.bucket,
        retries_used: retries_used.unwrap_or_else(|| known_retries(pack)),
        seen: pack.seen.as_ref(),
        cancelled: pack.cancelled,
        others_need_more: pack.others_need_more,
    };
    next_step::decide(&case, policy)
}

/// A pack in a file, or on standard input.
///
/// # Errors
/// There is none.
pub fn read_pack(path: &Path) -> Result<Pack> {
    let bytes = match path == Path::new("-") {
        true => streams::read_stdin_up_to(MAX_PACK)?,
        false => files::read_regular_up_to(MAX_PACK, path)?
            .with_context(|| format!("there is no pack {}; ci-guard triage --pack DIR writes some", path.display()))?,
    };
    read(&bytes).map_err(|reason| anyhow!("{}: {reason}", path.display()))
}

/// The reruns that are known of: those that history has, or the run's own attempts, whichever is more.
fn known_retries(pack: &Pack) -> u64 {
    let decided = pack.seen.as_ref().map_or(0, |seen| seen.retries_used);
    decided.max(pack.run.run_attempt.unwrap_or(1).saturating_sub(1))
}
