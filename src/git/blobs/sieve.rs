//! The work of one thread of a scan: inflate what the plan says, and ask about every content.
//!
//! Whatever goes wrong in a family is no verdict: its wanted members are read again one by one, each from wherever it
//! can be read, and only that reading says "missing" or "unreadable".

use super::plan::Plan;
use crate::git::objects::{Buffer, Delta, Inflater, Kind, Loose, MAX_SIZE, ObjectStore, Packs, Reader, entry, packed};
use crate::model::Oid;
use anyhow::{Context, Result, bail};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// As far as git looks for a NUL before it takes a file for text.
const BINARY_WINDOW: u64 = 8000;

/// From this size on, content is held by one thread at a time, so that memory does not grow with their number.
const HEAVY: u64 = 32 << 20;

/// What all threads of a scan share.
pub(super) struct Job<'j, F> {
    pub(super) store: &'j ObjectStore,
    pub(super) packs: &'j Packs,
    pub(super) ids: &'j [Oid],
    pub(super) plan: &'j Plan,
    pub(super) suspicious: &'j F,
    pub(super) stop: &'j AtomicBool,
    pub(super) heavy: &'j Mutex<()>,
}

/// What one thread found, by the numbers of the wanted objects.
#[derive(Debug, Default)]
pub(super) struct Catch {
    pub(super) hits: Vec<u32>,
    pub(super) missing: Vec<u32>,
    pub(super) unreadable: Vec<(u32, String)>,
    pub(super) count: u64,
    pub(super) bytes: u64,
}

impl Catch {
    /// How many objects are dealt with.
    pub(super) fn seen(&self) -> u64 {
        self.count + (self.missing.len() + self.unreadable.len()) as u64
    }
}

/// One thread's tools.
pub(super) struct Sieve<'j, F> {
    job: &'j Job<'j, F>,
    pub(super) catch: Catch,
    inflater: Inflater,
    reader: Option<Reader<'j>>,
    delta: Buffer,
    spare: Vec<Buffer>,
    heavy: Option<MutexGuard<'j, ()>>,
}

/// An object whose branches are not all done.
struct Open<'j> {
    content: Buffer,
    branches: std::slice::Iter<'j, u32>,
}

impl<'j, F: Fn(&[u8]) -> bool> Sieve<'j, F> {
    pub(super) fn new(job: &'j Job<'j, F>) -> Self {
        let (catch, inflater) = (Catch::default(), Inflater::default());
        Sieve { job, catch, inflater, reader: None, delta: Buffer::default(), spare: Vec::new(), heavy: None }
    }

    /// Do one unit of the plan.
    pub(super) fn unit(&mut self, unit: usize) {
        for &root in self.job.plan.roots(unit) {
            if self.stopped() {
                return;
            }
            self.family(root);
            self.relieve();
        }
    }

    /// Read one wanted object by itself.
    pub(super) fn odd(&mut self, number: u32) {
        self.one(number);
        self.relieve();
    }

    fn stopped(&self) -> bool {
        self.job.stop.load(Ordering::Relaxed)
    }

    /// A whole object and all that is built upon it, depth first.
    fn family(&mut self, root: u32) {
        let plan = self.job.plan;
        if plan.children(root).is_empty() {
            let judged = self.alone(root);
            return self.note(root, judged);
        }
        let mut content = self.spare.pop().unwrap_or_default();
        let inflated = self.inflate(root, &mut content);
        let mut path = Vec::new();
        self.enter(root, content, inflated, &mut path);
        while let Some(open) = path.last_mut() {
            if self.stopped() {
                return;
            }
            let Some(&node) = open.branches.next() else {
                let done = path.pop();
                self.spare.extend(done.map(|open| open.content));
                continue;
            };
            let mut content = self.spare.pop().unwrap_or_default();
            let built = self.build(node, &open.content, &mut content);
            if open.branches.as_slice().is_empty() {
                // The last branch: its base is needed no more.
                let done = path.pop();
                self.spare.extend(done.map(|open| open.content));
            }
            self.enter(node, content, built, &mut path);
        }
    }

    /// Judge a member of a family, and go on to its branches.
    fn enter(&mut self, node: u32, content: Buffer, made: Result<()>, path: &mut Vec<Open<'j>>) {
        let branches = self.job.plan.children(node);
        if made.is_err() {
            self.spare.push(content);
            return self.disown(node);
        }
        if self.job.plan.wanted(node).is_some() {
            let judged = Ok(self.judge(&content));
            self.note(node, judged);
        }
        if branches.is_empty() {
            self.spare.push(content);
        } else {
            path.push(Open { content, branches: branches.iter() });
        }
    }

    fn note(&mut self, node: u32, judged: Result<bool>) {
        match judged {
            Ok(true) => self.catch.hits.extend(self.job.plan.wanted(node)),
            Ok(false) => {}
            Err(_) => self.disown(node),
        }
    }

    /// This one could not be made, so nothing that is built upon it can: all are read one by one.
    fn disown(&mut self, node: u32) {
        let mut rest = vec![node];
        while let Some(node) = rest.pop() {
            rest.extend(self.job.plan.children(node));
            if let Some(number) = self.job.plan.wanted(node) {
                self.one(number);
            }
        }
    }

    fn judge(&mut self, content: &[u8]) -> bool {
        self.catch.count += 1;
        self.catch.bytes += content.len() as u64;
        !is_binary(content) && (self.job.suspicious)(content)
    }

    /// A whole object that nobody builds upon, inflated only as far as it takes.
    fn alone(&mut self, node: u32) -> Result<bool> {
        let place = self.job.plan.place(node);
        let pack = self.job.packs.data(place.pack)?;
        let entry = entry(pack, place.offset)?;
        let (stream, size) = (packed(pack, &entry)?, entry.decompressed_size);
        let mut content = self.spare.pop().unwrap_or_default();
        let judged = (self.inflater.head(stream, &mut content, size.min(BINARY_WINDOW)))
            .and_then(|()| self.go_on(stream, &mut content, 0, size));
        self.spare.push(content);
        judged
    }

    /// A loose blob, likewise; `None` if it is no blob.
    fn loose(&mut self, loose: &Loose) -> Result<Option<bool>> {
        let mut content = self.spare.pop().unwrap_or_default();
        let judged = loose.begin(&mut self.inflater, &mut content, BINARY_WINDOW).and_then(|head| match head.kind {
            Kind::Blob => self.go_on(loose.packed(), &mut content, head.head, head.size).map(Some),
            _ => Ok(None),
        });
        self.spare.push(content);
        judged
    }

    /// Content whose first bytes are inflated, behind others to skip: the rest of it, unless it is binary.
    fn go_on(&mut self, stream: &[u8], content: &mut Buffer, skip: usize, size: u64) -> Result<bool> {
        let begun = content.get(skip..).context("it ends too early")?;
        if is_binary(begun) {
            self.catch.count += 1;
            self.catch.bytes += begun.len() as u64;
            return Ok(false);
        }
        self.carry(size);
        self.inflater.rest(stream, content, skip as u64 + size)?;
        Ok(self.judge(&content[skip..]))
    }

    fn inflate(&mut self, node: u32, out: &mut Buffer) -> Result<()> {
        let place = self.job.plan.place(node);
        let pack = self.job.packs.data(place.pack)?;
        let entry = entry(pack, place.offset)?;
        self.carry(entry.decompressed_size);
        self.inflater.whole(packed(pack, &entry)?, out, entry.decompressed_size)
    }

    fn build(&mut self, node: u32, base: &[u8], out: &mut Buffer) -> Result<()> {
        let mut delta = std::mem::take(&mut self.delta);
        let built = self.inflate(node, &mut delta).and_then(|()| {
            let delta = Delta::parse(&delta)?;
            self.carry(delta.size);
            delta.apply(base, out.resize(delta.size)?)
        });
        self.delta = delta;
        built
    }

    fn one(&mut self, number: u32) {
        if self.stopped() {
            return;
        }
        match self.single(number) {
            Ok(Some(true)) => self.catch.hits.push(number),
            Ok(Some(false)) => {}
            Ok(None) => self.catch.missing.push(number),
            Err(error) => self.catch.unreadable.push((number, format!("{error:#}"))),
        }
    }

    /// An object by itself, from wherever it can be read: what is suspicious, or `None` when it is nowhere.
    fn single(&mut self, number: u32) -> Result<Option<bool>> {
        let id = &self.job.ids[number as usize];
        if let Some(oid) = self.job.store.id(id)
            && let Ok(Some(loose)) = self.job.store.loose(oid, |size| self.carry(size))
            && let Ok(Some(suspicious)) = self.loose(&loose)
        {
            return Ok(Some(suspicious));
        }
        let mut reader = self.reader.take().unwrap_or_else(|| self.job.store.reader());
        let judged = if reader.contains(id) { self.read_whole(&mut reader, id) } else { Ok(None) };
        self.reader = Some(reader);
        judged
    }

    fn read_whole(&mut self, reader: &mut Reader<'_>, id: &Oid) -> Result<Option<bool>> {
        self.carry(MAX_SIZE); // how large it will be is not known before
        match reader.find(id)? {
            Some(object) if object.kind == Kind::Blob => Ok(Some(self.judge(object.data))),
            Some(object) => bail!("object {id} is a {}, no blob", object.kind),
            None => Ok(None),
        }
    }

    /// Wait until heavy content may be held.
    fn carry(&mut self, size: u64) {
        if size > HEAVY && self.heavy.is_none() {
            self.heavy = Some(self.job.heavy.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// Let go of heavy content.
    fn relieve(&mut self) {
        if self.heavy.is_some() {
            let is_heavy = |buffer: &Buffer| buffer.memory() as u64 > HEAVY;
            self.spare.retain(|buffer| !is_heavy(buffer));
            if is_heavy(&self.delta) {
                self.delta = Buffer::default();
            }
            self.reader = self.reader.take().filter(|reader| reader.memory() as u64 <= HEAVY);
            self.heavy = None;
        }
    }
}

fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(BINARY_WINDOW as usize)].contains(&0)
}
