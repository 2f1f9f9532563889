//! GitHub workflow commands: a line a finding, which the runner turns into an annotation on the pull request.
//!
//! GitHub keeps ten errors and ten warnings a step. So what could not be judged comes before what was found: it must
//! not drown. No verdict is printed; the step's exit code tells it.

use super::escape::plain;
use super::gaps;
use crate::model::{Finding, Level, Report, SkipCause};
use bstr::BString;
use std::borrow::Cow;
use std::io::{self, Write};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let gaps = gaps::of(report);
    if let Some(error) = gaps::policy_error(report, &gaps) {
        policy_error(error, report.policy.source.as_deref(), out)?;
    }
    for gap in gaps.iter().filter(|gap| gap.cause != SkipCause::NotAsked) {
        command("warning", &[("title", "ci-guard: not judged".into())], &[plain(gap.sentence())], out)?;
    }
    report.findings.iter().try_for_each(|finding| annotate(&finding.into(), out))?;
    let notice = |text: &String| command("notice", &[("title", "ci-guard".into())], &[plain(text)], out);
    report.notices.iter().try_for_each(notice)
}

/// That the policy cannot be used.
pub(super) fn policy_error(error: &str, source: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let source = source.map(|source| format!("{source}: ")).unwrap_or_default();
    let message = format!("the policy cannot be used: {source}{error}");
    command("warning", &[("title", "ci-guard: policy".into())], &[plain(message)], out)
}

/// A finding, whatever found it.
pub(super) struct Annotation<'a> {
    pub is_error: bool,
    pub rule: &'static str,
    pub path: Option<&'a BString>,
    pub line: Option<u64>,
    pub end_line: Option<u64>,
    pub message: Cow<'a, str>,
    pub help: &'a [String],
}

impl<'a> From<&'a Finding> for Annotation<'a> {
    fn from(finding: &'a Finding) -> Self {
        Annotation {
            is_error: finding.level == Level::Block,
            rule: finding.rule.id(),
            path: finding.path.as_ref(),
            line: finding.line,
            end_line: finding.end_line,
            message: finding.message.as_str().into(),
            help: &finding.help,
        }
    }
}

pub(super) fn annotate(found: &Annotation, out: &mut dyn Write) -> io::Result<()> {
    let mut properties = Vec::new();
    if let Some(path) = found.path {
        properties.push(("file", plain(path)));
        properties.extend(found.line.map(|line| ("line", line.to_string())));
        properties.extend(found.end_line.map(|line| ("endLine", line.to_string())));
    }
    properties.push(("title", format!("ci-guard: {}", found.rule)));
    let lines: Vec<_> = [&*found.message].into_iter().chain(found.help.iter().map(String::as_str)).map(plain).collect();
    command(if found.is_error { "error" } else { "warning" }, &properties, &lines, out)
}

/// One command; `lines` are escaped already (see [`plain`]).
pub(super) fn command(
    name: &str,
    properties: &[(&str, String)],
    lines: &[String],
    out: &mut dyn Write,
) -> io::Result<()> {
    let properties: Vec<_> = properties.iter().map(|(key, value)| format!("{key}={}", property(value))).collect();
    writeln!(out, "::{name} {}::{}", properties.join(","), data(&lines.join("\n")))
}

/// What stands after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property's value, which a `,` or `:` would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::{Context, Format, samples};
    use super::*;

    fn text(report: &Report) -> String {
        samples::print(report, Format::Github, &Context::default())
    }

    #[test]
    fn nothing_is_said_when_all_is_well() {
        assert_eq!(text(&samples::clean()), "");
    }

    #[test]
    fn annotations_word_for_word() {
        insta::assert_snapshot!(text(&samples::marker()), @r#"
        ::error file=src/app.rs,line=12,endLine=20,title=ci-guard%3A conflict-marker::conflict block, lines 12 to 20 (`<<<<<<< HEAD` … `>>>>>>> develop`), in 1a2b3c4d5e "Merge develop"%0AResolve it and commit: edit src/app.rs, then git add src/app.rs && git commit
        ::error file=src/app.rs,line=40,endLine=44,title=ci-guard%3A conflict-marker::conflict block, lines 40 to 44 (`<<<<<<< HEAD` … `>>>>>>> develop`), in 1a2b3c4d5e "Merge develop"%0AResolve it and commit: edit src/app.rs, then git add src/app.rs && git commit
        "#);
        insta::assert_snapshot!(text(&samples::merge()), @r#"::error title=ci-guard%3A merge-source::merge 1a2b3c4d5e "Merge develop into x" brings in 99aabbccdd "Start v2" of origin/develop, which the policy does not allow%0AUndo the merge: git rebase --onto 1a2b3c4d5e^1 1a2b3c4d5e"#);
        insta::assert_snapshot!(text(&samples::foreign()), @r#"::error title=ci-guard%3A foreign-commits::brings 1468 commits of origin/develop, from aaaaaaaaaa "x" to bbbbbbbbbb "y"%0AKeep only your own commits: git rebase --onto origin/main bbbbbbbbbb%0AThen look: git log origin/main.."#);
        insta::assert_snapshot!(text(&samples::flood()), @"::error title=ci-guard%3A patch-scope::[too_many_lines] 12,162 lines added and deleted in 41 files; the policy allows 120%0Asplit the change, or take out what does not belong to it");
        insta::assert_snapshot!(text(&samples::notice()), @"::notice title=ci-guard::feature/TASK-1 needs approval by @org/core (medium risk): src/pay.rs: a core path");
        insta::assert_snapshot!(text(&samples::warnings()), @"
        ::warning title=ci-guard%3A not judged::merge-source not judged: the history of refs/heads/feature/TASK-1 is cut off (shallow clone); git fetch --unshallow brings it
        ::warning file=docs/merging.md,line=7,endLine=11,title=ci-guard%3A conflict-marker::conflict block inside a fenced code block
        ");
        insta::assert_snapshot!(text(&samples::undecided()), @"::warning title=ci-guard%3A not judged::ci-guard could not judge everything: the time limit of 20 s was reached");
        insta::assert_snapshot!(text(&samples::bad_policy()), @"
        ::warning title=ci-guard%3A policy::the policy cannot be used: .ci-guard.json of refs/remotes/origin/main: line 3: unknown key `alowed`; did you mean `allowed`?
        ::warning title=ci-guard%3A not judged::ci-guard could not judge merge-source and foreign-commits: the policy cannot be used
        ");
        insta::assert_snapshot!(text(&samples::hostile()), @r#"
        ::error file=\x3a%3Aerror file=a%2Cline=1%3A%3A\x1b[31m\r\nx\xff.rs,line=1,endLine=1,title=ci-guard%3A conflict-marker::\x3a:error::\x1b[2J\r\n::set-output name=a::b%0A\x3a:warning::help\n#\x23[group]x
        ::error file=\u{202e}cod/ä ö.md,line=2,endLine=3,title=ci-guard%3A conflict-marker::a [link](https://example.org) \u{202e}dlo\u{202c} #\x23[error]x%0A\x3a:warning::help\n#\x23[group]x
        ::error file=a%25b%2Cc%3Ad e.rs,line=4,endLine=4,title=ci-guard%3A conflict-marker::50%25 of a,b:c%0A\x3a:warning::help\n#\x23[group]x
        "#);
    }

    #[test]
    fn values_are_escaped() {
        for (raw, in_data, in_property) in [
            ("plain text", "plain text", "plain text"),
            ("100%", "100%25", "100%25"),
            ("%0A", "%250A", "%250A"),
            ("a\r\nb", "a%0D%0Ab", "a%0D%0Ab"),
            ("a:b,c::d", "a:b,c::d", "a%3Ab%2Cc%3A%3Ad"),
        ] {
            assert_eq!(data(raw), in_data);
            assert_eq!(property(raw), in_property);
        }
    }
}
