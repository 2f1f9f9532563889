//! Files as reviewers and their wrappers leave them, whole and broken.

use super::*;
use crate::model::ReviewFinding;
use crate::verdict::merge::{self, tally};
use ReviewVerdict::{CriticalFail, Degraded, InfraFail, Pass, Warn};
use proptest::prelude::*;

fn reviews(text: &str) -> Vec<Review> {
    read(text.as_bytes(), "file", str::to_owned).into_iter().flat_map(|ballot| ballot.reviews).collect()
}

fn one(text: &str) -> Review {
    let reviews = reviews(text);
    assert_eq!(reviews.len(), 1, "{text}: {reviews:?}");
    reviews.into_iter().next().unwrap()
}

#[track_caller]
fn said(text: &str, expected: &[(&str, ReviewVerdict)]) {
    let reviews = reviews(text);
    let got: Vec<_> = reviews.iter().map(|review| (review.agent.as_str(), review.verdict)).collect();
    assert_eq!(got, expected, "{text}");
}

const A: &str = r#"{"agent": "a", "verdict": "PASS"}"#;
const B: &str = r#"{"agent": "b", "verdict": "CRITICAL_FAIL"}"#;

#[test]
fn one_many_a_line_or_an_array() {
    let both = [("a", Pass), ("b", CriticalFail)];
    said(A, &both[..1]);
    said(&format!("\u{feff}{A}\r\n"), &both[..1]);
    said(&format!("{A}\n{B}\n"), &both);
    said(&format!("{A}{B}"), &both);
    said(&format!("\n\n{A}\n\n\n{B}\n\n"), &both);
    said(&format!("[{A},{B}]"), &both);
    said(&format!("[{A}]\n[{B}]"), &both);
    said(&format!("[[{A}], {B}]"), &both);
    said(r#"[{"agent": "b", "verdict": "CRITICAL_FAIL", "verdict": "PASS"}]"#, &both[1..]);
    said(r#"{"agent": "a", "verdict": "WARN", "is_error": true}"#, &[("a", InfraFail)]);
    said(&format!("{}\n{}", A.replace(',', ",\n  "), B.replace(',', ",\n  ")), &both);
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(A.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_eq!(read(&utf16, "file", str::to_owned)[0].reviews[0].agent, "a");
}

#[test]
fn what_cannot_be_read_did_not_review_and_the_rest_did() {
    said("", &[("file", InfraFail)]);
    said(" \n", &[("file", InfraFail)]);
    said("[]", &[("file", InfraFail)]);
    said("null", &[("file", InfraFail)]);
    said("PASS", &[("file", InfraFail)]);
    said("\"PASS\"", &[("file", InfraFail)]);
    said("{}", &[("file", InfraFail)]);
    said("\0\u{1}\u{fffd}", &[("file", InfraFail)]);
    said(&format!("[{A}, 3]"), &[("a", Pass), ("file", InfraFail)]);
    said(&A[..20], &[("file", InfraFail)]);
    said(&format!("[{A},"), &[("file", InfraFail)]);
    said(&format!("{A}\n{}", &B[..20]), &[("a", Pass), ("file", InfraFail)]);
    said(&format!("{}\n{B}\n", &A[..20]), &[("b", CriticalFail), ("file", InfraFail)]);
    said(&format!("oops\n{B}\nand oops\n{A}\n"), &[("b", CriticalFail), ("a", Pass), ("file", InfraFail)]);
    said(&"[".repeat(100_000), &[("file", InfraFail)]);
    said(&format!("{}\n{B}", "[".repeat(100_000)), &[("b", CriticalFail), ("file", InfraFail)]);
    for (text, reason) in [
        ("", "its file is empty"),
        ("[]", "its file has no answer in it"),
        ("oops", "its file is no JSON in line 1, column 1"),
        (&format!("{A}\n\n{{\"agent\": oops}}\n"), "its file is no JSON in line 3, column 11"),
        (&format!("{A}\n{{\"agent\":"), "its file ends in the middle of an answer (line 2)"),
        ("oops\n{oops}\n{\"a\": 1,\n oops", "its file is no JSON in line 1, column 1, and in 2 places more"),
        ("3", "its answer is a number, and must be an object"),
        ("{}", "its answer has no verdict"),
        (r#"{"verdict": null}"#, "its answer has no verdict"),
        (r#"{"verdict": true}"#, "its verdict is true or false, and must be a word such as \"PASS\""),
        (
            r#"{"verdict": "PASS|WARN"}"#,
            "its verdict \"PASS|WARN\" says two things; it must be one of PASS, WARN, DEGRADED, INFRA_FAIL, CRITICAL_FAIL",
        ),
        (
            r#"{"schema": "ci-guard/retry/v1", "verdict": "PASS"}"#,
            "its file is of the schema ci-guard/retry/v1, which is no answer; ci-guard/verdict/v1 is",
        ),
    ] {
        assert_eq!(reviews(text).last().unwrap().reason.as_deref(), Some(reason), "{text}");
    }
    let piped = read(b"[]", merge::STANDARD_INPUT, str::to_owned);
    assert_eq!(piped[0].reviews[0].reason.as_deref(), Some("it has no answer in it"));
}

#[test]
fn names_and_reasons_lose_their_secrets_before_they_are_cut() {
    let clean = |text: &str| text.replace("SECRET0123456789", "[gone]");
    let secret = "SECRET0123456789";
    for text in [
        "".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"schema": "ci-guard/{}{secret}", "verdict": "PASS"}}"#, "x".repeat(QUOTE - 20)),
        format!(
            r#"{{"schema": "ci-guard/verdict/v1", "verdict": "{secret}", "agents": [{{"agent": "{secret}"}}], "not_run": ["b {secret}"], "required_missing": ["b {secret}"]}}"#
        ),
    ] {
        let ballots = read(text.as_bytes(), &format!("{}{secret}", "x".repeat(190)), clean);
        assert!(!format!("{ballots:?}").contains("SECR"), "{ballots:?}");
    }
    let mut answers = Answers::new(clean);
    answers.fail(&format!("a {secret}"), format!("{secret}.json: there is no such file"));
    let ballots = answers.finish();
    let panel = tally(ballots, &[name(&format!(" a {secret}"), clean).unwrap()]);
    assert_eq!((panel.required_missing.len(), panel.not_run), (1, vec!["a [gone]".to_owned()]));
}

#[test]
fn verdict_and_failure_type_must_agree() {
    for (fields, verdict, failure) in [
        (r#""verdict": "PASS""#, Pass, FailureType::None),
        (r#""verdict": "pass", "failure_type": """#, Pass, FailureType::None),
        (r#""verdict": "PASS", "failure_type": "NONE""#, Pass, FailureType::None),
        (r#""verdict": "PASS", "failure_type": "INFRA""#, InfraFail, FailureType::Infra),
        (r#""verdict": "PASS", "failure_type": "infrastructure""#, InfraFail, FailureType::Infra),
        (r#""verdict": "PASS", "failure_type": "CODE_QUALITY""#, InfraFail, FailureType::Infra),
        (r#""verdict": "PASS", "failure_type": "odd""#, InfraFail, FailureType::Infra),
        (r#""verdict": "PASS", "failure_type": 3"#, InfraFail, FailureType::Infra),
        (r#""verdict": "WARN", "failure_type": "CODE_QUALITY""#, Warn, FailureType::CodeQuality),
        (r#""verdict": "CRITICAL_FAIL", "failure_type": "NONE""#, CriticalFail, FailureType::CodeQuality),
        (r#""verdict": "CRITICAL_FAIL", "failure_type": "odd""#, CriticalFail, FailureType::CodeQuality),
        (r#""verdict": "CRITICAL_FAIL", "failure_type": "INFRA""#, InfraFail, FailureType::Infra),
        (r#""verdict": "FAIL", "failure_type": "INFRA", "findings": ["lost"]"#, InfraFail, FailureType::Infra),
        (
            r#""verdict": "FAIL", "failure_type": "INFRA", "findings": {"file": "a.rs"}"#,
            CriticalFail,
            FailureType::CodeQuality,
        ),
        (r#""verdict": "INFRA_FAIL", "failure_type": "NONE""#, InfraFail, FailureType::Infra),
        (r#""verdict": "DEGRADED""#, Degraded, FailureType::Infra),
    ] {
        let review = one(&format!("{{{fields}}}"));
        assert_eq!((review.verdict, review.failure), (verdict, failure), "{fields}: {review:?}");
    }
}

#[test]
fn wrong_types_cost_their_content_only() {
    for (retry_count, is) in [
        ("2", 2),
        ("-1", 0),
        ("2.9", 2),
        ("1e99", u32::MAX),
        ("4294967296", u32::MAX),
        ("\"3\"", 3),
        ("null", 0),
        ("[]", 0),
    ] {
        assert_eq!(one(&format!(r#"{{"verdict": "PASS", "retry_count": {retry_count}}}"#)).retry_count, is);
    }
    for (agent, is) in [("\" a \"", "a"), ("\"\"", "file"), ("null", "file"), ("7", "7"), ("{}", "file")] {
        assert_eq!(one(&format!(r#"{{"verdict": "PASS", "agent": {agent}}}"#)).agent, is);
    }
    for (message, is) in [("\" m \"", "m"), ("null", ""), ("[\"a\", \"b\"]", "a\nb"), ("{}", ""), ("1", "1")] {
        assert_eq!(one(&format!(r#"{{"verdict": "PASS", "message": {message}}}"#)).message, is);
    }
    let long = one(&format!(r#"{{"verdict": "PASS", "agent": "{0}", "message": "{0}"}}"#, "ä".repeat(100_000)));
    assert_eq!((long.agent.chars().count(), long.message.chars().count()), (200, 2000));
}

#[test]
fn findings_are_read_in_many_shapes() {
    let findings = |json: &str| one(&format!(r#"{{"verdict": "WARN", "findings": {json}}}"#)).findings;
    let plain = |message: &str| ReviewFinding { message: message.to_owned(), ..ReviewFinding::default() };
    assert_eq!(findings("null"), []);
    assert_eq!(findings("[]"), []);
    assert_eq!(findings("true"), []);
    assert_eq!(findings("\"f\""), [plain("f")]);
    assert_eq!(findings("[\"f\", null, \"\", \"g\"]"), [plain("f"), plain("g")]);
    assert_eq!(findings("{}"), [plain("it does not say what it is")]);
    let whole = ReviewFinding {
        severity: Some("high".to_owned()),
        path: Some("src/a.rs".to_owned()),
        line: Some(7),
        rule: Some("R1".to_owned()),
        message: "m".to_owned(),
    };
    for json in [
        r#"{"severity": "high", "path": "src/a.rs", "line": 7, "rule": "R1", "message": "m", "more": {}}"#,
        r#"[{"level": "high", "file": "src/a.rs", "start_line": "7-9", "id": "R1", "description": "m"}]"#,
    ] {
        assert_eq!(findings(json), std::slice::from_ref(&whole), "{json}");
    }
    for line in ["0", "-3", "1.5", "\"x\"", "null", "[]"] {
        assert_eq!(findings(&format!(r#"[{{"message": "m", "line": {line}}}]"#)), [plain("m")], "{line}");
    }
}

#[test]
fn what_is_too_much_still_counts() {
    let many = "{\"agent\":\"a\",\"verdict\":\"PASS\"}\n".repeat(MOST_REVIEWS);
    let ballots = read(format!("{many}{many}{B}\n").as_bytes(), "file", str::to_owned);
    assert_eq!(ballots.len(), MOST_REVIEWS + 1);
    assert_eq!(tally(ballots.clone(), &[]).verdict, CriticalFail);
    assert_eq!(
        ballots.last().unwrap().reviews[0].reason.as_deref(),
        Some("no more than 10,000 answers are kept apart; 10,001 further answers count here together")
    );
    let findings = format!(r#"{{"verdict": "WARN", "findings": [{}"f"]}}"#, "\"f\",".repeat(MOST_FINDINGS + 1));
    let review = one(&findings);
    assert_eq!((review.verdict, review.findings.len()), (Warn, MOST_FINDINGS));
    assert_eq!(review.reason.as_deref(), Some("2 findings more of it are not kept"));
}

#[test]
fn what_was_merged_counts_once() {
    let merged = |verdict: &str, agents: &str, not_run: &str| {
        let text = format!(
            r#"{{"schema": "ci-guard/verdict/v1", "verdict": {verdict}, "agents": {agents}, "not_run": {not_run}, "next_actions": []}}"#
        );
        let mut ballots = read(text.as_bytes(), "file", str::to_owned);
        assert_eq!(ballots.len(), 1, "{text}");
        ballots.remove(0)
    };
    let ballot = merged(r#""CRITICAL_FAIL""#, &format!("[{A}, {B}]"), r#"["c"]"#);
    assert_eq!((ballot.verdict, ballot.reviews.len(), ballot.absent), (CriticalFail, 2, vec!["c".to_owned()]));
    // Nobody was merged: that is a group, and it failed.
    let ballot = merged(r#""INFRA_FAIL""#, "[]", "[]");
    assert_eq!((ballot.verdict, ballot.reviews[0].agent.as_str()), (InfraFail, "file"));
    // Somebody has changed it: the worse of both.
    for (verdict, agents, is, shown) in [
        (r#""PASS""#, format!("[{A}, {B}]"), CriticalFail, 2),
        (r#""PASS""#, r#"[{"agent": "a", "verdict": "INFRA_FAIL"}]"#.to_owned(), InfraFail, 1),
        (r#""CRITICAL_FAIL""#, format!("[{A}]"), CriticalFail, 2),
        (r#""INFRA_FAIL""#, format!("[{A}]"), InfraFail, 2),
        (r#""WARN""#, "[]".to_owned(), InfraFail, 1),
        (r#""WARN""#, "null".to_owned(), Warn, 1),
        (r#""SOON""#, format!("[{A}]"), InfraFail, 2),
        ("null", format!("[{B}]"), CriticalFail, 1),
        (r#""PASS""#, format!("[{A}, 3]"), Degraded, 2),
    ] {
        let ballot = merged(verdict, &agents, "[]");
        assert_eq!((ballot.verdict, ballot.reviews.len()), (is, shown), "{verdict} {agents}");
    }
}

/// Nothing of a text may be read again for every line of it.
#[test]
fn hostile_files_are_read_once() {
    for part in [
        "{\n",
        "[\n",
        "{}\n,",
        "[1,\n",
        "{\"a\":\n",
        "{},\n",
        "oops\n",
        "{\"verdict\":\"PASS\"}\n",
        "\"\n",
        "[[",
        "1 ",
        "[]\n",
    ] {
        let text = part.repeat((1 << 18) / part.len());
        for text in [text.clone(), format!("[\n{text}"), format!("{}{text}", "[\n".repeat(120))] {
            assert!(!read(text.as_bytes(), "file", str::to_owned).is_empty(), "{part:?}");
        }
    }
}

fn nearly_json() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\n",
        "\"agent\"",
        "\"verdict\"",
        "\"PASS\"",
        "\"FAIL\"",
        "\"findings\"",
        "null",
        "7",
        "\"\"",
        " ",
        "\"schema\":\"ci-guard/verdict/v1\"",
        "\"agents\"",
        A,
        B,
        "\u{0}",
        "é",
    ]);
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_file_is_somebodys_answer(bytes: Vec<u8>) {
        prop_assert!(!read(&bytes, "file", str::to_owned).is_empty());
    }

    #[test]
    fn anything_like_json_is_somebodys_answer(text in nearly_json()) {
        for ballot in read(text.as_bytes(), "file", str::to_owned) {
            prop_assert!(!ballot.reviews.is_empty());
            prop_assert!(ballot.reviews.iter().all(|review| !review.agent.is_empty()));
            let inside = fold(ballot.reviews.iter().map(|review| review.verdict));
            prop_assert!(ballot.verdict >= inside);
        }
    }

    #[test]
    fn a_line_that_is_whole_is_not_lost_among_broken_ones(broken in "[^\n\r\\[{]{0,30}", after in "[^\n\r]{0,30}") {
        let text = format!("{broken}\n{B}\n{after}");
        let reviews = reviews(&text);
        prop_assert!(reviews.iter().any(|review| review.agent == "b" && review.verdict == CriticalFail), "{reviews:?}");
    }
}
