//! One row a case: what is known and asked, and what is decided. Rules that others write are met here only through
//! their effects.

use super::super::codeowners::CodeOwners;
use super::super::fixtures::{self, added, modified, paths, renamed};
use super::*;

const OWNERS: &str = "* @everyone\n/src/ @src\n/core/ @core @acme/core\n/auth/ @auth @core\n/free/\n";

/// What is judged, beside the defaults.
#[derive(Default)]
struct Case {
    changes: Vec<Change>,
    blocked: &'static [&'static str],
    core: &'static [&'static str],
    sensitive: &'static [&'static str],
    min_confidence: Option<f64>,
    human: bool,
    no_owners: bool,
    ask: Ask,
}

fn decide(case: Case) -> GateReport {
    let mut facts = fixtures::facts(case.changes);
    facts.owners = (!case.no_owners).then(|| CodeOwners::parse(".github/CODEOWNERS", OWNERS.as_bytes()));
    let scope = Scope {
        blocked_paths: fixtures::globs(case.blocked),
        core_paths: fixtures::globs(case.core),
        sensitive_paths: fixtures::globs(case.sensitive),
        min_confidence: case.min_confidence,
        require_human_approval: case.human,
        ..Scope::default()
    };
    judge(&facts, &scope, &case.ask, PolicyUse::default(), "HEAD".into())
}

/// Decision, tier, owners and reasons, to be read at a glance.
fn said(case: Case) -> String {
    let report = decide(case);
    let owners = report.owners.join(" ");
    format!("{} {} [{owners}] {}", report.decision.id(), report.tier.id(), report.reasons.join("; "))
}

fn files(names: &[&str]) -> Vec<Change> {
    names.iter().map(|&name| modified(name)).collect()
}

fn checks(checks: Checks) -> Ask {
    Ask { checks: Some(checks), ..Ask::default() }
}

fn sure(confidence: f64) -> Ask {
    Ask { confidence: Some(confidence), ..Ask::default() }
}

#[test]
fn a_small_change_with_nothing_against_it_is_low() {
    for (ask, min_confidence) in [
        (Ask::default(), None),
        (Ask::default(), Some(0.9)),
        (checks(Checks::Green), None),
        (sure(0.1), None),
        (sure(0.8), Some(0.8)),
    ] {
        let case = Case { changes: files(&["src/a"]), ask: ask.clone(), min_confidence, ..Case::default() };
        assert_eq!(said(case), "allow low [] ", "{ask:?} {min_confidence:?}");
    }
    let report = decide(Case { changes: files(&["src/a"]), ..Case::default() });
    assert_eq!((report.tier.approval(), report.codes()), ("one-click", vec![Code::Ok]));
}

#[test]
fn a_person_is_asked_when_the_policy_wants_one() {
    let reason = "the policy asks for a person's approval of every change";
    let case = || Case { changes: files(&["src/a"]), human: true, ..Case::default() };
    assert_eq!(said(case()), format!("review low [] {reason}"));
    assert_eq!(decide(case()).tier.approval(), "one-click");
    assert_eq!(
        said(Case { core: &["core/**"], changes: files(&["core/a"]), ..case() }),
        format!("review medium [@core @acme/core] a core path changes; its code owners must approve; {reason}")
    );
    assert_eq!(
        said(Case { blocked: &["src/**"], ..case() }),
        "deny high [@src] the policy blocks a path",
        "nobody's approval helps what is denied"
    );
}

#[test]
fn core_and_sensitive_paths_are_medium_and_their_owners_are_named() {
    let case = |changes: &[&str]| Case {
        changes: files(changes),
        core: &["core/**", "free/**"],
        sensitive: &["auth/**"],
        ..Case::default()
    };
    let core = "a core path changes; its code owners must approve";
    let sensitive = "a sensitive path changes";
    for (changes, want) in [
        (&["core/a"][..], format!("review medium [@core @acme/core] {core}")),
        (&["core/a", "core/b", "src/a"], format!("review medium [@core @acme/core] {core}")),
        (&["auth/a"], format!("review medium [@auth @core] {sensitive}")),
        // In the order of the objections, each once; the owners of what nobody has anything against are not asked.
        (&["auth/a", "core/a", "x"], format!("review medium [@core @acme/core @auth] {core}; {sensitive}")),
        (&["free/a"], format!("review medium [] {core}")),
    ] {
        assert_eq!(said(case(changes)), want, "{changes:?}");
    }
    let report = decide(case(&["auth/a", "core/a"]));
    assert_eq!(paths(&report.objections), ["core/a", "auth/a"]);
    assert_eq!((report.tier.approval(), report.codes()), ("code-owner", vec![Code::CodeOwner, Code::SensitivePath]));
    let nobody = Case { no_owners: true, ..case(&["core/a"]) };
    assert_eq!(said(nobody), format!("review medium [] {core}"));
}

#[test]
fn a_doubtful_change_is_high_and_everybody_is_named() {
    let eleven: Vec<String> = (0..11).map(|n| format!("src/{n}")).collect();
    let eleven: Vec<&str> = eleven.iter().map(String::as_str).collect();
    for (changes, ask, want) in [
        (&["src/a"][..], checks(Checks::Red), "[@src] the checks are red"),
        (&["src/a"], checks(Checks::Unknown), "[@src] nobody knows what the checks say"),
        (
            &["src/a"],
            sure(0.79),
            "[@src] its author's confidence of 0.79 is below 0.8, the least that the policy asks for",
        ),
        (&eleven, Ask::default(), "[@src] the change is broad: 11 files, where 10 are easily read"),
        (
            &["auth/a", "core/a", "src/a", "x/a", "README"],
            Ask::default(),
            "[@everyone @auth @core @acme/core @src] the change is broad: it is in 4 folders at the top of the tree",
        ),
    ] {
        let case = Case { changes: files(changes), ask, min_confidence: Some(0.8), ..Case::default() };
        assert_eq!(said(case), format!("review high {want}"), "{changes:?}");
    }
    let case = Case { changes: files(&["src/a"]), ask: sure(f64::NAN), min_confidence: Some(0.8), ..Case::default() };
    assert_eq!(decide(case).tier, Tier::High, "what is no number is not enough");
    let broad = Case { changes: files(&eleven), ..Case::default() };
    assert_eq!(decide(broad).tier.approval(), "manual");
}

#[test]
fn up_to_the_limit_a_change_is_not_broad() {
    for (changes, want) in [
        (&["a/1", "b/1", "c/1", "1", "2", "3"][..], Tier::Low),
        (&["a/1", "b/1", "c/1", "d/1"], Tier::High),
        (&["a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7", "a/8", "a/9", "a/10"], Tier::Low),
    ] {
        assert_eq!(decide(Case { changes: files(changes), ..Case::default() }).tier, want, "{changes:?}");
    }
    let moves = vec![renamed("a/1", "b/1"), renamed("c/1", "d/1")];
    assert_eq!(decide(Case { changes: moves, ..Case::default() }).tier, Tier::High, "where a file leaves counts");
}

#[test]
fn a_denied_change_is_high_whatever_else_holds() {
    let case = Case {
        changes: files(&["auth/a", "core/a", "infra/a", "infra/b"]),
        blocked: &["infra/**"],
        core: &["core/**"],
        ask: checks(Checks::Green),
        ..Case::default()
    };
    let report = decide(case);
    assert_eq!((report.decision, report.tier, report.tier.approval()), (Decision::Deny, Tier::High, "manual"));
    assert_eq!(paths(&report.objections), ["infra/a", "infra/b", "core/a"], "denials first");
    assert_eq!(report.reasons, ["the policy blocks a path", "a core path changes; its code owners must approve"]);
}

#[test]
fn numbers_and_names_are_handed_on() {
    let mut changes = vec![added("src/a"), modified("src/b")];
    (changes[0].file.added, changes[1].file.added, changes[1].file.deleted) = (3, 1, 2);
    let report = decide(Case { changes, ..Case::default() });
    assert_eq!((report.lines, report.files.len(), report.base.as_str()), (6, 2, "HEAD"));
    assert_eq!(report.files[1].path, "src/b");
}
