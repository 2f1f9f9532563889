//! Printers of the audit store: history, metrics, and the events themselves.

mod event;
mod history;
mod metrics;
mod prometheus;

pub use event::{about, line};
pub use history::{Bar, human as history, json as history_json};
pub use metrics::{human as metrics, json as metrics_json};
pub use prometheus::write as prometheus;

use crate::model::{Moment, Share};
use serde::Serialize;
use std::time::Duration;

/// What numbers are about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// How far they go back.
    pub since: Duration,
    /// Which repository; `None` for all.
    pub repo: Option<&'a str>,
}

/// A share as JSON has it.
#[derive(Serialize)]
struct Ratio {
    value: Option<f64>,
    numerator: u64,
    denominator: u64,
}

impl From<Share> for Ratio {
    fn from(share: Share) -> Ratio {
        Ratio { value: share.value(), numerator: share.of, denominator: share.all }
    }
}

/// `8 of 10 (80 %)`; of nothing there is no share.
fn share(share: Share) -> String {
    match share.value() {
        Some(value) => format!("{} of {} ({:.0} %)", share.of, share.all, value * 100.0),
        None => "none yet".to_owned(),
    }
}

/// RFC 3339 in UTC, to the millisecond. It knows years of four digits; what is beyond them is a clock's mistake.
pub fn time(moment: Moment) -> String {
    const YEARS: (i64, i64) = (-62_167_219_200_000, 253_402_207_200_000);
    let time = jiff::Timestamp::from_millisecond(moment.0.clamp(YEARS.0, YEARS.1));
    time.map(|time| format!("{time:.3}")).unwrap_or_default()
}

/// `2026-11-21`.
fn day(moment: Moment) -> String {
    time(moment).split('T').next().unwrap_or_default().to_owned()
}

/// `3 d 4 h`, `4 h 5 min`, `5 min`, `20 s`.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let two = |large: u64, name: &str, small: u64, less: &str| match small {
        0 => format!("{large} {name}"),
        small => format!("{large} {name} {small} {less}"),
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// The time that was asked about: `7 days`, `24 h`.
fn window(asked: Duration) -> String {
    match (asked.as_secs() / 86_400, asked.as_secs() % 86_400) {
        (0 | 1, _) => span(asked),
        (days, 0) => format!("{days} days"),
        _ => span(asked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_to_the_millisecond() {
        assert_eq!(time(Moment(1_795_159_800_005)), "2026-11-20T07:30:00.005Z");
        assert_eq!(time(Moment(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(day(Moment(-1)), "1969-12-31");
        assert_eq!(time(Moment(i64::MIN)), "0000-01-01T00:00:00.000Z");
        assert_eq!(time(Moment(i64::MAX)), "9999-12-30T22:00:00.000Z");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        for (seconds, want) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min"),
            (3_600, "1 h"),
            (3_661, "1 h 1 min"),
            (90_000, "1 d 1 h"),
            (86_400, "1 d"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), want);
        }
    }
}
