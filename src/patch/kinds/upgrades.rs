//! Major upgrades that only lock files show: no manifest asks for the new version, so nobody decided on it where people
//! look.
//!
//! Names and versions are read off the lines that went and came, in whatever a lock file's form is. Where these lines do
//! not tell an old version from a new one (a file that is new, a commit instead of a version, more versions gone than
//! come), nothing is said: such lock files are ordinary work, and what is too large or no text has rules of its own.

mod line;

use super::super::facts::{Change, Edit, Line};
use bstr::{BStr, ByteSlice};
use line::{Said, Version};
use std::collections::BTreeMap;

/// The lock files of package managers, in lower case.
const LOCK_FILES: [&str; 24] = [
    "bun.lock",
    "cargo.lock",
    "cartfile.resolved",
    "composer.lock",
    "conan.lock",
    "deno.lock",
    "flake.lock",
    "gemfile.lock",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.resolved",
    "packages.lock.json",
    "pdm.lock",
    "pipfile.lock",
    "pnpm-lock.yaml",
    "podfile.lock",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
];

/// A dependency that gets a new major version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Upgrade<'f> {
    /// Its name, where the lines that differ say it.
    pub(super) name: Option<&'f BStr>,
    /// The version that went.
    pub(super) from: &'f BStr,
    /// The version that came.
    pub(super) to: &'f BStr,
}

/// Nothing unless every file is a lock file; else the first major upgrade in each that has one.
pub(super) fn found(changes: &[Change]) -> Vec<(&BStr, Upgrade<'_>)> {
    if !changes.iter().all(|change| is_lock_file(&change.file.path)) {
        return Vec::new();
    }
    let upgrades = changes.iter().filter_map(|change| Some((change.file.path.as_bstr(), first(&change.edit)?)));
    upgrades.collect()
}

fn is_lock_file(path: &[u8]) -> bool {
    let name = path.rsplit_str("/").next().unwrap_or(path).to_ascii_lowercase();
    LOCK_FILES.iter().any(|known| known.as_bytes() == name)
}

/// The first major upgrade: of a dependency by name, wherever in the file its lines stand; else between a line that went
/// and the one that came in its place.
fn first(edit: &Edit) -> Option<Upgrade<'_>> {
    let (mut gone, mut come): (BTreeMap<&BStr, Version<'_>>, Vec<(&BStr, Version<'_>)>) = Default::default();
    let mut in_place = None;
    for (removed, added) in places(edit) {
        let (old, new) = (versions(removed), versions(added));
        for (name, version) in old.named {
            let highest = gone.entry(name).or_insert(version);
            *highest = (*highest).max(version);
        }
        come.extend(new.named);
        if old.nameless.len() == new.nameless.len() {
            let mut pairs = old.nameless.into_iter().zip(new.nameless);
            in_place = in_place.or_else(|| pairs.find(|(old, new)| new.is_major_upgrade_of(old)));
        }
    }
    let by_name = come.into_iter().find_map(|(name, to)| {
        let from = gone.get(name).filter(|from| to.is_major_upgrade_of(from))?;
        Some(Upgrade { name: Some(name), from: from.text, to: to.text })
    });
    by_name.or_else(|| in_place.map(|(from, to)| Upgrade { name: None, from: from.text, to: to.text }))
}

/// What lines that stand together say.
#[derive(Default)]
struct Versions<'f> {
    named: Vec<(&'f BStr, Version<'f>)>,
    /// The name stands in lines that stay.
    nameless: Vec<Version<'f>>,
}

fn versions(lines: &[Line]) -> Versions<'_> {
    let mut found = Versions::default();
    let mut name = None;
    for line in lines {
        match line::read(line.text.as_bstr()) {
            Some(Said::Both(named, version)) => found.named.push((named, version)),
            Some(Said::Name(new)) => name = Some(new),
            Some(Said::Version(version)) => match name.take() {
                Some(name) => found.named.push((name, version)),
                None => found.nameless.push(version),
            },
            None => {}
        }
    }
    found
}

/// The lines that went and those that came instead, place by place: between places, as many lines stay in the old file
/// as in the new one.
fn places(edit: &Edit) -> Vec<(&[Line], &[Line])> {
    let mut places = Vec::new();
    let (mut removed, mut added) = (edit.removed.as_slice(), edit.added.as_slice());
    let (mut old, mut new) = (1, 1);
    while !removed.is_empty() || !added.is_empty() {
        let until = |lines: &[Line], from: u64| lines.first().map_or(u64::MAX, |line| line.number.saturating_sub(from));
        let stay = until(removed, old).min(until(added, new));
        (old, new) = (old + stay, new + stay);
        let (here_old, rest_old) = removed.split_at(run(removed, old));
        let (here_new, rest_new) = added.split_at(run(added, new));
        if here_old.is_empty() && here_new.is_empty() {
            break;
        }
        (old, new) = (old + here_old.len() as u64, new + here_new.len() as u64);
        (removed, added) = (rest_old, rest_new);
        places.push((here_old, here_new));
    }
    places
}

/// How many of these lines stand one after the other from this number on.
fn run(lines: &[Line], from: u64) -> usize {
    lines.iter().zip(from..).take_while(|(line, number)| line.number == *number).count()
}

#[cfg(test)]
mod tests;
