//! What a failure says of itself: the lines of its block, and what the tool printed above the line that names it.
//!
//! Nothing else of the log is read. Other owners' chatter about networks or waiting, however near, is no part of a failure.

use super::{Found, Kind, Rank};

/// How far above its name the output of a test is looked for.
const ABOVE: usize = 60;

impl Found {
    /// The lines in which the failure is told.
    pub(super) fn told(&self) -> Vec<&str> {
        let mut lines = self.above();
        lines.extend(self.block.iter().map(String::as_str));
        // Further lines are told of only where the same failure goes on in them.
        lines.extend(self.continued());
        lines
    }

    /// The lines of the excerpt after the failure line, with their distance from it.
    pub(super) fn after(&self) -> impl Iterator<Item = &str> {
        self.lines()
            .filter(|(number, _)| self.failure.as_ref().is_some_and(|(at, _)| number > at))
            .map(|(_, line)| line)
    }

    /// The lines of the excerpt, with their numbers.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &str)> {
        let excerpt = self.excerpt.iter();
        excerpt.flat_map(|excerpt| (excerpt.span.start..).zip(excerpt.lines.iter().map(String::as_str)))
    }

    /// The names of the tests that failed in the same step, without those that only hold others.
    pub(super) fn failed_tests(&self) -> Vec<&str> {
        let hits = self.hits.iter().map(|(_, hit)| hit);
        let named = hits.filter(|hit| hit.signature.kind == Kind::Test && hit.signature.rank == Rank::Cause);
        let mut tests: Vec<&str> = named.filter_map(|hit| hit.test.as_deref()).collect();
        tests.sort_unstable();
        tests.dedup();
        let holds =
            |test: &str| tests.iter().any(|other| other.strip_prefix(test).is_some_and(|rest| rest.starts_with('/')));
        tests.iter().filter(|test| !holds(test)).copied().collect()
    }

    /// What go test -v prints of a test before it says that the test failed.
    fn above(&self) -> Vec<&str> {
        let Some((at, _)) = &self.failure else { return Vec::new() };
        let before: Vec<&str> = self.lines().take_while(|(number, _)| number < at).map(|(_, line)| line).collect();
        let before = &before[before.len().saturating_sub(ABOVE)..];
        if self.hit.as_ref().is_none_or(|hit| hit.signature.tool != "go test") {
            return Vec::new();
        }
        let tests = self.failed_tests();
        let begins = |line: &&str| {
            let name = ["=== CONT ", "=== RUN ", "=== NAME "].iter().find_map(|mark| line.strip_prefix(mark));
            name.is_some_and(|name| tests.contains(&name.trim()))
        };
        let Some(start) = before.iter().rposition(begins) else { return Vec::new() };
        let output = before[start + 1..].iter();
        output.take_while(|line| !line.starts_with("=== ") && !line.starts_with("--- ")).copied().collect()
    }

    /// Evidence beyond the block.
    fn continued(&self) -> impl Iterator<Item = &str> {
        let end = self.failure.as_ref().map_or(0, |(at, _)| at + self.block.len() as u64);
        let told = move |number: u64| self.evidence.iter().any(|span| (span.start..=span.end).contains(&number));
        self.lines().filter(move |(number, _)| *number >= end && told(*number)).map(|(_, line)| line)
    }
}
