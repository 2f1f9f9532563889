//! One line of a test, read for what it does: it begins a test, asserts, or skips.
//!
//! Lines are read alone: comments are cut off and strings emptied as far as the line itself tells. A line inside of a
//! string or comment of several lines is taken for code; whoever counts lines compares both sides, where that evens
//! out.
//!
//! Words are written so: `^` binds to the start of the line, `*` stands for the rest of a name, `…` for any text
//! between. A word that begins or ends with a letter is a whole word.

use super::languages::{
    ASSERTING, CHECKS, Comment, GROUPS, IMPORTS, LANGUAGES, Language, MAKES, NO_CHECKS, TRIVIAL, TRIVIAL_LINES,
};
use aho_corasick::AhoCorasick;
use bstr::ByteSlice;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One pass for all words of a language: most lines hold none, and there may be many of them.
static FILTERS: LazyLock<HashMap<&'static str, AhoCorasick>> = LazyLock::new(|| {
    let filters = LANGUAGES.iter().filter_map(|language| {
        let words = [language.cases, language.asserts, language.skips, language.focus].concat();
        let starts = words.into_iter().map(|word| {
            let word = word.strip_prefix('^').unwrap_or(word);
            word.split([' ', '*', '…']).next().unwrap_or_default()
        });
        Some((language.name, AhoCorasick::new(starts).ok()?))
    });
    filters.collect()
});

/// What a line does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Does {
    /// A test begins.
    pub case: bool,
    /// Something is asserted that could fail.
    pub assert: bool,
    /// Something is asserted that always holds.
    pub trivial: bool,
    /// A test is skipped.
    pub skip: bool,
    /// All other tests are skipped.
    pub focus: bool,
}

/// Which test a skip is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The one that begins in its line or below: it decorates, or stands before a whole group or file.
    Below,
    /// The one that it stands in.
    Around,
    /// It only makes a marker, which is used elsewhere or not at all.
    Nothing,
}

/// Which test the skip in this line is for.
pub(crate) fn reach(language: &Language, line: &[u8]) -> Reach {
    let (code, _) = split(language.comment, line);
    let decorates = [&b"@"[..], b"#[", b"["].iter().any(|start| code.starts_with(start));
    if decorates || read(language, line).case || code.is_empty() || GROUPS.iter().any(|word| code.find(word).is_some())
    {
        return Reach::Below;
    }
    match code.find("pytest.mark.").or_else(|| code.find("= unittest.skip")) {
        Some(_) => Reach::Nothing,
        None => Reach::Around,
    }
}

/// Read a line.
pub(crate) fn read(language: &Language, line: &[u8]) -> Does {
    // What frameworks and compilers take out of comments.
    match language.name {
        "Go" if line.trim() == b"//go:build ignore" => return Does { skip: true, ..Does::default() },
        "PHP" if is_doc(line) && line.split(|&byte| !is_name(byte) && byte != b'@').any(|word| word == b"@test") => {
            return Does { case: true, ..Does::default() };
        }
        _ => {}
    }
    if !FILTERS.get(language.name).is_none_or(|words| words.is_match(line)) {
        return Does::default();
    }
    let (code, _) = split(language.comment, line);
    if code.is_empty() || IMPORTS.iter().any(|import| code.starts_with(import.as_bytes())) {
        return Does::default();
    }
    let any = |words: &[&str]| words.iter().any(|word| has(&code, word));
    let asserts = any(language.asserts);
    let trivial = asserts && is_trivial(&code);
    Does {
        case: any(language.cases) && !is_condition(&code),
        assert: asserts && !trivial,
        trivial,
        skip: any(language.skips),
        focus: any(language.focus),
    }
}

/// Whether a function is called that by its name checks something: what a project makes for itself out of assertions.
pub(crate) fn calls_check(language: &Language, line: &[u8]) -> bool {
    if !CHECKS.iter().any(|check| line.find(check).is_some()) {
        return false;
    }
    let (code, _) = split(language.comment, line);
    let is_check = |word: &[u8]| {
        let rest = CHECKS.iter().find_map(|check| word.strip_prefix(check.as_bytes()));
        let named = rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'_' || byte.is_ascii_uppercase()));
        named && !NO_CHECKS.iter().any(|no| word == no.as_bytes())
    };
    let mut at = 0;
    while at < code.len() {
        let word = code[at..].split(|&byte| !is_name(byte)).next().unwrap_or_default();
        let end = at + word.len();
        let called = match language.name {
            "shell" => at == 0 && code.get(end).is_none_or(|&byte| byte == b' '),
            _ => code[end..].starts_with(b"(") || code[end..].starts_with(b"!("),
        };
        if called && is_check(word) && !is_made(&code[..at]) {
            return true;
        }
        at = end + 1;
    }
    false
}

/// The names and values in a line, strings among them, but for the words of assertions and comments.
pub(crate) fn names<'l>(language: &Language, line: &'l [u8]) -> Vec<&'l [u8]> {
    let line = line.trim();
    let (_, comment) = split(language.comment, line);
    let line = &line[..line.len() - comment.map_or(0, <[u8]>::len)];
    let words = line.split(|&byte| !is_name(byte)).filter(|word| !word.is_empty());
    let is_matcher =
        |word: &[u8]| word.strip_prefix(b"to").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_uppercase));
    let plain = |word: &&[u8]| {
        let lower = word.to_ascii_lowercase();
        !is_matcher(word) && !ASSERTING.iter().any(|start| lower.starts_with(start.as_bytes()))
    };
    words.filter(plain).collect()
}

/// Whether either of two things is enough in a line.
pub(crate) fn has_choice(language: &Language, line: &[u8]) -> bool {
    let code = code(language, line);
    code.find("||").is_some() || code.find(" or ").is_some()
}

/// The code of a line: no comment, strings emptied, single blanks. What is compared when a line moves is this, so that
/// a new indent is no change.
pub(crate) fn code(language: &Language, line: &[u8]) -> Vec<u8> {
    split(language.comment, line).0
}

/// The code that was commented out in this line, if it is nothing but a comment.
pub(crate) fn commented<'l>(language: &Language, line: &'l [u8]) -> Option<&'l [u8]> {
    let (code, comment) = split(language.comment, line);
    let comment = comment.filter(|_| code.is_empty())?;
    let text = comment.trim_start_with(|c| matches!(c, '/' | '*' | '#') || c.is_whitespace());
    Some(text.trim_end_with(|c| matches!(c, '/' | '*') || c.is_whitespace()))
}

/// The name of the test that begins or is made here: its title, or else the name before the first parenthesis.
pub(crate) fn title(line: &[u8]) -> Option<&[u8]> {
    let mut line = line.trim();
    if line.starts_with(b"@") && makes(line) {
        line = line.trim_start_with(|c| c != ' ').trim_start();
    }
    if line.starts_with(b"#[") || line.starts_with(b"@") && !line.starts_with(b"@test ") || line.starts_with(b"[") {
        return None;
    }
    if let Some(open) = line.find_byteset(b"'\"`") {
        let rest = &line[open + 1..];
        return Some(&rest[..rest.find_byte(line[open]).unwrap_or(rest.len())]);
    }
    let end = line.find_byte(b'(').or_else(|| line.find_byte(b':'))?;
    let head = line[..end].trim_end();
    let start = head.iter().rposition(|&byte| !is_name(byte)).map_or(0, |before| before + 1);
    match &head[start..] {
        // `TEST(Group, Name)`
        macro_name if start == 0 && macro_name.find("TEST").is_some() => {
            line[end + 1..].split(|&byte| byte == b')').next()
        }
        [] => None,
        name => (start > 0 && matches!(head[start - 1], b' ' | b'*' | b'&' | b'\t')).then_some(name),
    }
}

/// Whether a function is made in this line.
pub(crate) fn makes(line: &[u8]) -> bool {
    let mut words = line.split(|byte| byte.is_ascii_whitespace());
    words.any(|word| MAKES.iter().any(|makes| word == makes.as_bytes()))
}

/// `test.skip(slow)` inside of a test begins none; `test.skip('adds', …)` does.
fn is_condition(code: &[u8]) -> bool {
    let rest = ["test.skip(", "test.fixme("].iter().find_map(|start| code.strip_prefix(start.as_bytes()));
    rest.and_then(<[u8]>::first).is_some_and(|byte| !matches!(byte, b'\'' | b'"' | b'`'))
}

/// Whether a line is in a comment that documents what is below.
fn is_doc(line: &[u8]) -> bool {
    let line = line.trim_start();
    line.starts_with(b"*") || line.starts_with(b"/**")
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Code and comment of a line.
fn split(comment: Comment, line: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let line = line.trim();
    let mut code: Vec<u8> = Vec::with_capacity(line.len());
    // `*` begins the lines of a long comment; `*p = 1` is code.
    if comment == Comment::Slashes && (line == b"*" || line.starts_with(b"* ") || line.starts_with(b"*/")) {
        return (code, Some(line));
    }
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        match (comment, rest) {
            (Comment::Slashes, [b'/', b'/', ..]) => return (trimmed(code), Some(rest)),
            (Comment::Slashes, [b'/', b'*', ..]) => match rest[2..].find(b"*/") {
                Some(end) if end + 4 < rest.len() => at += end + 4,
                _ => return (trimmed(code), Some(rest)),
            },
            (Comment::Hash, [b'#', ..]) if code.last().is_none_or(|&byte| byte == b' ') => {
                return (trimmed(code), Some(rest));
            }
            (_, [quote @ (b'"' | b'\'' | b'`'), ..]) => {
                code.push(*quote);
                at += 1;
                match string_end(&line[at..], *quote) {
                    Some(end) => {
                        code.push(*quote);
                        at += end + 1;
                    }
                    // An apostrophe or a lifetime; any other quote begins a string that goes on below.
                    None if *quote == b'\'' => {}
                    None => at = line.len(),
                }
            }
            (_, [byte, ..]) => {
                let byte = if byte.is_ascii_whitespace() { b' ' } else { *byte };
                if byte != b' ' || code.last().is_some_and(|&last| last != b' ') {
                    code.push(byte);
                }
                at += 1;
            }
            (_, []) => break,
        }
    }
    (trimmed(code), None)
}

fn trimmed(mut code: Vec<u8>) -> Vec<u8> {
    code.truncate(code.trim_end().len());
    code
}

/// Where a string ends that has begun before this text.
fn string_end(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text.get(at..)?.find_byteset([quote, b'\\']) {
        if text[at + found] == quote {
            return Some(at + found);
        }
        at += found + 2;
    }
    None
}

/// Whether a word stands in a line of code.
fn has(code: &[u8], word: &str) -> bool {
    let mut from = 0;
    for (number, part) in word.split('…').enumerate() {
        match find(code, from, part, number == 0) {
            Some(end) => from = end,
            None => return false,
        }
    }
    true
}

/// Where the first `part` ends that begins at or behind `from`.
fn find(code: &[u8], from: usize, part: &str, first: bool) -> Option<usize> {
    let (part, anchored) = part.strip_prefix('^').filter(|_| first).map_or((part, false), |part| (part, true));
    let (head, tail) = part.split_once('*').map_or((part, None), |(head, tail)| (head, Some(tail)));
    // A command that stands alone in its line is followed by nothing.
    let bare = head.trim_end();
    if anchored && tail.is_none() && code == bare.as_bytes() {
        return Some(code.len());
    }
    let mut at = from;
    while let Some(found) = code.get(at..)?.find(head) {
        let start = at + found;
        if anchored && start > 0 {
            return None;
        }
        at = start + head.len().max(1);
        let whole = !head.as_bytes().first().is_some_and(|&byte| is_name(byte))
            || (!start.checked_sub(1).is_some_and(|before| is_name(code[before])) && !is_made(&code[..start]));
        if !whole {
            continue;
        }
        let end = start + head.len();
        match tail {
            Some(tail) => {
                let end = end + code[end..].iter().take_while(|&&byte| is_name(byte)).count();
                if code[end..].starts_with(tail.as_bytes()) {
                    return Some(end + tail.len());
                }
            }
            None if head.as_bytes().last().is_some_and(|&byte| is_name(byte))
                && code.get(end).is_some_and(|&byte| is_name(byte)) => {}
            None => return Some(end),
        }
    }
    None
}

/// Whether the name that follows is being made: a helper that is called `assert_sorted` asserts where it is used.
fn is_made(before: &[u8]) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    MAKES.iter().any(|makes| word == makes.as_bytes())
}

fn is_trivial(code: &[u8]) -> bool {
    let dense: Vec<u8> = code.iter().filter(|&&byte| byte != b' ').map(u8::to_ascii_lowercase).collect();
    TRIVIAL_LINES.iter().any(|line| dense == line.as_bytes())
        || TRIVIAL.iter().any(|word| dense.find(word).is_some())
        || code.to_ascii_lowercase().find(" or true").is_some()
}

#[cfg(test)]
mod tests {
    use super::super::language;
    use super::*;
    use bstr::BStr;
    use proptest::prelude::*;

    /// What a line does, in letters: case, assert, trivial, skip, focus.
    fn letters(file: &str, line: &str) -> String {
        let does = read(language(BStr::new(file)).unwrap(), line.as_bytes());
        let all = [('c', does.case), ('a', does.assert), ('t', does.trivial), ('s', does.skip), ('f', does.focus)];
        all.iter().filter(|(_, does)| *does).map(|(letter, _)| letter).collect()
    }

    #[test]
    fn lines_of_every_language() {
        for (file, line, want) in [
            ("a.rs", "    assert_eq!(parse(\"a\"), Ok(1));", "a"),
            ("a.rs", "prop_assert!(x > 0);", "a"),
            ("a.rs", "        assert!(true);", "t"),
            ("a.rs", "        assert!(x.is_ok() || true);", "t"),
            ("a.rs", "use assert_cmd::Command;", ""),
            ("a.rs", "// assert!(x);", ""),
            ("a.rs", "let text = \"assert!(x)\";", ""),
            ("a.rs", "fn assert_sorted(list: &[u8]) {", ""),
            ("a.rs", "#[test]", "c"),
            ("a.rs", "#[tokio::test(flavor = \"multi_thread\")]", "c"),
            ("a.rs", "#[ignore = \"flaky\"]", "s"),
            ("a.rs", "#[cfg_attr(windows, ignore)]", "s"),
            ("a.rs", "let ignore = true;", ""),
            ("a.py", "    assert result == 'x'", "a"),
            ("a.py", "    self.assertEqual(a, b)", "a"),
            ("a.py", "    with pytest.raises(ValueError):", "a"),
            ("a.py", "    assert True", "t"),
            ("a.py", "    assert True == flag", "a"),
            ("a.py", "    self.assertTrue(True)", "t"),
            ("a.py", "    # assert result", ""),
            ("a.py", "async def test_fetch(client):", "c"),
            ("a.py", "@pytest.mark.skip(reason='later')", "s"),
            ("a.py", "@pytest.mark.xfail", "s"),
            ("a.py", "    raise unittest.SkipTest()", "s"),
            ("a.py", "def skip_blank(text):", ""),
            ("a.rs", "#[should_panic(expected = \"x\")]", "a"),
            ("a.ts", "it.failing('adds', f)", "cs"),
            ("a.ts", "test.skip('adds', async () => {", "cs"),
            ("a.ts", "  test.skip(browser === 'x')", "s"),
            ("a.ts", "test.skip(", "cs"),
            ("a_test.go", "//go:build ignore", "s"),
            ("a_test.go", "//go:build linux", ""),
            ("A.scala", "  \"add\" should \"add\" ignore {", "cs"),
            ("A.scala", "  \"add\" should \"add\" in {", "c"),
            ("a_spec.rb", "RSpec.xdescribe App do", "s"),
            ("ATest.php", "  /** @test */", "c"),
            ("ATest.php", "   * @testdox adds", ""),
            ("ATest.php", "        $this->expectNotToPerformAssertions();", "t"),
            ("a.ts", "  expect(sum(1, 2)).toBe(3)", "a"),
            ("a.ts", "  expect(true).toBe(true)", "t"),
            ("a.ts", "  user.name.should.equal('x')", "a"),
            ("a.ts", "it('adds', () => {", "c"),
            ("a.ts", "it.skip('adds', () => {", "cs"),
            ("a.ts", "xdescribe('sum', () => {", "s"),
            ("a.ts", "describe.only('sum', () => {", "f"),
            ("a.ts", "if (/x/.test(name)) {", ""),
            ("a.js", "const assert = require('assert')", ""),
            ("a.js", " * expect(x) in a comment", ""),
            ("a_test.go", "\t\tt.Errorf(\"got %v\", got)", "a"),
            ("a_test.go", "\trequire.NoError(t, err)", "a"),
            ("a_test.go", "func TestParse(t *testing.T) {", "c"),
            ("a_test.go", "\tt.Skip(\"flaky\")", "s"),
            ("A.java", "        assertThat(list).isEmpty();", "a"),
            ("A.java", "        assertTrue(true);", "t"),
            ("A.java", "import static org.junit.Assert.assertEquals;", ""),
            ("A.java", "    @Test", "c"),
            ("A.java", "    @Disabled(\"later\")", "s"),
            ("A.kt", "    @Ignore", "s"),
            ("A.cs", "        Assert.Equal(1, x);", "a"),
            ("A.cs", "    [Fact]", "c"),
            ("A.cs", "    [Fact(Skip = \"later\")]", "cs"),
            ("A.cs", "    [Ignore]", "s"),
            ("a.Tests.ps1", "    $x | Should -Be 1", "a"),
            ("a.Tests.ps1", "    It \"works\" -Skip {", "cs"),
            ("a_spec.rb", "    expect(user).to be_valid", "a"),
            ("a_test.rb", "    assert_equal 1, x", "a"),
            ("a_spec.rb", "  it 'works' do", "c"),
            ("a_spec.rb", "  xit 'works' do", "cs"),
            ("a_spec.rb", "    skip 'later'", "s"),
            ("a_spec.rb", "    pending", "s"),
            ("ATest.php", "        $this->assertSame(1, $x);", "a"),
            ("ATest.php", "    public function testParse(): void", "c"),
            ("ATest.php", "        $this->markTestSkipped('later');", "s"),
            ("a.c", "    cl_assert_equal_i(1, x);", "a"),
            ("a.cpp", "  EXPECT_EQ(1, x);", "a"),
            ("a.cpp", "TEST_F(Parser, DISABLED_Empty) {", "cs"),
            ("a.cpp", "  GTEST_SKIP() << \"later\";", "s"),
            ("a.c", "#if 0", "s"),
            ("a.c", "void test_odb_loose__exists(void)", "c"),
            ("A.swift", "        XCTAssertEqual(a, b)", "a"),
            ("A.swift", "    func testParse() throws {", "c"),
            ("A.swift", "        throw XCTSkip(\"later\")", "s"),
            ("a_test.exs", "    assert sum(1, 2) == 3", "a"),
            ("a_test.exs", "  test \"adds\" do", "c"),
            ("a_test.exs", "  @tag :skip", "s"),
            ("a_test.dart", "  expect(a, 1);", "a"),
            ("a.bats", "@test \"adds\" {", "c"),
            ("a.bats", "  [ \"$status\" -eq 0 ]", "a"),
            ("a.bats", "  skip \"later\"", "s"),
            ("a.sh", "\ttest_cmp expect actual &&", "a"),
            ("a.sh", "test_expect_success 'adds' '", "c"),
            ("a.sh", "test_expect_failure 'adds' '", "cs"),
            ("a.t", "is_deeply($a, $b, 'same');", "a"),
        ] {
            assert_eq!(letters(file, line), want, "{file}: {line}");
        }
    }

    #[test]
    fn every_word_has_a_start_to_look_for() {
        assert_eq!(FILTERS.len(), LANGUAGES.len());
        for language in LANGUAGES {
            let words = [language.cases, language.asserts, language.skips, language.focus].concat();
            for word in words {
                let start = word.strip_prefix('^').unwrap_or(word).split([' ', '*', '…']).next();
                assert!(start.is_some_and(|start| !start.is_empty()), "{}: {word}", language.name);
            }
        }
    }

    #[test]
    fn comments_and_titles() {
        let commented = |file: &str, line: &'static str| {
            commented(language(BStr::new(file)).unwrap(), line.as_bytes()).map(|text| text.to_str().unwrap())
        };
        assert_eq!(commented("a.rs", "    // assert!(x);"), Some("assert!(x);"));
        assert_eq!(commented("a.py", "#assert x"), Some("assert x"));
        assert_eq!(commented("a.c", "/* cl_assert(x); */"), Some("cl_assert(x);"));
        assert_eq!(commented("a.rs", "assert!(x); // why"), None);
        for (line, want) in [
            ("it('adds', () => {", Some("adds")),
            ("def test_adds(self):", Some("test_adds")),
            ("    fn adds() {", Some("adds")),
            ("func TestAdds(t *testing.T) {", Some("TestAdds")),
            ("#[test]", None),
            ("@Test", None),
            ("}", None),
            ("it.skip(", None),
            ("TEST(App, Adds) {", Some("App, Adds")),
            ("@Test func adds() {", Some("adds")),
            ("    public void adds() {", Some("adds")),
        ] {
            assert_eq!(title(line.as_bytes()).map(|title| title.to_str().unwrap()), want, "{line}");
        }
    }

    #[test]
    fn checks_of_a_project() {
        for (file, line, want) in [
            ("a.py", "    check_result(x, 9)", true),
            ("a.py", "    self.verifyAll(x)", true),
            ("a.py", "    check(x)", true),
            ("a.py", "    out = subprocess.check_output(x)", false),
            ("a.py", "def check_result(x):", false),
            ("a.py", "    checked(x)", false),
            ("a.rs", "    let x = f().expect(\"x\");", false),
            ("a.py", "    # check(x)", false),
            ("a.sh", "\tcheck_log 3 &&", true),
            ("a.sh", "\tgit check_log", false),
        ] {
            assert_eq!(calls_check(language(BStr::new(file)).unwrap(), line.as_bytes()), want, "{line}");
        }
        let names = |line: &'static str| -> Vec<&str> {
            let names = names(language(BStr::new("a.js")).unwrap(), line.as_bytes());
            names.into_iter().map(|name| name.to_str().unwrap()).collect()
        };
        assert_eq!(names("  expect(f(1)).toBe('x y') // z"), ["f", "1", "x", "y"]);
    }

    #[test]
    fn which_test_a_skip_is_for() {
        for (file, line, want) in [
            ("a.py", "@pytest.mark.skip", Reach::Below),
            ("a.py", "pytestmark = pytest.mark.skip", Reach::Below),
            ("a.py", "needs = pytest.mark.skipif(x)", Reach::Nothing),
            ("a.py", "    pytest.skip('x')", Reach::Around),
            ("a.js", "describe.skip('x', () => {", Reach::Below),
            ("a.js", "  it.skip('x', () => {", Reach::Below),
            ("a.js", "  this.skip()", Reach::Around),
            ("a_test.go", "//go:build ignore", Reach::Below),
            ("t/a.sh", "\tskip_all='x'", Reach::Below),
        ] {
            assert_eq!(reach(language(BStr::new(file)).unwrap(), line.as_bytes()), want, "{line}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_line(line in any::<Vec<u8>>(), words in "[a-z_.(@#'\"`/*\\\\ ]{0,40}") {
            for language in super::super::languages::LANGUAGES {
                for line in [&line[..], words.as_bytes()] {
                    let _ = (read(language, line), code(language, line), commented(language, line), title(line));
                    let _ = (reach(language, line), calls_check(language, line), names(language, line));
                }
            }
        }
    }
}
