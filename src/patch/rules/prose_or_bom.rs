//! `prose_or_bom`: words between or behind patches, or a byte order mark in front of them.

use super::super::facts::{Ask, Facts};
use super::super::text::{FlawKind, PatchText};
use crate::model::{Code, Objection};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let Some(written) = &facts.written else { return Vec::new() };
    let make = facts.make_patch();
    mark(&written.text, &make).into_iter().chain(prose(&written.text, &make)).collect()
}

fn mark(text: &PatchText, make: &str) -> Option<Objection> {
    let flaw = text.flaws.iter().find(|flaw| flaw.kind == FlawKind::ByteOrderMark)?;
    let message = "a byte order mark stands before the first line; git does not know that line then, \
                   and takes the first file for another one or without its mode";
    let objection = Objection::deny(Code::ProseOrBom, message).patch_line(flaw.line);
    Some(objection.help(format!("write the patch as UTF-8 without a mark: {make}")))
}

fn prose(text: &PatchText, make: &str) -> Option<Objection> {
    let mut lines = text.flaws.iter().filter(|flaw| flaw.kind == FlawKind::Prose).map(|flaw| flaw.line);
    let first = lines.next()?;
    let more = match lines.count() {
        0 => String::new(),
        more => format!(" (and in {more} more places)"),
    };
    let message = format!("text that is no part of a patch stands between or behind patches{more}");
    let objection = Objection::deny(Code::ProseOrBom, message).patch_line(first);
    Some(objection.help(format!("leave the bare patch, nothing around it: {make}")))
}
