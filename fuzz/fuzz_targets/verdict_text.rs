//! Any bytes as a reviewer's text, and as a file of answers: never a panic, always an answer, never a pass out of a quotation.

#![no_main]

use ci_guard::model::{FailureType, ReviewVerdict};
use ci_guard::verdict::parse::{About, has_verdict, parse};
use ci_guard::verdict::{input, merge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let review = parse(input, &About::default(), str::to_owned);
    assert_eq!(
        review.verdict == ReviewVerdict::InfraFail,
        review.failure == FailureType::Infra && review.verdict != ReviewVerdict::Degraded
    );
    let failed = parse(input, &About { exit_code: Some(1), ..About::default() }, str::to_owned);
    assert!(
        matches!(failed.verdict, ReviewVerdict::CriticalFail | ReviewVerdict::InfraFail)
            && failed.verdict >= review.verdict
    );
    let _ = has_verdict(input);

    // Whatever it says, in block quotes it says nothing.
    if let Ok(text) = std::str::from_utf8(input) {
        let quoted: String = text.split(['\n', '\r']).map(|line| format!("> {line}\n")).collect();
        assert_eq!(parse(quoted.as_bytes(), &About::default(), str::to_owned).verdict, ReviewVerdict::InfraFail);
        assert!(!has_verdict(quoted.as_bytes()));
    }

    let ballots = input::read(input, "file", str::to_owned);
    assert!(!ballots.is_empty());
    for ballot in &ballots {
        assert!(ballot.verdict >= merge::fold(ballot.reviews.iter().map(|review| review.verdict)));
    }
    let panel = merge::tally(ballots.clone(), &[]);
    assert_eq!(panel.verdict, merge::fold(ballots.iter().map(|ballot| ballot.verdict)));
    assert!(!panel.next.is_empty());

    // Two halves give what all give, in either order.
    let (first, second) = ballots.split_at(ballots.len() / 2);
    if !first.is_empty() {
        let verdict = |half: &[merge::Ballot]| merge::tally(half.to_vec(), &[]).verdict;
        assert_eq!(panel.verdict, merge::fold([verdict(second), verdict(first)]));
    }
});
