//! An installation for all repositories that is not alone: others at once, tools that take its names, folders called as it
//! is, and what was left behind by one that was killed.

use crate::install_global::{home, judged_once, machines, ours, place};
use crate::machine::{Machine, snapshot, write_program};
use std::fs;
use std::process::Stdio;

/// A whole platform starts at once.
#[test]
fn several_at_once_take_turns() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        fs::create_dir_all(home(&machine).join(".config")).unwrap();
        let places = [machine.path("gitconfig"), home(&machine)];
        let before = snapshot(&places);
        for verb in ["install", "uninstall"] {
            let program = if verb == "install" { machine.path("bin/ci-guard") } else { crate::support::BINARY.into() };
            let start = || {
                let mut command = machine.command(&program, &home(&machine));
                command.args([verb, "--global"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            };
            let all: Vec<_> = (0..6).map(|_| start()).collect();
            for one in all {
                crate::support::ended(one.wait_with_output().unwrap()).says(0, &[]);
            }
            if verb == "install" {
                judged_once(&machine, &repo, &[]);
                assert!(machine.must(&home(&machine), &["install", "--global"]).contains("nothing changed"));
                assert!(!home(&machine).join(".config/.ci-guard.lock").exists());
            }
        }
        assert!(snapshot(&places) == before);
    }
}

#[test]
fn a_lock_that_goes_away_is_waited_for_and_one_that_a_killed_one_left_is_named() {
    let machine = Machine::new();
    let lock = machine.path("gitconfig.lock");
    fs::write(&lock, "").unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(500));
            fs::write(lock.with_extension(""), "[changed]\n\tmeanwhile = yes\n").unwrap();
            fs::remove_file(&lock).unwrap();
        });
        machine.must(&home(&machine), &["install", "--global"]);
    });
    let text = fs::read_to_string(machine.path("gitconfig")).unwrap();
    assert!(text.starts_with("[changed]\n\tmeanwhile = yes\n# ") && text.contains("[include]"), "{text}");
    fs::rename(machine.path("gitconfig"), &lock).unwrap();
    fs::write(machine.path("gitconfig"), "").unwrap();
    machine.ci_guard(&home(&machine), &["install", "--global"]).says(2, &["a ci-guard that was stopped", "run: rm"]);
}

/// As `lefthook install` does where git reads hooks from our folder.
fn lefthook(machine: &Machine) {
    for name in ["pre-push", "pre-commit"] {
        let file = ours(machine).join("hooks").join(name);
        fs::rename(&file, file.with_extension("old")).unwrap();
        let script = machine.foreign_hook("lefthook", "exit 0");
        write_program(&file, &script.replacen("#!/bin/sh", "#!/bin/sh\n# call_lefthook", 1));
    }
}

#[test]
fn a_tool_that_took_our_names_is_noticed() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.must(&home(&machine), &["install", "--global"]);
    machine.must(&repo, &["install"]);
    machine.must(&repo, &["uninstall"]);
    lefthook(&machine);
    for _ in 0..2 {
        let answer = machine.doctor(&repo);
        let problem = &answer["problems"][0];
        assert_eq!((&answer["judged"], &problem["id"]), (&false.into(), &"hook-replaced".into()), "{answer:#}");
        assert_eq!(problem["run"][0], "ci-guard install --global", "{answer:#}");
        let words = ["git does not run it", "run: ci-guard install --global"];
        machine.ci_guard(&repo, &["install"]).says(2, &words);
    }
    machine.stand_in("exit 1");
    assert!(machine.push(&repo).0, "not judged");
}

#[test]
fn names_that_a_tool_took_are_taken_back_and_its_hooks_run_nowhere_else() {
    let machine = Machine::new();
    let (repo, folder) = (machine.repository("repo"), ours(&machine).join("hooks"));
    write_program(&repo.join(".git/hooks/pre-push"), &machine.foreign_hook("own", "exit 0"));
    machine.must(&home(&machine), &["install", "--global"]);
    let before = snapshot(&[ours(&machine)]);
    lefthook(&machine);
    write_program(&folder.join("pre-push.ci-guard-aside.1"), "somebody's\n");
    write_program(&folder.join("pre-push.ci-guard-chained"), "somebody's too\n");
    let said = machine.must(&home(&machine), &["install", "--global"]);
    let advice = "which lefthook wrote for every repository, as";
    assert!(said.contains(advice) && said.contains("GIT_CONFIG_GLOBAL=/dev/null lefthook install"), "{said}");
    judged_once(&machine, &repo, &["own"]);
    place(&machine, &repo, "global");
    machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
    assert_eq!(machine.who_ran(), Vec::<String>::new());
    let asides = [
        "pre-push.ci-guard-aside.1",
        "pre-push.ci-guard-aside.2",
        "pre-push.ci-guard-aside.3",
        "pre-commit.ci-guard-aside.1",
    ];
    for name in asides {
        fs::remove_file(folder.join(name)).unwrap();
    }
    assert!(snapshot(&[ours(&machine)]) == before, "all else is as it was");
}

/// A folder that is called as ours are.
#[test]
fn somebody_else_s_folder_of_our_name_is_theirs() {
    for (new, machine) in machines() {
        let (repo, theirs) = (machine.repository("repo"), machine.path("company/ci-guard/hooks"));
        for name in ["pre-push", "pre-commit"] {
            write_program(&theirs.join(name), &machine.foreign_hook(name, "exit 0"));
        }
        fs::write(machine.path("company/ci-guard/gitconfig"), "[core]\n\thooksPath = hooks\n").unwrap();
        machine.git(&repo, &["config", "--global", "core.hooksPath", theirs.to_str().unwrap()]);
        machine.must(&home(&machine), &["install", "--global"]);
        judged_once(&machine, &repo, &["pre-push"]);
        machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
        assert_eq!(machine.who_ran(), ["pre-commit"]);
        assert_eq!(machine.doctor(&repo)["hook"]["chained"], theirs.join("pre-push").to_str().unwrap());
        // The same behind a folder of the repository's own, which no forwarder takes for theirs.
        machine.git(&repo, &["config", "core.hooksPath", theirs.to_str().unwrap()]);
        machine.must(&repo, &["install"]);
        place(&machine, &repo, if new { "configuration" } else { "own-folder" });
        judged_once(&machine, &repo, &["pre-push"]);
        machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
        assert_eq!(machine.who_ran(), ["pre-commit"]);
        machine.git(&repo, &["config", "--unset", "core.hooksPath"]);
        machine.git(&repo, &["config", "--global", "--unset", "core.hooksPath"]);
        machine.git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
        assert_eq!(machine.who_ran(), Vec::<String>::new(), "and no forwarder runs the other for ever");
    }
}

#[test]
fn what_a_killed_one_left_goes_with_the_next() {
    for (new, machine) in machines() {
        machine.must(&home(&machine), &["install", "--global"]);
        let (before, folder) = (snapshot(&[ours(&machine)]), ours(&machine));
        let below = folder.join(if new { "judge" } else { "hooks" });
        let leave = || {
            for file in [folder.join(".gitconfig.4711.new"), folder.join(".seen.9.new"), below.join(".pre-push.12.new")]
            {
                fs::write(file, "half").unwrap();
            }
        };
        leave();
        let said = machine.must(&home(&machine), &["install", "--global"]);
        assert!(said.contains("/.gitconfig.4711.new") && snapshot(&[ours(&machine)]) == before, "{said}");
        leave();
        fs::write(folder.join(".mine.new"), "").unwrap();
        let said = machine.must(&home(&machine), &["uninstall", "--global"]);
        assert!(said.contains("ci-guard: there is something else in it"), "{said}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}

#[test]
fn a_folder_that_was_made_goes_when_it_is_empty() {
    let machine = Machine::new();
    let config = home(&machine).join(".config");
    fs::write(machine.path("gitconfig"), "[a\n").unwrap();
    machine.ci_guard(&home(&machine), &["install", "--global"]).says(2, &[]);
    assert!(!config.exists(), "refused");
    fs::write(machine.path("gitconfig"), "").unwrap();
    machine.must(&home(&machine), &["uninstall", "--global"]);
    assert!(!config.exists(), "nothing there");
    for keep in [true, false] {
        machine.must(&home(&machine), &["install", "--global"]);
        assert!(machine.must(&home(&machine), &["install", "--global"]).contains("nothing changed"));
        let file = config.join("other");
        fs::write(&file, "").unwrap();
        if !keep {
            fs::remove_file(&file).unwrap();
        }
        machine.must(&home(&machine), &["uninstall", "--global"]);
        assert_eq!(config.exists(), keep);
        if keep {
            fs::remove_dir_all(&config).unwrap();
        }
    }
}

#[test]
fn a_home_that_is_no_absolute_path_is_refused() {
    let machine = Machine::new();
    for verb in ["install", "uninstall"] {
        let mut command = machine.command(crate::support::BINARY, &home(&machine));
        command.env_remove("GIT_CONFIG_GLOBAL").env_remove("XDG_CONFIG_HOME").env("HOME", "rel/home");
        let said = crate::support::ended(command.args([verb, "--global"]).output().unwrap());
        said.says(2, &["HOME is rel/home, which is no absolute path"]);
        assert_eq!(fs::read_dir(home(&machine)).unwrap().count(), 0);
    }
}

/// `git config --global include.path X` without `--add` takes the first value that it finds, which may be ours.
#[test]
fn a_value_that_took_the_place_of_ours_is_left_to_its_owner() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        let before = fs::read_to_string(machine.path("gitconfig")).unwrap();
        let other = machine.path("other");
        fs::write(&other, "[user]\n\tname = Somebody\n").unwrap();
        let theirs = format!("{before}[include]\n\tpath = {}\n", other.display());
        let take = || machine.git(&home(&machine), &["config", "--global", "include.path", other.to_str().unwrap()]);
        machine.must(&home(&machine), &["install", "--global"]);
        take();
        machine.must(&home(&machine), &["install", "--global"]);
        judged_once(&machine, &repo, &[]);
        machine.must(&home(&machine), &["uninstall", "--global"]);
        assert_eq!(fs::read_to_string(machine.path("gitconfig")).unwrap(), theirs);
        fs::write(machine.path("gitconfig"), &before).unwrap();
        machine.must(&home(&machine), &["install", "--global"]);
        take();
        machine.must(&home(&machine), &["uninstall", "--global"]);
        assert_eq!(fs::read_to_string(machine.path("gitconfig")).unwrap(), theirs);
        assert!(!ours(&machine).exists());
    }
}

/// What git reads after our lines, be it in one repository only, may name another folder of hooks.
#[test]
fn an_include_that_came_after_ours_has_no_last_word_any_more() {
    for (_, machine) in machines() {
        let repo = machine.repository("repo");
        let (other, hooks) = (machine.path("other"), machine.path("hooks"));
        fs::write(&other, format!("[core]\n\thooksPath = {}\n", hooks.display())).unwrap();
        write_program(&hooks.join("pre-push"), &machine.foreign_hook("theirs", "exit 0"));
        let here = format!("includeIf.gitdir:{}/.path", repo.display());
        for key in ["core.hooksPath", "include.path", &here] {
            let value = if key == "core.hooksPath" { &hooks } else { &other };
            machine.must(&home(&machine), &["install", "--global"]);
            machine.git(&home(&machine), &["config", "--global", "--add", key, value.to_str().unwrap()]);
            let answer = machine.doctor(&repo);
            if answer["judged"] == false {
                assert_eq!(answer["problems"][0]["run"][0], "ci-guard install --global", "{key}: {answer:#}");
            }
            machine.must(&home(&machine), &["install", "--global"]);
            judged_once(&machine, &repo, &["theirs"]);
            assert!(machine.must(&home(&machine), &["install", "--global"]).contains("nothing changed"), "{key}");
            machine.must(&home(&machine), &["uninstall", "--global"]);
            machine.git(&home(&machine), &["config", "--global", "--unset", key]);
        }
    }
}

/// The judge itself, with nothing else installed: a branch for `main` into which `develop` was merged does not get out.
#[test]
fn a_foreign_merge_is_stopped_under_the_policy_of_the_git_folder_and_of_the_base() {
    const POLICY: &str = r#"{"feature": "feature", "base": "main"}"#;
    for (_, machine) in machines() {
        machine.must(&home(&machine), &["install", "--global"]);
        for name in ["git folder", "base"] {
            let repo = machine.repository(name);
            if name == "base" {
                machine.commit(&repo, ".ci-guard.json", POLICY);
            } else {
                fs::create_dir_all(repo.join(".git/ci-guard")).unwrap();
                fs::write(repo.join(".git/ci-guard/policy.json"), POLICY).unwrap();
            }
            machine.git(&repo, &["checkout", "-q", "-b", "develop"]);
            machine.commit(&repo, "d", "d\n");
            machine.git(&repo, &["push", "-q", "origin", "main", "develop"]);
            machine.git(&repo, &["remote", "set-head", "origin", "main"]);
            machine.git(&repo, &["checkout", "-q", "-b", "feature", "main"]);
            machine.commit(&repo, "f", "f\n");
            machine.git(&repo, &["push", "-q", "origin", "feature"]);
            machine.git(&repo, &["merge", "-q", "--no-edit", "develop"]);
            machine.try_git(&repo, &["push", "origin", "feature"]).says(1, &["ci-guard", "merge-source", "develop"]);
        }
    }
}

#[test]
fn a_hook_that_is_not_executable_is_told_of_as_git_does() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    fs::write(repo.join(".git/hooks/pre-commit"), "#!/bin/sh\nexit 1\n").unwrap();
    let commit = || machine.try_git(&repo, &["commit", "-q", "--allow-empty", "-m", "x"]);
    let alone = commit();
    alone.says(0, &["hook was ignored because it's not set as executable"]);
    let installs = [(&home(&machine), vec!["install", "--global"]), (&repo, vec!["install"])];
    for (folder, args) in installs {
        machine.must(folder, &args);
        assert_eq!(commit().stderr, alone.stderr, "{args:?}");
        machine.git(&repo, &["config", "advice.ignoredHook", "false"]);
        commit().says(0, &[]);
        assert_eq!(commit().stderr, "", "{args:?}");
        machine.git(&repo, &["config", "--unset", "advice.ignoredHook"]);
        let uninstall = [&["uninstall"], &args[1..]].concat();
        machine.must(folder, &uninstall);
        // Then the folder of our own, before another.
        fs::create_dir_all(repo.join(".hooks")).unwrap();
        fs::copy(repo.join(".git/hooks/pre-commit"), repo.join(".hooks/pre-commit")).unwrap();
        machine.git(&repo, &["config", "core.hooksPath", ".hooks"]);
        machine.must(&repo, &["install"]);
        commit().says(0, &["hint: The '.hooks/pre-commit' hook was ignored"]);
        machine.must(&repo, &["uninstall"]);
        machine.git(&repo, &["config", "--unset", "core.hooksPath"]);
    }
}

/// Ctrl-C and a polite kill find it holding git's lock.
#[test]
fn who_is_asked_to_stop_leaves_no_lock() {
    for signal in ["INT", "TERM"] {
        let machine = Machine::new();
        let before = snapshot(&[machine.path("gitconfig"), home(&machine)]);
        let (slow, system) = (machine.path("slow"), crate::machine::variable("PATH").unwrap());
        write_program(
            &slow.join("git"),
            &format!("#!/bin/sh\nPATH='{system}'\ncase $* in *.lock*) sleep 1 ;; esac\nexec git \"$@\"\n"),
        );
        let mut command = machine.command(machine.path("bin/ci-guard"), &home(&machine));
        command.env("PATH", format!("{}:{system}", slow.display())).args(["install", "--global"]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lock = machine.path("gitconfig.lock");
        let since = std::time::Instant::now();
        while !lock.exists() && since.elapsed().as_secs() < 20 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(lock.exists());
        let kill =
            machine.command("kill", &home(&machine)).args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        drop(child.wait_with_output().unwrap());
        assert!(!lock.exists() && !home(&machine).join(".config/.ci-guard.lock").exists(), "{signal}");
        machine.must(&home(&machine), &["uninstall", "--global"]);
        assert!(snapshot(&[machine.path("gitconfig"), home(&machine)]) == before, "{signal}");
    }
}
