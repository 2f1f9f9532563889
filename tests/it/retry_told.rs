//! What `ci-guard retry` says and leaves behind, through the binary: words, annotations, report, outputs, summary, events. What
//! cannot be written is a warning and never changes the exit code.

use crate::support::{BINARY, Ended, Sandbox, ended};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Fails as a time limit does until it has been run this often.
fn fails_until(attempts: u32) -> String {
    format!("n=$(cat n 2>/dev/null || echo 0); n=$((n+1)); echo $n > n; test $n -ge {attempts} || exit 124")
}

fn retry(sandbox: &Sandbox, options: &[&str], script: &str, variables: &[(&str, &Path)]) -> Ended {
    let mut command = sandbox.command(BINARY);
    command.env("CI_GUARD_STORE", "off").envs(variables.iter().copied());
    let at_once = if options.contains(&"--delay") { &[][..] } else { &["--delay", "0s"] };
    command.arg("retry").args(at_once).args(options).args(["--", "sh", "-c", script]);
    ended(command.stdin(Stdio::null()).output().unwrap())
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// What GitHub's runner makes of the file of outputs.
fn outputs(text: &str) -> Vec<(String, String)> {
    let (mut found, mut lines) = (Vec::new(), text.lines());
    while let Some(line) = lines.next() {
        if let Some((name, delimiter)) = line.split_once("<<") {
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            found.push((name.to_owned(), value.join("\n")));
        } else if let Some((name, value)) = line.split_once('=') {
            found.push((name.to_owned(), value.to_owned()));
        } else {
            assert_eq!(line, "", "what is no output is an error of the step");
        }
    }
    found
}

#[test]
fn what_passes_at_once_is_silent_and_still_has_outputs() {
    let sandbox = Sandbox::new();
    let (out, summary) = (sandbox.path("out"), sandbox.path("summary"));
    let variables = [("GITHUB_OUTPUT", out.as_path()), ("GITHUB_STEP_SUMMARY", summary.as_path())];
    retry(&sandbox, &["--report", "r.json"], "true", &variables).is_silent();
    let report = json(sandbox.path("r.json"));
    assert_eq!((&report["schema"], &report["end"]), (&"ci-guard/retry/v1".into(), &"passed".into()));
    let outputs = outputs(&std::fs::read_to_string(out).unwrap());
    assert_eq!(outputs[..3].iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["0", "NONE", "0"]);
    assert!(!summary.exists());
}

#[test]
fn a_flake_is_told_everywhere() {
    let sandbox = Sandbox::new();
    let (out, summary) = (sandbox.path("out"), sandbox.path("summary"));
    // Somebody before us forgot the line end.
    std::fs::write(&out, "mine=1").unwrap();
    let variables = [("GITHUB_OUTPUT", out.as_path()), ("GITHUB_STEP_SUMMARY", summary.as_path())];
    let told = retry(&sandbox, &["--report", "r.json", "--name", "install"], &fails_until(2), &variables);
    assert_eq!(told.code, Some(0), "{told:#?}");
    let lines: Vec<&str> = told.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{told:#?}");
    assert!(lines[0].starts_with("ci-guard: install: attempt 1 of 3 failed after ") && lines[0].contains("124"));
    assert!(lines[0].ends_with("; trying again at once"), "{told:#?}");
    assert_eq!(lines[1], "ci-guard: install: passed at attempt 2 of 3");

    let report = json(sandbox.path("r.json"));
    assert_eq!(
        (&report["name"], &report["flaky"], &report["retry_count"]),
        (&"install".into(), &true.into(), &1.into())
    );
    assert_eq!(
        (&report["attempts"][0]["failure_type"], &report["attempts"][0]["delay_ms"]),
        (&"INFRA".into(), &0.into())
    );
    let outputs = outputs(&std::fs::read_to_string(out).unwrap());
    let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["mine", "retry_count", "failure_type", "exit_code", "attempts"]);
    assert_eq!((outputs[0].1.as_str(), outputs[1].1.as_str()), ("1", "1"));
    assert_eq!(serde_json::from_str::<Value>(&outputs[4].1).unwrap(), report["attempts"]);
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.contains("### ci-guard retry: install\n\nPassed at attempt 2 of 3.\n\n| Attempt |"), "{summary}");
}

#[test]
fn giving_up_says_why_and_what_to_do_and_code_why_it_is_not_run_again() {
    let sandbox = Sandbox::new();
    let told = retry(&sandbox, &["--max-retries", "1"], "exit 124", &[]);
    told.says(124, &["given up after 2 attempts", "all retries are used", "run it again later"]);
    let told = retry(&sandbox, &["--max-retries", "0"], "exit 124", &[]);
    told.says(124, &["given up after 1 attempt ", "--max-retries 0 allows no other one"]);
    let told = retry(&sandbox, &["--delay", "1h", "--max-delay", "1h", "--deadline", "5m"], "exit 124", &[]);
    told.says(124, &["the next attempt would begin 1 h from now", "are left", "--deadline"]);
    let told = retry(&sandbox, &[], "echo wrong >&2; exit 3", &[]);
    told.says(3, &["failed (exit code 3) and is not run again"]);
    assert_eq!(told.stderr.matches("ci-guard:").count(), 1);
    retry(&sandbox, &["--flaky-result", "fail"], &fails_until(2), &[]).says(124, &["fails all the same"]);
    for script in ["exit 124", "exit 3"] {
        let quiet = retry(&sandbox, &["--quiet"], script, &[]);
        assert_eq!(quiet.stderr.replace("wrong\n", ""), "", "{quiet:#?}");
    }
}

#[test]
fn on_github_warnings_are_annotations_on_standard_error() {
    let sandbox = Sandbox::new();
    let actions = [("GITHUB_ACTIONS", Path::new("true"))];
    let told = retry(&sandbox, &["--name", "a,b", "--max-retries", "1"], "exit 124", &actions);
    assert_eq!((told.code, told.stdout.as_str()), (Some(124), ""));
    let lines: Vec<&str> = told.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{told:#?}");
    let start = "::warning title=ci-guard retry%3A a%2Cb::";
    assert!(lines[0].starts_with(&format!("{start}attempt 1 of 2 failed after ")), "{told:#?}");
    assert!(lines[1].starts_with(&format!("{start}given up after 2 attempts ")), "{told:#?}");
    let code = retry(&sandbox, &[], "echo no >&2; exit 3", &actions);
    assert!(!code.stderr.contains("::warning"), "{code:#?}");
}

#[test]
fn what_cannot_be_written_is_a_warning_and_no_more() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("folder");
    std::fs::create_dir(&folder).unwrap();
    let mut places = vec![folder.clone(), sandbox.path("nowhere/out")];
    if cfg!(unix) {
        let pipe = sandbox.path("pipe");
        assert!(sandbox.command("mkfifo").arg(&pipe).status().unwrap().success());
        places.extend([pipe, "/dev/full".into()]);
    }
    for place in &places {
        let typed = place.to_str().unwrap();
        let variables = [("GITHUB_OUTPUT", place.as_path()), ("GITHUB_STEP_SUMMARY", place.as_path())];
        for (script, code) in [("true", 0), ("echo no >&2; exit 3", 3), ("exit 124", 124)] {
            let told = retry(&sandbox, &["--quiet", "--max-retries", "0", "--report", typed], script, &variables);
            assert_eq!(told.code, Some(code), "{told:#?}");
            let warnings: Vec<&str> = told.stderr.lines().filter(|line| line.contains("ci-guard: warning: ")).collect();
            assert_eq!(warnings.len(), if code == 124 { 3 } else { 2 }, "{told:#?}");
            assert!(warnings.iter().all(|warning| warning.contains(typed)), "{told:#?}");
        }
    }
    let told = retry(&sandbox, &["--report", "nowhere/r.json"], "true", &[]);
    told.says(
        0,
        &["the report could not be written to nowhere/r.json (--report): there is no folder nowhere; make it first"],
    );
    // Whatever stood there stands there still, and nothing lies beside it.
    assert!(folder.is_dir() && std::fs::read_dir(&folder).unwrap().next().is_none());
    let left: Vec<_> = std::fs::read_dir(sandbox.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".new")), "{left:?}");
}

#[test]
fn no_secret_of_the_command_line_is_reported() {
    let sandbox = Sandbox::new();
    let token = format!("ghp_{}", "a1B2c3D4".repeat(5)[..36].to_owned());
    let script = format!("true {token}");
    retry(&sandbox, &["--report", "r.json", "--name", &token], &script, &[]).is_silent();
    let report = std::fs::read_to_string(sandbox.path("r.json")).unwrap();
    assert!(!report.contains(&token) && report.matches("[redacted:").count() == 2, "{report}");
}

#[test]
fn words_begin_on_a_line_of_their_own() {
    let sandbox = Sandbox::new();
    let told = retry(&sandbox, &["--max-retries", "0"], "printf 'no end' >&2; exit 124", &[]);
    assert!(told.stderr.lines().any(|line| line.starts_with("ci-guard: given up")), "{told:#?}");
    // Also where the first thing to say is a warning.
    let told = retry(&sandbox, &["--report", "nowhere/r.json"], "printf 'no end' >&2", &[]);
    assert!(told.stderr.lines().any(|line| line.starts_with("ci-guard: warning: ")), "{told:#?}");
}

fn exported(sandbox: &Sandbox, store: &Path) -> Vec<Value> {
    let told = ended(sandbox.command(BINARY).env("CI_GUARD_STORE", store).arg("export").output().unwrap());
    told.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn attempts_are_recorded_and_metrics_say_what_they_saved() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("state/audit.db");
    let github = |name, value: &'static str| (name, Path::new(value));
    let job = [
        ("CI_GUARD_STORE", store.as_path()),
        github("GITHUB_ACTIONS", "true"),
        github("GITHUB_REPOSITORY", "o/r"),
        github("GITHUB_RUN_ID", "7"),
        github("GITHUB_JOB", "unit"),
    ];
    assert_eq!(retry(&sandbox, &["--name", "install"], &fails_until(2), &job).code, Some(0));
    for (script, code) in [("true", 0), ("true", 0), ("echo no >&2; exit 3", 3), ("exit 124", 124)] {
        assert_eq!(retry(&sandbox, &["--quiet", "--max-retries", "1"], script, &job).code, Some(code));
    }
    let events = exported(&sandbox, &store);
    assert_eq!(events.len(), 2 + 1 + 1 + 1 + 2, "the same command twice is two runs");
    let of = |name: &str| events[..2].iter().map(|event| event[name].clone()).collect::<Vec<_>>();
    assert_eq!(of("event.name"), ["ci_guard.retry", "ci_guard.retry"]);
    assert_eq!(of("ci_guard.verdict"), ["infra", "passed"]);
    assert_eq!(of("ci_guard.extra.attempt"), ["1", "2"]);
    assert_eq!(of("ci_guard.extra.name"), ["install", "install"]);
    assert_eq!(of("ci_guard.repository"), ["o/r", "o/r"]);
    assert_eq!(of("cicd.pipeline.task.name"), ["unit", "unit"]);
    assert_eq!((&events[0]["process.exit.code"], &events[1]["ci_guard.extra.end"]), (&124.into(), &"passed".into()));
    let key = |event: &Value| event["ci_guard.extra.run"].as_str().unwrap().to_owned();
    assert!(key(&events[0]) == key(&events[1]) && key(&events[1]) != key(&events[2]));

    let metrics = |format| {
        let mut command = sandbox.command(BINARY);
        ended(command.env("CI_GUARD_STORE", &store).args(["metrics", "--format", format]).output().unwrap()).stdout
    };
    let told: Value = serde_json::from_str(&metrics("json")).unwrap();
    let retries = &told["retries"];
    assert_eq!((&retries["runs"], &retries["attempts"]), (&5.into(), &7.into()));
    assert_eq!(retries["retried"], serde_json::json!({"value": 0.4, "numerator": 2, "denominator": 5}));
    assert_eq!(retries["saved"], serde_json::json!({"value": 0.5, "numerator": 1, "denominator": 2}));
    assert_eq!(retries["infra"]["numerator"], 1);
    assert!(metrics("human").contains("saved by a retry      1 of 2 (50 %)"));
    assert!(metrics("prometheus").contains("ci_guard_retry_saved_ratio 0.5\n"));
}

#[test]
fn nothing_is_recorded_where_nobody_wants_it() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("state/audit.db");
    let here = ("CI_GUARD_STORE", store.as_path());
    retry(&sandbox, &["--no-record"], "true", &[here]).is_silent();
    retry(&sandbox, &[], "true", &[here, ("GIT_EXEC_PATH", Path::new("/usr/lib/git-core"))]).is_silent();
    retry(&sandbox, &[], "true", &[("CI_GUARD_STORE", Path::new("OFF"))]).is_silent();
    assert!(!sandbox.path("state").exists() && !sandbox.path("home/.local").exists());
}

#[test]
fn a_store_that_cannot_be_used_holds_nobody_up() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    assert_eq!(retry(&sandbox, &[], "true", &[("CI_GUARD_STORE", &store)]).code, Some(0));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("postgres://ci@{}/audit", silent.local_addr().unwrap());
    let other = rusqlite::Connection::open(&store).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for place in [store.as_path(), Path::new(&server), Path::new("/dev/null/audit.db")] {
        for (script, code) in [("true", 0), ("echo no >&2; exit 3", 3)] {
            let start = Instant::now();
            let told = retry(&sandbox, &["--quiet"], script, &[("CI_GUARD_STORE", place)]);
            // A store that was asked for is waited for half a minute.
            assert!(start.elapsed() < Duration::from_secs(20));
            assert!(
                told.code == Some(code) && told.stderr.contains("warning: this is not in the audit store: "),
                "{told:#?}"
            );
        }
    }
    drop(other);
    assert_eq!(exported(&sandbox, &store).len(), 1);
}

#[test]
fn merges_of_verdicts_are_recorded() {
    let sandbox = Sandbox::new();
    let store = sandbox.path("audit.db");
    std::fs::write(sandbox.path("a.json"), r#"{"agent": "security", "verdict": "INFRA_FAIL", "retry_count": 2}"#)
        .unwrap();
    for more in [&["--no-record"][..], &[]] {
        let mut command = sandbox.command(BINARY);
        command.env("CI_GUARD_STORE", &store).args(["verdict", "merge", "a.json"]).args(more);
        let told = ended(command.stdin(Stdio::null()).output().unwrap());
        assert_eq!((told.code, told.stderr.as_str()), (Some(3), ""));
    }
    let events = exported(&sandbox, &store);
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["event.name"], &events[0]["ci_guard.verdict"]),
        (&"ci_guard.verdict".into(), &"INFRA_FAIL".into())
    );
}
