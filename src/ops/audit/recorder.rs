//! Writing to the store beside something more important: it never fails, waits little, and after the first trouble leaves the
//! store alone.

use super::{actor, location, policy};
use crate::audit;
use crate::model::{Event, EventKind, Fingerprint, Moment, NextStep, Pack, RunContext, Seen};
use crate::ops::triage::redacted;
use crate::output;
use crate::policy::Policy;
use crate::store::{Access, Failure, Record, Store};
use crate::system::{clock, env};
use anyhow::Result;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long somebody who waits for an answer waits for the store, all in all.
const PATIENCE: Duration = Duration::from_secs(2);

/// What does not count as waiting: a thousand logs are a thousand questions, and a store that answers at once is no trouble.
const AT_ONCE: Duration = Duration::from_millis(100);

/// A store that may or may not be there. Many threads may ask it at once.
pub struct Recorder {
    state: Mutex<State>,
    /// The policy in force, once that is known: its digest, and how long packs are kept.
    policy: OnceLock<(Option<String>, Duration)>,
    pub(super) actor: Option<String>,
    pub(super) now: Moment,
}

#[derive(Default)]
struct State {
    store: Option<Store>,
    /// What is left of the patience.
    left: Duration,
    noted: Vec<Record>,
    warning: Option<String>,
}

impl State {
    fn waited(&mut self, start: Instant) {
        self.left = self.left.saturating_sub(start.elapsed().saturating_sub(AT_ONCE));
    }
}

impl Recorder {
    /// The store of this machine, opened for writing. Inside of a git hook there is none: a push waits for nobody.
    pub fn open() -> Recorder {
        Recorder::with(Access::Write, PATIENCE)
    }

    /// The same, opened like this, for somebody who waits no longer than that, all in all.
    pub(super) fn with(access: Access, patience: Duration) -> Recorder {
        let mut state = State { left: patience, ..State::default() };
        let start = Instant::now();
        let open = || -> Result<Option<Store>> {
            let Some(location) = location()? else { return Ok(None) };
            let mut store = Store::open(&location, access, patience)?;
            if let (Access::Write, Some(store)) = (access, &mut store) {
                super::journal::bring_in_quietly(&location, store);
            }
            Ok(store)
        };
        // git sets it for whatever it runs.
        if env::var("GIT_EXEC_PATH").is_none() {
            match open() {
                Ok(store) => state.store = store,
                Err(error) => state.warning = Some(format!("{error:#}")),
            }
        }
        state.waited(start);
        Recorder { state: Mutex::new(state), ..Recorder::off() }
    }

    /// None: nothing is asked, nothing is written.
    pub fn off() -> Recorder {
        Recorder { state: Mutex::default(), policy: OnceLock::new(), actor: actor(), now: clock::now() }
    }

    /// What is known of a failure from earlier runs, this one included; `None` where nobody can tell. To be asked before it is
    /// sorted and decided upon.
    pub fn seen(&self, run: &RunContext, print: &Fingerprint) -> Option<Seen> {
        let asked = Failure {
            fine: print.fine.clone(),
            repo: run.repo.clone(),
            sha: run.sha.clone(),
            since: self.now.before(audit::WINDOW),
        };
        let events = self.attempt(|store| store.seen(&asked))?;
        Some(audit::seen(&events, run, print, self.actor.as_deref(), self.now))
    }

    /// Note what was found in a log and what is to be done about it, for [`Recorder::keep`].
    pub fn note(&self, pack: &Pack) {
        if self.is_on() {
            let records = [self.failure(pack), self.decision(pack, &pack.next)];
            self.state().noted.extend(records);
        }
    }

    /// Note what was decided about a pack later on.
    pub fn note_decision(&self, pack: &Pack, next: &NextStep) {
        if self.is_on() {
            self.note_event(self.decision(pack, next));
        }
    }

    pub(super) fn note_event(&self, record: Record) {
        self.state().noted.push(record);
    }

    /// Keep all that was noted. Packs bring the day's tidying with them. `typed` is the policy file that was named. Why something
    /// was not kept, or not asked, is one sentence for standard error.
    pub fn keep(self, typed: Option<&Path>) -> Option<String> {
        let mut noted = std::mem::take(&mut self.state().noted);
        if !noted.is_empty() && self.is_on() {
            let (policy, keep) = self.policy.get_or_init(|| policy(typed));
            noted.iter_mut().for_each(|record| record.event.policy = policy.clone());
            let has_packs = noted.iter().any(|record| record.pack.is_some());
            let is_kept = self.attempt(|store| store.append(&noted)).is_some();
            if is_kept && has_packs {
                // What had to be kept is; that old packs stay fat is nobody's trouble today.
                self.attempt(|store| Ok(store.thin(self.now, *keep).unwrap_or(0)));
            }
        }
        let warning = self.state().warning.take();
        warning.map(|reason| format!("warning: this is not in the audit store: {reason}"))
    }

    /// No policy has to do with what will be noted: none is looked for.
    pub(super) fn without_policy(self) -> Recorder {
        Recorder { policy: OnceLock::from((None, Policy::KEEP_PACKS)), ..self }
    }

    /// Whether anything would be kept.
    pub(super) fn is_on(&self) -> bool {
        self.state().store.is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked did not leave half an event behind: the store takes all or nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt<T>(&self, work: impl FnOnce(&mut Store) -> Result<T>) -> Option<T> {
        let mut state = self.state();
        let left = state.left;
        let store = state.store.as_mut()?;
        store.be_patient(left);
        let start = Instant::now();
        let answer = work(store);
        state.waited(start);
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                state.warning = Some(format!("{error:#}"));
                state.store = None;
                None
            }
        }
    }

    fn failure(&self, pack: &Pack) -> Record {
        let json = output::triage::file(pack).unwrap_or_default();
        let mut event = self.event(EventKind::Triage, pack);
        event.verdict = Some(pack.bucket.id().to_owned());
        event.codes = pack.cancelled.then(|| "cancelled".to_owned()).into_iter().collect();
        event.pack = Some(audit::digest(&json));
        event.extra.insert("confidence".into(), format!("{:.2}", pack.confidence));
        event.id = audit::id(&event, &of_log(pack).each_ref().map(String::as_str));
        Record { event, pack: String::from_utf8(json).ok() }
    }

    fn decision(&self, pack: &Pack, next: &NextStep) -> Record {
        let mut event = self.event(EventKind::Decision, pack);
        event.action = Some(next.action);
        event.verdict = Some(next.action.id().to_owned());
        event.extra.insert("reason".into(), next.reason.clone());
        event.id = audit::id(&event, &of_log(pack).each_ref().map(String::as_str));
        Record { event, pack: None }
    }

    fn event(&self, kind: EventKind, pack: &Pack) -> Event {
        let print = pack.fingerprint.as_ref();
        Event {
            actor: self.actor.clone(),
            bucket: Some(pack.bucket),
            fine: print.map(|print| print.fine.clone()),
            coarse: print.map(|print| print.coarse.clone()),
            signature: print.map(|print| print.key.clone()),
            ..Event::new(kind, self.now, redacted(pack.run.clone()))
        }
    }
}

/// What tells failures of one job apart: the log without its folder, which may be a temporary one, and the line.
fn of_log(pack: &Pack) -> [String; 3] {
    let name = pack.log.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let line = pack.failure_line.map(|line| line.to_string()).unwrap_or_default();
    [name, line, pack.first_failure_line.clone().unwrap_or_default()]
}
