//! `test_weakened`: tests ask for less than before: assertions or tests are removed, commented out, replaced by what
//! always holds, or skipped.
//!
//! Counted over the whole change, language by language, so that moving, renaming, splitting and rewriting tests is
//! quiet as long as as many assertions come as go, or fewer ask the same: a table of tests, one assertion for several, a
//! function of the project's own. An assertion that expects another value is a changed one; whether
//! the new value is right cannot be counted. What a deleted file held is told by `test_deleted`. Whether CI still runs
//! the tests is not looked at: CI files are sensitive paths on their own.

use super::super::facts::{Ask, Facts};
use super::super::test_code::{Tally, tallies};
use super::test_deleted;
use crate::model::{Code, Objection, Tier, counted};
use crate::policy::Scope;
use std::collections::BTreeMap;

/// How many line numbers are told of one file.
const TOLD: usize = 5;

pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let tallies = tallies(facts, scope, ask);
    let gone = test_deleted::gone(&tallies);
    // Support files of tests come and go with their users.
    let counts = |tally: &Tally, gone: bool| !gone && (tally.had_tests || !tally.is_gone);
    let left = || tallies.iter().zip(&gone).filter(|(tally, gone)| counts(tally, **gone)).map(|(tally, _)| tally);
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    for tally in left() {
        totals.entry(tally.language).or_default().add(tally);
    }
    left().filter_map(|tally| objection(tally, &totals[tally.language])).collect()
}

/// Sums over all files of one language.
#[derive(Default)]
struct Total {
    asserts: i64,
    cases: i64,
}

impl Total {
    fn add(&mut self, tally: &Tally) {
        self.asserts += tally.asserts.went as i64 - tally.asserts.came as i64;
        self.cases += tally.cases.went as i64 - tally.cases.came as i64;
    }
}

fn objection(tally: &Tally, total: &Total) -> Option<Objection> {
    let mut said = Vec::new();
    if tally.asserts.loss() > 0 && total.asserts > 0 {
        let (went, came) = (tally.asserts.went, tally.asserts.came);
        said.push(format!("{} fewer ({went} removed, {came} added)", counted(tally.asserts.loss(), "assertion")));
    }
    // Two tests that become one keep what they assert.
    let merged = tally.cases.came > 0 && tally.asserts.went > 0 && tally.asserts.loss() == 0;
    if tally.cases.loss() > 0 && total.cases > 0 && !merged {
        said.push(format!("{} fewer", counted(tally.cases.loss(), "test")));
    }
    let mut first = None;
    let mut told = |lines: &[u64], what: &str| {
        if let [line, ..] = lines {
            first = first.or(Some(*line));
            said.push(format!("{what} in {}", numbers(lines)));
        }
    };
    told(&tally.skips, "a test that was there is skipped");
    told(&tally.focus, "everything else in the file is skipped for what begins");
    if tally.asserts.loss() > 0 {
        told(&tally.commented, "an assertion becomes a comment");
        told(&tally.trivial, "an assertion always holds");
    }
    if said.is_empty() {
        return None;
    }
    let message = format!("the tests ask for less: {}", said.join("; "));
    let mut objection = Objection::review(Code::TestWeakened, Tier::High, message).at(tally.change.file.path.clone());
    objection.line = first;
    Some(objection.help("mend what the tests check, or say in the change why they may ask for less"))
}

fn numbers(lines: &[u64]) -> String {
    let told: Vec<String> = lines.iter().take(TOLD).map(u64::to_string).collect();
    match (lines.len(), lines.len().saturating_sub(TOLD)) {
        (1, _) => format!("line {}", told[0]),
        (_, 0) => format!("lines {}", told.join(", ")),
        (_, more) => format!("lines {} and {more} more", told.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::edits::{facts, text};
    use super::*;
    use crate::patch::Change;
    use proptest::prelude::*;

    fn said(changes: Vec<Change>) -> String {
        let found = judge(&facts(changes), &Scope::default(), &Ask::default());
        let said: Vec<String> = found.into_iter().map(|o| o.message.replace("the tests ask for less: ", "")).collect();
        said.join(" | ")
    }

    #[test]
    fn weaker_tests() {
        for (path, diff, want) in [
            ("tests/a.rs", " fn a() {\n-    assert!(x);\n }", "1 assertion fewer (1 removed, 0 added)"),
            (
                "tests/a.rs",
                "-    assert_eq!(x, 1);\n+    assert!(true);",
                "1 assertion fewer (1 removed, 0 added); an assertion always holds in line 1",
            ),
            (
                "test_a.py",
                "-    assert x == 1\n+    # assert x == 1",
                "1 assertion fewer (1 removed, 0 added); an assertion becomes a comment in line 1",
            ),
            ("tests/a.rs", " #[test]\n+#[ignore]\n fn a() {", "a test that was there is skipped in line 2"),
            ("a.test.js", "-it('adds', f)\n+it.skip('adds', f)", "a test that was there is skipped in line 1"),
            (
                "a.test.js",
                "-it('adds', f)\n+it.skip('adds', f)\n+it('x', f)",
                "a test that was there is skipped in line 1",
            ),
            (
                "a.test.js",
                " it('adds', f)\n+it.only('new', f)",
                "everything else in the file is skipped for what begins in line 2",
            ),
            ("a.test.js", "-it('adds', f)\n+it.failing('adds', f)", "a test that was there is skipped in line 1"),
            ("a.test.js", "+xdescribe('sum', () => {\n it('adds', f)", "a test that was there is skipped in line 1"),
            ("a.spec.ts", " test('adds', f => {\n+  test.skip(slow)", "a test that was there is skipped in line 2"),
            (
                "test_a.py",
                "+pytestmark = pytest.mark.skip\n def test_a():",
                "a test that was there is skipped in line 1",
            ),
            (
                "a.test.js",
                "-it('a', function() {\n+it('a', function () {\n+  this.skip()",
                "a test that was there is skipped in line 2",
            ),
            (
                "a_test.go",
                "-func TestA(t T) {\n+func TestA(t *T) {\n+\tt.Skip()",
                "a test that was there is skipped in line 2",
            ),
            ("a_test.go", "+//go:build ignore\n func TestA(t *T) {", "a test that was there is skipped in line 1"),
            (
                "a_spec.rb",
                "-RSpec.describe A do\n+RSpec.xdescribe A do\n it 'a' do",
                "a test that was there is skipped in line 1",
            ),
            (
                "ASpec.scala",
                "-\"a\" should \"b\" in {\n+\"a\" should \"b\" ignore {",
                "a test that was there is skipped in line 1",
            ),
            (
                "t/a.sh",
                "-test_expect_success 'a' '\n+test_expect_failure 'a' '",
                "a test that was there is skipped in line 1",
            ),
            ("ATest.php", " function testB()\n-  /** @test */\n function a()", "1 test fewer"),
            (
                "ATest.php",
                "-  $this->assertSame(1, $x);\n+  $this->expectNotToPerformAssertions();",
                "1 assertion fewer (1 removed, 0 added); an assertion always holds in line 1",
            ),
            ("tests/a.rs", " #[test]\n-#[should_panic]\n fn a() {", "1 assertion fewer (1 removed, 0 added)"),
            ("tests/a.rs", "-assert!(a);\n-assert!(b);\n+assert!(a || b);", "1 assertion fewer (2 removed, 1 added)"),
            (
                "test_a.py",
                "-    assert x.a == 1\n-    assert x.b == 2\n+    assert x",
                "1 assertion fewer (2 removed, 1 added)",
            ),
            (
                "a_test.go",
                "-if f(1) != 2 {\n-\tt.Error(x)\n-if f(2) != 3 {\n-\tt.Error(x)\n+if f(1) != 2 {\n+\tt.Fatal(x)",
                "1 assertion fewer (2 removed, 1 added)",
            ),
            ("a_test.go", " func TestA(t *testing.T) {\n+\tt.Skip()", "a test that was there is skipped in line 2"),
            ("ATest.java", "+    @Disabled\n     @Test\n     void a() {", "a test that was there is skipped in line 1"),
            ("a_test.go", " package a\n-func TestA(t *testing.T) {\n-\tf()\n-}", "1 test fewer"),
            ("src/a.rs", " #[cfg(test)]\n mod tests {\n-    assert!(x);\n }", "1 assertion fewer (1 removed, 0 added)"),
        ] {
            assert_eq!(said(vec![text(path, diff)]), want, "{path}\n{diff}");
        }
    }

    #[test]
    fn ordinary_work_on_tests() {
        for (path, diff) in [
            ("tests/a.rs", "-    assert_eq!(x, 1);\n+    assert_eq!(x, 2);"),
            ("ATest.java", "-    assertEquals(1, x);\n+    assertThat(x).isEqualTo(1);"),
            ("test_a.py", "-    self.assertEqual(x, 1)\n+    assert x == 1"),
            ("a.test.js", "-  expect(x).toBe(1)\n+      expect(x).toBe(1)"),
            ("a.test.js", "-it('adds', f)\n+it('sums', f)"),
            ("tests/a.rs", "-    // assert!(x);"),
            ("tests/a.rs", "-    let text = \"assert!(x)\";"),
            ("src/a.rs", "-    assert!(x);\n+    x?;"),
            ("src/a.c", "-    assert(x);"),
            ("tests/a.rs", "+#[test]\n+#[ignore = \"slow\"]\n+fn new() {\n+    assert!(x);\n+}"),
            ("test_a.py", " x\n+@pytest.mark.skipif(win, reason='posix')\n+def test_new():\n+    assert x"),
            ("a_test.go", "+func TestNew(t *testing.T) {\n+\tt.Skip()\n+}"),
            ("test_a.py", "-@pytest.mark.skipif(a)\n+@pytest.mark.skipif(a or b)\n def test_a():"),
            ("test_a.py", "-@pytest.mark.skip\n def test_a():"),
            ("test_a.py", "-    assert x == 1\n+    # assert x == 1\n+    assert same(x, 1)"),
            (
                "a_spec.rb",
                "-it 'a' do\n-  expect(a).to eq(1)\n-it 'b' do\n+it 'a and b' do\n+  expect(a).to eq(2)\n   expect(b).to eq(1)",
            ),
            // Nothing in a new file was there before.
            ("a.test.js", "+it.only('new', f)"),
            ("test_a.py", "+pytestmark = pytest.mark.skip\n+def test_a():\n+    assert x"),
            ("test_a.py", "+pytest.skip('x', allow_module_level=True)\n+def test_a():\n+    assert x"),
            ("t/a.sh", "+\tskip_all='x'\n+test_expect_success 'a' '"),
            ("t/test-lib.sh", "-\ttest -f x &&\n \ttest -f y"),
            // Skips of what is new.
            ("test_a.py", "+needs = pytest.mark.skipif(x)\n def test_a():"),
            ("test_a.py", " def test_a():\n+@needs\n+@pytest.mark.skip\n+def test_b():\n+    assert x"),
            ("test_a.py", " @pytest.mark.skip\n+def test_b():\n+    assert x\n+\n+@pytest.mark.skip\n def test_a():"),
            ("t/a.sh", " test_expect_success 'a' '\n+test_expect_failure GPG \\\n+\t'b' '"),
            ("a_test.go", " func TestA(t *T) {\n+func needs(t *T) {\n+\tt.Skip()"),
            ("a_test.go", " func TestA(t *T) {\n+\tt.Run(x, func(t *T) {\n+\t\tt.Skip()"),
            ("a.test.js", " it('a', f)\n+describe.skip('g', () => {\n+  it('b', f)"),
            // Fewer assertions that ask the same.
            (
                "test_a.py",
                "-    assert a(1) == 1\n-    assert a(2) == 4\n+@parametrize('n', [(1, 1), (2, 4)])\n+    assert a(n) == want",
            ),
            ("test_a.py", "-    assert a(1) == 1\n-    assert a(2) == 4\n+    assert (a(1), a(2)) == (1, 4)"),
            ("test_a.py", "-    assert x.ok\n-    assert x.y == 9\n+    assert x.ok and x.y == 9"),
            ("test_a.py", "-    assert x.ok\n-    assert x.y == 9\n+    check_all(x)\n+    check_all(y)"),
            ("a.test.js", "-expect(a(1)).toBe(1)\n-expect(a(2)).toEqual(4)\n+expect([a(1), a(2)]).toEqual([1, 4])"),
            (
                "a_test.go",
                "-if f(1) != 2 {\n-\tt.Error(got)\n-if f(2) != 3 {\n-\tt.Fatal(got)\n+for c := range []c{{1, 2}, {2, 3}} {\n+if got := f(c.a); got != c.b {\n+\tt.Error(got)",
            ),
            (
                "tests/a.rs",
                "-#[test]\n+#[case(1, 2)]\n+#[case(2, 3)]\n-    assert_eq!(f(1), 2);\n-    assert_eq!(g(2), 3);\n+    assert_eq!(f(a), b);",
            ),
            ("a.sh", "-make test\n+make test || true"),
        ] {
            assert_eq!(said(vec![text(path, diff)]), "", "{path}\n{diff}");
        }
    }

    #[test]
    fn the_whole_change_is_counted() {
        let went = "-#[test]\n-#[ignore]\n-fn a() {\n-    assert!(x);\n-}\n y";
        let came = went.replace('-', "+");
        assert_eq!(said(vec![text("tests/a.rs", went), text("tests/b.rs", &came)]), "", "a test moves");
        assert_ne!(said(vec![text("tests/a.rs", went), text("tests/b.py", &came)]), "", "into another language");
        assert_ne!(said(vec![text("tests/a.rs", went), text("src/b.rs", &came.replace("#[test]", ""))]), "");
        let deleted = text("tests/c.rs", "-#[test]\n-fn c() {\n-    assert!(x);\n-}");
        assert_eq!(said(vec![deleted]), "", "told by test_deleted");
    }

    proptest! {
        #[test]
        fn any_change_is_judged(diff in "([-+ ](#\\[test\\]|#\\[ignore\\]|assert!\\(x\\);|it\\.skip\\('a'\\)|@skip|def test_a\\(\\):|\\PC{0,9})\n){0,12}", ending in 0..4usize) {
            let _ = said(vec![text(["tests/a.rs", "test_a.py", "a.test.js", "src/a.rs"][ending], &diff)]);
        }
    }
}
