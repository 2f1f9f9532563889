//! How a line sounds, whatever tool wrote it: like trouble, like a remark, or like any other line.

use super::page::Page;
use regex::bytes::Regex;
use std::sync::LazyLock;

/// What can be heard in a line that no signature knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// It says of itself that it is a remark (`[INFO]`, `warning:`), or counts no failures (`0 failed`).
    Remark,
    /// Nothing.
    Plain,
    /// It has a word like "error".
    Trouble,
    /// It begins like an error, or says that something failed in a way that no sentence does.
    Alarm,
}

static REMARK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)^\W*(?:[0-9T:.,/ -]{8,}\W*)?(?:info|debug|trace|notice|warn|warning|note|verbose|pass|passed|ok|skip|skipped)\b",
        r"|\b(?:0|no) (?:errors?|failures?|failed|failing|exceptions?)\b",
        r"|\b(?:errors?|failures?|failed|failing)\b[:=] ?0\b",
        // A test with such a name passed.
        r"|\.\.\. ok\s*$|\bpassed(?: +\[ *[0-9]+%\])?\s*$",
    ))
    .ok()
});

static TROUBLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)error|\bfail|fatal|exception|panic|\babort|cannot\b|can't\b|could ?n.t\b|could not\b|not found|no such|unable to|",
        r"unexpected|undefined|invalid|denied|refused|timed out|mismatch|missing|not (?:exist|allowed|installed)|does not|expected\b",
    ))
    .ok()
});

static ALARM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        // `Error: …`, `foo: fatal error: …`, `[ERROR] …`, `E: …`, `SomeError: …`, `** (SomeError) …`
        r"(?-u)^(?:[^ ]+:? ){0,2}\[?(?i:fatal error|error|fatal|exception)\]?[:!]",
        r"|^\W*(?:[\w$]+[.:/\\])*\w*(?:Error|Exception|Failure)\b:?",
        r"|^\W*(?:E|F|ERROR|FATAL|FAILED|FAIL|FAILURE|CRITICAL|error|Error)\b[\]:!]",
        r"|^Traceback |^\W*not ok [0-9]|\bpanicked at\b|^panic: |^Uncaught |^Unhandled ",
        // A place in a file, with what is wrong there.
        r"|^\W*[\w./\\@+ -]+\.\w{1,5}(?::[0-9]+:(?:[0-9]+:?)?|\([0-9]+(?:,[0-9]+)?\):?) ",
        // Failures in a list, as many test runners number or mark them.
        r"|^\s+[0-9]+\) \w|<<< (?:FAILURE|ERROR)|\*\*\* FAILED|^\W*(?:\xe2\x9c\x97|\xe2\x9c\x98|\xe2\x9c\x96|\xe2\x9d\x8c|\xc3\x97) ",
    ))
    .ok()
});

static HEADING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i-u)^\W*(?:error\W+)?(?:there (?:was|were) )?(?:[0-9]+ )?",
        r"(?:tests? |specs? |examples? |scenarios? |compilation |compiler |syntax |lint |type )?",
        r"(?:failures?|failed|failing|errors?|fails|issues?|problems?)(?: tests?| examples?| specs?| scenarios?| found| summary)?",
        r"(?: *[:=]? *[0-9]+)?(?: tests?)?(?: *\([^)]*\))*\W*$",
        r"|^\W*\w+ aborted!$",
    ))
    .ok()
});

/// Whether it is the heading of a list of failures: `Failures:`, `2 failing`, `There was 1 error:`.
pub(super) fn is_heading(clean: &[u8]) -> bool {
    HEADING.as_ref().is_some_and(|heading| heading.is_match(clean))
}

/// Listen to a clean line.
pub(super) fn of(clean: &[u8]) -> Tone {
    match (&*REMARK, &*TROUBLE) {
        (Some(remark), _) if remark.is_match(clean) => Tone::Remark,
        _ if ALARM.as_ref().is_some_and(|alarm| alarm.is_match(clean)) => Tone::Alarm,
        (_, Some(trouble)) if trouble.is_match(clean) => Tone::Trouble,
        _ => Tone::Plain,
    }
}

/// The same for a line of a page, which GitHub may call a warning itself.
pub(super) fn at(page: &Page, index: usize) -> Tone {
    heard(page, index, &page.clean(index))
}

/// The same where the clean line is at hand.
pub(super) fn heard(page: &Page, index: usize, clean: &[u8]) -> Tone {
    const LEVELS: [&[u8]; 3] = [b"##[warning]", b"##[notice]", b"##[debug]"];
    let raw = page.digest.raw(index);
    let start = &raw[..raw.len().min(64)];
    match LEVELS.iter().any(|level| memchr::memmem::find(start, level).is_some()) {
        true => Tone::Remark,
        false => of(clean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_failures() {
        for line in [
            "Failures:",
            "  2 failing",
            "There was 1 error:",
            "Failed tests: ",
            "=== FAILURES ===",
            "Errors",
            "rake aborted!",
            "Tests failed: 1 (0.0%)",
            "Issues :-(",
            "[ERROR] COMPILATION ERROR : ",
        ] {
            assert!(is_heading(line.as_bytes()), "{line:?}");
        }
        for line in ["error: no such file", "test parse failed", "2 passing", "", "Failed to open"] {
            assert!(!is_heading(line.as_bytes()), "{line:?}");
        }
    }

    #[test]
    fn remarks_are_no_trouble() {
        for (line, tone) in [
            ("[INFO] BUILD FAILURE", Tone::Remark),
            ("warning: unused variable: `error`", Tone::Remark),
            ("2024-05-01 10:00:01,123 DEBUG could not find it in the cache", Tone::Remark),
            ("Tests run: 3, Failures: 0, Errors: 0, Skipped: 0", Tone::Remark),
            ("12 examples, 0 failures", Tone::Remark),
            ("tests/test_errors.py::test_error_is_raised PASSED   [ 95%]", Tone::Remark),
            ("test refuses_missing_files ... ok", Tone::Remark),
            ("[ERROR] No plugin found", Tone::Alarm),
            ("--- a line with an error in it", Tone::Trouble),
            ("src/lib/a.c:12:5: expected ';'", Tone::Alarm),
            ("java.lang.IllegalStateException: no", Tone::Alarm),
            ("  1) parses an empty file", Tone::Alarm),
            ("cp: cannot stat 'a': No such file or directory", Tone::Trouble),
            ("src/a.css", Tone::Plain),
            ("information about nothing", Tone::Plain),
        ] {
            assert_eq!(of(line.as_bytes()), tone, "{line:?}");
        }
    }
}
