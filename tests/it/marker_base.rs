//! What is new: the tree of the pushed commit against the base branch, by content and never by place. The work tree, the
//! index and the remote's feature branch do not count.

use crate::support::{CONFLICT, Repo, Sandbox};

/// A conflict with a word of its own.
fn conflict(word: &str) -> String {
    CONFLICT.replace("ours", word)
}

/// Ten lines with something in the middle.
fn around(middle: &str) -> String {
    format!("1\n2\n3\n4\n5\n{middle}6\n7\n8\n9\n")
}

/// A clone whose base holds these files; a branch `x` is checked out.
fn on_a_base<'s>(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Repo<'s> {
    let repo = sandbox.clone_of_a_remote();
    repo.commit("base", files);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo
}

/// What `check` finds in HEAD.
#[track_caller]
fn finds(repo: &Repo, want: &[&str]) {
    finds_with(repo, &[], want);
}

#[track_caller]
fn finds_with(repo: &Repo, args: &[&str], want: &[&str]) {
    let found = repo.ci_guard(&[&["check", "--format", "json"], args].concat()).findings();
    assert_eq!(found, want.iter().map(|want| want.replace("marker ", "conflict-marker ")).collect::<Vec<_>>());
}

#[test]
fn the_commit_counts_and_not_the_work_tree_or_the_index() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[("f.txt", "f\n")]);
    repo.commit("good", &[("g.txt", "g\n")]);
    repo.write(&[("f.txt", CONFLICT), ("new.txt", CONFLICT), (".gitattributes", "* -diff\n")]);
    repo.git(&["add", "new.txt"]);
    finds(&repo, &[]);
    repo.pre_push_head("x").is_silent();
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "bad"]);
    repo.write(&[
        ("f.txt", "f\n"),
        ("new.txt", "n\n"),
        (".gitattributes", "* conflict-marker-size=40 ci-guard-markers=ignore\n"),
    ]);
    repo.git(&["add", "f.txt"]);
    finds(&repo, &["block marker f.txt:1", "block marker new.txt:1"]);
    repo.pre_push_head("x").says(1, &["--> f.txt:1", "--> new.txt:1"]);
    // Only the tip counts, and the branch that is pushed need not be the one that is checked out.
    repo.git(&["commit", "-q", "-a", "-m", "mended"]);
    finds(&repo, &[]);
    repo.git(&["checkout", "-q", "-b", "y", "HEAD~"]);
    repo.git(&["checkout", "-q", "main"]);
    finds_with(&repo, &["y"], &["block marker f.txt:1", "block marker new.txt:1"]);
}

#[test]
fn what_the_base_has_is_old_wherever_it_stands() {
    let sandbox = Sandbox::new();
    let old = around(&conflict("old"));
    let repo =
        on_a_base(&sandbox, &[("old.txt", &old), ("two.txt", &(conflict("a") + &conflict("b"))), ("f.txt", "f\n")]);
    let finds = |what: &str, files: &[(&str, &str)], gone: &[&str], want: &[&str]| {
        repo.git(&["checkout", "-q", "-B", "x", "origin/main"]);
        for path in gone {
            std::fs::remove_file(repo.dir.join(path)).unwrap();
        }
        repo.commit(what, files);
        let found = repo.ci_guard(&["check", "--format", "json"]).findings();
        let want: Vec<_> = want.iter().map(|place| format!("block conflict-marker {place}")).collect();
        assert_eq!(found, want, "{what}");
        assert_eq!(repo.pre_push_head("x").code, Some(i32::from(!want.is_empty())), "{what}");
    };
    let shifted = format!("0\n0\n{old}10\n");
    finds("untouched", &[("f.txt", "g\n")], &[], &[]);
    finds("edited elsewhere", &[("old.txt", &shifted)], &[], &[]);
    finds("line ends", &[("old.txt", &old.replace('\n', "\r\n"))], &[], &[]);
    finds("renamed", &[("d/new.txt", &old)], &["old.txt"], &[]);
    finds("renamed and edited", &[("d/new.txt", &shifted)], &["old.txt"], &[]);
    finds("copied", &[("d/new.txt", &old)], &[], &[]);
    finds("moved to another file", &[("old.txt", "o\n"), ("f.txt", &conflict("old"))], &[], &[]);
    finds("of two to two", &[("two.txt", &conflict("b")), ("f.txt", &conflict("a"))], &[], &[]);
    finds("turned around", &[("two.txt", &(conflict("b") + &conflict("a")))], &[], &[]);
    finds("one of two is gone", &[("two.txt", &conflict("b"))], &[], &[]);

    finds("copied and edited", &[("d/new.txt", &shifted)], &[], &["d/new.txt:8"]);
    finds("a second beside it", &[("old.txt", &(conflict("new") + &old))], &[], &["old.txt:1"]);
    finds("the same once more", &[("old.txt", &(old.clone() + &conflict("old")))], &[], &["old.txt:15"]);
    finds("another side", &[("old.txt", &old.replace("theirs", "hers"))], &[], &["old.txt:6"]);
    finds("another label", &[("old.txt", &old.replace("HEAD", "main"))], &[], &["old.txt:6"]);
    finds("half resolved", &[("old.txt", &old.replace("=======\n", ""))], &[], &["old.txt:6", "old.txt:9"]);
    finds("a folder in its place", &[("old.txt/new.txt", &conflict("new"))], &["old.txt"], &["old.txt/new.txt:1"]);
    finds("a link in its place", &[("f.txt", &conflict("new"))], &["two.txt"], &["f.txt:1"]);
}

#[test]
fn what_only_the_remote_feature_branch_has_blocks() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    repo.commit("bad", &[("f.txt", CONFLICT)]);
    repo.git(&["push", "-q", "--no-verify", "-u", "origin", "x"]);
    finds(&repo, &["block marker f.txt:1"]);
    repo.commit("unrelated", &[("g.txt", "g\n")]);
    repo.pre_push_head("x").says(1, &["--> f.txt:1", "push stopped: 1 finding."]);
    repo.pre_push_head("y").says(1, &["--> f.txt:1", "push stopped: 1 finding."]);
    // Once it has reached the base, it is old for everybody.
    repo.git(&["push", "-q", "--no-verify", "origin", "x:main"]);
    repo.commit("more", &[("h.txt", "h\n")]);
    repo.pre_push_head("x").is_silent();
}

#[test]
fn what_the_base_has_mended_since_is_no_mistake_of_this_push() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[("f.txt", &around(&conflict("old"))), ("g.txt", "g\n")]);
    repo.commit("mine", &[("g.txt", "gg\n")]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("mended", &[("f.txt", &around("")), ("base.txt", "more\n")]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["checkout", "-q", "x"]);
    finds(&repo, &[]);
    repo.pre_push_head("x").is_silent();
    // Nor if the file was edited elsewhere meanwhile; but one beside the old one is.
    repo.commit("edited", &[("f.txt", &format!("0\n{}", around(&conflict("old"))))]);
    finds(&repo, &[]);
    repo.commit("bad", &[("f.txt", &format!("{}{}", conflict("new"), around(&conflict("old"))))]);
    finds(&repo, &["block marker f.txt:1"]);
    repo.git(&["reset", "-q", "--hard", "HEAD~2"]);
    // A merge that takes the base in and brings the leftover back is one.
    repo.git(&["merge", "-q", "-m", "take main", "main"]);
    finds(&repo, &[]);
    repo.commit("back", &[("f.txt", &around(&conflict("old")))]);
    finds(&repo, &["block marker f.txt:6"]);
}

#[test]
fn a_base_that_was_pulled_by_its_address() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    repo.commit("mine", &[("g.txt", "g\n")]);
    // Somebody else pushes an old leftover to the base; this clone hears of it by `git pull URL main` only.
    let other = sandbox.at("");
    other.git(&["clone", "-q", "o.git", "other"]);
    let other = sandbox.at("other");
    other.commit("old", &[("old.txt", CONFLICT)]);
    other.git(&["push", "-q", "--no-verify", "origin", "main"]);
    let url = sandbox.path("o.git");
    repo.git(&["config", "remote.origin.fetch", "+refs/heads/none:refs/remotes/origin/none"]);
    repo.git(&["pull", "-q", "--no-rebase", "--no-edit", url.to_str().unwrap(), "main"]);
    assert_eq!(repo.rev("origin/main"), repo.rev("x~2"), "the tracking branch is stale");
    finds(&repo, &[]);
    repo.pre_push_head("x").is_silent();
    // git has just heard from the remote what stands there: a push to the base itself.
    std::fs::remove_file(repo.dir.join(".git/FETCH_HEAD")).unwrap();
    let line = format!("x {} refs/heads/main {}\n", repo.rev("x"), repo.rev("x^2"));
    repo.pre_push(&line).is_silent();
    // Without either, nothing proves that it is old.
    repo.pre_push_head("x").says(1, &["--> old.txt:1"]);
    // What came from elsewhere proves nothing: a place that is no remote, another branch.
    other.git(&["init", "-q", "--bare", "../theirs.git"]);
    other.git(&["push", "-q", "--no-verify", "../theirs.git", "main"]);
    other.git(&["push", "-q", "--no-verify", "origin", "main:side"]);
    let theirs = sandbox.path("theirs.git");
    for from in [&[theirs.to_str().unwrap(), "main"][..], &["origin", "side"]] {
        repo.git(&[&["fetch", "-q"], from].concat());
        repo.pre_push_head("x").says(1, &["--> old.txt:1"]);
    }
    // Another remote's branch of that name does only where nobody says whose is meant.
    repo.git(&["remote", "add", "theirs", theirs.to_str().unwrap()]);
    repo.git(&["fetch", "-q", "theirs", "main"]);
    repo.pre_push_head("x").is_silent();
    repo.policy(r#"{"base": "origin/main"}"#);
    repo.pre_push_head("x").says(1, &["--> old.txt:1"]);
}

#[test]
fn where_the_base_is_found() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    // One branch for each place, each with a leftover of its own, so that the base can be told by what is not found.
    repo.commit("start", &[("start.txt", "s\n")]);
    let names = ["policy", "head", "main", "master", "other-head", "other-main", "local", "tag"];
    let files: Vec<_> = names.iter().map(|name| (format!("{name}.txt"), conflict(name))).collect();
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
    for file in &files {
        repo.git(&["checkout", "-q", "--detach", "main"]);
        repo.commit(file.0, &[*file]);
        repo.git(&["tag", &format!("at-{}", file.0.trim_end_matches(".txt"))]);
    }
    repo.git(&["checkout", "-q", "-b", "x", "main"]);
    repo.commit("x", &files);
    repo.git(&["remote", "add", "origin", "/nowhere"]);
    repo.git(&["remote", "add", "another", "/nowhere/else"]);
    for (name, branch) in [
        ("policy", "refs/remotes/origin/trunk"),
        ("head", "refs/remotes/origin/default"),
        ("main", "refs/remotes/origin/main"),
        ("master", "refs/remotes/origin/master"),
        ("other-head", "refs/remotes/another/default"),
        ("other-main", "refs/remotes/another/main"),
        ("local", "refs/heads/main"),
        ("local", "refs/heads/origin/main"),
        ("local", "refs/heads/trunk"),
        ("tag", "refs/tags/main"),
        ("tag", "refs/tags/origin/main"),
        ("tag", "refs/tags/trunk"),
    ] {
        repo.git(&["update-ref", branch, &format!("at-{name}")]);
    }
    repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/default"]);
    repo.git(&["symbolic-ref", "refs/remotes/another/HEAD", "refs/remotes/another/default"]);
    let policy = repo.dir.join(".git/ci-guard/policy.json");
    repo.policy(r#"{"base": "trunk"}"#);
    let base = |want: Option<&str>, full: Option<&str>| {
        let check = repo.ci_guard(&["check", "--format", "json"]);
        assert_eq!(check.report()["base"].as_str(), full);
        let expected: Vec<_> = names.iter().filter(|name| Some(**name) != want).collect();
        let mut expected: Vec<_> = expected.iter().map(|name| format!("block conflict-marker {name}.txt:1")).collect();
        expected.sort();
        assert_eq!(check.findings(), expected, "{want:?}");
        let stopped = format!("push stopped: {} findings", expected.len());
        repo.pre_push_head("x").says(1, &[&stopped]);
    };
    base(Some("policy"), Some("refs/remotes/origin/trunk"));
    // A base that no remote has: the next places.
    std::fs::write(&policy, r#"{"base": "gone"}"#).unwrap();
    base(Some("head"), Some("refs/remotes/origin/default"));
    std::fs::write(&policy, r#"{"base": "another/main"}"#).unwrap();
    base(Some("other-main"), Some("refs/remotes/another/main"));
    std::fs::remove_file(&policy).unwrap();
    base(Some("head"), Some("refs/remotes/origin/default"));
    repo.git(&["symbolic-ref", "-d", "refs/remotes/origin/HEAD"]);
    base(Some("main"), Some("refs/remotes/origin/main"));
    // A HEAD that leads nowhere, or out of the remote's branches, is none.
    for target in ["refs/remotes/origin/gone", "refs/heads/x", "refs/tags/main"] {
        repo.git(&["symbolic-ref", "refs/remotes/origin/HEAD", target]);
        base(Some("main"), Some("refs/remotes/origin/main"));
    }
    repo.git(&["symbolic-ref", "-d", "refs/remotes/origin/HEAD"]);
    repo.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    base(Some("master"), Some("refs/remotes/origin/master"));
    repo.git(&["update-ref", "-d", "refs/remotes/origin/master"]);
    base(Some("other-head"), Some("refs/remotes/another/default"));
    repo.git(&["symbolic-ref", "-d", "refs/remotes/another/HEAD"]);
    base(Some("other-main"), Some("refs/remotes/another/main"));
    repo.git(&["update-ref", "-d", "refs/remotes/another/main"]);
    base(None, None);
    // What was typed comes before all of it, and may be anything that git can resolve.
    finds_with(
        &repo,
        &["--base", "at-tag", "x~0"],
        &names
            .iter()
            .filter(|name| **name != "tag")
            .map(|name| format!("block marker {name}.txt:1"))
            .collect::<std::collections::BTreeSet<_>>()
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
}
