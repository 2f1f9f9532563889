//! Starting the command with the streams it is to have, and what it means when it does not start.

use super::super::{Refusal, named};
use crate::model::Ending;
use crate::system::program;
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How much of a file's first line is looked at for bytes that no script has.
const FIRST_LINE: u64 = 256;

/// The streams of a command; without one for its input, it has ours.
#[derive(Debug)]
pub(super) struct Streams {
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
}

/// Start it; its process.
pub(super) fn start(command: &[OsString], streams: &Streams, own_group: bool) -> Result<u32, Refusal> {
    let Some((program, args)) = command.split_first() else { return Err(Refusal::of_machine(Errno::INVAL)) };
    let spawn = |program: &OsStr, script: Option<&Path>| -> io::Result<u32> {
        let mut command = Command::new(program);
        command.args(script).args(args);
        if let Some(stdin) = &streams.stdin {
            command.stdin(Stdio::from(stdin.try_clone()?));
        }
        command.stdout(Stdio::from(streams.stdout.try_clone()?)).stderr(Stdio::from(streams.stderr.try_clone()?));
        if own_group {
            command.process_group(0);
        }
        // It is waited for by its number, together with what else becomes our child.
        command.spawn().map(|child| child.id())
    };
    let started = match spawn(program, None) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::NOEXEC) => match script(program) {
            Some(script) => spawn(OsStr::new("/bin/sh"), Some(&script)),
            None => Err(error),
        },
        started => started,
    };
    started.map_err(|error| Refusal { ending: ending(&error), reason: reason(&error, program) })
}

/// The file that is meant, if there is one.
fn file(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => program::on_path(program.to_str()?),
        _ => path.exists().then(|| path.to_owned()),
    }
}

fn first_line(path: &Path) -> Option<Vec<u8>> {
    let mut first = Vec::new();
    std::fs::File::open(path).ok()?.take(FIRST_LINE).read_to_end(&mut first).ok()?;
    Some(first.split(|&byte| byte == b'\n').next()?.to_vec())
}

/// The file, if it is a script without a first line that says whose: shells run those themselves.
fn script(program: &OsStr) -> Option<PathBuf> {
    let path = file(program)?;
    (!first_line(&path)?.contains(&0)).then_some(path)
}

/// As the exit codes of shells have it.
fn ending(error: &io::Error) -> Ending {
    const NO_PROGRAM: [Errno; 8] = [
        Errno::ACCESS,
        Errno::PERM,
        Errno::NOEXEC,
        Errno::ISDIR,
        Errno::NOTDIR,
        Errno::LOOP,
        Errno::NAMETOOLONG,
        Errno::INVAL,
    ];
    match Errno::from_io_error(error) {
        Some(Errno::NOENT) => Ending::NotFound,
        Some(errno) if NO_PROGRAM.contains(&errno) => Ending::NotPermitted,
        // No memory, no processes, no files, arguments too long together with the environment.
        _ => Ending::NotStarted,
    }
}

fn reason(error: &io::Error, program: &OsStr) -> String {
    let reason = match Errno::from_io_error(error) {
        Some(Errno::NOENT) if program.is_empty() => "its name is empty",
        Some(Errno::NOENT) => return missing(program),
        Some(Errno::ACCESS | Errno::ISDIR) if Path::new(program).is_dir() => "it is a directory",
        Some(Errno::NOEXEC) => "it is no program of this machine",
        Some(Errno::NOTDIR) => "a part of its path is a file, not a directory",
        Some(Errno::NAMETOOLONG) => "its name is too long",
        _ => return error.to_string(),
    };
    reason.to_owned()
}

/// What is missing: the program, or what should run it.
fn missing(program: &OsStr) -> String {
    let Some(line) = file(program).and_then(|path| first_line(&path)) else { return "command not found".to_owned() };
    let Some(interpreter) = line.strip_prefix(b"#!") else {
        return "the loader that it names is missing: it was built for another system".to_owned();
    };
    let interpreter = interpreter.trim_ascii_start();
    // The system takes a carriage return for a part of the name.
    let end = interpreter.iter().position(|byte| b" \t\r".contains(byte)).unwrap_or(interpreter.len());
    let hint = if line.ends_with(b"\r") { "; line ends of Windows?" } else { "" };
    format!("its interpreter {} is missing{hint}", named(&interpreter[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_what_shells_take_them_for() {
        for (errno, expected) in [
            (Errno::NOENT, Ending::NotFound),
            (Errno::ACCESS, Ending::NotPermitted),
            (Errno::NOEXEC, Ending::NotPermitted),
            (Errno::TOOBIG, Ending::NotStarted),
            (Errno::NOMEM, Ending::NotStarted),
            (Errno::AGAIN, Ending::NotStarted),
            (Errno::TXTBSY, Ending::NotStarted),
        ] {
            assert_eq!(ending(&errno.into()), expected, "{errno}");
        }
    }
}
