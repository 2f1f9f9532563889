//! What the merge rules found about one ref becomes findings: how certain each is, and by which names people know things.

use super::{Judged, Pardon};
use crate::git::commits::Peeled;
use crate::guard::Lines;
use crate::guard::foreign_commits::{self, ForeignCommits};
use crate::guard::wording::{Pushed, Speaker, short_name};
use crate::model::{Finding, Level, Oid, RefUpdate, Rule, Side, Skip, SkipCause, shell_word, visible};
use crate::ops::case::Case;
use crate::policy::{ForeignCommits as Setting, Policy};
use anyhow::Result;
use bstr::{BString, ByteSlice};

/// Say what was found, as a block where it is certain and as a warning where it is not.
///
/// # Errors
/// The repository cannot be read.
pub(super) fn write(
    case: &Case,
    policy: &Policy,
    update: &RefUpdate,
    lines: &Lines,
    judged: &Judged,
    pardons: &[Pardon],
) -> Result<()> {
    let base = lines.base.first().map(|tip| &tip.name).or(case.base.as_ref().map(|(name, _)| name));
    let base = base.map(|name| in_commands(case, name));
    let (remotes, pushed) = (remotes_of(case, lines), pushed(case, update, judged.history.tip)?);
    let speaker = Speaker {
        reference: update.remote_ref.as_ref(),
        history: &judged.history,
        subject: &|id| case.scene.commits().subject(id),
        base: base.as_deref(),
        remotes: &remotes,
        pushed,
        policy: case.policy_source,
    };
    let mut findings: Vec<Finding> = Vec::new();
    let mut doubts: Vec<(Rule, String)> = Vec::new();
    let mut unsure: Vec<(String, Vec<Oid>)> = Vec::new();
    for found in &judged.parents {
        let doubt = if let Some(gap) = &judged.history.incomplete {
            Some(gap.clone())
        } else if let Some(pardon) = pardons.iter().find(|pardon| pardon.covers(&found.parent)) {
            Some(pardon.why.clone())
        } else if found.branch.is_none() && !lines.missing.is_empty() {
            let names: Vec<_> = lines.missing.iter().map(visible).collect();
            Some(format!("{} has no tracking ref here", names.join(", ")))
        } else {
            None
        };
        let level = if doubt.is_some() { Level::Warn } else { Level::Block };
        if let Some(why) = doubt {
            match unsure.iter_mut().find(|(other, _)| *other == why) {
                Some((_, merges)) => merges.push(found.merge),
                None => unsure.push((why, vec![found.merge])),
            }
        }
        findings.push(speaker.merge_source(found, level));
    }
    for (why, merges) in unsure {
        let which = match &merges[..] {
            [merge] => format!("merge {} is", merge.short()),
            _ => format!("{} merges are", merges.len()),
        };
        doubts.push((Rule::MergeSource, format!("whether {which} allowed cannot be told: {why}")));
    }
    for (found, doubt) in weigh_foreign(judged, pardons) {
        let warn = policy.foreign_commits == Setting::Warn;
        findings
            .push(speaker.foreign_commits(&found, if warn || doubt.is_some() { Level::Warn } else { Level::Block }));
        if let Some(doubt) = doubt.filter(|_| !warn) {
            let branch = short_name(found.branch.name.as_ref());
            let doubt = format!("whether the commits of {branch} are on an allowed branch too cannot be told: {doubt}");
            doubts.push((Rule::ForeignCommits, doubt));
        }
    }
    case.draft.update(|report| {
        report.findings.extend(findings);
        let skip = |(rule, reason)| Skip { rule: Some(rule), cause: SkipCause::NotHere, reason };
        report.skipped.extend(doubts.into_iter().map(skip));
    });
    Ok(())
}

/// The foreign commits, those that may be known after all apart from the others, each with why they may.
fn weigh_foreign(judged: &Judged, pardons: &[Pardon]) -> Vec<(ForeignCommits, Option<String>)> {
    if let Some(gap) = &judged.history.incomplete {
        return judged.foreign.iter().map(|found| (found.clone(), Some(gap.clone()))).collect();
    }
    if judged.foreign.is_empty() || pardons.is_empty() {
        return judged.foreign.iter().map(|found| (found.clone(), None)).collect();
    }
    let covered = |id: &Oid| pardons.iter().find(|pardon| pardon.covers(id));
    let (mut certain, mut doubtful) = (judged.history.clone(), judged.history.clone());
    for id in judged.history.commits.keys() {
        let other = if covered(id).is_some() { &mut certain } else { &mut doubtful };
        other.commits.entry(*id).and_modify(|commit| commit.on = 0);
    }
    let (certain, doubtful) = (foreign_commits::judge(&certain), foreign_commits::judge(&doubtful));
    let why = |found: &ForeignCommits| covered(&found.last).map(|pardon| pardon.why.clone());
    (certain.into_iter().map(|found| (found, None)))
        .chain(doubtful.into_iter().map(|found| (why(&found), found)).map(|(why, found)| (found, why)))
        .collect()
}

/// The remotes of base and allowed branches; with none of them, the one that is pushed to.
fn remotes_of(case: &Case, lines: &Lines) -> Vec<String> {
    let mut remotes: Vec<&BString> = Vec::new();
    for remote in lines.base.iter().chain(lines.allowed).filter_map(|tip| case.side.remote_of(&tip.name)) {
        if !remotes.contains(&remote) {
            remotes.push(remote);
        }
    }
    if let (true, Side::Client { remote: Some(remote), .. }) = (remotes.is_empty(), case.side) {
        remotes.push(remote);
    }
    remotes.into_iter().map(|remote| remote.to_str_lossy().into_owned()).collect()
}

/// What was pushed, as commands can change it here.
fn pushed(case: &Case, update: &RefUpdate, tip: Option<Oid>) -> Result<Pushed> {
    let stands_at_tip = |name: &BString| -> Result<bool> {
        let target = case.scene.refs.get(name.as_ref())?;
        Ok(target.is_some_and(|target| tip.is_some_and(|tip| case.scene.commits().peel(target) == Peeled::Commit(tip))))
    };
    let (local, head) = (&update.local_ref, BString::from("HEAD"));
    if matches!(case.side, Side::Server) {
        return Ok(Pushed::Elsewhere);
    }
    if let Some(tag) = update.remote_ref.strip_prefix(b"refs/tags/") {
        return Ok(Pushed::Tag(shell_word(tag)));
    }
    if *local == head || case.scene.checked_out()?.as_ref() == Some(local) {
        return Ok(if stands_at_tip(&head)? { Pushed::Head } else { Pushed::Elsewhere });
    }
    match local.strip_prefix(b"refs/heads/") {
        Some(branch) if stands_at_tip(local)? => Ok(Pushed::Branch(shell_word(branch))),
        _ => Ok(Pushed::Elsewhere),
    }
}

/// A ref as a command of git takes it, in a shell: by its short name, unless that could mean another one.
fn in_commands(case: &Case, name: &BString) -> String {
    let Some(short) = name.strip_prefix(b"refs/remotes/").filter(|short| !short.starts_with(b"-")) else {
        return shell_word(name.strip_prefix(b"refs/heads/").unwrap_or(name));
    };
    let is_taken = |before: &&str| {
        let other = BString::from([before.as_bytes(), short].concat());
        other != *name && case.scene.refs.get(other.as_ref()).is_ok_and(|target| target.is_some())
    };
    let ambiguous = ["refs/", "refs/tags/", "refs/heads/"].iter().any(is_taken);
    shell_word(if ambiguous { name } else { short })
}
