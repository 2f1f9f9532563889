//! No secret leaves: tokens, keys, URLs with credentials, JWTs are replaced before anything is hashed, stored or printed.
//!
//! What secrets look like is data ([`tokens`], [`named`]); keys that go over many lines are [`blocks`]. Randomness alone
//! is no reason to take a text away: hashes of commits, lock files and tests make failures what they are. It counts only
//! after a name such as `password`. What is taken away is named, so that people know what stood there.

mod blocks;
mod named;
mod tokens;

use super::needles::Needles;
use regex::bytes::{Captures, Regex, RegexBuilder};
use std::borrow::Cow;
use std::sync::OnceLock;

/// How a replacement begins. A text that has one is not looked at again.
const OPENING: &str = "[redacted:";

/// What one kind of secret looks like.
#[derive(Debug)]
struct Shape {
    /// The word that stands in its place.
    kind: &'static str,
    /// One of these texts (ignoring ASCII case, three bytes or more) is in every line that has one.
    needles: &'static [&'static str],
    /// The secret: the group `secret` where there is one, else the whole match.
    pattern: &'static str,
    /// What the secret has to look like besides.
    judge: Judge,
    /// A line with one. `{a36}` stands for 36 letters and digits, so that no whole secret is in this repository;
    /// [`tests::planted`] knows the other letters.
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are for readers and tests"))]
    example: &'static str,
    /// Lines that look like it and have none.
    #[cfg_attr(not(test), expect(dead_code, reason = "examples are for readers and tests"))]
    unlike: &'static [&'static str],
}

/// A second look at what a pattern found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judge {
    /// The shape says it all.
    Shape,
    /// It stands after the name of a password: only words of prose and of code stay.
    Password,
    /// It stands after the name of a token or a key: it has to look made by a machine.
    Random,
}

/// One line without secrets.
pub fn text(line: &str) -> String {
    if line.contains('\n') {
        let mut many: Vec<String> = line.split('\n').map(str::to_owned).collect();
        lines(&mut many);
        return many.join("\n");
    }
    redacted(line).into_owned()
}

/// Lines that follow each other without secrets, also such that go over many of them: keys in blocks.
pub fn lines(lines: &mut [String]) {
    blocks::redact(lines);
    for line in lines {
        if let Cow::Owned(without) = redacted(line) {
            *line = without;
        }
    }
}

fn redacted(line: &str) -> Cow<'_, str> {
    // What stood beside a secret may be one too, once that is gone.
    const ROUNDS: usize = 4;
    let mut text = Cow::Borrowed(line);
    for _ in 0..ROUNDS {
        match Table::get().replace(text.as_bytes()) {
            Some(without) => text = Cow::Owned(without),
            None => break,
        }
    }
    text
}

struct Table {
    /// Each with the rows that have it.
    needles: Needles<Vec<u16>>,
    rows: Vec<Row>,
}

struct Row {
    shape: &'static Shape,
    /// Compiled when its first needle turns up: few logs hold secrets.
    regex: OnceLock<Option<Regex>>,
}

/// All shapes, special before general.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    tokens::TABLE.iter().chain(named::TABLE)
}

impl Table {
    fn get() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(|| {
            let rows: Vec<Row> = shapes().map(|shape| Row { shape, regex: OnceLock::new() }).collect();
            let of_row =
                |(index, row): (usize, &Row)| row.shape.needles.iter().map(move |text| (*text, vec![index as u16]));
            let needles = Needles::new(rows.iter().enumerate().flat_map(of_row), |all, rows| all.extend(rows));
            Table { needles, rows }
        })
    }

    /// The text without the secrets that it shows now, or nothing when it shows none.
    fn replace(&self, text: &[u8]) -> Option<String> {
        let mut asked = vec![false; self.rows.len()];
        self.needles.scan(text, |_, rows| rows.iter().for_each(|row| asked[usize::from(*row)] = true));
        let mut spans: Vec<(usize, usize, &'static str)> = Vec::new();
        let taken = replacements(text);
        for row in self.rows.iter().zip(asked).filter_map(|(row, asked)| asked.then_some(row)) {
            let Some(regex) = row.regex.get_or_init(|| compile(row.shape.pattern)) else { continue };
            for found in regex.captures_iter(text) {
                spans.extend(row.shape.secret(text, &found).map(|(start, end)| (start, end, row.shape.kind)));
            }
        }
        spans.retain(|&(start, end, _)| start < end && !taken.iter().any(|&(from, to)| start < to && from < end));
        if spans.is_empty() {
            return None;
        }
        // Of two that overlap the special one names it, and both go: sorting is stable.
        spans.sort_by_key(|&(start, ..)| start);
        let mut without: Vec<u8> = Vec::with_capacity(text.len());
        let mut at = 0;
        let mut spans = spans.into_iter().peekable();
        while let Some((start, mut end, mut kind)) = spans.next() {
            let mut best = rank(kind);
            while let Some((_, other_end, other)) = spans.next_if(|&(next, ..)| next < end) {
                end = end.max(other_end);
                if rank(other) < best {
                    (best, kind) = (rank(other), other);
                }
            }
            without.extend_from_slice(&text[at..start]);
            without.extend_from_slice(format!("{OPENING}{kind}]").as_bytes());
            at = end;
        }
        without.extend_from_slice(&text[at..]);
        Some(String::from_utf8_lossy(&without).into_owned())
    }
}

/// The place of a kind in the table: the first is the most special.
fn rank(kind: &str) -> usize {
    shapes().position(|shape| shape.kind == kind).unwrap_or(usize::MAX)
}

/// Where replacements stand already.
fn replacements(text: &[u8]) -> Vec<(usize, usize)> {
    let starts = memchr::memmem::find_iter(text, OPENING.as_bytes());
    let end = |start: usize| memchr::memchr(b']', &text[start..]).map_or(text.len(), |length| start + length + 1);
    let mut found: Vec<(usize, usize)> = Vec::new();
    for start in starts {
        if found.last().is_none_or(|&(_, last)| last <= start) {
            found.push((start, end(start)));
        }
    }
    found
}

impl Shape {
    /// Where the secret is, when the second look agrees.
    fn secret(&self, text: &[u8], found: &Captures<'_>) -> Option<(usize, usize)> {
        let value = ["secret", "q1", "q2", "q3", "bare"].into_iter().find_map(|group| found.name(group));
        let secret = value.or_else(|| found.get(0))?;
        let agrees = !named::is_placeholder(secret.as_bytes())
            && match self.judge {
                Judge::Shape => true,
                Judge::Password => named::is_password(text, found, secret.start(), secret.end()),
                Judge::Random => named::is_named_key(text, found, secret.start(), secret.end()),
            };
        agrees.then(|| (secret.start(), secret.end()))
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    /// An example with its `{a36}` filled in, and what was filled in. `a` letters and digits, `h` hexadecimal, `d` digits,
    /// `u` capital letters and the digits of base 32, `l` letters, `b` base 64.
    pub(super) fn planted(example: &str) -> (String, Vec<String>) {
        let (mut text, mut secrets) = (String::new(), Vec::new());
        let holes = regex::Regex::new(r"\{([ahdulb])([0-9]+)\}").unwrap();
        let mut rest = 0;
        for hole in holes.captures_iter(example) {
            text.push_str(&example[rest..hole.get(0).unwrap().start()]);
            rest = hole.get(0).unwrap().end();
            let alphabet: &[u8] = match &hole[1] {
                "a" => b"k3Zt9QbX7mWv2LrN8cYh5JdPs4Fg6H",
                "h" => b"9f3c07be41d8a62e5",
                "d" => b"7391842650",
                "u" => b"Q7KZ3MWN5XTR2",
                "l" => b"kZtQbXmWvLrNcYhJdPsFgH",
                _ => b"k3Z/9QbX7m+v2LrN8cYh",
            };
            let count: usize = hole[2].parse().unwrap();
            // Three in one place are three different ones.
            let filled: String =
                (0..count).map(|n| alphabet[(n * 7 + secrets.len()) % alphabet.len()] as char).collect();
            text.push_str(&filled);
            secrets.push(filled);
        }
        text.push_str(&example[rest..]);
        (text, secrets)
    }

    #[test]
    fn every_shape_takes_its_example_and_leaves_what_only_looks_like_it() {
        let mut wrong = Vec::new();
        let mut kinds = HashSet::new();
        for shape in shapes() {
            kinds.insert(shape.kind);
            assert!(compile(shape.pattern).is_some(), "{}: the pattern does not compile", shape.kind);
            assert!(shape.needles.iter().all(|needle| needle.len() >= 3), "{}: a needle is too short", shape.kind);
            let (line, secrets) = planted(shape.example);
            let without = text(&line);
            if secrets.is_empty() || !without.contains(&format!("[redacted:{}]", shape.kind)) {
                wrong.push(format!("{}: {line} -> {without}", shape.kind));
            }
            if let Some(left) = secrets.iter().find(|secret| secret.len() > 5 && without.contains(secret.as_str())) {
                wrong.push(format!("{}: {left} is left in {without}", shape.kind));
            }
            for unlike in shape.unlike {
                if text(unlike) != *unlike {
                    wrong.push(format!("{}: {unlike} -> {}", shape.kind, text(unlike)));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(kinds.len() >= 60, "{}", kinds.len());
    }

    #[test]
    fn no_example_is_a_secret_as_it_stands_here() {
        for shape in shapes().filter(|shape| shape.judge == Judge::Shape) {
            assert!(shape.example.contains('{'), "{}", shape.kind);
        }
    }

    #[test]
    fn what_names_a_failure_stays() {
        for line in [
            "commit 6c0289e1b7a94d0f3c52e8d4a1f60b7c9e8d2f34",
            "HEAD is now at 6c0289e Lay the ground",
            "id: 7b1c2f0e-9d3a-4c55-8f0e-1a2b3c4d5e6f",
            "  sha256:0f3e8c2b4d5a69788796a5b4c3d2e1f00f3e8c2b4d5a69788796a5b4c3d2e1f0",
            "\"integrity\": \"sha512-k3Zt9QbX7mWv2LrN8cYh5JdPs4Fg6Hk3Zt9QbX7mWv2LrN8cYh5JdPs4Fg6Hk3Zt9QbX7mWv2LrN8cYh5Jd==\"",
            "checksum = \"0f3e8c2b4d5a69788796a5b4c3d2e1f00f3e8c2b4d5a69788796a5b4c3d2e1f0\"",
            "test auth::token::tests::expired_token_is_refused ... FAILED",
            "FAILED tests/test_password.py::test_password_reset[secret-key] - AssertionError",
            "SyntaxError: Unexpected token: punc (()",
            "SyntaxError: Unexpected token '}', \"}\" is not valid JSON",
            "error: expected expression, found token: `;`",
            "Error: secret: not found in namespace default",
            "password: must be at least 8 characters long",
            "Invalid password: expected a string, got nil",
            "assert token is None",
            "src/auth/token.rs:12:5: error: unused variable: `secret`",
            "  File \"/app/password.py\", line 12, in check_password",
            "password=password",
            "api_key = os.environ['API_KEY']",
            "token: ***",
            "PASSWORD: [MASKED]",
            "GITHUB_TOKEN: ${{ secrets.GITHUB_TOKEN }}",
            "https://github.com/acme/shop/actions/runs/123",
            "git@github.com:acme/shop.git",
            "ssh://git@example.org:22/acme/shop.git",
            "http://localhost:4873/@acme/shop",
            "Author: Ann Other <ann@example.org>",
            "secret_key_base: nil",
            "Secrets Passed: 3",
            "keys: 12 tokens: 3445",
            "max_tokens: 4096",
            "  token_count = 12345678",
            "-----BEGIN CERTIFICATE-----",
            "error: could not find -----BEGIN RSA PRIVATE KEY----- in deploy.pem",
        ] {
            assert_eq!(text(line), line);
        }
    }

    #[test]
    fn the_most_special_shape_names_it_and_neighbours_go_too() {
        let (line, secrets) = planted("GITHUB_TOKEN=ghp_{a36} NPM_TOKEN=npm_{a36};password=\"{a12}\"");
        let without = text(&line);
        assert_eq!(
            without,
            "GITHUB_TOKEN=[redacted:github-token] NPM_TOKEN=[redacted:npm-token];password=\"[redacted:password]\""
        );
        assert!(secrets.iter().all(|secret| !without.contains(secret)));
    }

    proptest! {
        #[test]
        fn twice_is_once(line in "\\PC{0,120}") {
            let once = text(&line);
            prop_assert_eq!(text(&once), once);
        }

        #[test]
        fn twice_is_once_among_names(parts in proptest::collection::vec(
            prop_oneof![
                Just("password"), Just("token"), Just("=")  , Just(": "), Just("\""), Just("://"), Just("@"), Just("Bearer "),
                Just("[redacted:"), Just("]"), Just("k3Zt9QbX7mWv2LrN8cYh5JdPs4Fg6H"), Just(" "), Just("secret"), Just("***"),
                Just("-----BEGIN RSA PRIVATE KEY-----"), Just("ghp_"), Just("\\n"), Just("ü"), Just("--"), Just("authorization")
            ], 0..16)) {
            let once = text(&parts.concat());
            prop_assert_eq!(text(&once), once);
        }
    }
}
