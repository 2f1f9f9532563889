//! What reviewers came to together, kept once it has been said. Their texts are not: only who did not review, and how many said what.

use super::{Recorder, verdicts};
use crate::model::{Event, EventKind, Panel, ReviewVerdict};
use crate::triage::redact;

/// Names beyond this are counted only, and of each no more is kept than tells it from others.
const MAX_NAMES: usize = 100;
const MAX_NAME: usize = 100;

/// Keep what a merge of verdicts came to. What went wrong with that, if anything did, is one sentence.
pub fn merged(panel: &Panel) -> Option<String> {
    let recorder = Recorder::open().without_policy();
    if recorder.is_on() {
        let mut event = Event::new(EventKind::Verdict, recorder.now, verdicts::place_of(Some("HEAD")));
        describe(panel, &mut event);
        verdicts::note(&recorder, event);
    }
    recorder.keep(None)
}

fn describe(panel: &Panel, event: &mut Event) {
    let name = |name: &String| redact::text(&name.chars().take(MAX_NAME).collect::<String>());
    event.verdict = Some(panel.verdict.id().to_owned());
    event.codes = panel.not_run.iter().take(MAX_NAMES).map(name).collect();
    let said = |verdict| panel.reviews.iter().filter(|review| review.verdict == verdict).count() as u64;
    let counts = [
        ("reviewers", panel.reviews.len() as u64),
        ("failed", said(ReviewVerdict::CriticalFail)),
        ("warned", said(ReviewVerdict::Warn)),
        ("not_run", panel.not_run.len() as u64),
        ("required_missing", panel.required_missing.len() as u64),
        ("retries", panel.reviews.iter().map(|review| u64::from(review.retry_count)).sum()),
        ("findings", panel.reviews.iter().map(|review| review.findings.len() as u64).sum()),
    ];
    event.extra = counts.map(|(name, count)| (name.to_owned(), count.to_string())).into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FailureType, Moment, Review, RunContext};

    #[test]
    fn who_did_not_review_is_kept_and_nothing_of_what_was_said() {
        let review = |agent: &str, verdict, retry_count| Review {
            agent: agent.into(),
            verdict,
            failure: FailureType::None,
            retry_count,
            message: "a long story".into(),
            findings: Vec::new(),
            reason: None,
        };
        let panel = Panel {
            verdict: ReviewVerdict::Degraded,
            reviews: vec![
                review("security", ReviewVerdict::InfraFail, 2),
                review("style", ReviewVerdict::Warn, 1),
                review("tests", ReviewVerdict::Pass, 0),
            ],
            not_run: vec!["security".into(), "x".repeat(5000)],
            required_missing: Vec::new(),
            next: Vec::new(),
        };
        let mut event = Event::new(EventKind::Verdict, Moment(0), RunContext::default());
        describe(&panel, &mut event);
        assert_eq!(event.verdict.as_deref(), Some("DEGRADED"));
        assert_eq!(event.codes, ["security".to_owned(), "x".repeat(MAX_NAME)]);
        let extra: Vec<String> = event.extra.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(extra.join(" "), "failed=0 findings=0 not_run=2 required_missing=0 retries=3 reviewers=3 warned=1");
    }
}
