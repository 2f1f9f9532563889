//! `path_not_utf8`: a new name that is no UTF-8. Some systems cannot have it, no two tools show it alike, and a pattern in
//! a policy or in CODEOWNERS may mean it or not.

use super::super::arrivals::wrong_names;
use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;
use bstr::ByteSlice;

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let found = wrong_names(facts, |name| name.to_str().is_err().then_some(()));
    let objections = found.into_iter().map(|(arrival, ())| {
        let message = format!("the name `{}` is no UTF-8; some systems cannot have it", visible(arrival.name));
        Objection::deny(Code::PathNotUtf8, message).at(arrival.path).help("give it a name in UTF-8")
    });
    objections.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, deleted, paths, renamed, upon};
    use super::*;

    #[test]
    fn new_names_are_utf8() {
        let said = |facts: &Facts| judge(facts, &Scope::default(), &Ask::default());
        for (name, bad) in [
            (&b"latin\xe9"[..], true),
            (b"cut\xe2\x82", true),
            (b"surrogate\xed\xa0\x80", true),
            (b"overlong\xc0\xaf", true),
            ("\u{e9}\u{fffd}".as_bytes(), false),
            (b"plain", false),
        ] {
            assert_eq!(said(&upon(&[], [added(name)])).len(), usize::from(bad), "{name:?}");
            assert!(said(&upon(&[], [deleted(name), renamed(name, "x")])).is_empty(), "{name:?}");
        }
        let folder = upon(&[], [added(&b"d\xff/a"[..]), added(&b"d\xff/b"[..])]);
        assert_eq!(paths(&said(&folder)), ["d\u{fffd}"]);
        assert_eq!(said(&folder)[0].message, r"the name `d\xff` is no UTF-8; some systems cannot have it");
    }
}
