//! Conflicts that git itself makes, committed as they are: each must be found, in each file that git wrote one into.

use ci_guard::guard::markers::{Kind, Leftover, MarkerSize, scan};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A repository with nobody's configuration but its own.
struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// One commit on `main`, with these files.
    fn new(files: &[(&str, &str)]) -> Sandbox {
        let sandbox = Sandbox { folder: tempfile::tempdir().unwrap() };
        sandbox.git(&["init", "-q", "-b", "main"]);
        for setting in
            ["commit.gpgsign=false", "core.autocrlf=false", "advice.mergeConflict=false", "rerere.enabled=false"]
        {
            let (key, value) = setting.split_once('=').unwrap();
            sandbox.git(&["config", key, value]);
        }
        sandbox.commit("base", files);
        sandbox
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("repo")
    }

    fn run(&self, args: &[&str]) -> Output {
        let home = self.folder.path().join("home");
        fs::create_dir_all(&home).unwrap();
        fs::create_dir_all(self.path()).unwrap();
        let mut git = Command::new("git");
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY"] {
            git.env_remove(name);
        }
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "A U Thor");
            git.env(format!("GIT_{who}_EMAIL"), "author@example.com");
            git.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
        }
        git.env("HOME", &home).env("XDG_CONFIG_HOME", &home).env("GIT_CONFIG_NOSYSTEM", "1");
        git.env("GIT_CONFIG_GLOBAL", home.join("gitconfig")).env("LC_ALL", "C").env("GIT_EDITOR", "true");
        git.args(args).current_dir(self.path()).output().unwrap()
    }

    /// Run git, which must succeed.
    fn git(&self, args: &[&str]) -> Vec<u8> {
        let output = self.run(args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Run git, which must run into a conflict.
    fn conflicts(&self, args: &[&str]) {
        let output = self.run(args);
        assert!(!output.status.success(), "git {args:?} ran into no conflict");
    }

    fn write(&self, file: &str, content: &str) {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn commit(&self, subject: &str, files: &[(&str, &str)]) {
        files.iter().for_each(|(file, content)| self.write(file, content));
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
    }

    /// Two branches that went different ways from `main`: `side`, and `main` itself, which is checked out.
    fn diverge(&self, side: &[(&str, &str)], main: &[(&str, &str)]) {
        self.git(&["checkout", "-q", "-b", "side"]);
        self.commit("theirs", side);
        self.git(&["checkout", "-q", "main"]);
        self.commit("ours", main);
    }

    /// Commit the work tree with all its conflicts, as somebody in a hurry does.
    fn give_up(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--no-verify", "-m", "done"]);
    }

    fn committed(&self, file: &str) -> Vec<u8> {
        self.git(&["cat-file", "blob", &format!("HEAD:{file}")])
    }

    /// What is found in a committed file.
    fn leftovers(&self, file: &str, size: usize) -> Vec<Leftover> {
        scan(&self.committed(file), MarkerSize::new(size).unwrap())
    }

    /// The only leftover of a committed file, which is a whole block of this width.
    fn block(&self, file: &str, width: usize) -> Leftover {
        let mut found = self.leftovers(file, width.min(7));
        assert_eq!(found.len(), 1, "{file}:\n{}", String::from_utf8_lossy(&self.committed(file)));
        let block = found.remove(0);
        assert!(matches!(block.kind, Kind::Block { .. }), "{file}: {block:?}");
        assert_eq!(block.width, width, "{file}");
        block
    }
}

fn has_base(block: &Leftover) -> bool {
    matches!(block.kind, Kind::Block { base: Some(_), .. })
}

/// Ten lines, of which the middle one says `word`.
fn text(word: &str) -> String {
    (0..10).map(|n| if n == 5 { format!("{word}\n") } else { format!("line {n}\n") }).collect()
}

fn simple() -> Sandbox {
    let sandbox = Sandbox::new(&[("f", &text("base"))]);
    sandbox.diverge(&[("f", &text("theirs"))], &[("f", &text("ours"))]);
    sandbox
}

#[test]
fn merges_of_every_style() {
    for style in ["merge", "diff3", "zdiff3"] {
        let sandbox = simple();
        sandbox.conflicts(&["-c", &format!("merge.conflictStyle={style}"), "merge", "side"]);
        sandbox.give_up();
        let block = sandbox.block("f", 7);
        assert_eq!(has_base(&block), style != "merge", "{style}");
        assert_eq!(block.line, 6);
        assert_eq!(block.end_line, if style == "merge" { 10 } else { 12 });
    }
}

#[test]
fn labels_of_every_command() {
    let id = |sandbox: &Sandbox| String::from_utf8(sandbox.git(&["rev-parse", "side"])).unwrap().trim().to_owned();
    type Step = fn(&Sandbox, &str);
    let steps: [(&str, Step); 11] = [
        ("merge by id", |s, id| s.conflicts(&["merge", id])),
        ("pull", |s, _| s.conflicts(&["pull", "-q", "--no-rebase", ".", "side"])),
        ("merge -s resolve", |s, _| s.conflicts(&["merge", "-s", "resolve", "side"])),
        ("cherry-pick", |s, id| s.conflicts(&["cherry-pick", id])),
        ("rebase", |s, _| s.conflicts(&["rebase", "side"])),
        ("rebase --apply", |s, _| s.conflicts(&["rebase", "--apply", "side"])),
        ("revert", |s, _| {
            s.commit("later", &[("f", &text("later"))]);
            s.conflicts(&["revert", "--no-edit", "HEAD^"]);
        }),
        ("stash", |s, _| {
            s.write("f", &text("stashed"));
            s.git(&["stash", "-q"]);
            s.commit("later", &[("f", &text("later"))]);
            s.conflicts(&["stash", "pop"]);
        }),
        ("am -3", |s, _| {
            s.git(&["format-patch", "-q", "-1", "side", "-o", "../patches"]);
            s.conflicts(&["am", "-q", "-3", "../patches/0001-theirs.patch"]);
        }),
        ("apply -3", |s, _| {
            let patch = s.git(&["diff", "--full-index", "side^", "side"]);
            fs::write(s.folder.path().join("patch"), patch).unwrap();
            s.conflicts(&["apply", "-q", "-3", "../patch"]);
        }),
        ("checkout -m", |s, _| {
            s.write("f", &text("local"));
            s.git(&["checkout", "-q", "-m", "side"]);
        }),
    ];
    for (name, step) in steps {
        for style in ["merge", "diff3"] {
            let sandbox = simple();
            sandbox.git(&["config", "merge.conflictStyle", style]);
            step(&sandbox, &id(&sandbox));
            sandbox.give_up();
            assert_eq!(has_base(&sandbox.block("f", 7)), style == "diff3", "{name}, {style}");
        }
    }
}

#[test]
fn checkout_writes_a_conflict_anew() {
    for style in ["merge", "diff3", "zdiff3"] {
        let sandbox = simple();
        sandbox.conflicts(&["merge", "side"]);
        sandbox.git(&["checkout", &format!("--conflict={style}"), "f"]);
        sandbox.give_up();
        assert_eq!(has_base(&sandbox.block("f", 7)), style != "merge");
    }
}

#[test]
fn renames_to_two_names_write_eight_characters() {
    let sandbox = Sandbox::new(&[("old", &text("base"))]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.git(&["mv", "old", "new2"]);
    sandbox.commit("theirs", &[("new2", &text("theirs"))]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["mv", "old", "new1"]);
    sandbox.commit("ours", &[("new1", &text("ours"))]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    for file in ["new1", "new2"] {
        assert_eq!(sandbox.block(file, 8).line, 6);
    }
}

#[test]
fn renames_onto_one_name_nest_eight_in_seven() {
    let (a, b) = (text("base"), text("base").replace("line", "row"));
    let sandbox = Sandbox::new(&[("a", &a), ("b", &b)]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.git(&["mv", "b", "new"]);
    sandbox.commit("theirs", &[("a", &a.replace("base", "theirs")), ("new", &b.replace("base", "theirs"))]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["mv", "a", "new"]);
    sandbox.commit("ours", &[("new", &a.replace("base", "ours")), ("b", &b.replace("base", "ours"))]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    let block = sandbox.block("new", 7);
    let inner = String::from_utf8(sandbox.committed("new")[block.span].to_vec()).unwrap();
    assert!(inner.contains("\n<<<<<<<< ") || inner.starts_with("<<<<<<<< "), "{inner}");
}

#[test]
fn a_rename_onto_an_added_file() {
    let sandbox = Sandbox::new(&[("old", &text("base"))]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.git(&["mv", "old", "new"]);
    sandbox.commit("theirs", &[("new", &text("theirs"))]);
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.commit("ours", &[("old", &text("ours")), ("new", "something else\n")]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    sandbox.block("new", 7);
}

/// Two merges of the same two branches, each resolved differently: their merge has two bases, which conflict.
fn criss_cross(style: &str) -> Sandbox {
    let sandbox = Sandbox::new(&[("f", &text("base"))]);
    sandbox.git(&["config", "merge.conflictStyle", style]);
    sandbox.diverge(&[("f", &text("theirs"))], &[("f", &text("ours"))]);
    sandbox.git(&["branch", "ours"]);
    sandbox.git(&["branch", "theirs", "side"]);
    for (branch, other) in [("main", "theirs"), ("side", "ours")] {
        sandbox.git(&["checkout", "-q", branch]);
        sandbox.conflicts(&["merge", other]);
        sandbox.commit("resolved", &[("f", &text(&format!("{branch}, resolved")))]);
    }
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    sandbox
}

#[test]
fn criss_cross_merges_nest_longer_markers_in_the_base_section() {
    criss_cross("merge").block("f", 7);
    for style in ["diff3", "zdiff3"] {
        let sandbox = criss_cross(style);
        let block = sandbox.block("f", 7);
        assert!(has_base(&block));
        let inner = String::from_utf8(sandbox.committed("f")[block.span].to_vec()).unwrap();
        assert!(inner.contains("\n<<<<<<<<< Temporary merge branch 1\n"), "{inner}");
    }
}

#[test]
fn sizes_of_attributes() {
    for size in [1, 3, 5, 8, 32, 200] {
        let attributes = format!("f conflict-marker-size={size}\n");
        let sandbox = Sandbox::new(&[("f", &text("base")), (".gitattributes", &attributes)]);
        sandbox.diverge(&[("f", &text("theirs"))], &[("f", &text("ours"))]);
        sandbox.conflicts(&["merge", "side"]);
        sandbox.give_up();
        assert_eq!(MarkerSize::from_attribute(size.to_string().as_bytes()).get(), size);
        let found = sandbox.leftovers("f", size);
        assert_eq!(found.iter().map(|block| (block.is_block(), block.width)).collect::<Vec<_>>(), [(true, size)]);
        assert_eq!(sandbox.leftovers("f", size + 1), []);
    }
}

#[test]
fn odd_attribute_values_never_hide_a_conflict() {
    for value in ["=0", "=-3", "", "=10x", "=seven"] {
        let attributes = format!("f conflict-marker-size{value}\n");
        let sandbox = Sandbox::new(&[("f", &text("base")), (".gitattributes", &attributes)]);
        sandbox.diverge(&[("f", &text("theirs"))], &[("f", &text("ours"))]);
        sandbox.conflicts(&["merge", "side"]);
        sandbox.give_up();
        let size = MarkerSize::from_attribute(value.trim_start_matches('=').as_bytes());
        assert_eq!(scan(&sandbox.committed("f"), size).len(), 1, "{value}");
    }
}

#[test]
fn line_ends_of_windows() {
    let windows = |word: &str| text(word).replace('\n', "\r\n");
    let sandbox = Sandbox::new(&[("f", &windows("base"))]);
    sandbox.diverge(&[("f", &windows("theirs"))], &[("f", &windows("ours"))]);
    sandbox.conflicts(&["-c", "merge.conflictStyle=diff3", "merge", "side"]);
    sandbox.give_up();
    let text = String::from_utf8(sandbox.committed("f")).unwrap();
    assert!(text.contains("\r\n=======\r\n"), "{text:?}");
    assert!(has_base(&sandbox.block("f", 7)));
}

#[test]
fn edges_of_files() {
    // No line end at the end of the file, an empty file on one side, a byte order mark in front, only one line.
    for (base, theirs, ours) in [
        ("base", "theirs", "ours"),
        ("base\n", "", "ours\n"),
        ("\u{feff}base\n", "\u{feff}theirs\n", "\u{feff}ours\n"),
        ("base\n", "Title\n=======\n", "Heading\n=======\nmore\n"),
        ("base\n", "<<<<<<< x\n=======\n>>>>>>> y\n", "ours\n"),
        ("base\n", "<<<<<<< x\n", ">>>>>>> y\n"),
    ] {
        let sandbox = Sandbox::new(&[("f", base)]);
        sandbox.diverge(&[("f", theirs)], &[("f", ours)]);
        sandbox.conflicts(&["merge", "side"]);
        sandbox.give_up();
        let block = sandbox.block("f", 7);
        assert_eq!((block.line, block.span.end), (1, sandbox.committed("f").len()), "{theirs:?}");
    }
}

#[test]
fn an_added_file_on_both_sides() {
    let sandbox = Sandbox::new(&[]);
    sandbox.diverge(&[("f", &text("theirs"))], &[("f", &text("ours"))]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    sandbox.block("f", 7);
}

#[test]
fn files_that_attributes_hide_from_diff() {
    let sandbox = Sandbox::new(&[("f", &text("base")), (".gitattributes", "f -diff\n")]);
    sandbox.diverge(&[("f", &text("theirs"))], &[("f", &text("ours"))]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    sandbox.block("f", 7);
}

#[test]
fn a_work_tree_encoding_does_not_reach_the_blob() {
    let sandbox = Sandbox::new(&[(".gitattributes", "f working-tree-encoding=UTF-16LE\n")]);
    let wide = |word: &str| text(word).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let commit = |word: &str| {
        fs::write(sandbox.path().join("f"), wide(word)).unwrap();
        sandbox.commit(word, &[]);
    };
    commit("base");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    commit("theirs");
    sandbox.git(&["checkout", "-q", "main"]);
    commit("ours");
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    sandbox.block("f", 7);
}

#[test]
fn several_conflicts_in_one_file() {
    let many = |word: &str| text(word).repeat(5);
    let sandbox = Sandbox::new(&[("f", &many("base"))]);
    sandbox.diverge(&[("f", &many("theirs"))], &[("f", &many("ours"))]);
    sandbox.conflicts(&["merge", "side"]);
    sandbox.give_up();
    let found = sandbox.leftovers("f", 7);
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(Leftover::is_block));
}

#[test]
fn merge_file_with_and_without_labels() {
    let labels: [&[&str]; 3] = [&[], &["-L", "", "-L", "", "-L", ""], &["-L", "a label", "-L", "x", "-L", ">>>>>>>"]];
    for labels in labels {
        for style in [&[][..], &["--diff3"], &["--marker-size=20"]] {
            let sandbox = Sandbox::new(&[("f", &text("ours")), ("o", &text("base")), ("t", &text("theirs"))]);
            sandbox.conflicts(&[&["merge-file"][..], labels, style, &["f", "o", "t"]].concat());
            sandbox.give_up();
            sandbox.block("f", if style == ["--marker-size=20"] { 20 } else { 7 });
        }
    }
}

/// Every way to delete some but not all lines of a conflict: what stays is found as long as a labelled line stays.
#[test]
fn half_resolved_conflicts() {
    let sandbox = simple();
    sandbox.conflicts(&["-c", "merge.conflictStyle=diff3", "merge", "side"]);
    sandbox.give_up();
    let whole = String::from_utf8(sandbox.committed("f")).unwrap();
    let markers: Vec<usize> =
        whole.lines().enumerate().filter(|(_, line)| line.starts_with(['<', '|', '=', '>'])).map(|(n, _)| n).collect();
    assert_eq!(markers.len(), 4);
    for deleted in 0..16u32 {
        let stays =
            |n: usize| markers.iter().position(|&marker| marker == n).is_none_or(|bit| deleted & (1 << bit) == 0);
        let rest: String =
            whole.lines().enumerate().filter(|&(n, _)| stays(n)).map(|(_, line)| format!("{line}\n")).collect();
        let labelled = [0, 1, 3].iter().any(|bit| deleted & (1 << bit) == 0);
        assert_eq!(!scan(rest.as_bytes(), MarkerSize::DEFAULT).is_empty(), labelled, "{rest}");
    }
}

#[test]
fn a_resolved_merge_is_clean() {
    for side in ["--ours", "--theirs"] {
        let sandbox = simple();
        sandbox.conflicts(&["merge", "side"]);
        sandbox.git(&["checkout", side, "f"]);
        sandbox.give_up();
        assert_eq!(sandbox.leftovers("f", 7), []);
    }
}
