//! The object store: what a repository's object folders hold, read by id, with nothing in between.
//!
//! Our own reader and not gix's store, because a scan must know where in a pack an object lies ([`super::blobs`]),
//! and because what reads hostile packs must have its limits in one place. gix still parses packs and indexes.
//! Replacements are not known here: a push sends the real objects. Nothing is ever fetched, and nothing is written.
//!
//! "Not there" is `Ok(None)`; "there, but unreadable" (corrupt, truncated, too large) is an error.

mod delta;
mod packs;

pub(super) use delta::Delta;
pub(super) use packs::{Packs, Place, entry, packed};

use crate::model::Oid;
use anyhow::{Context, Result, anyhow, bail, ensure};
use gix::odb::pack::cache::DecodeEntry;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::odb::{alternate, loose};
use gix::zlib::{Inflate, Status};
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
    loose: Vec<loose::Store>,
    packs: RwLock<Option<Arc<Packs>>>,
}

impl ObjectStore {
    /// The objects in these folders (`.git/objects`, a quarantine, what `GIT_ALTERNATE_OBJECT_DIRECTORIES` names) and
    /// in their alternates. Folders that do not exist are empty.
    pub fn open(object_dirs: &[PathBuf], hash: gix::hash::Kind) -> ObjectStore {
        let mut folders = Vec::new();
        for folder in object_dirs {
            add_folder(folder, 0, &mut folders);
        }
        let options = loose::Options { alloc_limit_bytes: Some(MAX_SIZE as usize), ..Default::default() };
        let loose = folders.iter().map(|folder| loose::Store::at_opts(folder, hash, options)).collect();
        ObjectStore { hash, folders, loose, packs: RwLock::default() }
    }

    /// The hash that names its objects.
    pub fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// A way to read from it, for one thread.
    pub fn reader(&self) -> Reader<'_> {
        Reader { packs: self.packs(), store: self, hint: 0, loose_last: false, work: Work::default(), out: Vec::new() }
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
    out: Vec<u8>,
}

impl Reader<'_> {
    /// The object with this id.
    pub fn find(&mut self, id: &Oid) -> Result<Option<Object<'_>>> {
        let kind = self.read(id).with_context(|| format!("object {id} is unreadable"))?;
        Ok(kind.map(|kind| Object { kind, data: &self.out }))
    }

    /// Whether there is an object with this id, readable or not.
    pub fn contains(&mut self, id: &Oid) -> bool {
        let Some(id) = self.store.id(id) else { return false };
        self.packs.places(id, &mut self.hint).next().is_some()
            || self.store.loose.iter().any(|loose| loose.contains(id))
            || self.refresh() && self.packs.places(id, &mut self.hint).next().is_some()
    }

    /// Read an object into `self.out`, from wherever it can be read: a bad copy is not the end while there is another.
    fn read(&mut self, id: &Oid) -> Result<Option<Kind>> {
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
                        self.loose_last = false;
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
        match self.store.read_loose(id, &mut self.out) {
            Ok(kind) => kind,
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

impl ObjectStore {
    fn read_loose(&self, id: &gix::oid, out: &mut Vec<u8>) -> Result<Option<Kind>> {
        let mut fault = None;
        for loose in &self.loose {
            match loose.try_find(id, out) {
                Ok(Some(found)) => return Ok(Some(found.kind)),
                Ok(None) => {}
                Err(error) => fault = fault.or(Some(anyhow!("{error}"))),
            }
        }
        fault.map_or(Ok(None), Err)
    }
}

/// What putting a packed object together needs and keeps.
#[derive(Default)]
struct Work {
    inflate: Inflate,
    chain: Vec<(Place, gix::odb::pack::data::Entry)>,
    delta: Vec<u8>,
    base: Vec<u8>,
    cache: Option<MemoryCappedHashmap>,
}

impl Work {
    /// Put the object at `place` together in `out`.
    fn unpack(&mut self, packs: &Packs, store: &ObjectStore, place: Place, out: &mut Vec<u8>) -> Result<Kind> {
        self.chain.clear();
        let kind = self.find_base(packs, store, place, out)?;
        while let Some((at, entry)) = self.chain.pop() {
            let pack = packs.data(at.pack)?;
            size_to(&mut self.delta, entry.decompressed_size)?;
            inflate(&mut self.inflate, packed(pack, &entry)?, &mut self.delta)?;
            let delta = Delta::parse(&self.delta)?;
            std::mem::swap(out, &mut self.base);
            size_to(out, delta.size)?;
            delta.apply(&self.base, out)?;
            if kind == Kind::Tree || !self.chain.is_empty() {
                self.remember(at, kind, out);
            }
        }
        Ok(kind)
    }

    /// Follow the chain of deltas down to what is whole, read that, and leave the chain for the way back.
    fn find_base(&mut self, packs: &Packs, store: &ObjectStore, place: Place, out: &mut Vec<u8>) -> Result<Kind> {
        use gix::odb::pack::data::entry::Header;
        let mut at = place;
        while self.chain.len() < MAX_CHAIN {
            if let Some(cache) = &mut self.cache
                && let Some((kind, _)) = cache.get(at.pack, at.offset, out)
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
                        return store
                            .read_loose(&base_id, out)?
                            .context("a delta builds upon an object that is missing");
                    }
                },
                _ => {
                    let kind = entry.header.as_kind().context("an entry of no kind")?;
                    size_to(out, entry.decompressed_size)?;
                    inflate(&mut self.inflate, packed(pack, &entry)?, out)?;
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

/// Refuse what is larger than anything we read.
pub(super) fn bearable(size: u64) -> Result<()> {
    ensure!(size <= MAX_SIZE, "it claims {size} bytes, more than git merges as text");
    Ok(())
}

/// Bring a buffer to a size that a pack asks for; too much of it is an error and not the end of the process.
pub(super) fn size_to(buffer: &mut Vec<u8>, size: u64) -> Result<()> {
    bearable(size)?;
    buffer.try_reserve_exact((size as usize).saturating_sub(buffer.len())).context("too large for the memory")?;
    buffer.resize(size as usize, 0);
    Ok(())
}

/// Inflate a whole zlib stream, which must fill `out` exactly.
pub(super) fn inflate(inflate: &mut Inflate, packed: &[u8], out: &mut [u8]) -> Result<()> {
    inflate.reset();
    let (status, _, size) = inflate.once(packed, out).map_err(|error| anyhow!("{error}"))?;
    ensure!(status == Status::StreamEnd && size == out.len(), "it is not as long as its pack says");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// A repository with a `git` in it that knows nothing of this machine's configuration.
    struct Repo {
        dir: tempfile::TempDir,
    }

    impl Repo {
        fn new(options: &[&str]) -> Repo {
            let repo = Repo { dir: tempfile::tempdir().unwrap() };
            repo.git(&[&["init", "-q", "-b", "main"], options].concat());
            repo
        }

        fn path(&self) -> &Path {
            self.dir.path()
        }

        fn objects(&self) -> PathBuf {
            self.path().join(".git/objects")
        }

        fn git(&self, args: &[&str]) -> Vec<u8> {
            let output = Command::new("git")
                .args(["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "gc.auto=0"])
                .args(args)
                .current_dir(self.path())
                .env("HOME", self.path())
                .env("XDG_CONFIG_HOME", self.path())
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_CONFIG_GLOBAL", self.path().join("none"))
                .output()
                .unwrap();
            assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
            output.stdout
        }

        fn store(&self, hash: gix::hash::Kind) -> ObjectStore {
            ObjectStore::open(&[self.objects()], hash)
        }

        fn commit(&self, name: &str, content: &[u8]) {
            std::fs::write(self.path().join(name), content).unwrap();
            self.git(&["add", "-A"]);
            self.git(&["commit", "-qm", name]);
        }

        fn ids(&self) -> Vec<Oid> {
            let all = self.git(&["cat-file", "--batch-check=%(objectname)", "--batch-all-objects"]);
            all.split(|&b| b == b'\n').filter(|line| !line.is_empty()).map(|id| Oid::from_hex(id).unwrap()).collect()
        }

        /// Everything that our reader gives is what git gives.
        fn assert_all_as_git(&self, hash: gix::hash::Kind) {
            let store = self.store(hash);
            let mut reader = store.reader();
            for id in self.ids() {
                let object = reader.find(&id).unwrap().unwrap_or_else(|| panic!("{id}"));
                let kind = self.git(&["cat-file", "-t", &id.to_string()]);
                assert_eq!(kind.trim_ascii(), object.kind.to_string().as_bytes());
                assert_eq!(object.data, self.git(&["cat-file", &object.kind.to_string(), &id.to_string()]));
            }
        }
    }

    fn lines(n: usize, edit: usize) -> Vec<u8> {
        (0..n).flat_map(|i| format!("line {i} {}\n", if i == edit { "edited" } else { "" }).into_bytes()).collect()
    }

    #[test]
    fn loose_and_packed_of_both_hashes_as_git_reads_them() {
        for (hash, options) in
            [(gix::hash::Kind::Sha1, &["--object-format=sha1"]), (gix::hash::Kind::Sha256, &["--object-format=sha256"])]
        {
            let repo = Repo::new(options);
            for i in 0..8 {
                repo.commit("file", &lines(100, i));
            }
            repo.assert_all_as_git(hash);
            repo.git(&["repack", "-qad", "--depth=50"]);
            repo.assert_all_as_git(hash);
        }
    }
}
