//! Major upgrades that only lock files show: no manifest asks for the new version, so nobody decided on it where people
//! look.
//!
//! What is locked is read off the whole files, in whatever a lock file's form is. Where that does not tell an old version
//! from a new one (a file that is new, a commit instead of a version), nothing is said: such lock files are ordinary work,
//! and what is too large or no text has rules of its own.

mod entries;
mod line;

use super::super::facts::{Change, Edit, Locked};
use bstr::{BStr, ByteSlice};
pub(in crate::patch) use entries::locked;
use line::Version;
use std::collections::{BTreeMap, BTreeSet};

/// A dependency that gets a new major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upgrade<'f> {
    /// Its name.
    pub(super) name: &'f BStr,
    /// The version that went.
    pub(super) from: &'f BStr,
    /// The version that came.
    pub(super) to: &'f BStr,
}

/// Nothing unless every file is a lock file; else the first major upgrade in each that has one.
pub(super) fn found(changes: &[Change]) -> Vec<(&BStr, Upgrade<'_>)> {
    if !changes.iter().all(|change| entries::is_lock_file(&change.file.path)) {
        return Vec::new();
    }
    let upgrades = changes.iter().filter_map(|change| Some((change.file.path.as_bstr(), first(change)?)));
    upgrades.collect()
}

/// The first dependency of which a version went and a major upgrade of it came. Which one it stands for is asked where
/// several versions of it went: the highest.
fn first(change: &Change) -> Option<Upgrade<'_>> {
    let (was, is) = (versions(&change.old.locked), versions(&change.new.locked));
    let mut gone: BTreeMap<&BStr, Version<'_>> = BTreeMap::new();
    for &(name, text) in was.difference(&is) {
        let Some(version) = Version::read(text) else { continue };
        let highest = gone.entry(name).or_insert(version);
        *highest = (*highest).max(version);
    }
    // What other people's merges brought in is new, too, and not in the lines of this change.
    let come = change.new.locked.iter().filter(|locked| is_in(&change.edit, locked));
    come.filter(|locked| !was.contains(&(locked.name.as_bstr(), locked.version.as_bstr()))).find_map(|locked| {
        let (name, to) = (locked.name.as_bstr(), Version::read(&locked.version)?);
        let from = gone.get(name).filter(|from| to.is_major_upgrade_of(from))?;
        Some(Upgrade { name, from: from.text, to: to.text })
    })
}

fn versions(locked: &[Locked]) -> BTreeSet<(&BStr, &BStr)> {
    locked.iter().map(|locked| (locked.name.as_bstr(), locked.version.as_bstr())).collect()
}

fn is_in(edit: &Edit, locked: &Locked) -> bool {
    let at = edit.added.partition_point(|line| line.number < *locked.lines.start());
    edit.added.get(at).is_some_and(|line| locked.lines.contains(&line.number))
}

#[cfg(test)]
mod tests;
