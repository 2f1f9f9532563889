//! Who has to act on a failure: from what was recognised, what stands around it, and what is known from earlier runs.

use super::find::Found;
use crate::model::{Bucket, Seen};
use crate::policy::Triage;

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

/// Sort a failure.
pub fn sort(found: &Found, _policy: &Triage, _seen: Option<&Seen>) -> Sorted {
    match &found.hit {
        Some(hit) => Sorted {
            bucket: hit.signature.kind.bucket(),
            confidence: 0.8,
            because: format!("{} says so", hit.signature.tool),
        },
        None => Sorted { bucket: Bucket::Unknown, confidence: 0.0, because: "nothing in the log is recognised".into() },
    }
}
