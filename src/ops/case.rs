//! What a judgement is about, gathered once: every rule takes its facts from here and puts its findings into the draft.

use super::bounded::Draft;
use super::fetched::{self, Brought};
use super::policy_source::InForce;
use super::scene::{Named, Scene};
use crate::git::blobs::Scanned;
use crate::git::trees::Files;
use crate::model::{NewHistory, Oid, RefTable, RefUpdate, Rule, Side, Skip, SkipCause, visible};
use crate::policy::Policy;
use anyhow::Result;
use bstr::{BStr, BString};
use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;

/// Everything that a judgement is about.
pub(super) struct Case<'a, 'p> {
    /// Where.
    pub scene: &'a Scene<'p>,
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
    /// What is judged was asked about by hand and is no local branch: the remote branch that stands at this very commit
    /// is what was asked about, neither a proof nor somebody else's.
    pub is_on_a_remote: bool,
    /// Also report what the base already has.
    pub all: bool,
    /// The report in the making.
    pub draft: &'a Draft,
    /// See [`Case::branches()`].
    pub listed: OnceCell<RefTable>,
    /// See [`Case::brought()`].
    pub brought: OnceCell<Vec<Brought>>,
    /// Contents that one of several tips had and that were found harmless; the second set without any row of `=`.
    pub harmless: RefCell<[HashSet<Oid>; 2]>,
}

impl<'a, 'p> Case<'a, 'p> {
    /// The case of a plain push.
    pub(super) fn new(
        scene: &'a Scene<'p>,
        side: &'a Side,
        in_force: &'a InForce,
        base: Option<&'a Named>,
        updates: &'a [RefUpdate],
        draft: &'a Draft,
    ) -> Case<'a, 'p> {
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
            is_on_a_remote: false,
            all: false,
            draft,
            listed: OnceCell::new(),
            brought: OnceCell::new(),
            harmless: RefCell::default(),
        }
    }

    /// Whether the policy says what a change may be.
    pub(super) fn has_scope(&self) -> bool {
        self.policy.is_some_and(|policy| policy.scope.is_some())
    }

    /// All branches that names of a policy can mean; listed once.
    ///
    /// # Errors
    /// Refs cannot be listed.
    pub(super) fn branches(&self) -> Result<&RefTable> {
        if self.listed.get().is_none() {
            let _ = self.listed.set(self.scene.branches(self.side)?);
        }
        Ok(self.listed.get().expect("it was just listed"))
    }

    /// What the last fetch brought; read once.
    pub(super) fn brought(&self) -> &[Brought] {
        self.brought.get_or_init(|| fetched::brought(self.scene, self.pushed_url))
    }

    /// Note that a rule could not speak because something is not in this repository.
    pub(super) fn not_here(&self, rule: Rule, reason: String) {
        self.draft.update(|report| report.skipped.push(Skip { rule: Some(rule), cause: SkipCause::NotHere, reason }));
    }

    /// The trees whose content is no finding: the base's, those of the best commits it has in common with the tip (what
    /// the base has mended since is no mistake of this push), and the base as the last fetch by URL brought it.
    ///
    /// # Errors
    /// The repository cannot be read.
    pub(super) fn baselines(&self, pushed: Option<(&RefUpdate, Oid)>) -> Result<Vec<Oid>> {
        let Some((name, base)) = self.base else { return Ok(Vec::new()) };
        let mut commits = self.scene.commits();
        let mut known = vec![*base];
        if let Some((update, tip)) = pushed {
            known.extend(commits.merge_bases(tip, *base));
            // A push to the base itself: git has just heard what is there, the tracking ref may be older.
            if update.branch().is_some() && update.branch() == self.side.branch_of(name) {
                known.push(update.old);
            }
        }
        known.extend(
            self.brought().iter().filter(|brought| self.is_base(brought, name)).map(|brought| brought.what.target),
        );
        let mut trees = Vec::new();
        for commit in known {
            match commits.tree(&commit) {
                Some(tree) if !trees.contains(&tree) => trees.push(tree),
                _ => {}
            }
        }
        Ok(trees)
    }

    /// Whether a fetch brought the branch that this ref stands for: from the remote whose ref it is or, where no policy
    /// says which remote is meant, from any that is known.
    fn is_base(&self, brought: &Brought, name: &BString) -> bool {
        let branch = &brought.what.branch;
        let is_its = |remote: &BString| *name == [b"refs/remotes/", remote.as_slice(), b"/", branch].concat();
        let is_plain = self.policy.and_then(|policy| policy.base.as_ref()).is_none_or(|base| base.text() == branch);
        brought.remotes.iter().any(is_its)
            || is_plain && brought.is_known() && self.side.branch_of(name) == Some(branch.as_slice())
    }

    /// Note what a scan read and could not read.
    pub(super) fn note_scan(&self, scanned: &Scanned) {
        self.draft.update(|report| {
            report.stats.blobs += scanned.count;
            report.stats.bytes += scanned.bytes;
        });
        if let [first, rest @ ..] = &scanned.missing[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let reason = format!("content that is not in this repository was not scanned: object {first}{more}");
            self.not_here(Rule::ConflictMarker, reason);
        }
        if let [(_, reason), rest @ ..] = &scanned.unreadable[..] {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            self.not_here(Rule::ConflictMarker, format!("content was not scanned: {}{more}", visible(reason)));
        }
    }

    /// Note which folders could not be looked into.
    pub(super) fn note_unlisted(&self, files: &Files) {
        if files.cut_off {
            let reason = format!("the tree names more files than can be listed; {} were scanned", files.len());
            let fault = Skip { rule: Some(Rule::ConflictMarker), cause: SkipCause::Fault, reason };
            self.draft.update(|report| report.skipped.push(fault));
        }
        if let [first, rest @ ..] = &files.unreadable[..] {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let reason = format!("folders that are not in this repository were not scanned: tree {first}{more}");
            self.not_here(Rule::ConflictMarker, reason);
        }
    }

    /// Note how much was new.
    pub(super) fn count(&self, history: &NewHistory) {
        let merges = history.commits.values().filter(|commit| commit.parents.len() > 1).count();
        self.draft.update(|report| {
            report.stats.new_commits += history.commits.len() as u64;
            report.stats.new_merges += merges as u64;
        });
    }
}
