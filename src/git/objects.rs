//! The object store: what a repository's object folders hold, read by id, with nothing in between.
//!
//! Our own reader and not gix's store, because a scan must know where in a pack an object lies ([`super::blobs`]),
//! and because what reads hostile packs must have its limits in one place. gix still parses packs and indexes.
//! Replacements are not known here: a push sends the real objects. Nothing is ever fetched, and nothing is written.
//!
//! "Not there" is `Ok(None)`; "there, but unreadable" (corrupt, truncated, too large) is an error.

mod delta;
mod inflate;
mod loose;
mod packs;

pub(super) use delta::Delta;
pub(super) use inflate::{Buffer, Inflater};
pub(super) use loose::Loose;
pub(super) use packs::{Packs, Place, entry, packed};

use super::apply::Trees;
use crate::model::Oid;
use anyhow::{Context, Result, bail, ensure};
use gix::odb::alternate;
use gix::odb::pack::cache::DecodeEntry;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::odb::pack::data;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

pub use gix::objs::Kind;

/// The largest object that is read. git writes no conflict markers into files beyond this size (xdiff's own limit),
/// and no honest commit or tree comes near.
pub const MAX_SIZE: u64 = 1023 << 20;

/// How far a chain of deltas is followed. git makes none beyond 4,095; a cycle has no end.
const MAX_CHAIN: usize = 10_000;

/// How deep alternates of alternates are followed, as in git.
const MAX_ALTERNATES: usize = 5;

/// What a reader keeps of objects that others may build upon.
const CACHE: usize = 32 << 20;

/// The object folders of one repository. Shared between threads; each reads through its own [`Reader`].
pub struct ObjectStore {
    hash: gix::hash::Kind,
    folders: Vec<PathBuf>,
    packs: RwLock<Option<Arc<Packs>>>,
    trees: Trees,
}

impl ObjectStore {
    /// The objects in these folders (`.git/objects`, a quarantine, what `GIT_ALTERNATE_OBJECT_DIRECTORIES` names) and
    /// in their alternates. Folders that do not exist are empty.
    pub fn open(object_dirs: &[PathBuf], hash: gix::hash::Kind) -> ObjectStore {
        let mut folders = Vec::new();
        for folder in object_dirs {
            add_folder(folder, 0, &mut folders);
        }
        ObjectStore { hash, folders, packs: RwLock::default(), trees: Trees::default() }
    }

    /// The same store, in which these trees can be found, too.
    pub(super) fn with_trees(self, trees: Trees) -> ObjectStore {
        ObjectStore { trees, ..self }
    }

    /// The hash that names its objects.
    pub fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// The folders, absolute, alternates of alternates among them.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// A way to read from it, for one thread.
    pub fn reader(&self) -> Reader<'_> {
        let (packs, work, out) = (self.packs(), Work::default(), Buffer::default());
        Reader { packs, store: self, hint: 0, loose_last: false, work, out, skip: 0 }
    }

    /// The file of a loose object. `before` is told its size before it is read.
    pub(super) fn loose(&self, id: &gix::oid, before: impl FnOnce(u64)) -> Result<Option<Loose>> {
        Loose::open(&self.folders, id, before)
    }

    /// The packs as last seen.
    pub(super) fn packs(&self) -> Arc<Packs> {
        if let Some(packs) = &*self.packs.read().unwrap_or_else(PoisonError::into_inner) {
            return packs.clone();
        }
        let mut current = self.packs.write().unwrap_or_else(PoisonError::into_inner);
        current.get_or_insert_with(|| Arc::new(Packs::list(&self.folders, self.hash))).clone()
    }

    /// The packs of now, when they are no longer those that the caller knows.
    fn packs_newer_than(&self, known: &Arc<Packs>) -> Option<Arc<Packs>> {
        let current = self.packs();
        if !Arc::ptr_eq(&current, known) {
            return Some(current);
        }
        if !known.are_stale(&self.folders) {
            return None;
        }
        let fresh = Arc::new(Packs::list(&self.folders, self.hash));
        *self.packs.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh.clone());
        Some(fresh)
    }

    /// The id as gix wants it; `None` when it is of another hash than this store's.
    pub(super) fn id<'o>(&self, id: &'o Oid) -> Option<&'o gix::oid> {
        gix::oid::try_from_bytes(id.as_bytes()).ok().filter(|id| id.kind() == self.hash)
    }
}

/// Add a folder and what its `info/alternates` names, each only once, in git's order.
fn add_folder(folder: &Path, depth: usize, folders: &mut Vec<PathBuf>) {
    let Ok(folder) = folder.canonicalize() else { return };
    if depth > MAX_ALTERNATES || folders.contains(&folder) {
        return;
    }
    folders.push(folder.clone());
    let others = std::fs::read(folder.join("info/alternates")).ok().and_then(|text| alternate::parse(&text).ok());
    for other in others.into_iter().flatten() {
        add_folder(&folder.join(other), depth + 1, folders);
    }
}

/// An object, borrowed from its reader until the next one is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object<'r> {
    /// What it is.
    pub kind: Kind,
    /// Its content, whole.
    pub data: &'r [u8],
}

/// Reads objects, one at a time. Cheap to make, cheaper to keep: it reuses its buffers, remembers where the last
/// object was found and what others may build upon.
pub struct Reader<'s> {
    store: &'s ObjectStore,
    packs: Arc<Packs>,
    hint: usize,
    loose_last: bool,
    work: Work,
    out: Buffer,
    /// What stands in `out` before the content: the head of a loose object.
    skip: usize,
}

impl Reader<'_> {
    /// The object with this id.
    pub fn find(&mut self, id: &Oid) -> Result<Option<Object<'_>>> {
        let kind = self.read(id).with_context(|| format!("object {id} is unreadable"))?;
        if kind.is_none() && self.store.id(id).is_some_and(|id| id == gix::ObjectId::empty_tree(self.store.hash)) {
            return Ok(Some(Object { kind: Kind::Tree, data: &[] })); // to git, too, it is there without being there
        }
        Ok(kind.map(|kind| Object { kind, data: &self.out[self.skip..] }))
    }

    /// Whether there is an object with this id, readable or not.
    pub fn contains(&mut self, id: &Oid) -> bool {
        if self.store.trees.contains_key(id) {
            return true;
        }
        let Some(id) = self.store.id(id) else { return false };
        self.packs.places(id, &mut self.hint).next().is_some()
            || Loose::exists(&self.store.folders, id)
            || self.refresh() && self.packs.places(id, &mut self.hint).next().is_some()
    }

    /// How much memory it keeps for the contents of objects, but for its cache, which has a limit.
    pub(super) fn memory(&self) -> usize {
        [&self.out, &self.work.base, &self.work.delta].map(Buffer::memory).iter().sum()
    }

    /// Read an object into `self.out`, from wherever it can be read: a bad copy is not the end while there is another.
    fn read(&mut self, id: &Oid) -> Result<Option<Kind>> {
        if let Some(tree) = self.store.trees.get(id) {
            self.out.resize(tree.len() as u64)?.copy_from_slice(tree);
            self.skip = 0;
            return Ok(Some(Kind::Tree));
        }
        let Some(id) = self.store.id(id) else { return Ok(None) };
        let mut fault = None;
        if self.loose_last
            && let Some(kind) = self.read_loose(id, &mut fault)
        {
            return Ok(Some(kind));
        }
        loop {
            let packs = self.packs.clone();
            for place in packs.places(id, &mut self.hint) {
                match self.work.unpack(&packs, self.store, place, &mut self.out) {
                    Ok(kind) => {
                        (self.loose_last, self.skip) = (false, 0);
                        return Ok(Some(kind));
                    }
                    Err(error) => fault = fault.or(Some(error)),
                }
            }
            if let Some(kind) = self.read_loose(id, &mut fault) {
                self.loose_last = true;
                return Ok(Some(kind));
            }
            // Nowhere: it is missing, or somebody has just repacked.
            if !self.refresh() {
                return fault.map_or(Ok(None), Err);
            }
        }
    }

    fn read_loose(&mut self, id: &gix::oid, fault: &mut Option<anyhow::Error>) -> Option<Kind> {
        let read = self
            .store
            .loose(id, |_| {})
            .and_then(|loose| loose.map(|loose| loose.read(&mut self.work.inflater, &mut self.out)).transpose());
        match read {
            Ok(head) => head.map(|head| {
                self.skip = head.head;
                head.kind
            }),
            Err(error) => {
                fault.get_or_insert(error);
                None
            }
        }
    }

    fn refresh(&mut self) -> bool {
        let Some(packs) = self.store.packs_newer_than(&self.packs) else { return false };
        self.packs = packs;
        self.hint = 0;
        self.work.forget();
        true
    }
}

/// What putting a packed object together needs and keeps.
#[derive(Default)]
struct Work {
    inflater: Inflater,
    chain: Vec<(Place, data::Entry)>,
    delta: Buffer,
    base: Buffer,
    cache: Option<MemoryCappedHashmap>,
}

impl Work {
    /// Put the object at `place` together in `out`.
    fn unpack(&mut self, packs: &Packs, store: &ObjectStore, place: Place, out: &mut Buffer) -> Result<Kind> {
        self.chain.clear();
        let kind = self.find_base(packs, store, place, out)?;
        while let Some((at, entry)) = self.chain.pop() {
            let pack = packs.data(at.pack)?;
            self.inflater.whole(packed(pack, &entry)?, &mut self.delta, entry.decompressed_size)?;
            let delta = Delta::parse(&self.delta)?;
            std::mem::swap(out, &mut self.base);
            delta.apply(&self.base, out.resize(delta.size)?)?;
            if kind == Kind::Tree || !self.chain.is_empty() {
                self.remember(at, kind, out);
            }
        }
        Ok(kind)
    }

    /// Follow the chain of deltas down to what is whole, read that, and leave the chain for the way back.
    fn find_base(&mut self, packs: &Packs, store: &ObjectStore, place: Place, out: &mut Buffer) -> Result<Kind> {
        use data::entry::Header;
        let mut at = place;
        while self.chain.len() < MAX_CHAIN {
            if let Some(cache) = &mut self.cache
                && let Some((kind, _)) = out.fill(|out| cache.get(at.pack, at.offset, out))
            {
                return Ok(kind);
            }
            let pack = packs.data(at.pack)?;
            let entry = entry(pack, at.offset)?;
            let base = match entry.header {
                Header::OfsDelta { base_distance } => {
                    let offset = entry.checked_base_pack_offset(base_distance);
                    Place { offset: offset.context("a delta builds upon nothing")?, ..at }
                }
                Header::RefDelta { base_id } => match packs.base_place(at, &base_id) {
                    Some(base) => base,
                    None => {
                        self.chain.push((at, entry));
                        let loose =
                            store.loose(&base_id, |_| {})?.context("a delta builds upon an object that is missing")?;
                        let head = loose.read(&mut self.inflater, &mut self.base)?;
                        out.resize(head.size)?.copy_from_slice(&self.base[head.head..]);
                        return Ok(head.kind);
                    }
                },
                _ => {
                    let kind = entry.header.as_kind().context("an entry of no kind")?;
                    self.inflater.whole(packed(pack, &entry)?, out, entry.decompressed_size)?;
                    if kind == Kind::Tree || !self.chain.is_empty() {
                        self.remember(at, kind, out);
                    }
                    return Ok(kind);
                }
            };
            self.chain.push((at, entry));
            at = base;
        }
        bail!("a chain of deltas has no end")
    }

    fn remember(&mut self, at: Place, kind: Kind, data: &[u8]) {
        let cache = self.cache.get_or_insert_with(|| MemoryCappedHashmap::new(CACHE));
        cache.put(at.pack, at.offset, data, kind, 0);
    }

    fn forget(&mut self) {
        self.cache = None;
    }
}

/// Refuse a size that is larger than anything we read, or that no stream of `packed` bytes can have: deflate makes at
/// most 1,032 bytes of one.
fn credible(size: u64, packed: u64) -> Result<()> {
    ensure!(size <= MAX_SIZE, "it claims {size} bytes, more than git merges as text");
    ensure!(size / 1032 <= packed, "it claims {size} bytes, more than its file can hold");
    Ok(())
}
