//! Judging a push, as git asks for it: its arguments, its standard input, nothing else.

use super::bounded::{self, Draft};
use super::case::Case;
use super::judge;
use super::policy_source;
use super::scene::{Place, Scene};
use crate::guard::announced::{self, Announced};
use crate::guard::base_candidates;
use crate::model::{RefUpdate, Report, Side, Skip, SkipCause, shell_word};
use crate::system::streams;
use anyhow::Result;
use bstr::{BStr, BString};

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
    bounded::judge(move |draft| {
        let place = Place::open()?;
        let scene = Scene::at(&place)?;
        let side = scene.client(request.remote.as_ref().map(AsRef::as_ref), request.url.as_ref().map(AsRef::as_ref));
        let url = request.url.as_ref().map(AsRef::as_ref);
        judge_announced(draft, &scene, &side, url, announced::pre_push)
    })
}

/// Judge what arrives at a server, while it is still in quarantine.
pub fn pre_receive() -> Report {
    bounded::judge(|draft| {
        let place = Place::open()?;
        let scene = Scene::at(&place)?;
        judge_announced(draft, &scene, &Side::Server, None, announced::pre_receive)
    })
}

fn judge_announced(
    draft: &Draft,
    scene: &Scene,
    side: &Side,
    pushed_url: Option<&BStr>,
    read: fn(&[u8]) -> Announced,
) -> Result<()> {
    let head_of = |remote: &[u8]| scene.head_of(side, remote);
    let usual_base = scene.first_of(&base_candidates(None, side, &head_of))?;
    let in_force = policy_source::find(scene, None, usual_base.as_ref());
    in_force.bound(draft);
    let announced = read(&streams::read_stdin()?);
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
