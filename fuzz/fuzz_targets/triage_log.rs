//! Any bytes as a log, beside any other bytes as one that passed: never a panic, and every line that is named is there.

#![no_main]

use ci_guard::triage::baseline::Baseline;
use ci_guard::triage::digest::{Digest, Reader};
use ci_guard::triage::{find, fingerprint, suspects};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (log, passing) = input.split_at(input.len() - input.len() / 4);
    let digest = Digest::of(log);
    let lines = digest.total_lines();

    // The answer does not depend on how the bytes arrive.
    let mut reader = Reader::default();
    log.chunks(7).for_each(|bytes| reader.feed(bytes));
    let piecemeal = reader.finish();
    assert_eq!((piecemeal.total_lines(), piecemeal.len()), (lines, digest.len()));

    let mut baseline = Baseline::default();
    baseline.learn(&Digest::of(passing));
    for known in [None, Some(&baseline)] {
        let found = find::find(&digest, known);
        let excerpt = found.excerpt.as_ref();
        if let Some((line, _)) = found.failure {
            assert!((1..=lines).contains(&line));
            let span = excerpt.expect("a failure has an excerpt").span;
            assert!(span.start <= line && line <= span.end && span.end <= lines);
        }
        assert!(excerpt.is_none_or(|it| it.lines.len() as u64 == it.span.end - it.span.start + 1 && it.lines.len() <= 100));
        assert!(found.evidence.iter().all(|span| 1 <= span.start && span.start <= span.end && span.end <= lines));
        assert_eq!(fingerprint::of(&found), fingerprint::of(&find::find(&piecemeal, known)));
        assert!(suspects::files(&found).iter().all(|file| !file.path.is_empty()));
    }
});
