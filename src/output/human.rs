//! The report for people and agents at a stopped push: what, where, why, and what to type next.
//!
//! listing.rs brings the findings of a rule together. Silence means that all is well.

use super::escape::plain;
use super::gaps::{self, Gap};
use super::listing::{self, BOLD, ERROR, Entry, Group, PASSED, WARNING, tally};
use super::{Caller, Context};
use crate::model::{Finding, Level, Report, SkipCause, Verdict, counted};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

pub(super) fn write(report: &Report, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let gaps = gaps::of(report);
    let policy_error = gaps::policy_error(report, &gaps);
    let said = |gap: &&Gap| gap.cause != SkipCause::NotAsked;
    let warnings = gaps.iter().filter(said).count() + usize::from(policy_error.is_some());
    if report.findings.is_empty() && warnings == 0 {
        write_notices(report, out)?;
        return match context.verbose {
            true => writeln!(out, "{PASSED}clean{PASSED:#}: {}", summary(report, &gaps)),
            false => Ok(()),
        };
    }
    let with_ref = several_refs(report);
    let alike = report.findings.chunk_by(|a, b| (a.level, a.rule) == (b.level, b.rule));
    for group in alike.filter_map(|findings| group(findings, with_ref)) {
        listing::write(&group, &context.rerun, out)?;
    }
    if let Some(error) = policy_error {
        listing::write_policy_error(error, report.policy.source.as_deref(), out)?;
    }
    for gap in gaps.iter().filter(said) {
        writeln!(out, "{WARNING}warning{WARNING:#}: {}", plain(gap.sentence()))?;
    }
    write_notices(report, out)?;
    if context.verbose {
        writeln!(out, "{BOLD}note{BOLD:#}: judged {}", summary(report, &gaps))?;
    }
    write_verdict(report, warnings, context, out)
}

/// What is worth saying and changes nothing: a line each, and no verdict for their sake.
fn write_notices(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report.notices.iter().try_for_each(|notice| writeln!(out, "{BOLD}note{BOLD:#}: {}", plain(notice)))
}

/// Where one ref is judged, naming it at every finding tells nobody anything.
fn several_refs(report: &Report) -> bool {
    report.findings.iter().filter_map(|finding| finding.reference.as_ref()).collect::<BTreeSet<_>>().len() > 1
}

/// The findings of one rule and level.
fn group(findings: &[Finding], with_ref: bool) -> Option<Group<'_>> {
    let Finding { rule, level, .. } = findings.first()?;
    let entry = |finding| Entry { place: place(finding, with_ref), message: &finding.message, help: &finding.help };
    Some(Group {
        is_error: *level == Level::Block,
        id: rule.id(),
        summary: rule.summary(),
        entries: findings.iter().map(entry).collect(),
    })
}

/// `path:line on branch`, as far as there are any.
fn place(finding: &Finding, with_ref: bool) -> Option<String> {
    let reference = finding
        .reference
        .as_ref()
        .filter(|_| with_ref)
        .map(|reference| plain(reference.strip_prefix(b"refs/heads/").unwrap_or(reference)));
    let place = finding.path.as_ref().map(|path| match finding.line {
        Some(line) => format!("{}:{line}", plain(path)),
        None => plain(path),
    });
    match (place, reference) {
        (Some(place), Some(reference)) => Some(format!("{place} on {reference}")),
        (place, reference) => place.or(reference),
    }
}

/// The last words: how to see it again, the verdict, and what happens now.
fn write_verdict(report: &Report, other_warnings: usize, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let count = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    let (blocks, warnings) = (count(Level::Block), count(Level::Warn) + other_warnings);
    let verdict = report.verdict();
    if verdict != Verdict::Allow && context.caller != Caller::Hand {
        writeln!(out, "{BOLD}note{BOLD:#}: to see this by hand: {}", plain(&context.rerun))?;
    }
    let count = tally(blocks, warnings);
    let them = if blocks == 1 { "it" } else { "them" };
    let (style, words, rest) = match (verdict, context.caller) {
        (Verdict::Block, Caller::Hand) => (ERROR, "blocked", format!("{count}. Mend {them}, then check again")),
        (Verdict::Block, Caller::PrePush) => (ERROR, "push stopped", format!("{count}. Mend {them}, then push again")),
        (Verdict::Block, Caller::PreReceive) => {
            (ERROR, "push refused", format!("{count}. Mend {them}, then push again"))
        }
        (Verdict::Undecided, Caller::Hand) => (WARNING, "undecided", "not everything could be judged".into()),
        (Verdict::Undecided, Caller::PrePush) => (WARNING, "push not fully checked", "it goes on all the same".into()),
        // Whether it goes on is for the server's hook to say.
        (Verdict::Undecided, Caller::PreReceive) => {
            (WARNING, "push not fully checked", "see the warnings above".into())
        }
        (Verdict::Allow, Caller::Hand) => (PASSED, "passed", count),
        (Verdict::Allow, _) => (PASSED, "push let through", count),
    };
    writeln!(out, "{style}{words}{style:#}: {rest}.")
}

/// What was looked at, in one line.
fn summary(report: &Report, gaps: &[Gap]) -> String {
    let stats = &report.stats;
    let mut text = format!("{}, {} ({})", counted(stats.refs, "ref"), counted(stats.blobs, "file"), size(stats.bytes),);
    // Without a policy in force nobody counted them.
    if report.policy.source.is_some() && report.policy.error.is_none() {
        let (commits, merges) = (counted(stats.new_commits, "new commit"), counted(stats.new_merges, "merge"));
        text += &format!(", {commits} ({merges})");
    }
    text += &match &report.base {
        Some(base) => format!(" over {}", plain(base)),
        None => " of the whole tree, with no base branch to compare".into(),
    };
    text += &format!(" in {}", time(stats.elapsed));
    if let Some(source) = &report.policy.source {
        text += &format!("; policy: {}", plain(source));
    }
    for gap in gaps.iter().filter(|gap| gap.cause == SkipCause::NotAsked) {
        text += &format!("; {}", plain(gap.sentence()));
    }
    text
}

fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "kB", "MB"] {
        if size < 1000.0 {
            let digits = usize::from(unit != "bytes" && size < 10.0);
            return format!("{size:.digits$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} GB")
}

fn time(elapsed: Duration) -> String {
    match elapsed.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        seconds => format!("{seconds:.1} s"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::listing::SHOWN;
    use super::super::listing::tests::without_styles;
    use super::super::{Format, samples};
    use super::*;

    pub(in super::super) fn text(report: &Report, context: &Context) -> String {
        without_styles(samples::print(report, Format::Human, context))
    }

    fn in_hook(report: &Report) -> String {
        text(report, &samples::in_hook())
    }

    #[test]
    fn a_clean_push_is_silent_and_with_verbose_a_line() {
        assert_eq!(in_hook(&samples::clean()), "");
        let verbose = Context { verbose: true, ..samples::in_hook() };
        insta::assert_snapshot!(text(&samples::clean(), &verbose), @"clean: 1 ref, 12 files (34 kB) over refs/remotes/origin/main in 4 ms; merge-source and foreign-commits not judged: no policy");
    }

    #[test]
    fn conflict_markers() {
        insta::assert_snapshot!(in_hook(&samples::marker()), @r#"
        error[conflict-marker]: A half-resolved merge: conflict markers stand in the tree that is pushed
          --> src/app.rs:12
              conflict block, lines 12 to 20 (`<<<<<<< HEAD` … `>>>>>>> develop`), in
              1a2b3c4d5e "Merge develop"
          --> src/app.rs:40
              conflict block, lines 40 to 44 (`<<<<<<< HEAD` … `>>>>>>> develop`), in
              1a2b3c4d5e "Merge develop"
           = help: Resolve it and commit: edit src/app.rs, then git add src/app.rs && git commit

        note: to see this by hand: ci-guard check
        push stopped: 2 findings. Mend them, then push again.
        "#);
    }

    #[test]
    fn merge_source() {
        insta::assert_snapshot!(in_hook(&samples::merge()), @r#"
        error[merge-source]: A merge brings in a branch that the policy does not allow
          --> merge 1a2b3c4d5e "Merge develop into x" brings in 99aabbccdd "Start v2" of
              origin/develop, which the policy does not allow
           = help: Undo the merge: git rebase --onto 1a2b3c4d5e^1 1a2b3c4d5e

        note: to see this by hand: ci-guard check
        push stopped: 1 finding. Mend it, then push again.
        "#);
    }

    #[test]
    fn foreign_commits() {
        insta::assert_snapshot!(in_hook(&samples::foreign()), @r#"
        error[foreign-commits]: The push brings commits of a branch outside the policy
          --> brings 1468 commits of origin/develop, from aaaaaaaaaa "x" to bbbbbbbbbb
              "y"
           = help: Keep only your own commits: git rebase --onto origin/main bbbbbbbbbb
                   Then look: git log origin/main..

        note: to see this by hand: ci-guard check
        push stopped: 1 finding. Mend it, then push again.
        "#);
    }

    #[test]
    fn a_change_out_of_scope() {
        insta::assert_snapshot!(in_hook(&samples::flood()), @"
        error[patch-scope]: The change is out of the policy's scope
          --> [too_many_lines] 12,162 lines added and deleted in 41 files; the policy
              allows 120
           = help: split the change, or take out what does not belong to it

        note: to see this by hand: ci-guard check
        push stopped: 1 finding. Mend it, then push again.
        ");
    }

    #[test]
    fn a_notice_is_a_line_and_no_verdict() {
        insta::assert_snapshot!(in_hook(&samples::notice()), @"note: feature/TASK-1 needs approval by @org/core (medium risk): src/pay.rs: a core path");
        let verbose = Context { verbose: true, ..samples::in_hook() };
        insta::assert_snapshot!(text(&samples::notice(), &verbose), @"
        note: feature/TASK-1 needs approval by @org/core (medium risk): src/pay.rs: a core path
        clean: 1 ref, 12 files (34 kB), 3 new commits (1 merge) over refs/remotes/origin/main in 4 ms; policy: .ci-guard.json of refs/remotes/origin/main
        ");
        let beside = Report { notices: samples::notice().notices, ..samples::merge() };
        let beside = in_hook(&beside);
        assert_eq!(beside.replace(&in_hook(&samples::notice()), ""), in_hook(&samples::merge()), "one line more");
    }

    #[test]
    fn warnings_only() {
        insta::assert_snapshot!(in_hook(&samples::warnings()), @"
        warning[conflict-marker]: A half-resolved merge: conflict markers stand in the tree that is pushed
          --> docs/merging.md:7
              conflict block inside a fenced code block

        warning: merge-source not judged: the history of refs/heads/feature/TASK-1 is cut off (shallow clone); git fetch --unshallow brings it
        push let through: 2 warnings.
        ");
    }

    #[test]
    fn undecided() {
        insta::assert_snapshot!(in_hook(&samples::undecided()), @"
        warning: ci-guard could not judge everything: the time limit of 20 s was reached
        note: to see this by hand: ci-guard check
        push not fully checked: it goes on all the same.
        ");
    }

    #[test]
    fn malformed_policy() {
        insta::assert_snapshot!(in_hook(&samples::bad_policy()), @"
        warning: the policy cannot be used: line 3: unknown key `alowed`; did you mean `allowed`?
          --> .ci-guard.json of refs/remotes/origin/main
        warning: ci-guard could not judge merge-source and foreign-commits: the policy cannot be used
        note: to see this by hand: ci-guard check
        push not fully checked: it goes on all the same.
        ");
    }

    #[test]
    fn hostile_names() {
        insta::assert_snapshot!(in_hook(&samples::hostile()), @r#"
        error[conflict-marker]: A half-resolved merge: conflict markers stand in the tree that is pushed
          --> \x3a:error file=a,line=1::\x1b[31m\r\nx\xff.rs:1 on \u{9b}2J
              \x3a:error::\x1b[2J\r\n::set-output name=a::b
          --> \u{202e}cod/ä ö.md:2 on feature/TASK-1
              a [link](https://example.org) \u{202e}dlo\u{202c} #\x23[error]x
          --> a%b,c:d e.rs:4 on feature/TASK-1
              50% of a,b:c
           = help: \x3a:warning::help\n#\x23[group]x

        note: to see this by hand: ci-guard check
        push stopped: 3 findings. Mend them, then push again.
        "#);
    }

    #[test]
    fn hundreds_of_findings_are_twenty_and_a_number() {
        let text = in_hook(&samples::many());
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.iter().filter(|line| line.contains("-->")).count(), SHOWN);
        insta::assert_snapshot!(lines[39..].join("\n"), @"
          --> src/020.rs:20
              lone `<<<<<<< HEAD`
           = help: Take the line out, then git commit -a
          ... and 180 more; see them all: ci-guard check --format json

        note: to see this by hand: ci-guard check
        push stopped: 200 findings. Mend them, then push again.
        ");
    }

    #[test]
    fn the_last_line_fits_who_asked() {
        let mut both = samples::marker();
        both.findings.truncate(1);
        both.findings.extend(samples::warnings().findings);
        let said = |caller| {
            let reports = [&samples::marker(), &both, &samples::warnings(), &samples::undecided()];
            let context = Context { caller, ..Context::default() };
            reports.map(|report| text(report, &context).lines().last().unwrap_or_default().to_owned()).join("\n")
        };
        insta::assert_snapshot!(said(Caller::Hand), @"
        blocked: 2 findings. Mend them, then check again.
        blocked: 1 finding, 1 warning. Mend it, then check again.
        passed: 2 warnings.
        undecided: not everything could be judged.
        ");
        insta::assert_snapshot!(said(Caller::PrePush), @"
        push stopped: 2 findings. Mend them, then push again.
        push stopped: 1 finding, 1 warning. Mend it, then push again.
        push let through: 2 warnings.
        push not fully checked: it goes on all the same.
        ");
        insta::assert_snapshot!(said(Caller::PreReceive), @"
        push refused: 2 findings. Mend them, then push again.
        push refused: 1 finding, 1 warning. Mend it, then push again.
        push let through: 2 warnings.
        push not fully checked: see the warnings above.
        ");
    }

    #[test]
    fn what_is_said_besides_when_verbose() {
        let context = Context { verbose: true, rerun: "ci-guard check 1a2b3c4d5e".into(), ..samples::in_hook() };
        insta::assert_snapshot!(text(&samples::bad_policy(), &context), @"
        warning: the policy cannot be used: line 3: unknown key `alowed`; did you mean `allowed`?
          --> .ci-guard.json of refs/remotes/origin/main
        warning: ci-guard could not judge merge-source and foreign-commits: the policy cannot be used
        note: judged 1 ref, 12 files (34 kB) over refs/remotes/origin/main in 4 ms; policy: .ci-guard.json of refs/remotes/origin/main
        note: to see this by hand: ci-guard check 1a2b3c4d5e
        push not fully checked: it goes on all the same.
        ");
    }

    #[test]
    fn an_error_looks_like_one() {
        let raw = samples::print(&samples::merge(), Format::Human, &Context::default());
        assert!(raw.starts_with(&format!("{ERROR}error[merge-source]{ERROR:#}{BOLD}: A merge")), "{raw:?}");
        let raw = samples::print(&samples::warnings(), Format::Human, &Context::default());
        assert!(raw.starts_with(&format!("{WARNING}warning[conflict-marker]{WARNING:#}{BOLD}: ")), "{raw:?}");
    }

    #[test]
    fn sizes_and_times_are_for_people() {
        let sizes = [0, 999, 1_000, 9_949, 34_218, 1_400_000, 1_400_000_000, 2_000_000_000_000].map(size);
        assert_eq!(sizes, ["0 bytes", "999 bytes", "1.0 kB", "9.9 kB", "34 kB", "1.4 MB", "1.4 GB", "2000.0 GB"]);
        let times = [0, 400, 4_213, 999_400, 1_250_000].map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(times, ["0 ms", "0 ms", "4 ms", "999 ms", "1.2 s"]);
    }
}
