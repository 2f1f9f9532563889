//! Writing to the store beside something more important: it never fails, waits little, and after the first trouble leaves the
//! store alone.

use super::{actor, location, policy};
use crate::audit;
use crate::model::{Event, EventKind, Fingerprint, Moment, NextStep, Pack, RunContext, Seen};
use crate::output;
use crate::store::{Access, Record, Store};
use crate::system::{clock, env};
use crate::triage::redact;
use anyhow::Result;
use std::path::Path;
use std::time::Duration;

/// How long somebody who waits for an answer waits for the store.
const PATIENCE: Duration = Duration::from_secs(2);

/// A store that may or may not be there.
pub struct Recorder {
    store: Option<Store>,
    pub(super) actor: Option<String>,
    pub(super) now: Moment,
    warning: Option<String>,
}

impl Recorder {
    /// The store of this machine, opened for writing. Inside of a git hook there is none: a push waits for nobody.
    pub fn open() -> Recorder {
        let mut recorder = Recorder::off();
        // git sets it for whatever it runs.
        if env::var("GIT_EXEC_PATH").is_some() {
            return recorder;
        }
        let open = || match location()? {
            Some(location) => Store::open(&location, Access::Write, PATIENCE),
            None => Ok(None),
        };
        match open() {
            Ok(store) => recorder.store = store,
            Err(error) => recorder.warning = Some(format!("{error:#}")),
        }
        recorder
    }

    /// None: nothing is asked, nothing is written.
    pub fn off() -> Recorder {
        Recorder { store: None, actor: actor(), now: clock::now(), warning: None }
    }

    /// What is known of a failure from earlier runs, this one included; `None` where nobody can tell. To be asked before it is
    /// sorted and decided upon, and before it is recorded.
    pub fn seen(&mut self, run: &RunContext, print: &Fingerprint) -> Option<Seen> {
        let (now, actor) = (self.now, self.actor.clone());
        let since = now.before(audit::WINDOW);
        let events = self.attempt(|store| store.seen(&print.fine, run.repo.as_deref(), since))?;
        Some(audit::seen(&events, run, print, actor.as_deref(), now))
    }

    /// Keep what was found in logs and what is to be done about it, and have packs thinned that are old. `typed` is the policy
    /// file that was named.
    pub fn triaged<'p>(&mut self, packs: impl IntoIterator<Item = &'p Pack>, typed: Option<&Path>) {
        if self.store.is_none() {
            return;
        }
        let (policy, keep) = policy(typed);
        let records = packs
            .into_iter()
            .flat_map(|pack| [self.failure(pack, policy.clone()), self.decision(pack, &pack.next, policy.clone())]);
        let records: Vec<Record> = records.collect();
        self.append(&records);
        let now = self.now;
        self.attempt(|store| store.thin(now, keep));
    }

    /// Keep what was decided about a pack later on.
    pub fn decided(&mut self, pack: &Pack, next: &NextStep, typed: Option<&Path>) {
        if self.store.is_some() {
            let record = self.decision(pack, next, policy(typed).0);
            self.append(&[record]);
        }
    }

    pub(super) fn append(&mut self, records: &[Record]) {
        self.attempt(|store| store.append(records));
    }

    /// Whether anything would be kept.
    pub(super) fn is_on(&self) -> bool {
        self.store.is_some()
    }

    /// Why something was not recorded or not asked: one sentence for standard error.
    pub fn warning(self) -> Option<String> {
        self.warning.map(|reason| format!("warning: this is not in the audit store: {reason}"))
    }

    fn attempt<T>(&mut self, work: impl FnOnce(&mut Store) -> Result<T>) -> Option<T> {
        match work(self.store.as_mut()?) {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.warning = Some(format!("{error:#}"));
                self.store = None;
                None
            }
        }
    }

    fn failure(&self, pack: &Pack, policy: Option<String>) -> Record {
        let json = output::triage::file(pack).unwrap_or_default();
        let mut event = self.event(EventKind::Triage, pack, policy);
        event.verdict = Some(pack.bucket.id().to_owned());
        event.codes = pack.cancelled.then(|| "cancelled".to_owned()).into_iter().collect();
        event.pack = Some(audit::digest(&json));
        event.extra.insert("confidence".into(), format!("{:.2}", pack.confidence));
        event.id = audit::id(&event, &of_log(pack).each_ref().map(String::as_str));
        Record { event, pack: String::from_utf8(json).ok() }
    }

    fn decision(&self, pack: &Pack, next: &NextStep, policy: Option<String>) -> Record {
        let mut event = self.event(EventKind::Decision, pack, policy);
        event.action = Some(next.action);
        event.verdict = Some(next.action.id().to_owned());
        event.extra.insert("reason".into(), next.reason.clone());
        event.id = audit::id(&event, &of_log(pack).each_ref().map(String::as_str));
        Record { event, pack: None }
    }

    fn event(&self, kind: EventKind, pack: &Pack, policy: Option<String>) -> Event {
        let print = pack.fingerprint.as_ref();
        Event {
            actor: self.actor.clone(),
            policy,
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

/// Without secrets in what people type or servers make up. Ids and names of commits are none.
pub(super) fn redacted(run: RunContext) -> RunContext {
    let clean = |text: Option<String>| text.map(|text| redact::text(&text));
    RunContext {
        workflow: clean(run.workflow),
        job: clean(run.job),
        step: clean(run.step),
        url: clean(run.url),
        artifacts: clean(run.artifacts),
        ..run
    }
}
