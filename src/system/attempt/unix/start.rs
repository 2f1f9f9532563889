//! Starting the command with the streams it is to have, and what it means when it does not start.

use super::super::Refusal;
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
const FIRST_LINE: u64 = 80;

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
    started.map_err(|error| Refusal { ending: ending(&error), reason: reason(&error) })
}

/// The file, if it is a script without a first line that says whose: shells run those themselves.
fn script(program: &OsStr) -> Option<PathBuf> {
    let path = Path::new(program);
    let path = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => program::on_path(program.to_str()?)?,
        _ => path.to_owned(),
    };
    let mut first = Vec::new();
    std::fs::File::open(&path).ok()?.take(FIRST_LINE).read_to_end(&mut first).ok()?;
    let line = first.split(|&byte| byte == b'\n').next()?;
    (!line.contains(&0)).then_some(path)
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

fn reason(error: &io::Error) -> String {
    match ending(error) {
        Ending::NotFound => "command not found".to_owned(),
        _ => error.to_string(),
    }
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
