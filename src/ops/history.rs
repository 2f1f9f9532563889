//! The merge rules over one pushed ref: gather what is new, have it judged, and weigh what cannot be known here.

mod report;

use super::case::Case;
use crate::git::commits::Peeled;
use crate::git::walk::Branch;
use crate::guard::foreign_commits::{self, ForeignCommits};
use crate::guard::merge_source::{self, ForeignParent};
use crate::guard::wording::short_name;
use crate::guard::{Lines, Sources, Tip};
use crate::model::{NewHistory, Oid, RefUpdate, Rule, Side, visible};
use crate::policy::{ForeignCommits as Setting, Policy};
use anyhow::Result;
use bstr::BString;
use std::cell::LazyCell;

/// How many branches of other remotes are asked whether they may be meant.
const NAMESAKES: usize = 16;

/// What the two rules found about one ref.
struct Judged {
    history: NewHistory,
    parents: Vec<ForeignParent>,
    foreign: Vec<ForeignCommits>,
}

impl Judged {
    fn is_clean(&self) -> bool {
        self.parents.is_empty() && self.foreign.is_empty()
    }
}

/// A branch that may well be meant to count as known, why that is not certain, and what would be new if it did.
struct Pardon {
    why: String,
    new: NewHistory,
}

impl Pardon {
    fn covers(&self, id: &Oid) -> bool {
        !self.new.commits.contains_key(id)
    }
}

/// Judge what all updates (each with its tip, a commit) would add, by what the policy's names mean here.
///
/// # Errors
/// The repository cannot be read.
pub(super) fn judge(case: &Case, policy: &Policy, tips: &[(&RefUpdate, Oid)]) -> Result<()> {
    let head_of = |remote: &[u8]| case.scene.head_of(case.side, remote);
    let sources = Sources::new(policy, case.side, case.branches()?, case.updates, &head_of);
    let fetched = LazyCell::new(|| Fetched::of(case, &sources));
    for (update, tip) in tips.iter().filter(|(update, _)| !sources.exempt(update)) {
        judge_one(case, policy, &sources.lines(update), update, *tip, &fetched)?;
    }
    Ok(())
}

fn judge_one<'f>(
    case: &Case,
    policy: &Policy,
    lines: &Lines,
    update: &RefUpdate,
    tip: Oid,
    fetched: &LazyCell<Fetched, impl FnOnce() -> Fetched + 'f>,
) -> Result<()> {
    let typed_base = case.also_known;
    if lines.base_missing && typed_base.is_empty() {
        let reason = base_missing(policy, update);
        [Rule::MergeSource, Rule::ForeignCommits].into_iter().for_each(|rule| case.not_here(rule, reason.clone()));
        return Ok(());
    }
    // Branches that go out in the same push vouch only for what lies strictly below this tip: two refs that carry the
    // same merge must not vouch for each other.
    let goes_out =
        |tip: &&Tip| case.updates.iter().any(|other| other.remote_ref == tip.name && other.new == tip.target);
    let (together, fixed): (Vec<&Tip>, Vec<&Tip>) = lines.base.iter().chain(lines.allowed).partition(goes_out);
    let together = together.iter().map(|tip| tip.target).chain(lines.together.iter().map(|other| other.new));
    let is_asked = |own: &Tip| case.is_on_a_remote && own.target == tip;
    let own = lines.own.iter().filter(|own| !case.ignore_own && !is_asked(own)).map(|own| own.target);
    // A branch that should be known and is not here leaves a gap. What the remote has now may never have been fetched.
    let known = fixed.iter().filter_map(|tip| commit_or_gap(case, tip.target));
    let known: Vec<Oid> =
        known.chain(own.filter_map(|id| case.scene.commit_here(id))).chain(typed_base.to_owned()).collect();
    let mut outside = outside(case.side, lines);
    if case.is_on_a_remote {
        leave_out_the_asked(case, policy, tip, &mut outside);
    }

    let new_over = |more: &[Oid]| -> NewHistory {
        let mut history = case.scene.commits().new_history(tip, &[&known, more].concat(), &outside);
        history.tip_is_stash = is_stash(update);
        history
    };
    let look = |history: NewHistory| -> Judged {
        let parents = merge_source::judge(&history);
        let foreign =
            if policy.foreign_commits == Setting::Off { Vec::new() } else { foreign_commits::judge(&history) };
        Judged { history, parents, foreign }
    };
    let mut judged = look(new_over(&[]));
    case.count(&judged.history);
    if judged.is_clean() {
        return Ok(());
    }
    let below = together.filter_map(|id| case.scene.commit_here(id)).filter(|id| *id != tip);
    let below = below.filter(|id| judged.history.commits.contains_key(id));
    let more: Vec<Oid> = below.chain(fetched.vouched.iter().copied()).collect();
    if !more.is_empty() {
        judged = look(new_over(&more));
    }
    if judged.is_clean() || is_tag_of_known_work(update, &judged.history) {
        return Ok(());
    }
    let pardon = |(why, ids): (String, Vec<Oid>)| Pardon { why, new: new_over(&[more.clone(), ids].concat()) };
    let namesakes: Vec<Pardon> = namesakes(lines).map(|(why, id)| pardon((why, vec![id]))).collect();
    // A merge that such a branch has itself was made by whoever keeps it.
    judged.parents.retain(|found| !namesakes.iter().any(|namesake| namesake.covers(&found.merge)));
    let pardons: Vec<Pardon> = fetched.doubtful.iter().cloned().map(pardon).chain(namesakes).collect();
    report::write(case, policy, update, lines, &judged, &pardons)
}

/// Why nothing can be told of a ref where the base is not.
pub(super) fn base_missing(policy: &Policy, update: &RefUpdate) -> String {
    let name = policy.base.as_ref().map_or(String::new(), |name| format!(" {}", visible(name.text())));
    format!(
        "{}: the base branch{name} has no tracking ref here, so what is new cannot be told; git fetch brings it",
        short_name(update.remote_ref.as_ref()),
    )
}

/// What the last fetch brought of the base and of allowed branches.
#[derive(Default)]
pub(super) struct Fetched {
    /// From an address that is a remote of this repository, or that is pushed to.
    pub(super) vouched: Vec<Oid>,
    /// From anywhere else, with what is to be said of it.
    pub(super) doubtful: Vec<(String, Vec<Oid>)>,
}

impl Fetched {
    pub(super) fn of(case: &Case, sources: &Sources) -> Fetched {
        let all_remotes = match case.side {
            Side::Client { remotes, .. } => &remotes[..],
            Side::Server => &[],
        };
        let mut all = Fetched::default();
        for brought in case.brought() {
            let branch = brought.what.branch.as_ref();
            let means = |remote: Option<&BString>| sources.mean(remote.map(|remote| remote.as_ref()), branch);
            let means_one_of = |remotes: &[BString]| remotes.iter().any(|remote| means(Some(remote)));
            if means_one_of(&brought.remotes) || brought.is_pushed_to && means(None) {
                all.vouched.extend(case.scene.commit_here(brought.what.target));
            } else if !brought.is_known() && (means(None) || means_one_of(all_remotes)) {
                let place = visible(&brought.what.url);
                let why = format!("it was fetched from {place}, which is no remote of this repository");
                all.doubtful.push((why, case.scene.commit_here(brought.what.target).into_iter().collect()));
            }
        }
        all
    }
}

/// Branches of other remotes that bear a name of the policy: in a fork, `upstream/main` may well be the base that is
/// meant, and nothing says so.
pub(super) fn namesakes(lines: &Lines) -> impl Iterator<Item = (String, Oid)> {
    lines.namesakes.iter().take(NAMESAKES).map(|tip| {
        let why = format!("it is on {0}; if that is meant, the policy has to say {0}", short_name(tip.name.as_ref()));
        (why, tip.target)
    })
}

/// The commit behind an id or, for a walk to stumble over, what is missing of it.
fn commit_or_gap(case: &Case, id: Oid) -> Option<Oid> {
    match case.scene.commits().peel(id) {
        Peeled::Commit(commit) | Peeled::Missing(commit) => Some(commit),
        Peeled::NoCommit => None,
    }
}

fn outside(side: &Side, lines: &Lines) -> Vec<Branch> {
    let ours = match side {
        Side::Client { remote: Some(remote), .. } => format!("refs/remotes/{remote}/"),
        Side::Client { remote: None, .. } => String::new(),
        Side::Server => "refs/heads/".to_owned(),
    };
    let branch = |tip: &Tip| Branch {
        name: tip.name.clone(),
        target: tip.target,
        same_remote: !ours.is_empty() && tip.name.starts_with(ours.as_bytes()),
    };
    lines.outside.iter().map(|tip| branch(tip)).collect()
}

/// A commit that was asked about by hand, and not by a local branch, comes from the remote branch that stands there; if
/// there are several, from the one that the policy calls the feature.
fn leave_out_the_asked(case: &Case, policy: &Policy, tip: Oid, outside: &mut Vec<Branch>) {
    let is_feature = |branch: &Branch| {
        let name = case.side.branch_of(&branch.name).unwrap_or_default();
        policy.feature.as_ref().is_some_and(|feature| feature.matches(name))
    };
    let any_feature = outside.iter().any(|branch| branch.target == tip && is_feature(branch));
    outside.retain(|branch| branch.target != tip || any_feature && !is_feature(branch));
}

/// Whether this is a tag on a commit that some branch of a remote has: a tag is no branch to bring anything to.
fn is_tag_of_known_work(update: &RefUpdate, history: &NewHistory) -> bool {
    let tip = history.tip.and_then(|tip| history.commits.get(&tip));
    update.remote_ref.starts_with(b"refs/tags/") && tip.is_some_and(|tip| tip.on != 0)
}

/// Whether what is pushed was typed as a stash.
fn is_stash(update: &RefUpdate) -> bool {
    let typed = update.local_ref.strip_prefix(b"refs/").unwrap_or(&update.local_ref);
    typed == b"stash" || typed.starts_with(b"stash@{")
}
