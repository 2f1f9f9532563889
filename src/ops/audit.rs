//! The audit store in use: where it is, what is written to it and by whom, and what is read out of it.
//!
//! Whatever judges or triages has a [`Recorder`], which never fails and never changes an answer: a store that cannot be used is
//! one sentence at the end. Whoever asks the store itself, or records an outcome, gets its errors. No hook comes here.

mod journal;
mod outcome;
mod recorder;
mod retries;
mod reviews;
mod verdicts;

pub use journal::{Judged, agent_asked, bring_in, commit, judged, pushed};
pub use outcome::{Stored, Told, record};
pub use recorder::Recorder;
pub use retries::RetryRecorder;
pub use reviews::merged;
pub use verdicts::{checked, patch_checked};

use super::policy_source;
use crate::audit;
use crate::model::{Chronicle, Event, Metrics, Moment, PolicyUse};
use crate::policy::{self, Policy};
use crate::store::{Access, Location, Query, Store};
use crate::system::{clock, env};
use crate::triage::redact;
use anyhow::{Context, Result, anyhow};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The environment variable that says where the store is.
pub const VARIABLE: &str = "CI_GUARD_STORE";

/// How long a store that was asked for is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which part of the stream is asked for.
#[derive(Clone, Debug)]
pub struct Window {
    /// How far back; `None` for all of it.
    pub since: Option<Duration>,
    /// Of which repository; `None` for all.
    pub repo: Option<String>,
}

/// An answer, and the store that gave it; `None` where there is none yet.
pub struct Answer<T> {
    /// What is said. Without a store, what is said of no events.
    pub of: T,
    /// Where the store is, or would be; `None` where it is switched off.
    pub place: Option<String>,
    /// Whether there is a store.
    pub is_there: bool,
}

/// What comes again.
///
/// # Errors
/// The store cannot be read.
pub fn history(window: &Window) -> Result<Answer<Chronicle>> {
    let now = clock::now();
    let since = window.since.map_or(Moment(i64::MIN), |since| now.before(since));
    all(window, now).map(|answer| answer.map(|events| audit::history(&events, since, now)))
}

/// How well red runs are dealt with.
///
/// # Errors
/// The store cannot be read.
pub fn metrics(window: &Window) -> Result<Answer<Metrics>> {
    let now = clock::now();
    all(window, now).map(|answer| answer.map(|events| audit::metrics(&events, now)))
}

/// The events themselves, in the order in which they were stored, until `each` has enough.
///
/// # Errors
/// The store cannot be read.
pub fn export(window: &Window, each: &mut dyn FnMut(Event) -> ControlFlow<()>) -> Result<Answer<()>> {
    export_in(PATIENCE, window, each)
}

/// The same, by somebody who does not wait that long for a store.
fn export_in(
    patience: Duration,
    window: &Window,
    each: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Answer<()>> {
    let (place, store) = open_to_read(patience)?;
    let is_there = store.is_some();
    if let Some(mut store) = store {
        store.events(&query(window, clock::now()), each)?;
    }
    Ok(Answer { of: (), place, is_there })
}

impl<T> Answer<T> {
    fn map<U>(self, of: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { of: of(self.of), place: self.place, is_there: self.is_there }
    }
}

fn all(window: &Window, now: Moment) -> Result<Answer<Vec<Event>>> {
    let (place, store) = open_to_read(PATIENCE)?;
    let is_there = store.is_some();
    let mut of = Vec::new();
    if let Some(mut store) = store {
        store.events(&query(window, now), &mut |event| {
            of.push(event);
            ControlFlow::Continue(())
        })?;
    }
    Ok(Answer { of, place, is_there })
}

fn query(window: &Window, now: Moment) -> Query {
    Query { since: window.since.map(|since| now.before(since)), repo: window.repo.clone() }
}

fn open_to_read(patience: Duration) -> Result<(Option<String>, Option<Store>)> {
    let Some(location) = location()? else { return Ok((None, None)) };
    let place = location.to_string();
    // What hooks noted belongs to the answer. A store that takes nothing can be read all the same.
    if journal::is_waiting(&location)
        && let Ok(Some(mut store)) = Store::open(&location, Access::Write, patience)
    {
        journal::bring_in_quietly(&location, &mut store);
    }
    Ok((Some(place), Store::open(&location, Access::Read, patience)?))
}

/// Where the store is: what the variable says, else the user's folder for the state of programs; `None` where it is off.
fn location() -> Result<Option<Location>> {
    match env::var(VARIABLE) {
        Some(typed) if typed.eq_ignore_ascii_case("off") => Ok(None),
        Some(typed) => match typed.to_str() {
            Some(text) => Location::parse(text).with_context(|| format!("{VARIABLE} cannot be used")).map(Some),
            None => Ok(Some(Location::File(typed.into()))),
        },
        None => {
            let folder =
                state_folder().ok_or_else(|| anyhow!("there is no home folder to keep it in; set {VARIABLE}"))?;
            Ok(Some(Location::File(folder.join("ci-guard").join("audit.db"))))
        }
    }
}

fn state_folder() -> Option<PathBuf> {
    // Specified to be absolute; anything else is to be ignored.
    let named = env::path("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
    let usual = || match std::env::consts::OS {
        "windows" => env::path("LOCALAPPDATA"),
        "macos" => env::path("HOME").map(|home| home.join("Library").join("Application Support")),
        _ => env::path("HOME").map(|home| home.join(".local").join("state")),
    };
    named.or_else(usual)
}

/// Who is at work here, as far as that is known: a login, never an address.
fn actor() -> Option<String> {
    let text = |name: &str| env::var(name).and_then(|value| value.into_string().ok());
    let named = ["CI_GUARD_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "CHANGE_AUTHOR", "BUILDKITE_BUILD_CREATOR"];
    // In a job of anything else, the user is the same for everybody.
    let own = || if text("CI").is_some() { None } else { ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(text) };
    named.into_iter().find_map(text).or_else(own).map(|name| redact::text(&name))
}

/// The policy in force here: its digest, which does not depend on how or where it is written, and how long packs are kept.
fn policy(typed: Option<&Path>) -> (Option<String>, Duration) {
    let in_force = policy_source::in_force_anywhere(typed).policy;
    let digest = in_force.as_ref().and_then(|policy| {
        let mut text = Vec::new();
        policy::show::json(&mut text, &PolicyUse::default(), Some(policy)).ok()?;
        Some(audit::digest(&text))
    });
    (digest, in_force.map_or(Policy::KEEP_PACKS, |policy| policy.keep_packs))
}
