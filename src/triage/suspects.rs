//! Files of the repository and tests that a failure names.
//!
//! Only what the log says is known: no file is looked for. Names come from anybody, so they are bounded.

pub(super) mod places;

use super::find::Found;
use super::redact;
use super::signatures::Rank;
use crate::model::Suspect;
use places::Place;
use std::collections::HashSet;

/// The most files, and the most tests, that are told.
const MOST_FILES: usize = 20;
const MOST_TESTS: usize = 200;

/// The longest name of a test.
const LONGEST: usize = 300;

/// Names of the tests that failed, sorted. Some tools list tests that were left out in the same way as those that failed, and
/// such a line counts where it says as much as the failure's line, or belongs to what tells of the failure.
pub fn failing_tests(found: &Found) -> Vec<String> {
    let rank = found.hit.as_ref().map_or(Rank::Echo, |hit| hit.signature.rank);
    let others = found.hits.iter().filter(|(number, hit)| hit.signature.rank >= rank || found.is_evidence(*number));
    let own = found.hit.iter().chain(others.map(|(_, hit)| hit));
    let mut tests: Vec<String> =
        own.filter_map(|hit| name_of(hit.test.as_deref()?)).map(|test| bounded(&redact::text(test))).collect();
    tests.sort();
    tests.dedup();
    let shorter: HashSet<String> = tests.iter().flat_map(|test| ends(test)).map(str::to_owned).collect();
    tests.retain(|test| !shorter.contains(test));
    tests.truncate(MOST_TESTS);
    tests
}

/// What runners write around the name of a test; nothing where it is no name of one, although something else failed there.
fn name_of(test: &str) -> Option<&str> {
    let mut test = test.trim();
    for before in ["[ RUN      ]", "[junit]", "Testcase:"] {
        test = test.strip_prefix(before).map_or(test, str::trim_start);
    }
    let test = test.strip_suffix("):").map_or(test, |name| &test[..=name.len()]);
    let is_object = test.starts_with('<') && test.ends_with('>') && test.contains(' ') && !test.contains(" as ");
    let is_name = test.chars().any(char::is_alphanumeric) && !test.starts_with("application crashed [@");
    (is_name && !is_object).then_some(test)
}

/// The names under which the same test is known elsewhere: what comes after each separator.
fn ends(test: &str) -> impl Iterator<Item = &str> {
    let separated = test.match_indices(['.', '/', ':', '>', '#', ' ']);
    separated.map(|(at, _)| test[at + 1..].trim_start()).filter(|end| !end.is_empty())
}

/// Files of the repository, with lines where the log names them, the likeliest first: the file that the failure's line names,
/// those of the stack from where it happened, other places of its block, then what else was recognised.
pub fn files(found: &Found) -> Vec<Suspect> {
    let root = found.structure.root.as_deref();
    let of_hit = |hit: &super::signatures::Hit| {
        let file = hit.file.clone().filter(|file| !is_shell(file))?;
        let row = hit.row.filter(|row| *row > 0);
        let place = match row {
            Some(row) => format!("{file}:{row}"),
            None => file.clone(),
        };
        let mut places = places::of(&place, root);
        // Whatever a signature calls a file is one, also where its ending is unknown.
        if places.is_empty() {
            let file = super::fingerprint::paths::relative(&file, root).into_owned();
            places.push(Place { file, row, function: None, is_frame: false, is_runtime: false, is_last_first: false });
        }
        Some(places)
    };
    let mut all: Vec<Place> = found.hit.iter().filter_map(of_hit).flatten().collect();
    all.extend(of_block(traceback(found), root));
    all.extend(of_block(&found.block, root));
    all.extend(found.hits.iter().rev().filter_map(|(_, hit)| of_hit(hit)).flatten());
    let mut suspects: Vec<Suspect> = Vec::new();
    for place in all {
        let Some(path) = place.own() else { continue };
        let path = redact::text(&path);
        match suspects.iter().position(|suspect| suspect.path == path) {
            Some(known) => suspects[known].line = suspects[known].line.or(place.row),
            None if suspects.len() < MOST_FILES => suspects.push(Suspect { path, line: place.row }),
            None => {}
        }
    }
    suspects
}

/// The stack that Python prints above the line that names the exception.
fn traceback(found: &Found) -> &[String] {
    const MOST_LINES: usize = 100;
    let (Some((at, _)), Some(excerpt)) = (&found.failure, &found.excerpt) else { return &[] };
    let above = &excerpt.lines[..excerpt.lines.len().min(at.saturating_sub(excerpt.span.start) as usize)];
    let above = &above[above.len().saturating_sub(MOST_LINES)..];
    let is_of_stack = |line: &&String| line.starts_with([' ', '\t']);
    let start = above.len() - above.iter().rev().take_while(is_of_stack).count();
    let begins = start.checked_sub(1).is_some_and(|head| above[head].contains("Traceback (most recent call last)"));
    if begins { &above[start..] } else { &[] }
}

/// `bash: line 3: …` tells of a script that has no file.
fn is_shell(file: &str) -> bool {
    matches!(file.rsplit('/').next(), Some("bash" | "-bash" | "sh" | "dash" | "zsh" | "ksh" | "ash"))
}

/// The places of a block, the likeliest first.
fn of_block(block: &[String], root: Option<&str>) -> Vec<Place> {
    const MOST_LINES: usize = 400;
    let (mut frames, mut others, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    // Linters write the file's name once, and below it one line a finding: `  12:5  error  …`.
    let mut above: Option<Place> = None;
    for line in block.iter().take(MOST_LINES) {
        let found = places::of(line, root);
        if let (Some(above), Some(row), true) =
            (&above, row_of_finding(line), found.iter().all(|place| place.row.is_none()))
        {
            others.push(Place { row: Some(row), ..above.clone() });
            continue;
        }
        if let [one] = found.as_slice()
            && one.row.is_none()
            && line.trim().len() <= line.trim().rfind('/').map_or(0, |at| at + 1) + one.file.len()
        {
            above = Some(one.clone());
        }
        for place in found {
            match (place.is_frame, place.row) {
                (true, _) if place.is_last_first => frames.insert(0, place),
                (true, _) => frames.push(place),
                (false, Some(_)) => others.push(place),
                (false, None) => bare.push(place),
            }
        }
    }
    // An error's own position comes before the stack that led there, where the first line has one.
    frames.into_iter().chain(others).chain(bare).collect()
}

/// `  12:5  error  Missing semicolon`, below the name of a file.
fn row_of_finding(line: &str) -> Option<u64> {
    let trimmed = line.trim_start();
    if trimmed.len() == line.len() {
        return None;
    }
    let (row, rest) = trimmed.split_once(':')?;
    let column = rest.split_whitespace().next()?;
    column.bytes().all(|byte| byte.is_ascii_digit() || byte == b':').then(|| row.parse().ok())?
}

fn bounded(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::{digest::Digest, find::find};

    fn found(log: &str) -> Found {
        find(&Digest::of(log.as_bytes()), None)
    }

    fn tests_of(log: &str) -> Vec<String> {
        failing_tests(&found(log))
    }

    #[test]
    fn a_test_under_two_names_is_told_once() {
        let log = "_______________________________ test_round_half _______________________________\n\
                   E   assert 2 == 3\n\
                   FAILED tests/test_price.py::test_round_half - assert 2 == 3\n\
                   FAILED tests/test_price.py::test_round - assert 2 == 3\n";
        assert_eq!(tests_of(log), ["tests/test_price.py::test_round", "tests/test_price.py::test_round_half"]);
    }

    #[test]
    fn what_is_no_name_of_a_test_is_left_out() {
        for (name, want) in [
            ("[ RUN      ] reads a marker", Some("reads a marker")),
            ("[junit] Testcase: testPay(org.example.CartTest):", Some("testPay(org.example.CartTest)")),
            ("<Cart as Total>::sum", Some("<Cart as Total>::sum")),
            ("<unittest.runner.TextTestResult run=12 errors=0 failures=1>", None),
            ("application crashed [@ shop::Cart::Total]", None),
            (" -- ", None),
        ] {
            assert_eq!(name_of(name), want, "{name:?}");
        }
        for log in [
            "TEST-UNEXPECTED-FAIL | (SimpleTest/TestRunner.js) | finished\n",
            "TEST-UNEXPECTED-FAIL | SimpleTest | finished\n",
            "The mochitest suite: plain ran with return status: FAILURE\n",
            "POST BUILD TASK : FAILURE\n",
            "PROCESS-CRASH | application crashed [@ shop::Cart::Total] | browser/cart.js\n",
        ] {
            assert_eq!(tests_of(log), [""; 0], "{log}");
        }
        assert_eq!(tests_of("  [-] adds the tax -> Expected and actual values differ! 11ms\n"), ["adds the tax"]);
    }

    #[test]
    fn a_shell_without_a_script_is_no_file() {
        assert_eq!(files(&found("bash: line 193: quay: command not found\n")), []);
        let one = files(&found("./ci/build.sh: line 12: quay: command not found\n"));
        assert_eq!(one, [Suspect { path: "ci/build.sh".into(), line: Some(12) }]);
    }

    #[test]
    fn a_line_with_the_mark_of_github_cuts_no_traceback() {
        let log = "##[group]Run python check.py\n##[endgroup]\nTraceback (most recent call last):\n  \
                   File \"check.py\", line 3, in <module>\n    total()\n  File \"shop/cart.py\", line 31, in total\n\
                   ##[error]    raise ValueError(\"no\")\n##[error]ValueError: no\n\
                   ##[error]Process completed with exit code 1.\n";
        let paths: Vec<(String, Option<u64>)> = files(&found(log)).into_iter().map(|s| (s.path, s.line)).collect();
        assert_eq!(paths, [("shop/cart.py".to_owned(), Some(31)), ("check.py".to_owned(), Some(3))]);
    }
}
