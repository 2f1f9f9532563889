//! The metrics: for people, each with what it is a share of, and as `ci-guard/metrics/v1` (frozen: fields are added, never
//! changed).

use super::super::escape::{self, plain};
use super::{About, Ratio, share, span, window};
use crate::model::{self, Metrics, counted};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Show them to people.
pub fn human(metrics: &Metrics, about: &About, out: &mut dyn Write) -> io::Result<()> {
    let of = about.repo.map(|repo| format!(" of {}", plain(repo))).unwrap_or_default();
    writeln!(out, "{}{of} in {}", counted(metrics.events, "event"), window(about.since))?;
    let mut row = |name: &str, value: String| writeln!(out, "  {name:<22}{value}");
    row("first-fix rate", share(metrics.first_fix))?;
    row("false-fix rate", share(metrics.false_fix))?;
    row("recurrence in 24 h", share(metrics.recurrence))?;
    if metrics.too_young > 0 {
        row("", format!("{} younger than 24 h, not judged yet", counted(metrics.too_young, "merge")))?;
    }
    if metrics.without_run > 0 {
        row("", format!("{} without a later run", counted(metrics.without_run, "merge")))?;
    }
    let recovery = metrics.recovery;
    let median = recovery.median.map_or_else(|| "none yet".to_owned(), span);
    let open = format!("{} open, {} ended by a rerun alone", recovery.open, recovery.flaked);
    row("time to recovery", format!("{median} (median of {}; {open})", counted(recovery.recovered, "incident")))?;
    let unknown = match metrics.reruns_open {
        0 => String::new(),
        open => format!("; of {open} no end is known"),
    };
    row("rerun success", format!("{}{unknown}", share(metrics.rerun_success)))?;
    for (bucket, of) in &metrics.buckets {
        row(bucket.id(), share(*of))?;
    }
    let retries = &metrics.retries;
    row("commands retried", share(retries.retried))?;
    row("saved by a retry", share(retries.saved))?;
    row("failed by infra", share(retries.infra))?;
    if retries.retried.of > 0 {
        let (waited, failing) = (span(retries.waited), span(retries.failing));
        row("", format!("{}; {waited} waited, {failing} in failed ones", counted(retries.attempts, "attempt")))?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    since_s: u64,
    repo: Option<&'a str>,
    events: u64,
    first_fix: Ratio,
    false_fix: Ratio,
    recurrence_24h: Ratio,
    merges_too_young: u64,
    merges_without_run: u64,
    recovery: Recovery,
    rerun_success: Ratio,
    reruns_open: u64,
    buckets: BTreeMap<&'static str, Ratio>,
    retries: Retries,
}

#[derive(Serialize)]
struct Retries {
    runs: u64,
    retried: Ratio,
    saved: Ratio,
    infra: Ratio,
    attempts: u64,
    waited_s: f64,
    failed_attempts_s: f64,
}

impl From<&model::Retries> for Retries {
    fn from(retries: &model::Retries) -> Retries {
        Retries {
            runs: retries.runs,
            retried: retries.retried.into(),
            saved: retries.saved.into(),
            infra: retries.infra.into(),
            attempts: retries.attempts,
            waited_s: retries.waited.as_secs_f64(),
            failed_attempts_s: retries.failing.as_secs_f64(),
        }
    }
}

#[derive(Serialize)]
struct Recovery {
    median_s: Option<f64>,
    recovered: u64,
    open: u64,
    flaked: u64,
}

/// Show them to programs.
pub fn json(metrics: &Metrics, about: &About, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: "ci-guard/metrics/v1",
        since_s: about.since.as_secs(),
        repo: about.repo,
        events: metrics.events,
        first_fix: metrics.first_fix.into(),
        false_fix: metrics.false_fix.into(),
        recurrence_24h: metrics.recurrence.into(),
        merges_too_young: metrics.too_young,
        merges_without_run: metrics.without_run,
        recovery: Recovery {
            median_s: metrics.recovery.median.map(|median| median.as_secs_f64()),
            recovered: metrics.recovery.recovered,
            open: metrics.recovery.open,
            flaked: metrics.recovery.flaked,
        },
        rerun_success: metrics.rerun_success.into(),
        reruns_open: metrics.reruns_open,
        buckets: metrics.buckets.iter().map(|(bucket, of)| (bucket.id(), (*of).into())).collect(),
        retries: (&metrics.retries).into(),
    };
    writeln!(out, "{}", escape::json(&document, true)?)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{Bucket, Recovery as Found, Retries as Retried, Share};
    use std::time::Duration;

    pub(in super::super) const ABOUT: About = About { since: Duration::from_secs(30 * 86_400), repo: None };

    pub(in super::super) fn some() -> Metrics {
        let of = |of, all| Share { of, all };
        Metrics {
            first_fix: of(3, 4),
            false_fix: of(1, 5),
            recurrence: of(0, 5),
            too_young: 2,
            without_run: 1,
            recovery: Found { median: Some(Duration::from_millis(5_400_500)), recovered: 4, open: 1, flaked: 2 },
            rerun_success: of(0, 0),
            reruns_open: 3,
            buckets: vec![(Bucket::CodeRegression, of(7, 9)), (Bucket::FlakyTest, of(2, 9))],
            retries: Retried {
                runs: 20,
                retried: of(4, 20),
                saved: of(3, 4),
                infra: of(1, 20),
                attempts: 25,
                waited: Duration::from_millis(70_500),
                failing: Duration::from_secs(30),
            },
            events: 40,
        }
    }

    #[test]
    fn people_see_every_denominator() {
        let mut out = Vec::new();
        human(&some(), &ABOUT, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "40 events in 30 days\n\
             \x20 first-fix rate        3 of 4 (75 %)\n\
             \x20 false-fix rate        1 of 5 (20 %)\n\
             \x20 recurrence in 24 h    0 of 5 (0 %)\n\
             \x20                       2 merges younger than 24 h, not judged yet\n\
             \x20                       1 merge without a later run\n\
             \x20 time to recovery      1 h 30 min (median of 4 incidents; 1 open, 2 ended by a rerun alone)\n\
             \x20 rerun success         none yet; of 3 no end is known\n\
             \x20 code_regression       7 of 9 (78 %)\n\
             \x20 flaky_test            2 of 9 (22 %)\n\
             \x20 commands retried      4 of 20 (20 %)\n\
             \x20 saved by a retry      3 of 4 (75 %)\n\
             \x20 failed by infra       1 of 20 (5 %)\n\
             \x20                       25 attempts; 1 min waited, 30 s in failed ones\n"
        );
    }

    #[test]
    fn programs_see_null_where_there_is_nothing_to_divide_by() {
        let mut out = Vec::new();
        json(&some(), &About { repo: Some("o/r"), ..ABOUT }, &mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "schema": "ci-guard/metrics/v1", "since_s": 2_592_000, "repo": "o/r", "events": 40,
                "first_fix": {"value": 0.75, "numerator": 3, "denominator": 4},
                "false_fix": {"value": 0.2, "numerator": 1, "denominator": 5},
                "recurrence_24h": {"value": 0.0, "numerator": 0, "denominator": 5},
                "merges_too_young": 2, "merges_without_run": 1,
                "recovery": {"median_s": 5400.5, "recovered": 4, "open": 1, "flaked": 2},
                "rerun_success": {"value": null, "numerator": 0, "denominator": 0}, "reruns_open": 3,
                "buckets": {
                    "code_regression": {"value": 7.0 / 9.0, "numerator": 7, "denominator": 9},
                    "flaky_test": {"value": 2.0 / 9.0, "numerator": 2, "denominator": 9}
                },
                "retries": {
                    "runs": 20,
                    "retried": {"value": 0.2, "numerator": 4, "denominator": 20},
                    "saved": {"value": 0.75, "numerator": 3, "denominator": 4},
                    "infra": {"value": 0.05, "numerator": 1, "denominator": 20},
                    "attempts": 25, "waited_s": 70.5, "failed_attempts_s": 30.0
                }
            })
        );
    }
}
