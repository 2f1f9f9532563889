//! Test runners, browsers and assertion libraries, by language.
//!
//! Where a runner lists its failures at the end, the entries of that list are causes and the live lines are symptoms: a
//! reader begins at the list, and names that pass with "fail" in them stand among the live lines.

pub(super) mod browsers;
pub(super) mod functional;
pub(super) mod javascript;
pub(super) mod jvm;
pub(super) mod native;
pub(super) mod python;
pub(super) mod scripting;

#[cfg(test)]
mod tests {
    use crate::triage::signatures::{Rank, Table};

    /// Lines of runs that pass, or that only count: a cause among them would be the failure of every green log.
    #[test]
    fn what_passes_is_no_cause() {
        for line in [
            "test cart::tests::fails_without_articles ... ok",
            "--- PASS: TestFailure (0.03s)",
            "    --- SKIP: TestFailure/slow (0.00s)",
            "ok 3 - not ok is told",
            "not ok 4 - rounds down # TODO not decided",
            "not ok 5 # SKIP no network",
            "tests/test_failed.py::test_error PASSED                     [ 66%]",
            "=================== 3 passed, 0 failed in 0.12s ===================",
            "PASS src/failed.test.js",
            "  ● Console",
            "    ✓ fails without articles (12 ms)",
            "  ✓  1 [chromium] › tests/failed.spec.ts:4:5 › shows an error (1.2s)",
            "Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.1 s - in shop.FailureTest",
            "[INFO] Tests run: 31, Failures: 0, Errors: 0, Skipped: 2",
            "shop.CartTest > failsWithoutArticles PASSED",
            "> Task :test FAILED-NOT",
            "[info] - fails without articles",
            "[info] x marks the spot",
            "[       OK ] CartTest.FailsWithoutArticles (0 ms)",
            "[  PASSED  ] 31 tests.",
            "PASS: tests/fail.sh",
            "XFAIL: tests/known.sh",
            "# FAIL:  0",
            "#   Failed (TODO) test 'rounds down'",
            "OK (6 tests, 11 assertions)",
            "12 examples, 0 failures, 1 pending",
            "CartTest#test_error = 0.01 s = .",
            "CartTest#test_error [test/cart_test.rb:31]:",
            "Found errors in Test_cart_tax():",
            "  Failed: 0.  Skipped: 0.  Passed: 1.",
            "[+] fails without articles 4ms (3ms|1ms)",
            "Passed!  - Failed:     0, Passed:     4, Skipped:     0, Total:     4",
            "[ FAIL 0 | WARN 0 | SKIP 0 | PASS 3 ]",
            "        PASS [   0.012s] shop cart::tests::fails",
            "100% tests passed, 0 tests failed out of 3",
            "lein test shop.failure-test",
            "Ran 2 tests in 0.004s",
            "  1. Read the failure",
            "1) Install the shop",
            "java.net.ConnectException: Connection refused",
            "thread 'worker-3' panicked at src/worker.rs:31:18:",
            "==4711== ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0 from 0)",
        ] {
            let hit = Table::get().look_up(line.as_bytes());
            let cause = hit.filter(|hit| hit.signature.rank == Rank::Cause);
            assert_eq!(cause.map(|hit| hit.signature.name), None, "{line:?}");
        }
    }
}
