//! The comment for a pull request, and the section of a step summary: Markdown that GitHub, GitLab, Gitea and Forgejo show alike.
//!
//! What was found in the code and what the infrastructure did stand apart: nobody has to mend a lost connection. Nobody is mentioned,
//! and no text of a reviewer does anything (see markdown.rs). The first line of a comment is a hidden marker, so that the next
//! run finds the comment and replaces it; whoever looks for it matches its author too, for anybody can write that line.
//!
//! Forges refuse what is too long, so everything has its room. The verdict, the infrastructure and what comes next are made
//! first; what was found takes what they leave, every reviewer keeping as much as the others.

use super::super::markdown::{code, text};
use super::words::{self, capital};
use crate::model::{Panel, Review, ReviewAction, ReviewFinding, ReviewVerdict, counted};
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

/// The hidden line by which a comment is found again.
pub const MARKER: &str = "<!-- ci-guard:verdict -->";

/// All of it, in bytes. GitHub takes 65,536 characters in a comment and 1 MiB in a summary.
const ROOM: usize = 60_000;

/// What the parts may take of it that are never left out.
const INFRA_ROOM: usize = 16_000;
const MISSING_ROOM: usize = 3_000;
const PASSED_ROOM: usize = 2_000;
const NEXT_ROOM: usize = 8_000;

/// What a piece of somebody else's text may take.
const NAME: usize = 120;
const PLACE: usize = 240;
const WHAT: usize = 700;
const REASON: usize = 360;

/// Rows of one reviewer, most first: the most with which a table fits.
const STEPS: [usize; 9] = [400, 200, 100, 50, 20, 10, 5, 2, 1];

/// Print the comment.
pub fn comment(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{MARKER}")?;
    summary(panel, out)
}

/// Print the section of a step summary: the comment without its marker.
pub fn summary(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    let (head, infra) = (head(panel), infrastructure(panel));
    let last = [missing(panel), next(panel)].concat();
    let room = ROOM - MARKER.len() - head.len() - infra.len() - last.len();
    let warnings = found(panel, "Warnings", |review| review.verdict == ReviewVerdict::Warn, room / 4);
    let has_notes = |review: &Review| {
        !matches!(review.verdict, ReviewVerdict::CriticalFail | ReviewVerdict::Warn) && !review.findings.is_empty()
    };
    let others = found(panel, "Notes of other reviewers", has_notes, room / 8);
    let room = room - warnings.len() - others.len();
    let findings = found(panel, "Findings", |review| review.verdict == ReviewVerdict::CriticalFail, room);
    for part in [head, findings, warnings, infra, others, last] {
        out.write_all(part.as_bytes())?;
    }
    Ok(())
}

fn head(panel: &Panel) -> String {
    let (title, sentence) = words::meaning(panel);
    format!("## Review verdict: {title}\n\n**{}**: {sentence}\n{}", panel.verdict.id(), passed(panel))
}

/// What reviewers of one kind found: a table, as long as there is room.
fn found(panel: &Panel, title: &str, is_in: fn(&Review) -> bool, room: usize) -> String {
    let groups: Vec<Group> = panel.reviews.iter().filter(|review| is_in(review)).map(Group::found).collect();
    let table = Table { title, intro: "", columns: &["reviewer", "where", "what"], groups };
    table.written(room)
}

fn infrastructure(panel: &Panel) -> String {
    let missed = words::missed(panel);
    let steps = panel.next.iter().filter_map(|step| Some((step.agent.as_deref()?, words::step(step))));
    let steps: HashMap<&str, &str> = steps.collect();
    let rows = panel.reviews.iter().filter(|review| words::is_infra(review)).map(|review| {
        let step = steps.get(review.agent.as_str()).map(|step| capital(step)).unwrap_or_default();
        let mut what = text(words::because(review), REASON);
        if let Some(message) = words::said_besides(review) {
            what += &format!("; it said: {}", text(message, REASON));
        }
        Group::of(vec![row(&[name(&review.agent, &missed), what, review.retry_count.to_string(), step])])
    });
    let table = Table {
        title: "Infrastructure",
        intro: "These reviewers could not review. That says nothing about the change, and nobody has to mend it there.\n\n",
        columns: &["reviewer", "what happened", "retries", "next step"],
        groups: rows.collect(),
    };
    table.written(INFRA_ROOM)
}

fn missing(panel: &Panel) -> String {
    match panel.not_run.is_empty() {
        true => String::new(),
        false => {
            let missed = words::missed(panel);
            let names = panel.not_run.iter().map(|missing| name(missing, &missed));
            format!("\n### Did not run\n\nNo review by {}.\n", listed(names, MISSING_ROOM))
        }
    }
}

fn passed(panel: &Panel) -> String {
    let passed = || panel.reviews.iter().filter(|review| review.verdict == ReviewVerdict::Pass);
    match passed().count() {
        0 => String::new(),
        count => {
            let names = listed(passed().map(name_and_retries), PASSED_ROOM);
            format!("\nPassed by {}: {names}.\n", counted(count, "reviewer"))
        }
    }
}

/// A line for all whose turn is the same: why it is their turn stands above.
fn next(panel: &Panel) -> String {
    let mut turns: Vec<(ReviewAction, Vec<&str>)> = Vec::new();
    let mut lines = String::new();
    for step in &panel.next {
        let Some(agent) = step.agent.as_deref() else {
            if lines.len() < NEXT_ROOM / 2 {
                lines += &format!("- {} ({})\n", capital(words::step(step)), text(&step.reason, REASON));
            }
            continue;
        };
        match turns.iter_mut().find(|(action, _)| *action == step.action) {
            Some((_, names)) => names.push(agent),
            None => turns.push((step.action, vec![agent])),
        }
    }
    for (action, names) in turns {
        let deed = capital(words::deed(action, names.len() == 1));
        lines += &format!("- {deed}: {}\n", listed(names.iter().map(|agent| text(agent, NAME)), NEXT_ROOM / 10));
    }
    if lines.is_empty() { lines } else { format!("\n### Next\n\n{lines}") }
}

/// Names with commas between them, and how many are left out.
fn listed(names: impl Iterator<Item = String>, room: usize) -> String {
    let mut list = String::new();
    let mut left_out = 0;
    for name in names {
        if left_out > 0 || list.len() + name.len() > room {
            left_out += 1;
        } else {
            list += if list.is_empty() { "" } else { ", " };
            list += &name;
        }
    }
    if left_out > 0 { format!("{list} and {left_out} more") } else { list }
}

fn name(agent: &str, missed: &HashSet<&str>) -> String {
    let mark = if missed.contains(agent) { " (required)" } else { "" };
    format!("{}{mark}", text(agent, NAME))
}

fn name_and_retries(review: &Review) -> String {
    match review.retry_count {
        0 => text(&review.agent, NAME),
        count => format!("{} ({})", text(&review.agent, NAME), words::retries(count)),
    }
}

/// Rows that belong to one reviewer.
struct Group {
    /// The first ones, as many as may ever be shown.
    rows: Vec<String>,
    /// How many there are in all.
    count: usize,
}

impl Group {
    fn of(rows: Vec<String>) -> Group {
        Group { count: rows.len(), rows }
    }

    /// What a reviewer said and found.
    fn found(review: &Review) -> Group {
        let who = name_and_retries(review);
        let said = if review.message.trim().is_empty() { words::because(review) } else { &review.message };
        let said = text(said, WHAT);
        let owes = review.findings.is_empty() || !said.is_empty();
        let said = owes.then(|| row(&[who.clone(), String::new(), said]));
        let cells = |finding: &ReviewFinding| {
            let place = words::place(finding).map(|place| code(&place, PLACE)).unwrap_or_default();
            row(&[who.clone(), place, text(&words::what(finding), WHAT)])
        };
        let count = usize::from(said.is_some()) + review.findings.len();
        Group { rows: said.into_iter().chain(review.findings.iter().map(cells)).take(STEPS[0]).collect(), count }
    }
}

/// A section that is a table, when there is anything to put into it.
struct Table<'a> {
    title: &'a str,
    intro: &'a str,
    columns: &'a [&'a str],
    groups: Vec<Group>,
}

impl Table<'_> {
    fn written(&self, room: usize) -> String {
        const NOTE: usize = 80;
        if self.groups.is_empty() {
            return String::new();
        }
        let columns: Vec<String> = self.columns.iter().map(|column| (*column).to_owned()).collect();
        let rule = vec!["---".to_owned(); columns.len()];
        let mut section = format!("\n### {}\n\n{}{}{}", self.title, self.intro, row(&columns), row(&rule));
        let room = room.saturating_sub(section.len() + NOTE);
        let size = |most: usize| self.shown(most).map(String::len).sum::<usize>();
        let most = STEPS.into_iter().find(|most| size(*most) <= room).unwrap_or(1);
        let (mut left, mut shown) = (room, 0);
        for row in self.shown(most) {
            // With more reviewers than there is room for, the last ones go.
            let Some(rest) = left.checked_sub(row.len()) else { break };
            left = rest;
            shown += 1;
            section += row;
        }
        match self.groups.iter().map(|group| group.count).sum::<usize>() - shown {
            0 => {}
            more => section += &format!("\n{more} more are not shown here; `--format json` has them all.\n"),
        }
        section
    }

    /// So many rows of each reviewer.
    fn shown(&self, most: usize) -> impl Iterator<Item = &String> {
        self.groups.iter().flat_map(move |group| group.rows.iter().take(most))
    }
}

fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::super::markdown::tests::{parser, references};
    use super::super::samples;
    use super::*;
    use crate::model::ReviewStep;
    use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

    pub(in super::super) fn text(panel: &Panel) -> String {
        let mut out = Vec::new();
        comment(panel, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// A comment as a forge shows it: its headings, and of each table how many cells each row has.
    #[derive(Debug, Default, PartialEq, Eq)]
    pub(in super::super) struct Shown {
        pub headings: Vec<String>,
        pub tables: Vec<Vec<usize>>,
    }

    /// Read a comment as a forge does. Nothing is in it but what we write: no link, no image, no element that is not ours,
    /// nothing that a forge makes a reference of, and no line that is a command.
    pub(in super::super) fn read(markdown: &str) -> Shown {
        let mut shown = Shown::default();
        let mut block = String::new();
        for (event, range) in parser(markdown).into_offset_iter() {
            let is_end = matches!(event, Event::End(_));
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H2 | HeadingLevel::H3, .. }) => block.clear(),
                Event::Start(Tag::Paragraph | Tag::Item | Tag::TableCell) => block.clear(),
                Event::Start(Tag::Table(_)) => shown.tables.push(Vec::new()),
                Event::Start(Tag::TableHead | Tag::TableRow) => shown.tables.last_mut().unwrap().push(0),
                Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) if range.start == 0 => {}
                Event::Start(Tag::List(None) | Tag::Strong) => {}
                Event::Start(tag) => panic!("{tag:?} in {markdown}"),
                Event::End(TagEnd::Heading(_)) => shown.headings.push(block.clone()),
                Event::End(TagEnd::TableCell) => *shown.tables.last_mut().unwrap().last_mut().unwrap() += 1,
                Event::End(_) => {}
                Event::Text(text) => block.push_str(&text),
                Event::Html(html) => assert_eq!((&*html, range.start), (format!("{MARKER}\n").as_str(), 0)),
                Event::InlineHtml(tag) => assert!(["<code>", "</code>", "<span>", "</span>"].contains(&&*tag), "{tag}"),
                Event::Code(code) => assert_eq!(&*code, "--format json"),
                other => panic!("{other:?} in {markdown}"),
            }
            if is_end {
                assert_eq!(references(&block), [""; 0], "in {markdown}");
            }
        }
        for line in markdown.lines() {
            let first = line.chars().next().unwrap_or('|');
            assert!(
                "#|-*<".contains(first) || first.is_ascii_uppercase() || first.is_ascii_digit(),
                "a line of ours: {line}"
            );
        }
        assert_eq!(markdown.matches(MARKER).count(), 1);
        assert!(markdown.len() < ROOM, "{} bytes", markdown.len());
        shown
    }

    #[test]
    fn six_reviewers() {
        insta::assert_snapshot!(text(&samples::six()), @r#"
        <!-- ci-guard:verdict -->
        ## Review verdict: changes needed

        **CRITICAL_FAIL**: A reviewer found something that must not land.

        Passed by 1 reviewer: docs (1 retry).

        ### Findings

        | reviewer | where | what |
        | --- | --- | --- |
        | security |  | Two ways in. |
        | security | <code>src/pay.rs:12</code> | critical: SQL is built from the request's \`id\`: use a parameter |
        | security | <code>src/\_\_init\_\_.py:3</code> | high: a key in the source &#124; see #&#8203;12 (no-secrets) |
        | tests (1 retry) |  | The refund path has no test at all. |

        ### Warnings

        | reviewer | where | what |
        | --- | --- | --- |
        | architecture | <code>src/cart.rs:80</code> | minor: this module now does two things; ask @&#8203;org/core |

        ### Infrastructure

        These reviewers could not review. That says nothing about the change, and nobody has to mend it there.

        | reviewer | what happened | retries | next step |
        | --- | --- | --- | --- |
        | performance | there is no VERDICT line in its answer; it said: fetch failed: socket hang up | 2 | Run only this reviewer again |

        ### Did not run

        No review by licences (required), performance.

        ### Next

        - Mend what was found: security, tests
        - Read the warnings: architecture
        - Run only these reviewers again: performance, licences
        "#);
    }

    #[test]
    fn passed_and_degraded() {
        insta::assert_snapshot!(text(&samples::pass()), @"
        <!-- ci-guard:verdict -->
        ## Review verdict: passed

        **PASS**: No reviewer has anything against this change.

        Passed by 2 reviewers: security, docs (1 retry).

        ### Next

        - Go on: nothing stands in the way (all reviewers have passed it)
        ");
        insta::assert_snapshot!(text(&samples::degraded()), @"
        <!-- ci-guard:verdict -->
        ## Review verdict: some reviews are missing

        **DEGRADED**: Some reviewers could not review. Those who could found nothing that stops this change.

        Passed by 1 reviewer: docs.

        ### Infrastructure

        These reviewers could not review. That says nothing about the change, and nobody has to mend it there.

        | reviewer | what happened | retries | next step |
        | --- | --- | --- | --- |
        | security | exit code 124: it timed out | 2 | Run only this reviewer again |

        ### Did not run

        No review by security.

        ### Next

        - Run only this reviewer again: security
        ");
    }

    #[test]
    fn code_and_infrastructure_are_apart_and_nobody_is_mentioned() {
        let text = text(&samples::six());
        let shown = read(&text);
        assert_eq!(
            shown.headings,
            ["Review verdict: changes needed", "Findings", "Warnings", "Infrastructure", "Did not run", "Next"]
        );
        assert_eq!(shown.tables, [vec![3; 5], vec![3; 2], vec![4; 2]]);
        let (code, infra) = text.split_once("### Infrastructure").unwrap();
        assert!(!code.contains("performance") && !infra.contains("src/pay.rs"));
    }

    #[test]
    fn a_summary_is_the_comment_without_its_marker() {
        for (name, panel) in samples::all() {
            let mut out = Vec::new();
            summary(&panel, &mut out).unwrap();
            assert_eq!(text(&panel), format!("{MARKER}\n{}", String::from_utf8(out).unwrap()), "{name}");
        }
    }

    #[test]
    fn a_flood_of_one_reviewer_leaves_room_for_the_others() {
        let panel = samples::flood();
        let text = text(&panel);
        let shown = read(&text);
        for review in &panel.reviews {
            assert!(
                text.contains(&format!("| {} ", review.agent)) || text.contains(&format!("{} (1 retry)", review.agent))
            );
        }
        assert_eq!(shown.headings.len(), 7, "{:?}", shown.headings);
        assert!(text.contains(" more are not shown here; `--format json` has them all.\n"), "{text}");
        assert!(text.len() > ROOM / 2, "there is room for more than {} bytes", text.len());
    }

    #[test]
    fn thousands_of_reviewers_leave_room_for_the_verdict_and_what_comes_next() {
        let mut panel = samples::six();
        let many = |kind: &str, n| (0..n).map(|nth| format!("{kind} {nth} {}", "$".repeat(300))).collect::<Vec<_>>();
        for verdict in ReviewVerdict::ALL {
            panel.reviews.extend(many(verdict.id(), 2000).iter().map(|agent| {
                let mut review = samples::review(agent, verdict);
                review.message = "|".repeat(3000);
                review
            }));
        }
        panel.not_run.extend(many("not", 2000));
        let first = panel.next[0].clone();
        for text in many("next", 2000) {
            panel.next.push(ReviewStep { agent: None, reason: text.clone(), ..first.clone() });
            panel.next.push(ReviewStep { agent: Some(text), ..first.clone() });
        }
        let shown = read(&text(&panel));
        let all = ["Findings", "Warnings", "Infrastructure", "Did not run", "Next"];
        assert_eq!(shown.headings[1..], all);
        assert!(shown.tables.iter().all(|table| table.len() > 3), "{:?}", shown.tables);
    }

    #[test]
    fn a_fail_that_names_nothing_is_told() {
        let panel = Panel { reviews: vec![samples::review("security", ReviewVerdict::CriticalFail)], ..samples::six() };
        assert!(text(&panel).contains("| security |  | it gave no reason |\n"));
    }
}
