//! What holds for any text, and for any line of the table in other clothes.

use super::cases::table;
use super::{Instead, Judgement, Protected, Shell, judge, judge_edit, parse};
use proptest::prelude::*;
use std::cell::Cell;

fn said(line: &str) -> Judgement {
    judge(line, Shell::Posix, &Protected::default())
}

fn quoted(line: &str) -> String {
    format!("'{}'", line.replace('\'', r"'\''"))
}

#[test]
fn what_is_denied_stays_denied_in_a_shell_of_its_own() {
    for (_, line) in table().into_iter().filter(|(expected, _)| *expected == "deny") {
        for wrapped in [
            format!("sh -c {}", quoted(&line)),
            format!("env A=b bash -lc {}", quoted(&line)),
            format!("eval {}", quoted(&line)),
            format!("bash -c {}", quoted(&format!("sh -c {}", quoted(&line)))),
            format!("printf '%s\\n' {} | sudo bash", quoted(&line)),
            format!("if true; then\n{line}\nfi"),
            format!("cd src && ls\n{line}"),
        ] {
            let judgement = said(&wrapped);
            // Unless the text ends before the group it now stands in, or goes up from another folder.
            let broken = wrapped.starts_with("if true") && (line.ends_with("\n)") || line.contains("'no end"));
            let moved = wrapped.starts_with("cd src") && (line.contains("../.git") || line.contains("cd sub"));
            assert!(matches!(judgement, Judgement::Deny(_)) || broken || moved, "{judgement:?}: {wrapped}");
        }
    }
}

#[test]
fn what_is_only_said_is_silent() {
    for (_, line) in table() {
        for wrapped in [
            format!("echo {}", quoted(&line)),
            format!("git log --grep {}", quoted(&line)),
            format!("git commit -m {}", quoted(&line)),
            format!("grep -rn {} . | head", quoted(&line)),
            format!("cat > notes.md <<'END OF TEXT'\n{line}\nEND OF TEXT"),
            format!("gh pr create --title x --body {} --draft", quoted(&line)),
            format!("X={}; echo \"$X\"", quoted(&line)),
        ] {
            assert_eq!(said(&wrapped), Judgement::Silent, "{wrapped}");
        }
    }
}

#[test]
fn a_denial_says_what_was_typed() {
    for (line, what) in [
        ("git -C $T config core.hooksPath x", "git -C … config core.hooksPath x"),
        ("git config alias.p 'push --no-verify'", "the alias p: `git push` without its hooks: git push --no-verify"),
        (
            "GIT_CONFIG_PARAMETERS=\"'core.hooksPath'='x' 'http.extraHeader'='secret'\" git push",
            "`git push` with core.hooksPath in GIT_CONFIG_PARAMETERS",
        ),
    ] {
        let Judgement::Deny(finding) = said(line) else { panic!("{line}") };
        assert_eq!(finding.what, what, "{line}");
    }
    // The last word is whole or not there.
    let Judgement::Deny(finding) = said(&format!("git push --no-verify {} {}", "a ".repeat(60), "b".repeat(300)))
    else {
        panic!();
    };
    assert!(finding.what.ends_with("a a …"), "{}", finding.what);
}

#[test]
fn a_denial_says_what_to_do() {
    let table = [
        ("git push --no-verify origin main", "git push origin main"),
        ("git commit -anm 'a b'", "git commit -am 'a b'"),
        ("git -c core.hooksPath=/dev/null -C x push", "git -C x push"),
        ("HUSKY=0 git commit -m x", "git commit -m x"),
        ("git push --no-verify $X", "run the same command without --no-verify"),
        ("git send-pack o main", "git push o main"),
        ("git send-pack --stdin o", "use git push with the same remote and branches"),
        ("git commit -nm 'feat: a\n\nbody'", "run the same command without -n"),
        ("git commit --no-verif -m \"$(cat <<'EOF'\na\nb\nEOF\n)\"", "run the same command without --no-verif"),
        ("git commit --no-verify -F - <<EOF\na\nEOF", "run the same command, its input included, without --no-verify"),
        ("git push --no-verify origin \"$B:$(git branch --show-current)\"", "run the same command without --no-verify"),
        ("git commit -nm \"wip: $(date +%F)\"", "run the same command without -n"),
        ("HUSKY=0 GIT_AUTHOR_NAME='a b' git commit -nm x", "GIT_AUTHOR_NAME='a b' git commit -m x"),
        ("HUSKY=0 git commit -nm 'a\nb'", "run the same command without -n and HUSKY"),
        ("git -c core.hooksPath=x push $X", "run the same command without -c core.hooksPath"),
        ("git -c alias.p='push --no-verify' p origin", "git push origin"),
        ("sh -c 'HUSKY=0 git push --force \"$@\"' _", "git push --force"),
        ("git -C ~/proj push --no-verify", "git -C ~/proj push"),
        ("git push --no-verify ~/r.git HEAD~1:x", "git push ~/r.git 'HEAD~1:x'"),
        ("git -C ~/'my proj' push --no-verify", "run the same command without --no-verify"),
        ("git commit -nm '~/x'", "run the same command without -n"),
        ("git commit --no-verify -F - < a.txt", "run the same command, its input included, without --no-verify"),
        ("git commit -nqF- < a.txt", "run the same command, its input included, without -n"),
        ("git am --no-verify < a.patch", "run the same command, its input included, without --no-verify"),
        ("git am --no-verify a.patch", "git am a.patch"),
        ("parallel git push --no-verify origin ::: HEAD", "run the same command without --no-verify"),
        ("git submodule foreach 'git push --no-verify'; true", "run the same command without --no-verify"),
        ("find . -name .git -execdir git push --no-verify \\;", "run the same command without --no-verify"),
        ("for d in a b; do (cd $d && git push --no-verify); done", "run the same command without --no-verify"),
        ("echo main | xargs -I{} git push --no-verify origin {}", "run the same command without --no-verify"),
        ("xargs -n1 sh -c 'git push --no-verify'", "run the same command without --no-verify"),
        ("for x in a; do true; done; git push --no-verify", "git push"),
        ("echo a | xargs echo; git push --no-verify", "git push"),
        (
            "git config alias.p 'push --no-verify'",
            "leave the alias as it is, or set it to a command that runs the hooks",
        ),
        ("GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=x git push", "git push"),
        (
            "GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=x GIT_CONFIG_KEY_1=a.b GIT_CONFIG_VALUE_1=c git push",
            "run the same command without GIT_CONFIG_KEY_0",
        ),
    ];
    for (line, instead) in table {
        let Judgement::Deny(finding) = said(line) else { panic!("{line}") };
        assert_eq!(finding.instead.to_string(), instead, "{line}");
    }
}

/// A suggestion that is a command is there to be copied: it parses, nobody denies it, and it has no word that was not typed.
#[test]
fn a_command_that_is_suggested_can_be_run() {
    let mut commands = 0;
    for (_, line) in table().into_iter().filter(|(expected, _)| *expected == "deny") {
        let Judgement::Deny(found) = said(&line) else { panic!("{line}") };
        let Instead::Command { line: command, .. } = found.instead else { continue };
        commands += 1;
        assert_eq!(said(&command), Judgement::Silent, "{line}: {command}");
        let parsed = parse::parse(&command, &Cell::new(parse::PATIENCE)).unwrap();
        assert!(parsed.sure == command.len(), "{line}: {command}");
        assert!(!command.contains("''") && command.lines().count() == 1, "{line}: {command}");
        assert_eq!(crate::model::visible(&command), command, "{line}");
    }
    assert!(commands >= 150, "{commands}");
}

#[test]
fn hostile_shapes_end_in_an_answer() {
    let many = |text: &str, count: usize| text.repeat(count);
    let shapes = [
        many("(", 100_000),
        many("( ", 50_000) + "x" + &many(" )", 50_000),
        format!("echo {}x{}", many("$(", 20_000), many(")", 20_000)),
        format!("echo {}", many("$(echo ", 20_000)),
        format!("{}x", many("if ", 50_000)),
        format!("{}x;{}", many("if a; then ", 9_000), many(" fi;", 9_000)),
        format!("{}git push --no-verify", many("a && ", 40_000)),
        format!("{}git push", many("sudo ", 40_000)),
        format!("git push {}", many("{a,b}", 40_000)),
        format!("A=x; {}", many("A=$A$A; ", 20_000)),
        format!("A=x; {}", many("A=$A$A; echo $A; ", 9_000)),
        many("cat <<E\nx\nE\n", 20_000),
        many("cat <<E ", 20_000),
        many("cat << ", 20_000),
        format!("cat <<E {}\nE", many("-n ", 40_000)),
        format!("echo '{}'", many("<< a ", 20_000)),
        many("if a; then A=$A; else B=$B; fi; ", 4_000),
        format!("{}{}", many("if a; then A=b; ", 2_000), many("fi; ", 2_000)),
        format!("case a in {} esac", many("a) B=c;; ", 10_000)),
        format!(": {}", many("${A:-`", 20_000)),
        format!("printf '{}' | xargs -n1 sh -c", many("a ", 20_000)),
        format!("A=$({})", many("echo a; ", 10_000)),
        many("trap 'trap \"git push\" EXIT' EXIT; ", 2_000),
        many("`", 100_000),
        many("\"$(echo \"", 10_000),
        many("a=( $(( [[ `\"{ ${x <<E | ) ", 9_000),
        many("f() { f; f; }; f; ", 5_000),
        format!("printf '{}' {}", many("%s", 1_000), many("a ", 20_000)),
        format!("sh -c {}", many("\"sh -c ", 5_000)),
        format!("git {}x", many("-c alias.x=x ", 9_000)),
        format!("git -c alias.x='!git x' {}", "x"),
        many("a | ", 50_000) + "sh",
        "${ĀⰀ git push --no-verify".to_owned(),
        format!("awk '{}'", many("{print | \"awk \\\"{print}\\\"\"; print > \"x\"} ", 9_000)),
        format!("sed '{}'", many("s/a/b/w .git/hooks/x\n", 9_000)),
        "\0\0git push --no-verify\0".to_owned(),
        "x".repeat(300_000),
    ];
    for shape in shapes {
        let _ = said(&shape);
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "git",
        " ",
        "push",
        "commit",
        "--no-verify",
        "-n",
        "-c",
        "core.hooksPath=x",
        "'",
        "\"",
        "$(",
        ")",
        "`",
        "\\",
        "\n",
        ";",
        "|",
        "&&",
        "<<EOF\n",
        "EOF\n",
        "{",
        "}",
        "(",
        "((",
        "$F",
        "F=",
        "${",
        "sh -c ",
        "env ",
        "xargs ",
        "eval ",
        ">",
        ".git/hooks/x",
        "#",
        "<<<",
        "<(",
        "[[",
        "]]",
        "case x in",
        "esac",
        "if",
        "then",
        "fi",
        "<",
        "<<",
        "<<-",
        "<< 'EOF' ",
        "EOF",
        "))",
        "{{",
        "case",
        "in",
        ";;",
        "<(",
        "> ",
        "&",
        "function f",
        "for",
        "do",
        "done",
        "-",
        "é",
        "\u{f8ff}",
        "alias.x=!",
        "\t",
        "*",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_text_ends_in_an_answer(line in "\\PC{0,200}") {
        let _ = said(&line);
        let _ = judge(&line, Shell::PowerShell, &Protected::default());
        let _ = judge_edit(&line, &Protected::default());
    }

    #[test]
    fn any_shell_like_text_ends_in_an_answer(line in pieces()) {
        let _ = said(&line);
        for wrapped in [
            format!("echo {}", quoted(&line)),
            format!("git commit -m {} && git push", quoted(&line)),
            format!("cat > notes.md <<'END OF TEXT'\n{line}\nEND OF TEXT\ngit status"),
            format!("# {}", line.replace('\n', " ")),
        ] {
            prop_assert_eq!(said(&wrapped), Judgement::Silent, "{}", wrapped);
        }
    }

    #[test]
    fn rows_of_one_kind_are_only_said(mark in "[<{(\\[`$&|;>-]{1,3}", between in "[ a\n]{0,2}", count in 1usize..200) {
        let line = format!("{mark}{between}").repeat(count);
        for wrapped in [format!("echo {}", quoted(&line)), format!("cat > x <<'END OF TEXT'\n{line}\nEND OF TEXT")] {
            prop_assert_eq!(said(&wrapped), Judgement::Silent, "{}", wrapped);
        }
    }

    #[test]
    fn a_message_of_any_kind_is_nobodys_business(message in "[^\0]{0,80}") {
        prop_assert_eq!(said(&format!("git commit -m {}", quoted(&message))), Judgement::Silent);
    }

    #[test]
    fn quoting_hides_nothing(at in 1usize..10) {
        let flag = "--no-verify";
        let (left, right) = flag.split_at(at);
        for line in [
            format!("git push {left}'{right}'"), format!("git push \"{left}\"{right}"), format!("git push {left}\\{right}"),
            format!("git push {left}\\\n{right}"), format!("git push $'{left}'\"{right}\""), format!("X={left}; git push ${{X}}{right}"),
        ] {
            prop_assert!(matches!(said(&line), Judgement::Deny(_)), "{}", line);
        }
    }
}

/// The grammar may end a here-document in the midst of a letter.
#[test]
fn a_document_that_ends_within_a_letter() {
    for line in
        ["cat <<xx\n\u{fffd}\n", "git commit -F - <<\u{e9}\n\u{fffd}.\nx", " <<\0\0\0 \0\n\u{fffd}\u{fffd}\0\n\0"]
    {
        let _ = said(line);
    }
}
