//! Keys that go over many lines. An excerpt may hold the beginning, the end, or only the middle of one.
//!
//! Certificates and public keys are no secrets; lists of checksums are no keys.

/// What stands in place of each line of a key.
const GONE: &str = "[redacted:private-key]";

/// The most lines a key has, and then some: a beginning without an end takes no whole log with it.
const MOST_LINES: usize = 200;

/// How many lines of one width make a run of base 64 a key although neither its beginning nor its end is there.
const RUN: usize = 4;

pub(super) fn redact(lines: &mut [String]) {
    let mut at = 0;
    while at < lines.len() {
        let line = &lines[at];
        if !line.contains("-----") {
            let run = run(&lines[at..]);
            if run >= RUN {
                // The last line of a key is shorter than the others.
                let rest = usize::from(lines.get(at + run).is_some_and(|line| is_body(line) && !is_word(line)));
                take(&mut lines[at..at + run + rest]);
                at += rest;
            }
            at += run.max(1);
        } else if let Some(name) = marked(line, "-----BEGIN ") {
            let is_secret = name.contains("PRIVATE");
            let closes_itself = line.contains("-----END ");
            let end = if closes_itself { at } else { end(lines, at) };
            if is_secret {
                take(&mut lines[at + 1..=end]);
            }
            at = end + 1;
        } else if marked(line, "-----END ").is_some_and(|name| name.contains("PRIVATE")) {
            let start = (0..at).rev().take(MOST_LINES).take_while(|&before| is_body(&lines[before])).last();
            take(&mut lines[start.unwrap_or(at)..at]);
            at += 1;
        } else {
            at += 1;
        }
    }
}

/// The last line of the block that begins here: the one before its end, or the last that may belong to it.
fn end(lines: &[String], begin: usize) -> usize {
    let mut last = begin;
    for (index, line) in lines.iter().enumerate().skip(begin + 1).take(MOST_LINES) {
        if line.contains("-----END ") || !(is_body(line) || is_header(line)) {
            break;
        }
        last = index;
    }
    last
}

fn take(lines: &mut [String]) {
    for line in lines.iter_mut().filter(|line| !bare(line).is_empty()) {
        *line = GONE.to_owned();
    }
}

/// The name in the marker `opening`: `RSA PRIVATE KEY`.
fn marked<'a>(line: &'a str, opening: &str) -> Option<&'a str> {
    line.split_once(opening)?.1.split("-----").next()
}

/// The line without what stands around a line of a key in logs and files: indentation, quotes, the `+` of a difference, the
/// number of the line.
fn bare(line: &str) -> &str {
    let line = line.trim_start();
    let unnumbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = unnumbered.len() < line.len() && unnumbered.starts_with([' ', '\t', ':', '|']);
    let line = if is_numbered { unnumbered.trim_start_matches([' ', '\t', ':', '|']) } else { line };
    let line = line.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '|' | '>' | ',' | '+' | '-'));
    line.strip_suffix("\\n").unwrap_or(line)
}

/// Nothing but base 64, or nothing at all.
fn is_body(line: &str) -> bool {
    bare(line).bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

/// A single word, as an ordinary line may be one.
fn is_word(line: &str) -> bool {
    let line = bare(line);
    line.len() < 8
        || line.bytes().all(|byte| byte.is_ascii_lowercase())
        || line.bytes().all(|byte| byte.is_ascii_digit())
}

/// `Proc-Type: 4,ENCRYPTED` and the like, inside of a block.
fn is_header(line: &str) -> bool {
    const NAMES: [&str; 7] = ["Proc-Type", "DEK-Info", "Comment", "Version", "Hash", "Charset", "MessageID"];
    bare(line).split_once(": ").is_some_and(|(name, _)| NAMES.contains(&name))
}

/// How many of the first lines are whole lines of base 64, all of the same width.
fn run(lines: &[String]) -> usize {
    let width = lines.first().map_or(0, |line| bare(line).len());
    if !matches!(width, 60 | 64 | 70 | 72 | 76) {
        return 0;
    }
    let whole = |line: &&String| {
        let line = bare(line);
        let of = |is: fn(&u8) -> bool| line.as_bytes().iter().any(is);
        line.len() == width
            && is_body(line)
            && of(u8::is_ascii_uppercase)
            && of(u8::is_ascii_lowercase)
            && of(|byte| byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit())
    };
    lines.iter().take_while(whole).count()
}

#[cfg(test)]
mod tests {
    use super::GONE;
    use crate::triage::redact::lines;
    use proptest::prelude::*;

    /// A line of base 64 of that width, each another one.
    fn body(width: usize, seed: usize) -> String {
        let alphabet = b"k3Zt9QbX7m+v2LrN8cYh5JdPs4/g6HqWeRtY";
        (0..width).map(|n| alphabet[(n * 7 + n / 5 + seed) % alphabet.len()] as char).collect()
    }

    fn without(before: &[&str]) -> Vec<String> {
        let mut lines_: Vec<String> = before.iter().map(|line| (*line).to_owned()).collect();
        lines(&mut lines_);
        lines_
    }

    #[test]
    fn a_key_over_many_lines_goes_wherever_it_is_cut() {
        let bodies: Vec<String> = (0..6).map(|seed| body(64, seed)).collect();
        let tail = body(21, 9) + "==";
        for kind in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
        {
            let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
            let mut key: Vec<&str> = vec!["writing deploy.pem", &begin];
            key.extend(bodies.iter().map(String::as_str));
            key.extend([tail.as_str(), end.as_str(), "error: bad passphrase"]);
            for cut in 0..5 {
                for keep in [3, 7, key.len()] {
                    let part = &key[cut..(cut + keep).min(key.len())];
                    let has_mark = part.iter().any(|line| line.contains("-----"));
                    let left = without(part);
                    assert_eq!(left.len(), part.len());
                    let leaks = left.iter().any(|line| bodies.contains(line));
                    assert!(!leaks || (keep == 3 && !has_mark), "{kind} {cut} {keep}: {left:#?}");
                }
            }
            let whole = without(&key);
            assert!(!whole.contains(&tail), "{whole:#?}");
            assert_eq!((whole[0].as_str(), whole[10].as_str()), ("writing deploy.pem", "error: bad passphrase"));
        }
    }

    #[test]
    fn the_middle_alone_goes_with_its_last_line() {
        let mut key: Vec<String> = (0..5).map(|seed| format!("      {}", body(76, seed))).collect();
        key.push(format!("      {}", body(30, 3)));
        key.push("      done".to_owned());
        lines(&mut key);
        assert_eq!(key[..6], vec![GONE; 6]);
        assert_eq!(key[6], "      done");
    }

    #[test]
    fn lines_with_their_numbers_go_too() {
        let mut key: Vec<String> = (0..5).map(|seed| format!("{:4} | {}", seed + 8, body(64, seed))).collect();
        lines(&mut key);
        assert_eq!(key, vec![GONE; 5]);
        let mut key: Vec<String> = (0..5).map(|seed| format!("{:6}\t{}", seed + 8, body(64, seed))).collect();
        lines(&mut key);
        assert_eq!(key, vec![GONE; 5]);
    }

    #[test]
    fn certificates_checksums_and_short_pieces_stay() {
        let bodies: Vec<String> = (0..5).map(|seed| body(64, seed)).collect();
        let mut certificate = vec!["-----BEGIN CERTIFICATE-----"];
        certificate.extend(bodies.iter().map(String::as_str));
        certificate.push("-----END CERTIFICATE-----");
        assert_eq!(without(&certificate), certificate);
        let sums: Vec<String> = (0..8).map(|n| format!("{n:x}").repeat(64)).collect();
        let sums: Vec<&str> = sums.iter().map(String::as_str).collect();
        assert_eq!(without(&sums), sums);
        let three: Vec<&str> = bodies[..3].iter().map(String::as_str).collect();
        assert_eq!(without(&three), three);
    }

    #[test]
    fn a_beginning_without_an_end_takes_no_log_with_it() {
        let log = ["-----BEGIN RSA PRIVATE KEY-----", "error: no key was found", "make: *** [deploy] Error 1"];
        assert_eq!(without(&log), log);
    }

    proptest! {
        #[test]
        fn any_lines_keep_their_number_and_twice_is_once(mut some in proptest::collection::vec(
            prop_oneof![
                "\\PC{0,40}", Just("-----BEGIN RSA PRIVATE KEY-----".to_owned()), Just("-----END RSA PRIVATE KEY-----".to_owned()),
                Just("-----BEGIN CERTIFICATE-----".to_owned()), (0usize..9).prop_map(|seed| body(64, seed))
            ], 0..14)) {
            let count = some.len();
            lines(&mut some);
            prop_assert_eq!(some.len(), count);
            let once = some.clone();
            lines(&mut some);
            prop_assert_eq!(once, some);
        }
    }
}
