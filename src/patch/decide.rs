//! The decision: what the rules found, how risky that makes the change, and who is asked.

use super::facts::{Ask, Change, Checks, Facts};
use super::rules;
use crate::model::{Code, Decision, Effect, GateReport, Objection, PolicyUse, Status, Tier, counted};
use crate::policy::Scope;
use bstr::ByteSlice;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// More files than this are a broad change.
const BROAD_FILES: usize = 10;

/// More folders at the top of the tree than this are a broad change.
const BROAD_FOLDERS: usize = 3;

/// Judge a change. `base` says for people what it was judged upon.
pub fn judge(facts: &Facts, scope: &Scope, ask: &Ask, policy: PolicyUse, base: String) -> GateReport {
    let mut objections = rules::judge(facts, scope, ask);
    objections.sort_by_cached_key(|o| (o.effect != Effect::Deny, o.code, o.path.clone(), o.line, o.patch_line));
    objections.dedup();
    let denied = objections.iter().any(|objection| objection.effect == Effect::Deny);
    let doubts = doubts(facts, scope, ask);
    let asked = objections.iter().filter_map(|objection| match objection.effect {
        Effect::Review(tier) => Some(tier),
        Effect::Deny => None,
    });
    let asked = asked.max().unwrap_or(Tier::Low);
    let tier = if denied || !doubts.is_empty() { Tier::High } else { asked };
    let decision = match tier {
        _ if denied => Decision::Deny,
        Tier::Low if objections.is_empty() && !scope.require_human_approval => Decision::Allow,
        _ => Decision::Review,
    };
    let mut reasons = reasons(&objections);
    reasons.extend(doubts);
    if scope.require_human_approval && !denied {
        reasons.push("the policy asks for a person's approval of every change".into());
    }
    GateReport {
        decision,
        tier,
        owners: owners(facts, &objections, tier),
        reasons,
        objections,
        lines: facts.changes.iter().map(|change| change.file.added + change.file.deleted).sum(),
        files: facts.changes.iter().map(|change| change.file.clone()).collect(),
        policy,
        base,
    }
}

/// The objections in short, in their order: what each code is about, once.
fn reasons(objections: &[Objection]) -> Vec<String> {
    let mut codes: Vec<Code> = Vec::new();
    for objection in objections {
        if !codes.contains(&objection.code) {
            codes.push(objection.code);
        }
    }
    let reasons = codes.into_iter().map(|code| {
        let summary = code.summary().trim_end_matches('.');
        let (first, rest) = summary.split_at(summary.chars().next().map_or(0, char::len_utf8));
        format!("{}{rest}", first.to_lowercase())
    });
    reasons.collect()
}

/// What makes a change high risk beside what the rules say of it. What nobody was asked about is no doubt: a push has no
/// checks yet, and a person's change no confidence.
fn doubts(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<String> {
    let mut doubts = Vec::new();
    let files = facts.changes.len();
    let names = facts.changes.iter().flat_map(|Change { file, .. }| {
        let left = file.old_path.as_ref().filter(|_| file.status == Status::Renamed);
        [Some(&file.path), left].into_iter().flatten()
    });
    let folders: BTreeSet<&[u8]> = names.filter_map(|path| Some(path.split_once_str("/")?.0)).collect();
    if files > BROAD_FILES {
        doubts.push(format!("the change is broad: {}, where {BROAD_FILES} are easily read", counted(files, "file")));
    } else if folders.len() > BROAD_FOLDERS {
        doubts.push(format!("the change is broad: it is in {} folders at the top of the tree", folders.len()));
    }
    if let (Some(confidence), Some(least)) = (ask.confidence, scope.min_confidence)
        && !matches!(confidence.partial_cmp(&least), Some(Ordering::Greater | Ordering::Equal))
    {
        doubts.push(format!(
            "its author's confidence of {confidence} is below {least}, the least that the policy asks for"
        ));
    }
    match ask.checks {
        Some(Checks::Red) => doubts.push("the checks are red".into()),
        Some(Checks::Unknown) => doubts.push("nobody knows what the checks say".into()),
        Some(Checks::Green) | None => {}
    }
    doubts
}

/// The code owners of what they are asked about: of the paths for which somebody's approval is asked; of every path when
/// the change as a whole is risky.
fn owners(facts: &Facts, objections: &[Objection], tier: Tier) -> Vec<String> {
    let Some(known) = &facts.owners else { return Vec::new() };
    match tier {
        Tier::Low => Vec::new(),
        Tier::Medium => known.of_all(objections.iter().filter_map(|o| o.path.as_ref()).map(|path| path.as_bstr())),
        Tier::High => known.of_all(facts.touched().into_iter().map(|touched| touched.path)),
    }
}

#[cfg(test)]
mod tests;
