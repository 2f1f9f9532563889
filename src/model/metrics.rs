//! What the stream of events adds up to: shares with what they are shares of, and failures that come again.

use super::{Bucket, Moment};
use std::time::Duration;

/// A share that never hides what it is a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many it holds for.
    pub of: u64,
    /// How many there are.
    pub all: u64,
}

impl Share {
    /// From 0 to 1; `None` where there is nothing to have a share of.
    pub fn value(self) -> Option<f64> {
        (self.all > 0).then(|| self.of as f64 / self.all as f64)
    }
}

/// How well red runs are dealt with. Every definition is in docs/audit.md.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Of the incidents with a patch: those that the first patch ended.
    pub first_fix: Share,
    /// Of the merged patches: those whose failure came back within 24 hours, or that were reverted.
    pub false_fix: Share,
    /// Of the merged patches: those whose failure came back within 24 hours.
    pub recurrence: Share,
    /// Patches that were merged less than 24 hours ago: in none of the three shares above.
    pub too_young: u64,
    /// Merged patches after which no run is known: they count as patches, and as no success.
    pub without_run: u64,
    /// From the first red to the first green on the target: the median, and of how many incidents.
    pub recovery: Recovery,
    /// Of the reruns whose end is known: those that ended green.
    pub rerun_success: Share,
    /// Reruns that were decided on and of which no end is known.
    pub reruns_open: u64,
    /// Of all failures: those of each bucket, in the order of [`Bucket::ALL`].
    pub buckets: Vec<(Bucket, Share)>,
    /// What `ci-guard retry` did.
    pub retries: Retries,
    /// How many events were looked at.
    pub events: u64,
}

/// What `ci-guard retry` did, and what that saved and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retries {
    /// Commands that were run by it.
    pub runs: u64,
    /// Of these: those that were run more than once.
    pub retried: Share,
    /// Of the retried ones: those that passed in the end, which would have been red.
    pub saved: Share,
    /// Of all: those that the infrastructure failed to the end.
    pub infra: Share,
    /// Attempts in all.
    pub attempts: u64,
    /// Time between attempts.
    pub waited: Duration,
    /// Time in attempts that failed for the infrastructure's sake.
    pub failing: Duration,
}

/// Mean time to recovery: a median, since one forgotten branch would spoil a mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The median; `None` where nothing has recovered.
    pub median: Option<Duration>,
    /// Incidents that it is the median of.
    pub recovered: u64,
    /// Incidents that are still red.
    pub open: u64,
    /// Incidents that a rerun of the same commit ended: flakes, which nobody had to mend.
    pub flaked: u64,
}

/// What came again, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chronicle {
    /// Failures a day, the oldest day first, days without any among them.
    pub days: Vec<DayCount>,
    /// Failures in all.
    pub failures: u64,
    /// Fingerprints in all.
    pub fingerprints: u64,
    /// Fingerprints of more than one run, the most frequent first.
    pub recurring: Vec<Recurring>,
    /// Of the reruns whose end is known: those that ended green.
    pub rerun_success: Share,
}

/// How many failures a day had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayCount {
    /// Its first moment, in UTC.
    pub start: Moment,
    /// How many.
    pub count: u64,
}

/// A failure that was seen in more than one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// Which one.
    pub fine: String,
    /// The same for people.
    pub signature: String,
    /// Where.
    pub repo: Option<String>,
    /// The bucket it was put in last.
    pub bucket: Option<Bucket>,
    /// In how many runs.
    pub times: u64,
    /// On how many days.
    pub days: u64,
    /// On how many branches.
    pub branches: u64,
    /// On how many commits.
    pub commits: u64,
    /// How many of these commits passed the same job as well.
    pub passed_on_same_commit: u64,
    /// Of its reruns whose end is known: those that ended green.
    pub rerun_success: Share,
    /// The first time.
    pub first: Moment,
    /// The last time.
    pub last: Moment,
    /// It passes and fails on the same commit, and has done so for days.
    pub chronic_flake: bool,
}
