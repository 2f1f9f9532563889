//! Small changes for the tests of the rules: one function a kind, and facts made of them. Contents and ids are all alike.

use super::facts::{Ask, Change, Content, Edit, Facts, Line, Outcome, Written};
use super::text::{Claim, PatchText};
use crate::model::{Entry, FileChange, Objection, Oid, Status};
use crate::policy::{PathGlob, PathGlobs, Scope};
use bstr::{BString, ByteSlice};
use std::collections::BTreeSet;

/// A new file.
pub(super) fn added(path: impl Into<BString>) -> Change {
    change(path.into(), None, Status::Added, None, Some(0o100_644))
}

/// A new symbolic link.
pub(super) fn linked(path: impl Into<BString>) -> Change {
    change(path.into(), None, Status::Added, None, Some(0o120_000))
}

/// A file with other content.
pub(super) fn modified(path: impl Into<BString>) -> Change {
    change(path.into(), None, Status::Modified, Some(0o100_644), Some(0o100_644))
}

/// A file that goes.
pub(super) fn deleted(path: impl Into<BString>) -> Change {
    change(path.into(), None, Status::Deleted, Some(0o100_644), None)
}

/// A file that moves.
pub(super) fn renamed(old: impl Into<BString>, new: impl Into<BString>) -> Change {
    change(new.into(), Some(old.into()), Status::Renamed, Some(0o100_644), Some(0o100_644))
}

/// A file in which lines from the first on went and came.
pub(super) fn rewritten(path: impl Into<BString>, removed: &[&str], added: &[&str]) -> Change {
    let lines = |texts: &[&str]| (1..).zip(texts).map(|(number, &text)| Line { number, text: text.into() }).collect();
    Change { edit: Edit { added: lines(added), removed: lines(removed) }, ..modified(path) }
}

fn change(path: BString, old_path: Option<BString>, status: Status, old: Option<u32>, new: Option<u32>) -> Change {
    let entry = |byte: u8| move |mode| Entry { mode, id: Oid::from_bytes(&[byte; 20]).unwrap() };
    let (old, new) = (old.map(entry(1)), new.map(entry(2)));
    let file = FileChange { path, old_path, status, old, new, size: 0, added: 0, deleted: 0, binary: false };
    Change { file, edit: Edit::default(), old: Content::default(), new: Content::default() }
}

/// The facts of a change between two trees, of which nothing else is known.
pub(super) fn facts(changes: impl IntoIterator<Item = Change>) -> Facts {
    Facts { changes: changes.into_iter().collect(), ..Facts::default() }
}

/// The facts of a change of a tree that has these files, with [`Facts::folders`].
pub(super) fn upon(base: &[&str], changes: impl IntoIterator<Item = Change>) -> Facts {
    let mut facts = facts(changes);
    let mut tree: BTreeSet<BString> = base.iter().map(|path| BString::from(*path)).collect();
    for Change { file, .. } in &facts.changes {
        tree.remove(file.old_path.as_ref().unwrap_or(&file.path));
    }
    let present = facts.changes.iter().filter(|change| change.file.new.is_some());
    tree.extend(present.map(|change| change.file.path.clone()));
    let folders = |path: &BString| -> Vec<BString> {
        let slashes = path.find_iter(b"/").map(|slash| path[..=slash].into());
        [BString::default()].into_iter().chain(slashes).collect()
    };
    let on_the_way: BTreeSet<BString> = facts.arriving().flat_map(|path| folders(&path.into())).collect();
    for folder in on_the_way {
        let below = tree.iter().filter_map(|path| path.strip_prefix(folder.as_slice()));
        let names: BTreeSet<BString> = below.filter_map(|rest| rest.split_str("/").next().map(BString::from)).collect();
        facts.folders.insert(folder, names.into_iter().collect());
    }
    facts
}

/// What a text says of one file.
pub(super) fn claim(old: Option<&str>, new: Option<&str>) -> Claim {
    Claim {
        line: 1,
        old: old.map(BString::from),
        new: new.map(BString::from),
        is_copy: false,
        old_mode: None,
        new_mode: None,
        added: 0,
        deleted: 0,
        binary: None,
    }
}

/// What a text says of a file that is copied.
pub(super) fn copied(old: &str, new: &str) -> Claim {
    Claim { is_copy: true, ..claim(Some(old), Some(new)) }
}

/// The facts of a patch that git refused.
pub(super) fn refused(claims: impl IntoIterator<Item = Claim>) -> Facts {
    written(claims, Outcome::Refused("error: no".into()), [])
}

/// The facts of a patch that git applied.
pub(super) fn applied(claims: impl IntoIterator<Item = Claim>, changes: impl IntoIterator<Item = Change>) -> Facts {
    written(claims, Outcome::Applied, changes)
}

fn written(
    claims: impl IntoIterator<Item = Claim>,
    outcome: Outcome,
    changes: impl IntoIterator<Item = Change>,
) -> Facts {
    let text = PatchText { claims: claims.into_iter().collect(), flaws: Vec::new() };
    Facts { written: Some(Written { text, outcome }), ..facts(changes) }
}

/// Patterns over paths.
pub(super) fn globs(patterns: &[&str]) -> PathGlobs {
    let patterns: Vec<_> = patterns.iter().map(|pattern| PathGlob::new(pattern).unwrap()).collect();
    PathGlobs::new(&patterns).unwrap()
}

/// What a rule says of facts by a policy that sets nothing, when nothing is asked: the paths.
pub(super) fn paths_against(rule: fn(&Facts, &Scope, &Ask) -> Vec<Objection>, facts: &Facts) -> Vec<String> {
    paths(&rule(facts, &Scope::default(), &Ask::default()))
}

/// Where objections are; `-` for those that have no place.
pub(super) fn paths(objections: &[Objection]) -> Vec<String> {
    let path = |o: &Objection| o.path.as_ref().map_or("-".into(), |path| path.to_string());
    objections.iter().map(path).collect()
}
