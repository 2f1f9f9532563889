//! The table of command lines in `cases.txt`: what is said of each, and that it stays as long as it is.

use super::{Judgement, Protected, Shell, judge, judge_and_list};

/// The expected word, and the line.
pub(super) fn table() -> Vec<(&'static str, String)> {
    let lines = include_str!("cases.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
    let row = |line: &'static str| {
        let (expected, line) = line.split_once('\t').unwrap();
        (expected.trim_end_matches(" live"), line.replace('⏎', "\n").replace('⇥', "\t").replace('␍', "\r"))
    };
    lines.map(row).collect()
}

fn said(judgement: &Judgement) -> &'static str {
    match judgement {
        Judgement::Silent => "silent",
        Judgement::Notice(_) => "notice",
        Judgement::Deny(_) => "deny",
    }
}

#[test]
fn every_line_is_judged_as_written() {
    let mut wrong = Vec::new();
    for (expected, line) in table() {
        let judgement = judge(&line, Shell::Posix, &Protected::default());
        if said(&judgement) != expected {
            wrong.push(format!("{expected}, not {judgement:?}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn there_are_enough_of_each() {
    let table = table();
    let count = |word: &str| table.iter().filter(|(expected, _)| *expected == word).count();
    assert!(count("deny") >= 150 && count("silent") >= 150 && count("notice") >= 20);
}

/// With the folder known in which a line begins, other places are told from it.
#[test]
fn files_of_other_places_are_no_denial() {
    let protected = Protected { folder: Some("/home/u/w".to_owned()), ..Protected::default() };
    for line in [
        "D=$(mktemp -d) && git init -q \"$D\" && echo x > \"$D/.git/hooks/pre-push\"",
        "D=$(mktemp -d) && cd \"$D\" && git init -q && echo x > .git/hooks/pre-push",
        "mkdir -p /tmp/zz/.claude && cd /tmp/zz && echo '{}' > .claude/settings.json",
        "cd tests/fixtures && mkdir -p .husky && echo x > .husky/pre-push",
        "cd /path/other-repo && cat > .claude/settings.json <<'EOF'\n{}\nEOF",
        "command -v git && D=$(mktemp -d); echo x > \"$D/.git/hooks/pre-push\"",
    ] {
        assert_eq!(said(&judge(line, Shell::Posix, &protected)), "notice", "{line}");
    }
    let denied = judge("cd /home/u/w/.git/hooks && echo x > pre-push", Shell::Posix, &protected);
    assert_eq!(said(&denied), "deny");
}

/// Files of other machines are no links of ours to follow.
#[test]
fn other_machines_change_no_files_of_ours() {
    for line in ["ssh host 'rm a; echo x > b'", "docker exec box rm a", "kubectl exec p -- sh -c 'rm a'"] {
        assert_eq!(judge_and_list(line, Shell::Posix, &Protected::default()).1, [], "{line}");
    }
    assert_eq!(judge_and_list("ssh host 'rm a' > b", Shell::Posix, &Protected::default()).1.len(), 1);
}
