//! The command with everything that it has started: who is alive, and signals to all of it. When to send which is decided
//! elsewhere.
//!
//! On Linux we adopt whoever loses its parent below us, so a process that called `setsid` or forked twice is still found.
//! Elsewhere the process group has to do.

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, kill_process_group, wait};
use std::collections::{HashMap, HashSet};

/// A command's processes.
#[derive(Debug)]
pub(super) struct Tree {
    root: i32,
    /// It leads a process group of its own.
    has_group: bool,
    spared: Spared,
    /// How the command itself ended.
    status: Option<Status>,
}

/// How a command's process ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Status {
    /// As the system says.
    Known(WaitStatus),
    /// Somebody else was told.
    Lost,
}

/// Children of ours that were there before: somebody's background processes, of an earlier attempt or of the shell that became us.
#[derive(Debug, Default)]
pub(super) struct Spared(HashSet<i32>);

/// A process that is alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
    is_stopped: bool,
}

impl Spared {
    /// All children that there are now; to be asked before the command is started.
    pub(super) fn now() -> Spared {
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        reap_all();
        let us = own_pid();
        let children = std::fs::read_to_string(format!("/proc/self/task/{us}/children"));
        Spared(match children {
            Ok(children) => children.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect(),
            Err(_) if cfg!(target_os = "linux") => {
                all().into_iter().filter(|process| process.parent == us).map(|process| process.pid).collect()
            }
            Err(_) => HashSet::new(),
        })
    }
}

/// Between two attempts: whoever has ended meanwhile is nobody's business, and would stay a zombie.
pub(super) fn reap_all() {
    while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
}

impl Tree {
    /// The tree below this process, which we have just started.
    pub(super) fn new(root: u32, has_group: bool, spared: Spared) -> Tree {
        Tree { root: root.cast_signed(), has_group, spared, status: None }
    }

    /// How the command itself has ended, if it has.
    pub(super) fn status(&self) -> Option<Status> {
        self.status
    }

    /// Hear of all children that have ended: the command, and orphans that have become ours.
    pub(super) fn reap(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid.as_raw_pid() == self.root => self.status = Some(Status::Known(status)),
                Ok(Some((pid, _))) => {
                    self.spared.0.remove(&pid.as_raw_pid());
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) if self.status.is_none() => {
                    self.status = Some(Status::Lost);
                    break;
                }
                Ok(None) | Err(_) => break,
            }
        }
    }

    /// Whether anything of it is alive.
    pub(super) fn is_alive(&self) -> bool {
        self.status.is_none() || !self.members().is_empty()
    }

    /// A signal to all of it, once to each. Whoever is stopped is woken, or it would never hear of its end.
    pub(super) fn signal(&self, signal: i32) {
        let Some(signal) = Signal::from_named_raw(signal) else { return };
        let members = self.members();
        let mut sent_to_group = false;
        // To a group it goes in one step, so that nobody who is just being forked misses it.
        if self.has_group && (self.status.is_none() || members.iter().any(|process| process.group == self.root)) {
            sent_to_group = pid(self.root).is_some_and(|group| kill_process_group(group, signal).is_ok());
        } else if self.status.is_none() && !members.iter().any(|process| process.pid == self.root) {
            self.signal_root(signal.as_raw());
        }
        for process in members {
            let Some(pid) = pid(process.pid) else { continue };
            if !(sent_to_group && process.group == self.root) {
                let _ = kill_process(pid, signal);
            }
            if process.is_stopped && ![Signal::TSTP, Signal::KILL].contains(&signal) {
                let _ = kill_process(pid, Signal::CONT);
            }
        }
    }

    /// A signal to the command's own process.
    pub(super) fn signal_root(&self, signal: i32) {
        // Once it was waited for, the number may be somebody else's.
        if let (None, Some(pid), Some(signal)) = (self.status, pid(self.root), Signal::from_named_raw(signal)) {
            let _ = kill_process(pid, signal);
        }
    }

    fn members(&self) -> Vec<Process> {
        members(&all(), own_pid(), self.has_group.then_some(self.root), &self.spared.0)
    }
}

fn pid(raw: i32) -> Option<Pid> {
    Pid::from_raw(raw)
}

fn own_pid() -> i32 {
    std::process::id().cast_signed()
}

/// Everything below us but those who are spared, with what is below them; and the group, wherever its members are.
fn members(all: &[Process], us: i32, group: Option<i32>, spared: &HashSet<i32>) -> Vec<Process> {
    let mut children: HashMap<i32, Vec<&Process>> = HashMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found: Vec<Process> = Vec::new();
    let mut seen: HashSet<i32> = HashSet::from([us]);
    let mut parents = vec![us];
    while let Some(parent) = parents.pop() {
        for child in children.get(&parent).into_iter().flatten() {
            // A list that is not of one moment may have a circle in it.
            if !(parent == us && spared.contains(&child.pid)) && seen.insert(child.pid) {
                found.push(**child);
                parents.push(child.pid);
            }
        }
    }
    found.extend(all.iter().filter(|process| group == Some(process.group) && !seen.contains(&process.pid)));
    found
}

#[cfg(target_os = "linux")]
fn all() -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = names.filter_map(|name| name.parse::<i32>().ok());
    pids.filter_map(|pid| from_stat(&std::fs::read(format!("/proc/{pid}/stat")).ok()?)).collect()
}

/// `PID (NAME) STATE PPID PGRP …`, where the name may hold anything; nobody, if it is dead.
#[cfg(target_os = "linux")]
fn from_stat(stat: &[u8]) -> Option<Process> {
    let pid = std::str::from_utf8(stat.split(|&byte| byte == b' ').next()?).ok()?.parse().ok()?;
    let rest = &stat[stat.iter().rposition(|&byte| byte == b')')? + 1..];
    let mut fields = std::str::from_utf8(rest).ok()?.split_ascii_whitespace();
    let state = fields.next()?;
    let mut number = || fields.next()?.parse().ok();
    let (parent, group) = (number()?, number()?);
    (!matches!(state, "Z" | "X" | "x")).then_some(Process { pid, parent, group, is_stopped: state == "T" })
}

#[cfg(not(target_os = "linux"))]
fn all() -> Vec<Process> {
    use std::process::{Command, Stdio};
    let mut ps = Command::new("/bin/ps");
    ps.args(["-A", "-o", "pid=,ppid=,pgid=,stat="]).stdin(Stdio::null()).stderr(Stdio::null());
    let Ok(child) = ps.stdout(Stdio::piped()).spawn() else { return Vec::new() };
    let own = child.id().cast_signed();
    let listed = child.wait_with_output().map(|output| output.stdout).unwrap_or_default();
    let lines = String::from_utf8_lossy(&listed).into_owned();
    let process = |line: &str| {
        let mut fields = line.split_ascii_whitespace();
        let mut number = || fields.next()?.parse::<i32>().ok();
        let (pid, parent, group) = (number()?, number()?, number()?);
        let state = fields.next()?;
        (pid != own && !state.starts_with('Z')).then_some(Process {
            pid,
            parent,
            group,
            is_stopped: state.starts_with('T'),
        })
    };
    lines.lines().filter_map(process).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, group: i32) -> Process {
        Process { pid, parent, group, is_stopped: false }
    }

    #[test]
    fn the_tree_is_what_is_below_us_and_was_not_there_before() {
        let all = [
            process(1, 0, 1),
            process(10, 1, 10),
            process(20, 10, 20),
            process(21, 20, 20),
            process(22, 21, 22),
            process(30, 10, 30),
            process(31, 30, 30),
            process(40, 1, 20),
            process(50, 1, 50),
        ];
        let pids = |group, spared: &[i32]| {
            let mut pids: Vec<i32> =
                members(&all, 10, group, &spared.iter().copied().collect()).iter().map(|process| process.pid).collect();
            pids.sort_unstable();
            pids
        };
        assert_eq!(pids(None, &[]), [20, 21, 22, 30, 31]);
        assert_eq!(pids(None, &[30]), [20, 21, 22]);
        assert_eq!(pids(Some(20), &[30]), [20, 21, 22, 40]);
        assert_eq!(pids(None, &[21]), [20, 21, 22, 30, 31], "only our own children are spared");
    }

    #[test]
    fn a_circle_ends() {
        let all = [process(20, 10, 20), process(21, 22, 20), process(22, 21, 20), process(10, 20, 10)];
        assert_eq!(members(&all, 10, None, &HashSet::new()), [process(20, 10, 20)]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_may_hold_anything() {
        let stat = |state: &str| format!("42 (a) R 1 1 (b\n) {state} 7 40 40 0 -1 4194304");
        assert_eq!(from_stat(stat("S").as_bytes()), Some(process(42, 7, 40)));
        assert_eq!(from_stat(stat("T").as_bytes()).map(|process| process.is_stopped), Some(true));
        assert_eq!(from_stat(stat("Z").as_bytes()), None);
        assert_eq!(from_stat(b""), None);
        assert_eq!(from_stat(b"42 (x)"), None);
    }
}
