//! One judgement: every ref of a push, by every rule that applies, into the draft of a report.

use super::case::Case;
use super::{history, markers, scope};
use crate::git::commits::Peeled;
use crate::model::{Oid, RefUpdate, Rule, Skip, SkipCause, visible};
use anyhow::Result;
use std::collections::HashSet;

/// Judge all updates. The cheap rules come first, so that the time limit cannot take their answer away.
///
/// # Errors
/// The repository cannot be read.
pub(super) fn updates(case: &Case) -> Result<()> {
    case.draft.update(|report| {
        report.base = case.base.map(|(name, _)| visible(name));
        report.stats.refs = case.updates.len() as u64;
    });
    let tips = tips(case)?;
    if let Some(policy) = case.policy
        && let Err(error) = history::judge(case, policy, &tips)
    {
        // What keeps the merge rules from speaking is no reason to let markers pass.
        let reason = visible(format!("{error:#}"));
        let fault = |rule| Skip { rule: Some(rule), cause: SkipCause::Fault, reason: reason.clone() };
        let faults = [Rule::MergeSource, Rule::ForeignCommits].map(fault);
        case.draft.update(|report| report.skipped.extend(faults));
    }
    // Many refs may carry one commit; it is scanned once, for the ref that weighs most.
    let mut judged = HashSet::new();
    let mut heaviest_first = tips.clone();
    heaviest_first.sort_by_key(|(update, _)| (!update.is_line_of_work(), update.branch().is_none()));
    let marked = heaviest_first
        .into_iter()
        .filter(|(_, tip)| judged.insert(*tip))
        .try_for_each(|(update, tip)| markers::judge(case, update, tip));
    case.draft.update(|report| report.stats.tips = judged.len() as u64);
    // Last, as it alone reads what it judges line by line; what kept the others from speaking does not keep this one.
    if let Some(policy) = case.policy
        && let Err(error) = scope::judge(case, policy, &tips)
    {
        let reason = visible(format!("{error:#}"));
        let fault = Skip { rule: Some(Rule::PatchScope), cause: SkipCause::Fault, reason };
        case.draft.update(|report| report.skipped.push(fault));
    }
    marked
}

/// Judge what is staged. Merges and foreign commits are the business of commits.
///
/// # Errors
/// The index or the repository cannot be read.
pub(super) fn index(case: &Case) -> Result<()> {
    case.draft.update(|report| {
        report.base = case.base.map(|(name, _)| visible(name));
        if case.policy.is_some() {
            let reason = "only commits can be judged by it, which a push does".to_owned();
            let skip = |rule| Skip { rule: Some(rule), cause: SkipCause::NotAsked, reason: reason.clone() };
            report.skipped.extend([Rule::MergeSource, Rule::ForeignCommits].map(skip));
            report.skipped.extend(case.has_scope().then(|| skip(Rule::PatchScope)));
        }
    });
    markers::judge_index(case)
}

/// The commits that are pushed. Deletions, and tags of trees and blobs, bring nothing that could be judged.
fn tips<'a>(case: &Case<'a, '_>) -> Result<Vec<(&'a RefUpdate, Oid)>> {
    let mut commits = case.scene.commits();
    let mut tips = Vec::new();
    for update in case.updates.iter().filter(|update| !update.is_deletion()) {
        match commits.peel(update.new) {
            Peeled::Commit(commit) => tips.push((update, commit)),
            Peeled::NoCommit => {}
            Peeled::Missing(id) => {
                let reason = format!("{}: object {id} is not in this repository", visible(&update.remote_ref));
                let asked = Rule::ALL.into_iter().filter(|&rule| case.has_scope() || rule != Rule::PatchScope);
                asked.for_each(|rule| case.not_here(rule, reason.clone()));
            }
        }
    }
    Ok(tips)
}
