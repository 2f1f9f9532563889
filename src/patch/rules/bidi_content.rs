//! `bidi_content`: new lines hold characters that turn the order of text around ("Trojan Source").
//!
//! With them a line reads otherwise than it runs. An override, or an embedding or isolate that is still open at the
//! end of its line, has no honest use in code; a balanced one has, in text of right-to-left languages, and somebody
//! looks at it. Marks (LRM, RLM, ALM) turn nothing around. Lines that the file had before are not new, wherever they
//! stand now.

use super::super::facts::{Ask, Change, Facts};
use crate::model::{Code, Effect, Objection, Tier};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
use std::collections::HashSet;

/// How many line numbers are told of one file.
const TOLD: usize = 5;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    facts.changes.iter().flat_map(of).collect()
}

fn of(change: &Change) -> Vec<Objection> {
    let added: Vec<_> = change.edit.added.iter().filter_map(|line| Some((line, Order::of(&line.text)?))).collect();
    if added.is_empty() {
        return Vec::new();
    }
    let known: HashSet<&BStr> = change.edit.removed.iter().map(|line| line.text.as_bstr()).collect();
    let lines = |which: &dyn Fn(Order) -> bool| -> Vec<u64> {
        let new = added.iter().filter(|(line, order)| which(*order) && !known.contains(line.text.as_bstr()));
        new.map(|(line, _)| line.number).collect()
    };
    let hidden = lines(&|order| order != Order::Balanced);
    let balanced = lines(&|order| order == Order::Balanced);
    let mut objections = Vec::new();
    if !hidden.is_empty() {
        let what = "overrides the order of text or leaves it turned around, so that it reads otherwise than it runs";
        let help = "take the characters out; where one is needed, write it as an escape (\\u202e)";
        objections.push(objection(change, Effect::Deny, &hidden, what).help(help));
    }
    if !balanced.is_empty() {
        let what = "holds invisible characters that turn the order of text around and leave none of it open";
        let help = "whoever approves it looks at the line in an editor that shows them";
        objections.push(objection(change, Effect::Review(Tier::Medium), &balanced, what).help(help));
    }
    objections
}

fn objection(change: &Change, effect: Effect, lines: &[u64], what: &str) -> Objection {
    let told: Vec<String> = lines.iter().take(TOLD).map(u64::to_string).collect();
    let told = match (told.as_slice(), lines.len().saturating_sub(TOLD)) {
        ([one], _) => format!("line {one}"),
        (_, 0) => format!("each of the lines {}", told.join(", ")),
        (_, more) => format!("each of the lines {} and {more} more", told.join(", ")),
    };
    let objection = Objection::new(Code::BidiContent, effect, format!("{told} {what}"));
    objection.at(change.file.path.clone()).line(lines[0])
}

/// What a line does to the order of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// It turns it around and back.
    Balanced,
    /// It leaves it turned around.
    Open,
    /// It forces one.
    Overridden,
}

impl Order {
    /// `None` for a line that does nothing of the kind. The characters are looked for as bytes: UTF-8 has them
    /// nowhere else, and a line that is no UTF-8 is still shown by something that looks for them.
    fn of(line: &[u8]) -> Option<Order> {
        let mut found = None;
        // Open embeddings inside of each open isolate; the first count is outside of all.
        let mut open = vec![0usize];
        for at in memchr::memchr_iter(0xe2, line) {
            let kind = match line[at + 1..] {
                [0x80, last @ 0xaa..=0xae, ..] => last,
                [0x81, last @ 0xa6..=0xa9, ..] => last,
                _ => continue,
            };
            found = Some(Order::Balanced);
            match kind {
                // LRO, RLO
                0xad | 0xae => return Some(Order::Overridden),
                // LRE, RLE
                0xaa | 0xab => *open.last_mut()? += 1,
                // PDF closes an embedding, and never one outside of the isolate it stands in.
                0xac => {
                    let last = open.last_mut()?;
                    *last = last.saturating_sub(1);
                }
                // LRI, RLI, FSI
                0xa6..=0xa8 => open.push(0),
                // PDI closes an isolate and what is open in it.
                _ if open.len() > 1 => drop(open.pop()),
                _ => {}
            }
        }
        let closed = open.len() == 1 && open[0] == 0;
        found.map(|order| if closed { order } else { Order::Open })
    }
}

#[cfg(test)]
mod tests {
    use super::super::edits::text;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_and_what_they_do() {
        use Order::{Balanced, Open, Overridden};
        for (line, want) in [
            ("let x = 1; // größe 日本 עברית", None),
            ("mark \u{200e}\u{200f}\u{61c} and zero width \u{200b}\u{200d}", None),
            ("… “quotes” – dashes ‰", None),
            ("\u{202a}a\u{202c}", Some(Balanced)),
            ("\u{2067}שלום\u{2069} hello", Some(Balanced)),
            ("\u{2068}a\u{202b}b\u{2069}", Some(Balanced)),
            ("stray \u{202c}\u{2069}", Some(Balanced)),
            ("\u{202b}a", Some(Open)),
            ("\u{2066}a\u{202c}", Some(Open)),
            ("\u{202a}\u{2066}\u{202c}\u{2069}", Some(Open)),
            ("\u{2066}\u{2067}a\u{2069}", Some(Open)),
            ("/*\u{202e} } \u{2066}if (isAdmin)\u{2069} \u{2066} begin admins only */", Some(Overridden)),
            ("\u{202d}a\u{202c}", Some(Overridden)),
        ] {
            assert_eq!(Order::of(line.as_bytes()), want, "{line:?}");
        }
        assert_eq!(Order::of(b"latin \xe9 \xe2\x80\xae"), Some(Overridden), "also in what is no UTF-8");
        assert_eq!(Order::of(b"cut \xe2\x80"), None);
    }

    #[test]
    fn only_new_lines_count_and_a_file_is_told_once() {
        let effects = |diff: &str| -> Vec<(Effect, Option<u64>)> {
            of(&text("a.py", diff)).into_iter().map(|o| (o.effect, o.line)).collect()
        };
        let medium = Effect::Review(Tier::Medium);
        assert_eq!(effects(" a\n+x\u{202e}y"), [(Effect::Deny, Some(2))]);
        assert_eq!(effects("-x\u{202e}y"), []);
        assert_eq!(effects("-x\u{202e}y\n+a\n+x\u{202e}y"), []);
        assert_eq!(effects("-x\u{202e}y\n+a\n+x\u{202e}z"), [(Effect::Deny, Some(2))]);
        assert_eq!(effects("+\u{2066}a\u{2069}\n+\u{2066}a"), [(Effect::Deny, Some(2)), (medium, Some(1))]);
        let many = of(&text("a.py", &"+\u{202e}\n".repeat(9)));
        assert_eq!(many.len(), 1);
        assert!(many[0].message.starts_with("each of the lines 1, 2, 3, 4, 5 and 4 more "), "{}", many[0].message);
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_order(line in prop::collection::vec(prop_oneof![Just(0xe2u8), Just(0x80), Just(0x81), 0xa0u8..0xb0, any::<u8>()], 0..60)) {
            let _ = Order::of(&line);
        }
    }
}
