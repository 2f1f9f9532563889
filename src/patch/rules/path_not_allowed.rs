//! `path_not_allowed`: a path outside of what the policy allows. Every path that a change names counts: both names of a
//! rename, what goes away, and what is copied from, as that is how something leaves a place that nobody was to look at.

use super::super::facts::{Ask, Facts, How};
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let Some(allowed) = &scope.allowed_paths else { return Vec::new() };
    let outside = facts.touched().into_iter().filter(|touched| !allowed.matches(touched.path));
    let objections = outside.map(|touched| {
        let what = if touched.how == How::IsRead { "is copied from and" } else { "changes and" };
        let message = format!("`{}` {what} is outside of \"allowed_paths\"", visible(touched.path));
        Objection::deny(Code::PathNotAllowed, message).at(touched.path).help(
            "take it out of the change; if it belongs there, whoever keeps the policy adds it to \"allowed_paths\" in its \
             \"scope\"",
        )
    });
    objections.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        added, applied, claim, deleted, facts, globs, modified, paths, refused, renamed,
    };
    use super::*;

    fn outside(allowed: &[&str], facts: &Facts) -> Vec<String> {
        let scope = Scope { allowed_paths: Some(globs(allowed)), ..Scope::default() };
        paths(&judge(facts, &scope, &Ask::default()))
    }

    #[test]
    fn every_name_has_to_be_allowed() {
        let changes = || [added("src/a"), modified("docs/b.md"), renamed("infra/c", "src/c"), deleted("ci/d")];
        for (allowed, want) in [
            (&["src/**", "*.md"][..], &["ci/d", "infra/c"][..]),
            (&["**"], &[]),
            (&["src/**", "infra", "ci/", "docs/*"], &[]),
            (&["Src/**"], &["ci/d", "docs/b.md", "infra/c", "src/a", "src/c"]),
            (&[], &["ci/d", "docs/b.md", "infra/c", "src/a", "src/c"]),
        ] {
            assert_eq!(outside(allowed, &facts(changes())), want, "{allowed:?}");
        }
        assert!(judge(&facts(changes()), &Scope::default(), &Ask::default()).is_empty());
    }

    #[test]
    fn what_is_copied_from_counts() {
        let copy = || {
            let mut copy = claim(Some("secrets/prod.env"), Some("src/x"));
            copy.is_copy = true;
            copy
        };
        assert_eq!(outside(&["src/"], &applied([copy()], [added("src/x")])), ["secrets/prod.env"]);
        assert_eq!(outside(&["src/"], &refused([copy(), claim(Some("b"), None)])), ["b", "secrets/prod.env"]);
    }
}
