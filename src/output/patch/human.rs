//! The gate's answer for people and agents: what stands against the change, then, on the last line, what becomes of it.

use super::super::Context;
use super::super::escape::plain;
use super::super::listing::{self, BOLD, ERROR, Entry, Group, PASSED, WARNING};
use super::verdict;
use crate::model::{Decision, Effect, FileChange, GateReport, Objection, counted};
use std::io::{self, Write};

pub(super) fn write(report: &GateReport, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let weigh_alike =
        |a: &Objection, b: &Objection| (a.effect == Effect::Deny, a.code) == (b.effect == Effect::Deny, b.code);
    for group in report.objections.chunk_by(weigh_alike).filter_map(group) {
        listing::write(&group, &context.rerun, out)?;
    }
    if let Some(error) = &report.policy.error {
        listing::write_policy_error(error, report.policy.source.as_deref(), out)?;
    }
    if context.verbose {
        write_what_was_judged(report, out)?;
    }
    for reason in verdict::because(report) {
        writeln!(out, "{BOLD}because{BOLD:#}: {}", plain(reason))?;
    }
    let (head, rest) = verdict::words(report);
    let style = match report.decision {
        Decision::Allow => PASSED,
        Decision::Review => WARNING,
        Decision::Deny => ERROR,
    };
    writeln!(out, "{style}{head}{style:#}: {rest}")
}

/// The objections of one code and weight.
fn group(objections: &[Objection]) -> Option<Group<'_>> {
    let Objection { code, effect, .. } = objections.first()?;
    let entry = |objection| Entry { place: place(objection), message: &objection.message, help: &objection.help };
    Some(Group {
        is_error: *effect == Effect::Deny,
        id: code.id(),
        summary: code.summary(),
        entries: objections.iter().map(entry).collect(),
    })
}

/// `path:line`; what is known of the text of the patch only is a line there.
fn place(objection: &Objection) -> Option<String> {
    let in_patch = objection.patch_line.map(|line| format!("patch line {line}"));
    match (&objection.path, objection.line, in_patch) {
        (Some(path), Some(line), _) => Some(format!("{}:{line}", plain(path))),
        (Some(path), None, Some(in_patch)) => Some(format!("{} ({in_patch})", plain(path))),
        (Some(path), None, None) => Some(plain(path)),
        (None, _, in_patch) => in_patch,
    }
}

fn write_what_was_judged(report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
    let (files, lines) = (counted(report.files.len() as u64, "file"), counted(report.lines, "line"));
    let policy = report.policy.source.as_ref().map(|source| format!("; policy: {}", plain(source)));
    let policy = policy.unwrap_or_default();
    writeln!(out, "{BOLD}note{BOLD:#}: judged {files}, {lines} over {}{policy}", plain(&report.base))?;
    report.files.iter().try_for_each(|file| writeln!(out, "  {}", change(file)))
}

/// `M +10 -4 src/pay.rs`. The path comes last, so that no name passes itself off as numbers.
fn change(file: &FileChange) -> String {
    let size = match file.binary {
        true => "binary".to_owned(),
        false => format!("+{} -{}", file.added, file.deleted),
    };
    let mode = match (&file.old, &file.new) {
        (Some(old), Some(new)) if old.mode != new.mode => format!(" mode {:06o} to {:06o}", old.mode, new.mode),
        _ => String::new(),
    };
    let from = file.old_path.as_ref().map(|old| format!("{} -> ", plain(old))).unwrap_or_default();
    format!("{} {size}{mode} {from}{}", file.status.letter(), plain(&file.path))
}

#[cfg(test)]
pub(in super::super) mod tests {
    use super::super::super::listing::tests::without_styles;
    use super::super::{Format, samples};
    use super::*;

    pub(in super::super::super) fn text(report: &GateReport, context: &Context) -> String {
        without_styles(samples::print(report, Format::Human, context))
    }

    fn by_hand(report: &GateReport) -> String {
        text(report, &samples::by_hand())
    }

    #[test]
    fn allow_is_one_line() {
        insta::assert_snapshot!(by_hand(&samples::allow()), @"in scope: 2 files, 14 lines; low risk, a maintainer's click is enough");
    }

    #[test]
    fn what_was_judged_when_verbose() {
        let verbose = Context { verbose: true, ..samples::by_hand() };
        insta::assert_snapshot!(text(&samples::allow(), &verbose), @"
        note: judged 2 files, 14 lines over HEAD; policy: .ci-guard.json of refs/remotes/origin/main
          M +6 -2 src/cart.rs
          A +6 -0 tests/cart.rs
        in scope: 2 files, 14 lines; low risk, a maintainer's click is enough
        ");
        insta::assert_snapshot!(text(&samples::review_high(), &verbose), @"
        warning[symlink]: A symbolic link comes or changes
          --> app/config.toml
              a new link to ../shared/config.toml

        warning[binary_change]: A binary file comes or changes
          --> logo.png
              a binary file; no diff shows what changes

        note: judged 12 files, 39 lines over HEAD; policy: .ci-guard.json of refs/remotes/origin/main
          A +1 -0 app/config.toml
          M binary logo.png
          R +1 -1 mode 100644 to 100755 src/old.rs -> src/new.rs
          D +0 -4 web/1.ts
          D +0 -4 web/2.ts
          D +0 -4 web/3.ts
          D +0 -4 web/4.ts
          D +0 -4 web/5.ts
          D +0 -4 web/6.ts
          D +0 -4 web/7.ts
          D +0 -4 web/8.ts
          D +0 -4 web/9.ts
        because: the change is broad: 12 files
        because: the checks are red
        needs approval: high risk; somebody goes through it by hand
        ");
    }

    #[test]
    fn review_because_the_policy_asks() {
        insta::assert_snapshot!(by_hand(&samples::asked()), @"
        because: the policy asks for a person's approval of every change
        needs approval: low risk; a maintainer approves it with one click
        ");
    }

    #[test]
    fn review_medium() {
        insta::assert_snapshot!(by_hand(&samples::review_medium()), @"
        warning[mode_change]: A file's mode changes
          --> tools/run.sh
              becomes executable: 100644 to 100755
           = help: take it out unless it is meant: git update-index --chmod=-x tools/run.sh

        warning[code_owner]: A core path changes; its code owners must approve
          --> src/pay.rs
              is among the core_paths of the policy

        needs approval: medium risk; the code owners approve: @org/core (src/pay.rs)
        ");
    }

    #[test]
    fn review_high() {
        insta::assert_snapshot!(by_hand(&samples::review_high()), @"
        warning[symlink]: A symbolic link comes or changes
          --> app/config.toml
              a new link to ../shared/config.toml

        warning[binary_change]: A binary file comes or changes
          --> logo.png
              a binary file; no diff shows what changes

        because: the change is broad: 12 files
        because: the checks are red
        needs approval: high risk; somebody goes through it by hand
        ");
    }

    #[test]
    fn deny_a_flood() {
        insta::assert_snapshot!(by_hand(&samples::flood()), @"
        error[path_blocked]: The policy blocks a path
          --> infra/prod.tf
              is among the blocked_paths of the policy (`infra/**`)
           = help: leave it as it is; whoever keeps the policy can change it

        error[too_many_lines]: The change has more lines than the policy allows
          --> 12162 lines added and deleted in 2 files; the policy allows 120
           = help: split the change, or take out what does not belong to it

        warning[sensitive_path]: A sensitive path changes
          --> infra/prod.tf
              configuration of what runs in production

        out of scope: 2 findings, 1 warning. Mend them, then check again.
        ");
    }

    #[test]
    fn deny_a_malformed_patch() {
        insta::assert_snapshot!(by_hand(&samples::malformed()), @"
        error[hunk_count_mismatch]: A hunk has other lines than its header counts
          --> patch line 12
              the hunk counts 3 lines and more follow; git drops them
           = help: make the patch anew with git diff or git format-patch, and do not edit it by hand

        out of scope: 1 finding. Mend it, then check again.
        ");
    }

    #[test]
    fn hostile_names() {
        let verbose = Context { verbose: true, ..samples::by_hand() };
        insta::assert_snapshot!(text(&samples::hostile(), &verbose), @r"
        error[path_control_char]: A name has characters that nobody sees
          --> \x3a:error file=a,line=1::\x1b[31m\r\nx\xff.rs:1
              \x3a:error::\x1b[2J\r\n::set-output name=a::b
           = help: \x3a:warning::help\n#\x23[group]x

        warning[sensitive_path]: A sensitive path changes
          --> \u{202e}cod/ä ö.md
              a [link](https://example.org) \u{202e}dlo\u{202c} #\x23[error]x
          --> a%b,c:d e.rs (patch line 3)
              50% of a,b:c

        note: judged 2 files, 3 lines over \u{202e}main\n::error::x; policy: .ci-guard.json of refs/remotes/origin/main
          T +1 -1 mode 100644 to 37777777777 \x3a:error file=a,line=1::\x1b[31m\r\nx\xff.rs
          C +1 -0 \u{202e}cod/ä ö.md -> M +0 -0 b\u{9b}
        out of scope: 1 finding, 2 warnings. Mend it, then check again.
        ");
    }

    #[test]
    fn more_than_anyone_reads() {
        let text = by_hand(&samples::many());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.iter().filter(|line| line.contains("-->")).count(), listing::SHOWN);
        insta::assert_snapshot!(lines[39..].join("\n"), @"
          --> gen/020.rs
              is not among the allowed_paths of the policy
           = help: take it out of the change
          ... and 180 more; see them all: ci-guard patch check fix.patch --format json

        out of scope: 200 findings. Mend them, then check again.
        ");
    }

    #[test]
    fn the_colour_tells_the_verdict() {
        for (report, style, head) in [
            (samples::allow(), PASSED, "in scope"),
            (samples::review_high(), WARNING, "needs approval"),
            (samples::flood(), ERROR, "out of scope"),
        ] {
            let raw = samples::print(&report, Format::Human, &samples::by_hand());
            let last = raw.lines().last().unwrap();
            assert!(last.starts_with(&format!("{style}{head}{style:#}: ")), "{last:?}");
        }
    }
}
