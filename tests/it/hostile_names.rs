//! Names and attributes chosen by whoever is judged: printed so that they do nothing, matched so that they cost little.

use crate::support::{CONFLICT, Ended, Repo, Sandbox};
use std::fmt::Write;

/// Names as bytes, each with how people see it and how JSON has it.
const NAMES: [(&[u8], &str, &str); 12] = [
    (b"new\nline", "new\\nline", "new\nline"),
    (b"return\r", "return\\r", "return\r"),
    (b"\x1b[31mred\x07", "\\x1b[31mred\\x07", "\x1b[31mred\x07"),
    (b"latin-\xe9", "latin-\\xe9", "latin-\\xe9"),
    (b"::error::x", "\\x3a:error::x", "::error::x"),
    (b" ::error::y", " \\x3a:error::y", " ::error::y"),
    (b"##[error]z", "#\\x23[error]z", "##[error]z"),
    (b"-rf", "-rf", "-rf"),
    (b"it's $(reboot) `x`", "it's $(reboot) `x`", "it's $(reboot) `x`"),
    (b"tab\tquote\"", "tab\\tquote\"", "tab\tquote\""),
    ("\u{202e}right-to-left".as_bytes(), "\\u{202e}right-to-left", "\u{202e}right-to-left"),
    ("größe/日本.txt".as_bytes(), "größe/日本.txt", "größe/日本.txt"),
];

/// A commit on top of `main` with one conflict under each of these names, each with its own label.
fn with_names(repo: &Repo) -> String {
    let mut stream =
        b"commit refs/heads/x\ncommitter C <c> 1 +0000\ndata <<E\n\x1b[2J::error::subject\nE\nfrom refs/heads/main\n"
            .to_vec();
    for (name, ..) in NAMES {
        let quoted: String = name.iter().map(|byte| format!("\\{byte:03o}")).collect();
        let content =
            [b"<<<<<<< ", name.split(|&c| c == b'\n').next().unwrap(), b"\n=======\n>>>>>>> ::set-output::\x1b]0;\n"]
                .concat();
        writeln!(StreamText(&mut stream), "M 100644 inline \"{quoted}\"\ndata {}", content.len()).unwrap();
        stream.extend(content);
        stream.push(b'\n');
    }
    repo.import(stream);
    repo.rev("x")
}

struct StreamText<'s>(&'s mut Vec<u8>);

impl Write for StreamText<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Nothing that a terminal or a CI runner would obey, but for the commands that the format is made of.
#[track_caller]
fn harmless(text: &str, commands: &[&str]) {
    for line in text.split('\n') {
        let invisible = |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!line.contains(invisible), "{line:?}");
        let start = line.trim_start();
        assert!(!start.starts_with("::") || commands.iter().any(|command| start.starts_with(command)), "{line:?}");
        assert!(!line.contains("##[") && !line.contains("##vso["), "{line:?}");
    }
}

#[test]
fn names_do_nothing_in_any_format() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    let tip = with_names(&repo);
    let check = |format: &str| -> Ended {
        let ended = repo.ci_guard(&["check", "x", "--format", format]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""), "{ended:?}");
        ended
    };
    let human = repo.pre_push(&format!("\x1b]0; {tip} refs/heads/x {}\n", "0".repeat(40)));
    human.says(1, &["push stopped: 12 findings."]);
    for text in [&human.stderr, &check("human").stdout] {
        harmless(text, &[]);
        for (_, seen, _) in NAMES {
            assert!(text.contains(&format!("--> {seen}:1")), "{seen} is missing: {text}");
        }
    }
    let json = check("json");
    harmless(&json.stdout, &[]);
    let report = json.report();
    let paths: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["path"].as_str().unwrap()).collect();
    for (.., path) in NAMES {
        assert!(paths.contains(&path), "{path:?} is missing: {paths:?}");
    }
    let lines = check("jsonl");
    harmless(&lines.stdout, &[]);
    assert_eq!(lines.stdout.lines().count(), NAMES.len() + 1 + report["skipped"].as_array().unwrap().len());
    for line in lines.stdout.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    let sarif = check("sarif").stdout;
    harmless(&sarif, &[]);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), NAMES.len());
    let github = check("github");
    harmless(&github.stdout, &["::error file=", "::warning", "::notice"]);
    assert_eq!(github.stdout.matches("::error file=").count(), NAMES.len());
    // On a terminal, with colours: only those sequences that are ours.
    let colours = repo.ci_guard(&["--color", "always", "check", "x"]);
    for escape in colours.stdout.split('\x1b').skip(1) {
        let end = escape.find('m').expect("a colour ends in m");
        assert!(escape[1..end].chars().all(|c| c.is_ascii_digit() || c == ';'), "{escape:?}");
    }
}

#[test]
fn hints_can_be_pasted() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    with_names(&repo);
    repo.git(&["checkout", "-q", "-f", "x"]);
    let human = repo.ci_guard(&["check"]).stdout;
    for word in ["git add -- '-rf' ", "git add -- 'it'\\''s $(reboot) `x`' "] {
        assert!(human.contains(word), "{word}: {human}");
    }
}

#[test]
fn refs_and_urls_do_nothing_either() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.git(&["checkout", "-q", "-b", "x"]);
    let tip = repo.commit("bad", &[("f.txt", CONFLICT)]);
    let name = "refs/heads/::error::\u{202e}'$(reboot)'";
    let line = format!("x {tip} {name} {0}\ny {tip} refs/heads/##[error] {0}\n", "0".repeat(40));
    let ended = repo.ci_guard_reading(&["hook", "pre-push", "::x\n::error::", "\x1b[2J"], line.as_bytes());
    ended.says(1, &["--> f.txt:1"]);
    harmless(&ended.stderr, &[]);
    let report = repo.ci_guard(&["check", "no\x1b[2J\n::error::such", "--format", "json"]);
    assert_eq!(report.report()["verdict"], "undecided");
    harmless(&report.stdout, &[]);
    harmless(&repo.ci_guard(&["check", "--policy", "/no\x1b[2J\n::error::such"]).stdout, &[]);
    harmless(&repo.ci_guard(&["-C", "/no\x1b[2J\n::error::such", "check"]).stderr, &[]);
    harmless(&repo.ci_guard(&["check", "--range", "\x1b[2J..\n::error::"]).stdout, &[]);
    harmless(&repo.ci_guard(&["check", "--base", "\x1b[2J"]).stdout, &[]);
    // A base branch and a policy with such names.
    repo.git(&["config", "remote.::error::.url", "x"]);
    repo.policy("{\"base\": \"\\u001b[2J\", \"\\n::error::\": 1}");
    harmless(&repo.ci_guard(&["check"]).stdout, &[]);
    harmless(&repo.ci_guard(&["policy", "show"]).stdout, &[]);
    harmless(&repo.ci_guard(&["policy", "show", "--format", "json"]).stdout, &[]);
}

#[test]
fn attributes_that_would_take_for_ever() {
    let sandbox = Sandbox::new();
    let repo = sandbox.clone_of_a_remote();
    repo.policy(r#"{"guard": {"time_limit_s": 10}}"#);
    let long = format!("{}/{}b", "a".repeat(200), "a".repeat(200));
    let patterns = [
        "*a".repeat(40),
        "a*".repeat(12),
        "**/".repeat(100) + "b",
        "**/a*".repeat(12),
        "*/".repeat(60) + "x",
        "[a-z]*".repeat(12),
        "?*".repeat(12),
        "{a,b}*".repeat(50),
        "[".repeat(5000),
        "a".repeat(100_000),
        "\"\\".to_owned(),
        "!".to_owned(),
        "[attr]x".to_owned(),
    ];
    for pattern in patterns {
        for value in ["conflict-marker-size=3", "ci-guard-markers=ignore"] {
            repo.git(&["checkout", "-q", "-B", "x", "main"]);
            repo.commit(
                "bad",
                &[(".gitattributes", &format!("{pattern} {value}\n")), (&long, CONFLICT), ("f.txt", CONFLICT)],
            );
            let ended = repo.pre_push_head("x");
            ended.says(1, &["--> f.txt:1", "push stopped: 2 findings."]);
        }
    }
    // Five million bytes of it, and macros that name each other.
    let mut vast = String::from("[attr]a b\n[attr]b a\n[attr]c c\n* a b c\n");
    for number in 0..100_000 {
        writeln!(vast, "dir{number}/*.x conflict-marker-size={} -text a b c", number % 40).unwrap();
    }
    repo.git(&["checkout", "-q", "-B", "x", "main"]);
    repo.commit("bad", &[(".gitattributes", &vast), ("f.txt", CONFLICT), ("dir39/a.x", &CONFLICT.replace('<', "<<"))]);
    repo.pre_push_head("x").says(1, &["--> f.txt:1"]);
}
