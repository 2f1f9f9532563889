//! `git apply` where it can do no harm: in a private repository beside the real one, whose objects it reads and to which
//! nothing is written.
//!
//! The private repository has a configuration of its own, so nothing that the real one configures is read at all: no
//! hooks, filters, attributes, replacements, remotes. It has no work tree either: the patch is applied to an index. All
//! that the real one may see of it is git's way to touch the time stamp of an object that it would write and finds there.
//! What a patch means is not known here, nor what is allowed; only what git makes of it.

mod written;

use super::command::{Answer, Git};
use super::objects::{Kind, ObjectStore};
use super::{Repo, trees};
use crate::model::{EntryKind, Oid, visible};
use anyhow::{Context, Result, bail, ensure};
use bstr::{BStr, ByteSlice, ByteVec};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::slice;
use std::time::Instant;
use tempfile::TempDir;

pub(super) use written::Trees;

/// The first git without a known way for a patch to write where it must not.
const OLDEST_GIT: [u32; 3] = [2, 40, 1];

/// How many of the files that git could not patch are looked at for content that is missing.
const LOOKED_AT: usize = 1000;

/// What came of a patch. The objects it made are gone when this is dropped.
pub struct Trial {
    /// What git said.
    pub verdict: Verdict,
    store: ObjectStore,
    _room: Room,
}

/// What git says to a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It applies, and this is the tree then; `None` for one that is empty.
    Applies(Option<Oid>),
    /// It does not; git's words, raw.
    Refused(Vec<u8>),
}

impl Trial {
    /// Apply `patch` to the tree `base` (`None`: to nothing), and be done by `deadline`.
    ///
    /// # Errors
    /// There is no git that can be trusted with it (2.40.1 or newer), objects are missing, or time is up: no verdict.
    pub fn run(repo: &Repo, base: Option<Oid>, patch: &[u8], deadline: Instant) -> Result<Trial> {
        let store = ObjectStore::open(&repo.object_dirs(), repo.hash());
        let room = Room::new(&store)?;
        let mut made = ObjectStore::open(slice::from_ref(&room.objects), repo.hash());
        fs::write(room.patch(), patch).with_context(|| room.not_written())?;
        let git = room.git()?;
        is_new_enough(&git, deadline)?;
        let ask = |args: &[&str]| git.ask_until(args, None, deadline);
        let base_name = base.map(|base| base.to_string());
        done(ask(&["read-tree", base_name.as_deref().unwrap_or("--empty")])?, "read the tree that the patch is for")?;
        let apply = |how: &[&str]| {
            git.ask_until(&[&["apply", "--cached"], how, &["-"]].concat(), Some(File::open(room.patch())?), deadline)
        };
        let answer = apply(&[])?;
        // At some faults git stops reading, applies what came before them and calls it a success.
        let complained = answer.stderr.lines().any(|line| line.starts_with(b"error: "));
        let verdict = if answer.code == Some(0) && complained {
            Verdict::Refused(answer.stderr)
        } else if answer.code == Some(0) {
            let (tree, trees) = written::trees(&room.git_dir.join("index"), repo.hash())?;
            made = made.with_trees(trees);
            Verdict::Applies(tree)
        } else {
            let said = judged(&store, base, answer)?;
            // What fails only when something is written does not fail because of the patch; but that a file cannot stand
            // where a folder does, git sees no sooner.
            let is_in_the_way = said.lines().any(|line| {
                line.starts_with(b"error: unable to add cache entry for ")
                    || line.starts_with(b"error: corrupt patch for submodule ")
            });
            let is_refused = is_in_the_way || apply(&["--check"])?.code != Some(0);
            ensure!(is_refused, "git could not write what the patch makes: {}", visible(said.trim_ascii()));
            Verdict::Refused(said)
        };
        Ok(Trial { verdict, store: made, _room: room })
    }

    /// The objects that it made, and those of the repository.
    pub fn store(&self) -> &ObjectStore {
        &self.store
    }
}

/// The private repository, in the system's folder for temporary files; it goes with this.
struct Room {
    folder: TempDir,
    git_dir: PathBuf,
    objects: PathBuf,
}

impl Room {
    fn new(store: &ObjectStore) -> Result<Room> {
        let folder = tempfile::Builder::new().prefix("ci-guard-patch-").tempdir();
        let folder = folder.context("a folder is needed to try the patch in, and could not be made")?;
        let git_dir = std::path::absolute(folder.path().join("git"))?;
        let room = Room { objects: git_dir.join("objects"), git_dir, folder };
        room.furnish(store).with_context(|| room.not_written())?;
        Ok(room)
    }

    fn furnish(&self, store: &ObjectStore) -> std::io::Result<()> {
        for folder in [self.nowhere(), self.git_dir.join("refs"), self.objects.join("info")] {
            fs::create_dir_all(folder)?;
        }
        fs::write(self.git_dir.join("HEAD"), "ref: refs/heads/none\n")?;
        fs::write(self.git_dir.join("config"), configuration(store.hash()))?;
        let alternates: Vec<u8> = store.folders().iter().flat_map(|folder| alternate(folder)).collect();
        fs::write(self.objects.join("info/alternates"), alternates)
    }

    /// An empty folder to work in.
    fn nowhere(&self) -> PathBuf {
        self.folder.path().join("nowhere")
    }

    fn patch(&self) -> PathBuf {
        self.folder.path().join("patch")
    }

    fn git(&self) -> Result<Git> {
        Ok(Git::new(self.nowhere())?.shut_in_with(&self.git_dir))
    }

    fn not_written(&self) -> String {
        format!(
            "the patch could not be tried in {}, which cannot be written",
            visible(Vec::from_path_lossy(self.folder.path()))
        )
    }
}

/// All the configuration there is: what a patch means must not depend on where it is judged. What it makes is thrown
/// away, so it is neither compressed nor brought to the disk with care.
fn configuration(hash: gix::hash::Kind) -> String {
    let (version, format) = match hash {
        gix::hash::Kind::Sha1 => (0, String::new()),
        other => (1, format!("[extensions]\n\tobjectFormat = {other}\n")),
    };
    format!(
        "[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n\tfileMode = true\n\tsymlinks = true\n\
         \tignoreCase = false\n\tprotectHFS = true\n\tprotectNTFS = true\n\tcompression = 0\n\tlooseCompression = 0\n\
         \tfsync = none\n\tfsmonitor = false\n\tuntrackedCache = false\n\thooksPath = {null}\n\
         \tattributesFile = {null}\n{format}\
         [apply]\n\twhitespace = nowarn\n\tignoreWhitespace = no\n\
         [index]\n\tskipHash = true\n\
         [gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n",
        null = super::command::NOTHING,
    )
}

/// A line of `objects/info/alternates`, quoted as in C: a folder's name may hold anything.
fn alternate(folder: &Path) -> Vec<u8> {
    let name = Vec::from_path_lossy(folder);
    // Windows has a spelling of its own for paths that were resolved, which git does not read.
    let name = name.strip_prefix(br"\\?\").unwrap_or(&name);
    let mut line = vec![b'"'];
    for &byte in name {
        match byte {
            b'"' | b'\\' => line.extend([b'\\', byte]),
            0..0x20 | 0x7f.. => line.extend(format!("\\{byte:03o}").into_bytes()),
            _ => line.push(byte),
        }
    }
    line.extend(b"\"\n");
    line
}

fn is_new_enough(git: &Git, deadline: Instant) -> Result<()> {
    let said = git.ask_until(&["version"], None, deadline)?.stdout;
    let [major, minor, patch] = OLDEST_GIT;
    let wanted =
        format!("a patch is only tried with git {major}.{minor}.{patch} or newer: older ones can be led astray by it");
    match version(&said) {
        None => bail!("{wanted}; what this git is, it does not say ({}). Install another", visible(said.trim_ascii())),
        Some(found) if found < OLDEST_GIT => {
            bail!("{wanted}; this is {}. Install a newer one", visible(said.trim_ascii()))
        }
        Some(_) => Ok(()),
    }
}

/// The numbers in `git version 2.47.3`, which may go on in many ways.
fn version(said: &[u8]) -> Option<[u32; 3]> {
    let said = said.strip_prefix(b"git version ")?.trim_ascii().to_str().ok()?;
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().ok());
    Some([numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)])
}

/// That a step was done which fails for no fault of the patch.
fn done(answer: Answer, what: &str) -> Result<Answer> {
    ensure!(answer.code == Some(0), "git could not {what}: {}", last_words(&answer));
    Ok(answer)
}

/// git's words, when they are its judgement of the patch, and no excuse for not having one.
fn judged(store: &ObjectStore, base: Option<Oid>, answer: Answer) -> Result<Vec<u8>> {
    let lines = || answer.stderr.lines();
    // git dies of what is around it; of a patch, it says that there is an error.
    let died =
        !matches!(answer.code, Some(1 | 128)) || lines().next_back().is_none_or(|line| line.starts_with(b"fatal: "));
    ensure!(!died, "git could not try the patch: {}", last_words(&answer));
    let mut reader = store.reader();
    for line in lines().take(LOOKED_AT) {
        let Some(said) = line.strip_prefix(b"error: ") else { continue };
        let unread = said.strip_prefix(b"failed to read ");
        let named = said.rfind(": ").map(|end| &said[..end]);
        for path in unread.into_iter().chain(named) {
            let entry =
                base.and_then(|base| trees::entry_of(&mut reader, store.hash(), base, path.as_bstr()).transpose());
            let Some(entry) =
                entry.transpose()?.filter(|entry| matches!(entry.kind(), EntryKind::Regular | EntryKind::Symlink))
            else {
                continue;
            };
            let found = reader.find(&entry.id).with_context(|| no_content(path.as_bstr()))?;
            ensure!(
                found.is_some_and(|object| object.kind == Kind::Blob),
                "{}: it is not in this repository",
                no_content(path.as_bstr())
            );
        }
        ensure!(unread.is_none(), "git could not try the patch: {}", visible(line));
    }
    Ok(answer.stderr)
}

fn no_content(path: &BStr) -> String {
    format!(
        "whether the patch applies cannot be told without the content of {}; in a partial clone, `git fetch --refetch --no-filter` brings it",
        visible(path)
    )
}

fn last_words(answer: &Answer) -> String {
    match (answer.code, answer.stderr.trim_ascii()) {
        (None, _) => "it was killed".to_owned(),
        (Some(code), []) => format!("it ended with exit code {code} and said nothing"),
        (Some(_), said) => visible(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_however_they_go_on() {
        for (said, want) in [
            ("git version 2.47.3\n", Some([2, 47, 3])),
            ("git version 2.39.5 (Apple Git-154)\n", Some([2, 39, 5])),
            ("git version 2.40.1.windows.1\n", Some([2, 40, 1])),
            ("git version 2.55.0.rc1.12.g1a3e64c6\n", Some([2, 55, 0])),
            ("git version 2.54.GIT\n", Some([2, 54, 0])),
            ("git version 3\n", None),
            ("git version two\n", None),
            ("hub version 2.47.3\n", None),
            ("", None),
        ] {
            assert_eq!(version(said.as_bytes()), want, "{said}");
        }
        for (version, is_old) in [([2, 40, 0], true), ([2, 39, 9], true), ([2, 40, 1], false), ([3, 0, 0], false)] {
            assert_eq!(version < OLDEST_GIT, is_old, "{version:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn git_reads_alternates_as_they_were_meant() {
        for name in ["/a/b", "/a b:c", "/quo\"te\\", "/#", "/line\nend\ttab\u{7f}", "/ö"] {
            let line = alternate(Path::new(name));
            assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1, "{name:?}");
            let read = gix::odb::alternate::parse(&line).unwrap();
            assert_eq!(read, [PathBuf::from(name)]);
        }
    }

    #[test]
    fn the_room_goes_with_its_owner() {
        let store = ObjectStore::open(&[], gix::hash::Kind::Sha256);
        let room = Room::new(&store).unwrap();
        let folder = room.folder.path().to_owned();
        assert!(folder.join("git/HEAD").is_file() && folder.is_absolute());
        drop(room);
        assert!(!folder.exists());
    }
}
