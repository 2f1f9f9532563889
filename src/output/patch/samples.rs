//! Answers of the gate that the printers' tests print, one a situation.

use super::super::{Context, Format};
use crate::model::{Code, Decision, Entry, FileChange, GateReport, Objection, Oid, PolicyUse, Status, Tier};

pub(in super::super) fn print(report: &GateReport, format: Format, context: &Context) -> String {
    let mut out = Vec::new();
    super::write(report, format, context, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(in crate::output) fn by_hand() -> Context {
    Context { rerun: "ci-guard patch check fix.patch".into(), ..Context::default() }
}

/// Every situation, by name.
pub(in super::super) fn all() -> Vec<(&'static str, GateReport)> {
    vec![
        ("allow", allow()),
        ("asked", asked()),
        ("review medium", review_medium()),
        ("review high", review_high()),
        ("flood", flood()),
        ("malformed", malformed()),
        ("hostile", hostile()),
        ("many", many()),
    ]
}

fn entry(mode: u32) -> Option<Entry> {
    Oid::from_hex(b"1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d").map(|id| Entry { mode, id })
}

fn file(path: &[u8], status: Status, added: u64, deleted: u64) -> FileChange {
    FileChange {
        path: path.into(),
        old_path: None,
        status,
        old: entry(0o100_644).filter(|_| status != Status::Added),
        new: entry(0o100_644).filter(|_| status != Status::Deleted),
        size: 1200,
        added,
        deleted,
        binary: false,
    }
}

fn answer(decision: Decision, tier: Tier, objections: Vec<Objection>, files: Vec<FileChange>) -> GateReport {
    let mut reasons: Vec<String> = Vec::new();
    for objection in &objections {
        let reason = objection.code.summary().trim_end_matches('.').to_owned();
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    GateReport {
        decision,
        tier,
        owners: Vec::new(),
        reasons,
        objections,
        lines: files.iter().map(|file| file.added + file.deleted).sum(),
        files,
        policy: PolicyUse { source: Some(".ci-guard.json of refs/remotes/origin/main".into()), error: None },
        base: "HEAD".into(),
    }
}

pub(in crate::output) fn allow() -> GateReport {
    let files = vec![file(b"src/cart.rs", Status::Modified, 6, 2), file(b"tests/cart.rs", Status::Added, 6, 0)];
    answer(Decision::Allow, Tier::Low, Vec::new(), files)
}

/// Nothing stands against it, and the policy wants a person all the same.
pub(in crate::output) fn asked() -> GateReport {
    let reasons = vec!["the policy asks for a person's approval of every change".into()];
    GateReport { decision: Decision::Review, reasons, ..allow() }
}

pub(in crate::output) fn review_medium() -> GateReport {
    let objections = vec![
        Objection::review(Code::ModeChange, Tier::Medium, "becomes executable: 100644 to 100755")
            .at("tools/run.sh")
            .help("take it out unless it is meant: git update-index --chmod=-x tools/run.sh"),
        Objection::review(Code::CodeOwner, Tier::Medium, "is among the core_paths of the policy").at("src/pay.rs"),
    ];
    let script = FileChange { new: entry(0o100_755), ..file(b"tools/run.sh", Status::Modified, 0, 0) };
    let files = vec![file(b"src/pay.rs", Status::Modified, 3, 1), script];
    GateReport { owners: vec!["@org/core".into()], ..answer(Decision::Review, Tier::Medium, objections, files) }
}

pub(in crate::output) fn review_high() -> GateReport {
    let objections = vec![
        Objection::review(Code::Symlink, Tier::High, "a new link to ../shared/config.toml").at("app/config.toml"),
        Objection::review(Code::BinaryChange, Tier::High, "a binary file; no diff shows what changes").at("logo.png"),
    ];
    let renamed = FileChange { old_path: Some("src/old.rs".into()), ..file(b"src/new.rs", Status::Renamed, 1, 1) };
    let mut files = vec![
        FileChange { new: entry(0o120_000), ..file(b"app/config.toml", Status::Added, 1, 0) },
        FileChange { binary: true, ..file(b"logo.png", Status::Modified, 0, 0) },
        FileChange { new: entry(0o100_755), ..renamed },
    ];
    files.extend((1..=9).map(|nth| file(format!("web/{nth}.ts").as_bytes(), Status::Deleted, 0, 4)));
    let mut report = answer(Decision::Review, Tier::High, objections, files);
    report.reasons.extend(["the change is broad: 12 files".into(), "the checks are red".into()]);
    report
}

pub(in crate::output) fn flood() -> GateReport {
    let objections = vec![
        Objection::deny(Code::PathBlocked, "is among the blocked_paths of the policy (`infra/**`)")
            .at("infra/prod.tf")
            .help("leave it as it is; whoever keeps the policy can change it"),
        Objection::deny(Code::TooManyLines, "12162 lines added and deleted in 2 files; the policy allows 120")
            .help("split the change, or take out what does not belong to it"),
        Objection::review(Code::SensitivePath, Tier::Medium, "configuration of what runs in production")
            .at("infra/prod.tf"),
    ];
    let files = vec![file(b"infra/prod.tf", Status::Modified, 12_000, 150), file(b"src/a.rs", Status::Modified, 8, 4)];
    answer(Decision::Deny, Tier::High, objections, files)
}

/// Refused before git was asked: nothing is known of what it would do.
pub(in crate::output) fn malformed() -> GateReport {
    let objection = Objection::deny(Code::HunkCountMismatch, "the hunk counts 3 lines and more follow; git drops them")
        .patch_line(12)
        .help("make the patch anew with git diff or git format-patch, and do not edit it by hand");
    answer(Decision::Deny, Tier::High, vec![objection], Vec::new())
}

/// What an attacker can name: files and owners; and what a careless rule might let into a message.
pub(in crate::output) fn hostile() -> GateReport {
    let path = b"::error file=a,line=1::\x1b[31m\r\nx\xff.rs";
    let objections = vec![
        Objection::deny(Code::PathControlChar, "::error::\x1b[2J\r\n::set-output name=a::b")
            .at(&path[..])
            .line(1)
            .help("::warning::help\n##[group]x"),
        Objection::review(
            Code::SensitivePath,
            Tier::Medium,
            "a [link](https://example.org) \u{202e}dlo\u{202c} ##[error]x",
        )
        .at("\u{202e}cod/ä ö.md"),
        Objection::review(Code::SensitivePath, Tier::Medium, "50% of a,b:c").at("a%b,c:d e.rs").patch_line(3),
    ];
    let from = FileChange {
        old_path: Some("\u{202e}cod/ä ö.md".into()),
        ..file("M +0 -0 b\u{9b}".as_bytes(), Status::Copied, 1, 0)
    };
    let odd = FileChange { new: entry(u32::MAX), ..file(path, Status::TypeChanged, 1, 1) };
    let mut report = answer(Decision::Deny, Tier::High, objections, vec![odd, from]);
    report.owners = vec!["::notice::@\u{9b}2J".into(), "##[x]".into()];
    report.base = "\u{202e}main\n::error::x".into();
    report
}

/// More than anyone reads.
pub(in crate::output) fn many() -> GateReport {
    let objection = |nth: u64| {
        Objection::deny(Code::PathNotAllowed, "is not among the allowed_paths of the policy")
            .at(format!("gen/{nth:03}.rs"))
            .help("take it out of the change")
    };
    let files = (1..=200).map(|nth| file(format!("gen/{nth:03}.rs").as_bytes(), Status::Added, 1, 0)).collect();
    answer(Decision::Deny, Tier::High, (1..=200).map(objection).collect(), files)
}
