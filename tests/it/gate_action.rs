//! The action at the root, and the job for GitLab, run as their runners run them: the same script, the same variables, a real
//! pull request in a real repository; `gh` is a stand-in that writes down what it is asked.

use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, ended, make_executable};
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
pub(crate) const POLICY: &str = r#"{"feature": "feature/*", "base": "main"}"#;

/// More than the gate lets pass where no policy says anything.
pub(crate) fn flood() -> String {
    (1..=400).map(|line| format!("{line}\n")).collect()
}

/// A clone as `actions/checkout` leaves it: the base with its policy, and these files on a branch, checked out.
pub(crate) fn pull_request<'s>(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Repo<'s> {
    let work = sandbox.clone_of_a_remote();
    work.commit("policy", &[(".ci-guard.json", POLICY)]);
    work.git(&["push", "-q", "origin", "main"]);
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    work.commit("change", files);
    work
}

/// A folder for the PATH with ci-guard, a `gh` that keeps its arguments, and a `sleep` that takes no time.
pub(crate) fn bin(sandbox: &Sandbox, gh: &str) -> PathBuf {
    let bin = sandbox.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let _ = std::os::unix::fs::symlink(BINARY, bin.join("ci-guard"));
    std::fs::write(bin.join("gh"), gh).unwrap();
    make_executable(&bin.join("gh"));
    let sleep = bin.join("sleep");
    if !sleep.exists() {
        std::fs::write(&sleep, "#!/bin/sh\n").unwrap();
        make_executable(&sleep);
    }
    bin
}

fn with_path(command: &mut Command, bin: &Path) {
    let old = std::env::var_os("PATH").unwrap();
    let all = [bin.to_owned()].into_iter().chain(std::env::split_paths(&old));
    command.env("PATH", std::env::join_paths(all).unwrap()).env("CI_GUARD_STORE", "off");
}

pub(crate) struct Job {
    pub(crate) ended: Ended,
    pub(crate) outputs: String,
    pub(crate) summary: String,
    pub(crate) asked: String,
}

/// No comment is there yet.
pub(crate) const NO_COMMENT: &str = "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$RUNNER_TEMP/asked\"\n";

pub(crate) fn run(work: &Repo, gh: &str, inputs: &[(&str, &str)]) -> Job {
    run_with(work, &bin(work.sandbox, gh), inputs)
}

/// The action's script, with this folder in front of the PATH.
pub(crate) fn run_with(work: &Repo, bin: &Path, inputs: &[(&str, &str)]) -> Job {
    let temp = work.sandbox.path("temp");
    std::fs::create_dir_all(&temp).unwrap();
    let mut command = work.command("bash");
    command.arg(format!("{ROOT}/action/check/run.sh"));
    with_path(&mut command, bin);
    command.env("RUNNER_TEMP", &temp).env("GITHUB_OUTPUT", temp.join("output"));
    command.env("GITHUB_STEP_SUMMARY", temp.join("summary")).env("GITHUB_BASE_REF", "main");
    command.env("GITHUB_REPOSITORY", "o/r").env("PULL_REQUEST", "7").env("HEAD_SHA", work.rev("HEAD"));
    command.envs(inputs.iter().copied());
    let ended = ended(command.output().unwrap());
    let read = |name: &str| std::fs::read_to_string(temp.join(name)).unwrap_or_default();
    Job { ended, outputs: read("output"), summary: read("summary"), asked: read("asked") }
}

#[test]
fn a_good_pull_request_is_green_and_says_so_in_the_summary_only() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let job = run(&work, NO_COMMENT, &[]);
    assert_eq!(job.ended.code, Some(0), "{:#?}", job.ended);
    assert_eq!((job.outputs.as_str(), job.asked.as_str()), ("verdict=allow\ndecision=allow\n", ""));
    assert!(job.summary.contains("### Merge guard: clean") && job.summary.contains("### Patch gate: in scope"));
    assert!(!job.summary.contains("<!--"), "the marker is the comment's: {}", job.summary);
}

#[test]
fn a_half_resolved_merge_is_red_everywhere() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("c.txt", CONFLICT)]);
    let job = run(&work, NO_COMMENT, &[("INPUT_SARIF", "guard.sarif"), ("INPUT_COMMENT", "true")]);
    assert_eq!(job.ended.code, Some(1), "{:#?}", job.ended);
    assert!(job.ended.stdout.contains("::error file=c.txt,line=1"), "{}", job.ended.stdout);
    assert!(job.outputs.starts_with("verdict=block\n") && job.outputs.ends_with("sarif=guard.sarif\n"));
    assert!(job.summary.contains("| stops | conflict-marker | <code>c.txt:1</code>"), "{}", job.summary);
    let sarif = std::fs::read_to_string(work.dir.join("guard.sarif")).unwrap();
    assert!(sarif.contains("\"ruleId\": \"conflict-marker\"") || sarif.contains("\"ruleId\":\"conflict-marker\""));
    assert!(job.asked.contains("api -X POST repos/o/r/issues/7/comments -F body=@"), "{}", job.asked);
}

#[test]
fn the_comment_that_is_there_is_replaced_and_one_that_cannot_be_written_changes_nothing() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let there = "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$RUNNER_TEMP/asked\"\ncase $* in *--jq*) echo 42 ;; esac\n";
    let job = run(&work, there, &[("INPUT_COMMENT", "true")]);
    assert!(job.asked.contains("api -X PATCH repos/o/r/issues/comments/42 -F body=@"), "{}", job.asked);
    assert!(!job.asked.contains("POST"));
    let job = run(&work, "#!/bin/sh\nexit 1\n", &[("INPUT_COMMENT", "true")]);
    assert_eq!(job.ended.code, Some(0));
    assert!(job.ended.stdout.contains("::warning title=ci-guard::The comment could not be written"));
}

#[test]
fn the_gate_is_heard_stops_or_is_not_asked() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", &flood())]);
    for (gate, code, decision) in [("warn", 0, "deny"), ("true", 1, "deny"), ("false", 0, "")] {
        let job = run(&work, NO_COMMENT, &[("INPUT_GATE", gate)]);
        assert_eq!(job.ended.code, Some(code), "{gate}: {:#?}", job.ended);
        assert!(job.outputs.ends_with(&format!("decision={decision}\n")), "{gate}: {}", job.outputs);
    }
}

#[test]
fn the_pull_request_does_not_choose_its_policy() {
    let sandbox = Sandbox::new();
    let lax = r#"{"scope": {"max_patch_lines": 5000}}"#;
    let work = pull_request(&sandbox, &[(".ci-guard.json", lax), ("a.txt", &flood())]);
    let job = run(&work, NO_COMMENT, &[("INPUT_GATE", "true")]);
    assert_eq!(job.ended.code, Some(1), "{:#?}", job.ended);
    assert!(job.summary.contains("too_many_lines"), "{}", job.summary);
}

#[test]
fn what_cannot_be_judged_is_no_pass() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    for (inputs, words) in [
        (&[("INPUT_BASE", "origin/nowhere")][..], "The base origin/nowhere is not in this checkout"),
        (&[("INPUT_HEAD", "x%0A\n::error::y")], "The head x%250A%0A::error::y is not in this checkout"),
        (&[("INPUT_BASE", "--all")], "The base --all is not in this checkout"),
        (&[("INPUT_GATE", "maybe")], "The input gate is"),
        (&[("INPUT_POLICY", "missing.json")], "missing.json"),
    ] {
        let job = run(&work, NO_COMMENT, inputs);
        assert_eq!(job.ended.code, Some(2), "{inputs:?}: {:#?}", job.ended);
        assert!(job.outputs.contains("verdict=undecided\n"), "{inputs:?}: {}", job.outputs);
        let said = format!("{}{}", job.ended.stdout, job.ended.stderr);
        assert!(said.contains(words), "{inputs:?}: {said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("::error::")).count(), 0);
    }
}

/// Keeps what it is given for code scanning.
const UPLOADING: &str = "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$RUNNER_TEMP/asked\"\n\
    case $* in *code-scanning*) base64 -d | gzip -d >\"$RUNNER_TEMP/uploaded.json\" ;; esac\n";

#[test]
fn findings_are_uploaded_at_what_was_judged() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("c.txt", CONFLICT)]);
    let head = work.rev("HEAD");
    let of_a_push = [("PULL_REQUEST", ""), ("HEAD_SHA", ""), ("GITHUB_SHA", &*head), ("GITHUB_REF", "refs/heads/next")];
    let merged =
        [("INPUT_HEAD", &*head), ("HEAD_SHA", "0123"), ("GITHUB_SHA", &*head), ("GITHUB_REF", "refs/pull/7/merge")];
    for (inputs, reference) in
        [(&[][..], "refs/pull/7/head"), (&of_a_push, "refs/heads/next"), (&merged, "refs/pull/7/merge")]
    {
        let job = run(&work, UPLOADING, &[&[("INPUT_UPLOAD", "true")], inputs].concat());
        assert_eq!(job.ended.code, Some(1), "{:#?}", job.ended);
        let asked = job.asked.lines().last().unwrap();
        let wanted = format!("-f commit_sha={head} -f ref={reference} -f tool_name=ci-guard -F sarif=@-");
        assert!(
            asked.starts_with("api -X POST repos/o/r/code-scanning/sarifs ") && asked.ends_with(&wanted),
            "{asked}"
        );
        let log = std::fs::read_to_string(sandbox.path("temp/uploaded.json")).unwrap();
        let log: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(log["runs"][0]["automationDetails"]["id"], "ci-guard/check/");
        assert_eq!(log["runs"][0]["results"][0]["ruleId"], "conflict-marker");
        assert!(job.outputs.ends_with("/temp/ci-guard.sarif\n"), "{}", job.outputs);
    }
}

#[test]
fn what_cannot_be_uploaded_changes_no_verdict() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let base = work.rev("main");
    let another = ("INPUT_HEAD", "main");
    for (gh, inputs, words) in [
        (
            "#!/bin/sh\necho 'gh: Resource not accessible by integration (HTTP 403)' >&2\nexit 1\n",
            &[][..],
            "security-events: write",
        ),
        (UPLOADING, &[another], &format!("{base} is neither the pull request's head nor")),
    ] {
        let job = run(&work, gh, &[&[("INPUT_UPLOAD", "true")], inputs].concat());
        assert_eq!(job.ended.code, Some(0), "{:#?}", job.ended);
        let warning =
            job.ended.stdout.lines().find(|line| line.starts_with("::warning title=ci-guard::The findings were not"));
        assert!(warning.is_some_and(|warning| warning.contains(words)), "{words}: {}", job.ended.stdout);
    }
    // What was not judged would close the alerts that are there.
    let job = run(
        &work,
        UPLOADING,
        &[("INPUT_UPLOAD", "true"), ("INPUT_POLICY", "missing.json"), ("INPUT_SARIF", "x.sarif")],
    );
    assert_eq!((job.ended.code, job.asked.as_str()), (Some(2), ""), "{:#?}", job.ended);
    assert!(job.outputs.lines().any(|line| line == "verdict=undecided"), "{}", job.outputs);
}

#[test]
fn where_a_store_is_shared_it_is_said_that_no_hook_was_asked() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let store = sandbox.path("shared.db");
    let shared = [("CI_GUARD_STORE", store.to_str().unwrap()), ("GITHUB_REPOSITORY", "")];
    // Somebody else's push, so that there is a store.
    let tip = work.rev("main");
    let pushed = |tip: &str| {
        let mut hook = work.command(BINARY);
        hook.args(["hook", "pre-push", "origin", "URL"]).env("CI_GUARD_STORE", &store);
        let line = format!("HEAD {tip} refs/heads/feature/x {}\n", "0".repeat(40));
        crate::support::feed(&mut hook, line.as_bytes());
    };
    pushed(&tip);
    let job = run(&work, NO_COMMENT, &shared);
    assert_eq!(job.ended.code, Some(0), "{:#?}", job.ended);
    assert!(job.ended.stdout.contains("::warning title=ci-guard: hooks::"), "{}", job.ended.stdout);
    assert!(job.summary.contains("**Hooks**") && job.summary.contains("no hook judged its push"), "{}", job.summary);
    pushed(&work.rev("HEAD"));
    let job = run(&work, NO_COMMENT, &shared);
    assert!(!job.ended.stdout.contains("no hook judged"), "{}", job.ended.stdout);
}

/// Every input of the action is read by its script and explained.
#[test]
fn inputs_are_used_and_explained() {
    let (action, script) = (include_str!("../../action.yml"), include_str!("../../action/check/run.sh"));
    let page = include_str!("../../docs/ci.md");
    let inputs = action.split("\noutputs:").next().unwrap().split("\ninputs:").nth(1).unwrap();
    let names: Vec<&str> = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':')).collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.starts_with(' ')).collect();
    assert_eq!(names, ["base", "head", "policy", "gate", "sarif", "upload", "comment", "token"]);
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "docs/ci.md explains {name}");
        let variable = format!("INPUT_{}", name.to_uppercase());
        assert!(name == "token" || script.contains(&variable) && action.contains(&variable), "{name} is used");
    }
    assert!(!action.split("run:").last().unwrap().contains("${{"), "no input is part of a script");
}

#[test]
fn the_job_for_gitlab_judges_a_merge_request() {
    let file = include_str!("../../ci/gitlab.yml");
    let (_, script) = file.split_once("  script:\n    - |\n").unwrap();
    let script: Vec<&str> =
        script.lines().map_while(|line| line.strip_prefix("      ").or((line.is_empty()).then_some(""))).collect();
    let flood = flood();
    for (files, gate, code) in [
        (&[("a.txt", "a\n")][..], "warn", 0),
        (&[("c.txt", CONFLICT)], "warn", 1),
        (&[("a.txt", flood.as_str())], "warn", 0),
        (&[("a.txt", flood.as_str())], "true", 1),
    ] {
        let sandbox = Sandbox::new();
        let work = pull_request(&sandbox, files);
        let mut command = work.command("sh");
        command.args(["-c", &script.join("\n")]);
        with_path(&mut command, &bin(&sandbox, NO_COMMENT));
        command.env("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main").env("CI_COMMIT_SHA", work.rev("HEAD"));
        let ended = ended(command.env("CI_GUARD_GATE", gate).output().unwrap());
        assert_eq!(ended.code, Some(code), "{files:?} {gate}: {ended:#?}");
        assert!(work.dir.join("ci-guard.sarif").exists());
    }
}

/// A run of an older head, while the branch has moved on: `actions/checkout` with the whole history fetches that branch as well.
#[test]
fn a_branch_that_has_moved_on_is_not_somebody_elses() {
    let sandbox = Sandbox::new();
    let work = pull_request(&sandbox, &[("a.txt", "a\n")]);
    let head = work.rev("HEAD");
    work.commit("later", &[("b.txt", "b\n")]);
    work.git(&["push", "-q", "origin", "feature/x"]);
    work.git(&["checkout", "-q", "--detach", &head]);
    work.git(&["branch", "-q", "-D", "feature/x"]);
    assert_eq!(run(&work, NO_COMMENT, &[]).ended.code, Some(1), "by its commit alone it is on another branch");
    for branch in ["feature/x", ""] {
        let job = run(&work, NO_COMMENT, &[("HEAD_BRANCH", branch)]);
        assert_eq!(job.ended.code, Some(i32::from(branch.is_empty())), "{:#?}", job.ended);
    }
    // Its name makes nothing of another branch its own.
    work.git(&["checkout", "-q", "-b", "develop", "main"]);
    work.commit("foreign", &[("d.txt", "d\n")]);
    work.git(&["push", "-q", "origin", "develop"]);
    work.git(&["checkout", "-q", "--detach", &head]);
    work.git(&["merge", "-q", "--no-edit", "develop"]);
    let job = run(&work, NO_COMMENT, &[("HEAD_BRANCH", "feature/x")]);
    assert_eq!(job.ended.code, Some(1), "{:#?}", job.ended);
    assert!(job.ended.stdout.contains("merge-source"), "{}", job.ended.stdout);
}
