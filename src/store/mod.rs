//! The door to the audit store: one append-only stream of events and the artifact packs they name, in an SQLite file of
//! the user's or in a PostgreSQL database that many machines share.
//!
//! What is reported as stored is on the disk. Nothing here decides where the store is, what an event means, or
//! whether a store that fails is an error: that is the caller's business.

mod location;
mod postgres;
mod rows;
mod sqlite;
mod thin;

pub use location::{Location, ServerUrl};

use crate::model::{Event, Moment};
use anyhow::{Context, Result};
use std::ops::ControlFlow;
use std::time::Duration;

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

/// What the store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To read: a store that is not there is not made.
    Read,
    /// To write: it is made where it is missing.
    Write,
}

/// How many events are read at a time.
const PAGE: usize = 1000;

/// What both kinds of store can do. Every method is one transaction.
trait Backend: Send {
    /// Add what is not there yet; how many events that were.
    fn append(&mut self, records: &[Record]) -> Result<usize>;
    /// Events after this place in the stream, in its order, each with its own place.
    fn page(&mut self, after: i64, query: &Query) -> Result<Vec<(i64, Option<Event>)>>;
    /// Events of a fingerprint, and outcomes of the commits that had it.
    fn seen(&mut self, fine: &str, repo: Option<&str>, since: Moment) -> Result<Vec<Event>>;
    /// The pack of that digest.
    fn pack(&mut self, digest: &str) -> Result<Option<String>>;
    /// Say that the packs are being thinned at `now`, unless somebody did since `last`; whether it is our turn.
    fn claim_thinning(&mut self, now: Moment, last: Moment) -> Result<bool>;
    /// Thin some packs that are older than this; how many.
    fn thin(&mut self, before: Moment) -> Result<usize>;
}

/// An open store.
pub struct Store {
    backend: Box<dyn Backend>,
    place: String,
}

impl Store {
    /// Open the store at `location`, and wait no longer than `patience` for others who use it. `None` where it is opened for
    /// reading and is not there yet.
    ///
    /// # Errors
    /// It cannot be opened or made, is damaged, is something else, or was written by a later ci-guard.
    pub fn open(location: &Location, access: Access, patience: Duration) -> Result<Option<Store>> {
        let place = location.to_string();
        let backend: Option<Box<dyn Backend>> = match location {
            Location::File(path) => sqlite::open(path, access, patience)
                .with_context(|| format!("the audit store {place} cannot be used"))?
                .map(|store| Box::new(store) as _),
            Location::Server(url) => postgres::open(url, access, patience)
                .with_context(|| format!("the audit store {place} cannot be used"))?
                .map(|store| Box::new(store) as _),
        };
        Ok(backend.map(|backend| Store { backend, place }))
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
        self.backend.append(records).with_context(|| format!("nothing could be stored in {}", self.place))
    }

    /// Every event that is asked for, in the order in which they were stored, until `each` has enough. Kinds that only a later
    /// ci-guard knows are passed over.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events(&mut self, query: &Query, each: &mut dyn FnMut(Event) -> ControlFlow<()>) -> Result<()> {
        let mut after = i64::MIN;
        loop {
            let page = self.backend.page(after, query).with_context(|| format!("{} cannot be read", self.place))?;
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

    /// What is known of a failure in this repository since then: all events with this fine fingerprint, and all
    /// outcomes of the commits that had it.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn seen(&mut self, fine: &str, repo: Option<&str>, since: Moment) -> Result<Vec<Event>> {
        self.backend.seen(fine, repo, since).with_context(|| format!("{} cannot be read", self.place))
    }

    /// The pack of that digest, thinned or whole.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pack(&mut self, digest: &str) -> Result<Option<String>> {
        self.backend.pack(digest).with_context(|| format!("{} cannot be read", self.place))
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
        let work = |backend: &mut dyn Backend| -> Result<usize> {
            let mut thinned = 0;
            if backend.claim_thinning(now, now.before(DAY))? {
                loop {
                    let some = backend.thin(now.before(keep))?;
                    thinned += some;
                    if some == 0 || thinned >= MOST {
                        break;
                    }
                }
            }
            Ok(thinned)
        };
        work(self.backend.as_mut()).with_context(|| format!("old packs in {} could not be thinned", self.place))
    }
}
