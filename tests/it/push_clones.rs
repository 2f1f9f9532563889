//! Clones that lack something: history (shallow), content (partial) or branches. What is there is judged, what is not is
//! named, and nothing is ever fetched.

use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, feed};
use std::collections::BTreeSet;
use std::path::Path;

/// A remote with three commits on `main`, of which the first brought an old leftover, and a `develop`.
fn remote(sandbox: &Sandbox) -> String {
    let remote = sandbox.repo_with("o.git", &["--bare"]);
    remote.git(&["config", "uploadpack.allowFilter", "true"]);
    remote.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let work = sandbox.repo("maker");
    work.commit(
        "one",
        &[("old/old.txt", &CONFLICT.replace("ours", "old")), ("src/a.txt", "a\n"), ("lib/b.txt", "b\n")],
    );
    work.commit("two", &[("src/a.txt", "aa\n")]);
    work.git(&["branch", "develop"]);
    work.commit("three", &[("lib/b.txt", "bb\n")]);
    work.git(&["push", "-q", "../o.git", "main", "develop"]);
    format!("file://{}", remote.dir.to_str().unwrap())
}

fn clone<'s>(sandbox: &'s Sandbox, url: &str, options: &[&str]) -> Repo<'s> {
    sandbox.at("").git(&[&["clone", "-q"], options, &[url, "w"]].concat());
    sandbox.at("w")
}

/// Every object that is here, without asking for those that are not.
fn objects(repo: &Repo) -> BTreeSet<String> {
    let all = repo.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    all.lines().map(str::to_owned).collect()
}

/// What the hook says of pushing `HEAD` to a new branch, while the remote is out of reach and nothing may be fetched.
fn push(repo: &Repo) -> Ended {
    let before = objects(repo);
    let line = format!("HEAD {} refs/heads/x {}\n", repo.rev("HEAD"), "0".repeat(40));
    // Whatever would try to fetch: a transport that never answers.
    let hang = repo.sandbox.path("hang");
    std::fs::write(&hang, "#!/bin/sh\ntouch \"$0.witness\"; exec sleep 600\n").unwrap();
    crate::support::make_executable(&hang);
    let url = repo.git(&["config", "remote.origin.url"]);
    repo.git(&["config", "remote.origin.url", "ssh://example.invalid/o.git"]);
    let mut hook = repo.command(BINARY);
    hook.args(["hook", "pre-push", "origin", &url]).env("GIT_SSH", &hang);
    let ended = feed(&mut hook, line.as_bytes());
    repo.git(&["config", "remote.origin.url", &url]);
    assert_eq!(objects(repo), before, "nothing is fetched");
    assert!(!hang.with_extension("witness").exists(), "nothing is asked for");
    ended
}

const POLICY: &str = r#"{"base": "main", "allowed": ["develop"]}"#;

#[test]
fn shallow_clones() {
    for (options, has_base) in [
        (&["--depth=1"][..], true),
        (&["--depth=1", "--no-single-branch"], true),
        (&["--depth=2", "--branch=develop"], false),
        (&["--depth=1", "--branch=develop", "--no-single-branch"], true),
    ] {
        let sandbox = Sandbox::new();
        let url = remote(&sandbox);
        let repo = clone(&sandbox, &url, options);
        repo.policy(POLICY);
        assert_eq!(repo.git(&["rev-parse", "--is-shallow-repository"]), "true");
        repo.git(&["checkout", "-q", "-b", "x"]);
        repo.commit("mine", &[("m.txt", "m\n")]);
        let clean = push(&repo);
        if has_base {
            clean.is_silent();
        } else {
            // Nothing tells what is old, so the whole tree is judged.
            clean.says(1, &["base branch main has no tracking ref here", "--> old/old.txt:1", "1 finding, 1 warning"]);
            continue;
        }
        repo.commit("bad", &[("f.txt", CONFLICT)]);
        push(&repo).says(1, &["--> f.txt:1", "push stopped: 1 finding."]);
    }
}

#[test]
fn a_merge_in_a_shallow_clone_cannot_be_called_foreign() {
    let sandbox = Sandbox::new();
    let url = remote(&sandbox);
    let repo = clone(&sandbox, &url, &["--depth=1"]);
    repo.policy(r#"{"feature": "x", "base": "main"}"#);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("mine", &[("m.txt", "m\n")]);
    // `main` as it was before the clone's history begins: truly an old commit of the base, and nothing here shows it.
    repo.git(&["fetch", "-q", "--depth=1", "origin", "develop"]);
    repo.git(&["merge", "-q", "--allow-unrelated-histories", "-X", "ours", "-m", "merged", "FETCH_HEAD"]);
    push(&repo).says(0, &["this clone is shallow", "warning[merge-source]", "push let through"]);
}

#[test]
fn partial_clones() {
    for (filter, unread, warnings) in [("blob:none", "content", "1 warning."), ("tree:0", "folders", "2 warnings.")] {
        let sandbox = Sandbox::new();
        let url = remote(&sandbox);
        let repo = clone(&sandbox, &url, &[&format!("--filter={filter}")]);
        repo.policy(POLICY);
        repo.git(&["checkout", "-q", "-b", "x"]);
        repo.commit("mine", &[("m.txt", "m\n")]);
        push(&repo).is_silent();
        repo.commit("bad", &[("f.txt", CONFLICT)]);
        push(&repo).says(1, &["--> f.txt:1", "push stopped: 1 finding."]);
        repo.commit("mended", &[("f.txt", "f\n")]);

        // Without a work tree hardly anything was ever fetched: what was not is no fault of anybody.
        let bare = format!("--filter={filter}");
        sandbox.at("").git(&["clone", "-q", "--no-checkout", &bare, &url, "n"]);
        let empty = sandbox.at("n");
        empty.git(&["remote", "set-head", "origin", "develop"]);
        let before = objects(&empty);
        let line = format!("m {} refs/heads/x {}\n", empty.rev("origin/main"), "0".repeat(40));
        let reason = format!("conflict-marker not judged: {unread} that");
        empty
            .pre_push(&line)
            .says(0, &[&reason, "not in this repository", "not scanned", &format!("let through: {warnings}")]);
        let report = empty.ci_guard(&["check", "--all", "--format", "json"]).report();
        assert_eq!((&report["verdict"], &report["skipped"][2]["cause"]), (&"allow".into(), &"not-here".into()));
        assert_eq!(objects(&empty), before);
    }
}

#[test]
fn what_is_missing_of_the_pushed_tip_is_named() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("mine", &[("sub/a.txt", "a\n"), ("sub/b.txt", CONFLICT), ("c.txt", "c\n")]);
    let gone = |repo: &Repo, revision: &str| {
        let id = repo.rev(revision);
        std::fs::remove_file(repo.dir.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
        id
    };
    // What is there is judged all the same.
    let blob = gone(&repo, "HEAD:sub/a.txt");
    let words = ["--> sub/b.txt:1", &format!("not scanned: object {blob}"), "push stopped: 1 finding, 1 warning."];
    repo.pre_push_head("x").says(1, &words);
    let bad = gone(&repo, "HEAD:sub/b.txt");
    repo.pre_push_head("x").says(0, &["conflict-marker not judged", "and 1 more", "push let through: 1 warning."]);
    assert_ne!(blob, bad);
    let tree = gone(&repo, "HEAD:sub");
    repo.pre_push_head("x").says(0, &[&format!("not scanned: tree {tree}"), "push let through: 1 warning."]);
    let root = gone(&repo, "HEAD^{tree}");
    repo.pre_push_head("x").says(0, &[&root, "push let through: 1 warning."]);
    let line = format!("x {} refs/heads/x {}\n", repo.rev("HEAD"), "0".repeat(40));
    let commit = gone(&repo, "HEAD");
    repo.pre_push(&line).says(0, &[&format!("refs/heads/x: object {commit} is not in this repository")]);
}

#[test]
fn a_base_that_lacks_something_makes_nothing_worse() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    repo.git(&["remote", "add", "origin", "/nowhere"]);
    repo.commit("base", &[("old.txt", &CONFLICT.replace("ours", "old")), ("d/a.txt", "a\n")]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("mine", &[("d/a.txt", "b\n")]);
    let path = |revision: &str| {
        let id = repo.rev(revision);
        repo.dir.join(".git/objects").join(&id[..2]).join(&id[2..])
    };
    let missing = |revisions: &[&str], judge: &dyn Fn() -> Ended| -> Ended {
        let paths: Vec<_> = revisions.iter().map(|revision| path(revision)).collect();
        let aside = |path: &Path| path.with_extension("aside");
        paths.iter().for_each(|path| std::fs::rename(path, aside(path)).unwrap());
        let ended = judge();
        paths.iter().for_each(|path| std::fs::rename(aside(path), path).unwrap());
        ended
    };
    let tip = repo.rev("HEAD");
    let line = format!("x {tip} refs/heads/x {}\n", "0".repeat(40));
    let judge = || repo.pre_push(&line);
    judge().is_silent();
    // What is the same on both sides is never looked at.
    missing(&["main:d/a.txt"], &judge).is_silent();
    missing(&["main:old.txt"], &judge).is_silent();
    missing(&["main:d"], &judge).is_silent();

    // An old leftover in a file that was edited elsewhere: whether it is old, only the old version can tell.
    repo.commit("edited", &[("old.txt", &format!("more\n{}", CONFLICT.replace("ours", "old")))]);
    let line = format!("x {} refs/heads/x {}\n", repo.rev("HEAD"), "0".repeat(40));
    let judge = || repo.pre_push(&line);
    judge().is_silent();
    let doubt = ["warning[conflict-marker]", "whether the conflict in old.txt is new cannot be told", "let through"];
    missing(&["main:old.txt"], &judge).says(0, &doubt);
    missing(&["main^{tree}"], &judge).says(0, &doubt);
    missing(&["main^{tree}", "main"], &judge).says(0, &doubt);
    missing(&["main"], &judge).says(0, &doubt);
    // What the base has nothing of is new, whatever else of the base is missing.
    repo.commit("bad", &[("f.txt", CONFLICT), ("e/f.txt", CONFLICT), ("d/f.txt", CONFLICT)]);
    let line = format!("x {} refs/heads/x {}\n", repo.rev("HEAD"), "0".repeat(40));
    let judge = || repo.pre_push(&line);
    let found = ["error[conflict-marker]", "--> e/f.txt:1", "--> f.txt:1"];
    missing(&["main:old.txt"], &judge).says(1, &[&found[..], &doubt[..2], &["3 findings, 2 warnings"]].concat());
    missing(&["main:d"], &judge)
        .says(1, &[&found[..], &["the conflict in d/f.txt", "2 findings, 2 warnings"]].concat());
}
