//! Which lines of a Markdown text are the writer's own words, and which are quoted: block quotes, fences, indented code, comments,
//! diffs. As CommonMark has it, with two steps aside, because reviewers are language models and not Markdown authors:
//!
//! - A line is in a block quote where it begins with `>`, and only there. Lazy continuation does not reach a line of one's own.
//! - Indented by four columns is code, also right behind a paragraph.
//!
//! Diffs are no Markdown, and nothing in them counts, nor does a line that begins with `+`. What runs on within a paragraph is
//! `inline`'s business.
//!
//! What a line says is not known here.

use super::inline::{self, Ahead, Running};
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
    /// A code span over more than one line.
    Span,
    /// A comment, or HTML that shows its text as it is.
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
            Standing::Span => "in code that goes over several lines",
            Standing::Html => "in a comment or in HTML",
            Standing::Diff => "in a diff or behind a +",
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
    /// These marks.
    pub(super) marks: String,
}

/// What runs over more than one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Fence {
        mark: u8,
        length: usize,
        /// The column at which the content of the list item begins that it is in.
        column: usize,
    },
    /// Something within a paragraph, or a block of HTML.
    Running(Running),
    /// So many lines of the old file and of the new one are to come.
    Diff {
        old: u64,
        new: u64,
    },
    /// A diff that does not say how long it is: of several parents, or without numbers.
    Diffs,
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
    /// The line before began with `--- `, as the header of a file in a diff does.
    is_header: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Lines<'t> {
        Lines {
            rest: text,
            number: 0,
            open: Open::Nothing,
            items: Vec::new(),
            ahead: Ahead::default(),
            is_header: false,
        }
    }

    /// How this line stands, and how much of its beginning belongs to lists and quotes.
    fn place(&mut self, line: &str) -> (Standing, usize) {
        let is_header = std::mem::replace(&mut self.is_header, line.starts_with("--- "));
        match self.open {
            // It ends with the list item that it is in.
            Open::Fence { column, .. } if indent(line).1 < column && !line.trim().is_empty() => {
                self.open = Open::Nothing
            }
            Open::Fence { mark, length, column } => {
                if closes(line, mark, length, column) {
                    self.open = Open::Nothing;
                }
                return (Standing::Fence, indent(line).0);
            }
            Open::Running(running) => {
                if let Some(end) = inline::end(line, running) {
                    let reading = inline::read(line, end, self.number, self.rest, &mut self.ahead);
                    self.open = reading.open.map_or(Open::Nothing, Open::Running);
                }
                return (hiding(Some(running)), 0);
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
                    // Somebody has counted wrong: it goes on as long as it looks like a diff.
                    None if (old, new) != (0, 0) && line.starts_with([' ', '+', '-']) => {
                        self.open = Open::Diffs;
                        return (Standing::Diff, 1);
                    }
                    None => self.open = Open::Nothing,
                }
            }
            Open::Diffs if line.is_empty() || line.starts_with([' ', '+', '-', '\\', '\t']) => {
                return (Standing::Diff, line.len() - line.trim_start_matches([' ', '+', '-']).len());
            }
            Open::Diffs => self.open = Open::Nothing,
            Open::Nothing => {}
        }
        if is_header && line.starts_with("+++ ") {
            self.open = Open::Diffs;
            return (Standing::Diff, 0);
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
        if line.trim_start().starts_with('+') {
            return (Standing::Diff, line.len() - line.trim_start_matches(['+', ' ', '\t']).len());
        }
        let reading = inline::read(line, at, self.number, self.rest, &mut self.ahead);
        match (reading.own, reading.open) {
            (Some(own), open) => {
                self.open = open.map_or(Open::Nothing, Open::Running);
                (Standing::Own, own)
            }
            (None, open) => {
                self.open = open.map_or(Open::Nothing, Open::Running);
                let hidden = line[at..].strip_prefix("<!--").unwrap_or(&line[at..]);
                let hidden = hidden.strip_prefix("<code>").unwrap_or(hidden);
                (hiding(open), line.len() - hidden.len())
            }
        }
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
        let marks = line[..at].to_owned();
        let text = match line {
            Cow::Borrowed(line) => Cow::Borrowed(&line[at..]),
            Cow::Owned(line) => Cow::Owned(line[at..].to_owned()),
        };
        Some(Line { number: self.number, standing, text, marks })
    }
}

/// How a line stands whose beginning is hidden by this.
fn hiding(running: Option<Running>) -> Standing {
    match running {
        Some(Running::Span(_)) => Standing::Span,
        _ => Standing::Html,
    }
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
pub(super) fn fence(text: &str) -> Option<(u8, usize)> {
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

/// `@@ -1,3 +1,4 @@`, `@@@ -1 -1 +1,2 @@@`, `@@ ... @@`: the lines that follow are a diff's.
fn hunk(line: &str) -> Option<Open> {
    let inner = line.trim_start_matches('@');
    let marks = &line[..line.len() - inner.len()];
    if marks.len() < 2 || !inner.starts_with(' ') || !inner.contains(&format!(" {marks}")) {
        return None;
    }
    Some(counted_hunk(line).unwrap_or(Open::Diffs))
}

fn counted_hunk(line: &str) -> Option<Open> {
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let lines = |range: &str| match range.split_once(',') {
        Some((_, lines)) => lines.parse().ok(),
        None => Some(1),
    };
    Some(Open::Diff { old: lines(old)?, new: lines(new)? })
}
