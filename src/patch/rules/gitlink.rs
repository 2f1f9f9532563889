//! `gitlink`: a submodule comes, goes, or points to another commit.
//!
//! One line of a diff stands for a whole other history. Which changes that brings is not looked up: the other
//! repository is not here.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Entry, EntryKind, FileChange, Objection, Status, Tier, visible};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    facts.changes.iter().filter_map(|change| of(&change.file)).collect()
}

fn of(file: &FileChange) -> Option<Objection> {
    let gitlink = |entry: Option<Entry>| entry.filter(|entry| entry.kind() == EntryKind::Gitlink);
    let said = match (gitlink(file.old), gitlink(file.new)) {
        (None, None) => return None,
        (Some(old), Some(new)) if old.id != new.id => {
            format!("the submodule moves from commit {} to {}", old.id.short(), new.id.short())
        }
        (Some(_), Some(new)) => {
            let from = file.old_path.as_ref().filter(|_| matches!(file.status, Status::Renamed | Status::Copied));
            let from = from.map_or(String::new(), |from| format!(" from {}", visible(from)));
            format!("the submodule at commit {} moves here{from}", new.id.short())
        }
        (None, Some(new)) if file.old.is_some() => {
            format!("the file becomes a submodule at commit {}", new.id.short())
        }
        (None, Some(new)) => format!("a submodule is added at commit {}", new.id.short()),
        (Some(old), None) if file.new.is_some() => {
            format!("the submodule, which was at commit {}, becomes a file", old.id.short())
        }
        (Some(old), None) => format!("the submodule, which was at commit {}, is removed", old.id.short()),
    };
    let message = format!("{said}; what changes inside is not in the diff");
    let help = "whoever approves it reads the other repository's log between the two commits";
    Some(Objection::review(Code::Gitlink, Tier::High, message).at(file.path.clone()).help(help))
}

#[cfg(test)]
mod tests {
    use super::super::edits::{modes, renamed};
    use super::*;

    #[test]
    fn every_way_a_submodule_changes_is_told() {
        const FILE: u32 = 0o100_644;
        const LINK: u32 = 0o120_000;
        const MODULE: u32 = 0o160_000;
        let said = |old, new| of(&modes("lib", old, new, (0x11, 0x22)).file).map(|o| o.message);
        for (old, new, words) in [
            (0, MODULE, "a submodule is added at commit 2222222222"),
            (MODULE, 0, "which was at commit 1111111111, is removed"),
            (MODULE, MODULE, "from commit 1111111111 to 2222222222"),
            (FILE, MODULE, "the file becomes a submodule at commit 2222222222"),
            (LINK, MODULE, "becomes a submodule"),
            (MODULE, FILE, "becomes a file"),
        ] {
            let said = said(old, new).unwrap();
            assert!(said.contains(words), "{said}");
        }
        for (old, new) in [(0, FILE), (FILE, 0), (FILE, LINK), (LINK, FILE), (FILE, FILE)] {
            assert_eq!(said(old, new), None);
        }
        let moved = of(&renamed("old\nlib", modes("lib", MODULE, MODULE, (0x22, 0x22))).file).unwrap();
        assert!(moved.message.contains("moves here from old\\nlib"), "{}", moved.message);
    }
}
