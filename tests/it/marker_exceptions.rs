//! What may hold markers: files that the base's attributes or the policy exempt, examples in Markdown, content that is no
//! text; and what is said of a lone row of `=`.

use crate::support::{CONFLICT, Repo, Sandbox};

/// A clone with a branch `x` checked out, on a base with these files.
fn on_a_base<'s>(sandbox: &'s Sandbox, files: &[(&str, &str)]) -> Repo<'s> {
    let repo = sandbox.clone_of_a_remote();
    repo.commit("base", files);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo
}

/// What is found in HEAD, without the name of the one rule.
fn found(repo: &Repo, args: &[&str]) -> Vec<String> {
    let found = repo.ci_guard(&[&["check", "--format", "json"], args].concat()).findings();
    found.iter().map(|found| found.replace("conflict-marker ", "")).collect()
}

/// A conflict with runs of so many characters.
fn sized(size: usize) -> String {
    let run = |character: &str| character.repeat(size);
    format!("{} HEAD\nours\n{}\ntheirs\n{} develop\n", run("<"), run("="), run(">"))
}

#[test]
fn attributes_of_the_base_exempt_and_those_of_the_push_do_not() {
    let sandbox = Sandbox::new();
    let attributes = "*.fix ci-guard-markers=ignore\n/docs/** ci-guard-markers=ignore\ndocs/no.md -ci-guard-markers\n\
                      \"a b.txt\" ci-guard-markers=ignore\nset.txt ci-guard-markers\nother.txt ci-guard-markers=no\n\
                      [attr]fixture ci-guard-markers=ignore\n*.snap fixture\n";
    let repo = on_a_base(
        &sandbox,
        &[
            (".gitattributes", attributes),
            ("sub/.gitattributes", "*.fix !ci-guard-markers\nown.txt ci-guard-markers=ignore\n"),
        ],
    );
    let all = [
        "a.fix",
        "deep/er/b.fix",
        "docs/a/b.md",
        "docs/no.md",
        "a b.txt",
        "set.txt",
        "other.txt",
        "x.snap",
        "sub/c.fix",
        "sub/own.txt",
        "own.txt",
    ];
    repo.commit("bad", &all.map(|path| (path, CONFLICT)));
    let want = ["block docs/no.md:1", "block other.txt:1", "block own.txt:1", "block set.txt:1", "block sub/c.fix:1"];
    assert_eq!(found(&repo, &[]), want);
    // The push cannot exempt itself, and neither can what lies in the work tree or is configured here.
    repo.commit("exempt", &[(".gitattributes", "* ci-guard-markers=ignore\n")]);
    repo.write(&[("sub/.gitattributes", "* ci-guard-markers=ignore\n")]);
    std::fs::create_dir_all(repo.dir.join(".git/info")).unwrap();
    std::fs::write(repo.dir.join(".git/info/attributes"), "* ci-guard-markers=ignore conflict-marker-size=40\n")
        .unwrap();
    let global = sandbox.path("home/attributes");
    std::fs::write(&global, "* ci-guard-markers=ignore conflict-marker-size=40\n").unwrap();
    repo.git(&["config", "core.attributesFile", global.to_str().unwrap()]);
    assert_eq!(found(&repo, &[]), want);
    // Nor can it take an exemption away that the base gives.
    repo.commit("no exemption", &[(".gitattributes", "a.fix -ci-guard-markers\n")]);
    assert_eq!(found(&repo, &[]), want);
    // With another base, other attributes count.
    assert_eq!(found(&repo, &["--base", "main~"]).len(), all.len());
}

#[test]
fn the_policy_exempts_paths() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    repo.commit(
        "bad",
        &[
            "a.rej",
            "b/c.rej",
            "fixtures/x/y.txt",
            "b/fixtures/z.txt",
            "docs/merging.md",
            "b/docs/merging.md",
            "src/a.rs",
        ]
        .map(|path| (path, CONFLICT)),
    );
    repo.policy(r#"{"conflict_markers": {"ignore": ["*.rej", "fixtures", "docs/merging.md"]}}"#);
    assert_eq!(found(&repo, &[]), ["block b/docs/merging.md:1", "block src/a.rs:1"]);
    assert_eq!(found(&repo, &["--all"]), ["block b/docs/merging.md:1", "block src/a.rs:1"]);
    repo.policy(r#"{"conflict_markers": {"ignore": ["**"]}}"#);
    repo.pre_push_head("x").is_silent();
}

#[test]
fn the_marker_size_of_the_pushed_tree_counts() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[(".gitattributes", "* conflict-marker-size=3\n")]);
    let attributes = "*.c3 conflict-marker-size=3\n*.c9 conflict-marker-size=9\n*.c32 conflict-marker-size=32\n\
                      *.odd conflict-marker-size=0\n*.set conflict-marker-size\n*.bad conflict-marker-size=x\n\
                      [attr]wide conflict-marker-size=32\n*.wide wide\nsub/*.c32 !conflict-marker-size\n";
    let mut files = vec![(".gitattributes".to_owned(), attributes.to_owned())];
    for ending in ["c3", "c9", "c32", "odd", "set", "bad", "wide", "txt"] {
        for size in [2, 3, 7, 8, 9, 32, 33] {
            files.push((format!("s{size}.{ending}"), sized(size)));
        }
    }
    files.push(("sub/s7.c32".into(), sized(7)));
    repo.commit("sizes", &files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect::<Vec<_>>());
    let all = found(&repo, &[]);
    let of = |ending: &str| -> Vec<u32> {
        let hits = all.iter().filter_map(|found| found.strip_prefix("block s")?.strip_suffix(&format!(".{ending}:1")));
        let mut sizes: Vec<_> = hits.filter_map(|size| size.parse().ok()).collect();
        sizes.sort_unstable();
        sizes
    };
    assert_eq!(of("c3"), [3, 7, 8, 9, 32, 33]);
    assert_eq!(of("c9"), [9, 32, 33]);
    assert_eq!(of("c32"), [32, 33]);
    assert_eq!(of("wide"), [32, 33]);
    for ending in ["odd", "set", "bad", "txt"] {
        assert_eq!(of(ending), [7, 8, 9, 32, 33], "{ending}");
    }
    assert!(all.contains(&"block sub/s7.c32:1".to_owned()), "{all:?}");
}

#[test]
fn every_way_to_write_a_short_marker_size_is_heard() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    for (value, is_short) in
        [("3", true), ("+3", true), ("03", true), ("+03", true), ("30", false), ("0", false), ("3x", false)]
    {
        let attributes = format!("* conflict-marker-size={value}\n");
        repo.commit(value, &[(".gitattributes", &attributes), ("f.txt", &sized(3))]);
        assert_eq!(found(&repo, &[]).len(), usize::from(is_short), "{value}");
    }
}

/// git and this guard agree on the size of every file, whatever the attributes say.
#[test]
fn attributes_are_read_as_git_reads_them() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    let top = "# a comment\n*.a conflict-marker-size=3\n*.b conflict-marker-size=4\n/a.b conflict-marker-size=5\n\
               sub/*.a conflict-marker-size=6\nsub/ conflict-marker-size=3\n**/deep conflict-marker-size=3\n\
               sub/**/x.c conflict-marker-size=4\n[xy].d conflict-marker-size=5\nx?.d conflict-marker-size=6\n\
               *.e text conflict-marker-size=3 -text\n*.e conflict-marker-size=4\n*.f conflict-marker-size=3\n*.f !conflict-marker-size\n\
               *.g conflict-marker-size=3\n*.g -conflict-marker-size\n[attr]m conflict-marker-size=3 n\n[attr]n -text\n*.h m\n*.i n\n\
               \"with space.a\" conflict-marker-size=5\n\"tab\\tx\" conflict-marker-size=3\n \t*.j conflict-marker-size=3\n\
               *.K conflict-marker-size=3\n!*.l conflict-marker-size=3\n*.m conflict-marker-size=3\r\n\\!n conflict-marker-size=3\n\
               *.o conflict-marker-size=+3\n*.p conflict-marker-size=03\n*.q CONFLICT-MARKER-SIZE=3\n*.r conflict-marker-size=3x\n\
               \u{feff}*.s conflict-marker-size=3\n*.t m=3\n*.u -m\n*.v conflict-marker-size=3 conflict-marker-size=4\n";
    let sub = "*.a conflict-marker-size=4\nx/*.b conflict-marker-size=3\n/x.b conflict-marker-size=5\n[attr]m conflict-marker-size=6\n*.w m\n";
    let paths = [
        "x.a",
        "a.b",
        "x.b",
        "sub/x.a",
        "sub/x/y.a",
        "sub/x/y.b",
        "sub/x.b",
        "sub/x/x.b",
        "sub/x.c",
        "sub/a/b/x.c",
        "a/deep",
        "b/deep/a.z",
        "x.d",
        "y.d",
        "z.d",
        "xx.d",
        "x.e",
        "x.f",
        "x.g",
        "x.h",
        "x.i",
        "with space.a",
        "tab\tx",
        "x.j",
        "x.K",
        "x.k",
        "x.l",
        "x.m",
        "!n",
        "x.o",
        "x.p",
        "x.q",
        "x.r",
        "x.s",
        "x.t",
        "x.u",
        "x.v",
        "sub/x.w",
        "sub/x.h",
        "sub/with space.a",
    ];
    let mut files =
        vec![(".gitattributes".to_owned(), top.to_owned()), ("sub/.gitattributes".to_owned(), sub.to_owned())];
    // Six conflicts, one of each size: how many are found tells the size that is in force.
    let content: String = (2..8).map(sized).collect();
    files.extend(paths.iter().map(|path| ((*path).to_owned(), content.clone())));
    repo.commit("all", &files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect::<Vec<_>>());
    let report = repo.ci_guard(&["check", "--format", "json"]).report();
    let mut wrong = Vec::new();
    let args = [&["check-attr", "-z", "--source=HEAD", "conflict-marker-size", "--"], &paths[..]].concat();
    let said = repo.git(&args);
    let said: Vec<_> = said.split('\0').collect();
    for words in said.chunks_exact(3) {
        let [path, _, value] = words else { unreachable!() };
        // As git 2.51 and later read the value, see `MarkerSize`.
        let size = value.parse::<i32>().ok().filter(|size| *size > 0).unwrap_or(7).clamp(2, 7);
        let hits = report["findings"].as_array().unwrap().iter().filter(|finding| finding["path"] == *path).count();
        if hits as i32 != 8 - size {
            wrong.push(format!("{path}: git says {value}, {hits} were found"));
        }
    }
    assert_eq!(said.len(), 3 * paths.len() + 1);
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn links_submodules_and_binary_content_hold_no_markers() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    std::os::unix::fs::symlink(CONFLICT, repo.dir.join("link")).unwrap();
    let pad = "x\n".repeat(3999);
    repo.commit(
        "binary",
        &[
            ("nul.bin", &format!("{CONFLICT}\0")),
            ("late.bin", &format!("{CONFLICT}{}", &pad[CONFLICT.len()..]).replacen("x\nx\n", "x\0x\n", 1)),
            (".gitattributes", "*.lock -diff\n*.dat binary\n"),
        ],
    );
    let commit = repo.rev("HEAD");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},sub")]);
    repo.git(&["commit", "-q", "-m", "submodule"]);
    assert_eq!(found(&repo, &[]), Vec::<String>::new());
    repo.pre_push_head("x").is_silent();
    // git takes for binary what has a NUL in its first 8,000 bytes, and an attribute does not make it so.
    repo.commit(
        "text",
        &[("far.txt", &format!("{CONFLICT}{}\0", "x\n".repeat(4000))), ("a.lock", CONFLICT), ("b.dat", CONFLICT)],
    );
    assert_eq!(found(&repo, &[]), ["block a.lock:1", "block b.dat:1", "block far.txt:1"]);
}

#[test]
fn examples_in_markdown_are_warnings() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[]);
    let fenced = format!("# How to\n\n```diff\n{CONFLICT}```\n");
    repo.commit("docs", &[("docs/a.md", &fenced), ("b.markdown", &fenced.replace("```", "~~~~"))]);
    assert_eq!(found(&repo, &[]), ["warn b.markdown:1", "warn docs/a.md:1"].map(|found| found.replace(":1", ":4")));
    let ended = repo.pre_push_head("x");
    ended.says(0, &["warning[conflict-marker]", "--> docs/a.md:4", "push let through: 2 warnings."]);
    repo.commit(
        "more",
        &[
            ("c.txt", &fenced),
            ("d.md", CONFLICT),
            ("e.md", &fenced.replace("```\n", "")),
            ("f.md", &format!("```\ncode\n{}", CONFLICT.replace("=======", "```\n=======\n```"))),
        ],
    );
    let want =
        ["block c.txt:4", "block d.md:1", "block e.md:4", "block f.md:3", "warn b.markdown:4", "warn docs/a.md:4"];
    assert_eq!(found(&repo, &[]), want);
}

#[test]
fn all_reports_what_the_base_has_too() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(&sandbox, &[("old.txt", &CONFLICT.replace("ours", "old")), ("same.txt", CONFLICT)]);
    repo.commit(
        "bad",
        &[
            ("new.txt", &CONFLICT.replace("ours", "new")),
            ("old.txt", &format!("0\n{}", CONFLICT.replace("ours", "old"))),
        ],
    );
    assert_eq!(found(&repo, &[]), ["block new.txt:1"]);
    assert_eq!(found(&repo, &["--all"]), ["block new.txt:1", "warn old.txt:2", "warn same.txt:1"]);
    let ended = repo.ci_guard(&["check", "main", "--all"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains("the base branch has it already"), "{}", ended.stdout);
    assert_eq!(found(&repo, &["main"]), Vec::<String>::new());
    assert_eq!(found(&repo, &["--staged", "--all"]), ["block new.txt:1", "warn old.txt:2", "warn same.txt:1"]);
}

/// A merge of two branches that changed one line, committed with this text in place of the conflict.
fn merged(repo: &Repo, path: &str, resolution: &str) {
    repo.git(&["checkout", "-q", "-B", "x", "origin/main"]);
    repo.commit("ours", &[(path, "a\nours\nb\n")]);
    repo.git(&["checkout", "-q", "-B", "side", "origin/main"]);
    repo.commit("theirs", &[(path, "a\ntheirs\nb\n")]);
    repo.git(&["checkout", "-q", "x"]);
    assert_ne!(repo.try_git(&["merge", "-q", "side"]).code, Some(0));
    repo.commit("merged", &[(path, resolution)]);
}

#[test]
fn a_separator_that_a_merge_made_up_is_a_warning() {
    let sandbox = Sandbox::new();
    let repo = on_a_base(
        &sandbox,
        &[("f.txt", "a\nbase\nb\n"), ("f.c", "a\nbase\nb\n"), ("r.md", "Title\n=======\n\ntext\n")],
    );
    let lone = "a\nours\n=======\ntheirs\nb\n";
    merged(&repo, "f.c", lone);
    assert_eq!(found(&repo, &[]), ["warn f.c:3"]);
    repo.pre_push_head("x")
        .says(0, &["warning[conflict-marker]", "--> f.c:3", "a lone separator", "let through: 1 warning."]);
    // As long as it stands there; later commits do not hide it, and a mended one is gone.
    repo.commit("later", &[("g.c", "g\n"), ("f.c", &format!("0\n{lone}"))]);
    assert_eq!(found(&repo, &[]), ["warn f.c:4"]);
    repo.commit("mended", &[("f.c", "a\nours\ntheirs\nb\n")]);
    assert_eq!(found(&repo, &[]), Vec::<String>::new());
    // In prose it may be a heading.
    merged(&repo, "f.txt", "a\nours and theirs\n=======\nb\n");
    assert_eq!(found(&repo, &[]), Vec::<String>::new());
    // In a commit that is no merge, and where a parent has it, it is a divider.
    repo.git(&["checkout", "-q", "-B", "x", "origin/main"]);
    repo.commit("divider", &[("f.c", lone)]);
    repo.git(&["merge", "-q", "-m", "merged", "side"]);
    assert_eq!(found(&repo, &[]), Vec::<String>::new());
    // More than a separator is more than a warning.
    merged(&repo, "f.c", &format!("a\n<<<<<<< HEAD\nours\n=======\n{}", "theirs\nb\n"));
    assert_eq!(found(&repo, &[]), ["block f.c:2"]);
    // What the base's own merges left is old.
    merged(&repo, "f.c", lone);
    repo.git(&["push", "-q", "--no-verify", "origin", "x:main"]);
    repo.commit("mine", &[("f.c", &format!("0\n{lone}"))]);
    assert_eq!(found(&repo, &[]), Vec::<String>::new());
}
