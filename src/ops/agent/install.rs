//! Our entry in agents' configuration: put in, brought up to date, taken away. Each file is written whole or not at all.
//!
//! One agent that fails stops no other. No agent is started, and none is told to trust us: where a user has to do that, it is said.

use crate::agent::Agent;
use crate::agent::config::{self, After, Place, Scope};
use crate::model::visible;
use crate::system::{env, files, program};
use anyhow::{Context, Result, anyhow, ensure};
use std::path::{Path, PathBuf};

/// Where configuration is looked for.
#[derive(Clone, Debug)]
pub enum Base {
    /// The top of a work tree.
    Repository(PathBuf),
    /// This user's home folder.
    User(PathBuf),
}

/// What became of one file.
#[derive(Debug)]
pub struct Outcome {
    /// Whose it is.
    pub agent: Agent,
    /// The file.
    pub file: PathBuf,
    /// What was done to it, or why nothing could be.
    pub change: Result<Change>,
}

/// What was done to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made, for our entry alone.
    Made,
    /// It has our entry now, and the rest as it was.
    Added,
    /// It was as it should be.
    Nothing,
    /// Our entry is gone, and the rest as it was.
    Removed,
    /// It held nothing but us, and is gone.
    Deleted,
}

impl Base {
    /// This user's.
    ///
    /// # Errors
    /// Nobody says where the home folder is.
    pub fn user() -> Result<Base> {
        let home = env::path("HOME").or_else(|| env::path("USERPROFILE")).filter(|home| home.is_absolute());
        Ok(Base::User(home.context("there is no home folder: set HOME")?))
    }

    fn scope(&self) -> Scope {
        match self {
            Base::Repository(_) => Scope::Repository,
            Base::User(_) => Scope::User,
        }
    }

    /// The folder of a place.
    pub(super) fn folder(&self, place: &Place) -> PathBuf {
        let (Base::Repository(top) | Base::User(top)) = self;
        self.instead(place).map_or_else(|| top.join(place.folder), |(folder, below)| folder.join(below))
    }

    /// The folder that a variable names in place of the usual one, and what comes below it.
    fn instead(&self, place: &Place) -> Option<(PathBuf, &'static str)> {
        let (variable, below) = place.instead.filter(|_| self.scope() == Scope::User)?;
        Some((env::path(variable).filter(|folder| folder.is_absolute())?, below))
    }

    /// The outermost folder that may have been made for the file.
    fn outermost(&self, place: &Place) -> PathBuf {
        let (Base::Repository(top) | Base::User(top)) = self;
        let usual = || top.join(place.folder.split('/').next().unwrap_or_default());
        self.instead(place).map_or_else(usual, |(folder, _)| folder)
    }

    fn file(&self, place: &Place) -> PathBuf {
        self.folder(place).join(place.file)
    }
}

/// The agents that are used here: those that have a folder in one of these places, or a program on the PATH.
pub fn found(bases: &[Base]) -> Vec<Agent> {
    let has_folder = |agent| {
        let mut folders =
            bases.iter().flat_map(|base| config::places(agent, base.scope()).map(|place| base.folder(place)));
        folders.any(|folder| folder.is_dir())
    };
    Agent::ALL
        .into_iter()
        .filter(|&agent| has_folder(agent) || programs(agent).iter().any(|name| program::on_path(name).is_some()))
        .collect()
}

/// Have these agents ask `program` before they use a tool.
///
/// # Errors
/// The program's path cannot be written into a configuration file, or its name would not be known again in there.
pub fn install(agents: &[Agent], base: &Base, program: &Path) -> Result<Vec<Outcome>> {
    let program = program.to_str().filter(|program| !program.chars().any(char::is_control)).ok_or_else(|| {
        anyhow!("the path of this program cannot be written into a configuration file: {}", shown(program))
    })?;
    ensure!(
        config::is_known_again(program),
        "an entry is known again by the program's name, which has to start with ci-guard: rename {}, then run this again",
        visible(program)
    );
    let outcomes = agents.iter().map(|&agent| {
        let (file, change) = match seat(agent, base) {
            Ok((place, file)) => {
                let change = write(place, &file, Change::Added, |before| place.add(before, program));
                (file, change)
            }
            Err((file, error)) => (file, Err(error)),
        };
        Outcome { agent, file, change }
    });
    Ok(outcomes.collect())
}

/// Take our entries out of these agents' configuration. Files that have none are not named.
pub fn uninstall(agents: &[Agent], base: &Base) -> Vec<Outcome> {
    let places = agents.iter().flat_map(|&agent| config::places(agent, base.scope()));
    let outcomes = places.map(|place| {
        let file = base.file(place);
        let change = write(place, &file, Change::Removed, |before| place.remove(before));
        if matches!(change, Ok(Change::Deleted)) {
            files::remove_empty_folders(&file, &base.outermost(place));
        }
        Outcome { agent: place.agent, file, change }
    });
    outcomes.filter(|outcome| !matches!(outcome.change, Ok(Change::Nothing))).collect()
}

/// The file for our entry: the one that has it, else the one that the agent's user uses. One file that is not understood leaves
/// both open.
fn seat(agent: Agent, base: &Base) -> Result<(&'static Place, PathBuf), (PathBuf, anyhow::Error)> {
    let mut seats = Vec::new();
    let mut has_ours = None;
    for place in config::places(agent, base.scope()) {
        let file = base.file(place);
        let content = files::read_regular_up_to(LIMIT, &file).map_err(|error| (file.clone(), error))?;
        match place.has_ours(content.as_deref()) {
            Ok(true) => has_ours = has_ours.or(Some(seats.len())),
            Ok(false) => {}
            Err(reason) => return Err((file, anyhow!("{}", visible(reason)))),
        }
        seats.push((place, file, content));
    }
    let first_exists = seats.first().is_some_and(|(_, _, content)| content.is_some());
    let preferred =
        || seats.iter().position(|(place, _, content)| place.is_preferred(content.as_deref(), first_exists));
    let at = has_ours.or_else(preferred).unwrap_or(0);
    let (place, file, _) = seats.swap_remove(at);
    Ok((place, file))
}

/// More than any configuration that a person wrote.
const LIMIT: u64 = 1 << 20;

fn write(
    place: &Place,
    file: &Path,
    done: Change,
    change: impl FnOnce(Option<&[u8]>) -> Result<After, String>,
) -> Result<Change> {
    let before = files::read_regular_up_to(LIMIT, file)?;
    let after = match change(before.as_deref()).map_err(|reason| anyhow!("{}", visible(reason)))? {
        // Behind a link is a file that somebody keeps elsewhere: that one must lose us, and the link stays.
        After::Gone if files::is_link(file) => place.blank().map_or(After::Gone, |blank| After::Text(blank.to_owned())),
        after => after,
    };
    match after {
        After::Same => Ok(Change::Nothing),
        After::Gone => {
            files::remove(file)?;
            Ok(Change::Deleted)
        }
        After::Text(text) => {
            files::replace(file, text.as_bytes())?;
            Ok(if before.is_some() { done } else { Change::Made })
        }
    }
}

/// What an agent's program is called.
fn programs(agent: Agent) -> &'static [&'static str] {
    match agent {
        Agent::Claude => &["claude"],
        Agent::Codex => &["codex"],
        Agent::Cursor => &["cursor", "cursor-agent"],
        Agent::Gemini => &["gemini"],
        Agent::Copilot => &["copilot"],
        Agent::OpenCode => &["opencode"],
    }
}

fn shown(path: &Path) -> String {
    visible(path.as_os_str().as_encoded_bytes())
}
