//! One line of a test, read for what it does: it begins a test, asserts, or skips.
//!
//! Lines are read alone: comments are cut off and strings emptied as far as the line itself tells. A line inside of a string or comment of
//! several lines is taken for code; whoever counts lines compares both sides, where that evens out.
//!
//! Words are written so: `^` binds to the start of the line, `*` stands for the rest of a name, `…` for any text between.
//! A word that begins or ends with a letter is a whole word.

use super::languages::{Comment, IMPORTS, Language, MAKES, TRIVIAL, TRIVIAL_LINES};
use bstr::ByteSlice;

/// What a line does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Does {
    /// A test begins.
    pub case: bool,
    /// Something is asserted that could fail.
    pub assert: bool,
    /// Something is asserted that always holds.
    pub trivial: bool,
    /// A test is skipped.
    pub skip: bool,
    /// All other tests are skipped.
    pub focus: bool,
}

/// Read a line.
pub(crate) fn read(language: &Language, line: &[u8]) -> Does {
    let (code, _) = split(language.comment, line);
    if code.is_empty() || IMPORTS.iter().any(|import| code.starts_with(import.as_bytes())) {
        // C says with `#if 0` what others say in words, and nothing that only imports does anything.
        return Does::default();
    }
    let any = |words: &[&str]| words.iter().any(|word| has(&code, word));
    let asserts = any(language.asserts);
    let trivial = asserts && is_trivial(&code);
    Does {
        case: any(language.cases),
        assert: asserts && !trivial,
        trivial,
        skip: any(language.skips),
        focus: any(language.focus),
    }
}

/// The code of a line: no comment, strings emptied, single blanks. What is compared when a line moves is this, so that
/// a new indent is no change.
pub(crate) fn code(language: &Language, line: &[u8]) -> Vec<u8> {
    split(language.comment, line).0
}

/// The code that was commented out in this line, if it is nothing but a comment.
pub(crate) fn commented<'l>(language: &Language, line: &'l [u8]) -> Option<&'l [u8]> {
    let (code, comment) = split(language.comment, line);
    let comment = comment.filter(|_| code.is_empty())?;
    let text = comment.trim_start_with(|c| matches!(c, '/' | '*' | '#') || c.is_whitespace());
    Some(text.trim_end_with(|c| matches!(c, '/' | '*') || c.is_whitespace()))
}

/// The name of the test that begins or is made here: its title, or else the name before the first parenthesis.
pub(crate) fn title(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim();
    if line.starts_with(b"#[") || line.starts_with(b"@") && !line.starts_with(b"@test ") || line.starts_with(b"[") {
        return None;
    }
    if let Some(open) = line.find_byteset(b"'\"`") {
        let rest = &line[open + 1..];
        return Some(&rest[..rest.find_byte(line[open]).unwrap_or(rest.len())]);
    }
    let head = &line[..line.find_byte(b'(').or_else(|| line.find_byte(b':'))?];
    let words = head.split(|&byte| !is_name(byte)).filter(|word| !word.is_empty());
    let words: Vec<&[u8]> = words.collect();
    match words.as_slice() {
        [] | [_] => None,
        [.., last] => Some(last),
    }
}

/// Whether a function is made in this line.
pub(crate) fn makes(line: &[u8]) -> bool {
    let mut words = line.split(|byte| byte.is_ascii_whitespace());
    words.any(|word| MAKES.iter().any(|makes| word == makes.as_bytes()))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Code and comment of a line.
fn split(comment: Comment, line: &[u8]) -> (Vec<u8>, Option<&[u8]>) {
    let line = line.trim();
    let mut code: Vec<u8> = Vec::with_capacity(line.len());
    // `*` begins the lines of a long comment; `*p = 1` is code.
    if comment == Comment::Slashes && (line == b"*" || line.starts_with(b"* ") || line.starts_with(b"*/")) {
        return (code, Some(line));
    }
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        match (comment, rest) {
            (Comment::Slashes, [b'/', b'/', ..]) => return (trimmed(code), Some(rest)),
            (Comment::Slashes, [b'/', b'*', ..]) => match rest[2..].find(b"*/") {
                Some(end) if end + 4 < rest.len() => at += end + 4,
                _ => return (trimmed(code), Some(rest)),
            },
            (Comment::Hash, [b'#', ..]) if code.last().is_none_or(|&byte| byte == b' ') => {
                return (trimmed(code), Some(rest));
            }
            (_, [quote @ (b'"' | b'\'' | b'`'), ..]) => {
                code.push(*quote);
                at += 1;
                match string_end(&line[at..], *quote) {
                    Some(end) => {
                        code.push(*quote);
                        at += end + 1;
                    }
                    // An apostrophe or a lifetime; any other quote begins a string that goes on below.
                    None if *quote == b'\'' => {}
                    None => at = line.len(),
                }
            }
            (_, [byte, ..]) => {
                let byte = if byte.is_ascii_whitespace() { b' ' } else { *byte };
                if byte != b' ' || code.last().is_some_and(|&last| last != b' ') {
                    code.push(byte);
                }
                at += 1;
            }
            (_, []) => break,
        }
    }
    (trimmed(code), None)
}

fn trimmed(mut code: Vec<u8>) -> Vec<u8> {
    code.truncate(code.trim_end().len());
    code
}

/// Where a string ends that has begun before this text.
fn string_end(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text.get(at..)?.find_byteset(&[quote, b'\\']) {
        if text[at + found] == quote {
            return Some(at + found);
        }
        at += found + 2;
    }
    None
}

/// Whether a word stands in a line of code.
fn has(code: &[u8], word: &str) -> bool {
    let mut from = 0;
    for (number, part) in word.split('…').enumerate() {
        match find(code, from, part, number == 0) {
            Some(end) => from = end,
            None => return false,
        }
    }
    true
}

/// Where the first `part` ends that begins at or behind `from`.
fn find(code: &[u8], from: usize, part: &str, first: bool) -> Option<usize> {
    let (part, anchored) = part.strip_prefix('^').filter(|_| first).map_or((part, false), |part| (part, true));
    let (head, tail) = part.split_once('*').map_or((part, None), |(head, tail)| (head, Some(tail)));
    // A command that stands alone in its line is followed by nothing.
    let bare = head.trim_end();
    if anchored && tail.is_none() && code == bare.as_bytes() {
        return Some(code.len());
    }
    let mut at = from;
    while let Some(found) = code.get(at..)?.find(head) {
        let start = at + found;
        if anchored && start > 0 {
            return None;
        }
        at = start + head.len().max(1);
        let whole = !head.as_bytes().first().is_some_and(|&byte| is_name(byte))
            || (!start.checked_sub(1).is_some_and(|before| is_name(code[before])) && !is_made(&code[..start]));
        if !whole {
            continue;
        }
        let end = start + head.len();
        match tail {
            Some(tail) => {
                let end = end + code[end..].iter().take_while(|&&byte| is_name(byte)).count();
                if code[end..].starts_with(tail.as_bytes()) {
                    return Some(end + tail.len());
                }
            }
            None if head.as_bytes().last().is_some_and(|&byte| is_name(byte))
                && code.get(end).is_some_and(|&byte| is_name(byte)) => {}
            None => return Some(end),
        }
    }
    None
}

/// Whether the name that follows is being made: a helper that is called `assert_sorted` asserts where it is used.
fn is_made(before: &[u8]) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(|&byte| byte == b' ').next().unwrap_or_default();
    MAKES.iter().any(|makes| word == makes.as_bytes())
}

fn is_trivial(code: &[u8]) -> bool {
    let dense: Vec<u8> = code.iter().filter(|&&byte| byte != b' ').map(u8::to_ascii_lowercase).collect();
    TRIVIAL_LINES.iter().any(|line| dense == line.as_bytes())
        || TRIVIAL.iter().any(|word| dense.find(word).is_some())
        || code.to_ascii_lowercase().find(" or true").is_some()
}
