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
use crate::model::Objection;
use crate::policy::Scope;

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

/// What all rules have against a change.
pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    RULES.iter().flat_map(|rule| rule(facts, scope, ask)).collect()
}
