//! Names in one folder that some file systems take for one and the same. Checked out there, one file overwrites the
//! other, and git sees changes that nobody made.
//!
//! Only names that a change brings are compared with what stands beside them in the tree that it makes; two that stood
//! there already are left alone, and so are the names below two folders that are such a pair.

use super::arrivals::Arrivals;
use super::facts::Facts;
use bstr::{BStr, BString, ByteSlice};
use std::borrow::Cow;
use std::collections::HashMap;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// A new name, and another that stands in its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Collision<'f> {
    /// The path up to the new name.
    pub(super) path: &'f BStr,
    /// The new name.
    pub(super) name: &'f BStr,
    /// The other one.
    pub(super) other: &'f BStr,
}

/// A form of a name in which it is compared with others.
pub(super) type Form = for<'n> fn(&'n BStr) -> Cow<'n, BStr>;

/// Every new name that is the same as another in the form `alike`, and not in the form `apart`.
pub(super) fn collisions(facts: &Facts, alike: Form, apart: Form) -> Vec<Collision<'_>> {
    let arrivals = Arrivals::of(facts);
    let mut found = Vec::new();
    for (folder, names) in &facts.folders {
        let new: HashMap<&BStr, &BStr> = arrivals.new_in(folder.as_bstr()).map(|new| (new.name, new.path)).collect();
        let mut groups: HashMap<Cow<BStr>, Vec<&BStr>> = new.keys().map(|name| (alike(name), Vec::new())).collect();
        for name in names {
            if let Some(group) = groups.get_mut(&alike(name.as_bstr())) {
                group.push(name.as_bstr());
            }
        }
        for mut group in groups.into_values().filter(|group| group.len() > 1) {
            group.sort_by_key(|name| (new.contains_key(name), *name));
            // Any two that are apart are enough to find another for each.
            let first = group[0];
            let Some(second) = group.iter().find(|name| apart(name) != apart(first)) else { continue };
            for name in &group[1..] {
                if let Some(path) = new.get(name) {
                    let other = if apart(name) == apart(first) { second } else { first };
                    found.push(Collision { path, name, other });
                }
            }
        }
    }
    found.sort();
    found
}

/// The name as it is.
pub(super) fn exact(name: &BStr) -> Cow<'_, BStr> {
    Cow::Borrowed(name)
}

/// The name with its accents composed (NFC). What is no UTF-8 stays as it is.
pub(super) fn composed(name: &BStr) -> Cow<'_, BStr> {
    match name.to_str() {
        Ok(text) if !text.is_ascii() && !is_nfc(text) => Cow::Owned(text.nfc().collect::<String>().into()),
        _ => Cow::Borrowed(name),
    }
}

/// The name composed, and without letter case. What is no UTF-8 loses the case of its ASCII letters only.
pub(super) fn caseless(name: &BStr) -> Cow<'_, BStr> {
    if name.is_ascii() {
        return match name.iter().any(u8::is_ascii_uppercase) {
            true => Cow::Owned(name.to_ascii_lowercase().into()),
            false => Cow::Borrowed(name),
        };
    }
    match composed(name).to_str() {
        Ok(text) => Cow::Owned(BString::from(text.chars().flat_map(fold).nfc().collect::<String>())),
        Err(_) => Cow::Owned(name.to_ascii_lowercase().into()),
    }
}

/// One character without its case, close to Unicode's simple folding: by way of the capital where that is one character,
/// so that `σ` and `ς` are one, and `ß` and `ẞ`. `ß` is not `ss`, which few file systems think; `ı` is not `i`, which is
/// so in Turkish only; `İ` is `i` with a dot above.
fn fold(c: char) -> impl Iterator<Item = char> {
    let mut capital = c.to_uppercase();
    let capital = match (capital.next(), capital.next()) {
        (Some(capital), None) if c != 'ı' => capital,
        _ => c,
    };
    capital.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{added, deleted, modified, renamed, upon};
    use super::*;
    use proptest::prelude::*;

    fn pairs(facts: &Facts, alike: Form, apart: Form) -> Vec<String> {
        let pair = |c: Collision| format!("{} {}", c.path, c.other);
        collisions(facts, alike, apart).into_iter().map(pair).collect()
    }

    #[test]
    fn a_new_name_collides_with_what_stands_beside_it() {
        for (what, facts, want) in [
            ("a file", upon(&["a.md", "b"], [added("A.md")]), &["A.md a.md"][..]),
            ("in a folder", upon(&["d/a.md"], [added("d/A.md")]), &["d/A.md a.md"]),
            ("in another folder", upon(&["d/a.md"], [added("e/A.md")]), &[]),
            ("a folder", upon(&["docs/x"], [added("Docs/y"), added("Docs/z")]), &["Docs docs"]),
            ("a folder and a file", upon(&["docs"], [added("Docs/y")]), &["Docs docs"]),
            ("two new ones", upon(&[], [added("a"), added("A")]), &["a A"]),
            ("three new ones", upon(&[], [added("ab"), added("AB"), added("aB")]), &["aB AB", "ab AB"]),
            ("only its case changes", upon(&["a.md"], [renamed("a.md", "A.md")]), &[]),
            ("a folder's case changes", upon(&["a/x", "a/y"], [renamed("a/x", "A/x"), renamed("a/y", "A/y")]), &[]),
            ("half of it does", upon(&["a/x", "a/y"], [renamed("a/x", "A/x")]), &["A a"]),
            ("one goes, one comes", upon(&["a"], [deleted("a"), added("A")]), &[]),
            ("a pair that stood", upon(&["a", "A"], [modified("A"), added("b")]), &[]),
            ("folders that stood", upon(&["d/x", "D/x"], [added("d/y"), added("D/z")]), &[]),
            ("and a third", upon(&["ab", "AB"], [added("aB")]), &["aB AB"]),
        ] {
            assert_eq!(pairs(&facts, caseless, composed), want, "{what}");
        }
    }

    #[test]
    fn letter_case_and_unicode_form_are_two_matters() {
        let (nfc, nfd, capital) = ("\u{e9}", "e\u{301}", "\u{c9}");
        let facts = upon(&[nfc], [added(nfd)]);
        assert_eq!(pairs(&facts, caseless, composed), [""; 0]);
        assert_eq!(pairs(&facts, composed, exact), [format!("{nfd} {nfc}")]);
        let facts = upon(&[nfd], [added(capital)]);
        assert_eq!(pairs(&facts, caseless, composed), [format!("{capital} {nfd}")]);
        assert_eq!(pairs(&facts, composed, exact), [""; 0]);
        let facts = upon(&[nfc, nfd], [added(capital)]);
        assert_eq!(pairs(&facts, caseless, composed), [format!("{capital} {nfd}")]);
        let facts = upon(&[nfc, capital], [added(nfd)]);
        assert_eq!(pairs(&facts, caseless, composed), [format!("{nfd} {capital}")]);
    }

    #[test]
    fn forms() {
        for (one, other, same) in [
            ("README", "readme", true),
            ("ÄÖÜ", "äöü", true),
            ("a\u{308}", "Ä", true),
            ("straße", "STRAẞE", true),
            ("straße", "strasse", false),
            ("ΣΑΣ", "σας", true),
            ("\u{212a}", "k", true),
            ("ſ", "s", true),
            ("ı", "i", false),
            ("ı", "I", false),
            ("İ", "i\u{307}", true),
            ("İ", "i", false),
            ("ᾼ", "ᾳ", true),
            ("ǅ", "ǆ", true),
            ("ﬁ", "fi", false),
            ("ａ", "Ａ", true),
            ("ａ", "a", false),
            ("ა", "Ა", true),
            ("я", "Я", true),
        ] {
            assert_eq!(caseless(one.into()) == caseless(other.into()), same, "{one} {other}");
        }
        assert_eq!(caseless(b"A\xe9".into()), caseless(b"a\xe9".into()));
        assert_eq!(composed(b"e\xcc\x81\xff".into()), b"e\xcc\x81\xff".as_bstr());
        assert_eq!(composed("\u{212b}".into()), "\u{c5}".as_bytes().as_bstr());
    }

    /// Every letter whose capital is one other letter is the same as it, but for the Turkish one.
    #[test]
    fn no_letter_is_forgotten() {
        let has_case = |c: &char| *c != 'ı' && !(c.to_uppercase().eq([*c]) && c.to_lowercase().eq([*c]));
        for c in ('\0'..=char::MAX).filter(has_case) {
            let (upper, lower) = (c.to_uppercase().to_string(), c.to_lowercase().to_string());
            for other in [upper, lower].iter().filter(|other| other.chars().count() == 1) {
                assert_eq!(caseless(c.to_string().as_str().into()), caseless(other.as_str().into()), "{c} {other}");
            }
        }
    }

    proptest! {
        #[test]
        fn forms_are_stable(name in proptest::collection::vec(any::<u8>(), 0..24), text in "\\PC{0,12}") {
            for name in [name.as_bstr(), text.as_bytes().as_bstr()] {
                let (form, folded) = (composed(name), caseless(name));
                prop_assert_eq!(composed(&form), form.clone());
                prop_assert_eq!(caseless(&folded), folded.clone());
                prop_assert_eq!(caseless(&form), folded.clone());
            }
        }
    }
}
