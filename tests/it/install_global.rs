//! One installation for all repositories of a user, with real git, older and new: every kind of repository is judged once,
//! every hook of others runs as before, and nothing is left when it is taken away.

use crate::install::husky;
use crate::machine::{Machine, snapshot, write_program};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// With the usual git, and with the new one where there is one.
pub(crate) fn machines() -> impl Iterator<Item = (bool, Machine)> {
    let new = Machine::with_new_git().map(|machine| (true, machine));
    std::iter::once((false, Machine::new())).chain(new)
}

pub(crate) fn home(machine: &Machine) -> PathBuf {
    machine.path("home")
}

pub(crate) fn ours(machine: &Machine) -> PathBuf {
    machine.path("home/.config/ci-guard")
}

/// Every hook that git knows by a name in the hooks folder, but the one that is chained.
const NAMES: [&str; 26] = [
    "applypatch-msg",
    "commit-msg",
    "p4-changelist",
    "p4-post-changelist",
    "p4-pre-submit",
    "p4-prepare-changelist",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

#[track_caller]
pub(crate) fn judged_once(machine: &Machine, folder: &Path, others: &[&str]) {
    machine.stand_in("exit 0");
    machine.runs();
    let (arrived, said) = machine.push(folder);
    assert!(arrived, "{}", said.stderr);
    let mut ran = machine.who_ran();
    ran.sort();
    let mut want = [&["judge"], others].concat();
    want.sort_unstable();
    assert_eq!(ran, want, "{}", said.stderr);
    for other in others {
        assert_eq!(machine.stdin_of(other), machine.stdin_of("judge"));
    }
    machine.stand_in("exit 1");
    assert!(!machine.push(folder).0, "stopped");
    machine.runs();
    machine.stand_in("exit 0");
}

#[track_caller]
pub(crate) fn place(machine: &Machine, folder: &Path, want: &str) {
    let answer = machine.doctor(folder);
    assert_eq!((&answer["judged"], &answer["hook"]["place"]), (&true.into(), &want.into()), "{answer:#}");
    assert_eq!(answer["problems"].as_array().unwrap().len(), 0, "{answer:#}");
}

#[test]
fn every_kind_of_repository_is_judged_once_and_untouched() {
    for (_, machine) in machines() {
        let old = machine.repository("old");
        write_program(&old.join(".git/hooks/pre-push"), &machine.foreign_hook("theirs", "exit 0"));
        machine.git(&old, &["worktree", "add", "-q", "../linked"]);
        let all = [old.clone(), machine.path("gitconfig")];
        let before = snapshot(&all[..1]);
        machine.must(&home(&machine), &["install", "--global"]);
        assert_eq!(snapshot(&all[..1]), before);
        let armed = snapshot(&[ours(&machine), all[1].clone()]);
        let again = machine.must(&home(&machine), &["install", "--global"]);
        assert!(again.contains("nothing changed"), "{again}");
        assert_eq!(snapshot(&[ours(&machine), all[1].clone()]), armed);

        judged_once(&machine, &old, &["theirs"]);
        place(&machine, &old, "global");
        judged_once(&machine, &machine.path("linked"), &["theirs"]);
        let new = machine.repository("new");
        judged_once(&machine, &new, &[]);
        place(&machine, &new, "global");
        let (top, remote) = (machine.path(""), machine.path("new.remote"));
        machine.git(&top, &["clone", "-q", "--bare", new.to_str().unwrap(), "bare.git"]);
        machine.git(&machine.path("bare.git"), &["remote", "set-url", "origin", remote.to_str().unwrap()]);
        judged_once(&machine, &machine.path("bare.git"), &[]);
        place(&machine, &machine.path("bare.git"), "global");
        machine.git(&old, &["submodule", "--quiet", "add", new.to_str().unwrap(), "sub"]);
        machine.git(&old.join("sub"), &["remote", "set-url", "origin", remote.to_str().unwrap()]);
        judged_once(&machine, &old.join("sub"), &[]);
        place(&machine, &old.join("sub"), "global");
    }
}

#[test]
fn a_template_s_hooks_still_run() {
    for (_, machine) in machines() {
        write_program(&machine.path("template/hooks/pre-push"), &machine.foreign_hook("theirs", "exit 0"));
        let template = machine.path("template");
        machine.git(&home(&machine), &["config", "--global", "init.templateDir", template.to_str().unwrap()]);
        machine.must(&home(&machine), &["install", "--global"]);
        let repo = machine.repository("repo");
        judged_once(&machine, &repo, &["theirs"]);
    }
}

#[test]
fn a_repository_with_a_seat_of_its_own_is_judged_once() {
    for (new, machine) in machines() {
        let (before, after) = (machine.repository("before"), machine.repository("after"));
        write_program(&before.join(".git/hooks/pre-push"), &machine.foreign_hook("theirs", "exit 0"));
        machine.must(&before, &["install"]);
        machine.must(&home(&machine), &["install", "--global"]);
        machine.must(&after, &["install"]);
        assert!(machine.must(&after, &["install"]).contains("nothing changed"));
        for (repo, others) in [(&before, &["theirs"][..]), (&after, &[])] {
            judged_once(&machine, repo, others);
            place(&machine, repo, if new { "hooks-folder" } else { "global" });
        }
        let said = machine.must(&before, &["uninstall"]);
        assert!(said.contains("still judged"), "{said}");
        judged_once(&machine, &before, &["theirs"]);
        place(&machine, &before, "global");
        machine.must(&home(&machine), &["uninstall", "--global"]);
        judged_once(&machine, &after, &[]);
        place(&machine, &after, "hooks-folder");
        assert_eq!(machine.doctor(&before)["judged"], false);
    }
}

#[test]
fn a_hooks_path_of_a_repository_s_own() {
    for (new, machine) in machines() {
        let repo = machine.repository("repo");
        husky(&machine, &repo);
        let said = machine.must(&home(&machine), &["install", "--global"]);
        assert_eq!(said.contains("core.hooksPath of its own"), !new, "{said}");
        if new {
            place(&machine, &repo, "global");
        } else {
            let answer = machine.doctor(&repo);
            assert_eq!((&answer["judged"], &answer["problems"][0]["id"]), (&false.into(), &"hooks-path".into()));
        }
        machine.must(&repo, &["install"]);
        place(&machine, &repo, if new { "configuration" } else { "own-folder" });
        machine.stand_in("exit 0");
        assert!(machine.push(&repo).0);
        assert_eq!(machine.who_ran().iter().filter(|who| *who == "judge").count(), 1);
        machine.must(&repo, &["uninstall"]);
        assert_eq!(machine.doctor(&repo)["judged"], new);
    }
}

#[test]
fn hooks_of_a_shared_folder_still_run_whenever_it_is_set() {
    for (_, machine) in machines() {
        let (repo, shared) = (machine.repository("repo"), machine.path("shared"));
        for name in ["pre-push", "pre-commit"] {
            write_program(&shared.join(name), &machine.foreign_hook(name, "exit 0"));
        }
        let config = fs::read(machine.path("gitconfig")).unwrap();
        machine.git(&repo, &["config", "--global", "core.hooksPath", shared.to_str().unwrap()]);
        let before = snapshot(&[machine.path("gitconfig"), shared.clone()]);
        machine.must(&home(&machine), &["install", "--global"]);
        judged_once(&machine, &repo, &["pre-push"]);
        machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
        assert_eq!(machine.who_ran(), ["pre-commit"]);
        machine.must(&home(&machine), &["uninstall", "--global"]);
        assert_eq!(snapshot(&[machine.path("gitconfig"), shared.clone()]), before);

        // Set later, above our lines: forwarders see that the file is newer than what they know.
        fs::write(machine.path("gitconfig"), [b"[core]\n\tabbrev = 12\n", &config[..]].concat()).unwrap();
        machine.must(&home(&machine), &["install", "--global"]);
        judged_once(&machine, &repo, &[]);
        std::thread::sleep(std::time::Duration::from_millis(20));
        machine.git(&repo, &["config", "--global", "core.hooksPath", shared.to_str().unwrap()]);
        judged_once(&machine, &repo, &["pre-push"]);
        machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
        assert_eq!(machine.who_ran(), ["pre-commit"]);
    }
}

/// The user's configuration as it may be found, and what is there afterwards.
#[test]
fn the_configuration_is_as_before_to_the_byte() {
    let long = "# mine\n\n[include]\n\tpath = other ; kept\n[user]\n  name = a\\\n b\n\n\n";
    for text in [
        "",
        "[user]\n\tname = x",
        "[user]\r\n\tname = x\r\n",
        "# só\n",
        long,
        "[alias]\n\tx = \"a;b\" ; c",
        "[a]\n\tb = x\\",
    ] {
        for (_, machine) in machines() {
            let file = machine.path("gitconfig");
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
            let places = [file.clone(), machine.path("home")];
            let before = snapshot(&places[..]);
            machine.must(&home(&machine), &["install", "--global"]);
            let said = machine.git(&home(&machine), &["config", "--file", file.to_str().unwrap(), "--list"]);
            assert!(said.ends_with("ci-guard/gitconfig"), "{text:?}: {said}");
            assert!(fs::read_to_string(&file).unwrap().starts_with(text));
            machine.must(&home(&machine), &["uninstall", "--global"]);
            machine.must(&home(&machine), &["uninstall", "--global"]);
            assert_eq!(snapshot(&places[..]), before, "{text:?}");
        }
    }
}

/// Without `GIT_CONFIG_GLOBAL`, as most people live.
fn plainly(machine: &Machine, args: &[&str]) -> crate::support::Ended {
    let mut command = machine.command(crate::support::BINARY, &home(machine));
    crate::support::ended(command.env_remove("GIT_CONFIG_GLOBAL").args(args).output().unwrap())
}

#[test]
fn the_file_that_git_itself_would_change_is_changed() {
    for (there, want) in [
        (&[][..], ".gitconfig"),
        (&[".config/git/config"], ".config/git/config"),
        (&[".gitconfig", ".config/git/config"], ".gitconfig"),
    ] {
        let machine = Machine::new();
        for file in there {
            fs::create_dir_all(home(&machine).join(file).parent().unwrap()).unwrap();
            fs::write(home(&machine).join(file), "[a]\n\tb = c\n").unwrap();
        }
        fs::create_dir_all(home(&machine).join(".config")).unwrap();
        let before = snapshot(&[home(&machine)]);
        plainly(&machine, &["install", "--global"]).says(0, &[]);
        assert!(fs::read_to_string(home(&machine).join(want)).unwrap().contains("[include]"), "{want}");
        plainly(&machine, &["uninstall", "--global"]).says(0, &[]);
        assert_eq!(snapshot(&[home(&machine)]), before, "{want}");
    }
}

#[test]
fn a_link_stays_a_link() {
    let machine = Machine::new();
    let (dotfiles, file) = (machine.path("dotfiles/gitconfig"), home(&machine).join(".gitconfig"));
    fs::create_dir_all(dotfiles.parent().unwrap()).unwrap();
    fs::write(&dotfiles, "[a]\n\tb = c\n").unwrap();
    symlink("../dotfiles/gitconfig", &file).unwrap();
    plainly(&machine, &["install", "--global"]).says(0, &[]);
    assert!(file.is_symlink() && fs::read_to_string(&dotfiles).unwrap().contains("[include]"));
    plainly(&machine, &["uninstall", "--global"]).says(0, &[]);
    assert!(file.is_symlink() && fs::read_to_string(&dotfiles).unwrap() == "[a]\n\tb = c\n");
}

#[test]
fn what_cannot_be_changed_is_told_and_left() {
    let machine = Machine::new();
    let file = machine.path("gitconfig");
    let refused = |words: &[&str]| {
        let before = fs::read(&file).unwrap();
        machine.ci_guard(&home(&machine), &["install", "--global"]).says(2, words);
        assert_eq!(fs::read(&file).unwrap(), before);
    };
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    refused(&["may not be written", "run: chmod u+w"]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(machine.path("gitconfig.lock"), "").unwrap();
    refused(&["gitconfig.lock is there", "run: rm"]);
    fs::remove_file(machine.path("gitconfig.lock")).unwrap();
    fs::write(&file, "[a\n").unwrap();
    refused(&["git cannot read line 1 of"]);
    let mut command = machine.command(crate::support::BINARY, &home(&machine));
    command.env_remove("HOME").env_remove("XDG_CONFIG_HOME").args(["install", "--global"]);
    crate::support::ended(command.output().unwrap()).says(2, &["HOME is not set"]);
}

#[test]
fn every_hook_runs_where_it_is_as_if_called_by_git() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.must(&home(&machine), &["install", "--global"]);
    machine.git(&repo, &["worktree", "add", "-q", "../linked"]);
    let linked = machine.git(&machine.path("linked"), &["rev-parse", "--absolute-git-dir"]);
    let mut forwarders: Vec<_> = fs::read_dir(ours(&machine).join("hooks"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    forwarders.sort();
    let mut want: Vec<_> = NAMES.map(str::to_owned).into();
    want.extend(["pre-push", "pre-push.ci-guard-chained"].map(str::to_owned));
    want.sort();
    assert_eq!(forwarders, want);
    for name in NAMES {
        let forwarder = ours(&machine).join("hooks").join(name);
        let run = |folder: &Path, git_dir: Option<&str>| {
            let mut command = machine.command(&forwarder, folder);
            command.env("file", "kept").env("name", "kept").args(["one", "", "two words"]);
            git_dir.map(|git_dir| command.env("GIT_DIR", git_dir));
            crate::support::feed(&mut command, b"a\nb")
        };
        let absent = run(&repo, None);
        let want = if ["proc-receive", "push-to-checkout"].contains(&name) { 1 } else { 0 };
        assert_eq!((absent.code, absent.stdout.as_str()), (Some(want), ""), "{name}: {}", absent.stderr);
        let hook = repo.join(".git/hooks").join(name);
        write_program(
            &hook,
            "#!/bin/sh\necho \"$#|$1|$2|$3|$file|$name|$(pwd)|${0##*/}|$(env | grep -c '^cg_')\"\ncat\nexit 7\n",
        );
        for (folder, git_dir) in
            [(repo.clone(), None), (machine.path("linked"), Some(&*linked)), (repo.join(".git"), Some("."))]
        {
            // A test beside this one may have begun a process while the hook was being written: then it is busy for a moment.
            let busy = |said: &crate::support::Ended| said.stderr.contains("Text file busy");
            let said = (0..50).map(|_| run(&folder, git_dir)).find(|said| !busy(said)).unwrap();
            let want = format!("3|one||two words|kept|kept|{}|{name}|0\na\nb", folder.to_str().unwrap());
            assert_eq!((said.code, said.stdout.as_str(), said.stderr.as_str()), (Some(7), &*want, ""), "{name}");
        }
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(run(&repo, None).code, Some(if want == 1 { 1 } else { 0 }), "{name}: switched off");
        fs::remove_file(&hook).unwrap();
    }
}

/// Which hooks ran where, with nothing and with ours in between, through the life of clones, worktrees and submodules.
#[test]
fn the_same_hooks_run_in_the_same_places() {
    let story = |armed: bool| {
        let machine = Machine::new();
        let source = machine.repository("source");
        let (top, template, log) = (machine.path(""), machine.path("template"), machine.path("log/all"));
        let log = log.to_str().unwrap().replace('\'', r"'\''");
        for name in NAMES.iter().filter(|name| !["proc-receive", "push-to-checkout"].contains(*name)) {
            let line = format!("echo \"${{0##*/}} $# $(pwd) ${{GIT_DIR-}} ${{GIT_INDEX_FILE-}}\" >>'{log}'");
            write_program(&template.join("hooks").join(name), &format!("#!/bin/sh\n{line}\n"));
        }
        if armed {
            machine.must(&home(&machine), &["install", "--global"]);
            machine.stand_in("exit 0");
        }
        let template = format!("--template={}", template.to_str().unwrap());
        let source = source.to_str().unwrap();
        machine.git(&top, &["clone", "-q", &template, source, "x"]);
        let x = machine.path("x");
        machine.git(&x, &["worktree", "add", "-q", "../linked", "-b", "linked"]);
        machine.git(&x, &["submodule", "--quiet", "add", source, "sub"]);
        for entry in fs::read_dir(x.join(".git/hooks")).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), x.join(".git/modules/sub/hooks").join(entry.file_name())).unwrap();
        }
        for folder in [&x, &machine.path("linked"), &x.join("sub")] {
            fs::create_dir(folder.join("deep")).unwrap();
            fs::write(folder.join("deep/file"), "x\n").unwrap();
            machine.git(&folder.join("deep"), &["add", "file"]);
            machine.git(&folder.join("deep"), &["commit", "-q", "-m", "x"]);
            machine.git(&folder.join("deep"), &["commit", "-q", "--amend", "-m", "y"]);
            machine.git(folder, &["rebase", "-q", "--force-rebase", "HEAD~1"]);
        }
        machine.git(&top, &["init", "-q", "--bare", &template, "bare.git"]);
        machine.git(&x, &["push", "-q", "../bare.git", "main", "linked"]);
        machine.git(&x, &["pull", "-q", "--no-rebase", "--no-edit", "../bare.git", "linked"]);
        let text = fs::read_to_string(machine.path("log/all")).unwrap();
        let text = text.replace(top.to_str().unwrap().trim_end_matches('/'), "");
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        // How often git refreshes its index depends on the clock.
        lines.dedup_by(|one, other| one == other && one.starts_with("post-index-change"));
        lines
    };
    let (without, with) = (story(false), story(true));
    assert!(without.len() > 60, "{without:#?}");
    assert_eq!(with, without);
}

/// What a push into a work tree does, with nothing and with ours in between.
#[test]
fn hooks_that_change_git_by_being_there_change_nothing() {
    let story = |armed: bool| {
        let machine = Machine::new();
        let repo = machine.repository("repo");
        let target = machine.path("target");
        machine.git(&machine.path(""), &["clone", "-q", repo.to_str().unwrap(), "target"]);
        machine.git(&machine.path(""), &["init", "-q", "unborn"]);
        for folder in [&target, &machine.path("unborn")] {
            machine.git(folder, &["config", "receive.denyCurrentBranch", "updateInstead"]);
        }
        machine.git(&target, &["config", "receive.procReceiveRefs", "refs/for"]);
        if armed {
            machine.must(&home(&machine), &["install", "--global"]);
            machine.stand_in("exit 0");
        }
        let mut told = Vec::new();
        let mut push = |what: &str, to: &str, refs: &str| {
            let said = machine.try_git(&repo, &["push", "-q", machine.path(to).to_str().unwrap(), refs]);
            let read = |file: &str| fs::read_to_string(machine.path(to).join(file)).unwrap_or_default();
            let status = machine.try_git(&machine.path(to), &["status", "--porcelain"]).stdout;
            told.push((what.to_owned(), said.code, read("README"), read("more"), status));
        };
        push("unborn", "unborn", "main");
        machine.commit(&repo, "README", "second\n");
        push("clean", "target", "main");
        machine.commit(&repo, "more", "third\n");
        fs::write(target.join("README"), "changed\n").unwrap();
        push("unstaged", "target", "main");
        machine.git(&target, &["add", "README"]);
        push("staged", "target", "main");
        machine.git(&target, &["reset", "-q", "--hard"]);
        fs::write(target.join("more"), "in the way\n").unwrap();
        push("in the way", "target", "main");
        fs::remove_file(target.join("more")).unwrap();
        push("clean again", "target", "main");
        push("proc-receive", "target", "main:refs/for/main");
        told
    };
    let (without, with) = (story(false), story(true));
    assert_eq!(with, without);
    assert_eq!(without.iter().filter(|told| told.1 == Some(0)).count(), 3, "{without:#?}");
}

#[test]
fn a_folder_that_is_deleted_by_hand_breaks_nothing() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        for name in ["pre-push", "pre-commit"] {
            write_program(&repo.join(".git/hooks").join(name), &machine.foreign_hook(name, "exit 0"));
        }
        machine.must(&home(&machine), &["install", "--global"]);
        fs::remove_dir_all(ours(&machine)).unwrap();
        machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
        let (arrived, said) = machine.push(&repo);
        assert!(arrived, "{}", said.stderr);
        assert_eq!(machine.who_ran(), ["pre-commit", "pre-push"]);
        machine.must(&home(&machine), &["install", "--global"]);
        judged_once(&machine, &repo, &["pre-push"]);
    }
}

#[test]
fn what_is_broken_stops_no_push_and_is_mended() {
    for (new, machine) in machines() {
        let repo = machine.repository("repo");
        machine.must(&home(&machine), &["install", "--global"]);
        for file in if new { &["pre-push", "judge/pre-push"][..] } else { &["hooks/pre-push", "hooks/pre-commit"] } {
            fs::remove_file(ours(&machine).join(file)).unwrap();
            machine.stand_in("exit 0");
            let (arrived, said) = machine.push(&repo);
            assert!(arrived, "{file}: {}", said.stderr);
            if file.ends_with("pre-push") {
                let answer = machine.doctor(&repo);
                assert_eq!(answer["judged"], false, "{answer:#}");
                assert_eq!(answer["problems"][0]["run"][0], "ci-guard install --global", "{answer:#}");
            }
            machine.must(&home(&machine), &["install", "--global"]);
            judged_once(&machine, &repo, &[]);
            place(&machine, &repo, "global");
        }
    }
}

#[test]
fn two_gits_on_one_machine_both_judge_once() {
    let Some(new) = Machine::with_new_git() else { return };
    let repo = new.repository("repo");
    new.must(&home(&new), &["install", "--global"]);
    let old = new.beside_older_git();
    let answer = old.doctor(&repo);
    assert_eq!(answer["problems"][0]["id"], "git-too-old", "{answer:#}");
    assert_eq!(answer["problems"][0]["run"][0], "ci-guard install --global", "{answer:#}");
    old.must(&home(&old), &["install", "--global"]);
    for machine in [&old, &new] {
        judged_once(machine, &repo, &[]);
        place(machine, &repo, "global");
        assert!(machine.must(&home(machine), &["install", "--global"]).contains("nothing changed"));
    }
    old.must(&home(&old), &["uninstall", "--global"]);
    assert!(!ours(&old).exists());
    assert_eq!(new.doctor(&repo)["judged"], false);
}

#[test]
fn all_workspaces_below_a_folder() {
    let machine = Machine::new();
    let work = machine.path("work");
    fs::create_dir_all(&work).unwrap();
    let good = machine.repository("work/good");
    machine.git(&good, &["worktree", "add", "-q", "../deep/linked"]);
    machine.git(&good, &["submodule", "--quiet", "add", machine.repository("outside").to_str().unwrap(), "sub"]);
    let husky_s = machine.repository("work/husky's");
    husky(&machine, &husky_s);
    machine.repository("work/node_modules/passed by");
    symlink(machine.path("outside"), work.join("link")).unwrap();
    fs::create_dir_all(work.join("broken/.git")).unwrap();
    machine.must(&home(&machine), &["install", "--global"]);

    let ask =
        |format: &[&str]| machine.ci_guard(&machine.path(""), &[&["doctor", "--all", "work"][..], format].concat());
    let said = ask(&["--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (said.code, &answer["judged"], &answer["schema"]),
        (Some(1), &false.into(), &"ci-guard/doctor-all/v1".into())
    );
    let rows: Vec<_> = answer["workspaces"].as_array().unwrap().iter().collect();
    let seen: Vec<_> = rows
        .iter()
        .map(|row| {
            let path = Path::new(row["path"].as_str().unwrap()).strip_prefix(&work).unwrap().to_str().unwrap();
            (path, row["judged"].as_bool().unwrap(), row["diagnosis"]["hook"]["place"].as_str())
        })
        .collect();
    let global = Some("global");
    assert_eq!(
        seen,
        [
            ("broken", false, None),
            ("deep/linked", true, global),
            ("good", true, global),
            ("good/sub", true, global),
            ("good.remote", true, global),
            ("husky's", false, None),
            ("husky's.remote", true, global),
        ]
    );
    assert!(rows[0]["error"].as_str().unwrap().contains("broken"), "{}", rows[0]);
    let command = rows[5]["diagnosis"]["problems"][0]["run"][0].as_str().unwrap();
    assert!(command.starts_with("ci-guard install --repo '"), "{command}");

    fs::remove_dir_all(work.join("broken")).unwrap();
    let said = ask(&[]);
    assert!(said.code == Some(1) && said.stdout.contains(command), "{}", said.stdout);
    assert!(said.stdout.ends_with("6 workspaces, 1 NOT judged.\n"), "{}", said.stdout);
    let bin = machine.path("bin").to_str().unwrap().replace('\'', r"'\''");
    let mend = format!("PATH='{bin}':$PATH; {command}");
    assert!(machine.command("sh", &home(&machine)).args(["-c", &mend]).output().unwrap().status.success());
    let said = ask(&[]);
    assert!(said.code == Some(0) && said.stdout.ends_with("6 workspaces, all judged.\n"), "{}", said.stdout);
    let nowhere = machine.ci_guard(&machine.path(""), &["doctor", "--all", "nowhere"]);
    nowhere.says(2, &["nowhere cannot be read"]);
}
