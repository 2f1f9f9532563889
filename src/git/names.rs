//! Names in a tree beside and above some paths: what a folder holds, and which links stand on the way. Each tree on the
//! way is read once. What cannot be read counts as empty here; comparing trees names it.

use super::objects::ObjectStore;
use super::trees::{self, Entries};
use crate::model::Oid;
use bstr::{BStr, BString, ByteSlice};
use std::collections::{BTreeMap, BTreeSet};

const SYMLINK: u32 = 0o120_000;

/// For each of these folders (`""`, or ending in `/`): the names that `tree` has in it; none where it has no such folder.
pub fn names_in(
    store: &ObjectStore,
    tree: Option<Oid>,
    folders: &BTreeSet<BString>,
) -> BTreeMap<BString, Vec<BString>> {
    let mut names: BTreeMap<_, _> = folders.iter().map(|folder| (folder.clone(), Vec::new())).collect();
    on_the_way(store, tree, folders.iter().map(|folder| folder.as_bstr()), |folder, entries, _| {
        if let Some(names) = names.get_mut(folder) {
            names.extend(Entries::of(entries, store.hash()).map(|entry| BString::from(entry.name)));
        }
    });
    names
}

/// The symbolic links of `tree` that stand where one of these paths has a folder.
pub fn links_on_the_way<'p>(
    store: &ObjectStore,
    tree: Option<Oid>,
    paths: impl IntoIterator<Item = &'p BStr>,
) -> BTreeSet<BString> {
    let mut links = BTreeSet::new();
    on_the_way(store, tree, paths, |folder, entries, paths| {
        let symlinks = Entries::of(entries, store.hash()).filter(|entry| entry.mode & 0o170_000 == SYMLINK);
        let crossed = symlinks.filter(|link| !below(paths, folder.len(), link.name).is_empty());
        links.extend(crossed.map(|link| BString::from([folder, link.name].concat())));
    });
    links
}

/// Look at each folder of `tree` that is on the way to one of `paths`: its path, its tree object's content, and the paths
/// (sorted) that lead to or through it.
fn on_the_way<'p>(
    store: &ObjectStore,
    tree: Option<Oid>,
    paths: impl IntoIterator<Item = &'p BStr>,
    mut look: impl FnMut(&BStr, &[u8], &[&'p BStr]),
) {
    let mut paths: Vec<&BStr> = paths.into_iter().collect();
    paths.sort_unstable();
    let Some(tree) = tree.filter(|_| !paths.is_empty()) else { return };
    let mut reader = store.reader();
    let mut folders = vec![(0, tree, &paths[..])];
    while let Some((length, tree, paths)) = folders.pop() {
        let Some(data) = trees::read(&mut reader, &tree) else { continue };
        look(paths[0][..length].as_bstr(), &data, paths);
        for entry in Entries::of(&data, store.hash()).filter(trees::Entry::is_tree) {
            let below = below(paths, length, entry.name);
            if !below.is_empty() {
                folders.push((length + entry.name.len() + 1, entry.id(), below));
            }
        }
    }
}

/// Those of the sorted `paths`, which agree up to `length`, that go on with this folder's name and a slash.
fn below<'l, 'p>(paths: &'l [&'p BStr], length: usize, name: &[u8]) -> &'l [&'p BStr] {
    // Compared with as much of each path as the name and its slash are long.
    let place = |path: &BStr| {
        let rest = &path[length..];
        let part = &rest[..rest.len().min(name.len())];
        part.as_bytes().cmp(name).then_with(|| rest.get(name.len()).copied().cmp(&Some(b'/')))
    };
    let start = paths.partition_point(|path| place(path).is_lt());
    let end = start + paths[start..].partition_point(|path| place(path).is_eq());
    &paths[start..end]
}
