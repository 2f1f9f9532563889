//! `path_not_portable`: a new name that Windows cannot have. Nothing is wrong with it elsewhere, so somebody decides; a
//! repository that has such names already is not told again for every file below them.

use super::super::arrivals::{Arrival, wrong_names};
use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, Tier, visible};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let objection = |(arrival, why): (Arrival, String)| {
        let message = format!("the name `{}` {why}: Windows cannot check it out", visible(arrival.name));
        Objection::review(Code::PathNotPortable, Tier::Medium, message)
            .at(arrival.path)
            .help("give it another name, or have it approved if this repository is never checked out on Windows")
    };
    wrong_names(facts, wrong).into_iter().map(objection).collect()
}

/// Why Windows cannot have this name.
fn wrong(name: &BStr) -> Option<String> {
    if let Some(at) = name.find_byteset(br#"<>:"|?*\"#) {
        return Some(format!("holds `{}`", char::from(name[at])));
    }
    match name.last() {
        // `.` and `..` are no names.
        Some(b'.') if !matches!(name.as_bytes(), b"." | b"..") => return Some("ends with a dot".into()),
        Some(b' ') => return Some("ends with a space".into()),
        _ => {}
    }
    device(name).map(|device| format!("is the device {device}"))
}

/// The device that Windows sees in a name, whatever follows its first dot.
fn device(name: &BStr) -> Option<String> {
    let stem = name.split_str(".").next()?.trim_end_with(|c| c == ' ');
    let stem = stem.to_str().ok()?.to_ascii_uppercase();
    let is_port = || {
        let number = stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT"));
        number.is_some_and(|n| matches!(n, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"))
    };
    (matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || is_port()).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, deleted, modified, paths_against, upon};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_windows_cannot_have() {
        for (name, why) in [
            ("con", "is the device CON"),
            ("PRN", "is the device PRN"),
            ("aux.rs", "is the device AUX"),
            ("Nul.tar.gz", "is the device NUL"),
            ("nul .txt", "is the device NUL"),
            ("com1", "is the device COM1"),
            ("LPT9.x", "is the device LPT9"),
            ("com¹", "is the device COM¹"),
            ("lpt³.x", "is the device LPT³"),
            ("CONIN$", "is the device CONIN$"),
            ("conout$.txt", "is the device CONOUT$"),
            ("a.", "ends with a dot"),
            ("...", "ends with a dot"),
            ("a ", "ends with a space"),
            ("a:b", "holds `:`"),
            ("a<b", "holds `<`"),
            ("a>b", "holds `>`"),
            ("a\"b", "holds `\"`"),
            ("a|b", "holds `|`"),
            ("a?", "holds `?`"),
            ("*", "holds `*`"),
            (r"a\b", r"holds `\`"),
        ] {
            assert_eq!(wrong(name.into()).as_deref(), Some(why), "{name}");
            let facts = upon(&["x"], [added(format!("d/{name}/y"))]);
            assert_eq!(paths_against(judge, &facts), [format!("d/{name}")], "{name}");
        }
        for name in [
            "console",
            "contrib",
            "auxiliary.rs",
            "com",
            "com0",
            "com10",
            "lpt",
            "lpt11",
            "null",
            "a.con",
            "x-nul",
            "conin",
            ".aux",
            "a b",
            " a",
            ".a",
            ".",
            "..",
            "",
            "größe",
            "com⁴",
            "[a]{b}(c)+,;='~`!@#$%^&",
        ] {
            assert_eq!(wrong(name.into()), None, "{name}");
        }
    }

    #[test]
    fn what_stood_before_is_not_told_again() {
        let base = &["drivers/aux/a.c", "drivers/aux/b.c"];
        for change in [added("drivers/aux/c.c"), modified("drivers/aux/a.c"), deleted("drivers/aux/a.c")] {
            assert_eq!(paths_against(judge, &upon(base, [change])), [""; 0]);
        }
        let facts = upon(base, [added("aux/a"), added("aux/b")]);
        assert_eq!(paths_against(judge, &facts), ["aux"]);
    }

    proptest! {
        #[test]
        fn any_name_ends_in_a_verdict(name in proptest::collection::vec(any::<u8>(), 0..16)) {
            let wrong = wrong(name.as_bstr());
            let extended = [name.as_slice(), b".x"].concat();
            // An extension never helps, but for what the end of the name was wrong with.
            let at_the_end = wrong.as_ref().is_some_and(|why| why.starts_with("ends with"));
            prop_assert!(wrong.is_none() || at_the_end || super::wrong(extended.as_bstr()).is_some());
        }
    }
}
