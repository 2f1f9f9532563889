//! Whatever reviewers write, no printer lets it act, and none loses a reviewer: properties of all formats.

use super::super::markdown::tests::hostile;
use super::{comment, human, json, junit, sarif};
use crate::model::{FailureType, Panel, Review, ReviewAction, ReviewFinding, ReviewStep, ReviewVerdict, visible};
use proptest::prelude::*;
use serde_json::Value;

fn finding() -> impl Strategy<Value = ReviewFinding> {
    let maybe = || prop::option::of(hostile());
    (maybe(), maybe(), prop::option::of(0..100_000_u64), maybe(), hostile())
        .prop_map(|(severity, path, line, rule, message)| ReviewFinding { severity, path, line, rule, message })
}

fn review() -> impl Strategy<Value = Review> {
    let kinds = (prop::sample::select(ReviewVerdict::ALL.to_vec()), prop::sample::select(FailureType::ALL.to_vec()));
    let words = (hostile(), hostile(), prop::option::of(hostile()));
    (kinds, 0..4_u32, words, prop::collection::vec(finding(), 0..4)).prop_map(
        |((verdict, failure), retry_count, (agent, message, reason), findings)| Review {
            agent,
            verdict,
            failure,
            retry_count,
            message,
            findings,
            reason,
        },
    )
}

fn panel() -> impl Strategy<Value = Panel> {
    use ReviewAction::{FixFindings, Proceed, ReadWarnings, RerunReviewer};
    let action = prop::sample::select(vec![Proceed, FixFindings, ReadWarnings, RerunReviewer]);
    let step = (prop::option::of(hostile()), action, hostile());
    let step = step.prop_map(|(agent, action, reason)| ReviewStep { agent, action, reason });
    let names = || prop::collection::vec(hostile(), 0..3);
    let verdict = prop::sample::select(ReviewVerdict::ALL.to_vec());
    (verdict, prop::collection::vec(review(), 0..5), names(), names(), prop::collection::vec(step, 0..4)).prop_map(
        |(verdict, reviews, not_run, required_missing, next)| Panel {
            verdict,
            reviews,
            not_run,
            required_missing,
            next,
        },
    )
}

/// No terminal and no runner finds anything to obey.
fn assert_inert(text: &str) {
    for line in text.split('\n') {
        assert_eq!(visible(line), line, "invisible");
        assert!(!line.trim_start().starts_with("::"), "a command: {line:?}");
        for (at, _) in line.match_indices("##") {
            let rest = line[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
            assert!(!rest.starts_with('['), "a command: {line:?}");
        }
    }
}

/// How many rows each table of the comment has, in their order: its head, and a row a finding or reviewer.
fn rows(panel: &Panel) -> Vec<usize> {
    use ReviewVerdict::{CriticalFail, Degraded, InfraFail, Pass, Warn};
    let says = |review: &Review| {
        [Some(&review.message), review.reason.as_ref()].into_iter().flatten().any(|text| !text.trim().is_empty())
    };
    // An empty one with nothing found is a row as well.
    let rows = |review: &Review| usize::from(says(review) || review.findings.is_empty()) + review.findings.len();
    let of =
        |kinds: &'static [ReviewVerdict]| panel.reviews.iter().filter(move |review| kinds.contains(&review.verdict));
    let others = of(&[Pass, InfraFail, Degraded]).filter(|review| !review.findings.is_empty());
    let bodies = [
        of(&[CriticalFail]).map(rows).sum(),
        of(&[Warn]).map(rows).sum(),
        of(&[InfraFail, Degraded]).count(),
        others.map(rows).sum::<usize>(),
    ];
    bodies.into_iter().filter(|rows| *rows > 0).map(|rows| rows + 1).collect()
}

proptest! {
    #[test]
    fn a_comment_has_its_shape_and_nothing_else(panel in panel()) {
        let shown = comment::tests::read(&comment::tests::text(&panel));
        let tables: Vec<usize> = shown.tables.iter().map(Vec::len).collect();
        prop_assert_eq!(tables, rows(&panel));
        for table in &shown.tables {
            prop_assert!(table.iter().all(|cells| *cells == table[0]), "{:?}", shown);
        }
    }

    #[test]
    fn nothing_acts_in_human_text(panel in panel()) {
        assert_inert(&human::tests::text(&panel));
        panel.reviews.iter().for_each(|review| assert_inert(&human::tests::one(review)));
    }

    #[test]
    fn json_is_inert_valid_and_whole(panel in panel()) {
        let text = json::tests::text(&panel);
        assert_inert(&text);
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json::tests::complaints(&value), [""; 0]);
        for (printed, review) in value["agents"].as_array().unwrap().iter().zip(&panel.reviews) {
            prop_assert_eq!(&printed["agent"], &Value::from(review.agent.clone()));
            prop_assert_eq!(&printed["message"], &Value::from(review.message.clone()));
            let line = json::tests::line(review);
            assert_inert(&line);
            prop_assert_eq!(line.matches('\n').count(), 1);
            let one: Value = serde_json::from_str(&line).unwrap();
            prop_assert_eq!(json::tests::complaints_about_one(&one), [""; 0]);
            prop_assert_eq!(&one, printed);
        }
    }

    #[test]
    fn junit_is_inert_and_well_formed_and_has_every_reviewer(panel in panel()) {
        let text = junit::tests::text(&panel);
        assert_inert(&text);
        let cases = junit::tests::cases(&text);
        let fails = panel.reviews.iter().filter(|review| review.verdict == ReviewVerdict::CriticalFail).count();
        prop_assert!(cases.len() >= panel.reviews.len().max(1));
        prop_assert_eq!(cases.iter().filter(|case| case.ends_with(": failure")).count(), fails);
    }

    #[test]
    fn sarif_is_valid_and_has_every_finding(panel in panel()) {
        let log = sarif::tests::print(&panel);
        prop_assert_eq!(super::super::sarif::tests::complaints(&log), [""; 0]);
        let run = &log["runs"][0];
        let notes = run["invocations"][0]["toolExecutionNotifications"].as_array().map_or(0, Vec::len);
        let found = panel.reviews.iter().map(|review| review.findings.len()).sum::<usize>();
        prop_assert!(run["results"].as_array().unwrap().len() + notes >= found);
    }
}
