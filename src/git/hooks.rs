//! Where git looks for hooks in one repository, and which configuration says so: always asked of git itself, which
//! alone knows about worktrees, scopes, includes and its own version.
//!
//! Also the few keys that installing changes. What stands in the hooks folders is not read here.

use super::command::Git;
use crate::model::{Trouble, shell_word, visible};
use anyhow::{Context, Result, anyhow, bail};
use bstr::{BString, ByteSlice};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What git says about hooks in one repository.
#[derive(Clone, Debug)]
pub struct HookSetup {
    /// git's version.
    pub version: Version,
    /// Where hooks of a push from here run: the top of the work tree, or the git folder where there is none.
    pub root: PathBuf,
    /// The git folder of this worktree.
    pub git_dir: PathBuf,
    /// The git folder that all worktrees share.
    pub common_dir: PathBuf,
    /// Whether this is a repository without a work tree.
    pub bare: bool,
    /// The folder in which git looks for hooks now.
    pub hooks_dir: PathBuf,
    /// The values of `core.hooksPath` as folders, in the order of the settings: `~` is written out, nothing else.
    pub hooks_paths: Vec<PathBuf>,
    /// Every setting in force, the weakest scope first; keys in lower case as git lists them.
    pub settings: Vec<Setting>,
    git: Git,
}

/// Without one of these, git takes a folder for no repository.
const PARTS: [&str; 3] = ["HEAD", "objects", "refs"];

/// One value of git's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key as git lists it: section and variable in lower case, the subsection as written.
    pub key: BString,
    /// The value; `None` for a key without one (which means true).
    pub value: Option<BString>,
    /// How far it reaches.
    pub scope: Scope,
    /// Where it stands (`file:.git/config`).
    pub origin: BString,
}

/// How far a setting reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody on this machine.
    System,
    /// Every repository of this user.
    Global,
    /// This repository.
    Local,
    /// This worktree of it.
    Worktree,
    /// This process: `-c`, or the environment.
    Command,
}

impl Scope {
    /// git's word for it.
    pub fn id(self) -> &'static str {
        match self {
            Scope::System => "system",
            Scope::Global => "global",
            Scope::Local => "local",
            Scope::Worktree => "worktree",
            Scope::Command => "command",
        }
    }
}

/// git's version, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// Whether this git runs hooks that stand in the configuration.
    pub fn has_configured_hooks(self) -> bool {
        self >= Version { major: 2, minor: 54 }
    }

    /// From `git version 2.47.3`, `git version 2.55.GIT`, `git version 2.39.5 (Apple Git-154)`.
    fn parse(text: &[u8]) -> Option<Version> {
        let mut numbers = text.to_str().ok()?.trim().strip_prefix("git version ")?.split(['.', '-', ' ']);
        let mut next = || numbers.next()?.parse().ok();
        Some(Version { major: next()?, minor: next()? })
    }
}

/// What git says wherever there is no repository: the settings of the machine and of this user.
#[derive(Clone, Debug)]
pub struct UserSetup {
    /// git's version.
    pub version: Version,
    /// Every setting in force, the weakest scope first.
    pub settings: Vec<Setting>,
}

impl UserSetup {
    /// Ask git.
    pub fn read(git: &Git) -> Result<UserSetup> {
        let git = git.elsewhere(git.directory()).with_git_dir(super::command::NOTHING);
        Ok(UserSetup { version: version(&git)?, settings: settings(&git)? })
    }
}

impl HookSetup {
    /// Ask git, from the folder that `git` works in.
    pub fn read(git: &Git) -> Result<HookSetup> {
        let folder = git.directory();
        if !folder.is_dir() {
            let what = format!("{} is not a folder", visible(folder.as_os_str().as_encoded_bytes()));
            bail!(Trouble::new(what, "a repository has to be named by its folder"));
        }
        let answer = git.ask(["rev-parse", "--is-bare-repository", "--absolute-git-dir", "--git-common-dir"])?;
        if answer.code != Some(0) {
            bail!(no_repository(folder, &answer.stderr));
        }
        let lines: Vec<_> = answer.stdout.lines().map(ToOwned::to_owned).collect();
        let [bare, git_dir, common_dir] = match <[_; 3]>::try_from(lines) {
            Ok(lines) => lines,
            // A path may have line ends in it.
            Err(_) => one_by_one(git)?,
        };
        let (bare, git_dir) = (bare == b"true", real(&folder.join(git_dir.to_path_lossy()))?);
        let common_dir = real(&folder.join(common_dir.to_path_lossy()))?;
        let top = git.ask(["rev-parse", "--show-toplevel"])?;
        let root = match (top.code, git_dir.parent()) {
            (Some(0), _) => real(&line(&top.stdout))?,
            (_, Some(parent)) if !bare && git_dir.ends_with(".git") => parent.to_owned(), // started inside .git
            _ => git_dir.clone(),
        };
        let git = git.elsewhere(&root).with_git_dir(&git_dir);
        let version = version(&git)?;
        let hooks_dir = root.join(line(&git.output(["rev-parse", "--git-path", "hooks"])?));
        let (settings, hooks_paths) = (settings(&git)?, hooks_paths(&git)?);
        Ok(HookSetup { version, root, git_dir, common_dir, bare, hooks_dir, hooks_paths, settings, git })
    }

    /// The same without what only this process was given (`-c`, `GIT_CONFIG_COUNT`), as every other push sees it.
    pub fn lasting(self) -> Result<HookSetup> {
        if self.settings.iter().all(|setting| setting.scope != Scope::Command) {
            return Ok(self);
        }
        let git = self.git.without_given_settings();
        let hooks_dir = self.root.join(line(&git.output(["rev-parse", "--git-path", "hooks"])?));
        let (settings, hooks_paths) = (settings(&git)?, hooks_paths(&git)?);
        Ok(HookSetup { hooks_dir, settings, hooks_paths, git, ..self })
    }

    /// The folder that this repository's hooks are in unless something is configured.
    pub fn default_hooks_dir(&self) -> PathBuf {
        self.common_dir.join("hooks")
    }

    /// The values of a key, the weakest first.
    pub fn all<'a>(&'a self, key: &'a str) -> impl DoubleEndedIterator<Item = &'a Setting> {
        self.settings.iter().filter(move |setting| setting.key == key)
    }

    /// Every worktree that is there, this one among them, and the folder in which git looks for hooks from it.
    pub fn worktrees(&self) -> Result<Vec<(PathBuf, PathBuf)>> {
        let list = self.git.output(["worktree", "list", "--porcelain"])?;
        let folders = list.lines().filter_map(|line| line.strip_prefix(b"worktree "));
        let folders = folders.map(|folder| folder.to_path_lossy().into_owned()).filter(|folder| folder.is_dir());
        folders
            .map(|folder| {
                let hooks = self.git.elsewhere(&folder).output(["rev-parse", "--git-path", "hooks"])?;
                Ok((folder.clone(), folder.join(line(&hooks))))
            })
            .collect()
    }

    /// Set a key to its one value, in this repository's or this worktree's own configuration.
    pub fn set(&self, scope: Scope, key: &str, value: impl AsRef<OsStr>) -> Result<()> {
        self.configure(scope, &[key.as_ref(), value.as_ref()])
    }

    /// Take a key away, whatever its values. The caller knows that it is there.
    pub fn unset(&self, scope: Scope, key: &str) -> Result<()> {
        self.configure(scope, &["--unset-all".as_ref(), key.as_ref()])
    }

    fn configure(&self, scope: Scope, args: &[&OsStr]) -> Result<()> {
        let reach = if scope == Scope::Worktree { "--worktree" } else { "--local" };
        let words = ["config", reach].map(OsString::from).into_iter().chain(args.iter().map(OsString::from));
        self.git.output(words).map(drop).map_err(|error| {
            let why = "nothing else was changed";
            let what = format!("git could not change its configuration: {error:#}");
            anyhow!(Trouble::new(what, why).run(format!("ls -l {}", word(&self.common_dir.join("config")))))
        })
    }
}

/// Where git is, a question at a time.
fn one_by_one(git: &Git) -> Result<[Vec<u8>; 3]> {
    let ask = |question: &str| {
        let said = git.output(["rev-parse", question])?;
        Ok::<_, anyhow::Error>(said.strip_suffix(b"\n").unwrap_or(&said).to_owned())
    };
    Ok([ask("--is-bare-repository")?, ask("--absolute-git-dir")?, ask("--git-common-dir")?])
}

fn version(git: &Git) -> Result<Version> {
    let answer = git.ask(["version"])?;
    if let Some(trouble) = bad_configuration(&answer.stderr).filter(|_| answer.code != Some(0)) {
        bail!(trouble);
    }
    Version::parse(&answer.stdout).context("git did not say its version")
}

/// Everything that is configured here. git before 2.26 does not tell scopes; there they are read off the origin.
fn settings(git: &Git) -> Result<Vec<Setting>> {
    let answer = git.ask(["config", "--list", "-z", "--show-origin", "--show-scope"])?;
    if answer.code == Some(0) {
        return Ok(parse(&answer.stdout, true));
    }
    Ok(parse(&git.output(["config", "--list", "-z", "--show-origin"])?, false))
}

fn hooks_paths(git: &Git) -> Result<Vec<PathBuf>> {
    let list = git.ask(["config", "--path", "-z", "--get-all", "core.hooksPath"])?.stdout;
    let list = list.strip_suffix(b"\0").map(|list| list.split(|&byte| byte == 0));
    Ok(list.into_iter().flatten().map(|path| path.to_path_lossy().into_owned()).collect())
}

/// `[scope NUL] origin NUL key [LF value] NUL`, again and again.
fn parse(list: &[u8], with_scope: bool) -> Vec<Setting> {
    let fields: Vec<&[u8]> = list.split(|&byte| byte == 0).collect();
    let entry = |fields: &[&[u8]]| {
        let (scope, origin, pair) = match *fields {
            [scope, origin, pair] => (scope, origin, pair),
            [origin, pair] => (&b""[..], origin, pair),
            _ => return None,
        };
        let (key, value) = match pair.split_once_str("\n") {
            Some((key, value)) => (key, Some(value.into())),
            None => (pair, None),
        };
        Some(Setting { key: key.into(), value, scope: reach(scope, origin), origin: origin.into() })
    };
    fields.chunks_exact(if with_scope { 3 } else { 2 }).filter_map(entry).collect()
}

fn reach(scope: &[u8], origin: &[u8]) -> Scope {
    match scope {
        b"system" => Scope::System,
        b"global" => Scope::Global,
        b"local" => Scope::Local,
        b"worktree" => Scope::Worktree,
        b"command" => Scope::Command,
        _ if origin.starts_with(b"command line:") => Scope::Command,
        _ if origin.starts_with(b"file:/") => Scope::Global,
        _ => Scope::Local,
    }
}

/// Why git does not work in a folder, in words that lead out of it.
fn no_repository(folder: &Path, said: &[u8]) -> Trouble {
    let shown = visible(folder.as_os_str().as_encoded_bytes());
    if said.contains_str("not a git repository") {
        let next = "go into one, or name one with -C FOLDER";
        return broken(folder).unwrap_or_else(|| Trouble::new(format!("{shown} is not in a git repository"), next));
    }
    if said.contains_str("dubious ownership") {
        let what = format!("{shown} belongs to another user, and git refuses to work in it");
        return Trouble::new(what, "its owner should do this; or tell git that you trust what it configures")
            .run(format!("git config --global --add safe.directory {}", word(folder)));
    }
    bad_configuration(said).unwrap_or_else(|| {
        let what = format!("git does not work in {shown}: {}", visible(said.trim_ascii()));
        Trouble::new(what, "so nobody can tell which hooks it runs there")
            .run(format!("git -C {} status", word(folder)))
    })
}

/// What keeps git from taking for a repository what looks like one.
fn broken(folder: &Path) -> Option<Trouble> {
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let dot = folder.ancestors().map(|folder| folder.join(".git")).find(|path| is_there(path));
    let git_dir = dot.or_else(|| PARTS.iter().all(|part| is_there(&folder.join(part))).then(|| folder.to_owned()))?;
    let missing: Vec<_> = PARTS.into_iter().filter(|part| !is_there(&git_dir.join(part))).collect();
    let shown = visible(git_dir.as_os_str().as_encoded_bytes());
    let what = match missing[..] {
        _ if git_dir.is_file() => format!("the repository that {shown} leads to is not there, or broken"),
        [] => format!("the repository {shown} is broken: git takes its HEAD or its config for none"),
        _ => format!("the repository {shown} is broken: in it, there is no {}", missing.join(", no ")),
    };
    let look = if git_dir.is_file() { "cat" } else { "ls -la" };
    Some(
        Trouble::new(what, "so git does not work there, and no push can come from it")
            .run(format!("{look} {}", word(&git_dir))),
    )
}

/// Which line of its configuration ends every git, if it is that.
fn bad_configuration(said: &[u8]) -> Option<Trouble> {
    let (_, place) = said.split_once_str("bad config line ")?;
    let (number, file) = place.split_once_str(" in file ")?;
    let (number, file) = (number.to_str().ok()?.parse::<u32>().ok()?, file.lines().next()?);
    let what = format!("git cannot read line {number} of {}", visible(file));
    let why = "so no git works there until that line is corrected";
    Some(Trouble::new(what, why).run(format!("sed -n {number}p {}", shell_word(file))))
}

/// One line of output that names a file.
fn line(output: &[u8]) -> PathBuf {
    output.strip_suffix(b"\n").unwrap_or(output).to_path_lossy().into_owned()
}

fn real(path: &Path) -> Result<PathBuf> {
    path.canonicalize().with_context(|| format!("{} cannot be reached", visible(path.as_os_str().as_encoded_bytes())))
}

fn word(path: &Path) -> String {
    shell_word(path.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_git_prints_them() {
        for (text, want) in [
            ("git version 2.47.3\n", Some((2, 47))),
            ("git version 2.55.GIT\n", Some((2, 55))),
            ("git version 2.39.5 (Apple Git-154)", Some((2, 39))),
            ("git version 2.54.0.windows.1", Some((2, 54))),
            ("git version 3.0-rc1", Some((3, 0))),
            ("hub version 2", None),
        ] {
            let version = Version::parse(text.as_bytes());
            assert_eq!(version.map(|v| (v.major, v.minor)), want, "{text}");
        }
    }

    #[test]
    fn settings_with_and_without_scopes() {
        let with = b"global\0file:/h/.gitconfig\0core.hookspath\n/x\ny\0local\0file:.git/config\0core.bare\0";
        let without = b"file:/h/.gitconfig\0core.hookspath\n/x\ny\0file:.git/config\0core.bare\0";
        let setting = |key: &str, value: Option<&str>, scope, origin: &str| Setting {
            key: key.into(),
            value: value.map(BString::from),
            scope,
            origin: origin.into(),
        };
        let want = [
            setting("core.hookspath", Some("/x\ny"), Scope::Global, "file:/h/.gitconfig"),
            setting("core.bare", None, Scope::Local, "file:.git/config"),
        ];
        assert_eq!(parse(with, true), want);
        assert_eq!(parse(without, false), want);
    }
}
