//! Whether what tools print is judged as it should be, and in which order rules are asked.

mod cases;

use super::super::conditions;
use super::*;
use cases::CASES;
use proptest::prelude::*;
use std::time::Duration;

const RESET: &str = "curl: (56) Recv failure: Connection reset by peer\n";
const FAILED: &str = "test cart::adds_tax ... FAILED\n";
const REFUSED: &str = "fatal: Authentication failed for 'https://git.quill.example/harbor.git/'\n";
const LIMIT: &str = "##[error]The job running on runner A 7 has exceeded the maximum execution time of 60 minutes.\n";
const NO_COMMAND: &str = "./ci.sh: line 4: jq: command not found\n";

fn tail(text: &str) -> Tail {
    Tail { bytes: text.as_bytes().to_vec(), total: text.len() as u64, has_text: !text.trim().is_empty() }
}

fn judged(ending: Ending, stderr: &str, stdout: &str, rules: &Rules) -> Judgement {
    let (stdout, stderr) = (tail(stdout), tail(stderr));
    judge(&Facts { ending, stdout: &stdout, stderr: &stderr, now: Moment(1_772_445_600_000) }, rules)
}

fn rules(retry_on: &str, never_on: &str) -> Rules {
    let read = |typed: &str| if typed.is_empty() { Vec::new() } else { conditions::parse(typed).unwrap() };
    Rules { retry_on: read(retry_on), never_on: read(never_on), ..Rules::default() }
}

#[test]
fn what_tools_print_is_judged_as_people_would() {
    let mut wrong = Vec::new();
    for (code, why, stderr, stdout) in CASES {
        let found = judged(Ending::Code(*code), stderr, stdout, &Rules::default());
        if found.why != *why {
            wrong.push(format!("{:?} by {:?}, and not {why:?}: {stderr:?} {stdout:?}", found.why, found.pattern));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
    let infra = CASES.iter().filter(|(_, why, ..)| why.failure() == FailureType::Infra).count();
    assert!(CASES.len() >= 150 && infra * 5 >= CASES.len() * 2 && infra * 5 <= CASES.len() * 3, "{infra}");
}

#[test]
fn rules_are_asked_in_their_order() {
    use Ending::{Code, NotFound, NotPermitted, NotStarted, Signal, TimedOut};
    for (ending, stderr, stdout, why) in [
        (Code(0), RESET, "", Why::Passed),
        (Code(1), "", "", Why::Silent),
        (Code(1), " \n", "\t\n", Why::Silent),
        (Code(2), "", "", Why::Failed),
        (Code(1), "", "words", Why::Failed),
        (Code(1), RESET, "", Why::Transient),
        // Standard output is not looked at for what is transient, but for what vetoes.
        (Code(1), "", RESET, Why::Failed),
        (Code(1), RESET, FAILED, Why::Test),
        (Code(1), &format!("{FAILED}{RESET}"), "", Why::Test),
        (Code(1), &format!("{REFUSED}{RESET}"), "", Why::Auth),
        (Code(1), &format!("{RESET}{NO_COMMAND}"), "", Why::NotFound),
        // A server that is busy says so with whatever words about credentials.
        (Code(1), &format!("{REFUSED}curl: (22) The requested URL returned error: 503\n"), "", Why::Transient),
        (Code(1), "HTTP 403: API rate limit exceeded for user ID 1. (https://api.github.com/x)\n", "", Why::Transient),
        (Code(1), &format!("{NO_COMMAND}HTTP 429 Too Many Requests\n"), "", Why::NotFound),
        // Time and kills.
        (TimedOut, "", "", Why::Timeout),
        (TimedOut, REFUSED, NO_COMMAND, Why::Timeout),
        (TimedOut, "", FAILED, Why::Test),
        (TimedOut, LIMIT, "", Why::JobLimit),
        (Signal(9), "", "", Why::Signal),
        (Signal(15), REFUSED, "", Why::Signal),
        (Signal(1), "", "", Why::Signal),
        (Signal(9), "", FAILED, Why::Test),
        (Signal(15), LIMIT, "", Why::JobLimit),
        (Signal(11), RESET, "", Why::Crash),
        (Signal(6), RESET, "", Why::Crash),
        (Signal(2), RESET, "", Why::Cancelled),
        (Signal(3), RESET, "", Why::Crash),
        (Signal(13), RESET, "", Why::Failed),
        (Code(124), REFUSED, "half", Why::ExitCode),
        (Code(137), "half", "", Why::ExitCode),
        (Code(143), "", "", Why::ExitCode),
        (Code(143), LIMIT, "", Why::JobLimit),
        (Code(130), RESET, "", Why::Cancelled),
        (Code(139), RESET, "", Why::Crash),
        (Code(126), RESET, "", Why::Permission),
        (Code(127), RESET, "", Why::NotFound),
        (NotFound, "", "", Why::NotFound),
        (NotPermitted, "", "", Why::Permission),
        (NotStarted, "", "", Why::NotStarted),
        // Whether a tool died of it: what it went on to do counts.
        (Code(1), &format!("{RESET}Segmentation fault (core dumped)\n"), "", Why::Failed),
        (Code(1), &format!("{RESET}{}", "compiled a.c\n".repeat(60)), "", Why::Failed),
        (Code(1), &format!("{RESET}{}", "    at x.y(Z.java:1)\n".repeat(60)), "", Why::Transient),
        // A section of failures that were expected.
        (
            Code(1),
            RESET,
            "== XFAILURES ==\nFAILED tests/test_a.py::test_b - AssertionError\n== 1 xfailed in 0.1s ==\n",
            Why::Transient,
        ),
        (Code(1), &format!("{RESET}make: *** [Makefile:3: all] Error 56\n"), "", Why::Transient),
        (
            Code(1),
            "npm error code ECONNRESET\nnpm error Lifecycle script `build` failed with error:\n",
            "",
            Why::Transient,
        ),
        (Code(1), &format!("❌ Deployment failed: error\n{RESET}"), "0 failed\n", Why::Transient),
    ] {
        assert_eq!(judged(ending, stderr, stdout, &Rules::default()).why, why, "{ending:?} {stderr:?} {stdout:?}");
    }
}

#[test]
fn the_caller_knows_better() {
    use Ending::{Code, NotFound, Signal, TimedOut};
    for (retry_on, never_on, ending, stderr, stdout, why, pattern) in [
        ("exit:75", "", Code(75), FAILED, "", Why::Asked, Some("exit:75")),
        ("exit:100-120", "", Code(101), "", FAILED, Why::Asked, Some("exit:100-120")),
        ("exit:127", "", NotFound, "", "", Why::Asked, Some("exit:127")),
        ("exit:1-255", "", Code(0), "", "", Why::Passed, None),
        (
            "pattern:lock is (held|kept)",
            "",
            Code(2),
            "",
            "the lock is held by 7\n",
            Why::Asked,
            Some("pattern:lock is (held|kept)"),
        ),
        ("pattern:Lock", "", Code(2), "the lock is held\n", "", Why::Failed, None),
        ("", "timeout", TimedOut, "", "", Why::Excluded, Some("timeout")),
        ("", "timeout", Code(124), "", "", Why::Excluded, Some("timeout")),
        ("timeout", "", TimedOut, FAILED, "", Why::Asked, Some("timeout")),
        ("", "exit:124", TimedOut, "", "", Why::Excluded, Some("exit:124")),
        ("", "signal", Signal(15), "", "", Why::Excluded, Some("signal")),
        ("", "signal", Code(137), "", "", Why::Excluded, Some("signal")),
        ("signal", "", Signal(11), "", "", Why::Crash, None),
        ("exit:139", "", Signal(11), "", "", Why::Asked, Some("exit:139")),
        ("", "silent", Code(1), "", "", Why::Excluded, Some("silent")),
        ("", "transient", Code(1), RESET, "", Why::Excluded, Some("transient")),
        ("transient", "", Code(1), RESET, FAILED, Why::Asked, Some("transient")),
        ("exit:1", "pattern:reset by peer", Code(1), RESET, "", Why::Excluded, Some("pattern:reset by peer")),
    ] {
        let found = judged(ending, stderr, stdout, &rules(retry_on, never_on));
        assert_eq!(
            (found.why, found.pattern.as_deref()),
            (why, pattern),
            "{retry_on} {never_on} {ending:?} {stderr:?}"
        );
    }
    let output = Rules { require_output: true, ..Rules::default() };
    assert_eq!(judged(Ending::Code(0), "words", " \n", &output).why, Why::NoOutput);
    assert_eq!(judged(Ending::Code(0), "", "words", &output).why, Why::Passed);
    let stdout = Rules { scan_stdout: true, ..Rules::default() };
    assert_eq!(judged(Ending::Code(1), "", RESET, &stdout).why, Why::Transient);
}

#[test]
fn a_server_is_heard_where_there_will_be_another_attempt() {
    let busy = "< HTTP/2 429 \n< Retry-After: 7\ncurl: (22) The requested URL returned error: 429\n";
    let found = judged(Ending::Code(22), busy, "", &Rules::default());
    assert_eq!((found.why, found.told, found.is_quota), (Why::Transient, Some(Duration::from_secs(7)), true));
    assert_eq!(found.line.as_deref(), Some("curl: (22) The requested URL returned error: 429"));
    assert_eq!(judged(Ending::Code(22), busy, FAILED, &Rules::default()).told, None);
    let asked = judged(Ending::Code(75), "Retry-After: 9\n", "", &rules("exit:75", ""));
    assert_eq!((asked.why, asked.told), (Why::Asked, Some(Duration::from_secs(9))));
}

#[test]
fn lines_leave_short_and_without_secrets() {
    let secret = ["ghp", "_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
    let stderr = format!(
        "fatal: unable to access 'https://x:{secret}@git.quill.example/a.git/': Could not resolve host: git.quill.example{}\n",
        "!".repeat(5000)
    );
    let found = judged(Ending::Code(128), &stderr, "", &Rules::default());
    let line = found.line.unwrap();
    assert_eq!(found.why, Why::Transient);
    assert!(!line.contains(&secret[4..20]) && line.chars().count() <= 301, "{line}");
    let asked = judged(Ending::Code(3), &format!("busy {secret}\n"), "", &rules("pattern:busy", "")).line.unwrap();
    assert!(!asked.contains(&secret), "{asked}");
}

/// Output made to cost time. No clock is asked: what is not linear does not come back from this.
#[test]
fn nothing_takes_longer_than_it_is_long() {
    let lines =
        ["error: failed: ", "E: ", "FAILED ", "a.b.c: (1) ", "Retry-After: ", "http://", "\u{1b}[31m", "\r", "9"];
    for line in lines {
        let words = line.repeat(256 * 1024 / line.len());
        let many = format!("{line}\n").repeat(256 * 1024 / (line.len() + 1));
        for text in [&words, &many] {
            let _ = judged(Ending::Code(1), text, text, &rules("pattern:(a|b)*c$", ""));
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_judged(
        stderr in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b':'), Just(b' ')], 0..400),
        stdout in "(error: |FAILED |ok |503 |\n|Retry-After: |[0-9]{1,30}|.){0,30}",
        code in any::<i32>(),
    ) {
        let (stdout, stderr) = (tail(&stdout), Tail { bytes: stderr, total: 9, has_text: true });
        for ending in [Ending::Code(code), Ending::Signal(code.rem_euclid(65)), Ending::TimedOut] {
            let facts = Facts { ending, stdout: &stdout, stderr: &stderr, now: Moment(i64::from(code)) };
            let _ = judge(&facts, &Rules { scan_stdout: true, ..Rules::default() });
        }
    }
}
