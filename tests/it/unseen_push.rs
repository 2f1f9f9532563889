//! Whether a push was judged by a hook, asked by the action where workspaces and CI share one store: a real PostgreSQL server, an armed
//! workspace, real pushes to a remote that has a name as on a forge.

use crate::gate_action::{Job, NO_COMMENT, POLICY, bin, run};
use crate::postgres::{PASSWORD, Server};
use crate::support::{Repo, Sandbox, ended, make_executable};
use std::time::{Duration, Instant};

/// An armed clone whose remote is `git@forge.example.org:o/r.git`: what stands in for ssh knows where that is.
fn workspace(sandbox: &Sandbox) -> Repo<'_> {
    let work = sandbox.clone_of_a_remote();
    work.commit("policy", &[(".ci-guard.json", POLICY)]);
    work.git(&["push", "-q", "origin", "main"]);
    let ssh = sandbox.path("ssh");
    let remote = sandbox.path("o.git");
    std::fs::write(&ssh, format!("#!/bin/sh\nexec git receive-pack '{}'\n", remote.display())).unwrap();
    make_executable(&ssh);
    work.git(&["config", "core.sshCommand", ssh.to_str().unwrap()]);
    work.git(&["remote", "set-url", "origin", "git@forge.example.org:o/r.git"]);
    assert_eq!(work.ci_guard(&["install"]).code, Some(0));
    work.git(&["checkout", "-q", "-b", "feature/x"]);
    work
}

fn push(work: &Repo, store: &str, options: &[&str]) {
    let mut command = work.command("git");
    command.args(["push", "-q"]).args(options).args(["origin", "feature/x"]).env("CI_GUARD_STORE", store);
    let pushed = ended(command.output().unwrap());
    assert_eq!(pushed.code, Some(0), "{pushed:#?}");
}

/// What the action says, which must not hold a password, nor change its verdict.
fn ask(work: &Repo, store: &str) -> Job {
    let job =
        run(work, NO_COMMENT, &[("CI_GUARD_STORE", store), ("GITHUB_REPOSITORY", "o/r"), ("HEAD_BRANCH", "feature/x")]);
    assert_eq!(job.ended.code, Some(0), "{:#?}", job.ended);
    let said = format!("{:?}{}{}", job.ended, job.summary, job.outputs);
    assert!(!said.contains(PASSWORD) && !said.contains("wrong-horse"), "the password is shown: {said}");
    job
}

/// Whether it accuses: in an annotation, and in the last part of the summary, which holds all that was asked so far.
fn is_warned(job: &Job) -> bool {
    let warned = job.ended.stdout.contains("::warning title=ci-guard: hooks::");
    let summary = job.summary.rsplit("### Merge guard").next().unwrap();
    assert_eq!(summary.contains("**Hooks**"), warned, "{}", job.summary);
    warned
}

#[test]
fn one_store_for_workspaces_and_ci_tells_who_walked_around_the_hook() {
    let server = match Server::start() {
        Ok(server) => server,
        Err(reason) => return eprintln!("skipped: no PostgreSQL server to test with: {}", reason.trim()),
    };
    let store = server.database("shared");
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox);
    work.commit("judged", &[("a.txt", "a\n")]);
    push(&work, &store, &[]);
    // The hook only notes it; a process that nobody waits for tells the server.
    let (begun, tip) = (Instant::now(), work.rev("HEAD"));
    let known = || server.sql("shared", &format!("SELECT count(*) FROM ci_guard_event WHERE sha = '{tip}'"));
    while known() != "1" {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", known());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!is_warned(&ask(&work, &store)));

    work.commit("unjudged", &[("b.txt", "b\n")]);
    push(&work, &store, &["--no-verify"]);
    let unseen = ask(&work, &store);
    assert!(is_warned(&unseen) && unseen.ended.stdout.contains("no hook judged its push"), "{:#?}", unseen.ended);

    // Nobody can tell: that is no accusation.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for place in
        [server.over_tcp("shared", "wrong-horse", ""), format!("postgres://ci:{PASSWORD}@127.0.0.1:{port}/shared")]
    {
        let job = ask(&work, &place);
        assert!(!is_warned(&job) && job.ended.stderr.contains("nobody can tell"), "{:#?}", job.ended);
    }
}

/// A job may begin before the workspace has told the store.
#[test]
fn a_job_that_is_faster_than_the_workspace_asks_again() {
    let sandbox = Sandbox::new();
    let work = workspace(&sandbox);
    let store = sandbox.path("shared.db");
    let store = store.to_str().unwrap();
    work.commit("first", &[("a.txt", "a\n")]);
    push(&work, store, &[]);
    work.commit("judged", &[("b.txt", "b\n")]);
    // The pause is over when the store has it.
    let late = "#!/bin/sh\n[ \"$1\" = 0 ] || git push -q origin feature/x\n";
    let sleep = bin(&sandbox, NO_COMMENT).join("sleep");
    std::fs::write(&sleep, late).unwrap();
    assert!(!is_warned(&ask(&work, store)));
    // However many formats it was printed in, one judgement is one event.
    let mut export = work.command(crate::support::BINARY);
    let events = ended(export.arg("export").env("CI_GUARD_STORE", store).output().unwrap()).stdout;
    let of_ranges = events.lines().filter(|event| event.contains(r#""ci_guard.extra.subject":"range""#)).count();
    assert_eq!(of_ranges, 2, "one of check, one of the gate: {events}");
    // Still nothing behind the pause.
    work.commit("unjudged", &[("c.txt", "c\n")]);
    std::fs::write(&sleep, "#!/bin/sh\n").unwrap();
    assert!(is_warned(&ask(&work, store)));
}
