//! What a policy file may say and what is wrong with it, as tables.

use super::*;
use crate::model::visible;
use proptest::prelude::*;

fn error(text: &str) -> String {
    parse(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn the_short_form_works_as_it_stands() {
    let text = br#"{"feature": "feature/TASK-1", "base": "main", "allowed": ["develop", "release/*"]}"#;
    let policy = parse(text).unwrap();
    assert_eq!(policy.feature.unwrap().text(), "feature/TASK-1");
    assert_eq!(policy.base.unwrap().text(), "main");
    assert_eq!(policy.allowed.iter().map(|pattern| pattern.text()).collect::<Vec<_>>(), ["develop", "release/*"]);
    assert_eq!(policy.foreign_commits, ForeignCommits::Block);
    assert_eq!(policy.time_limit, Duration::from_secs(20));
}

#[test]
fn every_key_is_read() {
    let policy = parse(
        br#"{"$schema": "x", "version": 1, "feature": "feature/*", "base": "upstream/main", "allowed": [],
             "foreign_commits": "warn", "conflict_markers": {"ignore": ["docs/**"]}, "guard": {"time_limit_s": 300}}"#,
    )
    .unwrap();
    assert!(policy.feature.unwrap().matches(b"feature/x"));
    assert_eq!(policy.base.unwrap().text(), "upstream/main");
    assert!(policy.allowed.is_empty());
    assert_eq!(policy.foreign_commits, ForeignCommits::Warn);
    assert!(policy.ignore.matches(b"docs/x"));
    assert_eq!(policy.time_limit, Duration::from_secs(300));
}

#[test]
fn what_is_left_out_has_a_default() {
    for text in ["{}", "{\"version\": 1}", "\u{feff}{}", " \r\n{ }\n", "{\"guard\": {}, \"conflict_markers\": {}}"] {
        let policy = parse(text.as_bytes()).unwrap();
        assert_eq!(format!("{policy:?}"), format!("{:?}", Policy::default()), "{text}");
    }
}

#[test]
fn an_error_names_place_key_and_reason() {
    for (text, want) in [
        ("{\"alowed\": []}", "line 1, column 2: unknown key `alowed`; did you mean `allowed`?"),
        ("{\n\n  \"Base\": 1}", "line 3, column 3: unknown key `Base`; did you mean `base`?"),
        (
            "{\"foreign-commits\": 1}",
            "line 1, column 2: unknown key `foreign-commits`; did you mean `foreign_commits`?",
        ),
        ("{\"ignore\": []}", "line 1, column 2: unknown key `ignore`; did you mean `conflict_markers.ignore`?"),
        ("{\"patch\": {}}", "line 1, column 2: unknown key `patch`"),
        (
            "{\"guard\": {\"time_limit\": 1}}",
            "line 1, column 12: unknown key `time_limit` in `guard`; did you mean `time_limit_s`?",
        ),
        ("{\"guard\": {\"base\": 1}}", "line 1, column 12: unknown key `base` in `guard`"),
        ("{\"a\\u001bb\": 1}", "line 1, column 2: unknown key `a\\x1bb`"),
        ("{\"base\": \"a\", \"base\": \"b\"}", "line 1, column 15: key `base` is there twice"),
        ("{\"guard\": {\"time_limit_s\": 1, \"time_limit_s\": 2}}", "key `time_limit_s` is there twice in `guard`"),
        ("{\"version\": 1, \"version\": 1}", "line 1, column 16: key `version` is there twice"),
        ("{\"base\": 3}", "line 1, column 10: `base`: invalid type: integer `3`, expected a string"),
        ("{\"base\": null}", "line 1, column 10: `base`: invalid type: null, expected a string"),
        ("{\"base\": \"\"}", "line 1, column 10: `base`: must not be empty"),
        ("{\"base\": \"release/*\"}", "line 1, column 10: `base`: `release/*` is a pattern, one branch is asked for"),
        ("{\"allowed\": \"a\"}", "`allowed`: invalid type: string \"a\", expected a list of strings"),
        ("{\"allowed\":\n[\"é\", 3]}", "line 2, column 7: `allowed[1]`: invalid type: integer `3`, expected a string"),
        ("{\"allowed\": [\"a\", \"\"]}", "line 1, column 19: `allowed[1]`: must not be empty"),
        ("{\"allowed\": [\"a b\"]}", "`allowed[0]`: `a b` is no branch name: it holds ` `"),
        ("{\"allowed\": [\"[a\"]}", "`allowed[0]`: `[a` is no valid pattern: unclosed character class"),
        (
            "{\"conflict_markers\": {\"ignore\": [\"a\", \"!b\"]}}",
            "`conflict_markers.ignore[1]`: `!b`: patterns cannot",
        ),
        ("{\"conflict_markers\": []}", "`conflict_markers`: invalid type: sequence, expected an object"),
        ("{\"guard\": [20]}", "`guard`: invalid type: sequence, expected an object"),
        ("{\"guard\": {\"time_limit_s\": 0}}", "line 1, column 28: `guard.time_limit_s`: 0 is not from 1 to 300"),
        ("{\"guard\": {\"time_limit_s\": 301}}", "`guard.time_limit_s`: 301 is not from 1 to 300"),
        ("{\"guard\": {\"time_limit_s\": -5}}", "`guard.time_limit_s`: -5 is negative"),
        ("{\"guard\": {\"time_limit_s\": 1.5}}", "`guard.time_limit_s`: invalid type: floating point `1.5`"),
        ("{\"foreign_commits\": \"Block\"}", "`foreign_commits`: `Block` is none of `block`, `warn`, `off`"),
        ("{\"foreign_commits\": {\"block\": 1}}", "`foreign_commits`: invalid type: map, expected a string"),
        ("{\"version\": \"1\"}", "`version`: invalid type: string \"1\", expected a whole number"),
        ("{\"version\": 0}", "`version`: 0 is not supported"),
        ("[\"main\"]", "line 1, column 1: invalid type: sequence, expected an object"),
        ("3", "line 1, column 1: invalid type: integer `3`, expected an object"),
        ("{\"base\": \"main\",}", "line 1, column 17: no valid JSON: trailing comma"),
        ("{\"scope\": {\"max_files\": 1,\n}}", "line 2, column 1: no valid JSON: trailing comma"),
        ("{\"scope\": {\"blocked_paths\": [\"a\",]}}", "line 1, column 34: no valid JSON: trailing comma"),
        ("{\"scope\": {\"jobs\": {\"a\": {\"modules\": [\"a\"]},}}}", "no valid JSON: trailing comma"),
        ("{\n  \"base\": \"a\"\n  \"allowed\": []\n}", "line 3, column 3: no valid JSON: expected `,` or `}`"),
        ("{\n  // why\n}", "line 2, column 3: no valid JSON: key must be a string (JSON has no comments)"),
        ("{\"base\": \"a\"} x", "line 1, column 15: no valid JSON: trailing characters"),
        ("{\"base\": \"a", "line 1, column 12: no valid JSON: EOF while parsing a string"),
        ("{\"base\": \"a\nb\"}", "no valid JSON: control character"),
    ] {
        let error = error(text);
        assert!(error.contains(want), "{text}\n  said: {error}\n  want: {want}");
    }
}

#[test]
fn a_later_version_is_told_before_its_unknown_keys() {
    for text in ["{\"version\": 2, \"later\": {}}", "{\"later\": {}, \"base\": 3,\n\"version\": 2}"] {
        let error = error(text);
        assert!(
            error.contains("`version`: 2 is not supported; this ci-guard understands version 1; update"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_text_is_said_as_such() {
    for (bytes, want) in [
        (&b""[..], "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (b"\xff\xfe{\0}\0", "UTF-16"),
        (b"\xfe\xff\0{\0}", "UTF-16"),
        (b"{\0}\0", "UTF-16"),
        (b"{\n\"base\": \"\xe9\"}", "line 2, column 10: the file is not UTF-8"),
        (&[b' '; MAX_BYTES + 1], "longer than 1048576 bytes"),
    ] {
        let error = parse(bytes).unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn size_and_depth_have_a_limit() {
    for open in ["[", "{\"a\":", "{\"allowed\":[", "{\"guard\":{\"x\":["] {
        let deep = open.repeat(MAX_BYTES / open.len());
        assert!(parse(deep.as_bytes()).is_err());
        assert!(parse(format!("{{\"x\": {deep}").as_bytes()).is_err());
    }
    let list = |entries: usize| format!("{{\"allowed\": [{}\"z\"]}}", "\"a/*\",".repeat(entries - 1));
    assert_eq!(parse(list(MAX_ENTRIES).as_bytes()).unwrap().allowed.len(), MAX_ENTRIES);
    assert!(error(&list(MAX_ENTRIES + 1)).contains("longer than 1000 entries"));
    let long = format!("{{\"{}\": 1, \"base\": 3}}", "k".repeat(MAX_BYTES / 2));
    assert!(error(&long).len() < 400);
    let long = format!("{{\"base\": [\"{}\"]}}", "k".repeat(MAX_BYTES / 2));
    assert!(error(&long).len() < 400);
}

/// JSON that is nearly a policy: known keys, wrong values, odd names.
fn nearly_a_policy() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["version", "feature", "base", "allowed", "guard", "conflict_markers", "é\\n"]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[a-z/*?{}\\[\\]!. ]{0,8}".prop_map(|text| format!("\"{text}\"")),
        Just("{\"ignore\": [\"*.md\", \"{\"], \"time_limit_s\": 3}".to_owned()),
    ];
    let value = prop_oneof![
        leaf.clone(),
        prop::collection::vec(leaf, 0..3).prop_map(|leaves| format!("[{}]", leaves.join(", "))),
    ];
    let member = (key, value).prop_map(|(key, value)| format!("\"{key}\": {value}"));
    prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(",\n")))
}

fn one_visible_line(parsed: Result<Policy, PolicyError>) -> Result<(), TestCaseError> {
    if let Err(error) = parsed {
        prop_assert_eq!(visible(error.to_string()), error.to_string());
        prop_assert_eq!(error.line.is_some(), error.column.is_some());
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_a_policy_or_one_visible_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        one_visible_line(parse(&bytes))?;
    }

    #[test]
    fn anything_like_a_policy_is_one_or_one_visible_line(text in nearly_a_policy(), cut in 0usize..200) {
        one_visible_line(parse(text.as_bytes()))?;
        one_visible_line(parse(&text.as_bytes()[..cut.min(text.len())]))?;
    }
}
