//! Rule `patch-scope` from the outside: real pushes through an armed hook, where the policy has a scope.

use crate::support::{Ended, Repo, Sandbox, feed};

const POLICY: &str = r#"{"feature": "feature/*", "base": "main", "allowed": ["develop"], "scope": {}}"#;

/// A clone of a remote with a `main`, whose pre-push hook judges, under this policy. `x` is checked out.
fn armed<'s>(sandbox: &'s Sandbox, policy: &str) -> Repo<'s> {
    let work = sandbox.clone_of_a_remote();
    work.policy(policy);
    work.arm("pre-push");
    work.git(&["checkout", "-q", "-b", "x"]);
    work
}

/// So many lines that are like no others.
fn lines(word: &str, count: usize) -> String {
    (1..=count).map(|number| format!("{word} {number}\n")).collect()
}

fn push(work: &Repo, refspecs: &[&str]) -> Ended {
    work.try_git(&[&["push", "-q", "origin"], refspecs].concat())
}

/// That it was refused by hand, and why.
#[track_caller]
fn blocked(said: &Ended, words: &str) {
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stdout.contains(words), "{words:?} is missing: {}", said.stdout);
}

/// A `develop` on the remote with 5,000 lines that nobody else has, in a file of its own and in one that `main` has too.
fn with_a_develop(work: &Repo) {
    work.git(&["checkout", "-q", "main"]);
    work.commit("shared", &[("shared.txt", &lines("shared", 40))]);
    work.git(&["push", "-q", "origin", "main"]);
    work.git(&["checkout", "-q", "-b", "develop"]);
    let shared = format!("{}{}", lines("theirs", 2000), lines("shared", 40));
    work.commit("theirs", &[("theirs.txt", &lines("theirs", 3000)), ("shared.txt", &shared)]);
    push(work, &["develop"]).is_silent();
    work.git(&["checkout", "-q", "-B", "x", "main"]);
}

#[test]
fn a_flood_is_stopped_and_told_what_to_do() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    for number in 0..12 {
        work.commit("more", &[(&format!("src/part{number}.rs"), &lines("let x =", 1000))]);
    }
    let said = push(&work, &["x"]);
    said.says(
        1,
        &[
            "error[patch-scope]",
            "[too_many_lines] 12,000 lines added and deleted in 12 files",
            "split the change",
            &format!("ci-guard patch check --range origin/main..{}", work.rev("x")),
            "push stopped",
        ],
    );
    assert_eq!(work.try_git(&["ls-remote", "--heads", "origin", "x"]).stdout, "");
    work.git(&["reset", "-q", "--hard", "main"]);
    work.commit("less", &[("src/part.rs", &lines("let x =", 120))]);
    push(&work, &["x"]).is_silent();
}

#[test]
fn the_whole_change_counts_and_not_what_is_new_since_the_last_push() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    work.commit("a", &[("a.txt", &lines("a", 70))]);
    push(&work, &["x"]).is_silent();
    work.commit("b", &[("b.txt", &lines("b", 70))]);
    push(&work, &["x"]).says(1, &["[too_many_lines] 140 lines added and deleted in 2 files"]);
    // A review, and a commit that has no branch, are to be merged some day as well.
    push(&work, &["x:refs/for/main"]).says(1, &["[too_many_lines]"]);
    blocked(&work.ci_guard(&["check", "x"]), "[too_many_lines] 140");
    work.git(&["checkout", "-q", "--detach", "x"]);
    blocked(&work.ci_guard(&["check"]), "[too_many_lines] 140");
    work.ci_guard(&["check", "--range", "x~..x"]).is_clean(&[]);
    blocked(&work.ci_guard(&["check", "--range", "main..x"]), "[too_many_lines] 140");
}

#[test]
fn what_an_allowed_merge_brings_is_nobodys_change() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    with_a_develop(&work);
    let own = format!("{}{}", lines("shared", 40), lines("own", 10));
    work.commit("own", &[("own.txt", &lines("own", 10)), ("shared.txt", &own)]);
    work.git(&["merge", "-q", "-m", "take develop", "develop"]);
    push(&work, &["x"]).is_silent();
    assert_eq!(lines_of(&work, 19), "20 lines added and deleted in 2 files");
    // A branch that was made from develop has no merge at all.
    work.git(&["checkout", "-q", "-b", "y", "develop"]);
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    push(&work, &["y"]).is_silent();
    assert_eq!(lines_of(&work, 9), "10 lines added and deleted in 1 file");
}

/// What the rule counts in what is checked out, when so many lines are allowed.
fn lines_of(work: &Repo, limit: usize) -> String {
    let policy = POLICY.replace(r#""scope": {}"#, &format!(r#""scope": {{"max_patch_lines": {limit}}}"#));
    std::fs::write(work.sandbox.path("limit.json"), policy).unwrap();
    let said = work.ci_guard(&["check", "--policy", "../limit.json", "--format", "json"]);
    let findings = said.report()["findings"].as_array().unwrap().clone();
    let text = findings.iter().map(|finding| finding["message"].as_str().unwrap().to_owned()).collect::<String>();
    text.strip_prefix("[too_many_lines] ").unwrap_or(&text).split(';').next().unwrap().to_owned()
}

#[test]
fn in_a_resolved_conflict_only_the_own_lines_count() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    with_a_develop(&work);
    // Own work on the very lines that develop has changed, and news of the base beside it.
    work.commit("own", &[("shared.txt", &format!("{}{}", lines("mine", 3), lines("shared", 40)))]);
    work.git(&["checkout", "-q", "main"]);
    work.commit("news", &[("shared.txt", &format!("{}{}", lines("shared", 40), lines("news", 300)))]);
    push(&work, &["main"]).is_silent();
    work.git(&["checkout", "-q", "x"]);
    work.git(&["merge", "-q", "-m", "take main", "main"]);
    let merged = work.try_git(&["merge", "-q", "develop"]);
    assert_eq!(merged.code, Some(1), "a conflict");
    let resolved =
        [lines("theirs", 2000), lines("mine", 3), lines("resolved", 4), lines("shared", 40), lines("news", 300)];
    work.commit("take develop", &[("shared.txt", &resolved.concat())]);
    push(&work, &["x"]).is_silent();
    assert_eq!(lines_of(&work, 6), "7 lines added and deleted in 1 file");
    // Without any line of its own, a merge of both is no change.
    work.git(&["checkout", "-q", "-b", "both", "main"]);
    work.git(&["merge", "-q", "-m", "take develop", "develop"]);
    assert_eq!(lines_of(&work, 0), "");
}

#[test]
fn what_goes_out_in_the_same_push_vouches_for_what_lies_below_only() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    with_a_develop(&work);
    work.git(&["checkout", "-q", "develop"]);
    work.commit("unpublished", &[("more.txt", &lines("more", 500))]);
    work.git(&["checkout", "-q", "x"]);
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    work.git(&["merge", "-q", "-m", "take develop", "develop"]);
    push(&work, &["x"]).says(1, &["[too_many_lines] 510 lines"]);
    push(&work, &["x", "develop"]).is_silent();
    // Another branch is judged itself, and is no excuse.
    work.git(&["checkout", "-q", "-b", "part", "main"]);
    work.commit("part", &[("part1.txt", &lines("part", 100))]);
    work.git(&["checkout", "-q", "-b", "whole"]);
    work.commit("part", &[("part2.txt", &lines("part", 100))]);
    let said = push(&work, &["part", "whole"]);
    said.says(1, &["[too_many_lines] 200 lines"]);
    assert!(!said.stderr.contains("100 lines"), "{}", said.stderr);
}

#[test]
fn a_review_is_one_line_and_stops_nothing() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, &POLICY.replace("{}", r#"{"require_human_approval": true}"#));
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    let said = push(&work, &["x"]);
    said.says(0, &["x needs approval by a maintainer (low risk): the policy asks for a person's approval"]);
    assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    let report = work.ci_guard(&["check", "--format", "json"]).report();
    assert_eq!(report["notices"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn a_core_path_names_the_code_owners_of_the_base() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, &POLICY.replace("{}", r#"{"core_paths": ["src/core/**"]}"#));
    work.git(&["checkout", "-q", "main"]);
    work.commit("owners", &[("CODEOWNERS", "/src/core/ @a\n")]);
    push(&work, &["main"]).is_silent();
    work.git(&["checkout", "-q", "-B", "x", "main"]);
    work.commit("own", &[("src/core/pay.rs", "fn pay() {}\n"), ("CODEOWNERS", "* @me\n")]);
    let said = push(&work, &["x"]);
    said.says(0, &["x needs approval by @a", "src/core/pay.rs"]);
    assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    assert!(!said.stderr.contains("@me"), "{}", said.stderr);
}

#[test]
fn without_a_scope_nobody_looks() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, r#"{"base": "main"}"#);
    work.commit("flood", &[("flood.txt", &lines("flood", 12_000))]);
    push(&work, &["x"]).is_silent();
    let said = work.ci_guard(&["check", "-v"]);
    said.is_clean(&[]);
    assert!(!said.stdout.contains("patch-scope"), "{}", said.stdout);
    std::fs::remove_file(work.dir.join(".git/ci-guard/policy.json")).unwrap();
    push(&work, &["x:y"]).is_silent();
}

#[test]
fn the_base_allowed_branches_tags_and_deletions_are_not_judged() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    work.commit("flood", &[("flood.txt", &lines("flood", 1000))]);
    push(&work, &["x:develop"]).is_silent();
    push(&work, &["x:main"]).is_silent();
    work.commit("more", &[("more.txt", &lines("more", 1000))]);
    push(&work, &["x:refs/tags/v1", "x:refs/notes/x"]).is_silent();
    push(&work, &["main:old"]).is_silent();
    push(&work, &[":old"]).is_silent();
}

#[test]
fn the_policy_of_the_base_binds_whoever_would_change_it() {
    let sandbox = Sandbox::new();
    let work = sandbox.clone_of_a_remote();
    work.commit("policy", &[(".ci-guard.json", r#"{"scope": {"max_patch_lines": 5}}"#)]);
    work.git(&["push", "-q", "origin", "main"]);
    work.arm("pre-push");
    work.git(&["checkout", "-q", "-b", "x"]);
    work.commit("wider", &[(".ci-guard.json", r#"{"scope": {"max_patch_lines": 5000}}"#), ("x.txt", &lines("x", 9))]);
    push(&work, &["x"]).says(1, &["[too_many_lines] 11 lines added and deleted in 2 files"]);
}

#[test]
fn a_rename_counts_the_lines_that_differ() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    work.git(&["checkout", "-q", "main"]);
    work.commit("large", &[("large.txt", &lines("large", 1000)), ("same.txt", &lines("same", 1000))]);
    push(&work, &["main"]).is_silent();
    work.git(&["checkout", "-q", "-B", "x", "main"]);
    work.git(&["mv", "same.txt", "moved.txt"]);
    push_after(&work, "a move");
    assert_eq!(lines_of(&work, 0), "", "not a line is another");
    work.git(&["mv", "large.txt", "elsewhere.txt"]);
    let changed = lines("large", 1000).replace("large 500\n", "small 500\n");
    work.commit("a move with a change", &[("elsewhere.txt", &changed)]);
    push(&work, &["x"]).is_silent();
    assert_eq!(lines_of(&work, 1), "2 lines added and deleted in 2 files");
}

fn push_after(work: &Repo, subject: &str) {
    work.commit(subject, &[]);
    push(work, &["x"]).is_silent();
}

#[test]
fn what_is_not_here_stops_nothing_and_is_said() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, &POLICY.replace("\"main\"", "\"trunk\""));
    work.commit("flood", &[("flood.txt", &lines("flood", 1000))]);
    let missing = "x: the base branch trunk has no tracking ref here";
    push(&work, &["x"]).says(0, &["patch-scope not judged", missing]);
    work.policy(POLICY);
    work.git(&["checkout", "-q", "--orphan", "alone"]);
    work.commit("alone", &[]);
    push(&work, &["alone"]).says(0, &["patch-scope not judged: alone: it has no history in common with origin/main"]);
    // A shallow clone that knows the end of the base, and not where the branch left it.
    let url = format!("file://{}", sandbox.path("o.git").display());
    work.git(&["checkout", "-q", "main"]);
    work.commit("news", &[("news.txt", "news\n")]);
    push(&work, &["main"]).is_silent();
    sandbox.at("").git(&["clone", "-q", "--depth=1", "--no-single-branch", &url, "shallow"]);
    let shallow = sandbox.at("shallow");
    shallow.policy(POLICY);
    shallow.arm("pre-push");
    shallow.git(&["checkout", "-q", "x"]);
    shallow.commit("own", &[("own.txt", "own\n")]);
    push(&shallow, &["x"]).says(0, &["patch-scope not judged: x: this clone is shallow"]);
    // One that has where the branch left it judges like any other.
    shallow.git(&["checkout", "-q", "-b", "y", "origin/main"]);
    shallow.commit("flood", &[("flood.txt", &lines("flood", 1000))]);
    push(&shallow, &["y"]).says(1, &["[too_many_lines] 1,000 lines"]);
}

#[test]
fn content_that_was_never_fetched_is_not_judged() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    let remote = sandbox.at("o.git");
    remote.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", remote.dir.display());
    sandbox.at("").git(&["clone", "-q", "--no-checkout", "--filter=blob:none", &url, "partial"]);
    let partial = sandbox.at("partial");
    partial.policy(POLICY);
    partial.arm("pre-push");
    // Written without ever reading what was there.
    let blob = partial.store("blob", lines("mine", 3).as_bytes());
    partial.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},base.txt")]);
    let tree = partial.git(&["write-tree"]);
    let commit = partial.git(&["commit-tree", "-p", "origin/main", "-m", "own", &tree]);
    push(&partial, &[&format!("{commit}:refs/heads/x")]).says(0, &["patch-scope not judged", "base.txt", "object"]);
    // What is known is judged all the same: names, and the lines of what is here.
    partial.policy(&POLICY.replace("{}", r#"{"blocked_paths": ["base.txt"]}"#));
    push(&partial, &[&format!("{commit}:refs/heads/y")]).says(1, &["[path_blocked]"]);
    partial.policy(POLICY);
    let flood = partial.store("blob", lines("flood", 1000).as_bytes());
    partial.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{flood},flood.txt")]);
    let tree = partial.git(&["write-tree"]);
    let commit = partial.git(&["commit-tree", "-p", "origin/main", "-m", "flood", &tree]);
    push(&partial, &[&format!("{commit}:refs/heads/z")]).says(1, &["[too_many_lines] 1,00"]);
    drop(work);
}

#[test]
fn a_folder_that_is_empty_hides_nothing() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    work.commit("flood", &[("flood.txt", &lines("flood", 1000))]);
    // To git, the empty tree is there without being there.
    let entries =
        format!("{}\n040000 tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\tzz\n", work.git(&["ls-tree", "HEAD"]));
    let tree = feed(work.command("git").args(["mktree", "--missing"]), entries.as_bytes()).stdout;
    let commit = work.git(&["commit-tree", "-p", "origin/main", "-m", "own", tree.trim()]);
    push(&work, &[&format!("{commit}:refs/heads/x")]).says(1, &["[too_many_lines] 1,000 lines"]);
}

#[test]
fn a_tree_that_names_something_twice_is_refused() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    let one = work.store("blob", b"one\n");
    let two = work.store("blob", b"two\n");
    let entry = |mode: &str, name: &str, id: &str| {
        let id: Vec<u8> = (0..20).map(|n| u8::from_str_radix(&id[2 * n..2 * n + 2], 16).unwrap()).collect();
        [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &id].concat()
    };
    for (nth, names) in [["a", "a"], ["b", "a"]].iter().enumerate() {
        let tree = work.store("tree", &[entry("100644", names[0], &one), entry("100644", names[1], &two)].concat());
        let commit = work.git(&["commit-tree", "-p", "origin/main", "-m", "forged", &tree]);
        let said = work.pre_push(&format!("{commit} {commit} refs/heads/f{nth} {}\n", "0".repeat(40)));
        said.says(1, &["[malformed] the top folder is out of order or has a name twice"]);
    }
}

#[test]
fn the_main_of_another_remote_is_a_doubt_and_no_block() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    let upstream = sandbox.repo_with("upstream.git", &["--bare"]);
    work.git(&["remote", "add", "upstream", upstream.dir.to_str().unwrap()]);
    work.git(&["checkout", "-q", "main"]);
    work.commit("news", &[("news.txt", &lines("news", 1000))]);
    work.git(&["push", "-q", "upstream", "main"]);
    work.git(&["reset", "-q", "--hard", "origin/main"]);
    work.git(&["checkout", "-q", "-B", "x", "main"]);
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    work.git(&["merge", "-q", "-m", "take upstream", "upstream/main"]);
    push(&work, &["x"]).says(0, &["warning[patch-scope]", "whose change it is cannot be told: it is on upstream/main"]);
}

#[test]
fn an_allowed_branch_that_is_not_here_excuses_what_merges_brought_and_no_more() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    work.git(&["checkout", "-q", "-b", "side"]);
    work.commit("side", &[("side.txt", &lines("side", 1000))]);
    work.git(&["checkout", "-q", "x"]);
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    work.git(&["merge", "-q", "-m", "take side", "side"]);
    push(&work, &["x"]).says(0, &["warning[patch-scope]", "cannot be told: develop has no tracking ref here"]);
    work.commit("own", &[("flood.txt", &lines("flood", 1000))]);
    push(&work, &["x:y"]).says(1, &["error[patch-scope]", "[too_many_lines] 2,010 lines"]);
}

#[test]
fn a_server_judges_what_arrives() {
    let sandbox = Sandbox::new();
    let server = sandbox.repo_with("o.git", &["--bare"]);
    let work = sandbox.repo("w");
    work.git(&["remote", "add", "origin", server.dir.to_str().unwrap()]);
    work.commit("base", &[(".ci-guard.json", r#"{"base": "main", "allowed": ["develop"], "scope": {}}"#)]);
    server.arm("pre-receive");
    push(&work, &["main"]).is_silent();
    work.git(&["checkout", "-q", "-b", "develop"]);
    work.commit("theirs", &[("theirs.txt", &lines("theirs", 5000))]);
    push(&work, &["develop"]).is_silent();
    work.git(&["checkout", "-q", "-b", "x", "main"]);
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    work.git(&["merge", "-q", "-m", "take develop", "develop"]);
    push(&work, &["x"]).is_silent();
    work.commit("flood", &[("flood.txt", &lines("flood", 1000))]);
    push(&work, &["x"]).says(
        1,
        &["error[patch-scope]", "[too_many_lines] 1,010 lines", "the policy of the server decides", "push refused"],
    );
    push(&work, &[":x"]).is_silent();
    let other = server.dir.join("ci-guard/policy.json");
    std::fs::create_dir(other.parent().unwrap()).unwrap();
    std::fs::write(&other, r#"{"base": "main", "scope": {"require_human_approval": true}}"#).unwrap();
    work.git(&["checkout", "-q", "-b", "y", "main"]);
    work.commit("own", &[("own.txt", &lines("own", 10))]);
    push(&work, &["y"]).says(0, &["y needs approval"]);
}

#[test]
fn what_is_staged_is_not_judged() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox, POLICY);
    work.write(&[("flood.txt", &lines("flood", 1000))]);
    work.git(&["add", "-A"]);
    let report = work.ci_guard(&["check", "--staged", "--format", "json"]).report();
    let skipped = report["skipped"].as_array().unwrap();
    assert!(skipped.iter().any(|skip| skip["rule"] == "patch-scope" && skip["cause"] == "not-asked"), "{report}");
}
