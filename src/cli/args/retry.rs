//! What can be typed after `ci-guard retry`.

use crate::retry::conditions::{self, Condition};
use clap::{Args, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

const NOTES: &str = "\
A condition is exit:N, exit:N-M, pattern:REGEX, timeout, signal, silent or transient; several are separated by commas.
Exit code: that of the last attempt; 124 when its time was over, 127 when there is no such command, 2 for wrong usage.";

#[derive(Debug, Args)]
#[command(after_help = NOTES)]
pub(in crate::cli) struct Retry {
    /// Attempts after the first one
    #[arg(long, value_name = "N", default_value_t = 2, allow_hyphen_values = true)]
    pub max_retries: u32,
    /// The first pause; each further one is twice as long [default: 10s; 60s when a quota is spent]
    #[arg(long, value_name = "TIME", value_parser = span, allow_hyphen_values = true)]
    pub delay: Option<Duration>,
    /// The longest pause, unless the server names a longer one [default: 5m, or --delay if that is longer]
    #[arg(long, value_name = "TIME", value_parser = span, allow_hyphen_values = true)]
    pub max_delay: Option<Duration>,
    /// Draw each pause from nothing to its full length, so that many who failed at once do not come back at once
    #[arg(long)]
    pub jitter: bool,
    /// End an attempt that takes longer: TERM, then KILL, for all that it has started
    #[arg(long, value_name = "TIME", value_parser = limit, allow_hyphen_values = true)]
    pub timeout: Option<Duration>,
    /// End all of it after this time, and begin no pause that would cross it
    #[arg(long, value_name = "TIME", value_parser = limit, allow_hyphen_values = true)]
    pub deadline: Option<Duration>,
    /// Failures that count as infrastructure as well
    #[arg(long, value_name = "CONDITION", value_parser = conditions)]
    pub retry_on: Vec<Conditions>,
    /// Failures that never do
    #[arg(long, value_name = "CONDITION", value_parser = conditions)]
    pub never_on: Vec<Conditions>,
    /// Where transient failures are looked for
    #[arg(long, value_name = "STREAM", value_enum, default_value_t)]
    pub scan: Scan,
    /// An exit code of 0 with nothing on standard output is a failure of the infrastructure
    #[arg(long)]
    pub require_output: bool,
    /// What it is to pass only after a failure
    #[arg(long, value_name = "RESULT", value_enum, default_value_t)]
    pub flaky_result: FlakyResult,
    /// Write what happened to this file, as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// What messages, the report and the audit store call it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Say nothing on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// Do not write to the audit store
    #[arg(long)]
    pub no_record: bool,
    /// The command, after --
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FlakyResult {
    /// A success
    #[default]
    Pass,
    /// A failure, with the exit code of the last attempt that failed
    Fail,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Scan {
    /// The last lines of standard error
    #[default]
    Stderr,
    /// Those of standard output too
    Both,
}

/// What one flag names.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Conditions(pub Vec<Condition>);

fn conditions(typed: &str) -> Result<Conditions, String> {
    conditions::parse(typed).map(Conditions)
}

/// `0s`, `500ms`, `10s`, `2m`, `1h`, and sums such as `1m30s`.
fn span(typed: &str) -> Result<Duration, String> {
    const FORM: &str = "a time is written 0s, 500ms, 10s, 2m, 1h or 1m30s";
    const MOST: Duration = Duration::from_secs(7 * 86_400);
    let mut rest = typed;
    let mut all = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let count: u64 = rest[..digits].parse().map_err(|_| FORM.to_owned())?;
        let unit = rest[digits..].len() - rest[digits..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let ms: u64 = match &rest[digits..digits + unit] {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(FORM.to_owned()),
        };
        let part = count.checked_mul(ms).map(Duration::from_millis);
        all = part.and_then(|part| all.checked_add(part)).filter(|all| *all <= MOST).ok_or("longer than a week")?;
        rest = &rest[digits + unit..];
    }
    if typed.is_empty() { Err(FORM.to_owned()) } else { Ok(all) }
}

/// A span that something can happen in.
fn limit(typed: &str) -> Result<Duration, String> {
    span(typed).and_then(|span| if span.is_zero() { Err("no time at all".to_owned()) } else { Ok(span) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (typed, ms) in [
            ("0s", 0),
            ("500ms", 500),
            ("10s", 10_000),
            ("2m", 120_000),
            ("1m30s", 90_000),
            ("1h", 3_600_000),
            ("168h", 604_800_000),
        ] {
            assert_eq!(span(typed).map(|span| span.as_millis()), Ok(ms), "{typed}");
        }
        for typed in ["", "10", "s", "-1s", "1.5s", "10 s", "10S", "2d", "1s2", "é1s", "99999999999999999999s", "169h"]
        {
            assert!(span(typed).is_err(), "{typed}");
        }
        assert!(limit("0s").is_err() && limit("1ms").is_ok());
    }
}
