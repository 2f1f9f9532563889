//! What became of a failure, told by somebody who knows: merged, reverted, green, red.

use super::{PATIENCE, actor, location, policy};
use crate::audit;
use crate::model::{Event, EventKind, Moment, Outcome, Pack, RunContext, visible};
use crate::ops::triage::redacted;
use crate::output;
use crate::store::{Access, Record, Store};
use crate::system::{clock, env, files, streams};
use crate::triage::{context, redact};
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};

/// What is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// The pack of the failure that it is about; `-` is standard input.
    pub pack: Option<PathBuf>,
    /// What was said of the run, commit and branch.
    pub run: RunContext,
    /// What became of it.
    pub result: Outcome,
    /// When; `None` for now.
    pub at: Option<Moment>,
    /// The event's id, where somebody has one.
    pub id: Option<String>,
    /// Who says so.
    pub actor: Option<String>,
}

/// What was stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The event.
    pub event: Event,
    /// Whether it was not there before.
    pub is_new: bool,
    /// Where.
    pub place: String,
}

/// Store it. When this returns, it is on the disk.
///
/// # Errors
/// It could not be stored, or does not say what it is about.
pub fn record(told: Told) -> Result<Stored> {
    let pack = told.pack.as_deref().map(read).transpose()?;
    let run = about(&told, pack.as_ref().map(|(pack, _)| pack));
    ensure!(
        run.sha.is_some() || pack.is_some(),
        "it is not said what this is about; name the commit with --sha, or the failure with --pack"
    );
    let location = location()?;
    let location = location.with_context(|| format!("the audit store is switched off by {}=off", super::VARIABLE))?;
    let store = Store::open(&location, Access::Write, PATIENCE)?;
    let mut store = store.context("the audit store cannot be made")?;

    let now = clock::now();
    let (policy, keep) = policy(None);
    let mut event = Event::new(EventKind::Outcome, told.at.unwrap_or(now), redacted(run));
    event.actor = told.actor.map(|name| redact::text(&name)).or_else(actor);
    event.policy = policy;
    event.result = Some(told.result);
    if let Some((pack, digest)) = &pack {
        let print = pack.fingerprint.as_ref();
        event.fine = print.map(|print| print.fine.clone());
        event.coarse = print.map(|print| print.coarse.clone());
        event.signature = print.map(|print| print.key.clone());
        event.bucket = Some(pack.bucket);
        event.pack = Some(digest.clone());
    }
    let id = told.id.map(|id| redact::text(&id));
    event.id = id.clone().unwrap_or_else(|| audit::id(&event, &[]));
    let record = Record { event: event.clone(), pack: None };
    let is_new = store.append(&[record])? == 1;
    if !is_new && id.is_some() {
        match store.event(&event.id)? {
            Some(other) if says_the_same(&event, &other, told.at.is_some()) => {}
            _ => bail!("another event has this id already ({}); each needs one of its own", visible(&event.id)),
        }
    }
    // What was asked for is done; that old packs stay fat is nobody's trouble today.
    let _ = store.thin(now, keep);
    Ok(Stored { event, is_new, place: store.place().to_owned() })
}

/// Whether an event that was delivered twice is the same in what it tells. Who tells it, and when if nobody said, may differ.
fn says_the_same(one: &Event, other: &Event, at_is_said: bool) -> bool {
    let of = |event: &Event| (event.kind, event.result, event.run.clone(), event.fine.clone());
    of(one) == of(other) && (!at_is_said || one.at == other.at)
}

/// What the outcome is about: what was said, then what the pack says, and without either the job that this runs in.
fn about(told: &Told, pack: Option<&Pack>) -> RunContext {
    let job = || context::of_job(&|name| env::var(name)?.into_string().ok());
    let said = told.run.clone();
    match (pack, &said.sha) {
        (Some(pack), sha) => {
            let failed = &pack.run;
            let names = RunContext {
                repo: failed.repo.clone(),
                workflow: failed.workflow.clone(),
                job: failed.job.clone(),
                step: failed.step.clone(),
                ..RunContext::default()
            };
            // A patch is merged with a commit of its own, into a branch that need not be the one that was red. Without another
            // commit, what is green or red is the one that failed.
            let same = match told.result {
                Outcome::Green | Outcome::Red if sha.is_none() => {
                    RunContext { sha: failed.sha.clone(), branch: failed.branch.clone(), ..RunContext::default() }
                }
                _ => RunContext::default(),
            };
            said.or(names).or(same)
        }
        // Another commit than the job's own has nothing of it but the repository.
        (None, Some(_)) => said.or(RunContext { repo: job().repo, ..RunContext::default() }),
        (None, None) => said.or(job()),
    }
}

fn read(path: &Path) -> Result<(Pack, String)> {
    const MOST: u64 = 64 << 20;
    let read = || -> Result<(Pack, String)> {
        let bytes = match path == Path::new("-") {
            true => streams::read_stdin_up_to(MOST)?,
            false => files::read_regular_up_to(MOST, path)?.context("there is no such file")?,
        };
        let pack = output::triage::read(&bytes).map_err(anyhow::Error::msg)?;
        Ok((pack, audit::digest(&bytes)))
    };
    read().with_context(|| format!("the pack {} cannot be used", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Bucket, NextStep};

    fn pack() -> Pack {
        let some = |text: &str| Some(text.to_owned());
        Pack {
            log: "a.log".into(),
            run: RunContext {
                repo: some("o/r"),
                run_id: some("7"),
                run_attempt: Some(1),
                sha: some("bad"),
                branch: some("topic"),
                job: some("test"),
                url: some("https://x"),
                ..RunContext::default()
            },
            bucket: Bucket::CodeRegression,
            confidence: 0.5,
            because: String::new(),
            fingerprint: None,
            failure_line: None,
            first_failure_line: None,
            excerpt: None,
            evidence: Vec::new(),
            failing_tests: Vec::new(),
            suspects: Vec::new(),
            cancelled: false,
            others_need_more: false,
            next: NextStep { action: Action::Escalate, reason: String::new(), wait: None },
            seen: None,
        }
    }

    /// Commit, branch, job and run that an outcome is taken to be about.
    fn about_what(result: Outcome, sha: Option<&str>, branch: Option<&str>) -> [Option<String>; 4] {
        let some = |text: Option<&str>| text.map(str::to_owned);
        let run = RunContext { sha: some(sha), branch: some(branch), ..RunContext::default() };
        let told = Told { pack: None, run, result, at: None, id: None, actor: None };
        let about = about(&told, Some(&pack()));
        [about.sha, about.branch, about.job, about.run_id]
    }

    #[test]
    fn what_a_pack_says_of_the_failure_is_not_said_of_its_patch() {
        let some = |text: &str| Some(text.to_owned());
        for (result, sha, branch, want) in [
            (Outcome::Green, None, None, [some("bad"), some("topic"), some("test"), None]),
            (Outcome::Red, None, None, [some("bad"), some("topic"), some("test"), None]),
            (Outcome::Green, Some("good"), None, [some("good"), None, some("test"), None]),
            (Outcome::Merged, Some("good"), Some("main"), [some("good"), some("main"), some("test"), None]),
            (Outcome::Merged, None, None, [None, None, some("test"), None]),
            (Outcome::Reverted, None, Some("main"), [None, some("main"), some("test"), None]),
        ] {
            assert_eq!(about_what(result, sha, branch), want, "{result:?} {sha:?} {branch:?}");
        }
    }
}
