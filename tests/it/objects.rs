//! The reader of objects: whatever git can read, in whatever shape a repository keeps it, we read the same.

use crate::support::{Repo, Sandbox, feed};
use ci_guard::git::objects::{Kind, ObjectStore};
use ci_guard::model::Oid;
use gix::hash::Kind::{Sha1, Sha256};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

/// Every object that git knows here, with its type and content.
pub(crate) fn all_objects(repo: &Repo<'_>) -> Vec<(Oid, String, Vec<u8>)> {
    let output = repo.command("git").args(["cat-file", "--batch", "--batch-all-objects"]).output().unwrap();
    let (mut rest, mut line, mut objects) = (&output.stdout[..], String::new(), Vec::new());
    while rest.read_line(&mut line).unwrap() > 0 {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut content = vec![0; words[2].parse().unwrap()];
        rest.read_exact(&mut content).unwrap();
        rest.read_exact(&mut [0]).unwrap();
        objects.push((Oid::from_hex(words[0].as_bytes()).unwrap(), words[1].to_owned(), content));
        line.clear();
    }
    objects
}

pub(crate) fn folder(repo: &Repo<'_>) -> PathBuf {
    repo.dir.join(repo.git(&["rev-parse", "--git-path", "objects"]))
}

pub(crate) fn store(repo: &Repo<'_>) -> ObjectStore {
    let hash = if repo.git(&["rev-parse", "--show-object-format"]) == "sha256" { Sha256 } else { Sha1 };
    ObjectStore::open(&[folder(repo)], hash)
}

pub(crate) fn id(hex: &str) -> Oid {
    Oid::from_hex(hex.as_bytes()).unwrap()
}

#[track_caller]
fn assert_read_as_git_reads(repo: &Repo<'_>) {
    let objects = all_objects(repo);
    assert!(!objects.is_empty());
    let store = store(repo);
    let mut reader = store.reader();
    for (id, kind, content) in objects {
        assert!(reader.contains(&id));
        let object = reader.find(&id).unwrap().unwrap_or_else(|| panic!("{kind} {id} was not found"));
        assert_eq!((object.kind.to_string(), object.data), (kind, &content[..]), "{id}");
    }
}

/// A history of one growing file, all of it loose.
pub(crate) fn history(repo: &Repo<'_>, commits: usize) {
    import(repo, commits, &["-c", "fastimport.unpackLimit=100000", "fast-import", "--quiet"]);
}

/// The same in one pack, with a chain of 50 deltas.
pub(crate) fn deep_history(repo: &Repo<'_>) {
    import(repo, 60, &["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--depth=50"]);
    let index = &files(&folder(repo), ".idx")[0];
    assert!(repo.git(&["verify-pack", "-v", index.to_str().unwrap()]).contains("chain length = 50"));
}

fn import(repo: &Repo<'_>, commits: usize, program: &[&str]) {
    let (mut text, mut stream) = (String::new(), String::new());
    for number in 0..commits {
        (0..40).for_each(|line| text.push_str(&format!("{number} has line {line}, which is like no other\n")));
        stream.push_str("commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 1\nx\n");
        stream.push_str(&format!("M 100644 inline grows.txt\ndata {}\n{text}\n", text.len()));
        stream.push_str(&format!("M 100644 inline d/e/{number}\ndata 6\nsmall\n\n"));
    }
    stream.push_str("tag v1\nfrom refs/heads/main\ntagger A <a@example.org> 1700000000 +0000\ndata 1\nx\n");
    let imported = feed(repo.command("git").args(program), stream.as_bytes());
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    repo.git(&["reset", "-q", "--hard"]);
}

/// The files in a folder's `pack` with this ending.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder.join("pack")).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_str().unwrap().ends_with(ending)).collect()
}

#[test]
fn loose_and_packed_of_both_hashes() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo_with("r", &[&format!("--object-format={format}")]);
        history(&repo, 20);
        assert_read_as_git_reads(&repo);
        repo.git(&["repack", "-qadf"]);
        assert_read_as_git_reads(&repo);
        repo.commit("one more", &[("grows.txt", "packed and loose together\n")]);
        assert_read_as_git_reads(&repo);
        let deep = sandbox.repo_with("deep", &[&format!("--object-format={format}")]);
        deep_history(&deep);
        assert_read_as_git_reads(&deep);
    }
}

#[test]
fn deltas_that_name_their_base() {
    let sandbox = Sandbox::new();
    let (repo, other) = (sandbox.repo("r"), sandbox.repo("other"));
    history(&repo, 12);
    // Without --delta-base-offset, pack-objects names bases by id; --thin leaves out those that the other side has.
    for (revisions, fix) in [("HEAD~4\n", &[][..]), ("HEAD\n^HEAD~4\n", &["--fix-thin"])] {
        let mut pack = repo.command("git");
        let pack = pack.args(["pack-objects", "-q", "--revs", "--thin", "--stdout", "--no-reuse-delta"]);
        let pack = pack.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = pack.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), revisions.as_bytes()).unwrap();
        let packed = child.wait_with_output().unwrap().stdout;
        let indexed = feed(other.command("git").args(["index-pack", "--stdin"]).args(fix), &packed);
        assert_eq!(indexed.code, Some(0), "{}", indexed.stderr);
    }
    assert_read_as_git_reads(&other);
}

#[test]
fn alternates_of_alternates_in_a_circle() {
    let sandbox = Sandbox::new();
    let (first, second, third) = (sandbox.repo("first"), sandbox.repo("second"), sandbox.repo("third"));
    first.commit("first", &[("a", "a\n")]);
    second.commit("second", &[("b", "b\n")]);
    third.commit("third", &[("c", "c\n")]);
    let name = |repo: &Repo<'_>, text: &str| std::fs::write(folder(repo).join("info/alternates"), text).unwrap();
    std::fs::create_dir_all(folder(&third).join("info")).unwrap();
    std::fs::create_dir_all(folder(&second).join("info")).unwrap();
    std::fs::create_dir_all(folder(&first).join("info")).unwrap();
    name(&third, "# relative, as git allows\n../../../second/.git/objects\n/nowhere/at/all\n");
    name(&second, folder(&first).to_str().unwrap());
    assert_read_as_git_reads(&third);
    let store = store(&third);
    assert!(store.reader().find(&id(&first.rev("HEAD"))).unwrap().is_some());
    name(&first, folder(&third).to_str().unwrap());
    let circle = ObjectStore::open(&[folder(&third)], Sha1);
    assert!(circle.reader().find(&id(&first.rev("HEAD"))).unwrap().is_some());
}

#[test]
fn a_quarantine_in_front_of_the_real_folder() {
    let sandbox = Sandbox::new();
    let (repo, pushed) = (sandbox.repo("r"), sandbox.repo("pushed"));
    repo.commit("old", &[("a", "a\n")]);
    pushed.commit("new", &[("b", "b\n")]);
    let store = ObjectStore::open(&[folder(&pushed), folder(&repo), sandbox.path("missing")], Sha1);
    let mut reader = store.reader();
    for head in [repo.rev("HEAD"), pushed.rev("HEAD")] {
        assert_eq!(reader.find(&id(&head)).unwrap().unwrap().kind, Kind::Commit);
    }
}

#[test]
fn a_multi_pack_index_beside_the_others_and_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    for round in 0..3 {
        repo.commit("more", &[("a", &format!("round {round}\n").repeat(50))]);
        repo.git(&["repack", "-qd"]);
    }
    repo.git(&["multi-pack-index", "write"]);
    repo.commit("after it", &[("a", "not in the multi-pack-index\n")]);
    repo.git(&["repack", "-qd"]);
    assert_read_as_git_reads(&repo);
    let objects = all_objects(&repo);
    let head = id(&repo.rev("HEAD"));
    let covered = repo.git(&["rev-list", "--objects", "--no-object-names", "HEAD~1"]);
    files(&folder(&repo), ".idx").iter().for_each(|index| std::fs::remove_file(index).unwrap());
    let store = ObjectStore::open(&[folder(&repo)], Sha1);
    let mut reader = store.reader();
    for (id, _, content) in objects.iter().filter(|(id, _, _)| covered.contains(&id.to_string())) {
        assert_eq!(reader.find(id).unwrap().unwrap().data, content);
    }
    assert_eq!(reader.find(&head).unwrap(), None, "its index is gone");
}

#[test]
fn what_is_packed_anew_meanwhile_is_found() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    history(&repo, 5);
    let store = store(&repo);
    let mut reader = store.reader();
    let objects = all_objects(&repo);
    assert!(reader.find(&objects[0].0).unwrap().is_some());
    repo.git(&["repack", "-qad"]);
    for (id, _, content) in &objects {
        assert_eq!(reader.find(id).unwrap().unwrap().data, content);
    }
    let new = id(&repo.commit("new", &[("x", "x\n")]));
    repo.git(&["repack", "-qadf"]);
    assert!(reader.contains(&new));
    assert!(reader.find(&new).unwrap().is_some());
    assert!(store.reader().find(&new).unwrap().is_some());
}

#[test]
fn replacements_are_not_looked_at() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let (bad, clean) = (repo.commit("bad", &[("a", "bad\n")]), repo.commit("clean", &[("a", "clean\n")]));
    repo.git(&["replace", &format!("{bad}:a"), &format!("{clean}:a")]);
    repo.git(&["repack", "-qad"]);
    let blob = id(&repo.git(&["--no-replace-objects", "rev-parse", &format!("{bad}:a")]));
    assert_eq!(store(&repo).reader().find(&blob).unwrap().unwrap().data, b"bad\n");
}

#[test]
fn missing_is_none_and_so_is_an_id_of_the_other_hash() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    repo.commit("a", &[("a", "a\n")]);
    let store = store(&repo);
    let mut reader = store.reader();
    for missing in ["1".repeat(40), "0".repeat(40), "1".repeat(64)] {
        assert_eq!(reader.find(&id(&missing)).unwrap(), None);
        assert!(!reader.contains(&id(&missing)));
    }
    let nowhere = ObjectStore::open(&[sandbox.path("nowhere")], Sha1);
    assert_eq!(nowhere.reader().find(&id(&"1".repeat(40))).unwrap(), None);
}

#[test]
fn a_bad_copy_is_an_error_unless_there_is_a_good_one() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    history(&repo, 3);
    repo.git(&["repack", "-qad"]);
    let pack = &files(&folder(&repo), ".pack")[0];
    let mut bytes = std::fs::read(pack).unwrap();
    let end = bytes.len() - 20;
    bytes[12..end].fill(0xff);
    std::fs::remove_file(pack).unwrap(); // git made it read-only
    std::fs::write(pack, &bytes).unwrap();
    let blob = id(&repo.git(&["hash-object", "d/e/1"]));
    let bad = store(&repo);
    assert!(bad.reader().contains(&blob));
    let error = format!("{:#}", bad.reader().find(&blob).unwrap_err());
    assert!(error.starts_with(&format!("object {blob} is unreadable: ")), "{error}");
    let good = sandbox.repo("good");
    good.commit("the same content", &[("a", "small\n")]);
    let both = ObjectStore::open(&[folder(&repo), folder(&good)], Sha1);
    assert_eq!(both.reader().find(&blob).unwrap().unwrap().data, b"small\n");
}
