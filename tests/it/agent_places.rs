//! Coding agents: what their file tools are told about links, linked worktrees and other folders of hooks.

use crate::support::{Repo, Sandbox};
use serde_json::json;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The exit code for a change to one file: 2 is a denial.
fn change(repo: &Repo, cwd: &Path, file: &str) -> (Option<i32>, String) {
    let input = json!({
        "hook_event_name": "PreToolUse", "tool_name": "Write", "cwd": cwd,
        "tool_input": { "file_path": file, "content": "exit 0" },
    });
    let ended = repo.ci_guard_reading(&["hook", "agent", "--agent", "claude"], input.to_string().as_bytes());
    (ended.code, ended.stderr)
}

#[test]
fn links_are_followed_to_what_is_really_changed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    repo.write(&[("src/a.txt", "a\n")]);
    let real = |name: &str| repo.dir.join(name);
    symlink(".git/hooks", real("scripts")).unwrap();
    symlink(real(".git/hooks/pre-push"), real("not-yet")).unwrap();
    symlink("loop", real("loop")).unwrap();
    symlink(repo.dir.as_path(), sandbox.path("other-name")).unwrap();
    symlink("src", real("lib")).unwrap();
    let other_name = sandbox.path("other-name");
    for (cwd, file, code) in [
        (repo.dir.as_path(), "scripts/pre-push", 2),
        (repo.dir.as_path(), "scripts/new/../pre-push", 2),
        (repo.dir.as_path(), "not-yet", 2),
        (&real("src"), "../scripts/pre-commit", 2),
        (&other_name, "scripts/pre-push", 2),
        (&other_name, ".git/hooks/pre-push", 2),
        (repo.dir.as_path(), "lib/a.txt", 0),
        (repo.dir.as_path(), "lib/new/b.txt", 0),
        (repo.dir.as_path(), "loop", 0),
        (&other_name, "src/a.txt", 0),
        (&sandbox.path("no such folder"), "a.txt", 0),
    ] {
        let (found, said) = change(&repo, cwd, file);
        assert_eq!(found, Some(code), "{file} in {}: {said}", cwd.display());
        assert_eq!(said.is_empty(), code == 0, "{file}: {said}");
        assert!(code == 0 || said.contains(".git/hooks/"), "{file}: {said}");
    }
}

#[test]
fn a_linked_worktree_far_away_knows_its_repositorys_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("projects/main");
    repo.commit("one", &[("a.txt", "a\n")]);
    let far = sandbox.path("agents/7/tree");
    repo.git(&["worktree", "add", "-q", "-b", "x", far.to_str().unwrap()]);
    let inside = |rest: &str| repo.dir.join(".git").join(rest).to_str().unwrap().to_owned();
    for (file, code) in [
        (inside("hooks/pre-push"), 2),
        (inside("ci-guard/policy.json"), 2),
        (inside("worktrees/tree/hooks/pre-push"), 2),
        (inside("info/exclude"), 0),
    ] {
        assert_eq!(change(&repo, &far, &file).0, Some(code), "{file}");
    }
}

#[test]
fn the_folder_that_git_takes_its_hooks_from_is_protected() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let file = "ci/hooks/pre-push";
    repo.write(&[(file, "#!/bin/sh\n")]);
    assert_eq!(change(&repo, &repo.dir, file).0, Some(0), "no hook as long as git does not know it");
    repo.git(&["config", "core.hooksPath", "ci/hooks"]);
    assert_eq!(change(&repo, &repo.dir, file).0, Some(2));
    assert_eq!(change(&repo, &repo.dir.join("ci"), "hooks/lib/common.sh").0, Some(2));
    assert_eq!(change(&repo, &repo.dir, "ci/build.sh").0, Some(0));
    // Neither the work itself nor what is no folder is a folder of hooks.
    for path in [".", "/", "/dev/null", "nowhere", ""] {
        repo.git(&["config", "core.hooksPath", path]);
        assert_eq!(change(&repo, &repo.dir, "a.txt"), (Some(0), String::new()), "{path}");
        let line = json!({
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "cwd": repo.dir.as_path(),
            "tool_input": { "command": "cargo test > /dev/null 2>&1; echo a > a.txt" },
        });
        let ended = repo.ci_guard_reading(&["hook", "agent", "--agent", "claude"], line.to_string().as_bytes());
        ended.is_silent();
    }
}
