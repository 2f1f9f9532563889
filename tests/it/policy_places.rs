//! Where the policy is read, in which order, and what becomes of one that cannot be used.

use crate::support::{BINARY, CONFLICT, Repo, Sandbox, feed};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A policy that can be told from others: by what it ignores.
fn ignoring(path: &str) -> String {
    format!(r#"{{"conflict_markers": {{"ignore": ["{path}"]}}}}"#)
}

/// A clone with a branch `x` that has one new leftover in each of seven files, `p1` to `p7`.
fn seven_leftovers(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "x"]);
    let names: Vec<_> = (1..=7).map(|number| format!("p{number}")).collect();
    repo.commit("x", &names.iter().map(|name| (name.as_str(), CONFLICT)).collect::<Vec<_>>());
    repo
}

/// Which of the files is ignored, and the source that the report names.
fn in_force(repo: &Repo, args: &[&str], environment: &[(&str, &Path)]) -> (String, Value) {
    let mut command = repo.command(BINARY);
    command.args(["check", "--format", "json"]).args(args).envs(environment.iter().copied());
    let ended = feed(&mut command, b"");
    let found = ended.findings();
    let missing = (1..=7).filter(|number| !found.contains(&format!("block conflict-marker p{number}:1")));
    let missing: Vec<_> = missing.map(|number| format!("p{number}")).collect();
    (missing.join(" "), ended.report()["policy"]["source"].clone())
}

#[test]
fn each_place_comes_before_the_next() {
    let sandbox = Sandbox::new();
    let repo = seven_leftovers(&sandbox);
    let file = |name: &str, ignored: &str| -> PathBuf {
        let path = sandbox.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, ignoring(ignored)).unwrap();
        path
    };
    // Where nobody may be heard: the work tree, the index, the pushed tree, other branches of other people.
    repo.commit("mine", &[(".ci-guard.json", &ignoring("p7")), ("ci-guard/policy.json", &ignoring("p7"))]);
    repo.write(&[(".ci-guard.json", &ignoring("*"))]);
    repo.git(&["add", "-A"]);
    repo.git(&["update-ref", "refs/remotes/origin/other", "HEAD"]);
    repo.git(&["tag", "main"]);
    assert_eq!(in_force(&repo, &[], &[]), (String::new(), Value::Null));
    repo.pre_push_head("x").says(1, &["push stopped: 7 findings."]);

    // 5. The base branch's tree.
    repo.git(&["checkout", "-q", "-f", "main", "--"]);
    repo.commit("policy", &[(".ci-guard.json", &ignoring("p6"))]);
    repo.git(&["push", "-q", "origin", "refs/heads/main"]);
    repo.git(&["checkout", "-q", "x"]);
    let in_tree: Value = ".ci-guard.json of refs/remotes/origin/main".into();
    assert_eq!(in_force(&repo, &[], &[]), ("p6".into(), in_tree.clone()));
    // 4. The common git folder, then before it the worktree's own.
    repo.git(&["worktree", "add", "-q", "--detach", "../linked", "x"]);
    let linked = sandbox.at("linked");
    let common = file("w/.git/ci-guard/policy.json", "p5");
    assert_eq!(in_force(&repo, &[], &[]), ("p5".into(), ".git/ci-guard/policy.json".into()));
    assert_eq!(in_force(&linked, &[], &[]), ("p5".into(), common.to_str().unwrap().into()));
    let own = file("w/.git/worktrees/linked/ci-guard/policy.json", "p4");
    assert_eq!(in_force(&repo, &[], &[]).0, "p5");
    assert_eq!(in_force(&linked, &[], &[]), ("p4".into(), own.to_str().unwrap().into()));
    // 3. The configuration, of any scope. A plain name never means a file of the work tree.
    let source = |path: &str, by: &str| Value::from(format!("{path} ({by})"));
    repo.write(&[("p3.json", &ignoring("p7"))]);
    let by_config = file("w/.git/p3.json", "p3");
    for repo in [&repo, &linked] {
        repo.git(&["config", "ciguard.policy", "p3.json"]);
        let (ignored, source) = in_force(repo, &[], &[]);
        assert_eq!(ignored, "p3");
        assert!(source.as_str().unwrap().ends_with(".git/p3.json (ciguard.policy)"), "{source}");
        repo.git(&["config", "--unset", "ciguard.policy"]);
        repo.git(&["config", "--global", "ciguard.policy", by_config.to_str().unwrap()]);
        assert_eq!(in_force(repo, &[], &[]).0, "p3");
    }
    file("home/p3.json", "p3");
    repo.git(&["config", "--global", "ciguard.policy", "~/p3.json"]);
    assert_eq!(in_force(&repo, &[], &[]).0, "p3");
    // 2. The environment.
    let by_variable = file("p2.json", "p2");
    let variable: &[(&str, &Path)] = &[("CI_GUARD_POLICY", &by_variable)];
    let said = source(by_variable.to_str().unwrap(), "CI_GUARD_POLICY");
    assert_eq!(in_force(&repo, &[], variable), ("p2".into(), said));
    assert_eq!(in_force(&repo, &[], &[("CI_GUARD_POLICY", Path::new(""))]).0, "p3", "an empty one is none");
    // 1. What was typed.
    let typed = file("p1.json", "p1");
    let typed = typed.to_str().unwrap();
    assert_eq!(in_force(&repo, &["--policy", typed], variable), ("p1".into(), source(typed, "--policy")));
    assert_eq!(in_force(&repo, &["--policy", "../p1.json"], variable).0, "p1");

    let shown = repo.ci_guard(&["policy", "show", "--policy", typed]);
    shown.is_clean(&[typed, "p1"]);
    assert!(!shown.stdout.contains("p2"));
}

#[test]
fn the_base_is_found_before_its_policy_and_may_be_another_by_it() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    // `main` says that `develop` is the base. What `develop` itself says then means nothing.
    repo.commit("policy", &[(".ci-guard.json", r#"{"base": "develop"}"#)]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["checkout", "-q", "-b", "develop"]);
    repo.commit("develop", &[(".ci-guard.json", r#"{"base": "main"}"#), ("old.txt", CONFLICT)]);
    repo.git(&["push", "-q", "origin", "develop"]);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("mine", &[("g.txt", "g\n")]);
    repo.pre_push_head("x").is_silent();
    let report = repo.ci_guard(&["check", "--format", "json"]).report();
    assert_eq!(report["base"], "refs/remotes/origin/develop");
    assert_eq!(report["policy"]["source"], ".ci-guard.json of refs/remotes/origin/main");
    // A symlink or a folder of that name cannot be a policy, and is not taken for none.
    for make in [&["ln", "-s", "policy.json", ".ci-guard.json"][..], &["mkdir", ".ci-guard.json"]] {
        repo.git(&["checkout", "-q", "--detach", "origin/main"]);
        repo.git(&["rm", "-q", ".ci-guard.json"]);
        assert!(repo.command(make[0]).args(&make[1..]).status().unwrap().success());
        repo.write(&[("policy.json", "{")]);
        if make[0] == "mkdir" {
            repo.write(&[(".ci-guard.json/policy.json", "{")]);
        }
        repo.commit("no policy", &[]);
        repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        let report = repo.ci_guard(&["check", "--format", "json"]).report();
        assert_eq!(report["policy"]["source"], ".ci-guard.json of refs/remotes/origin/main", "{make:?}");
        let error = report["policy"]["error"].as_str().unwrap();
        assert!(error.ends_with(".ci-guard.json is no regular file there"), "{error}");
    }
}

#[test]
fn one_that_cannot_be_used_is_named_and_markers_are_judged_all_the_same() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "bad"]);
    let bad = repo.commit("bad", &[("f.txt", CONFLICT)]);
    repo.git(&["checkout", "-q", "-b", "good", "main"]);
    let good = repo.commit("good", &[("g.txt", "fine\n")]);
    let line = |id: &str| format!("x {id} refs/heads/x {}\n", "0".repeat(40));
    let huge = format!("{{\"feature\": \"{}\"}}", "x".repeat(2 << 20));
    let vast = " ".repeat((16 << 20) + 1);
    let contents: [(&[u8], &str); 12] = [
        (b"", "the file is empty"),
        (b"\n", "the file is empty"),
        (
            b"{\n  \"base\": \"main\",\n  \"alowed\": []\n}",
            "line 3, column 3: unknown key `alowed`; did you mean `allowed`?",
        ),
        (b"{\"base\": 7}", "line 1, column 10"),
        (b"{\"base\": \"main\"", "line 1"),
        (b"[]", "line 1, column 1"),
        (b"{\"version\": 2}", "line 1, column 13"),
        (b"{\"guard\": {\"time_limit_s\": 0}}", "line 1, column 28"),
        (b"\xff\xfe{\0}\0", "UTF-16 or binary"),
        (b"{\"base\": \"caf\xe9\"}", "not UTF-8"),
        (huge.as_bytes(), "longer than 1048576 bytes"),
        (vast.as_bytes(), "larger than 16 MiB"),
    ];
    let file = repo.dir.join(".git/ci-guard/policy.json");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    for (content, reason) in contents {
        std::fs::write(&file, content).unwrap();
        let named = format!(".git/ci-guard/policy.json: {reason}");
        let unsure =
            ["could not judge merge-source, foreign-commits and patch-scope: the policy cannot be used", reason];
        repo.pre_push(&line(&good)).says(0, &[&unsure[..], &[".git/ci-guard/policy.json: ", "it goes on"]].concat());
        repo.pre_push(&line(&bad))
            .says(1, &[&unsure[..], &["--> f.txt:1", "push stopped: 1 finding, 1 warning."]].concat());
        let report = repo.ci_guard(&["check", "good", "--format", "json"]).report();
        assert_eq!(report["verdict"], "undecided", "{named}");
        assert!(report["policy"]["error"].as_str().unwrap().contains(reason), "{report}");
        assert_eq!(report["skipped"].as_array().unwrap().len(), 3);
        assert_eq!(repo.ci_guard(&["check", "bad", "--format", "json"]).findings(), ["block conflict-marker f.txt:1"]);
        assert_eq!(repo.ci_guard(&["policy", "show"]).code, Some(2));
    }

    // The same for what is no file, in each place; the next place is not asked instead.
    std::fs::remove_file(&file).unwrap();
    let broken = |args: &[&str], environment: &[(&str, &Path)], words: &[&str]| {
        for (id, code) in [(&good, 0), (&bad, 1)] {
            if args.is_empty() {
                let mut hook = repo.command(BINARY);
                hook.args(["hook", "pre-push", "origin", "URL"]).envs(environment.iter().copied());
                feed(&mut hook, line(id).as_bytes()).says(code, &[&["the policy cannot be used"], words].concat());
            }
            let mut check = repo.command(BINARY);
            check.args(["check", id, "--format", "json"]).args(args).envs(environment.iter().copied());
            let ended = feed(&mut check, b"");
            let report = ended.report();
            assert_eq!(report["verdict"], if code == 1 { "block" } else { "undecided" });
            let error = report["policy"]["error"].as_str().unwrap();
            assert!(words.iter().all(|words| error.contains(words)), "{words:?}: {error}");
        }
    };
    let fifo = sandbox.path("fifo");
    assert!(repo.command("mkfifo").arg(&fifo).status().unwrap().success());
    let gone = sandbox.path("gone.json");
    let circle = sandbox.path("circle");
    std::os::unix::fs::symlink("circle", &circle).unwrap();
    for (path, reason) in [
        (fifo.as_path(), "it is no regular file"),
        (Path::new("/dev/zero"), "it is no regular file"),
        (sandbox.path("").as_path(), "it is no regular file"),
        (circle.as_path(), "it cannot be read"),
        (gone.as_path(), "there is no such file"),
    ] {
        let name = path.to_str().unwrap();
        broken(&["--policy", name], &[], &["(--policy)", reason]);
        broken(&[], &[("CI_GUARD_POLICY", path)], &["(CI_GUARD_POLICY)", reason]);
        repo.git(&["config", "ciguard.policy", name]);
        broken(&[], &[], &["(ciguard.policy)", reason]);
        repo.git(&["config", "--unset", "ciguard.policy"]);
        if path != gone {
            std::os::unix::fs::symlink(path, &file).unwrap();
            broken(&[], &[], &[".git/ci-guard/policy.json", reason]);
            std::fs::remove_file(&file).unwrap();
        }
    }
    // In the base branch's tree.
    repo.git(&["checkout", "-q", "--detach", "origin/main"]);
    repo.commit("policy", &[(".ci-guard.json", "{\"base\": }")]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    broken(&[], &[], &[".ci-guard.json of refs/remotes/origin/main: line 1, column 10"]);
}

#[test]
fn settings_of_one_command_count() {
    let sandbox = Sandbox::new();
    let repo = seven_leftovers(&sandbox);
    repo.arm("pre-push");
    let file = sandbox.path("p.json");
    std::fs::write(&file, ignoring("p*")).unwrap();
    repo.try_git(&["push", "-q", "origin", "x"]).says(1, &["push stopped: 7 findings."]);
    let setting = format!("ciguard.policy={}", file.to_str().unwrap());
    repo.try_git(&["-c", &setting, "push", "-q", "--dry-run", "origin", "x"]).is_silent();
    let mut push = repo.command("git");
    push.args(["push", "-q", "origin", "x"]).envs([
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "ciguard.policy"),
        ("GIT_CONFIG_VALUE_0", file.to_str().unwrap()),
    ]);
    feed(&mut push, b"").is_silent();
}
