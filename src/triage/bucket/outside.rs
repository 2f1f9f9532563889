//! Failures whose own text says that the cause is outside of the repository, although their kind alone would not.
//!
//! Only what the failure says of itself is read, never the rest of the log.

use super::{Found, Hit, Kind, Rank, Sorted, Table, sorted, veto};
use crate::model::Bucket;

/// A test whose failure is that a client gave up on a remote server, and not that anything was compared.
pub(super) fn of_test(found: &Found) -> Option<Sorted> {
    const COMPARES: [&str; 8] = ["expect", "assert", " got ", " want", "should", "mismatch", "not equal", "actual"];
    let tests = found.failed_tests();
    let compares = |line: &&str| {
        // The names of tests say what should be, and an unexpected error is none that was compared.
        let line = tests.iter().fold((*line).to_owned(), |line, test| line.replace(test, ""));
        let line = line.to_ascii_lowercase().replace("unexpected", "");
        COMPARES.iter().any(|word| line.contains(word))
    };
    let told = found.told();
    if tests.len() > 1 || told.iter().any(compares) {
        return None;
    }
    let remote = transient(told.into_iter());
    remote.then(|| sorted(Bucket::InfraFault, 0.6, "all that failed in the test is a request to a remote server"))
}

/// A program's last words about a request that failed, where the line that was found says only that something went wrong.
pub(super) fn of_error(found: &Found, hit: &Hit) -> Option<Sorted> {
    let vague = hit.signature.rank == Rank::Symptom && matches!(hit.signature.kind, Kind::Crash | Kind::Build);
    if !vague || !found.failed_tests().is_empty() || veto(found, Kind::Network).is_some() {
        return None;
    }
    let remote = transient(found.block.iter().map(String::as_str).chain(found.after().take(NEAR)));
    remote.then(|| {
        sorted(Bucket::InfraFault, 0.65, "the error that stopped it is a request that a remote server did not answer")
    })
}

/// A file that is missing inside of an installed package: it was published or unpacked incompletely.
pub(super) fn of_install(found: &Found, hit: &Hit) -> Option<Sorted> {
    if hit.signature.kind != Kind::Missing {
        return None;
    }
    let (_, line) = found.failure.as_ref()?;
    let relative = ["Cannot find module './", "Cannot find module '../"].iter().any(|text| line.contains(text));
    let frame = found.block.iter().find(|line| {
        line.trim_start().starts_with("at ")
            && line.contains('/')
            && !line.contains("node:internal")
            && !line.contains("(module.js")
            && !line.contains("(internal/")
    })?;
    (relative && frame.contains("node_modules/"))
        .then(|| sorted(Bucket::InfraFault, 0.6, "an installed package lacks a file of its own"))
}

/// Whether the server says, beside a refusal, that it is overloaded or down. That beats words about rights.
pub(super) fn busy(found: &Found) -> bool {
    is_any(found.block.iter().map(String::as_str), |hit| {
        matches!(hit.signature.name, "rate-limit-http" | "http-server-error" | "rate-limit-github")
    })
}

/// How many lines after a vague error are still its own: a cause or two, and never the next step.
const NEAR: usize = 3;

/// Whether one of these lines names a cause outside of the repository.
fn transient<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let kinds = [Kind::Network, Kind::RateLimit, Kind::Registry];
    is_any(lines, |hit| kinds.contains(&hit.signature.kind) && hit.signature.rank == Rank::Cause)
}

fn is_any<'a>(lines: impl Iterator<Item = &'a str>, wanted: impl Fn(&Hit) -> bool) -> bool {
    // Some tools draw a frame around their messages.
    let bare = lines.map(|line| line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '│' | '|')));
    bare.filter_map(|line| Table::get().look_up(line.as_bytes())).any(|hit| wanted(&hit))
}
