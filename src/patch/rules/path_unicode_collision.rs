//! `path_unicode_collision`: a new name that differs from another in its folder in Unicode form only: `é` is one character
//! or two. Nobody sees a difference, and macOS keeps one of the two.

use super::super::collisions::{Collision, collisions, composed, exact};
use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    // Names in ASCII have one form.
    if facts.folders.values().flatten().all(|name| name.is_ascii()) {
        return Vec::new();
    }
    let objection = |Collision { path, name, .. }: Collision| {
        let message = format!(
            "`{}` stands twice in the same folder, with other bytes for the same characters; macOS keeps one of them",
            visible(name)
        );
        Objection::deny(Code::PathUnicodeCollision, message)
            .at(path)
            .help("spell it as the other one is spelled (git shows the bytes: git -c core.quotePath=true ls-files)")
    };
    collisions(facts, composed, exact).into_iter().map(objection).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, paths_against, renamed, upon};
    use super::*;

    #[test]
    fn another_form_of_a_name_that_stays() {
        let (nfc, nfd) = ("caf\u{e9}", "cafe\u{301}");
        assert_eq!(paths_against(judge, &upon(&[nfc], [added(nfd)])), [nfd]);
        assert_eq!(paths_against(judge, &upon(&[nfd], [added(nfc)])), [nfc]);
        assert_eq!(paths_against(judge, &upon(&["K"], [added("\u{212a}")])), ["\u{212a}"]);
        assert_eq!(
            paths_against(judge, &upon(&["d/x"], [added(format!("{nfc}/x")), added(format!("{nfd}/x"))])).len(),
            1
        );
        assert_eq!(paths_against(judge, &upon(&[nfd], [renamed(nfd, nfc)])), [""; 0]);
        assert_eq!(paths_against(judge, &upon(&[nfc, nfd], [added("x")])), [""; 0]);
        assert_eq!(paths_against(judge, &upon(&["\u{c9}"], [added("\u{e9}")])), [""; 0]);
        assert_eq!(paths_against(judge, &upon(&["ﬁ"], [added("fi")])), [""; 0]);
    }
}
