//! A sandbox: real repositories in a temporary folder, a git that knows nothing of the machine it runs on, and the
//! binary under test in the same scrubbed environment.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_ci-guard");

/// A block of conflict markers as git writes it.
pub(crate) const CONFLICT: &str = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> develop\n";

/// A temporary folder with a home of its own. Everything in it goes away with it.
pub(crate) struct Sandbox {
    root: TempDir,
}

/// How a program ended, as text.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Sandbox {
        let root = tempfile::Builder::new().prefix("ci-guard-").tempdir().unwrap();
        let sandbox = Sandbox { root };
        std::fs::create_dir(sandbox.path("home")).unwrap();
        sandbox
    }

    /// A path below the sandbox.
    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root.path().canonicalize().unwrap().join(below)
    }

    /// A new repository with a work tree.
    pub(crate) fn repo(&self, name: &str) -> Repo<'_> {
        self.repo_with(name, &[])
    }

    /// A new repository, with further options of `git init`.
    pub(crate) fn repo_with(&self, name: &str, options: &[&str]) -> Repo<'_> {
        let dir = self.path(name);
        let init = self.command("git").args(["init", "-q", "-b", "main"]).args(options).arg(&dir).output().unwrap();
        assert!(init.status.success(), "git init: {}", String::from_utf8_lossy(&init.stderr));
        Repo { sandbox: self, dir }
    }

    /// A remote `o.git` that has a `main` with one commit, and a clone `w` of it: where most stories begin.
    pub(crate) fn clone_of_a_remote(&self) -> Repo<'_> {
        let remote = self.repo_with("o.git", &["--bare"]);
        let work = self.repo("w");
        work.git(&["remote", "add", "origin", remote.dir.to_str().unwrap()]);
        work.commit("base", &[("base.txt", "base\n")]);
        work.git(&["push", "-q", "-u", "origin", "main"]);
        work.git(&["remote", "set-head", "origin", "main"]);
        work
    }

    /// The repository that stands in this folder already.
    pub(crate) fn at(&self, name: impl AsRef<Path>) -> Repo<'_> {
        Repo { sandbox: self, dir: self.path(name) }
    }

    /// A program in the scrubbed environment: its own home, no configuration of user or machine, fixed people and time.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let kept = std::env::vars_os().filter(|(name, _)| {
            let name = name.to_string_lossy();
            ["PATH", "TMPDIR", "SYSTEMROOT", "LLVM_PROFILE_FILE"].contains(&name.as_ref())
        });
        let kept: Vec<_> = kept.collect();
        command
            .env_clear()
            .envs(kept)
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home/.config"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.org")
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.org")
            .env("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z")
            .current_dir(self.root.path());
        command
    }
}

/// A repository in a sandbox.
pub(crate) struct Repo<'s> {
    pub(crate) sandbox: &'s Sandbox,
    pub(crate) dir: PathBuf,
}

impl Repo<'_> {
    /// A program, run in this repository.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.sandbox.command(program);
        command.current_dir(&self.dir);
        command
    }

    /// Run git, which must succeed; its output without the last line end.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let ended = self.try_git(args);
        assert_eq!(ended.code, Some(0), "git {args:?}\n{}\n{}", ended.stdout, ended.stderr);
        ended.stdout.trim_end_matches('\n').to_owned()
    }

    /// Run git, whatever becomes of it.
    pub(crate) fn try_git(&self, args: &[&str]) -> Ended {
        ended(self.command("git").args(args).stdin(Stdio::null()).output().unwrap())
    }

    /// Write files, with their folders.
    pub(crate) fn write(&self, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = self.dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }

    /// Write files and commit everything; the new commit.
    pub(crate) fn commit(&self, subject: &str, files: &[(&str, &str)]) -> String {
        self.write(files);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        self.rev("HEAD")
    }

    /// The full id of a revision.
    pub(crate) fn rev(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", revision])
    }

    /// Put a policy where this repository's git folder has it.
    pub(crate) fn policy(&self, json: &str) {
        let file = self.dir.join(self.git(&["rev-parse", "--git-path", "ci-guard/policy.json"]));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, json).unwrap();
    }

    /// Have git run the binary under test as this hook, with nothing in between.
    pub(crate) fn arm(&self, hook: &str) {
        let file = self.dir.join(self.git(&["rev-parse", "--git-path", "hooks"])).join(hook);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, format!("#!/bin/sh\nexec '{BINARY}' hook {hook} \"$@\"\n")).unwrap();
        make_executable(&file);
    }

    /// Build history with `git fast-import`, into a pack however small it is: that is several times as fast as a file
    /// for each object.
    pub(crate) fn import(&self, stream: impl AsRef<[u8]>) {
        let ended = feed(
            self.command("git").args(["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force"]),
            stream.as_ref(),
        );
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    /// Store an object that git itself would not make; its id.
    pub(crate) fn store(&self, kind: &str, content: &[u8]) -> String {
        let ended =
            feed(self.command("git").args(["hash-object", "-t", kind, "--literally", "-w", "--stdin"]), content);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout.trim().to_owned()
    }

    /// Run the binary under test here.
    pub(crate) fn ci_guard(&self, args: &[&str]) -> Ended {
        ended(self.command(BINARY).args(args).stdin(Stdio::null()).output().unwrap())
    }

    /// Run it with something on standard input.
    pub(crate) fn ci_guard_reading(&self, args: &[&str], stdin: &[u8]) -> Ended {
        feed(self.command(BINARY).args(args), stdin)
    }

    /// What `hook pre-push origin URL` says of this standard input.
    pub(crate) fn pre_push(&self, stdin: &str) -> Ended {
        self.ci_guard_reading(&["hook", "pre-push", "origin", "URL"], stdin.as_bytes())
    }

    /// What pre-push says of pushing `HEAD` to a branch, new or with its tracking ref's value.
    pub(crate) fn pre_push_head(&self, branch: &str) -> Ended {
        let tip = self.rev("HEAD");
        let old = self.try_git(&["rev-parse", "--verify", "-q", &format!("refs/remotes/origin/{branch}")]);
        let old = if old.code == Some(0) { old.stdout.trim().to_owned() } else { "0".repeat(tip.len()) };
        self.pre_push(&format!("HEAD {tip} refs/heads/{branch} {old}\n"))
    }
}

#[cfg(unix)]
pub(crate) fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Run a program with something on standard input; that it may not read it is no failure.
pub(crate) fn feed(command: &mut Command, stdin: &[u8]) -> Ended {
    let command = std::mem::replace(command, Command::new(BINARY));
    let mut command = assert_cmd::Command::from_std(command);
    ended(command.write_stdin(stdin).timeout(std::time::Duration::from_secs(120)).output().unwrap())
}

/// A program's end as text.
pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ended {
    /// The JSON report on standard output, which keeps to its schema and agrees with the exit code.
    pub(crate) fn report(&self) -> Value {
        static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
            let schema = include_str!("../../docs/schemas/report-v1.json");
            jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
        });
        let report: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr));
        let errors: Vec<_> = SCHEMA.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{}", self.stdout);
        let code = match report["verdict"].as_str().unwrap() {
            "allow" => 0,
            "block" => 1,
            _ => 2,
        };
        assert_eq!(self.code, Some(code), "{}", self.stdout);
        report
    }

    /// The findings of a JSON report as `level rule path:line`, in their order.
    pub(crate) fn findings(&self) -> Vec<String> {
        let report = self.report();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .map(|finding| {
                let place = match (&finding["path"], &finding["line"]) {
                    (Value::Null, _) => String::new(),
                    (path, line) => format!(" {}:{line}", text(path)),
                };
                format!("{} {}{place}", text(&finding["level"]), text(&finding["rule"]))
            })
            .collect()
    }

    /// That a hook let the push through and had nothing to say.
    #[track_caller]
    pub(crate) fn is_silent(&self) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (Some(0), "", ""));
    }

    /// That it found nothing, and said this of it on standard output.
    #[track_caller]
    pub(crate) fn is_clean(&self, words: &[&str]) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:#?}");
        assert!(words.iter().all(|words| self.stdout.contains(words)), "{words:?}: {}", self.stdout);
    }

    /// That nothing could be judged by hand, and that a reason was given.
    #[track_caller]
    pub(crate) fn is_undecided(&self) {
        assert_eq!((self.code, self.stderr.as_str()), (Some(2), ""), "{self:#?}");
        let words = ["warning: ci-guard could not judge", "undecided: not everything could be judged."];
        assert!(words.iter().all(|words| self.stdout.contains(words)), "{}", self.stdout);
    }

    /// That it ended with this exit code, and said all of this (on standard error, where a hook speaks).
    #[track_caller]
    pub(crate) fn says(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        let said = self.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in words {
            assert!(said.contains(words), "{words:?} is missing: {}", self.stderr);
        }
    }
}
