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
    let objection = Objection::deny(Code::DoesNotApply, message);
    let without_prefix = words.contains("does not exist in index");
    let objection = if without_prefix {
        objection.help(
            "git takes the first folder off every name (`a/`, `b/`): a patch without such prefixes names other files",
        )
    } else {
        objection.help("the lines around the change must stand in the base as the patch has them, line ends included")
    };
    let objection = objection
        .help(format!("make the change upon that base, and the patch from it: {}", facts.make_patch()))
        .help("if it was made for another commit, name it: ci-guard patch check fix.patch --onto REV");
    vec![objection]
}
