//! Workspaces as a platform finds them: with names that no person would give, broken in every way, under a configuration that
//! git cannot read. The doctor says what it is, and its commands can be run.

use crate::machine::Machine;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const NAMES: [&[u8]; 7] =
    [b"a\tb", b"back\\tslash", b"esc\x1b[31mred", b"line\nend", b"it's $HOME", b"no\xfftext", "\u{202e}txt".as_bytes()];

/// The folder that a row of the report names.
fn folder(row: &serde_json::Value) -> PathBuf {
    let bytes = match row["path_hex"].as_str() {
        None => row["path"].as_str().unwrap().as_bytes().to_vec(),
        Some(hex) => {
            let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
        }
    };
    Path::new(OsStr::from_bytes(&bytes)).to_owned()
}

/// A shell that knows `$'...'`, if there is one.
fn shell() -> Option<&'static str> {
    let knows = |shell: &&str| {
        let said = std::process::Command::new(shell).args(["-c", r"printf %s $'\101'"]).output();
        said.is_ok_and(|said| said.stdout == b"A")
    };
    ["bash", "zsh", "ksh"].into_iter().find(knows)
}

#[test]
fn odd_names_can_be_opened_and_their_commands_run() {
    let machine = Machine::new();
    let work = machine.path("work");
    for name in NAMES {
        let path = work.join(OsStr::from_bytes(name));
        fs::create_dir_all(&path).unwrap();
        machine.git(&path, &["init", "-q"]);
    }
    let shell = shell().expect("bash, zsh or ksh");
    let answer = machine.doctor_all(&work);
    let rows = answer["workspaces"].as_array().unwrap();
    assert_eq!(rows.len(), NAMES.len());
    for row in rows {
        let folder = folder(row);
        assert!(NAMES.iter().any(|name| folder == work.join(OsStr::from_bytes(name))), "{row:#}");
        let command = row["diagnosis"]["problems"][0]["run"][0].as_str().unwrap();
        assert!(!command.contains(|c: char| c.is_control() || c == '\u{202e}'), "{command:?}");
        let path = format!("{}:/usr/bin:/bin", machine.path("bin").display());
        let ran = machine.command(shell, &machine.path("")).env("PATH", path).args(["-c", command]).output().unwrap();
        assert!(ran.status.success(), "{command}: {ran:?}");
        machine.doctor(&folder);
    }
    assert_eq!(machine.doctor_all(&work)["judged"], true);
}

#[test]
fn a_broken_repository_is_called_one() {
    let machine = Machine::new();
    let work = machine.path("work");
    type Break = fn(&Path);
    let ways: [(&str, Break, &str); 6] = [
        ("head", |git| fs::remove_file(git.join("HEAD")).unwrap(), "there is no HEAD"),
        ("objects", |git| fs::remove_dir_all(git.join("objects")).unwrap(), "there is no objects"),
        (
            "empty",
            |git| fs::remove_dir_all(git).and_then(|()| fs::create_dir(git)).unwrap(),
            "no HEAD, no objects, no refs",
        ),
        ("garbage", |git| fs::write(git.join("HEAD"), "?").unwrap(), "its HEAD or its config"),
        (
            "dead",
            |git| fs::remove_dir_all(git).and_then(|()| fs::write(git, "gitdir: /nowhere/at/all\n")).unwrap(),
            "leads to is not there, or broken",
        ),
        ("config", |git| fs::write(git.join("config"), "[core\n").unwrap(), "git cannot read line 1 of"),
    ];
    for (name, spoil, _) in &ways {
        machine.git(&machine.path(""), &["init", "-q", work.join(name).to_str().unwrap()]);
        spoil(&work.join(name).join(".git"));
    }
    let answer = machine.doctor_all(&work);
    for row in answer["workspaces"].as_array().unwrap() {
        let folder = folder(row);
        let (.., words) = ways.iter().find(|(name, ..)| folder == work.join(name)).unwrap();
        assert!(row["error"].as_str().unwrap().contains(words), "{row:#}");
        machine.ci_guard(&folder, &["doctor"]).says(2, &[words, "run: "]);
    }
    assert_eq!(answer["workspaces"].as_array().unwrap().len(), ways.len());
    let nowhere = machine.ci_guard(&work, &["doctor"]);
    nowhere.says(2, &["is not in a git repository; go into one"]);
}

#[test]
fn a_user_s_configuration_that_git_cannot_read_is_named_with_its_line() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    fs::write(machine.path("gitconfig"), "[user]\n\tname = A\n[core\n").unwrap();
    for args in [&["install", "--global"][..], &["install"], &["uninstall"], &["doctor"]] {
        let said = machine.ci_guard(&repo, args);
        said.says(2, &["git cannot read line 3 of", "gitconfig; so no git works there", "run: sed -n 3p '"]);
    }
}
