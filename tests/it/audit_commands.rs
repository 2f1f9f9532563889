//! `history`, `record`, `metrics` and `export` through the binary; who writes to the store and who never does; and what is said
//! of a store that cannot be used.

use crate::postgres::is_root;
use crate::support::{BINARY, Ended, Repo, Sandbox, ended, feed};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;

const LOG: &str =
    "running tests\n--- FAIL: TestApply (0.00s)\n    apply_test.go:31: want 1, got 2\nFAIL\nexit status 1\n";

/// Run the binary with a store at this place.
fn run(sandbox: &Sandbox, store: impl AsRef<Path>, args: &[&str]) -> Ended {
    let mut command = sandbox.command(BINARY);
    ended(command.env("CI_GUARD_STORE", store.as_ref()).args(args).stdin(Stdio::null()).output().unwrap())
}

fn events(sandbox: &Sandbox, store: &Path) -> Vec<Value> {
    let exported = run(sandbox, store, &["export"]);
    assert_eq!((exported.code, exported.stderr.as_str()), (Some(0), ""));
    exported.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event.name"].as_str().unwrap()).collect()
}

#[test]
fn without_a_store_the_answer_is_empty_and_no_store_is_made() {
    let sandbox = Sandbox::new();
    let place = sandbox.path("home/.local/state/ci-guard/audit.db");
    let plain = |args: &[&str]| ended(sandbox.command(BINARY).args(args).output().unwrap());
    for command in ["history", "metrics"] {
        plain(&[command]).is_clean(&["Nothing is recorded yet", place.to_str().unwrap()]);
    }
    assert_eq!(plain(&["export"]).stdout, "");
    let json: Value = serde_json::from_str(&plain(&["metrics", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["first_fix"], serde_json::json!({"value": null, "numerator": 0, "denominator": 0}));
    assert!(plain(&["metrics", "--format", "prometheus"]).stdout.contains("ci_guard_first_fix_denominator 0\n"));
    assert!(!place.exists());
    for off in ["off", "OFF"] {
        run(&sandbox, off, &["history"]).is_clean(&["switched off"]);
    }
}

#[test]
fn the_story_of_a_failure_from_log_to_metrics() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("state/deep/audit.db");
    std::fs::write(sandbox.path("a.log"), LOG).unwrap();
    let triage = |sha: &str, run_id: &str, attempt: &str| {
        let args = ["triage", "a.log", "--format", "json", "--repo", "o/r", "--branch", "main", "--job", "unit"];
        let told =
            run(&sandbox, &store, &[&args[..], &["--sha", sha, "--run-id", run_id, "--run-attempt", attempt]].concat());
        assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""));
        std::fs::write(sandbox.path("p.json"), &told.stdout).unwrap();
        serde_json::from_str::<Value>(&told.stdout).unwrap()
    };
    assert_eq!(triage("a1", "1", "1")["history"]["times"], 1);
    // The same log again is no news, another run is.
    assert_eq!(triage("a1", "1", "1")["history"]["times"], 1);
    assert_eq!(triage("a2", "2", "1")["history"]["times"], 2);
    assert_eq!(triage("a3", "3", "1")["history"]["commits"], 3);

    let tell = |args: &[&str]| run(&sandbox, &store, &[&["record", "outcome"], args].concat());
    let merged = ["--pack", "p.json", "--result", "merged", "--sha", "m1", "--branch", "main"];
    tell(&merged).is_clean(&["stored: merged, commit m1, branch main, ", store.to_str().unwrap()]);
    tell(&merged).is_clean(&["stored before: merged"]);
    tell(&["--sha", "m2", "--branch", "main", "--job", "unit", "--repo", "o/r", "--result", "green"])
        .is_clean(&["stored: green"]);

    let events = events(&sandbox, &store);
    assert_eq!(names(&events).iter().filter(|name| **name == "ci_guard.triage").count(), 3);
    assert_eq!(names(&events).iter().filter(|name| **name == "ci_guard.outcome").count(), 2);
    let merge = events.iter().find(|event| event["ci_guard.outcome"] == "merged").unwrap();
    let pack = std::fs::read(sandbox.path("p.json")).unwrap();
    assert_eq!(merge["ci_guard.pack.digest"], ci_guard::audit::digest(&pack));
    assert_eq!(events.iter().filter(|event| event["ci_guard.pack.digest"] == merge["ci_guard.pack.digest"]).count(), 2);

    run(&sandbox, &store, &["history", "--repo", "o/r"]).is_clean(&["3 failures in 7 days, 1 fingerprint", "3x  "]);
    run(&sandbox, &store, &["history", "--repo", "o/x"]).is_clean(&["0 failures"]);
    run(&sandbox, &store, &["metrics"]).is_clean(&["1 merge younger than 24 h", "median of 1 incident;"]);
    let json = run(&sandbox, &store, &["metrics", "--format", "json", "--since", "2w"]);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["schema"], &json["recovery"]["recovered"]), (&"ci-guard/metrics/v1".into(), &1.into()));
}

#[test]
fn a_rerun_is_counted_once_whoever_decides_on_it() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    std::fs::write(sandbox.path("a.log"), LOG).unwrap();
    let triage = |attempt: &str, more: &[&str]| {
        let args =
            ["triage", "a.log", "--format", "json", "--repo", "o/r", "--sha", "a1", "--run-id", "1", "--run-attempt"];
        let told = run(&sandbox, &store, &[&args[..], &[attempt], more].concat());
        serde_json::from_str::<Value>(&told.stdout).unwrap()
    };
    let mut pack = triage("1", &["--no-record"]);
    assert!(pack["history"].is_null() && !store.exists());
    pack["bucket"] = "flaky_test".into();
    std::fs::write(sandbox.path("p.json"), pack.to_string()).unwrap();
    for _ in 0..2 {
        let decided = run(&sandbox, &store, &["decide", "--pack", "p.json"]);
        decided.is_clean(&["rerun_same_sha"]);
    }
    assert_eq!(names(&events(&sandbox, &store)), ["ci_guard.decision"]);
    assert_eq!(triage("1", &[])["history"]["retries_used"], 0);
    assert_eq!(triage("2", &[])["history"]["retries_used"], 1);
}

#[test]
fn an_outcome_has_to_be_about_something() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    let tell = |args: &[&str]| run(&sandbox, &store, &[&["record", "outcome"], args].concat());
    tell(&["--result", "green"]).says(2, &["nothing was stored", "--sha", "--pack"]);
    tell(&["--sha", "a", "--result", "fine"]).says(2, &["invalid value"]);
    tell(&["--sha", "a", "--result", "green", "--at", "yesterday"]).says(2, &["2026-11-21T07:30:00Z"]);
    tell(&["--pack", "nowhere.json", "--result", "green"])
        .says(2, &["nothing was stored", "nowhere.json", "no such file"]);
    std::fs::write(sandbox.path("no.json"), "{}").unwrap();
    tell(&["--pack", "no.json", "--result", "green"]).says(2, &["no artifact pack"]);
    assert!(!store.exists());
    let at =
        ["--sha", "a", "--result", "red", "--at", "2026-01-02T03:04:05.006+01:00", "--id", "hook:7", "--actor", "ann"];
    tell(&at).is_clean(&["stored: red, commit a, as hook:7 in "]);
    let told = &events(&sandbox, &store)[0];
    assert_eq!((&told["timestamp"], &told["ci_guard.actor"]), (&"2026-01-02T02:04:05.006Z".into(), &"ann".into()));
}

#[test]
fn an_export_may_be_cut_short() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    for number in 0..40 {
        let args = [
            "record",
            "outcome",
            "--result",
            "red",
            "--sha",
            "a",
            "--step",
            &"x".repeat(4000),
            "--id",
            &number.to_string(),
        ];
        assert_eq!(run(&sandbox, &store, &args).code, Some(0));
    }
    let mut child = sandbox
        .command(BINARY)
        .env("CI_GUARD_STORE", &store)
        .arg("export")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = ended(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

fn judged(repo: &Repo, store: &Path, args: &[&str], more: &[(&str, &str)]) -> Ended {
    let mut command = repo.command(BINARY);
    command.env("CI_GUARD_STORE", store).envs(more.iter().copied()).args(args);
    ended(command.stdin(Stdio::null()).output().unwrap())
}

#[test]
fn verdicts_are_kept_when_somebody_asks_for_them() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["remote", "set-url", "origin", "https://user:hunter2@git.example.org/team/app.git"]);
    let head = repo.rev("HEAD");
    let clean = judged(&repo, &store, &["check"], &[]);
    assert_eq!((clean.code, clean.stderr.as_str()), (Some(0), ""));
    repo.commit("broken", &[("a.txt", crate::support::CONFLICT)]);
    assert_eq!(judged(&repo, &store, &["check"], &[("GITHUB_ACTOR", "ann")]).code, Some(1));
    std::fs::write(repo.dir.join("no.patch"), "no patch at all\n").unwrap();
    assert_eq!(judged(&repo, &store, &["patch", "check", "no.patch"], &[]).code, Some(1));

    let events = events(&sandbox, &store);
    assert_eq!(names(&events), ["ci_guard.check", "ci_guard.check", "ci_guard.patch"]);
    let said: Vec<_> = events.iter().map(|event| event["ci_guard.verdict"].as_str().unwrap()).collect();
    assert_eq!(said, ["allow", "block", "deny"]);
    assert_eq!((&events[0]["vcs.ref.head.revision"], &events[0]["vcs.ref.head.name"]), (&head.into(), &"main".into()));
    assert_eq!((&events[0]["ci_guard.repository"], &events[1]["ci_guard.actor"]), (&"team/app".into(), &"ann".into()));
    assert_eq!(events[1]["ci_guard.codes"], serde_json::json!(["conflict-marker"]));
    assert_eq!(events[2]["ci_guard.codes"], serde_json::json!(["no_patch"]));
    assert!(!format!("{events:?}").contains("hunter2"));
}

#[test]
fn no_hook_ever_touches_the_store() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    // A store that would be made, and one that would be waited for or complained about.
    for store in [sandbox.path("state/audit.db"), "postgres://ci@192.0.2.1/audit".into()] {
        let tip = repo.rev("HEAD");
        let mut hook = repo.command(BINARY);
        hook.env("CI_GUARD_STORE", &store).args(["hook", "pre-push", "origin", "URL"]);
        feed(&mut hook, format!("HEAD {tip} refs/heads/x {}\n", "0".repeat(40)).as_bytes()).is_silent();
        // What a hook of somebody's own starts is inside of a hook, too.
        let inside = judged(&repo, &store, &["check"], &[("GIT_EXEC_PATH", "/usr/lib/git-core")]);
        assert_eq!((inside.code, inside.stderr.as_str()), (Some(0), ""));
    }
    // A note beside it is all.
    let names: Vec<_> =
        std::fs::read_dir(sandbox.path("state")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["audit.journal"]);
}

/// A server that takes every connection and never says a word.
#[test]
fn a_store_that_never_answers_is_given_up() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let place = PathBuf::from(format!("postgres://ci@{}/audit", silent.local_addr().unwrap()));
    std::fs::write(repo.dir.join("a.log"), LOG).unwrap();
    for (args, answer) in
        [(&["check"][..], ""), (&["triage", "a.log"], "bucket:"), (&["patch", "check", "a.log"], "no_patch")]
    {
        let ended = judged(&repo, &place, args, &[]);
        assert!(ended.stdout.contains(answer), "{ended:#?}");
        assert!(ended.stderr.contains("warning: this is not in the audit store: "), "{ended:#?}");
        assert!(ended.stderr.contains("did not answer in time"), "{ended:#?}");
    }
}

#[test]
fn green_and_red_on_one_commit_are_a_flake_in_either_order() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    std::fs::write(sandbox.path("a.log"), LOG).unwrap();
    let of = ["--repo", "o/r", "--job", "unit"];
    let green = [&["record", "outcome", "--result", "green", "--sha", "ABCDEF0", "--branch", "refs/heads/b"], &of[..]];
    assert_eq!(run(&sandbox, &store, &green.concat()).code, Some(0));
    let args = ["triage", "a.log", "--format", "json", "--sha", "abcdef0123", "--branch", "b", "--run-id", "7"];
    let triage = || serde_json::from_str::<Value>(&run(&sandbox, &store, &[&args, &of[..]].concat()).stdout).unwrap();
    let first = triage();
    assert_eq!((&first["bucket"], &first["history"]["passed_on_same_commit"]), (&"flaky_test".into(), &1.into()));
    assert_eq!(triage(), first);
    let events = events(&sandbox, &store);
    assert_eq!(names(&events), ["ci_guard.outcome", "ci_guard.triage", "ci_guard.decision"]);
    assert_eq!(events[0]["vcs.ref.head.name"], "b");
}

#[test]
fn an_id_belongs_to_one_event() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    let tell = |args: &[&str]| {
        let about = ["record", "outcome", "--id", "hook:7", "--repo", "o/r", "--sha"];
        run(&sandbox, &store, &[&about, args].concat())
    };
    tell(&["a1", "--result", "green"]).is_clean(&["stored: green"]);
    tell(&["a1", "--result", "green", "--actor", "ann"]).is_clean(&["stored before: green"]);
    for other in [
        &["a1", "--result", "red"][..],
        &["a2", "--result", "green"],
        &["a1", "--result", "green", "--at", "2026-01-01T00:00:00Z"],
    ] {
        tell(other).says(2, &["nothing was stored: another event has this id already (hook:7)"]);
    }
    assert_eq!(events(&sandbox, &store).len(), 1);
    let secret = format!("ghp_{}", "a1B2".repeat(9));
    run(
        &sandbox,
        &store,
        &["record", "outcome", "--sha", "a1", "--result", "red", "--actor", &secret, "--id", &secret],
    );
    assert!(!format!("{:?}", self::events(&sandbox, &store)).contains(&secret));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_got_lost_is_no_success() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    let record = ["record", "outcome", "--sha", "a1", "--result", "red"];
    assert_eq!(run(&sandbox, &store, &record).code, Some(0));
    for args in [&["export"][..], &["history"], &["metrics", "--format", "prometheus"], &record] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = sandbox.command(BINARY);
        let ended = ended(command.env("CI_GUARD_STORE", &store).args(args).stdout(full).output().unwrap());
        ended.says(2, &["could not be written"]);
    }
}

#[test]
fn a_store_that_cannot_be_used_changes_no_answer() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let folder = sandbox.path("home");
    let good = judged(&repo, Path::new("off"), &["check"], &[]);
    let bad = judged(&repo, &folder, &["check"], &[]);
    assert_eq!((bad.code, &bad.stdout), (good.code, &good.stdout));
    bad.says(0, &["ci-guard: warning: this is not in the audit store:", "is a folder"]);
    assert_eq!(bad.stderr.lines().count(), 1);
    std::fs::write(sandbox.path("a.log"), LOG).unwrap();
    let triaged = run(&sandbox, &folder, &["triage", "a.log"]);
    triaged.says(0, &["warning: this is not in the audit store"]);
    assert!(triaged.stdout.contains("bucket:"));
}

#[test]
fn what_is_wrong_with_a_store_is_said_in_words() {
    let sandbox = Sandbox::new();
    let file = sandbox.path("file");
    std::fs::write(&file, "no database, and long enough to be taken for one: ".repeat(100)).unwrap();
    let other = sandbox.path("other.db");
    rusqlite::Connection::open(&other).unwrap().execute_batch("CREATE TABLE people (name)").unwrap();
    let newer = sandbox.path("newer.db");
    assert_eq!(run(&sandbox, &newer, &["record", "outcome", "--sha", "a", "--result", "red"]).code, Some(0));
    rusqlite::Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let torn = sandbox.path("torn.db");
    std::fs::copy(&newer, &torn).unwrap();
    std::fs::write(&torn, &std::fs::read(&torn).unwrap()[..5000]).unwrap();
    let secret = "postgres://ci:hunter2@host:port/x";
    let half = sandbox.path("half.db");
    rusqlite::Connection::open(&half).unwrap().execute_batch("CREATE TABLE ci_guard_event (name)").unwrap();
    let mut cases = vec![
        (half, "an SQLite database of something else"),
        ("postgres:ci:hunter2@host/x".into(), "looks like a login"),
        (sandbox.path("home"), "it is a folder"),
        (file.clone(), "damaged, or no audit store at all"),
        (torn, "damaged, or no audit store at all"),
        (other, "an SQLite database of something else"),
        (newer, "a later ci-guard wrote it: its schema has version 99"),
        (file.join("below/audit.db"), "cannot be made"),
        ("mysql://root:hunter2@host/x".into(), "neither a path nor a sqlite: or postgres:// URL"),
        (secret.into(), "no PostgreSQL URL"),
        ("/dev/null".into(), "no regular file"),
    ];
    let shut = sandbox.path("shut");
    std::fs::create_dir(&shut).unwrap();
    if is_root() {
        eprintln!("skipped: a folder without write access keeps nobody out who is root");
    } else {
        make_read_only(&shut);
        cases.push((shut.join("audit.db"), "the file cannot be made"));
    }
    for (place, words) in cases {
        let told = run(&sandbox, &place, &["record", "outcome", "--sha", "a", "--result", "red"]);
        told.says(2, &["ci-guard: nothing was stored: ", words]);
        assert!(!told.stderr.contains("hunter2") && told.stdout.is_empty(), "{told:#?}");
        assert_eq!(told.stderr.lines().count(), 1, "{}", told.stderr);
    }
}

#[cfg(unix)]
fn make_read_only(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o500)).unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let told = ended(
        sandbox
            .command("sh")
            .args(["-c", "umask 000; exec \"$0\" record outcome --sha a --result red", BINARY])
            .output()
            .unwrap(),
    );
    assert_eq!(told.code, Some(0), "{told:#?}");
    let folder = sandbox.path("home/.local/state/ci-guard");
    assert_eq!((mode(&folder), mode(&folder.join("audit.db"))), (0o700, 0o600));
    // While it is open, SQLite has two more files beside it.
    let open = rusqlite::Connection::open(folder.join("audit.db")).unwrap();
    open.query_row("SELECT count(*) FROM ci_guard_event", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(mode(&folder.join("audit.db-wal")), 0o600);
}

#[test]
fn where_the_store_is() {
    let sandbox = Sandbox::new();
    let tell = |more: &[(&str, &Path)]| {
        let mut command = sandbox.command(BINARY);
        command.envs(more.iter().copied()).args(["record", "outcome", "--sha", "a", "--result", "red"]);
        ended(command.output().unwrap()).code
    };
    let state = sandbox.path("xdg");
    assert_eq!(tell(&[("XDG_STATE_HOME", &state)]), Some(0));
    assert!(state.join("ci-guard/audit.db").is_file());
    // A relative one is to be ignored, says its specification.
    assert_eq!(tell(&[("XDG_STATE_HOME", Path::new("relative"))]), Some(0));
    assert!(sandbox.path("home/.local/state/ci-guard/audit.db").is_file());
    assert_eq!(tell(&[("CI_GUARD_STORE", Path::new("sqlite:here.db"))]), Some(0));
    assert!(sandbox.path("here.db").is_file());
    let mut homeless = sandbox.command(BINARY);
    homeless.env_remove("HOME").args(["record", "outcome", "--sha", "a", "--result", "red"]);
    ended(homeless.output().unwrap()).says(2, &["no home folder", "CI_GUARD_STORE"]);
}
