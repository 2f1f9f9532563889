//! Finding failures in small logs, each for one idea.

use super::*;
use crate::triage::baseline::Baseline;
use proptest::prelude::*;

fn of(log: &str) -> Found {
    find(&Digest::of(log.as_bytes()), None)
}

/// The text of the failure line, which the log has once.
fn line(log: &str) -> String {
    of(log).failure.map(|(_, text)| text).unwrap_or_default()
}

/// A Travis log in which this command fails with this output.
fn travis(output: &str) -> String {
    format!(
        "travis_fold:start:install\r\x1b[0Ktravis_time:start:0a\r\x1b[0K$ ./install\nerror: nobody minds this one\n\
         travis_time:end:0a:start=1,finish=2,duration=1\r\x1b[0Ktravis_fold:end:install\r\x1b[0K\n\
         travis_time:start:0b\r\x1b[0K$ ./check\n{output}\n\
         travis_time:end:0b:start=1,finish=2,duration=1\r\x1b[0K\x1b[31;1mThe command \"./check\" exited with 1.\x1b[0m\n\n\
         travis_fold:start:after_failure\r\x1b[0Ktravis_time:start:0c\r\x1b[0K$ ./upload\nerror: nor this one\n\
         travis_time:end:0c:start=1,finish=2,duration=1\r\x1b[0Ktravis_fold:end:after_failure\r\x1b[0K\n\
         Done. Your build exited with 1.\n"
    )
}

#[test]
fn the_failure_is_looked_for_in_the_step_that_failed() {
    for (output, expected) in [
        // A word that says so.
        ("checking\nerror: the lock file is stale\ndone", "error: the lock file is stale"),
        // Nothing sounds like it: the last paragraph, if it is short.
        ("checking\n\nstyle.css\nmain.css\n", "style.css"),
        // The heading of a list is not the failure.
        ("checking\n\nFailures:\n\n  1) parses an empty file\n     want 1, got 2\n", "  1) parses an empty file"),
        // Of several that look alike and stand together, the first.
        ("a.c:1:2: no such type\n   int\na.c:8:2: no such type\n   int", "a.c:1:2: no such type"),
        // Red says more than place.
        ("one\ntwo\n\x1b[31mthree of them are left\x1b[0m\nfour\nfive", "three of them are left"),
        // What happens all the time is not it.
        ("cannot nap\ncannot nap\ncannot nap\ncannot nap\ncannot nap\n\ncannot eat\n\ncannot nap", "cannot eat"),
        // A remark is not it.
        ("cannot eat\n[INFO] could not find the moon\n[INFO] no failures", "cannot eat"),
    ] {
        let found = line(&travis(output));
        assert!(found == expected || found.ends_with(expected), "{output:?}: {found:?}");
    }
}

#[test]
fn a_cause_wins_over_what_is_louder() {
    let log =
        travis("--- FAIL: TestCart (0.01s)\n    cart_test.go:8: want 1\nFAIL\n\x1b[31merror: something failed\x1b[0m");
    assert_eq!(line(&log), "--- FAIL: TestCart (0.01s)");
    let found = of(&log);
    assert_eq!(found.hit.map(|hit| hit.signature.name), Some("go-test-fail"));
    assert_eq!(found.block, ["--- FAIL: TestCart (0.01s)", "    cart_test.go:8: want 1"]);
}

#[test]
fn every_failure_of_the_kind_is_evidence() {
    let log = travis(
        "--- FAIL: TestA (0.01s)\n    a_test.go:8: want 1\nok\n--- FAIL: TestB (0.01s)\n    b_test.go:8: want 1\nFAIL",
    );
    let found = of(&log);
    let lines: Vec<&str> = log.lines().collect();
    let evidence: Vec<&str> =
        found.evidence.iter().flat_map(|span| &lines[span.start as usize - 1..span.end as usize]).copied().collect();
    assert_eq!(
        evidence,
        ["--- FAIL: TestA (0.01s)", "    a_test.go:8: want 1", "--- FAIL: TestB (0.01s)", "    b_test.go:8: want 1"]
    );
}

#[test]
fn lines_of_other_failures_are_kept_and_bounded() {
    let one = |n: usize| format!("--- FAIL: Test{n} (0.01s)\n    a_test.go:8: want {n}\n");
    let log = |many: usize| travis(&(0..many).map(one).collect::<Vec<_>>().join("ok\n"));
    assert_eq!(of(&log(2)).others, ["--- FAIL: Test1 (0.01s)", "    a_test.go:8: want 1"]);
    assert!((OTHER_LINES..=OTHER_LINES + 1).contains(&of(&log(2_000)).others.len()));
    assert_eq!(of(&log(1)).others, [""; 0]);
}

#[test]
fn a_colour_inside_of_a_word_hides_nothing() {
    let log = travis("a.rb:1:2: \x1b[33mC\x1b[0m: \x1b[36mStyle/Tabs\x1b[0m: do not use tabs\n");
    let plain = travis("a.rb:1:2: C: Style/Tabs: do not use tabs\n");
    let name = |log: &str| of(log).hit.map(|hit| hit.signature.name);
    assert_eq!(name(&log), name(&plain));
    assert!(name(&plain).is_some());
}

#[test]
fn a_list_of_a_known_tool_is_one_block_up_to_its_end() {
    let list: Vec<String> = (1..=200).map(|n| format!("  {n}. [L{n}] 404 https://example.org/{n}")).collect();
    let found = of(&travis(&format!("> Links\n{}\n\nmore\n", list.join("\n"))));
    assert_eq!(found.block.len(), 201, "{:?}", found.failure);
}

#[test]
fn the_first_step_that_names_a_cause_is_taken() {
    let log = format!(
        "{}{}",
        travis("error: the server sleeps"),
        travis("--- FAIL: TestCart (0.01s)\n    cart_test.go:8: want 1")
    );
    assert_eq!(line(&log), "--- FAIL: TestCart (0.01s)");
}

#[test]
fn a_log_that_says_nothing_of_a_failure_has_none() {
    for log in [
        "",
        "\n\n",
        "building\ndone\n",
        "error: tried again\nJob succeeded\n",
        "Started by user ann\nBuilding in workspace /w\nerror: tried again\nFinished: SUCCESS\n",
    ] {
        assert_eq!(of(log).failure, None, "{log:?}");
    }
}

/// A GitHub log of a job with one step, which the runner says nothing of.
fn github(output: &str) -> String {
    let head = "Current runner version: '2.300.0'\n##[group]Run make\nmake\nshell: bash\n##[endgroup]\n";
    format!("{head}{output}\nPost job cleanup.\nCleaning up orphan processes\n")
}

#[test]
fn a_log_that_passed_has_no_failure() {
    let agent = "~~~ Preparing working directory\n~~~ Running commands\n$ go test ./...\nok  \tshop/cart\t0.210s\n";
    let azure = "##[section]Starting: CmdLine\nGenerating script.\nPassed!  - Failed:     0, Passed:     7\n\
                 ##[section]Finishing: CmdLine\n";
    let circle = "#!/bin/bash -eo pipefail\nmake\nerror: tried again\nCircleCI received exit code 0\n";
    let more = "linking\n".repeat(150);
    for log in [
        agent,
        azure,
        circle,
        // A title of a test that waits for better days.
        "  - websocket connection emits status code 502\n\n  72 passing (3m)\n  39 pending\n",
        // The tools say that all is well.
        "error: tried again\n[INFO] BUILD SUCCESS\n",
        "error: no\n1 passed in 0.03s\n",
        // The runner would have said so, and nothing speaks against that.
        &github("Setting log level to ERROR"),
        &github("tests/test_errors.py::test_error PASSED   [ 95%]"),
        &github(&format!("src/a.c:1:2: error: unknown type name 'x'\n{more}")),
        &github(&format!("error: no such volume\n{more}")),
    ] {
        assert_eq!(of(log).failure, None, "{log:?}");
    }
}

#[test]
fn a_failure_that_nobody_got_over_is_one() {
    for (log, expected) in [
        // Something else failed after the tests.
        ("  72 passing (3m)\nerror: coverage is too low\n".to_owned(), "error: coverage is too low"),
        // One tool failed, the next one did not.
        ("error: no\nmake: *** [all] Error 2\n\n12 passed in 0.03s\n".to_owned(), "error: no"),
        // A container fails without a word.
        (github("fatal: no such branch: main\ngoing home"), "fatal: no such branch: main"),
        (github("src/a.c:1:2: error: unknown type name 'x'"), "src/a.c:1:2: error: unknown type name 'x'"),
        (github("##[error]Unable to find the artifact"), "Unable to find the artifact"),
        // The log was cut: of a job that passes, Travis says so.
        ("travis_time:start:0a\r\x1b[0K$ make\nerror: no\n12 passed in 0.03s\n".to_owned(), "error: no"),
    ] {
        assert_eq!(line(&log), expected, "{log:?}");
    }
}

#[test]
fn failures_that_were_expected_are_none() {
    let list = "== XFAILURES ==\n____ test_a ____\n    assert 1 == 2\nE   assert 1 == 2\n\ntests/test_a.py:2: AssertionError\n";
    let log =
        travis(&format!("{list}== FAILURES ==\n____ test_b ____\nE   assert 3 == 4\n== 1 failed, 1 xfailed in 1s =="));
    assert_eq!(line(&log), "____ test_b ____");
    assert_eq!(of(&format!("{list}== 1 passed, 1 xfailed in 1s ==\n")).failure, None);
    let list = "Pending: (Failures listed here are expected and do not affect your suite's status)\n\n  1) Cart sleeps\n     expected: 1\n\n";
    let log = travis(&format!("{list}Failures:\n\n  1) Cart adds\n     Failure/Error: expect(1).to eq 2\n"));
    assert_eq!(line(&log), "  1) Cart adds");
}

#[test]
fn lines_of_passing_logs_are_no_failure() {
    let mut baseline = Baseline::default();
    baseline.learn(&Digest::of(b"error: cannot open 12 doors\nerror: cannot nap\nbuilding\n"));
    let log = "building\nerror: cannot open 7 doors\nerror: the roof is gone\n  at Roof.java:7\nerror: cannot nap\n";
    let found = find(&Digest::of(log.as_bytes()), Some(&baseline));
    assert_eq!(found.failure.map(|(number, _)| number), Some(3));
    assert_eq!(found.evidence, [LineSpan { start: 3, end: 4 }]);
}

#[test]
fn a_line_of_a_passing_log_is_never_the_failure() {
    let verdict = "##[error]Process completed with exit code 101.";
    let log = format!("hello\nerror[E0308]: mismatched types\n{verdict}\n");
    for (passing, expected) in [
        ("hello\nerror[E0308]: mismatched types\n".to_owned(), Some("Process completed with exit code 101.")),
        (log.clone(), None),
        ("hello\n".to_owned(), Some("error[E0308]: mismatched types")),
    ] {
        let mut baseline = Baseline::default();
        baseline.learn(&Digest::of(passing.as_bytes()));
        let found = find(&Digest::of(log.as_bytes()), Some(&baseline)).failure;
        assert_eq!(found.as_ref().map(|(_, text)| text.as_str()), expected, "{passing:?}");
    }
}

#[test]
fn the_excerpt_goes_on_until_the_verdict() {
    let output: Vec<String> = (1..=300).map(|n| format!("line {n}: {}", "x".repeat(n % 7))).collect();
    let log = travis(&format!("{}\nerror: no\n{}", output.join("\n"), output[..10].join("\n")));
    let excerpt = of(&log).excerpt.unwrap();
    assert_eq!(excerpt.lines.len(), EXCERPT_LINES);
    assert!(excerpt.lines.last().unwrap().contains("exited with 1."), "{:?}", excerpt.lines.last());
    let log = travis(&format!("{}\nerror: no\n{}", output.join("\n"), output.join("\n").replace("line", "more")));
    let excerpt = of(&log).excerpt.unwrap();
    assert!(excerpt.lines.len() == EXCERPT_LINES && excerpt.lines[..60].iter().any(|line| line == "error: no"));
}

#[test]
fn a_key_that_begins_before_the_excerpt_is_no_part_of_it() {
    let key: Vec<String> =
        (0..40).map(|n| format!("{n:02}bXktZmFrZS1rZXktd2l0aC1ub3RoaW5nLWluLWl0LWJ1dC1ub2lzZQ{n:02}Ab")).collect();
    let output = format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n--- FAIL: TestKey (0.01s)\n", key.join("\n"));
    let rest = (0..200).map(|n| format!("more {n}\n")).collect::<String>();
    let excerpt = of(&travis(&format!("{output}{rest}"))).excerpt.unwrap();
    assert!(excerpt.lines.iter().any(|line| line.starts_with("--- FAIL: TestKey")));
    assert!(excerpt.lines.iter().all(|line| !line.contains("bXktZmFrZS1")), "{:?}", excerpt.lines);
}

#[test]
fn a_log_full_of_errors_is_looked_through_in_part() {
    let log = "error: again and again, at the same place\n".repeat(200_000);
    let found = of(&log);
    assert!(found.failure.is_some());
    assert!(found.hits.len() < 50_000, "{}", found.hits.len());
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,40}",
        Just("error: no".to_owned()),
        Just("--- FAIL: TestA (0.01s)".to_owned()),
        Just("  1) it works".to_owned()),
        Just("Failures:".to_owned()),
        Just(String::new()),
        Just("travis_time:start:0a\r\x1b[0K$ make".to_owned()),
        Just("The command \"make\" exited with 2.".to_owned()),
        Just("##[group]Run make\nshell: bash\n##[endgroup]".to_owned()),
        Just("##[error]Process completed with exit code 1.".to_owned()),
        Just("Done. Your build exited with 1.".to_owned()),
    ]
}

fn holds(bytes: &[u8], baseline: Option<&Baseline>) -> Result<(), TestCaseError> {
    let digest = Digest::of(bytes);
    let found = find(&digest, baseline);
    let total = digest.total_lines();
    let inside = |span: &LineSpan| 1 <= span.start && span.start <= span.end && span.end <= total;
    prop_assert!(found.evidence.iter().all(inside));
    prop_assert!(found.evidence.windows(2).all(|pair| pair[0].end < pair[1].start));
    prop_assert_eq!(found.failure.is_some(), found.excerpt.is_some());
    if let (Some((number, text)), Some(excerpt)) = (found.failure, found.excerpt) {
        let span = excerpt.span;
        prop_assert!(inside(&span) && (span.start..=span.end).contains(&number));
        prop_assert!(excerpt.lines.len() <= EXCERPT_LINES);
        prop_assert_eq!(excerpt.lines.len() as u64, span.end - span.start + 1);
        prop_assert_eq!(&excerpt.lines[(number - span.start) as usize], &text);
        prop_assert_eq!(found.block.first(), Some(&text));
        prop_assert!(found.evidence.iter().any(|span| (span.start..=span.end).contains(&number)));
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_found_lies_in_the_log(pieces in prop::collection::vec(piece(), 0..150), known in prop::collection::vec(piece(), 0..20)) {
        let log = pieces.join("\n");
        holds(log.as_bytes(), None)?;
        let mut baseline = Baseline::default();
        baseline.learn(&Digest::of(known.join("\n").as_bytes()));
        holds(log.as_bytes(), Some(&baseline))?;
        if let Some((number, text)) = find(&Digest::of(log.as_bytes()), Some(&baseline)).failure {
            prop_assert!(!baseline.has(text.as_bytes()), "line {} is in the passing log: {:?}", number, text);
        }
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        holds(&bytes, None)?;
    }
}
