//! One reviewer's answer as a JSON object: `agent`, `verdict`, `failure_type`, `retry_count`, `message`, `findings`, `reason`.
//!
//! Other fields are ignored. A field of the wrong type costs its content, and where the verdict hangs on it, the verdict: that is a
//! reviewer that did not review, never an error.

use super::Clean;
use super::line::{self, Word};
use super::parse::MESSAGE;
use super::settle::{Said, settle};
use super::text::head;
use crate::model::{FailureType, Review, ReviewFinding, ReviewVerdict, counted, visible};
use serde_json::{Map, Value};

/// More of a name is not kept, in characters.
pub(super) const NAME: usize = 200;
/// More of a path is not kept, in characters.
const PATH: usize = 1000;
/// More of what somebody wrote is not quoted in a reason, in characters.
const QUOTE: usize = 60;

/// What an object says. `name` stands for a reviewer who does not say who it is; `room` is how many findings may still be kept.
pub(super) fn review(object: &Map<String, Value>, name: &str, room: &mut usize, clean: Clean) -> Review {
    let (verdict, mut reason) = match verdict(object, clean) {
        Ok(verdict) => (verdict, text(object.get("reason"), MESSAGE, clean)),
        Err(reason) => (ReviewVerdict::InfraFail, Some(reason)),
    };
    let (failure, trouble) = match failure(object.get("failure_type"), clean) {
        // So ends the run of a reviewer's program that says how it ended.
        Ok(failure) if object.get("is_error") == Some(&Value::Bool(true)) => {
            (failure, Some("its answer says is_error: true".to_owned()))
        }
        Ok(failure) => (failure, None),
        Err(trouble) => (None, Some(trouble)),
    };
    let mut findings = findings(object.get("findings"), clean);
    let has_findings = findings.iter().any(|finding| finding.path.is_some());
    let settled = settle(&Said { verdict, failure, trouble: trouble.as_deref(), has_findings });
    reason = settled.reason.or(reason);
    if findings.len() > *room {
        let note = format!("{} more of it are not kept", counted(findings.len() - *room, "finding"));
        reason = Some(reason.map_or(note.clone(), |reason| format!("{reason}; {note}")));
        findings.truncate(*room);
    }
    *room -= findings.len();
    Review {
        agent: agent(object, name, clean),
        verdict: settled.verdict,
        failure: settled.failure,
        retry_count: count(object.get("retry_count")),
        message: text(object.get("message"), MESSAGE, clean).unwrap_or_default(),
        findings,
        reason,
    }
}

/// Who an object says it is.
fn agent(object: &Map<String, Value>, name: &str, clean: Clean) -> String {
    self::name(object.get("agent"), clean).unwrap_or_else(|| head(&clean(name), NAME))
}

/// A reviewer's name, where there is one.
pub(super) fn name(value: Option<&Value>, clean: Clean) -> Option<String> {
    text(value, NAME, clean)
}

/// The verdict of an object, or why there is none.
pub(super) fn verdict(object: &Map<String, Value>, clean: Clean) -> Result<ReviewVerdict, String> {
    let said = match object.get("verdict") {
        None | Some(Value::Null) => return Err("its answer has no verdict".to_owned()),
        Some(Value::String(said)) => said,
        Some(other) => return Err(format!("its verdict is {}, and must be a word such as \"PASS\"", kind(other))),
    };
    match line::word(said) {
        Word::Known { verdict, .. } => Ok(verdict),
        word => {
            let words = ReviewVerdict::ALL.map(ReviewVerdict::id).join(", ");
            let flaw = if word == Word::Torn { "says two things" } else { "is no known word" };
            Err(format!("its verdict \"{}\" {flaw}; it must be one of {words}", visible(head(&clean(said), QUOTE))))
        }
    }
}

fn failure(value: Option<&Value>, clean: Clean) -> Result<Option<FailureType>, String> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(said)) => match said.trim() {
            "" => Ok(None),
            said if said.eq_ignore_ascii_case("INFRASTRUCTURE") => Ok(Some(FailureType::Infra)),
            said => match FailureType::from_id(said) {
                Some(failure) => Ok(Some(failure)),
                None => Err(format!("its failure type \"{}\" is not known", visible(head(&clean(said), QUOTE)))),
            },
        },
        Some(other) => Err(format!("its failure type is {}", kind(other))),
    }
}

/// A number of times, whatever it was written as.
fn count(value: Option<&Value>) -> u32 {
    let number = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    // `as` stays within the bounds, and makes nothing of what is no number.
    number.map_or(0, |number: f64| number as u32)
}

fn findings(value: Option<&Value>, clean: Clean) -> Vec<ReviewFinding> {
    match value {
        Some(Value::Array(many)) => many.iter().filter_map(|one| finding(one, clean)).collect(),
        Some(one) => finding(one, clean).into_iter().collect(),
        None => Vec::new(),
    }
}

fn finding(value: &Value, clean: Clean) -> Option<ReviewFinding> {
    let Value::Object(object) = value else {
        return Some(ReviewFinding { message: text(Some(value), MESSAGE, clean)?, ..ReviewFinding::default() });
    };
    let first = |keys: &[&str], most| keys.iter().find_map(|key| text(object.get(*key), most, clean));
    let number =
        |key: &&str| text(object.get(*key), NAME, str::to_owned)?.split(['-', ':', ',']).next()?.trim().parse().ok();
    let rule = first(&["rule", "rule_id", "id", "check"], NAME);
    let severity = first(&["severity", "level"], NAME);
    let said = first(&["message", "description", "title", "body", "text"], MESSAGE);
    Some(ReviewFinding {
        path: first(&["path", "file", "filename"], PATH),
        line: ["line", "start_line"].iter().find_map(number).filter(|line| *line > 0),
        message: said.or_else(|| rule.clone()).unwrap_or_else(|| "it does not say what it is".to_owned()),
        severity,
        rule,
    })
}

/// A text that is there, and not blank, without secrets: they are taken out before it is cut. Numbers are texts too.
fn text(value: Option<&Value>, most: usize, clean: Clean) -> Option<String> {
    let text = match value? {
        Value::String(text) => head(clean(text.trim()).trim(), most),
        Value::Number(number) => number.to_string(),
        Value::Array(lines) => {
            let lines: Vec<_> = lines.iter().filter_map(Value::as_str).take(most).collect();
            head(clean(lines.join("\n").trim()).trim(), most)
        }
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// What a value is, for people.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
