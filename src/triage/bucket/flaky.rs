//! Tests whose own failure text says that it might pass when it runs again: a wait in vain, a port that somebody holds, a
//! measured time that came out different.
//!
//! It is a guess that one log allows, and a narrow one: many tests that fail together were broken, and values that were
//! compared count for more than the word timeout. What earlier runs prove is asked before.

use super::{Found, Sorted, sorted};
use crate::model::Bucket;
use regex::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// The most tests that fail together by bad luck.
const MOST_TESTS: usize = 2;

/// A test that failed for a reason of time or order.
pub(super) fn of_test(found: &Found) -> Option<Sorted> {
    let tests = found.failed_tests().len();
    if tests > MOST_TESTS {
        return None;
    }
    let told = found.told();
    let said = |cell, pattern| told.iter().any(|line| !is_value(line) && is_like(cell, pattern, line));
    let because = if said(&PORT, IN_USE) {
        "a port that the test wants is in use"
    } else if said(&CALLED, FLAKY) {
        "the test runner itself calls the test flaky"
    } else if said(&WAIT, WAITED) {
        "the test waited in vain"
    } else if tests < 2 && !compared(&told) && said(&LIMIT, TOO_LONG) {
        "the one test that failed ran into its limit of time"
    } else if differs_in_time(&told) {
        "all that differs is a measured time"
    } else {
        return None;
    };
    Some(sorted(Bucket::FlakyTest, 0.6, because))
}

static PORT: OnceLock<Option<Regex>> = OnceLock::new();
static CALLED: OnceLock<Option<Regex>> = OnceLock::new();
static WAIT: OnceLock<Option<Regex>> = OnceLock::new();
static LIMIT: OnceLock<Option<Regex>> = OnceLock::new();

const IN_USE: &str = r"\baddress (?:is )?already in use\b|\bEADDRINUSE\b|only one usage of each socket address|\bport (?:[0-9]+ )?is already (?:in use|allocated)\b";

const FLAKY: &str = r"^\W*flaky test failed too\b|\btest is (?:known to be )?flaky\b";

const WAITED: &str = concat!(
    r"\bwait(?:ed|ing|for\w*)?\b[^'\x22]{0,120}?\b(?:timed out|timeout)\b|",
    r"\b(?:timed out|timeout|gave up)(?: after [0-9.]+ ?\w+)?,? (?:while |when )?(?:a?waiting)\b|",
    r"\bcondition (?:was )?(?:not|never) (?:met|satisfied|fulfilled|reached)\b|\bnot fulfilled within [0-9]|\bstale element\b"
);

const TOO_LONG: &str = concat!(
    r"\btimetrap_timeout\b|\btimeout of [0-9]+ ?ms exceeded\b|\bexceeded timeout of [0-9.]+ ?(?:ms|s)|",
    r"\basync(?:hronous)? (?:callback|function|wait) (?:was not invoked|did not complete|failed: exceeded)|",
    r"\btest timed out (?:in|after) [0-9]|\btesttimedoutexception\b|\btimeoutexception: [0-9]+\.?[0-9]* ?(?:milli)?seconds?\b|",
    r"\bfutures? timed out after\b|^\W*tests timed out\W*$"
);

fn is_like(cell: &OnceLock<Option<Regex>>, pattern: &str, line: &str) -> bool {
    let regex = cell.get_or_init(|| RegexBuilder::new(pattern).case_insensitive(true).build().ok());
    regex.as_ref().is_some_and(|regex| regex.is_match(line))
}

/// Whether a line shows a value that was compared. What stands in it was not said by the runner.
fn is_value(line: &str) -> bool {
    let line = line.trim_start().to_ascii_lowercase();
    ["expected", "actual", "received", "got:", "want:", "left:", "right:", "- ", "-\t"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

/// Whether some test of those compared values: runners number them, and do not always repeat the name.
fn compared(told: &[&str]) -> bool {
    const WORDS: [&str; 4] = ["AssertionError", "AssertionFailedError", "Assertion failed", "Expected:"];
    told.iter().any(|line| WORDS.iter().any(|word| line.contains(word)) || line.trim_start().starts_with("2) "))
}

/// Whether all lines of a difference are the same but for a time that was measured.
fn differs_in_time(told: &[&str]) -> bool {
    const TIMES: [&str; 6] = ["elapsed", "duration", " took ", "seconds", " after ", "milliseconds"];
    let side = |mark: char, other: &str| -> Vec<&str> {
        let lines = told.iter().map(|line| line.trim_start());
        lines
            .filter(|line| !line.starts_with(other))
            .filter_map(|line| line.strip_prefix(mark))
            .map(str::trim)
            .collect()
    };
    let (before, after) = (side('-', "---"), side('+', "+++"));
    let alike = |(before, after): (&&str, &&str)| {
        before != after && masked(before) == masked(after) && TIMES.iter().any(|word| before.contains(word))
    };
    !before.is_empty() && before.len() == after.len() && before.iter().zip(&after).all(alike)
}

/// The text with its numbers taken out.
fn masked(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::bucket;
    use super::*;

    #[test]
    fn the_failure_text_speaks_of_time_or_order() {
        for (log, want) in [
            (
                "--- FAIL: TestServe (1.06s)\n    serve_test.go:35: listen udp 127.0.0.1:42613: bind: address already in use\nFAIL\n",
                Bucket::FlakyTest,
            ),
            (
                "--- FAIL: TestPorts (0.06s)\n    serve_test.go:35: got \"x\", want \"y\"\nFAIL\nlisten: address already in use\n",
                Bucket::CodeRegression,
            ),
            (
                "--- FAIL: TestMail (9.00s)\n    mail_test.go:12: timed out after 8s waiting for the first letter\nFAIL\n",
                Bucket::FlakyTest,
            ),
            ("--- FAIL: TestMail (9.00s)\n    mail_test.go:12: Timed out\nFAIL\n", Bucket::CodeRegression),
            (
                "--- FAIL: TestApply (0.03s)\n    apply_test.go:9: wrong:\n          {\n        - \t\"elapsed_seconds\": float64(0),\n        + \t\"elapsed_seconds\": float64(1),\n          }\nFAIL\n",
                Bucket::FlakyTest,
            ),
            (
                "--- FAIL: TestApply (0.03s)\n    apply_test.go:9: wrong:\n          {\n        - \t\"elapsed_seconds\": float64(0),\n        - \t\"items\": float64(3),\n        + \t\"elapsed_seconds\": float64(1),\n        + \t\"items\": float64(4),\n          }\nFAIL\n",
                Bucket::CodeRegression,
            ),
            (
                "--- FAIL: TestTotal (0.03s)\n    total_test.go:9: wrong:\n        - \t\"total\": float64(0),\n        + \t\"total\": float64(1),\nFAIL\n",
                Bucket::CodeRegression,
            ),
        ] {
            assert_eq!(bucket(&format!("{log}##[error]Process completed with exit code 1.\n")), want, "{log}");
        }
    }

    #[test]
    fn tests_that_fail_together_were_broken() {
        let fail =
            |name: &str| format!("--- FAIL: {name} (9.00s)\n    a_test.go:3: timed out waiting for the server\n");
        let log = |names: &[&str]| names.iter().map(|name| fail(name)).collect::<String>() + "FAIL\n";
        assert_eq!(bucket(&log(&["TestOne", "TestTwo"])), Bucket::FlakyTest);
        assert_eq!(bucket(&log(&["TestOne", "TestTwo", "TestThree"])), Bucket::CodeRegression);
    }

    #[test]
    fn what_each_runner_says() {
        for (cell, text, line, want) in [
            (&PORT, IN_USE, "Error: listen EADDRINUSE: address already in use :::8080", true),
            (&PORT, IN_USE, "the street address is already in the book", false),
            (&CALLED, FLAKY, "\tFlaky test failed too often, giving up", true),
            (&CALLED, FLAKY, "FAIL flaky_test.rb", false),
            (&CALLED, FLAKY, "Flaky test failed, running it again", false),
            (&WAIT, WAITED, "Caught exception in Test_quote(): WaitFor() timed out after 5000 msec", true),
            (&WAIT, WAITED, "Timeout waiting for element to be visible", true),
            (&WAIT, WAITED, "    Error: Condition never satisfied", true),
            (&WAIT, WAITED, "the waiter brought the bill", false),
            (
                &LIMIT,
                TOO_LONG,
                "Error: Timeout of 2000ms exceeded. For async tests and hooks, ensure \"done()\" is called",
                true,
            ),
            (&LIMIT, TOO_LONG, "Tests timed out", true),
            (&LIMIT, TOO_LONG, "Reason: timetrap_timeout", true),
            (&LIMIT, TOO_LONG, "com.example.util.TimeoutException: 30.seconds", true),
            (&LIMIT, TOO_LONG, "java.net.SocketTimeoutException: connect timed out", false),
        ] {
            assert_eq!(is_like(cell, text, line), want, "{line}");
        }
        assert!(is_value("  Expected: \"Timed out waiting for x\""));
    }
}
