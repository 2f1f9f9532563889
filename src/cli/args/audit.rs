//! What can be typed to the audit store: spans of time, outcomes, formats.

use super::Run;
use crate::model::{Moment, Outcome};
use clap::{Args, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Args)]
pub(in crate::cli) struct History {
    /// How far back: 30m, 24h, 7d, 2w
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "7d")]
    pub since: Duration,
    /// Only this repository
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: HistoryFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum HistoryFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object, schema ci-guard/history/v1
    Json,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Metrics {
    /// How far back: 30m, 24h, 7d, 2w
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "30d")]
    pub since: Duration,
    /// Only this repository
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
    /// How to print them
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: MetricsFormat,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MetricsFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object, schema ci-guard/metrics/v1
    Json,
    /// Prometheus' text format
    Prometheus,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// Only events of the last 30m, 24h, 7d, 2w [default: all]
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub since: Option<Duration>,
    /// Only events of this repository
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Record {
    /// What became of a failure, a patch or a commit
    Outcome(Box<RecordOutcome>),
    /// What git's and agents' hooks noted and nobody has brought into the store yet
    Pending,
}

const JUDGED_EXIT_CODES: &str =
    "Exit codes: 0 a hook judged it, 1 none did or one stopped it, 2 nobody can tell: no store, no such commit.";

#[derive(Debug, Args)]
#[command(after_help = JUDGED_EXIT_CODES)]
pub(in crate::cli) struct Judged {
    /// The commit that was pushed [default: HEAD]
    pub rev: Option<String>,
    /// Only pushes to this repository
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RecordOutcome {
    /// The pack of the failure that it is about; - for standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pack: Option<PathBuf>,
    /// What became of it
    #[arg(long, value_name = "RESULT", value_enum)]
    pub result: Result,
    /// When, as in 2026-11-21T07:30:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub at: Option<Moment>,
    /// The event's id: told again with the same one, it is stored once
    #[arg(long, value_name = "ID", value_parser = id)]
    pub id: Option<String>,
    /// Who says so [default: the job's or the machine's user]
    #[arg(long, value_name = "NAME")]
    pub actor: Option<String>,
    #[command(flatten)]
    pub run: Run,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Result {
    /// The patch landed
    Merged,
    /// It was taken back
    Reverted,
    /// The job passed
    Green,
    /// The job failed
    Red,
}

impl From<Result> for Outcome {
    fn from(typed: Result) -> Outcome {
        match typed {
            Result::Merged => Outcome::Merged,
            Result::Reverted => Outcome::Reverted,
            Result::Green => Outcome::Green,
            Result::Red => Outcome::Red,
        }
    }
}

fn span(typed: &str) -> std::result::Result<Duration, String> {
    let digits = typed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &typed[digits.len()..] {
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return Err("a span is written 30m, 24h, 7d or 2w".to_owned()),
    };
    let count: u64 = digits.parse().map_err(|_| "a span begins with a whole number".to_owned())?;
    match count.checked_mul(seconds).filter(|seconds| (1..=100 * 366 * 86_400).contains(seconds)) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err("a span is longer than nothing and shorter than a century".to_owned()),
    }
}

fn moment(typed: &str) -> std::result::Result<Moment, String> {
    let time: jiff::Timestamp = typed.parse().map_err(|_| {
        "a time is written 2026-11-21T07:30:00Z, with Z or an offset, and lies before the last day of 9999".to_owned()
    })?;
    Ok(Moment(time.as_millisecond()))
}

fn id(typed: &str) -> std::result::Result<String, String> {
    let is_plain = typed.bytes().all(|byte| byte.is_ascii_graphic());
    if is_plain && (1..=200).contains(&typed.len()) {
        Ok(typed.to_owned())
    } else {
        Err("an id has 1 to 200 visible ASCII characters".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short() {
        for (typed, seconds) in
            [("30m", Some(1800)), ("24h", Some(86_400)), ("7d", Some(604_800)), ("2w", Some(1_209_600))]
        {
            assert_eq!(span(typed).ok().map(|span| span.as_secs()), seconds);
        }
        for typed in ["", "7", "d", "7 d", "-7d", "1.5d", "7D", "0d", "7days", "99999999999999999999d", "36601d", "é7d"]
        {
            assert!(span(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn times_name_their_zone() {
        assert_eq!(moment("1970-01-01T00:00:01Z"), Ok(Moment(1000)));
        assert_eq!(moment("1970-01-01T02:00:00.5+02:00"), Ok(Moment(500)));
        for typed in ["", "now", "2026-11-21", "2026-11-21T07:30:00", "1700000000"] {
            assert!(moment(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn ids_are_plain() {
        assert!(id("webhook:1").is_ok());
        assert!(["", "a b", "ä", "a\n"].into_iter().all(|typed| id(typed).is_err()) && id(&"x".repeat(201)).is_err());
    }
}
