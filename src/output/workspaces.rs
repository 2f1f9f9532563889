//! The doctor's answers for many workspaces: a table for people, and JSON (`ci-guard/doctor-all/v1`, frozen: fields are
//! added, never changed; docs/schemas/doctor-all-v1.json).

use super::doctor::{Document, place, text};
use super::escape;
use crate::model::{Workspace, Workspaces, counted, visible};
use serde::Serialize;
use std::io::{Result, Write};
use std::path::Path;

/// For people: a row each, what is wrong with it and what to run below it, and the sum.
pub fn human(all: &Workspaces, out: &mut dyn Write) -> Result<()> {
    let rows: Vec<[String; 4]> = all.list.iter().map(row).collect();
    let head = ["judged", "by", "policy", "workspace"].map(str::to_owned);
    let widest = |column: usize| rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [widest(0), widest(1), widest(2).min(40)];
    let mut line = |cells: &[String; 4]| {
        let [judged, by, policy, path] = cells;
        writeln!(out, "{judged:0$}  {by:1$}  {policy:2$}  {path}", widths[0], widths[1], widths[2])
    };
    if !rows.is_empty() {
        line(&head)?;
    }
    rows.iter().try_for_each(&mut line)?;
    for workspace in &all.list {
        let (message, mend) = match &workspace.found {
            Err(error) => (error, None),
            Ok(found) => match found.problems.first() {
                Some(worst) => (&worst.message, worst.mend.first()),
                None => continue,
            },
        };
        writeln!(out, "\n{}: {message}", shown(&workspace.path))?;
        if let Some(command) = mend {
            writeln!(out, "  run: {command}")?;
        }
    }
    if !rows.is_empty() {
        writeln!(out)?;
    }
    for folder in &all.unread {
        writeln!(out, "warning: {} could not be looked into", shown(folder))?;
    }
    if all.cut_short {
        writeln!(out, "warning: there are more folders than are looked through: name one further down")?;
    }
    let (judged, count) = (all.list.iter().filter(|workspace| workspace.judged()).count(), all.list.len());
    let workspaces = counted(count, "workspace");
    match count {
        0 => writeln!(out, "There is no workspace below {}.", shown(&all.root)),
        _ if judged == count => writeln!(out, "{workspaces}, all judged."),
        _ => writeln!(out, "{workspaces}, {} NOT judged.", count - judged),
    }
}

/// One JSON object.
pub fn json(all: &Workspaces, out: &mut dyn Write) -> Result<()> {
    let list = all.list.iter().map(|workspace| Row {
        path: text(&workspace.path),
        path_hex: hex(&workspace.path),
        judged: workspace.judged(),
        error: workspace.found.as_ref().err(),
        diagnosis: workspace.found.as_ref().ok().map(Document::from),
    });
    let document = All {
        schema: "ci-guard/doctor-all/v1",
        judged: all.judged(),
        root: text(&all.root),
        workspaces: list.collect(),
        unread: all.unread.iter().map(|folder| text(folder)).collect(),
        cut_short: all.cut_short,
    };
    writeln!(out, "{}", escape::json(&document, true)?)
}

fn row(workspace: &Workspace) -> [String; 4] {
    let judged = if workspace.judged() { "yes" } else { "NO" };
    let (by, policy) = match &workspace.found {
        Err(_) => ("-", "-".to_owned()),
        Ok(found) => {
            let source = found.policy.source.as_deref().map_or_else(|| "none".to_owned(), visible);
            // Where it lies in the workspace, the workspace need not be said twice.
            let below = format!("{}/", shown(&workspace.path));
            (found.seat.as_ref().map_or("-", place), source.replace(&below, ""))
        }
    };
    [judged.into(), by.into(), policy, shown(&workspace.path)]
}

/// All bytes of a path that is no text, so that it can be opened all the same.
fn hex(path: &Path) -> Option<String> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let spelled = || bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::str::from_utf8(bytes).is_err().then(spelled)
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes())
}

#[derive(Serialize)]
struct All<'a> {
    schema: &'static str,
    judged: bool,
    root: String,
    workspaces: Vec<Row<'a>>,
    unread: Vec<String>,
    cut_short: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    path: String,
    path_hex: Option<String>,
    judged: bool,
    error: Option<&'a String>,
    diagnosis: Option<Document<'a>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Diagnosis, Gravity, HookName, PolicyUse, Problem, Seat};

    fn all() -> Workspaces {
        let good = Diagnosis {
            repository: "/w/a".into(),
            hook: HookName::PrePush,
            seat: Some(Seat::Global("/h/.config/ci-guard/hooks/pre-push".into())),
            binary: None,
            chained: None,
            policy: PolicyUse { source: Some("/w/a/.git/ci-guard/policy.json".into()), error: None },
            problems: vec![],
            bypasses: vec![],
        };
        let lost = Problem {
            id: "hooks-path",
            gravity: Gravity::Stops,
            message: "core.hooksPath is .husky/_".into(),
            mend: vec!["ci-guard install --repo /w/longer".into()],
        };
        let bad = Diagnosis { seat: None, policy: PolicyUse::default(), problems: vec![lost], ..good.clone() };
        let list = [("/w/a", Ok(good)), ("/w/longer", Ok(bad)), ("/w/odd\u{1b}", Err("git does not work".into()))];
        let list = list.map(|(path, found)| Workspace { path: path.into(), found });
        Workspaces { root: "/w".into(), list: list.into(), unread: vec!["/w/x".into()], cut_short: false }
    }

    #[test]
    fn a_row_each_and_what_is_wrong_below() {
        let mut out = Vec::new();
        human(&all(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains('\u{1b}'), "{text}");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "judged  by      policy                     workspace",
                "yes     global  .git/ci-guard/policy.json  /w/a",
                "NO      -       none                       /w/longer",
            ]
        );
        assert_eq!(lines[5..7], ["/w/longer: core.hooksPath is .husky/_", "  run: ci-guard install --repo /w/longer",]);
        assert_eq!(lines.last(), Some(&"3 workspaces, 2 NOT judged."));
    }

    /// Every complaint that the published schema has.
    fn complaints(value: &serde_json::Value) -> Vec<String> {
        let published = include_str!("../../docs/schemas/doctor-all-v1.json");
        let validator = jsonschema::draft202012::new(&serde_json::from_str(published).unwrap()).unwrap();
        validator.iter_errors(value).map(|error| error.to_string()).collect()
    }

    #[test]
    fn the_schema_s_diagnosis_is_the_doctor_s() {
        let read = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let all = read(include_str!("../../docs/schemas/doctor-all-v1.json"));
        let mut one = read(include_str!("../../docs/schemas/doctor-v1.json"));
        one.as_object_mut().unwrap().remove("$schema");
        assert_eq!(all["$defs"]["diagnosis"], one);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_in_the_json_is_the_path() {
        use std::os::unix::ffi::OsStrExt;
        for (raw, path, hex) in [
            (&b"/w/a\tb\\tc"[..], "/w/a\tb\\tc", None),
            ("/w/\u{1b}\u{202e}".as_bytes(), "/w/\u{1b}\u{202e}", None),
            (b"/w/\xff", "/w/\\xff", Some("2f772fff")),
        ] {
            let mut all = all();
            all.list[2].path = std::ffi::OsStr::from_bytes(raw).into();
            let mut out = Vec::new();
            json(&all, &mut out).unwrap();
            let out = String::from_utf8(out).unwrap();
            assert!(!out.contains(['\u{1b}', '\u{202e}']), "{out}");
            let value: serde_json::Value = serde_json::from_str(&out).unwrap();
            let row = &value["workspaces"][2];
            assert_eq!((row["path"].as_str(), row["path_hex"].as_str()), (Some(path), hex));
            assert_eq!(complaints(&value), [""; 0]);
        }
    }

    #[test]
    fn the_json_is_versioned() {
        let mut out = Vec::new();
        json(&all(), &mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(complaints(&value), [""; 0]);
        assert_eq!(value["schema"], "ci-guard/doctor-all/v1");
        assert_eq!(value["judged"], false);
        let rows = value["workspaces"].as_array().unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0]["diagnosis"]["hook"]["place"], "global");
        assert_eq!(rows[2]["error"], "git does not work");
    }
}
