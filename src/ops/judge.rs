//! One judgement: every ref of a push, by every rule that applies, into the draft of a report.

use super::bounded::Draft;
use super::policy_source::InForce;
use super::scene::{Named, Scene};
use super::{history, markers};
use crate::git::commits::Peeled;
use crate::model::{NewHistory, Oid, RefTable, RefUpdate, Rule, Side, Skip, SkipCause, visible};
use crate::policy::Policy;
use anyhow::Result;
use bstr::BStr;
use std::cell::OnceCell;
use std::collections::HashSet;

/// Everything that a judgement is about.
pub struct Case<'a> {
    /// Where.
    pub scene: &'a Scene,
    /// On which side of the wire.
    pub side: &'a Side,
    /// The policy, if one is in force.
    pub policy: Option<&'a Policy>,
    /// Where the policy was read.
    pub policy_source: &'a str,
    /// The base branch: what it has is no finding.
    pub base: Option<&'a Named>,
    /// What is pushed.
    pub updates: &'a [RefUpdate],
    /// Where it is pushed to, when that is known.
    pub pushed_url: Option<&'a BStr>,
    /// Further commits whose history counts as known: the start of a range.
    pub also_known: &'a [Oid],
    /// Leave out what the branch's own remote-tracking ref has: a range says itself what is new.
    pub ignore_own: bool,
    /// Also report what the base already has.
    pub all: bool,
    /// The report in the making.
    pub draft: &'a Draft,
    branches: OnceCell<RefTable>,
}

impl<'a> Case<'a> {
    /// The case of a plain push.
    pub fn new(
        scene: &'a Scene,
        side: &'a Side,
        in_force: &'a InForce,
        base: Option<&'a Named>,
        updates: &'a [RefUpdate],
        draft: &'a Draft,
    ) -> Case<'a> {
        Case {
            scene,
            side,
            policy: in_force.policy.as_ref(),
            policy_source: in_force.used.source.as_deref().unwrap_or_default(),
            base,
            updates,
            pushed_url: None,
            also_known: &[],
            ignore_own: false,
            all: false,
            draft,
            branches: OnceCell::new(),
        }
    }

    /// All branches that names of a policy can mean; listed once.
    ///
    /// # Errors
    /// Refs cannot be listed.
    pub fn branches(&self) -> Result<&RefTable> {
        if self.branches.get().is_none() {
            let _ = self.branches.set(self.scene.branches(self.side)?);
        }
        Ok(self.branches.get().expect("it was just listed"))
    }

    /// Note that a rule could not speak because something is not in this repository.
    pub fn not_here(&self, rule: Rule, reason: String) {
        self.draft.update(|report| report.skipped.push(Skip { rule: Some(rule), cause: SkipCause::NotHere, reason }));
    }

    /// Note how much was new.
    pub fn count(&self, history: &NewHistory) {
        let merges = history.commits.values().filter(|commit| commit.parents.len() > 1).count();
        self.draft.update(|report| {
            report.stats.new_commits += history.commits.len() as u64;
            report.stats.new_merges += merges as u64;
        });
    }
}

/// Judge all updates. The cheap rules come first, so that the time limit cannot take their answer away.
///
/// # Errors
/// The repository cannot be read.
pub fn updates(case: &Case) -> Result<()> {
    case.draft.update(|report| {
        report.base = case.base.map(|(name, _)| visible(name));
        report.stats.refs = case.updates.len() as u64;
    });
    let tips = tips(case)?;
    let pushed: Vec<Oid> = tips.iter().map(|(_, tip)| *tip).collect();
    if let Some(policy) = case.policy {
        for (update, tip) in &tips {
            history::judge(case, policy, update, *tip, &pushed)?;
        }
    }
    let mut seen = HashSet::new();
    for (update, tip) in &tips {
        if seen.insert(*tip) {
            markers::judge(case, update, *tip)?;
        }
    }
    case.draft.update(|report| report.stats.tips = seen.len() as u64);
    Ok(())
}

/// The commits that are pushed. Deletions, and tags of trees and blobs, bring nothing that could be judged.
fn tips<'a>(case: &Case<'a>) -> Result<Vec<(&'a RefUpdate, Oid)>> {
    let mut commits = case.scene.commits()?;
    let mut tips = Vec::new();
    for update in case.updates.iter().filter(|update| !update.is_deletion()) {
        match commits.peel(update.new) {
            Peeled::Commit(commit) => tips.push((update, commit)),
            Peeled::NoCommit => {}
            Peeled::Missing(id) => {
                let reason = format!("{}: object {id} is not in this repository", visible(&update.remote_ref));
                Rule::ALL.into_iter().for_each(|rule| case.not_here(rule, reason.clone()));
            }
        }
    }
    Ok(tips)
}
