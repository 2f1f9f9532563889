//! `binary_change`: a binary file comes, or its content changes.
//!
//! Nobody can read it in review, whatever its name says: a picture's name proves nothing about its bytes. So there is
//! no list of harmless kinds. What goes away, only moves or only changes its mode brings nothing unreadable and is
//! quiet; text that turns binary is told by `binary_in_text`.

use super::super::facts::{Ask, Change, Facts, Form};
use crate::model::{Code, Objection, Tier};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    facts.changes.iter().filter_map(of).collect()
}

fn of(change: &Change) -> Option<Objection> {
    let file = &change.file;
    let new = file.new?;
    let same = file.old.is_some_and(|old| old.id == new.id);
    if !file.binary || same || change.old.form == Form::Text {
        return None;
    }
    let said = match file.old {
        None => "a binary file is added",
        Some(_) if change.new.form == Form::Text => "a binary file becomes text",
        Some(_) => "a binary file changes",
    };
    let message = format!("{said} ({} bytes now); no diff shows what is in it", file.size);
    let objection = Objection::review(Code::BinaryChange, Tier::High, message).at(file.path.clone());
    Some(objection.help("say in the change where it comes from, so that whoever approves it can make it again"))
}

#[cfg(test)]
mod tests {
    use super::super::edits::{modes, renamed};
    use super::*;

    const FILE: u32 = 0o100_644;

    fn binary(old: u32, new: u32, ids: (u8, u8), forms: (Form, Form)) -> Change {
        let mut change = modes("logo.png", old, new, ids);
        change.file.binary = true;
        (change.old.form, change.new.form) = forms;
        change
    }

    #[test]
    fn new_bytes_count_and_old_ones_do_not() {
        use Form::{Binary, Empty, Text};
        let asked = |change: &Change| of(change).is_some();
        assert!(asked(&binary(0, FILE, (1, 2), (Empty, Binary))));
        assert!(asked(&binary(FILE, FILE, (1, 2), (Binary, Binary))));
        assert!(asked(&binary(FILE, FILE, (1, 2), (Empty, Binary))));
        assert!(asked(&binary(FILE, FILE, (1, 2), (Binary, Text))));
        assert!(asked(&renamed("a.png", binary(FILE, FILE, (1, 2), (Binary, Binary)))));
        assert!(asked(&binary(FILE, FILE, (1, 2), (Empty, Empty))), "forms that nobody gathered");
        assert!(!asked(&binary(FILE, FILE, (1, 2), (Text, Binary))), "told by binary_in_text");
        assert!(!asked(&binary(FILE, 0, (1, 2), (Binary, Empty))));
        assert!(!asked(&renamed("a.png", binary(FILE, FILE, (1, 1), (Binary, Binary)))));
        assert!(!asked(&binary(FILE, 0o100_755, (1, 1), (Binary, Binary))));
        assert!(!asked(&modes("a.txt", FILE, FILE, (1, 2))));
    }
}
