//! The seat for every repository of this user: a folder of our own beside the user's configuration, and a file in it that
//! this configuration includes at its end. No repository is touched.
//!
//! git 2.54 and later reads a hook there, which leaves a push to the repository's own seat where it has one. Older git
//! reads `core.hooksPath` there, which leads to a folder of forwarders: they run every hook where it is. The included
//! file lies in that same folder, so that whoever deletes it leaves git as it was: an include of nothing is nothing.

use super::folder::{self, HooksFolder, Occupant};
use super::shim::{self, Shim};
use super::{Changes, cannot, configured, shown, takeover};
use crate::git::hooks::{HookSetup, Scope};
use crate::model::HookName;
use crate::system::files::{self, Purpose};
use anyhow::Result;
use bstr::ByteSlice;
use std::fs;
use std::path::{Path, PathBuf};

/// The only hook that a user can have everywhere: what arrives somewhere is that place's business.
pub(crate) const HOOK: HookName = HookName::PrePush;

/// Said in the included file.
const MADE: &[u8] = b"# The folder around this one was made for it, and goes with it when nothing else is in it.";

/// By which means git is led to us; both may be in use where two gits are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Means {
    /// A hook of git's configuration.
    pub configured: bool,
    /// A folder that `core.hooksPath` names.
    pub hooks: bool,
}

/// Our folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Global {
    /// Where it is.
    pub folder: PathBuf,
}

/// Whether `core.hooksPath` leads to such a folder of ours, and not to somebody else's of that name.
pub(crate) fn is_hooks_folder(path: &Path) -> bool {
    path.ends_with("ci-guard/hooks") && leads(&path.with_file_name("gitconfig"))
}

/// Whether this is a file that leads git to us.
fn leads(file: &Path) -> bool {
    files::head(file, shim::ENOUGH).is_some_and(|text| text.starts_with(shim::LEADS.as_bytes()))
}

impl Global {
    /// The one that this repository's git is led to.
    pub(crate) fn found(setup: &HookSetup) -> Option<Global> {
        let command = format!("hook.{}.command", configured::name(HOOK));
        setup.settings.iter().filter(|setting| setting.scope == Scope::Global).find_map(|setting| {
            let file = setting.origin.strip_prefix(b"file:")?.to_path().ok()?;
            let ours = setting.key == "core.hookspath" || setting.key == command.as_str();
            let folder = file.ends_with("ci-guard/gitconfig").then(|| file.parent()).flatten()?;
            (ours && leads(file)).then(|| Global { folder: folder.to_owned() })
        })
    }

    /// The file that the user's configuration includes.
    pub(crate) fn include(&self) -> PathBuf {
        self.folder.join("gitconfig")
    }

    /// What git's configuration runs.
    pub(crate) fn front(&self) -> PathBuf {
        self.folder.join(HOOK.id())
    }

    /// The shim behind that.
    pub(crate) fn judge(&self) -> PathBuf {
        self.folder.join("judge").join(HOOK.id())
    }

    /// The folder of forwarders.
    pub(crate) fn hooks(&self) -> PathBuf {
        self.folder.join("hooks")
    }

    /// The shim in it.
    pub(crate) fn hook(&self) -> PathBuf {
        self.hooks().join(HOOK.id())
    }

    /// What is newer than this file, no forwarder knows.
    fn seen(&self) -> PathBuf {
        self.folder.join("seen")
    }

    /// The means that are written down.
    pub(crate) fn means(&self) -> Means {
        let text = fs::read(self.include()).unwrap_or_default();
        let says = |means: Means| [false, true].iter().any(|&made| self.text(means, made) == text);
        let all = [(true, true), (true, false), (false, true)].map(|(configured, hooks)| Means { configured, hooks });
        all.into_iter().find(|&means| says(means)).unwrap_or_default()
    }

    /// Whether the folder around ours was made for it, as is written down.
    pub(crate) fn made_folder(&self) -> bool {
        fs::read(self.include()).is_ok_and(|text| text.lines().any(|line| line == MADE))
    }

    /// Make everything that the configuration will lead to. `files` are those that may hold `core.hooksPath`, if no other
    /// than ours is set and git need not be asked each time; `made` says whether the folder around ours was made for it.
    pub(crate) fn build(&self, means: Means, binary: &Path, files: Option<&[PathBuf]>, made: bool) -> Result<Changes> {
        let mut changes = Changes::new();
        let made = made || self.made_folder();
        let make = |folder: &Path| fs::create_dir_all(folder).map_err(|error| cannot("made", folder, &error));
        make(&self.folder)?;
        self.drop_drafts(&mut changes)?;
        if means.configured {
            make(&self.folder.join("judge"))?;
            let shim = Shim { hook: HOOK, binary: binary.to_owned(), made_folder: false };
            match folder::occupant(&self.judge()) {
                Occupant::Shim(found) => folder::refresh(&self.judge(), &found, &shim, &mut changes)?,
                _ => folder::put(&self.judge(), &shim, &mut changes)?,
            }
            write(&self.front(), &shim::global(&self.judge()), Purpose::Program, &mut changes)?;
        }
        if means.hooks {
            self.build_hooks(binary, files, &mut changes)?;
        }
        write(&self.include(), &self.text(means, made), Purpose::Data, &mut changes)?;
        Ok(changes)
    }

    fn build_hooks(&self, binary: &Path, files: Option<&[PathBuf]>, changes: &mut Changes) -> Result<()> {
        let path = self.hooks();
        let is_new = !files::exists(&path);
        fs::create_dir_all(&path).map_err(|error| cannot("made", &path, &error))?;
        let mut written = 0;
        let forward = |name: &str| shim::forward_global(name, &path, &self.seen(), files);
        self.take_back(changes)?;
        for name in takeover::HARMLESS.into_iter().chain(takeover::FELT) {
            written += usize::from(takeover::write_forward(&path.join(name), &forward(name))?);
        }
        let own = HooksFolder::read(&path, HOOK);
        changes.extend(own.sit(binary)?);
        written += usize::from(takeover::write_forward(&own.chained_file(), &forward(HOOK.id()))?);
        if written > 0 {
            let renewed = if is_new { "wrote" } else { "renewed" };
            changes.push(format!("{renewed} what runs every other hook where it is, in {}", shown(&path)));
        }
        Ok(())
    }

    /// Free the hooks' names of what other tools have written there: it would run in every repository. Ours that they
    /// have given other names go.
    fn take_back(&self, changes: &mut Changes) -> Result<()> {
        let own = HooksFolder::read(&self.hooks(), HOOK);
        let hooks = takeover::HARMLESS.into_iter().chain(takeover::FELT);
        let mut names: Vec<_> = hooks.map(|name| self.hooks().join(name)).collect();
        names.push(own.chained_file());
        for file in files::names(&self.hooks()).into_iter().map(|name| self.hooks().join(name)) {
            let is_name = names.contains(&file);
            match folder::occupant(&file) {
                Occupant::Foreign(foreign) if is_name => {
                    let hook = if file == own.chained_file() { own.file() } else { file.clone() };
                    let aside = folder::set_aside(&file, &hook)?;
                    let (by, tool) = foreign.maker.map_or(("another tool", "TOOL"), |maker| (maker.name, maker.name));
                    changes.push(format!(
                        "set aside {}, which {by} wrote for every repository, as {}; for one repository only, run there: \
                         GIT_CONFIG_GLOBAL=/dev/null {tool} install",
                        shown(&file),
                        shown(&aside)
                    ));
                }
                Occupant::Shim(_) if file != own.file() => folder::remove(&file, changes)?,
                Occupant::Forward if !is_name => folder::remove(&file, changes)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// From now on, forwarders need not look whether what there is by now has changed.
    pub(crate) fn mark_as_seen(&self, files: &[PathBuf]) -> Result<()> {
        let time = |file: &Path| file.metadata().and_then(|data| data.modified()).ok();
        let seen = time(&self.seen());
        if seen.is_some() && files.iter().all(|file| time(file) <= seen) {
            return Ok(());
        }
        let text = b"Files of git's configuration that are newer than this one may name a folder of hooks.\n";
        Ok(files::write(&self.seen(), text, Purpose::Data).map_err(|error| cannot("written", &self.seen(), &error))?)
    }

    /// Take away the drafts of a process that was killed. It is our turn, so nobody is writing one.
    fn drop_drafts(&self, changes: &mut Changes) -> Result<()> {
        for folder in [self.folder.clone(), self.hooks(), self.folder.join("judge")] {
            for name in files::names(&folder) {
                let bytes = name.as_os_str().as_encoded_bytes();
                let draft = bytes.strip_prefix(b".").and_then(|name| name.strip_suffix(b".new"));
                let number = draft.and_then(|name| name.rsplit_once_str(".")).map(|(_, number)| number);
                if number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit)) {
                    folder::remove(&folder.join(&name), changes)?;
                }
            }
        }
        Ok(())
    }

    /// Take everything away that is ours.
    pub(crate) fn demolish(&self) -> Result<Changes> {
        let mut changes = Changes::new();
        self.drop_drafts(&mut changes)?;
        let was_there = files::exists(&self.folder);
        for folder in [self.hooks(), self.folder.join("judge")] {
            for file in files::names(&folder).into_iter().map(|name| folder.join(name)) {
                match folder::occupant(&file) {
                    Occupant::Nobody => {}
                    Occupant::Shim(_) | Occupant::Forward => folder::remove(&file, &mut Changes::new())?,
                    Occupant::Foreign(_) => changes.push(format!("left {}: another tool wrote it", shown(&file))),
                }
            }
            super::remove_if_empty(&folder);
        }
        let is_ours = files::head(&self.front(), shim::ENOUGH).is_some_and(|text| shim::is_global(&text));
        for file in
            [Some(self.front()).filter(|_| is_ours), Some(self.include()), Some(self.seen())].into_iter().flatten()
        {
            if files::exists(&file) {
                folder::remove(&file, &mut Changes::new())?;
            }
        }
        super::remove_if_empty(&self.folder);
        if was_there && !files::exists(&self.folder) {
            changes.push(format!("removed {}", shown(&self.folder)));
        } else if was_there {
            changes.push(format!("left {}: there is something else in it", shown(&self.folder)));
        }
        Ok(changes)
    }

    /// What git is told, in its own configuration language.
    fn text(&self, means: Means, made: bool) -> Vec<u8> {
        let mut text =
            b"# Written by `ci-guard install --global`, taken away by `ci-guard uninstall --global`.\n".to_vec();
        if made {
            text.extend([MADE, b"\n"].concat());
        }
        if means.configured {
            let command = takeover::value(&configured::command(&self.front()));
            let head = format!("[hook \"{}\"]\n\tevent = {}\n\tcommand = ", configured::name(HOOK), HOOK.id());
            text.extend([head.as_bytes(), &command, b"\n"].concat());
        }
        if means.hooks {
            let path = takeover::value(self.hooks().as_os_str().as_encoded_bytes());
            text.extend([b"[core]\n\thooksPath = ", &path[..], b"\n"].concat());
        }
        text
    }
}

fn write(file: &Path, text: &[u8], purpose: Purpose, changes: &mut Changes) -> Result<()> {
    let is_right = purpose == Purpose::Data || files::is_program(file);
    if is_right && fs::read(file).is_ok_and(|found| found == text) {
        return Ok(());
    }
    files::write(file, text, purpose).map_err(|error| cannot("written", file, &error))?;
    changes.push(format!("wrote {}", shown(file)));
    Ok(())
}
