//! What git tells pre-push: every kind of line, in every order, and everything that is no line of git's.

use crate::support::{BINARY, CONFLICT, Repo, Sandbox, ended, feed};
use std::fmt::Write;
use std::process::Stdio;

const ZERO: &str = "0000000000000000000000000000000000000000";

/// A clone whose base is clean, with a branch `good` and a branch `bad`; `good` is checked out.
fn clone(sandbox: &Sandbox) -> (Repo<'_>, String, String) {
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "bad"]);
    let bad = repo.commit("bad", &[("f.txt", CONFLICT)]);
    repo.git(&["checkout", "-q", "-b", "good", "main"]);
    let good = repo.commit("good", &[("g.txt", "fine\n")]);
    (repo, good, bad)
}

/// The only finding of the only bad commit here.
const FOUND: &[&str] = &["error[conflict-marker]", "--> f.txt:1", "push stopped: 1 finding."];

#[test]
fn every_line_is_judged_and_deletions_bring_nothing() {
    let sandbox = Sandbox::new();
    let (repo, good, bad) = clone(&sandbox);
    let line = |typed: &str, id: &str, name: &str| format!("{typed} {id} {name} {ZERO}\n");
    let (clean, dirty) = (line("good", &good, "refs/heads/good"), line("bad", &bad, "refs/heads/bad"));
    let delete = |name: &str| format!("(delete) {ZERO} refs/heads/{name} {good}\n");
    let unknown = "1234567890123456789012345678901234567890";

    let clean_pushes = [
        clean.clone(),
        delete("x"),
        delete("x") + &delete("bad"),
        delete("x") + &clean,
        // The old value may be anything: unknown here (a force push over what was never fetched), or no ancestor.
        format!("good {good} refs/heads/good {unknown}\n"),
        format!("good {good} refs/heads/good {bad}\n"),
        format!("main {0} refs/heads/bad {bad}\n", repo.rev("main")),
    ];
    let dirty_pushes = [
        dirty.clone(),
        delete("x") + &dirty,
        clean.clone() + &delete("x") + &dirty,
        dirty.clone() + &delete("bad"),
        clean.clone() + &clean + &dirty,
        // What a person typed: a revision with spaces, an id, HEAD, something that is no name at all.
        line("HEAD@{1 day ago}", &bad, "refs/heads/x"),
        line(":/fix bug", &bad, "refs/heads/x"),
        line(&bad, &bad, "refs/heads/x"),
        line("HEAD", &bad, "refs/for/main"),
        line("", &bad, "refs/heads/x"),
        line("a refs/heads/b", &bad, "refs/heads/x"),
        line(&format!("{ZERO} {ZERO}"), &bad, "refs/heads/x"),
        // Where it goes does not matter, and neither does what is there.
        format!("bad {bad} refs/heads/main {}\n", repo.rev("main")),
        format!("bad {bad} refs/heads/bad {unknown}\n"),
        format!("bad {bad} refs/heads/bad {good}\n"),
        // Nor does what the remote's feature branch has already, from an earlier push without the hook.
        format!("bad {bad} refs/heads/bad {bad}\n"),
        line("bad", &bad, "refs/changes/17/2"),
        line("bad", &bad, "HEAD"),
    ];
    // With a policy, history is judged as well, and says nothing here.
    for policy in [None, Some(r#"{"feature": "bad", "base": "main", "allowed": ["release/*"]}"#)] {
        policy.into_iter().for_each(|policy| repo.policy(policy));
        clean_pushes.iter().for_each(|clean| repo.pre_push(clean).is_silent());
        dirty_pushes.iter().for_each(|dirty| repo.pre_push(dirty).says(1, FOUND));
    }
}

#[test]
fn many_refs_on_one_commit_are_one_finding() {
    let sandbox = Sandbox::new();
    let (repo, good, bad) = clone(&sandbox);
    let mut lines = String::new();
    for number in 0..500 {
        let id = if number == 499 { &bad } else { &good };
        writeln!(lines, "x {id} refs/heads/x{number} {ZERO}").unwrap();
    }
    repo.pre_push(&lines).says(1, FOUND);
    repo.pre_push(&lines.replace(&good, &bad)).says(1, FOUND);
    repo.pre_push(&lines.replace(&bad, &good)).is_silent();
}

#[test]
fn content_that_many_refs_share_is_read_once_and_found_for_each() {
    let sandbox = Sandbox::new();
    // A first push of everything, to a place of which nothing is known.
    let repo = sandbox.repo("w");
    let mut lines = String::new();
    let heading = "Title\n=======\n";
    for number in 0..3 {
        let own = format!("own{number}.txt");
        repo.commit(
            "next",
            &[(&own, &format!("{number}\n")), ("shared.txt", "s\n"), ("h.c", heading), ("f.txt", CONFLICT)],
        );
        writeln!(lines, "v{number} {} refs/tags/v{number} {ZERO}", repo.rev("HEAD")).unwrap();
    }
    let ended = repo.ci_guard_reading(&["-v", "hook", "pre-push", "URL", "URL"], lines.as_bytes());
    let found = [0, 1, 2].map(|number| format!("--> f.txt:1 on refs/tags/v{number}"));
    let found: Vec<_> = found.iter().map(String::as_str).collect();
    // Five different harmless contents, and the suspicious one for each tag.
    ended.says(1, &[&found[..], &["push stopped: 3 findings.", "3 refs, 8 files"]].concat());
}

#[test]
fn tags_are_peeled_to_their_commit_and_trees_and_blobs_are_let_through() {
    let sandbox = Sandbox::new();
    let (repo, _, bad) = clone(&sandbox);
    repo.git(&["tag", "light", "bad"]);
    repo.git(&["tag", "-a", "-m", "x", "heavy", "bad"]);
    repo.git(&["tag", "-a", "-m", "x", "nested", "heavy"]);
    repo.git(&["tag", "-a", "-m", "x", "clean", "good"]);
    repo.git(&["tag", "-a", "-m", "x", "tree", "bad^{tree}"]);
    repo.git(&["tag", "-a", "-m", "x", "blob", "bad:f.txt"]);
    let push = |tag: &str| {
        let name = format!("refs/tags/{tag}");
        repo.pre_push(&format!("{name} {} {name} {ZERO}\n", repo.rev(&name)))
    };
    for tag in ["light", "heavy", "nested"] {
        push(tag).says(1, &[FOUND[0], FOUND[1], &format!("in {}", &bad[..10])]);
    }
    for tag in ["clean", "tree", "blob"] {
        push(tag).is_silent();
    }
    // The same without a tag object: nothing forbids a ref to a tree.
    for object in ["bad^{tree}", "bad:f.txt"] {
        repo.pre_push(&format!("x {} refs/tags/x {ZERO}\n", repo.rev(object))).is_silent();
    }
}

#[test]
fn a_mirror_is_judged_by_its_branches_and_tags() {
    let sandbox = Sandbox::new();
    let (repo, good, bad) = clone(&sandbox);
    repo.write(&[("base.txt", CONFLICT)]);
    repo.git(&["stash", "-q"]);
    repo.git(&["notes", "add", "-m", CONFLICT, "good"]);
    let line = |name: &str, id: &str| format!("{name} {id} {name} {ZERO}\n");
    let aside = line("refs/notes/commits", &repo.rev("refs/notes/commits"))
        + &line("refs/remotes/origin/bad", &bad)
        + &line("refs/stash", &repo.rev("refs/stash"));

    // Nothing of this lands on a branch, so it is said and let through.
    let warned = ["warning[conflict-marker]", "base.txt:1 on refs/stash", "f.txt:1 on refs/remotes/origin/bad"];
    let ended = repo.pre_push(&(line("refs/heads/good", &good) + &aside));
    ended.says(0, &[&warned[..], &["push let through: 3 warnings."]].concat());
    // One commit under several names weighs as much as the heaviest of them, wherever it stands.
    for heavy in ["refs/heads/bad", "refs/tags/bad", "refs/for/main"] {
        for lines in [line(heavy, &bad) + &aside, aside.clone() + &line(heavy, &bad)] {
            repo.pre_push(&lines)
                .says(1, &["error[conflict-marker]", &format!("f.txt:1 on {}", heavy.replace("refs/heads/", ""))]);
        }
    }
}

#[test]
fn what_is_no_line_of_gits_is_said_and_stops_nothing() {
    let sandbox = Sandbox::new();
    let (repo, good, bad) = clone(&sandbox);
    let dirty = format!("bad {bad} refs/heads/bad {ZERO}\n");
    let long = "c".repeat(64);
    for garbage in [
        "garbage\n".to_owned(),
        format!("good {good} refs/heads/good\n"),
        format!("good {} refs/heads/good {ZERO}\n", &good[1..]),
        format!("good {good} refs/heads/good {}\n", "0".repeat(64)),
        format!("good\0 {good} refs/heads/good {ZERO}\n"),
        format!("good {good} refs/heads/\x1b]0;x\x07good {ZERO}\n"),
        " \n".to_owned(),
        "<<<<<<< HEAD\n".to_owned(),
    ] {
        let ended = repo.pre_push(&garbage);
        ended.says(0, &["standard input, line 1 is no ref update of git's", "push not fully checked: it goes on"]);
        assert!(!ended.stderr.contains(['\x1b', '\x07', '\0']), "{ended:?}");
        let words = ["standard input, line 1 is no ref update", FOUND[0], FOUND[1]];
        repo.pre_push(&(garbage + &dirty)).says(1, &words);
    }
    // An id of another hash is well-formed, and means nothing here.
    repo.pre_push(&format!("x {long} refs/heads/x {}\n", "0".repeat(64)))
        .says(0, &[&format!("object {long} is not in this repository")]);
    for fine in ["", "\n", "\r\n", "\n\n\n"] {
        repo.pre_push(fine).is_silent();
    }
    // Line ends of another system, or none, change nothing.
    for dirty in [dirty.trim_end().to_owned(), dirty.replace('\n', "\r\n"), format!("\n\n{dirty}")] {
        repo.pre_push(&dirty).says(1, FOUND);
    }
    let latin = [b"caf\xe9 ".as_slice(), &dirty.as_bytes()[4..]].concat();
    repo.ci_guard_reading(&["hook", "pre-push", "origin", "URL"], &latin).says(1, FOUND);
    let noise: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let noisy = [&noise, &b"\n"[..], dirty.as_bytes()].concat();
    repo.ci_guard_reading(&["hook", "pre-push", "origin", "URL"], &noisy).says(1, &[FOUND[0], FOUND[1]]);
}

#[test]
fn nothing_announced_is_nothing_to_judge() {
    let sandbox = Sandbox::new();
    let (repo, ..) = clone(&sandbox);
    repo.git(&["checkout", "-q", "bad"]);
    repo.pre_push("").is_silent();
    // Without git's pipe nobody knows what is pushed, which stops nothing and is said.
    let unknown = ["nothing of the push reached ci-guard", "it goes on all the same"];
    repo.ci_guard(&["hook", "pre-push", "origin", "URL"]).says(0, &unknown);
    repo.ci_guard(&["hook", "pre-push"]).says(0, &unknown);
    let closed = repo.command("sh").args(["-c", "\"$0\" hook pre-push origin URL <&-", BINARY]).output().unwrap();
    ended(closed).says(0, &unknown);
}

#[test]
fn a_huge_input_is_read_to_its_last_line() {
    let sandbox = Sandbox::new();
    let (repo, good, bad) = clone(&sandbox);
    let mut lines = String::new();
    for number in 0..10_000 {
        writeln!(lines, "refs/heads/{0}{number:05} {good} refs/heads/{0}{number:05} {ZERO}", "x".repeat(190)).unwrap();
    }
    writeln!(lines, "bad {bad} refs/heads/bad {ZERO}").unwrap();
    repo.pre_push(&lines).says(1, FOUND);
}

#[test]
fn an_input_without_an_end_is_given_up() {
    let sandbox = Sandbox::new();
    let (repo, _, bad) = clone(&sandbox);
    repo.policy(r#"{"guard": {"time_limit_s": 1}}"#);
    let mut hook = repo.command(BINARY);
    hook.args(["hook", "pre-push", "origin", "URL"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = hook.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, format!("bad {bad} refs/heads/bad {ZERO}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(pipe);
    ended(output).says(0, &["the time limit of 1 s was reached", "push not fully checked: it goes on"]);
}

#[test]
fn arguments_that_git_may_give_some_day_are_no_fault() {
    let sandbox = Sandbox::new();
    let (repo, _, bad) = clone(&sandbox);
    let line = format!("bad {bad} refs/heads/bad {ZERO}\n");
    for args in [
        &["hook", "pre-push"][..],
        &["hook", "pre-push", "origin"],
        &["hook", "pre-push", "origin", "URL", "more", "--even-more", "-x"],
        &["hook", "pre-push", "-x", "URL"],
        &["hook", "pre-push", "--", "URL"],
        &["hook", "pre-push", "", ""],
    ] {
        let ended = repo.ci_guard_reading(args, line.as_bytes());
        assert_eq!(ended.code, Some(1), "{args:?} {ended:?}");
    }
    let mut latin = repo.command(BINARY);
    latin.args(["hook", "pre-push"]).arg(std::ffi::OsStr::new("x")).arg(latin_1());
    feed(&mut latin, line.as_bytes()).says(1, FOUND);
}

#[cfg(unix)]
fn latin_1() -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(b"/caf\xe9".to_vec())
}
