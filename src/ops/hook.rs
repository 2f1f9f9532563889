//! Judging a push, as git asks for it: its arguments, its standard input, nothing else.

use super::bounded::{self, Draft};
use super::judge::{self, Case};
use super::policy_source;
use super::scene::{Place, Scene};
use crate::guard::announced::{self, Announced};
use crate::guard::base_candidates;
use crate::model::{Report, Side, Skip, SkipCause};
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
    in_force.announce(draft);
    let announced = read(&streams::read_stdin()?);
    draft.update(|report| {
        let fault = |reason| Skip { rule: None, cause: SkipCause::Fault, reason };
        report.skipped.extend(announced.unreadable.into_iter().map(fault));
    });
    let base = match &in_force.policy {
        Some(policy) => scene.first_of(&base_candidates(Some(policy), side, &head_of))?,
        None => usual_base,
    };
    judge::updates(&Case { pushed_url, ..Case::new(scene, side, &in_force, base.as_ref(), &announced.updates, draft) })
}
