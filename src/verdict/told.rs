//! JSON as it was written. Of two keys `verdict` in one object the worse one stays: a fail is not lost behind a pass that was written
//! after it. Of all other keys the last one stays.

use super::line;
use crate::model::ReviewVerdict;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// A value.
pub(super) struct Told(pub(super) Value);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Told, D::Error> {
        from.deserialize_any(Listener)
    }
}

struct Listener;

impl<'de> Visitor<'de> for Listener {
    type Value = Told;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Told, E> {
        Ok(Told(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Told, E> {
        Ok(Told(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Told, E> {
        Ok(Told(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Told, E> {
        Ok(Told(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Told, E> {
        Ok(Told(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Told, E> {
        Ok(Told(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Told, E> {
        Ok(Told(Value::Null))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Told, A::Error> {
        let mut values = Vec::new();
        while let Some(Told(value)) = from.next_element()? {
            values.push(value);
        }
        Ok(Told(values.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Told, A::Error> {
        let mut object = Map::new();
        while let Some((key, Told(value))) = from.next_entry::<String, Told>()? {
            let is_worse = |before: &Value| key == "verdict" && weight(before) > weight(&value);
            if !object.get(&key).is_some_and(is_worse) {
                object.insert(key, value);
            }
        }
        Ok(Told(object.into()))
    }
}

/// What a verdict counts as: what is none did not review.
fn weight(verdict: &Value) -> ReviewVerdict {
    let line::Word::Known { verdict, .. } = line::word(verdict.as_str().unwrap_or_default()) else {
        return ReviewVerdict::InfraFail;
    };
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn told(text: &str) -> Result<Value, String> {
        serde_json::from_str::<Told>(text).map(|told| told.0).map_err(|error| error.to_string())
    }

    #[test]
    fn of_two_verdicts_the_worse_one_stays() {
        for (text, stays) in [
            (r#"{"verdict": "PASS", "verdict": "FAIL"}"#, json!("FAIL")),
            (r#"{"verdict": "FAIL", "verdict": "PASS"}"#, json!("FAIL")),
            (r#"{"verdict": "PASS", "verdict": null}"#, json!(null)),
            (r#"{"verdict": 7, "verdict": "PASS"}"#, json!(7)),
            (r#"{"verdict": "WARN", "a": 1, "verdict": "PASS", "verdict": "pass"}"#, json!("WARN")),
        ] {
            assert_eq!(told(text).unwrap()["verdict"], stays, "{text}");
        }
        assert_eq!(told(r#"{"a": 1, "a": 2}"#).unwrap(), json!({"a": 2}));
    }

    proptest! {
        #[test]
        fn all_else_is_read_as_it_is_everywhere(text in "[\\[\\]{}:,\"a 0-9.e\\\\-]{0,20}|(\\[|\\{\"a\":)*[0-9]*(\\]|\\})*") {
            let plain = serde_json::from_str::<Value>(&text).map_err(|error| error.to_string());
            prop_assert_eq!(told(&text), plain);
        }
    }
}
