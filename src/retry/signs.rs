//! What the end of an output says, in the words of triage's signature table: a transient failure, or something that a second
//! attempt does not mend.
//!
//! The table is the one source of truth; here is only which of its kinds and ranks mean what for another attempt:
//!
//! | kind | of rank | means |
//! |---|---|---|
//! | network, rate-limit, registry, runner, disk | cause, symptom | transient, among the last lines |
//! | test, flaky | all but echo | a veto: the test has run, and a test that waited in vain is a flaky test |
//! | compile, type, lint, format | cause, symptom | a veto |
//! | job-timeout, cancelled | all | a veto |
//! | missing | rows that name a command | a veto |
//! | auth, permission, and credentials that are not there | cause, symptom | a veto, unless a server itself says 429 or 5xx |
//! | all others | | nothing: what tools say about it is often how they take a lost connection |
//!
//! Besides, [`shapes`] are vetoes whatever words they carry: a compiler's place, counted test failures, a quota used up for good.
//!
//! Vetoes are looked for in all that is kept of a stream, transient failures where an output ends. What is transient by its
//! shape and permanent by its words is [`permanent`]'s business; whose failure it is in the end, [`super::judge`]'s.

mod last;
mod permanent;
mod shapes;

pub(super) use last::Last;

use crate::model::Why;
use crate::triage::digest::Digest;
use crate::triage::signatures::{Hit, Kind, Rank, Signature, Table};
use crate::triage::{find, line, redact};
use regex::bytes::Regex;
use shapes::Shape;
use std::sync::LazyLock;

/// The most marked lines that are looked up for a veto, from the end: what fits into some milliseconds.
const MOST_LOOK_UPS: usize = 2_000;

/// How much of a line is told, in characters.
const TOLD: usize = 300;

/// Rows of the kind `missing` that name a command, or a file that may not be run.
const COMMANDS: &[(&str, Why)] = &[
    ("command-not-found", Why::NotFound),
    ("command-not-found-zsh", Why::NotFound),
    ("command-not-installed", Why::NotFound),
    ("powershell-missing", Why::NotFound),
    ("script-not-there", Why::NotFound),
    ("script-not-executable", Why::Permission),
    ("permission-denied", Why::Permission),
];

/// Rows of the kind `config` that speak of credentials: they are no better the next time.
const CREDENTIALS: &[&str] = &["aws-no-credentials", "credentials-missing", "ssh-host-key", "github-billing"];

/// Rows of package managers that call what they die of a warning.
const DIED_OF: &[&str] = &["retries-used", "apk-network", "apt-network"];

/// Why something speaks against the infrastructure, the weightiest first.
const WEIGHTS: [Why; 7] =
    [Why::Test, Why::Compiler, Why::JobLimit, Why::Cancelled, Why::NotFound, Why::Permission, Why::Auth];

/// Something in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it stands for.
    pub why: Why,
    /// The row's name.
    pub pattern: &'static str,
    /// The line, without secrets.
    pub line: String,
    /// A server asks for patience.
    pub is_quota: bool,
    /// A server says itself that it is busy or down: 429 or 5xx. That beats words about credentials.
    pub is_answer: bool,
    /// No server's answer beats it: a missing command, a quota that is used up for good.
    pub is_final: bool,
}

impl Sign {
    /// Whether it stands even where the attempt was killed or ran out of time: the work had failed before.
    pub fn is_of_the_work(&self) -> bool {
        matches!(self.why, Why::Test | Why::Compiler | Why::JobLimit | Why::Cancelled)
    }

    /// How much it weighs, the weightiest first.
    pub fn weight(&self) -> usize {
        let why = if self.is_final { Why::NotFound } else { self.why };
        WEIGHTS.iter().position(|other| *other == why).unwrap_or(WEIGHTS.len())
    }

    fn of(why: Why, row: &'static Signature, clean: &[u8]) -> Sign {
        let is_answer = row.kind == Kind::RateLimit || is_answer(clean);
        let is_quota = row.kind == Kind::RateLimit || is_answer && is_too_often(clean);
        Sign { why, pattern: row.name, line: told(clean), is_quota, is_answer, is_final: why == Why::NotFound }
    }

    fn shaped(shape: &'static Shape, clean: &[u8]) -> Sign {
        let is_final = shape.name == shapes::SPENT;
        Sign { why: shape.why, pattern: shape.name, line: told(clean), is_quota: false, is_answer: false, is_final }
    }
}

/// A line for people: short, and without secrets. What is cut is cut last, so that no half of a secret is left over.
pub(super) fn told(clean: &[u8]) -> String {
    let text = redact::text(String::from_utf8_lossy(clean).trim());
    match text.char_indices().nth(TOLD) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// What speaks against the infrastructure, anywhere in what is kept of an output: the weightiest, and of those the last one.
pub fn veto(bytes: &[u8]) -> Option<Sign> {
    let digest = Digest::of(bytes);
    let expected = find::expected(&digest);
    let is_expected = |index: usize| {
        let after = expected.partition_point(|(start, _)| *start <= index);
        after.checked_sub(1).is_some_and(|at| index <= expected[at].1)
    };
    let mut found = shaped(&digest, is_expected);
    let marked = digest.marked().rev().filter(|(_, marks)| marks.signature).map(|(index, _)| index);
    for index in marked.take(MOST_LOOK_UPS).filter(|index| !is_expected(*index)) {
        if found.as_ref().is_some_and(|best| best.weight() == 0) {
            break;
        }
        let raw = digest.raw(index);
        let clean = line::clean(raw);
        let Some(sign) = of_line(&clean) else { continue };
        if found.as_ref().is_none_or(|best| sign.weight() < best.weight()) && !is_remark(raw, &clean) {
            found = Some(sign);
        }
    }
    found
}

/// The weightiest line that speaks against the infrastructure by its shape, and of those the last one.
fn shaped(digest: &Digest, is_expected: impl Fn(usize) -> bool) -> Option<Sign> {
    let mut found: Option<Sign> = None;
    for index in (0..digest.len()).rev() {
        let found_here = shapes::of_line(digest, index, &line::clean(digest.raw(index)));
        let Some((shape, message)) = found_here.filter(|_| !is_expected(index)) else { continue };
        let sign = Sign::shaped(shape, &line::clean(digest.raw(message)));
        if found.as_ref().is_none_or(|best| sign.weight() < best.weight()) {
            found = Some(sign);
        }
        if found.as_ref().is_some_and(|best| best.weight() == 0) {
            break;
        }
    }
    found
}

/// What a row of the table says against the infrastructure in this line.
fn of_line(clean: &[u8]) -> Option<Sign> {
    let hit = Table::get().look_up_for(clean, |row| of_row(row).is_some())?;
    let why = speaks_against(&hit);
    // Words of the network in a compiler's message: the row for the words is asked first.
    if (is_transient(hit.signature) || hit.signature.kind == Kind::Build)
        && let Some(row) = shapes::placed(clean)
    {
        return Some(Sign::of(Why::Compiler, row, clean));
    }
    Some(Sign::of(why?, hit.signature, clean))
}

/// A transient failure among the last lines: the last one, or the last one that is a server's own answer.
pub fn transient(bytes: &[u8]) -> Option<Sign> {
    let last = Last::of(bytes);
    let mut found: Option<Sign> = None;
    for index in (0..last.len()).rev() {
        let clean = last.clean(index);
        let Some(hit) = Table::get().look_up(clean) else { continue };
        if is_remark(last.raw(index), clean) && !DIED_OF.contains(&hit.signature.name) {
            continue;
        }
        if ends_the_search(hit.signature) {
            break;
        }
        let Some(row) = passing(&hit, clean) else { continue };
        let sign = Sign::of(Why::Transient, row, clean);
        if permanent::is_so(row, sign.is_answer, &last, index) {
            continue;
        }
        match (&found, sign.is_quota, sign.is_answer) {
            (_, true, _) => return Some(sign),
            (None, ..) => found = Some(sign),
            (Some(before), _, true) if !before.is_answer => found = Some(sign),
            _ => {}
        }
    }
    found
}

/// A refusal that a server takes back by itself: 403 among the last lines, where it also says how long to wait.
pub fn refused_for_now(bytes: &[u8]) -> Option<Sign> {
    static REFUSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)\b(?:HTTP(?:/[0-9.]+)?|HTTP error|error|status|\w*code)(?:: ?|=| )403\b|\b403 (?:client error|forbidden)").ok()
    });
    let last = Last::of(bytes);
    let line = last.rev().find(|line| REFUSED.as_ref().is_some_and(|refused| refused.is_match(line)))?;
    let (why, pattern) = (Why::Transient, "rate-limit-403");
    Some(Sign { why, pattern, line: told(line), is_quota: true, is_answer: true, is_final: false })
}

/// What a line means for another attempt, where it speaks against one.
fn speaks_against(hit: &Hit) -> Option<Why> {
    let is_cross = hit.signature.name == "cross-mark";
    let is_test = !is_cross || !hit.message.as_deref().is_some_and(is_sentence);
    of_row(hit.signature).filter(|_| is_test)
}

fn of_row(row: &Signature) -> Option<Why> {
    let says_what = matches!(row.rank, Rank::Cause | Rank::Symptom);
    match row.kind {
        Kind::Test | Kind::Flaky => (row.rank != Rank::Echo).then_some(Why::Test),
        Kind::Compile | Kind::Type | Kind::Lint | Kind::Format => says_what.then_some(Why::Compiler),
        Kind::JobTimeout => Some(Why::JobLimit),
        Kind::Cancelled => Some(Why::Cancelled),
        Kind::Missing => COMMANDS.iter().find(|(name, _)| *name == row.name).map(|(_, why)| *why),
        Kind::Auth => says_what.then_some(Why::Auth),
        Kind::Permission => says_what.then_some(Why::Permission),
        Kind::Config => CREDENTIALS.contains(&row.name).then_some(Why::Auth),
        _ => None,
    }
}

/// Whether what stands behind a cross is what a tool says of itself, and no title of a test.
fn is_sentence(message: &str) -> bool {
    static SENTENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i-u)^(?:[\w.]*error\b|failed\b|failure\b|fatal\b|could(?: not|n't)\b|cannot\b|can't\b|unable\b",
            r"|(?:api|http|network|request|connection|timeout|download|upload|fetch|deploy(?:ment)?|install(?:ation)?)\b.*\b(?:error|failed|timed out|reset))"
        ))
        .ok()
    });
    SENTENCE.as_ref().is_some_and(|sentence| sentence.is_match(message.as_bytes()))
}

/// The row by which a line is transient: the one that names it, or one behind that. A build tool says that it failed and why
/// in one line, and a refusal may be for being asked too often.
fn passing(hit: &Hit, clean: &[u8]) -> Option<&'static Signature> {
    match hit.signature.kind {
        Kind::Build => Some(Table::get().look_up_among(clean, is_transient)?.signature),
        Kind::Auth | Kind::Permission | Kind::Config => {
            let row = Table::get().look_up_among(clean, is_transient)?.signature;
            (row.kind == Kind::RateLimit || is_answer(clean)).then_some(row)
        }
        _ => is_transient(hit.signature).then_some(hit.signature),
    }
}

/// Whether a row is about what passes.
pub(super) fn is_transient(row: &Signature) -> bool {
    matches!(row.kind, Kind::Network | Kind::RateLimit | Kind::Registry | Kind::Runner | Kind::Disk)
        && matches!(row.rank, Rank::Cause | Rank::Symptom)
}

/// Whether what stands above such a line was got over: it is what the command died of.
fn ends_the_search(row: &Signature) -> bool {
    row.rank == Rank::Cause && matches!(row.kind, Kind::Crash | Kind::Missing | Kind::Git | Kind::Docs | Kind::Link)
}

/// Whether a server says in this line that it is asked too often, or that it is down.
fn is_answer(clean: &[u8]) -> bool {
    static ANSWER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r"(?i-u)\b(?:HTTP(?:/[0-9.]+)?|status|\w*code|error|returned|with|response|received|got)\W{0,3}(?:code |status )?(?:429|50[0234]|52[0-49])\b",
            r"|\b(?:429|50[0234]|52[0-49])\b\W{0,3}(?:too many|internal server|bad gateway|service|server|gateway|overloaded|time-?out)",
            r"|too many requests|rate limit exceeded|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|overloaded"
        ))
        .ok()
    });
    ANSWER.as_ref().is_some_and(|answer| answer.is_match(clean))
}

/// Whether an answer is 429, and not another one.
fn is_too_often(clean: &[u8]) -> bool {
    static TOO_OFTEN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i-u)\b429\b|too many requests").ok());
    TOO_OFTEN.as_ref().is_some_and(|often| often.is_match(clean))
}

/// Whether a line says of itself that it is no failure: a level, a passed test, a mark of a CI system, an announced retry.
fn is_remark(raw: &[u8], clean: &[u8]) -> bool {
    const LEVELS: [&[u8]; 3] = [b"##[warning]", b"##[notice]", b"##[debug]"];
    const MARKS: [&str; 3] = ["✓", "✔", "√"];
    let start = &raw[..raw.len().min(64)];
    let words = clean.trim_ascii_start();
    LEVELS.iter().any(|level| memchr::memmem::find(start, level).is_some())
        || MARKS.iter().any(|mark| words.starts_with(mark.as_bytes()))
        || words.starts_with(b"not ok ")
        // What a test printed, as TAP shows it.
        || words.starts_with(b"# ")
        || words.starts_with(b"::warning")
        || find::is_remark(clean)
}

#[cfg(test)]
mod tests;
