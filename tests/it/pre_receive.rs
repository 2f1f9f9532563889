//! The server's side: real pushes to a real bare repository whose pre-receive hook judges them in quarantine.

use crate::support::{CONFLICT, Ended, Repo, Sandbox};
use std::collections::BTreeSet;

/// A server with an armed, empty repository, and somebody's repository that pushes to it without a hook of its own.
fn server<'s>(sandbox: &'s Sandbox, name: &str, options: &[&str]) -> (Repo<'s>, Repo<'s>) {
    let server = sandbox.repo_with(name, &[&["--bare"], options].concat());
    server.arm("pre-receive");
    let hashing: Vec<&str> = options.iter().copied().filter(|option| option.starts_with("--object")).collect();
    let work = sandbox.repo_with("w", &hashing);
    work.git(&["remote", "add", "origin", server.dir.to_str().unwrap()]);
    (server, work)
}

/// The same, with a `main` that has an old leftover.
fn with_a_base<'s>(sandbox: &'s Sandbox, options: &[&str]) -> (Repo<'s>, Repo<'s>) {
    let (server, work) = server(sandbox, "o.git", options);
    work.commit("base", &[("old.txt", &CONFLICT.replace("ours", "old")), ("base.txt", "base\n")]);
    // An administrator may let in what the hook would not.
    let hook = server.dir.join("hooks/pre-receive");
    std::fs::rename(&hook, hook.with_extension("off")).unwrap();
    work.git(&["push", "-q", "origin", "main"]);
    std::fs::rename(hook.with_extension("off"), &hook).unwrap();
    (server, work)
}

/// All refs and objects, and whatever else lies in the object folder.
fn content(server: &Repo) -> (String, BTreeSet<String>, Vec<std::ffi::OsString>) {
    let refs = server.git(&["for-each-ref"]);
    let objects = server.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    let folder = std::fs::read_dir(server.dir.join("objects")).unwrap();
    let mut names: Vec<_> = folder.map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| name.len() > 2);
    names.sort();
    (refs, objects.lines().map(str::to_owned).collect(), names)
}

/// A push that is refused for these reasons and leaves nothing behind.
#[track_caller]
fn refused(server: &Repo, work: &Repo, refspecs: &[&str], words: &[&str]) {
    let before = content(server);
    let ended = work.try_git(&[&["push", "origin"], refspecs].concat());
    ended.says(1, &[words, &["pre-receive hook declined"]].concat());
    assert_eq!(content(server), before, "no ref, no object, no folder of the quarantine");
}

#[track_caller]
fn accepted(work: &Repo, refspecs: &[&str]) {
    work.try_git(&[&["push", "-q", "origin"], refspecs].concat()).is_silent();
}

/// Of a pushed branch with one new leftover.
const FOUND: &[&str] = &["remote: error[conflict-marker]", "remote: --> f.txt:1", "push refused: 1 finding."];

#[test]
fn clean_pushes_arrive_and_bad_ones_leave_nothing_behind() {
    for options in [
        &[][..],
        &["--object-format=sha256"],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let sandbox = Sandbox::new();
        let (server, work) = with_a_base(&sandbox, options);
        work.git(&["checkout", "-q", "-b", "x"]);
        work.commit("fine", &[("g.txt", "g\n"), ("old.txt", &format!("more\n{}", CONFLICT.replace("ours", "old")))]);
        accepted(&work, &["x"]);
        work.git(&["tag", "-a", "-m", "a tag", "v1"]);
        work.git(&["tag", "-a", "-m", "of a tree", "tree", "HEAD^{tree}"]);
        accepted(&work, &["v1", "tree", "x:refs/for/main"]);
        work.commit("bad", &[("f.txt", CONFLICT)]);
        work.git(&["tag", "-a", "-m", "a bad tag", "v2"]);
        refused(&server, &work, &["x"], FOUND);
        refused(&server, &work, &["x:main"], FOUND);
        refused(&server, &work, &["v2"], FOUND);
        refused(&server, &work, &["main:a", ":v1", "x:b", "main:c"], FOUND);
        refused(&server, &work, &["+x:main", "x", "v2"], FOUND);
        accepted(&work, &[":v1", ":x"]);
        work.commit("mended", &[("f.txt", "f\n")]);
        accepted(&work, &["x", "x:main", "v1"]);
    }
}

#[test]
fn packs_and_loose_objects_in_quarantine() {
    for unpack_limit in ["1", "1000"] {
        let sandbox = Sandbox::new();
        let (server, work) = with_a_base(&sandbox, &[]);
        server.git(&["config", "receive.unpackLimit", unpack_limit]);
        // Large enough to be sent as a delta to what the server has.
        let text: String = (0..2000).map(|number| format!("line {number}\n")).collect();
        work.commit("text", &[("f.txt", &text)]);
        accepted(&work, &["main"]);
        work.commit("bad", &[("f.txt", &(CONFLICT.to_owned() + &text))]);
        refused(&server, &work, &["main"], FOUND);
        work.commit("mended", &[("f.txt", &(text + "and a last one\n"))]);
        accepted(&work, &["main"]);
    }
}

#[test]
fn a_first_push_has_no_base_and_is_judged_whole() {
    let sandbox = Sandbox::new();
    let (server, work) = server(&sandbox, "o.git", &[]);
    work.commit("bad", &[("f.txt", CONFLICT)]);
    refused(&server, &work, &["main"], FOUND);
    refused(&server, &work, &["main:other"], FOUND);
    work.commit("mended", &[("f.txt", "f\n")]);
    accepted(&work, &["main"]);
}

#[test]
fn repositories_at_odd_places() {
    for name in [
        "with a space.git",
        "o:x.git",
        "quote\"d:.git",
        "back\\slash:.git",
        "it's.git",
        "größe:.git",
        "line\nfeed:.git",
    ] {
        let sandbox = Sandbox::new();
        let (server, work) = server(&sandbox, name, &[]);
        work.git(&["config", "remote.origin.url", &format!("./../{name}")]);
        work.commit("base", &[("g.txt", "g\n")]);
        let pushed = work.try_git(&["push", "-q", "origin", "main"]);
        assert_eq!((pushed.code, pushed.stderr.as_str()), (Some(0), ""), "{name:?}");
        work.commit("bad", &[("f.txt", CONFLICT)]);
        refused(&server, &work, &["main"], FOUND);
    }
}

#[test]
fn a_server_with_alternates_and_a_shallow_pusher() {
    let sandbox = Sandbox::new();
    let (server, work) = with_a_base(&sandbox, &[]);
    work.commit("more", &[("g.txt", "g\n")]);
    accepted(&work, &["main"]);
    // A fork that shares its objects, as forges keep them.
    sandbox.at("").git(&["clone", "-q", "--bare", "--shared", "o.git", "fork.git"]);
    let fork = sandbox.at("fork.git");
    fork.arm("pre-receive");
    let url = format!("file://{}", fork.dir.to_str().unwrap());
    sandbox.at("").git(&["clone", "-q", "--depth=1", &url, "shallow"]);
    let shallow = sandbox.at("shallow");
    shallow.git(&["checkout", "-q", "-b", "x"]);
    shallow.commit("fine", &[("h.txt", "h\n")]);
    accepted(&shallow, &["x"]);
    shallow.commit("bad", &[("f.txt", CONFLICT)]);
    refused(&fork, &shallow, &["x"], FOUND);
    assert_eq!(server.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
}

#[test]
fn a_server_that_has_a_work_tree() {
    let sandbox = Sandbox::new();
    let server = sandbox.repo("server");
    server.commit("base", &[("g.txt", "g\n")]);
    server.git(&["config", "receive.denyCurrentBranch", "updateInstead"]);
    server.arm("pre-receive");
    server.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    sandbox.at("").git(&["clone", "-q", "server", "w"]);
    let work = sandbox.at("w");
    let before = server.git(&["for-each-ref"]);
    work.commit("bad", &[("f.txt", CONFLICT)]);
    for refspec in ["main", "main:other", "main:side"] {
        work.try_git(&["push", "origin", refspec]).says(1, &[FOUND, &["pre-receive hook declined"]].concat());
    }
    assert_eq!(server.git(&["for-each-ref"]), before);
    work.commit("mended", &[("f.txt", "f\n")]);
    work.try_git(&["push", "-q", "origin", "main", "main:side"]).is_silent();
    assert_eq!(std::fs::read_to_string(server.dir.join("f.txt")).unwrap(), "f\n");
}

#[test]
fn the_merge_rules_with_a_policy_of_the_server() {
    let sandbox = Sandbox::new();
    let (server, work) = with_a_base(&sandbox, &[]);
    work.git(&["checkout", "-q", "-b", "develop"]);
    work.commit("theirs", &[("d.txt", "d\n")]);
    accepted(&work, &["develop"]);
    work.git(&["checkout", "-q", "-b", "x", "main"]);
    work.commit("mine", &[("x.txt", "x\n")]);
    work.git(&["merge", "-q", "-m", "take develop", "develop"]);
    accepted(&work, &["x:without-a-policy"]);
    accepted(&work, &[":without-a-policy"]);
    let policy = server.dir.join("ci-guard/policy.json");
    std::fs::create_dir(policy.parent().unwrap()).unwrap();
    std::fs::write(&policy, r#"{"base": "main"}"#).unwrap();
    refused(&server, &work, &["x"], &["remote: error[merge-source]", "take develop", "push refused"]);
    refused(&server, &work, &["develop:y"], &["remote: error[foreign-commits]", "push refused"]);
    std::fs::write(&policy, r#"{"base": "main", "allowed": ["develop"]}"#).unwrap();
    accepted(&work, &["x"]);
    // What the server cannot judge it does not take for clean.
    std::fs::write(&policy, r#"{"base": "main", "allowd": ["develop"]}"#).unwrap();
    let unsure = [
        "ci-guard/policy.json: line 1, column 18: unknown key `allowd`; did you mean `allowed`?",
        "push not fully checked",
    ];
    refused(&server, &work, &["x:z"], &unsure);
    work.git(&["checkout", "-q", "-b", "bad", "main"]);
    work.commit("bad", &[("f.txt", CONFLICT)]);
    refused(&server, &work, &["bad"], &[FOUND[0], FOUND[1], unsure[0]]);
    // A deletion asks for no judgement, so none can fail.
    accepted(&work, &[":x"]);
}

#[test]
fn a_policy_in_the_base_binds_the_push_that_would_change_it() {
    let sandbox = Sandbox::new();
    let (server, work) = with_a_base(&sandbox, &[]);
    work.commit("policy", &[(".ci-guard.json", r#"{"conflict_markers": {"ignore": ["fixtures"]}}"#)]);
    accepted(&work, &["main"]);
    work.commit("open", &[(".ci-guard.json", r#"{"conflict_markers": {"ignore": ["*"]}}"#), ("f.txt", CONFLICT)]);
    refused(&server, &work, &["main"], FOUND);
    refused(&server, &work, &["main:x"], FOUND);
    work.git(&["reset", "-q", "--hard", "HEAD~"]);
    work.commit("fixture", &[("fixtures/f.txt", CONFLICT)]);
    accepted(&work, &["main"]);
}

#[test]
fn the_same_commit_on_the_command_line() {
    let sandbox = Sandbox::new();
    let (server, work) = with_a_base(&sandbox, &[]);
    let hook = |stdin: &str| -> Ended { server.ci_guard_reading(&["hook", "pre-receive"], stdin.as_bytes()) };
    let (zero, main) = ("0".repeat(40), work.rev("main"));
    hook("").is_silent();
    hook(&format!("{main} {zero} refs/heads/main\n")).is_silent();
    hook(&format!("{zero} {main} refs/heads/x\n")).is_silent();
    hook("garbage\n").says(2, &["standard input, line 1 is no ref update of git's", "push not fully checked"]);
    hook(&format!("{zero} {main} refs/heads/x y\n")).says(2, &["line 1 is no ref update"]);
    // Outside the quarantine its objects are nowhere.
    let bad = work.commit("bad", &[("f.txt", CONFLICT)]);
    hook(&format!("{main} {bad} refs/heads/main\n")).says(0, &[&format!("object {bad} is not in this repository")]);
}
