//! The definitions of the metrics, and every edge of them, a story a row. Told at `+1000h` where nothing else is said.

use super::super::stories::{hours, moment, story};
use super::*;

fn at(lines: &[&str], now: &str) -> Metrics {
    metrics(&story(lines), moment(now))
}

fn told(lines: &[&str]) -> Metrics {
    at(lines, "+1000h")
}

fn share(share: Share) -> (u64, u64) {
    (share.of, share.all)
}

#[test]
fn nothing_to_have_a_share_of_is_no_number() {
    let none = told(&[]);
    for share in [none.first_fix, none.false_fix, none.recurrence, none.rerun_success, none.buckets[0].1] {
        assert_eq!((share.all, share.value()), (0, None));
    }
    assert_eq!((none.recovery.median, none.buckets.len()), (None, 5));
}

/// First-fix, false-fix and recurrence, each as numerator and denominator.
#[test]
fn patches_and_what_became_of_them() {
    const RED: &str = "+0h red main a1 f run=1";
    const MERGE: &str = "+10h merged main p1 f";
    const GREEN: &str = "+11h green main m2 - run=2";
    for (name, lines, want) in [
        ("green after the merge", &[RED, MERGE, GREEN][..], ((1, 1), (0, 1), (0, 1))),
        ("no patch", &[RED, GREEN], ((0, 0), (0, 0), (0, 0))),
        ("a merge without a later run", &[RED, MERGE], ((0, 1), (0, 1), (0, 1))),
        ("it came back at once", &[RED, MERGE, "+10h red main m2 f run=3"], ((0, 1), (1, 1), (1, 1))),
        (
            "it came back in the last moment",
            &[RED, MERGE, GREEN, "+122399999ms red main m3 f run=4"],
            ((0, 1), (1, 1), (1, 1)),
        ),
        ("it came back after exactly 24 h", &[RED, MERGE, GREEN, "+34h red main m3 f run=3"], ((1, 1), (0, 1), (0, 1))),
        ("something else broke", &[RED, MERGE, GREEN, "+12h red main m3 g run=3"], ((1, 1), (0, 1), (0, 1))),
        ("it broke elsewhere", &[RED, MERGE, GREEN, "+12h red main m3 f run=3 repo=o/x"], ((1, 1), (0, 1), (0, 1))),
        (
            "a branch that does not have the patch yet is still red",
            &[RED, MERGE, GREEN, "+12h red topic t1 f run=3"],
            ((1, 1), (0, 1), (0, 1)),
        ),
        (
            "the commit that was red before is built again",
            &[RED, MERGE, GREEN, "+12h red main a1 f run=3"],
            ((1, 1), (0, 1), (0, 1)),
        ),
        (
            "green after a rerun of the commit that was red: a flake and not a fix",
            &[RED, MERGE, "+11h green main a1 - run=1 attempt=2"],
            ((0, 1), (0, 1), (0, 1)),
        ),
        (
            "another job is green",
            &["+0h red main a1 f run=1 job=t", MERGE, "+11h green main m2 - job=lint"],
            ((0, 1), (0, 1), (0, 1)),
        ),
        ("reverted", &[RED, MERGE, GREEN, "+500h reverted main p1 -"], ((0, 1), (1, 1), (0, 1))),
        ("reverted, told by its failure", &[RED, MERGE, GREEN, "+12h reverted main - f"], ((0, 1), (1, 1), (0, 1))),
        ("something else was reverted", &[RED, MERGE, GREEN, "+12h reverted main p9 f"], ((1, 1), (0, 1), (0, 1))),
        (
            "two patches for one incident: the second mends it",
            &[RED, MERGE, "+12h red main m2 f run=3", "+13h merged main p2 f", "+14h green main m3 -"],
            ((0, 1), (1, 2), (1, 2)),
        ),
        (
            "one merge, told twice",
            &[RED, "+10h merged - abcdef0 f", "+10h merged main abcdef0123 f", GREEN],
            ((1, 1), (0, 1), (0, 1)),
        ),
        (
            "two patches, and no run in between",
            &[RED, MERGE, "+13h merged main p2 f", "+14h green main m3 -"],
            ((0, 1), (0, 2), (0, 2)),
        ),
        (
            "the same failure, mended twice, months apart: two incidents",
            &[RED, MERGE, GREEN, "+400h red main m7 f run=7", "+401h merged main p7 f", "+402h green main m8 -"],
            ((2, 2), (0, 2), (0, 2)),
        ),
        ("told in the wrong order", &[GREEN, MERGE, RED], ((1, 1), (0, 1), (0, 1))),
        (
            "squashed: the merge has an id that no run ever had",
            &["+0h red topic t1 f run=1", "+10h merged main squashed f", "+11h green main m2 -"],
            ((1, 1), (0, 1), (0, 1)),
        ),
        (
            "the topic branch is gone",
            &["+0h red topic t1 f run=1", "+10h merged main p1 f", "+11h green main m2 -"],
            ((1, 1), (0, 1), (0, 1)),
        ),
        (
            "nobody said where it was merged",
            &["+0h red topic t1 f run=1", "+10h merged - p1 f", "+11h green - - -"],
            ((1, 1), (0, 1), (0, 1)),
        ),
        (
            "only the outcome was told, and no log",
            &[MERGE, "+12h failed main m2 f", "+9h failed main a1 f"],
            ((0, 1), (1, 1), (1, 1)),
        ),
    ] {
        let got = told(lines);
        assert_eq!((share(got.first_fix), share(got.false_fix), share(got.recurrence)), want, "{name}");
    }
}

#[test]
fn what_is_told_twice_counts_once() {
    let lines = ["+0h red main a1 f id=1", "+10h merged main p1 f id=2", "+11h green main m2 - id=3"];
    assert_eq!(told(&[lines, lines].concat()), told(&lines));
}

#[test]
fn a_patch_younger_than_a_day_is_not_judged() {
    let lines = ["+0h red main a1 f", "+10h merged main p1 f", "+11h red main m2 f"];
    for (now, judged, young) in [("+11h", 0, 1), ("+122399999ms", 0, 1), ("+34h", 1, 0)] {
        let got = at(&lines, now);
        let all = [got.first_fix.all, got.false_fix.all, got.recurrence.all];
        assert_eq!((all, got.too_young), ([judged; 3], young), "{now}");
    }
    // A clock that runs ahead: the merge is yet to come.
    assert_eq!(at(&lines, "+9h").too_young, 1);
}

#[test]
fn a_merge_without_a_later_run_is_counted_apart() {
    for (lines, want) in [
        (&["+0h red main a1 f", "+10h merged main p1 f"][..], 1),
        (&["+0h red main a1 f", "+10h merged main p1 f", "+11h green main m2 -"], 0),
        (&["+0h red main a1 f", "+10h merged main p1 f", "+11h red main m2 g"], 0),
        (&["+0h red main a1 f", "+10h merged main p1 f", "+11h green topic t2 -"], 1),
    ] {
        assert_eq!(told(lines).without_run, want, "{lines:?}");
    }
}

/// Median in hours, and how many recovered, are open, were flakes.
#[test]
fn time_to_recovery() {
    for (name, lines, want) in [
        ("one", &["+0h red main a1 f", "+3h green main a2 -"][..], (Some(3), 1, 0, 0)),
        (
            "the first red and the first green count",
            &["+0h red main a1 f", "+1h red main a2 f", "+3h green main a3 -", "+5h green main a4 -"],
            (Some(3), 1, 0, 0),
        ),
        ("still red", &["+0h red main a1 f", "+1h red main a2 f"], (None, 0, 1, 0)),
        (
            "open ones do not count",
            &["+0h red main a1 f", "+4h green main a2 -", "+5h red main a3 g"],
            (Some(4), 1, 1, 0),
        ),
        ("the same commit passed: a flake", &["+0h red main a1 f", "+3h green main a1 -"], (None, 0, 0, 1)),
        ("another branch is green", &["+0h red main a1 f", "+3h green topic t1 -"], (None, 0, 1, 0)),
        ("another job is green", &["+0h red main a1 f job=t", "+3h green main a2 - job=lint"], (None, 0, 1, 0)),
        ("another repository is green", &["+0h red main a1 f", "+3h green main a2 - repo=o/x"], (None, 0, 1, 0)),
        ("green before", &["+1h red main a2 f", "+0h green main a1 -"], (None, 0, 1, 0)),
        (
            "two incidents of one failure",
            &["+0h red main a1 f", "+2h green main a2 -", "+26h red main a3 f", "+30h green main a4 -"],
            (Some(3), 2, 0, 0),
        ),
        (
            "it came back within a day: the same incident",
            &["+0h red main a1 f", "+2h green main a2 -", "+10h red main a3 f", "+14h green main a4 -"],
            (Some(14), 1, 0, 0),
        ),
        (
            "it came back within a day, and is still there",
            &["+0h red main a1 f", "+2h green main a2 -", "+10h red main a3 f"],
            (None, 0, 1, 0),
        ),
        (
            "a branch without the fix is another incident",
            &["+0h red main a1 f", "+2h green main a2 -", "+10h red topic t1 f"],
            (Some(2), 1, 1, 0),
        ),
        (
            "the topic branch is gone: its target counts once the patch is merged",
            &["+0h red topic t1 f", "+1h green main m1 -", "+5h merged main p1 f", "+6h green main m2 -"],
            (Some(6), 1, 0, 0),
        ),
        (
            "the topic branch is gone, and nothing was merged",
            &["+0h red topic t1 f", "+6h green main m2 -"],
            (None, 0, 1, 0),
        ),
        (
            "the middle of three",
            &[
                "+0h red main a f",
                "+1h green main b -",
                "+2h red main c g",
                "+12h green main d -",
                "+20h red main e h",
                "+24h green main g -",
            ],
            (Some(4), 3, 0, 0),
        ),
        ("out of order", &["+3h green main a2 -", "+0h red main a1 f"], (Some(3), 1, 0, 0)),
    ] {
        let got = told(lines).recovery;
        assert_eq!(
            (got.median, got.recovered, got.open, got.flaked),
            (want.0.map(hours), want.1, want.2, want.3),
            "{name}"
        );
    }
}

#[test]
fn reruns_and_their_ends() {
    for (name, lines, want) in [
        ("green", &["+1h rerun b a1 f run=1 attempt=1", "+2h green b a1 - run=1 attempt=2"][..], ((1, 1), 0)),
        ("red again", &["+1h rerun b a1 f run=1 attempt=1", "+2h red b a1 f run=1 attempt=2"], ((0, 1), 0)),
        (
            "red with something else",
            &["+1h rerun b a1 f run=1 attempt=1", "+2h red b a1 g run=1 attempt=2"],
            ((0, 1), 0),
        ),
        ("nobody knows", &["+1h rerun b a1 f run=1 attempt=1"], ((0, 0), 1)),
        (
            "its own failure, told late",
            &["+1h rerun b a1 f run=1 attempt=1", "+2h red b a1 f run=1 attempt=1"],
            ((0, 0), 1),
        ),
        ("green on another commit", &["+1h rerun b a1 f run=1", "+2h green b a2 -"], ((0, 0), 1)),
        (
            "green at first, red later",
            &["+1h rerun b a1 f run=1", "+2h green b a1 -", "+3h red b a1 f run=3"],
            ((1, 1), 0),
        ),
        (
            "two reruns, the second one helps",
            &[
                "+1h rerun b a1 f run=1 attempt=1",
                "+2h red b a1 f run=1 attempt=2",
                "+3h rerun b a1 f run=1 attempt=2",
                "+4h green b a1 - run=1 attempt=3",
            ],
            ((1, 2), 0),
        ),
        (
            "two failures of one run are one rerun",
            &["+1h rerun b a1 f run=1", "+1h rerun b a1 g run=1", "+2h green b a1 - run=2"],
            ((1, 1), 0),
        ),
        ("no rerun was decided", &["+1h lane b a1 f run=1", "+2h green b a1 -"], ((0, 0), 0)),
    ] {
        let got = told(lines);
        assert_eq!((share(got.rerun_success), got.reruns_open), want, "{name}");
    }
}

#[test]
fn every_bucket_has_its_share() {
    let got = told(&[
        "+0h red b a f bucket=flaky_test",
        "+1h red b a g bucket=code_regression",
        "+2h red b a h bucket=flaky_test",
        "+3h red b a -",
        "+4h green b a -",
    ]);
    let shares: Vec<_> = got.buckets.iter().map(|(bucket, of)| (bucket.id(), share(*of))).collect();
    assert_eq!(
        shares,
        [
            ("code_regression", (1, 3)),
            ("flaky_test", (2, 3)),
            ("infra_fault", (0, 3)),
            ("secret_or_config", (0, 3)),
            ("unknown", (0, 3))
        ]
    );
    assert_eq!(got.events, 5);
}
