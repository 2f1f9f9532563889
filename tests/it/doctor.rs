//! What the doctor finds, each case made for real, and each mended by what it tells people to run.

use crate::install::husky;
use crate::machine::{Machine, variable, write_program};
use crate::support::CONFLICT;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

fn problem(answer: &Value, id: &str) -> Value {
    let problems = answer["problems"].as_array().unwrap();
    problems.iter().find(|problem| problem["id"] == id).unwrap_or_else(|| panic!("no {id} in {answer:#}")).clone()
}

/// Run what it says, as somebody would who pastes it.
fn mend(machine: &Machine, folder: &Path, problem: &Value) {
    let path = format!("{}:{}", machine.path("bin").to_str().unwrap(), variable("PATH").unwrap());
    for command in problem["run"].as_array().unwrap() {
        let command = command.as_str().unwrap();
        if let Some(name) = command.strip_prefix("unset ") {
            name.split(' ').for_each(|name| machine.unset(name));
            continue;
        }
        let args = ["-c", &format!("PATH='{}'; {command}", path.replace('\'', r"'\''"))];
        let output = machine.command("sh", folder).args(args).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

type Break = fn(&Machine, &Path);

/// Ways to lose the judge, and what the doctor calls them.
const LOST: &[(&str, Break)] = &[
    ("not-installed", |s, repo| drop(s.must(repo, &["uninstall"]))),
    ("not-installed", |_, repo| fs::remove_dir_all(repo.join(".git/hooks")).unwrap()),
    ("not-installed", |_, repo| {
        fs::remove_file(repo.join(".git/hooks/pre-push")).unwrap();
        symlink("gone", repo.join(".git/hooks/pre-push")).unwrap();
    }),
    ("hooks-path", |s, repo| husky(s, repo)),
    ("hooks-path", |s, repo| drop(s.git(repo, &["config", "--global", "core.hooksPath", "/nowhere"]))),
    ("hooks-path", |s, _| {
        s.set("GIT_CONFIG_COUNT", "1");
        s.set("GIT_CONFIG_KEY_0", "core.hooksPath");
        s.set("GIT_CONFIG_VALUE_0", "/dev/null");
    }),
    ("hook-not-executable", |_, repo| {
        fs::set_permissions(repo.join(".git/hooks/pre-push"), fs::Permissions::from_mode(0o644)).unwrap();
    }),
    ("hook-crlf", |_, repo| {
        let file = repo.join(".git/hooks/pre-push");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace('\n', "\r\n")).unwrap();
    }),
    ("hook-changed", |_, repo| {
        let file = repo.join(".git/hooks/pre-push");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("hook=pre-push", "hook=other")).unwrap();
    }),
    ("hook-replaced", |s, repo| {
        fs::rename(repo.join(".git/hooks/pre-push"), repo.join(".git/hooks/pre-push.bak")).unwrap();
        write_program(&repo.join(".git/hooks/pre-push"), &s.foreign_hook("theirs", "exit 0"));
    }),
];

#[test]
fn every_way_to_lose_the_judge_is_found_and_mended() {
    for new in [false, true] {
        for (index, (id, lose)) in LOST.iter().enumerate() {
            let Some(machine) = (if new { Machine::with_new_git() } else { Some(Machine::new()) }) else { return };
            let repo = machine.repository("repo");
            machine.must(&repo, &["install"]);
            assert_eq!(machine.doctor(&repo)["judged"], true);
            lose(&machine, &repo);
            let answer = machine.doctor(&repo);
            assert_eq!(answer["judged"], false, "{index} {id}");
            assert_eq!(answer["problems"][0]["id"], *id, "{index}: {answer:#}");
            mend(&machine, &repo, &problem(&answer, id));
            let answer = machine.doctor(&repo);
            assert_eq!(answer["judged"], true, "{index} {id}: {answer:#}");
            machine.stand_in("exit 1");
            assert!(!machine.push(&repo).0, "{index} {id}");
        }
    }
}

#[test]
fn a_setting_elsewhere_is_named_with_its_scope_and_file() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.must(&repo, &["install"]);
    machine.git(&repo, &["config", "--global", "core.hooksPath", "/shared/it's"]);
    let said = machine.ci_guard(&repo, &["doctor"]);
    let file = machine.path("gitconfig");
    let want = format!("problem: core.hooksPath is /shared/it's (global, file:{})", file.to_str().unwrap());
    assert!(said.stdout.contains(&want), "{}", said.stdout);
    assert!(
        said.stdout.contains("would NOT be judged") && said.stdout.contains("\n  run: ci-guard install\n"),
        "{}",
        said.stdout
    );
    assert_eq!(said.code, Some(1));
}

#[test]
fn a_binary_that_is_gone_broken_or_another_is_told_apart() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    fs::create_dir(machine.path("old")).unwrap();
    fs::hard_link(machine.path("bin/ci-guard"), machine.path("old/ci-guard")).unwrap();
    let output = machine.command(machine.path("old/ci-guard"), &repo).arg("install").output().unwrap();
    assert!(output.status.success());
    let hooked = machine.path("old/ci-guard");
    assert_eq!(machine.doctor(&repo)["problems"].as_array().unwrap().len(), 0);

    for (script, id, judged) in [
        ("echo ci-guard 0.0.1", "binary-version", true),
        ("printf 'x\\033[31m\\n'", "binary-version", true),
        ("exit 3", "binary-broken", false),
        ("kill -9 $$", "binary-broken", false),
        ("true", "binary-broken", false),
    ] {
        write_program(&hooked, &format!("#!/bin/sh\n{script}\n"));
        let answer = machine.doctor(&repo);
        assert_eq!(answer["judged"], judged, "{script}: {answer:#}");
        let found = problem(&answer, id);
        assert!(!found["message"].as_str().unwrap().contains('\u{1b}'), "{found}");
    }
    fs::remove_file(&hooked).unwrap();
    let answer = machine.doctor(&repo);
    assert_eq!(answer["judged"], false);
    problem(&answer, "binary-missing");

    let path = format!("{}:{}", machine.path("bin").to_str().unwrap(), variable("PATH").unwrap());
    machine.set("PATH", &path);
    fs::create_dir(&hooked).unwrap();
    machine.commit(&repo, "file", CONFLICT);
    assert!(!machine.push(&repo).0, "the doctor says what the shim does");
    let answer = machine.doctor(&repo);
    assert_eq!(answer["judged"], true);
    mend(&machine, &repo, &problem(&answer, "binary-moved"));
    let answer = machine.doctor(&repo);
    assert_eq!(answer["problems"].as_array().unwrap().len(), 0, "{answer:#}");
    assert_eq!(answer["binary"]["path"], machine.path("bin/ci-guard").to_str().unwrap());
}

/// A repository whose judge sits in the configuration.
fn configured(machine: &Machine) -> PathBuf {
    let repo = machine.repository("repo");
    machine.git(&repo, &["config", "core.hooksPath", "hooks"]);
    machine.must(&repo, &["install"]);
    assert_eq!(machine.doctor(&repo)["hook"]["place"], "configuration");
    repo
}

#[test]
fn a_configured_hook_that_is_switched_off_is_found_at_every_scope() {
    for (scope, key) in [
        ("--local", "hook.ci-guard-pre-push.enabled"),
        ("--global", "hook.ci-guard-pre-push.enabled"),
        ("--local", "hook.pre-push.enabled"),
        ("--global", "hook.pre-push.enabled"),
    ] {
        let Some(machine) = Machine::with_new_git() else { return };
        let repo = configured(&machine);
        machine.stand_in("exit 1");
        machine.git(&repo, &["config", scope, key, "off"]);
        let answer = machine.doctor(&repo);
        // git lets the repository's own configuration have the last word; ours says nothing about `enabled`.
        assert_eq!(answer["judged"], !machine.push(&repo).0, "{scope} {key}: the doctor says what git does");
        assert_eq!(answer["judged"], false);
        let found = problem(&answer, "hook-disabled");
        assert!(found["message"].as_str().unwrap().contains(scope.trim_start_matches('-')), "{found}");
        mend(&machine, &repo, &found);
        assert_eq!(machine.doctor(&repo)["judged"], true, "{scope} {key}");
        assert!(!machine.push(&repo).0);
    }
}

#[test]
fn where_configured_hooks_are_switched_off_another_place_is_found() {
    let Some(machine) = Machine::with_new_git() else { return };
    let repo = configured(&machine);
    machine.git(&repo, &["config", "--global", "hook.pre-push.enabled", "false"]);
    machine.must(&repo, &["install"]);
    assert_eq!(machine.doctor(&repo)["hook"]["place"], "own-folder");
    machine.stand_in("exit 1");
    assert!(!machine.push(&repo).0);
    machine.must(&repo, &["uninstall"]);
    assert!(!repo.join(".git/ci-guard").exists());
}

#[test]
fn a_configured_hook_that_is_gone_says_so_at_every_push() {
    let Some(machine) = Machine::with_new_git() else { return };
    let repo = configured(&machine);
    fs::remove_dir_all(repo.join(".git/ci-guard")).unwrap();
    let missing = |what: &str| {
        let (arrived, said) = machine.push(&repo);
        let warned = said.stderr.contains("is missing, so this push was NOT checked");
        assert!(arrived && warned, "{what}: {}", said.stderr);
        machine.doctor(&repo)
    };
    fs::create_dir_all(repo.join(".git/ci-guard/pre-push")).unwrap();
    missing("a folder");
    fs::remove_dir_all(repo.join(".git/ci-guard")).unwrap();
    let answer = missing("nothing");
    mend(&machine, &repo, &problem(&answer, "hook-missing"));
    assert_eq!(machine.doctor(&repo)["judged"], true);
}

#[test]
fn judged_twice_is_found_and_mended() {
    let Some(machine) = Machine::with_new_git() else { return };
    let repo = machine.repository("repo");
    machine.must(&repo, &["install"]);
    let hook = fs::read_to_string(repo.join(".git/hooks/pre-push")).unwrap();
    machine.must(&repo, &["uninstall"]);
    machine.git(&repo, &["config", "core.hooksPath", "hooks"]);
    machine.must(&repo, &["install"]);
    machine.git(&repo, &["config", "--unset", "core.hooksPath"]);
    write_program(&repo.join(".git/hooks/pre-push"), &hook);
    let answer = machine.doctor(&repo);
    assert_eq!(answer["judged"], true);
    mend(&machine, &repo, &problem(&answer, "judged-twice"));
    machine.stand_in("exit 0");
    assert!(machine.push(&repo).0);
    assert_eq!(machine.who_ran(), ["judge"]);
}

#[test]
fn an_older_git_does_not_see_a_configured_hook() {
    let Some(new) = Machine::with_new_git() else { return };
    let repo = configured(&new);
    let old = new.beside_older_git();
    let answer = old.doctor(&repo);
    assert_eq!(answer["judged"], false);
    mend(&old, &repo, &problem(&answer, "git-too-old"));
    for machine in [&old, &new] {
        machine.stand_in("exit 0");
        assert_eq!(machine.doctor(&repo)["hook"]["place"], "own-folder");
        assert!(machine.push(&repo).0);
        assert_eq!(old.who_ran(), ["judge"], "judged once by either git");
    }
}

#[test]
fn what_goes_past_the_hook_is_told() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.must(&repo, &["install"]);
    assert_eq!(machine.doctor(&repo)["problems"].as_array().unwrap().len(), 0);
    fs::create_dir(repo.join(".jj")).unwrap();
    machine.git(&repo, &["config", "--global", "alias.yolo", "push --no-verify"]);
    machine.git(&repo, &["config", "alias.sneak", "-c core.hooksPath=/dev/null push"]);
    machine.git(&repo, &["config", "alias.ok", "push --force-with-lease"]);
    let answer = machine.doctor(&repo);
    assert_eq!(answer["judged"], true);
    let messages: Vec<_> = answer["problems"].as_array().unwrap().iter().map(|it| it["message"].to_string()).collect();
    assert_eq!(messages.len(), 3, "{messages:#?}");
    for word in ["alias.yolo (global", "alias.sneak (local", "jj git push"] {
        assert!(messages.iter().any(|message| message.contains(word)), "{word}: {messages:#?}");
    }
    let bypasses = answer["bypasses"].to_string();
    for word in ["--no-verify", "core.hooksPath", "GIT_CONFIG_COUNT", "send-pack", "libgit2"] {
        assert!(bypasses.contains(word), "{bypasses}");
    }
}

#[test]
fn a_chained_hook_that_cannot_run_is_told() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    write_program(&repo.join(".git/hooks/pre-push"), "#!/bin/sh\r\nexit 0\r\n");
    machine.must(&repo, &["install"]);
    let answer = machine.doctor(&repo);
    assert_eq!(answer["judged"], true);
    mend(&machine, &repo, &problem(&answer, "chained-crlf"));
    assert_eq!(machine.doctor(&repo)["problems"].as_array().unwrap().len(), 0);
    assert!(machine.push(&repo).0);
}

#[test]
fn a_policy_that_cannot_be_used_is_told_and_stops_no_judging() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.must(&repo, &["install"]);
    fs::create_dir(repo.join(".git/ci-guard")).unwrap();
    fs::write(repo.join(".git/ci-guard/policy.json"), "{").unwrap();
    let answer = machine.doctor(&repo);
    assert_eq!(answer["judged"], true);
    let found = problem(&answer, "policy");
    assert!(found["message"].as_str().unwrap().contains("policy.json"), "{found}");
    assert!(answer["policy"]["error"].is_string(), "{answer:#}");
}

#[test]
fn outside_a_repository_it_cannot_answer() {
    let machine = Machine::new();
    let said = machine.ci_guard(&machine.path("home"), &["doctor"]);
    assert_eq!((said.code, &*said.stdout), (Some(2), ""));
    assert!(said.stderr.contains("home is not in a git repository"), "{}", said.stderr);
}

#[test]
fn it_changes_nothing() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    husky(&machine, &repo);
    machine.must(&repo, &["install"]);
    let before = crate::machine::snapshot(std::slice::from_ref(&repo));
    machine.doctor(&repo);
    assert_eq!(crate::machine::snapshot(&[repo]), before);
}
