//! What two runs of the same failure write differently is made equal: times, ids, ports, folders, numbers.
//!
//! The steps stand in their order; one that comes later sees what those before it left. Whatever is changed here makes other
//! hashes of the same failures, and so another version of the recipe. Words of people stay: names of tests and exceptions,
//! codes of errors, HTTP status, exit codes, and digits inside of words such as `utf-8`.

use super::paths;
use regex::{Captures, Regex};
use std::borrow::Cow;
use std::sync::LazyLock;

/// The most bytes of one line that take part.
const LONGEST: usize = 2_000;

/// One replacement of many.
struct Step {
    /// One of these bytes has to be there before the pattern is asked.
    hint: &'static [u8],
    pattern: &'static str,
    to: &'static str,
}

const fn step(hint: &'static [u8], pattern: &'static str, to: &'static str) -> Step {
    Step { hint, pattern, to }
}

/// Times, ids and the network: what stands alone and has a form of its own.
const EARLY: &[Step] = &[
    step(b"\0", r"\x00", ""),
    step(b"\xe2`", r"[‘’`´]", "'"),
    step(b"\xe2", r"[“”]", "\""),
    // 2 time
    step(
        b":",
        r"\b[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T _][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})\b)?",
        "<time>",
    ),
    step(
        b":",
        r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:[0-9]{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -][0-9]{2,4}|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* +[0-9]{1,2}(?:,? [0-9]{4})?),? +[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?: ?[AP]M)?(?: [A-Z]{3,4}\b)?(?: ?[+-][0-9]{4})?(?: [0-9]{4}\b)?(?: \([A-Z]+\))?",
        "<time>",
    ),
    step(b"-/", r"\b(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[0-9]{2}[/.][0-9]{2}[/.][0-9]{4})\b", "<time>"),
    step(b":", r"\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?(?: ?[APap][Mm]\b)?| ?[APap][Mm]\b)", "<time>"),
    step(
        b"0123456789",
        r"\b[0-9]+(?:\.[0-9]+)? ?(?:milliseconds?|microseconds?|nanoseconds?|seconds?|minutes?|hours?|days?|msecs?|secs?|mins?|hrs?|ms|us|µs|ns)\b",
        "<took>",
    ),
    step(b"smh", r"\b(?:[0-9]+h ?)?(?:[0-9]+m ?)?[0-9]+(?:\.[0-9]+)?s\b", "<took>"),
    step(b"mh", r"\b[0-9]+h ?[0-9]+m\b|\b[0-9]+(?:\.[0-9]+)?[mh]\b", "<took>"),
    step(b"<", r"<took>(?:(?: and |, | )<took>)+", "<took>"),
    // Some tools tell the time of slow tests only.
    step(b"<", r" *[(\[]<took>[)\]]", ""),
    step(b"/", r"(?i)\b[0-9]+(?:\.[0-9]+)? ?[kmgt]?i?b(?:ytes)?/s(?:ec)?\b", "<n>B/s"),
    // 3 ids
    step(b"-", r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
    step(b"-", r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b", "<trace>"),
    step(b"xX", r"\b0[xX][0-9a-fA-F]+\b", "<hex>"),
    step(b"@", r"([A-Za-z0-9_;\])>$])@[0-9a-f]{5,16}([^A-Za-z0-9_.@-]|$)", "$1@<hex>$2"),
    step(b"[", r"\[(?:MASKED|REDACTED|FILTERED|redacted:[a-z-]+)\]", "<secret>"),
    step(b"*", r"\*{3,}", "<secret>"),
    step(b"-", r"-[0-9a-f]{8,10}-[a-z0-9]{5}\b", "-<id>"),
    // 4 network
    step(b"@", r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", "<email>"),
    step(b"?", r"(\b[a-z][a-z0-9+.-]*://[^\s?#'<>]+)[?#][^\s'<>)\]]*", "$1"),
    step(b":", r"(?i)\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "<mac>"),
    step(b".", r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5}\b)?", "<ip>"),
    step(
        b":",
        r"\[?(?:\b[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}\b|(?:\b[0-9a-f]{1,4}:)*:[0-9a-f]{0,4}[0-9](?::[0-9a-f]{1,4})*)\]:[0-9]{1,5}\b",
        "<ip>",
    ),
    step(b":", r"(?i)\blocalhost:[0-9]+\b", "localhost"),
    step(b":", r"(\b[a-z][a-z0-9+.-]*://[A-Za-z0-9._-]+):[0-9]{1,5}\b", "$1"),
    step(
        b"-",
        r"\b(?:fv-az[0-9-]+|ip-[0-9]+(?:-[0-9]+){3}(?:\.[a-z0-9.-]+)?|runner-[A-Za-z0-9_]+-(?:project|concurrent)[A-Za-z0-9-]*|travis-job-[0-9a-f-]+|i-[0-9a-f]{8,17}|gke-[a-z0-9-]+)\b",
        "<host>",
    ),
];

/// Positions, counters and versions, after paths.
const LATE: &[Step] = &[
    step(b"/", r"\b(python|ruby|node|php|perl|lua|java|jdk|go|gcc|clang|llvm|dotnet)[0-9]+(?:\.[0-9]+)*/", "$1/"),
    step(
        b"/",
        r"(/(?:site-packages|dist-packages|gems|node_modules|registry/src|pkg/mod|vendor)/)([^/\s]*?)[-@]v?[0-9][^/\s:]*",
        "$1$2",
    ),
    step(b":(", r"(\.[A-Za-z][A-Za-z0-9]{0,9})(?::[0-9]+(?::[0-9]+|[-.][0-9]+)*\b|\([0-9]+(?:[,:-] ?[0-9]+)*\))", "$1"),
    step(b"w", r"\bgw[0-9]+\b", "gw<n>"),
    step(
        b"tT",
        r"(?i)\b((?:thread|goroutine|worker|pid|process|shard|chunk|slot|executor|pool)[ _#:=-]{0,2})\[?[0-9]+\]?",
        "$1<n>",
    ),
    step(b"=", r"=+[0-9]+=+", "=<n>="),
    step(b"v", r"\bv[0-9]+(?:\.[0-9]+)+(?:[-+][A-Za-z0-9.-]+)?\b", "<version>"),
];

static STEPS: LazyLock<[Vec<(&'static Step, Regex)>; 2]> = LazyLock::new(|| {
    let compiled = |steps: &'static [Step]| {
        let one = |step: &'static Step| Some((step, Regex::new(step.pattern).ok()?));
        steps.iter().filter_map(one).collect()
    };
    [compiled(EARLY), compiled(LATE)]
});

/// Numbers that say what happened: they stay.
static TELLING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:\bhttp(?:/[0-9.]+)?|\bstatus(?: code)?|\bexit(?:ed)?(?: with)?(?: code| status| value)?|\breturned(?: exit)? code|\berrno|\bos error|\bsignal|\berror code|\bresponse(?: code)?|\bstatuscode|\bsig)\s?[:=#(]?\s?(-?[0-9]{1,5})\b").ok()
});

/// Words of letters and digits that a dash holds together.
const WORDS: &[&str] = &[
    "utf-", "ucs-", "iso-", "sha-", "sha2-", "sha3-", "x86-", "aes-", "rsa-", "rfc-", "latin-", "cp-", "windows-",
    "base-", "md-", "cve-", "es-", "c-", "ed-", "mp-", "py-", "gb-", "koi8-", "big-", "http-", "tls-", "ipv-", "hs-",
    "rs-", "amd-", "arm-", "l-", "vt-", "ansi-",
];

/// The line as two runs of the same failure would both have it.
pub(super) fn line(line: &str, root: Option<&str>) -> String {
    let mut end = line.len().min(LONGEST);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let text = Cow::Borrowed(line[..end].trim());
    let text = run(text, &STEPS[0]);
    let text = match paths::anonymous(&text, root) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    };
    let text = numbers(&ids(&run(text, &STEPS[1])));
    sorted(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run<'a>(mut text: Cow<'a, str>, steps: &[(&Step, Regex)]) -> Cow<'a, str> {
    for (step, regex) in steps {
        if !step.hint.iter().any(|byte| text.as_bytes().contains(byte)) {
            continue;
        }
        if let Cow::Owned(new) = regex.replace_all(&text, step.to) {
            text = Cow::Owned(new);
        }
    }
    text
}

/// Hashes of git and others, names of pods, base 64: words in which digits and letters are mixed as people do not.
fn ids(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let end =
            word.len() - word.chars().next_back().filter(|c| !c.is_ascii_alphanumeric()).map_or(0, char::len_utf8);
        let (name, after) = word.split_at(end);
        out.push_str(if is_id(name) { "<id>" } else { name });
        out.push_str(after);
    }
    out
}

fn is_id(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    let digits = count(u8::is_ascii_digit);
    if word.len() < 7 || digits == 0 || digits == word.len() {
        return false;
    }
    let lower = word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    let upper = word.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
    let is_mixed = count(u8::is_ascii_lowercase) > 3 && count(u8::is_ascii_uppercase) > 3;
    let is_ulid =
        word.len() == 26 && digits > 3 && word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    lower || (upper && word.len() >= 12) || (word.len() >= 32 && digits > 3 && is_mixed) || is_ulid
}

/// Numbers that stand alone. Those of words (`E0425`, `utf-8`, `test_2`) and those that tell something stay.
fn numbers(text: &str) -> String {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    let telling: Vec<usize> = match TELLING.as_ref() {
        Some(regex) => {
            regex.captures_iter(text).filter_map(|found: Captures<'_>| Some(found.get(1)?.start())).collect()
        }
        None => Vec::new(),
    };
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len()
            && (bytes[at].is_ascii_digit()
                || (matches!(bytes[at], b'.' | b',' | b'_') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)))
        {
            at += 1;
        }
        let inside = start > 0
            && (bytes[start - 1].is_ascii_alphanumeric() || bytes[start - 1] == b'_' || bytes[start - 1] >= 0x80);
        let after = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let is_told = telling.iter().any(|&told| told == start || told + 1 == start);
        if inside || after > 2 || bytes.get(at) == Some(&b'_') || is_told || in_a_word(text, start) {
            continue;
        }
        out.push_str(&text[copied..start]);
        out.push_str("<n>");
        copied = at;
    }
    out.push_str(&text[copied..]);
    out
}

/// Whether the number is the end of a word like `utf-8` or `ISO-8859-1`.
fn in_a_word(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let start = before.rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).map_or(0, |at| at + 1);
    let start = (start..at).find(|&at| before.is_char_boundary(at)).unwrap_or(at);
    let word = before[start..].to_ascii_lowercase();
    word.ends_with('-') && WORDS.iter().any(|known| word.starts_with(known))
}

/// Prints of sets and maps, whose order is nobody's: `map[b:1 a:2]`, `{'b', 'a'}`.
fn sorted(text: &str) -> Cow<'_, str> {
    static PRINTS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(map\[)([^\[\]]{3,})(\])|(\{)([^{}]*, [^{}]*)(\})").ok());
    let Some(prints) = PRINTS.as_ref().filter(|_| text.contains("map[") || text.contains('{')) else {
        return Cow::Borrowed(text);
    };
    prints.replace_all(text, |found: &Captures<'_>| {
        let (group, between) = if found.get(1).is_some() { (1, " ") } else { (4, ", ") };
        let mut parts: Vec<&str> = found[group + 1].split(between).collect();
        parts.sort_unstable();
        format!("{}{}{}", &found[group], parts.join(between), &found[group + 2])
    })
}
