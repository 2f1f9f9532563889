//! Would a push from here be judged, by what, under which policy, and what bypasses it?
//!
//! Looks where git looks, starts the program once to see that it runs, and changes nothing.

mod ailments;

use super::hooking::folder::{self, Occupant};
use super::hooking::shim::Shim;
use super::hooking::survey::Survey;
use super::hooking::{configured, takeover};
use crate::git::command::Git;
use crate::git::hooks::HookSetup;
use crate::model::{Binary, Diagnosis, Gravity, HookName, PolicyUse, Problem, Seat};
use crate::system::{files, program};
use anyhow::Result;
use bstr::BString;
use std::path::{Path, PathBuf};

/// The program that asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// What its `--version` prints.
    pub version: &'a str,
}

/// The policy that a push would be judged under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyHere {
    /// Where it was found, and what is wrong with it.
    pub used: PolicyUse,
    /// The base branch that it names, if there is none of that name.
    pub missing_base: Option<BString>,
}

/// Examine the repository that `git` finds. `policy` looks up which policy a push from there would be judged under.
pub fn diagnose(git: &Git, asker: Asker, policy: impl FnOnce() -> PolicyHere) -> Result<Diagnosis> {
    let setup = HookSetup::read(git)?;
    let hook = subject(&setup);
    let survey = Survey::new(setup, hook);
    let seat = survey.seat();
    let mut problems = match &seat {
        Some(seat) => ailments::of_seat(&survey, seat),
        None => vec![ailments::no_seat(&survey)],
    };
    let filled = seat.as_ref().and_then(|seat| filled(seat.file()));
    let binary = filled.map(|filled| examine(&filled.binary, asker, &mut problems));
    if let Some(Seat::Global(_)) = seat {
        problems.iter_mut().for_each(ailments::mend_globally);
    }
    problems.extend(ailments::around(&survey, seat.as_ref()));
    let policy = policy();
    problems.extend(policy.used.error.as_ref().map(|error| ailments::policy(error)));
    problems.extend(policy.missing_base.as_ref().map(|base| ailments::missing_base(base.as_ref())));
    problems.sort_by_key(|problem| problem.gravity);
    Ok(Diagnosis {
        repository: survey.setup.root.clone(),
        hook,
        binary,
        chained: seat.as_ref().and_then(|seat| chained(&survey, seat)),
        bypasses: ailments::bypasses(&survey, seat.as_ref()),
        seat,
        policy: policy.used,
        problems,
    })
}

/// In a repository without a work tree, what matters is what is pushed to it, unless only the other hook is there.
fn subject(setup: &HookSetup) -> HookName {
    let sits = |hook| Survey::new(setup.clone(), hook).seat().is_some();
    if setup.bare && (sits(HookName::PreReceive) || !sits(HookName::PrePush)) {
        HookName::PreReceive
    } else {
        HookName::PrePush
    }
}

fn filled(file: &Path) -> Option<Shim> {
    match folder::occupant(file) {
        Occupant::Shim(ours) => ours.filled,
        _ => None,
    }
}

/// Why git does not find our judge; nothing if it does.
pub(super) fn not_found(survey: &Survey) -> Option<Problem> {
    survey.seat().is_none().then(|| ailments::no_seat(survey))
}

/// The hook of another tool that runs after ours, from this seat.
pub(super) fn chained(survey: &Survey, seat: &Seat) -> Option<PathBuf> {
    let file = match seat {
        Seat::Configuration(_) => survey.here.file(),
        // Where the repository has a shim too, what that one chained is run instead of it.
        Seat::Global(_) if !matches!(survey.here.occupant, Occupant::Shim(_)) => survey.here.file(),
        _ if survey.here.chained == Occupant::Forward => {
            takeover::underlying_folder(&survey.setup).join(survey.hook.id())
        }
        _ => survey.here.chained_file(),
    };
    files::is_program(&file).then_some(file)
}

/// Find the program as the shim does, and see whether it runs.
fn examine(path: &Path, asker: Asker, problems: &mut Vec<Problem>) -> Binary {
    let found = if files::is_program(path) { Some(path.to_owned()) } else { program::on_path("ci-guard") };
    let Some(found) = found else {
        problems.push(ailments::binary_missing(path));
        return Binary { path: path.to_owned(), version: None };
    };
    if found != path {
        problems.push(ailments::binary_moved(path, &found));
    }
    let real = |path: &Path| path.canonicalize().ok();
    let answer = if real(&found).is_some_and(|found| Some(found) == real(asker.path)) {
        Ok(asker.version.to_owned())
    } else {
        program::version(&found)
    };
    match &answer {
        Err(reason) => problems.push(ailments::binary_broken(&found, reason)),
        Ok(version) if version != asker.version => problems.push(ailments::binary_differs(&found, version, asker)),
        Ok(_) => {}
    }
    Binary { path: found, version: answer.ok() }
}

/// A problem that stops judging, or not.
fn problem(id: &'static str, gravity: Gravity, message: impl Into<String>, mend: &[&str]) -> Problem {
    let mend = mend.iter().map(|command| (*command).to_owned()).collect();
    Problem { id, gravity, message: message.into(), mend }
}

/// Where our configured hook's file is, for messages.
fn configured_file(survey: &Survey) -> PathBuf {
    configured::file(&survey.setup, survey.hook)
}
