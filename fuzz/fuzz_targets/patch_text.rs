//! Any bytes as the text of a patch: never a panic, always an answer, and every line that it names is there.

#![no_main]

use ci_guard::patch::text::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let lines = input.split(|&byte| byte == b'\n').count() as u64;
    let text = read(input);
    assert!(!text.claims.is_empty() || !text.flaws.is_empty());
    assert!(text.claims.iter().all(|claim| (1..=lines).contains(&claim.line)));
    assert!(text.flaws.iter().all(|flaw| (1..=lines).contains(&flaw.line)));
    for claim in &text.claims {
        assert!(claim.old.is_some() || claim.new.is_some());
        let names = claim.old.iter().chain(&claim.new);
        assert!(names.into_iter().all(|name| !name.is_empty() && !name.contains(&0)));
    }
    let touched = text.touched().count();
    assert!(touched >= text.claims.len());

    // What was read without a flaw is read the same way with an empty line behind it.
    if text.flaws.is_empty() {
        assert_eq!(read(&[input, b"\n"].concat()), text);
    }
});
