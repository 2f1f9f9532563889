//! Trees side by side: which files of one tree stand in none of some others at the same path.
//!
//! A subtree that any of the others has too is not read at all, so a small change costs little in any repository.
//! Without others every file is listed. Only regular files are content: a symlink holds a path, a submodule a commit
//! of somebody else's store. A tree that is not here, or is no tree, is named and passed over.

use super::objects::{Kind, ObjectStore, Reader};
use crate::model::{self, EntryKind, Oid, visible};
use anyhow::{Context, Result, bail};
use bstr::{BStr, BString, ByteSlice};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

/// From so many trees on, they are read by several threads.
const WORTH_THREADS: usize = 256;

/// How much memory the paths of one tree's files may take. Ten small trees can name ten thousand million files, and a
/// hundred thousand folders inside each other a path without end; six million ordinary files fit.
const MAX_LISTED: usize = 1 << 30;

/// How often one and the same tree is looked into, at different paths. Nobody keeps as many copies of a folder; thirty
/// small trees can spell out more paths than there are atoms, and their content is judged after the first.
const COPIES: u32 = 256;

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
    /// The tree names more files than can be listed; these are not all.
    pub cut_off: bool,
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
        self.cut_off |= other.cut_off;
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
    let room = Room(AtomicUsize::new(MAX_LISTED));
    let mut copies: HashMap<Oid, u32> = HashMap::new();
    while !level.is_empty() && !files.cut_off {
        level.retain(|folder| {
            let copies = copies.entry(folder.tree).or_default();
            *copies += 1;
            *copies <= COPIES
        });
        level = if level.len() < WORTH_THREADS {
            let mut below = Vec::new();
            for folder in level {
                look_into(&mut reader, store.hash(), &room, folder, &mut files, &mut below);
            }
            below
        } else {
            in_parallel(store, &room, level, &mut files)
        };
    }
    files
}

/// What is left of the memory for paths, for all threads together.
struct Room(AtomicUsize);

impl Room {
    /// Take as much as one more entry needs; `false` when there is no more.
    fn take(&self, folder: &BStr, name: &[u8]) -> bool {
        const EACH: usize = 96;
        let size = folder.len() + name.len() + EACH;
        self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(size)).is_ok()
    }
}

fn in_parallel(store: &ObjectStore, room: &Room, level: Vec<Folder>, files: &mut Files) -> Vec<Folder> {
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let share = level.len().div_ceil(workers);
    let mut level = level.into_iter();
    let shares: Vec<Vec<Folder>> = (0..workers).map(|_| level.by_ref().take(share).collect()).collect();
    let results: Vec<_> = thread::scope(|scope| {
        let work = |share: Vec<Folder>| {
            let (mut reader, mut files, mut below) = (store.reader(), Files::default(), Vec::new());
            for folder in share {
                look_into(&mut reader, store.hash(), room, folder, &mut files, &mut below);
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
    room: &Room,
    folder: Folder,
    files: &mut Files,
    below: &mut Vec<Folder>,
) {
    if files.cut_off {
        return;
    }
    let Some(tree) = read(reader, &folder.tree) else {
        files.unreadable.push(folder.tree);
        return;
    };
    let others: Vec<_> = folder.others.iter().filter_map(|other| read(reader, other)).collect();
    if others.is_empty() && !folder.others.is_empty() {
        files.uncompared.push(folder.path.clone());
    }
    let mut beside: Vec<_> = others.iter().map(|data| Entries::of(data, hash).peekable()).collect();
    files.folders.push(folder.path.clone());
    let mut list = Entries::of(&tree, hash);
    for entry in list.by_ref() {
        let mut known = false;
        let mut subtrees = Vec::new();
        for other in &mut beside {
            while other.next_if(|other| other.comes_before(&entry)).is_some() {}
            if let Some(same) = other.next_if(|other| other.name == entry.name && other.is_like(&entry)) {
                known |= same.id == entry.id;
                subtrees.push(same.id());
            }
        }
        if entry.name == ATTRIBUTES && entry.is_regular() {
            files.attributes.push((folder.path.clone(), entry.id()));
        }
        if known || !(entry.is_tree() || entry.is_regular()) {
            continue;
        }
        if !room.take(folder.path.as_ref(), entry.name) {
            files.cut_off = true;
            return;
        }
        if entry.is_tree() {
            let path = [folder.path.as_slice(), entry.name, b"/"].concat().into();
            below.push(Folder { path, tree: entry.id(), others: subtrees });
        } else {
            files.add(entry.name.as_bstr(), entry.id());
        }
    }
    if list.is_broken() {
        files.unreadable.push(folder.tree);
    }
}

/// One entry of a tree.
pub(super) struct Entry<'t> {
    pub(super) mode: u32,
    pub(super) name: &'t [u8],
    id: &'t [u8],
}

impl Entry<'_> {
    pub(super) fn is_tree(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Content, with any permission bits: old trees hold 100664 too.
    fn is_regular(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    fn is_like(&self, other: &Entry<'_>) -> bool {
        self.is_tree() == other.is_tree() && self.is_regular() == other.is_regular()
    }

    pub(super) fn id(&self) -> Oid {
        Oid::from_bytes(self.id).expect("entries are cut to the length of an id")
    }

    /// The order of entries in a tree, in which a folder's name ends in a slash.
    fn comes_before(&self, other: &Entry<'_>) -> bool {
        let common = self.name.len().min(other.name.len());
        let next = |entry: &Entry<'_>| entry.name.get(common).copied().or(entry.is_tree().then_some(b'/'));
        (&self.name[..common], next(self)) < (&other.name[..common], next(other))
    }
}

/// A tree's entries as git reads them, which is more forgiving than gix: a mode may have zeros in front, as some old
/// tools wrote it. What follows a broken entry is lost, to git as well.
pub(super) struct Entries<'t> {
    rest: &'t [u8],
    id_length: usize,
}

impl<'t> Entries<'t> {
    pub(super) fn of(tree: &'t [u8], hash: gix::hash::Kind) -> Entries<'t> {
        Entries { rest: tree, id_length: hash.len_in_bytes() }
    }

    /// Whether something was left that is no entry.
    pub(super) fn is_broken(&self) -> bool {
        !self.rest.is_empty()
    }

    fn parse(&self) -> Option<(Entry<'t>, &'t [u8])> {
        let (digits, rest) = self.rest.split_at(self.rest.find_byte(b' ')?);
        let (name, rest) = rest[1..].split_at(rest[1..].find_byte(0)?);
        let (id, rest) = rest[1..].split_at_checked(self.id_length)?;
        let octal = !digits.is_empty() && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
        let mode = digits.iter().fold(0u32, |mode, digit| mode << 3 | u32::from(digit & 7));
        (octal && !name.is_empty()).then_some((Entry { mode, name, id }, rest))
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    fn next(&mut self) -> Option<Entry<'t>> {
        let (entry, rest) = self.parse()?;
        self.rest = rest;
        Some(entry)
    }
}

/// The content of a tree object.
pub(super) fn read(reader: &mut Reader<'_>, tree: &Oid) -> Option<Vec<u8>> {
    let object = reader.find(tree).ok().flatten().filter(|object| object.kind == Kind::Tree)?;
    Some(object.data.to_owned())
}

/// The content of a regular file at `path`; `None` when `tree` has nothing there.
///
/// # Errors
/// What is there is no regular file, its content cannot be had, or something on the way to it cannot be read.
pub fn file(store: &ObjectStore, tree: Oid, path: &BStr) -> Result<Option<Vec<u8>>> {
    let mut reader = store.reader();
    let Some(id) = find(&mut reader, store.hash(), tree, path)? else { return Ok(None) };
    let object = reader.find(&id)?.with_context(|| format!("object {id} is not in this repository"))?;
    Ok(Some(object.data.to_owned()))
}

/// What `tree` has at `path`, be it a folder; `None` when there is nothing.
///
/// # Errors
/// Something on the way to it cannot be read.
pub fn entry(store: &ObjectStore, tree: Oid, path: &BStr) -> Result<Option<model::Entry>> {
    entry_of(&mut store.reader(), store.hash(), tree, path)
}

/// The id of the regular file at `path`.
fn find(reader: &mut Reader<'_>, hash: gix::hash::Kind, tree: Oid, path: &BStr) -> Result<Option<Oid>> {
    match entry_of(reader, hash, tree, path)? {
        Some(entry) if entry.kind() == EntryKind::Regular => Ok(Some(entry.id)),
        Some(_) => bail!("{} is no regular file there", visible(path)),
        None => Ok(None),
    }
}

/// What `tree` has at `path`.
///
/// # Errors
/// Something on the way to it cannot be read.
pub(super) fn entry_of(
    reader: &mut Reader<'_>,
    hash: gix::hash::Kind,
    tree: Oid,
    path: &BStr,
) -> Result<Option<model::Entry>> {
    let mut tree = tree;
    let mut names = path.split_str("/").peekable();
    while let Some(name) = names.next() {
        let data = read(reader, &tree).with_context(|| format!("tree {tree} is not in this repository"))?;
        let Some(entry) = Entries::of(&data, hash).find(|entry| entry.name == name) else { return Ok(None) };
        match names.peek() {
            None => return Ok(Some(model::Entry { mode: entry.mode, id: entry.id() })),
            Some(_) if entry.is_tree() => tree = entry.id(),
            Some(_) => return Ok(None),
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: gix::hash::Kind = gix::hash::Kind::Sha1;

    #[test]
    fn a_folder_sorts_as_if_its_name_ended_in_a_slash() {
        let entry = |(mode, name)| Entry { mode, name, id: &[0; 20] };
        let sorted: [(u32, &[u8]); 6] = [
            (0o100_644, b"a"),
            (0o100_644, b"a-"),
            (0o40_000, b"a"),
            (0o100_644, b"a0"),
            (0o40_000, b"aa"),
            (0o160_000, b"b"),
        ];
        for (index, one) in sorted.into_iter().enumerate() {
            for (other_index, other) in sorted.into_iter().enumerate() {
                assert_eq!(entry(one).comes_before(&entry(other)), index < other_index, "{one:?} {other:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn entries_come_back_up_to_the_first_broken_one(
            entries in proptest::collection::vec((0u32..0o200_000, "[^\\x00]{1,9}", any::<[u8; 20]>(), 0usize..4), 0..6),
            rest in proptest::collection::vec(any::<u8>(), 0..30),
        ) {
            let mut tree = Vec::new();
            for (mode, name, id, zeros) in &entries {
                tree.extend(format!("{}{mode:o} {name}\0", "0".repeat(*zeros)).into_bytes());
                tree.extend(id);
            }
            let whole: Vec<_> = Entries::of(&tree, HASH).map(|entry| (entry.mode, entry.name.to_vec(), entry.id())).collect();
            let ids = entries.iter().map(|(mode, name, id, _)| (*mode, name.clone().into_bytes(), Oid::from_bytes(id).unwrap()));
            prop_assert_eq!(&whole, &ids.collect::<Vec<_>>());
            tree.extend(&rest);
            let mut list = Entries::of(&tree, HASH);
            prop_assert!(list.by_ref().count() >= whole.len());
            prop_assert!(rest.is_empty() != list.is_broken() || rest.len() > 22);
        }
    }
}
