//! No secret of a reviewer's text goes any further: every text of a verdict passes here before it is printed or stored.

use crate::model::{Panel, Review, ReviewFinding, ReviewStep};
use crate::triage::redact;

/// What all reviewers came to, without secrets.
pub fn panel_without_secrets(panel: Panel) -> Panel {
    // A name is the same one wherever it stands, with or without a secret in it.
    Panel {
        verdict: panel.verdict,
        reviews: panel.reviews.into_iter().map(without_secrets).collect(),
        not_run: panel.not_run.iter().map(|name| redact::text(name)).collect(),
        required_missing: panel.required_missing.iter().map(|name| redact::text(name)).collect(),
        next: panel.next.into_iter().map(step).collect(),
    }
}

/// What one reviewer said, without secrets.
pub fn without_secrets(review: Review) -> Review {
    Review {
        agent: redact::text(&review.agent),
        verdict: review.verdict,
        failure: review.failure,
        retry_count: review.retry_count,
        message: redact::text(&review.message),
        findings: review.findings.into_iter().map(finding).collect(),
        reason: maybe(review.reason),
    }
}

fn finding(finding: ReviewFinding) -> ReviewFinding {
    ReviewFinding {
        severity: maybe(finding.severity),
        path: maybe(finding.path),
        line: finding.line,
        rule: maybe(finding.rule),
        message: redact::text(&finding.message),
    }
}

fn step(step: ReviewStep) -> ReviewStep {
    ReviewStep { agent: maybe(step.agent), action: step.action, reason: redact::text(&step.reason) }
}

fn maybe(text: Option<String>) -> Option<String> {
    text.map(|text| redact::text(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailureType, ReviewAction, ReviewVerdict};

    #[test]
    fn no_text_keeps_a_secret() {
        let secret = || format!("a ghp_{} b", "Ab1".repeat(12));
        let finding = ReviewFinding {
            severity: Some(secret()),
            path: Some(secret()),
            line: Some(1),
            rule: Some(secret()),
            message: format!("first line\n{}", secret()),
        };
        let review = Review {
            agent: secret(),
            verdict: ReviewVerdict::Warn,
            failure: FailureType::None,
            retry_count: 0,
            message: secret(),
            findings: vec![finding],
            reason: Some(secret()),
        };
        let panel = Panel {
            verdict: ReviewVerdict::Warn,
            reviews: vec![review],
            not_run: vec![secret()],
            required_missing: vec![secret()],
            next: vec![ReviewStep { agent: Some(secret()), action: ReviewAction::ReadWarnings, reason: secret() }],
        };
        let shown = format!("{:?}", panel_without_secrets(panel));
        assert!(!shown.contains("Ab1Ab1"), "{shown}");
        assert_eq!(shown.matches("[redacted:").count(), 11, "every text is there, without it: {shown}");
    }
}
