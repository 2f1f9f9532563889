//! From two trees, or several, to the facts that the gate judges: what changes, what a patch claims, and what lies around
//! it. Contents are read in [`content`]; what any of it means is for the gate to say.

mod content;

use crate::git::difference::difference;
use crate::git::names::{links_on_the_way, names_in};
use crate::git::objects::ObjectStore;
use crate::git::trees;
use crate::model::{EntryKind, Oid, Status};
use crate::patch::codeowners::{CodeOwners, PLACES};
use crate::patch::{Change, Facts, How, Written};
use crate::policy::Scope;
use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};
use std::collections::{BTreeSet, HashMap};

/// Forges ignore a larger CODEOWNERS.
const MAX_OWNERS: usize = 3 << 20;

/// What tree `new` changes over `olds`, the first of which is the base; `None` stands for an empty tree. With it what a
/// patch claims, when there was one.
///
/// # Errors
/// There is more of it than can be listed, or the base cannot be read.
pub(super) fn facts(
    store: &ObjectStore,
    new: Option<Oid>,
    olds: &[Option<Oid>],
    written: Option<Written>,
    scope: &Scope,
) -> Result<Facts> {
    let difference = difference(store, new, olds);
    let unread =
        difference.unreadable.first().map(|tree| format!("tree {tree} is not in this repository, or is no tree"));
    let forged = difference.forged.clone();
    let (changes, gap) = content::changes(store, difference, scope)?;
    let mut facts = Facts { changes, written, forged, gap: unread.or(gap), ..Facts::default() };
    let base = olds.first().copied().flatten();
    if let Some(base) = base {
        name_copies(store, base, &mut facts)?;
    }
    let arriving = facts.touched().into_iter().filter(|touched| touched.how == How::Arrives);
    let folders: BTreeSet<BString> = arriving.flat_map(|touched| folders_of(touched.path)).collect();
    if !folders.is_empty() {
        facts.folders = names_in(store, new, &folders);
    }
    facts.links = links(store, base, &facts);
    Ok(facts)
}

/// The links of the base on the way to what the change names.
pub(super) fn links(store: &ObjectStore, base: Option<Oid>, facts: &Facts) -> BTreeSet<BString> {
    links_on_the_way(store, base, facts.touched().into_iter().map(|touched| touched.path))
}

/// Who owns what, by this tree. What is no regular file, or is larger than forges read, is none.
///
/// # Errors
/// Something on the way to it cannot be read.
pub(super) fn owners(store: &ObjectStore, tree: Oid) -> Result<Option<CodeOwners>> {
    for place in PLACES {
        let there = trees::entry(store, tree, place.into())?;
        if there.is_some_and(|entry| entry.kind() == EntryKind::Regular) {
            let text = trees::file(store, tree, place.into())?.filter(|text| text.len() <= MAX_OWNERS);
            return Ok(text.map(|text| CodeOwners::parse(place, &text)));
        }
    }
    Ok(None)
}

/// The folders on the way to a path: `""`, or ending in `/`.
fn folders_of(path: &BStr) -> impl Iterator<Item = BString> {
    std::iter::once(BString::default()).chain(path.find_iter("/").map(|slash| BString::from(&path[..=slash])))
}

/// Say of what was added as a copy where it was copied from. All of its lines count all the same: the same change must
/// not weigh less as a patch than as a commit, which does not tell a copy.
fn name_copies(store: &ObjectStore, base: Oid, facts: &mut Facts) -> Result<()> {
    let claims = facts.written.iter().flat_map(|written| &written.text.claims).filter(|claim| claim.is_copy);
    let sources: HashMap<&BString, &BString> =
        claims.filter_map(|claim| Some((claim.new.as_ref()?, claim.old.as_ref()?))).collect();
    for Change { file, .. } in facts.changes.iter_mut().filter(|change| change.file.status == Status::Added) {
        if let Some(source) = sources.get(&file.path) {
            // It may itself have been made by the same patch.
            file.old = trees::entry(store, base, source.as_bstr())?;
            file.old_path = Some((*source).clone());
            file.status = Status::Copied;
        }
    }
    Ok(())
}
