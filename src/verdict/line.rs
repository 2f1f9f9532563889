//! What one line says: `VERDICT: WORD`, `MESSAGE: …`, or neither. The label must begin the line and its word must begin what
//! follows, whatever dress they wear: headings, emphasis, backticks, symbols, cells of a table.
//!
//! A word that passes stands alone, or has its explanation behind a dash, a bracket or a full stop: "PASS if …" passes nothing. Where the
//! line names another verdict besides, in capitals, or has a cross beside the word, it says two things, and that is no verdict. A word that
//! blocks may be followed by anything, since no fail is to be lost. Two words to choose from are a template, and no verdict.
//! Whether the line is quoted is not known here.

use super::words;
use crate::model::{ReviewVerdict, is_invisible};

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement<'t> {
    Verdict(Value<'t>),
    Message(&'t str),
}

/// What stands behind the label of a verdict.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Value<'t> {
    /// All of it.
    pub(super) said: &'t str,
    pub(super) word: Word<'t>,
    /// It stands in a cell beside the label, without a colon: a header looks like that too.
    pub(super) may_be_header: bool,
}

/// How a value begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word<'t> {
    /// There is no value.
    Missing,
    /// It is no verdict.
    Unknown,
    /// It passes, and says something else too.
    Torn,
    Known {
        verdict: ReviewVerdict,
        /// What follows, where anything does.
        because: &'t str,
    },
}

/// What a line says that is no quotation.
pub(super) fn read(line: &str) -> Option<Statement<'_>> {
    let text = undressed(line);
    let is_crossed = has_cross(&line[..line.len() - text.len()]);
    let is_row = line.trim_start().starts_with('|');
    if let Some(rest) = behind_label(text, "message") {
        let text = colon(rest)?.trim();
        let text = if is_row { text.trim_end_matches('|') } else { text };
        return Some(Statement::Message(text.trim_matches(is_emphasis_or_blank)));
    }
    let qualified = ["final", "overall"].into_iter().find_map(|word| behind_label(text, word));
    let rest = behind_label(qualified.unwrap_or(text).trim_start(), "verdict")?;
    let mut value = match (colon(rest), is_row) {
        (Some(value), false) => Value { said: value.trim(), word: word(value), may_be_header: false },
        (Some(cells), true) => row(cells, false),
        (None, true) => row(rest.trim_start_matches(is_emphasis_or_blank).strip_prefix('|')?, true),
        (None, false) => return None,
    };
    if is_crossed && value.known().is_some_and(|verdict| !blocks(verdict)) {
        value.word = Word::Torn;
    }
    Some(Statement::Verdict(value))
}

/// What the cells of a row say, from the one on in which the verdict is.
fn row(cells: &str, may_be_header: bool) -> Value<'_> {
    let (first, others) = cells.split_once('|').unwrap_or((cells, ""));
    let value = Value { said: first.trim(), word: word(first), may_be_header };
    let Some(verdict) = value.known() else { return value };
    let differs = |cell: &str| named(cell).is_some_and(|other| other != verdict);
    let whole = |word| Value { said: cells.trim(), word, may_be_header: false };
    match () {
        () if others.split('|').any(differs) => whole(Word::Unknown),
        () if !blocks(verdict) && names_another(others, verdict) => whole(Word::Torn),
        () => value,
    }
}

impl Value<'_> {
    /// The verdict, where there is one.
    pub(super) fn known(&self) -> Option<ReviewVerdict> {
        match self.word {
            Word::Known { verdict, .. } => Some(verdict),
            Word::Missing | Word::Unknown | Word::Torn => None,
        }
    }
}

/// Whether a verdict stops something, and be it for the infrastructure's sake.
fn blocks(verdict: ReviewVerdict) -> bool {
    matches!(verdict, ReviewVerdict::CriticalFail | ReviewVerdict::InfraFail)
}

/// Whether a line is the one below the header of a table.
pub(super) fn is_delimiter_row(line: &str) -> bool {
    line.contains('-')
        && line.trim().starts_with('|')
        && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
}

/// How a value begins.
pub(super) fn word(value: &str) -> Word<'_> {
    let text = opened(value);
    if text.is_empty() {
        return Word::Missing;
    }
    let Some((verdict, rest)) = longest(text) else { return Word::Unknown };
    let passes = !blocks(verdict);
    let blocked = |because: &str| !passes && !is_choice(because, verdict);
    // What was struck out is not said.
    let before = value[..value.len() - text.len()].rsplit("~~").next().unwrap_or_default();
    let behind = &rest[..rest.len() - rest.trim_start_matches(is_ornament).len()];
    if passes && (has_cross(before) || has_cross(behind) || names_another(rest, verdict)) {
        return Word::Torn;
    }
    match tail(rest) {
        Tail::Nothing => Word::Known { verdict, because: "" },
        Tail::Explained(because) if blocked(because) || passes && !offers_another(because, verdict) => {
            Word::Known { verdict, because: because.trim() }
        }
        Tail::Prose(because) if blocked(because) => Word::Known { verdict, because: because.trim() },
        _ => Word::Unknown,
    }
}

/// What stands behind a word.
enum Tail<'t> {
    Nothing,
    /// `- because …`, `(because …)`, `. Because …`
    Explained(&'t str),
    /// `if …`, `|WARN`, `?`
    Prose(&'t str),
}

fn tail(rest: &str) -> Tail<'_> {
    let text = rest.trim_start_matches(is_closer);
    let is_apart = rest[..rest.len() - text.len()].contains(char::is_whitespace);
    if text.trim_end_matches(is_ornament).is_empty() {
        return Tail::Nothing;
    }
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    let behind = chars.as_str();
    match first {
        '-' if is_apart || behind.starts_with(['-', ' ']) => Tail::Explained(behind.trim_start_matches('-')),
        '.' | ',' | ';' | ':' | '!' | '(' | '[' | '\u{2010}'..='\u{2015}' => {
            match behind.trim_start_matches(['!', '.']) {
                doubt if doubt.starts_with('?') => Tail::Prose(text),
                because if first == '(' => Tail::Explained(because.trim_end().strip_suffix(')').unwrap_or(because)),
                because => Tail::Explained(because),
            }
        }
        '<' if ["<br", "<!--", "</"].iter().any(|tag| text.starts_with(tag)) => Tail::Explained(text),
        symbol if is_symbol(symbol) => Tail::Explained(text.trim_start_matches(|c: char| is_symbol(c) || c == ' ')),
        _ => Tail::Prose(text),
    }
}

/// Whether an explanation begins with "or" and another verdict: then nothing has been decided.
fn offers_another(because: &str, verdict: ReviewVerdict) -> bool {
    let text = opened(because);
    let is_or = text.get(..3).is_some_and(|or| or.eq_ignore_ascii_case("or "));
    is_or && longest(opened(&text[3..])).is_some_and(|(other, _)| other != verdict)
}

/// Whether a text has another verdict in it, in capitals.
fn names_another(text: &str, verdict: ReviewVerdict) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        if rest.is_empty() {
            return false;
        }
        match capitals(rest) {
            Some((other, _)) if other != verdict => return true,
            Some((_, behind)) => rest = behind,
            None => rest = rest.trim_start_matches(is_of_word),
        }
    }
}

/// Whether there is a cross among these symbols.
fn has_cross(text: &str) -> bool {
    const NAMES: [&str; 4] = [":x:", ":no_entry:", ":no_entry_sign:", ":negative_squared_cross_mark:"];
    let is_cross =
        |c| matches!(c, '\u{274c}' | '\u{274e}' | '\u{2716}'..='\u{2718}' | '\u{26d4}' | '\u{1f6ab}' | '\u{1f6d1}');
    text.contains(is_cross) || NAMES.iter().any(|name| text.contains(name))
}

/// Whether a text is a list of verdicts to choose from, and nothing else.
fn is_choice(text: &str, verdict: ReviewVerdict) -> bool {
    let mut rest = text;
    let mut is_other = false;
    loop {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let word = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if word.is_empty() {
            return is_other;
        }
        match longest(rest) {
            Some((other, behind)) => (rest, is_other) = (behind, is_other || other != verdict),
            None if ["or", "and"].iter().any(|joint| word.eq_ignore_ascii_case(joint)) => rest = &rest[word.len()..],
            None => return false,
        }
    }
}

/// The verdict that a text begins with, in capitals.
fn named(text: &str) -> Option<ReviewVerdict> {
    capitals(opened(text)).map(|(verdict, _)| verdict)
}

/// The verdict that a text begins with, in capitals, and what follows it.
fn capitals(text: &str) -> Option<(ReviewVerdict, &str)> {
    longest_of(text, |word| !word.contains(char::is_lowercase))
}

/// The verdict that a text begins with, in as many words as may be, and what follows it.
fn longest(text: &str) -> Option<(ReviewVerdict, &str)> {
    longest_of(text, |_| true)
}

fn longest_of(text: &str, fits: fn(&str) -> bool) -> Option<(ReviewVerdict, &str)> {
    let mut ends = Vec::with_capacity(3);
    let mut rest = text;
    while ends.len() < 3 {
        let behind = rest.trim_start_matches(is_of_word);
        if behind.len() == rest.len() {
            break;
        }
        ends.push(text.len() - behind.len());
        rest = behind.trim_start_matches(' ');
    }
    ends.into_iter().rev().find_map(|end| {
        let word = text[..end].trim_end_matches(['_', '-']);
        let verdict = words::verdict(word).filter(|_| fits(word))?;
        Some((verdict, &text[word.len()..]))
    })
}

/// What is behind this label, where a text begins with it.
fn behind_label<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    let head = text.get(..label.len()).filter(|head| head.eq_ignore_ascii_case(label))?;
    let rest = &text[head.len()..];
    let is_whole = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
    is_whole.then_some(rest)
}

/// What is behind the colon that must come next, but for emphasis.
fn colon(rest: &str) -> Option<&str> {
    let text = rest.trim_start_matches(is_emphasis_or_blank);
    text.strip_prefix(':').or_else(|| text.strip_prefix('\u{ff1a}'))
}

/// A line without what may stand in front of a label.
fn undressed(line: &str) -> &str {
    let mut text = line;
    loop {
        let fewer = text.trim_start_matches(|c: char| {
            matches!(c, '#' | '*' | '_' | '|') || c.is_whitespace() || is_symbol(c) || is_invisible(c)
        });
        let fewer = fewer.strip_prefix("``").or_else(|| fewer.strip_prefix('`')).unwrap_or(fewer);
        let banner = fewer.trim_start_matches('=');
        let fewer = if banner.starts_with(' ') { banner } else { fewer };
        let fewer = fewer.strip_prefix("[x] ").or_else(|| fewer.strip_prefix("[X] ")).unwrap_or(fewer);
        if fewer.len() == text.len() || fewer.starts_with('`') {
            return fewer;
        }
        text = fewer;
    }
}

/// A value without what may stand in front of its word: emphasis, quotation marks, symbols, words that were struck out.
fn opened(value: &str) -> &str {
    let mut text = value;
    loop {
        let fewer = text.trim_start_matches(|c: char| {
            matches!(c, '*' | '_' | '`' | '"' | '\'' | '[' | '\u{201c}')
                || c.is_whitespace()
                || is_symbol(c)
                || is_invisible(c)
        });
        let fewer = shortcode(fewer).or_else(|| struck(fewer)).unwrap_or(fewer);
        if fewer.len() == text.len() {
            return fewer;
        }
        text = fewer;
    }
}

/// What is behind `:white_check_mark:`.
fn shortcode(text: &str) -> Option<&str> {
    let (name, rest) = text.strip_prefix(':')?.split_once(':')?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '+' | '-');
    (!name.is_empty() && name.chars().all(is_name)).then_some(rest)
}

/// What is behind `~~struck out~~`.
fn struck(text: &str) -> Option<&str> {
    Some(text.strip_prefix("~~")?.split_once("~~")?.1)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// What may close behind a word that was opened before it.
fn is_closer(c: char) -> bool {
    matches!(c, '*' | '_' | '`' | '"' | '\'' | '\u{201d}' | ']') || is_invisible(c) || c.is_whitespace()
}

/// What may stand behind a word and says nothing.
fn is_ornament(c: char) -> bool {
    matches!(c, '#' | '=' | '|' | '\\' | '.' | '!') || is_closer(c) || is_symbol(c)
}

fn is_emphasis_or_blank(c: char) -> bool {
    matches!(c, '*' | '_' | '`') || c.is_whitespace()
}

/// Emoji, arrows, ticks and the like.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{2022}' | '\u{203c}' | '\u{2049}' | '\u{2139}' | '\u{2190}'..='\u{2bff}' | '\u{fe0e}' | '\u{fe0f}'
        | '\u{200d}' | '\u{20e3}' | '\u{1f000}'..='\u{1faff}')
}
