//! The door to the audit store: one append-only stream of events and the artifact packs they name, in an SQLite file of
//! the user's or in a PostgreSQL database that many machines share.
//!
//! What is reported as stored is on the disk. Nothing here decides where the store is, what an event means, or
//! whether a store that fails is an error: that is the caller's business.

pub mod journal;
mod location;
mod postgres;
mod rows;
mod sqlite;
mod thin;
mod worker;

pub use location::{Location, ServerUrl};

use crate::model::{Event, Moment};
use anyhow::{Context, Result};
use std::ops::ControlFlow;
use std::time::Duration;
use worker::Worker;

/// An event to keep, and the artifact pack that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The event; its `pack` is the digest of this pack, where there is one.
    pub event: Event,
    /// The pack as JSON.
    pub pack: Option<String>,
}

/// Which events are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// From this moment on; `None` for all.
    pub since: Option<Moment>,
    /// Of this repository; `None` for all.
    pub repo: Option<String>,
}

/// Which failure's past is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// Its fine fingerprint.
    pub fine: String,
    /// The repository.
    pub repo: Option<String>,
    /// The commit that has it now.
    pub sha: Option<String>,
    /// From this moment on.
    pub since: Moment,
}

/// What the store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read: a store that is not there is not made.
    Read,
    /// To write: it is made where it is missing.
    Write,
    /// To write beside something that shall not be slower for it. What is stored outlives this process, however it ends, and the
    /// store is never damaged; but the machine may lose the last events when its power fails. A server stores as always.
    Jot,
}

/// How many events are read at a time.
const PAGE: usize = 1000;

/// What both kinds of store can do. Every method is one transaction.
trait Backend: Send {
    /// Add what is not there yet; how many events that were.
    fn append(&mut self, records: &[Record]) -> Result<usize>;
    /// Events after this place in the stream, in its order, each with its own place.
    fn page(&mut self, after: i64, query: &Query) -> Result<Vec<(i64, Option<Event>)>>;
    /// Events of a fingerprint, and outcomes of this commit and of those that had it.
    fn seen(&mut self, asked: &Failure) -> Result<Vec<Event>>;
    /// The event of that id.
    fn event(&mut self, id: &str) -> Result<Option<Event>>;
    /// The pack of that digest.
    fn pack(&mut self, digest: &str) -> Result<Option<String>>;
    /// Say that the packs are being thinned at `now`, unless somebody did since `last`; whether it is our turn.
    fn claim_thinning(&mut self, now: Moment, last: Moment) -> Result<bool>;
    /// Thin some packs that are older than this; how many.
    fn thin(&mut self, before: Moment) -> Result<usize>;
}

/// An open store.
pub struct Store {
    worker: Worker,
    place: String,
}

impl Store {
    /// Open the store at `location`, and wait no longer than `patience` for it, now and whenever it is asked. `None` where it is
    /// opened for reading and is not there yet.
    ///
    /// # Errors
    /// It cannot be opened or made, does not answer, is damaged, is something else, or was written by a later ci-guard.
    pub fn open(location: &Location, access: Access, patience: Duration) -> Result<Option<Store>> {
        let place = location.to_string();
        let location = location.clone();
        // Who waits for a lock shall still have the time to say so.
        let inner = patience / 4 * 3;
        let open = move || -> Result<Option<Box<dyn Backend>>> {
            Ok(match &location {
                Location::File(path) => sqlite::open(path, access, inner)?.map(|store| Box::new(store) as _),
                Location::Server(url) => postgres::open(url, access, inner)?.map(|store| Box::new(store) as _),
            })
        };
        let worker = Worker::open(open, patience).with_context(|| format!("the audit store {place} cannot be used"))?;
        Ok(worker.map(|worker| Store { worker, place }))
    }

    /// Wait no longer than this from now on.
    pub fn be_patient(&mut self, patience: Duration) {
        self.worker.patience = patience;
    }

    /// Where it is, for people; without a password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Keep these events: all of them or, when this fails, none. One that is there already stays as it is. How many were new.
    ///
    /// # Errors
    /// They could not be stored.
    pub fn append(&mut self, records: &[Record]) -> Result<usize> {
        if records.is_empty() {
            return Ok(0);
        }
        let records = records.to_vec();
        let stored = self.worker.ask(move |backend| backend.append(&records));
        stored.with_context(|| format!("nothing could be stored in {}", self.place))
    }

    /// Every event that is asked for, in the order in which they were stored, until `each` has enough. Kinds that only a later
    /// ci-guard knows are passed over.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events(&mut self, query: &Query, each: &mut dyn FnMut(Event) -> ControlFlow<()>) -> Result<()> {
        let mut after = i64::MIN;
        loop {
            let query = query.clone();
            let page = self.read(move |backend| backend.page(after, &query))?;
            let is_last = page.len() < PAGE;
            for (place, event) in page {
                after = place;
                if event.is_some_and(|event| each(event).is_break()) {
                    return Ok(());
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// What is known of a failure: all events with its fine fingerprint, and all outcomes of the commits that had it and of
    /// the one that has it now. Commits are compared by what an abbreviated id shows, so some may be of another commit.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn seen(&mut self, asked: &Failure) -> Result<Vec<Event>> {
        let asked = asked.clone();
        self.read(move |backend| backend.seen(&asked))
    }

    /// The event of that id.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn event(&mut self, id: &str) -> Result<Option<Event>> {
        let id = rows::storable(id);
        self.read(move |backend| backend.event(&id))
    }

    /// The pack of that digest, thinned or whole.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pack(&mut self, digest: &str) -> Result<Option<String>> {
        let digest = digest.to_owned();
        self.read(move |backend| backend.pack(&digest))
    }

    /// Take excerpts and samples out of packs that are older than `keep`; their events stay. Done at most once a day, whoever
    /// asks. How many packs became thinner.
    ///
    /// # Errors
    /// The store cannot be changed.
    pub fn thin(&mut self, now: Moment, keep: Duration) -> Result<usize> {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        // Whoever came here for something else shall not wait for the work of years.
        const MOST: usize = 20 * PAGE;
        let before = now.before(keep);
        let mut work = || -> Result<usize> {
            let mut thinned = 0;
            if self.worker.ask(move |backend| backend.claim_thinning(now, now.before(DAY)))? {
                loop {
                    let some = self.worker.ask(move |backend| backend.thin(before))?;
                    thinned += some;
                    if some == 0 || thinned >= MOST {
                        break;
                    }
                }
            }
            Ok(thinned)
        };
        work().with_context(|| format!("old packs in {} could not be thinned", self.place))
    }

    fn read<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut dyn Backend) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.worker.ask(job).with_context(|| format!("{} cannot be read", self.place))
    }
}
