//! `too_many_lines`: a change that nobody reads to its end.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let lines: u64 = facts.changes.iter().map(|change| change.file.added + change.file.deleted).sum();
    if lines <= scope.max_patch_lines {
        return Vec::new();
    }
    let message = format!(
        "{lines} lines added and deleted in {} files; the policy allows {}",
        facts.changes.len(),
        scope.max_patch_lines
    );
    vec![Objection::deny(Code::TooManyLines, message).help("split the change, or take out what does not belong to it")]
}
