//! Faults, injected: streams, environment, repository and objects fail in every way that they can, and a push is stopped
//! by what was found and by nothing else. Judging leaves no trace.

use crate::support::{BINARY, CONFLICT, Ended, Repo, Sandbox, ended, feed};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A clone whose base is clean, with a branch `good` and a branch `bad`; `good` is checked out.
fn clone(sandbox: &Sandbox) -> Repo<'_> {
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "bad"]);
    repo.commit("bad", &[("f.txt", CONFLICT)]);
    repo.git(&["checkout", "-q", "-b", "good", "main"]);
    repo.commit("good", &[("g.txt", "fine\n")]);
    repo
}

/// The line that pushes this branch as a new one.
fn line(repo: &Repo, branch: &str) -> String {
    let tip = repo.rev(branch);
    format!("{branch} {tip} refs/heads/{branch} {}\n", "0".repeat(tip.len()))
}

/// Everything in a folder: size, inode, and when it was changed.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u64, u64, i64, i64, i64)> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let meta = path.symlink_metadata().unwrap();
        if meta.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        all.insert(path, (meta.len(), meta.ino(), meta.mtime(), meta.mtime_nsec(), meta.ctime_nsec()));
    }
    all
}

#[test]
fn judging_leaves_no_trace() {
    for options in [&[][..], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::new();
        let remote = sandbox.repo_with("o.git", &["--bare"]);
        let repo = sandbox.repo_with("w", options);
        repo.git(&["remote", "add", "origin", remote.dir.to_str().unwrap()]);
        repo.commit("base", &[("base.txt", "base\n")]);
        repo.git(&["push", "-q", "-u", "origin", "main"]);
        repo.commit("bad", &[("f.txt", CONFLICT)]);
        let (good, bad) = (line(&repo, "main~0").replace("HEAD", "x"), line(&repo, "main"));
        // An index that git would refresh, and files that are not there any more.
        repo.write(&[("base.txt", "base\n"), ("f.txt", CONFLICT), ("new.txt", CONFLICT)]);
        repo.git(&["add", "new.txt"]);
        std::fs::remove_file(repo.dir.join("f.txt")).unwrap();
        let good = good.replace(&repo.rev("main"), &repo.rev("main~"));
        let before = listing(&sandbox.path("w"));
        let codes: Vec<_> = [
            repo.pre_push(&good),
            repo.pre_push(&bad),
            repo.pre_push("garbage\n"),
            repo.ci_guard(&["check"]),
            repo.ci_guard(&["check", "--all", "--format", "sarif"]),
            repo.ci_guard(&["check", "--staged", "-v"]),
            repo.ci_guard(&["check", "--range", "main~..main"]),
            repo.ci_guard(&["check", "no-such-thing"]),
            repo.ci_guard(&["policy", "show"]),
        ]
        .into_iter()
        .map(|ended| ended.code.unwrap())
        .collect();
        assert_eq!(codes, [0, 1, 0, 1, 1, 1, 1, 2, 0], "{options:?}");
        assert_eq!(listing(&sandbox.path("w")), before, "{options:?}");
    }
}

#[test]
fn a_verdict_needs_no_streams() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    for (branch, code) in [("good", 0), ("bad", 1)] {
        for streams in [">&-", "2>&-", ">&- 2>&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>/dev/full"] {
            let script = format!("exec \"$0\" hook pre-push origin URL {streams}");
            let hook = feed(repo.command("sh").args(["-c", &script, BINARY]), line(&repo, branch).as_bytes());
            assert_eq!(hook.code, Some(code), "{branch} {streams} {hook:?}");
        }
        for streams in [">&-", ">/dev/full", "<&- >&- 2>&-"] {
            for format in ["human", "json", "sarif"] {
                let script = format!("exec \"$0\" check {branch} --format {format} {streams}");
                let check = ended(repo.command("sh").args(["-c", &script, BINARY]).output().unwrap());
                assert_eq!(check.code, Some(code), "{branch} {streams} {check:?}");
            }
        }
        // A reader that has gone away, with SIGPIPE ignored and not: git does it both ways.
        for trap in ["", "trap '' PIPE; "] {
            let script = format!("{trap}(\"$0\" hook pre-push origin URL 2>&1; echo $? >code) | true");
            assert!(
                feed(repo.command("bash").args(["-c", &script, BINARY]), line(&repo, branch).as_bytes()).code
                    == Some(0)
            );
            assert_eq!(std::fs::read_to_string(repo.dir.join("code")).unwrap(), format!("{code}\n"));
        }
    }
    let script = "exec \"$0\" hook pre-push origin URL 2>/dev/full";
    assert_eq!(feed(repo.command("sh").args(["-c", script, BINARY]), b"garbage\n").code, Some(0));
}

#[test]
fn a_verdict_needs_no_environment() {
    for options in [&[][..], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::new();
        let repo = sandbox.repo_with("w", options);
        repo.git(&["remote", "add", "origin", "/nowhere"]);
        repo.commit("base", &[("base.txt", "base\n")]);
        repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        repo.git(&["branch", "good"]);
        repo.git(&["checkout", "-q", "-b", "bad"]);
        repo.commit("bad", &[("f.txt", CONFLICT)]);
        for (branch, code) in [("good", 0), ("bad", 1)] {
            type Change<'c> = &'c dyn Fn(&mut Command) -> &mut Command;
            let changes: [Change; 7] = [
                &|command| command.env("PATH", ""),
                &|command| command.env_remove("PATH"),
                &|command| command.env_clear(),
                &|command| command.env("HOME", "/nowhere/at/all"),
                &|command| command.env("HOME", "").env("XDG_CONFIG_HOME", ""),
                &|command| command.env("TMPDIR", "/nowhere").env("LC_ALL", "tlh_KX.UTF-9"),
                &|command| command.env("GIT_TRACE2", "/dev/full").env("GIT_TRACE", "1"),
            ];
            for change in changes {
                let mut command = repo.command(BINARY);
                let command = change(command.args(["hook", "pre-push", "origin", "URL"]));
                let ended = feed(command, line(&repo, branch).as_bytes());
                assert_eq!(ended.code, Some(code), "{options:?} {branch} {ended:?}");
                assert!(ended.stderr.contains("f.txt:1") == (code == 1), "{ended:?}");
            }
        }
    }
}

#[test]
fn a_read_only_repository_gets_the_same_verdict() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    let (good, bad) = (line(&repo, "good"), line(&repo, "bad"));
    // Whoever runs the tests may be root, to whom modes mean nothing; a read-only mount binds root too, where it may be made.
    let script = "mount --bind \"$1\" \"$1\" && mount -o remount,ro,bind \"$1\" && ! touch \"$1/x\" 2>/dev/null && exec \"$0\" hook pre-push origin URL";
    let mounted = |stdin: &str| {
        let mut command = repo.command("unshare");
        command.args(["-rm", "sh", "-c", script, BINARY]).arg(&repo.dir);
        feed(&mut command, stdin.as_bytes())
    };
    let chmod = |mode: &str| assert!(repo.command("chmod").args(["-R", mode, "."]).status().unwrap().success());
    chmod("a-w");
    let (clean, dirty) = (repo.pre_push(&good), repo.pre_push(&bad));
    chmod("u+w");
    clean.is_silent();
    dirty.says(1, &["--> f.txt:1"]);
    if repo.command("unshare").args(["-rm", "true"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    {
        mounted(&good).is_silent();
        mounted(&bad).says(1, &["--> f.txt:1"]);
    }
}

#[test]
fn somebody_elses_repository() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    repo.git(&["config", "ciguard.policy", "p.json"]);
    std::fs::write(repo.dir.join(".git/p.json"), "{}").unwrap();
    repo.git(&["checkout", "-q", "bad"]);
    let bad = line(&repo, "bad");
    let chown =
        |owner: &str| repo.command("chown").args(["-R", owner, "."]).stderr(Stdio::null()).status().unwrap().success();
    repo.arm("pre-push");
    if !chown("12345:12345") {
        return; // only root can give files away
    }
    assert_ne!(repo.try_git(&["rev-parse", "HEAD"]).code, Some(0), "git does not trust it either");
    let place = repo.dir.to_str().unwrap();
    let hint = format!("git config --global --add safe.directory {place}");
    let words = ["belongs to somebody else", hint.as_str(), "push not fully checked: it goes on all the same"];
    let ended = repo.pre_push(&bad);
    ended.says(0, &words);
    assert_eq!(ended.stderr.matches("warning").count(), 1);
    let check = repo.ci_guard(&["check", "--format", "json"]);
    assert_eq!(check.report()["verdict"], "undecided");
    assert!(check.stdout.contains(&hint), "{check:?}");
    repo.ci_guard(&["policy", "show"]).says(2, &[&hint]);
    // What git is started with is what it trusts, and the hook with it.
    let mut hook = repo.command(BINARY);
    feed(hook.args(["hook", "pre-push", "origin", "URL"]).env("GIT_DIR", ".git"), bad.as_bytes())
        .says(1, &["--> f.txt:1"]);
    for (safe, code) in [("*", 1), (place, 1), ("/nowhere", 128)] {
        let setting = format!("safe.directory={safe}");
        let trusting = repo.try_git(&["-c", &setting, "push", "-q", "origin", "bad"]);
        assert_eq!((trusting.code, trusting.stderr.contains("--> f.txt:1")), (Some(code), code == 1), "{trusting:?}");
    }
    let given = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", place)];
    let mut hook = repo.command(BINARY);
    feed(hook.args(["hook", "pre-push", "origin", "URL"]).envs(given), bad.as_bytes()).says(1, &["--> f.txt:1"]);
    // Somebody else's files alone are no matter, when the git folder is one's own.
    let files = sandbox.path("files");
    std::fs::create_dir(&files).unwrap();
    let own = sandbox.repo("own");
    own.commit("bad", &[("f.txt", CONFLICT)]);
    own.git(&["config", "core.worktree", files.to_str().unwrap()]);
    assert!(repo.command("chown").arg("12345").arg(&files).status().unwrap().success());
    assert_eq!(own.try_git(&["rev-parse", "HEAD"]).code, Some(0));
    assert_eq!(own.ci_guard(&["check", "--format", "json"]).findings(), ["block conflict-marker f.txt:1"]);
    // Once it is trusted, it is judged by its own configuration.
    for safe in [place, "*", &format!("{}/*", sandbox.path("").to_str().unwrap().trim_end_matches('/'))] {
        let config = format!("[safe]\n\tdirectory = \"{safe}\"\n");
        std::fs::write(sandbox.path("home/.gitconfig"), config).unwrap();
        assert_eq!(repo.try_git(&["rev-parse", "HEAD"]).code, Some(0), "{safe}");
        repo.pre_push(&bad).says(1, &["--> f.txt:1"]);
        let report = repo.ci_guard(&["check", "--format", "json"]).report();
        assert_eq!(report["policy"]["source"], ".git/p.json (ciguard.policy)", "{safe}");
    }
}

#[test]
fn a_configuration_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    let (good, bad) = (line(&repo, "good"), line(&repo, "bad"));
    let file = repo.dir.join(".git/config");
    let sound = std::fs::read(&file).unwrap();
    for garbage in
        [&b"[core\n"[..], b"= = =\n[[[", b"[core]\n\trepositoryformatversion = 99\n", b"[extensions]\nobjectformat = x"]
    {
        std::fs::write(&file, garbage).unwrap();
        repo.pre_push(&bad).says(0, &["no git repository could be opened", "push not fully checked"]);
        let check = repo.ci_guard(&["check", "bad", "--format", "json"]);
        assert_eq!(check.report()["verdict"], "undecided");
    }
    // Values that git bears, or that only some of its commands mind.
    for odd in [
        "[core]\n\tabbrev = no\n\tfileMode = maybe\n\tlogAllRefUpdates = always\n\tcompression = 99\n",
        "[index]\n\tthreads = true\n\tversion = 4\n[pack]\n\tthreads = -1\n[gc]\n\tauto = never\n",
        "[protocol]\n\tversion = x\n[http]\n\tproxy = ::\n[user]\n\tuseConfigOnly = 7\n",
        "[remote \"odd\\\"name\"]\n\turl =\n[remote \"no-url\"]\n[branch \"x y\"]\n\tremote = .\n",
        "[include]\n\tpath = /nowhere/at/all\n[includeIf \"onbranch:bad\"]\n\tpath = also-nowhere\n",
        "[extensions]\n\tnoop = true\n\tworktreeConfig = true\n",
        "[core]\n\tcommitGraph = perhaps\n\tdeltaBaseCacheLimit = -5\n\tbigFileThreshold = lots\n",
        "[core]\n\tattributesFile = /dev/zero\n\texcludesFile = /dev/zero\n",
    ] {
        std::fs::write(&file, [&sound, odd.as_bytes()].concat()).unwrap();
        let ended = repo.pre_push(&bad);
        assert_eq!(ended.code, Some(1), "{odd}\n{ended:?}");
        repo.pre_push(&good).is_silent();
    }
}

#[test]
fn objects_that_are_corrupt() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    repo.git(&["checkout", "-q", "bad"]);
    let bad = line(&repo, "bad");
    let loose = |revision: &str| {
        let id = repo.rev(revision);
        (repo.dir.join(".git/objects").join(&id[..2]).join(&id[2..]), id)
    };
    let damaged = |revision: &str, damage: fn(&[u8]) -> Vec<u8>| -> (Ended, String) {
        let (path, id) = loose(revision);
        let sound = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, damage(&sound)).unwrap();
        let ended = repo.pre_push(&bad);
        std::fs::write(&path, sound).unwrap();
        (ended, id)
    };
    for damage in [truncate, empty, noise, flip] {
        // It is named, and it is no reason to stop: git itself will not get far with it.
        for revision in ["bad:f.txt", "bad^{tree}", "bad"] {
            let (ended, id) = damaged(revision, damage);
            ended.says(0, &[&id]);
        }
        let (ended, _) = damaged("main", damage);
        assert!(ended.code == Some(0) && ended.stderr.contains("f.txt:1") || ended.code == Some(1), "{ended:?}");
    }
    repo.pre_push(&bad).says(1, &["--> f.txt:1", "push stopped: 1 finding."]);

    // The same in a pack, whose index is sound and whose bytes are not.
    repo.git(&["repack", "-qad"]);
    let folder = repo.dir.join(".git/objects/pack");
    let find = |ending: &str| {
        let mut names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        names.find(|path| path.extension().is_some_and(|found| found == ending)).unwrap()
    };
    for ending in ["pack", "idx"] {
        let path = find(ending);
        let sound = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let step = (sound.len() / 40).max(1);
        for at in (0..sound.len()).step_by(step) {
            let mut bytes = sound.clone();
            bytes[at] ^= 0xff;
            std::fs::write(&path, &bytes).unwrap();
            never_a_crash(&repo.pre_push(&bad));
            std::fs::write(&path, &sound[..at]).unwrap();
            never_a_crash(&repo.pre_push(&bad));
        }
        std::fs::write(&path, &sound).unwrap();
        repo.pre_push(&bad).says(1, &["--> f.txt:1", "push stopped: 1 finding."]);
    }
}

fn truncate(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

fn empty(_: &[u8]) -> Vec<u8> {
    Vec::new()
}

fn noise(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ 0x5a).collect()
}

fn flip(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    bytes
}

/// Found, or named as what could not be read: in no case silence, and in no case a word of ours about ourselves.
#[track_caller]
fn never_a_crash(ended: &Ended) {
    assert!(!ended.stderr.contains("internal error") && !ended.stderr.contains("panicked"), "{ended:?}");
    match ended.code {
        Some(0) => assert!(ended.stderr.contains("warning"), "{ended:?}"),
        code => assert_eq!(code, Some(1), "{ended:?}"),
    }
}

#[test]
fn refs_and_lists_that_are_garbage() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    repo.policy(r#"{"base": "main", "allowed": ["develop"]}"#);
    let (good, bad) = (line(&repo, "good"), line(&repo, "bad"));
    let garbage = |path: &str, content: &[u8], judge: &dyn Fn()| {
        let path = repo.dir.join(".git").join(path);
        let sound = std::fs::read(&path).ok();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        judge();
        match sound {
            Some(sound) => std::fs::write(&path, sound).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    };
    let found = ["--> f.txt:1"];
    for content in [&b""[..], b"garbage\n", b"\0\0\0", b"ref: \n", b"ref: refs/remotes/origin/HEAD\n"] {
        // A branch of somebody else, broken: nobody's business here.
        garbage("refs/remotes/origin/broken", content, &|| {
            repo.pre_push(&good).is_silent();
            repo.pre_push(&bad).says(1, &found);
        });
        garbage("refs/remotes/origin/HEAD", content, &|| {
            repo.pre_push(&good).is_silent();
            repo.pre_push(&bad).says(1, &found);
        });
        // The base itself: whether something is new cannot be told.
        garbage("refs/remotes/origin/main", content, &|| {
            assert_eq!(repo.pre_push(&good).code, Some(0));
            repo.pre_push(&bad).says(0, &["--> f.txt:1", "the conflict in f.txt is new cannot be told"]);
        });
        // Where git itself gives up, so may we, but not without a word.
        for list in ["packed-refs", "shallow"] {
            garbage(list, content, &|| {
                assert_eq!(repo.pre_push(&good).code, Some(0));
                never_a_crash(&repo.pre_push(&bad));
            });
        }
        for list in ["info/grafts", "objects/info/alternates", "FETCH_HEAD", "ORIG_HEAD", "index"] {
            garbage(list, content, &|| {
                assert_eq!(repo.pre_push(&good).code, Some(0), "{list}");
                let ended = repo.pre_push(&bad);
                assert_eq!(ended.code, Some(1), "{list} {content:?} {ended:?}");
            });
        }
        for graph in [
            "objects/info/commit-graph",
            "objects/pack/multi-pack-index",
            "objects/info/commit-graphs/commit-graph-chain",
        ] {
            garbage(graph, content, &|| {
                repo.pre_push(&good).is_silent();
                repo.pre_push(&bad).says(1, &found);
            });
        }
    }
    repo.pre_push(&good).is_silent();
}

#[test]
fn files_that_would_never_end() {
    let sandbox = Sandbox::new();
    let repo = clone(&sandbox);
    let (good, bad) = (line(&repo, "good"), line(&repo, "bad"));
    for path in ["FETCH_HEAD", "ci-guard/policy.json"] {
        let path = repo.dir.join(".git").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(repo.command("mkfifo").arg(&path).status().unwrap().success());
        repo.pre_push(&bad).says(1, &["--> f.txt:1"]);
        assert_eq!(repo.pre_push(&good).code, Some(0));
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        repo.pre_push(&bad).says(1, &["--> f.txt:1"]);
        assert_eq!(repo.pre_push(&good).code, Some(0));
        std::fs::remove_file(&path).unwrap();
    }
}
