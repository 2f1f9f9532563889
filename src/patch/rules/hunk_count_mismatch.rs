//! `hunk_count_mismatch`: lines behind a hunk that its header does not count. git drops them, whoever reads the patch
//! does not.

use super::super::facts::{Ask, Facts};
use super::super::text::FlawKind;
use crate::model::{Code, Objection};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _scope: &Scope, _ask: &Ask) -> Vec<Objection> {
    let flaws = facts.written.iter().flat_map(|written| &written.text.flaws);
    let mut lines = flaws.filter(|flaw| flaw.kind == FlawKind::LeftOver).map(|flaw| flaw.line);
    let Some(first) = lines.next() else { return Vec::new() };
    let more = match lines.count() {
        0 => String::new(),
        more => format!(" (and in {more} more places)"),
    };
    let message = format!(
        "a hunk has more lines than its `@@` header counts{more}; git drops them, \
         so the patch does less than it shows"
    );
    let help = format!("do not edit hunks by hand; make the patch from the finished files: {}", facts.make_patch());
    vec![Objection::deny(Code::HunkCountMismatch, message).patch_line(first).help(help)]
}
