//! How long a server asks to wait: `Retry-After`, a rate limit's reset, "try again in 45 seconds".
//!
//! Headers and fields of JSON are clear by themselves. Sentences count only where the same lines tell of a transient failure:
//! tools say "retry in 5s" of their own retries too. Of several the last one counts. What is in the past, or no time at all,
//! is as if nothing had been said. How long is too long is not known here; beyond all reason is [`ENDLESS`].

use super::signs::{self, Last};
use crate::model::Moment;
use regex::Regex;
use std::sync::LazyLock;
use std::time::Duration;

/// From here on a number of seconds is a moment since 1970, and no span.
const EPOCH: f64 = 1e9;

/// And from here on it counts milliseconds.
const EPOCH_MILLIS: f64 = 1e12;

/// No longer than this is counted: a hundred years.
const ENDLESS: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A span as people write it: `45`, `12.5s`, `1m30s`, `2 hours and 5 minutes`.
const SPAN: &str = r"[0-9]+(?:\.[0-9]+)? ?(?:[a-zµμ]+\b|[a-zµμ]*)(?:,? ?(?:and )?[0-9]+(?:\.[0-9]+)? ?[a-z]+)*";

/// A moment, in the notation of dates that headers use or of ISO 8601.
const DATE: &str = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*, ?[0-9]{1,2}[ -][a-z]{3}[ -][0-9]{2,4} [0-9:]{8} gmt|(?:mon|tue|wed|thu|fri|sat|sun) [a-z]{3} {1,2}[0-9]{1,2} [0-9:]{8} [0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9:]{5,8}(?:\.[0-9]+)?(?: ?(?:z|utc)\b|[+-][0-9]{2}:?[0-9]{2})";

/// What is clear by itself.
static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"(?i)(?:^|[\s{{,"'<(])(?<name>retry[-_ ]?after[-_]ms|retry[-_]?after|retry[-_]?delay|(?:x-)?rate-?limit-reset(?:-after|-requests|-tokens)?|anthropic-ratelimit-[a-z]+-reset)["']?\)?\s*[:=]\s*["'\[]?(?<value>{DATE}|{SPAN})"#
    ))
    .ok()
});

/// What is said in sentences.
static SENTENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        concat!(
            r"(?i)(?:\b(?:re)?try again (?:in|after)|\bretry(?: (?:your|the|this) request)? (?:in|after)|\bplease wait(?: (?:for|at least|another))*|\bwait (?:for )?(?:at least )?|",
            r"\b(?:limit|quota)(?: will)? (?:be )?resets?(?: in| at| on)?|\bresets? (?:in|at)|\bavailable (?:again )?(?:in|at)|\btry again at|\blimit reached\|) ?",
            r"(?:about |approximately |~)?(?<value>{DATE}|{SPAN})"
        ),
        DATE = DATE,
        SPAN = SPAN
    ))
    .ok()
});

/// A tool's word of its own next attempt.
static OWN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(?:will|going to|let's|retrying|we'll)\b").ok());

/// The delay that the last lines name, if any does. `now` is for those that name a moment.
pub fn delay(bytes: &[u8], now: Moment) -> Option<Duration> {
    let last = Last::of(bytes);
    let mut sign = None;
    let mut is_transient = || sign.get_or_insert_with(|| signs::transient(bytes)).as_ref().map(|sign| sign.is_quota);
    last.rev().find_map(|line| {
        let line = String::from_utf8_lossy(line);
        if let Some(found) = HEADER.as_ref().and_then(|header| header.captures_iter(&line).last()) {
            // The reset of a window that is not used up is told with every answer.
            let is_reset = found["name"].to_ascii_lowercase().contains("reset");
            if !is_reset || is_transient() == Some(true) || is_used_up(&last) {
                return span(&found["name"], &found["value"], now);
            }
        }
        let found = SENTENCE.as_ref()?.captures_iter(&line).last()?;
        let is_own = OWN.as_ref().is_some_and(|own| own.is_match(&line[..found.get(0).map_or(0, |all| all.start())]));
        (!is_own && is_transient().is_some()).then(|| span("", &found["value"], now))?
    })
}

/// Whether a header says that nothing remains.
fn is_used_up(last: &Last) -> bool {
    static REMAINING: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i)rate-?limit-(?:[a-z]+-)?remaining(?:-[a-z]+)?["']?\s*[:=]\s*["']?0\b"#).ok()
    });
    let remaining = REMAINING.as_ref();
    last.rev().any(|line| remaining.is_some_and(|none| none.is_match(&String::from_utf8_lossy(line))))
}

/// What a value means behind a header's name, or behind words.
fn span(name: &str, value: &str, now: Moment) -> Option<Duration> {
    if let Some(moment) = moment(value) {
        return until(moment, now);
    }
    let Ok(number) = value.trim().parse::<f64>() else { return spelled(value) };
    let name = name.to_ascii_lowercase();
    if name.ends_with("ms") {
        return Some(seconds(number / 1000.0));
    }
    // Only resets are moments: what says how long to wait says that in seconds, however many.
    let is_moment = name.is_empty() || name.contains("reset");
    match number {
        past if is_moment && past >= EPOCH_MILLIS => until(past, now),
        past if is_moment && past >= EPOCH => until(past * 1000.0, now),
        number => Some(seconds(number)),
    }
}

/// From now to a moment in milliseconds since 1970.
fn until(moment: f64, now: Moment) -> Option<Duration> {
    let left = moment - now.0 as f64;
    (left > 0.0).then(|| seconds(left.round() / 1000.0))
}

/// So many of them, within reason.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).map_or(ENDLESS, |span| span.min(ENDLESS))
}

/// `Wed, 21 Oct 2026 07:28:00 GMT` and its two elder forms, or `2026-10-21T07:28:00Z`, in milliseconds since 1970.
fn moment(text: &str) -> Option<f64> {
    let text = text.trim();
    let zoned = text.to_ascii_uppercase().replace(" UTC", "Z").replace(" Z", "Z");
    let iso = zoned.parse::<jiff::Timestamp>().ok();
    let http = || {
        let zone = jiff::fmt::rfc2822::DateTimeParser::new();
        zone.parse_timestamp(text).ok()
    };
    let elder = || {
        let forms = ["%a %b %e %H:%M:%S %Y", "%A, %d-%b-%y %H:%M:%S GMT"];
        let read = forms.iter().find_map(|form| jiff::civil::DateTime::strptime(form, text).ok())?;
        Some(read.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    };
    Some(iso.or_else(http).or_else(elder)?.as_millisecond() as f64)
}

/// `1m30s`, `2 hours and 5 minutes`, `12.5s`. Seconds, where no unit is named.
fn spelled(value: &str) -> Option<Duration> {
    static PART: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-zµμ]*)").ok());
    let mut all = 0.0;
    for (at, part) in PART.as_ref()?.captures_iter(value).enumerate() {
        let unit = match part[2].to_ascii_lowercase().as_str() {
            "us" | "µs" | "μs" => 1e-6,
            "ms" | "millis" | "millisecond" | "milliseconds" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" | "" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            // Words behind a bare number of seconds.
            _ if at == 0 => return None,
            _ => break,
        };
        all += part[1].parse::<f64>().ok()? * unit;
    }
    // A window that ends within the millisecond is no advice to those whose command takes seconds.
    let is_advice = all == 0.0 || all >= 0.001;
    is_advice.then(|| Duration::from_millis(seconds(all).as_millis().try_into().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-03-02 10:00:00 UTC.
    const NOW: Moment = Moment(1_772_445_600_000);
    const LIMIT: &str = "Error: API rate limit exceeded for installation ID 51230988.\n";

    fn told(text: &str) -> Option<u128> {
        delay(text.as_bytes(), NOW).map(|span| span.as_millis())
    }

    #[test]
    fn headers_are_clear_by_themselves() {
        for (text, millis) in [
            ("Retry-After: 45", Some(45_000)),
            ("retry-after: 45\r", Some(45_000)),
            ("< Retry-After: 7", Some(7_000)),
            ("< retry-after: 0", Some(0)),
            ("Retry-After: Mon, 02 Mar 2026 10:01:30 GMT", Some(90_000)),
            // What is over says nothing.
            ("Retry-After: Mon, 02 Mar 2026 09:59:00 GMT", None),
            ("Retry-After: Sometime", None),
            ("Retry-After: -5", None),
            ("Retry-After:", None),
            ("retry-after-ms: 1500", Some(1_500)),
            ("x-ms-retry-after-ms: 20", None),
            (r#"{"message": "You are being rate limited.", "retry_after": 3.5, "global": false}"#, Some(3_500)),
            (r#"  "retryDelay": "34s""#, Some(34_000)),
            ("{'retry-after': '12'}", Some(12_000)),
            // Too long to be meant, and still no leave to come back at once.
            ("Retry-After: 99999999999999999999999999999999", Some(ENDLESS.as_millis())),
            ("Retry-After: 99999999999", Some(ENDLESS.as_millis())),
            ("Retry-After: 1772445660", Some(1_772_445_660_000)),
            ("Retry-After: Mon Mar  2 10:01:30 2026", Some(90_000)),
            ("Retry-After: Monday, 02-Mar-26 10:01:30 GMT", Some(90_000)),
            ("retry-after: 350.588µs, allowed: 44000/minute", None),
            ("Retry-After: 1\nRetry-After: 2", Some(2_000)),
            // A reset counts where nothing remains.
            ("ratelimit-reset: 45", None),
            ("ratelimit-remaining: 0\nratelimit-reset: 45", Some(45_000)),
            ("x-ratelimit-remaining: 4999\nx-ratelimit-reset: 1772445660", None),
            ("x-ratelimit-remaining: 0\nx-ratelimit-reset: 1772445660", Some(60_000)),
            ("x-ratelimit-reset: 1772445660\nx-ratelimit-remaining: 0", Some(60_000)),
            ("x-ratelimit-remaining: 0\nx-ratelimit-reset: 1772445000", None),
            ("x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 1m30s", Some(90_000)),
        ] {
            assert_eq!(told(text), millis, "{text:?}");
        }
    }

    #[test]
    fn sentences_count_beside_a_transient_failure() {
        for (text, millis) in [
            ("please try again in 45 seconds", 45_000),
            ("Please try again in 1m30s.", 90_000),
            ("Please try again in 350ms. Visit https://platform.quill.example to learn more.", 350),
            ("retry after 45 seconds", 45_000),
            ("Please retry in 12.5s.", 12_500),
            ("Please wait 30 seconds before you try again.", 30_000),
            ("Please wait for 2 minutes and 5 seconds", 125_000),
            ("Please wait a few minutes before you try again; retry after 7", 7_000),
            ("Your limit resets at 2026-03-02T10:00:30Z.", 30_000),
            ("Your limit will reset at 2026-03-02 10:01:00 UTC", 60_000),
            ("Try again in 3 days 4 hours.", (3 * 24 + 4) * 3_600_000),
            ("x-ratelimit-reset: 1772445660", 60_000),
            ("Usage limit reached|1772445660", 60_000),
            ("wait 99999999999999999999999999999999999 days", ENDLESS.as_millis()),
        ] {
            assert_eq!(told(&format!("{LIMIT}{text}\n")), Some(millis), "{text:?}");
            // A header says what it is without more, and that line is a failure itself.
            if !text.starts_with("x-") && !text.starts_with("Usage limit") {
                assert_eq!(told(&format!("rule 7 has no name\n{text}\n")), None, "{text:?}");
            }
        }
        for text in [
            "will retry in 5 seconds",
            "Retrying, retry in 5s",
            "Please wait",
            "try again in a few minutes",
            "resets at 2020-01-01T00:00:00Z",
        ] {
            assert_eq!(told(&format!("{LIMIT}{text}\n")), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_in_an_answer(
            text in "(Retry-After|retry_after|x-ratelimit-reset|try again in|resets at|rate limit exceeded|[0-9.e+-]{0,40}|[:=\" {}\n]|Mon, |GMT|2026-|T|Z|[smhd]|.){0,20}",
            now in any::<i64>(),
        ) {
            let _ = delay(text.as_bytes(), Moment(now));
        }
    }
}
