//! The decision: what the rules found, how risky that makes the change, and who is asked.

use super::facts::{Ask, Checks, Facts};
use super::rules;
use crate::model::{Code, Decision, Effect, GateReport, Objection, PolicyUse, Tier};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
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
        Tier::Low if !scope.require_human_approval => Decision::Allow,
        _ => Decision::Review,
    };
    let mut reasons: Vec<String> = Vec::new();
    for objection in &objections {
        let reason = objection.code.summary().trim_end_matches('.').to_owned();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons.extend(doubts);
    if scope.require_human_approval {
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

/// What makes a change high risk beside what the rules say of it.
fn doubts(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<String> {
    let mut doubts = Vec::new();
    let top = |path: &[u8]| path.find_byte(b'/').map(|slash| path[..slash].to_vec());
    let folders: BTreeSet<_> = facts.changes.iter().filter_map(|change| top(&change.file.path)).collect();
    if facts.changes.len() > BROAD_FILES {
        doubts.push(format!("the change is broad: {} files", facts.changes.len()));
    } else if folders.len() > BROAD_FOLDERS {
        doubts.push(format!("the change is broad: it is in {} folders at the top of the tree", folders.len()));
    }
    if let (Some(confidence), Some(least)) = (ask.confidence, scope.min_confidence)
        && confidence < least
    {
        doubts.push(format!("a confidence of {confidence} is below {least}, which the policy asks for"));
    }
    match ask.checks {
        Some(Checks::Red) => doubts.push("the checks are red".into()),
        Some(Checks::Unknown) => doubts.push("what the checks say is not known".into()),
        Some(Checks::Green) | None => {}
    }
    doubts
}

/// The code owners of what they are asked about: of core and sensitive paths; of every path when all of it is risky.
fn owners(facts: &Facts, objections: &[Objection], tier: Tier) -> Vec<String> {
    let Some(known) = &facts.owners else { return Vec::new() };
    let paths: Vec<&BStr> = match tier {
        Tier::Low => Vec::new(),
        Tier::Medium => {
            let theirs = objections.iter().filter(|o| matches!(o.code, Code::CodeOwner | Code::SensitivePath));
            theirs.filter_map(|objection| objection.path.as_ref().map(|path| path.as_bstr())).collect()
        }
        Tier::High => facts.touched().into_iter().map(|touched| touched.path).collect(),
    };
    let mut owners = Vec::new();
    for owner in paths.into_iter().flat_map(|path| known.of(path)) {
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    owners
}
