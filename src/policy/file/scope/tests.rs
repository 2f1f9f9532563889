//! What the scope of a policy file may say and what is wrong with it, as tables.

use super::*;
use crate::policy::{Policy, parse};
use proptest::prelude::*;

fn scope(inner: &str) -> Scope {
    parse(format!("{{\"scope\": {inner}}}").as_bytes()).unwrap().scope.unwrap()
}

fn error(inner: &str) -> String {
    parse(format!("{{\"scope\": {inner}}}").as_bytes()).unwrap_err().to_string()
}

#[test]
fn every_key_is_read() {
    let scope = scope(
        r#"{"max_patch_lines": 1, "max_files": 1000000, "max_file_bytes": 1073741824, "allowed_paths": ["src/**"],
            "blocked_paths": ["infra/**"], "core_paths": ["src/core/**"], "sensitive_paths": ["*.pem"],
            "allowed_jobs": ["unit"], "jobs": {"unit": {"modules": ["src/unit/**"], "companions": ["tests/**"]},
            "Lint (é, 1.2)": {"modules": ["*.rs"]}}, "min_confidence": 0.8, "require_human_approval": true,
            "exclude": {"migrations": "deny", "production_config": "review", "automation": "off"}}"#,
    );
    assert_eq!((scope.max_patch_lines, scope.max_files, scope.max_file_bytes), (1, 1_000_000, 1 << 30));
    let allowed = scope.allowed_paths.unwrap();
    assert!(allowed.matches(b"src/a") && allowed.matches(b"src") && !allowed.matches(b"SRC/a"));
    assert!(scope.blocked_paths.matches(b"Infra/a") && scope.blocked_paths.matches(b"infra"));
    assert!(scope.core_paths.matches(b"src/core") && !scope.core_paths.matches(b"src/Core"));
    assert!(scope.sensitive_paths.matches(b"a/b.pem") && !scope.sensitive_paths.matches(b"a/b.PEM"));
    assert_eq!(scope.allowed_jobs.unwrap(), ["unit"]);
    let unit = &scope.jobs["unit"];
    assert!(unit.modules.matches(b"src/unit") && !unit.modules.matches(b"tests/a"));
    assert!(unit.companions.matches(b"tests/a") && !unit.companions.matches(b"src/unit"));
    let lint = &scope.jobs["Lint (é, 1.2)"];
    assert!(lint.modules.matches(b"a.rs") && lint.companions.texts().is_empty());
    assert_eq!(scope.jobs.len(), 2);
    assert_eq!(scope.min_confidence, Some(0.8));
    assert!(scope.require_human_approval);
    let want = Exclude {
        migrations: OnKind::Deny,
        production_config: OnKind::Review,
        automation: OnKind::Off,
        major_upgrades: OnKind::Review,
    };
    assert_eq!(scope.exclude, want);
}

#[test]
fn what_is_left_out_has_a_default() {
    for text in ["{}", "{\"jobs\": {}, \"exclude\": {}, \"blocked_paths\": []}"] {
        assert_eq!(format!("{:?}", scope(text)), format!("{:?}", Scope::default()), "{text}");
    }
    assert!(parse(b"{}").unwrap().scope.is_none() && Policy::default().scope.is_none());
}

#[test]
fn an_empty_list_of_what_is_allowed_allows_nothing() {
    let scope = scope(r#"{"allowed_paths": [], "allowed_jobs": []}"#);
    assert!(!scope.allowed_paths.unwrap().matches(b"a"));
    assert!(scope.allowed_jobs.unwrap().is_empty());
}

#[test]
fn confidence_is_from_0_to_1() {
    for (text, want) in [("0", 0.0), ("1", 1.0), ("1.0", 1.0), ("0.86", 0.86), ("1e-3", 0.001)] {
        assert_eq!(scope(&format!("{{\"min_confidence\": {text}}}")).min_confidence, Some(want), "{text}");
    }
}

#[test]
fn an_error_names_place_key_and_reason() {
    for (text, want) in [
        (
            r#"{"max_patch_line": 1}"#,
            "line 1, column 12: unknown key `max_patch_line` in `scope`; did you mean `max_patch_lines`?",
        ),
        (r#"{"max_lines": 1}"#, "unknown key `max_lines` in `scope`; did you mean `max_patch_lines`?"),
        (r#"{"max_bytes": 1}"#, "unknown key `max_bytes` in `scope`; did you mean `max_file_bytes`?"),
        (r#"{"exclude_paths": []}"#, "unknown key `exclude_paths` in `scope`; did you mean `exclude`?"),
        (r#"{"sensitive": []}"#, "unknown key `sensitive` in `scope`; did you mean `sensitive_paths`?"),
        (r#"{"migrations": "deny"}"#, "`migrations` in `scope`; did you mean `exclude.migrations`?"),
        (r#"{"exclude": {"migration": "off"}}"#, "`migration` in `scope.exclude`; did you mean `migrations`?"),
        (r#"{"exclude": {"zzz": "off"}}"#, "line 1, column 24: unknown key `zzz` in `scope.exclude`"),
        (r#"{"max_files": 1, "max_files": 1}"#, "line 1, column 28: key `max_files` is there twice in `scope`"),
        (
            r#"{"exclude": {"automation": "off", "automation": "off"}}"#,
            "key `automation` is there twice in `scope.exclude`",
        ),
        ("null", "line 1, column 11: `scope`: invalid type: null, expected an object"),
        ("[]", "`scope`: invalid type: sequence, expected an object"),
        (
            r#"{"max_patch_lines": 0}"#,
            "line 1, column 31: `scope.max_patch_lines`: 0 is not from 1 to 1000000; to allow",
        ),
        (r#"{"max_patch_lines": 1000001}"#, "`scope.max_patch_lines`: 1000001 is not from 1 to 1000000"),
        (r#"{"max_files": -1}"#, "`scope.max_files`: -1 is negative"),
        (r#"{"max_files": 1.0}"#, "`scope.max_files`: invalid type: floating point `1.0`, expected a whole number"),
        (r#"{"max_files": "9"}"#, "`scope.max_files`: invalid type: string \"9\", expected a whole number"),
        (r#"{"max_file_bytes": 1073741825}"#, "`scope.max_file_bytes`: 1073741825 is not from 1 to 1073741824"),
        (r#"{"allowed_paths": null}"#, "`scope.allowed_paths`: invalid type: null, expected a list of strings"),
        (r#"{"allowed_paths": "src"}"#, "`scope.allowed_paths`: invalid type: string \"src\", expected a list"),
        (r#"{"allowed_paths": ["a", ""]}"#, "line 1, column 35: `scope.allowed_paths[1]`: must not be empty"),
        (r#"{"blocked_paths": ["!a"]}"#, "`scope.blocked_paths[0]`: `!a`: patterns cannot be negated"),
        (r#"{"core_paths": ["../a"]}"#, "`scope.core_paths[0]`: `../a` is no path below the top of the tree"),
        (r#"{"sensitive_paths": ["[a"]}"#, "`scope.sensitive_paths[0]`: `[a` is no valid pattern: unclosed"),
        (r#"{"allowed_jobs": [""]}"#, "`scope.allowed_jobs[0]`: must not be empty"),
        (r#"{"allowed_jobs": [3]}"#, "`scope.allowed_jobs[0]`: invalid type: integer `3`, expected a string"),
        (r#"{"jobs": null}"#, "`scope.jobs`: invalid type: null, expected an object"),
        (r#"{"jobs": ["unit"]}"#, "`scope.jobs`: invalid type: sequence, expected an object"),
        (r#"{"jobs": {"modules": ["a"]}}"#, "`scope.jobs.modules`: invalid type: sequence, expected an object"),
        (r#"{"jobs": {"unit": null}}"#, "`scope.jobs.unit`: invalid type: null, expected an object"),
        (r#"{"jobs": {"unit": {}}}"#, "line 1, column 29: `scope.jobs.unit`: missing field `modules`"),
        (
            r#"{"jobs": {"unit": {"companions": ["a"]}, "x": {"modules": ["a"]}}}"#,
            "line 1, column 29: `scope.jobs.unit`: missing field `modules`",
        ),
        (r#"{"jobs": {"unit": {"modules": []}}}"#, "line 1, column 41: `scope.jobs.unit.modules`: must not be empty"),
        (
            r#"{"jobs": {"unit": {"modules": ["a", 3]}}}"#,
            "line 1, column 47: `scope.jobs.unit.modules[1]`: invalid type",
        ),
        (r#"{"jobs": {"unit": {"modules": ["/"]}}}"#, "`scope.jobs.unit.modules[0]`: `/` is no path below the top"),
        (
            r#"{"jobs": {"unit": {"companion": []}}}"#,
            "line 1, column 30: unknown key `companion` in `scope.jobs.unit`; did you mean `companions`?",
        ),
        (
            r#"{"jobs": {"a": {"modules": ["a"]}, "a": {"modules": ["a"]}}}"#,
            "line 1, column 46: key `a` in `scope.jobs` is there twice",
        ),
        (r#"{"jobs": {"": {"modules": ["a"]}}}"#, "line 1, column 21: key `` in `scope.jobs` must not be empty"),
        (r#"{"jobs": {"a\u001bb": 3}}"#, "`scope.jobs.a\\x1bb`: invalid type: integer `3`"),
        (r#"{"min_confidence": 86}"#, "line 1, column 30: `scope.min_confidence`: 86 is not from 0 to 1"),
        (r#"{"min_confidence": 1.01}"#, "`scope.min_confidence`: 1.01 is not from 0 to 1"),
        (r#"{"min_confidence": -1}"#, "`scope.min_confidence`: -1 is not from 0 to 1"),
        (r#"{"min_confidence": "0.8"}"#, "`scope.min_confidence`: invalid type: string \"0.8\", expected a number"),
        (r#"{"min_confidence": null}"#, "`scope.min_confidence`: invalid type: null, expected a number"),
        (
            r#"{"require_human_approval": null}"#,
            "`scope.require_human_approval`: invalid type: null, expected a boolean",
        ),
        (r#"{"require_human_approval": 1}"#, "`scope.require_human_approval`: invalid type: integer `1`"),
        (r#"{"exclude": "off"}"#, "`scope.exclude`: invalid type: string \"off\", expected an object"),
        (r#"{"exclude": {"automation": true}}"#, "`scope.exclude.automation`: invalid type: boolean `true`"),
        (r#"{"exclude": {"automation": "Off"}}"#, "`Off` is none of `deny`, `review`, `off`"),
    ] {
        let error = error(text);
        assert!(error.contains(want), "{text}\n  said: {error}\n  want: {want}");
    }
    for (text, want) in [
        (r#"{"max_patch_lines": 1}"#, "unknown key `max_patch_lines`; did you mean `scope.max_patch_lines`?"),
        (r#"{"major_upgrades": 1}"#, "unknown key `major_upgrades`; did you mean `scope.exclude.major_upgrades`?"),
        (r#"{"max_lines": 1}"#, "unknown key `max_lines`; did you mean `scope.max_patch_lines`?"),
        (r#"{"allowed_path": []}"#, "unknown key `allowed_path`; did you mean `scope.allowed_paths`?"),
        (r#"{"scopes": {}}"#, "unknown key `scopes`; did you mean `scope`?"),
    ] {
        assert!(parse(text.as_bytes()).unwrap_err().to_string().ends_with(want), "{text}");
    }
}

#[test]
fn jobs_have_a_limit() {
    let jobs = |count: usize, patterns: usize| {
        let list = vec!["\"a\""; patterns].join(",");
        let jobs: Vec<_> = (0..count).map(|job| format!("\"{job}\": {{\"modules\": [{list}]}}")).collect();
        format!("{{\"jobs\": {{{}}}}}", jobs.join(","))
    };
    assert_eq!(scope(&jobs(MAX_ENTRIES, 1)).jobs.len(), MAX_ENTRIES);
    assert!(error(&jobs(MAX_ENTRIES + 1, 1)).contains("key `1000` in `scope.jobs` is a job more than the 1000 that"));
    assert_eq!(scope(&jobs(MAX_JOB_PATTERNS / 100, 100)).jobs.len(), 50);
    let too_many = error(&jobs(MAX_JOB_PATTERNS / 100 + 1, 100));
    assert!(too_many.contains("`scope.jobs`: all jobs have more than 5000 patterns"), "{too_many}");
    let name = |length: usize| format!("{{\"allowed_jobs\": [\"{}\"]}}", "é".repeat(length));
    assert_eq!(scope(&name(LONGEST_JOB)).allowed_jobs.unwrap().len(), 1);
    assert!(error(&name(LONGEST_JOB + 1)).contains("is 1001 characters long, 1000 are allowed"));
}

/// JSON that is nearly a scope: known keys, wrong values, odd names of jobs.
fn nearly_a_scope() -> impl Strategy<Value = String> {
    let keys =
        ["max_files", "allowed_paths", "blocked_paths", "allowed_jobs", "jobs", "min_confidence", "exclude", "é\\n"];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:?}")),
        "[a-z/*?{}\\[\\]!. ]{0,8}".prop_map(|text| format!("\"{text}\"")),
        Just(
            "{\"unit\": {\"modules\": [\"a\"]}, \"a\\u001b\": {\"companions\": []}, \"automation\": \"off\"}"
                .to_owned()
        ),
    ];
    let value = prop_oneof![
        leaf.clone(),
        prop::collection::vec(leaf, 0..3).prop_map(|leaves| format!("[{}]", leaves.join(", "))),
    ];
    let member = (prop::sample::select(keys.to_vec()), value).prop_map(|(key, value)| format!("\"{key}\": {value}"));
    prop::collection::vec(member, 0..4).prop_map(|members| format!("{{\"scope\": {{{}}}}}", members.join(",\n")))
}

proptest! {
    #[test]
    fn anything_like_a_scope_is_one_or_one_visible_line(text in nearly_a_scope(), cut in 0usize..200) {
        for text in [text.as_bytes(), &text.as_bytes()[..cut.min(text.len())]] {
            if let Err(error) = parse(text) {
                prop_assert_eq!(visible(error.to_string()), error.to_string());
                prop_assert_eq!(error.line.is_some(), error.column.is_some());
            }
        }
    }
}
