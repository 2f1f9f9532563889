//! Trees side by side: which files of one tree stand in none of some others at the same path.
//!
//! A subtree that any of the others has too is not read at all, so a small change costs little in any repository.
//! Without others every file is listed. Only regular files are content: a symlink holds a path, a submodule a commit
//! of somebody else's store. A tree that is not here, or is no tree, is named and passed over.

use super::objects::{Kind, ObjectStore, Reader};
use super::oid;
use crate::model::Oid;
use anyhow::{Context, Result};
use bstr::{BStr, BString, ByteSlice};
use gix::objs::tree::{EntryMode, EntryRef};
use std::num::NonZero;
use std::thread;

/// From so many trees on, they are read by several threads.
const WORTH_THREADS: usize = 256;

/// The file of a folder that gives its files attributes.
const ATTRIBUTES: &[u8] = b".gitattributes";

/// Files of one tree, kept small: folders are named once, names share one buffer.
#[derive(Default)]
pub struct Files {
    folders: Vec<BString>,
    names: Vec<u8>,
    files: Vec<File>,
    /// The attribute files of all folders that were looked into, each with its folder (`""`, or ending in `/`).
    pub attributes: Vec<(BString, Oid)>,
    /// Trees of the one side that could not be read: nothing is known of what is in them.
    pub unreadable: Vec<Oid>,
    /// Folders (`""`, or ending in `/`) with which nothing could be compared, because none of the others' trees at that
    /// path can be read: whether what is in them stands there too is not known.
    pub uncompared: Vec<BString>,
}

struct File {
    folder: u32,
    name: (u64, u32),
    id: Oid,
}

impl Files {
    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Each file's content, in no particular order.
    pub fn ids(&self) -> impl Iterator<Item = Oid> {
        self.files.iter().map(|file| file.id)
    }

    /// Each file with its path, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (BString, Oid)> {
        self.files.iter().map(|file| {
            let mut path = self.folders[file.folder as usize].clone();
            let (start, length) = (file.name.0 as usize, file.name.1 as usize);
            path.extend_from_slice(&self.names[start..start + length]);
            (path, file.id)
        })
    }

    fn add(&mut self, name: &BStr, id: Oid) {
        let start = self.names.len() as u64;
        self.names.extend_from_slice(name);
        let folder = (self.folders.len() - 1) as u32;
        self.files.push(File { folder, name: (start, name.len() as u32), id });
    }

    fn append(&mut self, other: Files) {
        let (folders, names) = (self.folders.len() as u32, self.names.len() as u64);
        let moved =
            |file: File| File { folder: file.folder + folders, name: (file.name.0 + names, file.name.1), ..file };
        self.files.extend(other.files.into_iter().map(moved));
        self.folders.extend(other.folders);
        self.names.extend(other.names);
        self.attributes.extend(other.attributes);
        self.unreadable.extend(other.unreadable);
        self.uncompared.extend(other.uncompared);
    }
}

/// A folder that is still to be looked into: its path, its tree, and the trees of the others at the same path.
struct Folder {
    path: BString,
    tree: Oid,
    others: Vec<Oid>,
}

/// The files of `tree` that none of `others` has at the same path with the same content.
pub fn changed(store: &ObjectStore, tree: Oid, others: &[Oid]) -> Files {
    let mut files = Files::default();
    if others.contains(&tree) {
        return files;
    }
    let mut level = vec![Folder { path: BString::default(), tree, others: others.to_vec() }];
    let mut reader = store.reader();
    while !level.is_empty() {
        level = if level.len() < WORTH_THREADS {
            let mut below = Vec::new();
            for folder in level {
                look_into(&mut reader, store.hash(), folder, &mut files, &mut below);
            }
            below
        } else {
            in_parallel(store, level, &mut files)
        };
    }
    files
}

fn in_parallel(store: &ObjectStore, level: Vec<Folder>, files: &mut Files) -> Vec<Folder> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let share = level.len().div_ceil(workers);
    let mut level = level.into_iter();
    let shares: Vec<Vec<Folder>> = (0..workers).map(|_| level.by_ref().take(share).collect()).collect();
    let results: Vec<_> = thread::scope(|scope| {
        let work = |share: Vec<Folder>| {
            let (mut reader, mut files, mut below) = (store.reader(), Files::default(), Vec::new());
            for folder in share {
                look_into(&mut reader, store.hash(), folder, &mut files, &mut below);
            }
            (files, below)
        };
        let threads: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || work(share))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut below = Vec::new();
    for (part, folders) in results {
        files.append(part);
        below.extend(folders);
    }
    below
}

/// Sort one folder's entries into files that are new and folders that may hold some.
fn look_into(
    reader: &mut Reader<'_>,
    hash: gix::hash::Kind,
    folder: Folder,
    files: &mut Files,
    below: &mut Vec<Folder>,
) {
    let Some(tree) = read(reader, &folder.tree) else {
        files.unreadable.push(folder.tree);
        return;
    };
    let others: Vec<_> = folder.others.iter().filter_map(|other| read(reader, other)).collect();
    if others.is_empty() && !folder.others.is_empty() {
        files.uncompared.push(folder.path.clone());
    }
    let mut beside: Vec<_> = others.iter().map(|data| entries(data, hash).peekable()).collect();
    files.folders.push(folder.path.clone());
    for entry in entries(&tree, hash) {
        let mut known = false;
        let mut subtrees = Vec::new();
        for other in &mut beside {
            while other.next_if(|other| *other < entry).is_some() {}
            if let Some(same) = other.next_if(|other| other.filename == entry.filename && same_kind(other, &entry)) {
                known |= same.oid == entry.oid;
                subtrees.push(oid(same.oid));
            }
        }
        if entry.filename == ATTRIBUTES && is_regular(entry.mode) {
            files.attributes.push((folder.path.clone(), oid(entry.oid)));
        }
        if known {
            continue;
        }
        if entry.mode.is_tree() {
            let path = [folder.path.as_slice(), entry.filename.as_bytes(), b"/"].concat().into();
            below.push(Folder { path, tree: oid(entry.oid), others: subtrees });
        } else if is_regular(entry.mode) {
            files.add(entry.filename, oid(entry.oid));
        }
    }
}

fn same_kind(one: &EntryRef<'_>, other: &EntryRef<'_>) -> bool {
    one.mode.is_tree() == other.mode.is_tree() && is_regular(one.mode) == is_regular(other.mode)
}

/// Content, with any permission bits: old trees hold 100664 too.
fn is_regular(mode: EntryMode) -> bool {
    mode.value() & 0o170_000 == 0o100_000
}

/// A tree's entries as far as they can be read. What follows a broken entry is lost to git as well.
fn entries(tree: &[u8], hash: gix::hash::Kind) -> impl Iterator<Item = EntryRef<'_>> {
    gix::objs::TreeRefIter::from_bytes(tree, hash).map_while(Result::ok)
}

fn read(reader: &mut Reader<'_>, tree: &Oid) -> Option<Vec<u8>> {
    let object = reader.find(tree).ok().flatten().filter(|object| object.kind == Kind::Tree)?;
    Some(object.data.to_owned())
}

/// The content of a regular file at `path`; `None` when `tree` has no such file.
///
/// # Errors
/// The file is in the tree and its content cannot be had, or something on the way to it cannot be read.
pub fn file(store: &ObjectStore, tree: Oid, path: &BStr) -> Result<Option<Vec<u8>>> {
    let mut reader = store.reader();
    let Some(id) = find(&mut reader, store.hash(), tree, path)? else { return Ok(None) };
    let object = reader.find(&id)?.with_context(|| format!("object {id} is not in this repository"))?;
    Ok(Some(object.data.to_owned()))
}

/// The id of the regular file at `path`.
fn find(reader: &mut Reader<'_>, hash: gix::hash::Kind, tree: Oid, path: &BStr) -> Result<Option<Oid>> {
    let mut tree = tree;
    let mut names = path.split_str("/").peekable();
    while let Some(name) = names.next() {
        let data = read(reader, &tree).with_context(|| format!("tree {tree} is not in this repository"))?;
        let Some(entry) = entries(&data, hash).find(|entry| entry.filename == name) else { return Ok(None) };
        match (names.peek().is_some(), entry.mode) {
            (true, mode) if mode.is_tree() => tree = oid(entry.oid),
            (false, mode) if is_regular(mode) => return Ok(Some(oid(entry.oid))),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// The attribute files of `tree` that bear on these paths, each with its folder (`""`, or ending in `/`).
pub fn attribute_files<'p>(
    store: &ObjectStore,
    tree: Oid,
    paths: impl IntoIterator<Item = &'p BStr>,
) -> Vec<(BString, Oid)> {
    let mut folders = std::collections::BTreeSet::from([BString::default()]);
    for path in paths {
        folders.extend(path.find_iter("/").map(|slash| BString::from(&path[..=slash])));
    }
    let mut reader = store.reader();
    let found = folders.into_iter().filter_map(|folder| {
        let file = [&folder[..], ATTRIBUTES].concat();
        let id = find(&mut reader, store.hash(), tree, file.as_bstr()).ok().flatten()?;
        Some((folder, id))
    });
    found.collect()
}
