//! What a test is: which files and which parts of them are tests, by language.
//!
//! Languages are a table ([`languages`]); nothing is parsed, nothing is run. In doubt a file is no test: a rule that
//! cries at ordinary code is soon switched off.

mod languages;
mod line;
mod tally;

pub(crate) use tally::{Tally, tallies};

use super::facts::TestCase;
use bstr::{BStr, BString, ByteSlice};
use languages::{LANGUAGES, Language};
use std::ops::RangeInclusive;

/// Folders of what tests read; nothing below them is a test.
const FIXTURES: [&str; 9] = [
    "testdata",
    "test_data",
    "test-data",
    "fixtures",
    "fixture",
    "__fixtures__",
    "__snapshots__",
    "snapshots",
    "node_modules",
];

/// Folders of tests.
const FOLDERS: [&str; 9] = ["test", "tests", "__tests__", "spec", "specs", "e2e", "testsuite", "unittests", "t"];

/// How the names of other folders of tests end.
const FOLDER_ENDINGS: [&str; 8] = ["-test", "-tests", "_test", "_tests", ".test", ".tests", "-specs", "_specs"];

/// Attributes of Rust that begin a test, or a module of tests, among ordinary code.
const RUST_TESTS: [&[u8]; 8] = [
    b"#[cfg(test)]",
    b"#[cfg(all(test",
    b"#[cfg(any(test",
    b"#[test]",
    b"#[tokio::test",
    b"#[rstest",
    b"#[test_case",
    b"#[quickcheck",
];

/// How far the name of a test may stand from the line that begins it, in lines.
const DECORATED: u64 = 12;

/// Languages whose usual runners look for tests by the names of files alone.
const BY_NAME: [&str; 3] = ["Python", "Ruby", "PHP"];

/// The language of a file, by its name.
fn language(path: &BStr) -> Option<&'static Language> {
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    LANGUAGES.iter().find(|language| language.endings.iter().any(|ending| name.ends_with(ending.as_bytes())))
}

/// Whether all code of a file is tests, by its path.
pub(crate) fn is_test(path: &BStr) -> bool {
    let Some(language) = language(path) else { return false };
    let mut parts: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    let name = parts.pop().unwrap_or_default();
    if parts.iter().any(|part| FIXTURES.iter().any(|fixture| part.eq_ignore_ascii_case(fixture.as_bytes()))) {
        return false;
    }
    is_test_name(language, name) || (language.folders && parts.iter().any(|part| is_test_folder(part)))
}

/// Whether a file of tests that moves from one path to another is still looked for.
pub(crate) fn stays_test(old: &BStr, new: &BStr) -> bool {
    let named = |path: &BStr| {
        let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        language(path).is_some_and(|language| !BY_NAME.contains(&language.name) || is_test_name(language, name))
    };
    is_test(new) && (named(new) || !named(old))
}

/// Whether the name alone says that a file is a test.
fn is_test_name(language: &Language, name: &[u8]) -> bool {
    let stem = language.endings.iter().find_map(|ending| name.strip_suffix(ending.as_bytes())).unwrap_or(name);
    language.files.iter().any(|file| match file.split_once('*') {
        None => stem == file.as_bytes(),
        Some((start, end)) => {
            stem.len() >= start.len() + end.len()
                && stem.starts_with(start.as_bytes())
                && stem.ends_with(end.as_bytes())
        }
    })
}

fn is_test_folder(part: &[u8]) -> bool {
    let lower = part.to_ascii_lowercase();
    let camel = [&b"Test"[..], b"Tests"].iter().any(|end| {
        let before = part.strip_suffix(*end).and_then(|start| start.last());
        before.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    camel
        || FOLDERS.iter().any(|folder| lower == folder.as_bytes())
        || FOLDER_ENDINGS.iter().any(|ending| lower.ends_with(ending.as_bytes()))
}

/// Which lines of a text are code of tests, first and last, in order.
///
/// Rust has tests among ordinary code. A part ends where a brace closes at the depth of its attribute, which is how
/// rustfmt and most people write; where none does, it goes on to the end.
pub(crate) fn spans(path: &BStr, content: &[u8]) -> Vec<RangeInclusive<u64>> {
    let Some(language) = language(path) else { return Vec::new() };
    if is_test(path) {
        return vec![1..=u64::MAX];
    }
    let fixture = |part: &[u8]| FIXTURES.iter().any(|fixture| part == fixture.as_bytes());
    if language.name != "Rust" || path.split(|&byte| byte == b'/').any(fixture) {
        return Vec::new();
    }
    let mut spans = Vec::new();
    // The line and the indent of the attribute of the part that is open.
    let mut open: Option<(u64, &[u8])> = None;
    for (number, line) in (1..).zip(content.lines()) {
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        match open {
            None if RUST_TESTS.iter().any(|start| text.starts_with(start)) => open = Some((number, indent)),
            Some((first, depth)) if indent == depth && !text.starts_with(b"#[") => {
                let text = text.trim_end();
                // `mod tests;`, `use x;` or a whole item on one line ends at once.
                if text.starts_with(b"}") || text.ends_with(b";") || (text.ends_with(b"}") && text.contains(&b'{')) {
                    spans.push(first..=number);
                    open = None;
                }
            }
            None | Some(_) => {}
        }
    }
    spans.extend(open.map(|(first, _)| first..=u64::MAX));
    spans
}

/// The tests that begin in these lines. A name may stand some lines below the attribute that begins the test.
pub(crate) fn cases(path: &BStr, content: &[u8], spans: &[RangeInclusive<u64>]) -> Vec<TestCase> {
    let (Some(language), false) = (language(path), spans.is_empty()) else { return Vec::new() };
    let mut found = Vec::new();
    let mut unnamed: Vec<u64> = Vec::new();
    for (number, text) in (1..).zip(content.lines()).filter(|(number, _)| within(spans, *number)) {
        if line::read(language, text).case {
            unnamed.push(number);
        }
        let Some(first) = unnamed.first() else { continue };
        let late = number - first > DECORATED;
        let title = line::title(text).filter(|_| !late && line::commented(language, text).is_none());
        if late || title.is_some() {
            // A test that is switched off by its name keeps its name otherwise.
            let title = BString::from(title.unwrap_or_default().replace("DISABLED_", ""));
            let line = |begin: u64| if late { begin } else { number };
            found.extend(unnamed.drain(..).map(|begin| TestCase { line: line(begin), title: title.clone() }));
        }
    }
    found.extend(unnamed.into_iter().map(|line| TestCase { line, title: BString::default() }));
    found
}

/// Whether a line is in one of the spans, which are in order.
fn within(spans: &[RangeInclusive<u64>], number: u64) -> bool {
    let next = spans.partition_point(|span| *span.end() < number);
    spans.get(next).is_some_and(|span| span.contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn which_files_are_tests() {
        for (path, want) in [
            ("tests/it/main.rs", true),
            ("src/parse/tests.rs", true),
            ("src/parse.rs", false),
            ("benches/parse.rs", false),
            ("crates/parser/test_data/ok.rs", false),
            ("tests/fixtures/a.py", false),
            ("tests/data.json", false),
            ("tests/README.md", false),
            ("tests/test_api.py", true),
            ("pkg/api_test.py", true),
            ("pkg/latest.py", false),
            ("src/contest/entry.py", false),
            ("src/__tests__/a.js", true),
            ("src/a.test.tsx", true),
            ("src/a.ts", false),
            ("pkg/a_test.go", true),
            ("test/support.go", false),
            ("src/test/java/org/A.java", true),
            ("src/main/java/org/ATest.java", true),
            ("src/main/java/org/Attest.java", false),
            ("src/Acme.Tests/Parser.cs", true),
            ("src/AcmeTests/Parser.swift", true),
            ("src/Acme/Latest.cs", false),
            ("spec/models/user_spec.rb", true),
            ("tests/libgit2/odb/loose.c", true),
            ("src/odb.c", false),
            ("t/t0000-basic.sh", true),
            ("t/unit-tests/u-oid.c", true),
            ("test/foo_test.exs", true),
            ("lib/foo.ex", false),
            ("install.sh", false),
            ("", false),
        ] {
            assert_eq!(is_test(path.into()), want, "{path}");
        }
    }

    #[test]
    fn tests_among_rust_code() {
        let source =
            "fn a() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {\n        a();\n    }\n}\n\nfn c() {}\n";
        for (source, want) in [
            (source, vec![3..=9]),
            ("#[cfg(test)]\nmod tests;\nfn a() {}\n", vec![1..=2]),
            ("fn a() {}\n#[test]\n#[ignore]\nfn b() {\n}\nfn c() {}\n#[test]\nfn d() {}\n", vec![2..=5, 7..=8]),
            ("    #[test]\n    fn b() {\n    }\n}\n", vec![1..=3]),
            ("#[cfg(test)]\nmod tests {\n    fn b() {\n", vec![1..=u64::MAX]),
            ("fn a() { assert!(true); }\n", vec![]),
        ] {
            assert_eq!(spans("src/a.rs".into(), source.as_bytes()), want, "{source}");
        }
        let b = TestCase { line: 6, title: "b".into() };
        assert_eq!(cases("src/a.rs".into(), source.as_bytes(), &[3..=9]), [b]);
        assert_eq!(spans("tests/a.rs".into(), b""), [1..=u64::MAX]);
        assert_eq!(spans("src/a.go".into(), b"func TestA(t *testing.T) {"), []);
    }

    #[test]
    fn tests_and_their_names() {
        for (path, source, want) in [
            ("test_a.py", "def test_a():\n    x\n\n@skip\ndef test_b(x):\n", vec![(1, "test_a"), (5, "test_b")]),
            ("a.test.js", "it(\n  'adds', f)\nit.skip(\n  'sums', f)", vec![(2, "adds"), (4, "sums")]),
            ("t/a.sh", "test_expect_failure GPG \\\n\t'adds' '", vec![(2, "adds")]),
            ("ATest.java", "  @Test\n  // it's: f(x)\n  public void adds() {", vec![(3, "adds")]),
            ("ATests.swift", "  @Test func adds() {", vec![(1, "adds")]),
            ("a_test.cpp", "TEST(App, DISABLED_Adds) {", vec![(1, "App, Adds")]),
            ("ATest.php", "  /** @test */\n  public function it_adds(): void", vec![(2, "it_adds")]),
            ("test_a.py", "", vec![]),
        ] {
            let found = cases(path.into(), source.as_bytes(), &spans(path.into(), source.as_bytes()));
            let found: Vec<_> = found.iter().map(|case| (case.line, case.title.to_str().unwrap())).collect();
            assert_eq!(found, want, "{path}\n{source}");
        }
        let unnamed = cases("a.test.js".into(), &[&b"it(\n"[..], &b"\n".repeat(20)].concat(), &[1..=u64::MAX]);
        assert_eq!(unnamed, [TestCase { line: 1, title: "".into() }]);
    }

    #[test]
    fn names_that_are_looked_for() {
        for (old, new, want) in [
            ("tests/test_a.py", "tests/a_disabled.py", false),
            ("tests/test_a.py", "tests/unit/test_b.py", true),
            ("tests/a.py", "tests/b.py", true),
            ("spec/a_spec.rb", "spec/a.rb", false),
            ("src/a.test.js", "src/__tests__/a.js", true),
            ("src/test/ATest.java", "src/test/A.java", true),
            ("a_test.go", "a.go", false),
        ] {
            assert_eq!(stays_test(old.into(), new.into()), want, "{old} {new}");
        }
    }

    proptest! {
        #[test]
        fn any_file_has_spans_in_order(path in any::<Vec<u8>>(), text in "(( |    )?(#\\[test\\]|#\\[cfg\\(test\\)\\]|fn a\\(\\) \\{|\\}|mod x;|x)\n){0,12}") {
            let _ = (is_test(BStr::new(&path)), spans(BStr::new(&path), text.as_bytes()));
            let spans = spans(BStr::new("a.rs"), text.as_bytes());
            prop_assert!(spans.windows(2).all(|two| two[0].end() < two[1].start()), "{spans:?}");
        }
    }
}
