//! `ci-guard verdict` as a CI job uses it: what is left for a pull request, a step summary, and for other programs to read.

use crate::support::{Ended, Repo, Sandbox, ended};
use serde_json::{Value, json};
use std::fs;
use std::process::Stdio;
use std::sync::LazyLock;

const MARKER: &str = "<!-- ci-guard:verdict -->\n";

/// Six answers of six reviewers: two fail, one warns, one lost its connection, two are content.
fn six(repo: &Repo) {
    let finding = |severity: &str, path: &str, line: u64, message: &str| json!({"severity": severity, "path": path, "line": line, "message": message});
    for answer in [
        json!({"agent": "security", "verdict": "CRITICAL_FAIL", "failure_type": "CODE_QUALITY", "retry_count": 0, "message": "Two ways in.",
            "findings": [finding("critical", "src/pay.rs", 12, "SQL from input | @alice"), finding("high", "src/key.rs", 3, "a key, see #12")]}),
        json!({"agent": "tests", "verdict": "CRITICAL_FAIL", "failure_type": "CODE_QUALITY", "retry_count": 1, "message": "No test of refunds.", "findings": []}),
        json!({"agent": "architecture", "verdict": "WARN", "failure_type": "NONE", "retry_count": 0, "message": "Two things in one module.", "findings": []}),
        json!({"agent": "performance", "verdict": "INFRA_FAIL", "failure_type": "INFRA", "retry_count": 2, "message": "fetch failed, @bob", "findings": []}),
        json!({"agent": "docs", "verdict": "PASS", "failure_type": "NONE", "retry_count": 0, "message": "", "findings": []}),
        json!({"agent": "style", "verdict": "PASS", "failure_type": "NONE", "retry_count": 1, "message": "", "findings": []}),
    ] {
        repo.write(&[(&format!("{}.json", answer["agent"].as_str().unwrap()), &answer.to_string())]);
    }
}

const SIX: [&str; 6] =
    ["security.json", "tests.json", "architecture.json", "performance.json", "docs.json", "style.json"];

fn merge(repo: &Repo, options: &[&str], files: &[&str]) -> Ended {
    let args: Vec<&str> = ["verdict", "merge", "--no-record"].iter().chain(options).chain(files).copied().collect();
    repo.ci_guard(&args)
}

fn read(repo: &Repo, file: &str) -> String {
    fs::read_to_string(repo.dir.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The JSON on standard output, which keeps to its schema.
fn panel(ended: &Ended) -> Value {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = include_str!("../../docs/schemas/verdict-v1.json");
        jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
    });
    let panel: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"));
    let errors: Vec<_> = SCHEMA.iter_errors(&panel).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{ended:#?}");
    panel
}

/// The text under a heading of a comment, up to the next one.
fn section<'c>(comment: &'c str, heading: &str) -> &'c str {
    let (_, rest) = comment.split_once(&format!("\n### {heading}\n")).unwrap_or_else(|| panic!("{heading}: {comment}"));
    rest.split("\n### ").next().unwrap()
}

#[test]
fn six_reviewers_become_one_comment_in_which_infrastructure_stands_apart() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    six(&repo);
    let ended = merge(&repo, &["--format", "json", "--comment", "comment.md", "--required", "licences,docs"], &SIX);
    assert_eq!(ended.code, Some(1), "{ended:#?}");
    assert_eq!(ended.stderr, "");
    let panel = panel(&ended);
    assert_eq!(panel["verdict"], "CRITICAL_FAIL");
    assert_eq!(panel["not_run"], json!(["licences", "performance"]));
    assert_eq!(panel["required_missing"], json!(["licences"]));

    let comment = read(&repo, "comment.md");
    assert!(comment.starts_with(MARKER), "{comment}");
    let (findings, infra) = (section(&comment, "Findings"), section(&comment, "Infrastructure"));
    assert!(findings.contains("<code>src/pay.rs:12</code>") && findings.contains("| tests (1 retry) |"), "{comment}");
    assert!(!findings.contains("performance") && !infra.contains("src/"), "{comment}");
    let row = infra.lines().find(|line| line.starts_with("| performance |")).unwrap();
    assert!(row.contains("| 2 |") && row.contains("only this reviewer again"), "{comment}");
    assert!(section(&comment, "Warnings").contains("Two things in one module."), "{comment}");
    assert!(section(&comment, "Did not run").contains("licences (required), performance"), "{comment}");
    assert!(section(&comment, "Next").contains("security"), "{comment}");
    assert!(comment.contains("Passed by 2 reviewers: docs, style (1 retry)."), "{comment}");
    for mention in ["@alice", "@bob", "see #12"] {
        assert!(!comment.contains(mention), "{mention}: {comment}");
    }
    assert_eq!(comment.lines().filter(|line| line.starts_with("| security |")).count(), 3, "{comment}");
}

#[test]
fn what_is_found_is_read_by_other_programs_too() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    six(&repo);
    let junit = merge(&repo, &["--format", "junit"], &SIX);
    assert_eq!(junit.code, Some(1), "{junit:#?}");
    let suite = roxmltree::Document::parse(&junit.stdout).unwrap_or_else(|error| panic!("{error}: {junit:#?}"));
    let outcome = |name: &str| {
        let case =
            suite.descendants().find(|node| node.attribute("name") == Some(name) && node.has_tag_name("testcase"));
        case.unwrap().first_element_child().map(|element| element.tag_name().name().to_owned())
    };
    assert_eq!(outcome("security").as_deref(), Some("failure"));
    assert_eq!(outcome("performance").as_deref(), Some("error"));
    assert_eq!(outcome("architecture").as_deref(), Some("system-out"));
    assert_eq!(outcome("docs"), None);

    let sarif = merge(&repo, &["--format", "sarif"], &SIX);
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap_or_else(|error| panic!("{error}: {sarif:#?}"));
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 2, "{log:#}");
    assert_eq!(run["properties"]["verdict"], "CRITICAL_FAIL");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true, "five of six have reviewed");
    assert!(run["invocations"][0]["toolExecutionNotifications"].to_string().contains("performance"), "{log:#}");

    let human = merge(&repo, &[], &SIX);
    assert!(human.stdout.starts_with("CRITICAL_FAIL: "), "{human:#?}");
    assert!(human.stdout.contains("did not run: performance\n"), "{human:#?}");
}

#[test]
fn one_answer_is_a_line_that_merge_reads() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    let parsed = repo.ci_guard_reading(
        &["verdict", "parse", "--agent", "security", "--retry-count", "2", "--format", "json"],
        b"All of it read.\n\nVERDICT: PASS\n",
    );
    assert_eq!(parsed.code, Some(0), "{parsed:#?}");
    assert_eq!(parsed.stdout.matches('\n').count(), 1, "{parsed:#?}");
    repo.write(&[("security.jsonl", &parsed.stdout)]);
    let merged = merge(&repo, &["--format", "json"], &["security.jsonl"]);
    assert_eq!(merged.code, Some(0), "{merged:#?}");
    let one: Value = serde_json::from_str(&parsed.stdout).unwrap();
    assert_eq!(panel(&merged)["agents"], json!([one]));
}

#[test]
fn a_comment_is_written_whole_in_the_place_of_an_old_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    six(&repo);
    repo.write(&[("comment.md", &"old ".repeat(10_000))]);
    let ended = merge(&repo, &["--comment", "comment.md"], &["docs.json"]);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    let comment = read(&repo, "comment.md");
    assert!(comment.starts_with(MARKER) && !comment.contains("old"), "{comment}");
    let left: Vec<_> = fs::read_dir(&repo.dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".new")), "{left:?}");
}

#[test]
fn what_cannot_be_written_never_turns_a_fail_into_anything_else() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    six(&repo);
    fs::create_dir(repo.dir.join("folder")).unwrap();
    for option in ["--comment=absent/comment.md", "--comment=folder", "--comment=-", "--summary=folder"] {
        for (file, code) in [("docs.json", 2), ("security.json", 1), ("performance.json", 3)] {
            let ended = merge(&repo, &[option, "--format", "json"], &[file]);
            assert_eq!(ended.code, Some(code), "{option} {file}: {ended:#?}");
            assert!(ended.stderr.contains("cannot be written to"), "{option}: {ended:#?}");
            assert_eq!(ended.stderr.lines().count(), 1, "{option}: {ended:#?}");
            panel(&ended);
        }
    }
    assert!(!repo.dir.join("-").exists());
}

#[test]
fn the_step_summary_is_appended_to() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    six(&repo);
    repo.write(&[("named.md", "# Mine\n\n| a |\n| --- |\n| no end of line |"), ("given.md", "")]);
    let run = |option: &str, variable: Option<&str>| {
        let mut command = repo.command(crate::support::BINARY);
        command.args(["verdict", "merge", "--no-record", option, "docs.json"]).stdin(Stdio::null());
        command.envs(variable.map(|value| ("GITHUB_STEP_SUMMARY", value)));
        ended(command.output().unwrap())
    };
    let heading = "## Review verdict: passed\n";
    for _ in 0..2 {
        let ended = run("--summary=named.md", Some("given.md"));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:#?}");
    }
    let named = read(&repo, "named.md");
    assert!(named.starts_with("# Mine\n\n| a |\n| --- |\n| no end of line |\n\n## "), "{named}");
    assert_eq!(named.matches(heading).count(), 2, "{named}");
    assert!(!named.contains(MARKER), "{named}");
    assert_eq!(read(&repo, "given.md"), "", "the other one was named");

    assert_eq!(run("--summary", Some("given.md")).code, Some(0));
    assert!(read(&repo, "given.md").contains(heading));
    assert_eq!(run("--summary", Some("made.md")).code, Some(0));
    assert!(read(&repo, "made.md").contains(heading));

    let nowhere = run("--summary", None);
    assert_eq!(nowhere.code, Some(0), "{nowhere:#?}");
    assert!(nowhere.stderr.contains("GITHUB_STEP_SUMMARY is not set"), "{nowhere:#?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_holds_nothing_up() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    six(&repo);
    assert!(repo.command("mkfifo").arg("pipe").status().unwrap().success());
    let ended = merge(&repo, &["--summary=pipe"], &["docs.json"]);
    assert_eq!(ended.code, Some(2), "{ended:#?}");
    assert!(ended.stderr.contains("it is no regular file"), "{ended:#?}");
}

#[test]
fn no_secret_gets_onto_paper() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("shop");
    let token = format!("ghp_{}", "Ab1".repeat(12));
    let answer = json!({"agent": "security", "verdict": "CRITICAL_FAIL", "failure_type": "CODE_QUALITY", "retry_count": 0,
        "message": format!("it is {token} !"), "findings": [{"severity": "high", "path": "src/key.rs", "line": 3, "message": format!("a key: {token}")}]});
    repo.write(&[("security.json", &answer.to_string())]);
    for format in ["human", "json", "junit", "sarif"] {
        let ended = merge(&repo, &["--format", format, "--comment", "c.md", "--summary=s.md"], &["security.json"]);
        assert_eq!(ended.code, Some(1), "{ended:#?}");
        for paper in [&ended.stdout, &read(&repo, "c.md"), &read(&repo, "s.md")] {
            assert!(!paper.contains("Ab1Ab1") && paper.contains("redacted:"), "{format}: {paper}");
        }
    }
}
