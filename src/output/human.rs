//! The report for people and agents at a stopped push: what, where, why, and what to type next.
//!
//! Findings of one rule stand together under one headline and share their help. Silence means that all is well.
//! Colours are always written; the terminal takes them away where nobody wants them. Every line begins with a word
//! or sign of ours, and only messages are wrapped: a command must survive being copied.

use super::escape::plain;
use super::gaps::{self, Gap};
use super::{Caller, Context};
use crate::model::{Finding, Level, Report, Rule, SkipCause, Verdict};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

const BOLD: Style = Style::new().bold();
const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const PASSED: Style = AnsiColor::Green.on_default().bold();
const ACCENT: Style = AnsiColor::BrightBlue.on_default().bold();

/// How many findings of a rule are spelled out; the rest is a number and a command.
const SHOWN: usize = 20;

/// Where messages wrap: `remote: ` before a server's lines still fits into 90 columns.
const WIDTH: usize = 80;

/// What stands before a message's second line.
const INDENT: &str = "      ";

pub(super) fn write(report: &Report, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let gaps = gaps::of(report);
    let policy_error = gaps::policy_error(report, &gaps);
    let said = |gap: &&Gap| gap.cause != SkipCause::NotAsked;
    let warnings = gaps.iter().filter(said).count() + usize::from(policy_error.is_some());
    if report.findings.is_empty() && warnings == 0 {
        return match context.verbose {
            true => writeln!(out, "{PASSED}clean{PASSED:#}: {}", summary(report, &gaps)),
            false => Ok(()),
        };
    }
    for group in report.findings.chunk_by(|a, b| (a.level, a.rule) == (b.level, b.rule)) {
        write_group(group, several_refs(report), context, out)?;
    }
    if let Some(error) = policy_error {
        writeln!(out, "{WARNING}warning{WARNING:#}: the policy cannot be used: {}", plain(error))?;
        let source = report.policy.source.as_deref().filter(|source| !error.contains(source));
        if let Some(source) = source {
            writeln!(out, "  {ACCENT}-->{ACCENT:#} {}", plain(source))?;
        }
    }
    for gap in gaps.iter().filter(said) {
        writeln!(out, "{WARNING}warning{WARNING:#}: {}", plain(gap.sentence()))?;
    }
    if context.verbose {
        writeln!(out, "{BOLD}note{BOLD:#}: judged {}", summary(report, &gaps))?;
    }
    write_verdict(report, warnings, context, out)
}

/// Where one ref is judged, naming it at every finding tells nobody anything.
fn several_refs(report: &Report) -> bool {
    report.findings.iter().filter_map(|finding| finding.reference.as_ref()).collect::<BTreeSet<_>>().len() > 1
}

/// The findings of one rule and level.
fn write_group(group: &[Finding], with_ref: bool, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let Some(Finding { rule, level, .. }) = group.first() else { return Ok(()) };
    let (style, word) = match level {
        Level::Block => (ERROR, "error"),
        Level::Warn => (WARNING, "warning"),
    };
    writeln!(out, "{style}{word}[{rule}]{style:#}{BOLD}: {}{BOLD:#}", headline(*rule))?;
    let (shown, rest) = group.split_at(group.len().min(SHOWN));
    for (help, findings) in by_help(shown) {
        for finding in findings {
            write_finding(finding, with_ref, out)?;
        }
        for (nth, line) in help.iter().enumerate() {
            let sign = if nth == 0 { "= help:" } else { "       " };
            writeln!(out, "   {BOLD}{sign}{BOLD:#} {}", plain(line))?;
        }
    }
    if !rest.is_empty() {
        let command = plain(&context.rerun);
        writeln!(out, "  {BOLD}... and {} more{BOLD:#}; see them all: {command} --format json", rest.len())?;
    }
    writeln!(out)
}

fn headline(rule: Rule) -> &'static str {
    rule.summary().trim_end_matches('.')
}

/// Findings that ask for the same next step, brought together in the order of their first.
fn by_help(findings: &[Finding]) -> Vec<(&[String], Vec<&Finding>)> {
    let mut groups: Vec<(&[String], Vec<&Finding>)> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|(help, _)| *help == finding.help) {
            Some((_, group)) => group.push(finding),
            None => groups.push((&finding.help, vec![finding])),
        }
    }
    groups
}

/// `--> path:line`, and the message below; what has no place has its message there.
fn write_finding(finding: &Finding, with_ref: bool, out: &mut dyn Write) -> io::Result<()> {
    let reference = finding
        .reference
        .as_ref()
        .filter(|_| with_ref)
        .map(|reference| plain(reference.strip_prefix(b"refs/heads/").unwrap_or(reference)));
    let place = finding.path.as_ref().map(|path| match finding.line {
        Some(line) => format!("{}:{line}", plain(path)),
        None => plain(path),
    });
    let place = match (place, reference) {
        (Some(place), Some(reference)) => Some(format!("{place} on {reference}")),
        (place, reference) => place.or(reference),
    };
    let message = plain(&finding.message);
    let mut lines = wrap(&message, WIDTH - INDENT.len()).into_iter();
    let first = place.as_deref().or_else(|| lines.next()).unwrap_or_default();
    writeln!(out, "  {ACCENT}-->{ACCENT:#} {first}")?;
    lines.try_for_each(|line| writeln!(out, "{INDENT}{line}"))
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

/// `2 findings, 1 warning`, without what there is none of.
fn tally(blocks: usize, warnings: usize) -> String {
    let parts = [(blocks, "finding"), (warnings, "warning")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|&(count, noun)| plural(count as u64, noun));
    parts.collect::<Vec<_>>().join(", ")
}

/// What was looked at, in one line.
fn summary(report: &Report, gaps: &[Gap]) -> String {
    let stats = &report.stats;
    let mut text = format!("{}, {} ({})", plural(stats.refs, "ref"), plural(stats.blobs, "file"), size(stats.bytes),);
    // Without a policy in force nobody counted them.
    if report.policy.source.is_some() && report.policy.error.is_none() {
        let (commits, merges) = (plural(stats.new_commits, "new commit"), plural(stats.new_merges, "merge"));
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

fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
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

/// The text in lines of at most `width` characters where its spaces allow it. No line begins with `::`, which a CI
/// runner might take for a command.
fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some((limit, _)) = rest.char_indices().nth(width) {
        let may_end = |at: &usize| {
            let next = rest[*at..].trim_start();
            *at > 0 && !next.is_empty() && !next.starts_with("::")
        };
        let spaces = || rest.match_indices(' ').map(|(at, _)| at);
        let fits = spaces().take_while(|&at| at <= limit).filter(may_end).last();
        let Some(end) = fits.or_else(|| spaces().find(may_end)) else { break };
        lines.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{Format, samples};
    use super::*;

    /// Styles as a reader sees them: not at all.
    pub(in super::super) fn text(report: &Report, context: &Context) -> String {
        let mut text = samples::print(report, Format::Human, context);
        for style in [ERROR, WARNING, PASSED, ACCENT, BOLD] {
            text = text.replace(&style.render().to_string(), "").replace(&style.render_reset().to_string(), "");
        }
        text
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
    fn lines_break_at_spaces_and_never_before_a_command() {
        for (raw, want) in [
            ("", &[""][..]),
            ("short", &["short"]),
            ("exactly ten", &["exactly", "ten"]),
            ("ten chars!", &["ten chars!"]),
            ("one two three four", &["one two", "three four"]),
            ("unbreakable-word and more", &["unbreakable-word", "and more"]),
            ("äöüäöü äöüäöü", &["äöüäöü", "äöüäöü"]),
            ("break not ::error::x y", &["break", "not ::error::x", "y"]),
            ("break  not  ::error::x", &["break ", "not  ::error::x"]),
            ("trailing      ", &["trailing      "]),
        ] {
            assert_eq!(wrap(raw, 10), want, "{raw:?}");
        }
    }

    #[test]
    fn sizes_and_times_are_for_people() {
        let sizes = [0, 999, 1_000, 9_949, 34_218, 1_400_000, 1_400_000_000, 2_000_000_000_000].map(size);
        assert_eq!(sizes, ["0 bytes", "999 bytes", "1.0 kB", "9.9 kB", "34 kB", "1.4 MB", "1.4 GB", "2000.0 GB"]);
        let times = [0, 400, 4_213, 999_400, 1_250_000].map(|micros| time(Duration::from_micros(micros)));
        assert_eq!(times, ["0 ms", "0 ms", "4 ms", "999 ms", "1.2 s"]);
    }
}
