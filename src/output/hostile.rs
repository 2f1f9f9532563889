//! Whatever bytes stand where a repository's words stand, no printer lets them act: properties of all formats.

use super::{Caller, Context, Format, human, json, patch, samples, sarif};
use crate::model::{
    Code, Decision, Effect, Entry, FileChange, Finding, GateReport, Level, Objection, Oid, PolicyUse, Report, Rule,
    Skip, SkipCause, Status, Tier, visible,
};
use bstr::BString;
use proptest::prelude::*;
use serde_json::Value;

/// Bytes as attackers choose them: commands of runners and terminals, torn characters, and anything at all.
fn bytes() -> impl Strategy<Value = BString> {
    let parts = prop_oneof![
        4 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        2 => any::<u8>().prop_map(|byte| vec![byte]),
        4 => prop::sample::select(vec![
            "::", "::error::", "##[", "##[error]", "##vso[", "\n", "\r", "\r\n", "\x1b[2J", "\x1b]8;;", "\u{9b}",
            "\u{202e}", "\u{2028}", " ", "  ", "\u{a0}", "%", "%0A", ",", ":", "\\", "\"", "[a](b)", "word", "--> ",
        ]).prop_map(|part| part.as_bytes().to_vec()),
    ];
    prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat().into())
}

/// Mostly what rules write, and what they would write if they forgot to make it visible.
fn message() -> impl Strategy<Value = String> {
    (bytes(), any::<bool>()).prop_map(|(bytes, careless)| match careless {
        true => String::from_utf8_lossy(&bytes).into_owned(),
        false => visible(bytes),
    })
}

fn finding() -> impl Strategy<Value = Finding> {
    let lines = prop::option::of((1..1_000_000_u64, 0..1_000_u64));
    let rule = prop::sample::select(Rule::ALL.to_vec());
    let level = prop::sample::select(vec![Level::Block, Level::Warn]);
    let place = (prop::option::of(bytes()), prop::option::of(bytes()), prop::option::of(any::<[u8; 20]>()), lines);
    (rule, level, place, message(), prop::collection::vec(message(), 0..3)).prop_map(
        |(rule, level, (reference, path, commit, lines), message, help)| Finding {
            rule,
            level,
            reference,
            commit: commit.and_then(|raw| Oid::from_bytes(&raw)),
            path,
            line: lines.map(|(line, _)| line),
            end_line: lines.map(|(line, more)| line + more),
            message,
            help,
        },
    )
}

fn report() -> impl Strategy<Value = Report> {
    let rule = prop::option::of(prop::sample::select(Rule::ALL.to_vec()));
    let cause = prop::sample::select(vec![SkipCause::NotAsked, SkipCause::NotHere, SkipCause::Fault]);
    let skip = (rule, cause, message()).prop_map(|(rule, cause, reason)| Skip { rule, cause, reason });
    let policy = (prop::option::of(message()), prop::option::of(message()));
    let base = prop::option::of(message());
    let notices = prop::collection::vec(message(), 0..3);
    let findings = prop::collection::vec(finding(), 0..4);
    (findings, prop::collection::vec(skip, 0..3), policy, base, notices).prop_map(
        |(findings, skipped, (source, error), base, notices)| {
            let mut report =
                Report { policy: PolicyUse { source, error }, base, findings, skipped, notices, ..Report::default() };
            report.sort();
            report
        },
    )
}

fn objection() -> impl Strategy<Value = Objection> {
    let effects = [Effect::Deny, Effect::Review(Tier::Low), Effect::Review(Tier::Medium), Effect::Review(Tier::High)];
    let what = (prop::sample::select(Code::ALL.to_vec()), prop::sample::select(effects.to_vec()));
    let place = (prop::option::of(bytes()), prop::option::of(1..u64::MAX), prop::option::of(1..u64::MAX));
    (what, place, message(), prop::collection::vec(message(), 0..3)).prop_map(
        |((code, effect), (path, line, patch_line), message, help)| Objection {
            code,
            effect,
            path,
            line,
            patch_line,
            message,
            help,
        },
    )
}

fn file() -> impl Strategy<Value = FileChange> {
    use Status::{Added, Copied, Deleted, Modified, Renamed, TypeChanged};
    let status = prop::sample::select(vec![Added, Deleted, Modified, TypeChanged, Renamed, Copied]);
    let entry = (any::<u32>(), any::<[u8; 20]>())
        .prop_filter_map("an id", |(mode, raw)| Oid::from_bytes(&raw).map(|id| Entry { mode, id }));
    let sides = (prop::option::of(entry.clone()), prop::option::of(entry));
    (bytes(), prop::option::of(bytes()), status, sides, any::<(u32, u32, bool)>()).prop_map(
        |(path, old_path, status, (old, new), (added, deleted, binary))| FileChange {
            path,
            old_path,
            status,
            old,
            new,
            size: 0,
            added: added.into(),
            deleted: deleted.into(),
            binary,
        },
    )
}

fn answer() -> impl Strategy<Value = GateReport> {
    use Decision::{Allow, Deny, Review};
    let verdict = prop::sample::select(vec![
        (Allow, Tier::Low),
        (Review, Tier::Low),
        (Review, Tier::Medium),
        (Review, Tier::High),
        (Deny, Tier::High),
    ]);
    let lists = (prop::collection::vec(objection(), 0..6), prop::collection::vec(file(), 0..4));
    let words = (prop::collection::vec(message(), 0..9), prop::collection::vec(message(), 0..4), message());
    let policy = (prop::option::of(message()), prop::option::of(message()));
    (verdict, lists, words, policy).prop_map(
        |((decision, tier), (mut objections, files), (owners, reasons, base), (source, error))| {
            objections.sort_by_key(|objection| (objection.effect != Effect::Deny, objection.code));
            let lines = files.iter().map(|file| file.added + file.deleted).sum();
            let policy = PolicyUse { source, error };
            GateReport { decision, tier, owners, reasons, objections, lines, files, policy, base }
        },
    )
}

/// No terminal and no runner finds anything to obey. Colours are ours and no control characters of somebody else's.
fn assert_inert(text: &str) {
    for line in text.split('\n') {
        assert_eq!(visible(line), line, "invisible");
        assert!(!line.trim_start().starts_with("::"), "a command: {line:?}");
        assert_no_anywhere_command(line);
    }
}

fn assert_no_anywhere_command(line: &str) {
    for (at, _) in line.match_indices("##") {
        let rest = line[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        assert!(!rest.starts_with('['), "a command: {line:?}");
    }
}

/// Nothing but our own workflow commands, and as many errors.
fn assert_own_commands(text: &str, errors: usize) {
    assert_eq!(text.lines().filter(|line| line.starts_with("::error ")).count(), errors);
    for line in text.lines() {
        assert_eq!(visible(line), line, "invisible");
        assert_no_anywhere_command(line);
        let (head, _) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("a command");
        let (name, properties) = head.split_once(' ').expect("properties");
        assert!(matches!(name, "error" | "warning" | "notice"), "{line:?}");
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').expect("a value");
            assert!(matches!(key, "file" | "line" | "endLine" | "title"), "{line:?}");
            assert!(!value.contains(':'), "{line:?}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_acts_in_human_text(report in report(), verbose: bool, rerun in message()) {
        for caller in [Caller::Hand, Caller::PrePush, Caller::PreReceive] {
            let context = Context { verbose, caller, rerun: rerun.clone() };
            assert_inert(&human::tests::text(&report, &context));
        }
    }

    #[test]
    fn json_is_inert_valid_and_whole(report in report()) {
        let text = samples::print(&report, Format::Json, &Context::default());
        assert_inert(&text);
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json::tests::complaints(&value), [""; 0]);
        for (printed, finding) in value["findings"].as_array().unwrap().iter().zip(&report.findings) {
            assert_eq!(printed["message"], finding.message);
            if let Some(Ok(path)) = finding.path.as_ref().map(|path| std::str::from_utf8(path)) {
                assert_eq!(printed["path"], path);
            }
        }
        let lines = samples::print(&report, Format::Jsonl, &Context::default());
        assert_inert(&lines);
        assert_eq!(lines.lines().count(), report.findings.len() + report.skipped.len() + 1);
        prop_assert_eq!(value["notices"].as_array().unwrap().len(), report.notices.len());
        lines.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
    }

    #[test]
    fn sarif_is_inert_and_valid(report in report()) {
        let text = samples::print(&report, Format::Sarif, &Context::default());
        assert_inert(&text);
        let log = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(sarif::tests::complaints(&log), [""; 0]);
    }

    #[test]
    fn github_sees_our_commands_only(report in report()) {
        let text = samples::print(&report, Format::Github, &Context::default());
        let errors = report.findings.iter().filter(|finding| finding.level == Level::Block).count();
        assert_own_commands(&text, errors);
    }

    #[test]
    fn nothing_acts_in_the_human_answer(answer in answer(), verbose: bool, rerun in message()) {
        let text = patch::human::tests::text(&answer, &Context { verbose, rerun, ..Context::default() });
        assert_inert(&text);
        let (head, _) = text.lines().last().unwrap_or_default().split_once(": ").unwrap_or_default();
        prop_assert!(matches!(head, "in scope" | "needs approval" | "out of scope"), "{}", text);
        assert_inert(&patch::in_one_line(&answer));
    }

    #[test]
    fn the_json_answer_is_inert_valid_and_whole(answer in answer()) {
        let text = patch::samples::print(&answer, Format::Json, &Context::default());
        assert_inert(&text);
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(patch::json::tests::complaints(&value), [""; 0]);
        prop_assert_eq!(&value["owners"], &Value::from(answer.owners.clone()));
        for (printed, file) in value["files"].as_array().unwrap().iter().zip(&answer.files) {
            if let Ok(path) = std::str::from_utf8(&file.path) {
                assert_eq!(printed["path"], path);
            }
        }
        let lines = patch::samples::print(&answer, Format::Jsonl, &Context::default());
        assert_inert(&lines);
        prop_assert_eq!(lines.lines().count(), answer.objections.len() + 1);
        lines.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
    }

    #[test]
    fn the_sarif_answer_is_inert_and_valid(answer in answer()) {
        let text = patch::samples::print(&answer, Format::Sarif, &Context::default());
        assert_inert(&text);
        prop_assert_eq!(sarif::tests::complaints(&serde_json::from_str(&text).unwrap()), [""; 0]);
    }

    #[test]
    fn github_sees_our_commands_only_in_an_answer(answer in answer()) {
        let text = patch::samples::print(&answer, Format::Github, &Context::default());
        let errors = answer.objections.iter().filter(|objection| objection.effect == Effect::Deny).count();
        assert_own_commands(&text, errors);
        prop_assert_eq!(text.lines().filter(|line| line.starts_with("::notice ")).count(), 1);
    }
}
