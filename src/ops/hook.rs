//! Judging a push, as git asks for it: its arguments, its standard input, nothing else.

use super::audit;
use super::bounded::{self, Draft};
use super::case::Case;
use super::judge;
use super::policy_source;
use super::scene::{Place, Scene};
use crate::guard::announced::{self, Announced};
use crate::guard::base_candidates;
use crate::guard::handed::{self, Handed};
use crate::model::{Oid, RefUpdate, Report, Side, Skip, SkipCause, shell_word, visible};
use crate::system::{env, streams};
use anyhow::{Result, bail};
use bstr::{BStr, BString, ByteSlice, ByteVec};
use std::sync::{Arc, Mutex, PoisonError};

/// What git tells pre-push on its command line.
#[derive(Clone, Debug, Default)]
pub struct PrePush {
    /// The remote's name, or its URL where it has none.
    pub remote: Option<BString>,
    /// The URL that is pushed to.
    pub url: Option<BString>,
}

/// Judge what leaves a clone.
pub fn pre_push(request: PrePush) -> Report {
    let pushed: Arc<Mutex<Pushed>> = Arc::default();
    let theirs = pushed.clone();
    let report = bounded::judge(move |draft| {
        let place = Place::open()?;
        let scene = Scene::at(&place)?;
        let handed = handed::ref_of_push(&|name| Vec::from_os_string(env::var(name)?).ok().map(BString::from));
        let remote = request.remote.as_ref().or(handed.as_ref().and_then(|handed| handed.remote.as_ref()));
        let url = request.url.as_ref().or(handed.as_ref().and_then(|handed| handed.url.as_ref())).map(AsRef::as_ref);
        let side = scene.client(remote.map(AsRef::as_ref), url);
        judge_announced(draft, &scene, &side, url, || {
            let announced = read_push(draft, &scene, &side, handed.as_ref())?;
            let url = url.map(ToOwned::to_owned);
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Pushed { updates: announced.updates.clone(), url };
            Ok(announced)
        })
    });
    let pushed = std::mem::take(&mut *pushed.lock().unwrap_or_else(PoisonError::into_inner));
    audit::pushed(&report, pushed.updates, pushed.url);
    report
}

/// What a push was told to be, for the audit stream.
#[derive(Default)]
struct Pushed {
    updates: Vec<RefUpdate>,
    url: Option<BString>,
}

/// Judge what arrives at a server, while it is still in quarantine.
pub fn pre_receive() -> Report {
    bounded::judge(|draft| {
        let place = Place::open()?;
        let scene = Scene::at(&place)?;
        judge_announced(draft, &scene, &Side::Server, None, || Ok(announced::pre_receive(&streams::read_stdin()?)))
    })
}

/// What is pushed: what git says or, where a hook manager has read that already, the one ref that it hands over.
fn read_push(draft: &Draft, scene: &Scene, side: &Side, handed: Option<&Handed>) -> Result<Announced> {
    let read = streams::read_stdin();
    let Some(handed) = handed else {
        let announced = announced::pre_push(&read?);
        // git always gives a pipe, also where there is nothing to push.
        if announced == Announced::default() && streams::is_stdin_a_device() {
            bail!(
                "nothing of the push reached ci-guard: a hook manager keeps what git says to itself; see docs/managers.md"
            );
        }
        return Ok(announced);
    };
    let announced = announced::pre_push(&read.unwrap_or_default());
    if announced != Announced::default() {
        return Ok(announced); // git itself asks, inside of somebody's hook
    }
    let update = update(scene, side, handed)?;
    let notice = format!(
        "the hook manager hands over one ref of a push ({}): if this one has more, they were NOT checked",
        visible(&update.remote_ref)
    );
    draft.update(|report| report.notices.push(notice));
    Ok(Announced { updates: vec![update], unreadable: Vec::new() })
}

/// The ref that was handed over. What the remote has there is taken from its tracking ref: what the manager calls the start may
/// be a commit of any branch.
fn update(scene: &Scene, side: &Side, handed: &Handed) -> Result<RefUpdate> {
    let typed = handed.new.as_ref().unwrap_or(&handed.local_ref);
    let new = match Oid::from_hex(typed) {
        Some(id) => id,
        None => scene.resolve(&typed.to_str_lossy())?,
    };
    let tracking = match (side, handed.remote_ref.strip_prefix(b"refs/heads/")) {
        (Side::Client { remote: Some(remote), .. }, Some(branch)) => {
            scene.refs.get(BStr::new(&[b"refs/remotes/", &remote[..], b"/", branch].concat()))?
        }
        _ => None,
    };
    let old = tracking.unwrap_or_else(|| new.zero());
    Ok(RefUpdate { local_ref: handed.local_ref.clone(), new, remote_ref: handed.remote_ref.clone(), old })
}

fn judge_announced(
    draft: &Draft,
    scene: &Scene,
    side: &Side,
    pushed_url: Option<&BStr>,
    read: impl FnOnce() -> Result<Announced>,
) -> Result<()> {
    let head_of = |remote: &[u8]| scene.head_of(side, remote);
    let usual_base = scene.first_of(&base_candidates(None, side, &head_of))?;
    let in_force = policy_source::find(scene, None, usual_base.as_ref());
    in_force.bound(draft);
    let announced = read()?;
    draft.update(|report| {
        let fault = |reason| Skip { rule: None, cause: SkipCause::Fault, reason };
        report.skipped.extend(announced.unreadable.into_iter().map(fault));
    });
    if announced.updates.iter().all(RefUpdate::is_deletion) {
        return Ok(()); // and then it does not matter either what is wrong with the policy
    }
    in_force.announce(draft);
    let base = match &in_force.policy {
        Some(policy) => scene.first_of(&base_candidates(Some(policy), side, &head_of))?,
        None => usual_base,
    };
    let case = Case { pushed_url, ..Case::new(scene, side, &in_force, base.as_ref(), &announced.updates, draft) };
    let outcome = judge::updates(&case);
    draft.update(|report| report.by_hand = by_hand(scene, &announced.updates, report));
    outcome
}

/// What `check` would have to be told to judge the ref with the worst finding: nothing when it is checked out.
fn by_hand(scene: &Scene, updates: &[RefUpdate], report: &Report) -> Option<String> {
    let worst = report.findings.iter().min_by_key(|finding| finding.level)?;
    let update = updates.iter().find(|update| Some(&update.remote_ref) == worst.reference.as_ref())?;
    let checked_out = scene.checked_out().ok().flatten();
    if update.local_ref == "HEAD" || Some(&update.local_ref) == checked_out.as_ref() {
        return None;
    }
    match update.local_ref.strip_prefix(b"refs/heads/") {
        Some(branch) => Some(shell_word(branch)),
        None => Some(update.new.to_string()),
    }
}
