//! Files of the repository and tests that a failure names.

use super::find::Found;
use crate::model::Suspect;

/// Names of the tests that failed, sorted.
pub fn failing_tests(found: &Found) -> Vec<String> {
    let mut tests: Vec<String> = found.hits.iter().filter_map(|(_, hit)| hit.test.clone()).collect();
    tests.sort();
    tests.dedup();
    tests
}

/// Files of the repository, with lines where the log names them, the likeliest first.
pub fn files(found: &Found) -> Vec<Suspect> {
    let of = |hit: &super::signatures::Hit| hit.file.clone().map(|path| Suspect { path, line: hit.row });
    found.hits.iter().filter_map(|(_, hit)| of(hit)).collect()
}
