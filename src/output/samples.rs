//! Reports that the printers' tests print, one a situation; and how those tests read the outcome.

use super::{Caller, Context, Format, write};
use crate::model::{Finding, Level, Oid, PolicyUse, Report, Rule, Skip, SkipCause, Stats};
use std::time::Duration;

pub(super) fn print(report: &Report, format: Format, context: &Context) -> String {
    let mut out = Vec::new();
    write(report, format, context, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Printed for a stopped push.
pub(super) fn in_hook() -> Context {
    Context { caller: Caller::PrePush, ..Context::default() }
}

/// Every situation, by name.
pub(super) fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("clean", clean()),
        ("marker", marker()),
        ("merge", merge()),
        ("foreign", foreign()),
        ("flood", flood()),
        ("notice", notice()),
        ("warnings", warnings()),
        ("undecided", undecided()),
        ("bad policy", bad_policy()),
        ("hostile", hostile()),
        ("many", many()),
    ]
}

fn finding(rule: Rule, level: Level, message: &str, help: &[&str]) -> Finding {
    Finding {
        rule,
        level,
        reference: Some("refs/heads/feature/TASK-1".into()),
        commit: Oid::from_hex(b"1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"),
        path: None,
        line: None,
        end_line: None,
        message: message.into(),
        help: help.iter().map(|&line| line.into()).collect(),
    }
}

fn in_file(mut finding: Finding, path: &[u8], line: u64, end: u64) -> Finding {
    finding.path = Some(path.into());
    finding.line = Some(line);
    finding.end_line = Some(end);
    finding
}

fn skip(rule: Rule, cause: SkipCause, reason: &str) -> Skip {
    Skip { rule: Some(rule), cause, reason: reason.into() }
}

pub(super) fn clean() -> Report {
    let stats = Stats {
        refs: 1,
        tips: 1,
        blobs: 12,
        bytes: 34_218,
        new_commits: 3,
        new_merges: 1,
        elapsed: Duration::from_micros(4213),
    };
    Report {
        base: Some("refs/remotes/origin/main".into()),
        stats,
        skipped: vec![
            skip(Rule::MergeSource, SkipCause::NotAsked, "no policy"),
            skip(Rule::ForeignCommits, SkipCause::NotAsked, "no policy"),
        ],
        ..Report::default()
    }
}

/// Like [`clean`], and with a policy in force.
fn with_policy(findings: Vec<Finding>) -> Report {
    let policy = PolicyUse { source: Some(".ci-guard.json of refs/remotes/origin/main".into()), error: None };
    Report { policy, findings, skipped: Vec::new(), ..clean() }
}

pub(super) fn marker() -> Report {
    let help = "Resolve it and commit: edit src/app.rs, then git add src/app.rs && git commit";
    let block = finding(
        Rule::ConflictMarker,
        Level::Block,
        "conflict block, lines 12 to 20 (`<<<<<<< HEAD` … `>>>>>>> develop`), in 1a2b3c4d5e \"Merge develop\"",
        &[help],
    );
    let mut second = in_file(block.clone(), b"src/app.rs", 40, 44);
    second.message = "conflict block, lines 40 to 44 (`<<<<<<< HEAD` … `>>>>>>> develop`), in 1a2b3c4d5e \"Merge \
                      develop\""
        .into();
    Report { findings: vec![in_file(block, b"src/app.rs", 12, 20), second], ..clean() }
}

pub(super) fn merge() -> Report {
    with_policy(vec![finding(
        Rule::MergeSource,
        Level::Block,
        "merge 1a2b3c4d5e \"Merge develop into x\" brings in 99aabbccdd \"Start v2\" of origin/develop, which the \
         policy does not allow",
        &["Undo the merge: git rebase --onto 1a2b3c4d5e^1 1a2b3c4d5e"],
    )])
}

pub(super) fn foreign() -> Report {
    let mut found = finding(
        Rule::ForeignCommits,
        Level::Block,
        "brings 1468 commits of origin/develop, from aaaaaaaaaa \"x\" to bbbbbbbbbb \"y\"",
        &["Keep only your own commits: git rebase --onto origin/main bbbbbbbbbb", "Then look: git log origin/main.."],
    );
    found.commit = None;
    with_policy(vec![found])
}

/// A branch that is out of scope.
pub(super) fn flood() -> Report {
    let mut found = finding(
        Rule::PatchScope,
        Level::Block,
        "[too_many_lines] 12,162 lines added and deleted in 41 files; the policy allows 120",
        &["split the change, or take out what does not belong to it"],
    );
    found.commit = None;
    with_policy(vec![found])
}

/// Nothing but a word about who approves it.
pub(super) fn notice() -> Report {
    let notice = "feature/TASK-1 needs approval by @org/core (medium risk): src/pay.rs: a core path";
    Report { notices: vec![notice.into()], ..with_policy(Vec::new()) }
}

pub(super) fn warnings() -> Report {
    let fenced = finding(Rule::ConflictMarker, Level::Warn, "conflict block inside a fenced code block", &[]);
    let reason = "the history of refs/heads/feature/TASK-1 is cut off (shallow clone); git fetch --unshallow brings it";
    Report {
        skipped: vec![skip(Rule::MergeSource, SkipCause::NotHere, reason)],
        ..with_policy(vec![in_file(fenced, b"docs/merging.md", 7, 11)])
    }
}

pub(super) fn undecided() -> Report {
    let reason = "the time limit of 20 s was reached".into();
    let skipped = vec![Skip { rule: None, cause: SkipCause::Fault, reason }];
    Report { skipped, ..with_policy(Vec::new()) }
}

pub(super) fn bad_policy() -> Report {
    let error = "line 3: unknown key `alowed`; did you mean `allowed`?";
    let mut report = with_policy(Vec::new());
    report.policy.error = Some(error.into());
    for rule in [Rule::MergeSource, Rule::ForeignCommits] {
        report.skipped.push(skip(rule, SkipCause::Fault, "the policy cannot be used"));
    }
    report
}

/// What an attacker can name: files, refs; and what a careless rule might let into a message.
pub(super) fn hostile() -> Report {
    let evil = |message: &str| finding(Rule::ConflictMarker, Level::Block, message, &["::warning::help\n##[group]x"]);
    let mut findings = vec![
        in_file(
            evil("::error::\x1b[2J\r\n::set-output name=a::b"),
            b"::error file=a,line=1::\x1b[31m\r\nx\xff.rs",
            1,
            1,
        ),
        in_file(
            evil("a [link](https://example.org) \u{202e}dlo\u{202c} ##[error]x"),
            "\u{202e}cod/ä ö.md".as_bytes(),
            2,
            3,
        ),
        in_file(evil("50% of a,b:c"), b"a%b,c:d e.rs", 4, 4),
    ];
    findings[0].reference = Some("refs/heads/\u{9b}2J".into());
    Report { findings, ..clean() }
}

/// More than anyone reads.
pub(super) fn many() -> Report {
    let found =
        finding(Rule::ConflictMarker, Level::Block, "lone `<<<<<<< HEAD`", &["Take the line out, then git commit -a"]);
    let findings = (1..=200).map(|nth| in_file(found.clone(), format!("src/{nth:03}.rs").as_bytes(), nth, nth));
    Report { findings: findings.collect(), ..clean() }
}
