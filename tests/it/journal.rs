//! What hooks note, and who asks for it later: real pushes through an armed clone, the store of a home folder of its own.

use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, ended, feed};

/// An armed clone; the audit store is the one of the sandbox's home.
fn armed(sandbox: &Sandbox) -> Repo<'_> {
    let work = sandbox.clone_of_a_remote();
    work.arm("pre-push");
    work
}

fn judged(work: &Repo, rev: &str) -> Ended {
    work.ci_guard(&["judged", rev])
}

fn journal(work: &Repo) -> std::path::PathBuf {
    work.sandbox.path("home/.local/state/ci-guard/audit.journal")
}

#[test]
fn a_push_that_a_hook_let_through_is_known_and_one_around_it_is_not() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox);
    assert_eq!(judged(&work, "HEAD").code, Some(2), "there is no store yet");
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    work.commit("one", &[("a.txt", "a\n")]);
    work.git(&["push", "-q", "origin", "feature/x"]);
    assert!(journal(&work).exists() && !sandbox.path("home/.local/state/ci-guard/audit.db").exists());
    let found = judged(&work, "HEAD");
    assert_eq!(found.code, Some(0), "{found:#?}");
    assert!(found.stdout.contains("a hook judged its push at ") && found.stdout.contains("let it through"));
    assert!(!journal(&work).exists(), "it is in the store now");
    work.commit("two", &[("b.txt", "b\n")]);
    work.git(&["push", "-q", "--no-verify", "origin", "feature/x"]);
    let missed = judged(&work, "HEAD");
    assert_eq!(missed.code, Some(1), "{missed:#?}");
    assert!(missed.stdout.contains("no hook judged its push"));
}

#[test]
fn a_push_that_was_stopped_and_is_there_all_the_same_is_told() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox);
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    work.commit("bad", &[("c.txt", CONFLICT)]);
    assert_eq!(work.try_git(&["push", "-q", "origin", "feature/x"]).code, Some(1));
    work.git(&["push", "-q", "--no-verify", "origin", "feature/x"]);
    let told = judged(&work, "HEAD");
    assert_eq!(told.code, Some(1), "{told:#?}");
    assert!(told.stdout.contains("a hook stopped its push at ") && told.stdout.contains("here all the same"));
    let events = work.ci_guard(&["export"]).stdout;
    let event: serde_json::Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    assert_eq!(event["ci_guard.verdict"], "block");
    assert_eq!(event["ci_guard.extra.subject"], "push");
    assert_eq!(event["vcs.ref.head.revision"], work.rev("HEAD").as_str());
}

#[test]
fn what_an_agent_was_told_is_in_the_stream() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox);
    let ask = |line: &str| {
        let input =
            serde_json::json!({"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": line}});
        feed(work.command(BINARY).args(["hook", "agent", "--agent", "claude"]), input.to_string().as_bytes())
    };
    assert_eq!(ask("git push --no-verify").code, Some(2));
    ask("git status").is_silent();
    let events = work.ci_guard(&["export"]).stdout;
    assert_eq!(events.lines().count(), 1, "{events}");
    let event: serde_json::Value = serde_json::from_str(&events).unwrap();
    let said =
        ["ci_guard.verdict", "ci_guard.extra.subject", "ci_guard.extra.agent"].map(|key| event[key].as_str().unwrap());
    assert_eq!(said, ["deny", "agent", "claude"]);
    assert_eq!(event["ci_guard.codes"][0], "skipped-hooks");
}

#[test]
fn nothing_is_noted_where_nothing_is_kept_and_no_fault_stops_a_push() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox);
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    let push = |store: &str| {
        let mut git = work.command("git");
        ended(git.env("CI_GUARD_STORE", store).args(["push", "-q", "origin", "feature/x"]).output().unwrap())
    };
    work.commit("one", &[("a.txt", "a\n")]);
    push("off").is_silent();
    assert!(!sandbox.path("home/.local/state").exists());
    // A place where nothing can be written, and none at all.
    for store in ["/proc/nowhere/audit.db", "mysql://x"] {
        work.commit("more", &[("a.txt", store)]);
        push(store).is_silent();
    }
}

#[test]
fn a_place_that_never_answers_neither_holds_a_push_up_nor_lets_a_bad_one_through() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox);
    let pipe = sandbox.path("audit.journal");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let push = |branch: &str| {
        let mut git = work.command("git");
        // Whoever opens a pipe to write waits for somebody who reads.
        git.env("CI_GUARD_STORE", sandbox.path("audit.db")).args(["push", "-q", "origin", branch]);
        ended(git.output().unwrap())
    };
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    work.commit("one", &[("a.txt", "a\n")]);
    push("feature/x").is_silent();
    work.commit("bad", &[("c.txt", CONFLICT)]);
    push("feature/x").says(1, &["error[conflict-marker]", "push stopped: 1 finding"]);
    let input =
        r#"{"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "git push --no-verify"}}"#;
    let mut hook = work.command(BINARY);
    hook.args(["hook", "agent", "--agent", "claude"]).env("CI_GUARD_STORE", sandbox.path("audit.db"));
    assert_eq!(feed(&mut hook, input.as_bytes()).code, Some(2));
}

#[test]
fn everybody_may_note_at_once_and_nothing_is_told_twice() {
    let sandbox = Sandbox::new();
    let work = armed(&sandbox);
    let tip = work.rev("HEAD");
    std::thread::scope(|scope| {
        for worker in 0..4 {
            let (work, tip) = (&work, &tip);
            scope.spawn(move || {
                for number in 0..10 {
                    let line = format!("HEAD {tip} refs/heads/w{worker}-{number} {}\n", "0".repeat(40));
                    work.pre_push(&line).is_silent();
                    if number % 3 == 0 {
                        assert_eq!(work.ci_guard(&["record", "pending"]).code, Some(0));
                    }
                }
            });
        }
    });
    assert_eq!(work.ci_guard(&["record", "pending"]).code, Some(0));
    let events = work.ci_guard(&["export"]).stdout;
    assert_eq!(events.lines().count(), 40);
}
