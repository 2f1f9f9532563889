//! Other programs, asked who they are: found on the PATH, run without input, and not waited for without end.

use super::{env, files};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may think about its own version.
const PATIENCE: Duration = Duration::from_secs(5);

/// The first program of this name on the PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    env::search_path().into_iter().map(|folder| folder.join(name)).find(|file| files::is_program(file))
}

/// Start a program that nobody waits for: no input, no output, out of reach of the terminal's keys. Whether it starts is nobody's
/// business. It does not know that it came from a hook: git's own variables would lead it astray.
pub fn leave_running(program: &Path, args: &[&str]) {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in env::names_beginning_with("GIT_") {
        command.env_remove(name);
    }
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let _ = command.spawn();
}

/// What `PROGRAM --version` prints, or why it did not.
pub fn version(program: &Path) -> Result<String, String> {
    let mut child = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let start = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err(format!("no answer within {} s", PATIENCE.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let mut said = Vec::new();
    let _ = child.stdout.take().map(|out| out.take(1 << 10).read_to_end(&mut said));
    match status.code() {
        Some(0) if !said.is_empty() => Ok(String::from_utf8_lossy(said.trim_ascii()).into_owned()),
        Some(0) => Err("it says nothing".into()),
        Some(code) => Err(format!("exit code {code}")),
        None => Err("it was ended by a signal".into()),
    }
}
