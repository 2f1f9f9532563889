//! GitHub workflow commands: an annotation an objection, and the verdict as the last of them.
//!
//! GitHub keeps ten annotations of each kind a step; the verdict is of a kind of its own, so that it is never the
//! eleventh.

use super::super::escape::plain;
use super::super::github::{Annotation, annotate, command, policy_error};
use super::{message_with_place, verdict};
use crate::model::{Effect, GateReport, Objection};
use std::io::{self, Write};

pub(super) fn write(report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
    if let Some(error) = &report.policy.error {
        policy_error(error, report.policy.source.as_deref(), out)?;
    }
    report.objections.iter().try_for_each(|objection| annotate(&objection.into(), out))?;
    let because = verdict::because(report).into_iter().map(|reason| format!("because: {reason}"));
    let lines: Vec<_> = [verdict::in_one_line(report)].into_iter().chain(because).map(plain).collect();
    command("notice", &[("title", "ci-guard: patch".into())], &lines, out)
}

impl<'a> From<&'a Objection> for Annotation<'a> {
    fn from(objection: &'a Objection) -> Self {
        Annotation {
            is_error: objection.effect == Effect::Deny,
            rule: objection.code.id(),
            path: objection.path.as_ref(),
            line: objection.line,
            end_line: None,
            message: message_with_place(objection),
            help: &objection.help,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Format, samples};
    use super::*;

    fn text(report: &GateReport) -> String {
        samples::print(report, Format::Github, &Context::default())
    }

    #[test]
    fn annotations_word_for_word() {
        insta::assert_snapshot!(text(&samples::allow()), @"::notice title=ci-guard%3A patch::in scope: 2 files, 14 lines; low risk, a maintainer's click is enough");
        insta::assert_snapshot!(text(&samples::review_medium()), @"
        ::warning file=tools/run.sh,title=ci-guard%3A mode_change::becomes executable: 100644 to 100755%0Atake it out unless it is meant: git update-index --chmod=-x tools/run.sh
        ::warning file=src/pay.rs,title=ci-guard%3A code_owner::is among the core_paths of the policy
        ::notice title=ci-guard%3A patch::needs approval: medium risk; the code owners approve: @org/core (src/pay.rs)
        ");
        insta::assert_snapshot!(text(&samples::review_high()), @"
        ::warning file=app/config.toml,title=ci-guard%3A symlink::a new link to ../shared/config.toml
        ::warning file=logo.png,title=ci-guard%3A binary_change::a binary file; no diff shows what changes
        ::notice title=ci-guard%3A patch::needs approval: high risk; somebody goes through it by hand%0Abecause: the change is broad: 12 files%0Abecause: the checks are red
        ");
        insta::assert_snapshot!(text(&samples::flood()), @"
        ::error file=infra/prod.tf,title=ci-guard%3A path_blocked::is among the blocked_paths of the policy (`infra/**`)%0Aleave it as it is; whoever keeps the policy can change it
        ::error title=ci-guard%3A too_many_lines::12162 lines added and deleted in 2 files; the policy allows 120%0Asplit the change, or take out what does not belong to it
        ::warning file=infra/prod.tf,title=ci-guard%3A sensitive_path::configuration of what runs in production
        ::notice title=ci-guard%3A patch::out of scope: 2 findings, 1 warning. Mend them, then check again.
        ");
        insta::assert_snapshot!(text(&samples::hostile()), @r"
        ::error file=\x3a%3Aerror file=a%2Cline=1%3A%3A\x1b[31m\r\nx\xff.rs,line=1,title=ci-guard%3A path_control_char::\x3a:error::\x1b[2J\r\n::set-output name=a::b%0A\x3a:warning::help\n#\x23[group]x
        ::warning file=\u{202e}cod/ä ö.md,title=ci-guard%3A sensitive_path::a [link](https://example.org) \u{202e}dlo\u{202c} #\x23[error]x
        ::warning file=a%25b%2Cc%3Ad e.rs,title=ci-guard%3A sensitive_path::50%25 of a,b:c
        ::notice title=ci-guard%3A patch::out of scope: 1 finding, 2 warnings. Mend it, then check again.
        ");
    }
}
