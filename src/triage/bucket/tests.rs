//! Whole logs, small ones, and the bucket that a person would choose; and what history and policy add to it.

use super::*;
use crate::policy;
use crate::triage::digest::Digest;
use crate::triage::find::find;

fn sort_log(log: &str, policy: &Triage, seen: Option<&Seen>) -> Sorted {
    sort(&find(&Digest::of(log.as_bytes()), None), policy, seen)
}

pub(super) fn bucket(log: &str) -> Bucket {
    sort_log(log, &Triage::default(), None).bucket
}

const TEST: &str =
    "=== RUN   TestCheckout\n--- FAIL: TestCheckout (0.03s)\n    checkout_test.go:88: total: got 41, want 42\nFAIL\n";
const RESET: &str = "curl: (56) OpenSSL SSL_read: Connection reset by peer, errno 104\n";
const EXIT: &str = "##[error]Process completed with exit code 1.\n";

#[test]
fn the_failure_itself_decides() {
    for (log, want) in [
        (format!("downloading the tool chain\n{RESET}{EXIT}"), Bucket::InfraFault),
        (
            format!(
                "pushing\nfatal: could not read Username for 'https://github.com': terminal prompts disabled\n{EXIT}"
            ),
            Bucket::SecretOrConfig,
        ),
        (format!("{TEST}{EXIT}"), Bucket::CodeRegression),
        (String::new(), Bucket::Unknown),
    ] {
        assert_eq!(bucket(&log), want, "{log}");
    }
}

#[test]
fn a_failed_test_vetoes_words_about_networks_and_rights() {
    for words in [RESET, "##[error]Resource not accessible by integration\n", "Error: socket hang up\n"] {
        for log in [format!("{words}{TEST}{EXIT}"), format!("{TEST}{words}{EXIT}")] {
            assert_eq!(bucket(&log), Bucket::CodeRegression, "{log}");
        }
    }
}

#[test]
fn another_step_that_failed_by_its_own_fault_decides() {
    let command = |name: &str, output: &str| {
        format!(
            "travis_time:start:0a\r\x1b[0K$ {name}\n{output}travis_time:end:0a:start=1,finish=2,duration=1\r\x1b[0K\x1b[31;1mThe command \"{name}\" exited with 1.\x1b[0m\n\n"
        )
    };
    let end = "Done. Your build exited with 1.\n";
    let (reset, test) = (command("./fetch", RESET), command("./check", TEST));
    assert_eq!(bucket(&format!("{reset}{end}")), Bucket::InfraFault);
    assert_eq!(bucket(&format!("{reset}{test}{end}")), Bucket::CodeRegression);
}

#[test]
fn a_machine_that_went_away_fails_no_test_after_that() {
    let lost = "##[error]The runner has received a shutdown signal.\n";
    assert_eq!(bucket(&format!("{lost}{EXIT}")), Bucket::InfraFault);
    assert_eq!(bucket(&format!("{lost}trying something else\n{TEST}{EXIT}")), Bucket::CodeRegression);
}

#[test]
fn a_full_disk_is_no_error_of_the_compiler() {
    let log = format!(
        "error[E0425]: cannot find value `total` in this scope\n  --> src/cart.rs:70:26\n\ncc: write: No space left on device\n{EXIT}"
    );
    let found = find(&Digest::of(log.as_bytes()), None);
    for (_, hit) in &found.hits {
        let found = Found { hit: Some(hit.clone()), ..found.clone() };
        assert_eq!(sort(&found, &Triage::default(), None).bucket, Bucket::InfraFault, "{hit:?}");
    }
    assert_eq!(found.hits.len(), 2, "the compiler's line and the disk's");
}

#[test]
fn a_server_that_is_down_beats_words_about_rights() {
    let refused = "denied: requested access to the resource is denied";
    let found = find(&Digest::of(format!("{refused}\n{EXIT}").as_bytes()), None);
    assert_eq!(sort(&found, &Triage::default(), None).bucket, Bucket::SecretOrConfig);
    let block = vec![refused.to_owned(), "error: HTTP 503 Service Unavailable".to_owned()];
    assert_eq!(sort(&Found { block, ..found }, &Triage::default(), None).bucket, Bucket::InfraFault);
}

#[test]
fn only_history_makes_a_test_flaky() {
    let test = format!("{TEST}{EXIT}");
    let build = "error[E0425]: cannot find value `total` in this scope\n  --> src/cart.rs:70:26\n".to_owned() + EXIT;
    let once = Seen { times: 1, branches: 1, ..Seen::default() };
    for (seen, want) in [
        (once.clone(), Bucket::CodeRegression),
        (Seen { times: 9, branches: 1, unrelated: 1, ..once.clone() }, Bucket::CodeRegression),
        (Seen { unrelated: 2, ..once.clone() }, Bucket::FlakyTest),
        (Seen { passed_on_same_commit: 1, ..once }, Bucket::FlakyTest),
    ] {
        assert_eq!(sort_log(&test, &Triage::default(), Some(&seen)).bucket, want, "{seen:?}");
        assert_eq!(sort_log(&build, &Triage::default(), Some(&seen)).bucket, Bucket::CodeRegression, "{seen:?}");
    }
}

#[test]
fn the_policy_is_asked_before_the_table() {
    let policy =
        |buckets: &str| policy::parse(format!("{{\"triage\": {{\"buckets\": {buckets}}}}}").as_bytes()).unwrap();
    let test = format!("{TEST}{EXIT}");
    for (buckets, want) in [
        (r#"{"flaky_test": {"match_any": ["total: GOT"]}}"#, Bucket::FlakyTest),
        (r#"{"infra_fault": {"match_any": ["re:got [0-9]+, want"]}}"#, Bucket::InfraFault),
        (r#"{"infra_fault": {"match_any": ["total:"]}, "unknown": {"match_any": ["checkout_test"]}}"#, Bucket::Unknown),
        (r#"{"infra_fault": {"match_any": ["not in the log"]}}"#, Bucket::CodeRegression),
    ] {
        let sorted = sort_log(&test, &policy(buckets).triage, None);
        assert_eq!(sorted.bucket, want, "{sorted:?}");
    }
    // A pattern is asked about the failure, and not about the rest of the log.
    let elsewhere = format!("failed to pull image, using the one at hand\n{}{test}", "fine\n".repeat(200));
    let rule = r#"{"infra_fault": {"match_any": ["failed to pull image"]}}"#;
    assert_eq!(sort_log(&elsewhere, &policy(rule).triage, None).bucket, Bucket::CodeRegression);
}

#[test]
fn a_cancelled_run_says_nothing() {
    let found = find(&Digest::of(format!("{TEST}{EXIT}").as_bytes()), None);
    let structure = crate::triage::ci::Structure { cancelled: true, ..found.structure.clone() };
    assert_eq!(sort(&Found { structure, ..found }, &Triage::default(), None).bucket, Bucket::Unknown);
}

#[test]
fn every_answer_gives_one_sentence_and_a_confidence() {
    for log in
        [format!("{TEST}{EXIT}"), format!("{RESET}{EXIT}"), EXIT.to_owned(), "\0\u{1b}[".to_owned(), String::new()]
    {
        let sorted = sort_log(&log, &Triage::default(), None);
        assert!((0.0..=1.0).contains(&sorted.confidence), "{sorted:?}");
        assert!(!sorted.because.is_empty() && !sorted.because.contains('\n'), "{sorted:?}");
    }
}
