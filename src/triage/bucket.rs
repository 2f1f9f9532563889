//! Who has to act on a failure: from what was recognised, what stands around it, and what is known from earlier runs.
//!
//! The policy is asked first, then the kind of the failure itself. Words about networks or rights elsewhere in the log
//! prove nothing: where a test or a compiler failed, that is the failure. In doubt a failure is the repository's, or nobody
//! can tell; it is never called transient because it looks a little like it.
//!
//! How sure an answer is, in rough steps: 0.95 proved by history, 0.9 a line that names the cause, 0.75 an ordinary error
//! line, 0.6 an echo or a vetoed word, 0.5 nothing but the experience that most red runs are the repository's own.
//! What is done about a bucket is not decided here.

use super::find::Found;
use super::signatures::{Hit, Kind, Rank, Table};
use crate::model::{Bucket, Seen};
use crate::policy::Triage;

mod flaky;
mod links;
mod outside;
mod setup;
mod told;

/// A bucket, how sure it is, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Sorted {
    /// The bucket.
    pub bucket: Bucket,
    /// From 0 to 1.
    pub confidence: f64,
    /// One sentence.
    pub because: String,
}

/// In which order the policy's patterns are asked: what nobody reruns comes first.
const ASKED: [Bucket; 5] =
    [Bucket::SecretOrConfig, Bucket::CodeRegression, Bucket::Unknown, Bucket::InfraFault, Bucket::FlakyTest];

/// Sort a failure.
pub fn sort(found: &Found, policy: &Triage, seen: Option<&Seen>) -> Sorted {
    if let Some(sorted) = by_policy(found, policy) {
        return sorted;
    }
    let Some((_, line)) = &found.failure else {
        return sorted(Bucket::Unknown, 0.9, "nothing in the log tells of a failure");
    };
    if found.structure.cancelled && !found.hit.as_ref().is_some_and(|hit| ends_the_job(hit.signature.kind)) {
        return sorted(Bucket::Unknown, 0.9, "the run was cancelled, which says nothing about the commit");
    }
    match &found.hit {
        Some(hit) => by_kind(found, hit, seen),
        None => unrecognised(found, line),
    }
}

fn sorted(bucket: Bucket, confidence: f64, because: impl Into<String>) -> Sorted {
    Sorted { bucket, confidence, because: because.into() }
}

/// What the policy's own patterns say about the lines of the failure.
fn by_policy(found: &Found, policy: &Triage) -> Option<Sorted> {
    let lines: Vec<&str> = told(found).collect();
    ASKED.into_iter().find_map(|bucket| {
        let patterns = &policy.of(bucket).match_any;
        let pattern = patterns.iter().find(|pattern| lines.iter().any(|line| pattern.is_in(line)))?;
        let because = format!("the policy puts `{pattern}` into this bucket");
        Some(sorted(bucket, 0.95, because))
    })
}

/// The lines that tell of the failure. Where none was recognised, all that would be handed on.
fn told(found: &Found) -> impl Iterator<Item = &str> {
    let failure = found.failure.iter().map(|(_, text)| text.as_str());
    let excerpt = found.excerpt.iter().flat_map(|excerpt| (excerpt.span.start..).zip(&excerpt.lines));
    let evidence = excerpt.filter(|(number, _)| {
        found.hit.is_none() || found.evidence.iter().any(|span| (span.start..=span.end).contains(number))
    });
    failure.chain(found.block.iter().map(String::as_str)).chain(evidence.map(|(_, line)| line.as_str()))
}

fn by_kind(found: &Found, hit: &Hit, seen: Option<&Seen>) -> Sorted {
    let (kind, tool) = (hit.signature.kind, hit.signature.tool);
    let sure = match hit.signature.rank {
        Rank::Cause => 0.9,
        Rank::Symptom => 0.75,
        Rank::Summary | Rank::Echo => 0.6,
    };
    match kind.bucket() {
        bucket @ (Bucket::InfraFault | Bucket::SecretOrConfig) => {
            if let Some(other) = veto(found, kind) {
                let because = format!(
                    "{} in the same job is the repository's: `{}` beside it does not excuse that",
                    what(other.signature.kind),
                    hit.signature.name
                );
                return sorted(Bucket::CodeRegression, 0.6, because);
            }
            if bucket == Bucket::SecretOrConfig && setup::is_remark(found) {
                return unrecognised(found, "");
            }
            if bucket == Bucket::SecretOrConfig && outside::busy(found) {
                return sorted(Bucket::InfraFault, 0.75, "the server says itself that it is overloaded or down");
            }
            sorted(bucket, sure, format!("{tool}: {}", what(kind)))
        }
        Bucket::FlakyTest => by_history(seen).or_else(|| broken(found)).unwrap_or_else(|| {
            sorted(Bucket::FlakyTest, 0.7, format!("{tool}: the test waited in vain or met a race"))
        }),
        Bucket::CodeRegression if matches!(kind, Kind::Compile | Kind::Build | Kind::Docs) && is_full(found) => {
            sorted(Bucket::InfraFault, 0.85, "no space was left on the machine, which spoils every step that writes")
        }
        Bucket::CodeRegression if matches!(kind, Kind::Test | Kind::Crash) => by_history(seen)
            .or_else(|| outside::of_test(found))
            .or_else(|| outside::of_error(found, hit))
            .or_else(|| flaky::of_test(found).filter(|_| broken(found).is_none()))
            .unwrap_or_else(|| sorted(Bucket::CodeRegression, sure - 0.05, format!("{tool}: {}", what(kind)))),
        Bucket::CodeRegression if hit.signature.rank == Rank::Echo => unrecognised(found, ""),
        Bucket::CodeRegression if setup::is_gone(hit) => {
            sorted(Bucket::Unknown, 0.8, "the branch or commit that the run is about is gone")
        }
        Bucket::CodeRegression if kind == Kind::Link => links::unanswered(found)
            .unwrap_or_else(|| sorted(Bucket::CodeRegression, sure, format!("{tool}: {}", what(kind)))),
        Bucket::CodeRegression => outside::of_install(found, hit)
            .or_else(|| outside::of_error(found, hit))
            .unwrap_or_else(|| sorted(Bucket::CodeRegression, sure, format!("{tool}: {}", what(kind)))),
        Bucket::Unknown => sorted(Bucket::Unknown, 0.9, "the run was cancelled, which says nothing about the commit"),
    }
}

/// What earlier runs prove about a test. One log alone cannot.
fn by_history(seen: Option<&Seen>) -> Option<Sorted> {
    let seen = seen?;
    if seen.passed_on_same_commit > 0 {
        return Some(sorted(Bucket::FlakyTest, 0.95, "the same commit has both failed like this and passed"));
    }
    let because = "the same failure was seen on branches that have nothing to do with each other";
    (seen.unrelated > 1).then(|| sorted(Bucket::FlakyTest, 0.8, because))
}

/// What failed in the same job by the repository's own fault, so that words of this kind are no excuse.
fn veto(found: &Found, kind: Kind) -> Option<&Hit> {
    let own = |hit: &&Hit| {
        let of_code = matches!(
            hit.signature.kind,
            Kind::Test | Kind::Compile | Kind::Type | Kind::Lint | Kind::Format | Kind::Docs | Kind::Link
        );
        // A compiler that is killed, or cannot write, reports errors too.
        let starved = matches!(kind, Kind::Memory) && hit.signature.kind != Kind::Test;
        of_code && !starved && hit.signature.rank == Rank::Cause
    };
    if kind == Kind::Disk {
        return None;
    }
    if kind == Kind::Runner {
        // After a machine went away nothing fails any more.
        let at = found.failure.as_ref().map_or(0, |(at, _)| *at);
        return found.hits.iter().filter(|(number, _)| *number > at).map(|(_, hit)| hit).find(own);
    }
    // A step that failed by its own fault fails again, whatever ails the other one.
    found.hits.iter().map(|(_, hit)| hit).chain(&found.elsewhere).find(own)
}

/// What did not compile in the same step, so that a test that waited for it is no wonder.
fn broken(found: &Found) -> Option<Sorted> {
    let of_code =
        |hit: &&Hit| matches!(hit.signature.kind, Kind::Compile | Kind::Type) && hit.signature.rank == Rank::Cause;
    let hit = found.hits.iter().map(|(_, hit)| hit).find(of_code)?;
    Some(sorted(Bucket::CodeRegression, 0.75, format!("{}: {}", hit.signature.tool, what(hit.signature.kind))))
}

/// Whether the disk ran full in the same step. Tests are not asked: some print such a line on purpose.
fn is_full(found: &Found) -> bool {
    found.hits.iter().any(|(_, hit)| hit.signature.kind == Kind::Disk && hit.signature.rank == Rank::Cause)
}

/// Whether this ends a job from outside; the run then looks cancelled, too.
fn ends_the_job(kind: Kind) -> bool {
    matches!(kind, Kind::JobTimeout | Kind::Runner | Kind::Memory | Kind::Disk)
}

/// Nothing named the cause. Most red runs are the repository's own, but only where something of it ran can that be said.
fn unrecognised(found: &Found, line: &str) -> Sorted {
    if let Some(name) = setup::failed(found) {
        return sorted(Bucket::Unknown, 0.6, format!("`{name}` failed before anything of the repository ran"));
    }
    if let Some(sorted) = flaky::of_test(found).filter(|_| broken(found).is_none()) {
        return sorted;
    }
    if line.is_empty() && !setup::has_output(found) {
        return sorted(Bucket::Unknown, 0.6, "the log says that something failed, and not what");
    }
    sorted(Bucket::CodeRegression, 0.5, "a step of the repository failed, and nothing speaks for a cause outside of it")
}

/// What a kind means, in words.
fn what(kind: Kind) -> &'static str {
    match kind {
        Kind::Compile => "source code does not compile",
        Kind::Type => "the type checker refuses the code",
        Kind::Lint => "a linter's finding",
        Kind::Format => "files are not formatted or generated as they should be",
        Kind::Test => "a test failed",
        Kind::Flaky => "a test waited in vain or met a race",
        Kind::Build => "a build step stopped for a reason in the repository",
        Kind::Dependency => "the manifest asks for a dependency that nobody has, or in a way that does not resolve",
        Kind::Docs => "the documentation does not build",
        Kind::Link => "a link is dead",
        Kind::Crash => "a program crashed",
        Kind::Missing => "a command, file or module is missing",
        Kind::Git => "git refused what it was asked for",
        Kind::Network => "the network did not deliver",
        Kind::RateLimit => "a server asks for patience",
        Kind::Registry => "a registry, mirror or download site did not deliver",
        Kind::Runner => "the machine that ran the job failed",
        Kind::Disk => "no space was left on the machine",
        Kind::Memory => "a process was killed, or found no memory",
        Kind::JobTimeout => "the job ran into the CI system's limit of time",
        Kind::Cancelled => "the run was cancelled",
        Kind::Auth => "credentials are missing, wrong or expired",
        Kind::Permission => "a right is missing",
        Kind::Config => "a secret, variable or setting outside of the repository is missing or wrong",
    }
}

#[cfg(test)]
mod tests;
