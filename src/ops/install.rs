//! Arm a repository: bring ci-guard into one place where git runs it, and out of every other.
//!
//! Doing it again changes nothing. It ends with a second look: what git does not find is not called installed.

use super::hooking::survey::{Place, Survey};
use super::hooking::{Changes, configured, policy, shown, takeover, word};
use crate::git::command::Git;
use crate::git::hooks::{HookSetup, Scope};
use crate::model::{HookName, Problem, Seat, Trouble};
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

pub use super::hooking::policy::PolicyFile;

/// What to install, and where.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The hook.
    pub hook: HookName,
    /// The program that the hook starts: an absolute path.
    pub binary: &'a Path,
    /// A policy to copy into the repository's git folder.
    pub policy: Option<&'a PolicyFile>,
    /// Whether it must sit in the repository's configuration.
    pub configured: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The top of the work tree, or the git folder where there is none.
    pub repository: PathBuf,
    /// Where git finds the hook now.
    pub seat: Seat,
    /// The hook of another tool that runs after ours.
    pub chained: Option<PathBuf>,
    /// Why git does not find it in this environment, which was given settings that no other push has.
    pub hidden: Option<Problem>,
    /// What was changed, one visible line each; empty when all was as it should be.
    pub changes: Vec<String>,
}

/// Arm the repository around the folder that `git` works in.
pub fn install(git: &Git, request: &Request) -> Result<Installed> {
    let look = || Ok::<_, anyhow::Error>(Survey::new(HookSetup::read(git)?.lasting()?, request.hook));
    let before = look()?;
    let (setup, hook, binary) = (&before.setup, request.hook, request.binary);
    let place = match request.configured {
        true => configured_place(setup)?,
        false => before.place(),
    };
    let mut changes = match request.policy {
        Some(policy) => policy::install(setup, policy)?,
        None => Changes::new(),
    };
    changes.extend(match place {
        Place::HooksFolder => before.default.sit(binary)?,
        Place::Configuration => configured::sit(setup, hook, binary)?,
        Place::OwnFolder => takeover::sit(setup, hook, binary)?,
    });
    if place != Place::Configuration && configured::is_written(setup, hook) {
        changes.extend(configured::leave(setup, hook)?);
    }
    // A folder before that of one worktree leaves the others to the hooks folder.
    let everywhere = place != Place::OwnFolder || takeover::scope(setup) == Scope::Local;
    if place != Place::HooksFolder && everywhere {
        changes.extend(before.default.leave()?);
    }
    if place != Place::OwnFolder {
        changes.extend(takeover::leave(setup, hook)?);
    }
    let after = look()?;
    match after.seat() {
        Some(seat) => {
            let chained = super::doctor::chained(&after, &seat);
            let hidden = super::doctor::not_found(&Survey::new(HookSetup::read(git)?, hook));
            Ok(Installed { repository: after.setup.root.clone(), seat, chained, hidden, changes })
        }
        None => bail!(not_found(&after)),
    }
}

/// The configuration, if this git runs hooks from there.
fn configured_place(setup: &HookSetup) -> Result<Place> {
    if setup.version.has_configured_hooks() {
        return Ok(Place::Configuration);
    }
    let what = format!("git {} runs no hooks from its configuration", setup.version);
    bail!(Trouble::new(what, "2.54 is the first that does; nothing was changed").run("ci-guard install"))
}

/// What to say when git does not find what was just written.
fn not_found(survey: &Survey) -> Trouble {
    let what = format!(
        "the {} hook was written, but git does not run it: it reads hooks from {}",
        survey.hook.id(),
        shown(&survey.setup.hooks_dir)
    );
    let trouble = Trouble::new(what, "so a push is not judged");
    if survey.is_before_all() {
        return trouble.run("ci-guard install --global");
    }
    match survey.setup.all("core.hookspath").next_back() {
        Some(setting) => trouble.run(format!("git config {} --get core.hooksPath", scope_flag(setting.scope))),
        None => trouble,
    }
    .run(format!("ci-guard -C {} doctor", word(&survey.setup.root)))
}

fn scope_flag(scope: Scope) -> String {
    format!("--{}", scope.id())
}
