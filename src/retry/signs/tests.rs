//! Which rows of the table excuse, which veto, and that the lists of names here are true.

use super::*;
use crate::triage::signatures::all;

#[test]
fn the_rows_that_are_named_here_are_in_the_table() {
    let is_row = |name: &str, kind: Kind| all().any(|row| row.name == name && row.kind == kind);
    for (name, _) in COMMANDS {
        assert!(is_row(name, Kind::Missing), "{name}");
    }
    for name in CREDENTIALS {
        assert!(is_row(name, Kind::Config), "{name}");
    }
    for name in DIED_OF {
        assert!(all().any(|row| row.name == *name && is_transient(row)), "{name}");
    }
}

#[test]
fn every_row_that_excuses_knows_what_it_is_not() {
    let without: Vec<&str> =
        all().filter(|row| is_transient(row) && row.unlike.is_empty()).map(|row| row.name).collect();
    assert!(without.is_empty(), "rows without a line that they must not match: {without:?}");
}

#[test]
fn what_excuses_and_what_speaks_against_are_apart() {
    for row in all() {
        let hit = Table::get().look_up(row.example.as_bytes()).unwrap();
        assert!(!(is_transient(row) && speaks_against(&hit).is_some()), "{}", row.name);
    }
}

/// What is not counted as the one row may be another's, but it must not be an excuse in a passed test's words.
#[test]
fn words_of_passed_tests_are_no_excuse() {
    for row in all().filter(|row| is_transient(row)) {
        for words in
            [format!("ok 3 - {}", row.example), format!("✓ {}", row.example), format!("[INFO] {}", row.example)]
        {
            assert_eq!(transient(words.as_bytes()), None, "{}: {words:?}", row.name);
        }
    }
}

#[test]
fn a_busy_server_goes_before_the_last_line() {
    let both = "HTTP 429 Too Many Requests\nTypeError: fetch failed\n";
    let sign = transient(both.as_bytes()).unwrap();
    assert!(sign.is_quota && sign.is_answer, "{sign:?}");
    let sign = transient(b"curl: (22) The requested URL returned error: 503\nError: socket hang up\n").unwrap();
    assert_eq!((sign.pattern, sign.is_quota, sign.is_answer), ("curl-http-server-error", false, true));
}

#[test]
fn the_weightiest_veto_is_told() {
    let sign = veto(b"test a ... FAILED\nbash: line 1: jq: command not found\nHttpError: Bad credentials\n").unwrap();
    assert_eq!(sign.why, Why::Test);
    let sign = veto(b"bash: line 1: jq: command not found\nHttpError: Bad credentials\n").unwrap();
    assert_eq!(sign.why, Why::NotFound);
    for none in
        ["0 failed\n", "make: *** [all] Error 1\n", "npm ERR! code ELIFECYCLE\n", "3 passed\n", "test a ... ok\n", ""]
    {
        assert_eq!(veto(none.as_bytes()), None, "{none:?}");
    }
}
