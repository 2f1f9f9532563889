//! An uninstall while a push is under way: the push goes on, and the hook of somebody else has its say. The judge of these
//! pushes is what uninstalls, so that it always comes between.

use crate::install_global::{home, machines};
use crate::machine::{Machine, write_program};
use crate::support::BINARY;
use std::path::Path;

/// A judge that takes itself away and passes.
fn leaves(machine: &Machine, folder: &Path, what: &str) {
    let folder = folder.to_str().unwrap().replace('\'', r"'\''");
    machine.stand_in(&format!("cd '{folder}' && '{BINARY}' uninstall {what} >/dev/null && exit 0\nexit 1"));
}

/// That the push gets there if the other hook lets it, and that this one runs once and reads what the judge read.
#[track_caller]
fn goes_on(machine: &Machine, repo: &Path, other: Option<bool>) {
    machine.runs();
    let (arrived, said) = machine.push(repo);
    assert_eq!(arrived, other != Some(false), "{}", said.stderr);
    assert!(!said.stderr.contains("not found") && !said.stderr.contains("cannot"), "{}", said.stderr);
    let want: &[&str] = if other.is_some() { &["judge", "theirs"] } else { &["judge"] };
    assert_eq!(machine.who_ran(), want, "{}", said.stderr);
    if other.is_some() {
        assert_eq!(machine.stdin_of("theirs"), machine.stdin_of("judge"));
    }
    machine.runs();
}

fn each(machine: &Machine, hook: &Path, install: impl Fn(), leave: impl Fn(), repo: &Path) {
    for other in [None, Some(true), Some(false)] {
        let _ = std::fs::remove_file(hook);
        if let Some(passes) = other {
            write_program(hook, &machine.foreign_hook("theirs", if passes { "exit 0" } else { "exit 1" }));
        }
        install();
        leave();
        goes_on(machine, repo, other);
    }
}

#[test]
fn of_all_repositories() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        let install = || drop(machine.must(&home(&machine), &["install", "--global"]));
        let leave = || leaves(&machine, &repo, "--global");
        each(&machine, &repo.join(".git/hooks/pre-push"), install, leave, &repo);
        assert!(!home(&machine).join(".config").exists());
    }
}

#[test]
fn of_one_repository() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        let install = || drop(machine.must(&repo, &["install"]));
        each(&machine, &repo.join(".git/hooks/pre-push"), install, || leaves(&machine, &repo, ""), &repo);
    }
}

#[test]
fn of_one_repository_whose_hooks_are_elsewhere() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        machine.git(&repo, &["config", "core.hooksPath", ".husky"]);
        let install = || drop(machine.must(&repo, &["install"]));
        each(&machine, &repo.join(".husky/pre-push"), install, || leaves(&machine, &repo, ""), &repo);
    }
}

/// The last moment: the hook is there when the shim looks, and gone by the time that its interpreter opens it.
#[test]
fn of_a_hook_that_goes_while_it_starts() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    let hook = repo.join(".git/hooks/pre-push");
    let chained = repo.join(".git/hooks/pre-push.ci-guard-chained");
    machine.stand_in("exit 0");
    for code in [2, 126, 127] {
        // Put back at its place it has its say once more; taken away it has none.
        let back = format!("mv \"$0\" \"${{0%.ci-guard-chained}}\" 2>/dev/null\nexit {code}");
        let gone = format!("rm \"$0\"\nexit {code}");
        for (body, arrives, ran) in
            [(back, false, &["judge", "theirs", "theirs"][..]), (gone, true, &["judge", "theirs"])]
        {
            write_program(&hook, "#!/bin/sh\n");
            machine.must(&repo, &["install"]);
            write_program(&chained, &machine.foreign_hook("theirs", &body));
            machine.runs();
            let (arrived, said) = machine.push(&repo);
            assert_eq!(
                (arrived, &*machine.who_ran()),
                (arrives, &*ran.iter().map(|&who| who.to_owned()).collect::<Vec<_>>()),
                "{}",
                said.stderr
            );
        }
    }
}
