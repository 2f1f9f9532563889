//! `ci-guard verdict parse` and `merge` as workflows use them: real files, folders of artifacts and pipes, real exit codes.

use crate::support::{BINARY, Ended, Sandbox, ended, feed};
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Stdio};

struct Desk {
    sandbox: Sandbox,
}

impl Desk {
    fn new() -> Desk {
        Desk { sandbox: Sandbox::new() }
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Desk {
        let path = self.sandbox.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn answer(&self, agent: &str, verdict: &str) -> &Desk {
        self.file(&format!("{agent}.json"), json!({ "agent": agent, "verdict": verdict }).to_string())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.sandbox.command(BINARY);
        command.arg("verdict").args(args).stdin(Stdio::null());
        command
    }

    fn verdict(&self, args: &[&str]) -> Ended {
        ended(self.command(args).output().unwrap())
    }

    fn reading(&self, args: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
        feed(&mut self.command(args), stdin.as_ref())
    }

    /// Exit code and verdict of a merge.
    #[track_caller]
    fn merges(&self, args: &[&str], code: i32, verdict: &str) -> Value {
        let ended = self.verdict(&[&["merge", "--no-record", "--format", "json"], args].concat());
        let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"));
        assert_eq!((ended.code, &told["verdict"]), (Some(code), &json!(verdict)), "{args:?}: {ended:#?}");
        told
    }

    /// Exit code and verdict of a text.
    #[track_caller]
    fn parses(&self, args: &[&str], text: impl AsRef<[u8]>, code: i32, verdict: &str) -> Value {
        let ended = self.reading(&[&["parse", "--format", "json"], args].concat(), text);
        assert_eq!(ended.stdout.lines().count(), 1, "{ended:#?}");
        let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"));
        assert_eq!((ended.code, &told["verdict"]), (Some(code), &json!(verdict)), "{args:?}: {ended:#?}");
        told
    }
}

#[test]
fn the_last_line_decides_the_exit_code() {
    let desk = Desk::new();
    for (text, code, verdict) in [
        ("# Review\n\nFine.\n\n**VERDICT:** PASS\n", 0, "PASS"),
        ("VERDICT: PASS\n\nVERDICT: WARN - two remarks\n", 0, "WARN"),
        ("VERDICT: DEGRADED\n", 0, "DEGRADED"),
        ("VERDICT: PASS\nVERDICT: CRITICAL_FAIL\n", 1, "CRITICAL_FAIL"),
        ("VERDICT: INFRA_FAIL\n", 3, "INFRA_FAIL"),
        ("VERDICT: PASS|WARN|CRITICAL_FAIL\n", 3, "INFRA_FAIL"),
        ("> VERDICT: PASS\n", 3, "INFRA_FAIL"),
        ("```\nVERDICT: PASS\n```\n", 3, "INFRA_FAIL"),
        ("connection reset by peer\n", 3, "INFRA_FAIL"),
        ("", 3, "INFRA_FAIL"),
    ] {
        desk.parses(&[], text, code, verdict);
    }
    desk.parses(&["--exit-code", "0"], "VERDICT: PASS", 0, "PASS");
    desk.parses(&["--exit-code", "1"], "VERDICT: PASS", 3, "INFRA_FAIL");
    desk.parses(&["--exit-code", "-1"], "VERDICT: WARN", 3, "INFRA_FAIL");
    desk.parses(&["--exit-code", "3221225477"], "VERDICT: PASS", 3, "INFRA_FAIL");
    desk.parses(&["--exit-code", "1"], "VERDICT: CRITICAL_FAIL", 1, "CRITICAL_FAIL");
    desk.parses(&["--failure-type", "INFRA"], "VERDICT: CRITICAL_FAIL", 3, "INFRA_FAIL");
    desk.parses(&["--failure-type", "NONE"], "VERDICT: PASS", 0, "PASS");
    let told = desk.parses(&["--agent", "qa", "--retry-count", "2"], "VERDICT: PASS - fine", 0, "PASS");
    assert_eq!((&told["agent"], &told["retry_count"], &told["message"]), (&json!("qa"), &json!(2), &json!("fine")));
}

#[test]
fn a_file_stands_for_its_reviewer_even_if_it_is_not_there() {
    let desk = Desk::new();
    desk.file("security.md", "VERDICT: PASS\n").file("bad.txt", b"\xff\xfe\x00V\x00E");
    fs::create_dir(desk.sandbox.path("folder")).unwrap();
    for (file, code, agent) in
        [("security.md", 0, "security"), ("bad.txt", 3, "bad"), ("absent.txt", 3, "absent"), ("folder", 3, "folder")]
    {
        let ended = desk.verdict(&["parse", "--format", "json", file]);
        let told: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((ended.code, &told["agent"]), (Some(code), &json!(agent)), "{ended:#?}");
    }
}

#[test]
fn the_fold_decides_the_exit_code() {
    let desk = Desk::new();
    desk.answer("p", "PASS").answer("w", "WARN").answer("i", "INFRA_FAIL").answer("d", "DEGRADED").answer("c", "FAIL");
    desk.answer("odd", "LGTM");
    for (files, code, verdict) in [
        (&[][..], 3, "INFRA_FAIL"),
        (&["p.json"], 0, "PASS"),
        (&["p.json", "w.json"], 0, "WARN"),
        (&["w.json", "i.json"], 0, "DEGRADED"),
        (&["p.json", "odd.json"], 0, "DEGRADED"),
        (&["d.json"], 0, "DEGRADED"),
        (&["i.json", "i.json"], 3, "INFRA_FAIL"),
        (&["odd.json"], 3, "INFRA_FAIL"),
        (&["p.json", "i.json", "c.json"], 1, "CRITICAL_FAIL"),
        (&["p.json", "i.json", "--strict"], 3, "DEGRADED"),
        (&["p.json", "w.json", "--strict"], 0, "WARN"),
        (&["c.json", "i.json", "--strict"], 1, "CRITICAL_FAIL"),
        (&["p.json", "--required", "p"], 0, "PASS"),
        (&["p.json", "i.json", "--required", "p"], 0, "DEGRADED"),
        (&["p.json", "i.json", "--required", "i"], 3, "DEGRADED"),
        (&["p.json", "--required", "p,absent"], 3, "DEGRADED"),
        (&["p.json", "--required", "P"], 3, "DEGRADED"),
        (&["c.json", "--required", "absent"], 1, "CRITICAL_FAIL"),
        (&["--required", "absent"], 3, "INFRA_FAIL"),
    ] {
        desk.merges(files, code, verdict);
    }
    assert_eq!(desk.verdict(&["merge", "--format", "xml"]).code, Some(2));
    for required in ["", ",,", " ", "p,"] {
        let ended = desk.verdict(&["merge", "--no-record", "--required", required, "p.json"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{required:?}: {ended:#?}");
        assert!(ended.stderr.contains("a name is empty, and requires nobody: is a variable unset?"), "{ended:#?}");
    }
}

#[test]
fn a_wrapper_that_gave_up_on_the_network_fails_nobodys_work() {
    let desk = Desk::new();
    desk.answer("qa", "PASS");
    desk.file(
        "sec.json",
        r#"{"agent": "sec", "verdict": "CRITICAL_FAIL", "failure_type": "INFRA", "retry_count": 2, "message": "socket hang up"}"#,
    );
    desk.merges(&["qa.json", "sec.json"], 0, "DEGRADED");
    desk.merges(&["qa.json", "sec.json", "--required", "sec"], 3, "DEGRADED");
    desk.merges(&["sec.json"], 3, "INFRA_FAIL");
}

#[test]
fn what_cannot_be_read_is_a_reviewer_that_did_not_run() {
    let desk = Desk::new();
    desk.answer("p", "PASS")
        .file("empty.json", "")
        .file("broken.json", "{\"agent\": \"x\", \"verd")
        .file("bin.json", b"\0\xff");
    fs::create_dir_all(desk.sandbox.path("folder/odd.json")).unwrap();
    for file in ["empty.json", "broken.json", "bin.json", "absent.json"] {
        desk.merges(&["p.json", file], 0, "DEGRADED");
        desk.merges(&["p.json", file, "--required", file.strip_suffix(".json").unwrap()], 3, "DEGRADED");
        desk.merges(&[file], 3, "INFRA_FAIL");
    }
}

#[test]
fn a_folder_stands_for_its_answers_and_those_of_its_artifacts() {
    let desk = Desk::new();
    desk.file("all/one.json", r#"{"agent": "one", "verdict": "PASS"}"#)
        .file("all/review-two/answer.jsonl", "{\"agent\": \"two\", \"verdict\": \"WARN\"}\n{\"verdict\": \"PASS\"}\n")
        .file("all/review-two/log.txt", "VERDICT: FAIL\n")
        .file("all/.hidden.json", "oops")
        .file("all/a/b/too-deep.json", r#"{"verdict": "FAIL"}"#);
    desk.merges(&["all"], 0, "WARN");
    desk.merges(&["all", "--required", "one,two,review-two/answer"], 0, "WARN");
    desk.file("all/broken/answer.JSON", "oops");
    desk.merges(&["all"], 0, "DEGRADED");
    fs::create_dir(desk.sandbox.path("none")).unwrap();
    desk.merges(&["none"], 3, "INFRA_FAIL");
    desk.merges(&["none", "all/one.json"], 0, "PASS");
}

#[test]
fn an_answer_that_lies_too_deep_is_told() {
    let desk = Desk::new();
    desk.file("all/a/one.json", r#"{"verdict": "PASS"}"#).file("all/a/b/c/log.txt", "x");
    let merge = |folder: &str| desk.verdict(&["merge", "--no-record", folder]);
    assert_eq!(merge("all").stderr, "");
    desk.file("all/a/b/c/deep.json", r#"{"verdict": "FAIL"}"#);
    let ended = merge("all");
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert!(ended.stderr.starts_with("ci-guard: ") && ended.stderr.contains("deep.json is not read: "), "{ended:#?}");
    assert_eq!((merge("all/a").code, merge("all/a/b").code), (Some(0), Some(1)));
}

#[test]
fn what_is_too_large_is_a_reviewer_that_did_not_review() {
    let desk = Desk::new();
    let large = " ".repeat((16 << 20) + 1);
    desk.answer("p", "PASS").file("large.json", &large);
    let told = desk.parses(&[], &large, 3, "INFRA_FAIL");
    assert_eq!(told["reason"], "standard input is larger than 16 MiB");
    let ended = desk.reading(&["merge", "--no-record", "--format", "json", "-", "p.json"], &large);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (ended.code, &told["verdict"], &told["not_run"]),
        (Some(0), &json!("DEGRADED"), &json!(["standard input"]))
    );
    assert_eq!(told["next_actions"][0]["agent"], Value::Null);
    let told = desk.merges(&["large.json"], 3, "INFRA_FAIL");
    assert_eq!(told["agents"][0]["reason"], "large.json: it is larger than 16 MiB");
    let told = desk.merges(&["absent.json"], 3, "INFRA_FAIL");
    assert_eq!(told["agents"][0]["reason"], "absent.json: there is no such file");
}

#[test]
fn answers_come_through_a_pipe_too() {
    let desk = Desk::new();
    desk.answer("p", "PASS");
    for (text, code) in [("{\"verdict\": \"FAIL\"}", 1), ("[{\"verdict\": \"WARN\"}]", 0), ("", 0)] {
        let ended = desk.reading(&["merge", "--no-record", "-", "p.json"], text);
        assert_eq!(ended.code, Some(code), "{ended:#?}");
    }
    assert_eq!(desk.reading(&["merge", "--no-record", "-"], "").code, Some(3));
}

#[test]
fn one_command_feeds_the_other() {
    let desk = Desk::new();
    for (agent, text) in
        [("a", "VERDICT: PASS"), ("b", "VERDICT: WARN (x)"), ("c", "no verdict"), ("d", "VERDICT: FAIL")]
    {
        let told = desk.reading(&["parse", "--agent", agent, "--format", "json"], text);
        desk.file(&format!("{agent}.json"), told.stdout);
    }
    let panel = |files: &[&str], to: &str| {
        let ended = desk.verdict(&[&["merge", "--no-record", "--format", "json"], files].concat());
        desk.file(to, &ended.stdout);
        (ended.code, serde_json::from_str::<Value>(&ended.stdout).unwrap()["verdict"].clone())
    };
    for (first, second, together) in [
        (&["a.json", "b.json"][..], &["c.json"][..], (Some(0), json!("DEGRADED"))),
        (&["a.json", "c.json"], &["b.json"], (Some(0), json!("DEGRADED"))),
        (&["c.json"], &["c.json"], (Some(3), json!("INFRA_FAIL"))),
        (&["a.json"], &["c.json", "d.json"], (Some(1), json!("CRITICAL_FAIL"))),
        (&["a.json"], &["b.json"], (Some(0), json!("WARN"))),
    ] {
        assert_eq!(panel(&[first, second].concat(), "all.json"), together);
        panel(first, "first.json");
        panel(second, "second.json");
        assert_eq!(panel(&["first.json", "second.json"], "both.json"), together, "{first:?} {second:?}");
        assert_eq!(panel(&["both.json"], "again.json"), together);
    }
}

#[test]
fn secrets_and_terminal_commands_of_a_reviewer_stay_behind() {
    let desk = Desk::new();
    let secret = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
    let key: String = ["qX7Zp+", "0mR/4kT"].concat().repeat(5)[..64].to_owned();
    for text in [
        format!("MESSAGE: {}{secret}\nVERDICT: {}{secret}\n", "x".repeat(1980), "y".repeat(50)),
        format!("# -----BEGIN RSA PRIVATE KEY-----\n{key}\n{key}\n-----END RSA PRIVATE KEY-----\n\nVERDICT: SOON\n"),
        json!({"agent": format!("a {secret}"), "verdict": secret, "message": format!("{} {secret}", "x".repeat(1985)),
            "findings": [{"path": format!("{}/{secret}", "p".repeat(985)), "rule": secret, "severity": secret}]})
        .to_string(),
    ] {
        let name = format!("{secret}.json");
        desk.file(&name, &text);
        for args in [
            &["parse", "--format", "json", &name][..],
            &["parse", "--agent", &secret, &name],
            &["merge", "--no-record", "--format", "json", &name],
            &["merge", "--no-record", "--required", &secret, &name, &format!("no-{secret}.json")],
        ] {
            let ended = desk.verdict(args);
            let told = format!("{}{}", ended.stdout, ended.stderr);
            assert!(!told.contains(&secret[..14]) && !told.contains(&key[..20]), "{args:?}: {told}");
        }
    }
    // Who is required is found by a name that has lost its secret.
    desk.file("named.json", json!({"agent": secret, "verdict": "PASS"}).to_string());
    desk.merges(&["named.json", "--required", &secret], 0, "PASS");
    desk.file(
        "again.json",
        json!({"schema": "ci-guard/verdict/v1", "verdict": "DEGRADED", "agents": [{"agent": "a", "verdict": "PASS"}],
        "not_run": [secret], "required_missing": [secret]})
        .to_string(),
    );
    let told = desk.merges(&["again.json"], 3, "DEGRADED");
    assert!(!told.to_string().contains(&secret[..14]), "{told}");

    let text = format!("MESSAGE: found {secret} \u{1b}]0;x\u{7}\u{202e}\n\nVERDICT: {secret}\n");
    for format in ["human", "json"] {
        let ended = desk.reading(&["parse", "--format", format], &text);
        assert_eq!(ended.code, Some(3), "{ended:#?}");
        assert!(!ended.stdout.contains(&secret[4..]), "{ended:#?}");
        assert!(!ended.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{ended:#?}");
    }
}
