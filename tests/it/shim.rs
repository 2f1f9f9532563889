//! The shim, under every POSIX shell that is here: whatever becomes of the program, only exit code 1 stops a push.

use crate::machine::{Machine, variable, write_program};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

/// Shells, and ways to start them that other tools use.
fn shells() -> Vec<Vec<&'static str>> {
    let known = [
        &["sh"][..],
        &["sh", "-e"],
        &["sh", "-c", "trap '' PIPE; exec /bin/sh \"$@\"", "sh"], // as git 2.54 and later start a hook
        &["dash"],
        &["busybox", "sh"],
        &["bash", "--posix"],
        &["bash", "-eu"],
        &["ksh"],
        &["zsh", "--emulate", "sh"],
    ];
    let here = |name: &str| variable("PATH").unwrap().split(':').any(|folder| Path::new(folder).join(name).exists());
    known.into_iter().filter(|words| here(words[0])).map(<[_]>::to_vec).collect()
}

struct Armed {
    machine: Machine,
    hooks: PathBuf,
}

impl Armed {
    fn new() -> Armed {
        let machine = Machine::new();
        let repo = machine.repository("repo");
        machine.must(&repo, &["install"]);
        Armed { machine, hooks: repo.join(".git/hooks") }
    }

    fn chain(&self, body: &str) {
        let text = self.machine.foreign_hook("theirs", &format!("echo \"$0\" >>zero\n{body}"));
        write_program(&self.hooks.join("pre-push.ci-guard-chained"), &text);
    }

    fn unchain(&self) {
        let _ = fs::remove_file(self.hooks.join("pre-push.ci-guard-chained"));
    }

    fn run(&self, shell: &[&str], file: &Path, input: &[u8]) -> Output {
        let mut command = self.machine.command(shell[0], &self.hooks);
        command.args(&shell[1..]).arg(file).args(["origin", "file:///a b'c"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }
}

fn warnings(output: &Output) -> usize {
    String::from_utf8_lossy(&output.stderr).lines().filter(|line| line.starts_with("ci-guard: ")).count()
}

#[test]
fn only_exit_code_1_stops_a_push() {
    let armed = Armed::new();
    let gone = armed.machine.path("bin/ci-guard");
    let hook = armed.hooks.join("pre-push");
    for shell in shells() {
        for (body, alone, warned) in [
            (Some("exit 0"), 0, 0),
            (Some("exit 1"), 1, 0),
            (Some("exit 2"), 0, 1),
            (Some("exit 101"), 0, 1),
            (Some("exit 127"), 0, 1),
            (Some("exit 255"), 0, 1),
            (Some("kill -KILL $$"), 0, 1),
            (Some("kill -SEGV $$"), 0, 1),
            (None, 0, 1),
        ] {
            match body {
                Some(body) => armed.machine.stand_in(body),
                None => fs::remove_file(&gone).unwrap(),
            }
            armed.unchain();
            let output = armed.run(&shell, &hook, b"a b c d\n");
            assert_eq!(
                (output.status.code(), warnings(&output)),
                (Some(alone), warned),
                "{shell:?} {body:?} {output:?}"
            );
            assert!(output.stdout.is_empty(), "{output:?}");

            for (theirs, code) in [("exit 0", 0), ("exit 7", 7)] {
                armed.chain(theirs);
                let output = armed.run(&shell, &hook, b"a b c d\n");
                let want = if alone == 1 { 1 } else { code };
                assert_eq!((output.status.code(), warnings(&output)), (Some(want), warned), "{shell:?} {body:?}");
            }
        }
    }
}

#[test]
fn a_chained_hook_that_is_taken_away_meanwhile_stops_nothing() {
    let armed = Armed::new();
    let hook = armed.hooks.join("pre-push");
    for shell in shells() {
        for (judge, theirs) in [("rm pre-push.ci-guard-chained", "exit 7"), ("exit 0", "rm \"$0\"; exit 2")] {
            armed.machine.stand_in(judge);
            armed.chain(theirs);
            let output = armed.run(&shell, &hook, b"a b c d\n");
            assert_eq!((output.status.code(), warnings(&output)), (Some(0), 0), "{shell:?} {judge} {output:?}");
        }
    }
}

#[test]
fn both_get_the_same_arguments_and_every_byte() {
    let armed = Armed::new();
    let hook = armed.hooks.join("pre-push");
    let long = b"refs/heads/a 1 refs/heads/a 2\n".repeat(20_000);
    armed.machine.stand_in("exit 0");
    armed.chain("exit 0");
    for shell in shells() {
        for input in [&b""[..], b"\n", b"a b\n", b"a b\n\n\n", b"no end", b" \\t %s -n \x01\xff\n", &long] {
            let output = armed.run(&shell, &hook, input);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            assert_eq!(armed.machine.stdin_of("judge"), input, "{shell:?}");
            assert_eq!(armed.machine.stdin_of("theirs"), input, "{shell:?}");
            let arguments = "origin file:///a b'c";
            assert_eq!(
                armed.machine.runs(),
                [format!("judge hook pre-push {arguments}"), format!("theirs {arguments}")]
            );
        }
    }
}

#[test]
fn nobody_who_leaves_without_reading_changes_the_answer() {
    let armed = Armed::new();
    let hook = armed.hooks.join("pre-push");
    let long = b"refs/heads/a 1 refs/heads/a 2\n".repeat(20_000);
    for shell in shells() {
        for (judge, theirs, want) in [("0", "0", 0), ("1", "0", 1), ("0", "3", 3), ("9", "0", 0)] {
            write_program(&armed.machine.path("bin/ci-guard"), &format!("#!/bin/sh\nexit {judge}\n"));
            let chained = armed.hooks.join("pre-push.ci-guard-chained");
            write_program(&chained, &format!("#!/bin/sh\nexit {theirs}\n"));
            let output = armed.run(&shell, &hook, &long);
            assert_eq!(output.status.code(), Some(want), "{shell:?} {output:?}");
            assert_eq!(warnings(&output), usize::from(judge == "9"), "{shell:?} {output:?}");
        }
    }
}

#[test]
fn without_any_program_on_the_path_the_chained_hook_still_gets_its_input() {
    let armed = Armed::new();
    fs::remove_file(armed.machine.path("bin/ci-guard")).unwrap();
    let text = "#!/bin/sh\nwhile read -r line; do echo \"got $line\"; done\necho \"rest $line\"\nexit 5\n";
    write_program(&armed.hooks.join("pre-push.ci-guard-chained"), text);
    for shell in shells() {
        let folders = variable("PATH").unwrap();
        let shell_file = folders.split(':').map(|folder| Path::new(folder).join(shell[0])).find(|file| file.exists());
        let shell: Vec<_> = [&[shell_file.as_ref().unwrap().to_str().unwrap()], &shell[1..]].concat();
        for path in ["", "/nowhere"] {
            armed.machine.set("PATH", path);
            let output = armed.run(&shell, &armed.hooks.join("pre-push"), b"a b\nc d");
            assert_eq!(output.status.code(), Some(5), "{shell:?} {output:?}");
            assert_eq!(output.stdout, b"got a b\nrest c d\n", "{shell:?}");
            assert_eq!(warnings(&output), 1, "{shell:?} {output:?}");
        }
        armed.machine.unset("PATH");
    }
}

#[test]
fn another_ci_guard_on_the_path_takes_the_place_of_one_that_is_gone() {
    let armed = Armed::new();
    let (hooked, other) = (armed.machine.path("bin/ci-guard"), armed.machine.path("other/ci-guard"));
    armed.machine.stand_in("exit 1");
    fs::create_dir(armed.machine.path("other")).unwrap();
    fs::rename(&hooked, &other).unwrap();
    let path = format!("{}:{}", armed.machine.path("other").to_str().unwrap(), variable("PATH").unwrap());
    for shell in shells() {
        for by_folder in [false, true] {
            let _ = if by_folder { fs::create_dir(&hooked) } else { fs::remove_dir(&hooked) };
            armed.machine.set("PATH", &path);
            let output = armed.run(&shell, &armed.hooks.join("pre-push"), b"");
            assert_eq!((output.status.code(), warnings(&output)), (Some(1), 0), "{shell:?} {by_folder} {output:?}");
            armed.machine.unset("PATH");
            let output = armed.run(&shell, &armed.hooks.join("pre-push"), b"");
            assert_eq!((output.status.code(), warnings(&output)), (Some(0), 1), "{shell:?} {by_folder} {output:?}");
        }
    }
}

#[test]
fn it_finds_what_it_chains_under_any_name_and_from_anywhere() {
    let armed = Armed::new();
    armed.machine.stand_in("exit 0");
    armed.chain("exit 4");
    fs::rename(armed.hooks.join("pre-push"), armed.hooks.join("pre-push.legacy")).unwrap();
    for file in
        ["pre-push.legacy".into(), armed.hooks.join("pre-push.legacy"), PathBuf::from("../hooks/pre-push.legacy")]
    {
        let output = armed.run(&["sh"], &file, b"x\n");
        assert_eq!(output.status.code(), Some(4), "{file:?} {output:?}");
    }
    assert_eq!(armed.machine.who_ran().len(), 6);
}

#[test]
fn a_hook_that_is_switched_off_stays_off() {
    let armed = Armed::new();
    armed.machine.stand_in("exit 0");
    armed.chain("exit 4");
    let chained = armed.hooks.join("pre-push.ci-guard-chained");
    fs::set_permissions(&chained, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(armed.run(&["sh"], &armed.hooks.join("pre-push"), b"").status.code(), Some(0));
    fs::remove_file(&chained).unwrap();
    fs::create_dir(&chained).unwrap();
    assert_eq!(armed.run(&["sh"], &armed.hooks.join("pre-push"), b"").status.code(), Some(0));
    assert_eq!(armed.machine.who_ran(), ["judge", "judge"]);
}

#[test]
fn a_tool_that_moved_us_aside_and_is_chained_too_does_not_go_round_for_ever() {
    let armed = Armed::new();
    armed.machine.stand_in("exit 0");
    let hook = armed.hooks.join("pre-push.legacy");
    fs::rename(armed.hooks.join("pre-push"), &hook).unwrap();
    for arguments in ["\"$@\"", ""] {
        let again = format!("\"{}\" {arguments} </dev/null || exit 9", hook.to_str().unwrap());
        armed.chain(&again);
        let output = armed.run(&["sh"], &hook, b"x\n");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(armed.machine.who_ran().len() <= 5);
    }
}

#[test]
fn no_variable_goes_past_the_judge() {
    let armed = Armed::new();
    armed.machine.stand_in("exit 1");
    armed.machine.set("CI_GUARD_RUNNING", "pre-push origin file:///a b'c");
    fs::copy(armed.hooks.join("pre-push"), armed.hooks.join("pre-push.legacy")).unwrap();
    for shell in shells() {
        for name in ["pre-push", "pre-push.legacy"] {
            let output = armed.run(&shell, &armed.hooks.join(name), b"x\n");
            assert_eq!(output.status.code(), Some(1), "{shell:?} {name} {output:?}");
        }
    }
}

#[test]
fn a_push_from_within_a_chained_hook_is_judged_too() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    machine.git(&machine.path(""), &["init", "-q", "--bare", "mirror"]);
    machine.git(&repo, &["remote", "add", "mirror", machine.path("mirror").to_str().unwrap()]);
    let body = "[ \"$1\" = mirror ] || git push -q mirror HEAD:refs/heads/main";
    write_program(&repo.join(".git/hooks/pre-push"), &machine.foreign_hook("theirs", body));
    machine.stand_in("exit 0");
    machine.must(&repo, &["install"]);
    assert!(machine.push(&repo).0);
    let judged: Vec<_> = machine.runs().into_iter().filter(|run| run.starts_with("judge")).collect();
    assert!(judged.len() == 2 && judged[1].starts_with("judge hook pre-push mirror "), "{judged:?}");
}

#[test]
fn a_push_to_the_same_remote_from_within_a_chained_hook_is_judged_too() {
    let machine = Machine::new();
    let repo = machine.repository("repo");
    let body = "[ \"${AGAIN-}\" ] || AGAIN=1 git push -q origin HEAD:refs/heads/again";
    write_program(&repo.join(".git/hooks/pre-push"), &machine.foreign_hook("theirs", body));
    machine.stand_in("exit 0");
    machine.must(&repo, &["install"]);
    assert!(machine.push(&repo).0);
    assert_eq!(machine.who_ran(), ["judge", "theirs", "judge", "theirs"]);
    assert!(machine.stdin_of("judge").windows(6).any(|word| word == b"/again"));
}

#[test]
fn shellcheck_has_nothing_to_say() {
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks");
    let mut check = std::process::Command::new("shellcheck");
    match check.args(["-s", "sh"]).args([hooks.join("shim"), hooks.join("forward")]).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(_) => eprintln!("skipped: there is no shellcheck"),
    }
}
