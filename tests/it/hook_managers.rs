//! The recipes of docs/managers.md, word for word, with the real managers where they are on the PATH: what they hand over, and that
//! nothing but exit code 1 stops a push. And what pre-commit hands over, without it.

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

/// With the binary under test as the only `ci-guard` of the PATH, or what was put in its place.
fn run(work: &Repo, program: impl AsRef<Path>, args: &[&str]) -> Ended {
    let bin = work.sandbox.path("bin");
    if std::fs::create_dir(&bin).is_ok() {
        std::os::unix::fs::symlink(BINARY, bin.join("ci-guard")).unwrap();
    }
    let old = std::env::var_os("PATH").unwrap();
    let others = std::env::split_paths(&old).filter(|folder| !folder.join("ci-guard").exists());
    let path = std::env::join_paths(std::iter::once(bin).chain(others)).unwrap();
    let home = work.sandbox.path("home");
    let mut command = work.command(program.as_ref());
    command.env("PATH", path).env("XDG_CACHE_HOME", home.join("cache")).env("PRE_COMMIT_HOME", home.join("pre-commit"));
    ended(command.args(args).output().unwrap())
}

fn push(work: &Repo, refs: &[&str]) -> Ended {
    run(work, "git", &[&["push", "origin"], refs].concat())
}

/// What a manager stops, wherever it puts our words.
#[track_caller]
fn stops(ended: &Ended) {
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(ended.code == Some(1) && said.contains("push stopped: 1 finding"), "{ended:#?}");
}

/// A manager's program, the file of its recipe, and how it is told to write its hook.
type Manager = (&'static str, &'static str, &'static [&'static str]);

const LEFTHOOK: Manager = ("lefthook", "lefthook.yml", &["install"]);
const HUSKY: Manager = ("husky", ".husky/pre-push", &[]);
const HK: Manager = ("hk", "hk.pkl", &["install"]);
const PRE_COMMIT: Manager = ("pre-commit", ".pre-commit-config.yaml", &["install", "--hook-type", "pre-push"]);
const PREK: Manager = ("prek", ".pre-commit-config.yaml", &["install", "--hook-type", "pre-push"]);

/// A workspace with the manager's hook in it, if there is such a manager here.
fn armed<'s>(sandbox: &'s Sandbox, (program, file, install): Manager) -> Option<Repo<'s>> {
    let program = on_path(program)?;
    let work = workspace(sandbox, file);
    let done = run(&work, program, install);
    assert_eq!(done.code, Some(0), "{done:#?}");
    Some(work)
}

#[test]
fn three_managers_hand_over_the_whole_push() {
    for manager in [LEFTHOOK, HUSKY, HK] {
        let sandbox = Sandbox::new();
        let Some(work) = armed(&sandbox, manager) else { continue };
        stops(&push(&work, &["bad"]));
        stops(&push(&work, &["good", "bad"]));
        assert_eq!(push(&work, &["good"]).code, Some(0), "{manager:?}");
        // What is checked out has nothing to do with it, and neither has what is taken away there.
        work.git(&["checkout", "-q", "main"]);
        stops(&push(&work, &["bad"]));
        work.git(&["checkout", "-q", "bad"]);
        let gone = push(&work, &[":good"]);
        assert_eq!(gone.code, Some(0), "{manager:?}: {gone:#?}");
    }
}

#[test]
fn pre_commit_and_prek_hand_over_one_ref_and_that_is_said() {
    for manager in [PRE_COMMIT, PREK] {
        let sandbox = Sandbox::new();
        let Some(work) = armed(&sandbox, manager) else { continue };
        let stopped = push(&work, &["bad"]);
        stops(&stopped);
        let passed = push(&work, &["good"]);
        assert_eq!(passed.code, Some(0));
        for (branch, ended) in [("bad", stopped), ("good", passed)] {
            let said = format!("{}{}", ended.stdout, ended.stderr);
            assert!(said.contains(&format!("hands over one ref of a push (refs/heads/{branch})")), "{said}");
        }
        work.git(&["checkout", "-q", "bad"]);
        let gone = push(&work, &[":good"]);
        assert_eq!(gone.code, Some(0), "{manager:?}: {gone:#?}");
    }
}

/// A guard that cannot judge, crashes, is killed or is not there stops nobody.
#[test]
fn only_exit_code_1_stops_a_push_in_any_manager() {
    for manager in [LEFTHOOK, HUSKY, HK, PRE_COMMIT, PREK] {
        let sandbox = Sandbox::new();
        let Some(work) = armed(&sandbox, manager) else { continue };
        let guard = sandbox.path("bin/ci-guard");
        let ends = ["exit 0", "exit 1", "exit 2", "exit 101", "kill -9 $$", "kill -6 $$"];
        for end in ends {
            std::fs::remove_file(&guard).unwrap();
            std::fs::write(&guard, format!("#!/bin/sh\n: > \"$0\".ran\n{end}\n")).unwrap();
            std::fs::set_permissions(&guard, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            let pushed = push(&work, &["-f", "good"]);
            let want = i32::from(end == "exit 1");
            assert_eq!(pushed.code, Some(want), "{manager:?}, {end}: {pushed:#?}");
            let ran = std::fs::remove_file(sandbox.path("bin/ci-guard.ran"));
            assert!(ran.is_ok(), "{manager:?}, {end}: ci-guard was not asked: {pushed:#?}");
            work.commit("more", &[("g.txt", end)]);
        }
        std::fs::remove_file(&guard).unwrap();
        let pushed = push(&work, &["good"]);
        let said = format!("{}{}", pushed.stdout, pushed.stderr);
        assert!(pushed.code == Some(0) && said.contains("not found"), "{manager:?}, missing: {pushed:#?}");
    }
}

/// What pre-commit builds from this repository is asked in the same words as what it finds.
#[test]
fn the_hook_of_this_repository_is_the_recipe() {
    let of = |text: &str| -> Vec<String> {
        let keys = ["entry:", "stages:", "pass_filenames:", "always_run:", "verbose:"];
        let lines = text.lines().map(str::trim).filter(|line| keys.iter().any(|key| line.starts_with(key)));
        lines.map(str::to_owned).collect()
    };
    let here = of(include_str!("../../.pre-commit-hooks.yaml"));
    assert_eq!((here.len(), here), (5, of(&recipe(".pre-commit-config.yaml"))));
}

/// Their templates are cut into command lines, and a URL is anybody's.
#[test]
fn a_managers_recipe_runs_nothing_that_a_url_holds() {
    for manager in [LEFTHOOK, HUSKY, HK, PRE_COMMIT, PREK] {
        let sandbox = Sandbox::new();
        let Some(work) = armed(&sandbox, manager) else { continue };
        let url = sandbox.path("a'\"; touch RUN; $(touch RUN) `touch RUN` & '.git");
        std::fs::rename(work.git(&["remote", "get-url", "origin"]), &url).unwrap();
        work.git(&["remote", "set-url", "origin", url.to_str().unwrap()]);
        stops(&push(&work, &["bad"]));
        let pushed = push(&work, &["good"]);
        assert_eq!(pushed.code, Some(0), "{manager:?}: {pushed:#?}");
        assert!(!work.dir.join("RUN").exists(), "{manager:?}");
    }
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
