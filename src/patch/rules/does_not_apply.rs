//! `does_not_apply`: git refuses the patch on this base, and the text does not show why.

use super::super::facts::{Ask, Facts, Outcome};
use crate::model::{Code, Objection};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let Some(written) = facts.written.as_ref().filter(|written| written.text.flaws.is_empty()) else {
        return Vec::new();
    };
    let Outcome::Refused(words) = &written.outcome else { return Vec::new() };
    let message = format!("git does not apply the patch to the base it is judged on: {words}");
    let objection = Objection::deny(Code::DoesNotApply, message)
        .help("rebase the change on that base and make the patch again: git diff --no-color --binary BASE > fix.patch")
        .help("if it was made for another commit, name it: ci-guard patch check fix.patch --onto REV");
    vec![objection]
}
