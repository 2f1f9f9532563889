//! What the caller of `ci-guard retry` calls infrastructure, or not: a list of conditions.
//!
//! `exit:75`, `exit:100-120`, `pattern:REGEX`, `timeout`, `signal`, `silent`, `transient`, separated by commas. A comma inside
//! of a pattern belongs to it, unless a condition begins right behind it. Whether a condition is met is not known here.

use regex::{Regex, RegexBuilder};
use std::fmt;
use std::ops::RangeInclusive;

/// What may stand in a list, for messages.
const ALLOWED: &str = "exit:75, exit:100-120, pattern:REGEX, timeout, signal, silent, transient";

/// The largest a compiled pattern gets. One that counts to a million asks for more.
const PATTERN_SIZE: usize = 1 << 20;

/// One condition.
#[derive(Clone, Debug)]
pub enum Condition {
    /// The exit code is one of these.
    Exit(RangeInclusive<i32>),
    /// A line of the output's end, on either stream, matches.
    Pattern(Regex),
    /// An attempt's time was over.
    Timeout,
    /// A signal from outside ended it.
    Signal,
    /// Exit code 1, and not a word.
    Silent,
    /// Any row of the table.
    Transient,
}

/// As it is typed.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Exit(codes) if codes.start() == codes.end() => write!(f, "exit:{}", codes.start()),
            Condition::Exit(codes) => write!(f, "exit:{}-{}", codes.start(), codes.end()),
            Condition::Pattern(regex) => write!(f, "pattern:{regex}"),
            Condition::Timeout => f.write_str("timeout"),
            Condition::Signal => f.write_str("signal"),
            Condition::Silent => f.write_str("silent"),
            Condition::Transient => f.write_str("transient"),
        }
    }
}

/// Read a list of conditions.
///
/// # Errors
/// What is wrong with which of them, for people.
pub fn parse(typed: &str) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    let mut rest = typed;
    loop {
        let (item, behind) = first(rest);
        conditions.push(condition(item)?);
        match behind {
            Some(behind) => rest = behind,
            None => return Ok(conditions),
        }
    }
}

/// The first item of a list, and what stands behind its comma.
fn first(list: &str) -> (&str, Option<&str>) {
    let is_pattern = list.trim_start().starts_with("pattern:");
    for (at, _) in list.match_indices(',') {
        let behind = &list[at + 1..];
        if !is_pattern || begins_condition(behind) {
            return (&list[..at], Some(behind));
        }
    }
    (list, None)
}

/// Whether a condition stands right here, so that a comma before it ends a pattern.
fn begins_condition(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with("exit:") || text.starts_with("pattern:") {
        return true;
    }
    ["timeout", "signal", "silent", "transient"].iter().any(|word| {
        text.strip_prefix(word).is_some_and(|behind| matches!(behind.trim_start().chars().next(), None | Some(',')))
    })
}

fn condition(item: &str) -> Result<Condition, String> {
    // A blank at the end of a pattern may be meant.
    let item = item.trim_start();
    if let Some(pattern) = item.strip_prefix("pattern:") {
        return self::pattern(pattern);
    }
    match item.trim_end() {
        "timeout" => Ok(Condition::Timeout),
        "signal" => Ok(Condition::Signal),
        "silent" => Ok(Condition::Silent),
        "transient" => Ok(Condition::Transient),
        "" => Err(format!("there is nothing where a condition should stand; write one of: {ALLOWED}")),
        other => match other.strip_prefix("exit:") {
            Some(codes) => exit(codes),
            None => Err(format!("`{other}` is no condition; write one of: {ALLOWED}")),
        },
    }
}

fn exit(typed: &str) -> Result<Condition, String> {
    let (first, last) = typed.split_once('-').unwrap_or((typed, typed));
    let code = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i32>().ok().filter(|code| is_number && *code <= 255)
    };
    let (Some(first), Some(last)) = (code(first.trim()), code(last.trim())) else {
        return Err(format!(
            "`exit:{typed}` names no exit code: write a number from 1 to 255 or a range such as exit:100-120"
        ));
    };
    if first == 0 {
        return Err(format!("`exit:{typed}` names exit code 0, which is success: start at 1"));
    }
    if first > last {
        return Err(format!("`exit:{typed}` is a range that ends before it begins: write exit:{last}-{first}"));
    }
    Ok(Condition::Exit(first..=last))
}

fn pattern(typed: &str) -> Result<Condition, String> {
    if typed.trim().is_empty() {
        return Err("`pattern:` has no regular expression behind it: write for example pattern:lock is held".to_owned());
    }
    let regex = RegexBuilder::new(typed).size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE).build();
    let regex = regex.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => {
            format!("`pattern:{typed}` is too large a regular expression: use smaller repetition counts")
        }
        other => {
            // The last line says what, those before draw where.
            let what = other.to_string();
            let what = what.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("`pattern:{typed}` is no regular expression (of Rust's regex crate: no look-around, no back references): {what}")
        }
    })?;
    if regex.is_match("") {
        return Err(format!(
            "`pattern:{typed}` matches an empty line, and so nearly every output: to name every failure, write exit:1-255"
        ));
    }
    Ok(Condition::Pattern(regex))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The conditions as they would be typed, one by one.
    fn read(typed: &str) -> Result<Vec<String>, String> {
        parse(typed).map(|all| all.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_are_read() {
        for (typed, expected) in [
            ("exit:75", &["exit:75"][..]),
            ("exit:124,exit:75", &["exit:124", "exit:75"]),
            (" exit:100-120 , timeout", &["exit:100-120", "timeout"]),
            ("exit:7-7", &["exit:7"]),
            ("timeout,signal,silent,transient", &["timeout", "signal", "silent", "transient"]),
            ("pattern:lock is held", &["pattern:lock is held"]),
            // A comma belongs to the pattern …
            ("pattern:a{2,3},b", &["pattern:a{2,3},b"]),
            ("pattern:first, timeouts", &["pattern:first, timeouts"]),
            ("pattern:a, signal lost,exit:3", &["pattern:a, signal lost", "exit:3"]),
            // … unless a condition begins behind it.
            ("pattern:a,timeout", &["pattern:a", "timeout"]),
            ("pattern:a{2,},pattern:b,exit:75", &["pattern:a{2,}", "pattern:b", "exit:75"]),
            ("pattern:a, silent ,pattern:b", &["pattern:a", "silent", "pattern:b"]),
            ("pattern:exit:75", &["pattern:exit:75"]),
        ] {
            assert_eq!(read(typed).unwrap(), expected, "{typed:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (typed, says) in [
            ("", "nothing where a condition should stand"),
            ("exit:75,", "nothing where a condition should stand"),
            ("exit:75,,timeout", "nothing where a condition should stand"),
            ("timeouts", "`timeouts` is no condition; write one of: exit:75"),
            ("Timeout", "is no condition"),
            ("exit:0", "exit code 0, which is success"),
            ("exit:0-5", "exit code 0, which is success"),
            ("exit:", "names no exit code"),
            ("exit:-1", "names no exit code"),
            ("exit:+1", "names no exit code"),
            ("exit:256", "names no exit code"),
            ("exit:99999999999", "names no exit code"),
            ("exit:1-", "names no exit code"),
            ("exit:9-3", "write exit:3-9"),
            ("pattern:", "no regular expression behind it"),
            ("pattern:(", "unclosed group"),
            ("pattern:(?=a)", "no look-around"),
            ("pattern:.*", "write exit:1-255"),
            ("pattern:(?:a{1000}){1000}", "too large"),
        ] {
            let error = read(typed).unwrap_err();
            assert!(error.contains(says), "{typed:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(typed in "(exit:|pattern:|timeout|signal|[a-z0-9,:{}()*. -]){0,12}") {
            if let Ok(conditions) = parse(&typed) {
                // Writing them down and reading that gives the same.
                let again: Vec<String> = conditions.iter().map(ToString::to_string).collect();
                prop_assert_eq!(read(&again.join(",")).unwrap(), again);
            }
        }
    }
}
