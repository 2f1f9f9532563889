//! Reviewers' answers as JSON: one object, one a line, or an array; also what `ci-guard verdict merge` has printed.
//!
//! Nothing in a file is an error: what cannot be read is a reviewer that did not review, with the reason. Memory is bounded, and
//! what is not kept apart for its sake still counts.

use super::Clean;
use super::merge::{Ballot, STANDARD_INPUT, fold, lost};
use super::object;
use super::text::{decode, head};
use super::told::Told;
use crate::model::{FailureType, Review, ReviewVerdict, counted, visible};
use serde_json::error::Category;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// How many reviews are kept apart.
const MOST_REVIEWS: usize = 10_000;
/// How many findings are kept.
const MOST_FINDINGS: usize = 10_000;
/// More of a text is not quoted in a reason, in characters.
const QUOTE: usize = 60;
/// The schema of what `verdict merge` prints.
const MERGED: &str = "ci-guard/verdict/v1";

/// The answers in a file. `name` stands for a reviewer who does not say who it is.
pub fn read(bytes: &[u8], name: &str, clean: Clean) -> Vec<Ballot> {
    let mut answers = Answers::new(clean);
    answers.add(bytes, name);
    answers.finish()
}

/// A text that is nothing but one JSON object with a verdict.
pub(super) fn answer(text: &str, name: &str, clean: Clean) -> Option<Review> {
    let text = text.trim();
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let Told(Value::Object(object)) = serde_json::from_str(text).ok()? else { return None };
    object.contains_key("verdict").then(|| object::review(&object, name, &mut { MOST_FINDINGS }, clean))
}

/// A reviewer's name as it is kept and compared, or nothing.
pub fn name(name: &str, clean: Clean) -> Option<String> {
    object::name(Some(&Value::from(name)), clean)
}

/// Answers out of many files.
#[derive(Debug)]
pub struct Answers {
    ballots: Vec<Ballot>,
    reviews: usize,
    room: usize,
    /// Those who are not kept apart, and what they come to.
    others: (u64, Option<ReviewVerdict>),
    clean: Clean,
}

impl Answers {
    /// None yet. `clean` takes the secrets out of what is kept.
    pub fn new(clean: Clean) -> Answers {
        Answers { ballots: Vec::new(), reviews: 0, room: MOST_FINDINGS, others: (0, None), clean }
    }

    /// What a file says.
    pub fn add(&mut self, bytes: &[u8], name: &str) {
        let name = &head(&(self.clean)(name), object::NAME);
        let text = decode(bytes);
        if text.trim().is_empty() {
            return self.fail(name, format!("{} is empty", file(name)));
        }
        let before = self.reviews as u64 + self.others.0;
        let mut broken: Option<(String, u64)> = None;
        let (mut at, mut line) = (0, 1);
        while at < text.len() {
            let mut stream = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Told>();
            let error = loop {
                match stream.next() {
                    Some(Ok(Told(value))) => self.value(&value, name),
                    Some(Err(error)) => break error,
                    None => return self.end(broken, before, name),
                }
            };
            let good = at + stream.byte_offset();
            let wrong = at + start_of_line(&text[at..], error.line());
            let count = broken.as_ref().map_or(0, |(_, count)| *count);
            let first = broken.map(|(reason, _)| reason);
            let reason = first.unwrap_or_else(|| why_broken(&error, line + error.line() as u64 - 1, file(name)));
            broken = Some((reason, count + 1));
            let good = good + (text[good..].len() - text[good..].trim_start().len());
            let from = if wrong > good { wrong } else { at + start_of_line(&text[at..], error.line() + 1) };
            let next = next_answer(&text, from);
            line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..next]).count() as u64;
            at = next;
        }
        self.end(broken, before, name);
    }

    /// A reviewer that did not review.
    pub fn fail(&mut self, name: &str, reason: String) {
        let name = head(&(self.clean)(name), object::NAME);
        self.push(Ballot::from(lost(&name, (self.clean)(&reason))));
    }

    /// All of them.
    pub fn finish(mut self) -> Vec<Ballot> {
        if let (count, Some(verdict)) = self.others {
            let reason = format!(
                "no more than {} are kept apart; {} count here together",
                counted(MOST_REVIEWS, "answer"),
                counted(count, "further answer")
            );
            let review = Review { verdict, failure: failure_of(verdict), ..lost("others", reason) };
            self.ballots.push(Ballot::from(review));
        }
        self.ballots
    }

    /// After the last answer of a file.
    fn end(&mut self, broken: Option<(String, u64)>, before: u64, name: &str) {
        match broken {
            Some((reason, 1)) => self.fail(name, reason),
            Some((reason, count)) => self.fail(name, format!("{reason}, and in {} more", counted(count - 1, "place"))),
            None if self.reviews as u64 + self.others.0 == before => {
                self.fail(name, format!("{} has no answer in it", file(name)))
            }
            None => {}
        }
    }

    fn value(&mut self, value: &Value, name: &str) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.value(value, name)),
            Value::Object(object) => match object.get("schema").and_then(Value::as_str) {
                Some(MERGED) => {
                    let ballot = merged(object, name, &mut self.room, self.clean);
                    self.push(ballot);
                }
                Some(schema) if schema.starts_with("ci-guard/") => {
                    let schema = visible(head(&(self.clean)(schema), QUOTE));
                    let reason = format!("{} is of the schema {schema}, which is no answer; {MERGED} is", file(name));
                    self.fail(name, reason);
                }
                _ => {
                    let review = object::review(object, name, &mut self.room, self.clean);
                    self.push(Ballot::from(review));
                }
            },
            other => self.fail(name, format!("its answer is {}, and must be an object", object::kind(other))),
        }
    }

    fn push(&mut self, ballot: Ballot) {
        let count = ballot.reviews.len();
        if self.reviews + count <= MOST_REVIEWS {
            self.reviews += count;
            self.ballots.push(ballot);
        } else {
            let verdicts = self.others.1.into_iter().chain([ballot.verdict]);
            self.others = (self.others.0 + count as u64, Some(fold(verdicts)));
            // Who is missed in it is not forgotten.
            if !ballot.absent.is_empty() || !ballot.required.is_empty() {
                self.ballots.push(Ballot { reviews: Vec::new(), ..ballot });
            }
        }
    }
}

/// What was merged before. Its verdict counts, or what its reviewers come to where that is worse: then somebody has changed it.
fn merged(object: &Map<String, Value>, name: &str, room: &mut usize, clean: Clean) -> Ballot {
    let agents = object.get("agents").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let review = |agent: &Value, room: &mut usize| match agent {
        Value::Object(agent) => object::review(agent, name, room, clean),
        other => lost(name, format!("its answer is {}, and must be an object", object::kind(other))),
    };
    let mut reviews: Vec<Review> = agents.iter().map(|agent| review(agent, room)).collect();
    let names: HashSet<&str> = reviews.iter().map(|review| review.agent.as_str()).collect();
    let list = |key: &str| object.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let named =
        |key: &str| list(key).iter().filter_map(|name| object::name(Some(name), clean)).collect::<Vec<String>>();
    let absent: Vec<String> = named("not_run").into_iter().filter(|absent| !names.contains(absent.as_str())).collect();
    let required = named("required_missing");

    let inside =
        fold(reviews.iter().map(|review| review.verdict).chain(absent.iter().map(|_| ReviewVerdict::InfraFail)));
    let (said, flaw) = match object::verdict(object, clean) {
        Ok(said) => (said, None),
        Err(flaw) => (ReviewVerdict::InfraFail, Some(flaw)),
    };
    // A reviewer by the file's name tells of what nobody in it explains.
    let told = |verdict: ReviewVerdict, reason: String| {
        let reason = flaw.clone().unwrap_or(reason);
        Review { verdict, failure: failure_of(verdict), ..lost(name, reason) }
    };
    if object.get("agents").is_none_or(Value::is_null) && absent.is_empty() {
        return Ballot::from(told(said, format!("a merged result says {}, and not who its reviewers are", said.id())));
    }
    if reviews.is_empty() && absent.is_empty() {
        reviews.push(told(said.max(inside), format!("a merge of nobody came to {}", said.id())));
    } else if said > inside {
        reviews
            .push(told(said, format!("a merged result says {}, and its reviewers come to {}", said.id(), inside.id())));
    }
    Ballot { verdict: said.max(inside), reviews, absent, required }
}

/// Whose business a failure is that nothing else is known of.
fn failure_of(verdict: ReviewVerdict) -> FailureType {
    match verdict {
        ReviewVerdict::CriticalFail => FailureType::CodeQuality,
        ReviewVerdict::InfraFail | ReviewVerdict::Degraded => FailureType::Infra,
        ReviewVerdict::Pass | ReviewVerdict::Warn => FailureType::None,
    }
}

/// Where this line of a text begins, counted from 1; its end where there are fewer.
fn start_of_line(text: &str, number: usize) -> usize {
    match number.checked_sub(2) {
        None => 0,
        Some(before) => memchr::memchr_iter(b'\n', text.as_bytes()).nth(before).map_or(text.len(), |at| at + 1),
    }
}

/// Where the next line begins that may be an answer.
fn next_answer(text: &str, from: usize) -> usize {
    let mut at = from;
    while at < text.len() && !text[at..].starts_with(['{', '[']) {
        at = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
    }
    at
}

/// What a reason calls the file: what came on standard input was none.
fn file(name: &str) -> &'static str {
    if name == STANDARD_INPUT { "it" } else { "its file" }
}

fn why_broken(error: &serde_json::Error, line: u64, file: &str) -> String {
    match error.classify() {
        Category::Eof => format!("{file} ends in the middle of an answer (line {line})"),
        _ => format!("{file} is no JSON in line {line}, column {}", error.column()),
    }
}

#[cfg(test)]
mod tests;
