//! `code_owner`: a core path changes. Its message names whom the base's CODEOWNERS names; without any, a core path still
//! is one, and somebody must approve.

use super::super::facts::{Ask, Facts, How};
use super::path_blocked::happens;
use crate::model::{Code, Objection, Tier, visible};
use crate::policy::Scope;
use bstr::BStr;

/// How many owners one message names.
const MOST_NAMED: usize = 5;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let mut objections = Vec::new();
    let mut last: Option<&BStr> = None;
    for touched in facts.touched().into_iter().filter(|touched| touched.how != How::IsRead) {
        let Some(pattern) = scope.core_paths.which(touched.path) else { continue };
        if last.replace(touched.path) == Some(touched.path) {
            continue;
        }
        let (owners, help) = owners(facts, touched.path);
        let (path, pattern) = (visible(touched.path), visible(pattern));
        let message = format!("`{path}` {}, a core path (`{pattern}`); {owners}", happens(touched.how));
        objections.push(Objection::review(Code::CodeOwner, Tier::Medium, message).at(touched.path).help(help));
    }
    objections
}

/// Who owns it, and what to do.
fn owners(facts: &Facts, path: &BStr) -> (String, &'static str) {
    let nobody = "have a maintainer approve it, and name its owners in CODEOWNERS";
    let Some(known) = &facts.owners else { return ("the base has no CODEOWNERS".into(), nobody) };
    if let Some(why) = known.why_unusable() {
        return (format!("the base's CODEOWNERS is not used: {why}"), nobody);
    }
    let owners = known.of(path);
    let named = owners.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match owners.len() {
        0 => ("CODEOWNERS names nobody for it".into(), nobody),
        1 => (format!("its code owner is {named}"), "have the code owner approve it"),
        2..=MOST_NAMED => (format!("its code owners are {named}"), "have its code owners approve it"),
        more => {
            (format!("its code owners are {named} and {} more", more - MOST_NAMED), "have its code owners approve it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::codeowners::CodeOwners;
    use super::super::super::fixtures::{self, added, applied, copied, deleted, facts, modified, paths, renamed};
    use super::*;

    fn scope() -> Scope {
        Scope { core_paths: fixtures::globs(&["core/**"]), ..Scope::default() }
    }

    #[test]
    fn a_core_path_needs_its_owners() {
        let change = facts([modified("core/a"), deleted("core/b"), renamed("core/c", "src/c"), modified("src/lib.rs")]);
        let found = judge(&change, &scope(), &Ask::default());
        assert_eq!(paths(&found), ["core/a", "core/b", "core/c"]);
        assert!(found.iter().all(|o| o.effect == crate::model::Effect::Review(Tier::Medium)));
        assert!(judge(&change, &Scope::default(), &Ask::default()).is_empty());
        let copy = applied([copied("core/a", "src/a")], [added("src/a")]);
        assert!(judge(&copy, &scope(), &Ask::default()).is_empty(), "it stays as it is");
    }

    #[test]
    fn the_message_says_who_they_are() {
        let large = format!("core/ @x\n{}", "#".repeat(4 << 20));
        for (owners, want) in [
            (None, "`core/a` changes, a core path (`core/**`); the base has no CODEOWNERS"),
            (Some("core/ @x"), "`core/a` changes, a core path (`core/**`); its code owner is @x"),
            (Some("core/ @x @o/t"), "`core/a` changes, a core path (`core/**`); its code owners are @x, @o/t"),
            (Some("* @x\ncore/"), "`core/a` changes, a core path (`core/**`); CODEOWNERS names nobody for it"),
            (
                Some("* @a @b @c @d @e @f @g"),
                "`core/a` changes, a core path (`core/**`); its code owners are @a, @b, @c, @d, @e and 2 more",
            ),
            (
                Some(&large),
                "`core/a` changes, a core path (`core/**`); the base's CODEOWNERS is not used: it is larger than 3 MB, which \
                 no forge reads",
            ),
        ] {
            let mut change = facts([modified("core/a")]);
            change.owners = owners.map(|text: &str| CodeOwners::parse("CODEOWNERS", text.as_bytes()));
            assert_eq!(judge(&change, &scope(), &Ask::default())[0].message, want);
        }
    }
}
