//! One argument of PowerShell's: quotes, here-strings, escapes, variables, members behind a value.
//!
//! An argument that begins with a quote ends with it; one that does not goes on behind one. Nothing is resolved here.

use super::read::Reader;
use super::tree::{Piece, Word};
use std::rc::Rc;

pub(super) fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}'..='\u{201b}')
}

pub(super) fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201c}'..='\u{201e}')
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}' | '\u{a0}' | '\u{85}')
}

pub(super) fn is_end_of_line(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

impl Reader<'_> {
    /// One argument.
    pub(super) fn word(&mut self) -> Word {
        let mut word = Word { quoted: self.peek().is_some_and(|c| is_single(c) || is_double(c)), ..Word::default() };
        let mut text = String::new();
        while let Some(c) = self.peek() {
            let first = word.pieces.is_empty() && text.is_empty();
            match c {
                c if is_blank(c) || is_end_of_line(c) || ";|&,)}".contains(c) => break,
                '(' | '{' if !first => break,
                '(' => {
                    let group = self.group(1, ')');
                    word.pieces.push(Piece::Group(group));
                    self.members(&mut word.pieces);
                    break;
                }
                '{' => {
                    let block = self.group(1, '}');
                    word.pieces.push(Piece::Block(Rc::new(block)));
                    break;
                }
                '>' if !first => break,
                '`' => match self.ahead(1) {
                    None => self.at += 1,
                    Some(c) if is_end_of_line(c) => break,
                    Some(_) => self.escape(&mut text),
                },
                c if is_single(c) => {
                    self.single(&mut text);
                    if first {
                        break;
                    }
                }
                c if is_double(c) => {
                    self.double(&mut text, &mut word.pieces);
                    if first {
                        break;
                    }
                }
                '$' => {
                    let was = word.pieces.len();
                    self.dollar(&mut text, &mut word.pieces);
                    if first && word.pieces.len() > was {
                        self.members(&mut word.pieces);
                    }
                }
                '@' if first => {
                    if self.at_sign(&mut word.pieces) {
                        word.quoted = !matches!(word.pieces.last(), Some(Piece::Splat(_)));
                        break;
                    }
                    text.push('@');
                    self.at += 1;
                }
                c => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        if !text.is_empty() || word.pieces.is_empty() {
            word.pieces.push(Piece::Text(text));
        }
        word
    }

    /// What stands behind `@`: a here-string, a list, a table, a list of arguments. False when it is only a sign.
    pub(super) fn at_sign(&mut self, pieces: &mut Vec<Piece>) -> bool {
        match self.ahead(1) {
            Some('(') => {
                let group = self.group(2, ')');
                pieces.push(Piece::Group(group));
            }
            Some('{') => {
                let table = self.group(2, '}');
                drop(table);
                pieces.push(Piece::Unknown);
            }
            Some(c) if is_single(c) || is_double(c) => self.here_string(c, pieces),
            Some(c) if c.is_alphabetic() || c == '_' => {
                self.at += 1;
                let name = self.name();
                pieces.push(Piece::Splat(name));
            }
            _ => return false,
        }
        true
    }

    fn here_string(&mut self, quote: char, pieces: &mut Vec<Piece>) {
        let same = if is_single(quote) { is_single } else { is_double };
        let Some(from) = (self.at + 2..self.text.len()).find(|at| self.text[*at] == '\n') else {
            return self.give_up();
        };
        let closes = |at: &usize| {
            self.text[*at] == '\n'
                && self.text.get(at + 1).copied().is_some_and(same)
                && self.text.get(at + 2) == Some(&'@')
        };
        let Some(end) = (from..self.text.len()).find(closes) else { return self.give_up() };
        let inner = self.text.get(from + 1..end).unwrap_or_default();
        self.at = end + 3;
        if is_single(quote) {
            return pieces.push(Piece::Text(inner.iter().filter(|c| **c != '\r').collect()));
        }
        let mut reader = Reader { text: inner, at: 0, depth: self.depth, sound: true };
        let mut text = String::new();
        while let Some(c) = reader.peek() {
            reader.quoted_char(c, &mut text, pieces);
        }
        self.sound &= reader.sound;
        pieces.push(Piece::Text(text));
    }

    /// `` `n ``
    fn escape(&mut self, text: &mut String) {
        let Some(c) = self.ahead(1) else { return self.at += 1 };
        self.at += 2;
        text.push(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' | 'a' | 'b' | 'e' | 'f' | 'v' => super::UNKNOWN,
            'u' if self.peek() == Some('{') => {
                let digits: String =
                    self.text[self.at + 1..].iter().take(6).take_while(|c| c.is_ascii_hexdigit()).collect();
                self.at = (self.at + digits.len() + 2).min(self.text.len());
                u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or(super::UNKNOWN)
            }
            c => c,
        });
    }

    pub(super) fn single(&mut self, text: &mut String) {
        self.at += 1;
        while let Some(c) = self.peek() {
            self.at += 1;
            if is_single(c) {
                if !self.peek().is_some_and(is_single) {
                    return;
                }
                self.at += 1;
            }
            text.push(c);
        }
        self.give_up();
    }

    pub(super) fn double(&mut self, text: &mut String, pieces: &mut Vec<Piece>) {
        self.at += 1;
        while let Some(c) = self.peek() {
            if is_double(c) {
                self.at += 1;
                if !self.peek().is_some_and(is_double) {
                    return;
                }
                self.at += 1;
                text.push(c);
                continue;
            }
            self.quoted_char(c, text, pieces);
        }
        self.give_up();
    }

    /// One character, or what it begins, between double quotes.
    fn quoted_char(&mut self, c: char, text: &mut String, pieces: &mut Vec<Piece>) {
        match c {
            '`' => self.escape(text),
            '$' => self.dollar(text, pieces),
            c => {
                text.push(c);
                self.at += 1;
            }
        }
    }

    /// `$name`, `${name}`, `$env:NAME`, `$(…)`, or only the sign.
    pub(super) fn dollar(&mut self, text: &mut String, pieces: &mut Vec<Piece>) {
        let next = self.ahead(1);
        let piece = match next {
            Some('(') => Piece::Group(self.group(2, ')')),
            Some('{') => {
                self.at += 2;
                let from = self.at;
                while self.peek().is_some_and(|c| c != '}') {
                    self.at += 1;
                }
                let name: String = self.text[from..self.at].iter().collect();
                if self.peek().is_none() {
                    return self.give_up();
                }
                self.at += 1;
                Piece::Variable(name.to_ascii_lowercase())
            }
            Some(c) if c.is_alphanumeric() || c == '_' => {
                self.at += 1;
                Piece::Variable(self.name())
            }
            Some('?' | '^' | '$') => {
                self.at += 2;
                Piece::Unknown
            }
            _ => {
                text.push('$');
                self.at += 1;
                return;
            }
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(std::mem::take(text)));
        }
        pieces.push(piece);
    }

    /// `name`, `scope:name`
    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            let part = c == ':'
                && !name.contains(':')
                && self.ahead(1).is_some_and(|next| next.is_alphanumeric() || next == '_');
            if !(c.is_alphanumeric() || c == '_' || part) {
                break;
            }
            name.push(c);
            self.at += 1;
        }
        name.to_ascii_lowercase()
    }

    /// `.Length`, `[0]`, `.Trim()` behind a value in an argument: it is no longer known.
    fn members(&mut self, pieces: &mut Vec<Piece>) {
        loop {
            match (self.peek(), self.ahead(1)) {
                (Some('.'), Some(c)) if c.is_alphabetic() => {
                    self.at += 1;
                    while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                        self.at += 1;
                    }
                    if self.peek() == Some('(') {
                        let group = self.group(1, ')');
                        pieces.push(Piece::Group(group));
                    }
                }
                (Some('['), _) => self.index(),
                _ => return,
            }
            pieces.push(Piece::Unknown);
        }
    }

    /// `[0]`, `["name"]`
    fn index(&mut self) {
        while let Some(c) = self.peek().filter(|c| !is_end_of_line(*c)) {
            match c {
                c if is_single(c) => self.single(&mut String::new()),
                c if is_double(c) => self.double(&mut String::new(), &mut Vec::new()),
                _ => self.at += 1,
            }
            if c == ']' {
                return;
            }
        }
    }
}
