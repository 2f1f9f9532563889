//! A section for the summary of a job, as Markdown: how it ended, and a table of the attempts. Nothing where it passed at once, or
//! where the work failed: the job's log says that.

use super::super::markdown;
use super::words;
use crate::model::{Attempt, Ending, FailureType, RetryRun, Why};
use std::io::{self, Write};

/// Of more attempts, the last ones are shown.
const MOST: usize = 50;

/// Print it.
pub fn write(run: &RetryRun, of: u32, out: &mut dyn Write) -> io::Result<()> {
    if run.attempts.len() < 2 && run.failure != FailureType::Infra {
        return Ok(());
    }
    let name = run.name.as_deref().map(|name| format!(": {}", cell(&words::short(name, super::MAX_NAME))));
    writeln!(out, "\n### ci-guard retry{}\n", name.unwrap_or_default())?;
    if let Some(said) = words::over(run, of) {
        let mut text = cell(&said.text);
        // A sentence here, half a line there.
        text.get_mut(..1).map(str::make_ascii_uppercase).unwrap_or_default();
        writeln!(out, "{text}.\n")?;
    }
    writeln!(out, "| Attempt | Ended with | Took | Why | Pause |\n|---|---|---|---|---|")?;
    let hidden = run.attempts.len().saturating_sub(MOST);
    if hidden > 0 {
        writeln!(out, "| … | | | {hidden} earlier ones | |")?;
    }
    run.attempts[hidden..].iter().try_for_each(|attempt| row(attempt, out))
}

fn row(attempt: &Attempt, out: &mut dyn Write) -> io::Result<()> {
    let judged = &attempt.judgement;
    let ending = match (judged.why, attempt.ending) {
        (Why::Passed, Ending::Code(0)) => "success".to_owned(),
        (_, ending) => words::ending(ending),
    };
    let why = if judged.why == Why::Passed { String::new() } else { words::why(judged) };
    let pause = attempt.wait.map(|wait| words::time(wait.length)).unwrap_or_default();
    let cells = [attempt.number.to_string(), ending, words::time(attempt.took), why, pause];
    writeln!(out, "| {} |", cells.map(|text| cell(&text)).join(" | "))
}

/// Nothing here is long, but for what the command said.
fn cell(text: &str) -> String {
    const ROOM: usize = 2_000;
    markdown::text(text, ROOM)
}

#[cfg(test)]
mod tests {
    use super::super::super::markdown::tests::{parser, references};
    use super::super::samples;
    use super::*;
    use pulldown_cmark::{Event, Tag};

    fn printed(run: &RetryRun) -> String {
        let mut out = Vec::new();
        write(run, 3, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn there_is_a_section_where_something_happened_to_the_infrastructure() {
        assert_eq!(printed(&samples::passed_at_once()), "");
        assert_eq!(printed(&samples::broken_code()), "");
        insta::assert_snapshot!(printed(&RetryRun { name: Some("install".into()), ..samples::passed_later() }), @r#"
        ### ci-guard retry: install

        Passed at attempt 2 of 3.

        | Attempt | Ended with | Took | Why | Pause |
        |---|---|---|---|---|
        | 1 | exit code 1 | 2.1 s | a transient failure, seen in "npm error network read ECONNRESET" \[npm-network\] | 10 s |
        | 2 | success | 2.1 s |  |  |
        "#);
        insta::assert_snapshot!(printed(&samples::given_up()), @r#"
        ### ci-guard retry

        Given up after 3 attempts (signal 9, KILL): an exit code of time limits and kills; all retries are used. The infrastructure failed, which says nothing about the work: run it again later.

        | Attempt | Ended with | Took | Why | Pause |
        |---|---|---|---|---|
        | 1 | exit code 1 | 2.1 s | a transient failure, seen in "npm error network read ECONNRESET" \[npm-network\] | 10 s |
        | 2 | exit code 1 | 2.1 s | a transient failure, seen in "npm error network read ECONNRESET" \[npm-network\] | 20 s |
        | 3 | signal 9, KILL | 2.1 s | an exit code of time limits and kills |  |
        "#);
    }

    #[test]
    fn text_of_the_command_neither_breaks_the_table_nor_calls_anybody() {
        let text = printed(&samples::hostile());
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 4, "{text}");
        assert!(rows.iter().all(|row| row.matches('|').count() == 6), "{text}");
        let mut shown = String::new();
        for event in parser(&text) {
            match event {
                Event::Text(text) => shown.push_str(&text),
                Event::Code(_) | Event::Html(_) | Event::Start(Tag::Link { .. } | Tag::Image { .. }) => {
                    panic!("{event:?}")
                }
                _ => shown.push('\n'),
            }
        }
        assert_eq!(references(&shown), [""; 0], "{text}");
        assert!(!text.contains('\u{1b}') && text.lines().all(|line| !line.starts_with("::")));
    }

    #[test]
    fn of_a_loop_without_end_the_last_attempts_are_shown() {
        let mut run = samples::given_up();
        run.attempts = (1..=5_000).map(|number| samples::transient(number, Some(0))).collect();
        let text = printed(&run);
        assert!(text.contains("| … | | | 4950 earlier ones | |\n| 4951 |"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("| ")).count(), 2 + MOST);
    }
}
