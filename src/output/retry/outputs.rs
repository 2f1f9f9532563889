//! What later steps of a job can ask for, in the form of the file that `$GITHUB_OUTPUT` names: a name, a delimiter, the value, the
//! delimiter. A value in which the delimiter does not occur cannot end early and name an output of its own.

use super::report;
use crate::model::RetryRun;
use std::io::{self, Write};

/// GitHub takes a megabyte of outputs from a job, and a shell less in one variable: of a loop without end, the last attempts.
const MOST: usize = 100;

/// Print them. `chance` is a word that nobody can know before.
pub fn write(run: &RetryRun, chance: &str, out: &mut dyn Write) -> io::Result<()> {
    let last = &run.attempts[run.attempts.len().saturating_sub(MOST)..];
    for (name, value) in [
        ("retry_count", run.retry_count().to_string()),
        ("failure_type", run.failure.id().to_owned()),
        ("exit_code", run.exit_code.to_string()),
        ("attempts", report::attempts(last)?),
    ] {
        let delimiter = delimiter(chance, &value);
        writeln!(out, "{name}<<{delimiter}\n{value}\n{delimiter}")?;
    }
    Ok(())
}

fn delimiter(chance: &str, value: &str) -> String {
    let mut delimiter = format!("ghadelimiter_{chance}");
    // It is longer than the value at some time.
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    delimiter
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use serde_json::Value;

    fn printed(run: &RetryRun, chance: &str) -> String {
        let mut out = Vec::new();
        write(run, chance, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// What GitHub's runner makes of the file.
    fn read(text: &str) -> Vec<(String, String)> {
        let (mut found, mut lines) = (Vec::new(), text.lines());
        while let Some(line) = lines.next() {
            let (name, delimiter) = line.split_once("<<").expect("a name and a delimiter");
            let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
            found.push((name.to_owned(), value.join("\n")));
        }
        found
    }

    #[test]
    fn four_outputs_whatever_the_command_says() {
        for run in samples::all() {
            let found = read(&printed(&run, "0123"));
            let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["retry_count", "failure_type", "exit_code", "attempts"]);
            let attempts: Value = serde_json::from_str(&found[3].1).unwrap();
            assert_eq!(attempts.as_array().unwrap().len(), run.attempts.len());
            assert_eq!(found[0].1, run.retry_count().to_string());
            assert_eq!((found[1].1.as_str(), &found[2].1), (run.failure.id(), &run.exit_code.to_string()));
        }
    }

    #[test]
    fn a_delimiter_is_in_no_value_even_where_somebody_guessed_it() {
        let mut run = samples::given_up();
        run.attempts[0].judgement.line = Some("ghadelimiter_7 ghadelimiter_7__".into());
        let text = printed(&run, "7");
        assert!(
            text.contains("\nattempts<<ghadelimiter_7_\n") || text.contains("\nattempts<<ghadelimiter_7___\n"),
            "{text}"
        );
        assert_eq!(read(&text).len(), 4);
        assert_eq!(delimiter("7", "ghadelimiter_7 ghadelimiter_7__"), "ghadelimiter_7___");
        assert_eq!(delimiter("7", "ghadelimiter_8"), "ghadelimiter_7");
    }

    #[test]
    fn of_a_loop_without_end_the_last_attempts_are_told() {
        let mut run = samples::given_up();
        run.attempts = (1..=5_000).map(|number| samples::transient(number, Some(0))).collect();
        let found = read(&printed(&run, "7"));
        let attempts: Value = serde_json::from_str(&found[3].1).unwrap();
        assert_eq!((attempts.as_array().unwrap().len(), &attempts[MOST - 1]["attempt"]), (MOST, &5_000.into()));
        assert_eq!(found[0].1, "4999");
    }
}
