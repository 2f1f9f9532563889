//! Changes for the tables of tests: written as a person would write a diff. No rule is judged here.

use crate::model::{Entry, FileChange, Oid, Status};
use crate::patch::{Change, Content, Edit, Facts, Line};
use bstr::{BStr, ByteSlice};

/// An id that is this byte over and over.
pub(super) fn id(byte: u8) -> Oid {
    Oid::from_bytes(&[byte; 20]).unwrap()
}

/// A change of modes (0 for nothing) and, unless both ids are the same, of content.
pub(super) fn modes(path: &str, old: u32, new: u32, ids: (u8, u8)) -> Change {
    let entry = |mode: u32, byte: u8| (mode != 0).then(|| Entry { mode, id: id(byte) });
    let (old, new) = (entry(old, ids.0), entry(new, ids.1));
    let status = match (&old, &new) {
        (None, _) => Status::Added,
        (_, None) => Status::Deleted,
        (Some(old), Some(new)) if old.kind() != new.kind() => Status::TypeChanged,
        _ => Status::Modified,
    };
    let file = FileChange {
        path: path.into(),
        old_path: None,
        status,
        old,
        new,
        size: 0,
        added: 0,
        deleted: 0,
        binary: false,
    };
    Change { file, edit: Edit::default(), old: Content::default(), new: Content::default() }
}

/// An edit in the notation of diffs: `+`, `-` and context lines, all of them numbered; no lines between are left out.
pub(super) fn edit(diff: &str) -> Edit {
    let mut edit = Edit::default();
    let (mut old, mut new) = (0, 0);
    for line in diff.lines() {
        let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        old += u64::from(sign != "+");
        new += u64::from(sign != "-");
        match sign {
            "+" => edit.added.push(Line { number: new, text: text.into() }),
            "-" => edit.removed.push(Line { number: old, text: text.into() }),
            _ => {}
        }
    }
    edit
}

/// A text file that changes as the diff says; one that comes or goes when all its lines do.
pub(super) fn text(path: &str, diff: &str) -> Change {
    let edit = edit(diff);
    let side = |sign: &str| -> Vec<&str> {
        let lines = diff.lines().filter(|line| !line.starts_with(sign));
        lines.map(|line| line.get(1..).unwrap_or_default()).collect()
    };
    let (old, new) = (side("+"), side("-"));
    let mode = |lines: &[&str]| if lines.is_empty() { 0 } else { 0o100_644 };
    let mut change = modes(path, mode(&old), mode(&new), (1, 2));
    let path: &BStr = path.as_bytes().as_bstr();
    change.old = Content::read(path, old.join("\n").as_bytes());
    change.new = Content::read(path, new.join("\n").as_bytes());
    change.file.added = edit.added.len() as u64;
    change.file.deleted = edit.removed.len() as u64;
    change.edit = edit;
    change
}

/// The same, under another name before.
pub(super) fn renamed(old_path: &str, mut change: Change) -> Change {
    change.file.status = Status::Renamed;
    change.file.old_path = Some(old_path.into());
    change
}

/// Facts that are nothing but changes.
pub(super) fn facts(changes: impl Into<Vec<Change>>) -> Facts {
    Facts { changes: changes.into(), ..Facts::default() }
}
