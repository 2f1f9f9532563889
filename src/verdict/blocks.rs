//! Which lines of a Markdown text are the writer's own words, and which are quoted: block quotes, fences, indented code, comments,
//! diffs. As CommonMark has it, with three steps aside, because reviewers are language models and not Markdown authors:
//!
//! - A line is in a block quote where it begins with `>`, and only there. Lazy continuation does not reach a line of one's own.
//! - A fence inside a list ends at its closing fence, not at the first line that is indented too little.
//! - Indented by four columns is code, also right behind a paragraph.
//!
//! What a line says is not known here.

use super::text::{bare, split_line};
use std::borrow::Cow;

/// How a line stands in its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The writer's own words.
    Own,
    /// A block quote.
    Quote,
    /// A fenced block, or one of its fences.
    Fence,
    /// Indented code.
    Indented,
    /// A comment, or a block of HTML that shows its text as it is.
    Html,
    /// A diff.
    Diff,
}

impl Standing {
    /// Where it is, for people.
    pub(super) fn place(self) -> &'static str {
        match self {
            Standing::Own => "in the text",
            Standing::Quote => "in a block quote",
            Standing::Fence => "in a fenced block",
            Standing::Indented => "indented as code",
            Standing::Html => "in a comment or a block of HTML",
            Standing::Diff => "in a diff",
        }
    }
}

/// One line.
#[derive(Debug)]
pub(super) struct Line<'t> {
    /// Which one, from 1.
    pub(super) number: u64,
    pub(super) standing: Standing,
    /// What it says, without the marks of lists and quotes.
    pub(super) text: Cow<'t, str>,
}

/// What runs over more than one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Fence {
        mark: u8,
        length: usize,
        column: usize,
    },
    /// Until this text.
    Html(&'static str),
    /// So many lines of the old file and of the new one are to come.
    Diff {
        old: u64,
        new: u64,
    },
}

/// Lists in lists in lists: nobody writes more.
const DEEPEST: usize = 64;

/// The lines of a text, one after the other.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    rest: &'t str,
    number: u64,
    open: Open,
    /// Columns at which the content of the open list items begins.
    items: Vec<usize>,
    ahead: Ahead,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Lines<'t> {
        Lines { rest: text, number: 0, open: Open::Nothing, items: Vec::new(), ahead: Ahead::default() }
    }

    /// How this line stands, and how much of its beginning belongs to lists and quotes.
    fn place(&mut self, line: &str) -> (Standing, usize) {
        match self.open {
            Open::Fence { mark, length, column } => {
                if closes(line, mark, length, column) {
                    self.open = Open::Nothing;
                }
                return (Standing::Fence, indent(line).0);
            }
            Open::Html(end) => {
                if find_ignoring_case(line, end).is_some() {
                    self.open = Open::Nothing;
                }
                return (Standing::Html, 0);
            }
            Open::Diff { old, new } => {
                let left = match line.as_bytes().first() {
                    None | Some(b' ') => old.checked_sub(1).zip(new.checked_sub(1)),
                    Some(b'-') => old.checked_sub(1).zip(Some(new)),
                    Some(b'+') => Some(old).zip(new.checked_sub(1)),
                    Some(b'\\') => Some((old, new)),
                    _ => None,
                };
                match left {
                    Some((old, new)) => {
                        self.open = Open::Diff { old, new };
                        return (Standing::Diff, line.len().min(1));
                    }
                    None => self.open = Open::Nothing,
                }
            }
            Open::Nothing => {}
        }
        self.begin(line)
    }

    /// A line with nothing open above it but lists.
    fn begin(&mut self, line: &str) -> (Standing, usize) {
        if let Some(open) = hunk(line) {
            self.open = open;
            return (Standing::Diff, 0);
        }
        let (mut at, mut column) = indent(line);
        if at == line.len() {
            return (Standing::Own, at);
        }
        while self.items.last().is_some_and(|content| column < *content) {
            self.items.pop();
        }
        let mut relative = column - self.items.last().copied().unwrap_or(0);
        while relative < 4 && self.items.len() < DEEPEST {
            let Some(width) = bullet(&line[at..]) else { break };
            let (blanks, end) = indent_from(&line[at + width..], column + width);
            let content = if end - (column + width) > 4 { column + width + 1 } else { end };
            self.items.push(content);
            (at, column, relative) = (at + width + blanks, end, end - content);
        }
        let rest = &line[at..];
        if relative >= 4 {
            return (Standing::Indented, at);
        }
        if rest.starts_with('>') {
            let inner = rest.trim_start_matches(['>', ' ', '\t']);
            return (Standing::Quote, line.len() - inner.len());
        }
        if let Some((mark, length)) = fence(rest) {
            self.open = Open::Fence { mark, length, column: self.items.last().copied().unwrap_or(0) };
            return (Standing::Fence, at);
        }
        self.html(line, at)
    }

    /// Comments and blocks of HTML that begin in this line. One that ends in it leaves the rest of the line alone.
    fn html(&mut self, line: &str, mut at: usize) -> (Standing, usize) {
        while let Some(end) = html_end(&line[at..]) {
            let inner = if line[at..].starts_with("<!--") { at + 4 } else { at };
            let Some(found) = find_ignoring_case(&line[at..], end) else {
                self.open = Open::Html(end);
                return (Standing::Html, inner);
            };
            at += found + end.len();
            at += indent(&line[at..]).0;
            if at == line.len() {
                return (Standing::Html, inner);
            }
        }
        let rest = &line[at..];
        if let Some(start) = rest.rfind("<!--")
            && !rest[start..].contains("-->")
            && rest[..start].matches('`').count().is_multiple_of(2)
            && self.ahead.comment_ends(self.rest)
        {
            self.open = Open::Html("-->");
        }
        (Standing::Own, at)
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let (line, rest) = split_line(self.rest);
        self.rest = rest;
        self.number += 1;
        let line = bare(line);
        let (standing, at) = self.place(&line);
        let text = match line {
            Cow::Borrowed(line) => Cow::Borrowed(&line[at..]),
            Cow::Owned(line) => Cow::Owned(line[at..].to_owned()),
        };
        Some(Line { number: self.number, standing, text })
    }
}

/// Whether a comment that begins within a paragraph ends in it; without looking at any stretch of the text twice. Places are counted
/// from the end of the text, which stays where it is.
#[derive(Debug, Default)]
struct Ahead {
    close: Option<Option<usize>>,
    blank: Option<Option<usize>>,
}

impl Ahead {
    fn comment_ends(&mut self, rest: &str) -> bool {
        let close = known_or(&mut self.close, rest, |rest| memchr::memmem::find(rest.as_bytes(), b"-->"));
        let blank = known_or(&mut self.blank, rest, blank_line);
        match (close, blank) {
            // Both are counted from the end: the larger one comes first.
            (Some(close), Some(blank)) => close > blank,
            (close, None) => close.is_some(),
            (None, _) => false,
        }
    }
}

fn known_or(known: &mut Option<Option<usize>>, rest: &str, find: impl Fn(&str) -> Option<usize>) -> Option<usize> {
    match *known {
        Some(None) => None,
        Some(Some(place)) if place <= rest.len() => Some(place),
        _ => {
            let found = find(rest).map(|at| rest.len() - at);
            *known = Some(found);
            found
        }
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

/// How many bytes of blanks a line begins with, and how many columns they are.
fn indent(line: &str) -> (usize, usize) {
    indent_from(line, 0)
}

/// The same for the rest of a line that begins in this column.
fn indent_from(rest: &str, mut column: usize) -> (usize, usize) {
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b' ' => column += 1,
            b'\t' => column += 4 - column % 4,
            _ => return (at, column),
        }
    }
    (rest.len(), column)
}

/// How wide the mark of a list item is, without the blank behind it.
fn bullet(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let width = match bytes.first()? {
        b'-' | b'*' | b'+' => 1,
        b'0'..=b'9' => {
            let digits = bytes.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 9 || !matches!(bytes.get(digits), Some(b'.' | b')')) {
                return None;
            }
            digits + 1
        }
        _ => return None,
    };
    matches!(bytes.get(width), Some(b' ' | b'\t')).then_some(width)
}

/// The fence that a text opens.
fn fence(text: &str) -> Option<(u8, usize)> {
    let mark = *text.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let length = text.bytes().take_while(|byte| *byte == mark).count();
    let is_inline = mark == b'`' && text[length..].contains('`');
    (length >= 3 && !is_inline).then_some((mark, length))
}

fn closes(line: &str, mark: u8, length: usize, base: usize) -> bool {
    let (at, column) = indent(line);
    let text = line[at..].trim_end();
    column < base + 4 && text.len() >= length && text.bytes().all(|byte| byte == mark)
}

/// `@@ -1,3 +1,4 @@`: the lines that follow are a diff's.
fn hunk(line: &str) -> Option<Open> {
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let lines = |range: &str| match range.split_once(',') {
        Some((_, lines)) => lines.parse().ok(),
        None => Some(1),
    };
    Some(Open::Diff { old: lines(old)?, new: lines(new)? })
}

/// By what the block of HTML ends that a text begins with.
fn html_end(text: &str) -> Option<&'static str> {
    if text.starts_with("<!--") {
        return Some("-->");
    }
    let tag = |name: &str| {
        let head = text.as_bytes().get(..name.len());
        let is_whole = matches!(text.as_bytes().get(name.len()), None | Some(b' ' | b'\t' | b'>'));
        head.is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes())) && is_whole
    };
    [("<pre", "</pre>"), ("<blockquote", "</blockquote>")].into_iter().find(|(name, _)| tag(name)).map(|(_, end)| end)
}

fn find_ignoring_case(text: &str, end: &str) -> Option<usize> {
    text.as_bytes().windows(end.len()).position(|part| part.eq_ignore_ascii_case(end.as_bytes()))
}
