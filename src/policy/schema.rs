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

/// The keys that the object at `path` may have.
pub(super) fn keys_below(path: &[Step]) -> Vec<String> {
    let root = schema();
    let mut at = &root;
    for step in path {
        at = match step {
            Step::Key(key) => &at["properties"][key],
            Step::Index(_) => &at["items"],
        };
    }
    at["properties"].as_object().map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse;
    use std::collections::BTreeSet;

    const EXAMPLE: &str = include_str!("../../policy.example.json");
    const MANUAL: &str = include_str!("../../docs/policy.md");

    /// Every key of the schema, inner ones as `guard.time_limit_s`, and what stands there.
    fn keys() -> Vec<(String, Value)> {
        fn collect(object: &Value, prefix: &str, into: &mut Vec<(String, Value)>) {
            for (key, value) in object["properties"].as_object().into_iter().flatten() {
                let path = format!("{prefix}{key}");
                collect(value, &format!("{path}."), into);
                into.push((path, value.clone()));
            }
        }
        let mut keys = Vec::new();
        collect(&schema(), "", &mut keys);
        assert!(keys.len() >= 10, "{keys:?}");
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
            let text = match key.split_once('.') {
                Some((outer, inner)) => format!("{{\"{outer}\": {{\"{inner}\": true}}}}"),
                None => format!("{{\"{key}\": true}}"),
            };
            let error = parse(text.as_bytes()).unwrap_err();
            assert!(error.reason.starts_with(&format!("`{key}`: invalid type: boolean")), "{key}: {error}");
        }
        // And back: serde itself says which keys it knows.
        let known = serde_json::from_str::<File>("{\"?\": 1}").err().unwrap().to_string();
        let known: BTreeSet<&str> = known.split('`').skip(3).step_by(2).collect();
        assert_eq!(known, keys_below(&[]).iter().map(String::as_str).collect());
    }

    #[test]
    fn the_example_shows_every_key_and_is_valid() {
        parse(EXAMPLE.as_bytes()).unwrap();
        let example: Value = serde_json::from_str(EXAMPLE).unwrap();
        validator().validate(&example).unwrap();
        for (key, _) in keys() {
            let shown = example.pointer(&format!("/{}", key.replace('.', "/")));
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
            ("[]", false),
        ] {
            assert_eq!(parse(text.as_bytes()).is_ok(), valid, "reader: {text}");
            assert_eq!(validator.is_valid(&serde_json::from_str(text).unwrap()), valid, "schema: {text}");
        }
    }

    #[test]
    fn the_manual_has_a_row_for_every_key_and_no_other() {
        let keys_section = MANUAL.split("\n## ").find(|section| section.starts_with("Keys\n")).unwrap();
        let rows = keys_section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
        let documented: BTreeSet<String> = rows.map(|(key, _)| key.to_owned()).collect();
        let leaves = keys().into_iter().filter(|(_, value)| !value["properties"].is_object()).map(|(key, _)| key);
        assert_eq!(documented, leaves.collect());
    }

    #[test]
    fn the_manual_quotes_the_example() {
        assert!(MANUAL.contains(EXAMPLE), "docs/policy.md shows another policy.example.json");
    }
}
