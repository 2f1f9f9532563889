//! `mode_invalid`: an entry has, or the text of a patch claims, a mode that git does not write.
//!
//! git writes 100644, 100755, 120000 and 160000. Other bits are stored by other programs, or dropped in silence when
//! a patch claims them. A mode that an old tree had already is no news.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, shell_word};
use crate::policy::Scope;

/// The modes of everything that is not a folder.
const CANONICAL: [u32; 4] = [0o100_644, 0o100_755, 0o120_000, 0o160_000];

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let mut objections = Vec::new();
    for change in &facts.changes {
        let file = &change.file;
        let Some(new) = file.new else { continue };
        if CANONICAL.contains(&new.mode) || file.old.is_some_and(|old| old.mode == new.mode) {
            continue;
        }
        let message =
            format!("the new mode {:06o} is none that git writes, so systems differ in what it means", new.mode);
        let objection = Objection::deny(Code::ModeInvalid, message).at(file.path.clone());
        let path = shell_word(&file.path);
        objections.push(objection.help(format!("have git write it: git rm --cached -- {path} && git add -- {path}")));
    }
    for claim in facts.written.iter().flat_map(|written| &written.text.claims) {
        for (which, mode) in [("old", claim.old_mode), ("new", claim.new_mode)] {
            let Some(mode) = mode.filter(|mode| !CANONICAL.contains(mode)) else { continue };
            let message = format!(
                "the patch claims the {which} mode {mode:06o}, which git does not write and would not store as it is"
            );
            let mut objection = Objection::deny(Code::ModeInvalid, message).patch_line(claim.line);
            objection.path = claim.new.clone().or_else(|| claim.old.clone());
            objections.push(objection.help("make the patch with git diff or git format-patch"));
        }
    }
    objections
}

#[cfg(test)]
mod tests {
    use super::super::edits::{facts, modes};
    use super::*;
    use crate::patch::text::{Claim, PatchText};
    use crate::patch::{Outcome, Written};

    fn found(facts: &Facts) -> Vec<Objection> {
        judge(facts, &Scope::default(), &Ask::default())
    }

    #[test]
    fn a_new_entry_has_a_mode_of_git() {
        for (old, new, denied) in [
            (0, 0o100_644, false),
            (0, 0o100_755, false),
            (0, 0o120_000, false),
            (0, 0o160_000, false),
            (0o100_644, 0, false),
            (0, 0o100_664, true),
            (0, 0o104_755, true),
            (0, 0o100_600, true),
            (0, 0o120_777, true),
            (0o100_644, 0o100_664, true),
            (0o100_664, 0o100_664, false),
            (0o100_664, 0o100_644, false),
            (0o100_664, 0o100_666, true),
            (0o100_664, 0, false),
        ] {
            let found = found(&facts([modes("a", old, new, (1, 2))]));
            assert_eq!(!found.is_empty(), denied, "{old:o} {new:o}");
            assert!(found.iter().all(|o| o.effect == crate::model::Effect::Deny && o.path == Some("a".into())));
        }
    }

    #[test]
    fn a_claim_has_a_mode_of_git() {
        let claim = |old_mode, new_mode| Claim {
            line: 7,
            old: None,
            new: Some("x".into()),
            is_copy: false,
            old_mode,
            new_mode,
            added: 0,
            deleted: 0,
            binary: None,
        };
        for (old, new, count) in [
            (None, Some(0o100_644), 0),
            (Some(0o100_644), Some(0o100_755), 0),
            (None, None, 0),
            (None, Some(0o104_755), 1),
            (Some(0o100_664), None, 1),
            (Some(0), Some(0o40_000), 2),
        ] {
            let text = PatchText { claims: vec![claim(old, new)], flaws: Vec::new() };
            let facts = Facts { written: Some(Written { text, outcome: Outcome::NotTried }), ..Facts::default() };
            let found = found(&facts);
            assert_eq!(found.len(), count, "{old:?} {new:?}");
            assert!(found.iter().all(|o| o.patch_line == Some(7) && o.path == Some("x".into())));
        }
    }
}
