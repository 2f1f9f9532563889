//! What is said of PowerShell's lines in `lines.txt`, and that any text ends in an answer.

use crate::agent::command::{Instead, Judgement, Protected, Shell, judge};
use proptest::prelude::*;

fn said(line: &str) -> Judgement {
    judge(line, Shell::PowerShell, &Protected::default())
}

fn table() -> Vec<(&'static str, String)> {
    let lines = include_str!("lines.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("## "));
    let row = |line: &'static str| {
        let (expected, line) = line.split_once('\t').unwrap();
        (expected, line.replace('⏎', "\n"))
    };
    lines.map(row).collect()
}

#[test]
fn every_line_is_judged_as_written() {
    let mut wrong = Vec::new();
    for (expected, line) in table() {
        let judgement = said(&line);
        let word = match &judgement {
            Judgement::Silent => "silent",
            Judgement::Notice(_) => "notice",
            Judgement::Deny(_) => "deny",
        };
        if word != expected {
            wrong.push(format!("{expected}, not {judgement:?}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_denial_names_the_command_that_was_typed() {
    for (line, what) in [
        ("Remove-Item -Force .git\\hooks\\pre-push", "`Remove-Item` on .git/hooks/pre-push"),
        ("sc .git/hooks/pre-push x", "`sc` on .git/hooks/pre-push"),
        ("'x' > .git/hooks/pre-push", "a redirection into .git/hooks/pre-push"),
        ("[IO.File]::Delete('.git/hooks/pre-push')", "`delete` on .git/hooks/pre-push"),
        ("$env:HUSKY=0; git push", "`git push` with HUSKY=0"),
    ] {
        let Judgement::Deny(found) = said(line) else { panic!("{line}") };
        assert_eq!(found.what, what, "{line}");
    }
}

#[test]
fn half_of_them_are_innocent() {
    let count = |word: &str| table().iter().filter(|(expected, _)| *expected == word).count();
    assert!(count("deny") >= 50 && count("silent") >= 50, "{} {}", count("deny"), count("silent"));
}

#[test]
fn a_command_that_is_suggested_is_silent() {
    for (_, line) in table() {
        if let Judgement::Deny(found) = said(&line)
            && let Instead::Command { line: command, .. } = &found.instead
        {
            assert_eq!(said(command), Judgement::Silent, "{line}: {command}");
        }
    }
}

#[test]
fn what_is_only_said_is_silent() {
    for (_, line) in table() {
        let quoted = format!("'{}'", line.replace(['\'', '‘', '’'], "''"));
        for wrapped in [
            format!("Write-Output {quoted}"),
            format!("git commit -m {quoted}"),
            format!("gh pr create --body @'\n{}\n'@", line.replace("\n'@", "")),
            format!("<# {} #>", line.replace("#>", "")),
            format!("$x = {quoted}; $x.Length"),
        ] {
            assert_eq!(said(&wrapped), Judgement::Silent, "{wrapped}");
        }
    }
}

#[test]
fn what_is_denied_stays_denied_within() {
    for (_, line) in table().into_iter().filter(|(expected, _)| *expected == "deny") {
        let quoted = format!("'{}'", line.replace('\'', "''"));
        let posix = format!("'{}'", line.replace('\'', r"'\''"));
        for wrapped in [
            format!("if ($true) {{\n{line}\n}}"),
            format!("1..3 | % {{\n{line}\n}}"),
            format!("try {{ {line}\n }} catch {{ }}"),
            format!("iex {quoted}"),
            format!("& {{\n{line}\n}}"),
            format!("$r = $(\n{line}\n)"),
        ] {
            assert!(matches!(said(&wrapped), Judgement::Deny(_)), "{wrapped}");
        }
        for wrapped in [format!("pwsh -NoProfile -c {posix}"), format!("powershell.exe {posix}")] {
            let judgement = judge(&wrapped, Shell::Posix, &Protected::default());
            assert!(matches!(judgement, Judgement::Deny(_)), "{wrapped}");
        }
    }
}

#[test]
fn hostile_shapes_end_in_an_answer() {
    let many = |text: &str, count: usize| text.repeat(count);
    for shape in [
        many("(", 100_000),
        many("@{", 50_000),
        many("\"$(", 40_000),
        many("if(1){", 20_000),
        many("a|", 60_000),
        many("`", 120_000),
        many("a,", 60_000),
        many("[", 120_000),
        many("$x[", 40_000),
        many("$x=", 40_000),
        many("@'\n", 40_000),
        many("<#", 60_000),
        many("{", 100_000) + &many("}", 20_000),
        many("function f{", 9_000),
        format!("$a='x'; {}", many("$a=\"$a$a\"; ", 9_000)),
        format!("$a='x','y'; {}", many("$a+=$a; ", 9_000)),
        format!("function f {{ f; f }}; {}", many("f; ", 9_000)),
        many("iex 'iex ''x''';", 7_000),
        many("git push; ", 12_000),
        many("\u{201c}", 40_000),
    ] {
        let _ = said(&shape);
    }
}

proptest! {
    #[test]
    fn any_text_ends_in_an_answer(line in "\\PC{0,200}") {
        let _ = said(&line);
    }

    #[test]
    fn any_shell_like_text_ends_in_an_answer(parts in prop::collection::vec(prop::sample::select(vec![
        "git", " ", "push", "--no-verify", "'", "\"", "$(", ")", "`", "\n", ";", "|", "&", "&&", "@'\n", "\n'@", "@\"\n", "\n\"@",
        "{", "}", "(", "@(", "@{", "$x", "=", "$env:HUSKY", "0", "iex ", "if ", "%", ",", "--%", "[", "]", "::", ".", "<#", "#>",
        "#", ">", "2>&1", "function f", "foreach", "${", "é", "Remove-Item ", ".git/hooks/x", "-Path", ":",
    ]), 0..40)) {
        let _ = said(&parts.concat());
    }
}
