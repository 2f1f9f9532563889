//! `ci-guard triage` and `decide` as somebody types them: real files, real pipes, whole outputs.

use crate::support::{Ended, Repo, Sandbox};
use serde_json::Value;
use std::fs;

const RED: &str = "\
=== RUN   TestCheckout
--- FAIL: TestCheckout (0.03s)
    checkout_test.go:88: total: got 41.90, want 42.90
FAIL
FAIL\texample.org/shop/checkout\t0.121s
Error: Process completed with exit code 1.
";

/// A repository without remotes, with this log in it.
fn with_log<'s>(sandbox: &'s Sandbox, log: &[u8]) -> Repo<'s> {
    let repo = sandbox.repo("shop");
    fs::write(repo.dir.join("red.log"), log).unwrap();
    repo
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"))
}

#[test]
fn a_failed_test_is_for_a_patch() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, RED.as_bytes());
    let ended =
        repo.ci_guard(&["triage", "--no-record", "--sha", "1d3c5af0aa6d55d3b2a2c0c8fb4b1d6c12345678", "red.log"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(ended.stderr, "");
    let labels: Vec<&str> =
        ended.stdout.lines().filter_map(|line| line.split_once(": ")).map(|(label, _)| label).collect();
    assert_eq!(labels, ["bucket", "failure", "fingerprint", "sha", "next action", "why"]);
    for line in [
        "failure:      line 2: --- FAIL: TestCheckout (0.03s)",
        "sha:          1d3c5af",
        "next action:  open_patch_lane",
    ] {
        assert!(ended.stdout.lines().any(|said| said == line), "{line}: {ended:#?}");
    }
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_answered() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, RED.as_bytes());
    fs::create_dir(repo.dir.join("folder")).unwrap();
    let ended = repo.ci_guard(&["triage", "--no-record", "--format", "jsonl", "absent.log", "red.log", "folder"]);
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert_eq!(ended.stdout.lines().count(), 1, "{ended:#?}");
    assert!(ended.stderr.contains("absent.log") && ended.stderr.contains("folder"), "{ended:#?}");
    for wrong in [
        &["triage"][..],
        &["triage", "--passing", "red.log"],
        &["triage", "red.log", "--format", "sarif"],
        &["triage", "red.log", "--run-attempt", "0"],
        &["triage", "-", "--passing", "-"],
        &["triage", "red.log", "--policy", "absent.json"],
    ] {
        assert_eq!(repo.ci_guard(wrong).code, Some(2), "{wrong:?}");
    }
}

#[test]
fn odd_logs_get_an_honest_answer() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, b"");
    let endless = vec![b'x'; 3 << 20];
    let binary: Vec<u8> = (0..100_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (name, log) in [("empty", &b""[..]), ("endless", &endless), ("binary", &binary), ("newlines", &[b'\n'; 5000])] {
        fs::write(repo.dir.join("red.log"), log).unwrap();
        let ended = repo.ci_guard(&["triage", "--no-record", "--format", "json", "red.log"]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
        let pack = json(&ended);
        assert_eq!(pack["next_action"], "escalate", "{name}: {pack}");
        assert_eq!(pack["bucket"], "unknown", "{name}");
        assert!(ended.stdout.len() < 200_000, "{name}: {}", ended.stdout.len());
    }
}

#[test]
fn packs_are_written_and_decided_on_again() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, RED.as_bytes());
    let ended = repo.ci_guard(&["triage", "--no-record", "--pack", "out/packs", "red.log", "red.log"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let one = fs::read(repo.dir.join("out/packs/red.pack.json")).unwrap();
    assert_eq!(one, fs::read(repo.dir.join("out/packs/red-2.pack.json")).unwrap());
    let ended = repo.ci_guard(&["decide", "--pack", "out/packs/red.pack.json", "--format", "json"]);
    assert_eq!(json(&ended)["next_action"], "open_patch_lane");
    assert_eq!(json(&ended)["schema"], "ci-guard/decision/v1");

    let decide = |from: &str, to: &str, more: &[&str]| {
        let text = String::from_utf8(one.clone()).unwrap();
        assert!(text.contains(from), "{from}: {text}");
        fs::write(repo.dir.join("pack.json"), text.replace(from, to)).unwrap();
        repo.ci_guard(&[&["decide", "--pack", "pack.json"], more].concat())
    };
    for (from, to, more, want) in [
        (
            "code_regression",
            "infra_fault",
            &[][..],
            "next action:  cooldown_retry (in 5 min)\nwhy:          retry 1 of 2 allowed for infra_fault\n",
        ),
        (
            "code_regression",
            "infra_fault",
            &["--retries-used", "2"],
            "next action:  escalate\nwhy:          policy disallows more automation\n",
        ),
        (
            "code_regression",
            "flaky_test",
            &[],
            "next action:  rerun_same_sha\nwhy:          single rerun allowed for flaky bucket\n",
        ),
        (
            "code_regression",
            "flaky_test",
            &["--retries-used", "1"],
            "next action:  escalate\nwhy:          policy disallows more automation\n",
        ),
        (
            "\"cancelled\": false",
            "\"cancelled\": true",
            &[],
            "next action:  escalate\nwhy:          the run was cancelled or superseded: its log says nothing about the commit\n",
        ),
    ] {
        let ended = decide(from, to, more);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), want), "{to} {more:?}");
    }
    for (from, to) in [("pack/v1", "pack/v9"), ("code_regression", "maybe"), ("{", "")] {
        let ended = decide(from, to, &[]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{to}");
        assert!(ended.stderr.starts_with("ci-guard: pack.json: "), "{ended:#?}");
    }
    assert_eq!(repo.ci_guard(&["decide", "--pack", "absent.json"]).code, Some(2));
}

#[test]
fn several_logs_of_one_run_are_rerun_together_or_not_at_all() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, RED.as_bytes());
    let outage = "$ git fetch\nfatal: unable to access 'https://forge.example/a/b/': Could not resolve host: forge.example\nERROR: Job failed: exit code 128\n";
    fs::write(repo.dir.join("net.log"), outage).unwrap();
    let actions = |args: &[&str]| -> Vec<String> {
        let ended = repo.ci_guard(&[&["triage", "--no-record", "--format", "jsonl"], args].concat());
        let packs = ended.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        packs.map(|pack| pack["next_action"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(actions(&["net.log"]), ["cooldown_retry"]);
    assert_eq!(actions(&["net.log", "red.log"]), ["cooldown_retry", "open_patch_lane"], "of runs that are not known");
    assert_eq!(actions(&["--run-id", "7", "net.log", "red.log"]), ["escalate", "open_patch_lane"]);
    assert_eq!(actions(&["--run-id", "7", "--run-attempt", "3", "net.log"]), ["escalate"], "it ran three times");
}

#[test]
fn a_word_that_a_script_left_empty_was_not_said() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, RED.as_bytes());
    let pack =
        json(&repo.ci_guard(&["triage", "--format", "json", "--sha", "", "--repo", " ", "--job", "", "red.log"]));
    assert_eq!((&pack["commit_sha"], &pack["repo"], &pack["failed_job"]), (&Value::Null, &Value::Null, &Value::Null));
}

#[test]
fn a_policy_that_is_named_needs_no_repository() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("elsewhere");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("red.log"), "quux is out of order\n##[error]Process completed with exit code 1.\n").unwrap();
    let policy = r#"{"triage": {"buckets": {"infra_fault": {"match_any": ["quux is out of order"]}}}}"#;
    fs::write(folder.join("policy.json"), policy).unwrap();
    let run = |args: &[&str], variable: Option<&str>| {
        let mut command = sandbox.command(crate::support::BINARY);
        command.current_dir(&folder).args(["triage", "--format", "json", "red.log"]).args(args);
        if let Some(value) = variable {
            command.env("CI_GUARD_POLICY", value);
        }
        command.output().unwrap()
    };
    for (args, variable) in [(&["--policy", "policy.json"][..], None), (&[], Some("policy.json"))] {
        let output = run(args, variable);
        let pack: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(pack["bucket"], "infra_fault", "{args:?} {variable:?}");
    }
    assert_eq!(run(&[], Some("absent.json")).status.code(), Some(2), "what was named has to be there");
    assert_eq!(run(&[], None).status.code(), Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_got_lost_is_no_success() {
    let sandbox = Sandbox::new();
    let repo = with_log(&sandbox, RED.as_bytes());
    for format in ["human", "json", "jsonl", "github"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = repo.command(crate::support::BINARY);
        let output = command.args(["triage", "--format", format, "red.log"]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("could not be written"), "{format}");
    }
}
