//! The script of docs/server.md, word for word, run as forges run what lies in `pre-receive.d`: by a hook of their own that
//! reads the push and hands it to each file.

use crate::support::{BINARY, CONFLICT, Repo, Sandbox, make_executable};
use std::process::Command;

/// The script in the documentation.
fn recipe() -> String {
    let page = include_str!("../../docs/server.md");
    let (_, rest) = page.split_once("```sh\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// As Gitea and Forgejo write it: every file of the folder gets the whole push, and any that fails refuses it.
const GITEA: &str = r#"#!/usr/bin/env bash
data=$(cat)
codes=""
here=${GIT_DIR:-$(dirname "$0")/..}
for hook in "$here"/hooks/pre-receive.d/*; do
  test -x "$hook" && test -f "$hook" || continue
  echo "$data" | "$hook"
  codes="$codes $?"
done
for code in $codes; do
  [ "$code" = 0 ] || exit "$code"
done
"#;

/// A server with the forge's hook, and a clone of it that has a good branch and a bad one.
fn forge(sandbox: &Sandbox) -> (Repo<'_>, Repo<'_>) {
    let work = sandbox.clone_of_a_remote();
    work.git(&["checkout", "-q", "-b", "bad"]);
    work.commit("bad", &[("c.txt", CONFLICT)]);
    work.git(&["checkout", "-q", "-b", "good", "main"]);
    work.commit("good", &[("g.txt", "good\n")]);
    let server = sandbox.at("o.git");
    let folder = server.dir.join("hooks/pre-receive.d");
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in [(folder.join("ci-guard"), recipe().as_str()), (server.dir.join("hooks/pre-receive"), GITEA)] {
        std::fs::write(&file, text).unwrap();
        make_executable(&file);
    }
    (server, work)
}

fn push(work: &Repo, program: Option<&str>, branches: &[&str]) -> crate::support::Ended {
    let bin = work.sandbox.path("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let _ = std::fs::remove_file(bin.join("ci-guard"));
    if let Some(program) = program {
        std::os::unix::fs::symlink(program, bin.join("ci-guard")).unwrap();
    }
    let old = std::env::var_os("PATH").unwrap();
    let has_none = |folder: &std::path::PathBuf| !folder.join("ci-guard").exists();
    let path = [bin.clone()].into_iter().chain(std::env::split_paths(&old).filter(has_none));
    let mut git: Command = work.command("git");
    git.env("PATH", std::env::join_paths(path).unwrap());
    crate::support::ended(git.args(["push", "origin"]).args(branches).output().unwrap())
}

#[test]
fn a_forges_folder_of_hooks_refuses_what_is_bad_and_nothing_else() {
    let sandbox = Sandbox::new();
    let (server, work) = forge(&sandbox);
    push(&work, Some(BINARY), &["bad"]).says(1, &["remote: error[conflict-marker]", "pre-receive hook declined"]);
    push(&work, Some(BINARY), &["good", "bad"]).says(1, &["remote: error[conflict-marker]"]);
    assert_eq!(server.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    push(&work, Some(BINARY), &["good"]).says(0, &["new branch"]);
}

#[test]
fn a_fault_of_ours_refuses_nothing_and_is_said() {
    let sandbox = Sandbox::new();
    let (_, work) = forge(&sandbox);
    push(&work, None, &["bad"]).says(0, &["ci-guard: not found, so this push was NOT checked"]);
    push(&work, Some("/bin/false"), &["good"]).says(1, &["declined"]);
    let broken = sandbox.path("broken");
    std::fs::write(&broken, "#!/bin/sh\nexit 101\n").unwrap();
    make_executable(&broken);
    push(&work, broken.to_str(), &["good"]).says(0, &["new branch"]);
}
