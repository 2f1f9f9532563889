//! `unsupported_format`: a patch of a kind that git passes over, alone or beside a good one.

use super::super::facts::{Ask, Facts};
use super::super::text::FlawKind;
use crate::model::{Code, Objection};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let flaws = facts.written.iter().flat_map(|written| &written.text.flaws);
    let forms = flaws.filter_map(|flaw| match flaw.kind {
        FlawKind::Unsupported(name) => Some((flaw.line, name)),
        _ => None,
    });
    forms
        .map(|(line, name)| {
            let message = format!("{name}; git passes over it, so what it says would not be done");
            Objection::deny(Code::UnsupportedFormat, message)
                .patch_line(line)
                .help(format!("write a plain unified diff: {}", facts.make_patch()))
        })
        .collect()
}
