//! The house checks itself: floors, promises that are written as absences, and that no file of tests is forgotten.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rooms and what each may use (ARCHITECTURE.md, section "Floors").
const FLOORS: [(&str, &[&str]); 15] = [
    ("model", &[]),
    ("policy", &["model"]),
    ("guard", &["model", "policy"]),
    ("patch", &["model", "policy"]),
    ("triage", &["model", "policy"]),
    ("verdict", &["model"]),
    ("retry", &["model", "triage", "verdict"]),
    ("audit", &["model"]),
    ("agent", &["model"]),
    ("output", &["model", "policy"]),
    ("git", &["model"]),
    ("store", &["model"]),
    ("system", &["model"]),
    (
        "ops",
        &[
            "model", "policy", "guard", "patch", "triage", "verdict", "retry", "audit", "agent", "output", "git",
            "store", "system",
        ],
    ),
    (
        "cli",
        &[
            "model", "policy", "guard", "patch", "triage", "verdict", "retry", "audit", "agent", "output", "git",
            "store", "system", "ops",
        ],
    ),
];

/// The only steps aside: both read the environment, which has one door.
const ASIDE: [(&str, &str); 2] = [("src/git/command.rs", "system"), ("src/git/repo.rs", "system")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A source file's code: without comments, and without its tests, which may reach anywhere.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn named(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/")
}

#[test]
fn every_room_looks_down_only() {
    let rooms: BTreeSet<String> = std::fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(rooms, FLOORS.iter().map(|(room, _)| (*room).to_owned()).collect(), "FLOORS lists every room");
    let mut wrong = Vec::new();
    for (room, below) in FLOORS {
        for file in files_below(&root().join("src").join(room), ".rs") {
            let (name, code) = (named(&file), code(&file));
            for (other, _) in FLOORS {
                let allowed = other == room || below.contains(&other) || ASIDE.contains(&(name.as_str(), other));
                if !allowed && code.contains(&format!("crate::{other}")) {
                    wrong.push(format!("{name} uses {other}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn pure_rooms_and_foreign_types_stay_where_they_belong() {
    let absent = |folder: &str, words: &[&str], except: &[&str]| -> Vec<String> {
        let files = files_below(&root().join("src").join(folder), ".rs");
        let outside = files.iter().filter(|file| !except.iter().any(|except| named(file).starts_with(except)));
        let hits = outside.flat_map(|file| {
            let code = code(file);
            words.iter().filter(move |word| code.contains(**word)).map(move |word| format!("{}: {word}", named(file)))
        });
        hits.collect()
    };
    let none = Vec::<String>::new();
    let world = ["std::fs", "std::net", "std::env", "std::process", "SystemTime", "Instant::now", "thread::spawn"];
    for pure in ["model", "policy", "guard", "patch", "triage", "verdict", "retry", "audit", "agent", "output"] {
        assert_eq!(absent(pure, &world, &[]), none);
    }
    // One function over names, which git's own list of bad ones stands behind.
    let gix = ["src/git/", "src/patch/rules/path_dotgit.rs"];
    assert_eq!(absent("", &["gix::", "gix_", "use gix"], &gix), none, "gix is known to the git door only");
    assert_eq!(absent("", &["clap::", "clap_"], &["src/cli/"]), none, "clap is known to the command line only");
    assert_eq!(absent("", &["tree_sitter"], &["src/agent/command/"]), none, "the shell's grammar has one room");
    let databases = ["rusqlite", "postgres::", "rustls"];
    assert_eq!(absent("", &databases, &["src/store/"]), none, "databases are known to the store only");
    assert_eq!(absent("model", &["serde"], &[]), none, "nouns have no wire format");
    assert_eq!(absent("", &["println!(", "eprintln!(", "print!(", "eprint!("], &[]), none, "streams have one door");
    assert_eq!(
        absent("", &["Command::new("], &["src/git/command.rs", "src/system/program.rs", "src/system/attempt/"]),
        none
    );
}

#[test]
fn every_file_says_what_it_is() {
    for file in files_below(&root().join("src"), ".rs").into_iter().chain(files_below(&root().join("tests"), ".rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("//! "), "{} opens with a paragraph about itself", named(&file));
        assert!(text.lines().count() <= 700, "{} has a second concept inside", named(&file));
    }
}

#[test]
fn no_test_file_is_forgotten() {
    let main = std::fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    for file in std::fs::read_dir(root().join("tests/it")).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "tests/it/main.rs declares {name}");
    }
}

#[test]
fn what_is_installed_from_here_is_plain_posix_and_short() {
    for script in std::fs::read_dir(root().join("hooks")).unwrap() {
        let path = script.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#!/bin/sh\n") && !text.contains('\r'), "{}", named(&path));
        assert!(text.lines().count() <= 36, "{} is short enough to be read at a glance", named(&path));
    }
}
