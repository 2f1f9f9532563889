//! What hooks note for the audit stream, without touching the store: git and agents wait for them. It lies beside the store until
//! somebody opens that; where the store is a server that others ask, a process of its own brings it in at once, and nobody waits for it.

use super::{PATIENCE, actor, location, state_folder};
use crate::audit;
use crate::model::{Event, EventKind, Moment, Oid, RefUpdate, Report, RunContext};
use crate::ops::bounded;
use crate::ops::scene::{Place, Scene};
use crate::ops::triage::redacted;
use crate::store::{Access, Location, Store, journal};
use crate::system::{clock, env, files, program};
use crate::triage::{context, redact};
use anyhow::{Context, Result};
use bstr::{BString, ByteSlice};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

/// How far back somebody looks for the judgement of a push.
const LOOK_BACK: Duration = Duration::from_secs(90 * 86_400);

/// How long git or an agent waits for a note, at most: a home folder on a network may not answer at all.
const PATIENCE_FOR_NOTES: Duration = Duration::from_millis(250);

/// How long a job waits for a store that does not answer: it has a verdict to tell, and this is only a remark beside it.
const PATIENCE_OF_JOBS: Duration = Duration::from_secs(5);

/// Of a push with more refs, the first ones are noted.
const MOST_REFS: usize = 1000;

/// What kind of thing was judged, in the events of hooks.
const SUBJECT: &str = "subject";
const PUSH: &str = "push";

/// Note the refs of a push that a hook has judged. Whatever goes wrong is nobody's business: the push has its verdict.
pub fn pushed(report: &Report, updates: Vec<RefUpdate>, url: Option<BString>) {
    let mut codes: Vec<String> = report.findings.iter().map(|finding| finding.rule.id().to_owned()).collect();
    codes.sort();
    codes.dedup();
    let verdict = report.verdict().id();
    in_time(move || {
        let Some(noter) = Noter::new() else { return };
        let repo = url.as_ref().and_then(super::verdicts::name_in);
        let event = |update: &RefUpdate| {
            let run = RunContext {
                repo: repo.clone(),
                sha: Some(update.new.to_string()),
                branch: update.branch().map(|branch| branch.to_str_lossy().into_owned()),
                ..RunContext::default()
            };
            noter.event(PUSH, verdict, codes.clone(), run, &[])
        };
        let events: Vec<Event> =
            updates.iter().filter(|update| !update.is_deletion()).take(MOST_REFS).map(event).collect();
        noter.note(&events);
    });
}

/// Note what an agent was told about a command or a file: `deny` or `notice`.
pub fn agent_asked(agent: Option<&'static str>, answer: &'static str, kind: &'static str, what: String) {
    in_time(move || {
        let Some(noter) = Noter::new() else { return };
        let extra = [("agent", agent.unwrap_or("unknown").to_owned()), ("what", redact::text(&what))];
        noter.note(&[noter.event("agent", answer, vec![kind.to_owned()], RunContext::default(), &extra)]);
    });
}

/// A verdict has been reached: neither a panic here nor a disk that does not answer may change or delay it.
fn in_time(note: impl FnOnce() + Send + 'static) {
    let _ = bounded::run(move |clock| {
        clock.set_limit(PATIENCE_FOR_NOTES);
        note();
        Ok(())
    });
}

/// Bring what hooks noted into the store: how many events were new, and where.
///
/// # Errors
/// There is no store, or it takes nothing.
pub fn bring_in() -> Result<(usize, String)> {
    let location =
        location()?.with_context(|| format!("the audit store is switched off by {}=off", super::VARIABLE))?;
    let place = location.to_string();
    let mut store = Store::open(&location, Access::Write, PATIENCE)?.context("the audit store cannot be made")?;
    let path = path(&location).context("there is no home folder that a journal could be in")?;
    Ok((journal::bring_in(&path, &mut store)?, place))
}

/// The same for whoever opens the store for something else, which does not suffer for it.
pub(super) fn bring_in_quietly(location: &Location, store: &mut Store) {
    if let Some(path) = path(location).filter(|path| journal::is_waiting(path)) {
        let _ = journal::bring_in(&path, store);
    }
}

/// Whether something waits for this store.
pub(super) fn is_waiting(location: &Location) -> bool {
    path(location).is_some_and(|path| journal::is_waiting(&path))
}

/// The commit that somebody names.
///
/// # Errors
/// It names none here, and is no full id.
pub fn commit(typed: &str) -> Result<Oid> {
    match Oid::from_hex(typed.as_bytes()) {
        Some(id) => Ok(id),
        None => Scene::at(&Place::open()?)?.resolve(typed),
    }
}

/// What hooks said of a commit before it was pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// None of them was asked, as far as this store knows.
    Never,
    /// It was let through.
    Allowed(Moment),
    /// It was stopped each time, and is there all the same.
    Stopped(Moment),
}

/// Whether a hook has judged the push of this commit, as far as the store knows.
///
/// # Errors
/// There is no store, or it cannot be read.
pub fn judged(commit: Oid, repo: Option<&str>) -> Result<Judged> {
    let window = super::Window { since: Some(LOOK_BACK), repo: repo.map(str::to_owned) };
    let mut judged = Judged::Never;
    let wanted = commit.to_string();
    let answer = super::export_in(PATIENCE_OF_JOBS, &window, &mut |event| {
        let is_push = event.kind == EventKind::Check && event.extra.get(SUBJECT).is_some_and(|subject| subject == PUSH);
        if is_push && event.run.sha.as_deref() == Some(&wanted) {
            judged = match (event.verdict.as_deref(), &judged) {
                (Some("block"), Judged::Never | Judged::Stopped(_)) => Judged::Stopped(event.at),
                (Some("block"), _) => judged.clone(),
                _ => Judged::Allowed(event.at),
            };
        }
        ControlFlow::Continue(())
    })?;
    anyhow::ensure!(answer.is_there, "there is no audit store to ask; {} names one", super::VARIABLE);
    Ok(judged)
}

/// Where notes go.
struct Noter {
    path: PathBuf,
    now: Moment,
    actor: Option<String>,
    job: RunContext,
    is_shared: bool,
}

impl Noter {
    /// None where nothing is kept.
    fn new() -> Option<Noter> {
        let location = location().ok().flatten()?;
        let is_shared = matches!(location, Location::Server(_));
        let job = context::of_job(&|name| env::var(name)?.into_string().ok());
        Some(Noter { path: path(&location)?, now: clock::now(), actor: actor(), job, is_shared })
    }

    fn event(
        &self,
        subject: &str,
        verdict: &str,
        codes: Vec<String>,
        run: RunContext,
        extra: &[(&str, String)],
    ) -> Event {
        let mut event = Event::new(EventKind::Check, self.now, redacted(run.or(self.job.clone())));
        event.actor = self.actor.clone();
        event.verdict = Some(verdict.to_owned());
        event.codes = codes;
        event.extra.insert(SUBJECT.into(), subject.into());
        event.extra.extend(extra.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
        let detail: Vec<&str> = event.extra.values().map(String::as_str).collect();
        event.id = audit::id(&event, &detail);
        event
    }

    /// Write it down. A shared store is told now: a run of CI may begin to ask as soon as the push has arrived.
    fn note(&self, events: &[Event]) {
        if !events.is_empty()
            && journal::note(&self.path, events).is_ok()
            && self.is_shared
            && let Ok(program) = files::this_program()
        {
            program::leave_running(&program, &["record", "pending"]);
        }
    }
}

/// A journal for each store.
fn path(location: &Location) -> Option<PathBuf> {
    match location {
        Location::File(file) => Some(file.with_extension("journal")),
        Location::Server(_) => {
            let digest = audit::digest(location.to_string().as_bytes());
            let name = format!("server-{}.journal", digest.get(7..23)?);
            Some(state_folder()?.join("ci-guard").join(name))
        }
    }
}
