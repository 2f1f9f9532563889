//! Any bytes as a command line: never a panic, and what only stands in quotes behind `echo` is nobody's business.

#![no_main]

use ci_guard::agent::command::{Judgement, Protected, Shell, judge, judge_edit};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let line = String::from_utf8_lossy(input);
    let protected = Protected::default();
    for shell in [Shell::Posix, Shell::PowerShell] {
        if let Judgement::Deny(finding) | Judgement::Notice(finding) = judge(&line, shell, &protected) {
            assert!(!finding.what.contains(['\n', '\x1b']) && !finding.why().is_empty());
        }
    }
    let _ = judge_edit(&line, &protected);
    let said = format!("echo '{}'", line.replace('\'', r"'\''"));
    assert!(line.contains('\0') || judge(&said, Shell::Posix, &protected) == Judgement::Silent);
});
