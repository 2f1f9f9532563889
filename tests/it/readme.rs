//! What the README and the documents show of the patch gate, triage, retry and verdict is what they say.

use crate::support::{BINARY, Repo, Sandbox, ended, make_executable};
use serde_json::Value;
use std::process::Stdio;

const POLICY: &str =
    r#"{"scope": {"core_paths": ["src/pay/**"], "jobs": {"unit": {"modules": ["src/**", "tests/**"]}}}}"#;

/// The patch that these edits make.
fn patch_of(repo: &Repo, name: &str, files: &[(&str, &str)]) {
    repo.write(files);
    repo.git(&["add", "-A"]);
    let patch = repo.git(&["diff", "--cached"]);
    repo.git(&["reset", "-q", "--hard"]);
    std::fs::write(repo.sandbox.path(name), patch + "\n").unwrap();
}

fn numbered(what: &str, count: usize) -> String {
    (1..=count).map(|number| format!("{what} {number}\n")).collect()
}

#[test]
fn every_tier_as_the_readme_shows_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    let cart = numbered("line", 40);
    let tests = "def test_total():\n    assert total([1, 2]) == 3\n    assert total([]) == 0\n";
    repo.commit(
        "base",
        &[
            ("src/cart.rs", &cart),
            ("src/pay/charge.rs", "pub fn charge(cents: u64) -> u64 {\n    cents\n}\n"),
            ("tests/test_cart.py", tests),
            (".github/CODEOWNERS", "/src/pay/ @shop/payments\n"),
        ],
    );
    repo.policy(POLICY);
    patch_of(&repo, "fix.patch", &[("src/cart.rs", &cart.replace("line 7\n", "line seven\n"))]);
    let pay = "pub fn charge(cents: u64) -> u64 {\n    cents.max(1)\n}\n";
    patch_of(&repo, "pay.patch", &[("src/pay/charge.rs", pay)]);
    patch_of(&repo, "tests.patch", &[("tests/test_cart.py", &tests.replace("    assert total([]) == 0\n", ""))]);
    patch_of(&repo, "flood.patch", &[("src/gen.rs", &numbered("x", 4000))]);

    let readme = include_str!("../../README.md");
    assert!(readme.contains(POLICY), "the README shows the policy");
    let in_job = &["--job", "unit", "--checks", "green"][..];
    for (patch, args, code) in [("fix", in_job, 0), ("pay", in_job, 4), ("tests", in_job, 4), ("flood", &[], 1)] {
        let file = sandbox.path(format!("{patch}.patch"));
        let ended = repo.ci_guard(&[&["patch", "check", file.to_str().unwrap()], args].concat());
        assert_eq!(ended.code, Some(code), "{ended:#?}");
        let typed = [&["$ ci-guard patch check", &format!("{patch}.patch")], args].concat().join(" ");
        let shown = format!("{typed}\n{}", ended.stdout.trim_end());
        assert!(readme.contains(&shown), "the README does not show:\n{shown}");
    }
}

#[test]
fn a_red_log_as_the_readme_shows_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    let log = "\
=== RUN   TestCheckout
--- FAIL: TestCheckout (0.03s)
    checkout_test.go:88: total: got 41.90, want 42.90
FAIL
FAIL\texample.org/shop/checkout\t0.121s
##[error]Process completed with exit code 1.
";
    std::fs::write(repo.dir.join("unit.log"), log).unwrap();
    let ended = repo.ci_guard(&["triage", "unit.log"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let shown = format!("$ ci-guard triage unit.log\n{}", ended.stdout.trim_end());
    assert!(include_str!("../../README.md").contains(&shown), "the README does not show:\n{shown}");
}

/// What a terminal shows of a command line, whose programs are those of the folder `bin`: both streams, in their order.
fn shown(sandbox: &Sandbox, line: &str) -> String {
    let path = std::env::join_paths(
        [sandbox.path("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = sandbox.command("sh");
    command.args(["-c", &format!("exec 2>&1; {line}")]).env("PATH", path.unwrap()).env("CI_GUARD_STORE", "off");
    let ended = ended(command.stdin(Stdio::null()).output().unwrap());
    format!("$ {line}\n{}", without_times(ended.stdout.trim_end()))
}

/// Without how long an attempt took, which nobody knows before.
fn without_times(text: &str) -> String {
    let mut parts = text.split(" failed after ");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all += " failed";
        all += &part[part.find(" (").unwrap_or(0)..];
    }
    all
}

fn program(sandbox: &Sandbox, name: &str, script: &str) {
    let file = sandbox.path("bin").join(name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, format!("#!/bin/sh\n{script}")).unwrap();
    make_executable(&file);
}

/// Registries and test runners as they speak; the first attempt to install something loses its connection.
const NPM: &str = "\
if [ \"$1\" = test ]; then
  printf '    Error: socket hang up\\n--- FAIL: TestCheckout (0.03s)\\n' >&2; exit 1
elif [ ! -e tried ]; then
  touch tried; printf 'npm error code ECONNRESET\\nnpm error network read ECONNRESET\\n' >&2; exit 1
fi
echo 'added 214 packages in 9s'
";

#[test]
fn a_retried_command_as_the_readme_shows_it() {
    let sandbox = Sandbox::new();
    program(&sandbox, "ci-guard", &format!("exec '{BINARY}' \"$@\"\n"));
    program(&sandbox, "npm", NPM);
    let readme = without_times(include_str!("../../README.md"));
    for line in ["ci-guard retry --delay 1s --report retry.json -- npm ci", "ci-guard retry -- npm test"] {
        let shown = shown(&sandbox, line);
        assert!(readme.contains(&shown), "the README does not show:\n{shown}");
    }
    let keys = |text: &str| -> Vec<String> {
        let report: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let below = report["attempts"][0].as_object().unwrap().keys().map(|key| format!(".{key}"));
        report.as_object().unwrap().keys().cloned().chain(below).collect()
    };
    let real = std::fs::read_to_string(sandbox.path("retry.json")).unwrap();
    let docs = include_str!("../../docs/retry.md").split("## The report").nth(1).unwrap();
    let example = docs.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(keys(example), keys(&real), "the report in docs/retry.md");
}

/// What six reviewers answered, and how their processes ended.
const ANSWERS: [(&str, &str, &str); 6] = [
    ("correctness", "The total is right.\n\nVERDICT: PASS\n", "--exit-code 0"),
    ("docs", "", "--exit-code 1 --failure-type INFRA --retry-count 2"),
    ("interfaces", "VERDICT: PASS\n", "--exit-code 0"),
    ("performance", "One more query a page.\n\n**Verdict:** WARN\n", "--exit-code 0"),
    ("security", "VERDICT: PASS\n", "--exit-code 0 --retry-count 1"),
    ("tests", "> VERDICT: CRITICAL_FAIL\n\nThat was last week; it is mended.\n\nVERDICT: PASS\n", "--exit-code 0"),
];

#[test]
fn six_reviewers_as_the_documents_show_them() {
    let sandbox = Sandbox::new();
    program(&sandbox, "ci-guard", &format!("exec '{BINARY}' \"$@\"\n"));
    std::fs::create_dir(sandbox.path("verdicts")).unwrap();
    for (agent, answer, how) in ANSWERS {
        std::fs::write(sandbox.path("answer.txt"), answer).unwrap();
        let line =
            format!("ci-guard verdict parse answer.txt --agent {agent} {how} --format json > verdicts/{agent}.json");
        shown(&sandbox, &line);
    }
    let readme = include_str!("../../README.md");
    let docs = include_str!("../../docs/verdict.md");
    let degraded = shown(&sandbox, "ci-guard verdict merge verdicts/ --required security");
    assert!(readme.contains(&degraded), "the README does not show:\n{degraded}");

    let objection = "{\"agent\": \"security\", \"verdict\": \"CRITICAL_FAIL\", \"message\": \"A token is logged.\", \"findings\": \
        [{\"severity\": \"high\", \"path\": \"src/login.rs\", \"line\": 12, \"message\": \"the token is part of the message\"}]}";
    std::fs::write(sandbox.path("verdicts/security.json"), objection).unwrap();
    let failed = shown(&sandbox, "ci-guard verdict merge verdicts/ --comment comment.md");
    assert!(docs.contains(&failed), "docs/verdict.md does not show:\n{failed}");
    let comment = std::fs::read_to_string(sandbox.path("comment.md")).unwrap();
    assert!(docs.contains(comment.trim_end()), "docs/verdict.md does not show the comment:\n{comment}");
}
