//! Judging by hand and in CI: a commit, a range or the index, as a push of it would be judged.

use super::bounded::{self, Draft};
use super::case::Case;
use super::judge;
use super::policy_source;
use super::scene::{Named, Place, Scene};
use crate::git::commits::Peeled;
use crate::guard::base_candidates;
use crate::model::{Oid, RefUpdate, Report, Side};
use anyhow::{Context, Result};
use bstr::{BString, ByteSlice};
use std::path::PathBuf;

/// What is to be judged.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A commit, as typed.
    Commit(String),
    /// `A..B` or `A...B`, as typed.
    Range(String),
    /// What is staged for the next commit.
    Index,
}

/// A judgement asked for by hand.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to judge.
    pub subject: Subject,
    /// What counts as already there, as typed; `None` for the base branch.
    pub base: Option<String>,
    /// The branch it is, by its short name, where a commit was typed that may be on many.
    pub branch: Option<String>,
    /// Also say what the base already has.
    pub all: bool,
    /// A policy file.
    pub policy: Option<PathBuf>,
}

/// Judge it.
pub fn check(request: Request) -> Report {
    bounded::judge(move |draft| run(draft, &request))
}

fn run(draft: &Draft, request: &Request) -> Result<()> {
    let place = Place::open()?;
    let scene = Scene::at(&place)?;
    let checked_out = scene.checked_out()?;
    let (side, usual_base) = scene.by_hand()?;
    let in_force = policy_source::find(&scene, request.policy.as_deref(), usual_base.as_ref());
    in_force.bound(draft);
    in_force.announce(draft);

    let typed_base: Option<Named> = match (&request.base, &request.subject) {
        (Some(typed), _) => Some(scene.resolve_base(&side, typed)?),
        (None, Subject::Range(typed)) => Some(range_base(&scene, &side, typed)?),
        (None, _) => None,
    };
    let base = match (&typed_base, &in_force.policy) {
        (Some(base), _) => Some(base.clone()),
        (None, Some(policy)) => {
            scene.first_of(&base_candidates(Some(policy), &side, &|remote| scene.head_of(&side, remote)))?
        }
        (None, None) => usual_base,
    };
    let known: Vec<Oid> = typed_base.iter().map(|(_, commit)| *commit).collect();
    let named = request.branch.as_deref().filter(|name| !name.is_empty());
    let as_pushed = |typed: &str| as_pushed(&scene, &side, typed, named, checked_out.as_ref());
    let updates: Vec<RefUpdate> = match &request.subject {
        Subject::Index => Vec::new(),
        // A repository in which nothing was committed yet has nothing wrong with it.
        Subject::Commit(typed) if typed == "HEAD" && scene.refs.get("HEAD".into())?.is_none() => Vec::new(),
        Subject::Commit(typed) => vec![as_pushed(typed)?],
        Subject::Range(typed) => {
            let (_, tip) = split_range(typed)?;
            let update = as_pushed(tip)?;
            vec![RefUpdate { old: update.new.zero(), ..update }]
        }
    };
    let is_local = |update: &RefUpdate| update.local_ref.starts_with(b"refs/heads/");
    let case = Case {
        also_known: &known,
        all: request.all,
        ignore_own: matches!(request.subject, Subject::Range(_)),
        is_on_a_remote: named.is_some() || !updates.iter().all(is_local),
        ..Case::new(&scene, &side, &in_force, base.as_ref(), &updates, draft)
    };
    match request.subject {
        Subject::Index => judge::index(&case),
        _ => judge::updates(&case),
    }
}

/// The update that a plain push of what was typed would announce. A remote's branch stands for the branch it follows.
fn as_pushed(
    scene: &Scene,
    side: &Side,
    typed: &str,
    named: Option<&str>,
    checked_out: Option<&BString>,
) -> Result<RefUpdate> {
    let new = scene.resolve(typed)?;
    let full = match (named, typed) {
        (Some(branch), _) => Some(format!("refs/heads/{branch}").into()),
        (None, "HEAD") => checked_out.cloned(),
        _ if typed.starts_with("refs/") => Some(typed.into()),
        _ => {
            let mut names =
                ["refs/heads/", "refs/tags/", "refs/remotes/"].map(|before| format!("{before}{typed}")).into_iter();
            let is_meant = |name: &String| {
                let target = scene.refs.get(name.as_str().into()).ok().flatten();
                target.is_some_and(|target| scene.commits().peel(target) == Peeled::Commit(new))
            };
            names.find(is_meant).map(BString::from)
        }
    };
    let local_ref = full.unwrap_or_else(|| typed.into());
    let followed = scene.refs.symbolic_target(local_ref.as_ref())?.filter(|_| local_ref.starts_with(b"refs/remotes/"));
    let local_ref = followed.unwrap_or(local_ref);
    let remote_ref = match side.branch_of(&local_ref) {
        Some(branch) => [b"refs/heads/", branch].concat().into(),
        None => local_ref.clone(),
    };
    let old = match (side, remote_ref.strip_prefix(b"refs/heads/")) {
        (Side::Client { remote: Some(remote), .. }, Some(branch)) => {
            scene.refs.get([b"refs/remotes/", remote.as_slice(), b"/", branch].concat().as_bstr())?
        }
        _ => None,
    };
    Ok(RefUpdate { local_ref, new, remote_ref, old: old.unwrap_or_else(|| new.zero()) })
}

/// The base of a range by its name: `A` of `A..B`, the merge base of `A...B`. An open end is HEAD, as in git.
fn range_base(scene: &Scene, side: &Side, typed: &str) -> Result<Named> {
    let (from, tip) = split_range(typed)?;
    let name = if from.0.is_empty() { "HEAD" } else { from.0 };
    let (name, commit) = scene.resolve_base(side, name)?;
    if !from.1 {
        return Ok((name, commit));
    }
    let tip = scene.resolve(tip)?;
    let merge_base = scene.commits().merge_bases(tip, commit).first().copied();
    let merge_base = merge_base.with_context(|| format!("the two ends of {typed} have no history in common here"))?;
    Ok((format!("the merge base with {name}").into(), merge_base))
}

/// Both ends of a range, and whether it was written with three dots.
pub(super) fn split_range(typed: &str) -> Result<((&str, bool), &str)> {
    let (from, tip, symmetric) = match typed.split_once("...") {
        Some((from, tip)) => (from, tip, true),
        None => {
            let (from, tip) = typed.split_once("..").context("a range is written A..B or A...B")?;
            (from, tip, false)
        }
    };
    Ok(((from, symmetric), if tip.is_empty() { "HEAD" } else { tip }))
}
