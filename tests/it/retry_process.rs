//! `retry` and the processes that it runs: bytes, exit codes, input, signals and process trees, as they would be without it.
//! Terminals are in `retry_terminal.rs`.

use crate::support::{BINARY, Sandbox, make_executable};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything takes on the busiest machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// `ci-guard retry OPTIONS -- COMMAND`, with a store of its own nowhere.
pub(crate) fn retry(sandbox: &Sandbox, options: &[&str], command: &[&str]) -> Command {
    let mut guard = sandbox.command(BINARY);
    guard.args(["retry", "--no-record", "--quiet", "--delay", "0s"]).args(options).arg("--").args(command);
    guard.stdin(Stdio::null());
    guard
}

/// A script as the command, tried once.
fn once(sandbox: &Sandbox, script: &str) -> Command {
    retry(sandbox, &["--max-retries", "0"], &["sh", "-c", script])
}

/// Run by a shell with the binary as `$GUARD`.
pub(crate) fn shell(sandbox: &Sandbox, script: &str) -> Output {
    let mut sh = sandbox.command("sh");
    sh.args(["-c", script]).env("GUARD", format!("{BINARY} retry --no-record --quiet --delay 0s"));
    sh.stdin(Stdio::null()).output().unwrap()
}

fn fed(mut command: Command, input: &[u8]) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Wait until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < LONG, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn is_alive(pid: i32) -> bool {
    let is_dead = || read(format!("/proc/{pid}/stat")).rsplit(')').next().unwrap().trim_start().starts_with('Z');
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok() && !is_dead()
}

/// The processes whose numbers a script has written to this file.
fn pids(file: &Path, count: usize) -> Vec<i32> {
    until("all pids are written", || read(file).lines().count() >= count && read(file).ends_with('\n'));
    read(file).lines().map(|line| line.trim().parse().unwrap()).collect()
}

#[track_caller]
fn are_gone(pids: &[i32]) {
    for &pid in pids {
        until(&format!("{pid} of {pids:?} is gone"), || !is_alive(pid));
    }
}

pub(crate) fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn the_exit_code_is_the_commands() {
    let sandbox = Sandbox::new();
    for (script, code) in [
        ("exit 0", 0),
        ("exit 1", 1),
        ("exit 3", 3),
        ("exit 124", 124),
        ("exit 126", 126),
        ("exit 127", 127),
        ("exit 255", 255),
        ("kill -9 $$", 137),
        ("kill -15 $$", 143),
        ("kill -11 $$", 139),
    ] {
        let output = once(&sandbox, script).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{script}");
    }
}

#[test]
fn what_cannot_be_run_ends_as_in_a_shell() {
    let sandbox = Sandbox::new();
    std::fs::write(sandbox.path("plain.txt"), "echo no\n").unwrap();
    let long = "a".repeat(5000);
    for (name, content) in [
        ("script", &b"echo run by $1\n"[..]),
        ("program", b"\x7fEL\0F\n"),
        ("bad", b"#!/no/such/int -x\n"),
        ("windows", b"#!/bin/sh\r\necho no\r\n"),
    ] {
        std::fs::write(sandbox.path(name), content).unwrap();
        make_executable(&sandbox.path(name));
    }
    for (command, code, words) in [
        (&["./nothing"][..], 127, "cannot run ./nothing: command not found"),
        (&["no-such-program-anywhere"], 127, "cannot run no-such-program-anywhere: command not found"),
        (&["./plain.txt"], 126, "cannot run ./plain.txt: Permission denied"),
        (&["./home"], 126, "cannot run ./home: it is a directory\n"),
        (&["./program"], 126, "cannot run ./program: it is no program of this machine\n"),
        (&["./plain.txt/x"], 126, "cannot run ./plain.txt/x: a part of its path is a file, not a directory\n"),
        (&["./bad"], 127, "cannot run ./bad: its interpreter /no/such/int is missing\n"),
        (&["./windows"], 127, "cannot run ./windows: its interpreter /bin/sh is missing; line ends of Windows?\n"),
        (&[""], 127, "cannot run '': its name is empty\n"),
        (&["no such"], 127, "cannot run 'no such': command not found\n"),
        (&[&long], 126, "aaa…: its name is too long\n"),
    ] {
        let output = retry(&sandbox, &["--max-retries", "0"], command).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words) && said.len() < 500, "{said}");
    }
    let output = retry(&sandbox, &[], &["./script", "a shell"]).output().unwrap();
    assert_eq!(output.stdout, b"run by a shell\n", "a script that names no interpreter");
    let path = std::env::join_paths([sandbox.path(""), "/usr/bin".into(), "/bin".into()]).unwrap();
    let output = retry(&sandbox, &[], &["script", "PATH"]).env("PATH", path).output().unwrap();
    assert_eq!(output.stdout, b"run by PATH\n");
}

#[test]
fn both_streams_arrive_apart_and_byte_for_byte() {
    let sandbox = Sandbox::new();
    let bytes = |seed: u32| -> Vec<u8> {
        let mut state = seed;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..5_000_000).map(next).collect()
    };
    let (out, err) = (bytes(1), bytes(2));
    std::fs::write(sandbox.path("out"), &out).unwrap();
    std::fs::write(sandbox.path("err"), &err).unwrap();
    let output = once(&sandbox, "cat err >&2 & cat out; wait").output().unwrap();
    assert!(output.stdout == out, "standard output, {} bytes", output.stdout.len());
    // Our own words, if there are any, come after.
    assert!(output.stderr.starts_with(&err), "standard error, {} bytes", output.stderr.len());
    let output = once(&sandbox, "printf 'no end of line'").output().unwrap();
    assert_eq!(output.stdout, b"no end of line");
}

#[test]
fn output_comes_while_it_is_written() {
    let sandbox = Sandbox::new();
    let script = "printf one; until test -e go; do sleep 0.05; done; printf two";
    let mut child = once(&sandbox, script).stdout(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 3];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
    assert_eq!(&first, b"one");
    std::fs::write(sandbox.path("go"), "").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"two");
}

#[test]
fn endless_output_takes_no_memory() {
    let sandbox = Sandbox::new();
    let script =
        "head -c 200000000 /dev/zero; head -c 50000000 /dev/zero >&2; grep VmHWM /proc/$PPID/status >most || :";
    let status = once(&sandbox, script).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    let most = read(sandbox.path("most"));
    if let Some(kb) = most.split_whitespace().nth(1) {
        assert!(kb.parse::<u32>().unwrap() < 80_000, "{most}");
    }
}

/// A command that fails twice as if its time had been over, and shows each time what it reads.
const THIRD_TIME: &str = "echo >>tries; cat; test $(wc -l <tries) -ge 3 || exit 124";

#[test]
fn every_attempt_reads_the_same() {
    let sandbox = Sandbox::new();
    let input: Vec<u8> = (0..300_000_u32).flat_map(|i| [i as u8, (i >> 8) as u8, b'\n']).collect();
    let three = [&input[..], &input, &input].concat();
    let tries = || std::fs::remove_file(sandbox.path("tries"));
    let output = fed(retry(&sandbox, &[], &["sh", "-c", THIRD_TIME]), &input);
    assert!(output.stdout == three && output.status.success(), "a pipe: {} bytes", output.stdout.len());

    tries().unwrap();
    std::fs::write(sandbox.path("input"), &input).unwrap();
    let file = std::fs::File::open(sandbox.path("input")).unwrap();
    let output = retry(&sandbox, &[], &["sh", "-c", THIRD_TIME]).stdin(file).output().unwrap();
    assert!(output.stdout == three, "a file: {} bytes", output.stdout.len());

    // A file that somebody has begun to read is read from there.
    tries().unwrap();
    let output =
        shell(&sandbox, &format!("{{ head -c 0; read -r x; $GUARD -- sh -c '{THIRD_TIME}'; }} <<X\n1\n2\nX\n"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2\n2\n2\n");

    tries().unwrap();
    let output = retry(&sandbox, &[], &["sh", "-c", THIRD_TIME]).output().unwrap();
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(0)), "/dev/null");

    tries().unwrap();
    let output = shell(&sandbox, &format!("$GUARD -- sh -c '{THIRD_TIME}' <&-"));
    assert_eq!(output.status.code(), Some(0), "a closed one");

    // Part of it first, all of it then.
    tries().unwrap();
    let script = "echo >>tries; case $(wc -l <tries) in *1) head -c 5; exit 124;; *2) exit 124;; *) cat;; esac";
    let output = fed(retry(&sandbox, &[], &["sh", "-c", script]), &input);
    assert!(output.stdout == [&input[..5], &input].concat(), "{} bytes", output.stdout.len());

    tries().unwrap();
    let (socket, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
    let writer = std::thread::spawn(move || other.write_all(&input).unwrap());
    let mut guard = retry(&sandbox, &[], &["sh", "-c", THIRD_TIME]);
    let output = guard.stdin(std::os::fd::OwnedFd::from(socket)).output().unwrap();
    writer.join().unwrap();
    assert!(output.stdout == three, "a socket: {} bytes", output.stdout.len());
}

#[test]
fn a_command_takes_no_more_of_a_loops_input_than_it_reads() {
    let sandbox = Sandbox::new();
    let lines = "for i in 1 2 3; do echo $i; done";
    let through = "while read -r x; do $GUARD -- sh -c 'echo got '$x; done";
    for script in [format!("{lines} | {through}"), format!("{lines} >list; {through} <list")] {
        if cfg!(target_os = "linux") || script.contains("<list") {
            assert_eq!(String::from_utf8_lossy(&shell(&sandbox, &script).stdout), "got 1\ngot 2\ngot 3\n", "{script}");
        }
    }
    // `head -n 1` of some systems reads a block; the shell's own `read` takes a line, byte for byte.
    if cfg!(target_os = "linux") {
        let script = format!("{lines} | {{ $GUARD -- sh -c 'read -r x; echo first $x'; cat; }}");
        assert_eq!(String::from_utf8_lossy(&shell(&sandbox, &script).stdout), "first 1\n2\n3\n");
    }
}

#[test]
fn input_that_never_ends_keeps_nobody() {
    let sandbox = Sandbox::new();
    for script in ["true", "read -r x; test $x = line", "exec <&-; sleep 0.1"] {
        let mut child = once(&sandbox, script).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"line\n").unwrap();
        let mut status = None;
        until(script, || {
            status = child.try_wait().unwrap();
            status.is_some()
        });
        assert_eq!(status.unwrap().code(), Some(0), "{script}");
        drop(stdin);
    }
}

#[test]
fn more_input_than_is_kept_is_passed_on_but_not_read_twice() {
    let sandbox = Sandbox::new();
    let output = shell(
        &sandbox,
        "head -c 70000000 /dev/zero | $GUARD -- sh -c 'echo >>tries; wc -c >>sizes; exit 124'; echo $?; \
         head -c 1000 /dev/zero | $GUARD -- sh -c 'wc -c >>sizes; exit 124'",
    );
    assert_eq!(output.stdout, b"124\n");
    assert_eq!(read(sandbox.path("tries")), "\n", "one attempt");
    assert_eq!(
        read(sandbox.path("sizes")).split_whitespace().collect::<Vec<_>>(),
        ["70000000", "1000", "1000", "1000"]
    );
}

/// Starts a family: a child, an orphan, an orphan with a session of its own; notes all pids.
const FAMILY: &str = "echo $$ >>pids; sleep 300 & echo $! >>pids; (sleep 300 & echo $! >>pids); \
    if command -v setsid >/dev/null; then (setsid sh -c 'echo $$ >>pids; exec sleep 300' &) else echo $$ >>pids; fi; ";

#[test]
fn a_time_limit_ends_all_that_was_started() {
    let sandbox = Sandbox::new();
    for (kind, script) in [
        ("mild", format!("{FAMILY} wait")),
        // The whole family ignores TERM: it takes the grace time, then KILL.
        ("deaf", format!("trap '' TERM; {FAMILY} while :; do sleep 300; done")),
        ("stopped", format!("{FAMILY} kill -STOP $(cat pids)")),
    ] {
        let _ = std::fs::remove_file(sandbox.path("pids"));
        let options = ["--max-retries", "0", "--timeout", "2s"];
        let output = retry(&sandbox, &options, &["sh", "-c", &script]).output().unwrap();
        assert_eq!(output.status.code(), Some(124), "{kind}");
        if cfg!(target_os = "linux") {
            are_gone(&pids(&sandbox.path("pids"), 4));
        }
    }
}

#[test]
fn a_time_limit_is_one_even_if_the_command_makes_the_best_of_it() {
    let sandbox = Sandbox::new();
    let script = "trap 'echo saved; exit 0' TERM; while :; do sleep 0.1; done";
    let output = retry(&sandbox, &["--max-retries", "0", "--timeout", "1s"], &["sh", "-c", script]).output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(124), &b"saved\n"[..]));
}

#[test]
fn a_deadline_ends_an_attempt_as_well() {
    let sandbox = Sandbox::new();
    let status = retry(&sandbox, &["--deadline", "1s"], &["sleep", "300"]).status().unwrap();
    assert_eq!(status.code(), Some(124));
}

#[test]
fn a_signal_to_us_ends_all_and_is_seen_by_our_caller() {
    let sandbox = Sandbox::new();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let _ = std::fs::remove_file(sandbox.path("pids"));
        let child = once(&sandbox, &format!("ulimit -c 0; {FAMILY} wait")).process_group(0).spawn().unwrap();
        let family = pids(&sandbox.path("pids"), 4);
        send(&child, signal);
        let status = child.wait_with_output().unwrap().status;
        assert_eq!(status.signal(), Some(signal.as_raw()), "{signal:?}: {status}");
        if cfg!(target_os = "linux") {
            are_gone(&family);
        }
    }
}

#[test]
fn a_command_that_handles_the_signal_says_how_it_ended() {
    let sandbox = Sandbox::new();
    let script = "trap 'echo >asked; sleep 1; echo tidy; exit 5' TERM; echo >ready; while :; do sleep 0.1; done";
    // Told twice in a breath, as `timeout` does it, is told once. On a machine that takes longer for a breath, once more.
    for _ in 0..20 {
        let _ = std::fs::remove_file(sandbox.path("ready")).and(std::fs::remove_file(sandbox.path("asked")));
        let child = once(&sandbox, script).stdout(Stdio::piped()).spawn().unwrap();
        until("it is ready", || sandbox.path("ready").exists());
        let start = Instant::now();
        send(&child, Signal::TERM);
        until("it was asked", || sandbox.path("asked").exists());
        send(&child, Signal::TERM);
        let was_fast = start.elapsed() < Duration::from_millis(250);
        let output = child.wait_with_output().unwrap();
        if was_fast {
            assert_eq!((output.status.code(), &output.stdout[..]), (Some(5), &b"tidy\n"[..]));
            return;
        }
    }
}

#[test]
fn who_asks_twice_waits_no_longer() {
    let sandbox = Sandbox::new();
    // Without the second signal it would be KILL after the time of grace as well: so the first attempt must not be asked to end
    // again, but must be killed, which its exit code tells, and its file does not.
    let script = "trap 'echo >>asked' TERM; echo >ready; while :; do sleep 0.1; done";
    let child = once(&sandbox, script).spawn().unwrap();
    until("it is ready", || sandbox.path("ready").exists());
    send(&child, Signal::TERM);
    until("it was asked", || sandbox.path("asked").exists());
    std::thread::sleep(Duration::from_millis(500));
    send(&child, Signal::TERM);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(137));
    assert_eq!(read(sandbox.path("asked")), "\n");
}

#[test]
fn a_pause_ends_with_the_signal_that_somebody_sends() {
    let sandbox = Sandbox::new();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let _ = std::fs::remove_file(sandbox.path("ran"));
        let options = ["--delay", "5m", "--max-delay", "5m"];
        let mut guard = sandbox.command(BINARY);
        guard.args(["retry", "--no-record"]).args(options).args(["--", "sh", "-c", "echo >ran; exit 124"]);
        let child = guard.stdin(Stdio::null()).spawn().unwrap();
        until("the attempt was made", || sandbox.path("ran").exists());
        std::thread::sleep(Duration::from_millis(300));
        send(&child, signal);
        assert_eq!(child.wait_with_output().unwrap().status.signal(), Some(signal.as_raw()));
    }
}

#[test]
fn other_signals_are_passed_on() {
    let sandbox = Sandbox::new();
    let script = "trap 'echo one' USR1; trap 'echo two; exit 0' USR2; echo >ready; while :; do sleep 0.1; done";
    let child = once(&sandbox, script).stdout(Stdio::piped()).spawn().unwrap();
    until("it is ready", || sandbox.path("ready").exists());
    send(&child, Signal::USR1);
    std::thread::sleep(Duration::from_millis(500));
    send(&child, Signal::USR2);
    assert_eq!(child.wait_with_output().unwrap().stdout, b"one\ntwo\n");
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let sandbox = Sandbox::new();
    let show = "grep -E '^Sig(Blk|Ign)' /proc/self/status";
    let script = format!("trap '' HUP INT USR1; {show} >plain; $GUARD -- sh -c \"exec {show}\" >ours");
    assert!(shell(&sandbox, &script).status.success());
    // The C library keeps signals 32 and 33 for itself.
    let masks = |name: &str| -> Vec<u64> {
        let masks = read(sandbox.path(name));
        let masks = masks.lines().map(|line| u64::from_str_radix(line.split_whitespace().last().unwrap(), 16).unwrap());
        masks.map(|mask| mask & 0x7fff_ffff).collect()
    };
    assert_eq!(masks("ours"), masks("plain"));
    assert_eq!(masks("ours")[1] & 0x203, 0x203, "HUP, INT, USR1");

    let script = "trap '' HUP; exec $GUARD -- sh -c 'echo >ready; until test -e go; do sleep 0.05; done; echo through'";
    let mut sh = sandbox.command("sh");
    sh.args(["-c", script]).env("GUARD", format!("{BINARY} retry --no-record -q"));
    let child = sh.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    until("it is ready", || sandbox.path("ready").exists());
    send(&child, Signal::HUP);
    std::thread::sleep(Duration::from_millis(200));
    std::fs::write(sandbox.path("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"through\n"[..]));
}

#[test]
fn a_background_process_is_left_alone_and_keeps_nobody() {
    let sandbox = Sandbox::new();
    let script = "sleep 100 & echo $! >>pids; echo done";
    let output = once(&sandbox, script).output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(0), &b"done\n"[..]));
    // Had somebody waited for it, it would be gone.
    let background = pids(&sandbox.path("pids"), 1)[0];
    assert!(is_alive(background));

    // That of an earlier attempt is not ended by the time limit of a later one.
    let script = "if test -e second; then sleep 100; fi; echo >second; sleep 100 & echo $! >>pids; exit 124";
    let options = ["--max-retries", "1", "--timeout", "2s"];
    assert_eq!(retry(&sandbox, &options, &["sh", "-c", script]).output().unwrap().status.code(), Some(124));
    let earlier = pids(&sandbox.path("pids"), 2)[1];
    assert!(is_alive(earlier) || !cfg!(target_os = "linux"));
    for pid in [background, earlier] {
        let _ = kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL);
    }
}

#[test]
fn a_background_process_that_writes_on_keeps_nobody() {
    let sandbox = Sandbox::new();
    let script = "(while :; do echo noise; sleep 0.05; done) & echo $! >pids; echo done";
    let output = once(&sandbox, script).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"done\n") || output.stdout.starts_with(b"noise\n"));
    let _ = kill_process(Pid::from_raw(pids(&sandbox.path("pids"), 1)[0]).unwrap(), Signal::KILL);
}

#[test]
fn nothing_is_lost_on_a_slow_reader() {
    let sandbox = Sandbox::new();
    // More than the last pipe holds, but all of it written; and a pause longer than a foreign stream is listened to.
    let script = "$GUARD -- sh -c 'head -c 100000 /dev/zero' | { sleep 4; wc -c; }";
    assert_eq!(String::from_utf8_lossy(&shell(&sandbox, script).stdout).trim(), "100000");
}

#[test]
fn a_reader_who_goes_away_is_the_commands_business() {
    let sandbox = Sandbox::new();
    let output = shell(&sandbox, "{ $GUARD --timeout 60s --max-retries 0 -- yes; echo $? >code; } | head -n 1");
    assert_eq!(output.stdout, b"y\n");
    assert_eq!(read(sandbox.path("code")), "141\n", "SIGPIPE, as without us");
    let script = "$GUARD -- sh -c 'echo out; echo err >&2' 2>&- ; echo $?; $GUARD -- sh -c 'exit 3' >&- 2>&-; echo $?";
    assert_eq!(shell(&sandbox, script).stdout, b"out\n0\n3\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let sandbox = Sandbox::new();
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let script = "i=0; while test $i -lt 50000; do echo line; i=$((i+1)); done";
    let output = once(&sandbox, script).stdout(full()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("ci-guard: cannot write to standard output: No space left on device"), "{said}");
    assert_eq!(output.status.code(), Some(1));

    // One attempt, whose exit code would be 0, or a signal that nobody but us has caused.
    for script in ["echo >>tries; echo a", "echo >>tries; exec seq 1 13000"] {
        let _ = std::fs::remove_file(sandbox.path("tries"));
        let mut guard = sandbox.command(BINARY);
        guard.args(["retry", "--no-record", "--delay", "0s", "--report", "report", "--", "sh", "-c", script]);
        let output = guard.stdin(Stdio::null()).stdout(full()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), read(sandbox.path("tries")).as_str()), (Some(1), "\n"), "{said}");
        assert!(said.contains("its output could not be written") && !said.contains("PIPE"), "{said}");
        let report: serde_json::Value = serde_json::from_str(&read(sandbox.path("report"))).unwrap();
        let why = (&report["failure_type"], &report["end"], &report["attempts"][0]["reason"]);
        assert_eq!(why, (&"INFRA".into(), &"output_gone".into(), &"undelivered".into()));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_end_that_nobody_tells_of_is_noticed() {
    let sandbox = Sandbox::new();
    // Not with a time limit of ours: whoever looks for that finds the end as well.
    let mut timeout = sandbox.command("timeout");
    timeout.args(["20", "env", "--block-signal=CHLD", BINARY, "retry", "--no-record", "-q", "--"]);
    let output = timeout.args(["sh", "-c", "sleep 0.1; exit 3"]).stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // Before coreutils 8.32, env knows no signals.
    assert!(output.status.code() == Some(3) || said.contains("option"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_orphan_that_ends_in_a_pause_does_not_stay() {
    let sandbox = Sandbox::new();
    let script = "test -e pids && exit 0; { exec >&- 2>&-; sleep 0.5; } & echo $! >pids; exit 124";
    let options = ["--delay", "50s", "--no-record", "--quiet"];
    let mut guard = sandbox.command(BINARY);
    let guard = guard.arg("retry").args(options).args(["--", "sh", "-c", script]);
    let child = guard.stdin(Stdio::null()).spawn().unwrap();
    let orphan = pids(&sandbox.path("pids"), 1)[0];
    until("it is reaped", || !Path::new(&format!("/proc/{orphan}")).exists());
    send(&child, Signal::TERM);
    let start = Instant::now();
    assert_eq!(child.wait_with_output().unwrap().status.signal(), Some(Signal::TERM.as_raw()));
    assert!(start.elapsed() < Duration::from_secs(30), "it was in its pause");
}

#[test]
fn a_timer_that_was_set_for_the_command_reaches_it() {
    let sandbox = Sandbox::new();
    for signal in [Signal::ALARM, Signal::VTALARM, Signal::PROF] {
        let _ = std::fs::remove_file(sandbox.path("pids"));
        let child = once(&sandbox, "echo $$ >pids; exec sleep 300").spawn().unwrap();
        let command = pids(&sandbox.path("pids"), 1);
        send(&child, signal);
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(128 + signal.as_raw()));
        are_gone(&command);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_was_not_read_of_many_pages_stays() {
    let sandbox = Sandbox::new();
    let script = "seq 1 100000 | { $GUARD -- sh -c 'dd bs=1 count=20002 2>/dev/null | tail -c 6'; head -c 12; }";
    assert_eq!(String::from_utf8_lossy(&shell(&sandbox, script).stdout), "1\n4222\n4223\n4224\n4");
    // More than is kept.
    let script =
        "head -c 70000000 /dev/zero | { $GUARD -- dd bs=1000 count=66000 iflag=fullblock of=/dev/null; wc -c; }";
    assert_eq!(String::from_utf8_lossy(&shell(&sandbox, script).stdout).trim(), "4000000");
}

#[test]
fn the_command_gets_our_environment_folder_and_descriptors() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("below")).unwrap();
    let script = "pwd >&3; env | sort | grep -v ^_ >&3";
    let run = format!("{BINARY} -C below retry --no-record -q -- sh -c '{script}'");
    let output = shell(&sandbox, &format!("exec 3>ours; {run}; exec 3>plain; cd below; sh -c '{script}'"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(read(sandbox.path("ours")).contains("/below\n"));
    let without = |name: &str| {
        read(sandbox.path(name)).lines().filter(|line| !line.contains("PWD=")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(without("ours"), without("plain"));
}
