//! The components of a failure's identity, in the order in which they are hashed, and the key for people.
//!
//! What comes in any order is sorted; lines of tests that pass, and frames that are not the repository's, have no part.

use super::super::find::Found;
use super::super::signatures::{Hit, Kind, Rank};
use super::super::suspects::{self, places};
use super::{normalise, paths};
use crate::triage::hints::{Hinted, Pattern};
use crate::triage::redact;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// How many lines of the block take part: where a tool names the cause all of a list does, else what stands near.
const LINES: usize = 30;
const ENTRIES: usize = 300;

/// How many frames, and other causes.
const FRAMES: usize = 3;
const CAUSES: usize = 40;

/// A vague line with so short a block takes so many lines before it along.
const SHORT: usize = 4;
const BEFORE: usize = 6;
const FEW_WORDS: usize = 8;

/// A message of fewer words does not name a failure.
const FEWEST_WORDS: usize = 2;

/// The same message in so many tests or files is one failure of what they share.
const SYSTEMIC: usize = 5;

/// The longest readable identity.
const LONGEST: usize = 100;

/// What is known of a failure's identity.
#[derive(Debug, Default)]
pub(super) struct Components {
    pub(super) tool: &'static str,
    pub(super) kind: &'static str,
    /// The row of the table, or `line`.
    pub(super) name: &'static str,
    /// Tests that failed, error codes, rules, packages, or the one message of all of them.
    pub(super) identity: Vec<String>,
    /// The first line, normalised.
    pub(super) message: String,
    pub(super) frames: Vec<String>,
    pub(super) block: Vec<String>,
    /// Other lines that name a cause, sorted.
    pub(super) causes: Vec<String>,
    /// Where nothing else names the failure.
    pub(super) step: Option<String>,
    /// Of a test, the file that it stands in.
    file: Option<String>,
    pub(super) is_confident: bool,
}

/// Take a failure apart.
pub(super) fn components(found: &Found) -> Option<Components> {
    let (_, text) = found.failure.as_ref()?;
    let root = found.structure.root.as_deref();
    let hit = found.hit.as_ref();
    let rank = hit.map_or(Rank::Echo, |hit| hit.signature.rank);
    let mut lines: Vec<String> = found.block.clone();
    if lines.first() != Some(text) {
        lines.insert(0, text.clone());
    }
    if rank == Rank::Cause {
        lines.extend(found.others.iter().cloned());
    }
    redact::lines(&mut lines);
    let (frames, mut block) = split(&lines, root, if rank == Rank::Cause { ENTRIES } else { LINES });
    let message = hit.and_then(|hit| hit.message.as_deref()).unwrap_or(text);
    let message = normalise::line(&redact::text(message), root);
    if block.len() <= SHORT && is_vague(&message, hit) {
        block.extend(before(found, root));
    }
    let mut parts = Components {
        tool: hit.map_or("", |hit| hit.signature.tool),
        kind: hit.map_or("", |hit| hit.signature.kind.id()),
        name: hit.map_or("line", |hit| hit.signature.name),
        message,
        frames,
        block,
        file: hit.and_then(|hit| hit.file.as_deref()).map(|file| basename(&paths::relative(file, root))),
        is_confident: rank > Rank::Echo,
        ..Components::default()
    };
    match systemic(found) {
        Some(message) => {
            parts.identity = vec![message];
            parts.frames.clear();
            parts.block.clear();
        }
        None => {
            let alike = alike(found, hit);
            let messages = texts(alike.iter().filter_map(|hit| hit.message.as_deref()), root);
            parts.identity = identity(found, &alike);
            parts.causes = causes(found, root);
            if parts.identity.len().max(messages.len()) > 1 {
                // Which of several failures comes first is chance: only what holds in any order takes part.
                let files: BTreeSet<_> = alike.iter().map(|hit| hit.file.as_deref()).collect();
                parts.file = parts.file.filter(|_| files.len() == 1 && parts.identity.len() <= 1);
                parts.message = messages.into_iter().next().filter(|_| parts.identity.is_empty()).unwrap_or_default();
                parts.frames.clear();
                parts.block.sort();
                parts.block.truncate(if found.others.is_empty() { 0 } else { ENTRIES });
            }
        }
    }
    if !parts.is_confident {
        parts.step =
            found.structure.steps.iter().rfind(|step| step.failed).map(|step| normalise::line(&step.name, root));
    }
    Some(parts)
}

/// A line that counts or complains without a name: `3 tests failed`. What failed stands above it.
fn is_vague(message: &str, hit: Option<&Hit>) -> bool {
    let is_named = hit.is_some_and(|hit| hit.test.is_some() || hit.id.is_some() || hit.signature.rank == Rank::Cause);
    !is_named && words(message) <= FEW_WORDS
}

/// How many words of three letters or more there are.
fn words(text: &str) -> usize {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= 3).count()
}

/// The lines right before the failure, sorted.
fn before(found: &Found, root: Option<&str>) -> BTreeSet<String> {
    let (Some(excerpt), Some((number, _))) = (&found.excerpt, &found.failure) else { return BTreeSet::new() };
    let at = number.saturating_sub(excerpt.span.start).min(excerpt.lines.len() as u64) as usize;
    let mut lines = excerpt.lines[at.saturating_sub(BEFORE)..at].to_vec();
    redact::lines(&mut lines);
    split(&lines, root, LINES).1.into_iter().collect()
}

/// Frames of the repository (of packages, where there are no others), and the other lines, normalised.
fn split(lines: &[String], root: Option<&str>, most: usize) -> (Vec<String>, Vec<String>) {
    let (mut own, mut foreign, mut block) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines.iter().take(20 * most) {
        let places = places::of(line, root);
        match places.first().filter(|place| place.is_frame) {
            Some(place) if place.is_runtime => {}
            Some(place) => {
                let function = normalise::line(place.function.as_deref().unwrap_or_default(), None);
                let frame = format!("{function} {}", basename(&place.file));
                let frames = if place.own().is_some() { &mut own } else { &mut foreign };
                if place.is_last_first { frames.insert(0, frame) } else { frames.push(frame) }
            }
            None if block.len() < most && !passes(line) => {
                let line = normalise::line(line, root);
                if !line.is_empty() && !is_drawn(&line) && !block.contains(&line) {
                    block.push(line);
                }
            }
            None => {}
        }
    }
    let mut frames: Vec<String> = if own.is_empty() { foreign } else { own };
    frames.dedup();
    frames.truncate(FRAMES);
    (frames, block)
}

/// Lines of punctuation only: rulers, carets.
fn is_drawn(line: &str) -> bool {
    !line.chars().any(char::is_alphanumeric)
}

/// A line that tells of a test that passed, of one that was left out, or of progress, as Maven does around what it says of errors.
fn passes(line: &str) -> bool {
    static PASSES: Pattern = Pattern::new(
        &[
            "✓".as_bytes(),
            "✔".as_bytes(),
            "√".as_bytes(),
            b"ok",
            b"pass",
            b"--- skip",
            b"=== run",
            b"=== pause",
            b"=== cont",
            b"[ run",
            b"[info]",
            b"0%",
            b"skipped",
            b"ignored",
            b".",
        ],
        r"^\s*(?:[✓✔√]|ok [0-9]+|PASS\b|\[PASS|\[ +OK|--- PASS|--- SKIP|=== (?:RUN|PAUSE|CONT)|\[ RUN|\[info\] [✓+-] .*[^*]$|\.+$|\[INFO\](?: |$)|\[?[0-9]+%)|(?:\.\.\. |\.{3,} ?|\s)(?:ok|OK|PASSED|passed|PASS|SKIPPED|ignored)(?:\s+[\[(].*[\])])?\s*$|[✓✔√.]{5,}",
    );
    line.starts_with("travis_fold:")
        || line.starts_with("travis_time:")
        || PASSES.on(&Hinted::of(line)).is_some_and(|passes| passes.is_match(line))
}

/// What else was recognised in the same way and tells of the failure, its own line included.
fn alike<'a>(found: &'a Found, hit: Option<&'a Hit>) -> Vec<&'a Hit> {
    let Some(hit) = hit else { return Vec::new() };
    let others = found
        .hits
        .iter()
        .filter(|(number, other)| other.signature.name == hit.signature.name && found.is_evidence(*number));
    std::iter::once(hit).chain(others.map(|(_, hit)| hit).take(CAUSES)).collect()
}

/// What names the failure, whatever is said about it: the tests, or else the codes and rules.
fn identity(found: &Found, alike: &[&Hit]) -> Vec<String> {
    let tests = suspects::failing_tests(found);
    let ids = alike.iter().filter_map(|hit| hit.id.as_deref());
    let names = match tests.is_empty() {
        // What is a number here is a code, of HTTP or of a tool.
        true if ids.clone().all(|id| id.bytes().all(|byte| byte.is_ascii_digit())) => {
            ids.map(|id| redact::text(id).to_string()).collect()
        }
        true => texts(ids, None),
        false => texts(tests.iter().map(String::as_str), None),
    };
    names.into_iter().collect()
}

/// Each of them once, without secrets, normalised.
fn texts<'a>(all: impl Iterator<Item = &'a str>, root: Option<&str>) -> BTreeSet<String> {
    all.map(|text| normalise::line(&redact::text(text), root)).collect()
}

/// The one message that (nearly) all failed tests or files have, when they are many.
fn systemic(found: &Found) -> Option<String> {
    let mut units: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for (_, hit) in found.hits.iter().filter(|(_, hit)| hit.signature.rank == Rank::Cause) {
        let Some(unit) = hit.test.as_deref().or(hit.file.as_deref()) else { continue };
        all.insert(unit.to_owned());
        if let Some(message) = hit.message.as_deref() {
            units.entry(normalise::line(&redact::text(message), None)).or_default().insert(unit.to_owned());
        }
    }
    let (message, of) = units.into_iter().max_by_key(|(_, units)| units.len())?;
    (of.len() >= SYSTEMIC && of.len() * 5 >= all.len() * 4 && !message.is_empty()).then_some(message)
}

/// What else names a cause: lines of the same rank as the failure's, sorted.
fn causes(found: &Found, root: Option<&str>) -> Vec<String> {
    let all = found.hits.iter().filter(|(_, hit)| hit.signature.rank == Rank::Cause);
    let texts = all.map(|(_, hit)| {
        let parts = [hit.test.as_deref(), hit.id.as_deref(), hit.file.as_deref(), hit.message.as_deref()];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        format!("{} {}", hit.signature.name, normalise::line(&redact::text(&text), root))
    });
    texts.collect::<BTreeSet<_>>().into_iter().take(CAUSES).collect()
}

impl Components {
    /// Everything, as it is hashed.
    pub(super) fn fine(&self) -> Vec<String> {
        let mut parts =
            vec![self.tool.to_owned(), self.kind.to_owned(), self.identity.join("\n"), self.message.clone()];
        parts.push(self.frames.join("\n"));
        parts.push(self.block.join("\n"));
        parts.push(self.causes.join("\n"));
        parts.extend(self.step.clone());
        parts
    }

    /// Kind and identity, or kind and message where nothing else names it.
    pub(super) fn coarse(&self) -> Vec<String> {
        let named = if self.identity.is_empty() { template(&self.named()) } else { self.identity.join("\n") };
        vec![self.tool.to_owned(), self.kind.to_owned(), named]
    }

    /// `playwright-timeout:checkout.spec.ts:guest checkout works`.
    pub(super) fn key(&self) -> String {
        let mut parts = vec![self.name.to_owned()];
        parts.extend(self.file.clone().filter(|file| self.identity.first().is_none_or(|first| !first.contains(file))));
        match self.identity.as_slice() {
            [] => parts.push(self.named()),
            // A code alone tells people little.
            [one] if words(one) < FEWEST_WORDS && self.kind != Kind::Test.id() => {
                parts.push(one.clone());
                parts.extend(Some(self.message.clone()).filter(|message| message != one));
            }
            [one] => parts.push(one.clone()),
            [one, more @ ..] => parts.push(format!("{one} and {} more", more.len())),
        }
        let key = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":");
        match key.char_indices().nth(LONGEST) {
            Some(_) => key.chars().take(LONGEST - 1).chain(['…']).collect(),
            None => key,
        }
    }

    /// The message. One that says next to nothing (`1)`, `Links`) takes lines of its block along.
    fn named(&self) -> String {
        let mut named = self.message.clone();
        for line in self.block.iter().filter(|line| !line.contains(&self.message)) {
            if words(&named) >= FEWEST_WORDS {
                break;
            }
            named = if words(&named) == 0 { line.clone() } else { format!("{named} {line}") };
        }
        named
    }
}

/// A message without what is quoted in it: values differ where the failure is alike.
fn template(message: &str) -> String {
    static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"'[^']*'|"[^"]*""#).ok());
    match QUOTED.as_ref() {
        Some(quoted) => quoted.replace_all(message, "<text>").into_owned(),
        None => message.to_owned(),
    }
}

fn basename(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}
