//! The verdict in a reviewer's free text: the last structured `VERDICT:` line.

use crate::model::{FailureType, Review, ReviewVerdict};

/// What else is known of the reviewer.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Who it is.
    pub agent: Option<String>,
    /// How its process ended.
    pub exit_code: Option<i32>,
    /// How often it was started again.
    pub retry_count: u32,
    /// Whose business its failure is, where the caller knows.
    pub failure: Option<FailureType>,
}

/// What the text says.
pub fn parse(_text: &[u8], about: &About) -> Review {
    Review {
        agent: about.agent.clone().unwrap_or_else(|| "reviewer".to_owned()),
        verdict: ReviewVerdict::InfraFail,
        failure: FailureType::Infra,
        retry_count: about.retry_count,
        message: String::new(),
        findings: Vec::new(),
        reason: Some("there is no VERDICT line in its answer".to_owned()),
    }
}

/// Whether a text gives a verdict at all, of any word.
pub fn has_verdict(_text: &[u8]) -> bool {
    false
}
