//! What `git write-tree` would write, but kept in memory: a patch to twenty thousand files would otherwise cost two thousand
//! files more. Folders that the index knows by a tree already stay that tree.

use crate::model::Oid;
use anyhow::{Context, Result};
use bstr::ByteSlice;
use gix::index::extension::Tree;
use std::collections::HashMap;
use std::path::Path;

/// Tree objects that are nowhere written down.
pub(in crate::git) type Trees = HashMap<Oid, Vec<u8>>;

/// The tree that an index stands for (`None` when it is empty), and all the trees in it that are new.
pub(super) fn trees(index: &Path, hash: gix::hash::Kind) -> Result<(Option<Oid>, Trees)> {
    let index = gix::index::File::at(index, hash, true, gix::index::decode::Options::default());
    let index = index.context("the index that git wrote cannot be read")?;
    let paths = index.path_backing();
    let mut rest = index.entries();
    let mut folders = vec![Folder { start: 0, known: index.tree(), content: Vec::new() }];
    let mut trees = Trees::new();
    let (mut last, mut is_new): (&[u8], bool) = (b"", true);
    while let Some((entry, others)) = rest.split_first() {
        let path = entry.path_in(paths).as_bytes();
        // Folders that this path is not in are done.
        let common =
            if is_new { path.iter().zip(last).take_while(|(one, other)| one == other).count() } else { path.len() };
        close(&mut folders, common, last, hash, &mut trees)?;
        (last, is_new) = (path, false);
        let Some(folder) = folders.last_mut() else { break };
        let below = &path[folder.start..];
        let Some(slash) = below.find_byte(b'/') else {
            push(&mut folder.content, entry.mode.bits(), below, entry.id.as_bytes());
            (rest, is_new) = (others, true);
            continue;
        };
        let name = &below[..slash];
        let known = folder.known.and_then(|known| {
            let place = known.children.binary_search_by(|child| child.name.as_slice().cmp(name)).ok()?;
            known.children.get(place)
        });
        // The folder's path, with its slash.
        let inside = |entry: &gix::index::Entry| entry.path_in(paths).starts_with(&path[..=folder.start + slash]);
        let count = known.and_then(|known| known.num_entries).unwrap_or(0) as usize;
        match known {
            Some(known) if count > 0 && rest.iter().take_while(|entry| inside(entry)).count() == count => {
                push(&mut folder.content, 0o40_000, name, known.id.as_bytes());
                (rest, is_new) = (&rest[count..], true);
            }
            _ => {
                let start = folder.start + slash + 1;
                folders.push(Folder { start, known, content: Vec::new() });
            }
        }
    }
    close(&mut folders, 0, last, hash, &mut trees)?;
    let root = folders.pop().map(|root| root.content).filter(|content| !content.is_empty());
    let root = root.map(|content| store(content, hash, &mut trees)).transpose()?;
    Ok((root, trees))
}

/// A folder of which not all entries were seen yet.
struct Folder<'i> {
    /// How much of a path in it is the folder's own.
    start: usize,
    known: Option<&'i Tree>,
    content: Vec<u8>,
}

/// Finish the folders of `path` that are deeper than `common`; the outermost one stays.
fn close(
    folders: &mut Vec<Folder<'_>>,
    common: usize,
    path: &[u8],
    hash: gix::hash::Kind,
    trees: &mut Trees,
) -> Result<()> {
    while folders.last().is_some_and(|folder| folder.start > common)
        && let Some(folder) = folders.pop()
        && let Some(parent) = folders.last_mut()
    {
        let id = store(folder.content, hash, trees)?;
        push(&mut parent.content, 0o40_000, &path[parent.start..folder.start - 1], id.as_bytes());
    }
    Ok(())
}

fn push(content: &mut Vec<u8>, mode: u32, name: &[u8], id: &[u8]) {
    content.extend(format!("{mode:o} ").into_bytes());
    content.extend_from_slice(name);
    content.push(0);
    content.extend_from_slice(id);
}

fn store(content: Vec<u8>, hash: gix::hash::Kind, trees: &mut Trees) -> Result<Oid> {
    let id = gix::objs::compute_hash(hash, gix::objs::Kind::Tree, &content).context("a tree cannot be named")?;
    let id = super::super::oid(&id);
    trees.insert(id, content);
    Ok(id)
}
