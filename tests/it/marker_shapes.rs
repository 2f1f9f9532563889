//! Conflicts that git itself makes, committed as they are: each must be found, in each file that git wrote one into.

use crate::support::{Repo, Sandbox};
use ci_guard::guard::markers::{Kind, Leftover, MarkerSize, scan};

/// A repository with one commit on `main`, of these files.
fn start<'s>(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Repo<'s> {
    let repo = sandbox.repo("w");
    repo.commit("base", files);
    repo
}

/// Run git, which must run into a conflict.
fn conflicts(repo: &Repo, args: &[&str]) {
    assert_ne!(repo.try_git(args).code, Some(0), "git {args:?} ran into no conflict");
}

/// Two branches that went different ways from `main`: `side`, and `main` itself, which is checked out.
fn diverge(repo: &Repo, side: &[(&str, &str)], main: &[(&str, &str)]) {
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.commit("theirs", side);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("ours", main);
}

/// Commit the work tree with all its conflicts, as somebody in a hurry does.
fn give_up(repo: &Repo) {
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "--no-verify", "-m", "done"]);
}

fn committed(repo: &Repo, file: &str) -> Vec<u8> {
    repo.command("git").args(["cat-file", "blob", &format!("HEAD:{file}")]).output().unwrap().stdout
}

/// What is found in a committed file.
fn leftovers(repo: &Repo, file: &str, size: usize) -> Vec<Leftover> {
    scan(&committed(repo, file), MarkerSize::new(size).unwrap())
}

/// The only leftover of a committed file, which is a whole block of this width.
fn block(repo: &Repo, file: &str, width: usize) -> Leftover {
    let mut found = leftovers(repo, file, width.min(7));
    assert_eq!(found.len(), 1, "{file}:\n{}", String::from_utf8_lossy(&committed(repo, file)));
    let block = found.remove(0);
    assert!(matches!(block.kind, Kind::Block { .. }), "{file}: {block:?}");
    assert_eq!(block.width, width, "{file}");
    block
}

fn has_base(block: &Leftover) -> bool {
    matches!(block.kind, Kind::Block { base: Some(_), .. })
}

/// Ten lines, of which the middle one says `word`.
fn text(word: &str) -> String {
    (0..10).map(|n| if n == 5 { format!("{word}\n") } else { format!("line {n}\n") }).collect()
}

/// `main` and `side` changed the same line of `f`.
fn simple(sandbox: &Sandbox) -> Repo<'_> {
    let repo = start(sandbox, &[("f", &text("base"))]);
    diverge(&repo, &[("f", &text("theirs"))], &[("f", &text("ours"))]);
    repo
}

#[test]
fn merges_of_every_style() {
    for style in ["merge", "diff3", "zdiff3"] {
        let sandbox = Sandbox::new();
        let repo = simple(&sandbox);
        conflicts(&repo, &["-c", &format!("merge.conflictStyle={style}"), "merge", "side"]);
        give_up(&repo);
        let block = block(&repo, "f", 7);
        assert_eq!(has_base(&block), style != "merge", "{style}");
        assert_eq!(block.line, 6);
        assert_eq!(block.end_line, if style == "merge" { 10 } else { 12 });
    }
}

#[test]
fn labels_of_every_command() {
    let id = |repo: &Repo| repo.rev("side");
    type Step = fn(&Repo, &str);
    let steps: [(&str, Step); 11] = [
        ("merge by id", |s, id| conflicts(s, &["merge", id])),
        ("pull", |s, _| conflicts(s, &["pull", "-q", "--no-rebase", ".", "side"])),
        ("merge -s resolve", |s, _| conflicts(s, &["merge", "-s", "resolve", "side"])),
        ("cherry-pick", |s, id| conflicts(s, &["cherry-pick", id])),
        ("rebase", |s, _| conflicts(s, &["rebase", "side"])),
        ("rebase --apply", |s, _| conflicts(s, &["rebase", "--apply", "side"])),
        ("revert", |s, _| {
            s.commit("later", &[("f", &text("later"))]);
            conflicts(s, &["revert", "--no-edit", "HEAD^"]);
        }),
        ("stash", |s, _| {
            s.write(&[("f", &text("stashed"))]);
            s.git(&["stash", "-q"]);
            s.commit("later", &[("f", &text("later"))]);
            conflicts(s, &["stash", "pop"]);
        }),
        ("am -3", |s, _| {
            s.git(&["format-patch", "-q", "-1", "side", "-o", "../patches"]);
            conflicts(s, &["am", "-q", "-3", "../patches/0001-theirs.patch"]);
        }),
        ("apply -3", |s, _| {
            s.git(&["diff", "--full-index", "--output=../patch", "side^", "side"]);
            conflicts(s, &["apply", "-q", "-3", "../patch"]);
        }),
        ("checkout -m", |s, _| {
            s.write(&[("f", &text("local"))]);
            s.git(&["checkout", "-q", "-m", "side"]);
        }),
    ];
    for (name, step) in steps {
        for style in ["merge", "diff3"] {
            let sandbox = Sandbox::new();
            let repo = simple(&sandbox);
            repo.git(&["config", "merge.conflictStyle", style]);
            step(&repo, &id(&repo));
            give_up(&repo);
            assert_eq!(has_base(&block(&repo, "f", 7)), style == "diff3", "{name}, {style}");
        }
    }
}

#[test]
fn checkout_writes_a_conflict_anew() {
    for style in ["merge", "diff3", "zdiff3"] {
        let sandbox = Sandbox::new();
        let repo = simple(&sandbox);
        conflicts(&repo, &["merge", "side"]);
        repo.git(&["checkout", &format!("--conflict={style}"), "f"]);
        give_up(&repo);
        assert_eq!(has_base(&block(&repo, "f", 7)), style != "merge");
    }
}

#[test]
fn renames_to_two_names_write_eight_characters() {
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[("old", &text("base"))]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.git(&["mv", "old", "new2"]);
    repo.commit("theirs", &[("new2", &text("theirs"))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["mv", "old", "new1"]);
    repo.commit("ours", &[("new1", &text("ours"))]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    for file in ["new1", "new2"] {
        assert_eq!(block(&repo, file, 8).line, 6);
    }
}

#[test]
fn renames_onto_one_name_nest_eight_in_seven() {
    let (a, b) = (text("base"), text("base").replace("line", "row"));
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[("a", &a), ("b", &b)]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.git(&["mv", "b", "new"]);
    repo.commit("theirs", &[("a", &a.replace("base", "theirs")), ("new", &b.replace("base", "theirs"))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["mv", "a", "new"]);
    repo.commit("ours", &[("new", &a.replace("base", "ours")), ("b", &b.replace("base", "ours"))]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    let block = block(&repo, "new", 7);
    let inner = String::from_utf8(committed(&repo, "new")[block.span].to_vec()).unwrap();
    assert!(inner.contains("\n<<<<<<<< ") || inner.starts_with("<<<<<<<< "), "{inner}");
}

#[test]
fn a_rename_onto_an_added_file() {
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[("old", &text("base"))]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.git(&["mv", "old", "new"]);
    repo.commit("theirs", &[("new", &text("theirs"))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("ours", &[("old", &text("ours")), ("new", "something else\n")]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    block(&repo, "new", 7);
}

/// Two merges of the same two branches, each resolved differently: their merge has two bases, which conflict.
fn criss_cross<'s>(sandbox: &'s Sandbox, style: &str) -> Repo<'s> {
    let repo = start(sandbox, &[("f", &text("base"))]);
    repo.git(&["config", "merge.conflictStyle", style]);
    diverge(&repo, &[("f", &text("theirs"))], &[("f", &text("ours"))]);
    repo.git(&["branch", "ours"]);
    repo.git(&["branch", "theirs", "side"]);
    for (branch, other) in [("main", "theirs"), ("side", "ours")] {
        repo.git(&["checkout", "-q", branch]);
        conflicts(&repo, &["merge", other]);
        repo.commit("resolved", &[("f", &text(&format!("{branch}, resolved")))]);
    }
    repo.git(&["checkout", "-q", "main"]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    repo
}

#[test]
fn criss_cross_merges_nest_longer_markers_in_the_base_section() {
    let sandbox = Sandbox::new();
    block(&criss_cross(&sandbox, "merge"), "f", 7);
    for style in ["diff3", "zdiff3"] {
        let sandbox = Sandbox::new();
        let repo = criss_cross(&sandbox, style);
        let block = block(&repo, "f", 7);
        assert!(has_base(&block));
        let inner = String::from_utf8(committed(&repo, "f")[block.span].to_vec()).unwrap();
        assert!(inner.contains("\n<<<<<<<<< Temporary merge branch 1\n"), "{inner}");
    }
}

#[test]
fn sizes_of_attributes() {
    for size in [1, 3, 5, 8, 32, 200] {
        let attributes = format!("f conflict-marker-size={size}\n");
        let sandbox = Sandbox::new();
        let repo = start(&sandbox, &[("f", &text("base")), (".gitattributes", &attributes)]);
        diverge(&repo, &[("f", &text("theirs"))], &[("f", &text("ours"))]);
        conflicts(&repo, &["merge", "side"]);
        give_up(&repo);
        assert_eq!(MarkerSize::from_attribute(size.to_string().as_bytes()).get(), size);
        let found = leftovers(&repo, "f", size);
        assert_eq!(found.iter().map(|block| (block.is_block(), block.width)).collect::<Vec<_>>(), [(true, size)]);
        assert_eq!(leftovers(&repo, "f", size + 1), []);
    }
}

#[test]
fn odd_attribute_values_never_hide_a_conflict() {
    for value in ["=0", "=-3", "", "=10x", "=seven"] {
        let attributes = format!("f conflict-marker-size{value}\n");
        let sandbox = Sandbox::new();
        let repo = start(&sandbox, &[("f", &text("base")), (".gitattributes", &attributes)]);
        diverge(&repo, &[("f", &text("theirs"))], &[("f", &text("ours"))]);
        conflicts(&repo, &["merge", "side"]);
        give_up(&repo);
        let size = MarkerSize::from_attribute(value.trim_start_matches('=').as_bytes());
        assert_eq!(scan(&committed(&repo, "f"), size).len(), 1, "{value}");
    }
}

#[test]
fn line_ends_of_windows() {
    let windows = |word: &str| text(word).replace('\n', "\r\n");
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[("f", &windows("base"))]);
    diverge(&repo, &[("f", &windows("theirs"))], &[("f", &windows("ours"))]);
    conflicts(&repo, &["-c", "merge.conflictStyle=diff3", "merge", "side"]);
    give_up(&repo);
    let text = String::from_utf8(committed(&repo, "f")).unwrap();
    assert!(text.contains("\r\n=======\r\n"), "{text:?}");
    assert!(has_base(&block(&repo, "f", 7)));
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
        let sandbox = Sandbox::new();
        let repo = start(&sandbox, &[("f", base)]);
        diverge(&repo, &[("f", theirs)], &[("f", ours)]);
        conflicts(&repo, &["merge", "side"]);
        give_up(&repo);
        let block = block(&repo, "f", 7);
        assert_eq!((block.line, block.span.end), (1, committed(&repo, "f").len()), "{theirs:?}");
    }
}

#[test]
fn an_added_file_on_both_sides() {
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[]);
    diverge(&repo, &[("f", &text("theirs"))], &[("f", &text("ours"))]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    block(&repo, "f", 7);
}

#[test]
fn files_that_attributes_hide_from_diff() {
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[("f", &text("base")), (".gitattributes", "f -diff\n")]);
    diverge(&repo, &[("f", &text("theirs"))], &[("f", &text("ours"))]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    block(&repo, "f", 7);
}

#[test]
fn a_work_tree_encoding_does_not_reach_the_blob() {
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[(".gitattributes", "f working-tree-encoding=UTF-16LE\n")]);
    let wide = |word: &str| text(word).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let commit = |word: &str| {
        std::fs::write(repo.dir.join("f"), wide(word)).unwrap();
        repo.commit(word, &[]);
    };
    commit("base");
    repo.git(&["checkout", "-q", "-b", "side"]);
    commit("theirs");
    repo.git(&["checkout", "-q", "main"]);
    commit("ours");
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    block(&repo, "f", 7);
}

#[test]
fn several_conflicts_in_one_file() {
    let many = |word: &str| text(word).repeat(5);
    let sandbox = Sandbox::new();
    let repo = start(&sandbox, &[("f", &many("base"))]);
    diverge(&repo, &[("f", &many("theirs"))], &[("f", &many("ours"))]);
    conflicts(&repo, &["merge", "side"]);
    give_up(&repo);
    let found = leftovers(&repo, "f", 7);
    assert_eq!(found.len(), 5);
    assert!(found.iter().all(Leftover::is_block));
}

#[test]
fn merge_file_with_and_without_labels() {
    let labels: [&[&str]; 3] = [&[], &["-L", "", "-L", "", "-L", ""], &["-L", "a label", "-L", "x", "-L", ">>>>>>>"]];
    for labels in labels {
        for style in [&[][..], &["--diff3"], &["--marker-size=20"]] {
            let sandbox = Sandbox::new();
            let repo = start(&sandbox, &[("f", &text("ours")), ("o", &text("base")), ("t", &text("theirs"))]);
            conflicts(&repo, &[&["merge-file"][..], labels, style, &["f", "o", "t"]].concat());
            give_up(&repo);
            block(&repo, "f", if style == ["--marker-size=20"] { 20 } else { 7 });
        }
    }
}

/// Every way to delete some but not all lines of a conflict: what stays is found as long as a labelled line stays.
#[test]
fn half_resolved_conflicts() {
    let sandbox = Sandbox::new();
    let repo = simple(&sandbox);
    conflicts(&repo, &["-c", "merge.conflictStyle=diff3", "merge", "side"]);
    give_up(&repo);
    let whole = String::from_utf8(committed(&repo, "f")).unwrap();
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
        let sandbox = Sandbox::new();
        let repo = simple(&sandbox);
        conflicts(&repo, &["merge", "side"]);
        repo.git(&["checkout", side, "f"]);
        give_up(&repo);
        assert_eq!(leftovers(&repo, "f", 7), []);
    }
}
