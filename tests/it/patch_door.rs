//! The door of the patch gate: what git makes of a patch, in every kind of repository and in spite of anything that one
//! configures; and trees and texts side by side, as git itself compares them.

use crate::support::{Repo, Sandbox, feed, make_executable};
use bstr::{BString, ByteSlice};
use ci_guard::git::Repo as Opened;
use ci_guard::git::apply::{Trial, Verdict};
use ci_guard::git::difference::{Changed, difference};
use ci_guard::git::names::{links_on_the_way, names_in};
use ci_guard::git::objects::ObjectStore;
use ci_guard::model::{Entry, Oid};
use ci_guard::patch::lines::compare;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn id(hex: &str) -> Oid {
    Oid::from_hex(hex.as_bytes()).unwrap()
}

fn try_patch(folder: &Path, base: Option<&str>, patch: &str) -> anyhow::Result<Trial> {
    let repo = Opened::open(folder).unwrap();
    Trial::run(&repo, base.map(id), patch.as_bytes(), Instant::now() + Duration::from_secs(60))
}

/// What a patch does, as `path: old -> new` with modes, or `refused: ` and the first line of git's words.
fn effect(folder: &Path, base: Option<&str>, patch: &str) -> Vec<String> {
    let trial = try_patch(folder, base, patch).unwrap();
    match &trial.verdict {
        Verdict::Refused(said) => vec![format!("refused: {}", said.lines().next().unwrap().as_bstr())],
        Verdict::Applies(tree) => {
            let found = difference(trial.store(), *tree, &[base.map(id)]);
            assert!(found.unreadable.is_empty() && !found.cut_off);
            let mode = |entry: &Option<Entry>| entry.map_or("nothing".to_owned(), |entry| format!("{:o}", entry.mode));
            let show =
                |change: &Changed| format!("{}: {} -> {}", change.path, mode(&change.olds[0]), mode(&change.new));
            found.changes.iter().map(show).collect()
        }
    }
}

/// A patch as git writes it for the step from one revision to another.
fn patch_between(repo: &Repo<'_>, old: &str, new: &str) -> String {
    repo.git(&["diff", "--binary", "--full-index", "--no-renames", old, new]) + "\n"
}

fn create(path: &str) -> String {
    format!("diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+new\n")
}

/// A base with a file, a program, a link, folders; and a tip where something of everything changes.
fn story(repo: &Repo<'_>) -> (String, String) {
    let deep: Vec<_> = (0..30).map(|number| (format!("deep/{}/{number}", number % 3), format!("{number}\n"))).collect();
    let deep: Vec<_> = deep.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    std::os::unix::fs::symlink("file", repo.dir.join("link")).unwrap();
    repo.write(&deep);
    let base =
        repo.commit("base", &[("file", "1\n2\n3\n"), ("program", "run\n"), ("gone/file", "old\n"), ("x", "a file\n")]);
    std::fs::remove_dir_all(repo.dir.join("gone")).unwrap();
    std::fs::remove_file(repo.dir.join("x")).unwrap();
    make_executable(&repo.dir.join("program"));
    std::fs::write(repo.dir.join("binary"), b"\0\x01\x02").unwrap();
    let tip =
        repo.commit("tip", &[("file", "1\n2\n4\n"), ("x/y", "a folder\n"), ("deep/1/1", "one\n"), ("ö \"q\"", "\n")]);
    (base, tip)
}

const STORY: [&str; 8] = [
    "binary: nothing -> 100644",
    "deep/1/1: 100644 -> 100644",
    "file: 100644 -> 100644",
    "gone/file: 100644 -> nothing",
    "program: 100644 -> 100755",
    "x: 100644 -> nothing",
    "x/y: nothing -> 100644",
    "ö \"q\": nothing -> 100644",
];

#[test]
fn a_patch_does_in_any_repository_what_git_says_and_leaves_the_same_tree() {
    let sandbox = Sandbox::new();
    for (name, options) in [
        ("plain", &[][..]),
        ("with: colon, \"quotes\" and\nline", &[]),
        ("sha256", &["--object-format=sha256"]),
        ("reftable", &["--ref-format=reftable"]),
    ] {
        let try_init = sandbox.command("git").args(["init", "-q"]).args(options).arg(sandbox.path("try")).output();
        if !try_init.unwrap().status.success() {
            eprintln!("skipped: this git knows nothing of {name}");
            continue;
        }
        std::fs::remove_dir_all(sandbox.path("try")).unwrap();
        let repo = sandbox.repo_with(name, options);
        let (base, tip) = story(&repo);
        let patch = patch_between(&repo, &base, &tip);
        let (old, new) = (repo.rev(&format!("{base}^{{tree}}")), repo.rev(&format!("{tip}^{{tree}}")));
        repo.git(&["worktree", "add", "-q", "--detach", "../worktree", &base]);
        repo.git(&["clone", "-q", "--bare", ".", "../bare"]);
        let (bare, shared) = (sandbox.path("bare"), sandbox.path("shared"));
        repo.git(&["clone", "-q", "--shared", "--no-checkout", bare.to_str().unwrap(), shared.to_str().unwrap()]);
        for place in [
            repo.dir.clone(),
            repo.dir.join("deep/1"),
            sandbox.path("worktree"),
            sandbox.path("bare"),
            sandbox.path("shared"),
        ] {
            assert_eq!(effect(&place, Some(&old), &patch), STORY, "{name} {}", place.display());
            let trial = try_patch(&place, Some(&old), &patch).unwrap();
            assert_eq!(trial.verdict, Verdict::Applies(Some(id(&new))), "{name} {}", place.display());
        }
        for copy in ["worktree", "bare", "shared"] {
            std::fs::remove_dir_all(sandbox.path(copy)).unwrap();
        }
        // From nothing, and to nothing.
        let empty = repo.git(&["hash-object", "-t", "tree", "/dev/null"]);
        let all = repo.git(&["diff", "--binary", "--full-index", &empty, &new]) + "\n";
        assert_eq!(try_patch(&repo.dir, None, &all).unwrap().verdict, Verdict::Applies(Some(id(&new))));
        let nothing = repo.git(&["diff", "--binary", "--full-index", &new, &empty]) + "\n";
        assert_eq!(try_patch(&repo.dir, Some(&new), &nothing).unwrap().verdict, Verdict::Applies(None));
    }
}

#[test]
fn what_git_refuses_is_refused_in_its_words() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let base = repo.commit("base", &[("file", "1\n"), ("folder/file", "1\n")]);
    std::os::unix::fs::symlink("folder", repo.dir.join("link")).unwrap();
    repo.commit("link", &[]);
    let tree = repo.rev("HEAD^{tree}");
    let change = |path: &str, old: &str| format!("--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}\n+2\n");
    for (patch, want) in [
        (change("file", "0"), "refused: error: patch failed: file:1"),
        (change("none", "1"), "refused: error: none: does not exist in index"),
        (String::new(), "refused: error: No valid patches in input (allow with \"--allow-empty\")"),
        ("no patch\n".into(), "refused: error: No valid patches in input (allow with \"--allow-empty\")"),
        (change("file", "1").replace("@@ -1 +1", "@@ -1,9 +1,9"), "refused: error: corrupt patch at line 6"),
        (create("file"), "refused: error: file: already exists in index"),
        (create("../file"), "refused: error: invalid path '../file'"),
        (create(".GIT/config"), "refused: error: invalid path '.GIT/config'"),
        (create(".g\u{200c}it/config"), "refused: error: invalid path '.g\u{200c}it/config'"),
        (create("git~1/config"), "refused: error: invalid path 'git~1/config'"),
        (create("link/file2"), "refused: error: affected file 'link/file2' is beyond a symbolic link"),
        // git notices these only when it writes, where it would also notice a full disk.
        (create("file/below"), "refused: error: 'file/below' appears as both a file and as a directory"),
        (create("folder"), "refused: error: 'folder' appears as both a file and as a directory"),
    ] {
        let said = effect(&repo.dir, Some(&tree), &patch);
        let known = said == [want] || said[0].replace("--allow-empty", "").contains("corrupt patch");
        assert!(known, "{patch}\n{said:?}");
    }
    // What stands in a file of another name, or was asked for another revision, makes no difference.
    assert_eq!(
        effect(&repo.dir, Some(&repo.rev(&format!("{base}^{{tree}}"))), &create("link/file2")),
        ["link/file2: nothing -> 100644"]
    );
}

#[test]
fn what_cannot_be_judged_is_no_refusal() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    repo.commit("base", &[("damaged", "1\n"), ("missing", "2\n"), ("there", "3\n"), ("folder/file", "4\n")]);
    std::os::unix::fs::symlink("nowhere", repo.dir.join("link")).unwrap();
    repo.commit("link", &[]);
    let tree = repo.rev("HEAD^{tree}");
    let file = |path: &str| {
        let id = repo.rev(&format!("HEAD:{path}"));
        repo.dir.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))
    };
    let change = |path: &str, old: &str| format!("--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{old}\n+9\n");
    let link = "diff --git a/link b/link\ndeleted file mode 120000\n--- a/link\n+++ /dev/null\n@@ -1 +0,0 @@\n-nowhere\n\\ No newline at end of file\n";
    let fault =
        |tree: &str, patch: &str| format!("{:#}", try_patch(&repo.dir, Some(tree), patch).map(|_| ()).unwrap_err());
    for path in ["missing", "link"] {
        std::fs::remove_file(file(path)).unwrap();
    }
    let damaged = file("damaged");
    std::fs::remove_file(&damaged).unwrap();
    std::fs::write(&damaged, b"\x78\x01nonsense").unwrap();
    for (patch, words) in [
        (change("missing", "2"), "without the content of missing"),
        (change("missing", "other"), "without the content of missing"),
        (change("there", "3") + &change("missing", "2"), "without the content of missing"),
        (link.to_owned(), "without the content of link"),
        (change("damaged", "1"), "is corrupt"),
    ] {
        assert!(fault(&tree, &patch).contains(words), "{patch}\n{}", fault(&tree, &patch));
    }
    // What is missing elsewhere is no excuse.
    assert_eq!(effect(&repo.dir, Some(&tree), &change("there", "3")), ["there: 100644 -> 100644"]);
    assert_eq!(effect(&repo.dir, Some(&tree), &change("there", "other")), ["refused: error: patch failed: there:1"]);
    // A tree that is not there, in whole or in part.
    assert!(fault(&"1".repeat(40), &create("a")).contains("read the tree"));
    std::fs::remove_file(file("folder")).unwrap();
    assert!(fault(&tree, &create("a")).contains("read the tree"));
    // Time.
    let opened = Opened::open(&repo.dir).unwrap();
    let late = Trial::run(&opened, None, create("a").as_bytes(), Instant::now());
    assert!(format!("{:#}", late.map(|_| ()).unwrap_err()).contains("was stopped"));
}

/// Every file below a folder, with its content.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            files.insert(path.clone(), Vec::new());
            files.extend(snapshot(&path));
        } else if let Ok(content) = std::fs::read(&path) {
            files.insert(path, content);
        }
    }
    files
}

#[test]
fn nothing_that_a_repository_configures_is_run_or_heeded_and_nothing_in_it_is_touched() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let base = repo.commit(
        "base",
        &[
            ("file", "1\n"),
            ("more", "2\n"),
            (".gitattributes", "* filter=evil diff=evil text eol=crlf working-tree-encoding=ISO-8859-1\n"),
        ],
    );
    let trace = sandbox.path("trace");
    let script = repo.dir.join(".git/evil");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >>'{}'\ncat\n", trace.display())).unwrap();
    make_executable(&script);
    let script = script.to_str().unwrap();
    std::fs::create_dir(repo.dir.join(".git/evil-hooks")).unwrap();
    for hook in ["post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"] {
        std::fs::copy(script, repo.dir.join(".git/evil-hooks").join(hook)).unwrap();
    }
    for key in [
        "core.fsmonitor",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "core.sshCommand",
        "core.askPass",
        "core.pager",
        "core.editor",
        "core.alternateRefsCommand",
        "gpg.program",
        "uploadpack.packObjectsHook",
        "merge.evil.driver",
        "credential.helper",
    ] {
        repo.git(&["config", key, script]);
    }
    for (key, value) in [
        ("core.hooksPath", repo.dir.join(".git/evil-hooks").to_str().unwrap()),
        ("alias.apply", &format!("!{script}")),
        ("alias.read-tree", &format!("!{script}")),
        ("remote.evil.url", "ssh://evil.example.org/x"),
        ("remote.evil.promisor", "true"),
        ("extensions.partialClone", "evil"),
        ("core.repositoryFormatVersion", "1"),
        ("apply.whitespace", "error"),
        ("apply.ignoreWhitespace", "change"),
        ("core.attributesFile", "/dev/null"),
        ("core.worktree", "/"),
        ("trace2.eventTarget", trace.to_str().unwrap()),
    ] {
        repo.git(&["config", key, value]);
    }
    // Another file stands in for the real one, and what a replacement hides is there.
    let other = feed(repo.command("git").args(["hash-object", "-w", "--stdin"]), b"0\n").stdout;
    repo.git(&[
        "update-ref",
        &format!("refs/replace/{}", repo.git(&["rev-parse", &format!("{base}:file")])),
        other.trim(),
    ]);
    std::fs::write(repo.dir.join(".git/info/attributes"), "* -text filter=evil whitespace=trailing-space\n").unwrap();
    let _ = std::fs::remove_file(&trace);

    let before = snapshot(&repo.dir);
    let tree = repo.git(&["--git-dir=.git", "--work-tree=.", "rev-parse", &format!("{base}^{{tree}}")]);
    let tree = Some(id(&tree));
    let changed = "--- a/file\n+++ b/file\n@@ -1 +1,2 @@\n-1\n+trailing space \n+2\n";
    let opened = Opened::open(&repo.dir.join(".git")).unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    for (patch, applies) in [(changed, true), (&changed.replace("-1", "-0"), false), (&create("new"), true)] {
        let trial = Trial::run(&opened, tree, patch.as_bytes(), deadline).unwrap();
        assert_eq!(matches!(trial.verdict, Verdict::Applies(_)), applies, "{patch} {:?}", trial.verdict);
        drop(trial);
        assert!(!trace.exists(), "{}", std::fs::read_to_string(&trace).unwrap());
        assert!(snapshot(&repo.dir) == before, "the repository is as it was");
    }
    repo.git(&["--git-dir=.git", "read-tree", "HEAD"]);
    assert!(trace.exists(), "here, git does run what is configured");
}

/// Random numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.roll(from.len() as u64) as usize]
    }
}

type Flat = BTreeMap<String, (u32, Oid)>;

const MODES: [u32; 8] = [0o100_644, 0o100_644, 0o100_644, 0o100_755, 0o100_664, 0o120_000, 0o160_000, 0o100_600];

/// Change a few paths of a tree; none of them is in the way of another.
fn mutate(dice: &mut Dice, flat: &Flat) -> Flat {
    let mut flat = flat.clone();
    for _ in 0..dice.roll(8) {
        let parts = ["a", "a-", "a.b", "b", "c"];
        let path: Vec<_> = (0..=dice.roll(3)).map(|_| dice.pick(&parts)).collect();
        let path = path.join("/");
        flat.retain(|other, _| {
            let below = |one: &str, other: &str| {
                one.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            !below(other, &path) && !below(&path, other)
        });
        if dice.roll(4) > 0 {
            let blob = Oid::from_bytes(&[dice.pick(&[1, 2, 3]); 20]).unwrap();
            flat.insert(path, (dice.pick(&MODES), blob));
        }
    }
    flat
}

/// The tree of these files; every tree object in it is added to `trees`.
fn plant(flat: &Flat, trees: &mut BTreeMap<Oid, Vec<u8>>) -> Option<Oid> {
    let mut entries: BTreeMap<Vec<u8>, (u32, String, Oid)> = BTreeMap::new();
    let mut folders: BTreeMap<&str, Flat> = BTreeMap::new();
    for (path, entry) in flat {
        match path.split_once('/') {
            Some((folder, rest)) => drop(folders.entry(folder).or_default().insert(rest.to_owned(), *entry)),
            None => drop(entries.insert(path.clone().into_bytes(), (entry.0, path.clone(), entry.1))),
        }
    }
    for (folder, below) in folders {
        let tree = plant(&below, trees).unwrap();
        entries.insert(format!("{folder}/").into_bytes(), (0o40_000, folder.to_owned(), tree));
    }
    let mut content = Vec::new();
    for (mode, name, id) in entries.values() {
        content.extend(format!("{mode:o} {name}\0").into_bytes());
        content.extend(id.as_bytes());
    }
    let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Tree, &content).unwrap();
    let id = Oid::from_bytes(id.as_slice()).unwrap();
    trees.insert(id, content);
    (!flat.is_empty()).then_some(id)
}

/// Store tree objects just as they are.
fn store_trees(repo: &Repo<'_>, trees: &BTreeMap<Oid, Vec<u8>>) -> ObjectStore {
    let folder = repo.sandbox.path("trees");
    std::fs::create_dir_all(&folder).unwrap();
    for (id, content) in trees {
        std::fs::write(folder.join(id.to_string()), content).unwrap();
    }
    let list: String = trees.keys().map(|id| format!("{}\n", folder.join(id.to_string()).display())).collect();
    let ended = feed(
        repo.command("git").args(["hash-object", "-t", "tree", "--literally", "-w", "--no-filters", "--stdin-paths"]),
        list.as_bytes(),
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout.lines().map(id).collect::<Vec<_>>(), trees.keys().copied().collect::<Vec<_>>());
    ObjectStore::open(&[repo.dir.join(".git/objects")], gix::hash::Kind::Sha1)
}

/// The mode as git makes it when it writes a folder.
fn tidy(mode: u32) -> u32 {
    match mode & 0o170_000 {
        0o100_000 if mode & 0o100 != 0 => 0o100_755,
        0o100_000 => 0o100_644,
        kind => kind,
    }
}

#[test]
fn trees_differ_as_git_says_and_from_several_as_is_promised() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let (mut dice, mut trees) = (Dice(7), BTreeMap::new());
    let mut all: Vec<(Flat, Option<Oid>)> = vec![(Flat::new(), None)];
    for _ in 0..70 {
        let from = dice.roll(all.len() as u64) as usize;
        let flat = mutate(&mut dice, &all[from].0);
        let tree = plant(&flat, &mut trees);
        all.push((flat, tree));
    }
    let empty = plant_empty(&mut trees);
    let store = store_trees(&repo, &trees);
    let mut seen = 0;
    for round in 0..400 {
        let olds: Vec<_> = (0..=dice.roll(3)).map(|_| dice.roll(all.len() as u64) as usize).collect();
        let (new_flat, new) = &all[dice.roll(all.len() as u64) as usize];
        let old_trees: Vec<_> = olds.iter().map(|&old| all[old].1).collect();
        let found = difference(&store, *new, &old_trees);
        assert!(found.unreadable.is_empty() && !found.cut_off);

        let entry = |entry: Option<&(u32, Oid)>| entry.map(|&(mode, id)| Entry { mode, id });
        let paths: BTreeSet<&String> = olds.iter().flat_map(|&old| all[old].0.keys()).chain(new_flat.keys()).collect();
        let changes = paths.into_iter().filter_map(|path| {
            let new = new_flat.get(path);
            let olds: Vec<_> = olds.iter().map(|&old| all[old].0.get(path)).collect();
            let is_kept = |old: &Option<&(u32, Oid)>| match (old, new) {
                (Some(old), Some(new)) => old == &new || old.1 == new.1 && tidy(old.0) == new.0,
                (old, new) => old.is_none() && new.is_none(),
            };
            let olds_here = olds.iter().map(|old| entry(*old)).collect();
            (!olds.iter().any(is_kept)).then(|| Changed {
                path: path.as_str().into(),
                new: entry(new),
                olds: olds_here,
            })
        });
        assert_eq!(found.changes, changes.collect::<Vec<_>>());
        seen += found.changes.len();

        if olds.len() == 1 && round < 200 {
            let name = |tree: Option<Oid>| tree.unwrap_or(empty).to_string();
            let git = repo.git(&[
                "diff-tree",
                "-r",
                "--raw",
                "-z",
                "--no-renames",
                "--no-abbrev",
                &name(old_trees[0]),
                &name(*new),
            ]);
            // git tidies modes before it compares.
            let ours = found.changes.iter().filter(|change| {
                let tidied = |entry: Option<Entry>| entry.map(|entry| (tidy(entry.mode), entry.id));
                tidied(change.new) != tidied(change.olds[0])
            });
            let ours: Vec<_> = ours.map(|change| (change.path.to_string(), change.olds[0], change.new)).collect();
            let fields: Vec<_> = git.split('\0').filter(|field| !field.is_empty()).collect();
            let gits: Vec<_> = fields.chunks(2).map(|pair| (pair[1].to_owned(), pair[0].to_owned())).collect();
            let raw = |entry: Option<Entry>| {
                entry.map_or(("000000".to_owned(), "0".repeat(40)), |entry| {
                    (format!("{:06o}", tidy(entry.mode)), entry.id.to_string())
                })
            };
            let mut ours: Vec<_> = ours
                .into_iter()
                .map(|(path, old, new)| (path, format!(":{} {} {} {}", raw(old).0, raw(new).0, raw(old).1, raw(new).1)))
                .collect();
            let mut gits: Vec<_> =
                gits.into_iter().map(|(path, raw)| (path, raw.rsplit_once(' ').unwrap().0.to_owned())).collect();
            ours.sort();
            gits.sort();
            assert_eq!(ours, gits);
        }
    }
    assert!(seen > 500, "{seen}");
}

fn plant_empty(trees: &mut BTreeMap<Oid, Vec<u8>>) -> Oid {
    plant(&Flat::new(), trees);
    *trees.iter().find(|(_, content)| content.is_empty()).unwrap().0
}

/// A tree object with these entries, just as they are.
fn raw_tree(repo: &Repo<'_>, entries: &[(&str, &str, &str)]) -> String {
    let mut content = Vec::new();
    for (mode, name, id) in entries {
        content.extend(format!("{mode} {name}\0").into_bytes());
        content.extend(Oid::from_hex(id.as_bytes()).unwrap().as_bytes());
    }
    repo.store("tree", &content)
}

#[test]
fn nothing_in_a_forged_tree_is_hidden() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let (one, two, three) = ("1".repeat(40), "2".repeat(40), "3".repeat(40));
    let below = raw_tree(&repo, &[("100644", "evil", &one)]);
    let plain = raw_tree(&repo, &[("100644", "a", &one), ("100644", "b", &one)]);
    let store = ObjectStore::open(&[repo.dir.join(".git/objects")], gix::hash::Kind::Sha1);
    let changes = |new: &str, old: &str| -> Vec<String> {
        let found = difference(&store, Some(id(new)), &[Some(id(old))]);
        let side = |entry: Option<Entry>| entry.map_or("-".into(), |entry| entry.id.to_string()[..1].to_owned());
        let show = |change: &Changed| format!("{} {}{}", change.path, side(change.olds[0]), side(change.new));
        found.changes.iter().map(show).chain(found.unreadable.iter().map(|_| "unreadable".to_owned())).collect()
    };
    for (entries, forth, back) in [
        // Out of order.
        (&[("100644", "b", &*one), ("100644", "a", &one)][..], &[][..], &[][..]),
        (&[("100644", "z", &one), ("100644", "b", &one), ("100644", "a", &two)], &["a 12", "z -1"], &["a 21", "z 1-"]),
        // A name twice, the same or another content, in either order.
        (&[("100644", "a", &one), ("100644", "a", &one), ("100644", "b", &one)], &[], &[]),
        (&[("100644", "a", &one), ("100644", "a", &two), ("100644", "b", &one)], &["a 12"], &["a 21"]),
        (&[("100644", "a", &three), ("100644", "a", &two), ("100644", "b", &one)], &["a 13", "a 12"], &["a 31"]),
        // A file and a folder of one name.
        (&[("100644", "a", &one), ("40000", "a", &below), ("100644", "b", &one)], &["a/evil -1"], &["a/evil 1-"]),
        // Names that git would not have.
        (
            &[
                ("100644", ".git", &one),
                ("40000", "..", &below),
                ("100644", "a", &one),
                ("100644", "b", &one),
                ("100644", "c/d", &one),
            ],
            &["../evil -1", ".git -1", "c/d -1"],
            &["../evil 1-", ".git 1-", "c/d 1-"],
        ),
        // What cannot be read has a name, and what is around it counts.
        (
            &[("100644", "a", &two), ("100644", "b", &one), ("40000", "c", &three)],
            &["a 12", "unreadable"],
            &["a 21", "unreadable"],
        ),
        (
            &[("100644", "a", &two), ("100644", "", &one)],
            &["a 12", "b 1-", "unreadable"],
            &["a 21", "b -1", "unreadable"],
        ),
        (
            &[("100644", "a", &two), ("1006x4", "b", &one)],
            &["a 12", "b 1-", "unreadable"],
            &["a 21", "b -1", "unreadable"],
        ),
    ] {
        let forged = raw_tree(&repo, entries);
        assert_eq!(changes(&forged, &plain), forth, "{entries:?}");
        assert_eq!(changes(&plain, &forged), back, "{entries:?}");
        assert_eq!(changes(&forged, &forged), [""; 0]);
    }
}

#[test]
fn a_small_tree_that_spells_out_endless_paths_ends_and_says_so() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let mut tree = raw_tree(&repo, &[("100644", "file", &"1".repeat(40))]);
    for _ in 0..30 {
        tree = raw_tree(&repo, &["a", "b", "c", "d"].map(|name| ("40000", name, tree.as_str())));
    }
    let store = ObjectStore::open(&[repo.dir.join(".git/objects")], gix::hash::Kind::Sha1);
    for (new, old) in [(Some(id(&tree)), None), (None, Some(id(&tree)))] {
        assert!(difference(&store, new, &[old]).cut_off);
    }
    assert!(!difference(&store, Some(id(&tree)), &[None, Some(id(&tree))]).cut_off);
}

#[test]
fn names_and_links_are_those_of_the_tree() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    for (link, target) in [("link", "a"), ("a-", "b"), ("deep/link", "..")] {
        std::fs::create_dir_all(repo.dir.join("deep")).unwrap();
        std::os::unix::fs::symlink(target, repo.dir.join(link)).unwrap();
    }
    repo.commit("all", &[("a/b/c", ""), ("a/b/D", ""), ("a/x", ""), ("a.b/c", ""), ("deep/er/file", "")]);
    let tree = Some(id(&repo.rev("HEAD^{tree}")));
    let store = ObjectStore::open(&[repo.dir.join(".git/objects")], gix::hash::Kind::Sha1);
    let folders = |folders: &[&str]| folders.iter().map(|folder| BString::from(*folder)).collect::<BTreeSet<_>>();
    let names = |wanted: &[&str]| {
        let found = names_in(&store, tree, &folders(wanted));
        found
            .into_iter()
            .map(|(folder, names)| format!("{folder}: {}", bstr::join(" ", names).as_bstr()))
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), [""; 0]);
    assert_eq!(names(&["", "a/", "a/b/"]), [": a- a.b a deep link", "a/: b x", "a/b/: D c"]);
    assert_eq!(
        names(&["a/b/", "none/", "a/x/", "link/", "a.b/"]),
        ["a.b/: c", "a/b/: D c", "a/x/: ", "link/: ", "none/: "]
    );
    assert_eq!(names_in(&store, None, &folders(&["a/"])).into_values().collect::<Vec<_>>(), [Vec::<BString>::new()]);
    let links = |paths: &[&str]| {
        let found = links_on_the_way(&store, tree, paths.iter().map(|path| path.as_bytes().as_bstr()));
        found.into_iter().map(|link| link.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(links(&["a/b/c", "link", "a-", "deep/link", "none/x", ""]), [""; 0], "a link itself is in nobody's way");
    assert_eq!(
        links(&["link/x", "link/y/z", "deep/link/x/y", "a/b/c/d", "a-/", "linked/x"]),
        ["a-", "deep/link", "link"]
    );
}

#[test]
fn lines_are_counted_as_git_counts_them() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let mut dice = Dice(3);
    let mut texts: Vec<[String; 2]> = Vec::new();
    for size in 0..240u64 {
        let kinds = 2 + dice.roll(size + 3);
        let line =
            |dice: &mut Dice| if dice.roll(3) == 0 { "\n".to_owned() } else { format!("{}\n", dice.roll(kinds)) };
        let old: Vec<String> = (0..size * 2).map(|_| line(&mut dice)).collect();
        let mut new = old.clone();
        for _ in 0..dice.roll(size + 2) {
            let place = dice.roll(new.len() as u64 + 1) as usize;
            match dice.roll(3) {
                0 => new.insert(place, line(&mut dice)),
                1 => drop((place < new.len()).then(|| new.remove(place))),
                _ => {
                    let by = (dice.roll(4) as usize).min(new.len());
                    new.rotate_left(by);
                }
            }
        }
        let end = |dice: &mut Dice, text: Vec<String>| text.concat() + dice.pick(&["", "", "end"]);
        texts.push([end(&mut dice, old), end(&mut dice, new)]);
    }
    let commit = |side: usize| {
        let mut stream = "commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 1\nx\n".to_owned();
        for (number, text) in texts.iter().enumerate() {
            stream.push_str(&format!("M 100644 inline {number}\ndata {}\n{}\n", text[side].len(), text[side]));
        }
        stream
    };
    repo.import(format!("{}\n{}\n", commit(0), commit(1)));
    let numstat = repo.git(&["diff-tree", "-r", "--numstat", "main~", "main"]);
    let mut counts: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for line in numstat.lines() {
        let words: Vec<usize> = line.split('\t').map(|word| word.parse().unwrap()).collect();
        counts.insert(words[2], (words[0], words[1]));
    }
    assert!(counts.len() > 200);
    for (number, [old, new]) in texts.iter().enumerate() {
        let edit = compare(old.as_bytes(), new.as_bytes());
        let want = counts.get(&number).copied().unwrap_or_default();
        assert_eq!((edit.added.len(), edit.removed.len()), want, "{number}:\n{old}\n---\n{new}");
    }
}
