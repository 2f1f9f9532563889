//! `path_control_char`: a new name with characters that nobody sees: controls, zero-width characters, and those that turn
//! the order of text around. Two names can look the same, and one can look like what it is not.

use super::super::arrivals::{Arrival, wrong_names};
use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, is_invisible, visible};
use crate::policy::Scope;
use bstr::ByteSlice;

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let found = wrong_names(facts, |name| name.chars().find(|&c| is_invisible(c)));
    let objection = |(arrival, c): (Arrival, char)| {
        let message = format!("the name `{}` holds U+{:04X}, which nobody sees", visible(arrival.name), u32::from(c));
        Objection::deny(Code::PathControlChar, message).at(arrival.path).help("give it a name that shows all it has")
    };
    found.into_iter().map(objection).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, deleted, modified, paths_against, renamed, upon};
    use super::*;

    #[test]
    fn what_nobody_sees() {
        for c in [
            '\0',
            '\n',
            '\t',
            '\u{1b}',
            '\u{7f}',
            '\u{85}',
            '\u{9f}',
            '\u{ad}',
            '\u{200b}',
            '\u{200d}',
            '\u{202e}',
            '\u{2028}',
            '\u{2066}',
            '\u{2069}',
            '\u{61c}',
            '\u{feff}',
            '\u{e0041}',
            '\u{3164}',
            '\u{115f}',
            '\u{2063}',
        ] {
            let path = format!("a{c}b/x");
            assert_eq!(paths_against(judge, &upon(&[], [added(path)])), [format!("a{c}b")], "{c:?}");
        }
        for path in ["a b", "größe/日本", "\u{2764}\u{fe0f}", "e\u{301}", "\u{a0}", "a'\"b", "ع/م"] {
            assert_eq!(paths_against(judge, &upon(&[], [added(path)])), [""; 0], "{path:?}");
        }
        assert_eq!(paths_against(judge, &upon(&[], [added(&b"\xff\x01"[..])])).len(), 1);
    }

    #[test]
    fn what_stood_before_may_be_mended() {
        let odd = "a\u{202e}b";
        for change in [modified(odd), deleted(odd), renamed(odd, "ab")] {
            assert_eq!(paths_against(judge, &upon(&[odd], [change])), [""; 0]);
        }
        let facts = upon(&["a\u{202e}b/x"], [added("a\u{202e}b/y")]);
        assert_eq!(paths_against(judge, &facts), [""; 0]);
    }

    #[test]
    fn the_message_shows_it() {
        let facts = upon(&[], [added("x\u{202e}y")]);
        let said = judge(&facts, &Scope::default(), &Ask::default());
        assert_eq!(said[0].message, r"the name `x\u{202e}y` holds U+202E, which nobody sees");
    }
}
