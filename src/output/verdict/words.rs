//! What verdicts are called and what they mean, in one place for all who print them. Nothing here is escaped: that is for
//! each format to do in its own way.

use crate::model::{Panel, Review, ReviewAction, ReviewFinding, ReviewStep, ReviewVerdict, counted};
use std::collections::HashSet;

/// What a verdict means: a headline, and a sentence.
pub(super) fn meaning(panel: &Panel) -> (&'static str, &'static str) {
    match panel.verdict {
        ReviewVerdict::CriticalFail => ("changes needed", "A reviewer found something that must not land."),
        ReviewVerdict::InfraFail => {
            ("not reviewed", "No reviewer could review, so nothing is known about this change.")
        }
        _ if !panel.required_missing.is_empty() => (
            "a required review is missing",
            "A reviewer without whom nothing passes did not run. Those who ran found nothing that stops this change.",
        ),
        ReviewVerdict::Degraded => (
            "some reviews are missing",
            "Some reviewers could not review. Those who could found nothing that stops this change.",
        ),
        ReviewVerdict::Warn => ("passed with warnings", "Nothing stops this change; there are warnings to read."),
        ReviewVerdict::Pass => ("passed", "No reviewer has anything against this change."),
    }
}

/// What is to be done, by one reviewer or by several.
pub(super) fn deed(action: ReviewAction, is_one: bool) -> &'static str {
    match action {
        ReviewAction::Proceed => "go on: nothing stands in the way",
        ReviewAction::FixFindings => "mend what was found",
        ReviewAction::ReadWarnings => "read the warnings",
        ReviewAction::RerunReviewer if is_one => "run only this reviewer again",
        ReviewAction::RerunReviewer => "run only these reviewers again",
    }
}

/// What a single step asks for; where it names nobody it is about all.
pub(super) fn step(step: &ReviewStep) -> &'static str {
    match (step.action, &step.agent) {
        (ReviewAction::RerunReviewer, None) => "run the reviewers again",
        (action, _) => deed(action, true),
    }
}

/// A deed where a sentence begins.
pub(super) fn capital(deed: &str) -> String {
    let mut letters = deed.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Whether the infrastructure kept this reviewer from reviewing, or somebody whom it speaks for.
pub(super) fn is_infra(review: &Review) -> bool {
    matches!(review.verdict, ReviewVerdict::InfraFail | ReviewVerdict::Degraded)
}

/// Those who did not review and said nothing at all either: there is a name, and no more.
pub(super) fn silent(panel: &Panel) -> impl Iterator<Item = &String> {
    let heard: HashSet<&str> = panel.reviews.iter().map(|review| review.agent.as_str()).collect();
    panel.not_run.iter().filter(move |name| !heard.contains(name.as_str()))
}

/// Those who did not run, although nothing passes without them.
pub(super) fn missed(panel: &Panel) -> HashSet<&str> {
    panel.required_missing.iter().map(String::as_str).collect()
}

/// `path:line`, as far as there are any.
pub(super) fn place(finding: &ReviewFinding) -> Option<String> {
    let path = finding.path.as_ref().filter(|path| !path.trim().is_empty())?;
    Some(finding.line.map_or_else(|| path.clone(), |line| format!("{path}:{line}")))
}

/// `error: what it is (rule)`.
pub(super) fn what(finding: &ReviewFinding) -> String {
    let severity = finding.severity.as_ref().map(|severity| format!("{severity}: ")).unwrap_or_default();
    let rule = finding.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
    format!("{severity}{}{rule}", finding.message)
}

/// Why there is no review, or why it counts as what it counts; else what was said. One who stops a change or did not review owes
/// some answer.
pub(super) fn because(review: &Review) -> &str {
    let said = [review.reason.as_deref().unwrap_or_default(), &review.message];
    let owed = match review.verdict {
        ReviewVerdict::Pass | ReviewVerdict::Warn => "",
        _ if !review.findings.is_empty() => "",
        _ => "it gave no reason",
    };
    said.into_iter().find(|said| !said.trim().is_empty()).unwrap_or(owed)
}

/// What the reviewer said besides that.
pub(super) fn said_besides(review: &Review) -> Option<&str> {
    let message = review.message.as_str();
    (because(review) != message && !message.trim().is_empty()).then_some(message)
}

/// `2 retries`.
pub(super) fn retries(count: u32) -> String {
    if count == 1 { "1 retry".into() } else { format!("{count} retries") }
}

/// `2 findings`.
pub(super) fn findings(review: &Review) -> String {
    counted(review.findings.len(), "finding")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_reviewer_is_never_called_passed() {
        for verdict in ReviewVerdict::ALL {
            let required_missing = vec!["security".to_owned()];
            let panel = Panel { verdict, reviews: Vec::new(), not_run: Vec::new(), required_missing, next: Vec::new() };
            assert!(!meaning(&panel).0.contains("passed"), "{verdict:?}");
        }
    }
}
