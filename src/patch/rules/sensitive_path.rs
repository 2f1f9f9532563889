//! `sensitive_path`: a path that somebody must look at, by the policy's patterns or as one of the kinds of change that
//! it wants reviewed. A sensitive file that is only copied from counts, as a secret leaves its place that way; of a kind
//! it does not, since a workflow that is copied elsewhere runs nothing.

use super::super::facts::{Ask, Facts};
use super::super::kinds;
use super::path_blocked::happens;
use crate::model::{Code, Objection, Tier, visible};
use crate::policy::{OnKind, Scope};
use bstr::BStr;
use std::collections::BTreeSet;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let mut objections: Vec<Objection> = Vec::new();
    let mut said: BTreeSet<&BStr> = BTreeSet::new();
    let review = |path: &BStr, message: String| {
        let objection = Objection::review(Code::SensitivePath, Tier::Medium, message).at(path);
        objection
            .help("have somebody look at it who knows what hangs on it; CODEOWNERS says who, where it names anybody")
    };
    for touched in facts.touched() {
        let Some(pattern) = scope.sensitive_paths.which(touched.path) else { continue };
        if said.insert(touched.path) {
            let (path, pattern) = (visible(touched.path), visible(pattern));
            let message = format!("`{path}` {}, a sensitive path (`{pattern}`)", happens(touched.how));
            objections.push(review(touched.path, message));
        }
    }
    for found in kinds::found(facts, &scope.exclude, OnKind::Review) {
        if said.insert(found.path) {
            let message = format!("`{}` {}", visible(found.path), found.says);
            objections.push(review(found.path, message));
        }
    }
    objections
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{self, added, applied, copied, deleted, facts, modified, paths, rewritten};
    use super::*;
    use crate::patch::Content;
    use crate::policy::Exclude;

    fn found(scope: &Scope, facts: &Facts) -> Vec<Objection> {
        judge(facts, scope, &Ask::default())
    }

    #[test]
    fn sensitive_paths_are_looked_at() {
        let scope = Scope { sensitive_paths: fixtures::globs(&["auth/**", "*.env"]), ..Scope::default() };
        let objections = found(&scope, &facts([modified("auth/login.rs"), deleted("x/a.env"), modified("src/lib.rs")]));
        assert_eq!(paths(&objections), ["auth/login.rs", "x/a.env"]);
        assert_eq!(objections[0].effect, crate::model::Effect::Review(Tier::Medium));
        assert_eq!(objections[0].message, "`auth/login.rs` changes, a sensitive path (`auth/**`)");
        let copy = applied([copied("auth/key", "docs/key")], [added("docs/key")]);
        assert_eq!(paths(&found(&scope, &copy)), ["auth/key"]);
    }

    #[test]
    fn kinds_are_looked_at_unless_the_policy_says_otherwise() {
        let all = [OnKind::Deny, OnKind::Review, OnKind::Off];
        let lock = || {
            let text = |version| format!("name = \"a\"\nversion = \"{version}\"\nsource = \"x\"\n");
            let read = |version| Content::read("Cargo.lock".into(), text(version).as_bytes());
            let mut lock = rewritten("Cargo.lock", &["", ""], &["", "version = \"2.0.0\""]);
            (lock.old, lock.new) = (read("1.2.0"), read("2.0.0"));
            lock
        };
        type Setting = fn(&mut Exclude) -> &mut OnKind;
        let kinds: [(Setting, Facts, &str); 4] = [
            (|exclude| &mut exclude.migrations, facts([added("db/migrate/1_x.rb")]), "a schema migration"),
            (
                |exclude| &mut exclude.production_config,
                facts([modified(".env.production")]),
                "configuration of production",
            ),
            (
                |exclude| &mut exclude.automation,
                facts([deleted(".github/workflows/ci.yml")]),
                "configuration of CI, hooks",
            ),
            (|exclude| &mut exclude.major_upgrades, facts([lock()]), "`a` goes from 1.2.0 to 2.0.0"),
        ];
        for (setting, facts, words) in kinds {
            let objections = found(&Scope::default(), &facts);
            assert_eq!(objections.len(), 1, "{words}");
            assert!(objections[0].message.contains(words), "{}", objections[0].message);
            for on in all {
                let mut scope = Scope::default();
                *setting(&mut scope.exclude) = on;
                assert_eq!(found(&scope, &facts).len(), usize::from(on == OnKind::Review), "{words} {on:?}");
            }
        }
        let with_manifest = facts([lock(), modified("Cargo.toml")]);
        assert!(found(&Scope::default(), &with_manifest).is_empty());
    }

    #[test]
    fn a_path_is_named_once_and_copying_a_workflow_is_nothing() {
        let scope = Scope { sensitive_paths: fixtures::globs(&[".github/**"]), ..Scope::default() };
        assert_eq!(found(&scope, &facts([modified(".github/workflows/ci.yml")])).len(), 1);
        let copy = applied([copied(".github/workflows/ci.yml", "docs/ci.yml")], [added("docs/ci.yml")]);
        assert!(found(&Scope::default(), &copy).is_empty());
    }
}
