//! Repositories made to mislead: whatever they configure is not run, whatever they hide is found, and whatever they hold
//! ends in a verdict.

use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, make_executable};

/// What the hook says of pushing this commit as a new branch.
fn push(repo: &Repo, revision: &str) -> Ended {
    let tip = repo.rev(revision);
    repo.pre_push(&format!("x {tip} refs/heads/x {}\n", "0".repeat(tip.len())))
}

/// A commit of this tree on top of `main`.
fn commit_tree(repo: &Repo, tree: &str) -> String {
    repo.git(&["commit-tree", tree, "-p", "main", "-m", "made by hand"])
}

/// A tree entry as it is stored.
fn entry(mode: &str, name: &[u8], id: &str) -> Vec<u8> {
    let id: Vec<u8> = (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap()).collect();
    [mode.as_bytes(), b" ", name, b"\0", &id].concat()
}

#[test]
fn nothing_that_is_configured_is_run() {
    for options in [&[][..], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo_with("w", options);
        repo.git(&["remote", "add", "origin", "/nowhere"]);
        repo.commit("base", &[("base.txt", "base\n")]);
        repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        repo.commit("bad", &[(".gitattributes", "* filter=evil diff=evil merge=evil\n"), ("f.txt", CONFLICT)]);
        let witness = sandbox.path("witness");
        let program = sandbox.path("program");
        std::fs::write(&program, format!("#!/bin/sh\necho \"$@\" >>'{}'\ncat\n", witness.display())).unwrap();
        make_executable(&program);
        let program = program.to_str().unwrap();
        for key in [
            "core.fsmonitor",
            "core.pager",
            "core.editor",
            "core.askPass",
            "core.sshCommand",
            "core.gitProxy",
            "core.alternateRefsCommand",
            "diff.external",
            "diff.evil.textconv",
            "diff.evil.command",
            "filter.evil.clean",
            "filter.evil.smudge",
            "filter.evil.process",
            "merge.evil.driver",
            "credential.helper",
            "gpg.program",
            "uploadpack.packObjectsHook",
            "pager.log",
            "pager.for-each-ref",
            "sequence.editor",
            "interactive.diffFilter",
            "hook.evil.command",
            "trailer.evil.command",
            "remote.origin.uploadpack",
            "remote.origin.vcs",
        ] {
            let value = if key.starts_with("credential") || key.starts_with("pager") {
                format!("!{program}")
            } else {
                program.to_owned()
            };
            repo.git(&["config", key, &value]);
        }
        for (key, value) in [
            ("log.showSignature", "true"),
            ("color.ui", "always"),
            ("core.quotePath", "false"),
            ("alias.for-each-ref", "!false"),
            ("alias.rev-parse", "!false"),
            ("hook.evil.event", "pre-push"),
            ("core.hooksPath", "/nowhere"),
            ("help.autocorrect", "immediate"),
            ("filter.evil.required", "true"),
            ("core.untrackedCache", "true"),
            ("promisor.acceptFromServer", "all"),
        ] {
            repo.git(&["config", key, value]);
        }
        let _ = std::fs::remove_file(&witness);
        for (ended, code) in [
            (push(&repo, "main"), 1),
            (repo.ci_guard(&["check"]), 1),
            (repo.ci_guard(&["check", "main~", "--all"]), 0),
            (repo.ci_guard(&["check", "--staged"]), 1),
            (repo.ci_guard(&["check", "--range", "main~..main"]), 1),
            (repo.ci_guard(&["policy", "show"]), 0),
        ] {
            assert_eq!(ended.code, Some(code), "{options:?} {ended:?}");
        }
        let ran = std::fs::read_to_string(&witness).unwrap_or_default();
        assert!(!ran.contains("--") || !witness.exists(), "{options:?} ran: {ran}");
        assert!(!witness.exists(), "{options:?} ran: {ran}");
    }
}

#[test]
fn no_program_is_started_for_a_push_in_an_ordinary_repository() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.policy(r#"{"base": "main", "allowed": ["develop"]}"#);
    repo.git(&["checkout", "-q", "-b", "x"]);
    let tip = repo.commit("bad", &[("f.txt", CONFLICT)]);
    let folder = sandbox.path("bin");
    std::fs::create_dir(&folder).unwrap();
    for name in ["git", "sh", "ssh", "cat"] {
        std::fs::write(folder.join(name), "#!/bin/sh\n: >\"$0.witness\"\n").unwrap();
        make_executable(&folder.join(name));
    }
    let mut hook = repo.command(BINARY);
    hook.args(["hook", "pre-push", "origin", "URL"]).env("PATH", &folder);
    let line = format!("x {tip} refs/heads/x {}\n", "0".repeat(40));
    crate::support::feed(&mut hook, line.as_bytes()).says(1, &["--> f.txt:1"]);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 4, "no witness");
}

#[test]
fn replacements_and_grafts_hide_nothing() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("bad", &[("f.txt", CONFLICT)]);
    let found = ["--> f.txt:1", "push stopped: 1 finding."];
    let hidden = |repo: &Repo| {
        push(repo, "x").says(1, &found);
        assert_eq!(repo.ci_guard(&["check", "x", "--format", "json"]).findings(), ["block conflict-marker f.txt:1"]);
        repo.git(&["replace", "-d", &repo.git(&["replace", "-l"])]);
    };
    let clean = repo.git(&["rev-parse", "main:base.txt"]);
    repo.git(&["replace", "x:f.txt", &clean]);
    assert_eq!(repo.git(&["show", "x:f.txt"]), "base");
    hidden(&repo);
    repo.git(&["replace", "x^{tree}", "main^{tree}"]);
    hidden(&repo);
    repo.git(&["replace", "x", "main"]);
    hidden(&repo);
    // A commit that seems to have another parent, so that the merge below it is gone.
    repo.policy(r#"{"feature": "x", "base": "main"}"#);
    repo.git(&["checkout", "-q", "-b", "develop", "main"]);
    repo.commit("theirs", &[("d.txt", "d\n")]);
    repo.git(&["push", "-q", "origin", "develop"]);
    repo.git(&["checkout", "-q", "-b", "merged", "main"]);
    repo.commit("mine", &[("m.txt", "m\n")]);
    repo.git(&["merge", "-q", "-m", "take develop", "develop"]);
    let foreign = ["error[merge-source]", "take develop", "error[foreign-commits]"];
    push(&repo, "merged").says(1, &foreign);
    repo.git(&["replace", "--graft", "merged", "merged^1"]);
    assert_eq!(repo.git(&["rev-list", "--merges", "--count", "merged"]), "0");
    push(&repo, "merged").says(1, &foreign);
    repo.git(&["replace", "-d", &repo.rev("merged")]);
    let graft = format!("{} {}\n", repo.rev("merged"), repo.rev("merged^1"));
    std::fs::create_dir_all(repo.dir.join(".git/info")).unwrap();
    std::fs::write(repo.dir.join(".git/info/grafts"), graft).unwrap();
    push(&repo, "merged").says(1, &foreign);
    // By the environment, too.
    let tip = repo.rev("merged");
    let mut hook = repo.command(BINARY);
    hook.args(["hook", "pre-push", "origin", "URL"]).env("GIT_GRAFT_FILE", repo.dir.join(".git/info/grafts"));
    hook.env("GIT_REPLACE_REF_BASE", "refs/heads/");
    crate::support::feed(&mut hook, format!("x {tip} refs/heads/x {}\n", "0".repeat(40)).as_bytes()).says(1, &foreign);
}

#[test]
fn trees_with_odd_entries() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let bad = repo.store("blob", CONFLICT.as_bytes());
    let clean = repo.rev("main:base.txt");
    let zero = "0".repeat(40);
    let judged = |tree: &[&[u8]]| push(&repo, &commit_tree(&repo, &repo.store("tree", &tree.concat())));
    let found = ["--> f:1", "push stopped: 1 finding"];
    for mode in ["100644", "100755", "100664", "100640", "100600", "100777", "100000", "0100644", "00000100644"] {
        judged(&[&entry(mode, b"f", &bad)]).says(1, &found);
        judged(&[&entry(mode, b"a", &clean), &entry("100644", b"f", &bad)]).says(1, &found);
    }
    // Links, submodules, and what no version of git takes for a file.
    for mode in ["120000", "160000", "120777", "20644", "60644", "0"] {
        judged(&[&entry(mode, b"a", &bad)]).is_silent();
        judged(&[&entry(mode, b"a", &bad), &entry("100644", b"f", &bad)]).says(1, &found);
    }
    let subtree = repo.store("tree", &entry("100644", b"f", &bad));
    for mode in ["40000", "040000", "40755"] {
        judged(&[&entry(mode, b"d", &subtree)]).says(1, &["--> d/f:1", "push stopped: 1 finding"]);
    }
    // Kinds that are not what their mode says.
    judged(&[&entry("40000", b"a", &bad), &entry("100644", b"f", &bad)]).says(1, &[found[0], &bad]);
    judged(&[&entry("100644", b"a", &subtree), &entry("100644", b"f", &bad)]).says(1, &found);
    judged(&[&entry("100644", b"a", &repo.rev("main")), &entry("100644", b"f", &bad)]).says(1, &found);
    judged(&[&entry("40000", b"a", &repo.rev("main")), &entry("100644", b"f", &bad)]).says(1, &found);
    judged(&[&entry("100644", b"a", &zero), &entry("40000", b"b", &zero), &entry("100644", b"f", &bad)])
        .says(1, &found);
    // Two of one name, in whatever order, and beside what the base has.
    for pair in [[&clean, &bad], [&bad, &clean], [&bad, &bad]] {
        judged(&[&entry("100644", b"f", pair[0]), &entry("100644", b"f", pair[1])]).says(1, &["--> f:1"]);
        judged(&[&entry("100644", b"base.txt", pair[0]), &entry("100644", b"base.txt", pair[1])])
            .says(1, &["--> base.txt:1"]);
    }
    let double = [entry("40000", b"f", &subtree), entry("100644", b"f", &bad)];
    judged(&[&double[0], &double[1]]).says(1, &["--> f:1", "--> f/f:1"]);
    judged(&[&double[1], &double[0]]).says(1, &["--> f:1", "--> f/f:1"]);
    // Without order.
    judged(&[&entry("100644", b"z", &clean), &entry("100644", b"base.txt", &clean), &entry("100644", b"f", &bad)])
        .says(1, &found);
    for name in [&b".."[..], b".", b".git", b"-rf", b"a/b", b"/", b"~", b"C:x", b"*", b"::x", b"..\\x"] {
        let text = String::from_utf8_lossy(name).replace("::x", "\\x3a:x");
        judged(&[&entry("100644", name, &bad)]).says(1, &[&format!("--> {text}:1"), "push stopped: 1 finding"]);
    }
    // What breaks off is named.
    for broken in [&entry("100644", b"f", &bad)[..10], b"100644 f\0", b"100644f", b"9 f\0", b"\0\0\0", b"100644 "] {
        let ended = judged(&[&entry("100644", b"a", &clean), broken]);
        ended.says(0, &["conflict-marker not judged: folders", "tree"]);
        judged(&[&entry("100644", b"f", &bad), broken]).says(1, &["--> f:1", "conflict-marker not judged: folders"]);
    }
    judged(&[]).is_silent();
}

/// Two entries of one name: neither may vouch for the other by what the base has elsewhere.
#[test]
fn a_double_name_does_not_borrow_an_old_content() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let bad = repo.store("blob", CONFLICT.as_bytes());
    let old = repo.rev("main:base.txt");
    for pair in [[&old, &bad], [&bad, &old]] {
        let tree = [entry("100644", b"new", pair[0]), entry("100644", b"new", pair[1])].concat();
        push(&repo, &commit_tree(&repo, &repo.store("tree", &tree))).says(1, &["--> new:1", "1 finding"]);
    }
}

#[test]
fn objects_of_noise_end_in_a_verdict() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.policy(r#"{"base": "main", "allowed": ["develop"]}"#);
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut noise = |length: usize| -> Vec<u8> {
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed as u8
        };
        (0..length).map(|_| next()).collect()
    };
    let tree = repo.rev("main^{tree}");
    let main = repo.rev("main");
    let mut ids = Vec::new();
    for length in [0, 1, 7, 40, 300] {
        for kind in ["blob", "tree", "commit", "tag"] {
            ids.push(repo.store(kind, &noise(length)));
        }
    }
    for head in [
        format!("tree {tree}\n"),
        format!("tree {tree}\nparent {main}\nparent {main}\nparent "),
        format!("tree {main}\nparent {tree}\n\n"),
        format!("tree {}\nparent {}\n\nx", "0".repeat(40), "f".repeat(40)),
        format!("tree {tree}\nparent {main}\nauthor\ncommitter x <x> 99999999999999999999 +9999\n\n"),
        format!(
            "tree {tree}\nparent {main}\nauthor A <a> 1 +0\ncommitter C <c> -9223372036854775808 +0\n\n\x1b[2J::error::\r\n"
        ),
    ] {
        ids.push(repo.store("commit", &[head.as_bytes(), &noise(20)].concat()));
        ids.push(repo.store("commit", head.as_bytes()));
    }
    for head in
        [format!("object {main}\n"), format!("object {tree}\ntype commit\n"), "object x\n".into(), "object ".into()]
    {
        ids.push(repo.store("tag", head.as_bytes()));
    }
    let mut all = String::new();
    for id in &ids {
        let line = format!("x {id} refs/heads/{id} {}\n", "0".repeat(40));
        let ended = repo.pre_push(&line);
        assert_eq!(ended.code, Some(0), "{id} {ended:?}");
        assert!(!ended.stderr.contains("internal error"), "{ended:?}");
        assert!(!ended.stderr.contains(['\x1b', '\r']) && !ended.stderr.contains("\n::"), "{ended:?}");
        all += &line;
    }
    assert_eq!(repo.pre_push(&all).code, Some(0));
    // A tag that leads nowhere, and a long way down.
    let mut id = repo.rev("main");
    for _ in 0..50 {
        id = repo.store("tag", format!("object {id}\ntype tag\ntag x\ntagger T <t> 1 +0\n\nx\n").as_bytes());
    }
    repo.pre_push(&format!("x {id} refs/tags/x {}\n", "0".repeat(40))).is_silent();
}

#[test]
fn deep_and_wide_trees() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let bad = repo.store("blob", CONFLICT.as_bytes());
    let clean = repo.rev("main:base.txt");
    let mut wide: Vec<u8> =
        (0..200_000).flat_map(|number| entry("100644", format!("{number:06}").as_bytes(), &clean)).collect();
    wide.extend(entry("100644", b"f", &bad));
    let wide = commit_tree(&repo, &repo.store("tree", &wide));
    push(&repo, &wide).says(1, &["--> f:1", "push stopped: 1 finding."]);
    // More levels than git itself would read.
    let path = "d/".repeat(5_000);
    repo.import(format!(
        "commit refs/heads/deep\ncommitter C <c> 1 +0000\ndata 0\nfrom refs/heads/main\nM 100644 {bad} {path}f\n"
    ));
    push(&repo, "deep").says(1, &["d/d/d/f:1", "push stopped: 1 finding."]);
}

#[test]
fn a_tree_that_names_more_files_than_there_is_memory() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let bad = repo.store("blob", CONFLICT.as_bytes());
    // Ten times ten times ten and so on, with long names to make it short.
    let (mut mode, mut id) = ("100644", bad);
    for _ in 0..10 {
        let names = (0..10).map(|number| format!("{number}{}", "x".repeat(250)));
        let tree: Vec<u8> = names.flat_map(|name| entry(mode, name.as_bytes(), &id)).collect();
        (mode, id) = ("40000", repo.store("tree", &tree));
    }
    let bomb = commit_tree(&repo, &id);
    // The ten trees are judged; that they stand at ten thousand million paths changes nothing.
    push(&repo, &bomb).says(1, &["error[conflict-marker]", "push stopped"]);
}
