//! Printers of what `ci-guard retry` did: while it happens, as a report, and for the CI system around it.

mod github;
mod human;
mod outputs;
mod report;
#[cfg(test)]
mod samples;
mod summary;
mod words;

use crate::model::{Attempt, RetryRun};
use std::io::{self, Write};

pub use outputs::write as outputs;
pub use report::{SCHEMA, write as report};
pub use summary::write as summary;

/// A longer name is cut.
const MAX_NAME: usize = 100;

/// Who listens on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// People, and agents that read like people.
    Human,
    /// GitHub's runner: warnings become annotations.
    Github,
}

/// What a printer has to know beside the attempt.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// How many attempts there can be.
    pub of: u32,
    /// What the caller calls the command.
    pub name: Option<&'a str>,
    /// Who listens.
    pub style: Style,
    /// Whether the last line of the command has no end yet: what is said begins on a line of its own.
    pub mid_line: bool,
    /// Whether something is said where all went well.
    pub is_verbose: bool,
}

/// That there will be another attempt.
pub fn again(attempt: &Attempt, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    say(&words::Said { text: words::again(attempt, context.of), is_warning: true }, context, out)
}

/// How it ended. Where it passed at once, only who asks for more is told.
pub fn over(run: &RetryRun, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let said = words::over(run, context.of).or_else(|| words::at_once(run).filter(|_| context.is_verbose));
    said.map_or(Ok(()), |said| say(&said, context, out))
}

fn say(said: &words::Said, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    if context.mid_line {
        writeln!(out)?;
    }
    match context.style {
        Style::Github if said.is_warning => github::warning(&said.text, context, out),
        Style::Github | Style::Human => human::line(&said.text, context, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Ending, Wait, WaitBy, Why};
    use std::time::Duration;

    const HUMAN: Context<'static> =
        Context { of: 3, name: None, style: Style::Human, mid_line: false, is_verbose: false };
    const GITHUB: Context<'static> = Context { style: Style::Github, ..HUMAN };

    fn said_of(attempt: &Attempt, context: &Context) -> String {
        let mut out = Vec::new();
        again(attempt, context, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn said_at_the_end(run: &RetryRun, context: &Context) -> String {
        let mut out = Vec::new();
        over(run, context, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn there_is_a_line_for_each_further_attempt() {
        let wait = |seconds, by| Some(Wait { length: Duration::from_secs(seconds), by });
        let attempt = |ending, why, wait| Attempt { wait, ..samples::attempt(2, ending, why) };
        let lines: String = [
            samples::transient(1, Some(10)),
            attempt(Ending::TimedOut, Why::Timeout, wait(90, WaitBy::Server)),
            attempt(Ending::Code(137), Why::ExitCode, wait(60, WaitBy::Quota)),
            attempt(Ending::Signal(9), Why::Signal, wait(0, WaitBy::Schedule)),
            attempt(Ending::Code(1), Why::Silent, wait(20, WaitBy::Schedule)),
            attempt(Ending::Code(0), Why::NoOutput, wait(20, WaitBy::Schedule)),
            attempt(Ending::Code(75), Why::Asked, wait(20, WaitBy::Schedule)),
        ]
        .iter()
        .map(|attempt| said_of(attempt, &HUMAN))
        .collect();
        insta::assert_snapshot!(lines, @r#"
        ci-guard: attempt 1 of 3 failed after 2.1 s (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; trying again in 10 s
        ci-guard: attempt 2 of 3 failed after 2.1 s (ended by ci-guard): its time was over; trying again in 1 min 30 s, as the server asks
        ci-guard: attempt 2 of 3 failed after 2.1 s (exit code 137): an exit code of time limits and kills; trying again in 1 min, as a quota is spent
        ci-guard: attempt 2 of 3 failed after 2.1 s (signal 9, KILL): killed from outside; trying again at once
        ci-guard: attempt 2 of 3 failed after 2.1 s (exit code 1): it said nothing at all; trying again in 20 s
        ci-guard: attempt 2 of 3 failed after 2.1 s (exit code 0): no output, though --require-output asks for it; trying again in 20 s
        ci-guard: attempt 2 of 3 failed after 2.1 s (exit code 75): --retry-on names this; trying again in 20 s
        "#);
    }

    #[test]
    fn there_is_a_line_for_the_end_unless_it_passed_at_once() {
        let lines: Vec<String> = samples::all().iter().map(|run| said_at_the_end(run, &HUMAN)).collect();
        insta::assert_snapshot!(lines.join("-\n"), @r#"
        -
        ci-guard: passed at attempt 2 of 3
        -
        ci-guard: passed at attempt 2 of 3, and fails all the same, with exit code 1: --flaky-result fail
        -
        ci-guard: given up after 3 attempts (signal 9, KILL): an exit code of time limits and kills; all retries are used. The infrastructure failed, which says nothing about the work: run it again later
        -
        ci-guard: failed (exit code 1) and is not run again: a test failed, seen in "--- FAIL: TestApply (0.00s)" [go-test-fail]
        -
        ci-guard: given up after 2 attempts (exit code 1): a transient failure, seen in "\x1b[2J::error::x\n::set-output name=a::b #\x23[error] | `@octocat` <img> #1" [\x1b[2J::error::x\n::set-output name=a::b #\x23[error] | `@octocat` <img> #1]; all retries are used. The infrastructure failed, which says nothing about the work: run it again later
        -
        ci-guard: given up after 1 attempt (ended by ci-guard after 2.1 s): its time was over; --max-retries 0 allows no other one. The infrastructure failed, which says nothing about the work: run it again later, or with a longer --timeout
        -
        ci-guard: stopped by signal 2, INT after attempt 2 of 3
        -
        ci-guard: given up after 1 attempt (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; the next attempt would begin 10 s from now, 4 s are left. The infrastructure failed, which says nothing about the work: run it again later, or with a longer --deadline
        -
        ci-guard: given up after 1 attempt (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; the deadline is over. The infrastructure failed, which says nothing about the work: run it again later, or with a longer --deadline
        -
        ci-guard: given up after 1 attempt (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; the server asks to wait for 2 h. The infrastructure failed, which says nothing about the work: run it again in 2 h
        -
        ci-guard: given up after 1 attempt (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; its standard input is gone, there was more of it than is kept. The infrastructure failed, which says nothing about the work: run it again, or have it read a file
        -
        ci-guard: given up after 1 attempt (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; --max-retries 0 allows no other one. The infrastructure failed, which says nothing about the work: run it again later
        -
        ci-guard: stopped by signal 15, TERM
        "#);
    }

    #[test]
    fn who_asks_for_more_is_told_that_it_passed() {
        let verbose = Context { is_verbose: true, ..HUMAN };
        let told = said_at_the_end(&samples::passed_at_once(), &verbose);
        assert_eq!(told, "ci-guard: passed at the first attempt, after 2.1 s\n");
        assert_eq!(said_at_the_end(&samples::passed_later(), &verbose), "ci-guard: passed at attempt 2 of 3\n");
    }

    #[test]
    fn on_github_a_retry_and_giving_up_are_warnings_and_broken_code_is_none() {
        let named = Context { name: Some("install: all, of it"), ..GITHUB };
        insta::assert_snapshot!(said_of(&samples::transient(1, Some(10)), &named), @r#"::warning title=ci-guard retry%3A install%3A all%2C of it::attempt 1 of 3 failed after 2.1 s (exit code 1): a transient failure, seen in "npm error network read ECONNRESET" [npm-network]; trying again in 10 s"#);
        insta::assert_snapshot!(said_at_the_end(&samples::given_up(), &GITHUB), @"::warning title=ci-guard retry::given up after 3 attempts (signal 9, KILL): an exit code of time limits and kills; all retries are used. The infrastructure failed, which says nothing about the work: run it again later");
        for run in [samples::broken_code(), samples::passed_later(), samples::flaky_fails()] {
            assert_eq!(said_at_the_end(&run, &GITHUB), said_at_the_end(&run, &HUMAN));
        }
        assert_eq!(said_at_the_end(&samples::passed_at_once(), &GITHUB), "");
    }

    #[test]
    fn words_begin_on_a_line_of_their_own_and_with_the_name() {
        let torn = Context { mid_line: true, name: Some("in\nstall"), ..HUMAN };
        let text = said_of(&samples::transient(1, Some(10)), &torn);
        assert!(text.starts_with("\nci-guard: in\\nstall: attempt 1 of 3 failed"), "{text}");
        // Where nothing is said, the command's last line stays as it is.
        assert_eq!(said_at_the_end(&samples::passed_at_once(), &torn), "");
    }

    #[test]
    fn what_a_command_says_does_nothing_here() {
        let run = samples::hostile();
        for style in [Style::Human, Style::Github] {
            let context = Context { name: run.name.as_deref(), style, ..HUMAN };
            for text in [said_of(&run.attempts[0], &context), said_at_the_end(&run, &context)] {
                assert_eq!(text.matches('\n').count(), 1, "{text}");
                assert!(!text.contains('\u{1b}') && !text.contains("##["), "{text}");
                let is_ours = text.starts_with("ci-guard: ") || text.starts_with("::warning title=ci-guard retry%3A ");
                assert!(is_ours, "{text}");
            }
        }
        let mut endless = samples::transient(1, Some(10));
        endless.judgement.line = Some("\u{1b}".repeat(1 << 20));
        assert!(said_of(&endless, &HUMAN).len() < 500);
    }
}
