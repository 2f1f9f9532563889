//! The promises of a fingerprint, each on a whole log: what does not matter changes no byte of it, and what does, does.

use crate::model::Fingerprint;
use crate::triage::digest::Digest;
use crate::triage::find;

/// A failed run; `%…%` are what another run writes differently.
const LOG: &[&str] = &[
    "Runner name: '%HOST%'",
    "Run go test ./...",
    "ok  \tacme.example/shop/cart\t%TOOK%s",
    "=== RUN   TestAdd",
    "--- PASS: TestAdd (0.00s)",
    "=== RUN   TestApply",
    "--- FAIL: TestApply (%TOOK%s)",
    "    apply_test.go:%ROW%: dial tcp 127.0.0.1:%PORT%: open %DIR%/orders.db: exit status 3",
    "    apply_test.go:%ROW%: order %UUID% of %HEX% (pid=%PID%) after %TOOK%s at %STAMP%",
    "FAIL",
    "FAIL\tacme.example/shop/apply\t%TOOK%s",
    "##[error]Process completed with exit code 1.",
];

const ONCE: [(&str, &str); 9] = [
    ("%HOST%", "fv-az12-345"),
    ("%TOOK%", "1.52"),
    ("%ROW%", "41"),
    ("%PORT%", "41234"),
    ("%DIR%", "/tmp/TestApply123/001"),
    ("%UUID%", "7b1c2f0e-9d3a-4c55-8f0e-1a2b3c4d5e6f"),
    ("%HEX%", "0xc000012345"),
    ("%PID%", "4242"),
    ("%STAMP%", "2026-01-02T03:04:05Z"),
];

const AGAIN: [(&str, &str); 9] = [
    ("%HOST%", "fv-az901-2"),
    ("%TOOK%", "0.7"),
    ("%ROW%", "388"),
    ("%PORT%", "5"),
    ("%DIR%", "/tmp/TestApply9/002"),
    ("%UUID%", "00000000-0000-4000-8000-00000000000a"),
    ("%HEX%", "0x1"),
    ("%PID%", "7"),
    ("%STAMP%", "2031-12-31 23:59:59.123456 +0200"),
];

fn filled(values: &[(&str, &str)]) -> Vec<String> {
    let fill = |line: &&str| values.iter().fold((*line).to_owned(), |line, (hole, value)| line.replace(hole, value));
    LOG.iter().map(fill).collect()
}

fn print(lines: &[String], ending: &str) -> Fingerprint {
    let log: String = lines.iter().map(|line| format!("{line}{ending}")).collect();
    super::of(&find::find(&Digest::of(log.as_bytes()), None)).unwrap()
}

/// What the log looks like where GitHub keeps it.
fn stamped(lines: &[String], second: usize) -> Vec<String> {
    let stamp =
        |(n, line): (usize, &String)| format!("2026-03-04T05:{:02}:{second:02}.{:07}Z {line}", n % 60, n * 7919);
    lines.iter().enumerate().map(stamp).collect()
}

#[test]
fn what_does_not_matter_changes_no_byte() {
    let plain = filled(&ONCE);
    let expected = print(&plain, "\n");
    let mut more = plain.clone();
    for n in 0..40 {
        more.insert(5, format!("--- PASS: TestAdd{n} (0.00s)"));
        more.insert(5, format!("=== RUN   TestAdd{n}"));
    }
    let mut fewer = plain.clone();
    fewer.drain(2..5);
    let coloured: Vec<String> = plain.iter().map(|line| format!("\u{1b}[31m{line}\u{1b}[0m")).collect();
    let of_gh: Vec<String> = stamped(&plain, 7).iter().map(|line| format!("test\tRun go test\t{line}")).collect();
    for (name, lines, ending) in [
        ("another run", filled(&AGAIN), "\n"),
        ("more passing tests", more, "\n"),
        ("fewer passing tests", fewer, "\n"),
        ("colours", coloured, "\n"),
        ("CRLF", plain.clone(), "\r\n"),
        ("time stamps", stamped(&plain, 1), "\n"),
        ("other time stamps", stamped(&filled(&AGAIN), 59), "\r\n"),
        ("as gh prints it", of_gh, "\n"),
    ] {
        let got = print(&lines, ending);
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn what_matters_makes_another_one() {
    let plain = filled(&ONCE);
    let before = print(&plain, "\n");
    for (from, to) in [("TestApply", "TestApplyTwice"), ("orders.db: exit status 3", "orders.db: permission denied")] {
        let other: Vec<String> = plain.iter().map(|line| line.replace(from, to)).collect();
        assert_ne!(print(&other, "\n").fine, before.fine, "{to}");
    }
    let renamed: Vec<String> = plain.iter().map(|line| line.replace("TestApply", "TestOther")).collect();
    assert_ne!(print(&renamed, "\n").coarse, before.coarse);
}

#[test]
fn the_key_is_for_people_and_the_hashes_are_of_this_version() {
    let print = print(&filled(&ONCE), "\n");
    assert!(print.key.ends_with("TestApply"), "{}", print.key);
    for hash in [&print.fine, &print.coarse] {
        let digits = hash.strip_prefix("v1:").unwrap();
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    }
    assert_ne!(print.fine, print.coarse);
    assert!(print.confident && print.sample.contains("TestApply") && print.sample.len() <= super::SAMPLE);
}

#[test]
fn an_echo_alone_is_told_as_such() {
    let lines = ["+ ./build.sh".to_owned(), "##[error]Process completed with exit code 1.".to_owned()];
    let log = lines.join("\n");
    if let Some(print) = super::of(&find::find(&Digest::of(log.as_bytes()), None)) {
        assert!(!print.confident, "{print:?}");
    }
}

#[test]
fn the_order_of_failed_tests_is_chance_and_their_set_is_not() {
    let log = |tests: &[&str]| -> Vec<String> {
        let blocks = tests.iter().map(|test| format!("--- FAIL: {test} (0.02s)\n    a_test.go:3: bad {test}"));
        let end = ["FAIL", "##[error]Process completed with exit code 1."].map(str::to_owned);
        std::iter::once("Run go test ./...".to_owned()).chain(blocks).chain(end).collect()
    };
    let [one, other, more] = [&["TestA", "TestB"][..], &["TestB", "TestA"], &["TestA", "TestB", "TestC"]]
        .map(|tests| print(&log(tests), "\n"));
    assert_eq!(one, other);
    assert!(one.key.ends_with("TestA and 1 more"), "{}", one.key);
    assert_ne!(one.fine, more.fine);
}

#[test]
fn what_a_list_ends_with_matters_too() {
    let log = |last: &str| -> Vec<String> {
        let list = (1..60).map(|n| format!("  {n}. [L{n}] 404 https://shop.example/page-{n}"));
        let all = ["Run awesome_bot README.md".to_owned(), "> Links".to_owned()].into_iter().chain(list);
        let end =
            [format!("  60. [L60] 404 {last}"), String::new(), "##[error]Process completed with exit code 1.".into()];
        all.chain(end).collect()
    };
    let [one, other] = ["https://shop.example/a", "https://shop.example/b"].map(|last| print(&log(last), "\n"));
    assert_ne!(one.fine, other.fine);
    assert_eq!(one.key, "awesome-bot-dead:Links <n>. [L<n>] <n> https://shop.example/page-<n>");
}

#[test]
fn tests_that_were_left_out_have_no_part() {
    let failed = ["Failure:", "CartTest#test_tax [test/cart_test.rb:17]:", "Expected: 3", "  Actual: 4", ""];
    let skipped = ["Skipped:", "StockTest#test_count [test/stock_test.rb:8]:", "no stock here", ""];
    let log = |parts: &[&[&str]]| -> Vec<String> {
        let end = ["2 runs, 1 failures", "##[error]Process completed with exit code 1."];
        let all = ["Run rake test"].iter().chain(parts.iter().copied().flatten()).chain(&end);
        all.map(|line| (*line).to_owned()).collect()
    };
    let [one, other] = [log(&[&failed]), log(&[&skipped, &failed])].map(|log| print(&log, "\n"));
    assert_eq!(one, other);
    assert_eq!(one.key, "minitest-header:CartTest#test_tax");
}

#[test]
fn keys_say_something_and_are_short() {
    let log = |failure: &str| -> Vec<String> {
        let log = format!("Run npm test\n{failure}\n\n##[error]Process completed with exit code 1.");
        log.lines().map(str::to_owned).collect()
    };
    let key = |failure: &str| print(&log(failure), "\n").key;
    assert_eq!(
        key("  1 failing\n\n  1) \n       cart\n         adds the tax:\n     no"),
        "numbered-test:cart adds the tax:"
    );
    let link = key("[404] https://shop.example/gone | Failed: Network error: Not Found");
    assert!(link.starts_with("link-dead:404:https://shop.example/gone"), "{link}");
    let long = key(&format!("  1 failing\n\n  1) {}:\n     no", "cart ".repeat(60)));
    assert!(long.chars().count() == 100 && long.ends_with('…'), "{long}");
}
