//! What a policy says about red runs: which texts mean which bucket, and how much automation each bucket gets.

use crate::model::{Action, Bucket};
use std::time::Duration;

/// The `triage` key, with every default filled in.
#[derive(Clone, Debug)]
pub struct Triage {
    rules: [BucketRule; 5],
}

/// What holds for one bucket.
#[derive(Clone, Debug)]
pub struct BucketRule {
    /// Lines that put a failure into this bucket, before the built-in table is asked.
    pub match_any: Vec<LinePattern>,
    /// What to do.
    pub action: Action,
    /// How many times, at most, the same commit runs again without a person.
    pub max_auto_retries: u64,
    /// How long to wait before the first of them; each further one waits twice as long.
    pub cooldown: Duration,
}

/// A text or a regular expression to look for in a line.
#[derive(Clone, Debug)]
pub struct LinePattern(String);

impl LinePattern {
    /// Whether the line has it.
    pub fn is_in(&self, line: &str) -> bool {
        line.contains(&self.0)
    }
}

impl Triage {
    /// What holds for a bucket.
    pub fn of(&self, bucket: Bucket) -> &BucketRule {
        &self.rules[bucket as usize]
    }
}

impl Default for Triage {
    fn default() -> Triage {
        let rule = |action, max_auto_retries, minutes: u64| BucketRule {
            match_any: Vec::new(),
            action,
            max_auto_retries,
            cooldown: Duration::from_secs(60 * minutes),
        };
        Triage {
            rules: [
                rule(Action::OpenPatchLane, 0, 0),
                rule(Action::RerunSameSha, 1, 0),
                rule(Action::CooldownRetry, 2, 5),
                rule(Action::Escalate, 0, 0),
                rule(Action::Escalate, 0, 0),
            ],
        }
    }
}
