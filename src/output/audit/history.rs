//! What comes again: for people, with a bar a day, and as `ci-guard/history/v1` (frozen: fields are added, never changed).

use super::super::escape::{self, plain};
use super::{Ratio, day, share, time, window};
use crate::model::{Chronicle, Recurring, counted};
use serde::Serialize;
use std::io::{self, Write};
use std::time::Duration;

/// How the failures of each day are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// `▁▂▃▅█`, for whoever looks at a terminal.
    Blocks,
    /// `0 2 5`, for everything else.
    Digits,
}

/// How many fingerprints people are shown.
const MOST: usize = 20;

/// Show it to people.
pub fn human(chronicle: &Chronicle, since: Duration, bar: Bar, out: &mut dyn Write) -> io::Result<()> {
    let (failures, prints) = (counted(chronicle.failures, "failure"), counted(chronicle.fingerprints, "fingerprint"));
    writeln!(out, "{failures} in {}, {prints}", window(since))?;
    if chronicle.failures == 0 {
        return Ok(());
    }
    if let [first, .., last] = chronicle.days.as_slice() {
        writeln!(out, "per day:      {}  ({} to {})", bars(chronicle, bar), day(first.start), day(last.start))?;
    }
    writeln!(out, "reruns green: {}", share(chronicle.rerun_success))?;
    if chronicle.recurring.is_empty() {
        return writeln!(out, "No failure came twice.");
    }
    writeln!(out, "\nSeen in more than one run:")?;
    for one in chronicle.recurring.iter().take(MOST) {
        recurring(one, out)?;
    }
    match chronicle.recurring.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more (--format json has all of them)"),
    }
}

fn recurring(one: &Recurring, out: &mut dyn Write) -> io::Result<()> {
    let hash: String = one.fine.chars().take(11).collect();
    writeln!(out, "  {:>4}x  {}  ({hash}…)", one.times, short(&one.signature))?;
    let mut notes = vec![
        one.bucket.map_or("never sorted", |bucket| bucket.id()).to_owned(),
        format!("{} on {}", counted(one.commits, "commit"), branches(one.branches)),
        format!("last {}", day(one.last)),
    ];
    notes.extend(one.repo.as_deref().map(plain));
    if one.passed_on_same_commit > 0 {
        notes.push(format!("passed on {} of the same commits", one.passed_on_same_commit));
    }
    if one.rerun_success.all > 0 {
        notes.push(format!("reruns green: {}", share(one.rerun_success)));
    }
    if one.chronic_flake {
        notes.push("CHRONIC FLAKE".to_owned());
    }
    writeln!(out, "         {}", notes.join(", "))
}

fn branches(count: u64) -> String {
    if count == 1 { "1 branch".to_owned() } else { format!("{count} branches") }
}

fn bars(chronicle: &Chronicle, bar: Bar) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let counts = chronicle.days.iter().map(|day| day.count);
    let most = counts.clone().max().unwrap_or(0).max(1);
    match bar {
        // A day without failures is seen to be one: only those with some rise above the lowest block.
        Bar::Blocks => counts.map(|count| BLOCKS[(count * 7).div_ceil(most) as usize]).collect(),
        Bar::Digits => counts.map(|count| count.to_string()).collect::<Vec<_>>().join(" "),
    }
}

fn short(text: &str) -> String {
    const MOST: usize = 100;
    let text = plain(text);
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    since_s: u64,
    repo: Option<&'a str>,
    failures: u64,
    fingerprints: u64,
    rerun_success: Ratio,
    days: Vec<Day>,
    recurring: Vec<Again<'a>>,
}

#[derive(Serialize)]
struct Day {
    date: String,
    failures: u64,
}

#[derive(Serialize)]
struct Again<'a> {
    fingerprint: &'a str,
    signature: &'a str,
    repo: Option<&'a str>,
    bucket: Option<&'static str>,
    times: u64,
    days: u64,
    branches: u64,
    commits: u64,
    passed_on_same_commit: u64,
    rerun_success: Ratio,
    first: String,
    last: String,
    chronic_flake: bool,
}

impl<'a> From<&'a Recurring> for Again<'a> {
    fn from(one: &'a Recurring) -> Again<'a> {
        Again {
            fingerprint: &one.fine,
            signature: &one.signature,
            repo: one.repo.as_deref(),
            bucket: one.bucket.map(|bucket| bucket.id()),
            times: one.times,
            days: one.days,
            branches: one.branches,
            commits: one.commits,
            passed_on_same_commit: one.passed_on_same_commit,
            rerun_success: one.rerun_success.into(),
            first: time(one.first),
            last: time(one.last),
            chronic_flake: one.chronic_flake,
        }
    }
}

/// Show it to programs.
pub fn json(chronicle: &Chronicle, since: Duration, repo: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        schema: "ci-guard/history/v1",
        since_s: since.as_secs(),
        repo,
        failures: chronicle.failures,
        fingerprints: chronicle.fingerprints,
        rerun_success: chronicle.rerun_success.into(),
        days: chronicle.days.iter().map(|one| Day { date: day(one.start), failures: one.count }).collect(),
        recurring: chronicle.recurring.iter().map(Again::from).collect(),
    };
    writeln!(out, "{}", escape::json(&document, true)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bucket, DayCount, Moment, Share};

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn chronicle() -> Chronicle {
        let counts = [0, 1, 9, 3];
        Chronicle {
            days: (0..).zip(counts).map(|(day, count)| DayCount { start: Moment(day * 86_400_000), count }).collect(),
            failures: 13,
            fingerprints: 2,
            recurring: vec![Recurring {
                fine: "v1:0123456789abcdef".into(),
                signature: "go-test-fail:Test\u{1b}[1m ::error::x".into(),
                repo: Some("o/r".into()),
                bucket: Some(Bucket::FlakyTest),
                times: 12,
                days: 3,
                branches: 1,
                commits: 4,
                passed_on_same_commit: 2,
                rerun_success: Share { of: 2, all: 3 },
                first: Moment(0),
                last: Moment(86_400_000),
                chronic_flake: true,
            }],
            rerun_success: Share { of: 2, all: 4 },
        }
    }

    fn shown(chronicle: &Chronicle, bar: Bar) -> String {
        let mut out = Vec::new();
        human(chronicle, WEEK, bar, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_see_what_comes_again() {
        assert_eq!(
            shown(&chronicle(), Bar::Blocks),
            "13 failures in 7 days, 2 fingerprints\n\
             per day:      ▁▂█▄  (1970-01-01 to 1970-01-04)\n\
             reruns green: 2 of 4 (50 %)\n\
             \n\
             Seen in more than one run:\n\
             \x20   12x  go-test-fail:Test\\x1b[1m ::error::x  (v1:01234567…)\n\
             \x20        flaky_test, 4 commits on 1 branch, last 1970-01-02, o/r, passed on 2 of the same commits, \
             reruns green: 2 of 3 (67 %), CHRONIC FLAKE\n"
        );
        assert!(shown(&chronicle(), Bar::Digits).contains("per day:      0 1 9 3  ("));
        assert_eq!(shown(&Chronicle::default(), Bar::Blocks), "0 failures in 7 days, 0 fingerprints\n");
    }

    #[test]
    fn programs_see_the_same() {
        let mut out = Vec::new();
        json(&chronicle(), WEEK, None, &mut out).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["schema"], "ci-guard/history/v1");
        assert_eq!(value["days"][2], serde_json::json!({"date": "1970-01-03", "failures": 9}));
        assert_eq!(value["recurring"][0]["rerun_success"]["denominator"], 3);
        assert!(!out.contains(&0x1b));
    }
}
