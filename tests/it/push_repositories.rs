//! Where a push can start from: every kind of repository that git makes, judged by real pushes.

use crate::support::{CONFLICT, Ended, Repo, Sandbox};
use std::path::Path;

/// A remote `o.git` and an armed clone `w` of it, made with these options of `git init`. The clone has a branch `good`
/// and a branch `bad`; `good` is checked out.
fn armed<'s>(sandbox: &'s Sandbox, options: &[&str]) -> Repo<'s> {
    let remote = sandbox.repo_with("o.git", &[&["--bare"], options].concat());
    let repo = sandbox.repo_with("w", options);
    repo.git(&["remote", "add", "origin", remote.dir.to_str().unwrap()]);
    // The base has an old leftover: whoever does not find the base blocks everything.
    repo.commit("base", &[("old.txt", &CONFLICT.replace("ours", "old")), ("base.txt", "base\n")]);
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    repo.git(&["remote", "set-head", "origin", "main"]);
    branches(&repo);
    repo
}

/// A branch `bad` and a branch `good` on top of `main`, and the hook.
fn branches(repo: &Repo) {
    repo.git(&["checkout", "-q", "-b", "bad", "origin/main"]);
    repo.commit("bad", &[("f.txt", CONFLICT)]);
    repo.git(&["checkout", "-q", "-b", "good", "origin/main"]);
    repo.commit("good", &[("g.txt", "fine\n")]);
    repo.arm("pre-push");
}

/// From here, `good` can be pushed without a word, and `bad` cannot.
#[track_caller]
fn judges(repo: &Repo) {
    judges_to(repo, "origin");
}

#[track_caller]
fn judges_to(repo: &Repo, place: &str) {
    repo.try_git(&["push", "-q", place, "bad"]).says(1, &["--> f.txt:1", "push stopped: 1 finding."]);
    repo.try_git(&["push", "-q", place, "good"]).is_silent();
    repo.try_git(&["push", "-q", place, ":good"]).is_silent();
}

#[test]
fn hashes_and_ref_formats() {
    for options in [
        &["--object-format=sha256"][..],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let sandbox = Sandbox::new();
        let repo = armed(&sandbox, options);
        repo.policy(r#"{"feature": "good", "allowed": ["develop"]}"#);
        judges(&repo);
        let report = repo.ci_guard(&["check", "bad", "--format", "json"]).report();
        assert_eq!(report["base"], "refs/remotes/origin/main", "{options:?}");
        assert_eq!(report["findings"][0]["commit"], repo.rev("bad").as_str());
    }
}

#[test]
fn packed_refs_and_packed_objects_with_a_commit_graph() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = Sandbox::new();
        let repo = armed(&sandbox, options);
        repo.git(&["pack-refs", "--all", "--prune"]);
        repo.git(&["repack", "-qad", "--write-midx"]);
        repo.git(&["commit-graph", "write", "--reachable", "--changed-paths"]);
        assert!(!repo.dir.join(".git/refs/remotes/origin/main").exists());
        judges(&repo);
    }
}

#[test]
fn linked_worktrees() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    repo.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let linked = sandbox.at("linked");
    judges(&linked);
    // Its own policy comes before that of all worktrees.
    let common = repo.dir.join(".git/ci-guard");
    std::fs::create_dir(&common).unwrap();
    std::fs::write(common.join("policy.json"), "{}").unwrap();
    let source = |repo: &Repo| repo.ci_guard(&["check", "--format", "json"]).report()["policy"]["source"].clone();
    assert_eq!(source(&linked), repo.dir.join(".git/ci-guard/policy.json").to_str().unwrap());
    linked.policy("{}");
    assert_eq!(source(&linked), repo.dir.join(".git/worktrees/linked/ci-guard/policy.json").to_str().unwrap());
    assert_eq!(source(&repo), ".git/ci-guard/policy.json");
    // What the last fetch brought is the worktree's own affair, and so is HEAD.
    linked.git(&["checkout", "-q", "bad"]);
    assert_eq!(linked.ci_guard(&["check", "--format", "json"]).findings(), ["block conflict-marker f.txt:1"]);
    assert_eq!(repo.ci_guard(&["check"]).code, Some(0));
    // The work tree that git was started for may be anywhere.
    let sub = linked.dir.join("deep/er");
    std::fs::create_dir_all(&sub).unwrap();
    judges(&sandbox.at(&sub));
}

#[test]
fn submodules_and_other_git_files() {
    let sandbox = Sandbox::new();
    let module = armed(&sandbox, &[]);
    let above = sandbox.repo("above");
    above.commit("above", &[("a.txt", "a\n")]);
    let url = sandbox.path("o.git");
    above.git(&["-c", "protocol.file.allow=always", "submodule", "-q", "add", url.to_str().unwrap(), "sub"]);
    above.git(&["commit", "-q", "-m", "with a submodule"]);
    let below = sandbox.at("above/sub");
    branches(&below);
    judges(&below);
    // The commit of a submodule is in no store of the repository above, and nothing to look at.
    above.ci_guard(&["check", "-v", "--all"]).is_clean(&["2 files"]);
    module.git(&["init", "-q", "--separate-git-dir", "../elsewhere"]);
    assert!(module.dir.join(".git").is_file());
    judges(&module);
}

#[test]
fn a_bare_repository() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    // As `git clone --bare` makes it: there are no remote-tracking branches, so there is no base.
    repo.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = sandbox.at("bare.git");
    bare.arm("pre-push");
    let places = ["--> f.txt:1", "--> old.txt:1", "push stopped: 2 findings."];
    bare.try_git(&["push", "-q", "../o.git", "bad"]).says(1, &places);
    // With remote-tracking branches, it is a clone like any other.
    bare.git(&["fetch", "-q", "../o.git", "+refs/heads/*:refs/remotes/origin/*"]);
    bare.git(&["remote", "set-url", "origin", "../o.git"]);
    judges(&bare);
    assert_eq!(bare.ci_guard(&["check", "bad", "--format", "json"]).findings(), ["block conflict-marker f.txt:1"]);
    // Work trees may hang on a bare repository, too.
    bare.git(&["worktree", "add", "-q", "../hanging", "bad"]);
    judges(&sandbox.at("hanging"));
    assert_eq!(sandbox.at("hanging").ci_guard(&["check"]).code, Some(1));
}

#[test]
fn settings_of_one_worktree() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    repo.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let linked = sandbox.at("linked");
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    linked.git(&["config", "--worktree", "ciguard.policy", "theirs.json"]);
    std::fs::write(repo.dir.join(".git/theirs.json"), r#"{"conflict_markers": {"ignore": ["f.txt"]}}"#).unwrap();
    repo.try_git(&["push", "-q", "--dry-run", "origin", "bad"]).says(1, &["--> f.txt:1"]);
    linked.try_git(&["push", "-q", "--dry-run", "origin", "bad"]).is_silent();
    let check = |folder: &str| repo.sandbox.at(folder).ci_guard(&["check", "bad", "--format", "json"]).findings();
    // The files that are checked out may be anywhere, or gone.
    let elsewhere = sandbox.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    repo.git(&["config", "core.worktree", elsewhere.to_str().unwrap()]);
    for folder in ["w", "w/.git", "w/.git/refs"] {
        assert_eq!(check(folder), ["block conflict-marker f.txt:1"], "{folder}");
    }
    sandbox.at("w/.git").try_git(&["push", "-q", "--dry-run", "origin", "bad"]).says(1, &["--> f.txt:1"]);
    std::fs::remove_dir(&elsewhere).unwrap();
    for folder in ["w", "w/.git", "w/.git/refs"] {
        assert_eq!(check(folder), ["block conflict-marker f.txt:1"], "{folder}");
    }
    repo.git(&["--git-dir=.git", "--work-tree=.", "config", "--unset", "core.worktree"]);
    for folder in ["w", "w/.git", "w/.git/refs"] {
        assert_eq!(check(folder), ["block conflict-marker f.txt:1"], "{folder}");
    }
    assert!(check("w/.git/worktrees/linked").is_empty(), "it ignores the file");
}

#[test]
fn a_git_dir_from_the_environment() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    let line = format!("bad {} refs/heads/bad {}\n", repo.rev("bad"), "0".repeat(40));
    let hook = |dir: &Path, environment: &[(&str, &str)]| -> Ended {
        let mut command = sandbox.command(crate::support::BINARY);
        command.current_dir(dir).args(["hook", "pre-push", "origin", "URL"]).envs(environment.iter().copied());
        crate::support::feed(&mut command, line.as_bytes())
    };
    let found = ["--> f.txt:1", "push stopped: 1 finding."];
    let above = sandbox.path("");
    let absolute = repo.dir.join(".git");
    let absolute = absolute.to_str().unwrap();
    hook(&above, &[("GIT_DIR", "w/.git")]).says(1, &found);
    hook(&above, &[("GIT_DIR", "./w/../w/.git/")]).says(1, &found);
    hook(&above, &[("GIT_DIR", absolute)]).says(1, &found);
    hook(&repo.dir.join(".git"), &[("GIT_DIR", ".")]).says(1, &found);
    hook(&above, &[("GIT_DIR", absolute), ("GIT_WORK_TREE", "/nowhere/at/all")]).says(1, &found);
    hook(&above, &[("GIT_DIR", "w/.git"), ("GIT_WORK_TREE", "w"), ("GIT_PREFIX", "x/")]).says(1, &found);
    // Nowhere near a repository, it says so, and the push is git's business.
    hook(&above, &[]).says(0, &["no git repository", "push not fully checked: it goes on"]);
    hook(&above, &[("GIT_DIR", "gone")]).says(0, &["no git repository", "push not fully checked: it goes on"]);
    // And as git itself starts it.
    let push = |args: &[&str]| sandbox.at("").try_git(args);
    push(&["--git-dir=w/.git", "push", "-q", "origin", "bad"]).says(1, &found);
    push(&["--git-dir=w/.git", "--work-tree=w", "push", "-q", "origin", "bad"]).says(1, &found);
    push(&["-C", "w/.git", "push", "-q", "origin", "bad"]).says(1, &found);
}

#[test]
fn alternates() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    repo.git(&["clone", "-q", "--shared", "../o.git", "../shared"]);
    let shared = sandbox.at("shared");
    branches(&shared);
    judges(&shared);
    // Of alternates, and by a relative path; a circle is none.
    shared.git(&["clone", "-q", "--shared", "../shared", "../second"]);
    let second = sandbox.at("second");
    let relative = "# a comment\n../../../shared/.git/objects\n.\n";
    std::fs::write(second.dir.join(".git/objects/info/alternates"), relative).unwrap();
    second.git(&["remote", "set-url", "origin", "../o.git"]);
    second.git(&["fetch", "-q", "origin"]);
    second.git(&["remote", "set-head", "origin", "main"]);
    second.git(&["checkout", "-q", "--detach", "origin/main"]);
    second.git(&["branch", "-q", "-D", "good"]);
    branches(&second);
    judges(&second);
}

#[test]
fn pushes_by_url() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    let url = sandbox.path("o.git");
    let url = url.to_str().unwrap();
    // An address that is a remote's is that remote, however it is spelt.
    for place in [url, &format!("file://{url}"), "../o.git", "../o.git/", &url.replace("o.git", "o")] {
        judges_to(&repo, place);
    }
    // So is one by which the remote is only pushed to.
    repo.git(&["remote", "set-url", "--push", "origin", url]);
    repo.git(&["remote", "set-url", "origin", "https://example.invalid/o.git"]);
    judges_to(&repo, url);
    // A place of no name: the base is that of another remote.
    sandbox.repo_with("p.git", &["--bare"]);
    judges_to(&repo, "../p.git");
    // Without any remote there is no base, and everything is new.
    repo.git(&["remote", "remove", "origin"]);
    let places = ["--> f.txt:1", "--> old.txt:1", "push stopped: 2 findings."];
    repo.try_git(&["push", "-q", "../p.git", "bad"]).says(1, &places);
}

#[test]
fn dry_runs_raw_ids_and_typed_revisions() {
    let sandbox = Sandbox::new();
    let repo = armed(&sandbox, &[]);
    let bad = repo.rev("bad");
    repo.git(&["checkout", "-q", "bad"]);
    let found = ["--> f.txt:1", "push stopped: 1 finding."];
    let typed = [&bad, ":/bad", ":/^bad", "HEAD@{0}", "HEAD@{2 days ago}", "@", "HEAD^0", "bad@{0}"];
    let renamed = typed.iter().map(|typed| format!("{typed}:refs/heads/new"));
    let plain = ["HEAD", "bad", "@:refs/for/main", "HEAD:refs/tags/v1", "+bad:main"].map(str::to_owned);
    for refspec in renamed.chain(plain) {
        for dry in [&["--dry-run"][..], &[]] {
            repo.try_git(&[&["push", "-q"], dry, &["origin", &refspec]].concat()).says(1, &found);
        }
    }
    repo.try_git(&["push", "-q", "--dry-run", "origin", "good:refs/heads/ok"]).is_silent();
    repo.try_git(&["push", "-q", "origin", "good:refs/heads/ok"]).is_silent();
    // All at once, with the bad one neither first nor last, and a deletion.
    repo.git(&["push", "-q", "--no-verify", "origin", "main:refs/heads/old"]);
    repo.try_git(&["push", "-q", "origin", ":old", "good", "bad", "main:refs/heads/x"]).says(1, &found);
    repo.try_git(&["push", "-q", "--all", "origin"]).says(1, &found);
    repo.try_git(&["push", "-q", "--mirror", "origin"]).says(1, &found);
    repo.try_git(&["push", "-q", "--force", "origin", "bad:main"]).says(1, &found);
    assert_eq!(
        sandbox.at("o.git").git(&["for-each-ref", "--format=%(refname)"]),
        "refs/heads/main\nrefs/heads/ok\nrefs/heads/old"
    );
    // A push that git itself will reject is no finding of ours.
    repo.git(&["push", "-q", "--no-verify", "origin", "good:main"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "good~"]);
    repo.git(&["checkout", "-q", "-b", "behind", "good~"]);
    repo.commit("behind", &[("h.txt", "h\n")]);
    let rejected = repo.try_git(&["push", "-q", "origin", "behind:main"]);
    rejected.says(1, &["rejected"]);
    assert!(!rejected.stderr.contains("conflict"), "{rejected:?}");
}
