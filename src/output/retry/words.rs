//! What is said of attempts, in words: how one ended, why it counts as what it counts, what happens now. Nothing is escaped here
//! but the line that is quoted; whoever prints a sentence makes it harmless for the place where it is read.

use super::super::escape::plain;
use crate::model::{Attempt, End, Ending, FailureType, Judgement, RetryRun, Wait, WaitBy, Why, counted};
use std::time::Duration;

/// A longer line is cut: the report has more of it.
const MAX_CHARS: usize = 200;

/// A year. Nobody counts the hours of more.
const MOST_SECONDS: u64 = 365 * 86_400;

/// A sentence, and whether it is a warning: an infrastructure failure that was given up on.
pub(super) struct Said {
    pub text: String,
    pub is_warning: bool,
}

/// That there will be another attempt.
pub(super) fn again(attempt: &Attempt, of: u32) -> String {
    let (ending, why) = (ending(attempt.ending), why(&attempt.judgement));
    let next = attempt.wait.map_or_else(String::new, |wait| format!("; {}", next(wait)));
    format!("attempt {} of {of} failed after {} ({ending}): {why}{next}", attempt.number, time(attempt.took))
}

/// How it ended; nothing where it passed at once.
pub(super) fn over(run: &RetryRun, of: u32) -> Option<Said> {
    let last = run.attempts.last()?;
    let text = match run.end {
        End::Passed if run.attempts.len() == 1 => return None,
        End::Passed => passed(run, of),
        End::NotInfra => {
            let which = if last.number == 1 { String::new() } else { format!("attempt {} of {of} ", last.number) };
            let (ending, why) = (ending(last.ending), why(&last.judgement));
            format!("{which}failed ({ending}) and is not run again: {why}")
        }
        End::Stopped(number) if last.number == 1 => format!("stopped by {}", signal(number)),
        End::Stopped(number) => format!("stopped by {} after attempt {} of {of}", signal(number), last.number),
        End::RetriesUsed | End::Deadline { .. } | End::AsksTooMuch(_) | End::InputGone | End::OutputGone => {
            given_up(run, last)
        }
    };
    let is_warning = run.failure == FailureType::Infra && !matches!(run.end, End::Passed | End::Stopped(_));
    Some(Said { text, is_warning })
}

/// That it passed at once.
pub(super) fn at_once(run: &RetryRun) -> Option<Said> {
    let [first] = run.attempts.as_slice() else { return None };
    let text = format!("passed at the first attempt, after {}", time(first.took));
    (run.end == End::Passed).then_some(Said { text, is_warning: false })
}

fn passed(run: &RetryRun, of: u32) -> String {
    let text = format!("passed at attempt {} of {of}", run.attempts.len());
    match run.failure {
        FailureType::None => text,
        _ => format!("{text}, and fails all the same, with exit code {}: --flaky-result fail", run.exit_code),
    }
}

/// What, why no further attempt, and what to do next.
fn given_up(run: &RetryRun, last: &Attempt) -> String {
    let attempts = counted(run.attempts.len(), "attempt");
    let is_timeout = last.ending == Ending::TimedOut;
    let later = if is_timeout { "run it again later, or with a longer --timeout" } else { "run it again later" };
    let (because, next) = match run.end {
        End::Deadline { left, .. } if left.is_zero() => {
            ("the deadline is over".to_owned(), "run it again later, or with a longer --deadline".to_owned())
        }
        End::Deadline { wait, left } => (
            format!("the next attempt would begin {} from now, {} are left", time(wait), time(left)),
            "run it again later, or with a longer --deadline".to_owned(),
        ),
        End::AsksTooMuch(wait) => {
            (format!("the server asks to wait for {}", time(wait)), format!("run it again in {}", time(wait)))
        }
        End::InputGone => (
            "its standard input is gone, there was more of it than is kept".to_owned(),
            "run it again, or have it read a file".to_owned(),
        ),
        End::OutputGone => (
            "what the next attempt writes could not be written either".to_owned(),
            "make room for its output, and run it again".to_owned(),
        ),
        _ if run.attempts.len() == 1 => ("--max-retries 0 allows no other one".to_owned(), later.to_owned()),
        _ => ("all retries are used".to_owned(), later.to_owned()),
    };
    let (mut ending, why) = (ending(last.ending), why(&last.judgement));
    if is_timeout {
        ending += &format!(" after {}", time(last.took));
    }
    format!(
        "given up after {attempts} ({ending}): {why}; {because}. The infrastructure failed, which says nothing about the work: {next}"
    )
}

/// When the next attempt begins.
fn next(wait: Wait) -> String {
    let when = if wait.length.is_zero() { "at once".to_owned() } else { format!("in {}", time(wait.length)) };
    match wait.by {
        WaitBy::Schedule => format!("trying again {when}"),
        WaitBy::Server => format!("trying again {when}, as the server asks"),
        WaitBy::Quota => format!("trying again {when}, as a quota is spent"),
    }
}

/// How a command ended.
pub(super) fn ending(ending: Ending) -> String {
    match ending {
        Ending::Signal(number) => signal(number),
        Ending::TimedOut => "ended by ci-guard".to_owned(),
        other => format!("exit code {}", other.code()),
    }
}

/// Why an attempt counts as what it counts: the reason, the line that says so, and the row that knows the line.
pub(super) fn why(judged: &Judgement) -> String {
    let mut text = reason(judged.why).to_owned();
    if let Some(line) = judged.line.as_deref().map(str::trim).filter(|line| !line.is_empty()) {
        text += &format!(", seen in \"{}\"", short(line, MAX_CHARS));
    }
    if let Some(pattern) = &judged.pattern {
        text += &format!(" [{}]", short(pattern, MAX_CHARS));
    }
    text
}

/// The reason alone.
pub(super) fn reason(why: Why) -> &'static str {
    match why {
        Why::Passed => "it passed",
        Why::Timeout => "its time was over",
        Why::ExitCode => "an exit code of time limits and kills",
        Why::Signal => "killed from outside",
        Why::Silent => "it said nothing at all",
        Why::NoOutput => "no output, though --require-output asks for it",
        Why::Transient => "a transient failure",
        Why::NotStarted => "the machine could not start it",
        Why::Asked => "--retry-on names this",
        Why::Undelivered => "its output could not be written",
        Why::Failed => "nothing that it said is known to be the infrastructure's (--retry-on can name it)",
        Why::Excluded => "--never-on names this",
        Why::Verdict => "it gave a verdict, so it has done its work",
        Why::Test => "a test failed",
        Why::Compiler => "a compiler, type checker or linter refused something",
        Why::Auth => "its credentials are refused, and would be again",
        Why::NotFound => "there is no such command",
        Why::Permission => "a right is missing",
        Why::JobLimit => "the job's own time limit",
        Why::Cancelled => "somebody cancelled it",
        Why::Crash => "it crashed by itself",
    }
}

/// A signal by number, and by name where every Unix has the same.
fn signal(number: i32) -> String {
    let name = match number {
        1 => "HUP",
        2 => "INT",
        3 => "QUIT",
        4 => "ILL",
        6 => "ABRT",
        8 => "FPE",
        9 => "KILL",
        11 => "SEGV",
        13 => "PIPE",
        14 => "ALRM",
        15 => "TERM",
        _ => return format!("signal {number}"),
    };
    format!("signal {number}, {name}")
}

/// `40 ms`, `2.1 s`, `10 s`, `1 min 30 s`, `2 h`, `1 h 0 min 1 s`. Seconds count as long as hours are few.
pub(super) fn time(span: Duration) -> String {
    let two = |large: u64, name: &str, small: u64, less: &str| match small {
        0 => format!("{large} {name}"),
        small => format!("{large} {name} {small} {less}"),
    };
    match (span.as_millis(), span.as_secs()) {
        (ms @ 0..1_000, _) => format!("{ms} ms"),
        (ms @ 1_000..60_000, seconds) if ms % 1_000 == 0 => format!("{seconds} s"),
        (1_000..60_000, _) => format!("{:.1} s", span.as_secs_f64()),
        (_, seconds @ 0..3_600) => two(seconds / 60, "min", seconds % 60, "s"),
        (_, seconds @ 0..86_400) if seconds % 60 > 0 => {
            format!("{} h {} min {} s", seconds / 3_600, seconds % 3_600 / 60, seconds % 60)
        }
        (_, seconds @ ..=MOST_SECONDS) => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => "more than a year".to_owned(),
    }
}

/// Visible, and no longer than this.
pub(super) fn short(text: &str, most: usize) -> String {
    // What is made visible may be eight times as long: no more is looked at than can be shown.
    let head: String = text.chars().take(most + 1).collect();
    let text = plain(head);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_for_people() {
        for (ms, want) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (2_100, "2.1 s"),
            (10_000, "10 s"),
            (59_999, "60.0 s"),
            (60_000, "1 min"),
            (90_500, "1 min 30 s"),
            (7_200_000, "2 h"),
            (90_000_000, "25 h"),
            (3_660_000, "1 h 1 min"),
            (3_601_000, "1 h 0 min 1 s"),
            (90_001_000, "25 h"),
            (4_000_000_000_000, "more than a year"),
        ] {
            assert_eq!(time(Duration::from_millis(ms)), want);
        }
    }

    #[test]
    fn a_line_is_cut_where_it_is_long_and_where_it_becomes_long() {
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("abcd", 3), "abc…");
        assert_eq!(short("ääää", 3), "äää…");
        assert_eq!(short("\u{1b}\u{1b}", 6), "\\x1b\\x…");
        assert_eq!(short(&"x".repeat(1 << 20), 5), "xxxxx…");
    }

    #[test]
    fn signals_have_names() {
        assert_eq!((signal(9).as_str(), signal(62).as_str()), ("signal 9, KILL", "signal 62"));
        assert_eq!(ending(Ending::Signal(15)), "signal 15, TERM");
        assert_eq!(ending(Ending::NotFound), "exit code 127");
    }
}
