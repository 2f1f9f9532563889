//! What holds for any text, and for any line of the table in other clothes.

use super::cases::table;
use super::{Judgement, Protected, Shell, judge, judge_edit};
use proptest::prelude::*;

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
fn a_denial_says_what_to_do() {
    let table = [
        ("git push --no-verify origin main", "git push origin main"),
        ("git commit -anm 'a b'", "git commit -am 'a b'"),
        ("git -c core.hooksPath=/dev/null -C x push", "git -C x push"),
        ("HUSKY=0 git commit -m x", "git commit -m x"),
        ("git push --no-verify $X", "git push"),
        ("git send-pack o main", "git push"),
        ("git commit --no-verify -F - <<'EOF'\nm\nEOF", "git commit -F -"),
        ("git config alias.x 'push -q --no-verify'", "git push -q"),
    ];
    for (line, instead) in table {
        let Judgement::Deny(finding) = said(line) else { panic!("{line}") };
        assert_eq!(finding.instead, instead, "{line}");
        assert_eq!(said(&finding.instead), Judgement::Silent);
    }
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
