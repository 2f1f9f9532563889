//! What one tree changes over others: every path at which it has something that none of them has there, whatever its mode,
//! and every path that all of them have and it has not. A subtree that one of the others has too is not read.
//!
//! Modes count as they are stored, but for one thing: git itself tidies an odd one (100664) when it writes the folder anew,
//! and whoever touched the file beside it has not touched this one. A tree that somebody forged may be out of order or name things twice, or as nothing may
//! be named: all of it is listed, because what is left out here nobody judges. Contents are not looked at.

use super::objects::{ObjectStore, Reader};
use super::trees::{self, Entries};
use crate::model::{Entry, EntryKind, Oid};
use bstr::{BStr, BString};
use std::cmp::Ordering;
use std::collections::HashMap;

/// How much memory the list may take: a million ordinary paths.
const MAX_LISTED: usize = 256 << 20;

/// How often one and the same tree is looked into, at different paths. Thirty small trees can spell out more paths than
/// there are atoms.
const COPIES: u32 = 1024;

/// What a tree changes over others.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// By path, folders never among them. A file that became a folder is a path that goes, beside those that come. Only a
    /// forged tree has the same path twice.
    pub changes: Vec<Changed>,
    /// Trees that could not be read: nothing is known of what is in them.
    pub unreadable: Vec<Oid>,
    /// There are more changes than can be listed; these are not all.
    pub cut_off: bool,
    /// Folders (`""`, or ending in `/`) that only the new tree has out of order, or with a name twice: git and other tools
    /// see different files in them.
    pub forged: Vec<BString>,
}

/// One path that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The path.
    pub path: BString,
    /// What the tree has there.
    pub new: Option<Entry>,
    /// What each of the others has there, in their order; none of them is `new`.
    pub olds: Vec<Option<Entry>>,
}

/// Compare `new` with `olds`, of which there is at least one; `None` stands for an empty tree.
pub fn difference(store: &ObjectStore, new: Option<Oid>, olds: &[Option<Oid>]) -> Difference {
    let mut walk = Walk {
        reader: store.reader(),
        hash: store.hash(),
        folders: vec![Folder { path: BString::default(), new, olds: olds.to_vec() }],
        copies: HashMap::new(),
        room: MAX_LISTED,
        found: Difference::default(),
    };
    while !walk.found.cut_off
        && let Some(folder) = walk.folders.pop()
    {
        walk.look_into(&folder);
    }
    let mut found = walk.found;
    found.changes.sort_by(|one, other| one.path.cmp(&other.path));
    found.forged.sort_unstable();
    found.unreadable.sort_unstable();
    found.unreadable.dedup();
    found
}

struct Walk<'s> {
    reader: Reader<'s>,
    hash: gix::hash::Kind,
    folders: Vec<Folder>,
    copies: HashMap<Oid, u32>,
    room: usize,
    found: Difference,
}

/// A folder that is still to be looked into: its path (`""`, or ending in `/`), and its tree on each side.
struct Folder {
    path: BString,
    new: Option<Oid>,
    olds: Vec<Option<Oid>>,
}

impl Walk<'_> {
    fn look_into(&mut self, folder: &Folder) {
        // What one of them has in here, and be it nothing, the new one has as well.
        if folder.olds.contains(&folder.new) || self.is_copied_too_often(folder) {
            return;
        }
        let trees: Vec<_> = std::iter::once(&folder.new).chain(&folder.olds).map(|tree| self.read(tree)).collect();
        if folder.new.is_some() && trees[0].is_none() {
            return;
        }
        let lists: Vec<_> = trees.iter().map(|tree| self.entries(tree.as_ref())).collect();
        if lists[0].is_forged() && !lists[1..].iter().any(List::is_forged) {
            self.found.forged.push(folder.path.clone());
        }
        let mut rests: Vec<&[Named]> = lists.iter().map(|list| &list.entries[..]).collect();
        let mut runs = Vec::with_capacity(rests.len());
        while let Some(next) = rests.iter().filter_map(|rest| rest.first()).min_by(|one, other| one.order(other)) {
            runs.clear();
            runs.extend(rests.iter_mut().map(|rest| take_named_like(rest, next)));
            let (new, olds) = (runs[0], &runs[1..]);
            if !olds.iter().any(|old| is_same(old, new)) {
                self.compare(folder.path.as_ref(), next, new, olds);
            }
        }
    }

    /// One name: what stands there now, and what stood there, each nothing, or one entry, or in a forged tree several.
    fn compare(&mut self, folder: &BStr, named: &Named<'_>, new: &[Named<'_>], olds: &[&[Named<'_>]]) {
        let nothing = new.is_empty().then_some(None);
        for entry in new.iter().map(|new| Some(new.entry)).chain(nothing) {
            let others = olds.iter().map(|old| {
                let other = old.iter().find(|old| !entry.is_some_and(|new| is_as_before(old.entry, new)));
                (old.is_empty() || other.is_some()).then_some(other.map(|other| other.entry))
            });
            let Some(olds) = others.collect::<Option<Vec<_>>>() else { continue };
            let mut path = BString::from([folder, named.name].concat());
            let size = path.len() + 96 + size_of_val(&olds[..]);
            let Some(room) = self.room.checked_sub(size) else {
                self.found.cut_off = true;
                return;
            };
            self.room = room;
            if named.is_tree {
                path.push(b'/');
                let id = |entry: Option<Entry>| entry.map(|entry| entry.id);
                self.folders.push(Folder { path, new: id(entry), olds: olds.into_iter().map(id).collect() });
            } else {
                self.found.changes.push(Changed { path, new: entry, olds });
            }
        }
    }

    fn is_copied_too_often(&mut self, folder: &Folder) -> bool {
        for tree in std::iter::once(&folder.new).chain(&folder.olds).flatten() {
            let copies = self.copies.entry(*tree).or_default();
            *copies += 1;
            self.found.cut_off |= *copies > COPIES;
        }
        self.found.cut_off
    }

    fn read(&mut self, tree: &Option<Oid>) -> Option<(Oid, Vec<u8>)> {
        let tree = (*tree)?;
        let data = trees::read(&mut self.reader, &tree);
        if data.is_none() {
            self.found.unreadable.push(tree);
        }
        Some((tree, data?))
    }

    /// A tree's entries, in order even where they are not.
    fn entries<'t>(&mut self, tree: Option<&'t (Oid, Vec<u8>)>) -> List<'t> {
        let Some((id, data)) = tree else { return List { entries: Vec::new(), in_order: true } };
        let mut list = Entries::of(data, self.hash);
        let mut entries: Vec<_> = list.by_ref().map(Named::from).collect();
        if list.is_broken() {
            self.found.unreadable.push(*id);
        }
        let in_order = entries.is_sorted_by(|one, other| one.order(other).is_le());
        if !in_order {
            entries.sort_by(Named::order);
        }
        List { entries, in_order }
    }
}

/// What a tree has, in order, and whether it had it so.
struct List<'t> {
    entries: Vec<Named<'t>>,
    in_order: bool,
}

impl List<'_> {
    /// Whether the tree was out of order, or names something twice. A file and a folder of one name are twice as well.
    fn is_forged(&self) -> bool {
        let mut names: Vec<&[u8]> = self.entries.iter().map(|entry| entry.name).collect();
        names.sort_unstable();
        !self.in_order || names.windows(2).any(|pair| pair[0] == pair[1])
    }
}

/// An entry with its name. A file and a folder of one name are two things, each compared with its like.
struct Named<'t> {
    name: &'t [u8],
    is_tree: bool,
    entry: Entry,
}

impl<'t> From<trees::Entry<'t>> for Named<'t> {
    fn from(entry: trees::Entry<'t>) -> Named<'t> {
        let (name, is_tree) = (entry.name, entry.is_tree());
        Named { name, is_tree, entry: Entry { mode: entry.mode, id: entry.id() } }
    }
}

impl Named<'_> {
    /// The order of entries in a tree, in which a folder's name ends in a slash; a total one, whatever the names are.
    fn order(&self, other: &Named<'_>) -> Ordering {
        let common = self.name.len().min(other.name.len());
        (self.name[..common].cmp(&other.name[..common]))
            .then_with(|| self.tail(common).cmp(other.tail(common)))
            .then(self.is_tree.cmp(&other.is_tree))
    }

    fn tail(&self, from: usize) -> impl Iterator<Item = u8> {
        self.name[from..].iter().copied().chain(self.is_tree.then_some(b'/'))
    }
}

/// Take what is named like this from the front: in any honest tree, at most one entry.
fn take_named_like<'l, 't>(rest: &mut &'l [Named<'t>], named: &Named<'_>) -> &'l [Named<'t>] {
    let is_alike = |entry: &&Named<'_>| entry.is_tree == named.is_tree && entry.name == named.name;
    let (taken, left) = rest.split_at(rest.iter().take_while(is_alike).count());
    *rest = left;
    taken
}

fn is_same(old: &[Named<'_>], new: &[Named<'_>]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| is_as_before(old.entry, new.entry))
}

fn is_as_before(old: Entry, new: Entry) -> bool {
    let tidy = match old.kind() {
        EntryKind::Regular if old.mode & 0o100 != 0 => 0o100_755,
        EntryKind::Regular => 0o100_644,
        EntryKind::Symlink => 0o120_000,
        EntryKind::Gitlink => 0o160_000,
        EntryKind::Other => old.mode,
    };
    old.id == new.id && (old.mode == new.mode || tidy == new.mode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(name: &[u8], is_tree: bool) -> Named<'_> {
        Named { name, is_tree, entry: Entry { mode: 0, id: Oid::from_bytes(&[0; 20]).unwrap() } }
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_whole_paths(one in "[a/0-]{1,4}", is_tree: bool, other in "[a/0-]{1,4}", too: bool) {
            let path = |name: &str, is_tree: bool| (format!("{name}{}", if is_tree { "/" } else { "" }), is_tree);
            let order = named(one.as_bytes(), is_tree).order(&named(other.as_bytes(), too));
            prop_assert_eq!(order, path(&one, is_tree).cmp(&path(&other, too)));
        }
    }

    #[test]
    fn a_mode_may_be_tidied_and_not_be_made_odd() {
        let entry = |mode| Entry { mode, id: Oid::from_bytes(&[1; 20]).unwrap() };
        for (old, new, want) in [
            (0o100_644, 0o100_644, true),
            (0o100_664, 0o100_644, true),
            (0o100_775, 0o100_755, true),
            (0o120_777, 0o120_000, true),
            (0o100_664, 0o100_664, true),
            (0o100_644, 0o100_664, false),
            (0o100_664, 0o100_755, false),
            (0o100_644, 0o120_000, false),
            (0o000_000, 0o160_000, false),
        ] {
            assert_eq!(is_as_before(entry(old), entry(new)), want, "{old:o} {new:o}");
        }
    }
}
