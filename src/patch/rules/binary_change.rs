//! `binary_change`: a binary file comes, or its content changes.
//!
//! Nobody can read it in review, whatever its name says: a picture's name proves nothing about its bytes. So there is
//! no list of harmless kinds. What goes away, only moves or only changes its mode brings nothing unreadable and is
//! quiet; text that turns binary is told by `binary_in_text`. What becomes text can be read in the file, though not in
//! the diff, and is for the code owners.

use super::super::facts::{Ask, Change, Facts, Form};
use super::binary_in_text::nul_line;
use crate::model::{Code, Effect, Objection, Tier, counted};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    facts.changes.iter().filter_map(of).collect()
}

fn of(change: &Change) -> Option<Objection> {
    let file = &change.file;
    let new = file.new?;
    let same = file.old.is_some_and(|old| old.id == new.id);
    if same || change.old.plain {
        return None;
    }
    if !file.binary && (change.new.plain || nul_line(change).is_none()) {
        return None;
    }
    let size = counted(file.size, "byte");
    if change.old.form == Form::Binary && change.new.plain {
        let message =
            format!("a binary file becomes text ({size} now); the diff does not show it, the file itself does");
        let objection = Objection::new(Code::BinaryChange, Effect::Review(Tier::Medium), message);
        return Some(objection.at(file.path.clone()).help("whoever approves it reads the whole file"));
    }
    let said = match file.old {
        None => "a binary file is added",
        Some(_) => "a binary file changes",
    };
    let message = format!("{said} ({size} now); no diff shows what is in it");
    let objection = Objection::review(Code::BinaryChange, Tier::High, message).at(file.path.clone());
    Some(objection.help("say in the change where it comes from, so that whoever approves it can make it again"))
}

#[cfg(test)]
mod tests {
    use super::super::edits::{modes, renamed, text};
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
        let mut turned = binary(FILE, FILE, (1, 2), (Text, Binary));
        assert!(asked(&turned), "a PDF that had no NUL near its start");
        turned.old.plain = true;
        assert!(!asked(&turned), "told by binary_in_text");
        assert!(!asked(&binary(FILE, 0, (1, 2), (Binary, Empty))));
        assert!(!asked(&renamed("a.png", binary(FILE, FILE, (1, 1), (Binary, Binary)))));
        assert!(!asked(&binary(FILE, 0o100_755, (1, 1), (Binary, Binary))));
        assert!(!asked(&modes("a.txt", FILE, FILE, (1, 2))));
        let mut late = text("a.pdf", "-%PDF \u{1}\n+%PDF \u{1} \0");
        late.new.form = Text;
        late.file.binary = false;
        assert!(asked(&late), "a NUL where git does not look, in what is no text");
    }

    #[test]
    fn what_becomes_text_can_be_read() {
        let mut change = binary(FILE, FILE, (1, 2), (Form::Binary, Form::Text));
        change.file.size = 1;
        let said = |change: &Change| of(change).map(|o| (o.effect, o.message)).unwrap();
        assert_eq!(said(&change).0, Effect::Review(Tier::High), "not all of it");
        change.new.plain = true;
        let (effect, message) = said(&change);
        assert_eq!(effect, Effect::Review(Tier::Medium));
        assert!(message.starts_with("a binary file becomes text (1 byte now); the diff does not show it"), "{message}");
    }
}
