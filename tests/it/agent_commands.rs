//! The table of command lines against real git and bash: what is denied really gets past the hooks, what is let through does
//! not. Also the names of git's options, compared with the git at hand.

use crate::support::Sandbox;
use ci_guard::agent::command::{Instead, Judgement, Protected, Shell, judge};
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;

const TABLE: &str = include_str!("../../src/agent/command/cases.txt");

/// Hooks that leave a mark beside the repository, and forbid nothing.
const HOOKS: [&str; 6] = ["pre-push", "pre-commit", "commit-msg", "pre-merge-commit", "pre-rebase", "applypatch-msg"];

/// A remote, a clone one commit ahead of it with a staged change, another branch and a patch. No path in it is absolute.
fn stage(sandbox: &Sandbox) {
    let work = sandbox.clone_of_a_remote();
    work.git(&["remote", "set-url", "origin", "../o.git"]);
    work.git(&["switch", "-q", "-c", "side"]);
    work.commit("side", &[("side.txt", "side\n")]);
    work.git(&["switch", "-q", "main"]);
    work.commit("ahead", &[("ahead.txt", "ahead\n")]);
    let patch = work.git(&["format-patch", "-1", "--stdout", "side"]).replace("side.txt", "patch.txt");
    std::fs::write(sandbox.path("x.patch"), patch + "\n").unwrap();
    for hook in HOOKS {
        let file = work.dir.join(".git/hooks").join(hook);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, format!("#!/bin/sh\n: > ../mark-{hook}\n")).unwrap();
        executable(&file);
    }
    work.write(&[("staged.txt", "staged\n")]);
    work.git(&["add", "-A"]);
}

/// A folder with everything in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[cfg(unix)]
fn executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}

/// What a line did: `Some(true)` when it committed or pushed past the hooks, `Some(false)` under their eyes, else `None`.
fn past_the_hooks(line: &str, stage: &Path) -> (Option<bool>, String) {
    let sandbox = Sandbox::new();
    copy(stage, &sandbox.path(""));
    let work = sandbox.at("w");
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
        .map(|(expected, line)| (expected == "deny", line.replace('⏎', "\n").replace('⇥', "\t").replace('␍', "\r")))
        .collect();
    assert!(live.len() >= 200, "{} live lines", live.len());
    let wrong = Mutex::new(Vec::new());
    let set = Sandbox::new();
    stage(&set);
    let stage = set.path("");
    std::thread::scope(|scope| {
        for part in live.chunks(live.len().div_ceil(4)) {
            let (wrong, stage) = (&wrong, &stage);
            scope.spawn(move || {
                for (denied, line) in part {
                    let (past, said) = past_the_hooks(line, stage);
                    if (past == Some(true)) != *denied {
                        wrong
                            .lock()
                            .unwrap()
                            .push(format!("denied: {denied}, past the hooks: {past:?}: {line}\n{said}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is suggested instead of a denied line does what was meant, under the hooks' eyes.
#[test]
fn suggestions_commit_and_push_under_the_hooks_eyes() {
    let set = Sandbox::new();
    stage(&set);
    for line in [
        "git push --no-verify",
        "git push -f --no-verify origin main",
        "git -c core.hooksPath=/dev/null push",
        "git --no-pager -C . push --no-verify origin HEAD:main",
        "HUSKY=0 GIT_TRACE=0 git push",
        "git -c alias.p='push --no-verify' p",
        "git send-pack ../o.git main",
        "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/dev/null git push",
        "p() { git push \"$@\"; }; p --no-verify",
        "git commit -nm 'a b; `c` $d'",
        "git commit -anm \"it's\"",
        "git commit --allow-empty -n --amend --no-edit",
        "SKIP=x GIT_AUTHOR_NAME='a b' git commit --no-verif -m x",
        "git commit -qn --author 'n <n@x>' -m x -- staged.txt",
    ] {
        let Judgement::Deny(found) = judge(line, Shell::Posix, &Protected::default()) else { panic!("{line}") };
        let Instead::Command { line: command, .. } = found.instead else { panic!("{line}: {}", found.instead) };
        let (past, said) = past_the_hooks(&command, &set.path(""));
        assert_eq!(past, Some(false), "{line}: {command}\n{said}");
    }
}

#[test]
fn both_answers_are_possible() {
    let set = Sandbox::new();
    stage(&set);
    let past = |line: &str| past_the_hooks(line, &set.path("")).0;
    assert_eq!(past("git push"), Some(false));
    assert_eq!(past("git push --no-verify"), Some(true));
    assert_eq!(past("git commit -m x"), Some(false));
    assert_eq!(past("git commit -nm x"), Some(true));
    assert_eq!(past("git status"), None);
}

#[test]
fn the_names_of_options_are_those_of_git() {
    let source = include_str!("../../src/agent/command/options.rs");
    let set = Sandbox::new();
    let repo = set.repo("r");
    for command in ["push", "commit", "merge", "am", "rebase", "pull"] {
        let at = source.find(&format!("command: \"{command}\"")).unwrap();
        let table = source[at..].split("valued:").next().unwrap();
        let known: Vec<&str> = table.split([' ', '"', '\n', '\\', ',']).collect();
        let said = repo.git(&[command, "--git-completion-helper-all"]);
        for name in said.split(' ').filter_map(|word| word.strip_prefix("--")).filter(|name| !name.is_empty()) {
            let positive = name.strip_prefix("no-").unwrap_or(name);
            let stands =
                known.contains(&name) || known.contains(&positive) || known.contains(&format!("{name}=").as_str());
            assert!(stands || known.contains(&format!("{positive}=").as_str()), "git {command} --{name}");
        }
    }
}
