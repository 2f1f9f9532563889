//! The `git` program, run with nothing of the user's taste in its way: no pager, no prompt, no lazy fetch, no
//! replacements, English messages.
//!
//! Used where gix has no answer. Judging a push in an ordinary repository never comes here.

use crate::system::env;
use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A `git` that works in `directory` and finds its repository from there (and from `GIT_DIR`, where set).
#[derive(Clone, Debug)]
pub struct Git {
    program: PathBuf,
    directory: PathBuf,
    deaf_to: Vec<&'static str>,
    git_dir: Option<PathBuf>,
}

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
        Ok(Git { program, directory: directory.into(), deaf_to: Vec::new(), git_dir: None })
    }

    /// The same git, working somewhere else and deaf to the `GIT_DIR` of this process.
    pub fn elsewhere(&self, directory: impl Into<PathBuf>) -> Git {
        let deaf_to = [&LOCAL_VARIABLES, &self.deaf_to[..]].concat();
        Git { program: self.program.clone(), directory: directory.into(), deaf_to, git_dir: None }
    }

    /// The same git, deaf to settings that only this process was given.
    pub fn without_given_settings(&self) -> Git {
        let deaf_to = [&["GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"], &self.deaf_to[..]].concat();
        Git { deaf_to, ..self.clone() }
    }

    /// The same git, with its repository named instead of found.
    pub fn with_git_dir(mut self, git_dir: impl Into<PathBuf>) -> Git {
        self.git_dir = Some(git_dir.into());
        self
    }

    /// The folder it works in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Run it, whatever it answers. An `Err` means that it could not be started.
    pub fn ask<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Answer> {
        let mut command = Command::new(&self.program);
        for name in &self.deaf_to {
            command.env_remove(name);
        }
        let output = command
            .args(["--no-pager", "--no-replace-objects"])
            .args(args)
            .current_dir(&self.directory)
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_GRAFT_FILE", if cfg!(windows) { "NUL" } else { "/dev/null" })
            .envs(self.git_dir.iter().map(|dir| ("GIT_DIR", dir)))
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("{} could not be started", self.program.display()))?;
        Ok(Answer { code: output.status.code(), stdout: output.stdout, stderr: output.stderr })
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
