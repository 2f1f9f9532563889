//! The `git` program, run with nothing of the user's taste in its way: no pager, no prompt, no lazy fetch, no
//! replacements, English messages.
//!
//! Used where gix has no answer. Judging a push in an ordinary repository never comes here.

use crate::system::{env, interrupt};
use anyhow::{Context, Result, bail};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// A `git` that works in `directory` and finds its repository from there (and from `GIT_DIR`, where set).
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    directory: PathBuf,
    deaf_to: Vec<OsString>,
    told: Vec<(&'static str, OsString)>,
}

/// The file that is always empty.
pub(super) const NOTHING: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// How much of each stream is kept of a run that has a deadline.
const MOST_SAID: u64 = 1 << 20;

/// Variables that would lead git to another repository than the one meant, as `git rev-parse --local-env-vars` has it,
/// but for configuration given in the environment (a container's `safe.directory` comes that way).
const LOCAL_VARIABLES: [&str; 12] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// What git answered: its exit code (`None` after a signal), and both its streams.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The exit code.
    pub code: Option<i32>,
    /// Standard output, raw.
    pub stdout: Vec<u8>,
    /// Standard error, raw.
    pub stderr: Vec<u8>,
}

impl Git {
    /// Find the program on the PATH, else where systems usually keep it.
    pub fn new(directory: impl Into<PathBuf>) -> Result<Git> {
        let usual = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/bin"].map(PathBuf::from);
        let program = (env::search_path().into_iter().chain(usual))
            .map(|folder| folder.join(if cfg!(windows) { "git.exe" } else { "git" }))
            .find(|file| file.is_file())
            .context("no git program was found on the PATH")?;
        Ok(Git { program, directory: directory.into(), deaf_to: Vec::new(), told: Vec::new() })
    }

    /// The same git, working somewhere else and deaf to the `GIT_DIR` of this process.
    pub fn elsewhere(&self, directory: impl Into<PathBuf>) -> Git {
        let deaf_to = LOCAL_VARIABLES.iter().map(OsString::from).chain(self.deaf_to.clone()).collect();
        Git { program: self.program.clone(), directory: directory.into(), deaf_to, told: Vec::new() }
    }

    /// The same git, deaf to settings that only this process was given.
    pub fn without_given_settings(&self) -> Git {
        let given = ["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"].map(OsString::from);
        Git { deaf_to: given.into_iter().chain(self.deaf_to.clone()).collect(), ..self.clone() }
    }

    /// The same git, with its repository named instead of found.
    pub fn with_git_dir(mut self, git_dir: impl Into<PathBuf>) -> Git {
        self.told.push(("GIT_DIR", git_dir.into().into()));
        self
    }

    /// The same git, shut in with one git folder: it hears no variable of git's, and reads no configuration but that
    /// folder's own, nor attributes of the user or the machine.
    pub fn shut_in_with(&self, git_dir: &Path) -> Git {
        let null = || OsString::from(NOTHING);
        let told = vec![
            ("GIT_DIR", git_dir.into()),
            ("GIT_INDEX_FILE", git_dir.join("index").into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_CONFIG_SYSTEM", null()),
            ("GIT_CONFIG_GLOBAL", null()),
            ("GIT_ATTR_NOSYSTEM", "1".into()),
            ("GIT_ALLOW_PROTOCOL", "none".into()),
            ("HOME", git_dir.into()),
            ("XDG_CONFIG_HOME", git_dir.into()),
        ];
        Git { deaf_to: env::names_beginning_with("GIT_"), told, ..self.clone() }
    }

    /// The folder it works in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Run it, whatever it answers. An `Err` means that it could not be started.
    pub fn ask<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Answer> {
        let output = self.command(args).stdin(Stdio::null()).output().with_context(|| self.not_started())?;
        Ok(Answer { code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
    }

    /// Run it with `input` to read, until `deadline` at most. Of an endless answer, only the beginning is kept.
    ///
    /// # Errors
    /// It could not be started, or it was not done in time. It has ended in any case.
    pub fn ask_until(&self, args: &[&str], input: Option<File>, deadline: Instant) -> Result<Answer> {
        let mut command = self.command(args);
        command.stdin(input.map_or_else(Stdio::null, Stdio::from)).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = Running(command.spawn().with_context(|| self.not_started())?);
        let stopped = || format!("`git {}` was stopped", args.join(" "));
        let streams = (child.0.stdout.take().map(listen).transpose()?, child.0.stderr.take().map(listen).transpose()?);
        let stdout = said(streams.0, deadline).with_context(stopped)?;
        let stderr = said(streams.1, deadline).with_context(stopped)?;
        // Its streams are closed, so this is a matter of microseconds.
        let mut pause = Duration::from_micros(50);
        let status = loop {
            if let Some(status) = child.0.try_wait().context("the end of git cannot be told")? {
                break status;
            }
            if Instant::now() >= deadline {
                bail!("{}: time is up", stopped());
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        };
        Ok(Answer { code: status.code(), stdout, stderr })
    }

    fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.program);
        for name in &self.deaf_to {
            command.env_remove(name);
        }
        command
            .args(["--no-pager", "--no-replace-objects"])
            .args(args)
            .current_dir(&self.directory)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_GRAFT_FILE", NOTHING)
            .envs(self.told.iter().map(|(name, value)| (name, value)));
        command
    }

    fn not_started(&self) -> String {
        format!("{} could not be started", self.program.display())
    }

    /// Run it and take its output, which it must end with exit code 0 to give.
    pub fn output<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Vec<u8>> {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let answer = self.ask(&args)?;
        if answer.code != Some(0) {
            let said = crate::model::visible(answer.stderr.trim_ascii());
            let words: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
            bail!("`git {}` failed: {said}", words.join(" "));
        }
        Ok(answer.stdout)
    }
}

/// A child that does not outlive its parent's interest in it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Of one that has ended and was waited for, both know, and do nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Read a stream to its end on a thread of its own: a child that talks on the one while the other is read would wait.
fn listen(mut stream: impl Read + Send + 'static) -> Result<Receiver<io::Result<Vec<u8>>>> {
    let (heard, all) = mpsc::sync_channel(1);
    let work = move || {
        let mut kept = Vec::new();
        let read = stream.by_ref().take(MOST_SAID).read_to_end(&mut kept);
        let read = read.and_then(|_| io::copy(&mut stream, &mut io::sink())).map(|_| kept);
        // Nobody listens any more when time was up.
        let _ = heard.send(read);
    };
    thread::Builder::new().name("git".into()).spawn(work).context("no thread could be started")?;
    Ok(all)
}

fn said(stream: Option<Receiver<io::Result<Vec<u8>>>>, deadline: Instant) -> Result<Vec<u8>> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    /// How long an interruption may go unnoticed.
    const LOOK_UP: Duration = Duration::from_millis(20);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match stream.recv_timeout(left.min(LOOK_UP)) {
            Ok(said) => return said.context("the output of git could not be read"),
            Err(RecvTimeoutError::Timeout) if interrupt::is_wanted_over() => bail!("it was interrupted"),
            Err(RecvTimeoutError::Timeout) if left > LOOK_UP => {}
            Err(RecvTimeoutError::Timeout) => bail!("time is up"),
            Err(RecvTimeoutError::Disconnected) => bail!("the output of git could not be read"),
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    /// A `git` that is this shell script.
    fn git(folder: &Path, script: &str) -> Git {
        let program = folder.join("git");
        // Written by another process: a file that this one has open for writing, while some thread forks, cannot be run.
        let write = Command::new("sh")
            .args(["-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" >\"$0\" && chmod +x \"$0\""])
            .arg(&program)
            .arg(script)
            .status();
        assert!(write.unwrap().success());
        Git { program, directory: folder.to_owned(), deaf_to: Vec::new(), told: Vec::new() }
    }

    fn soon(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn what_takes_too_long_is_over() {
        let folder = tempfile::tempdir().unwrap();
        for script in ["echo $$ >pid; exec sleep 600", "echo $$ >pid; exec sleep 600 >&- 2>&-"] {
            let git = git(folder.path(), script);
            let late = Instant::now() + Duration::from_millis(300);
            let error = git.ask_until(&["apply"], None, late).unwrap_err();
            assert_eq!(format!("{error:#}").split(':').next(), Some("`git apply` was stopped"));
            let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
            assert!(!Command::new("kill").args(["-0", pid.trim()]).stderr(Stdio::null()).status().unwrap().success());
        }
    }

    #[test]
    fn it_may_talk_on_both_streams_and_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let script = "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; cat; exit 7";
        let answer = git(folder.path(), script).ask_until(&[], None, soon(60)).unwrap();
        assert_eq!((answer.code, answer.stdout.len(), answer.stderr.len()), (Some(7), 1 << 20, 1 << 20));
        let input = folder.path().join("input");
        std::fs::write(&input, "heard").unwrap();
        let input = File::open(input).unwrap();
        let answer = git(folder.path(), "cat").ask_until(&[], Some(input), soon(60)).unwrap();
        assert_eq!((answer.code, answer.stdout), (Some(0), b"heard".to_vec()));
        let killed = git(folder.path(), "kill -9 $$").ask_until(&[], None, soon(60)).unwrap();
        assert_eq!(killed.code, None);
    }

    #[test]
    fn shut_in_it_hears_nothing_of_the_machine() {
        let folder = tempfile::tempdir().unwrap();
        let git = git(folder.path(), "env | grep -E '^(GIT_|HOME|XDG_|LC_)' | sort | sed s/=.*//")
            .shut_in_with(folder.path());
        let heard = git.ask_until(&[], None, soon(60)).unwrap().stdout;
        let heard = String::from_utf8(heard).unwrap();
        assert_eq!(
            heard
                .split_whitespace()
                .filter(|name| !name.starts_with("XDG_") || *name == "XDG_CONFIG_HOME")
                .collect::<Vec<_>>(),
            [
                "GIT_ALLOW_PROTOCOL",
                "GIT_ATTR_NOSYSTEM",
                "GIT_CONFIG_GLOBAL",
                "GIT_CONFIG_NOSYSTEM",
                "GIT_CONFIG_SYSTEM",
                "GIT_DIR",
                "GIT_GRAFT_FILE",
                "GIT_INDEX_FILE",
                "GIT_NO_LAZY_FETCH",
                "GIT_OPTIONAL_LOCKS",
                "GIT_TERMINAL_PROMPT",
                "HOME",
                "LC_ALL",
                "XDG_CONFIG_HOME",
            ]
        );
    }
}
