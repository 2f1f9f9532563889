//! `binary_in_text`: a text is changed so that no diff shows it.
//!
//! Three ways: the patch is written in git's binary form although both sides are text; a text becomes binary; NUL bytes
//! come into a text behind the 8,000 bytes that git looks at. Text is what anybody can read; git also takes for text
//! what merely has no NUL near its start (many a PDF), and that, like a binary file that stays one, is told by
//! `binary_change`.

use super::super::facts::{Ask, Change, Facts, Form};
use crate::model::{Code, Objection};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
use std::collections::{HashMap, HashSet};

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let own = facts.changes.iter().filter_map(|change| turned(change).or_else(|| nul(change)));
    own.chain(written(facts)).collect()
}

/// Patches in binary form of what is text.
fn written(facts: &Facts) -> Vec<Objection> {
    let claims = facts.written.iter().flat_map(|written| &written.text.claims);
    let claims: Vec<_> = claims.filter(|claim| claim.binary.is_some()).collect();
    if claims.is_empty() {
        return Vec::new();
    }
    let text: HashMap<&BStr, &Change> = facts
        .changes
        .iter()
        .filter(|change| !change.file.binary)
        .flat_map(|change| {
            let paths = [Some(&change.file.path), change.file.old_path.as_ref()];
            paths.into_iter().flatten().map(move |path| (path.as_bstr(), change))
        })
        .collect();
    let found = claims.into_iter().filter_map(|claim| {
        let names = [claim.new.as_ref(), claim.old.as_ref()];
        let change = names.into_iter().flatten().find_map(|name| text.get(name.as_bstr()))?;
        let message = "the patch changes a text in binary form, so that nobody can read what it does";
        let objection = Objection::deny(Code::BinaryInText, message).at(change.file.path.clone());
        Some(objection.patch_line(claim.line).help("write it as lines: git diff --text, or git format-patch --text"))
    });
    found.collect()
}

/// A text that becomes binary.
fn turned(change: &Change) -> Option<Objection> {
    if change.old.form != Form::Text || !change.old.plain || change.new.form != Form::Binary {
        return None;
    }
    let message = "a text becomes binary: from now on no diff shows what is in it";
    let objection = Objection::deny(Code::BinaryInText, message).at(change.file.path.clone());
    Some(objection.help("keep it text (UTF-8, no NUL bytes); give a binary file a name of its own"))
}

/// Lines with NUL bytes that come into a text.
fn nul(change: &Change) -> Option<Objection> {
    let line = nul_line(change).filter(|_| change.old.plain || change.new.plain)?;
    let message = "a new line holds a NUL byte, so that programs read the text to different ends";
    let objection = Objection::deny(Code::BinaryInText, message).at(change.file.path.clone()).line(line);
    Some(objection.help("take the byte out, or write it as an escape (\\0)"))
}

/// The first new line with a NUL byte in what git takes for text.
pub(super) fn nul_line(change: &Change) -> Option<u64> {
    let has_nul = |text: &[u8]| memchr::memchr(0, text).is_some();
    let added: Vec<_> = change.edit.added.iter().filter(|line| has_nul(&line.text)).collect();
    if change.file.binary || added.is_empty() {
        return None;
    }
    let known: HashSet<&BStr> = change.edit.removed.iter().map(|line| line.text.as_bstr()).collect();
    added.into_iter().find(|line| !known.contains(line.text.as_bstr())).map(|line| line.number)
}

#[cfg(test)]
mod tests {
    use super::super::edits::{facts, modes, renamed, text};
    use super::*;
    use crate::model::Effect;
    use crate::patch::text::{Claim, PatchText};
    use crate::patch::{Outcome, Written};

    fn found(facts: &Facts) -> Vec<Objection> {
        judge(facts, &Scope::default(), &Ask::default())
    }

    #[test]
    fn text_that_becomes_binary_is_denied() {
        use Form::{Binary, Empty, Text};
        for (old, plain, new, denied) in [
            (Text, true, Binary, true),
            (Text, false, Binary, false),
            (Binary, false, Text, false),
            (Binary, false, Binary, false),
            (Text, true, Text, false),
            (Empty, false, Binary, false),
            (Text, true, Empty, false),
        ] {
            let mut change = modes("a", 0o100_644, 0o100_644, (1, 2));
            change.file.binary = old == Binary || new == Binary;
            (change.old.form, change.old.plain, change.new.form) = (old, plain, new);
            let found = found(&facts([change]));
            assert_eq!(!found.is_empty(), denied, "{old:?} {new:?}");
            assert!(found.iter().all(|o| o.effect == Effect::Deny));
        }
    }

    #[test]
    fn nul_bytes_in_new_lines_are_denied() {
        for (diff, line) in [
            (" a\n+b\0c", Some(2)),
            ("-b\0c\n+x\n+b\0c", None),
            ("-b\0c", None),
            ("-b\0c\n+b\0d", Some(1)),
            ("+abc", None),
        ] {
            let mut change = text("a.txt", diff);
            change.file.binary = false;
            (change.old.form, change.new.form) = (Form::Text, Form::Text);
            (change.old.plain, change.new.plain) = (false, false);
            assert_eq!(found(&facts([change.clone()])), [], "no text: {diff:?}");
            change.old.plain = true;
            assert_eq!(found(&facts([change])).first().map(|o| o.line), line.map(Some), "{diff:?}");
        }
    }

    #[test]
    fn a_text_is_not_written_in_binary_form() {
        let with = |claim: &str, binary: Option<u64>, change: Change| {
            let claim = Claim {
                line: 3,
                old: Some(claim.into()),
                new: Some(claim.into()),
                is_copy: false,
                old_mode: None,
                new_mode: None,
                added: 0,
                deleted: 0,
                binary,
            };
            let text = PatchText { claims: vec![claim], flaws: Vec::new() };
            let written = Some(Written { text, outcome: Outcome::Applied });
            found(&Facts { written, ..facts([change]) })
        };
        let mut image = modes("a.png", 0o100_644, 0o100_644, (1, 2));
        image.file.binary = true;
        assert_eq!(with("a.png", Some(9), image.clone()), []);
        assert_eq!(with("a.rs", None, text("a.rs", "-a\n+b")), []);
        assert_eq!(with("b.rs", Some(9), text("a.rs", "-a\n+b")), [], "a path that does not change is told elsewhere");
        for change in [text("a.rs", "-a\n+b"), text("a.rs", "-a"), text("a.rs", "+a")] {
            let found = with("a.rs", Some(9), change);
            assert_eq!((found[0].effect, found[0].patch_line), (Effect::Deny, Some(3)));
        }
        assert_eq!(with("old.rs", Some(9), renamed("old.rs", text("a.rs", "-a\n+b"))).len(), 1);
    }
}
