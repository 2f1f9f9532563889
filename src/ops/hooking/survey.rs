//! A look at one repository for one hook: where git finds our judge, and where the judge should sit.
//!
//! The looking is done in [`Survey::new`]; what follows from it is decided without touching anything.

use super::configured::{self, Configured};
use super::folder::{self, HooksFolder, Occupant};
use super::global::{self, Global};
use super::takeover;
use crate::git::hooks::{HookSetup, Setting};
use crate::model::{HookName, Seat};
use crate::system::files;
use std::path::PathBuf;

/// The three places in which ci-guard can sit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The repository's own hooks folder.
    HooksFolder,
    /// git's configuration.
    Configuration,
    /// A folder of our own, before somebody else's.
    OwnFolder,
}

/// What was seen.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    /// What git says.
    pub setup: HookSetup,
    /// The hook in question.
    pub hook: HookName,
    /// The folder that git reads, or would read without the seat for all repositories.
    pub here: HooksFolder,
    /// The folder that git would read if nothing were configured; the same one, most of the time.
    pub default: HooksFolder,
    /// Whether the folder that git reads is this repository's alone, and by the usual name.
    pub is_own: bool,
    /// The configured hooks for this event.
    pub configured: Vec<Configured>,
    /// The setting that switched all of those off.
    pub event_disabled: Option<Setting>,
    /// The file that our configured hook runs, as it was found.
    pub configured_file: Occupant,
    /// The seat for all repositories of this user.
    pub global: Option<Global>,
}

impl Survey {
    /// Look.
    pub(crate) fn new(setup: HookSetup, hook: HookName) -> Survey {
        // A default folder that is a link leads to somebody else's. One that is not there can be made.
        let default = setup.default_hooks_dir();
        let real = |path: &PathBuf| path.canonicalize().ok();
        let global = Global::found(&setup).filter(|_| hook == global::HOOK);
        let here = match Global::found(&setup) {
            Some(global) if global.hooks() == setup.hooks_dir => takeover::underlying_folder(&setup),
            _ => setup.hooks_dir.clone(),
        };
        let is_own = match real(&here) {
            Some(folder) => folder == default,
            None => here == default && default.symlink_metadata().is_err(),
        };
        Survey {
            hook,
            here: HooksFolder::read(&here, hook),
            global,
            default: HooksFolder::read(&default, hook),
            is_own,
            configured: configured::list(&setup.settings, hook.id()),
            event_disabled: configured::event_disabled(&setup.settings, hook.id()).cloned(),
            configured_file: folder::occupant(&configured::file(&setup, hook)),
            setup,
        }
    }

    /// Our configured hook, when git heeds it and it leads to our shim.
    pub(crate) fn configured_ours(&self) -> Option<&Configured> {
        self.configured_written().filter(|ours| {
            let on = ours.disabled.is_none() && self.event_disabled.is_none();
            let heeded = on && self.setup.version.has_configured_hooks();
            heeded && configured::leads_here(ours, &self.setup, self.hook)
        })
    }

    /// Our configured hook, whether git heeds it or not.
    pub(crate) fn configured_written(&self) -> Option<&Configured> {
        self.configured.iter().find(|configured| configured.name == configured::name(self.hook))
    }

    /// Whether git reads the folder that stands before those of all repositories.
    pub(crate) fn is_before_all(&self) -> bool {
        self.global.as_ref().is_some_and(|global| global.hooks() == self.setup.hooks_dir)
    }

    /// Where git finds our judge: the folder before all repositories comes first, their hook of the configuration leaves
    /// a push to the repository's own seat.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let runs = |file: &PathBuf| matches!(folder::occupant(file), Occupant::Shim(ours) if ours.runs());
        let sits = |file: PathBuf| runs(&file).then_some(Seat::Global(file));
        let before = self.global.as_ref().filter(|_| self.is_before_all()).and_then(|global| sits(global.hook()));
        let behind =
            || self.global.as_ref().filter(|global| self.heeds(global)).and_then(|global| sits(global.judge()));
        // Whoever took the name there comes before every folder.
        let own = || self.own_seat().filter(|seat| !self.is_before_all() || matches!(seat, Seat::Configuration(_)));
        before.or_else(own).or_else(behind)
    }

    /// Whether git runs the hook of the configuration for all repositories.
    fn heeds(&self, global: &Global) -> bool {
        self.configured_written().is_some_and(|ours| {
            let on = ours.disabled.is_none() && self.event_disabled.is_none();
            on && self.setup.version.has_configured_hooks() && configured::leads_to(ours, &global.front())
        }) && files::is_program(&global.front())
    }

    /// Where git finds the judge that this repository has to itself.
    pub(crate) fn own_seat(&self) -> Option<Seat> {
        let runs = |occupant: &Occupant| matches!(occupant, Occupant::Shim(ours) if ours.runs());
        if self.configured_ours().is_some() && runs(&self.configured_file) {
            return Some(Seat::Configuration(configured::file(&self.setup, self.hook)));
        }
        if let Some((file, maker)) = self.here.run_by_another() {
            return Some(Seat::MovedAside(file.to_owned(), maker));
        }
        if !runs(&self.here.occupant) {
            return None;
        }
        let own = takeover::in_force(&self.setup);
        Some(if own { Seat::OwnFolder(self.here.file()) } else { Seat::HooksFolder(self.here.file()) })
    }

    /// Where the judge should sit. What works stays where it is.
    pub(crate) fn place(&self) -> Place {
        let configurable = self.setup.version.has_configured_hooks() && self.event_disabled.is_none();
        match self.own_seat() {
            Some(Seat::Configuration(_)) => Place::Configuration,
            _ if takeover::in_force(&self.setup) => Place::OwnFolder,
            Some(Seat::HooksFolder(_) | Seat::MovedAside(..)) if self.is_own => Place::HooksFolder,
            _ if self.is_own && !self.here.is_bound_to_its_name() && !(configurable && self.here.contended()) => {
                Place::HooksFolder
            }
            _ if configurable => Place::Configuration,
            _ => Place::OwnFolder,
        }
    }
}
