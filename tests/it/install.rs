//! Every situation that a hook is installed into, gone through from end to end with real pushes: armed, blocked, let
//! through, the old hook still running, installed again without a change, and taken away without a trace.

use crate::machine::{Machine, snapshot, write_program};
use crate::support::{CONFLICT, Ended};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A repository somebody installs into.
struct Situation {
    /// Where they push from.
    folder: PathBuf,
    /// What must look as before when all is over, beside the repository's own folders.
    also: Vec<PathBuf>,
    /// Whether a pre-push hook of their own ran before, and has to go on running.
    theirs: bool,
}

fn plain(folder: PathBuf) -> Situation {
    Situation { folder, also: vec![], theirs: false }
}

fn theirs(machine: &Machine, folder: &Path, hook: &Path) -> Situation {
    write_program(hook, &machine.foreign_hook("theirs", "exit 0"));
    Situation { folder: folder.to_owned(), also: vec![], theirs: true }
}

fn common_dir(machine: &Machine, folder: &Path) -> PathBuf {
    folder.join(machine.git(folder, &["rev-parse", "--git-common-dir"])).canonicalize().unwrap()
}

fn traces(machine: &Machine, situation: &Situation) -> Vec<PathBuf> {
    let common = common_dir(machine, &situation.folder);
    let git_dir = machine.git(&situation.folder, &["rev-parse", "--absolute-git-dir"]);
    let mut places: Vec<_> = ["hooks", "config", "config.worktree", "ci-guard"].map(|name| common.join(name)).into();
    places.extend(["config.worktree", "ci-guard"].map(|name| Path::new(&git_dir).join(name)));
    places.extend(["gitconfig", "gitconfig-system", "shared"].map(|name| machine.path(name)));
    if let Some(top) = common.parent().filter(|_| common.ends_with(".git")) {
        places.extend(fs::read_dir(top).unwrap().map(|entry| entry.unwrap().path()).filter(|path| *path != common));
    }
    places.extend(situation.also.iter().cloned());
    places
}

/// The whole life of an installation.
fn live(machine: &Machine, name: &str, situation: &Situation) {
    let folder = &situation.folder;
    let theirs: &[&str] = if situation.theirs { &["theirs"] } else { &[] };
    let places = traces(machine, situation);
    let before = snapshot(&places);

    machine.must(folder, &["install"]);
    let armed = snapshot(&places);
    let again = machine.must(folder, &["install"]);
    assert!(again.contains("nothing changed"), "{name}: {again}");
    assert_eq!(snapshot(&places), armed, "{name}: installing twice changes nothing");

    let (arrived, said) = machine.push(folder);
    assert!(arrived, "{name}: {}", said.stderr);
    let runs = machine.runs();
    let with = |who: &str| runs.iter().filter(|run| run.starts_with(who)).cloned().collect::<Vec<_>>();
    assert_eq!(with("judge ").len(), 1, "{name}: judged once, {runs:?}\n{}", said.stderr);
    assert!(runs.iter().any(|run| run.starts_with("judge hook pre-push origin ")), "{name}: {runs:?}");
    assert_eq!(with("theirs").len(), theirs.len(), "{name}: {runs:?}");
    assert!(machine.stdin_of("judge").ends_with(b" 0000000000000000000000000000000000000000\n"), "{name}");
    if situation.theirs {
        assert_eq!(machine.stdin_of("theirs"), machine.stdin_of("judge"), "{name}");
        let same = with("theirs")[0].strip_prefix("theirs ") == with("judge")[0].strip_prefix("judge hook pre-push ");
        assert!(same, "{name}: the same arguments, {runs:?}");
    }
    let answer = machine.doctor(folder);
    assert_eq!(answer["judged"], true, "{name}: {answer:#}");
    assert_eq!(answer["hook"]["chained"].is_string(), situation.theirs, "{name}: {answer:#}");

    machine.stand_in("exit 1");
    let (arrived, _) = machine.push(folder);
    assert!(!arrived, "{name}: stopped");
    let by_configuration = answer["hook"]["place"] == "configuration";
    let ran = machine.who_ran();
    assert_eq!(ran[0], "judge", "{name}");
    assert!(by_configuration || ran == ["judge"], "{name}: what is blocked goes no further, {ran:?}");

    machine.must(folder, &["uninstall"]);
    assert_eq!(snapshot(&places), before, "{name}: uninstalling leaves no trace");
    let (arrived, said) = machine.push(folder);
    assert!(arrived, "{name}: {}", said.stderr);
    assert_eq!(machine.who_ran(), theirs, "{name}");
    assert_eq!(machine.doctor(folder)["judged"], false, "{name}");
}

type Setup = fn(&Machine) -> Situation;

const SITUATIONS: &[(&str, Setup)] = &[
    ("a fresh repository", |s| plain(s.repository("repo"))),
    ("no hooks folder", |s| {
        let repo = s.repository("repo");
        fs::remove_dir_all(repo.join(".git/hooks")).unwrap();
        plain(repo)
    }),
    ("an empty hooks folder", |s| {
        let repo = s.repository("repo");
        fs::remove_dir_all(repo.join(".git/hooks")).unwrap();
        fs::create_dir(repo.join(".git/hooks")).unwrap();
        plain(repo)
    }),
    ("a folder below the top", |s| {
        let repo = s.repository("repo");
        s.commit(&repo, "deep/er/file", "x\n");
        plain(repo.join("deep/er"))
    }),
    ("a linked worktree", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["worktree", "add", "-q", "../linked"]);
        plain(s.path("linked"))
    }),
    ("a linked worktree of a bare repository without hooks", |s| {
        let repo = s.repository("repo");
        s.git(&s.path(""), &["clone", "-q", "--bare", "--template=", repo.to_str().unwrap(), "bare.git"]);
        s.git(&s.path("bare.git"), &["remote", "set-url", "origin", s.path("repo.remote").to_str().unwrap()]);
        s.git(&s.path("bare.git"), &["worktree", "add", "-q", "../linked", "-b", "linked"]);
        plain(s.path("linked"))
    }),
    ("a bare repository", |s| {
        let repo = s.repository("repo");
        s.git(&s.path(""), &["clone", "-q", "--bare", repo.to_str().unwrap(), "bare.git"]);
        s.git(&s.path("bare.git"), &["remote", "set-url", "origin", s.path("repo.remote").to_str().unwrap()]);
        plain(s.path("bare.git"))
    }),
    ("a submodule", |s| {
        let (repo, inner) = (s.repository("repo"), s.repository("inner"));
        s.git(&repo, &["submodule", "--quiet", "add", inner.to_str().unwrap(), "sub"]);
        s.git(&repo.join("sub"), &["remote", "set-url", "origin", s.path("inner.remote").to_str().unwrap()]);
        let hooks = s.git(&repo.join("sub"), &["rev-parse", "--git-path", "hooks/pre-push"]);
        theirs(s, &repo.join("sub"), &repo.join("sub").join(hooks))
    }),
    ("a hook of their own", |s| {
        let repo = s.repository("repo");
        theirs(s, &repo, &repo.join(".git/hooks/pre-push"))
    }),
    ("a hook of their own without a shebang", |s| {
        let repo = s.repository("repo");
        let hook = s.foreign_hook("theirs", "exit 0").replacen("#!/bin/sh\n", "", 1);
        write_program(&repo.join(".git/hooks/pre-push"), &hook);
        Situation { theirs: true, ..plain(repo) }
    }),
    ("a link to a tracked script", |s| {
        let repo = s.repository("repo");
        s.commit(&repo, "tools/hook", &s.foreign_hook("theirs", "exit 0"));
        fs::set_permissions(repo.join("tools/hook"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("../../tools/hook", repo.join(".git/hooks/pre-push")).unwrap();
        Situation { theirs: true, ..plain(repo) }
    }),
    ("a dispatcher that asks for its own name", |s| {
        let repo = s.repository("repo");
        let hook = "#!/usr/bin/env bash\nexec \"$(dirname \"$0\")/$(basename \"$0\").d/one\" \"$@\"\n";
        write_program(&repo.join(".git/hooks/pre-push"), hook);
        theirs(s, &repo, &repo.join(".git/hooks/pre-push.d/one"))
    }),
    ("husky's files in the usual folder", |s| {
        let repo = s.repository("repo");
        husky(s, &repo);
        s.git(&repo, &["config", "--unset", "core.hooksPath"]);
        fs::remove_dir_all(repo.join(".git/hooks")).unwrap();
        fs::rename(repo.join(".husky/_"), repo.join(".git/hooks")).unwrap();
        write_program(&repo.join(".git/pre-push"), &s.foreign_hook("theirs", "exit 0"));
        Situation { theirs: true, ..plain(repo) }
    }),
    ("a link that leads nowhere", |s| {
        let repo = s.repository("repo");
        symlink("../../gone", repo.join(".git/hooks/pre-push")).unwrap();
        plain(repo)
    }),
    ("a hook that is switched off", |s| {
        let repo = s.repository("repo");
        let hook = repo.join(".git/hooks/pre-push");
        theirs(s, &repo, &hook);
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o640)).unwrap();
        plain(repo)
    }),
    ("core.hooksPath, local and relative", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "core.hooksPath", "tools/hooks"]);
        theirs(s, &repo, &repo.join("tools/hooks/pre-push"))
    }),
    ("core.hooksPath, local, to nothing", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "core.hooksPath", "/dev/null"]);
        plain(repo)
    }),
    ("core.hooksPath to the usual folder", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "core.hooksPath", ".git/hooks"]);
        theirs(s, &repo, &repo.join(".git/hooks/pre-push"))
    }),
    ("core.hooksPath, global and absolute", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "--global", "core.hooksPath", s.path("shared").to_str().unwrap()]);
        theirs(s, &repo, &s.path("shared/pre-push"))
    }),
    ("core.hooksPath, global, in the home folder", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "--global", "core.hooksPath", "~/hooks"]);
        Situation { also: vec![s.path("home/hooks")], ..theirs(s, &repo, &s.path("home/hooks/pre-push")) }
    }),
    ("core.hooksPath, system", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "--system", "core.hooksPath", s.path("shared").to_str().unwrap()]);
        theirs(s, &repo, &s.path("shared/pre-push"))
    }),
    ("core.hooksPath of one worktree", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "extensions.worktreeConfig", "true"]);
        s.git(&repo, &["worktree", "add", "-q", "../linked"]);
        let linked = s.path("linked");
        s.git(&linked, &["config", "--worktree", "core.hooksPath", "my hooks"]);
        Situation { also: vec![linked.join("my hooks")], ..theirs(s, &linked, &linked.join("my hooks/pre-push")) }
    }),
    ("a linked worktree without the relative folder", |s| {
        let repo = s.repository("repo");
        s.git(&repo, &["config", "core.hooksPath", ".husky/_"]);
        s.git(&repo, &["worktree", "add", "-q", "../linked"]);
        plain(s.path("linked"))
    }),
    ("a hooks folder that is a link", |s| {
        let repo = s.repository("repo");
        fs::remove_dir_all(repo.join(".git/hooks")).unwrap();
        fs::create_dir(s.path("shared")).unwrap();
        symlink(s.path("shared"), repo.join(".git/hooks")).unwrap();
        theirs(s, &repo, &s.path("shared/pre-push"))
    }),
    ("husky", |s| {
        let repo = s.repository("repo");
        husky(s, &repo);
        fs::write(repo.join(".husky/pre-push"), s.foreign_hook("theirs", "exit 0")).unwrap();
        Situation { theirs: true, ..plain(repo) }
    }),
    ("a configuration with its own includes", |s| {
        let repo = s.repository("repo");
        let config = fs::read_to_string(repo.join(".git/config")).unwrap();
        fs::write(repo.join(".git/config"), format!("[include]\n\tpath = ../more\n{config}")).unwrap();
        fs::write(repo.join("more"), "[core]\n\tabbrev = 12\n").unwrap();
        s.git(&repo, &["config", "core.hooksPath", "hooks"]);
        theirs(s, &repo, &repo.join("hooks/pre-push"))
    }),
];

/// What husky 9 writes at every `npm install`.
pub(crate) fn husky(machine: &Machine, repo: &Path) {
    let stub = "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"";
    let dispatcher = r#"#!/usr/bin/env sh
n=$(basename "$0")
s=$(dirname "$(dirname "$0")")/$n
[ ! -f "$s" ] && exit 0
[ "${HUSKY-}" = "0" ] && exit 0
sh -e "$s" "$@"
c=$?
[ $c != 0 ] && echo "husky - $n script failed (code $c)"
exit $c
"#;
    for name in ["pre-commit", "commit-msg", "post-checkout", "pre-push"] {
        write_program(&repo.join(".husky/_").join(name), stub);
    }
    fs::write(repo.join(".husky/_/h"), dispatcher).unwrap();
    machine.git(repo, &["config", "core.hooksPath", ".husky/_"]);
}

#[test]
fn every_situation_is_armed_and_given_back() {
    for (name, setup) in SITUATIONS {
        let machine = Machine::new();
        let situation = setup(&machine);
        machine.stand_in("exit 0");
        live(&machine, name, &situation);
    }
}

#[test]
fn every_situation_is_armed_and_given_back_by_a_git_with_configured_hooks() {
    for (name, setup) in SITUATIONS {
        let Some(machine) = Machine::with_new_git() else { return };
        let situation = setup(&machine);
        machine.stand_in("exit 0");
        live(&machine, name, &situation);
    }
}

#[test]
fn a_half_resolved_merge_does_not_leave() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    write_program(&repo.join(".git/hooks/pre-push"), &machine.foreign_hook("theirs", "exit 0"));
    machine.must(&repo, &["install"]);
    let (arrived, said) = machine.push(&repo);
    assert_eq!((arrived, &*said.stderr), (true, ""));
    machine.commit(&repo, "file", CONFLICT);
    let (arrived, said) = machine.push(&repo);
    assert!(!arrived && said.stderr.contains("file:1"), "{}", said.stderr);
    assert_eq!(machine.who_ran(), ["theirs"]);
}

#[test]
fn a_chained_hook_still_has_its_say() {
    for (place, global) in [(".git/hooks/pre-push", false), ("hooks/pre-push", true)] {
        let machine = Machine::new();
        let repo = machine.repository("repo");
        if global {
            machine.git(&repo, &["config", "core.hooksPath", "hooks"]);
        }
        write_program(&repo.join(place), &machine.foreign_hook("theirs", "exit 7"));
        machine.stand_in("exit 0");
        machine.must(&repo, &["install"]);
        assert!(!machine.push(&repo).0);
        assert_eq!(machine.who_ran(), ["judge", "theirs"]);
    }
}

#[test]
fn other_hooks_of_another_folder_run_as_before() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    husky(&machine, &repo);
    fs::write(repo.join(".husky/pre-commit"), machine.foreign_hook("pre-commit", "exit $(cat code)")).unwrap();
    write_program(&repo.join(".husky/_/reference-transaction"), &machine.foreign_hook("transaction", "exit 0"));
    machine.must(&repo, &["install"]);
    fs::write(repo.join("code"), "1").unwrap();
    let said = machine.try_git(&repo, &["commit", "--allow-empty", "-m", "x"]);
    assert_eq!((said.code, &*said.stderr), (Some(1), "husky - pre-commit script failed (code 1)\n"));
    fs::write(repo.join("code"), "0").unwrap();
    machine.git(&repo, &["commit", "--allow-empty", "-q", "-m", "x"]);
    let ran = machine.who_ran();
    assert_eq!(ran[..2], ["pre-commit", "pre-commit"]);
    assert!(ran[2..].iter().all(|name| name == "transaction") && ran.len() > 2, "{ran:?}");

    // One that comes later and costs time by being there is not forwarded yet; the doctor says so, install mends it.
    write_program(&repo.join(".husky/_/post-index-change"), &machine.foreign_hook("index", "exit 0"));
    let answer = machine.doctor(&repo);
    assert_eq!(answer["problems"][0]["id"], "hook-not-forwarded", "{answer:#}");
    machine.must(&repo, &["install"]);
    assert_eq!(machine.doctor(&repo)["problems"].as_array().unwrap().len(), 0);
    machine.commit(&repo, "file", "x\n");
    assert!(machine.who_ran().contains(&"index".to_owned()));
}

#[test]
fn a_hook_folder_before_another_follows_it_and_does_not_outlive_itself() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.stand_in("exit 0");
    husky(&machine, &repo);
    machine.must(&repo, &["install"]);
    husky(&machine, &repo); // npm install
    machine.git(&repo, &["config", "core.hooksPath", "elsewhere"]);
    write_program(&repo.join("elsewhere/pre-push"), &machine.foreign_hook("theirs", "exit 0"));
    assert!(machine.push(&repo).0);
    assert_eq!(machine.who_ran(), ["judge", "theirs"]);

    // Moved: what the configuration names is not there any more, so git is back where it was.
    let moved = machine.path("moved");
    fs::rename(&repo, &moved).unwrap();
    assert!(machine.push(&moved).0);
    assert_eq!(machine.who_ran(), ["theirs"]);
    assert_eq!(machine.doctor(&moved)["judged"], false);
    machine.must(&moved, &["install"]);
    assert!(machine.push(&moved).0);
    assert_eq!(machine.who_ran(), ["judge", "theirs"]);
    machine.must(&moved, &["uninstall"]);
    let config = fs::read_to_string(moved.join(".git/config")).unwrap();
    assert!(!config.contains("ci-guard/config"), "{config}");
}

#[test]
fn other_repositories_are_not_armed() {
    let machine = Machine::new();
    let (repo, other) = (machine.repository("repo"), machine.repository("other"));
    machine.git(&repo, &["config", "--global", "core.hooksPath", machine.path("shared").to_str().unwrap()]);
    machine.stand_in("exit 1");
    machine.must(&repo, &["install"]);
    assert!(!machine.push(&repo).0);
    assert!(machine.push(&other).0);
    assert!(!machine.path("shared").exists());
}

#[test]
fn a_worktree_with_a_folder_of_its_own_does_not_disarm_the_others() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.git(&repo, &["config", "extensions.worktreeConfig", "true"]);
    machine.git(&repo, &["worktree", "add", "-q", "../linked"]);
    let linked = machine.path("linked");
    machine.git(&linked, &["config", "--worktree", "core.hooksPath", "hooks"]);
    machine.stand_in("exit 1");
    machine.must(&repo, &["install"]);
    let problems = machine.doctor(&repo)["problems"].clone();
    assert_eq!(problems[0]["id"], "worktree-elsewhere", "{problems:#}");
    assert!(machine.push(&linked).0);
    machine.must(&linked, &["install"]);
    assert!(!machine.push(&linked).0);
    assert!(!machine.push(&repo).0);
    machine.must(&repo, &["install"]);
    assert!(!machine.push(&linked).0);
}

#[test]
fn a_server_judges_what_arrives() {
    for elsewhere in [false, true] {
        let machine = Machine::new();
        let repo = machine.repository("repo");
        let server = machine.path("repo.remote");
        if elsewhere {
            machine.git(&server, &["config", "core.hooksPath", "my-hooks"]);
            write_program(&server.join("my-hooks/update"), &machine.foreign_hook("update", "exit 0"));
        }
        machine.stand_in("exit 1");
        machine.must(&server, &["install", "--hook", "pre-receive"]);
        assert_eq!(machine.doctor(&server)["hook"]["name"], "pre-receive");
        let (arrived, said) = machine.push(&repo);
        assert!(!arrived && said.stderr.contains("pre-receive hook declined"), "{}", said.stderr);
        assert_eq!(machine.runs(), ["judge hook pre-receive"]);
        machine.stand_in("exit 2");
        let (arrived, said) = machine.push(&repo);
        assert!(arrived && said.stderr.contains("was NOT checked"), "{}", said.stderr);
        assert_eq!(machine.who_ran(), if elsewhere { &["judge", "update"][..] } else { &["judge"] });

        // Both hooks, each taken away by itself.
        machine.must(&server, &["install"]);
        machine.must(&server, &["uninstall", "--hook", "pre-receive"]);
        machine.push(&repo);
        assert_eq!(machine.who_ran(), if elsewhere { &["update"][..] } else { &[] });
        assert_eq!(machine.doctor(&server)["hook"]["name"], "pre-push");
        assert_eq!(machine.doctor(&server)["judged"], true);
        machine.must(&server, &["uninstall"]);
        assert!(!server.join("ci-guard").exists());
        assert_eq!(machine.doctor(&server)["judged"], false);
    }
}

#[test]
fn several_repositories_are_each_told_of() {
    let machine = Machine::new();
    let (one, two) = (machine.repository("one"), machine.repository("two"));
    let top = machine.path("");
    let said =
        machine.ci_guard(&top, &["install", "--repo", "one", "--repo", "nowhere", "--repo", "home", "--repo", "two"]);
    assert_eq!(said.code, Some(2));
    for told in [one.to_str().unwrap(), two.to_str().unwrap()] {
        assert!(said.stdout.contains(told), "{}", said.stdout);
    }
    assert!(
        said.stderr.contains("nowhere is not a folder") && said.stderr.contains("home is not in a git repository"),
        "{}",
        said.stderr
    );
    assert_eq!(machine.doctor(&one)["judged"], true);
    assert_eq!(machine.doctor(&two)["judged"], true);
    machine.must(&top, &["uninstall", "--repo", "one", "--repo", "two"]);
    assert_eq!(machine.doctor(&two)["judged"], false);
}

#[test]
fn an_inherited_git_dir_leads_nowhere() {
    let machine = Machine::new();
    let (repo, other) = (machine.repository("repo"), machine.repository("other"));
    machine.set("GIT_DIR", other.join(".git").to_str().unwrap());
    machine.must(&repo, &["install"]);
    machine.unset("GIT_DIR");
    assert_eq!(machine.doctor(&repo)["judged"], true);
    assert_eq!(machine.doctor(&other)["judged"], false);
}

#[test]
fn the_policy_lies_in_the_git_folder_of_the_worktree() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.git(&repo, &["worktree", "add", "-q", "../linked"]);
    let linked = machine.path("linked");
    let policy = r#"{"feature": "f", "base": "main", "allowed": ["develop"]}"#;
    fs::write(repo.join("team.json"), policy).unwrap();
    fs::write(repo.join("bad.json"), r#"{"bases": 1}"#).unwrap();

    let said = machine.ci_guard(&repo, &["install", "--policy", "bad.json"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("bad.json is not a policy: ") && said.stderr.contains("nothing was installed"),
        "{}",
        said.stderr
    );
    assert_eq!(machine.doctor(&repo)["judged"], false);

    for (folder, file) in
        [(&repo, ".git/ci-guard/policy.json"), (&linked, ".git/worktrees/linked/ci-guard/policy.json")]
    {
        let before = snapshot(&[repo.join(".git/hooks"), repo.join(".git/config"), repo.join(file)]);
        let source = repo.join("team.json");
        machine.must(folder, &["install", "--policy", source.to_str().unwrap()]);
        assert_eq!(fs::read_to_string(repo.join(file)).unwrap(), policy);
        let in_force = machine.doctor(folder)["policy"]["source"].as_str().unwrap().to_owned();
        assert!(in_force.contains("policy.json"), "{in_force}");
        let again = machine.must(folder, &["install", "--policy", source.to_str().unwrap()]);
        assert!(again.contains("nothing changed"), "{again}");
        machine.must(folder, &["uninstall"]);
        assert_eq!(snapshot(&[repo.join(".git/hooks"), repo.join(".git/config"), repo.join(file)]), before);
        assert!(!repo.join(file).parent().unwrap().exists());
    }

    // One that somebody wrote or changed there by hand is not ours to throw away.
    let file = repo.join(".git/ci-guard/policy.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "{}").unwrap();
    for own in ["{}", policy] {
        fs::write(&file, own).unwrap();
        let before = snapshot(&[repo.join(".git/ci-guard")]);
        machine.must(&repo, &["install", "--policy", "team.json"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), policy);
        assert_eq!(fs::read_to_string(file.with_extension("json.before")).unwrap(), own);
        machine.must(&repo, &["install", "--policy", "team.json"]);
        let said = machine.must(&repo, &["uninstall"]);
        assert!(said.contains("put back "), "{said}");
        assert_eq!(snapshot(&[repo.join(".git/ci-guard")]), before);
    }
    machine.must(&repo, &["install", "--policy", "team.json"]);
    fs::write(&file, "{\"base\": \"x\"}").unwrap();
    machine.must(&repo, &["install", "--policy", "team.json"]);
    assert_eq!(fs::read_to_string(file.with_extension("json.before")).unwrap(), "{\"base\": \"x\"}");
    assert_eq!(fs::read_to_string(file.with_extension("json.before.1")).unwrap(), policy, "nothing is lost");
    fs::write(&file, "{\"base\": \"y\"}").unwrap();
    let said = machine.must(&repo, &["uninstall"]);
    assert!(said.contains("it was changed since it was installed") && file.exists(), "{said}");
}

fn refused(machine: &Machine, folder: &Path) -> Ended {
    let said = machine.ci_guard(folder, &["install"]);
    assert_eq!(said.code, Some(2), "{}{}", said.stdout, said.stderr);
    said
}

#[test]
fn a_fault_says_what_where_why_and_what_next() {
    let machine = Machine::new();
    let said = refused(&machine, &machine.path("home"));
    assert!(
        said.stderr.contains("home is not in a git repository; go into one, or name one with -C FOLDER"),
        "{}",
        said.stderr
    );

    let repo = machine.repository("repo");
    fs::remove_dir_all(repo.join(".git/hooks")).unwrap();
    fs::write(repo.join(".git/hooks"), "a file").unwrap();
    let said = refused(&machine, &repo);
    assert!(said.stderr.contains(".git/hooks"), "{}", said.stderr);
    assert_eq!(fs::read(repo.join(".git/hooks")).unwrap(), b"a file");

    let repo = machine.repository("locked");
    machine.git(&repo, &["config", "core.hooksPath", "x"]);
    fs::write(repo.join(".git/config.lock"), "").unwrap();
    let said = refused(&machine, &repo);
    assert!(said.stderr.contains("could not lock config file"), "{}", said.stderr);
    assert!(!repo.join(".git/ci-guard").exists(), "nothing is left half done");
    fs::remove_file(repo.join(".git/config.lock")).unwrap();
    machine.must(&repo, &["install"]);
    machine.must(&repo, &["uninstall"]);
    assert!(!repo.join(".git/ci-guard").exists());

    machine.set("PATH", "");
    let said = machine.ci_guard(&repo, &["install"]);
    assert!(matches!(said.code, Some(0 | 2)), "{}", said.stderr); // git may also be in one of its usual places
}

#[test]
fn a_read_only_hooks_folder_is_told_of_and_left_alone() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    let hooks = repo.join(".git/hooks");
    write_program(&hooks.join("pre-push"), &machine.foreign_hook("theirs", "exit 0"));
    fs::set_permissions(&hooks, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(hooks.join("probe"), "").is_ok() {
        fs::remove_file(hooks.join("probe")).unwrap();
        eprintln!("skipped: this user may write into read-only folders");
        return;
    }
    let before = snapshot(&[repo.join(".git")]);
    let said = refused(&machine, &repo);
    assert!(said.stderr.contains("pre-push could not be kept: permission denied"), "{}", said.stderr);
    assert!(said.stderr.contains("run: chmod u+w "), "{}", said.stderr);
    assert_eq!(snapshot(&[repo.join(".git")]), before);
    fs::set_permissions(&hooks, fs::Permissions::from_mode(0o755)).unwrap();
}
