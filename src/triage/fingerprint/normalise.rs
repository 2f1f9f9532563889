//! What two runs of the same failure write differently is made equal: times, ids, ports, folders, numbers.
//!
//! The steps stand in their order; one that comes later sees what those before it left. Whatever is changed here makes other
//! hashes of the same failures, and so another version of the recipe. Words of people stay: names of tests and exceptions,
//! codes of errors, HTTP status, exit codes, and digits inside of words such as `utf-8`.

use super::paths;
use crate::triage::hints::{Hinted, Hints, Pattern};
use regex::Captures;
use std::borrow::Cow;

/// The most bytes of one line that take part.
const LONGEST: usize = 2_000;

/// One replacement of many.
struct Step {
    pattern: Pattern,
    to: &'static str,
}

const fn step(hints: Hints, pattern: &'static str, to: &'static str) -> Step {
    Step { pattern: Pattern::new(hints, pattern), to }
}

/// Times, ids and the network: what stands alone and has a form of its own.
static EARLY: [Step; 28] = [
    step(&[b"\0"], r"\x00", ""),
    step(&[b"\xe2", b"`"], r"[‘’`´]", "'"),
    step(&[b"\xe2"], r"[“”]", "\""),
    // 2 time
    step(
        &[b"0:00"],
        r"\b[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T _][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:[.,][0-9]+)?(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})\b)?",
        "<time>",
    ),
    step(
        &[b" 00:00"],
        r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:[0-9]{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -][0-9]{2,4}|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* +[0-9]{1,2}(?:,? [0-9]{4})?),? +[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?(?: ?[AP]M)?(?: [A-Z]{3,4}\b)?(?: ?[+-][0-9]{4})?(?: [0-9]{4}\b)?(?: \([A-Z]+\))?",
        "<time>",
    ),
    step(&[b"-", b"/"], r"\b(?:[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}|[0-9]{2}[/.][0-9]{2}[/.][0-9]{4})\b", "<time>"),
    step(
        &[b"0:00:00", b"0:00am", b"0:00 am", b"0:00pm", b"0:00 pm"],
        r"\b[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?(?: ?[APap][Mm]\b)?| ?[APap][Mm]\b)",
        "<time>",
    ),
    step(
        &[
            b"0m",
            b"0 m",
            b"0u",
            b"0 u",
            b"0n",
            b"0 n",
            b"0s",
            b"0 s",
            b"0h",
            b"0 h",
            b"0d",
            b"0 d",
            b"0\xc2\xb5",
            b"0 \xc2\xb5",
            b"0\xce\xbc",
            b"0 \xce\xbc",
        ],
        r"\b[0-9]+(?:\.[0-9]+)? ?(?:milliseconds?|microseconds?|nanoseconds?|seconds?|minutes?|hours?|days?|msecs?|secs?|mins?|hrs?|ms|us|µs|μs|ns)\b",
        "<took>",
    ),
    step(&[b"0s"], r"\b(?:[0-9]+h ?)?(?:[0-9]+m ?)?[0-9]+(?:\.[0-9]+)?s\b", "<took>"),
    step(&[b"0m", b"0h"], r"\b[0-9]+h ?[0-9]+m\b|\b[0-9]+(?:\.[0-9]+)?[mh]\b", "<took>"),
    step(&[b"<took>"], r"<took>(?:(?: and |, | )<took>)+", "<took>"),
    // Some tools tell the time of slow tests only.
    step(&[b"(<took>", b"[<took>"], r" *[(\[]<took>[)\]]", ""),
    step(&[b"b/s", b"bytes/s"], r"(?i)\b[0-9]+(?:\.[0-9]+)? ?[kmgt]?i?b(?:ytes)?/s(?:ec)?\b", "<n>B/s"),
    // 3 ids
    step(&[b"-~~~~-~~~~-"], r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
    step(&[b"00-~~~~~~~~"], r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\b", "<trace>"),
    step(&[b"0x~"], r"\b0[xX][0-9a-fA-F]+\b", "<hex>"),
    step(&[b"@~~~~~"], r"([A-Za-z0-9_;\])>$])@[0-9a-f]{5,16}([^A-Za-z0-9_.@-]|$)", "$1@<hex>$2"),
    step(&[b"[masked]", b"[redacted", b"[filtered]"], r"\[(?:MASKED|REDACTED|FILTERED|redacted:[a-z-]+)\]", "<secret>"),
    step(&[b"***"], r"\*{3,}", "<secret>"),
    step(&[b"-~~~~~~~~"], r"-[0-9a-f]{8,10}-[a-z0-9]{5}\b", "-<id>"),
    // 4 network
    step(&[b"@"], r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b", "<email>"),
    step(&[b"?"], r"(\b[a-z][a-z0-9+.-]*://[^\s?#'<>]+)[?#][^\s'<>)\]]*", "$1"),
    step(&[b"~~:~~:~~:"], r"(?i)\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "<mac>"),
    step(&[b".0.", b".00.", b".000."], r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5}\b)?", "<ip>"),
    step(&[b"::"], r"\[[0-9a-f:]*::[0-9a-f:]*[0-9][0-9a-f:]*\](?::[0-9]+)?", "<ip>"),
    step(&[b"localhost:0"], r"(?i)\blocalhost:[0-9]+\b", "localhost"),
    step(&[b"://"], r"(\b[a-z][a-z0-9+.-]*://[A-Za-z0-9._-]+):[0-9]{1,5}\b", "$1"),
    step(
        &[b"fv-az", b"ip-0", b"runner-", b"travis-job-", b"i-~~~~~~~~", b"gke-"],
        r"\b(?:fv-az[0-9-]+|ip-[0-9]+(?:-[0-9]+){3}(?:\.[a-z0-9.-]+)?|runner-[A-Za-z0-9_]+-(?:project|concurrent)[A-Za-z0-9-]*|travis-job-[0-9a-f-]+|i-[0-9a-f]{8,17}|gke-[a-z0-9-]+)\b",
        "<host>",
    ),
];

/// Positions, counters and versions, after paths.
static LATE: [Step; 7] = [
    step(&[b"0/"], r"\b(python|ruby|node|php|perl|lua|java|jdk|go|gcc|clang|llvm|dotnet)[0-9]+(?:\.[0-9]+)*/", "$1/"),
    step(
        &[
            b"/site-packages/",
            b"/dist-packages/",
            b"/gems/",
            b"/node_modules/",
            b"/registry/src/",
            b"/pkg/mod/",
            b"/vendor/",
        ],
        r"(/(?:site-packages|dist-packages|gems|node_modules|registry/src|pkg/mod|vendor)/)([^/\s]*?)[-@]v?[0-9][^/\s:]*",
        "$1$2",
    ),
    step(
        &[b":0", b"(0"],
        r"(\.[A-Za-z][A-Za-z0-9]{0,9})(?::[0-9]+(?::[0-9]+|[-.][0-9]+)*\b|\([0-9]+(?:[,:-] ?[0-9]+)*\))",
        "$1",
    ),
    step(&[b"gw0"], r"\bgw[0-9]+\b", "gw<n>"),
    step(
        &[b"thread", b"goroutine", b"worker", b"pid", b"process", b"shard", b"chunk", b"slot", b"executor", b"pool"],
        r"(?i)\b((?:thread|goroutine|worker|pid|process|shard|chunk|slot|executor|pool)[ _#:=-]{0,2})\[?[0-9]+\]?",
        "$1<n>",
    ),
    step(&[b"=0"], r"=+[0-9]+=+", "=<n>="),
    step(&[b"v0"], r"\bv[0-9]+(?:\.[0-9]+)+(?:[-+][A-Za-z0-9.-]+)?\b", "<version>"),
];

/// Numbers that say what happened: they stay.
static TELLING: Pattern = Pattern::new(
    &[b"http", b"status", b"exit", b"returned", b"errno", b"os error", b"sig", b"error code", b"response"],
    r"(?i)(?:\bhttp(?:/[0-9.]+)?|\bstatus(?: code)?|\bexit(?:ed)?(?: with)?(?: code| status| value)?|\breturned(?: exit)? code|\berrno|\bos error|\bsignal|\berror code|\bresponse(?: code)?|\bstatuscode|\bsig)\s?[:=#(]?\s?(-?[0-9]{1,5})\b",
);

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
    let text = run(text, &EARLY);
    let text = match paths::anonymous(&text, root) {
        Cow::Borrowed(_) => text,
        Cow::Owned(new) => Cow::Owned(new),
    };
    let text = numbers(&ids(&run(text, &LATE)));
    sorted(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn run<'a>(mut text: Cow<'a, str>, steps: &'static [Step]) -> Cow<'a, str> {
    let mut at = 0;
    while at < steps.len() {
        let hinted = Hinted::of(&text);
        let mut changed = None;
        for step in &steps[at..] {
            at += 1;
            let Some(regex) = step.pattern.on(&hinted) else { continue };
            if let Cow::Owned(new) = regex.replace_all(&text, step.to) {
                changed = Some(new);
                break;
            }
        }
        if let Some(new) = changed {
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
        out.push_str(if is_id(name) { "<n>" } else { name });
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
    let telling: Vec<usize> = match TELLING.on(&Hinted::of(text)) {
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
    static PRINTS: Pattern = Pattern::new(&[b"map[", b"{"], r"(map\[)([^\[\]]{3,})(\])|(\{)([^{}]*, [^{}]*)(\})");
    let Some(prints) = PRINTS.on(&Hinted::of(text)) else { return Cow::Borrowed(text) };
    prints.replace_all(text, |found: &Captures<'_>| {
        let (group, between) = if found.get(1).is_some() { (1, " ") } else { (4, ", ") };
        let mut parts: Vec<&str> = found[group + 1].split(between).collect();
        parts.sort_unstable();
        format!("{}{}{}", &found[group], parts.join(between), &found[group + 2])
    })
}

#[cfg(test)]
mod tests {
    use super::line;
    use proptest::prelude::*;

    /// What stands in logs, and what is left of it.
    const TABLE: &[(&str, &str)] = &[
        // times
        ("2026-01-02T03:04:05.1234567Z done", "<time> done"),
        ("at 2026-01-02 03:04:05,678 +0100 x", "at <time> x"),
        ("2026-01-02 03:04 UTC x", "<time> x"),
        ("Mon, 02 Jan 2006 15:04:05 GMT x", "<time> x"),
        ("Mon Jan  2 15:04:05 UTC 2006 x", "<time> x"),
        ("Mon Jan 02 2006 15:04:05 GMT+0100 x", "<time> x"),
        ("Jan  2 15:04:05 host x", "<time> host x"),
        ("02-Jan-06 15:04 x", "<time> x"),
        ("released 2026-01-02", "released <time>"),
        ("02/01/2026 x", "<time> x"),
        ("15:04:05.123 x", "<time> x"),
        ("3:04 PM x", "<time> x"),
        ("took 1.23s", "took <took>"),
        ("took 12ms", "took <took>"),
        ("took 1h30m0s", "took <took>"),
        ("took 2m 3.5s", "took <took>"),
        ("in 4.56 seconds", "in <took>"),
        ("after 3 minutes and 4 seconds", "after <took>"),
        ("Timeout 30000ms exceeded", "Timeout <took> exceeded"),
        ("--- FAIL: TestAdd (0.02s)", "--- FAIL: TestAdd"),
        ("  adds up (54ms)", "adds up"),
        ("  adds up", "adds up"),
        ("elapsed 1700000000", "elapsed <n>"),
        ("12.5 MB/s", "<n>B/s"),
        ("45% done", "<n>% done"),
        // ids
        ("id 7b1c2f0e-9d3a-4c55-8f0e-1a2b3c4d5e6f", "id <uuid>"),
        ("commit 6c0289e1b7a94d0f3c52e8d4a1f60b7c9e8d2f34", "commit <n>"),
        ("HEAD is 6c0289e", "HEAD is <n>"),
        ("at 0x7ffc53357450", "at <hex>"),
        ("#<Cart:0x000055d0>", "#<Cart:<hex>>"),
        ("com.acme.Cart@1a2b3c", "com.acme.Cart@<hex>"),
        ("[Ljava.lang.String;@6d06d69c", "[Ljava.lang.String;@<hex>"),
        ("token ***", "token <secret>"),
        ("token [MASKED]", "token <secret>"),
        ("token [redacted:github-token]", "token <secret>"),
        ("pod shop-5d4f8c7b9-x2x4z is gone", "pod shop-<id> is gone"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "<n>"),
        ("defaced facade", "defaced facade"),
        ("Fee::add stays", "Fee::add stays"),
        ("feed_cafe", "feed_cafe"),
        ("AssertionError2", "AssertionError2"),
        // network
        ("connect 127.0.0.1:41234", "connect <ip>"),
        ("connect 10.0.0.7", "connect <ip>"),
        ("connect [::1]:8080", "connect <ip>"),
        ("http://localhost:41234/cart", "http://localhost/cart"),
        ("localhost:5432 refused", "localhost refused"),
        ("https://example.org:8443/a/b?x=1#y", "https://example.org/a/b"),
        ("ann@example.org said", "<email> said"),
        ("de:ad:be:ef:00:01", "<mac>"),
        ("on fv-az123-456", "on <host>"),
        ("on ip-10-0-1-2.ec2.internal", "on <host>"),
        ("on runner-abc123-project-42-concurrent-0", "on <host>"),
        // paths
        ("/home/runner/work/shop/shop/src/a.rs:1:2: error", "src/a.rs: error"),
        ("D:\\a\\shop\\shop\\src\\a.cs(1,2): error", "src/a.cs: error"),
        ("/builds/acme/shop/a.py", "a.py"),
        ("/tmp/tmp.Xy3/config.yml", "<tmp>/config.yml"),
        ("/tmp/pytest-of-ann/pytest-12/test_add0", "<tmp>"),
        ("/var/folders/bb/n7t3r/T/dkwn/", "<tmp>"),
        ("/home/ann/x/y.py", "~/x/y.py"),
        ("/usr/lib/python3.11/site-packages/six-1.16.0/six.py", "/usr/lib/python/site-packages/six/six.py"),
        (
            "node_modules/.pnpm/chalk@5.3.0/node_modules/chalk/i.js",
            "node_modules/.pnpm/chalk@<n>/node_modules/chalk/i.js",
        ),
        ("/gems/rake-13.0.6/lib/rake.rb:12:in x", "/gems/rake/lib/rake.rb:in x"),
        // positions and counters
        ("src/a.c:12:5: error: x", "src/a.c: error: x"),
        ("src/a.c:12: error: x", "src/a.c: error: x"),
        ("src/a.cs(12,5): error CS0103: x", "src/a.cs: error CS0103: x"),
        ("at f (src/a.js:12:5)", "at f (src/a.js)"),
        ("File \"a.py\", line 12, in f", "File \"a.py\", line <n>, in f"),
        ("goroutine 18 [running]:", "goroutine <n> [running]:"),
        ("Thread-7 died", "Thread-<n> died"),
        ("pool-1-thread-2 died", "pool-<n>-thread-<n> died"),
        ("[gw3] FAILED a", "[gw<n>] FAILED a"),
        ("==16563==ERROR: AddressSanitizer", "=<n>=ERROR: AddressSanitizer"),
        ("worker[12345]: x", "worker<n>: x"),
        ("  1) cart adds", "<n>) cart adds"),
        ("(3/8) cart", "(<n>/<n>) cart"),
        ("not ok 749 - cart", "not ok <n> - cart"),
        ("attempt 2/3", "attempt <n>/<n>"),
        ("Randomized with seed 4242", "Randomized with seed <n>"),
        ("expected 3, got -4.5", "expected <n>, got -<n>"),
        ("4,150,908 rows", "<n> rows"),
        ("1_000_000 rows", "<n> rows"),
        ("2.26166pt too wide", "<n>pt too wide"),
        ("shop v1.2.3-rc1", "shop <version>"),
        ("shop 1.2.3", "shop <n>"),
        ("listen on port 41234", "listen on port <n>"),
        // what tells something
        ("error[E0425]: cannot find value", "error[E0425]: cannot find value"),
        ("error TS2322: no", "error TS2322: no"),
        ("error C2065: 'x'", "error C2065: 'x'"),
        ("PG::UniqueViolation", "PG::UniqueViolation"),
        ("HTTP 503", "HTTP 503"),
        ("HTTP/1.1 404 Not Found", "HTTP/<n> 404 Not Found"),
        ("status code 429", "status code 429"),
        ("status: 500", "status: 500"),
        ("exit code 137", "exit code 137"),
        ("exit status 2", "exit status 2"),
        ("exited with 1", "exited with 1"),
        ("exit code: -1073741819", "exit code: -<n>"),
        ("killed by signal 9", "killed by signal 9"),
        ("errno: 13", "errno: 13"),
        ("(os error 98)", "(os error 98)"),
        ("'utf-8' codec", "'utf-8' codec"),
        ("UTF-16 text", "UTF-16 text"),
        ("ISO-8859-1 text", "ISO-8859-1 text"),
        ("sha-256 of x86-64", "sha-256 of x86-64"),
        ("test_add_2 failed", "test_add_2 failed"),
        ("test2 failed", "test2 failed"),
        ("x86_64-unknown-linux-gnu", "x86_64-unknown-linux-gnu"),
        ("base64 and i18n and 3des", "base64 and i18n and 3des"),
        ("f32 is not u8", "f32 is not u8"),
        // order, quotes, space
        ("got map[b:x a:y]", "got map[a:y b:x]"),
        ("got {'b', 'a'}", "got {'a', 'b'}"),
        ("unknown type \u{2018}fd_set\u{2019}", "unknown type 'fd_set'"),
        ("  a \t b  ", "a b"),
        ("a\0b", "ab"),
        ("Größe 3 ≠ 4", "Größe <n> ≠ <n>"),
    ];

    #[test]
    fn what_differs_between_runs_is_made_equal_and_the_rest_stays() {
        let wrong: Vec<String> = TABLE
            .iter()
            .filter(|(before, after)| line(before, None) != *after)
            .map(|(before, after)| format!("{before:?}\n  is {:?}\n not {after:?}", line(before, None)))
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(TABLE.len() >= 100, "{}", TABLE.len());
    }

    proptest! {
        #[test]
        fn any_line_ends_in_a_line_without_double_space(text in "\\PC{0,200}") {
            let normal = line(&text, Some("/w/shop"));
            prop_assert!(!normal.contains("  ") && !normal.contains('\n'), "{}", normal);
        }
    }
}
