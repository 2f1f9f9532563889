//! A finding as a SARIF result: where it is shown, and by what it is known again in the next run.
//!
//! GitHub refuses a whole file for one result without a location, so findings that have none are put on the first line
//! of the policy's usual file. Messages are plain text: no Markdown, no links.

use super::log::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where findings without a place are shown: the file that says what may come in.
const POLICY_FILE: &str = ".ci-guard.json";

/// A finding, whatever found it.
pub(in crate::output) struct Found<'a> {
    /// The rule's id, and its place in the list of rules.
    pub rule: (&'static str, usize),
    /// Whether it stops something.
    pub is_error: bool,
    /// The file.
    pub path: Option<&'a [u8]>,
    /// What tells it from its like where there is no file.
    pub what: Vec<u8>,
    pub line: Option<u64>,
    pub end_line: Option<u64>,
    pub message: Cow<'a, str>,
    pub help: &'a [String],
    pub properties: OutcomeProperties,
}

/// How many findings there were that are alike but for their line.
pub(in crate::output) type Seen = BTreeMap<(&'static str, Vec<u8>), u64>;

pub(in crate::output) fn outcome(found: Found, seen: &mut Seen) -> Outcome {
    let path = found.path.filter(|path| !path.is_empty());
    let (what, uri) = match path {
        Some(path) => (path.to_vec(), uri(path)),
        None => (found.what, POLICY_FILE.into()),
    };
    let (rule_id, rule_index) = found.rule;
    let nth = seen.entry((rule_id, what.clone())).and_modify(|nth| *nth += 1).or_insert(1);
    let fingerprint = fingerprint(rule_id, &what, *nth);
    // GitHub knows alerts again by the second name only. Its own action computes that one from the text of the line where it is missing,
    // and all findings without a place, which point at the same line, would become one alert.
    let partial_fingerprints =
        BTreeMap::from([("ciGuardFinding/v1", fingerprint.clone()), ("primaryLocationLineHash", fingerprint)]);
    let start_line = found.line.unwrap_or(1).max(1);
    let region = Region { start_line, end_line: found.end_line.map(|end| end.max(start_line)) };
    let artifact_location = ArtifactLocation { uri, uri_base_id: "%SRCROOT%" };
    let lines: Vec<&str> = [&*found.message].into_iter().chain(found.help.iter().map(String::as_str)).collect();
    Outcome {
        rule_id,
        rule_index,
        level: if found.is_error { "error" } else { "warning" },
        message: message(lines.join("\n")),
        locations: [Location { physical_location: PhysicalLocation { artifact_location, region } }],
        partial_fingerprints,
        properties: found.properties,
    }
}

/// Plain text. A `[text](target)` in it would be a link, and a commit subject must not make one. Braces stay single,
/// although the standard wants literal ones doubled: viewers show them as they are, and `HEAD@{1}` must stay true.
pub(in crate::output) fn message(text: impl Into<String>) -> Message {
    let text = text.into();
    let text = if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text };
    Message { text }
}

/// A path as a relative URI reference (RFC 3986): everything but unreserved characters and `/` as `%` and two digits.
/// `:` is written so too, for a first segment that has one would be a scheme, and a leading `/`, for it would be a root.
fn uri(path: &[u8]) -> String {
    let mut uri = String::with_capacity(path.len());
    for (at, &byte) in path.iter().enumerate() {
        match byte {
            b'/' if at > 0 => uri.push('/'),
            b'-' | b'.' | b'_' | b'~' => uri.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => uri.push(byte.into()),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

/// What a finding is whatever line it moves to: its rule, its file or commit, and which one of those it is.
/// FNV-1a with 64 bits: it must be the same with every compiler and release, and withstand nobody.
fn fingerprint(rule: &str, what: &[u8], nth: u64) -> String {
    let bytes = [rule.as_bytes(), what, nth.to_string().as_bytes()].join(&0);
    let hash = bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_relative_uri() {
        for (path, want) in [
            (&b"src/app.rs"[..], "src/app.rs"),
            (b"-._~/09azAZ", "-._~/09azAZ"),
            (b"a b%c#d?e", "a%20b%25c%23d%3Fe"),
            (b"c:/x", "c%3A/x"),
            (b"//host/x", "%2F/host/x"),
            ("größe".as_bytes(), "gr%C3%B6%C3%9Fe"),
            (b"\xff\x00\n\\", "%FF%00%0A%5C"),
        ] {
            assert_eq!(uri(path), want);
        }
    }

    #[test]
    fn a_message_makes_no_link() {
        for (raw, want) in [
            ("array[1] of HEAD@{1}", "array[1] of HEAD@{1}"),
            ("[click](https://example.org) [x]", "\\[click\\](https://example.org) \\[x\\]"),
        ] {
            assert_eq!(message(raw).text, want);
        }
    }
}
