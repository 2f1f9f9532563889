//! `retry` at a terminal: the command sees one, of the same size, and its keys work.

use crate::retry_process::{retry, send, until};
use crate::support::{BINARY, Sandbox};
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A terminal, and what came out of it so far.
struct Screen {
    keys: File,
    theirs: OwnedFd,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Screen {
    fn new(rows: u16, columns: u16) -> Screen {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
        let mut screen = File::from(ours.try_clone().unwrap());
        let shown = Arc::new(Mutex::new(Vec::new()));
        let also = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = screen.read(&mut buffer) {
                also.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let screen = Screen { keys: File::from(ours), theirs, shown, reader };
        screen.resize(rows, columns);
        screen
    }

    fn resize(&self, rows: u16, columns: u16) {
        tcsetwinsize(&self.keys, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    }

    fn stdio(&self) -> Stdio {
        Stdio::from(self.theirs.try_clone().unwrap())
    }

    /// What is shown when the last one has closed it.
    fn end(self) -> String {
        drop(self.theirs);
        self.reader.join().unwrap();
        String::from_utf8_lossy(&self.shown.lock().unwrap()).into_owned()
    }

    fn shows(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.shown.lock().unwrap()).contains(text)
    }
}

#[test]
fn the_command_sees_a_terminal_where_we_have_one() {
    let sandbox = Sandbox::new();
    let script = "for fd in 1 2; do test -t $fd && echo yes $fd >>seen || echo no $fd >>seen; done; \
        stty size <&1 >>seen 2>&1; printf 'a\\tb\\033[31mc\\n'";
    let screen = Screen::new(33, 77);
    let mut guard = retry(&sandbox, &[], &["sh", "-c", script]);
    assert!(guard.stdout(screen.stdio()).stderr(Stdio::null()).status().unwrap().success());
    drop(guard);
    assert_eq!(std::fs::read_to_string(sandbox.path("seen")).unwrap(), "yes 1\nno 2\n33 77\n");
    // One line end becomes what a terminal makes of it, once.
    assert_eq!(screen.end(), "a\tb\u{1b}[31mc\r\n");
}

#[test]
fn a_new_size_is_told() {
    let sandbox = Sandbox::new();
    let script = "trap 'stty size <&1 >>sizes' WINCH; echo >ready; until test -e go; do sleep 0.05; done";
    let screen = Screen::new(24, 80);
    let mut guard = retry(&sandbox, &[], &["sh", "-c", script]);
    let mut child = guard.stdout(screen.stdio()).spawn().unwrap();
    until("it is ready", || sandbox.path("ready").exists());
    screen.resize(50, 132);
    // It is nobody's controlling terminal, so the kernel has nobody to tell.
    send(&child, Signal::WINCH);
    until("it was told", || std::fs::read_to_string(sandbox.path("sizes")).is_ok_and(|sizes| sizes.contains("50 132")));
    std::fs::write(sandbox.path("go"), "").unwrap();
    assert!(child.wait().unwrap().success());
}

/// Run this by a shell whose controlling terminal the screen is; nothing, where there is no program for that.
fn on(screen: &Screen, sandbox: &Sandbox, script: &str) -> Option<Command> {
    let has_one = Command::new("setsid").args(["-c", "true"]).stdin(screen.stdio()).stderr(Stdio::null()).status();
    if !has_one.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no setsid that gives a terminal");
        return None;
    }
    let mut command = sandbox.command("setsid");
    command.args(["-c", "-w", "sh", "-c", script]).env("GUARD", format!("{BINARY} retry --no-record -q"));
    command.stdin(screen.stdio()).stdout(screen.stdio()).stderr(screen.stdio());
    Some(command)
}

#[test]
fn control_c_reaches_the_command_once() {
    let sandbox = Sandbox::new();
    let mut screen = Screen::new(24, 80);
    let script = "$GUARD -- sh -c 'trap \"echo >>ints\" INT; echo >ready; until test -e go; do sleep 0.05; done; exit 7'; \
        echo code $?";
    let Some(mut command) = on(&screen, &sandbox, &format!("trap : INT; {script}")) else { return };
    let mut child = command.spawn().unwrap();
    until("it is ready", || sandbox.path("ready").exists());
    screen.keys.write_all(b"\x03").unwrap();
    until("it was interrupted", || sandbox.path("ints").exists());
    std::thread::sleep(std::time::Duration::from_millis(500));
    std::fs::write(sandbox.path("go"), "").unwrap();
    child.wait().unwrap();
    drop(command);
    assert_eq!(std::fs::read_to_string(sandbox.path("ints")).unwrap(), "\n", "once");
    assert!(screen.end().contains("code 7\r\n"));
}

#[test]
fn control_c_ends_a_command_that_does_not_handle_it() {
    let sandbox = Sandbox::new();
    let mut screen = Screen::new(24, 80);
    let script = "trap : INT; $GUARD -- sh -c 'sleep 300 & echo >ready; wait'; echo code $?";
    let Some(mut command) = on(&screen, &sandbox, script) else { return };
    let mut child = command.spawn().unwrap();
    until("it is ready", || sandbox.path("ready").exists());
    screen.keys.write_all(b"\x03").unwrap();
    child.wait().unwrap();
    // The shell sees an end by the signal.
    until("the code is shown", || screen.shows("code 130"));
}

#[test]
fn the_command_reads_the_keys() {
    let sandbox = Sandbox::new();
    let mut screen = Screen::new(24, 80);
    let script =
        "$GUARD -- sh -c 'printf \"Name: \" >/dev/tty; read -r x </dev/tty; echo from $x; read -r y; echo and $y'";
    let Some(mut command) = on(&screen, &sandbox, script) else { return };
    let mut child = command.spawn().unwrap();
    until("it asks", || screen.shows("Name: "));
    screen.keys.write_all(b"tty\n").unwrap();
    until("it goes on", || screen.shows("from tty"));
    screen.keys.write_all(b"stdin\n").unwrap();
    assert!(child.wait().unwrap().success());
    until("all is shown", || screen.shows("and stdin"));
}
