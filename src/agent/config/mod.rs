//! An agent's configuration file with our entry in it, or without: text in, text out. One file an agent says where its
//! configuration is and what our entry looks like there; the formats are [`json`], [`toml`] and [`plugin`].
//!
//! Everything that is not ours keeps its bytes: comments, order, indentation, line ends, even a missing last line end. Adding twice
//! is adding once, and taking away what was added gives the bytes of before. What is not understood is refused, never mended. A
//! file that holds nothing but us goes, and one that was empty before goes with it: an empty file is no JSON.

mod claude;
mod codex;
mod copilot;
mod cursor;
mod entry;
mod gemini;
mod json;
mod opencode;
mod plugin;
mod toml;

use super::Agent;
use json::Entry;
use serde::de::IgnoredAny;

/// How long an agent should wait for us, in seconds; an answer takes a few milliseconds.
const PATIENCE: u32 = 10;

/// Whose configuration it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of one repository: below the top of its work tree.
    Repository,
    /// Of this user: below the home folder.
    User,
}

/// A file in which an agent looks for hooks.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whose it is.
    pub agent: Agent,
    /// Where it counts.
    pub scope: Scope,
    /// The folder below the top of the work tree or the home folder, with slashes.
    pub folder: &'static str,
    /// An environment variable that names another place for the folder, and what comes below that.
    pub instead: Option<(&'static str, &'static str)>,
    /// The file in that folder, with slashes.
    pub file: &'static str,
    form: Form,
}

/// What becomes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// It is as it should be.
    Same,
    /// It gets these bytes.
    Text(String),
    /// It was ours alone, and goes.
    Gone,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Json(Json),
    /// The same, for an agent that takes nothing from a file with comments or trailing commas in it.
    PlainJson(Json),
    Toml,
    Plugin,
}

/// A JSON file that has `hooks` at its top, and events in there.
#[derive(Clone, Copy, Debug)]
struct Json {
    /// Our entries for a program of this path, with the event of each.
    entries: fn(&str) -> Vec<(&'static str, Entry)>,
    /// Whether the agent wants `"version": 1` beside the hooks.
    is_versioned: bool,
}

/// The files that an agent reads, the one for us first.
pub fn places(agent: Agent, scope: Scope) -> impl Iterator<Item = &'static Place> {
    let all: &'static [Place] = match agent {
        Agent::Claude => &claude::PLACES,
        Agent::Codex => &codex::PLACES,
        Agent::Cursor => &cursor::PLACES,
        Agent::Gemini => &gemini::PLACES,
        Agent::Copilot => &copilot::PLACES,
        Agent::OpenCode => &opencode::PLACES,
    };
    all.iter().filter(move |place| place.scope == scope)
}

/// Whether the entry for a program of this path is known again later: by the program's name.
pub fn is_known_again(program: &str) -> bool {
    entry::is_our_name(program)
}

impl Place {
    /// The file with our entry, for a program of this absolute path.
    ///
    /// # Errors
    /// The file is not understood; why.
    pub fn add(&self, before: Option<&[u8]>, program: &str) -> Result<After, String> {
        let before = before.map(text).transpose()?;
        let after = match self.form {
            Form::Json(form) => json::add(before, &(form.entries)(program), form.is_versioned)?,
            Form::PlainJson(form) => {
                let after = json::add(before, &(form.entries)(program), form.is_versioned)?;
                self.is_read(before.unwrap_or_default())?;
                after
            }
            Form::Toml => toml::add(before, program)?,
            Form::Plugin => plugin::add(before, program)?,
        };
        Ok(if before == Some(after.as_str()) { After::Same } else { After::Text(after) })
    }

    /// The file without our entry. One in which our name is not to be found has none, whatever else is wrong with it.
    ///
    /// # Errors
    /// The file is not understood; why.
    pub fn remove(&self, before: Option<&[u8]>) -> Result<After, String> {
        match self.without_ours(before) {
            Err(_) if before.is_some_and(|before| !names_us(before)) => Ok(After::Same),
            after => after,
        }
    }

    /// Whether our entry is in the file.
    ///
    /// # Errors
    /// The file is not understood; why.
    pub fn has_ours(&self, here: Option<&[u8]>) -> Result<bool, String> {
        match (self.form, here) {
            (Form::Toml, Some(here)) => toml::has_ours(text(here)?),
            _ => Ok(self.without_ours(here)? != After::Same),
        }
    }

    /// What the file is with nothing in it; a plugin is nothing then.
    pub fn blank(&self) -> Option<&'static str> {
        match self.form {
            Form::Json(_) | Form::PlainJson(_) => Some("{}\n"),
            Form::Toml => Some(""),
            Form::Plugin => None,
        }
    }

    fn without_ours(&self, before: Option<&[u8]>) -> Result<After, String> {
        let Some(before) = before else { return Ok(After::Same) };
        let before = text(before)?;
        let after = match self.form {
            Form::Json(form) | Form::PlainJson(form) => json::remove(before, form.is_versioned)?,
            Form::Toml => toml::remove(before)?,
            Form::Plugin => plugin::remove(before)?,
        };
        Ok(match after {
            Some(after) if after == before => After::Same,
            Some(after) => After::Text(after),
            None => After::Gone,
        })
    }

    /// Whether an agent that reads JSON and nothing else reads this: an entry in a file that it passes over asks nobody.
    fn is_read(&self, before: &str) -> Result<(), String> {
        let unmarked = before.strip_prefix('\u{feff}').unwrap_or(before);
        let text = if self.agent == Agent::Codex { before } else { unmarked };
        if unmarked.trim_ascii().is_empty() && text == unmarked {
            return Ok(());
        }
        serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|error| {
            format!(
                "{} reads plain JSON only and takes nothing from this file ({error}): take comments, trailing commas and byte order \
                 marks out, then install again",
                self.agent.id()
            )
        })
    }

    /// Whether our entry belongs here rather than in the first place of the agent, which has this file or not.
    pub fn is_preferred(&self, here: Option<&[u8]>, first_exists: bool) -> bool {
        matches!(self.form, Form::Toml)
            && !first_exists
            && here.is_some_and(|here| text(here).is_ok_and(toml::has_hooks))
    }
}

fn text(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| format!("it is not UTF-8 at byte {}", error.valid_up_to() + 1))
}

/// Whether the name of our program stands anywhere.
fn names_us(text: &[u8]) -> bool {
    let name = b"ci-guard";
    text.windows(name.len()).any(|window| window.eq_ignore_ascii_case(name))
}

/// A place below the work tree's top.
const fn in_repository(agent: Agent, folder: &'static str, file: &'static str, form: Form) -> Place {
    Place { agent, scope: Scope::Repository, folder, instead: None, file, form }
}

/// A place below the home folder, or where a variable says.
const fn of_user(
    agent: Agent,
    folder: &'static str,
    instead: Option<(&'static str, &'static str)>,
    file: &'static str,
    form: Form,
) -> Place {
    Place { agent, scope: Scope::User, folder, instead, file, form }
}

#[cfg(test)]
mod tests;
