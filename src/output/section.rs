//! A report as a section of Markdown, for the comment on a pull request and the step summary: how it ended, a table of what
//! was found, what to do next. Nothing of a repository does anything in it (see markdown.rs).
//!
//! There is no marker in it: whoever puts sections together into a comment writes one before them.

use super::gaps;
use super::markdown::{code, text};
use super::patch::{GateWords, gate_words};
use crate::model::{Effect, GateReport, Level, Report, SkipCause, Verdict, counted};
use bstr::{BString, ByteSlice};
use std::io::{self, Write};

/// Rows of a table; of more it is said how many there are.
const ROWS: usize = 50;
/// What a cell has room for, in bytes.
const CELL: usize = 800;
/// Lines of help; each is said once.
const HELP: usize = 20;

/// What stands in one row.
struct Row<'a> {
    blocks: bool,
    id: &'a str,
    path: Option<&'a BString>,
    line: Option<u64>,
    message: &'a str,
    help: &'a [String],
}

/// Print the guard's report.
pub(super) fn report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let gaps = gaps::of(report);
    let open = gaps.iter().filter(|gap| gap.cause != SkipCause::NotAsked);
    let doubts: Vec<String> = gaps::policy_error(report, &gaps)
        .map(|error| format!("the policy cannot be used: {error}"))
        .into_iter()
        .chain(open.map(gaps::Gap::sentence))
        .collect();
    let (title, sentence) = match report.verdict() {
        Verdict::Block => ("blocked", "These commits may not land like this."),
        Verdict::Undecided => ("could not judge", "Not everything could be judged."),
        Verdict::Allow if !report.findings.is_empty() => ("clean, with warnings", "Nothing stops these commits."),
        Verdict::Allow => ("clean", "No half-resolved merge, no foreign merge, no foreign commit."),
    };
    heading("Merge guard", title, sentence, out)?;
    let rows: Vec<Row> = report
        .findings
        .iter()
        .map(|finding| Row {
            blocks: finding.level == Level::Block,
            id: finding.rule.id(),
            path: finding.path.as_ref(),
            line: finding.line,
            message: &finding.message,
            help: &finding.help,
        })
        .collect();
    table(&rows, out)?;
    list("Not judged", &doubts, out)?;
    list("Notes", &report.notices, out)
}

/// Print the gate's answer.
pub(super) fn answer(report: &GateReport, out: &mut dyn Write) -> io::Result<()> {
    let GateWords { head, rest, because } = gate_words(report);
    heading("Patch gate", head, &format!("{}.", rest.trim_end_matches('.')), out)?;
    let rows: Vec<Row> = report
        .objections
        .iter()
        .map(|objection| Row {
            blocks: objection.effect == Effect::Deny,
            id: objection.code.id(),
            path: objection.path.as_ref(),
            line: objection.line,
            message: &objection.message,
            help: &objection.help,
        })
        .collect();
    table(&rows, out)?;
    list("Because", &because, out)?;
    let doubts: Vec<String> =
        report.policy.error.iter().map(|error| format!("the policy cannot be used: {error}")).collect();
    list("Not judged", &doubts, out)
}

fn heading(name: &str, title: &str, sentence: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### {name}: {title}\n\nResult: {}", text(sentence, CELL))
}

fn table(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n| | rule | where | what |\n|---|---|---|---|")?;
    for row in rows.iter().take(ROWS) {
        let weight = if row.blocks { "stops" } else { "warns" };
        let place = row.path.map(|path| {
            let path = path.to_str_lossy();
            code(&row.line.map_or_else(|| path.clone().into_owned(), |line| format!("{path}:{line}")), CELL)
        });
        let place = place.unwrap_or_default();
        writeln!(out, "| {weight} | {} | {place} | {} |", row.id, text(row.message, CELL))?;
    }
    if rows.len() > ROWS {
        writeln!(out, "\n… and {} more.", counted(rows.len() - ROWS, "finding"))?;
    }
    let mut help: Vec<String> = Vec::new();
    for line in rows.iter().flat_map(|row| row.help) {
        if !help.contains(line) && help.len() < HELP {
            help.push(line.clone());
        }
    }
    list("What to do", &help, out)
}

fn list(title: &str, lines: &[impl AsRef<str>], out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n**{title}**\n")?;
    // A word of ours comes first, so that no text begins a list's item with something that a forge obeys.
    lines.iter().try_for_each(|line| writeln!(out, "- {}", inert(line.as_ref())))
}

/// Text at the beginning of a line: of a list's item, after the dash.
fn inert(line: &str) -> String {
    let shown = text(line, CELL);
    match shown.chars().next() {
        Some(c) if c.is_alphabetic() => shown,
        _ => format!("&#8203;{shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::markdown::tests::{hostile, parser, references};
    use super::super::{patch, samples};
    use super::*;
    use crate::model::Finding;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Tag};

    fn printed(of: &Report) -> String {
        let mut out = Vec::new();
        report(of, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn gated(of: &GateReport) -> String {
        let mut out = Vec::new();
        answer(of, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sections_word_for_word() {
        insta::assert_snapshot!(printed(&samples::clean()), @r#"
        ### Merge guard: clean

        Result: No half-resolved merge, no foreign merge, no foreign commit.
        "#);
        insta::assert_snapshot!(printed(&samples::marker()), @r#"
        ### Merge guard: blocked

        Result: These commits may not land like this.

        | | rule | where | what |
        |---|---|---|---|
        | stops | conflict-marker | <code>src/app.rs:12</code> | conflict block, lines 12 to 20 (\`&lt;&lt;&lt;&lt;&lt;&lt;&lt; HEAD\` … \`&gt;&gt;&gt;&gt;&gt;&gt;&gt; develop\`), in 1a2b3c4d5e "Merge develop" |
        | stops | conflict-marker | <code>src/app.rs:40</code> | conflict block, lines 40 to 44 (\`&lt;&lt;&lt;&lt;&lt;&lt;&lt; HEAD\` … \`&gt;&gt;&gt;&gt;&gt;&gt;&gt; develop\`), in 1a2b3c4d5e "Merge develop" |

        **What to do**

        - Resolve it and commit: edit src/app.rs, then git add src/app.rs &amp;&amp; git commit
        "#);
        insta::assert_snapshot!(printed(&samples::undecided()), @r#"
        ### Merge guard: could not judge

        Result: Not everything could be judged.

        **Not judged**

        - ci-guard could not judge everything: the time limit of 20 s was reached
        "#);
        insta::assert_snapshot!(gated(&patch::samples::review_medium()), @r#"
        ### Patch gate: needs approval

        Result: medium risk; the code owners approve: @&#8203;org/core (src/pay.rs).

        | | rule | where | what |
        |---|---|---|---|
        | warns | mode_change | <code>tools/run.sh</code> | becomes executable: 100644 to 100755 |
        | warns | code_owner | <code>src/pay.rs</code> | is among the core\_paths of the policy |

        **What to do**

        - take it out unless it is meant: git update-index --chmod=-x tools/run.sh
        "#);
        insta::assert_snapshot!(gated(&patch::samples::flood()), @r#"
        ### Patch gate: out of scope

        Result: 2 findings, 1 warning. Mend them, then check again.

        | | rule | where | what |
        |---|---|---|---|
        | stops | path_blocked | <code>infra/prod.tf</code> | is among the blocked\_paths of the policy (\`infra/\*\*\`) |
        | stops | too_many_lines |  | 12162 lines added and deleted in 2 files; the policy allows 120 |
        | warns | sensitive_path | <code>infra/prod.tf</code> | configuration of what runs in production |

        **What to do**

        - leave it as it is; whoever keeps the policy can change it
        - split the change, or take out what does not belong to it
        "#);
    }

    /// The cells of every row, and that nothing but text and our own structure is there.
    fn rows(markdown: &str) -> Vec<usize> {
        let (mut rows, mut all) = (Vec::new(), String::new());
        for event in parser(markdown) {
            match event {
                Event::Start(Tag::TableRow) => rows.push(0),
                Event::Start(Tag::TableCell) => rows.last_mut().map(|cells| *cells += 1).unwrap_or_default(),
                Event::Text(text) => all.push_str(&text),
                Event::Start(
                    Tag::Table(_)
                    | Tag::TableHead
                    | Tag::Heading { .. }
                    | Tag::Paragraph
                    | Tag::List(_)
                    | Tag::Item
                    | Tag::Strong,
                )
                | Event::End(_) => all.push('\n'),
                Event::InlineHtml(tag) if ["<span>", "</span>", "<code>", "</code>"].contains(&&*tag) => {}
                Event::SoftBreak => {}
                other => panic!("{other:?} in {markdown}"),
            }
        }
        assert_eq!(references(&all), [""; 0], "{markdown}");
        rows
    }

    proptest! {
        #[test]
        fn nothing_of_a_repository_does_anything(
            path in hostile(), message in hostile(), help in prop::collection::vec(hostile(), 0..3), notice in hostile(),
        ) {
            let base = samples::marker();
            let finding = Finding { path: Some(path.into()), message, help, ..base.findings[0].clone() };
            let report = Report { findings: vec![finding; 3], notices: vec![notice], ..base };
            prop_assert_eq!(rows(&printed(&report)), vec![4; 3]);
        }
    }
}
