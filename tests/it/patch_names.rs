//! Names that git refuses to put into an index, with every protection on: the gate denies each of them, whatever its
//! bytes. Real git says which they are.

use crate::support::{Repo, Sandbox};
use bstr::BString;
use ci_guard::model::{Code, Effect, Entry, FileChange, Oid, PolicyUse, Status};
use ci_guard::patch::{Ask, Change, Content, Edit, Facts, judge};
use ci_guard::policy::Scope;
use proptest::test_runner::{Config, TestRunner};
use std::io::Write;
use std::process::Stdio;

/// What odd names are made of.
const PIECES: &[&str] = &[
    ".git",
    ".GIT",
    "git~1",
    "GIT~1",
    "git~2",
    ".",
    "..",
    "/",
    "\\",
    " ",
    ":",
    "::$INDEX_ALLOCATION",
    "\u{200c}",
    "\u{feff}",
    "\u{206f}",
    "\u{202e}",
    ".gitmodules",
    "gitmod~1",
    "gi7eba~1",
    "gi7eb~12",
    ".g",
    "it",
    "modules",
    "a",
    "hooks",
    "~1",
];

/// Whether git takes this name into its index.
fn git_takes(repo: &Repo, path: &str, mode: u32) -> bool {
    let mut git = repo.command("git");
    git.args([
        "-c",
        "core.protectNTFS=true",
        "-c",
        "core.protectHFS=true",
        "update-index",
        "-z",
        "--add",
        "--index-info",
    ]);
    let mut child = git.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let line = format!("{mode:o} {} 0\t{path}\0", "1".repeat(40));
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{path:?}: {said}");
    let _ = std::fs::remove_file(repo.dir.join(".git/index"));
    // It passes over a name that it refuses, and says so.
    let refused = said.contains("Ignoring path");
    assert_eq!(refused, !said.is_empty(), "{path:?}: {said}");
    !refused
}

/// Whether the gate has something against the shape of this name.
fn gate_denies(path: &str, mode: u32) -> bool {
    let new = Entry { mode, id: Oid::from_bytes(&[0x11; 20]).unwrap() };
    let file = FileChange {
        path: BString::from(path),
        old_path: None,
        status: Status::Added,
        old: None,
        new: Some(new),
        size: 0,
        added: 0,
        deleted: 0,
        binary: false,
    };
    let facts = Facts {
        changes: vec![Change { file, edit: Edit::default(), old: Content::default(), new: Content::default() }],
        ..Facts::default()
    };
    let report = judge(&facts, &Scope::default(), &Ask::default(), PolicyUse::default(), "HEAD".into());
    let names = [Code::PathInvalid, Code::PathDotgit];
    report.objections.iter().any(|o| names.contains(&o.code) && o.effect == Effect::Deny)
}

#[test]
fn whatever_git_refuses_the_gate_denies() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let (mut refused, mut taken) = (0, 0);
    let names = proptest::collection::vec(proptest::sample::select(PIECES), 1..5);
    let modes = proptest::sample::select(&[0o100_644, 0o120_000][..]);
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&(names, modes), |(pieces, mode)| {
        let path = pieces.concat();
        if !git_takes(&repo, &path, mode) {
            proptest::prop_assert!(gate_denies(&path, mode), "git refuses {path:?} {mode:o}");
        }
        Ok(())
    });
    ran.unwrap();
    // The oracle itself: it refuses some of what is drawn, and takes some.
    for (path, mode) in PIECES.iter().flat_map(|piece| [(piece, 0o100_644), (piece, 0o120_000)]) {
        match git_takes(&repo, path, mode) {
            true => taken += 1,
            false => {
                refused += 1;
                assert!(gate_denies(path, mode), "git refuses {path:?} {mode:o}");
            }
        }
    }
    assert!(refused > 10 && taken > 10, "{refused} refused, {taken} taken");
    for path in ["src/a.rs", ".github/workflows/ci.yml", ".gitignore", "a b", "docs/größe.md"] {
        assert!(git_takes(&repo, path, 0o100_644) && !gate_denies(path, 0o100_644), "{path}");
    }
}
