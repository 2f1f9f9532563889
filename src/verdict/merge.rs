//! Many verdicts to one.
//!
//! Any fail: CRITICAL_FAIL. All infra, or none at all: INFRA_FAIL. Any infra: DEGRADED. Any warning: WARN. Else PASS. DEGRADED among
//! them counts as some infra and some not, so what was merged can be merged again: groups that are not empty give what all give at once.

use crate::model::{FailureType, Panel, Review, ReviewAction, ReviewStep, ReviewVerdict, counted};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Who answers on standard input and does not say who it is.
pub const STANDARD_INPUT: &str = "standard input";

/// What counts once: one review, or what several were merged to before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// What it counts as.
    pub verdict: ReviewVerdict,
    /// Who is in it.
    pub reviews: Vec<Review>,
    /// Who was expected in it and gave no answer.
    pub absent: Vec<String>,
    /// Whom it was not to do without, and did: who is required inside is required outside.
    pub required: Vec<String>,
}

impl From<Review> for Ballot {
    fn from(review: Review) -> Ballot {
        Ballot { verdict: review.verdict, reviews: vec![review], absent: Vec::new(), required: Vec::new() }
    }
}

/// What verdicts come to.
pub fn fold(verdicts: impl IntoIterator<Item = ReviewVerdict>) -> ReviewVerdict {
    let (mut failed, mut lost, mut reviewed, mut warned) = (false, false, false, false);
    for verdict in verdicts {
        match verdict {
            ReviewVerdict::CriticalFail => failed = true,
            ReviewVerdict::InfraFail => lost = true,
            ReviewVerdict::Degraded => (lost, reviewed) = (true, true),
            ReviewVerdict::Warn => (warned, reviewed) = (true, true),
            ReviewVerdict::Pass => reviewed = true,
        }
    }
    match (failed, reviewed, lost, warned) {
        (true, ..) => ReviewVerdict::CriticalFail,
        (_, false, ..) => ReviewVerdict::InfraFail,
        (_, _, true, _) => ReviewVerdict::Degraded,
        (_, _, _, true) => ReviewVerdict::Warn,
        _ => ReviewVerdict::Pass,
    }
}

/// What reviewers come to. Those of `required` who are not among them count as failed for the infrastructure's sake.
pub fn merge(reviews: Vec<Review>, required: &[String]) -> Panel {
    tally(reviews.into_iter().map(Ballot::from).collect(), required)
}

/// The same, where some were merged before. Names are compared letter by letter: two reviewers may differ in case alone.
pub fn tally(ballots: Vec<Ballot>, required: &[String]) -> Panel {
    let inside: Vec<String> = ballots.iter().flat_map(|ballot| ballot.required.iter().cloned()).collect();
    let required = required.iter().chain(&inside).map(|name| name.trim()).filter(|name| !name.is_empty());
    let required: BTreeSet<&str> = required.collect();
    let mut verdicts: Vec<_> = ballots.iter().map(|ballot| ballot.verdict).collect();
    let mut absent: BTreeSet<String> = ballots.iter().flat_map(|ballot| ballot.absent.iter().cloned()).collect();
    let reviews: Vec<Review> = ballots.into_iter().flat_map(|ballot| ballot.reviews).collect();

    let present: HashSet<&str> = reviews.iter().map(|review| review.agent.as_str()).collect();
    let missing = required.iter().filter(|name| !present.contains(*name) && !absent.contains(**name));
    let missing: Vec<String> = missing.map(|name| (*name).to_owned()).collect();
    verdicts.extend(missing.iter().map(|_| ReviewVerdict::InfraFail));
    absent.extend(missing);

    let verdict = fold(verdicts);
    let failed = reviews.iter().filter(|review| review.verdict == ReviewVerdict::InfraFail);
    let not_run: BTreeSet<&str> =
        failed.map(|review| review.agent.as_str()).chain(absent.iter().map(String::as_str)).collect();
    Panel {
        verdict,
        required_missing: not_run.intersection(&required).map(|name| (*name).to_owned()).collect(),
        not_run: not_run.iter().map(|name| (*name).to_owned()).collect(),
        next: next(verdict, &reviews, &absent, &required),
        reviews,
    }
}

/// One step for every reviewer that needs something: what stops the change first, then who has to run again, then what is worth reading.
fn next(
    verdict: ReviewVerdict,
    reviews: &[Review],
    absent: &BTreeSet<String>,
    required: &BTreeSet<&str>,
) -> Vec<ReviewStep> {
    let step = |agent: &str, action, reason: String| match agent == STANDARD_INPUT
        && action == ReviewAction::RerunReviewer
    {
        true => {
            ReviewStep { agent: None, action, reason: format!("{STANDARD_INPUT}, which names no reviewer: {reason}") }
        }
        false => ReviewStep { agent: Some(agent.to_owned()), action, reason },
    };
    let of = |wanted: ReviewAction| -> Vec<ReviewStep> {
        told(reviews, wanted).into_iter().map(|(agent, reason)| step(agent, wanted, reason)).collect()
    };
    let mut steps = of(ReviewAction::FixFindings);
    steps.extend(of(ReviewAction::RerunReviewer));
    let failed = reviews.iter().filter(|review| review.verdict == ReviewVerdict::InfraFail);
    let failed: HashSet<&str> = failed.map(|review| review.agent.as_str()).collect();
    let alike: HashMap<String, &str> =
        reviews.iter().map(|review| (review.agent.to_ascii_lowercase(), review.agent.as_str())).collect();
    let gone = absent.iter().filter(|name| !failed.contains(name.as_str()));
    steps.extend(gone.map(|name| step(name, ReviewAction::RerunReviewer, absence(name, &alike, required))));
    steps.extend(of(ReviewAction::ReadWarnings));
    let all = |action, reason: &str| ReviewStep { agent: None, action, reason: reason.to_owned() };
    match verdict {
        ReviewVerdict::Pass => steps.push(all(ReviewAction::Proceed, "every reviewer has passed it")),
        ReviewVerdict::Warn => steps.push(all(ReviewAction::Proceed, "no reviewer stops it")),
        _ if steps.is_empty() => {
            let reason = if reviews.is_empty() {
                "there is no answer of any reviewer"
            } else {
                "somebody in a merged result could not review"
            };
            steps.push(all(ReviewAction::RerunReviewer, reason));
        }
        _ => {}
    }
    steps
}

/// How much the reason of a step tells, and the reason.
type Telling = (ReviewVerdict, usize, bool, String);

/// Who is asked for this, each once, and why. Of several reviews under one name the worst tells it, in whatever order they came.
fn told(reviews: &[Review], wanted: ReviewAction) -> Vec<(&str, String)> {
    let mut steps: Vec<(&str, Telling)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for review in reviews {
        let Some((action, reason)) = asked_of(review) else { continue };
        if action != wanted {
            continue;
        }
        let has_reason = review.reason.as_deref().is_some_and(|reason| !reason.is_empty());
        let telling = (review.verdict, review.findings.len(), has_reason, reason);
        let place = *places.entry(&review.agent).or_insert(steps.len());
        match steps.get_mut(place) {
            Some((_, known)) if *known < telling => *known = telling,
            Some(_) => {}
            None => steps.push((&review.agent, telling)),
        }
    }
    steps.into_iter().map(|(agent, (.., reason))| (agent, reason)).collect()
}

/// What a review asks for, and why.
fn asked_of(review: &Review) -> Option<(ReviewAction, String)> {
    let reason = review.reason.as_deref().filter(|reason| !reason.is_empty());
    match review.verdict {
        ReviewVerdict::Pass => None,
        ReviewVerdict::Warn => Some((ReviewAction::ReadWarnings, format!("it warns{}", found(review)))),
        ReviewVerdict::CriticalFail => {
            Some((ReviewAction::FixFindings, format!("it fails the change{}", found(review))))
        }
        ReviewVerdict::Degraded => {
            let reason = reason.unwrap_or("a part of it could not review");
            Some((ReviewAction::RerunReviewer, reason.to_owned()))
        }
        ReviewVerdict::InfraFail => {
            let reason = reason.unwrap_or("it could not review, for the infrastructure's sake");
            Some((ReviewAction::RerunReviewer, reason.to_owned()))
        }
    }
}

fn found(review: &Review) -> String {
    match review.findings.len() {
        0 => String::new(),
        count => format!(", with {}", counted(count, "finding")),
    }
}

/// Why somebody who is not there should be.
fn absence(name: &str, alike: &HashMap<String, &str>, required: &BTreeSet<&str>) -> String {
    let why = if required.contains(name) {
        "it is required and gave no answer"
    } else {
        "it was expected and gave no answer"
    };
    match alike.get(&name.to_ascii_lowercase()).filter(|alike| **alike != name) {
        Some(alike) => format!("{why}; {alike} did, but names are compared letter by letter"),
        None => why.to_owned(),
    }
}

/// A reviewer that did not review.
pub(super) fn lost(agent: &str, reason: String) -> Review {
    Review {
        agent: agent.to_owned(),
        verdict: ReviewVerdict::InfraFail,
        failure: FailureType::Infra,
        retry_count: 0,
        message: String::new(),
        findings: Vec::new(),
        reason: Some(reason),
    }
}

#[cfg(test)]
mod tests;
