//! What reviewers said: one verdict each, and what they add up to.

use super::FailureType;

/// What a reviewer, or all of them together, came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReviewVerdict {
    /// Nothing against it.
    Pass,
    /// Nothing that stops it.
    Warn,
    /// Some reviewers could not review; those who could have nothing that stops it.
    Degraded,
    /// Nobody could review: nothing is known.
    InfraFail,
    /// It must not land like this.
    CriticalFail,
}

impl ReviewVerdict {
    /// All of them.
    pub const ALL: [ReviewVerdict; 5] = [
        ReviewVerdict::Pass,
        ReviewVerdict::Warn,
        ReviewVerdict::Degraded,
        ReviewVerdict::InfraFail,
        ReviewVerdict::CriticalFail,
    ];

    /// The word in files and output.
    pub fn id(self) -> &'static str {
        match self {
            ReviewVerdict::Pass => "PASS",
            ReviewVerdict::Warn => "WARN",
            ReviewVerdict::Degraded => "DEGRADED",
            ReviewVerdict::InfraFail => "INFRA_FAIL",
            ReviewVerdict::CriticalFail => "CRITICAL_FAIL",
        }
    }
}

/// Something that a reviewer found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReviewFinding {
    /// How bad it is, in the reviewer's word.
    pub severity: Option<String>,
    /// In which file.
    pub path: Option<String>,
    /// In which line of it, from 1.
    pub line: Option<u64>,
    /// Which rule it breaks.
    pub rule: Option<String>,
    /// What it is.
    pub message: String,
}

/// What one reviewer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Who.
    pub agent: String,
    /// What counts.
    pub verdict: ReviewVerdict,
    /// Whose business a failure is.
    pub failure: FailureType,
    /// How often the reviewer was started again.
    pub retry_count: u32,
    /// In the reviewer's words.
    pub message: String,
    /// What was found.
    pub findings: Vec<ReviewFinding>,
    /// Why the verdict is not the one that was said, or why there is none.
    pub reason: Option<String>,
}

/// What should happen next, for one reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewAction {
    /// Nothing stands in the way.
    Proceed,
    /// Mend what was found.
    FixFindings,
    /// Read the warnings.
    ReadWarnings,
    /// Run this reviewer again: only it.
    RerunReviewer,
}

impl ReviewAction {
    /// The word in files and output.
    pub fn id(self) -> &'static str {
        match self {
            ReviewAction::Proceed => "proceed",
            ReviewAction::FixFindings => "fix_findings",
            ReviewAction::ReadWarnings => "read_warnings",
            ReviewAction::RerunReviewer => "rerun_reviewer",
        }
    }
}

/// What comes next, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewStep {
    /// Whose turn it is about; `None` for all.
    pub agent: Option<String>,
    /// What to do.
    pub action: ReviewAction,
    /// Why.
    pub reason: String,
}

/// What all reviewers together came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// The verdict.
    pub verdict: ReviewVerdict,
    /// Every reviewer that is known of, in the order of the input.
    pub reviews: Vec<Review>,
    /// Who did not review: failed for the infrastructure's sake, or is required and not there. Sorted, each once.
    pub not_run: Vec<String>,
    /// Those of them who are required.
    pub required_missing: Vec<String>,
    /// What comes next.
    pub next: Vec<ReviewStep>,
}
