//! The rules of the gate: one file a code, one line here.
//!
//! A rule sees facts, scope and question, and says what it has against the change. What that means for the decision is
//! not its business.

mod beyond_symlink;
mod bidi_content;
mod binary_change;
mod binary_in_text;
mod code_owner;
mod does_not_apply;
#[cfg(test)]
mod edits;
mod gitlink;
mod hunk_count_mismatch;
mod job_not_allowed;
mod malformed;
mod mode_change;
mod mode_invalid;
mod module_mismatch;
mod no_patch;
mod path_blocked;
mod path_case_collision;
mod path_control_char;
mod path_dotgit;
mod path_invalid;
mod path_not_allowed;
mod path_not_portable;
mod path_not_utf8;
mod path_too_long;
mod path_unicode_collision;
mod prose_or_bom;
mod sensitive_path;
mod symlink;
mod test_deleted;
mod test_weakened;
mod too_many_bytes;
mod too_many_files;
mod too_many_lines;
mod unsupported_format;

use super::facts::{Ask, Facts};
use crate::model::{Code, Effect, Objection};
use crate::policy::Scope;
use std::cmp::Reverse;

/// A rule.
type Rule = fn(&Facts, &Scope, &Ask) -> Vec<Objection>;

/// In the order of [`crate::model::Code`].
const RULES: [Rule; 33] = [
    no_patch::judge,
    unsupported_format::judge,
    malformed::judge,
    hunk_count_mismatch::judge,
    prose_or_bom::judge,
    does_not_apply::judge,
    path_invalid::judge,
    path_dotgit::judge,
    path_control_char::judge,
    path_not_utf8::judge,
    path_too_long::judge,
    path_not_portable::judge,
    path_case_collision::judge,
    path_unicode_collision::judge,
    path_blocked::judge,
    path_not_allowed::judge,
    beyond_symlink::judge,
    too_many_lines::judge,
    too_many_files::judge,
    too_many_bytes::judge,
    job_not_allowed::judge,
    module_mismatch::judge,
    mode_invalid::judge,
    mode_change::judge,
    symlink::judge,
    gitlink::judge,
    binary_in_text::judge,
    binary_change::judge,
    bidi_content::judge,
    test_deleted::judge,
    test_weakened::judge,
    code_owner::judge,
    sensitive_path::judge,
];

/// So many objections of one rule are told one by one.
const TOLD: usize = 50;

/// What all rules have against a change.
pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let mut all: Vec<Objection> = RULES.iter().flat_map(|rule| capped(rule(facts, scope, ask))).collect();
    // Why git refuses such a name needs no other words than the rule's own.
    let is_told = |o: &Objection| matches!(o.code, Code::PathInvalid | Code::PathDotgit | Code::BeyondSymlink);
    if all.iter().any(is_told) {
        all.retain(|objection| objection.code != Code::DoesNotApply);
    }
    all
}

/// What one rule says, but for a flood of 20,000 files no 20,000 lines: what weighs most comes first, and the first that is
/// too much stands for the rest, at its place and with its weight.
fn capped(mut objections: Vec<Objection>) -> Vec<Objection> {
    if objections.len() <= TOLD {
        return objections;
    }
    let weight = |effect| match effect {
        Effect::Deny => None,
        Effect::Review(tier) => Some(Reverse(tier)),
    };
    objections.sort_by(|a, b| {
        let place = (&a.path, a.line, a.patch_line).cmp(&(&b.path, b.line, b.patch_line));
        weight(a.effect).cmp(&weight(b.effect)).then(place)
    });
    objections.dedup();
    let more = objections.len().saturating_sub(TOLD);
    objections.truncate(TOLD + 1);
    if let Some(rest) = objections.get_mut(TOLD).filter(|_| more > 1) {
        rest.message = format!("{more} more like these, of which this is the first");
    }
    objections
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{added, facts, globs, paths};
    use super::*;
    use crate::model::Tier;

    #[test]
    fn a_flood_is_told_in_few_lines() {
        let scope = Scope { allowed_paths: Some(globs(&["src/"])), ..Scope::default() };
        let flood = |files: usize| {
            let said = judge(&facts((0..files).map(|n| added(format!("{n:05}")))), &scope, &Ask::default());
            said.into_iter().filter(|o| o.code == Code::PathNotAllowed).collect::<Vec<_>>()
        };
        for (files, told) in [(1, 1), (50, 50), (51, 51), (52, 51), (20_000, 51)] {
            let said = flood(files);
            assert_eq!(said.len(), told, "{files}");
            let all: Vec<String> = (0..told).map(|n| format!("{n:05}")).collect();
            assert_eq!(paths(&said), all, "in order, each at its place");
            assert!(said.iter().all(|objection| objection.effect == Effect::Deny && !objection.help.is_empty()));
            assert_eq!(said.iter().filter(|o| o.message.contains("more like these")).count(), usize::from(files > 51));
        }
        assert_eq!(flood(20_000)[50].message, "19950 more like these, of which this is the first");
    }

    #[test]
    fn what_weighs_most_is_never_left_out() {
        let review = |tier| move |n: usize| Objection::review(Code::Symlink, tier, "x").at(format!("a{n}"));
        let mut objections: Vec<Objection> =
            (0..60).map(review(Tier::Medium)).chain((0..60).map(review(Tier::High))).collect();
        objections.push(Objection::deny(Code::Symlink, "x").at("z"));
        let told = capped(objections);
        assert_eq!(told.len(), TOLD + 1);
        assert_eq!(told[0].effect, Effect::Deny);
        assert!(told[1..].iter().all(|objection| objection.effect == Effect::Review(Tier::High)));
        assert_eq!(told[TOLD].message, "71 more like these, of which this is the first");
        let twice = vec![Objection::deny(Code::Symlink, "x"); 100];
        assert_eq!(capped(twice).len(), 1);
    }

    #[test]
    fn rules_stand_in_the_order_of_their_codes() {
        assert_eq!(RULES.len() + 1, Code::ALL.len(), "a rule for each code, but for `ok`");
        let text = include_str!("mod.rs");
        let list = text.split("const RULES").nth(1).and_then(|rest| rest.split("];").next()).unwrap_or_default();
        let listed: Vec<&str> = list.lines().filter_map(|line| line.trim().strip_suffix("::judge,")).collect();
        let codes: Vec<&str> = Code::ALL.iter().map(|code| code.id()).filter(|id| *id != "ok").collect();
        assert_eq!(listed, codes);
    }
}
