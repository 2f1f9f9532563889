//! Packs for the tests of the printers.

use crate::model::{Action, Bucket, Excerpt, Fingerprint, LineSpan, NextStep, Pack, RunContext, Seen, Suspect};
use std::time::Duration;

pub(super) fn all() -> Vec<Pack> {
    vec![flake(), outage(), silent(), hostile()]
}

pub(super) fn flake() -> Pack {
    Pack {
        log: "job.log".into(),
        run: RunContext {
            repo: Some("acme/shop".into()),
            run_id: Some("811".into()),
            run_attempt: Some(1),
            sha: Some("1d3c5af0aa6d55d3b2a2c0c8fb4b1d6c12345678".into()),
            branch: Some("feature/cart".into()),
            workflow: Some("CI".into()),
            job: Some("e2e".into()),
            step: Some("npx playwright test".into()),
            url: Some("https://forge.example/acme/shop/actions/runs/811".into()),
            artifacts: None,
        },
        bucket: Bucket::FlakyTest,
        confidence: 0.82,
        because: "the same failure passed on the same commit before".into(),
        fingerprint: Some(Fingerprint {
            fine: format!("v1:9f3c{}", "0".repeat(28)),
            coarse: format!("v1:{}", "1".repeat(32)),
            key: "playwright-timeout:checkout.spec.ts:guest checkout works".into(),
            sample: "Timeout <n>ms exceeded".into(),
            confident: true,
        }),
        failure_line: Some(2819),
        first_failure_line: Some("Timeout 30000ms exceeded while waiting for [data-test=place-order]".into()),
        excerpt: Some(Excerpt {
            span: LineSpan { start: 2818, end: 2819 },
            lines: vec!["1) guest checkout works".into(), "Timeout 30000ms exceeded".into()],
        }),
        evidence: vec![LineSpan { start: 2819, end: 2819 }],
        failing_tests: vec!["checkout.spec.ts:guest checkout works".into()],
        suspects: vec![
            Suspect { path: "e2e/checkout.spec.ts".into(), line: Some(41) },
            Suspect { path: "src/cart.ts".into(), line: None },
        ],
        cancelled: false,
        others_need_more: false,
        next: NextStep {
            action: Action::RerunSameSha,
            reason: "single rerun allowed for flaky bucket".into(),
            wait: None,
        },
        seen: Some(Seen {
            times: 3,
            days: 7,
            branches: 2,
            commits: 3,
            passed_on_same_commit: 1,
            unrelated: 2,
            retries_used: 0,
        }),
    }
}

pub(super) fn outage() -> Pack {
    Pack {
        log: "pull.log.gz".into(),
        run: RunContext::default(),
        bucket: Bucket::InfraFault,
        because: "the registry did not answer".into(),
        first_failure_line: Some("failed to pull image: 503".into()),
        suspects: Vec::new(),
        failing_tests: Vec::new(),
        next: NextStep {
            action: Action::CooldownRetry,
            reason: "retry 1 of 2 allowed for infra_fault".into(),
            wait: Some(Duration::from_secs(300)),
        },
        seen: None,
        ..flake()
    }
}

pub(super) fn silent() -> Pack {
    Pack {
        log: "-".into(),
        run: RunContext::default(),
        bucket: Bucket::Unknown,
        confidence: 0.0,
        because: "the log is empty".into(),
        fingerprint: None,
        failure_line: None,
        first_failure_line: None,
        excerpt: None,
        evidence: Vec::new(),
        failing_tests: Vec::new(),
        suspects: Vec::new(),
        cancelled: false,
        others_need_more: false,
        next: NextStep { action: Action::Escalate, reason: "the log does not say why".into(), wait: None },
        seen: None,
    }
}

/// Every text a command, an escape sequence or a line break.
pub(super) fn hostile() -> Pack {
    let evil = "::error::x\n##[error]y\u{1b}[2J\u{202e}".to_owned();
    Pack {
        log: evil.clone(),
        run: RunContext { sha: Some(evil.clone()), step: Some(evil.clone()), ..RunContext::default() },
        because: evil.clone(),
        first_failure_line: Some(evil.clone()),
        failing_tests: vec![evil.clone()],
        suspects: vec![Suspect { path: evil.clone(), line: Some(1) }],
        excerpt: Some(Excerpt { span: LineSpan { start: 1, end: 1 }, lines: vec![evil.clone()] }),
        next: NextStep { action: Action::Escalate, reason: evil, wait: None },
        ..flake()
    }
}
