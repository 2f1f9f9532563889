//! A sandbox in which ci-guard is installed: the program under a stable path, configuration at every scope, a choice of
//! two gits, and a diary of what ran.
//!
//! Between calls a stand-in may take the program's place, so that hooks run something whose exit code the test decides,
//! and which writes down that it ran.

use crate::support::{BINARY, Ended, Sandbox, ended};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::rc::Rc;

pub(crate) struct Machine {
    sandbox: Rc<Sandbox>,
    git_folder: Option<PathBuf>,
    stand_in: RefCell<Option<String>>,
    variables: RefCell<BTreeMap<String, String>>,
    pushes: Cell<u32>,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        Machine::with_git(None)
    }

    /// With the git that runs hooks of the configuration, if `CI_GUARD_TEST_GIT_NEW` names one.
    pub(crate) fn with_new_git() -> Option<Machine> {
        let git = variable("CI_GUARD_TEST_GIT_NEW").map(PathBuf::from);
        if git.is_none() {
            eprintln!("skipped: CI_GUARD_TEST_GIT_NEW names no git of version 2.54 or later");
        }
        Some(Machine::with_git(Some(git?.parent().unwrap().to_owned())))
    }

    fn with_git(git_folder: Option<PathBuf>) -> Machine {
        let machine = Machine {
            sandbox: Rc::new(Sandbox::new()),
            git_folder,
            stand_in: RefCell::default(),
            variables: RefCell::default(),
            pushes: Cell::default(),
        };
        for name in ["home", "bin", "log"] {
            fs::create_dir_all(machine.path(name)).unwrap();
        }
        fs::write(machine.path("gitconfig"), "[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n")
            .unwrap();
        machine.place_program();
        machine
    }

    /// The same machine through the eyes of the usual git.
    pub(crate) fn beside_older_git(&self) -> Machine {
        let (stand_in, variables) = (RefCell::default(), self.variables.clone());
        Machine { sandbox: self.sandbox.clone(), git_folder: None, stand_in, variables, pushes: Cell::new(1000) }
    }

    /// A place in the machine.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path("it's a machine").join(name)
    }

    /// Set a variable for everything that is run from now on.
    pub(crate) fn set(&self, name: &str, value: &str) {
        self.variables.borrow_mut().insert(name.into(), value.into());
    }

    pub(crate) fn unset(&self, name: &str) {
        self.variables.borrow_mut().remove(name);
    }

    /// From now on hooks find this instead of the program; it ends with what `body` says.
    pub(crate) fn stand_in(&self, body: &str) {
        let log = self.path("log");
        let log = log.to_str().unwrap().replace('\'', r"'\''");
        let script = format!("#!/bin/sh\necho \"judge $*\" >>'{log}/runs'\ncat >'{log}/judge.stdin'\n{body}\n");
        *self.stand_in.borrow_mut() = Some(script);
        self.place_stand_in();
    }

    /// A hook of somebody else: it writes down that it ran, as what, with what, and ends with what `body` says.
    pub(crate) fn foreign_hook(&self, name: &str, body: &str) -> String {
        let log = self.path("log");
        let log = log.to_str().unwrap().replace('\'', r"'\''");
        format!("#!/bin/sh\necho \"{name} $*\" >>'{log}/runs'\ncat >'{log}/{name}.stdin'\n{body}\n")
    }

    /// What ran since the last call, one line each: `judge hook pre-push origin URL`.
    pub(crate) fn runs(&self) -> Vec<String> {
        let file = self.path("log").join("runs");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        text.lines().map(str::to_owned).collect()
    }

    /// The first words of what ran since the last call.
    pub(crate) fn who_ran(&self) -> Vec<String> {
        self.runs().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    /// What somebody who ran was given on standard input.
    pub(crate) fn stdin_of(&self, name: &str) -> Vec<u8> {
        fs::read(self.path("log").join(format!("{name}.stdin"))).unwrap_or_default()
    }

    pub(crate) fn command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = self.sandbox.command(program);
        let system = variable("PATH").unwrap();
        // Whoever runs the tests may have installed it: no test means that one.
        let system = std::env::split_paths(&system).filter(|folder| !folder.join("ci-guard").exists());
        let path = std::env::join_paths(self.git_folder.iter().cloned().chain(system)).unwrap();
        command
            .current_dir(folder)
            .env("PATH", path)
            .env("HOME", self.path("home"))
            .env("XDG_CONFIG_HOME", self.path("home/.config"))
            .env_remove("GIT_CONFIG_NOSYSTEM")
            .env("GIT_CONFIG_GLOBAL", self.path("gitconfig"))
            .env("GIT_CONFIG_SYSTEM", self.path("gitconfig-system"))
            .envs(&*self.variables.borrow())
            .stdin(Stdio::null());
        command
    }

    /// Run git, whatever comes of it.
    pub(crate) fn try_git(&self, folder: &Path, args: &[&str]) -> Ended {
        ended(self.command("git", folder).args(args).output().unwrap())
    }

    /// Run git, which has to succeed, and take what it prints.
    pub(crate) fn git(&self, folder: &Path, args: &[&str]) -> String {
        let said = self.try_git(folder, args);
        assert_eq!(said.code, Some(0), "git {args:?}\n{}{}", said.stdout, said.stderr);
        said.stdout.trim_end().to_owned()
    }

    /// A repository with one commit, and a bare `<name>.remote` that it can push to as `origin`.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        let remote = format!("{}.remote", folder.to_str().unwrap());
        self.git(&self.path(""), &["init", "-q", "--bare", &remote]);
        self.git(&self.path(""), &["init", "-q", folder.to_str().unwrap()]);
        self.git(&folder, &["remote", "add", "origin", &remote]);
        self.commit(&folder, "README", "hello\n");
        folder
    }

    pub(crate) fn commit(&self, folder: &Path, file: &str, content: &str) {
        fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        fs::write(folder.join(file), content).unwrap();
        self.git(folder, &["add", "--", file]);
        self.git(folder, &["commit", "-q", "--no-verify", "-m", &format!("change {file}")]);
    }

    /// Push a new branch to `origin`, and say whether it got there.
    pub(crate) fn push(&self, folder: &Path) -> (bool, Ended) {
        self.pushes.set(self.pushes.get() + 1);
        let said = self.try_git(folder, &["push", "-q", "origin", &format!("HEAD:refs/heads/b{}", self.pushes.get())]);
        (said.code == Some(0), said)
    }

    /// Run the real program.
    pub(crate) fn ci_guard(&self, folder: &Path, args: &[&str]) -> Ended {
        self.place_program();
        let said = self.command(self.path("bin/ci-guard"), folder).args(args).output().unwrap();
        self.place_stand_in();
        ended(said)
    }

    /// Run the real program, which has to succeed.
    pub(crate) fn must(&self, folder: &Path, args: &[&str]) -> String {
        let said = self.ci_guard(folder, args);
        assert_eq!(said.code, Some(0), "ci-guard {args:?}\n{}{}", said.stdout, said.stderr);
        said.stdout
    }

    /// What the doctor answers, as JSON.
    pub(crate) fn doctor(&self, folder: &Path) -> serde_json::Value {
        let said = self.ci_guard(folder, &["doctor", "--format", "json"]);
        let answer: serde_json::Value =
            serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.stderr));
        assert_eq!(said.code, Some(if answer["judged"] == true { 0 } else { 1 }));
        keeps_to(include_str!("../../docs/schemas/doctor-v1.json"), &answer);
        answer
    }

    /// What the doctor answers of every workspace below a folder.
    pub(crate) fn doctor_all(&self, folder: &Path) -> serde_json::Value {
        let said = self.ci_guard(folder, &["doctor", "--all", ".", "--format", "json"]);
        let answer: serde_json::Value =
            serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.stderr));
        assert_eq!(said.code, Some(if answer["judged"] == true { 0 } else { 1 }));
        keeps_to(include_str!("../../docs/schemas/doctor-all-v1.json"), &answer);
        answer
    }

    fn place_program(&self) {
        let file = self.path("bin/ci-guard");
        let real = BINARY;
        let _ = fs::remove_file(&file); // never write through it: it may be the real one's second name
        fs::hard_link(real, &file).or_else(|_| fs::copy(real, &file).map(drop)).unwrap();
    }

    fn place_stand_in(&self) {
        if let Some(script) = &*self.stand_in.borrow() {
            write_program(&self.path("bin/ci-guard"), script);
        }
    }
}

/// That an answer is what its published schema says.
fn keeps_to(schema: &str, answer: &serde_json::Value) {
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let errors: Vec<_> = validator.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{answer:#}");
}

/// A variable of the world outside.
#[allow(clippy::disallowed_methods)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Write an executable file.
pub(crate) fn write_program(file: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let _ = fs::remove_file(file);
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Everything below some files and folders, to the byte: kind, mode, content or target.
pub(crate) fn snapshot(places: &[PathBuf]) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    use std::os::unix::fs::MetadataExt;
    let mut found = BTreeMap::new();
    let mut waiting = places.to_vec();
    while let Some(path) = waiting.pop() {
        let Ok(data) = path.symlink_metadata() else { continue };
        let content = if data.is_symlink() {
            fs::read_link(&path).unwrap().to_str().unwrap().as_bytes().to_vec()
        } else if data.is_dir() {
            waiting.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            Vec::new()
        } else {
            fs::read(&path).unwrap()
        };
        found.insert(path, (data.mode(), content));
    }
    found
}
