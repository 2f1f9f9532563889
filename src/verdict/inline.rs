//! What runs on within a paragraph, and over lines: code spans, comments, elements that show their text as it is or not at all.
//!
//! What nothing closes is not open, unless it begins its line: a block of HTML needs no end. No stretch of a text is looked at more
//! than a few times, whatever stands in it. What a line says is not known here.

use super::text::{bare, split_line};
use std::collections::HashMap;

/// What is open where a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Running {
    /// A code span, until so many backticks.
    Span(usize),
    /// Until this text.
    Until(&'static str),
}

/// How a line stands that nothing was open above.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// What its end leaves open.
    pub(super) open: Option<Running>,
    /// Where that begins which people see as the line, behind comments and blocks; nothing, where all of it is hidden.
    pub(super) own: Option<usize>,
}

/// Something that hides what is in it.
struct Opener {
    begin: &'static str,
    end: &'static str,
    /// It takes all up to its end, or the whole text, where it begins a line.
    is_block: bool,
    /// Within a line it ends with its paragraph at the latest.
    is_of_paragraph: bool,
}

const fn tag(begin: &'static str, end: &'static str) -> Opener {
    Opener { begin, end, is_block: true, is_of_paragraph: false }
}

const OPENERS: [Opener; 9] = [
    Opener { begin: "<!--", end: "-->", is_block: true, is_of_paragraph: true },
    Opener { begin: "<?", end: "?>", is_block: true, is_of_paragraph: true },
    Opener { begin: "<![CDATA[", end: "]]>", is_block: true, is_of_paragraph: true },
    tag("<pre", "</pre>"),
    tag("<blockquote", "</blockquote>"),
    tag("<script", "</script>"),
    tag("<style", "</style>"),
    tag("<textarea", "</textarea>"),
    Opener { is_block: false, ..tag("<code", "</code>") },
];

/// Where what is running ends in a line.
pub(super) fn end(line: &str, running: Running) -> Option<usize> {
    match running {
        Running::Until(end) => find_ignoring_case(line, end).map(|at| at + end.len()),
        Running::Span(length) => runs(line).into_iter().find(|run| run.1 == length).map(|(at, length)| at + length),
    }
}

/// Read a line from where its own text begins. `rest` is the text below it, `number` its number.
pub(super) fn read(line: &str, start: usize, number: u64, rest: &str, ahead: &mut Ahead) -> Reading {
    let marks = runs(line);
    let last: HashMap<usize, usize> = marks.iter().map(|(at, length)| (*length, *at)).collect();
    let is_alone = line[start..].starts_with(['#', '|']);
    let mut marks = marks.into_iter().peekable();
    let mut missing: Vec<&'static str> = Vec::new();
    let (mut at, mut own) = (start, start);
    // Nothing was seen before: what hides something here hides the beginning of the line.
    let (mut is_first, mut seen) = (true, start);
    while let Some(found) = memchr::memchr2(b'`', b'<', &line.as_bytes()[at..]) {
        at += found;
        is_first &= !line[seen..at].contains(char::is_alphanumeric);
        seen = at;
        let hides = |open| Reading { open: Some(open), own: (!is_first).then_some(own) };
        if line.as_bytes()[at] == b'`' {
            while marks.next_if(|mark| mark.0 < at).is_some() {}
            let length = marks.next().map_or(1, |mark| mark.1);
            let behind = at + length;
            if last.get(&length).is_some_and(|last| *last > at) {
                let close = marks.by_ref().find(|mark| mark.1 == length);
                at = close.map_or(behind, |(close, length)| close + length);
            } else if !is_alone && ahead.closes(length, number, rest) {
                return hides(Running::Span(length));
            } else {
                at = behind;
            }
            continue;
        }
        let Some(opener) = OPENERS.iter().find(|opener| opener.begins(&line[at..])) else {
            at += 1;
            continue;
        };
        let end = match missing.contains(&opener.end) {
            true => None,
            false => find_ignoring_case(&line[at..], opener.end),
        };
        let is_start = at == own;
        match end {
            Some(end) => {
                at += end + opener.end.len();
                if is_start && opener.is_block {
                    own = at + (line[at..].len() - line[at..].trim_start_matches([' ', '\t']).len());
                    (at, seen, is_first) = (own, own, true);
                } else if is_first && !opener.is_block && line[at..].trim().is_empty() {
                    return Reading { open: None, own: None };
                }
            }
            None if is_start && opener.is_block => return hides(Running::Until(opener.end)),
            None if ahead.has(opener, rest) => return hides(Running::Until(opener.end)),
            None => {
                missing.push(opener.end);
                at += 1;
            }
        }
    }
    Reading { open: None, own: (own == start || own < line.len()).then_some(own) }
}

impl Opener {
    fn begins(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let is_tag = self.begin.ends_with(|c: char| c.is_ascii_lowercase());
        let is_whole = !is_tag || matches!(bytes.get(self.begin.len()), None | Some(b' ' | b'\t' | b'>' | b'/'));
        is_whole && bytes.get(..self.begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(self.begin.as_bytes()))
    }
}

/// What stands below a line. Places in the text are counted from its end, which stays where it is.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    ends: HashMap<&'static str, Option<usize>>,
    blank: Option<Option<usize>>,
    /// The paragraph that goes on below: its last line, and in which line of it so many backticks stand last.
    paragraph: Option<(u64, HashMap<usize, u64>)>,
}

impl Ahead {
    /// Whether something that begins within a line has its end below.
    fn has(&mut self, opener: &Opener, rest: &str) -> bool {
        let known = self.ends.get(opener.end).copied();
        let end = known_or(known, rest, |rest| find_ignoring_case(rest, opener.end));
        self.ends.insert(opener.end, end);
        if !opener.is_of_paragraph {
            return end.is_some();
        }
        let blank = known_or(self.blank, rest, blank_line);
        self.blank = Some(blank);
        match (end, blank) {
            // Both are counted from the end: the larger one comes first.
            (Some(end), Some(blank)) => end > blank,
            (end, None) => end.is_some(),
            (None, _) => false,
        }
    }

    /// Whether so many backticks stand in what follows of the paragraph that the line of this number belongs to.
    fn closes(&mut self, length: usize, number: u64, rest: &str) -> bool {
        let (_, last) = match self.paragraph.take() {
            Some(known) if number < known.0 => self.paragraph.insert(known),
            _ => self.paragraph.insert(paragraph(number, rest)),
        };
        last.get(&length).is_some_and(|last| *last > number)
    }
}

/// The last line of a paragraph that goes on behind the line of this number, and where its runs of backticks are.
fn paragraph(number: u64, rest: &str) -> (u64, HashMap<usize, u64>) {
    let (mut last, mut number, mut rest) = (HashMap::new(), number, rest);
    while !rest.is_empty() {
        let (line, below) = split_line(rest);
        let line = bare(line);
        if begins_something(&line) {
            break;
        }
        number += 1;
        last.extend(runs(&line).into_iter().map(|(_, length)| (length, number)));
        rest = below;
    }
    (number, last)
}

/// Whether a line cannot be more of the paragraph above it.
fn begins_something(line: &str) -> bool {
    let text = line.trim_start();
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_item = |text: &str| matches!(text.as_bytes().get(1), None | Some(b' ' | b'\t'));
    match text.as_bytes().first() {
        None | Some(b'>' | b'#' | b'|') => true,
        Some(b'-' | b'*' | b'+') if is_item(text) => true,
        Some(b'0'..=b'9') => digits.starts_with(['.', ')']) && is_item(digits),
        Some(b'-' | b'=' | b'*' | b'_') => text.chars().all(|c| matches!(c, '-' | '=' | '*' | '_' | ' ' | '\t')),
        Some(b'`') => super::blocks::fence(text).is_some(),
        Some(b'~') => text.starts_with("~~~"),
        Some(b'<') => OPENERS.iter().any(|opener| opener.is_block && opener.begins(text)),
        Some(b'@') => text.starts_with("@@ ") || text.starts_with("@@@"),
        _ => false,
    }
}

fn known_or(known: Option<Option<usize>>, rest: &str, find: impl Fn(&str) -> Option<usize>) -> Option<usize> {
    match known {
        Some(None) => None,
        Some(Some(place)) if place <= rest.len() => Some(place),
        _ => find(rest).map(|at| rest.len() - at),
    }
}

fn blank_line(text: &str) -> Option<usize> {
    let mut rest = text;
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let (line, behind) = split_line(rest);
        if line.trim().is_empty() {
            return Some(at);
        }
        rest = behind;
    }
    None
}

/// Where backticks stand, and how many.
fn runs(line: &str) -> Vec<(usize, usize)> {
    let bytes = line.as_bytes();
    let mut runs = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'`', &bytes[at..]) {
        let begin = at + found;
        at = begin + bytes[begin..].iter().take_while(|byte| **byte == b'`').count();
        runs.push((begin, at - begin));
    }
    runs
}

fn find_ignoring_case(text: &str, end: &str) -> Option<usize> {
    text.as_bytes().windows(end.len()).position(|part| part.eq_ignore_ascii_case(end.as_bytes()))
}
