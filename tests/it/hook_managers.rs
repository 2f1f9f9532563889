//! The recipes of docs/managers.md, word for word, with the real managers where they are on the PATH; and what pre-commit hands
//! over, without it.

use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, ended};
use std::path::{Path, PathBuf};

/// The file of that name in the documentation.
fn recipe(file: &str) -> String {
    let page = include_str!("../../docs/managers.md");
    let blocks = page.split("```").skip(1).step_by(2);
    let mut bodies = blocks.filter_map(|block| block.split_once('\n')).map(|(_, body)| body);
    let found = bodies.find(|body| body.lines().next().is_some_and(|line| line.ends_with(file)));
    found.unwrap_or_else(|| panic!("docs/managers.md has no {file}")).to_owned()
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: {program} is not on the PATH");
    }
    found
}

/// A clone with the manager's file in it, and a branch with markers beside a good one.
fn workspace<'s>(sandbox: &'s Sandbox, file: &str) -> Repo<'s> {
    let work = sandbox.clone_of_a_remote();
    work.commit("hooks", &[(file, &recipe(file))]);
    work.git(&["push", "-q", "origin", "main"]);
    work.git(&["checkout", "-q", "-b", "bad"]);
    work.commit("bad", &[("c.txt", CONFLICT)]);
    work.git(&["checkout", "-q", "-b", "good", "main"]);
    work.commit("good", &[("g.txt", "good\n")]);
    work
}

/// With the binary under test as the `ci-guard` of the PATH.
fn run(work: &Repo, program: impl AsRef<Path>, args: &[&str]) -> Ended {
    let bin = work.sandbox.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let _ = std::os::unix::fs::symlink(BINARY, bin.join("ci-guard"));
    let old = std::env::var_os("PATH").unwrap();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&old))).unwrap();
    let home = work.sandbox.path("home");
    let mut command = work.command(program.as_ref());
    command.env("PATH", path).env("XDG_CACHE_HOME", home.join("cache")).env("PRE_COMMIT_HOME", home.join("pre-commit"));
    ended(command.args(args).output().unwrap())
}

fn push(work: &Repo, branches: &[&str]) -> Ended {
    run(work, "git", &[&["push", "origin"], branches].concat())
}

/// What a manager stops, wherever it puts our words.
#[track_caller]
fn stops(ended: &Ended) {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(ended.code == Some(1) && said.contains("push stopped: 1 finding"), "{ended:#?}");
}

#[test]
fn lefthook_hands_over_the_whole_push() {
    let Some(lefthook) = on_path("lefthook") else { return };
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox, "lefthook.yml");
    assert_eq!(run(&work, &lefthook, &["install"]).code, Some(0));
    stops(&push(&work, &["bad"]));
    stops(&push(&work, &["good", "bad"]));
    assert_eq!(push(&work, &["good"]).code, Some(0));
}

#[test]
fn husky_hands_over_the_whole_push() {
    let Some(husky) = on_path("husky") else { return };
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox, ".husky/pre-push");
    assert_eq!(run(&work, &husky, &[]).code, Some(0));
    stops(&push(&work, &["bad"]));
    stops(&push(&work, &["good", "bad"]));
    assert_eq!(push(&work, &["good"]).code, Some(0));
}

#[test]
fn pre_commit_and_prek_hand_over_one_ref_and_that_is_said() {
    for manager in ["pre-commit", "prek"] {
        let Some(manager) = on_path(manager) else { continue };
        let sandbox = Sandbox::new();
        let work = workspace(&sandbox, ".pre-commit-config.yaml");
        assert_eq!(run(&work, &manager, &["install", "--hook-type", "pre-push"]).code, Some(0));
        let stopped = push(&work, &["bad"]);
        stops(&stopped);
        let said = format!("{}{}", stopped.stdout, stopped.stderr);
        assert!(said.contains("hands over one ref of a push (refs/heads/bad)"), "{said}");
        assert_eq!(push(&work, &["good"]).code, Some(0));
    }
}

#[test]
fn hk_hands_over_nothing_so_what_is_checked_out_is_judged() {
    let Some(hk) = on_path("hk") else { return };
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox, "hk.pkl");
    assert_eq!(run(&work, &hk, &["install"]).code, Some(0));
    assert_eq!(push(&work, &["good"]).code, Some(0));
    work.git(&["checkout", "-q", "bad"]);
    let stopped = push(&work, &["bad"]);
    assert!(stopped.code == Some(1) && stopped.stderr.contains("error[conflict-marker]"), "{stopped:#?}");
}

#[test]
fn a_manager_that_keeps_the_push_to_itself_is_noticed() {
    let sandbox = Sandbox::new();
    let work = sandbox.clone_of_a_remote();
    let hook = ["hook", "pre-push", "origin", "URL"];
    // /dev/null: no git does that. An empty pipe is a push of nothing.
    work.ci_guard(&hook).says(0, &["nothing of the push reached ci-guard", "push not fully checked"]);
    work.ci_guard_reading(&hook, b"").is_silent();
}

/// The hook as pre-commit starts it: nothing on standard input, one ref in variables.
fn handed(work: &Repo, branch: &str, tip: Option<&str>) -> Ended {
    let mut command = work.command(BINARY);
    command.args(["hook", "pre-push"]).stdin(std::process::Stdio::null());
    command.envs([("PRE_COMMIT", "1"), ("PRE_COMMIT_REMOTE_NAME", "origin")]);
    command.env("PRE_COMMIT_REMOTE_URL", work.git(&["remote", "get-url", "origin"]));
    command.env("PRE_COMMIT_LOCAL_BRANCH", format!("refs/heads/{branch}"));
    command.env("PRE_COMMIT_REMOTE_BRANCH", format!("refs/heads/{branch}"));
    if let Some(tip) = tip {
        command.env("PRE_COMMIT_TO_REF", tip);
    }
    ended(command.output().unwrap())
}

#[test]
fn one_ref_is_judged_as_if_git_had_announced_it() {
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox, "lefthook.yml");
    let note = "hands over one ref of a push (refs/heads/bad): if this one has more, they were NOT checked";
    handed(&work, "bad", Some(&work.rev("bad"))).says(1, &["error[conflict-marker]", note]);
    // The first push of a whole repository: its commits are not named.
    handed(&work, "bad", None).says(1, &["error[conflict-marker]", note]);
    handed(&work, "good", None).says(0, &["refs/heads/good"]);
    handed(&work, "nowhere", None).says(0, &["names no commit"]);
}

#[test]
fn what_a_manager_calls_the_start_vouches_for_nothing() {
    let sandbox = Sandbox::new();
    let work = sandbox.clone_of_a_remote();
    work.policy(r#"{"feature": "feature/*", "base": "main"}"#);
    work.git(&["checkout", "-q", "-b", "develop"]);
    work.commit("foreign", &[("f.txt", "f\n")]);
    work.git(&["push", "-q", "origin", "develop"]);
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    let tip = work.commit("mine", &[("m.txt", "m\n")]);
    let mut ended = handed(&work, "feature/x", Some(&tip));
    ended.says(1, &["error[foreign-commits]"]);
    // What the remote has of the branch itself does.
    work.git(&["push", "-q", "--no-verify", "origin", "feature/x"]);
    work.commit("more", &[("n.txt", "n\n")]);
    ended = handed(&work, "feature/x", None);
    ended.says(0, &["NOT checked"]);
}

#[test]
fn a_push_inside_of_a_managers_hook_is_its_own() {
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox, "lefthook.yml");
    let line = format!("refs/heads/good {} refs/heads/good {}\n", work.rev("good"), "0".repeat(40));
    let mut command = work.command(BINARY);
    command.args(["hook", "pre-push", "origin", "URL"]).env("PRE_COMMIT", "1");
    command.env("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/bad").env("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/bad");
    crate::support::feed(&mut command, line.as_bytes()).is_silent();
}
