//! The merge rules in repositories as people have them: clones, forks, servers, CI, fetches by URL, and tricks.

use crate::drawn::{announce, check, configure, draw, push, redraw, world};
use crate::support::{Repo, Sandbox};
use std::process::Stdio;

const POLICY: &str = r#"{"base": "main", "allowed": ["release/*"]}"#;

/// A remote `o.git` as everybody knows it, and a clone `w` with own work on `feature`.
fn clone_of(sandbox: &Sandbox) -> Repo<'_> {
    let remote = sandbox.repo_with("o.git", &["--bare"]);
    draw(&remote, "b; b2 b; d1 b; d2 d1; r1 b; main = b2; develop = d2; release/1 = r1");
    let work = clone(sandbox, "w", &[remote.dir.to_str().unwrap()]);
    work.policy(POLICY);
    work.git(&["checkout", "-q", "-b", "feature"]);
    work.commit("own", &[("own.txt", "own\n")]);
    work
}

fn clone<'s>(sandbox: &'s Sandbox, name: &str, args: &[&str]) -> Repo<'s> {
    let dir = sandbox.path(name);
    let cloned = sandbox.command("git").args(["clone", "-q"]).args(args).arg(&dir).output().unwrap();
    assert!(cloned.status.success(), "{}", String::from_utf8_lossy(&cloned.stderr));
    sandbox.at(name)
}

/// Somebody else pushes to the remote: this clone does not know yet.
fn moves_on(sandbox: &Sandbox) {
    draw(&sandbox.at("o.git"), "b3 b2; d3 d2; r2 r1; main = b3; develop = d3; release/1 = r2");
}

/// Pull a branch by URL, as `git pull URL BRANCH` does.
fn pull(work: &Repo, url: &str, branch: &str) {
    work.git(&["pull", "-q", "--no-rebase", "--no-edit", url, branch]);
}

#[test]
fn a_pull_by_url_counts_however_the_url_is_written() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    moves_on(&sandbox);
    let url = sandbox.path("o.git").to_str().unwrap().to_owned();
    let own = work.rev("feature");
    for (url, branch) in [
        (url.clone(), "main"),
        (format!("{url}/"), "main"),
        (url.trim_end_matches(".git").to_owned(), "main"),
        ("../o.git".to_owned(), "main"),
        ("../o".to_owned(), "main"),
        ("./../w/../o.git/".to_owned(), "main"),
        (format!("file://{url}"), "main"),
        (format!("file://{}", url.trim_end_matches(".git")), "main"),
        (url.clone(), "release/1"),
    ] {
        work.git(&["reset", "-q", "--hard", &own]);
        pull(&work, &url, branch);
        assert!(work.git(&["log", "-1", "--format=%P"]).contains(' '), "{url}: a merge");
        assert_eq!(work.git(&["log", "-1", "--format=%s", "origin/main"]), "b2", "{url}: not known otherwise");
        let said = push(&work, &["feature"]);
        assert_eq!((said.findings(), said.doubts()), Default::default(), "{url} {branch}");
    }
    // The next fetch by anybody takes the only proof away, and says what to do.
    work.git(&["fetch", "-q", &url, "release/1"]);
    work.git(&["reset", "-q", "--hard", &own]);
    pull(&work, &url, "main");
    work.git(&["fetch", "-q", &url, "release/1"]);
    let said = push(&work, &["feature"]);
    assert!(said.blocked() && said.commands().contains(&"git fetch origin".to_owned()), "{said:#?}");
    work.git(&["fetch", "origin"]);
    assert_eq!(push(&work, &["feature"]).findings(), "");
}

#[test]
fn a_pull_from_elsewhere_is_a_doubt_and_from_here_no_proof() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    moves_on(&sandbox);
    let own = work.rev("feature");
    // Another copy of it, of which this clone knows nothing; with a name that must not be taken for the remote's.
    for copy in ["copy.git", "o.x.git", "o.x"] {
        let dir = sandbox.path(copy);
        sandbox.at("o.git").git(&["clone", "-q", "--mirror", ".", dir.to_str().unwrap()]);
        work.git(&["reset", "-q", "--hard", &own]);
        pull(&work, dir.to_str().unwrap(), "main");
        let said = push(&work, &["feature"]);
        assert!(said.findings().starts_with("warn merge-source Merge branch 'main' of "), "{}", said.findings());
        assert_eq!(said.findings().lines().count(), 1);
        assert!(said.doubts().contains("which is no remote of this repository"), "{}", said.doubts());
        std::fs::remove_dir_all(dir).unwrap();
    }
    // What the name does not stand for is no doubt.
    work.git(&["reset", "-q", "--hard", &own]);
    pull(&work, "../o.git", "develop");
    assert!(push(&work, &["feature"]).blocked());
    // A pull from this very repository says nothing about any other.
    for here in [".", "../w", "./.git", sandbox.path("w").to_str().unwrap()] {
        work.git(&["reset", "-q", "--hard", &own]);
        work.git(&["branch", "-f", "main", "origin/develop"]);
        pull(&work, here, "main");
        let said = push(&work, &["feature"]);
        assert!(said.findings().starts_with("block merge-source "), "{here}: {}", said.findings());
    }
}

#[test]
fn a_name_that_says_whose_it_is_is_meant_at_that_remote_only() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    let fork = sandbox.at("o.git");
    let upstream = sandbox.path("up.stream.git");
    fork.git(&["clone", "-q", "--mirror", ".", upstream.to_str().unwrap()]);
    work.git(&["remote", "add", "-f", "upstream", upstream.to_str().unwrap()]);
    moves_on(&sandbox);
    let known = work.rev("origin/main");
    draw(&sandbox.at("up.stream.git"), "u3 b2; v2 r1; main = u3; release/1 = v2");
    let own = work.rev("feature");
    let named = r#"{"base": "upstream/main", "allowed": ["upstream/release/*"]}"#;
    for (policy, url, branch, blocked) in [
        (named, "../up.stream.git", "main", false),
        (named, "../up.stream", "main", false),
        (named, "../up.stream", "release/1", false),
        (named, "../o.git", "main", true),
        (named, "../o.git", "release/1", true),
        (named, "origin", "main", true),
        (POLICY, "../o.git", "main", false),
        (POLICY, "../up.stream.git", "main", false),
    ] {
        work.policy(policy);
        work.git(&["reset", "-q", "--hard", &own]);
        pull(&work, url, branch);
        let said = push(&work, &["feature"]);
        assert_eq!(said.blocked(), blocked, "{policy} {url} {branch}: {}\n{}", said.messages(), said.doubts());
        work.git(&["update-ref", "refs/remotes/origin/main", &known]);
    }
}

#[test]
fn urls_that_git_rewrites_are_known_by_what_they_become() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    moves_on(&sandbox);
    let base = sandbox.path("").to_str().unwrap().trim_end_matches('/').to_owned();
    configure(&work, &format!("[url \"{base}/\"]\n\tinsteadOf = lab:\n[remote \"lab\"]\n\turl = lab:o.git\n"));
    work.git(&["remote", "remove", "origin"]);
    work.git(&["fetch", "-q", "lab", "+refs/heads/main:refs/remotes/lab/main"]);
    moves_on(&sandbox);
    draw(&sandbox.at("o.git"), "b4 b3; main = b4");
    pull(&work, &format!("{base}/o.git"), "main");
    let line = format!("HEAD {} refs/heads/feature {}\n", work.rev("HEAD"), "0".repeat(40));
    let hook = work.ci_guard_reading(&["hook", "pre-push", "lab", &format!("{base}/o.git")], line.as_bytes());
    assert_eq!((hook.code, hook.stderr.as_str()), (Some(0), ""));
    let by_hand = check(&work, &["feature"]);
    assert_eq!((by_hand.findings(), by_hand.doubts()), Default::default());
}

#[test]
fn each_worktree_has_fetched_its_own() {
    let sandbox = Sandbox::new();
    let main = clone_of(&sandbox);
    moves_on(&sandbox);
    main.git(&["checkout", "-q", "--detach"]);
    main.git(&["worktree", "add", "-q", "../linked", "feature"]);
    let linked = sandbox.at("linked");
    pull(&linked, "../o.git", "main");
    assert_eq!(push(&linked, &["feature"]).findings(), "");
    assert!(linked.dir.join(linked.git(&["rev-parse", "--git-path", "FETCH_HEAD"])).is_file());
}

#[test]
fn the_help_can_be_followed_until_all_is_well() {
    let sandbox = Sandbox::new();
    let policy = r#"{"base": "main"}"#;
    let drawn = "b; b2 b; d1 b; d2 d1; c1 b; l1 b; f1 b2; f2 f1; origin/main = b2; origin/develop = d2; wip = l1;";
    let work = world(&sandbox, policy, drawn);
    for history in [
        // A merge at the tip, and one with own work on top of it.
        "m f2 l1; feature = m",
        "m f2 l1; g m; h g; feature = h",
        "m f2 d2; feature = m",
        "m f2 d2; g m; feature = g",
        // Two of them, with a merge of the base between.
        "m f1 l1; g m; n g b2; h n; o h d1; p o; feature = p",
        "m f1 b2 l1; g m; feature = g",
        // No merge at all.
        "feature = d2",
        "g d2; h g; feature = h",
        "m d2 f2; g m; feature = g; origin/feature = f2",
        "g d2; m g b2; h m; feature = h",
    ] {
        // What is checked out, and what is not: a command must not change another branch than the one that is meant.
        for checked_out in ["feature", "wip"] {
            redraw(&work, policy, &format!("{drawn}{history}"));
            work.git(&["checkout", "-q", "-f", checked_out]);
            follow(&work, history);
            assert_eq!(work.rev("wip"), work.rev("refs/drawn/l1"), "{history}");
            // Own work that the branch had is still there.
            work.git(&["checkout", "-q", "-f", "feature"]);
            for own in ["f1", "g", "h", "p"].iter().filter(|own| history.contains(&format!("{own} "))) {
                assert!(work.dir.join(format!("{own}.txt")).is_file(), "{history}: {own} is lost");
            }
        }
    }
}

/// Do what the first hint says, as often as there is one.
fn follow(work: &Repo, history: &str) {
    for step in 0..6 {
        let said = check(work, &["feature"]);
        let Some(command) = said.commands().into_iter().next() else {
            assert!(step > 0, "{history}: nothing to mend");
            assert_eq!((said.findings(), said.doubts()), Default::default());
            return;
        };
        assert!(said.blocked());
        for command in said.commands().iter().filter(|command| command.starts_with("git log")) {
            assert!(!sh(work, command).is_empty(), "{command} finds something: {said:#?}");
        }
        sh(work, &command);
    }
    panic!("{history}: {}", work.git(&["log", "--graph", "--oneline", "--all"]));
}

#[test]
fn the_help_for_what_is_no_branch_touches_no_branch() {
    let sandbox = Sandbox::new();
    let drawn = "b; b2 b; d1 b; l1 b; f1 b2; m f1 l1; g m; h d1; origin/main = b2; origin/develop = d1; feature = g";
    let work = world(&sandbox, r#"{"base": "main"}"#, drawn);
    work.git(&["checkout", "-q", "-f", "feature"]);
    let zero = "0".repeat(40);
    for (commit, typed) in [("m", "refs/tags/v1"), ("h", "refs/tags/v1"), ("m", "HEAD~1"), ("m", "ID")] {
        let id = work.rev(&format!("refs/drawn/{commit}"));
        work.git(&["tag", "-f", "v1", &id]);
        let name = if typed.starts_with("refs/") { typed } else { "refs/heads/other" };
        let hook = work.pre_push(&format!("{typed} {id} {name} {zero}\n"));
        assert_eq!(hook.code, Some(1), "{typed}");
        assert!(!hook.stderr.contains("git reset"), "{}", hook.stderr);
        let command = hook.stderr.lines().find_map(|line| Some(line.split_once("= help: ")?.1.split_once(": ")?.1));
        sh(&work, command.unwrap_or_else(|| panic!("{}", hook.stderr)));
        if typed.starts_with("refs/tags/") {
            assert_eq!(work.rev("feature"), work.rev("refs/drawn/g"));
            let line = format!("{typed} {} {name} {zero}\n", work.rev(typed));
            assert_eq!(work.pre_push(&line).code, Some(0));
        } else {
            // Whatever came after it on the branch that is checked out is kept.
            assert!(work.dir.join("g.txt").is_file());
            work.git(&["reset", "-q", "--hard", "refs/drawn/g"]);
        }
    }
}

/// Run a line as a person would who pasted it.
fn sh(work: &Repo, line: &str) -> String {
    let output = work.command("sh").args(["-c", line]).env("GIT_EDITOR", "true").stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_help_names_branches_so_that_a_shell_takes_them_literally() {
    let sandbox = Sandbox::new();
    let policy = r#"{"version": 1}"#;
    let drawn = "b; b2 b; d1 b; d2 d1; g d2; feature = g; origin/develop = d2;";
    let work = world(&sandbox, policy, "");
    for name in ["a$(touch${IFS}pwned)", "a|touch${IFS}pwned", "a'b", "a`touch${IFS}pwned`", "a&b", "größe"] {
        redraw(&work, policy, &format!("{drawn} refs/remotes/origin/{name} = b2"));
        work.git(&["symbolic-ref", "refs/remotes/origin/HEAD", &format!("refs/remotes/origin/{name}")]);
        work.git(&["checkout", "-q", "-f", "feature"]);
        let said = check(&work, &["feature"]);
        assert_eq!(said.findings(), "block foreign-commits d1 d2", "{name}");
        sh(&work, &said.commands()[0]);
        assert_eq!(check(&work, &["feature"]).findings(), "", "{name}");
        assert!(!work.dir.join("pwned").exists(), "{name}");
    }
    // A tag or a local branch of that name is not what is meant.
    for shadow in ["refs/tags/origin/main = d1", "refs/heads/origin/main = d1"] {
        redraw(&work, POLICY, &format!("{drawn} origin/main = b2; {shadow}"));
        work.git(&["checkout", "-q", "-f", "feature"]);
        sh(&work, &check(&work, &["feature"]).commands()[0]);
        assert_eq!(check(&work, &["feature"]).findings(), "", "{shadow}");
    }
}

#[test]
fn what_is_pushed_is_what_is_judged_not_what_git_shows() {
    let sandbox = Sandbox::new();
    let drawn = "b; b2 b; l1 b; f1 b2; m f1 l1; feature = m; origin/main = b2";
    let work = world(&sandbox, POLICY, drawn);
    let blocked = || push(&work, &["feature"]).findings() == "block merge-source m l1";
    assert!(blocked());
    // The second parent hidden, the base made to hold it, the base replaced by it.
    for (commit, parents) in [("m", &["f1"][..]), ("b2", &["b", "l1"])] {
        let parents: Vec<String> = parents.iter().map(|parent| format!("refs/drawn/{parent}")).collect();
        let commit = work.rev(&format!("refs/drawn/{commit}"));
        let args: Vec<&str> =
            ["replace", "--graft", &commit].into_iter().chain(parents.iter().map(|p| &p[..])).collect();
        work.git(&args);
        assert!(blocked(), "{commit}");
        work.git(&["replace", "-d", &commit]);
        let ids: Vec<String> = parents.iter().map(|parent| work.rev(parent)).collect();
        std::fs::create_dir_all(work.dir.join(".git/info")).unwrap();
        std::fs::write(work.dir.join(".git/info/grafts"), format!("{commit} {}\n", ids.join(" "))).unwrap();
        assert!(blocked(), "{commit}");
        std::fs::remove_file(work.dir.join(".git/info/grafts")).unwrap();
    }
    work.git(&["replace", "-f", &work.rev("refs/drawn/b2"), &work.rev("refs/drawn/l1")]);
    assert!(blocked());
}

#[test]
fn a_commit_graph_that_is_broken_is_as_good_as_none() {
    let sandbox = Sandbox::new();
    let drawn = "b; b2 b; l1 b; f1 b2; m f1 l1; n f1 b2; feature = m; good = n; origin/main = b2";
    let work = world(&sandbox, POLICY, drawn);
    work.git(&["commit-graph", "write", "--reachable"]);
    let file = work.dir.join(".git/objects/info/commit-graph");
    let whole = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let mut versions: Vec<Vec<u8>> =
        [0, 4, 100, whole.len() / 2, whole.len() - 1].map(|len| whole[..len].to_vec()).into();
    for at in (8..whole.len() - 20).step_by(41) {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        versions.push(broken);
    }
    for (number, version) in versions.iter().enumerate() {
        std::fs::write(&file, version).unwrap();
        for branch in ["feature", "good"] {
            // git trusts what a graph says; here, nothing in it may lead to a fault, or to a block that is not due.
            let hook = work.pre_push(&announce(&work, &[branch]));
            assert!(branch == "feature" || hook.code == Some(0), "{number} {branch}: {}", hook.stderr);
            assert!(!hook.stderr.contains("internal error"), "{number}: {}", hook.stderr);
        }
    }
}

#[test]
fn other_formats_have_the_same_history() {
    let sandbox = Sandbox::new();
    let drawn = "b; b2 b; d1 b; f1 b2; m f1 d1; n f1 b2; h d1; origin/main = b2; origin/develop = d1;";
    for (name, options) in [("sha256", &["--object-format=sha256"][..]), ("reftable", &["--ref-format=reftable"])] {
        let work = sandbox.repo_with(name, options);
        configure(&work, "[remote \"origin\"]\n\turl = /srv/origin.git\n");
        work.policy(POLICY);
        draw(&work, &format!("{drawn} merged = m; foreign = h; fine = n"));
        for graph in [false, true] {
            if graph {
                work.git(&["commit-graph", "write", "--reachable"]);
            }
            assert_eq!(
                push(&work, &["merged"]).findings(),
                "block merge-source m d1\nblock foreign-commits d1",
                "{name}"
            );
            assert_eq!(push(&work, &["foreign"]).findings(), "block foreign-commits d1", "{name}");
            assert_eq!(push(&work, &["fine"]).findings(), "", "{name}");
        }
    }
}

#[test]
fn remotes_may_be_called_anything() {
    let sandbox = Sandbox::new();
    let work = sandbox.repo_with("w", &["--template="]);
    let remotes = ["team", "team/origin"].map(|name| format!("[remote \"{name}\"]\n\turl = /srv/{name}.git\n"));
    configure(&work, &remotes.concat());
    draw(
        &work,
        "b; b2 b; x b; d1 b; m b b2; n b x; k b d1; feature = m; other = n; bad = k;
         refs/remotes/team/main = b2; refs/remotes/team/origin/main = x; refs/remotes/team/origin/develop = d1",
    );
    for (policy, remote, branch, code) in [
        (r#"{"base": "main"}"#, "team", "feature", 0),
        (r#"{"base": "main"}"#, "team", "other", 0),
        (r#"{"base": "main"}"#, "team/origin", "feature", 0),
        (r#"{"base": "main"}"#, "team/origin", "other", 0),
        (r#"{"base": "team/main"}"#, "team", "other", 1),
        (r#"{"base": "team/main"}"#, "team", "feature", 0),
        (r#"{"base": "team/origin/main"}"#, "team", "feature", 1),
        (r#"{"base": "team/origin/main"}"#, "team", "other", 0),
        (r#"{"base": "main", "allowed": ["team/origin/develop"]}"#, "team", "bad", 0),
        (r#"{"base": "main", "allowed": ["origin/develop"]}"#, "team", "bad", 1),
        (r#"{"base": "main"}"#, "team", "bad", 1),
    ] {
        work.policy(policy);
        let line = format!("{branch} {} refs/heads/{branch} {}\n", work.rev(branch), "0".repeat(40));
        let hook = work.ci_guard_reading(&["hook", "pre-push", remote, "URL"], line.as_bytes());
        assert_eq!(hook.code, Some(code), "{policy} {remote} {branch}: {}", hook.stderr);
    }
}

#[test]
fn what_cannot_be_known_is_said_and_stops_nothing() {
    let sandbox = Sandbox::new();
    let drawn = "b; b2 b; l1 b; d1 b; f1 b2; m f1 l1; n f1 d1; feature = m; named = n; origin/develop = d1";
    let work = world(&sandbox, POLICY, drawn);
    // No base at all.
    let said = push(&work, &["feature"]);
    assert_eq!((said.findings(), said.blocked()), (String::new(), false));
    assert!(said.doubts().contains("merge-source feature: the base branch main has no tracking ref here"), "{said:#?}");
    assert!(said.doubts().contains("git fetch"));
    // An allowed branch that is not here may be the one; not where it is known whose it is.
    redraw(&work, r#"{"base": "main", "allowed": ["next"]}"#, &format!("{drawn}; origin/main = b2"));
    let said = push(&work, &["feature"]);
    assert_eq!(said.findings(), "warn merge-source m l1");
    assert!(said.doubts().contains("next has no tracking ref here"), "{}", said.doubts());
    assert_eq!(push(&work, &["named"]).findings(), "block merge-source n d1\nblock foreign-commits d1");
    // The base is known by name only: its commit is not here, so nobody can say what it has.
    std::fs::write(work.dir.join(".git/refs/remotes/origin/main"), "1".repeat(40) + "\n").unwrap();
    let said = push(&work, &["named"]);
    assert_eq!(said.findings(), "warn merge-source n d1\nwarn foreign-commits b d1");
    assert!(said.doubts().contains("commit 1111111111111111111111111111111111111111 is not in this repository"));
    // A pattern may match nothing.
    redraw(&work, POLICY, &format!("{drawn}; origin/main = b2"));
    assert_eq!(push(&work, &["feature"]).findings(), "block merge-source m l1");
}

#[test]
fn a_clone_that_is_cut_off_accuses_nobody() {
    let sandbox = Sandbox::new();
    clone_of(&sandbox);
    moves_on(&sandbox);
    let url = format!("file://{}", sandbox.path("o.git").display());
    for (name, options) in [
        ("one", &["--depth=1", "--no-single-branch"][..]),
        ("two", &["--depth=2", "--no-single-branch"]),
        ("single", &["--depth=1"]),
        ("branch", &["--single-branch", "--branch=develop"]),
    ] {
        let work = clone(&sandbox, name, &[options, &[&url]].concat());
        work.policy(POLICY);
        work.git(&["checkout", "-q", "-b", "feature"]);
        work.commit("own", &[("own.txt", "own\n")]);
        let said = push(&work, &["feature"]);
        assert!(!said.blocked(), "{name}: {}", said.messages());
        // An older commit of the base that this clone cannot see to be one.
        work.git(&["fetch", "-q", "--depth=1", &url, "refs/drawn/b"]);
        work.git(&["merge", "-q", "--allow-unrelated-histories", "-m", "merge", "FETCH_HEAD"]);
        let said = push(&work, &["feature"]);
        assert!(!said.blocked(), "{name}: {}", said.messages());
        assert!(!said.doubts().is_empty(), "{name}");
    }
}

#[test]
fn one_reason_for_many_doubts_is_said_once() {
    let sandbox = Sandbox::new();
    clone_of(&sandbox);
    let mut history = String::from("p0 b2;");
    for number in 1..=30 {
        history += &format!("x{number} b2; p{number} p{} x{number};", number - 1);
    }
    draw(&sandbox.at("o.git"), &format!("{history} g p25; main = p30; feature = g"));
    let url = format!("file://{}", sandbox.path("o.git").display());
    // As CI jobs fetch: much of the branch, and no more than the tip of the base.
    let work = clone(&sandbox, "shallow", &["--depth=20", "--branch=feature", &url]);
    work.git(&["fetch", "-q", "--depth=1", "origin", "main:refs/remotes/origin/main"]);
    work.policy(POLICY);
    work.git(&["checkout", "-q", "-b", "next"]);
    work.git(&["update-ref", "-d", "refs/remotes/origin/feature"]);
    let said = push(&work, &["next"]);
    assert!(!said.blocked());
    let lines = said.findings().lines().filter(|line| line.starts_with("warn merge-source ")).count();
    assert!(lines > 15, "{}", said.findings());
    assert_eq!(said.doubts().matches("merge-source whether ").count(), 1, "{}", said.doubts());
    assert!(said.doubts().contains(" merges are allowed cannot be told: this clone is shallow"));
}

#[test]
fn on_a_server_the_branches_are_the_truth() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    let server = sandbox.at("o.git");
    server.policy(POLICY);
    server.arm("pre-receive");
    let tip = |name: &str| server.try_git(&["rev-parse", "-q", "--verify", &format!("refs/heads/{name}")]).stdout;
    let mut number = 0;
    let mut lands = |history: &[&[&str]], lands: bool| {
        number += 1;
        let branch = format!("topic/{number}");
        work.git(&["checkout", "-q", "-f", "-B", &branch, "origin/main"]);
        for args in history {
            let args: Vec<&str> = args.iter().map(|arg| if *arg == "NUMBER" { branch.as_str() } else { arg }).collect();
            work.git(&args);
        }
        let pushed = work.try_git(&["push", "-q", "origin", &branch]);
        assert_eq!(pushed.code == Some(0), lands, "{history:?}: {}", pushed.stderr);
        assert_eq!(!tip(&branch).is_empty(), lands);
        assert!(lands || pushed.stderr.contains("remote: error["), "{}", pushed.stderr);
        pushed.stderr.replace("remote:", "").split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let own: &[&str] = &["commit", "-q", "--allow-empty", "-m", "NUMBER"];
    let merge = |name| ["merge", "-q", "--no-ff", "-m", "merge", name];
    lands(&[own], true);
    lands(&[own, &merge("origin/release/1")], true);
    let said = lands(&[own, &merge("origin/develop")], false);
    assert!(said.contains("\"d2\" of develop and 1 commit with it"), "{said}");
    assert!(said.contains("brings 2 commits of develop"), "{said}");
    lands(&[own, &merge("feature")], false);
    lands(&[&["reset", "-q", "--hard", "origin/develop"], own], false);
    // Another topic that is there already.
    lands(&[&["reset", "-q", "--hard", "topic/1"], own], false);
    // The base takes whatever it is given.
    work.git(&["checkout", "-q", "-B", "main", "origin/main"]);
    work.git(&["merge", "-q", "--no-ff", "-m", "Merge pull request", "feature", "topic/1"]);
    work.git(&["push", "-q", "origin", "main"]);
    // And with it, everything that stands on it.
    lands(&[&["reset", "-q", "--hard", "main"], own, &merge("topic/1")], true);
    assert_eq!(tip("topic/3"), "");
}

#[test]
fn in_ci_a_range_says_what_is_new() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    // The branch is on the remote with everything that is wrong with it: merges of another branch and of a third one.
    work.git(&["fetch", "-q", "origin"]);
    work.git(&["merge", "-q", "--no-ff", "-m", "bad", "origin/develop"]);
    work.git(&["push", "-q", "origin", "feature", "feature:refs/pull/1/head"]);
    work.git(&["checkout", "-q", "-b", "fine", "origin/main"]);
    let fine = work.commit("fine", &[("fine.txt", "fine\n")]);
    work.git(&["push", "-q", "origin", "fine"]);
    let ci = clone(&sandbox, "ci", &[sandbox.path("o.git").to_str().unwrap()]);
    // As actions/checkout leaves it: detached, and the merge that it tests under a ref of its own.
    ci.git(&["fetch", "-q", "origin", "+refs/pull/*:refs/remotes/pull/*"]);
    let bad = ci.rev("origin/feature");
    ci.git(&["checkout", "-q", "--detach", &bad]);
    let want = "block merge-source bad d2\nblock foreign-commits d1 d2";
    let policies = ["{\"base\": \"main\"}", r#"{"base": "main", "feature": "feature"}"#, r#"{"feature": "f*"}"#];
    for policy in policies {
        ci.policy(policy);
        for tip in ["HEAD", &bad, "origin/feature", "refs/remotes/origin/feature"] {
            for from in ["origin/main", &ci.rev("origin/main")] {
                let said = check(&ci, &["--range", &format!("{from}..{tip}")]);
                assert_eq!(said.findings(), want, "{policy} {from}..{tip}: {said:#?}");
            }
            let said = check(&ci, &["--range", &format!("origin/main...{tip}")]);
            assert_eq!(said.findings(), want, "{policy} {tip}");
        }
        // Nothing is wrong with the other branch, wherever HEAD stands.
        for tip in [&fine, "origin/fine"] {
            let said = check(&ci, &["--range", &format!("origin/main..{tip}")]);
            assert_eq!((said.findings(), said.doubts()), Default::default(), "{policy} {tip}");
        }
        // From the last good commit on, only what came after it.
        let said = check(&ci, &["--range", &format!("{bad}..{bad}")]);
        assert_eq!(said.findings(), "");
    }
    // By its name, a branch of the remote is judged as what it is.
    ci.policy(r#"{"base": "main"}"#);
    for typed in ["origin/feature", "refs/remotes/origin/feature", &bad, "HEAD"] {
        assert_eq!(check(&ci, &[typed]).findings(), want, "{typed}");
    }
    for typed in ["origin/fine", &fine] {
        assert_eq!(check(&ci, &[typed]).findings(), "", "{typed}");
    }
}

#[test]
fn a_real_push_is_stopped_and_goes_on_once_it_is_mended() {
    let sandbox = Sandbox::new();
    let work = clone_of(&sandbox);
    work.arm("pre-push");
    let server = sandbox.at("o.git");
    let heads = || server.git(&["for-each-ref", "refs/heads/feature"]);
    work.git(&["merge", "-q", "--no-ff", "-m", "bad", "origin/develop"]);
    let stopped = work.try_git(&["push", "origin", "feature"]);
    assert_eq!((stopped.code, heads().as_str()), (Some(1), ""), "{}", stopped.stderr);
    assert!(stopped.stderr.contains("git reset --keep "), "{}", stopped.stderr);
    sh(&work, &check(&work, &["feature"]).commands()[0]);
    work.git(&["push", "-q", "origin", "feature"]);
    // A pull of the own branch, which somebody else has moved.
    let other = clone(&sandbox, "other", &["-b", "feature", server.dir.to_str().unwrap()]);
    other.commit("theirs", &[("theirs.txt", "theirs\n")]);
    other.git(&["push", "-q", "origin", "feature"]);
    work.commit("mine", &[("mine.txt", "mine\n")]);
    work.git(&["pull", "-q", "--no-rebase", "--no-edit", "origin", "feature"]);
    work.git(&["push", "-q", "origin", "feature"]);
    // And rebased on a base that has moved on, over a remote tip that this clone never saw.
    moves_on(&sandbox);
    other.git(&["pull", "-q", "--no-edit"]);
    other.commit("more", &[("more.txt", "more\n")]);
    other.git(&["push", "-q", "origin", "feature"]);
    work.git(&["fetch", "-q", "origin", "main"]);
    work.git(&["rebase", "-q", "origin/main"]);
    let ended = work.try_git(&["push", "--force", "origin", "feature"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
