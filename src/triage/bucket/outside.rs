//! Failures whose own text says that the cause is outside of the repository, although their kind alone would not.
//!
//! Only the block of the failure is read, never the rest of the log.

use super::{Found, Hit, Kind, Rank, Sorted, Table, sorted};
use crate::model::Bucket;

/// A test whose failure is that a client gave up on a remote server, and not that anything was compared.
pub(super) fn of_test(found: &Found) -> Option<Sorted> {
    const COMPARES: [&str; 8] = ["expect", "assert", " got ", " want", "should", "mismatch", "not equal", "actual"];
    let compares = |line: &String| {
        let line = line.to_ascii_lowercase();
        COMPARES.iter().any(|word| line.contains(word))
    };
    if found.failing_tests() > 1 || found.block.iter().any(compares) {
        return None;
    }
    let remote = is_any(found, |hit| is_transient(hit.signature.kind) && hit.signature.rank == Rank::Cause);
    remote.then(|| sorted(Bucket::InfraFault, 0.6, "all that failed in the test is a request to a remote server"))
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
    is_any(found, |hit| matches!(hit.signature.name, "rate-limit-http" | "http-server-error" | "rate-limit-github"))
}

fn is_transient(kind: Kind) -> bool {
    matches!(kind, Kind::Network | Kind::RateLimit | Kind::Registry)
}

fn is_any(found: &Found, wanted: impl Fn(&Hit) -> bool) -> bool {
    let hits = found.block.iter().filter_map(|line| Table::get().look_up(line.as_bytes()));
    hits.into_iter().any(|hit| wanted(&hit))
}

impl Found {
    /// How many tests are named in the failed step.
    fn failing_tests(&self) -> usize {
        let named =
            self.hits.iter().filter(|(_, hit)| hit.signature.kind == Kind::Test && hit.signature.rank == Rank::Cause);
        let mut tests: Vec<_> = named.filter_map(|(_, hit)| hit.test.as_deref()).collect();
        tests.sort_unstable();
        tests.dedup();
        tests.len()
    }
}
