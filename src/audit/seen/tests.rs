//! What was seen, a story a row.

use super::super::stories::{moment, story};
use super::*;

fn print() -> Fingerprint {
    Fingerprint { fine: "f".into(), coarse: "c".into(), key: "f".into(), sample: String::new(), confident: true }
}

/// What is known at `now` of a failure `f` with these words (as in a story), which is not among the events itself.
fn asked(lines: &[&str], now: &str, present: &str) -> Seen {
    let present = story(&[&format!("{now} red {present}")]).remove(0);
    seen(&story(lines), &present.run, &print(), present.actor.as_deref(), moment(now))
}

#[test]
fn what_is_counted() {
    let none = Seen { times: 1, days: 7, branches: 1, commits: 1, unrelated: 1, ..Seen::default() };
    for (name, lines, present, want) in [
        ("never before", &[][..], "b a1 run=1", none.clone()),
        ("nothing is known of the run", &[], "- -", Seen { branches: 0, commits: 0, unrelated: 0, ..none.clone() }),
        ("the same run, told before", &["+199h red b a1 f run=1"], "b a1 run=1", none.clone()),
        ("another job of the run", &["+199h red b a1 f run=1 job=x"], "b a1 run=1 job=y", none.clone()),
        (
            "its next attempt",
            &["+199h red b a1 f run=1 attempt=1"],
            "b a1 run=1 attempt=2",
            Seen { times: 2, ..none.clone() },
        ),
        ("a commit without a run", &["+199h red b a1 f", "+199h red b a1 f"], "b a1", none.clone()),
        ("another fingerprint", &["+199h red b a2 g run=2"], "b a1 run=1", none.clone()),
        ("another repository", &["+199h red b a2 f run=2 repo=o/x"], "b a1 run=1", none.clone()),
        (
            "seven days ago to the millisecond",
            &["+32h red b a1 f run=2"],
            "b a1 run=1",
            Seen { times: 2, ..none.clone() },
        ),
        ("longer ago than that", &["+31h red b a1 f run=2"], "b a1 run=1", none.clone()),
        ("a clock that runs ahead", &["+201h red b a1 f run=2"], "b a1 run=1", Seen { times: 2, ..none.clone() }),
        (
            "two branches of two people",
            &["+199h red c c1 f run=2 actor=ann"],
            "b a1 run=1 actor=bob",
            Seen { times: 2, branches: 2, commits: 2, unrelated: 2, ..none.clone() },
        ),
        (
            "two branches of one person",
            &["+199h red c c1 f run=2 actor=ann"],
            "b a1 run=1 actor=ann",
            Seen { times: 2, branches: 2, commits: 2, ..none.clone() },
        ),
        (
            "two branches at one commit",
            &["+199h red c a1 f run=2 actor=ann"],
            "b a1 run=1 actor=bob",
            Seen { times: 2, branches: 2, ..none.clone() },
        ),
        (
            "everybody builds on a broken branch",
            &["+190h red main m1 f run=2 actor=ann", "+191h red c c1 f run=3 actor=cy"],
            "b a1 run=1 actor=bob",
            Seen { times: 3, branches: 3, commits: 3, unrelated: 0, ..none.clone() },
        ),
        (
            "the same there, but it passed as well",
            &["+190h red main m1 f run=2 actor=ann", "+191h green main m1 -"],
            "b a1 run=1 actor=bob",
            Seen { times: 2, branches: 2, commits: 2, unrelated: 2, passed_on_same_commit: 1, ..none.clone() },
        ),
    ] {
        assert_eq!(asked(lines, "+200h", present), want, "{name}");
    }
}

#[test]
fn the_same_commit_passed() {
    for (lines, present, want) in [
        (&["+1h green b a1 - job=t"][..], "b a1 run=2 job=t", 1),
        (&["+1h green b a1 -"], "b a1 run=2 job=t", 1),
        // The same failure was read before: its second reading says what its first one said.
        (&["+1h green b a1 -", "+2h red b a1 f run=2 job=t"], "b a1 run=2 job=t", 1),
        (&["+1h green b abcdef0 -"], "b abcdef0123 run=2", 1),
        (&["+1h green b abcdef0123 -"], "b abcdef0 run=2", 1),
        (&["+1h green b abcdef0123 -", "+1h red c abcdef0999 f run=3"], "b abcdef0 run=2", 0),
        (&["+1h green b a1 - job=t"], "b a1 run=2", 1),
        (&["+1h green b a1 - job=lint"], "b a1 run=2 job=t", 0),
        (&["+1h green b a2 - job=t"], "b a1 run=2 job=t", 0),
        (&["+1h green b a1 - job=t repo=o/x"], "b a1 run=2 job=t", 0),
        (&["+1h failed b a1 - job=t"], "b a1 run=2 job=t", 0),
        (&["+1h green b - - job=t"], "b - run=2 job=t", 0),
        (&["+1h red b a1 f run=1", "+2h green b a1 -", "+3h red b a2 f run=3", "+4h green b a2 -"], "b a3 run=5", 2),
        (&["+1h red b a1 f run=1", "+2h green b a1 -", "+3h green b a1 -"], "b a1 run=5", 1),
    ] {
        assert_eq!(asked(lines, "+5h", present).passed_on_same_commit, want, "{lines:?}");
    }
}

#[test]
fn reruns_of_this_commit_for_this_failure() {
    for (lines, want) in [
        (&[][..], 0),
        (&["+1h rerun b a1 f run=1 attempt=1"], 1),
        (&["+1h rerun b a1 f run=1 attempt=1", "+2h rerun b a1 f run=1 attempt=1"], 1),
        (&["+1h rerun b a1 f run=1 attempt=1", "+2h rerun b a1 f run=1 attempt=2"], 2),
        // The decision about the very run that is asked about.
        (&["+1h rerun b a1 f run=1 attempt=3"], 0),
        (&["+1h lane b a1 f run=1 attempt=1"], 0),
        (&["+1h rerun b a2 f run=1 attempt=1"], 0),
        (&["+1h rerun b a1 g run=1 attempt=1"], 0),
        (&["+1h rerun b a1 f run=1 attempt=1 repo=o/x"], 0),
        // Somebody looked at a log by hand.
        (&["+1h rerun b a1 f"], 0),
        // A job that ran again within one pipeline, which has another address.
        (&["+1h rerun b a1 f run=1 attempt=3 url=u1"], 1),
    ] {
        assert_eq!(asked(lines, "+5h", "b a1 run=1 attempt=3").retries_used, want, "{lines:?}");
    }
    assert_eq!(asked(&["+1h rerun b - f run=1"], "+5h", "b - run=2").retries_used, 0, "no commit is no commit's rerun");
}
