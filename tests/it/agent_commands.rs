//! The table of command lines against real git and bash: what is denied really gets past the hooks, what is let through does
//! not. Also the names of git's options, compared with the git at hand.

use crate::support::{Repo, Sandbox};
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

const TABLE: &str = include_str!("../../src/agent/command/cases.txt");

/// Hooks that leave a mark beside the repository, and forbid nothing.
const HOOKS: [&str; 6] = ["pre-push", "pre-commit", "commit-msg", "pre-merge-commit", "pre-rebase", "applypatch-msg"];

/// A remote, a clone one commit ahead of it with a staged change, another branch and a patch.
fn stage(sandbox: &Sandbox) -> Repo<'_> {
    let work = sandbox.clone_of_a_remote();
    work.git(&["switch", "-q", "-c", "side"]);
    work.commit("side", &[("side.txt", "side\n")]);
    work.git(&["switch", "-q", "main"]);
    work.commit("ahead", &[("ahead.txt", "ahead\n")]);
    work.git(&["branch", "-q", "patched", "side"]);
    let patch = work.git(&["format-patch", "-1", "--stdout", "side"]).replace("side.txt", "patch.txt");
    std::fs::write(sandbox.path("x.patch"), patch + "\n").unwrap();
    for hook in HOOKS {
        let mark = sandbox.path(format!("mark-{hook}"));
        let file = work.dir.join(".git/hooks").join(hook);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, format!("#!/bin/sh\n: > '{}'\n", mark.display())).unwrap();
        executable(&file);
    }
    work.write(&[("staged.txt", "staged\n")]);
    work.git(&["add", "-A"]);
    work
}

#[cfg(unix)]
fn executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}

/// What a line did: `Some(true)` when it committed or pushed past the hooks, `Some(false)` under their eyes, else `None`.
fn past_the_hooks(line: &str) -> (Option<bool>, String) {
    let sandbox = Sandbox::new();
    let work = stage(&sandbox);
    let remote = || sandbox.at("o.git").rev("refs/heads/main");
    let before = (work.rev("HEAD"), remote());
    let mut bash = work.command("bash");
    bash.args(["-c", line]).env("GIT_EDITOR", "true").stdin(Stdio::null());
    let ended = bash.output().unwrap();
    let marked = |hooks: &[&str]| hooks.iter().any(|hook| sandbox.path(format!("mark-{hook}")).exists());
    let (pushed, committed) = (remote() != before.1, work.rev("HEAD") != before.0);
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    let past = match (pushed, committed) {
        (false, false) => None,
        _ => Some((pushed && !marked(&["pre-push"])) || (committed && !marked(&HOOKS[1..]))),
    };
    (past, said)
}

#[test]
fn the_table_is_what_git_really_does() {
    let live: Vec<(bool, String)> = TABLE
        .lines()
        .filter_map(|line| line.split_once(" live\t"))
        .map(|(expected, line)| (expected == "deny", line.replace('⏎', "\n").replace('⇥', "\t")))
        .collect();
    assert!(live.len() >= 200, "{} live lines", live.len());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for part in live.chunks(live.len().div_ceil(4)) {
            let wrong = &wrong;
            scope.spawn(move || {
                for (denied, line) in part {
                    let (past, said) = past_the_hooks(line);
                    if (past == Some(true)) != *denied {
                        wrong.lock().unwrap().push(format!("denied: {denied}, past the hooks: {past:?}: {line}\n{said}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
