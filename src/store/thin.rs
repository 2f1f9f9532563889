//! A thinner pack: what only matters while somebody works on the failure is taken out, what history needs stays.

use serde_json::Value;

/// The keys whose values go: text of the log. What the failure was called, where it was and what was done stays.
const DROPPED: [&str; 2] = ["excerpt", "fingerprint_sample"];

/// The pack without its excerpt and sample. What is no JSON object is nothing at all afterwards.
pub(super) fn thinned(pack: &str) -> String {
    match serde_json::from_str::<Value>(pack) {
        Ok(Value::Object(mut keys)) => {
            for key in DROPPED {
                keys.entry(key).and_modify(|value| *value = Value::Null);
            }
            Value::Object(keys).to_string()
        }
        _ => "{}".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_and_sample_go_and_the_rest_stays() {
        for (pack, want) in [
            (
                r#"{"bucket":"x","excerpt":{"lines":["a"]},"fingerprint_sample":"s"}"#,
                r#"{"bucket":"x","excerpt":null,"fingerprint_sample":null}"#,
            ),
            (r#"{"bucket":"x"}"#, r#"{"bucket":"x"}"#),
            ("not json", "{}"),
            ("[1]", "{}"),
        ] {
            let thin: Value = serde_json::from_str(&thinned(pack)).unwrap();
            assert_eq!(thin, serde_json::from_str::<Value>(want).unwrap());
        }
    }
}
