//! Any bytes as content, at any marker size: never a panic, and always the answer of the slow and plain scanner.

#![no_main]

use ci_guard::guard::markers::{Baseline, Kind, Leftover, MarkerSize, Standing};
use ci_guard::guard::markers::{is_binary, lone_separators, made_up, read, scan, standings, suspicious};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/guard/markers/naive.rs"]
mod naive;

const PATHS: [&[u8]; 4] = [b"README.md", b"a.c", b"docs/x.rst", b"LICENSE"];

fuzz_target!(|input: &[u8]| {
    let Some((&first, content)) = input.split_first() else { return };
    let Some(size) = MarkerSize::new(usize::from(first >> 2) % 12) else { return };
    let path = PATHS[usize::from(first & 3)];

    let found = scan(content, size);
    assert_eq!(found, naive::scan(content, size));
    assert!(suspicious(content) || size < MarkerSize::DEFAULT || found.is_empty());
    assert!(found.is_sorted_by_key(|leftover: &Leftover| leftover.span.start));

    let kept = read(path, content, size);
    assert_eq!(kept.len(), if is_binary(content) { 0 } else { found.len() });

    // Whatever it is, it is old against itself, and new against nothing.
    let files = [(path.into(), kept.clone())];
    let mut same = Baseline::default();
    same.add("another/path", &kept);
    assert!(standings(&files, &[same]).concat().iter().all(|&standing| standing == Standing::Known));
    assert!(standings(&files, &[Baseline::default()]).concat().iter().all(|&standing| standing == Standing::New));

    let separators = lone_separators(path, content, size);
    assert_eq!(made_up(&separators, &[separators.clone()]), []);
    for separator in &separators {
        let block = |one: &&Leftover| matches!(one.kind, Kind::Block { .. } | Kind::Sections);
        assert!(!found.iter().filter(block).any(|one| (one.line..=one.end_line).contains(&separator.line)));
    }
});
