//! `path_blocked`: a path that the policy blocks, by its own patterns or as one of the kinds of change that it does not let
//! through. It wins over whatever is allowed. To the patterns every path that a change names counts, also one that is only
//! copied from: what may not be touched may not be carried away either. Of a kind such a source is not: it stays as it is.

use super::super::facts::{Ask, Facts, How};
use super::super::kinds;
use crate::model::{Code, Objection, visible};
use crate::policy::{OnKind, Scope};
use bstr::BStr;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let mut objections: Vec<Objection> = Vec::new();
    let mut last: Option<&BStr> = None;
    for touched in facts.touched() {
        let Some(pattern) = scope.blocked_paths.which(touched.path) else { continue };
        if last.replace(touched.path) == Some(touched.path) {
            continue;
        }
        let (path, pattern) = (visible(touched.path), visible(pattern));
        let message = format!("`{path}` {}, and the policy blocks `{pattern}`", happens(touched.how));
        objections.push(Objection::deny(Code::PathBlocked, message).at(touched.path).help(format!(
            "take it out of the change; if it belongs there, whoever keeps the policy takes `{pattern}` out of \
             \"blocked_paths\" in its \"scope\""
        )));
    }
    for found in kinds::found(facts, &scope.exclude, OnKind::Deny) {
        let (path, key) = (visible(found.path), found.kind.key());
        let message = format!("`{path}` {}, and the policy lets none through", found.says);
        objections.push(Objection::deny(Code::PathBlocked, message).at(found.path).help(format!(
            "take it out of the change; if it belongs there, whoever keeps the policy sets \"{key}\" in its \
             \"scope.exclude\" to \"review\" or \"off\""
        )));
    }
    objections
}

/// What happens to a path, as the rest of a sentence.
pub(super) fn happens(how: How) -> &'static str {
    match how {
        How::Arrives => "is added",
        How::Changes => "changes",
        How::Leaves => "goes away",
        How::IsRead => "is copied from",
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{self, added, applied, copied, deleted, facts, modified, paths, renamed};
    use super::*;
    use crate::policy::Exclude;

    fn scope(blocked: &[&str], exclude: Exclude) -> Scope {
        Scope { blocked_paths: fixtures::globs(blocked), exclude, ..Scope::default() }
    }

    #[test]
    fn whatever_happens_there_a_blocked_path_is_blocked() {
        let scope = scope(&["infra/**", "*.pem"], Exclude::default());
        let changes = || {
            [
                modified("src/lib.rs"),
                added("infra/a"),
                deleted("infra/b"),
                renamed("x.pem", "x.txt"),
                renamed("y", "infra/y"),
            ]
        };
        let found = judge(&facts(changes()), &scope, &Ask::default());
        assert_eq!(paths(&found), ["infra/a", "infra/b", "infra/y", "x.pem"]);
        assert!(found.iter().all(|objection| objection.effect == crate::model::Effect::Deny));
        assert_eq!(found[1].message, "`infra/b` goes away, and the policy blocks `infra/**`");
        assert!(found[3].message.contains("`*.pem`") && found[3].help[0].contains("\"blocked_paths\""));
        let copy = applied([copied("infra/secret", "src/x")], [added("src/x")]);
        let found = judge(&copy, &scope, &Ask::default());
        assert_eq!(paths(&found), ["infra/secret"]);
        assert!(found[0].message.contains("is copied from"));
        assert!(judge(&facts(changes()), &Scope::default(), &Ask::default()).is_empty());
    }

    #[test]
    fn blocked_wins_over_allowed() {
        let mut scope = scope(&["src/secret"], Exclude::default());
        scope.allowed_paths = Some(fixtures::globs(&["src/**"]));
        assert_eq!(
            paths(&judge(&facts([modified("src/secret"), modified("src/b")]), &scope, &Ask::default())),
            ["src/secret"]
        );
    }

    #[test]
    fn a_kind_is_blocked_when_the_policy_says_so() {
        let change = facts([modified(".github/workflows/ci.yml"), added("db/migrate/1_x.rb")]);
        for (migrations, automation, want) in [
            (OnKind::Deny, OnKind::Deny, &[".github/workflows/ci.yml", "db/migrate/1_x.rb"][..]),
            (OnKind::Deny, OnKind::Review, &["db/migrate/1_x.rb"]),
            (OnKind::Off, OnKind::Deny, &[".github/workflows/ci.yml"]),
            (OnKind::Review, OnKind::Off, &[]),
        ] {
            let exclude = Exclude { migrations, automation, ..Exclude::default() };
            assert_eq!(paths(&judge(&change, &scope(&[], exclude), &Ask::default())), want);
        }
        let exclude = Exclude { migrations: OnKind::Deny, ..Exclude::default() };
        let found = judge(&change, &scope(&[], exclude), &Ask::default());
        let message = "`db/migrate/1_x.rb` is a schema migration (it matches `**/db/*migrate/**`), and the policy lets none \
                       through";
        assert_eq!(found[0].message, message);
        assert!(found[0].help[0].contains("\"migrations\""));
    }

    #[test]
    fn hostile_names_are_shown_and_not_obeyed() {
        let found = judge(
            &facts([added("infra/\x1b[2J\n::error::x")]),
            &scope(&["infra/**"], Exclude::default()),
            &Ask::default(),
        );
        assert!(found[0].message.starts_with("`infra/\\x1b[2J\\n::error::x` is added"), "{}", found[0].message);
    }
}
