//! The JSON Schema of the policy file (draft 2020-12), made from the structs that read it, so that it cannot drift.

use super::file::File;
use super::place::Step;
use schemars::generate::SchemaSettings;
use serde_json::Value;
use std::io::{self, Write};

/// What the schema is called. A name, not a place on the net.
pub(super) const ID: &str = "urn:ci-guard:policy:v1";

/// The schema.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<File>().into()
}

/// Print the schema, for `ci-guard policy schema`.
pub fn print(out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &schema())?;
    writeln!(out)
}

/// The keys that the object at `path` may have; none where its keys are free.
pub(super) fn keys_below(path: &[Step]) -> Vec<String> {
    at(&schema(), path)["properties"].as_object().map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

/// Whether the keys of the object at `path` are its author's choice.
pub(super) fn has_free_keys(path: &[Step]) -> bool {
    at(&schema(), path)["additionalProperties"].is_object()
}

/// What the schema says of the value at `path`; `null` where there can be none.
fn at<'s>(root: &'s Value, path: &[Step]) -> &'s Value {
    path.iter().fold(root, |at, step| match step {
        Step::Key(key) => at["properties"].get(key).unwrap_or(&at["additionalProperties"]),
        Step::Index(_) => &at["items"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Bucket;
    use crate::policy::{OnKind, Scope, Triage, parse};
    use std::collections::{BTreeMap, BTreeSet};

    const EXAMPLE: &str = include_str!("../../policy.example.json");
    const MANUAL: &str = include_str!("../../docs/policy.md");

    /// Every key of the schema, inner ones as `guard.time_limit_s`, free ones as `NAME`, and what stands there.
    fn keys() -> Vec<(String, Value)> {
        fn collect(object: &Value, prefix: &str, into: &mut Vec<(String, Value)>) {
            for (key, value) in object["properties"].as_object().into_iter().flatten() {
                let path = format!("{prefix}{key}");
                collect(value, &format!("{path}."), into);
                collect(&value["additionalProperties"], &format!("{path}.NAME."), into);
                into.push((path, value.clone()));
            }
        }
        let mut keys = Vec::new();
        collect(&schema(), "", &mut keys);
        assert!(keys.len() >= 27, "{keys:?}");
        keys
    }

    fn validator() -> jsonschema::Validator {
        jsonschema::draft202012::meta::validate(&schema()).unwrap();
        jsonschema::validator_for(&schema()).unwrap()
    }

    #[test]
    fn the_schema_says_what_it_is() {
        let schema = schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], ID);
        let mut printed = Vec::new();
        print(&mut printed).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&printed).unwrap(), schema);
        for (key, value) in keys() {
            assert!(value["title"].is_string() && value["description"].is_string(), "{key}: {value}");
            assert!(!value["description"].to_string().contains("\\n"), "{key}: one line");
            assert_eq!(value["properties"].is_object(), value["additionalProperties"] == false, "{key}");
        }
        assert_eq!(schema["additionalProperties"], false);
    }

    #[test]
    fn the_schema_lists_what_the_reader_accepts() {
        for (key, _) in keys() {
            // A value of no key's type: a known key complains of the type, an unknown one of the key.
            let error = parse(nested(&key, "null").as_bytes()).unwrap_err();
            assert!(error.reason.starts_with(&format!("`{key}`: invalid type: null")), "{key}: {error}");
        }
        // And back: serde itself says which keys it knows.
        let objects: BTreeSet<String> = keys().iter().map(|(key, _)| outer(key).to_owned()).collect();
        assert_eq!(objects.iter().filter(|object| object.starts_with("scope")).count(), 3, "{objects:?}");
        for object in &objects {
            let known = serde_json::from_str::<File>(&nested(object, "{\"?\": 1}")).err().unwrap().to_string();
            let known: BTreeSet<&str> = known.split('`').skip(3).step_by(2).collect();
            let path: Vec<Step> = steps(object).map(|key| Step::Key(key.to_owned())).collect();
            assert_eq!(known, keys_below(&path).iter().map(String::as_str).collect(), "{object}");
        }
    }

    /// The object that has this key; empty for the file.
    fn outer(key: &str) -> &str {
        key.rsplit_once('.').map_or("", |(outer, _)| outer)
    }

    fn steps(key: &str) -> impl DoubleEndedIterator<Item = &str> {
        key.split('.').filter(|step| !step.is_empty())
    }

    /// A file that has this value under this key.
    fn nested(key: &str, value: &str) -> String {
        steps(key).rev().fold(value.to_owned(), |value, key| format!("{{\"{key}\": {value}}}"))
    }

    #[test]
    fn the_example_shows_every_key_and_is_valid() {
        parse(EXAMPLE.as_bytes()).unwrap();
        let example: Value = serde_json::from_str(EXAMPLE).unwrap();
        validator().validate(&example).unwrap();
        for (key, _) in keys() {
            let shown = steps(&key).try_fold(&example, |object, step| match step {
                "NAME" => object.as_object()?.values().next(),
                step => object.get(step),
            });
            assert!(shown.is_some(), "policy.example.json does not show {key}");
        }
    }

    #[test]
    fn reader_and_schema_agree() {
        let validator = validator();
        for (text, valid) in [
            (r#"{"feature": "feature/TASK-1", "base": "main", "allowed": ["develop", "release/*"]}"#, true),
            ("{}", true),
            (r#"{"version": 2}"#, false),
            (r#"{"version": "1"}"#, false),
            (r#"{"alowed": []}"#, false),
            (r#"{"base": null}"#, false),
            (r#"{"base": ""}"#, false),
            (r#"{"allowed": "a"}"#, false),
            (r#"{"allowed": [1]}"#, false),
            (r#"{"foreign_commits": "warn"}"#, true),
            (r#"{"foreign_commits": "Warn"}"#, false),
            (r#"{"conflict_markers": {"ignore": ["a"]}}"#, true),
            (r#"{"conflict_markers": {"ignored": ["a"]}}"#, false),
            (r#"{"guard": {"time_limit_s": 300}}"#, true),
            (r#"{"guard": {"time_limit_s": 301}}"#, false),
            (r#"{"guard": {"time_limit_s": 0}}"#, false),
            (r#"{"guard": []}"#, false),
            (r#"{"scope": {}}"#, true),
            (r#"{"scope": null}"#, false),
            (r#"{"scope": {"max_patch_lines": 1, "max_files": 1000000, "max_file_bytes": 1073741824}}"#, true),
            (r#"{"scope": {"max_patch_lines": 0}}"#, false),
            (r#"{"scope": {"max_files": 1000001}}"#, false),
            (r#"{"scope": {"max_file_bytes": 1073741825}}"#, false),
            (r#"{"scope": {"max_line": 1}}"#, false),
            (r#"{"scope": {"allowed_paths": [], "allowed_jobs": [], "blocked_paths": ["a"]}}"#, true),
            (r#"{"scope": {"allowed_paths": [""]}}"#, false),
            (r#"{"scope": {"allowed_jobs": [""]}}"#, false),
            (r#"{"scope": {"jobs": {}}}"#, true),
            (r#"{"scope": {"jobs": {"any name": {"modules": ["a"], "companions": []}}}}"#, true),
            (r#"{"scope": {"jobs": {"": {"modules": ["a"]}}}}"#, false),
            (r#"{"scope": {"jobs": {"a": {"modules": []}}}}"#, false),
            (r#"{"scope": {"jobs": {"a": {"companions": ["a"]}}}}"#, false),
            (r#"{"scope": {"jobs": {"a": {"modules": ["a"], "other": []}}}}"#, false),
            (r#"{"scope": {"jobs": []}}"#, false),
            (r#"{"scope": {"min_confidence": 0.5, "require_human_approval": true}}"#, true),
            (r#"{"scope": {"min_confidence": 1}}"#, true),
            (r#"{"scope": {"min_confidence": 1.5}}"#, false),
            (r#"{"scope": {"require_human_approval": "yes"}}"#, false),
            (r#"{"scope": {"exclude": {"migrations": "deny", "automation": "off"}}}"#, true),
            (r#"{"scope": {"exclude": {"migrations": "warn"}}}"#, false),
            (r#"{"scope": {"exclude": {"lockfiles": "off"}}}"#, false),
            (r#"{"triage": {}}"#, true),
            (r#"{"triage": {"buckets": {"infra_fault": {}}}}"#, true),
            (r#"{"triage": {"buckets": {"infra": {}}}}"#, false),
            (r#"{"triage": {"buckets": {"infra_fault": {"match_any": ["abc"], "max_auto_retries": 0}}}}"#, true),
            (r#"{"triage": {"buckets": {"infra_fault": {"match_any": ["ab"]}}}}"#, false),
            (r#"{"triage": {"buckets": {"infra_fault": {"max_auto_retries": 11}}}}"#, false),
            (r#"{"triage": {"buckets": {"infra_fault": {"cooldown_s": 86401}}}}"#, false),
            (r#"{"triage": {"buckets": {"infra_fault": {"action": "open_patch_lane"}}}}"#, false),
            (r#"{"triage": {"buckets": {"flaky_test": {"action": "open_patch_lane"}}}}"#, true),
            (r#"{"triage": {"buckets": {"code_regression": {"action": "rerun_same_sha"}}}}"#, false),
            (r#"{"triage": {"buckets": {"code_regression": {"max_auto_retries": 1}}}}"#, false),
            (r#"{"triage": {"buckets": {"secret_or_config": {"action": "cooldown_retry"}}}}"#, false),
            (r#"{"triage": {"buckets": {"unknown": {"action": "escalate"}}}}"#, true),
            ("[]", false),
        ] {
            assert_eq!(parse(text.as_bytes()).is_ok(), valid, "reader: {text}");
            assert_eq!(validator.is_valid(&serde_json::from_str(text).unwrap()), valid, "schema: {text}");
        }
    }

    #[test]
    fn the_manual_has_a_row_for_every_key_and_no_other() {
        let sections = MANUAL
            .split("\n## ")
            .filter(|text| ["Keys\n", "Scope\n", "Triage\n"].iter().any(|name| text.starts_with(name)));
        let rows = sections.flat_map(str::lines).filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
        let rows: Vec<&str> = rows.map(|(key, _)| key).collect();
        let documented: BTreeSet<String> = rows.iter().map(|&key| key.to_owned()).collect();
        assert_eq!(rows.len(), documented.len(), "one row a key: {rows:?}");
        let is_leaf = |value: &Value| !value["properties"].is_object() && !value["additionalProperties"].is_object();
        let leaves = keys().into_iter().filter(|(_, value)| is_leaf(value)).map(|(key, _)| key);
        assert_eq!(documented, leaves.collect());
    }

    #[test]
    fn the_manual_and_the_schema_give_the_defaults_that_hold() {
        // Of the scope: the reader, the schema and the manual must not drift from the domain's own defaults.
        let said: BTreeMap<String, Value> =
            keys().into_iter().map(|(key, value)| (key, value["default"].clone())).collect();
        let usual = Scope::default();
        for (key, holds) in [
            ("scope.max_patch_lines", usual.max_patch_lines),
            ("scope.max_files", usual.max_files),
            ("scope.max_file_bytes", usual.max_file_bytes),
        ] {
            assert_eq!(said[key], holds, "{key}");
            let row = MANUAL.lines().find(|line| line.starts_with(&format!("| `{key}` |"))).unwrap();
            assert_eq!(row.split(" | ").nth(2), Some(holds.to_string().as_str()), "{row}");
        }
        let usual_triage = Triage::default();
        for bucket in Bucket::ALL {
            let rule = usual_triage.of(bucket);
            let key = |key: &str| format!("triage.buckets.{}.{key}", bucket.id());
            assert_eq!(said[&key("action")], rule.action.id(), "{bucket:?}");
            if Triage::actions(bucket).iter().any(|action| action.is_rerun()) {
                assert_eq!(said[&key("max_auto_retries")], rule.max_auto_retries, "{bucket:?}");
                assert_eq!(said[&key("cooldown_s")], rule.cooldown.as_secs(), "{bucket:?}");
            }
        }
        assert_eq!(said["scope.require_human_approval"], usual.require_human_approval);
        for key in ["migrations", "production_config", "automation", "major_upgrades"] {
            assert_eq!(said[&format!("scope.exclude.{key}")], OnKind::default().id(), "{key}");
        }
    }

    #[test]
    fn the_manual_quotes_the_example() {
        assert!(MANUAL.contains(EXAMPLE), "docs/policy.md shows another policy.example.json");
    }
}
