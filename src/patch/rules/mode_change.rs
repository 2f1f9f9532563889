//! `mode_change`: a file that is there becomes one that can be run, or stops being one; a link becomes a file.
//!
//! Nothing in the lines of a diff shows it. A new file that can be run is ordinary work; what becomes a link or a
//! submodule is told by those rules.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Entry, EntryKind, FileChange, Objection, Status, Tier, shell_word};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    facts.changes.iter().filter_map(|change| of(&change.file)).collect()
}

fn of(file: &FileChange) -> Option<Objection> {
    let (old, new) = (file.old?, file.new?);
    if file.status == Status::Copied || new.kind() != EntryKind::Regular {
        return None;
    }
    let path = shell_word(&file.path);
    let (message, help) = match old.kind() {
        EntryKind::Regular if old.is_executable() == new.is_executable() => return None,
        EntryKind::Regular if new.is_executable() => (
            format!("the file can be run from now on ({})", modes(old, new)),
            format!("if nobody is to run it: git update-index --chmod=-x -- {path}"),
        ),
        EntryKind::Regular => (
            format!("the file cannot be run any more ({}); whatever runs it fails", modes(old, new)),
            format!("if it is still to be run: git update-index --chmod=+x -- {path}"),
        ),
        EntryKind::Symlink => (
            format!("a symbolic link becomes a file ({})", modes(old, new)),
            "some systems check links out as files; if that is how it came, commit the link again".to_owned(),
        ),
        EntryKind::Gitlink | EntryKind::Other => return None,
    };
    Some(Objection::review(Code::ModeChange, Tier::Medium, message).at(file.path.clone()).help(help))
}

fn modes(old: Entry, new: Entry) -> String {
    format!("mode {:06o} to {:06o}", old.mode, new.mode)
}

#[cfg(test)]
mod tests {
    use super::super::edits::{modes, renamed};
    use super::*;

    #[test]
    fn only_what_was_there_changes_its_mode() {
        const FILE: u32 = 0o100_644;
        const RUN: u32 = 0o100_755;
        const LINK: u32 = 0o120_000;
        const MODULE: u32 = 0o160_000;
        for (old, new, asked) in [
            (FILE, RUN, true),
            (RUN, FILE, true),
            (LINK, FILE, true),
            (LINK, RUN, true),
            (FILE, FILE, false),
            (RUN, RUN, false),
            (0, RUN, false),
            (RUN, 0, false),
            (FILE, LINK, false),
            (FILE, MODULE, false),
            (MODULE, FILE, false),
            (LINK, LINK, false),
            (0o100_664, FILE, false),
            (0o100_775, RUN, false),
            (0o100_664, RUN, true),
        ] {
            let change = modes("x", old, new, (1, 2));
            assert_eq!(of(&change.file).is_some(), asked, "{old:o} {new:o}");
            if old != 0 && new != 0 {
                let renamed = renamed("y", change.clone());
                assert_eq!(of(&renamed.file).is_some(), asked, "renamed {old:o} {new:o}");
                let mut copied = renamed;
                copied.file.status = Status::Copied;
                assert_eq!(of(&copied.file), None, "a copy is a new file");
            }
        }
    }
}
