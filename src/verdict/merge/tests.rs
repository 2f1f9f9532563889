//! The order of the fold, exhaustively; what a panel says of its reviewers; merging what was merged.

use super::*;
use crate::verdict::input;
use ReviewVerdict::{CriticalFail, Degraded, InfraFail, Pass, Warn};
use proptest::prelude::*;
use serde_json::json;

/// Every list of up to so many verdicts.
fn lists(most: usize) -> Vec<Vec<ReviewVerdict>> {
    let mut lists = vec![Vec::new()];
    let mut longest = lists.clone();
    for _ in 0..most {
        longest = longest
            .iter()
            .flat_map(|list| ReviewVerdict::ALL.map(|verdict| [&list[..], &[verdict]].concat()))
            .collect();
        lists.extend(longest.iter().cloned());
    }
    lists
}

#[test]
fn the_order_is_the_decided_one() {
    for (verdicts, is) in [
        (&[][..], InfraFail),
        (&[Pass], Pass),
        (&[Pass, Warn], Warn),
        (&[Pass, InfraFail], Degraded),
        (&[Warn, InfraFail], Degraded),
        (&[InfraFail, InfraFail], InfraFail),
        (&[InfraFail, CriticalFail], CriticalFail),
        (&[Degraded], Degraded),
        (&[Degraded, Pass], Degraded),
        (&[Degraded, InfraFail], Degraded),
        (&[Degraded, Warn], Degraded),
        (&[Degraded, CriticalFail], CriticalFail),
        (&[Pass, Warn, Degraded, InfraFail, CriticalFail], CriticalFail),
    ] {
        assert_eq!(fold(verdicts.iter().copied()), is, "{verdicts:?}");
    }
}

#[test]
fn groups_that_are_not_empty_give_what_all_give_at_once_in_any_order() {
    let lists = lists(3);
    assert_eq!(lists.len(), 1 + 5 + 25 + 125);
    for one in &lists {
        for other in &lists {
            let all = fold(one.iter().chain(other).copied());
            assert_eq!(all, fold(other.iter().chain(one).copied()));
            if !one.is_empty() && !other.is_empty() {
                let (first, second) = (fold(one.iter().copied()), fold(other.iter().copied()));
                assert_eq!(all, fold([first, second]), "{one:?} {other:?}");
                assert_eq!(all, fold([first].into_iter().chain(other.iter().copied())), "{one:?} {other:?}");
                // Nor does it matter that a group's verdict stands beside its own members.
                assert_eq!(all, fold(one.iter().chain(other).copied().chain([first])), "{one:?} {other:?}");
            }
        }
    }
}

fn review(agent: &str, verdict: ReviewVerdict) -> Review {
    let failure = match verdict {
        CriticalFail => FailureType::CodeQuality,
        InfraFail | Degraded => FailureType::Infra,
        Pass | Warn => FailureType::None,
    };
    Review { verdict, failure, reason: None, ..lost(agent, String::new()) }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn steps(panel: &Panel) -> Vec<String> {
    let step = |step: &ReviewStep| format!("{} {}", step.agent.as_deref().unwrap_or("-"), step.action.id());
    panel.next.iter().map(step).collect()
}

#[test]
fn everybody_gets_the_step_that_is_needed() {
    let reviews = vec![
        review("warns", Warn),
        review("passes", Pass),
        review("lost", InfraFail),
        review("fails", CriticalFail),
        review("partly", Degraded),
        review("lost", InfraFail),
    ];
    let panel = merge(reviews, &names(&["absent", "lost", "passes", " fails ", ""]));
    assert_eq!(panel.verdict, CriticalFail);
    assert_eq!(panel.not_run, ["absent", "lost"]);
    assert_eq!(panel.required_missing, ["absent", "lost"]);
    assert_eq!(panel.reviews.len(), 6);
    assert_eq!(
        steps(&panel),
        [
            "fails fix_findings",
            "lost rerun_reviewer",
            "partly rerun_reviewer",
            "absent rerun_reviewer",
            "warns read_warnings"
        ]
    );
}

#[test]
fn of_several_under_one_name_the_worst_tells_why_in_any_order() {
    let why = |agent: &str, verdict, reason: Option<&str>, findings| Review {
        reason: reason.map(str::to_owned),
        findings: vec![crate::model::ReviewFinding::default(); findings],
        ..review(agent, verdict)
    };
    let reviews = vec![
        why("a", Degraded, None, 0),
        why("a", InfraFail, None, 0),
        why("a", InfraFail, Some("it is empty"), 0),
        why("a", InfraFail, Some("it broke"), 0),
        why("b", CriticalFail, None, 1),
        why("b", CriticalFail, None, 3),
        why("b", Warn, None, 2),
        why("b", Warn, None, 1),
    ];
    let next = |reviews: &[Review]| {
        let mut next: Vec<_> = merge(reviews.to_vec(), &[]).next.iter().map(|step| format!("{step:?}")).collect();
        next.sort();
        next
    };
    let first = next(&reviews);
    let mut turned = reviews.clone();
    for _ in 0..reviews.len() {
        turned.rotate_left(1);
        assert_eq!(next(&turned), first);
        turned.reverse();
        assert_eq!(next(&turned), first);
        turned.reverse();
    }
    let first = first.join(" ");
    for told in ["it is empty", "with 3 findings", "it warns, with 2 findings"] {
        assert!(first.contains(told), "{first}");
    }
    assert!(!first.contains("it broke"), "{first}");
}

#[test]
fn what_names_no_reviewer_is_nobody_to_run_again() {
    let panel = merge(vec![review("a", Pass), lost(STANDARD_INPUT, "it is empty".to_owned())], &[]);
    assert_eq!(steps(&panel), ["- rerun_reviewer"]);
    assert_eq!(panel.next[0].reason, "standard input, which names no reviewer: it is empty");
}

#[test]
fn when_all_is_well_it_goes_on() {
    let panel = merge(vec![review("a", Pass)], &names(&["a"]));
    assert_eq!((panel.verdict, steps(&panel)), (Pass, names(&["- proceed"])));
    assert_eq!(panel.required_missing, names(&[]));
    let panel = merge(vec![review("a", Pass), review("b", Warn)], &[]);
    assert_eq!((panel.verdict, steps(&panel)), (Warn, names(&["b read_warnings", "- proceed"])));
    let panel = merge(Vec::new(), &[]);
    assert_eq!((panel.verdict, steps(&panel)), (InfraFail, names(&["- rerun_reviewer"])));
    assert_eq!(panel.next[0].reason, "there is no answer of any reviewer");
}

#[test]
fn who_is_required_and_absent_failed_for_the_infrastructures_sake() {
    let panel = merge(vec![review("a", Pass)], &names(&["b"]));
    assert_eq!((panel.verdict, panel.not_run, panel.required_missing), (Degraded, names(&["b"]), names(&["b"])));
    let panel = merge(Vec::new(), &names(&["b"]));
    assert_eq!((panel.verdict, panel.required_missing), (InfraFail, names(&["b"])));
    let panel = merge(vec![review("Security", Pass)], &names(&["security"]));
    assert_eq!(panel.required_missing, ["security"]);
    assert_eq!(
        panel.next[0].reason,
        "it is required and gave no answer; Security did, but names are compared letter by letter"
    );
    // Once lost and once there is lost: nobody knows whether both looked at the same.
    let panel = merge(vec![review("a", Pass), review("a", InfraFail)], &names(&["a"]));
    assert_eq!((panel.verdict, panel.required_missing), (Degraded, names(&["a"])));
}

#[test]
fn who_is_missed_inside_is_missed_outside() {
    let inner = merge(vec![review("a", Pass), review("b", InfraFail)], &names(&["b", "absent"]));
    let ballots =
        input::read(&printed(&inner), "inner", str::to_owned).into_iter().chain([Ballot::from(review("c", Pass))]);
    let outer = tally(ballots.collect(), &names(&["c"]));
    assert_eq!((outer.verdict, outer.not_run), (Degraded, names(&["absent", "b"])));
    assert_eq!(outer.required_missing, ["absent", "b"]);
}

/// What `verdict merge --format json` prints of a panel.
fn printed(panel: &Panel) -> Vec<u8> {
    let agent = |review: &Review| {
        json!({
            "agent": review.agent, "verdict": review.verdict.id(), "failure_type": review.failure.id(),
            "retry_count": review.retry_count, "message": review.message, "findings": [], "reason": review.reason,
        })
    };
    let document = json!({
        "schema": "ci-guard/verdict/v1",
        "verdict": panel.verdict.id(),
        "agents": panel.reviews.iter().map(agent).collect::<Vec<_>>(),
        "not_run": panel.not_run,
        "required_missing": panel.required_missing,
        "next_actions": [],
    });
    serde_json::to_vec_pretty(&document).unwrap()
}

/// Merge as nested as the tree says: every inner node is printed and read again.
fn nested(groups: &[Vec<Vec<Review>>], required: &[String]) -> Panel {
    let printed_of =
        |reviews: &Vec<Review>| input::read(&printed(&merge(reviews.clone(), &[])), "inner", str::to_owned);
    let middle = |group: &Vec<Vec<Review>>| {
        let inner = group.iter().flat_map(printed_of).collect();
        input::read(&printed(&tally(inner, &[])), "middle", str::to_owned)
    };
    tally(groups.iter().flat_map(middle).collect(), required)
}

fn reviews() -> impl Strategy<Value = Vec<Review>> {
    let verdict = prop::sample::select(ReviewVerdict::ALL.to_vec());
    let one = ("[abc]{1,2}", verdict).prop_map(|(agent, verdict)| review(&agent, verdict));
    prop::collection::vec(one, 1..4)
}

proptest! {
    #[test]
    fn merging_what_was_merged_gives_the_same_answer(
        groups in prop::collection::vec(prop::collection::vec(reviews(), 1..4), 1..4),
        required in prop::collection::vec("[abc]{1,2}", 0..3),
    ) {
        let all: Vec<Review> = groups.iter().flatten().flatten().cloned().collect();
        let at_once = merge(all.clone(), &required);
        prop_assert_eq!(&nested(&groups, &required), &at_once);

        let mut turned = groups;
        turned.reverse();
        let turned = nested(&turned, &required);
        prop_assert_eq!(turned.verdict, at_once.verdict);
        prop_assert_eq!(turned.not_run, at_once.not_run);
        prop_assert_eq!(turned.required_missing, at_once.required_missing);
    }

    #[test]
    fn a_fail_is_never_lost_and_nothing_passes_unread(reviews in reviews(), required in prop::collection::vec("[abc]{1,2}", 0..3)) {
        let verdicts: Vec<_> = reviews.iter().map(|review| review.verdict).collect();
        let panel = merge(reviews, &required);
        prop_assert_eq!(panel.verdict == CriticalFail, verdicts.contains(&CriticalFail));
        prop_assert!(panel.not_run.is_empty() || !matches!(panel.verdict, Pass | Warn));
        prop_assert!(panel.not_run.is_sorted() && panel.required_missing.iter().all(|name| panel.not_run.contains(name)));
    }
}
