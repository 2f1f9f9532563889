//! The policy's scope over what is pushed: for each branch the change that it would bring over its base, judged as the
//! patch gate judges a patch.
//!
//! The base itself and allowed branches are not judged, and what a merge brought in from them is nobody's change here. A
//! branch that goes out beside this one is no excuse: it is judged itself, and neither may make the other look small.

use super::case::Case;
use super::change;
use super::history::{self, Fetched};
use crate::git::commits::Peeled;
use crate::guard::wording::short_name;
use crate::guard::{Lines, Sources, Tip};
use crate::model::{
    Decision, Effect, Finding, GateReport, Level, NewHistory, Objection, Oid, PolicyUse, RefUpdate, Rule, Side, Tier,
    shell_word, visible,
};
use crate::patch::{self, Ask};
use crate::policy::{Policy, Scope};
use anyhow::Result;
use std::cell::LazyCell;

/// Judge what all updates (each with its tip, a commit) would bring over the base. Does nothing without a scope.
///
/// # Errors
/// The repository cannot be read.
pub(super) fn judge(case: &Case, policy: &Policy, tips: &[(&RefUpdate, Oid)]) -> Result<()> {
    let Some(scope) = &policy.scope else { return Ok(()) };
    let head_of = |remote: &[u8]| case.scene.head_of(case.side, remote);
    let sources = Sources::new(policy, case.side, case.branches()?, case.updates, &head_of);
    let fetched = LazyCell::new(|| Fetched::of(case, &sources));
    for (update, tip) in tips.iter().filter(|(update, _)| brings_a_change(update) && !sources.exempt(update)) {
        let lines = sources.lines(update);
        let Some(known) = Known::of(case, policy, &lines, update, *tip, &fetched)? else { continue };
        judge_one(case, scope, update, *tip, &known)?;
    }
    Ok(())
}

/// Whether something of this name is to be merged some day: a branch, a review, or a commit that was asked about by hand.
/// Tags and notes are not.
fn brings_a_change(update: &RefUpdate) -> bool {
    let name = &update.remote_ref;
    name.starts_with(b"refs/heads/") || name.starts_with(b"refs/for/") || !name.starts_with(b"refs/")
}

/// Whose work is no part of the change.
struct Known {
    /// The base, as people call it.
    name: String,
    /// Its tips.
    base: Vec<Oid>,
    /// The tips of allowed branches.
    allowed: Vec<Oid>,
    /// Tips that may count too, each with why that is not certain.
    doubtful: Vec<(String, Vec<Oid>)>,
    /// What is not here, so that the change may look larger than it is.
    gap: Option<String>,
}

impl Known {
    /// `None` where nothing can be told; that has been said then.
    fn of<'f>(
        case: &Case,
        policy: &Policy,
        lines: &Lines,
        update: &RefUpdate,
        tip: Oid,
        fetched: &LazyCell<Fetched, impl FnOnce() -> Fetched + 'f>,
    ) -> Result<Option<Known>> {
        let typed = case.base.filter(|_| !case.also_known.is_empty());
        let Some(name) = typed.map(|(name, _)| name).or(lines.base.first().map(|tip| &tip.name)) else {
            case.not_here(Rule::PatchScope, history::base_missing(policy, update));
            return Ok(None);
        };
        let goes_out =
            |tip: &&Tip| case.updates.iter().any(|other| other.remote_ref == tip.name && other.new == tip.target);
        let typed_base = typed.map(|(_, commit)| *commit);
        let of_base = lines.base.iter().filter(|_| typed.is_none());
        let (base_out, base): (Vec<&Tip>, Vec<&Tip>) = of_base.partition(goes_out);
        let (allowed_out, allowed): (Vec<&Tip>, Vec<&Tip>) = lines.allowed.iter().partition(goes_out);
        let (base, base_gap) = commits_here(case, &base);
        let (mut allowed, gap) = commits_here(case, &allowed);
        allowed.extend(&fetched.vouched);
        let mut base: Vec<Oid> = typed_base.into_iter().chain(base).collect();
        let is_shallow = !case.scene.repo.shallow_commits()?.is_empty();
        let namesakes =
            history::namesakes(lines).map(|(why, id)| (why, case.scene.commit_here(id).into_iter().collect()));
        let mut doubtful: Vec<(String, Vec<Oid>)> = fetched.doubtful.iter().cloned().chain(namesakes).collect();
        let may_miss = matches!(case.side, Side::Client { .. }) && !lines.missing.is_empty();
        if is_shallow || may_miss || !base_out.is_empty() || !allowed_out.is_empty() {
            let new = case.scene.commits().new_history(tip, &[&base[..], &allowed].concat(), &[]);
            if is_shallow && new.commits.values().any(|commit| commit.parents.is_empty()) {
                let name = short_name(update.remote_ref.as_ref());
                let reason = "this clone is shallow, so what it changes cannot be told; git fetch --unshallow helps";
                case.not_here(Rule::PatchScope, format!("{name}: {reason}"));
                return Ok(None);
            }
            // Two refs that go out with the same merge must not vouch for each other: only what lies below counts.
            let below = |id: &Oid| *id != tip && new.commits.contains_key(id);
            let (base_out, allowed_out) = (commits_here(case, &base_out).0, commits_here(case, &allowed_out).0);
            allowed.extend(allowed_out.into_iter().filter(below));
            let is_first = base.is_empty() && base_gap.is_none();
            base.extend(base_out.into_iter().filter(|id| is_first || below(id)));
            if may_miss {
                let names: Vec<_> = lines.missing.iter().map(visible).collect();
                doubtful.push((format!("{} has no tracking ref here", names.join(", ")), merged(&new)));
            }
        }
        if base.is_empty() {
            let reason = base_gap.unwrap_or_else(|| "the base leads to no commit".to_owned());
            case.not_here(Rule::PatchScope, format!("{}: {reason}", short_name(update.remote_ref.as_ref())));
            return Ok(None);
        }
        doubtful.retain(|(_, ids)| !ids.is_empty());
        Ok(Some(Known { name: short_name(name.as_ref()).to_string(), base, allowed, doubtful, gap }))
    }
}

/// The commits that these stand for, and which of them is not here.
fn commits_here(case: &Case, tips: &[&Tip]) -> (Vec<Oid>, Option<String>) {
    let (mut found, mut gap) = (Vec::new(), None);
    for tip in tips {
        match case.scene.commits().peel(tip.target) {
            Peeled::Commit(commit) => found.push(commit),
            Peeled::Missing(id) => {
                gap = Some(format!("commit {id} of {} is not in this repository", short_name(tip.name.as_ref())));
            }
            Peeled::NoCommit => {}
        }
    }
    (found, gap)
}

/// What new merges on the branch's own line brought in that is new as well.
fn merged(new: &NewHistory) -> Vec<Oid> {
    let own = new.own_line();
    let merges = own.iter().flat_map(|id| new.commits[id].parents.iter().skip(1));
    merges.filter(|parent| new.commits.contains_key(parent) && !own.contains(parent)).copied().collect()
}

fn judge_one(case: &Case, scope: &Scope, update: &RefUpdate, tip: Oid, known: &Known) -> Result<()> {
    let name = short_name(update.remote_ref.as_ref()).to_string();
    let report = match review(case, scope, tip, known, &known.allowed)? {
        Answer::Nothing => return Ok(()),
        Answer::CannotTell(reason) => {
            case.not_here(Rule::PatchScope, format!("{name}: {reason}"));
            return Ok(());
        }
        Answer::Judged(report) => report,
    };
    if report.decision == Decision::Deny {
        let doubt = pardon(case, scope, tip, known)?.or_else(|| known.gap.clone());
        let level = if doubt.is_some() { Level::Warn } else { Level::Block };
        if let Some(doubt) = doubt {
            case.not_here(Rule::PatchScope, format!("{name}: whose change it is cannot be told: {doubt}"));
        }
        let findings = findings(case, update, tip, known, &report, level);
        case.draft.update(|report| report.findings.extend(findings));
    } else if report.decision == Decision::Review {
        let notice = notice(&name, &report);
        case.draft.update(|report| report.notices.push(notice));
    }
    Ok(())
}

/// Why a denied change may be in scope after all: it is, once a branch counts that may well be meant to.
fn pardon(case: &Case, scope: &Scope, tip: Oid, known: &Known) -> Result<Option<String>> {
    for (why, ids) in &known.doubtful {
        let answer = review(case, scope, tip, known, &[&known.allowed[..], ids].concat())?;
        let is_denied = matches!(&answer, Answer::Judged(report) if report.decision == Decision::Deny);
        if !is_denied {
            return Ok(Some(why.clone()));
        }
    }
    Ok(None)
}

/// What came of one look at a change.
enum Answer {
    /// It brings nothing.
    Nothing,
    /// Something is not in this repository.
    CannotTell(String),
    Judged(GateReport),
}

fn review(case: &Case, scope: &Scope, tip: Oid, known: &Known, allowed: &[Oid]) -> Result<Answer> {
    let mut commits = case.scene.commits();
    let mut meeting: Vec<Oid> = Vec::new();
    for base in &known.base {
        meeting.extend(commits.merge_bases(tip, *base));
    }
    if meeting.is_empty() {
        let reason = format!("it has no history in common with {} here, so what it changes cannot be told", known.name);
        return Ok(Answer::CannotTell(reason));
    }
    if meeting.contains(&tip) {
        return Ok(Answer::Nothing);
    }
    let mut baselines = meeting;
    baselines.extend(&known.base);
    if !allowed.is_empty() {
        baselines.extend(commits.meeting_points(tip, &[&known.base[..], allowed].concat()));
    }
    let mut olds: Vec<Option<Oid>> = Vec::new();
    for commit in &baselines {
        match commits.tree(commit) {
            Some(tree) if olds.contains(&Some(tree)) => {}
            Some(tree) => olds.push(Some(tree)),
            None => return Ok(Answer::CannotTell(format!("commit {commit} is not in this repository"))),
        }
    }
    let Some(new) = commits.tree(&tip) else {
        return Ok(Answer::CannotTell(format!("the tree of commit {tip} is not in this repository")));
    };
    let base_tree = commits.tree(&known.base[0]);
    drop(commits);
    if olds.contains(&Some(new)) {
        return Ok(Answer::Nothing);
    }
    let mut facts = match change::facts(case.scene.store, Some(new), &olds, None, scope) {
        Ok(facts) => facts,
        Err(error) => return Ok(Answer::CannotTell(visible(format!("{error:#}")))),
    };
    facts.base = baselines[0].short();
    if facts.changes.is_empty() {
        return Ok(Answer::Nothing);
    }
    // Who owns a path adds a name to a notice; that it cannot be read takes no judgement away.
    facts.owners = base_tree.and_then(|tree| change::owners(case.scene.store, tree).ok().flatten());
    let report = patch::judge(&facts, scope, &Ask::default(), PolicyUse::default(), known.name.clone());
    // What could not be read might be one reason more against it, and none less.
    Ok(match facts.gap {
        Some(gap) if report.decision != Decision::Deny => Answer::CannotTell(gap),
        _ => Answer::Judged(report),
    })
}

/// What stands against a change, each as a finding.
fn findings(
    case: &Case,
    update: &RefUpdate,
    tip: Oid,
    known: &Known,
    report: &GateReport,
    level: Level,
) -> Vec<Finding> {
    // What was typed may be no name of a commit; ids are.
    let base = if case.also_known.is_empty() { known.name.clone() } else { known.base[0].to_string() };
    let range = shell_word(format!("{base}..{tip}"));
    // Whoever pushes to a server may have another policy, or none.
    let whole = match case.side {
        Side::Server => "the policy of the server decides; whoever keeps it can say what it asks for".to_owned(),
        Side::Client { .. } => format!("the whole change: ci-guard patch check --range {range}"),
    };
    let denials = report.objections.iter().filter(|objection| objection.effect == Effect::Deny);
    let finding = |objection: &Objection| Finding {
        rule: Rule::PatchScope,
        level,
        reference: Some(update.remote_ref.clone()),
        commit: Some(tip),
        path: objection.path.clone(),
        line: objection.line,
        end_line: objection.line,
        message: format!("[{}] {}", objection.code, objection.message),
        help: [&objection.help[..], std::slice::from_ref(&whole)].concat(),
    };
    denials.map(finding).collect()
}

/// One line about who must approve a change, and why.
fn notice(name: &str, report: &GateReport) -> String {
    const OWNERS: usize = 5;
    let who = match (&report.owners[..], report.tier) {
        ([], Tier::Low) => "by a maintainer".to_owned(),
        ([], Tier::Medium) => "by a code owner".to_owned(),
        ([], Tier::High) => "by somebody who goes through it".to_owned(),
        (owners, _) => {
            let more = owners.len().saturating_sub(OWNERS);
            let named = owners.iter().take(OWNERS).map(visible).collect::<Vec<_>>().join(" ");
            if more == 0 { format!("by {named}") } else { format!("by {named} and {more} more") }
        }
    };
    // What weighs most says why; a doubt about the whole change weighs more than any single file.
    let heaviest = report.objections.iter().filter(|o| o.effect == Effect::Review(report.tier)).collect::<Vec<_>>();
    let reason = match &heaviest[..] {
        [] => report.reasons.last().cloned().unwrap_or_default(),
        [first, ..] => {
            let path = first.path.as_ref().map(visible).filter(|path| !first.message.contains(path));
            let path = path.map_or(String::new(), |path| format!("{path}: "));
            let others = report.objections.len() - 1;
            let more = if others == 0 { String::new() } else { format!(" (and {others} more)") };
            format!("{path}{}{more}", first.message)
        }
    };
    format!("{name} needs approval {who} ({} risk): {reason}", report.tier.id())
}
