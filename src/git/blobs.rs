//! The scan: which of many blobs deserve a closer look.
//!
//! Made for a whole tree as well as for a push: 100,000 blobs are read in the order of their packs, each inflated once
//! and no further than it takes to see that it is binary, on every core, in bounded memory; a dozen blobs cost no
//! thread. What is suspicious, the caller says; what is binary never is (a NUL in the first 8,000 bytes, as git
//! decides it). Missing blobs are named, and never fetched.

mod plan;
mod sieve;

use super::objects::{ObjectStore, Packs};
use crate::model::Oid;
use plan::{Plan, locate};
use sieve::{Catch, Job, Sieve};
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// So many blobs are worth a thread more.
const BLOBS_A_THREAD: usize = 64;

/// So many bytes are worth a thread more.
const BYTES_A_THREAD: u64 = 2 << 20;

/// How many blobs that are read one by one make a unit of work.
const ODD_UNIT: usize = 16;

/// What a scan found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The suspicious blobs, in the order asked.
    pub hits: Vec<Oid>,
    /// The blobs that are not in this repository.
    pub missing: Vec<Oid>,
    /// The blobs that are there and cannot be read, each with the reason.
    pub unreadable: Vec<(Oid, String)>,
    /// How many blobs were looked at.
    pub count: u64,
    /// How many bytes of them.
    pub bytes: u64,
    /// Whether it was stopped before all were looked at.
    pub stopped: bool,
}

/// How a scan is watched from outside; by default it is not.
#[derive(Clone, Copy)]
pub struct Watch<'w> {
    /// Once set, the scan ends soon.
    pub stop: &'w AtomicBool,
    /// Told every few milliseconds, by any of the threads: how many blobs are done, of how many.
    pub progress: &'w (dyn Fn(u64, u64) + Sync),
}

impl Default for Watch<'_> {
    fn default() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch { stop: &NEVER, progress: &|_, _| {} }
    }
}

/// Look at each of these blobs; naming one twice is looking once. `suspicious` is asked about whole texts.
pub fn scan(
    store: &ObjectStore,
    ids: &[Oid],
    suspicious: &(impl Fn(&[u8]) -> bool + Sync),
    watch: &Watch<'_>,
) -> Scanned {
    let packs = store.packs();
    let plan = plan(store, &packs, ids);
    let heavy = Mutex::new(());
    let job = Job { store, packs: &packs, ids, plan: &plan, suspicious, stop: watch.stop, heavy: &heavy };
    let (units, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = || {
        let mut sieve = Sieve::new(&job);
        while !watch.stop.load(Ordering::Relaxed) {
            let unit = units.fetch_add(1, Ordering::Relaxed);
            let before = sieve.catch.seen();
            if unit < plan.units.len() {
                sieve.unit(unit);
            } else {
                let odd = plan.odd.chunks(ODD_UNIT).nth(unit - plan.units.len());
                let Some(odd) = odd else { break };
                odd.iter().for_each(|&number| sieve.odd(number));
            }
            let more = sieve.catch.seen() - before;
            (watch.progress)(done.fetch_add(more, Ordering::Relaxed) + more, ids.len() as u64);
        }
        sieve.catch
    };
    let worth = (ids.len() / BLOBS_A_THREAD).max((plan.bytes / BYTES_A_THREAD) as usize);
    let catches = on_threads(worth, work);
    sum(ids, catches, watch.stop.load(Ordering::Relaxed))
}

fn plan(store: &ObjectStore, packs: &Packs, ids: &[Oid]) -> Plan {
    let next = AtomicUsize::new(0);
    let share = 4 * BLOBS_A_THREAD;
    let located = on_threads(ids.len() / share, || {
        let mut located = Vec::new();
        while let Some(first) = Some(next.fetch_add(share, Ordering::Relaxed)).filter(|&first| first < ids.len()) {
            let ids = &ids[first..ids.len().min(first + share)];
            located.extend(locate(packs, ids, first as u32, store.hash()));
        }
        located
    });
    Plan::new(located.into_iter().flatten().collect(), ids)
}

/// Do the same on several threads, this one among them, and collect what they bring. No more threads than there are
/// cores, and no more than are `worth` it.
fn on_threads<T: Send>(worth: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    if worth <= 1 {
        return vec![work()];
    }
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(worth);
    thread::scope(|scope| {
        // Where no thread can be started, the others do its work.
        let start = |_| thread::Builder::new().name("scan".into()).spawn_scoped(scope, &work).ok();
        let others: Vec<_> = (1..threads).map_while(start).collect();
        let mut results = vec![work()];
        for other in others {
            results.push(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    })
}

/// Put together what the threads found, in the order in which it was asked for.
fn sum(ids: &[Oid], catches: Vec<Catch>, stopped: bool) -> Scanned {
    let mut all = Catch::default();
    for catch in catches {
        all.hits.extend(catch.hits);
        all.missing.extend(catch.missing);
        all.unreadable.extend(catch.unreadable);
        all.count += catch.count;
        all.bytes += catch.bytes;
    }
    all.hits.sort_unstable();
    all.missing.sort_unstable();
    all.unreadable.sort_unstable();
    let id = |number: u32| ids[number as usize];
    Scanned {
        hits: all.hits.into_iter().map(id).collect(),
        missing: all.missing.into_iter().map(id).collect(),
        unreadable: all.unreadable.into_iter().map(|(number, reason)| (id(number), reason)).collect(),
        count: all.count,
        bytes: all.bytes,
        stopped,
    }
}
