//! `ci-guard patch check` as a whole: patches and ranges, their bases, and what cannot be judged.

use crate::support::{Ended, Repo, Sandbox};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A repository with some files, and nothing staged.
fn repo(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.repo("r");
    repo.commit(
        "base",
        &[("src/a.rs", "fn a() {}\nfn b() {}\nfn c() {}\n"), ("src/b.rs", &lines("let x =", 40)), ("doc.md", "doc\n")],
    );
    repo
}

fn lines(word: &str, count: usize) -> String {
    (1..=count).map(|number| format!("{word} {number}\n")).collect()
}

/// What git makes a patch of in the work tree, which is then as it was.
fn patch_of(repo: &Repo, files: &[(&str, &str)]) -> String {
    repo.write(files);
    repo.git(&["add", "-A"]);
    let patch = repo.try_git(&["diff", "--cached", "--binary"]).stdout;
    repo.git(&["reset", "-q", "--hard"]);
    patch
}

fn check(repo: &Repo, patch: &str, more: &[&str]) -> Ended {
    repo.ci_guard_reading(&[&["patch", "check", "-", "--format", "json"], more].concat(), patch.as_bytes())
}

/// Verdict and codes, in the words of JSON, with the exit code that belongs to it.
fn verdict(said: &Ended) -> String {
    let report: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:#?}"));
    let verdict = report["verdict"].as_str().unwrap();
    let code = match verdict {
        "allow" => 0,
        "deny" => 1,
        _ => 4,
    };
    assert_eq!((said.code, said.stderr.as_str()), (Some(code), ""), "{said:#?}");
    let codes: Vec<_> = report["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    format!("{verdict} {}", codes.join(" "))
}

/// The files of a JSON report as `S old -> path +added -deleted`.
fn files(said: &Ended) -> Vec<String> {
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    let row = |file: &Value| {
        let old = file["old_path"].as_str().map_or(String::new(), |old| format!("{old} -> "));
        format!(
            "{} {old}{} +{} -{}",
            file["status"].as_str().unwrap(),
            file["path"].as_str().unwrap(),
            file["added"],
            file["deleted"]
        )
    };
    report["files"].as_array().unwrap().iter().map(row).collect()
}

/// That nothing could be judged, and why.
#[track_caller]
fn fault(said: &Ended, words: &str) {
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{said:#?}");
    assert!(said.stderr.contains(words), "{words:?} is missing: {}", said.stderr);
}

#[test]
fn a_small_patch_is_in_scope_from_a_file_and_from_standard_input() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let patch = patch_of(&repo, &[("src/a.rs", "fn a() {}\nfn b() { a() }\nfn c() {}\n"), ("src/new.rs", "new\n")]);
    let said = check(&repo, &patch, &[]);
    assert_eq!(verdict(&said), "allow ok");
    assert_eq!(files(&said), ["M src/a.rs +1 -1", "A src/new.rs +1 -0"]);
    std::fs::write(sandbox.path("fix.patch"), &patch).unwrap();
    assert_eq!(verdict(&repo.ci_guard(&["patch", "check", "../fix.patch", "--format", "json"])), "allow ok");
    // From below the top as well, where git itself would pass over what is elsewhere.
    let below = crate::support::ended(
        repo.command(crate::support::BINARY)
            .current_dir(repo.dir.join("src"))
            .args(["patch", "check", "../../fix.patch", "--format", "json"])
            .output()
            .unwrap(),
    );
    assert_eq!(files(&below), files(&said));
}

#[test]
fn what_git_really_does_is_what_counts() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    repo.git(&["mv", "src/b.rs", "src/moved.rs"]);
    std::fs::write(repo.dir.join("src/moved.rs"), lines("let x =", 40).replace("let x = 7\n", "let y = 7\n")).unwrap();
    repo.git(&["rm", "-q", "doc.md"]);
    repo.git(&["add", "-A"]);
    let without = repo.git(&["diff", "--cached", "--no-renames"]) + "\n";
    let with = repo.git(&["diff", "--cached", "-M"]) + "\n";
    repo.git(&["reset", "-q", "--hard"]);
    for patch in [with, without] {
        let said = check(&repo, &patch, &[]);
        assert_eq!(files(&said), ["D doc.md +0 -1", "R src/b.rs -> src/moved.rs +1 -1"]);
        assert_eq!(verdict(&said), "allow ok");
    }
    let copy = "diff --git a/src/b.rs b/src/copy.rs\nsimilarity index 100%\ncopy from src/b.rs\ncopy to src/copy.rs\n";
    let said = check(&repo, copy, &[]);
    assert_eq!(files(&said), ["C src/b.rs -> src/copy.rs +40 -0"], "as many lines as a commit of it would count");
}

#[test]
fn a_patch_is_judged_on_the_base_it_is_meant_for() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let patch = patch_of(&repo, &[("doc.md", "doc\nmore\n")]);
    repo.commit("elsewhere", &[("doc.md", "another\n")]);
    assert_eq!(verdict(&check(&repo, &patch, &[])), "deny does_not_apply");
    assert_eq!(verdict(&check(&repo, &patch, &["--onto", "HEAD~"])), "allow ok");
    fault(&check(&repo, &patch, &["--onto", "nowhere"]), "nowhere names no commit in this repository");
    for option in ["--onto=--output=stolen", "--onto=-x"] {
        fault(&check(&repo, &patch, &[option]), "is no revision");
    }
    assert!(!repo.dir.join("stolen").exists());
    let empty = sandbox.repo("empty");
    let first = "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n";
    assert_eq!(verdict(&check(&empty, first, &[])), "allow ok");
    assert_eq!(verdict(&check(&empty, &patch, &[])), "deny does_not_apply");
}

#[test]
fn a_text_that_is_refused_never_reaches_git() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let patch = patch_of(&repo, &[("doc.md", "doc\nmore\n")]);
    for (text, code) in [
        ("", "no_patch"),
        ("just words\n", "no_patch"),
        ("*** Begin Patch\n*** Update File: doc.md\n@@\n-doc\n+x\n*** End Patch\n", "unsupported_format"),
        (&format!("{patch}+left over\n"), "hunk_count_mismatch"),
    ] {
        let said = check(&repo, text, &[]);
        assert!(verdict(&said).contains(code), "{text:?}: {}", verdict(&said));
        assert!(verdict(&said).starts_with("deny"), "{text:?}");
        assert_eq!(files(&said), Vec::<String>::new());
    }
    // By its own words it makes a file that is too large; nobody unpacks that.
    let large = patch_of(&repo, &[("large.bin", &("\0".repeat(3 << 20)))]);
    let said = check(&repo, &large, &[]);
    assert!(verdict(&said).contains("too_many_bytes"), "{}", verdict(&said));
    assert_eq!(files(&said), Vec::<String>::new());
}

#[test]
fn a_range_is_what_its_end_changes_since_it_left_its_start() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("own", &[("src/own.rs", &lines("own", 10))]);
    repo.git(&["checkout", "-q", "main"]);
    repo.commit("theirs", &[("src/theirs.rs", &lines("theirs", 500))]);
    repo.git(&["checkout", "-q", "x"]);
    for range in ["main..x", "main...x", "main..", "main..HEAD"] {
        let said = repo.ci_guard(&["patch", "check", "--range", range, "--format", "json"]);
        assert_eq!(verdict(&said), "allow ok", "{range}");
        assert_eq!(files(&said), ["A src/own.rs +10 -0"], "{range}");
    }
    let range = |range: &str| repo.ci_guard(&["patch", "check", "--format", "json", &format!("--range={range}")]);
    assert_eq!(verdict(&range("x..main")), "deny too_many_lines");
    assert_eq!(verdict(&range("x..x")), "allow ok", "nothing is a change without fault");
    fault(&range("x"), "is no range");
    fault(&range("x..nowhere"), "nowhere names no commit");
    fault(&range("--output=stolen..x"), "is no revision");
    repo.git(&["checkout", "-q", "--orphan", "alone"]);
    repo.commit("alone", &[]);
    fault(&range("main..alone"), "no history in common");
}

#[test]
fn nothing_that_a_range_hides_from_others_is_hidden() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let base = repo.rev("HEAD");
    repo.commit("ignore", &[(".gitmodules", "[submodule \"s\"]\n\tpath = s\n\turl = u\n\tignore = all\n")]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{base},s")]);
    repo.git(&["commit", "-q", "-m", "a submodule"]);
    let range = format!("{base}..HEAD");
    let said = repo.ci_guard(&["patch", "check", "--range", &range, "--format", "json"]);
    assert_eq!(files(&said), ["A .gitmodules +4 -0", "A s +1 -0"]);
    assert!(verdict(&said).contains("gitlink"), "{}", verdict(&said));
    // A replacement shows another commit to whoever follows it.
    repo.git(&["replace", "HEAD", &base]);
    assert_eq!(files(&repo.ci_guard(&["patch", "check", "--range", &range, "--format", "json"])).len(), 2);
}

#[test]
fn the_policy_and_the_owners_are_those_of_the_base() {
    let sandbox = Sandbox::new();
    let work = sandbox.clone_of_a_remote();
    work.commit(
        "rules",
        &[
            (".ci-guard.json", r#"{"scope": {"core_paths": ["src/**"], "max_patch_lines": 5}}"#),
            ("CODEOWNERS", "* @base\n"),
        ],
    );
    work.git(&["push", "-q", "origin", "main"]);
    work.git(&["checkout", "-q", "-b", "x"]);
    work.commit(
        "mine",
        &[
            (".ci-guard.json", r#"{"scope": {"max_patch_lines": 5000}}"#),
            ("CODEOWNERS", "* @me\n"),
            ("src/x.rs", "x\n"),
        ],
    );
    let owners = |said: &Ended| {
        let report: Value = serde_json::from_str(&said.stdout).unwrap();
        report["owners"].to_string()
    };
    let patch = patch_of(&work, &[("src/y.rs", "y\n")]);
    let said = check(&work, &patch, &[]);
    assert_eq!((verdict(&said).as_str(), owners(&said).as_str()), ("review code_owner", r#"["@base"]"#));
    let said = work.ci_guard(&["patch", "check", "--range", "main..x", "--format", "json"]);
    assert!(owners(&said).contains("@base") && !owners(&said).contains("@me"), "{}", owners(&said));
    let large = patch_of(&work, &[("y.txt", &lines("y", 6))]);
    assert!(verdict(&check(&work, &large, &[])).starts_with("deny too_many_lines"));
    // What was meant to be in force and cannot be is no reason to take something else.
    std::fs::write(sandbox.path("wrong.json"), r#"{"scope": {"max_lines": 5}}"#).unwrap();
    fault(&check(&work, &patch, &["--policy", "../wrong.json"]), "the policy cannot be used");
    fault(&check(&work, &patch, &["--policy", "../none.json"]), "there is no such file");
}

#[test]
fn what_cannot_be_read_is_named() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let file = |name: &str| repo.ci_guard(&["patch", "check", name]);
    fault(&file("none.patch"), "the patch none.patch cannot be judged: there is no such file");
    fault(&file("src"), "the patch src cannot be judged: it is no regular file");
    let huge = std::fs::File::create(sandbox.path("huge.patch")).unwrap();
    huge.set_len((64 << 20) + 1).unwrap();
    fault(&file("../huge.patch"), "it is larger than 64 MiB");
    let nowhere = sandbox.at("home");
    std::fs::write(nowhere.dir.join("x.patch"), "x").unwrap();
    fault(&nowhere.ci_guard(&["patch", "check", "x.patch"]), "no git repository");
}

#[test]
fn the_question_counts_as_well_as_the_patch() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let patch = patch_of(&repo, &[("doc.md", "doc\nmore\n")]);
    assert_eq!(verdict(&check(&repo, &patch, &["--checks", "green"])), "allow ok");
    assert_eq!(verdict(&check(&repo, &patch, &["--checks", "red"])), "review ok");
    let policy = r#"{"scope": {"min_confidence": 0.8, "jobs": {"build": {"modules": ["src/**"]}}}}"#;
    std::fs::write(sandbox.path("p.json"), policy).unwrap();
    let ask = |more: &[&str]| verdict(&check(&repo, &patch, &[&["--policy", "../p.json"], more].concat()));
    assert_eq!(ask(&["--confidence", "0.9"]), "allow ok");
    assert_eq!(ask(&["--confidence", "0.5"]), "review ok");
    assert_eq!(ask(&["--job", "build"]), "deny module_mismatch");
}

/// Every file of a folder, with its content and, but for objects, the time of its last change: git sets that of an object
/// that it would write and has already, in alternates too.
fn content(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, Option<SystemTime>)> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let is_object = path.components().any(|part| part.as_os_str() == "objects");
                let time = (!is_object).then(|| path.metadata().unwrap().modified().unwrap());
                all.insert(path.clone(), (std::fs::read(&path).unwrap(), time));
            }
        }
    }
    all
}

#[test]
fn the_repository_is_the_same_afterwards() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let patch = patch_of(&repo, &[("doc.md", "doc\nmore\n"), ("src/new.rs", "new\n")]);
    repo.git(&["config", "filter.x.clean", "touch ran; cat"]);
    repo.git(&["config", "core.fsmonitor", "touch ran"]);
    repo.write(&[(".git/info/attributes", "* filter=x\n")]);
    let before = content(&repo.dir);
    assert_eq!(verdict(&check(&repo, &patch, &[])), "allow ok");
    assert_eq!(verdict(&check(&repo, &patch.replace("doc\n", "cod\n"), &[])), "deny does_not_apply");
    repo.ci_guard(&["patch", "check", "--range", "HEAD..HEAD"]);
    let after = content(&repo.dir);
    let changed = after.iter().filter(|(path, file)| before.get(*path) != Some(file)).map(|(path, _)| path);
    assert_eq!(changed.collect::<Vec<_>>(), Vec::<&PathBuf>::new());
    assert_eq!(after.len(), before.len());
}

#[test]
fn what_an_allowed_merge_brought_is_no_part_of_a_range() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "develop"]);
    repo.commit("theirs", &[("theirs.txt", &lines("theirs", 5000))]);
    repo.git(&["push", "-q", "origin", "develop"]);
    repo.git(&["checkout", "-q", "-b", "x", "main"]);
    repo.commit("own", &[("own.txt", &lines("own", 10))]);
    repo.git(&["merge", "-q", "-m", "take develop", "develop"]);
    let range = ["patch", "check", "--range", "origin/main..x", "--format", "json"];
    assert_eq!(verdict(&repo.ci_guard(&range)), "deny too_many_lines");
    repo.policy(r#"{"allowed": ["develop"], "scope": {}}"#);
    let said = repo.ci_guard(&range);
    assert_eq!((verdict(&said).as_str(), files(&said)), ("allow ok", vec!["A own.txt +10 -0".to_owned()]));
}

#[test]
fn without_a_remote_the_policy_is_that_of_what_is_judged_upon() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    repo.commit("policy", &[(".ci-guard.json", r#"{"scope": {"max_patch_lines": 1}}"#)]);
    let patch = patch_of(&repo, &[("doc.md", "doc\nmore\nand more\n"), (".ci-guard.json", "{}")]);
    for more in [&[][..], &["--onto", "main"]] {
        assert!(verdict(&check(&repo, &patch, more)).starts_with("deny too_many_lines"), "{more:?}");
    }
    repo.git(&["checkout", "-q", "-b", "x"]);
    repo.commit("own", &[("doc.md", "doc\nmore\nand more\n"), (".ci-guard.json", "{}")]);
    let said = repo.ci_guard(&["patch", "check", "--range", "main..x", "--format", "json"]);
    assert!(verdict(&said).starts_with("deny too_many_lines"));
}

#[test]
fn what_reads_otherwise_than_git_takes_it_is_refused() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let good = patch_of(&repo, &[("doc.md", "doc\nmore\n")]);
    let mail = |encoding: &str| {
        format!(
            "From {} Mon Sep 17 00:00:00 2001\nFrom: a <a@b>\nSubject: [PATCH] x\nMIME-Version: 1.0\n\
             Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: {encoding}\n\nwords\n---\n\n",
            "1".repeat(40)
        )
    };
    let new = |path: &str| format!("--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+x\n");
    let made = |path: &str| format!("diff --git a/x b/x\nnew file mode 100644\n{}", new(path));
    let gone = "diff --git a/doc.md b/doc.md\n--- a/doc.md\n+++ /dev/null\n@@ -1 +0,0 @@\n-doc\n".to_owned();
    let lie = good.replacen("index ", "old mode 100755\nnew mode 100644\nindex ", 1);
    let submodule = format!("diff --git a/x b/x\nnew file mode 160000\n{}", new("b/x"));
    for (patch, want) in [
        (mail("8bit") + &good, "allow ok"),
        (mail("base64") + &good, "deny unsupported_format"),
        (mail("Quoted-Printable") + &good, "deny unsupported_format"),
        (format!("{}{good}-- \n2.47\n\n{}YWJj\n", mail("7bit"), mail("base64")), "deny unsupported_format"),
        (new("/etc/passwd"), "deny path_invalid"),
        (made("/etc/passwd"), "deny path_invalid"),
        (made("C:/x.md"), "deny path_invalid"),
        (made("\"/x\""), "deny path_invalid"),
        (gone.clone(), "deny malformed"),
        (gone.replacen("--- ", "deleted file mode 100644\n--- ", 1), "allow ok"),
        (lie, "deny malformed"),
        (submodule, "deny does_not_apply"),
        (made(&format!("b/{}x", "a/".repeat(20_000))), "deny malformed"),
        (new(&format!("b/{}x", "a/".repeat(2_100))), "deny path_too_long"),
        (new(&format!("b/{}", "n".repeat(10_000))), "deny path_too_long"),
        (format!("diff --git a{0}x b/{0}x\nnew file mode 100644\n", "/".repeat(50_000)), "deny malformed"),
    ] {
        let said = check(&repo, &patch, &[]);
        assert_eq!(verdict(&said), want, "{}", patch.chars().take(400).collect::<String>());
    }
}

#[test]
fn copies_beyond_what_is_allowed_are_never_unpacked() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let copy =
        |nth: usize| format!("diff --git a/doc.md b/c{nth}\nsimilarity index 100%\ncopy from doc.md\ncopy to c{nth}\n");
    let some: String = (0..50).map(copy).collect();
    assert!(verdict(&check(&repo, &some, &[])).starts_with("review"), "so many are allowed");
    let said = check(&repo, &(some + &copy(50)), &[]);
    assert_eq!((verdict(&said).as_str(), files(&said).len()), ("deny too_many_files", 0));
    assert!(said.stdout.contains("51 files change"), "{}", said.stdout);
}

#[test]
fn a_namespace_is_for_what_comes_over_a_wire() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let mut run = repo.command(crate::support::BINARY);
    run.args(["patch", "check", "-", "--format", "json"]).env("GIT_NAMESPACE", "x");
    let made = "--- /dev/null\n+++ b/doc.md\n@@ -0,0 +1 @@\n+x\n";
    assert_eq!(verdict(&crate::support::feed(&mut run, made.as_bytes())), "deny does_not_apply");
}

#[test]
fn what_nobody_can_have_meant_is_misuse() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    for (args, words) in [
        (&["--range", ".."][..], "has two open ends"),
        (&["-", "--job", ""], "--job"),
        (&["-", "--onto", ""], "--onto"),
        (&["/dev/null"], "patch check - <"),
        (&["src"], "src"),
        (&["nowhere.patch"], "there is no such file"),
    ] {
        fault(&repo.ci_guard(&[&["patch", "check"], args].concat()), words);
    }
}

#[test]
#[cfg(unix)]
fn whoever_interrupts_it_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let repo = repo(&sandbox);
    let patch = sandbox.path("fix.patch");
    std::fs::write(&patch, patch_of(&repo, &[("doc.md", "doc\nmore\n")])).unwrap();
    // A git that takes its time, and says when.
    let bin = sandbox.path("bin");
    let (room, begun) = (sandbox.path("room"), sandbox.path("begun"));
    std::fs::create_dir_all(&bin).unwrap();
    std::fs::create_dir_all(&room).unwrap();
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *apply*) echo >'{}'; exec sleep 600;; esac\nPATH=${{PATH#*:}}\nexec git \"$@\"\n",
        begun.display()
    );
    std::fs::write(bin.join("git"), script).unwrap();
    crate::support::make_executable(&bin.join("git"));
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    for signal in ["INT", "TERM", "HUP"] {
        let mut command = repo.command(crate::support::BINARY);
        command.args(["patch", "check"]).arg(&patch).env("PATH", &path).env("TMPDIR", &room);
        let mut child =
            command.stderr(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        while !begun.exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before git began");
            std::thread::yield_now();
        }
        let id = child.id().to_string();
        assert!(repo.command("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        let said = crate::support::ended(child.wait_with_output().unwrap());
        fault(&said, "it was interrupted");
        assert_eq!(std::fs::read_dir(&room).unwrap().count(), 0, "{signal}");
        std::fs::remove_file(&begun).unwrap();
    }
}
