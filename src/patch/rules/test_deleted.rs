//! `test_deleted`: a file of tests goes away, or to a name where no test is looked for.
//!
//! A file whose tests stand in other files after the change has moved, and one that held no test (data, support) is no
//! loss; neither is told.

use super::super::facts::{Ask, Facts};
use super::super::test_code::{Tally, tallies};
use crate::model::{Code, Objection, Status, Tier, counted, shell_word, visible};
use crate::policy::Scope;
use std::collections::HashMap;

pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let tallies = tallies(facts, scope, ask);
    let lost = gone(&tallies).into_iter().zip(&tallies).filter(|(gone, _)| *gone);
    lost.map(|(_, tally)| objection(tally, facts.base())).collect()
}

/// For each file whether its tests are gone with it.
pub(super) fn gone(tallies: &[Tally]) -> Vec<bool> {
    if !tallies.iter().any(|tally| tally.is_gone && tally.had_tests) {
        return vec![false; tallies.len()];
    }
    let mut won: HashMap<&[u8], u64> = HashMap::new();
    for line in tallies.iter().flat_map(|tally| &tally.won) {
        *won.entry(line).or_default() += 1;
    }
    let mut gone = Vec::new();
    for tally in tallies {
        if !tally.is_gone || !tally.had_tests {
            gone.push(false);
            continue;
        }
        let mut found = 0;
        for line in &tally.lost {
            if let Some(left) = won.get_mut(line.as_slice()).filter(|left| **left > 0) {
                *left -= 1;
                found += 1;
            }
        }
        // Half of it, as for a file that git calls renamed.
        gone.push(tally.lost.is_empty() || found * 2 < tally.lost.len());
    }
    gone
}

fn objection(tally: &Tally, base: &str) -> Objection {
    let file = &tally.change.file;
    let counted = match (tally.cases.went, tally.asserts.went) {
        (0, 0) => String::new(),
        (0, asserts) => format!(" with {}", counted(asserts, "assertion")),
        (cases, 0) => format!(" with {}", counted(cases, "test")),
        (cases, asserts) => format!(" with {} and {}", counted(cases, "test"), counted(asserts, "assertion")),
    };
    let old = file.old_path.as_ref().unwrap_or(&file.path);
    let message = match file.status {
        Status::Renamed => {
            format!("the tests of {} move to a name where no test is looked for; nothing runs them there", visible(old))
        }
        _ => format!("a file of tests is deleted{counted}; what it checked is not checked any more"),
    };
    let objection = Objection::review(Code::TestDeleted, Tier::High, message).at(file.path.clone());
    objection.help(format!(
        "mend what the test checks, and bring it back: git checkout {base} -- {}; or say why it is obsolete",
        shell_word(old)
    ))
}

#[cfg(test)]
mod tests {
    use super::super::edits::{facts, renamed, text};
    use super::*;
    use crate::patch::{Change, Content};

    const GONE: &str = "-def test_a():\n-    assert f(1) == 2\n-\n-def test_b():\n-    assert f(2) == 3";

    fn found(changes: Vec<Change>) -> Vec<String> {
        let found = judge(&facts(changes), &Scope::default(), &Ask::default());
        found.into_iter().map(|o| o.path.unwrap().to_string()).collect()
    }

    #[test]
    fn a_file_of_tests_goes() {
        assert_eq!(found(vec![text("tests/test_f.py", GONE)]), ["tests/test_f.py"]);
        assert_eq!(found(vec![text("src/f.py", GONE)]), [""; 0], "no test by its path");
        assert_eq!(found(vec![text("tests/__init__.py", "-")]), [""; 0]);
        assert_eq!(found(vec![text("tests/support.py", "-def start():\n-    assert True")]), [""; 0]);
        assert_eq!(found(vec![text("tests/data.json", "-{}")]), [""; 0]);
        let mut unread = text("tests/test_f.py", "-x");
        unread.edit.removed.clear();
        assert_eq!(found(vec![unread]).len(), 1, "too large to look at");
        let message = &judge(&facts([text("tests/test_f.py", GONE)]), &Scope::default(), &Ask::default())[0].message;
        assert!(message.contains("with 2 tests and 2 assertions"), "{message}");
        let one = "-def test_a():\n-    assert f(1) == 2";
        let message = &judge(&facts([text("tests/test_f.py", one)]), &Scope::default(), &Ask::default())[0].message;
        assert!(message.contains("with 1 test and 1 assertion;"), "{message}");
    }

    #[test]
    fn what_only_moves_is_there() {
        let came = GONE.replace('-', "+");
        let (half, _) = came.split_once("+\n").unwrap();
        let other = "+def test_z():\n+    assert z()\n+    assert y()\n+    assert x()";
        assert_eq!(found(vec![text("tests/test_f.py", GONE), text("tests/test_g.py", &came)]), [""; 0]);
        assert_eq!(found(vec![text("tests/test_f.py", GONE), text("tests/test_g.py", half)]), [""; 0]);
        assert_eq!(found(vec![text("tests/test_f.py", GONE), text("tests/test_g.py", other)]).len(), 1);
        assert_eq!(found(vec![text("tests/test_f.py", GONE), text("src/g.py", &came)]).len(), 1);
        let java = "-@Test\n-void adds() {\n-    assertEquals(3, f());";
        let kotlin = "+@Test\n+fun adds() {\n+    assertEquals(3, f())";
        assert_eq!(found(vec![text("test/ATest.java", java), text("test/ATest.kt", kotlin)]), [""; 0]);
        assert_eq!(
            found(vec![renamed("tests/test_f.py", text("tests/test_g.py", " def test_a():\n-    x\n+    y"))]),
            [""; 0]
        );
    }

    #[test]
    fn a_name_where_no_test_is_looked_for() {
        let diff = " def test_a():\n     assert f(1) == 2";
        assert_eq!(found(vec![renamed("tests/test_f.py", text("old/f.py.txt", diff))]), [""; 0], "nothing was read");
        let mut change = renamed("tests/test_f.py", text("old/f.py.txt", diff));
        change.old = Content::read("tests/test_f.py".into(), b"def test_a():\n    assert f(1) == 2");
        assert_eq!(found(vec![change.clone()]), ["old/f.py.txt"]);
        change.file.path = "tests/f_disabled.py".into();
        assert_eq!(found(vec![change]), ["tests/f_disabled.py"], "pytest collects by name");
    }

    #[test]
    fn only_the_failed_job_s_files() {
        use crate::policy::{JobScope, PathGlob, PathGlobs};
        let globs = |text: &str| PathGlobs::new(&[PathGlob::new(text).unwrap()]).unwrap();
        let mut scope = Scope::default();
        scope.jobs.insert("unit".into(), JobScope { modules: globs("api/"), companions: globs("tests/api/") });
        let facts = facts([text("tests/api/test_f.py", GONE), text("tests/web/test_f.py", GONE)]);
        let count = |job: Option<&str>| {
            let ask = Ask { job: job.map(str::to_owned), ..Ask::default() };
            judge(&facts, &scope, &ask).len()
        };
        assert_eq!((count(None), count(Some("unit")), count(Some("unknown"))), (2, 1, 2));
    }
}
