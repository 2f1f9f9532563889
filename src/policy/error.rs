//! What is wrong with a policy file, said so that its author finds the place: line, column, key, and the key that was
//! probably meant. serde_json finds the fault; its words are only quoted, never matched.

use super::place::{self, Place, Step};
use super::schema;
use crate::model::visible;
use serde_json::error::Category;
use std::fmt;

/// What is wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// The line, counted from 1; `None` when it is the whole file.
    pub line: Option<usize>,
    /// The character in that line, counted from 1.
    pub column: Option<usize>,
    /// One visible line that names the key.
    pub reason: String,
    /// The key that was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.reason)?;
        match &self.suggestion {
            Some(key) => write!(f, "; did you mean `{key}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PolicyError {}

impl PolicyError {
    /// A fault of the file as a whole.
    pub(super) fn of_file(reason: impl Into<String>) -> PolicyError {
        PolicyError { line: None, column: None, reason: reason.into(), suggestion: None }
    }

    /// A fault that starts at this byte.
    pub(super) fn at(text: &[u8], start: usize, reason: impl Into<String>) -> PolicyError {
        let (line, column) = place::line_and_column(text, start);
        PolicyError { line: Some(line), column: Some(column), ..PolicyError::of_file(reason) }
    }

    /// A fault that serde_json found in this text.
    pub(super) fn of_json(text: &str, error: &serde_json::Error) -> PolicyError {
        let bytes = text.as_bytes();
        let said = error.to_string();
        let said = said.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())).unwrap_or(&said);
        let said = shortened(said);
        let lines_before = bytes.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
        let read = lines_before.map(<[u8]>::len).sum::<usize>() + error.column();
        match error.classify() {
            Category::Data => {
                let place = place::locate(bytes, read);
                let path = shortened(&place::spelled(&place.path));
                match &place.key {
                    Some(key) if schema::has_free_keys(&place.path) => {
                        let key = shortened(key);
                        PolicyError::at(bytes, place.start, format!("key `{key}` in `{path}` {said}"))
                    }
                    Some(key) => wrong_key(bytes, &place, &path, key),
                    None if path.is_empty() => PolicyError::at(bytes, place.start, said),
                    None => PolicyError::at(bytes, place.start, format!("`{path}`: {said}")),
                }
            }
            Category::Eof => PolicyError::at(bytes, read, format!("no valid JSON: {said}")),
            Category::Syntax | Category::Io => {
                let at = read.saturating_sub(1).min(bytes.len());
                let comment = ["//", "/*", "#"].iter().any(|sign| bytes[at..].starts_with(sign.as_bytes()));
                let hint = if comment { " (JSON has no comments)" } else { "" };
                let ends = bytes.get(at).is_some_and(|byte| matches!(byte, b'}' | b']'));
                let said = if ends && bytes[..at].trim_ascii_end().ends_with(b",") { "trailing comma" } else { &said };
                PolicyError::at(bytes, at, format!("no valid JSON: {said}{hint}"))
            }
        }
    }
}

/// A key that is not known, or that was there before.
fn wrong_key(text: &[u8], place: &Place, path: &str, key: &str) -> PolicyError {
    let known = schema::keys_below(&place.path);
    let within = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
    let key_shown = shortened(key);
    if known.iter().any(|known| known == key) {
        return PolicyError::at(text, place.start, format!("key `{key_shown}` is there twice{within}"));
    }
    let error = PolicyError::at(text, place.start, format!("unknown key `{key_shown}`{within}"));
    PolicyError { suggestion: suggestion(&place.path, &known, key), ..error }
}

/// The known key that looks most like this one: of the same object, or of the objects in it.
fn suggestion(path: &[Step], known: &[String], key: &str) -> Option<String> {
    // Comparing costs time and memory with the length; nobody misspells a key into this many letters.
    if key.len() > 64 {
        return None;
    }
    let key = key.to_lowercase();
    let deeper = keys_deeper(path).into_iter().map(|(spelled, known)| {
        // The object at hand is meant more often.
        let likeness = likeness(&known, &key) - 0.05;
        (spelled, likeness)
    });
    let here = known.iter().map(|known| (known.clone(), likeness(known, &key)));
    let alike = deeper.chain(here).filter(|&(_, likeness)| likeness >= 0.6);
    alike.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(key, _)| key)
}

/// How much a known key looks like the one that was written, up to 1. Words count for more than letters: `max_lines` is
/// `max_patch_lines` rather than `max_files`, and `exclude_paths` is `exclude` rather than `core_paths`.
fn likeness(known: &str, key: &str) -> f64 {
    let letters = strsim::normalized_damerau_levenshtein(known, key);
    let has_all =
        |text: &str, words: &str| words.split(['_', '-']).all(|word| text.split(['_', '-']).any(|w| w == word));
    let words = match (has_all(known, key), has_all(key, known)) {
        (true, _) => 0.9 + letters / 10.0,
        (_, true) => 0.75 + letters / 20.0,
        _ => 0.0,
    };
    letters.max(words)
}

/// The keys of all objects in the object at `path`: as they are spelled from there, and the last part alone.
fn keys_deeper(path: &[Step]) -> Vec<(String, String)> {
    let mut keys = Vec::new();
    for object in schema::keys_below(path) {
        let inner_path = [path, &[Step::Key(object.clone())]].concat();
        let inner = schema::keys_below(&inner_path).into_iter().map(|key| (key.clone(), key));
        for (spelled, key) in inner.chain(keys_deeper(&inner_path)) {
            keys.push((format!("{object}.{spelled}"), key));
        }
    }
    keys
}

/// One visible line of bearable length.
fn shortened(text: &str) -> String {
    const ENOUGH: usize = 200;
    let mut out = visible(text.chars().take(ENOUGH).collect::<String>());
    if text.chars().nth(ENOUGH).is_some() {
        out.push_str("...");
    }
    out
}
