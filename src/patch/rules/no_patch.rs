//! `no_patch`: a text in which there is nothing to judge. It is never "nothing to object to".

use super::super::facts::{Ask, Facts};
use super::super::text::FlawKind;
use crate::model::{Code, Objection};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let flaws = facts.written.iter().flat_map(|written| &written.text.flaws);
    if !flaws.into_iter().any(|flaw| flaw.kind == FlawKind::NoPatch) {
        return Vec::new();
    }
    let message = "the text holds no patch: no `diff --git` line, and no `---` and `+++` lines with a hunk under them";
    let objection = Objection::deny(Code::NoPatch, message)
        .help(format!("make the patch with git: {}", facts.make_patch()))
        .help("an empty result means that nothing was changed, or that new files were not added: git add -N .");
    vec![objection]
}
