//! No secret leaves: tokens, keys, URLs with credentials, JWTs are replaced before anything is hashed, stored or printed.
//!
//! What secrets look like is data ([`tokens`], [`services`], [`commands`], [`named`]); keys that go over many lines are [`blocks`]. Randomness alone
//! is no reason to take a text away: hashes of commits, lock files and tests make failures what they are. It counts only
//! after a name such as `password`. What is taken away is named, so that people know what stood there.

mod arguments;
mod blocks;
mod commands;
mod named;
mod services;
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
    /// The secret: the group `secret` where there is one, else the whole match. A `\b` at its beginning and its end is not
    /// the regex's but [`Shape::stands_alone`]'s, who knows more of what logs put around words.
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
    /// It stands where a user does, or a password with slashes: names of people and paths stay besides.
    User,
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

/// An argument of a command, or a script, without secrets. Behind a flag such as `--token` every value is one.
pub fn argument(word: &str, flag: Option<&str>) -> String {
    match flag.filter(|flag| arguments::asks(flag) && !word.starts_with('-')) {
        Some(flag) => text(&arguments::value(arguments::is_user(flag), word)),
        None => text(&arguments::within(word)),
    }
}

/// Lines that follow each other without secrets, also such that go over many of them: keys in blocks.
pub fn lines(lines: &mut [String]) {
    blocks::redact(lines);
    for at in 1..lines.len() {
        if let Some((first, second)) = wrapped(&lines[at - 1], &lines[at]) {
            (lines[at - 1], lines[at]) = (first, second);
        }
    }
    for line in lines {
        if let Cow::Owned(without) = redacted(line) {
            *line = without;
        }
    }
}

/// Two lines without the token that the end of the first cut in two, where there is one.
fn wrapped(first: &str, second: &str) -> Option<(String, String)> {
    const WIDEST: usize = 1000;
    let kept = first.trim_end_matches('\\').trim_end();
    let tail = kept.rsplit(char::is_whitespace).next()?;
    let inner = second.trim_start();
    let head = inner.split(char::is_whitespace).next()?;
    let (indent, rest) = (&second[..second.len() - inner.len()], &inner[head.len()..]);
    let is_cut = tail.ends_with(is_of_token) && head.starts_with(is_of_token);
    if !is_cut || tail.len() < 4 || head.len() < 4 || tail.len() + head.len() > WIDEST || tail.contains(OPENING) {
        return None;
    }
    let word = format!("{tail}{head}");
    let Cow::Owned(without) = redacted(&word) else { return None };
    let (before, after) = without.split_once(OPENING)?;
    let (kind, after) = after.split_once(']')?;
    let crosses = before.len() < tail.len() && after.len() < head.len() && head.ends_with(after);
    let taken = &head[..head.len().checked_sub(after.len())?];
    // A whole token at the end of a line takes no word from the next.
    let is_rest = matches!(redacted(tail), Cow::Borrowed(_)) || is_rest_of_token(taken.as_bytes());
    if !crosses || !is_rest || !self_evident().any(|shape| shape.kind == kind) {
        return None;
    }
    let start = &kept[..kept.len() - tail.len()];
    let gone = format!("{OPENING}{kind}]");
    Some((format!("{start}{before}{gone}"), format!("{indent}{gone}{after}{rest}")))
}

fn is_of_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

/// Whether what is glued to a token is more of it, or another one, and no word.
fn is_rest_of_token(rest: &[u8]) -> bool {
    rest.len() >= 16 && rest.iter().any(u8::is_ascii_digit) && rest.iter().any(u8::is_ascii_alphabetic)
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

/// Tokens that give themselves away.
fn self_evident() -> impl Iterator<Item = &'static Shape> {
    tokens::TABLE.iter().chain(services::TABLE)
}

/// All shapes, special before general.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    self_evident().chain(commands::TABLE).chain(named::TABLE)
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
        let whole = found.get(0)?;
        let agrees = !named::is_placeholder(secret.as_bytes())
            && self.stands_alone(text, whole.start(), whole.end())
            && match self.judge {
                Judge::Shape => true,
                Judge::Password => named::is_password(text, found, secret.start(), secret.end()),
                Judge::Random => named::is_named_key(text, found, secret.start(), secret.end()),
                Judge::User => {
                    named::is_named_key(text, found, secret.start(), secret.end())
                        && !named::is_names(secret.as_bytes())
                }
            };
        agrees.then(|| (secret.start(), self.end(text, secret.end())))
    }

    /// The end of a token, and of another one that is glued to it: the first may have taken the beginning of the second.
    fn end(&self, text: &[u8], end: usize) -> usize {
        let rest = text[end..].iter().take_while(|byte| is_of_token(char::from(**byte))).count();
        let is_token = self.judge == Judge::Shape && self.pattern.starts_with(EDGE);
        end + if is_token && is_rest_of_token(&text[end..end + rest]) { rest } else { 0 }
    }

    /// Whether what was found is no piece of a longer word, where the pattern asks for that. An escape ends a word
    /// (`line\nghp_…`), and so does `_` (`backup_AKIA…`). A beginning that no word has needs no end of a word before it.
    fn stands_alone(&self, text: &[u8], start: usize, end: usize) -> bool {
        let begins = !self.pattern.starts_with(EDGE)
            || !is_inner(text[..start].last())
            || is_escape(&text[..start])
            || self.needles.iter().all(|needle| is_distinctive(needle));
        let ends = !self.pattern.ends_with(EDGE)
            || !is_inner(text.get(end))
            || self.needles.iter().any(|needle| {
                text[end..].get(..needle.len()).is_some_and(|next| next.eq_ignore_ascii_case(needle.as_bytes()))
            });
        begins && ends
    }
}

/// The edge of a word, in a pattern.
const EDGE: &str = r"\b";

fn is_inner(byte: Option<&u8>) -> bool {
    byte.is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a text ends with an escape: `\n`, `\u0022`, `\x22`, `%22`.
fn is_escape(text: &[u8]) -> bool {
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match text {
        [.., b'\\', b'n' | b't' | b'r' | b'b' | b'f' | b'0'] => true,
        [.., b'%', a, b] | [.., b'\\', b'x', a, b] if hex(&[*a, *b]) => true,
        [.., b'\\', b'u', a, b, c, d] => hex(&[*a, *b, *c, *d]),
        _ => false,
    }
}

/// A beginning that no word ends with: `glpat-`, `AKIA`. `EAAA` is what base 64 makes of zeros.
fn is_distinctive(needle: &str) -> bool {
    let has = |is: fn(char) -> bool| needle.chars().any(is);
    match needle.chars().last() {
        Some('-') => needle.len() >= 5,
        Some(_) if needle.starts_with("EAA") => false,
        Some(_) if needle.starts_with("xox") => true,
        _ => needle.len() >= 4 && has(|letter| letter.is_ascii_punctuation() || letter.is_ascii_uppercase()),
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    let pattern = pattern.strip_prefix(EDGE).unwrap_or(pattern);
    let pattern = pattern.strip_suffix(EDGE).unwrap_or(pattern);
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
            "PASS: test_login",
            "PASS: tests/foo.sh",
            "Pass: myTestName",
            "{\"errors\":{\"password\":\"is too short\"}}",
            "token: parseExpressionStatement",
            "secret: UsernamePasswordAuthenticationToken",
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
    fn a_token_needs_no_edge_of_a_word_before_it() {
        for example in [
            r"line\nghp_{a36}\nnext",
            r"a\tSK{h32}\tb",
            r"\u0022glpat-{a20}\u0022",
            "%22hf_{l34}%22",
            "x%3DAKIA{u16}%26y",
            "backup_ghp_{a36}.tgz",
            "build_key-{h32}_x",
            "aghp_{a36}b",
            "ghp_{a36}ghp_{a36}",
            "sk_live_{a24}sk_live_{a24}",
            "SK{h32}SK{h32}",
        ] {
            let (line, secrets) = planted(example);
            let without = text(&line);
            assert!(secrets.iter().all(|secret| !without.contains(secret.as_str())), "{line} -> {without}");
        }
    }

    #[test]
    fn a_token_that_a_line_cuts_in_two_goes_from_both() {
        let (token, _) = planted("ghp_{a36}");
        for at in [5, 20, 38] {
            let mut log = [format!("remote: {}", &token[..at]), format!("  {} was refused", &token[at..])];
            lines(&mut log);
            let want = if at == 38 { token[at..].to_owned() } else { "[redacted:github-token]".to_owned() };
            assert_eq!(log, ["remote: [redacted:github-token]".to_owned(), format!("  {want} was refused")], "{at}");
        }
        let mut log = [format!("remote: {token}"), "error: failed".to_owned(), "make: *** [all] Error 1".to_owned()];
        lines(&mut log);
        assert_eq!(log, ["remote: [redacted:github-token]", "error: failed", "make: *** [all] Error 1"]);
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
