//! `malformed`: a text that git stops at, or one that names other files than git changes.
//!
//! A file that the patch makes and takes away again counts as named and not changed: whoever reads such a patch reads of
//! something that does not happen.

use super::super::facts::{Ask, Facts, Outcome, Written};
use super::super::text::FlawKind;
use crate::model::{Code, Objection, Status, visible};
use crate::policy::Scope;
use bstr::{BStr, BString, ByteSlice};
use std::collections::BTreeSet;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let Some(written) = &facts.written else { return forged(facts) };
    let mut objections = flaws(written, &facts.make_patch());
    if objections.is_empty() && written.outcome == Outcome::Applied {
        objections.extend(difference(facts, written));
        objections.extend(mode_lies(facts, written));
    }
    objections
}

/// What only somebody who makes trees by hand can leave behind.
fn forged(facts: &Facts) -> Vec<Objection> {
    let objection = |folder: &BString| {
        let name = if folder.is_empty() { "the top folder".to_owned() } else { format!("`{}`", visible(folder)) };
        let message =
            format!("{name} is out of order or has a name twice: git and other tools see different files there");
        let objection = Objection::deny(Code::Malformed, message);
        let objection = if folder.is_empty() { objection } else { objection.at(folder.clone()) };
        objection.help("git fsck tells more; make the commit again, with git")
    };
    facts.forged.iter().map(objection).collect()
}

fn flaws(written: &Written, make: &str) -> Vec<Objection> {
    let flaws = written.text.flaws.iter().filter_map(|flaw| {
        let why = match &flaw.kind {
            FlawKind::Broken(why) => why.as_str(),
            FlawKind::Quoting => "the quoting of a name is broken",
            _ => return None,
        };
        let message = format!("{why}; git does not apply it, or not as it reads");
        let objection = Objection::deny(Code::Malformed, message).patch_line(flaw.line);
        Some(objection.help(format!("make the patch again, with git and in one piece: {make}")))
    });
    flaws.collect()
}

/// Modes that the text says change, and that do not: git takes the new one and asks nothing.
fn mode_lies(facts: &Facts, written: &Written) -> Vec<Objection> {
    let unchanged: BTreeSet<&BStr> = facts
        .changes
        .iter()
        .map(|change| &change.file)
        .filter(|file| file.old.zip(file.new).is_some_and(|(old, new)| old.mode == new.mode))
        .map(|file| file.path.as_bstr())
        .collect();
    let lies = written.text.claims.iter().filter_map(|claim| {
        let (old, new) = claim.old_mode.zip(claim.new_mode)?;
        let path = claim.new.as_ref().filter(|path| old != new && unchanged.contains(path.as_bstr()))?;
        let message = format!(
            "the text says that the mode changes from {old:06o} to {new:06o}, and it is the same before and after"
        );
        Some(
            Objection::deny(Code::Malformed, message)
                .at(path.clone())
                .patch_line(claim.line)
                .help(format!("make the patch again: {}", facts.make_patch())),
        )
    });
    lies.collect()
}

/// The files that the text names beside those that git changes. A copy's source is named and does not change.
fn difference(facts: &Facts, written: &Written) -> Option<Objection> {
    let mut claimed: BTreeSet<&BStr> = BTreeSet::new();
    for claim in &written.text.claims {
        claimed.extend(claim.old.as_ref().filter(|_| !claim.is_copy).map(|path| path.as_bstr()));
        claimed.extend(claim.new.as_ref().map(|path| path.as_bstr()));
    }
    let mut real: BTreeSet<&BStr> = BTreeSet::new();
    for change in &facts.changes {
        real.insert(change.file.path.as_bstr());
        let gone = change.file.old_path.as_ref().filter(|_| change.file.status == Status::Renamed);
        real.extend(gone.map(|path| path.as_bstr()));
    }
    let hidden = real.difference(&claimed).next();
    let idle = claimed.difference(&real).next();
    let (path, message) = match (hidden, idle) {
        (None, None) => return None,
        (Some(hidden), None) => (hidden, format!("git changes {}, which the text does not name", visible(hidden))),
        (None, Some(idle)) => {
            (idle, format!("the text names {}, which is the same before and after it", visible(idle)))
        }
        (Some(hidden), Some(idle)) => {
            (hidden, format!("the text names {} where git changes {}", visible(idle), visible(hidden)))
        }
    };
    let line = |path: &BStr| {
        let named = |name: &Option<bstr::BString>| name.as_ref().is_some_and(|name| name == path);
        written.text.claims.iter().find(|claim| named(&claim.old) || named(&claim.new)).map(|claim| claim.line)
    };
    let mut objection = Objection::deny(Code::Malformed, message).at(path.to_owned());
    objection.patch_line = idle.and_then(|idle| line(idle));
    let make = facts.make_patch();
    Some(objection.help(format!("give one patch from the base to the result, each file in it once: {make}")))
}

#[cfg(test)]
mod tests {
    use super::super::super::text::{Claim, PatchText};
    use super::super::super::{Change, Content, Edit};
    use super::*;
    use crate::model::FileChange;

    fn claim(old: &str, new: &str, is_copy: bool) -> Claim {
        let name = |name: &str| Some(name.into()).filter(|_| !name.is_empty());
        let (old, new) = (name(old), name(new));
        Claim { line: 7, old, new, is_copy, old_mode: None, new_mode: None, added: 0, deleted: 0, binary: None }
    }

    fn change(status: Status, path: &str, old_path: Option<&str>) -> Change {
        let old_path = old_path.map(Into::into);
        let file = FileChange {
            path: path.into(),
            old_path,
            status,
            old: None,
            new: None,
            size: 0,
            added: 0,
            deleted: 0,
            binary: false,
        };
        Change { file, edit: Edit::default(), old: Content::default(), new: Content::default() }
    }

    fn objections(claims: Vec<Claim>, changes: Vec<Change>) -> Vec<String> {
        let text = PatchText { claims, flaws: Vec::new() };
        let written = Some(Written { text, outcome: Outcome::Applied });
        let facts = Facts { changes, written, ..Facts::default() };
        judge(&facts, &Scope::default(), &Ask::default()).into_iter().map(|objection| objection.message).collect()
    }

    #[test]
    fn the_text_names_what_changes_and_nothing_else() {
        use Status::{Added, Copied, Deleted, Modified, Renamed};
        let claims = vec![claim("", "new", false), claim("gone", "", false), claim("a", "b", false)];
        let changes = vec![change(Added, "new", None), change(Deleted, "gone", None), change(Renamed, "b", Some("a"))];
        assert_eq!(objections(claims, changes), [""; 0]);
        let copy = vec![claim("src", "dst", true), claim("x", "x", false), claim("x", "x", false)];
        let changes = || vec![change(Added, "dst", None), change(Modified, "x", None)];
        assert_eq!(objections(copy.clone(), changes()), [""; 0]);
        assert_eq!(objections(copy, vec![change(Copied, "dst", Some("src")), change(Modified, "x", None)]), [""; 0]);
        let hidden = objections(vec![claim("x", "x", false)], changes());
        assert!(hidden[0].contains("git changes dst"), "{hidden:?}");
        let idle = objections(vec![claim("x", "x", false), claim("a\u{202e}", "dst", false)], changes());
        assert!(idle[0].contains("names a\\u{202e}, which is the same"), "{idle:?}");
        let both = objections(vec![claim("dev/null", "dst", false)], changes());
        assert!(both[0].contains("names dev/null where git changes x"), "{both:?}");
    }
}
