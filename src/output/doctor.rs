//! The doctor's answer, for people and as JSON (`ci-guard/doctor/v1`, frozen: fields are added, never changed;
//! docs/schemas/doctor-v1.json).

use super::escape;
use crate::model::{Diagnosis, Gravity, HookName, Problem, Seat, visible};
use serde::Serialize;
use std::io::{Result, Write};
use std::path::Path;

/// For people: the answer first, then what it rests on, then what is wrong and what to run.
pub fn human(diagnosis: &Diagnosis, out: &mut dyn Write) -> Result<()> {
    let would = if diagnosis.judged() { "would" } else { "would NOT" };
    let whence = match diagnosis.hook {
        HookName::PrePush => "from",
        HookName::PreReceive => "to",
    };
    writeln!(out, "A push {whence} {} {would} be judged.", shown(&diagnosis.repository))?;
    writeln!(out)?;
    match &diagnosis.seat {
        None => writeln!(out, "  hook     none that git finds")?,
        Some(seat) => writeln!(out, "  hook     {}{}", shown(seat.file()), manner(seat))?,
    }
    if let Some(chained) = &diagnosis.chained {
        let when = if matches!(diagnosis.seat, Some(Seat::Configuration(_))) { "beside" } else { "then  " };
        writeln!(out, "  {when}   {}", shown(chained))?;
    }
    if let Some(binary) = &diagnosis.binary {
        let version = binary.version.as_deref().map_or_else(|| "does not run".into(), visible);
        writeln!(out, "  binary   {} ({version})", shown(&binary.path))?;
    }
    let policy = match (&diagnosis.policy.source, &diagnosis.policy.error) {
        (Some(source), None) => visible(source),
        (Some(source), Some(_)) => format!("{} (cannot be used)", visible(source)),
        (None, Some(_)) => "cannot be used".into(),
        (None, None) => "none: conflict markers only".into(),
    };
    writeln!(out, "  policy   {policy}")?;
    for problem in &diagnosis.problems {
        let word = if problem.gravity == Gravity::Stops { "problem" } else { "warning" };
        writeln!(out, "\n{word}: {}", problem.message)?;
        for command in &problem.mend {
            writeln!(out, "  run: {command}")?;
        }
    }
    writeln!(out, "\nWhat this hook cannot see:")?;
    for bypass in &diagnosis.bypasses {
        writeln!(out, "  - {bypass}")?;
    }
    if diagnosis.hook == HookName::PrePush {
        writeln!(out, "Those are stopped on the server: ci-guard install --hook pre-receive")?;
    }
    Ok(())
}

/// One JSON object.
pub fn json(diagnosis: &Diagnosis, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}", escape::json(&Document::from(diagnosis), true)?)
}

/// The stable name of a seat.
pub(super) fn place(seat: &Seat) -> &'static str {
    match seat {
        Seat::HooksFolder(_) => "hooks-folder",
        Seat::OwnFolder(_) => "own-folder",
        Seat::Configuration(_) => "configuration",
        Seat::MovedAside(..) => "moved-aside",
        Seat::Global(_) => "global",
    }
}

fn manner(seat: &Seat) -> String {
    match seat {
        Seat::HooksFolder(_) => String::new(),
        Seat::OwnFolder(_) => " (before the folder of core.hooksPath)".into(),
        Seat::Configuration(_) => " (by git's configuration)".into(),
        Seat::MovedAside(_, maker) => format!(" (run by {maker})"),
        Seat::Global(_) => " (for all repositories of this user)".into(),
    }
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes())
}

/// A path as JSON has it: to be opened, not to be read by people.
pub(super) fn text(path: &Path) -> String {
    escape::text(path.as_os_str().as_encoded_bytes())
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: &'static str,
    judged: bool,
    repository: String,
    hook: Hook,
    binary: Option<Binary<'a>>,
    policy: Policy<'a>,
    problems: Vec<Ailment<'a>>,
    bypasses: &'a [String],
}

#[derive(Serialize)]
struct Hook {
    name: &'static str,
    place: Option<&'static str>,
    file: Option<String>,
    chained: Option<String>,
}

#[derive(Serialize)]
struct Binary<'a> {
    path: String,
    version: Option<&'a str>,
    runs: bool,
}

#[derive(Serialize)]
struct Policy<'a> {
    source: Option<&'a str>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct Ailment<'a> {
    id: &'static str,
    level: &'static str,
    message: &'a str,
    run: &'a [String],
}

impl<'a> From<&'a Diagnosis> for Document<'a> {
    fn from(diagnosis: &'a Diagnosis) -> Self {
        Document {
            schema: "ci-guard/doctor/v1",
            judged: diagnosis.judged(),
            repository: text(&diagnosis.repository),
            hook: Hook {
                name: diagnosis.hook.id(),
                place: diagnosis.seat.as_ref().map(place),
                file: diagnosis.seat.as_ref().map(|seat| text(seat.file())),
                chained: diagnosis.chained.as_deref().map(text),
            },
            binary: diagnosis.binary.as_ref().map(|binary| Binary {
                path: text(&binary.path),
                version: binary.version.as_deref(),
                runs: binary.version.is_some(),
            }),
            policy: Policy { source: diagnosis.policy.source.as_deref(), error: diagnosis.policy.error.as_deref() },
            problems: diagnosis.problems.iter().map(Ailment::from).collect(),
            bypasses: &diagnosis.bypasses,
        }
    }
}

impl<'a> From<&'a Problem> for Ailment<'a> {
    fn from(problem: &'a Problem) -> Self {
        let level = match problem.gravity {
            Gravity::Stops => "stops",
            Gravity::Warns => "warns",
        };
        Ailment { id: problem.id, level, message: &problem.message, run: &problem.mend }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PolicyUse;

    fn healthy() -> Diagnosis {
        Diagnosis {
            repository: "/r".into(),
            hook: HookName::PrePush,
            seat: Some(Seat::HooksFolder("/r/.git/hooks/pre-push".into())),
            binary: Some(crate::model::Binary { path: "/b/ci-guard".into(), version: Some("ci-guard 1.2.3".into()) }),
            chained: Some("/r/.git/hooks/pre-push.ci-guard-chained".into()),
            policy: PolicyUse::default(),
            problems: vec![],
            bypasses: vec!["git push --no-verify".into()],
        }
    }

    fn text(print: impl FnOnce(&mut dyn Write) -> Result<()>) -> String {
        let mut out = Vec::new();
        print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_answer_comes_first() {
        let mut diagnosis = healthy();
        insta::assert_snapshot!(text(|out| human(&diagnosis, out)), @r"
        A push from /r would be judged.

          hook     /r/.git/hooks/pre-push
          then     /r/.git/hooks/pre-push.ci-guard-chained
          binary   /b/ci-guard (ci-guard 1.2.3)
          policy   none: conflict markers only

        What this hook cannot see:
          - git push --no-verify
        Those are stopped on the server: ci-guard install --hook pre-receive
        ");
        diagnosis.problems.push(Problem {
            id: "hook-not-executable",
            gravity: Gravity::Stops,
            message: "it is not executable".into(),
            mend: vec!["ci-guard install".into()],
        });
        let said = text(|out| human(&diagnosis, out));
        assert!(said.starts_with("A push from /r would NOT be judged.\n"), "{said}");
        assert!(said.contains("\nproblem: it is not executable\n  run: ci-guard install\n"), "{said}");
    }

    #[test]
    fn the_json_is_versioned_and_frozen() {
        insta::assert_snapshot!(text(|out| json(&healthy(), out)), @r#"
        {
          "schema": "ci-guard/doctor/v1",
          "judged": true,
          "repository": "/r",
          "hook": {
            "name": "pre-push",
            "place": "hooks-folder",
            "file": "/r/.git/hooks/pre-push",
            "chained": "/r/.git/hooks/pre-push.ci-guard-chained"
          },
          "binary": {
            "path": "/b/ci-guard",
            "version": "ci-guard 1.2.3",
            "runs": true
          },
          "policy": {
            "source": null,
            "error": null
          },
          "problems": [],
          "bypasses": [
            "git push --no-verify"
          ]
        }
        "#);
    }

    #[test]
    fn the_json_is_what_the_schema_says() {
        let published = include_str!("../../docs/schemas/doctor-v1.json");
        let validator = jsonschema::draft202012::new(&serde_json::from_str(published).unwrap()).unwrap();
        let seats = [
            None,
            Some(Seat::HooksFolder("/r/f".into())),
            Some(Seat::OwnFolder("/r/f".into())),
            Some(Seat::Configuration("/r/f".into())),
            Some(Seat::MovedAside("/r/f".into(), "prek")),
            Some(Seat::Global("/r/f".into())),
        ];
        for (seat, hook) in seats.into_iter().flat_map(|seat| HookName::ALL.map(|hook| (seat.clone(), hook))) {
            for gravity in [Gravity::Stops, Gravity::Warns] {
                let problem = Problem { id: "jj", gravity, message: "it".into(), mend: vec!["do".into()] };
                let policy = PolicyUse { source: Some("/r/p".into()), error: Some("no".into()) };
                let binary = healthy().binary.filter(|_| seat.is_some());
                let seat = seat.clone();
                let found = Diagnosis { seat, hook, binary, policy, problems: vec![problem], ..healthy() };
                let value = serde_json::from_str(&text(|out| json(&found, out))).unwrap();
                let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
                assert_eq!(errors, [""; 0], "{value:#}");
            }
        }
    }
}
