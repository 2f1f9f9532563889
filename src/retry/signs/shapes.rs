//! Shapes of failures that no second attempt mends, whatever words they are about: a compiler that names a place, a runner that
//! counts failed tests, a quota that is used up for good.
//!
//! The table of triage names what a line says, and words of the network go first there: it looks for the cause of a failure. Here
//! it is asked only whether work was refused, so a shape beats its words. Whether a line stands in a section of failures that
//! were expected is not known here.

use crate::model::Why;
use crate::triage::digest::Digest;
use crate::triage::line;
use crate::triage::signatures::{Kind, Rank, Signature, Table};
use regex::bytes::{Regex, RegexSet, RegexSetBuilder};
use std::sync::LazyLock;

/// A row of the table.
#[derive(Debug)]
pub(super) struct Shape {
    /// What reports call it.
    pub(super) name: &'static str,
    /// What it stands for.
    pub(super) why: Why,
    pattern: &'static str,
    /// A line that it is.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the tests"))]
    example: &'static str,
    /// Lines that it is not.
    #[cfg_attr(not(test), expect(dead_code, reason = "for the tests"))]
    unlike: &'static [&'static str],
}

const fn shape(
    name: &'static str,
    why: Why,
    pattern: &'static str,
    example: &'static str,
    unlike: &'static [&'static str],
) -> Shape {
    Shape { name, why, pattern, example, unlike }
}

/// A quota that waiting does not fill.
pub(super) const SPENT: &str = "quota-used-up";

/// The place below a compiler's message, as rustc and others draw it.
static PLACE: Shape = shape(
    "compiler-place",
    Why::Compiler,
    r"^\s*(?:-->|╭─\[|┌─) ?[^\s:]+:[0-9]+:[0-9]+",
    " --> src/main.rs:1:1",
    &["--> done", " --> https://quill.example/a", "main --> main"],
);

/// How far above its place a message begins.
const PLACE_REACH: usize = 3;

/// All others.
static TABLE: &[Shape] = &[
    shape(
        "tap-not-ok",
        Why::Test,
        r"^\s*not ok [0-9]+\b(?:[^#]|#\s*[^tTsS\s]|#\s*(?i:t[^o]|s[^k]|$))*$",
        "not ok 2 - b",
        &["not ok 2 - b # TODO later", "not ok 3 # SKIP no network", "ok 2 - not ok 2", "it is not ok 2"],
    ),
    shape(
        "tests-counted",
        Why::Test,
        r"^[0-9]+ (?:runs|tests?|examples?|specs?|doctests?), (?:[0-9]+ \w+, )*[1-9][0-9]* (?:failures?|errors?)\b",
        "4 runs, 9 assertions, 1 failures, 0 errors, 0 skips",
        &["4 runs, 9 assertions, 0 failures, 0 errors, 0 skips", "4 tests, 0 failures", "2 warnings, 1 errors"],
    ),
    shape(
        "xcodebuild-test-failed",
        Why::Test,
        r"^\*\* TEST(?: EXECUTE)? FAILED \*\*",
        "** TEST FAILED **",
        &["** TEST SUCCEEDED **"],
    ),
    shape(
        "xcodebuild-build-failed",
        Why::Compiler,
        r"^\*\* (?:BUILD|ARCHIVE|ANALYZE|TEST BUILD) FAILED \*\*",
        "** BUILD FAILED **",
        &["** BUILD SUCCEEDED **"],
    ),
    shape(
        "cucumber-counted",
        Why::Test,
        r"^[0-9]+ (?:scenarios?|steps?) \((?:[0-9]+ \w+, )*[1-9][0-9]* (?:failed|undefined|ambiguous)\b",
        "1 scenario (1 failed)",
        &["2 scenarios (0 failed, 2 passed)", "2 scenarios (2 passed)"],
    ),
    shape(
        "behave-counted",
        Why::Test,
        r"^[0-9]+ (?:features?|scenarios?|steps?) passed, [1-9][0-9]* failed\b",
        "0 scenarios passed, 1 failed, 0 skipped",
        &["3 scenarios passed, 0 failed, 0 skipped"],
    ),
    shape(
        "catch2-counted",
        Why::Test,
        r"^(?:\[doctest\] )?(?:test cases|assertions): +[0-9]+ \|.*\b[1-9][0-9]* failed\b",
        "test cases: 1 | 1 failed",
        &["[doctest] test cases: 10 | 10 passed | 0 failed | 0 skipped"],
    ),
    shape(
        "karma-counted",
        Why::Test,
        r"\bExecuted [0-9]+ of [0-9]+ .*\([1-9][0-9]* FAILED\)",
        "Chrome Headless 126.0 (Linux): Executed 1 of 1 (1 FAILED) (0.01 secs / 0 secs)",
        &["Executed 3 of 3 (0 FAILED)", "Executed 3 of 3 SUCCESS"],
    ),
    shape(
        "dart-tests-failed",
        Why::Test,
        r"^(?:[0-9:]+ \+[0-9]+(?: ~[0-9]+)? -[0-9]+: )?Some tests failed\.\s*$",
        "00:01 +0 -1: Some tests failed.",
        &["Some tests failed. They are run again", "00:01 +1: All tests passed!"],
    ),
    shape(
        "julia-tests-failed",
        Why::Test,
        r"^(?:ERROR: )?(?:LoadError: )?Some tests did not pass: ",
        "ERROR: LoadError: Some tests did not pass: 0 passed, 1 failed, 0 errored, 0 broken.",
        &["warning: some tests did not pass yet"],
    ),
    shape(
        "testthat-counted",
        Why::Test,
        r"^\[ FAIL [1-9][0-9]* \|",
        "[ FAIL 1 | WARN 0 | SKIP 0 | PASS 3 ]",
        &["[ FAIL 0 | WARN 0 | SKIP 0 | PASS 3 ]"],
    ),
    shape(
        "wdio-counted",
        Why::Test,
        r"^\s*Spec Files:.*[\s,][1-9][0-9]* failed\b",
        "Spec Files:\t 0 passed, 1 failed, 1 total (100% completed) in 00:00:03",
        &["Spec Files:\t 3 passed, 0 failed, 3 total (100% completed) in 00:00:03"],
    ),
    // An installation that failed names no time of a command.
    shape(
        "tox-counted",
        Why::Test,
        r"^\s*[\w.-]+: FAIL code [1-9][0-9]*(?:\s*$| \(.*cmd\[)",
        "  py311: FAIL code 1 (0.10=setup[0.01]+cmd[0.09] seconds)",
        &["  py311: FAIL code 1 (12.10 seconds)", "  py311: OK (0.1 seconds)"],
    ),
    shape(
        "assertion-error",
        Why::Test,
        r"^(?:Uncaught |Exception in thread .{1,80} )?(?:java\.lang\.|builtins\.)?AssertionError(?: \[ERR_ASSERTION\])?(?::|\s*$)",
        "AssertionError: connection reset by peer",
        &["AssertionErrorHandler: connection reset", "no AssertionError: fine"],
    ),
    shape(
        "cmake-error",
        Why::Compiler,
        r"^CMake Error (?:\(dev\) )?at ",
        "CMake Error at CMakeLists.txt:3 (message):",
        &["CMake Errors at once", "CMake Warning at CMakeLists.txt:3 (message):"],
    ),
    shape(
        "prettier-found",
        Why::Compiler,
        r"^(?:\[(?:warn|error)\] )?Code style issues (?:were )?found\b",
        "[warn] Code style issues found in the above file. Run Prettier with --write to fix.",
        &["All matched files use Prettier code style!"],
    ),
    shape(
        "rustc-code",
        Why::Compiler,
        r"^error\[E[0-9]{4}\]: ",
        "error[E0080]: evaluation panicked: socket hang up",
        &["warning[E0080]: x", "error[ECONNRESET]: read"],
    ),
    shape(
        "source-place",
        Why::Compiler,
        r"^\s*(?:[A-Za-z]:)?[^\s:()]+\.[A-Za-z][A-Za-z0-9+]{0,11}:[0-9]+:[0-9]+(?:-[0-9]+)?(?:: | - )(?:fatal )?error(?: TS[0-9]+)?: ",
        "a.c:3:2: error: #error \"Connection reset by peer\"",
        &["https://quill.example:443: error: x", "quill.example:443: error: connection reset", "a.c:3:2: warning: x"],
    ),
    shape(
        "source-line",
        Why::Compiler,
        r"^\s*(?:\[(?:javac|ERROR|error)\] )?(?:[A-Za-z]:)?[^\s:()]+\.(?:java|kts?|scala|groovy|gradle|py|pyi|rs|go|c|cc|cpp|cxx|h|hpp|m|mm|swift|zig|proto|d|hs|s|S|adb|cu|f90|ml|v|sv|php|rb|ts|tsx|js|tf):[0-9]+: (?:fatal )?error: ",
        "File.java:3: error: connection reset by peer",
        &["quill.example:443: error: connection reset by peer", "client.py:33: ERROR: connection reset"],
    ),
    shape(
        "source-brackets",
        Why::Compiler,
        r"^\s*(?:[0-9]+>)?(?:[A-Za-z]:)?[^():]+\([0-9]+(?:,[0-9]+){0,3}\) ?: (?:fatal )?error (?:TS|CS|FS|BC|C|CA|SA|IDE|X)[0-9]+ ?: ",
        "src/net.ts(1,2): error TS2322: Type 'string' is not assignable to type 'ECONNRESET'.",
        &["/sdk/NuGet.targets(174,5): error : Unable to load the service index", "a(1): error: x"],
    ),
    shape(
        "kotlin-place",
        Why::Compiler,
        r"^e: (?:file://)?[^\s:()]+\.kts?:",
        "e: file:///a/Net.kt:3:5 connection reset by peer",
        &["e: connection reset by peer"],
    ),
    // What go says of a module that it cannot fetch has a place too: that of the import.
    shape(
        "go-place",
        Why::Compiler,
        r"^\s*(?:vet: )?[^\s:()]+\.go:[0-9]+:[0-9]+: (?:[^\s@]+\s|[^\s@]+$)",
        "./x.go:3:4: cannot use \"503 Service Unavailable\" (untyped string constant) as int value",
        &["main.go:4:2: github.com/quill/anchor@v1.0.0: Get \"https://proxy.quill.example/x\": EOF", "main.go:23: EOF"],
    ),
    shape(
        SPENT,
        Why::Auth,
        r"(?i)\binsufficient_quota\b|\bcheck your plan and billing details|\bexceeded your current quota\b|\bcredit balance is too low\b",
        "You exceeded your current quota, please check your plan and billing details.",
        &["API rate limit exceeded", "the quota is exceeded for this minute"],
    ),
];

static SHAPES: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let patterns = TABLE.iter().chain([&PLACE]).map(|shape| shape.pattern);
    RegexSetBuilder::new(patterns).unicode(false).build().ok()
});

/// The shape of a line of an output, and the line that says what is wrong: above a place, it is the message's.
pub(super) fn of_line(digest: &Digest, index: usize, clean: &[u8]) -> Option<(&'static Shape, usize)> {
    let found = SHAPES.as_ref()?.matches(clean);
    match TABLE.get(found.iter().next()?) {
        Some(shape) => Some((shape, index)),
        None => Some((&PLACE, error_above(digest, index)?)),
    }
}

/// The line above a place that is an error, and no warning or note.
fn error_above(digest: &Digest, index: usize) -> Option<usize> {
    static HEAD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)^\s*(?:(?<bad>error|x|\xc3\x97)\b|(?<other>warning|note|help|info)\b)[^\n]*").ok()
    });
    let head = HEAD.as_ref()?;
    let above = (index.saturating_sub(PLACE_REACH)..index).rev();
    let mut found = above.filter_map(|index| {
        let clean = line::clean(digest.raw(index));
        head.captures(&clean).map(|head| head.name("bad").map(|_| index))
    });
    found.next()?
}

/// The row by which a compiler or a checker names a place, although another row names the line.
pub(super) fn placed(clean: &[u8]) -> Option<&'static Signature> {
    // These take a host and its port, or a build tool's own files, for a place.
    const LAX: [&str; 2] = ["compiler-error", "ms-layout-error"];
    let is_checker = |row: &Signature| {
        matches!(row.kind, Kind::Compile | Kind::Type | Kind::Lint)
            && row.rank == Rank::Cause
            && !LAX.contains(&row.name)
    };
    let hit = Table::get().look_up_among(clean, is_checker)?;
    (hit.row.is_some() && hit.file.is_some()).then_some(hit.signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_its_example_and_no_other() {
        for shape in TABLE.iter().chain([&PLACE]) {
            let regex = regex::bytes::RegexBuilder::new(shape.pattern).unicode(false).build().unwrap();
            assert!(regex.is_match(shape.example.as_bytes()), "{}", shape.name);
            for unlike in shape.unlike {
                assert!(!regex.is_match(unlike.as_bytes()), "{}: {unlike:?}", shape.name);
            }
        }
    }

    #[test]
    fn a_place_counts_below_an_error() {
        for (text, is_one) in [
            ("error: connection reset by peer\n --> src/main.rs:1:1\n", true),
            ("error: two\nlines\n   --> a.rs:1:1\n", true),
            ("warning: connection reset by peer\n --> src/main.rs:1:1\n", false),
            ("error: old\nwarning: x\n --> src/main.rs:1:1\n", false),
            ("error: x\n1\n2\n3\n --> src/main.rs:1:1\n", false),
            (" --> src/main.rs:1:1\n", false),
        ] {
            let digest = Digest::of(text.as_bytes());
            let found = (0..digest.len()).find_map(|index| of_line(&digest, index, digest.raw(index)));
            assert_eq!(found.is_some(), is_one, "{text:?}");
        }
    }
}
