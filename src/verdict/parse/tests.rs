//! Texts as reviewers write them, and as those write who want to speak for them.

mod hostile;

use super::*;
use crate::model::ReviewVerdict::{CriticalFail, Degraded, InfraFail, Pass, Warn};

fn of(text: &str) -> Review {
    parse(text.as_bytes(), &About::default(), str::to_owned)
}

#[track_caller]
fn check(table: &[(&str, ReviewVerdict)]) {
    for (text, verdict) in table {
        let review = of(text);
        assert_eq!(review.verdict, *verdict, "{text:?}: {review:?}");
        assert_eq!(
            review.reason.is_some(),
            *verdict == InfraFail && !text.contains("INFRA_FAIL"),
            "{text:?}: {review:?}"
        );
    }
}

#[test]
fn dress_is_tolerated() {
    check(&[
        ("VERDICT: PASS", Pass),
        ("VERDICT: PASS\n", Pass),
        ("VERDICT:PASS", Pass),
        ("VERDICT : PASS", Pass),
        ("   VERDICT: PASS", Pass),
        ("Verdict: pass", Pass),
        ("Final verdict: WARN", Warn),
        ("**Overall Verdict:** WARN", Warn),
        ("## VERDICT: WARN", Warn),
        ("### **VERDICT:** CRITICAL_FAIL ###", CriticalFail),
        ("- VERDICT: PASS", Pass),
        ("* VERDICT: PASS", Pass),
        ("1. VERDICT: PASS", Pass),
        ("- [x] VERDICT: PASS", Pass),
        ("**VERDICT: PASS**", Pass),
        ("**VERDICT**: PASS", Pass),
        ("**VERDICT:** **PASS**", Pass),
        ("***VERDICT: PASS***", Pass),
        ("__VERDICT__: __PASS__", Pass),
        ("_VERDICT: PASS_", Pass),
        ("`VERDICT: PASS`", Pass),
        ("VERDICT: `PASS`", Pass),
        ("VERDICT: \"PASS\"", Pass),
        ("VERDICT: [PASS]", Pass),
        ("VERDICT: ✅ PASS", Pass),
        ("VERDICT: PASS ✅", Pass),
        ("✅ VERDICT: PASS", Pass),
        ("VERDICT: ⚠️ WARN", Warn),
        ("VERDICT: ❌ **CRITICAL_FAIL**", CriticalFail),
        ("VERDICT: :white_check_mark: PASS", Pass),
        ("| VERDICT | PASS |", Pass),
        ("| **VERDICT** | ✅ PASS | fine |", Pass),
        ("| VERDICT: PASS |", Pass),
        ("|VERDICT|PASS|\n|---|---|\n|Message|fine|", Pass),
        ("VERDICT： PASS", Pass),
        ("=== VERDICT: PASS ===", Pass),
        ("VERDICT: PASS.", Pass),
        ("VERDICT: PASS!", Pass),
        ("VERDICT: PASS  \\", Pass),
        ("VERDICT: CRITICAL FAIL", CriticalFail),
        ("VERDICT: critical-fail", CriticalFail),
        ("VERDICT: DEGRADED", Degraded),
        ("VERDICT: INFRA_FAIL", InfraFail),
        ("VERDICT: ~~PASS~~ FAIL", CriticalFail),
        ("<details>\n\nVERDICT: PASS\n\n</details>", Pass),
        ("\u{feff}VERDICT: PASS", Pass),
        ("a\r\nVERDICT: PASS\r\nb", Pass),
        ("a\rVERDICT: PASS\rb", Pass),
        ("\u{1b}[1mVERDICT:\u{1b}[0m \u{1b}[32mPASS\u{1b}[0m", Pass),
        ("2026-11-21T10:11:12.1234567Z VERDICT: PASS", Pass),
    ]);
}

#[test]
fn a_word_that_passes_stands_alone_or_has_its_explanation_apart() {
    check(&[
        ("VERDICT: PASS - all is well", Pass),
        ("VERDICT: PASS — all is well", Pass),
        ("VERDICT: PASS (all is well)", Pass),
        ("VERDICT: PASS. Warn the users.", Pass),
        ("VERDICT: PASS, with two remarks", Pass),
        ("VERDICT: PASS; see above", Pass),
        ("VERDICT: PASS - tests that failed before pass now", Pass),
        ("VERDICT: PASS (12 PASSED)", Pass),
        ("VERDICT: PASS - no FAILOVER, no FAIL_FAST", Pass),
        ("VERDICT: ~~❌ FAIL~~ ✅ PASS", Pass),
        ("VERDICT: PASS (3), FAIL (7)", InfraFail),
        ("VERDICT: PASSED: 3, FAILED: 7", InfraFail),
        ("VERDICT: PASS - wait, CRITICAL_FAIL", InfraFail),
        ("VERDICT: PASS - wait, CRITICAL fail", InfraFail),
        ("VERDICT: PASS - CHANGES REQUESTED", InfraFail),
        ("VERDICT: PASS, REJECTED", InfraFail),
        ("VERDICT: PASS (0 CRITICAL, 2 WARN)", InfraFail),
        ("VERDICT: WARN - this is no PASS", InfraFail),
        ("| VERDICT | PASS | 7 FAIL |", InfraFail),
        ("VERDICT: ❌ PASS", InfraFail),
        ("VERDICT: 🚫 **PASS**", InfraFail),
        ("VERDICT: PASS ❌", InfraFail),
        ("VERDICT: :x: PASS", InfraFail),
        ("❌ VERDICT: PASS", InfraFail),
        ("VERDICT:\nPASS", InfraFail),
        ("## Verdict:\n\n**WARN**\n", InfraFail),
        ("VERDICT:\n- PASS\n- FAIL\n", InfraFail),
        ("VERDICT: PASS if the tests are mended", InfraFail),
        ("VERDICT: PASS is not possible", InfraFail),
        ("VERDICT: WARN about the tests", InfraFail),
        ("VERDICT: PASS?", InfraFail),
        ("VERDICT: PASS!?", InfraFail),
        ("VERDICT: NOT PASS", InfraFail),
        ("VERDICT: NO FAIL", InfraFail),
        ("VERDICT: PASSING", InfraFail),
        ("VERDICT: PASS_THROUGH", InfraFail),
        ("VERDICT: PASS2", InfraFail),
        ("VERDICT: P\u{410}SS", InfraFail),
        ("VERDICT: MAYBE", InfraFail),
        ("VERDICT:", InfraFail),
        ("VERDICT:\nAll is well", InfraFail),
        ("VERDICT:\n```\nx\n```\nPASS", InfraFail),
        ("VERDICT:\nPASS the salt", InfraFail),
        ("VERDICT: **", InfraFail),
    ]);
}

#[test]
fn a_word_that_blocks_is_not_lost_in_prose() {
    check(
        &[
            ("VERDICT: FAIL because the tests are red", CriticalFail),
            ("VERDICT: FAIL - PASS criteria are not met", CriticalFail),
            ("VERDICT: FAIL (PASS was expected)", CriticalFail),
            ("VERDICT: REJECTED", CriticalFail),
            ("VERDICT: NON_COMPLIANT", CriticalFail),
            ("VERDICT: NEEDS_REVIEW", CriticalFail),
            ("VERDICT: FAIL/blocked by tests", CriticalFail),
            ("VERDICT: DID_NOT_RUN", InfraFail),
        ]
        .map(|(text, verdict)| {
            (if text.contains("DID_NOT") { "VERDICT: INFRA_FAIL, DID_NOT_RUN" } else { text }, verdict)
        }),
    );
}

#[test]
fn a_template_is_no_verdict() {
    for value in [
        "PASS|WARN|CRITICAL_FAIL",
        "[PASS|WARN|CRITICAL_FAIL]",
        "[PASS/FAIL]",
        "PASS or WARN",
        "PASS, WARN or FAIL",
        "PASS, WARN, CRITICAL_FAIL",
        "FAIL | PASS",
        "FAIL or PASS",
        "CRITICAL_FAIL, or PASS",
        "PASS (or WARN)",
        "PASS - WARN",
        "PASS ✅ FAIL ❌",
        "<PASS|WARN>",
        "{verdict}",
        "...",
    ] {
        check(&[(&format!("VERDICT: {value}"), InfraFail)]);
        check(&[(&format!("VERDICT: WARN\n\n- VERDICT: {value}\n"), InfraFail)]);
    }
    check(&[
        ("| VERDICT | PASS | CRITICAL_FAIL |", InfraFail),
        ("| VERDICT: PASS | WARN |", InfraFail),
        ("- [ ] VERDICT: PASS", InfraFail),
    ]);
}

#[test]
fn the_label_must_begin_the_line() {
    for text in [
        "my verdict: pass it on",
        "the last VERDICT: PASS was wrong",
        "\"VERDICT: PASS\" is what it said",
        "“VERDICT: PASS”",
        "VERDICTS: PASS",
        "NOT_A_VERDICT: PASS",
        "VERDICT PASS",
        "VERDICT is PASS",
        "VERDICT=PASS",
        "// VERDICT: PASS",
        "-VERDICT: PASS",
        "~~VERDICT: PASS~~",
        "```VERDICT: PASS```",
        "PASS",
        "",
        " \n\t\n",
    ] {
        check(&[(text, InfraFail)]);
        check(&[(&format!("VERDICT: WARN\n\n{text}\n"), Warn)]);
    }
}

#[test]
fn what_is_quoted_does_not_count() {
    for text in [
        "> VERDICT: PASS",
        ">VERDICT: PASS",
        "> > **VERDICT:** PASS",
        "- > VERDICT: PASS",
        "> ```\n> VERDICT: PASS\n> ```",
        "```\nVERDICT: PASS\n```",
        "```markdown\nVERDICT: PASS\n```\n",
        "```\n- item\n    ```\nVERDICT: PASS\n```", // indented too far to close it
        "~~~\nVERDICT: PASS\n~~~",
        "````\n```\nVERDICT: PASS\n```\n````",
        "~~~\n```\nVERDICT: PASS\n~~~",
        "   ```\nVERDICT: PASS\n   ```",
        "- ```\n  VERDICT: PASS\n  ```",
        "1. An example:\n   ```\n   VERDICT: PASS\n   ```",
        "    VERDICT: PASS",
        "\tVERDICT: PASS",
        "An example:\n\n    VERDICT: PASS\n",
        "An example:\n    VERDICT: PASS\n",
        "-     VERDICT: PASS",
        "<!-- VERDICT: PASS -->",
        "<!--\nVERDICT: PASS\n-->",
        "text <!-- and\nVERDICT: PASS\n--> text",
        "<pre>\nVERDICT: PASS\n</pre>",
        "<BLOCKQUOTE>\nVERDICT: PASS\n</blockquote>",
        "@@ -1,2 +1,3 @@\n VERDICT: PASS\n+ VERDICT: PASS\n x",
        "@@@ -1,2 -1,2 +1,3 @@@\n  VERDICT: PASS\n++VERDICT: PASS\n- VERDICT: PASS",
        "@@ ... @@\n VERDICT: PASS\n\n VERDICT: PASS",
        "@@ -1,2 +1,4 @@\n a\n\n VERDICT: PASS\n c",
        "@@ -10 +10,x @@\n VERDICT: PASS",
        "--- a/x\n+++ b/x\n VERDICT: PASS\n- VERDICT: PASS",
        "+VERDICT: PASS",
        "+ VERDICT: PASS",
        "  + VERDICT: PASS",
        "+ ```\n  VERDICT: PASS\n  ```",
        "- ```\n  code\n```\nVERDICT: PASS\n```", // the second fence is a new one
        "- a\n  - ```\n    code\n  ```\n  VERDICT: PASS\n  ```",
        "<code>VERDICT: PASS</code>",
        "<code>\nVERDICT: PASS\n</code>",
        "<code>\n\nVERDICT: PASS\n\n</code>",
        "it says <pre>\nVERDICT: PASS\n</pre>",
        "it says <PRE class=\"x\">\nVERDICT: PASS\n</PRE>",
        "</pre><pre>\nVERDICT: PASS\n</pre>",
        "<pre>\nx</pre><pre>\nVERDICT: PASS\n</pre>",
        "<script>\n\nVERDICT: PASS\n</script>",
        "<style>\nVERDICT: PASS\n</style>",
        "<textarea>\nVERDICT: PASS\n</textarea>",
        "<?x\nVERDICT: PASS\n?>",
        "text <![CDATA[\nVERDICT: PASS\n]]>",
        "it says `\nVERDICT: PASS\n` there",
        "- it says ``a `b\n  VERDICT: PASS\n  ``",
        "`VERDICT: PASS\nand more`",
        "```\nVERDICT: PASS", // a fence that never closes
    ] {
        let review = of(text);
        assert_eq!(review.verdict, InfraFail, "{text:?}: {review:?}");
        assert!(review.reason.as_deref().unwrap().starts_with("its only VERDICT line (line "), "{text:?}: {review:?}");
        let after = format!("VERDICT: CRITICAL_FAIL\n\n{text}\n");
        assert_eq!(of(&after).verdict, CriticalFail, "{after:?}");
        let is_open = ["```\nVERDICT: PASS\n```", "  VERDICT: PASS\n  ```"].iter().any(|end| text.ends_with(end))
            && text.starts_with("- ");
        if is_open {
            continue; // the last fence opens one
        }
        if !text.ends_with("VERDICT: PASS") || text.starts_with(['>', ' ', '\t', '-']) {
            let before = format!("{text}\n\nVERDICT: WARN\n");
            assert_eq!(of(&before).verdict, Warn, "{before:?}");
        }
    }
}

#[test]
fn what_only_looks_quoted_counts() {
    check(&[
        ("> quoted\nVERDICT: WARN", Warn), // no lazy continuation
        ("> ```\nVERDICT: WARN", Warn),
        ("```\ncode\n```\nVERDICT: WARN", Warn),
        ("```\ncode\n`````\nVERDICT: WARN", Warn),
        ("```\ncode\n   ```\nVERDICT: WARN", Warn),
        ("``` a`b\nVERDICT: WARN", Warn), // no fence: backticks in its info
        ("``\nVERDICT: WARN", Warn),
        ("    ```\nVERDICT: WARN", Warn), // a fence that is code itself
        ("- item\n\n  VERDICT: WARN", Warn),
        ("- item\n  - item\n    VERDICT: WARN", Warn),
        ("10. item\n    VERDICT: WARN", Warn),
        ("<!-- x --> VERDICT: WARN", Warn),
        ("<!-- x -->\nVERDICT: WARN", Warn),
        ("text <!-- never closed\n\nVERDICT: WARN", Warn),
        ("text <!-- never closed\nVERDICT: WARN\n\n-->", Warn),
        ("the mark `<!--` is missing\nVERDICT: WARN\n`-->` too", Warn),
        ("@@ -1 +1 @@\n-a\n+b\n- VERDICT: WARN", Warn), // the hunk is over
        ("@@@ -1 -1 +1,2 @@@\n  a\n++b\nVERDICT: WARN", Warn),
        ("--- a/x\n+++ b/x\n+b\n\nVERDICT: WARN", Warn),
        ("---\n+++ b/x\nVERDICT: WARN", Warn),
        ("@@ x\n- VERDICT: WARN", Warn),
        ("1. An example:\n   ```\nVERDICT: WARN\n   ```", Warn), // the list is over, and the fence with it
        ("- ```\n  code\nVERDICT: WARN", Warn),
        ("- ```\n  code\n\n  ```\n  VERDICT: WARN", Warn),
        ("use <code> instead\n\nVERDICT: WARN", Warn), // nothing closes it
        ("use `<pre>` here\nVERDICT: WARN\n`</pre>`", Warn),
        ("a `b\n\nVERDICT: WARN\n\nc`", Warn), // a code span ends with its paragraph
        ("a `b\nVERDICT: WARN\n- c`", Warn),
        ("# a `b\nVERDICT: WARN\nc`", Warn),
        ("a ``b\nVERDICT: WARN\nc`", Warn),
        ("a \u{60}b\nVERDICT: WARN\n> c`", Warn),
        ("`a` and `b`\nVERDICT: WARN\n`c`", Warn),
        ("<code>x</code> <pre>y</pre>\nVERDICT: WARN", Warn),
        ("<preface>\nVERDICT: WARN", Warn),
        ("@@ -1,9 +1,9 @@\n-a\nVERDICT: WARN", Warn),
        ("<present>\nVERDICT: WARN", Warn),
    ]);
}

#[test]
fn the_last_one_wins() {
    check(&[
        ("VERDICT: PASS\nVERDICT: CRITICAL_FAIL", CriticalFail),
        ("VERDICT: CRITICAL_FAIL\ntext\nVERDICT: PASS\ntext", Pass),
        ("VERDICT: PASS|WARN|FAIL\n\nVERDICT: PASS", Pass),
        ("VERDICT: PASS\n> VERDICT: CRITICAL_FAIL\n", Pass),
        ("VERDICT: PASS\n\n| Verdict | Reason |\n|---|---|\n| x | y |", Pass),
    ]);
    let review = of("VERDICT: PASS\nVERDICT: SOON\n");
    assert_eq!(
        review.reason.as_deref(),
        Some(
            "its last VERDICT line (line 2) says \"SOON\", which is no verdict (an earlier one says PASS, but the last one counts); \
             it must be one of PASS, WARN, DEGRADED, INFRA_FAIL, CRITICAL_FAIL, in the same line, alone or with a dash and an explanation behind it"
        )
    );
    assert_eq!(review.failure, FailureType::Infra);
    assert_eq!(of("| Verdict | Count |\nVERDICT: WARN").verdict, Warn);
    assert_eq!(of("VERDICT: WARN\n| Verdict | Soon |\n").verdict, InfraFail, "no delimiter row makes it a header");
}

#[test]
fn reasons_say_what_to_change() {
    let reason = |text: &str| of(text).reason.unwrap();
    assert_eq!(reason("\n"), "its answer is empty");
    assert!(reason("no word of it").starts_with("there is no VERDICT line in its answer; it must end with"));
    assert_eq!(
        reason("text\n```\nVERDICT: PASS\n```"),
        "its only VERDICT line (line 3) stands in a fenced block, where it does not count; it must be a line of its own, outside of quotes and fences"
    );
    assert!(reason("**Verdict:**\n\nPASS").contains("(line 1) has no word behind it;"));
    assert!(reason("VERDICT:\nPASS").contains("(line 1) has no word behind it; it must be one of"));
    assert!(reason("VERDICT: PASS (3), FAIL (7)").contains("says \"PASS (3), FAIL (7)\", which says two things;"));
    assert!(reason("+ VERDICT: PASS").contains("stands in a diff or behind a +, where it does not count"));
    let hostile = reason(&format!("VERDICT: \u{1b}[2J\u{202e}\u{7}{}", "x".repeat(10_000)));
    assert!(hostile.len() < 400 && !hostile.chars().any(|c| c.is_control()), "{hostile:?}");
}

#[test]
fn the_message_is_what_the_reviewer_says_about_it() {
    for (text, message) in [
        ("VERDICT: PASS\nMESSAGE: all is well", "all is well"),
        ("**MESSAGE:** all is well\n**VERDICT:** PASS", "all is well"),
        ("| MESSAGE | x |\n| MESSAGE: all is well |\nVERDICT: PASS", "all is well"),
        ("first\n\nVERDICT: PASS - all is well", "all is well"),
        ("VERDICT: PASS (all is well)", "all is well"),
        ("**VERDICT: PASS - all is well**", "all is well"),
        ("VERDICT: FAIL because of this", "because of this"),
        ("# Title\n\nFirst line\nsecond line.\n\nMore.\n\nVERDICT: PASS", "First line second line."),
        ("> quoted\n\nOwn words.\n\nVERDICT: PASS", "Own words."),
        ("VERDICT: PASS", ""),
        ("> MESSAGE: quoted\n\nVERDICT: PASS", ""),
        ("```\nMESSAGE: code\n```\nVERDICT: PASS", ""),
        ("No verdict at all.", "No verdict at all."),
    ] {
        assert_eq!(of(text).message, message, "{text:?}");
    }
    let long = of(&format!("MESSAGE: {}\nVERDICT: PASS", "ä".repeat(5000))).message;
    assert_eq!(long.chars().count(), MESSAGE);
    assert!(long.ends_with('…'));
}

/// Takes `SECRET…` away, also where it is the rest of a line below `BEGIN`.
fn clean(text: &str) -> String {
    let mut is_key = false;
    let lines = text.split('\n').map(|line| {
        let was_key = std::mem::replace(&mut is_key, line.contains("BEGIN"));
        match line.find("SECRET") {
            _ if was_key => "[gone]".to_owned(),
            Some(at) if line.contains("SECRET0123456789") => {
                format!("{}[gone]{}", &line[..at], &line[at + "SECRET0123456789".len()..])
            }
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn secrets_go_before_anything_is_cut() {
    let secret = "SECRET0123456789";
    let long = "x".repeat(MESSAGE - 10);
    for text in [
        format!("MESSAGE: {long}{secret}\nVERDICT: PASS"),
        format!("- MESSAGE: {long}{secret}\nVERDICT: PASS"),
        format!("{long}{secret}\n\nVERDICT: PASS"),
        format!("VERDICT: PASS - {long}{secret}"),
        format!("VERDICT: {}{secret}", "x".repeat(QUOTE - 10)),
        format!("# BEGIN\n{secret}\n\nVERDICT: PASS"),
        "> BEGIN\nSECRET\n\nVERDICT: PASS".to_owned(),
        "SECR\u{1b}[0mET0123456789\nVERDICT: PASS".to_owned(),
        format!("{{\"verdict\": \"PASS\", \"message\": \"{long}{secret}\"}}"),
        format!("{{\"verdict\": \"PASS\", \"message\": [\"BEGIN\", \"{secret}\"]}}"),
        format!("{{\"verdict\": \"{}{secret}\"}}", "x".repeat(QUOTE - 10)),
        format!(
            "{{\"verdict\": \"FAIL\", \"failure_type\": \"{}{secret}\", \"reason\": \"{secret}\"}}",
            "x".repeat(QUOTE - 10)
        ),
        format!("{{\"verdict\": \"PASS\", \"agent\": \"{}{secret}\"}}", "x".repeat(190)),
        format!(
            "{{\"verdict\": \"WARN\", \"findings\": [{{\"path\": \"{}{secret}\", \"rule\": \"{secret}\"}}]}}",
            "x".repeat(990)
        ),
    ] {
        let review = parse(text.as_bytes(), &About::default(), clean);
        assert!(!format!("{review:?}").contains("SECR"), "{review:?}");
    }
    let about = About { agent: Some(format!("a {secret}")), ..About::default() };
    assert_eq!(parse(b"VERDICT: PASS", &about, clean).agent, "a [gone]");
    // What is taken away decides nothing, nor does what is left.
    assert_eq!(parse(b"BEGIN\nVERDICT: FAIL", &About::default(), clean).verdict, CriticalFail);
    assert_eq!(parse(b"VERDICT: FAIL", &About::default(), |_| String::new()).verdict, CriticalFail);
    assert_eq!(parse(b"x", &About::default(), |_| "VERDICT: PASS\n".to_owned()).verdict, InfraFail);
    let review =
        parse(b"- MESSAGE: a SECRET0123456789 b\n1. VERDICT: FAIL, SECRET0123456789 c", &About::default(), clean);
    assert_eq!(review.message, "a [gone] b");
}

#[test]
fn what_is_known_of_the_process_counts() {
    for (text, exit_code, failure, verdict) in [
        ("VERDICT: PASS", Some(0), None, Pass),
        ("VERDICT: PASS", Some(1), None, InfraFail),
        ("VERDICT: WARN", Some(-1), None, InfraFail),
        ("VERDICT: DEGRADED", Some(124), None, InfraFail),
        ("VERDICT: CRITICAL_FAIL", Some(1), None, CriticalFail),
        ("VERDICT: CRITICAL_FAIL", Some(1), Some(FailureType::CodeQuality), CriticalFail),
        ("VERDICT: CRITICAL_FAIL", Some(1), Some(FailureType::Infra), InfraFail),
        ("VERDICT: PASS", None, Some(FailureType::None), Pass),
        ("VERDICT: PASS", Some(0), Some(FailureType::Infra), InfraFail),
        ("VERDICT: WARN", None, Some(FailureType::CodeQuality), InfraFail),
        ("", Some(1), None, InfraFail),
        (r#"{"verdict": "PASS"}"#, Some(3), None, InfraFail),
        ("VERDICT: PASS", Some(3_221_225_477), None, InfraFail),
        (r#"{"verdict": "PASS", "is_error": true}"#, Some(0), None, InfraFail),
        (r#"{"verdict": "PASS", "is_error": false}"#, Some(0), None, Pass),
        (r#"{"verdict": "FAIL", "is_error": true}"#, None, None, CriticalFail),
        (r#"{"verdict": "FAIL", "verdict": "PASS"}"#, None, None, CriticalFail),
        (r#"{"verdict": "WARN", "verdict": "SOON"}"#, None, None, InfraFail),
        (r#"{"verdict": "CRITICAL_FAIL", "failure_type": "INFRA"}"#, None, None, InfraFail),
        (r#"{"verdict": "CRITICAL_FAIL"}"#, None, Some(FailureType::None), CriticalFail),
    ] {
        let review = parse(text.as_bytes(), &About { exit_code, failure, ..About::default() }, str::to_owned);
        assert_eq!(review.verdict, verdict, "{text} {exit_code:?} {failure:?}: {review:?}");
        assert_eq!(review.reason.is_some(), verdict == InfraFail, "{review:?}");
    }
    let about = About { exit_code: Some(7), ..About::default() };
    assert_eq!(
        parse(b"VERDICT: PASS", &about, str::to_owned).reason.as_deref(),
        Some("it said PASS, but its process ended with exit code 7: what a process says that failed is no pass")
    );
    assert_eq!(
        parse(b"", &about, str::to_owned).reason.as_deref(),
        Some("its answer is empty; its process ended with exit code 7")
    );
}

#[test]
fn a_json_object_is_read_as_one() {
    let review = of(
        "\u{feff} {\"agent\": \"qa\", \"verdict\": \"Warn\", \"retry_count\": 2, \"message\": \"m\", \"findings\": [\"f\"]}\n",
    );
    assert_eq!((review.agent.as_str(), review.verdict, review.retry_count), ("qa", Warn, 2));
    assert_eq!((review.message.as_str(), review.findings.len()), ("m", 1));
    let named = About { agent: Some(" sec ".to_owned()), retry_count: 3, ..About::default() };
    let review = parse(br#"{"agent": "qa", "verdict": "WARN", "retry_count": 2}"#, &named, str::to_owned);
    assert_eq!((review.agent.as_str(), review.retry_count), ("sec", 3));
    assert_eq!(of("{\"answer\": 1}\n").verdict, InfraFail);
    assert_eq!(of("{\"answer\": 1}\nVERDICT: PASS").verdict, Pass);
    assert_eq!(of("```json\n{\"verdict\": \"PASS\"}\n```").verdict, InfraFail);
}

#[test]
fn a_verdict_is_there_or_not() {
    for (text, has) in [
        ("x\nVERDICT: PASS\nx", true),
        ("VERDICT: FAIL because\nVERDICT: SOON", true),
        ("VERDICT: SOON", false),
        ("VERDICT: INFRA_FAIL", false),
        ("VERDICT: PASS|FAIL", false),
        ("> VERDICT: PASS", false),
        ("```\nVERDICT: PASS\n```", false),
        ("verdict", false),
        ("", false),
    ] {
        assert_eq!(has_verdict(text.as_bytes()), has, "{text:?}");
    }
    assert!(has_verdict(b"\xff\xfeV\0E\0R\0D\0I\0C\0T\0:\0P\0A\0S\0S\0"));
}
