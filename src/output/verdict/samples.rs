//! Panels as they come out of real pull requests, for the tests of all printers.

use crate::model::{FailureType, Panel, Review, ReviewAction, ReviewFinding, ReviewStep, ReviewVerdict};

pub(super) fn review(agent: &str, verdict: ReviewVerdict) -> Review {
    let failure = match verdict {
        ReviewVerdict::CriticalFail => FailureType::CodeQuality,
        ReviewVerdict::InfraFail | ReviewVerdict::Degraded => FailureType::Infra,
        ReviewVerdict::Pass | ReviewVerdict::Warn => FailureType::None,
    };
    Review {
        agent: agent.into(),
        verdict,
        failure,
        retry_count: 0,
        message: String::new(),
        findings: Vec::new(),
        reason: None,
    }
}

pub(super) fn finding(severity: &str, path: &str, line: u64, message: &str) -> ReviewFinding {
    ReviewFinding {
        severity: Some(severity.into()),
        path: Some(path.into()),
        line: Some(line),
        rule: None,
        message: message.into(),
    }
}

fn step(agent: &str, action: ReviewAction, reason: &str) -> ReviewStep {
    ReviewStep { agent: Some(agent.into()), action, reason: reason.into() }
}

/// Six reviewers: two have found something, one has a warning, one lost its connection, one never came, one is content.
pub(super) fn six() -> Panel {
    let mut security = review("security", ReviewVerdict::CriticalFail);
    security.message = "Two ways in.".into();
    security.findings = vec![
        finding("critical", "src/pay.rs", 12, "SQL is built from the request's `id`: use a parameter"),
        ReviewFinding {
            rule: Some("no-secrets".into()),
            ..finding("high", "src/__init__.py", 3, "a key in the source | see #12")
        },
    ];
    let mut tests = review("tests", ReviewVerdict::CriticalFail);
    tests.message = "The refund path has no test at all.".into();
    tests.retry_count = 1;
    let mut architecture = review("architecture", ReviewVerdict::Warn);
    architecture.findings = vec![finding("minor", "src/cart.rs", 80, "this module now does two things; ask @org/core")];
    let mut performance = review("performance", ReviewVerdict::InfraFail);
    performance.retry_count = 2;
    performance.reason = Some("there is no VERDICT line in its answer".into());
    performance.message = "fetch failed: socket hang up".into();
    let docs = Review { retry_count: 1, ..review("docs", ReviewVerdict::Pass) };
    let again = "the infrastructure failed it";
    Panel {
        verdict: ReviewVerdict::CriticalFail,
        reviews: vec![security, tests, architecture, performance, docs],
        not_run: vec!["licences".into(), "performance".into()],
        required_missing: vec!["licences".into()],
        next: vec![
            step("security", ReviewAction::FixFindings, "it found something that must not land"),
            step("tests", ReviewAction::FixFindings, "it found something that must not land"),
            step("architecture", ReviewAction::ReadWarnings, "it has warnings"),
            step("performance", ReviewAction::RerunReviewer, again),
            step("licences", ReviewAction::RerunReviewer, "it is required and did not run"),
        ],
    }
}

/// Nobody has anything against it.
pub(super) fn pass() -> Panel {
    let docs = Review { retry_count: 1, ..review("docs", ReviewVerdict::Pass) };
    Panel {
        verdict: ReviewVerdict::Pass,
        reviews: vec![review("security", ReviewVerdict::Pass), docs],
        not_run: Vec::new(),
        required_missing: Vec::new(),
        next: vec![ReviewStep {
            agent: None,
            action: ReviewAction::Proceed,
            reason: "all reviewers have passed it".into(),
        }],
    }
}

/// One review came back; the other got lost.
pub(super) fn degraded() -> Panel {
    let mut lost = review("security", ReviewVerdict::InfraFail);
    lost.reason = Some("exit code 124: it timed out".into());
    lost.retry_count = 2;
    Panel {
        verdict: ReviewVerdict::Degraded,
        reviews: vec![lost, review("docs", ReviewVerdict::Pass)],
        not_run: vec!["security".into()],
        required_missing: Vec::new(),
        next: vec![step("security", ReviewAction::RerunReviewer, "the infrastructure failed it")],
    }
}

/// There was nobody.
pub(super) fn nobody() -> Panel {
    Panel {
        verdict: ReviewVerdict::InfraFail,
        reviews: Vec::new(),
        not_run: Vec::new(),
        required_missing: Vec::new(),
        next: Vec::new(),
    }
}

/// More than anybody reads.
pub(super) fn flood() -> Panel {
    let mut panel = six();
    for review in &mut panel.reviews {
        let n = if review.agent == "security" { 30_000 } else { 300 };
        review.findings = (1..=n).map(|line| finding("error", "src/a|b.rs", line, "@all $x$ is wrong here")).collect();
    }
    panel
}

pub(super) fn all() -> Vec<(&'static str, Panel)> {
    vec![("six", six()), ("pass", pass()), ("degraded", degraded()), ("nobody", nobody()), ("flood", flood())]
}
