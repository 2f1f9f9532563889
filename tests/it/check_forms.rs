//! `ci-guard check` in all its forms: what is judged, against what, and with which exit code.

use crate::support::{BINARY, CONFLICT, Repo, Sandbox, ended, make_executable};
use std::process::Command;

fn found(repo: &Repo, args: &[&str]) -> Vec<String> {
    let found = repo.ci_guard(&[&["check", "--format", "json"], args].concat()).findings();
    found.iter().map(|found| found.replace("conflict-marker ", "")).collect()
}

/// Why nothing could be judged.
#[track_caller]
fn undecided(repo: &Repo, args: &[&str], reason: &str) {
    let report = repo.ci_guard(&[&["check", "--format", "json"], args].concat()).report();
    assert_eq!(report["verdict"], "undecided", "{args:?}");
    let said: Vec<_> =
        report["skipped"].as_array().unwrap().iter().map(|skip| skip["reason"].as_str().unwrap()).collect();
    assert!(said.iter().any(|said| said.contains(reason)), "{args:?}: {said:?}");
}

const NONE: [String; 0] = [];

/// `main` is clean, `bad` has a conflict, `worse` another one on top of it, `good` is beside them.
fn branches(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "bad"]);
    repo.commit("bad", &[("f.txt", CONFLICT)]);
    repo.git(&["checkout", "-q", "-b", "worse"]);
    repo.commit("worse", &[("g.txt", &CONFLICT.replace("ours", "worse"))]);
    repo.git(&["checkout", "-q", "-b", "good", "main"]);
    repo.commit("good", &[("h.txt", "h\n")]);
    repo
}

#[test]
fn revisions_of_every_kind() {
    let sandbox = Sandbox::new();
    let repo = branches(&sandbox);
    let bad = repo.rev("bad");
    repo.git(&["tag", "light", "bad"]);
    repo.git(&["tag", "-a", "-m", "x", "heavy", "bad"]);
    repo.git(&["tag", "-a", "-m", "x", "nested", "heavy"]);
    repo.git(&["tag", "-a", "-m", "x", "tree", "bad^{tree}"]);
    let want = ["block f.txt:1"];
    for revision in [
        "bad",
        "refs/heads/bad",
        "heads/bad",
        &bad,
        &bad[..8],
        "light",
        "tags/light",
        "refs/tags/heavy",
        "heavy",
        "nested",
        "bad^0",
        "bad~0",
        "worse~",
        "worse^",
        "bad@{0}",
        ":/^bad",
        "bad^{commit}",
    ] {
        assert_eq!(found(&repo, &[revision]), want, "{revision}");
        let report = repo.ci_guard(&["check", "--format", "json", revision]).report();
        assert_eq!(report["findings"][0]["commit"], bad.as_str(), "{revision}");
    }
    for revision in ["", "HEAD", "good", "main", "refs/remotes/origin/main", "origin/main", "origin"] {
        let args = if revision.is_empty() { &[][..] } else { &[revision] };
        assert_eq!(found(&repo, args), NONE, "{revision}");
    }
    for nothing in [
        "nothing",
        "tree",
        "bad^{tree}",
        "bad:f.txt",
        "HEAD~99",
        "refs/heads/nothing",
        "main..bad",
        "--end-of-options",
        &"0".repeat(40),
        &"f".repeat(40),
    ] {
        let args: &[&str] = if nothing.starts_with('-') { &["--", nothing] } else { &[nothing] };
        undecided(&repo, args, "names no commit");
    }
    undecided(&repo, &["--base", "nothing"], "nothing names no commit");
    // A tag does not shadow a branch that is named in full, and neither shadows the base.
    repo.git(&["tag", "good", "bad"]);
    assert_eq!(found(&repo, &["refs/heads/good"]), NONE);
    assert_eq!(found(&repo, &["refs/tags/good"]), want);
}

#[test]
fn heads_without_a_branch_or_a_commit() {
    let sandbox = Sandbox::new();
    let repo = branches(&sandbox);
    repo.git(&["checkout", "-q", "--detach", "bad"]);
    assert_eq!(found(&repo, &[]), ["block f.txt:1"]);
    repo.git(&["checkout", "-q", "--orphan", "unborn"]);
    assert_eq!(found(&repo, &[]), NONE);
    assert_eq!(found(&repo, &["--staged"]), ["block f.txt:1"]);
    repo.git(&["rm", "-q", "-r", "--cached", "."]);
    assert_eq!(found(&repo, &["--staged"]), NONE);
    undecided(&repo, &["unborn"], "names no commit");
    for options in [&[][..], &["--bare"], &["--object-format=sha256"], &["--ref-format=reftable"]] {
        let empty = sandbox.repo_with(&format!("empty{}", options.concat()), options);
        assert_eq!(found(&empty, &[]), NONE, "{options:?}");
        assert_eq!(found(&empty, &["--all"]), NONE, "{options:?}");
        if options != ["--bare"] {
            assert_eq!(found(&empty, &["--staged"]), NONE, "{options:?}");
        }
        empty.pre_push("").is_silent();
    }
    std::fs::write(repo.dir.join(".git/HEAD"), "garbage\n").unwrap();
    repo.ci_guard(&["check"]).is_undecided();
}

#[test]
fn usage_is_explained() {
    let sandbox = Sandbox::new();
    let repo = branches(&sandbox);
    for wrong in [
        &["check", "--format", "xml"][..],
        &["check", "a", "b"],
        &["check", "--staged", "HEAD"],
        &["check", "--range", "a..b", "--base", "c"],
        &["check", "--range"],
        &["check", "--nonsense"],
        &["hook"],
        &["hook", "post-push"],
        &["chekc"],
        &[],
    ] {
        let ended = repo.ci_guard(wrong);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{wrong:?}");
        assert!(!ended.stderr.is_empty());
    }
    for fine in [
        &["--help"][..],
        &["--version"],
        &["check", "--help"],
        &["hook", "pre-push", "--help"],
        &["man"],
        &["completions", "bash"],
    ] {
        let ended = repo.ci_guard(fine);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{fine:?}");
        assert!(!ended.stdout.is_empty());
    }
    sandbox.at("").ci_guard(&["check"]).is_undecided();
    sandbox.at("").ci_guard(&["-C", "w", "check"]).is_clean(&[]);
    sandbox.at("").ci_guard(&["-C", "nowhere", "check"]).says(2, &["cannot work in nowhere"]);
    std::fs::create_dir_all(repo.dir.join("deep/er")).unwrap();
    assert_eq!(found(&sandbox.at(repo.dir.join("deep/er")), &["bad"]), ["block f.txt:1"]);
}

#[test]
fn ranges() {
    let sandbox = Sandbox::new();
    let repo = branches(&sandbox);
    let both = ["block f.txt:1", "block g.txt:1"];
    for (range, want) in [
        ("main..worse", &both[..]),
        ("main...worse", &both),
        ("good..worse", &both),
        ("good...worse", &both),
        ("bad..worse", &both[1..]),
        ("bad...worse", &both[1..]),
        ("worse..bad", &[]),
        ("worse...bad", &[]),
        ("worse..worse", &[]),
        ("main..", &[]),
        ("..bad", &both[..1]),
        ("...bad", &both[..1]),
        ("bad..", &[]),
        ("..", &[]),
        ("worse~..worse", &both[1..]),
        ("origin/main..worse", &both),
    ] {
        assert_eq!(found(&repo, &["--range", range]), want, "{range}");
    }
    for (range, reason) in [
        ("main", "a range is written A..B or A...B"),
        ("", "a range is written"),
        ("nothing..main", "nothing names no commit"),
        ("main..nothing", "nothing names no commit"),
        ("main..worse..bad", "names no commit"),
        ("bad:f.txt..bad", "names no commit"),
    ] {
        undecided(&repo, &["--range", range], reason);
    }
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.commit("other", &[("o.txt", CONFLICT)]);
    assert_eq!(found(&repo, &["--range", "main..other"]), ["block o.txt:1"]);
    undecided(&repo, &["--range", "main...other"], "no history in common");
    // HEAD is what is checked out here, whatever a remote calls so.
    repo.git(&["checkout", "-q", "worse"]);
    assert_eq!(found(&repo, &["--base", "HEAD"]), NONE);
    assert_eq!(found(&repo, &["--base", "HEAD~1"]), both[1..]);
    let report = repo.ci_guard(&["check", "--range", "main..worse", "--format", "json"]).report();
    assert_eq!((&report["base"], &report["stats"]["tips"]), (&"refs/remotes/origin/main".into(), &1.into()));
    // What a range begins with is old, wherever it went since; and a range says itself what is new.
    repo.git(&["checkout", "-q", "worse"]);
    repo.commit("moved", &[("f.txt", "f\n"), ("moved.txt", &format!("0\n{CONFLICT}"))]);
    assert_eq!(found(&repo, &["--range", "bad..worse"]), ["block g.txt:1"]);
    repo.git(&["push", "-q", "origin", "worse"]);
    assert_eq!(found(&repo, &["--range", "main..worse"]), ["block g.txt:1", "block moved.txt:2"]);
}

#[test]
fn the_index() {
    let sandbox = Sandbox::new();
    let repo = branches(&sandbox);
    repo.write(&[("work.txt", CONFLICT), ("staged.txt", CONFLICT), ("soon.txt", CONFLICT)]);
    repo.git(&["add", "staged.txt"]);
    repo.git(&["add", "--intent-to-add", "soon.txt"]);
    repo.write(&[("staged.txt", "mended in the work tree only\n")]);
    assert_eq!(found(&repo, &["--staged"]), ["block staged.txt:1"]);
    let report = repo.ci_guard(&["check", "--staged", "--format", "json"]).report();
    assert_eq!((&report["findings"][0]["commit"], &report["findings"][0]["ref"]), (&().into(), &().into()));
    assert_eq!(found(&repo, &[]), NONE);
    // However the index is written.
    for (key, value, refresh) in [
        ("index.version", "4", &["--index-version=4"][..]),
        ("index.skipHash", "true", &["--force-write-index"]),
        ("core.splitIndex", "true", &["--split-index"]),
        ("core.untrackedCache", "true", &["--untracked-cache"]),
        ("core.fsmonitor", "true", &["--fsmonitor"]),
    ] {
        repo.git(&["config", key, value]);
        repo.try_git(&[&["update-index"], refresh].concat());
        assert_eq!(found(&repo, &["--staged"]), ["block staged.txt:1"], "{key}");
        repo.git(&["config", "--unset", key]);
    }
    repo.try_git(&["fsmonitor--daemon", "stop"]);
    // The attribute that counts is the staged one.
    repo.write(&[(".gitattributes", "* conflict-marker-size=9\n")]);
    assert_eq!(found(&repo, &["--staged"]), ["block staged.txt:1"]);
    repo.git(&["add", ".gitattributes"]);
    assert_eq!(found(&repo, &["--staged"]), NONE);
    // A lost index is one in which everything is gone; a broken one cannot be judged.
    std::fs::remove_file(repo.dir.join(".git/index")).unwrap();
    assert_eq!(found(&repo, &["--staged"]), NONE);
    std::fs::write(repo.dir.join(".git/index"), "garbage").unwrap();
    repo.ci_guard(&["check", "--staged"]).is_undecided();
}

#[test]
fn the_index_of_a_merge_that_is_under_way() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit("theirs", &[("base.txt", "theirs\n"), ("clean.txt", "c\n")]);
    repo.git(&["checkout", "-q", "-b", "x", "main"]);
    repo.commit("ours", &[("base.txt", "ours\n")]);
    assert_ne!(repo.try_git(&["merge", "-q", "side"]).code, Some(0));
    // What is in conflict is not staged yet: git itself will not commit it.
    assert_eq!(found(&repo, &["--staged"]), NONE);
    repo.git(&["add", "base.txt"]);
    assert_eq!(found(&repo, &["--staged"]), ["block base.txt:1"]);
    repo.write(&[("base.txt", "both\n")]);
    repo.git(&["add", "base.txt"]);
    assert_eq!(found(&repo, &["--staged"]), NONE);
}

#[test]
fn a_sparse_index() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.commit("old", &[("out/old.txt", CONFLICT), ("in/f.txt", "f\n")]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit(
        "bad",
        &[("out/bad.txt", &CONFLICT.replace("ours", "bad")), ("out/.gitattributes", "*.x conflict-marker-size=3\n")],
    );
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert!(repo.git(&["ls-files", "--sparse", "--stage"]).contains("out/"), "the index has a folder in it");
    // A folder that is not checked out is staged as it was committed.
    assert_eq!(found(&repo, &["--staged"]), ["block out/bad.txt:1"]);
    repo.write(&[("in/f.txt", &CONFLICT.replace("ours", "mine"))]);
    repo.git(&["add", "in/f.txt"]);
    assert_eq!(found(&repo, &["--staged"]), ["block in/f.txt:1", "block out/bad.txt:1"]);
}

#[test]
fn as_a_pre_commit_hook() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let hook = repo.dir.join(".git/hooks/pre-commit");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, format!("#!/bin/sh\nexec '{BINARY}' check --staged >&2\n")).unwrap();
    make_executable(&hook);
    // git stages what `commit -a` and `commit FILE` take in an index of their own.
    repo.write(&[("base.txt", CONFLICT)]);
    repo.try_git(&["commit", "-q", "-a", "-m", "bad"]).says(1, &["--> base.txt:1"]);
    repo.try_git(&["commit", "-q", "-m", "bad", "base.txt"]).says(1, &["--> base.txt:1"]);
    repo.write(&[("g.txt", "g\n")]);
    repo.git(&["add", "-A"]);
    repo.try_git(&["commit", "-q", "-m", "only g", "g.txt"]).is_silent();
    repo.try_git(&["commit", "-q", "-m", "bad"]).says(1, &["--> base.txt:1"]);
    let below = repo.dir.join("sub");
    std::fs::create_dir(&below).unwrap();
    let from_below = |args: &[&str]| {
        ended(Command::new("git").args(args).envs(environment(&repo)).current_dir(&below).output().unwrap())
    };
    from_below(&["commit", "-q", "-a", "-m", "bad"]).says(1, &["--> base.txt:1"]);
    repo.git(&["worktree", "add", "-q", "../linked"]);
    let linked = sandbox.at("linked");
    linked.write(&[("base.txt", CONFLICT)]);
    linked.try_git(&["commit", "-q", "-a", "-m", "bad"]).says(1, &["--> base.txt:1"]);
    linked.write(&[("base.txt", "fine\n")]);
    linked.try_git(&["commit", "-q", "-a", "-m", "good"]).is_silent();
}

fn environment(repo: &Repo) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let command = repo.command("git");
    command.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect()
}
