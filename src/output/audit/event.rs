//! An event as one JSON line, with OpenTelemetry's names where it has any: `cicd.*` and `vcs.*`. What it has none for is
//! `ci_guard.*`. Schema `ci-guard/event/v1` (frozen: names are added, never changed). Absent is what nobody knew.

use super::super::escape::{self, plain};
use super::time;
use crate::model::{Bucket, Event, EventKind, Outcome};
use serde_json::{Map, Value};
use std::io::{self, Write};

/// One event, one line.
pub fn line(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", escape::json(&attributes(event), false)?)
}

/// `green of commit 1d3c5af of o/r`, for people.
pub fn about(event: &Event) -> String {
    let mut text = event.result.map_or(event.kind.id(), Outcome::id).to_owned();
    let sha = event.run.sha.as_deref().map(|sha| format!("commit {}", sha.chars().take(12).collect::<String>()));
    for part in [sha, event.run.branch.as_deref().map(|branch| format!("branch {branch}")), event.signature.clone()] {
        text.extend(part.map(|part| format!(", {}", plain(part))));
    }
    text
}

fn attributes(event: &Event) -> Map<String, Value> {
    let mut keys = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            keys.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.clone().map(Value::String);
    let word = |value: Option<&str>| value.map(|word| Value::String(word.to_owned()));
    let run = &event.run;
    put("ci_guard.schema", word(Some("ci-guard/event/v1")));
    put("timestamp", Some(Value::String(time(event.at))));
    put("event.name", Some(Value::String(format!("ci_guard.{}", event.kind.id()))));
    put("ci_guard.event.id", word(Some(&event.id)));
    put("ci_guard.event.schema_version", Some(event.schema.into()));
    put("ci_guard.actor", text(&event.actor));
    put("cicd.pipeline.name", text(&run.workflow));
    put("cicd.pipeline.run.id", text(&run.run_id));
    put("ci_guard.run.attempt", run.run_attempt.map(Value::from));
    put("cicd.pipeline.run.url.full", text(&run.url));
    put("cicd.pipeline.result", word(result(event)));
    put("cicd.pipeline.task.name", text(&run.job));
    put("cicd.pipeline.task.run.result", word(result(event).filter(|_| run.job.is_some())));
    put("ci_guard.step.name", text(&run.step));
    put("ci_guard.artifacts.url.full", text(&run.artifacts));
    if let Some(repo) = run.repo.as_deref() {
        let (owner, name) = repo.rsplit_once('/').map_or((None, repo), |(owner, name)| (Some(owner), name));
        put("vcs.owner.name", word(owner));
        put("vcs.repository.name", word(Some(name)));
        put("vcs.repository.url.full", word(run.url.as_deref().and_then(|url| repository_url(url, repo))));
        put("ci_guard.repository", word(Some(repo)));
    }
    put("vcs.ref.head.revision", text(&run.sha));
    put("vcs.ref.head.name", text(&run.branch));
    put("ci_guard.policy.digest", text(&event.policy));
    put("ci_guard.verdict", text(&event.verdict));
    let codes = event.codes.iter().cloned().map(Value::String).collect::<Vec<_>>();
    put("ci_guard.codes", (!codes.is_empty()).then_some(Value::Array(codes)));
    put("ci_guard.bucket", word(event.bucket.map(Bucket::id)));
    put("ci_guard.action", word(event.action.map(|action| action.id())));
    put("ci_guard.fingerprint", text(&event.fine));
    put("ci_guard.fingerprint.coarse", text(&event.coarse));
    put("ci_guard.signature", text(&event.signature));
    put("ci_guard.pack.digest", text(&event.pack));
    put("ci_guard.outcome", word(event.result.map(Outcome::id)));
    // An attempt is neither the pipeline nor the task: it has a process, and an error of its own.
    if event.kind == EventKind::Retry {
        let code = event.extra.get("exit_code").and_then(|code| code.parse::<i64>().ok());
        put("process.exit.code", code.map(Value::from));
        let failed = event.verdict.as_deref().is_some_and(|verdict| verdict != "passed");
        put("error.type", word(event.codes.first().filter(|_| failed).map(String::as_str)));
    }
    for (name, value) in &event.extra {
        put(&format!("ci_guard.extra.{name}"), word(Some(value)));
    }
    keys
}

/// OpenTelemetry tells "it ran, and the code failed" (`failure`) from "it could not run" (`error`).
fn result(event: &Event) -> Option<&'static str> {
    if event.codes.iter().any(|code| code == "cancelled") {
        return Some("cancellation");
    }
    match (event.result, event.kind, event.bucket) {
        (Some(Outcome::Green), ..) => Some("success"),
        (Some(Outcome::Red), ..) | (None, EventKind::Triage, None) => Some("failure"),
        (Some(Outcome::Merged | Outcome::Reverted), ..) => None,
        (None, EventKind::Triage, Some(bucket)) => Some(match bucket {
            Bucket::InfraFault | Bucket::SecretOrConfig => "error",
            Bucket::CodeRegression | Bucket::FlakyTest | Bucket::Unknown => "failure",
        }),
        _ => None,
    }
}

/// The repository's own address, as the beginning of its run's.
fn repository_url<'u>(url: &'u str, repo: &str) -> Option<&'u str> {
    let path = url.find("://")? + 3;
    let at = path + url[path..].find(&format!("/{repo}/"))?;
    Some(&url[..at + 1 + repo.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Moment, RunContext};

    fn event() -> Event {
        let some = |text: &str| Some(text.to_owned());
        let run = RunContext {
            repo: some("group/sub/app"),
            run_id: some("7"),
            run_attempt: Some(2),
            sha: some("1d3c5afe0000"),
            branch: some("main"),
            workflow: some("ci"),
            job: some("unit"),
            url: some("https://gitlab.example.org/group/sub/app/-/jobs/7"),
            ..RunContext::default()
        };
        let mut event = Event::new(EventKind::Triage, Moment(0), run);
        event.id = "triage:1".into();
        event.bucket = Some(Bucket::InfraFault);
        event.fine = some("v1:f");
        event.extra.insert("confidence".into(), "0.90".into());
        event
    }

    #[test]
    fn names_are_those_of_opentelemetry() {
        let mut out = Vec::new();
        line(&event(), &mut out).unwrap();
        let value: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "ci_guard.schema": "ci-guard/event/v1", "timestamp": "1970-01-01T00:00:00.000Z",
                "event.name": "ci_guard.triage", "ci_guard.event.id": "triage:1", "ci_guard.event.schema_version": 1,
                "cicd.pipeline.name": "ci", "cicd.pipeline.run.id": "7", "ci_guard.run.attempt": 2,
                "cicd.pipeline.run.url.full": "https://gitlab.example.org/group/sub/app/-/jobs/7",
                "cicd.pipeline.result": "error", "cicd.pipeline.task.name": "unit",
                "cicd.pipeline.task.run.result": "error", "vcs.owner.name": "group/sub", "vcs.repository.name": "app",
                "vcs.repository.url.full": "https://gitlab.example.org/group/sub/app",
                "ci_guard.repository": "group/sub/app", "vcs.ref.head.revision": "1d3c5afe0000",
                "vcs.ref.head.name": "main", "ci_guard.bucket": "infra_fault", "ci_guard.fingerprint": "v1:f",
                "ci_guard.extra.confidence": "0.90"
            })
        );
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1);
    }

    #[test]
    fn broken_code_is_a_failure_and_a_broken_runner_an_error() {
        let told = |result, bucket, kind| super::result(&Event { result, bucket, kind, ..event() });
        for (outcome, bucket, kind, want) in [
            (None, Some(Bucket::CodeRegression), EventKind::Triage, Some("failure")),
            (None, Some(Bucket::FlakyTest), EventKind::Triage, Some("failure")),
            (None, Some(Bucket::SecretOrConfig), EventKind::Triage, Some("error")),
            (None, Some(Bucket::Unknown), EventKind::Triage, Some("failure")),
            (None, Some(Bucket::CodeRegression), EventKind::Decision, None),
            (Some(Outcome::Green), Some(Bucket::CodeRegression), EventKind::Outcome, Some("success")),
            (Some(Outcome::Red), None, EventKind::Outcome, Some("failure")),
            (Some(Outcome::Merged), None, EventKind::Outcome, None),
            (None, None, EventKind::Check, None),
        ] {
            assert_eq!(told(outcome, bucket, kind), want);
        }
        assert_eq!(super::result(&Event { codes: vec!["cancelled".into()], ..event() }), Some("cancellation"));
    }

    #[test]
    fn an_attempt_has_a_process_and_an_error_and_is_no_pipeline() {
        let told = |verdict: &str, code: &str, exit_code: &str| {
            let mut event = Event::new(EventKind::Retry, Moment(0), RunContext::default());
            event.verdict = Some(verdict.into());
            event.codes = vec![code.into(), "npm-network".into()];
            event.extra.insert("exit_code".into(), exit_code.into());
            attributes(&event)
        };
        let failed = told("infra", "transient", "1");
        assert_eq!((&failed["error.type"], &failed["process.exit.code"]), (&"transient".into(), &1.into()));
        assert_eq!(failed["event.name"], "ci_guard.retry");
        assert!(!failed.contains_key("cicd.pipeline.result") && !failed.contains_key("cicd.pipeline.task.run.result"));
        let passed = told("passed", "passed", "0");
        assert!(!passed.contains_key("error.type"), "{passed:?}");
        assert!(!told("code", "test", "many").contains_key("process.exit.code"));
    }

    #[test]
    fn what_is_said_of_an_event_is_one_visible_line() {
        let mut event = event();
        event.run.branch = Some("a\nb".into());
        event.result = Some(Outcome::Green);
        assert_eq!(about(&event), "green, commit 1d3c5afe0000, branch a\\nb");
    }
}
