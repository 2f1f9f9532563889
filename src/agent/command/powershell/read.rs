//! PowerShell's text to statements: quotes, here-strings, comments, escapes, groups, blocks, pipelines, assignments.
//!
//! Ours, because the two grammars for tree-sitter stumble over what agents write every day (`npm run x -- --flag`,
//! `stash@{0}`), and would put one to two megabytes into the program. One pass, no way back; what stands in groups is read
//! only so deep. Expressions are kept as far as they are plain values. Nothing is resolved and nothing judged here.

use super::quotes::{is_blank, is_double, is_end_of_line, is_single};
use super::tree::{Command, Piece, Script, Stage, Statement, Word};
use std::rc::Rc;

/// Longer texts are not read.
const LONGEST: usize = 128 * 1024;

/// Groups in groups are read only so deep.
const DEEPEST: usize = 48;

/// Read a text; nothing when PowerShell would not take it, as far as this reader can tell.
pub(super) fn read(text: &str) -> Option<Script> {
    if text.len() > LONGEST || text.contains('\0') {
        return None;
    }
    let text: Vec<char> = text.chars().collect();
    let mut reader = Reader { text: &text, at: 0, depth: 0, sound: true };
    let script = reader.script(None);
    reader.sound.then_some(script)
}

/// A text, and how far it is read.
pub(super) struct Reader<'t> {
    pub text: &'t [char],
    pub at: usize,
    pub depth: usize,
    /// Nothing was met that PowerShell would not take.
    pub sound: bool,
}

/// Words before a condition or a body. `else {`, but not a command of that name.
const KEYWORDS: [(&str, &str); 21] = [
    ("if", "("),
    ("elseif", "("),
    ("while", "("),
    ("until", "("),
    ("for", "("),
    ("foreach", "("),
    ("switch", "(-"),
    ("else", "{"),
    ("do", "{"),
    ("try", "{"),
    ("finally", "{"),
    ("begin", "{"),
    ("process", "{"),
    ("end", "{"),
    ("clean", "{"),
    ("dynamicparam", "{"),
    ("parallel", "{"),
    ("sequence", "{"),
    ("catch", "{["),
    ("trap", "{["),
    ("param", "("),
];

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    pub(super) fn ahead(&self, by: usize) -> Option<char> {
        self.text.get(self.at + by).copied()
    }

    fn starts(&self, what: &str) -> bool {
        what.chars().enumerate().all(|(by, c)| self.ahead(by) == Some(c))
    }

    /// This is no PowerShell, or not for us: nothing more is read.
    pub(super) fn give_up(&mut self) {
        self.sound = false;
        self.at = self.text.len();
    }

    fn deeper<T: Default>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEEPEST {
            self.give_up();
            return T::default();
        }
        self.depth += 1;
        let inner = read(self);
        self.depth -= 1;
        inner
    }

    /// Pass over blanks, continued lines and comments; ends of lines too, where they end nothing.
    pub(super) fn blanks(&mut self, lines: bool) {
        while let Some(c) = self.peek() {
            match c {
                c if is_blank(c) || lines && is_end_of_line(c) => self.at += 1,
                '`' if self.ahead(1).is_some_and(is_end_of_line) => {
                    self.at += if self.starts("`\r\n") { 3 } else { 2 };
                }
                '<' if self.starts("<#") => self.comment(),
                '#' => {
                    while self.peek().is_some_and(|c| !is_end_of_line(c)) {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        self.at += 2;
        while !self.starts("#>") {
            if self.peek().is_none() {
                return self.give_up();
            }
            self.at += 1;
        }
        self.at += 2;
    }

    /// Statements up to the end, or behind the character that closes the group.
    fn script(&mut self, close: Option<char>) -> Script {
        let mut script = Script::default();
        loop {
            self.blanks(true);
            let Some(c) = self.peek() else {
                if close.is_some() {
                    self.give_up();
                }
                return script;
            };
            if Some(c) == close {
                self.at += 1;
                return script;
            }
            match c {
                ';' | '|' | ',' => self.at += 1,
                '&' if self.ahead(1) == Some('&') => self.at += 2,
                ')' | '}' => self.give_up(),
                _ => {
                    let before = self.at;
                    self.statement(&mut script.statements);
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
    }

    fn statement(&mut self, out: &mut Vec<Statement>) {
        let Some(c) = self.peek() else { return };
        if c.is_ascii_alphabetic() {
            let end = (self.at..self.text.len()).find(|at| !self.text[*at].is_ascii_alphanumeric());
            let end = end.unwrap_or(self.text.len());
            if end - self.at <= 12 && self.text.get(end).is_none_or(|c| *c != '-' && *c != '.' && *c != '\\') {
                let word: String = self.text[self.at..end].iter().collect::<String>().to_ascii_lowercase();
                if self.keyword(&word, end, out) {
                    return;
                }
            }
        }
        let first = self.stage(true);
        match first {
            Err(assign) => out.push(assign),
            Ok(stage) => {
                let mut stages = vec![stage];
                loop {
                    self.blanks(false);
                    if let Some(to) = self.redirection() {
                        self.at = to;
                        self.blanks(false);
                        let writes = vec![(self.word(), true)];
                        stages.push(Stage::Command(Command { writes, ..Command::default() }));
                        continue;
                    }
                    if self.peek() != Some('|') || self.ahead(1) == Some('|') {
                        break;
                    }
                    self.at += 1;
                    self.blanks(true);
                    if let Ok(stage) = self.stage(false) {
                        stages.push(stage);
                    }
                }
                out.push(Statement::Pipeline(stages));
            }
        }
    }

    /// Read what a keyword begins; false when the word is none here.
    fn keyword(&mut self, word: &str, end: usize, out: &mut Vec<Statement>) -> bool {
        let start = self.at;
        self.at = end;
        match word {
            "return" | "throw" | "exit" => {
                self.blanks(false);
                if self.peek().is_some_and(|c| !is_end_of_line(c) && !";}|)".contains(c)) {
                    self.deeper(|reader| reader.statement(out));
                }
                return true;
            }
            "function" | "filter" => {
                self.blanks(false);
                let from = self.at;
                while self.peek().is_some_and(|c| !is_blank(c) && !is_end_of_line(c) && !"({;".contains(c)) {
                    self.at += 1;
                }
                let name: String = self.text[from..self.at].iter().collect();
                self.blanks(true);
                if self.peek() == Some('(') {
                    self.group(1, ')');
                    self.blanks(true);
                }
                if self.peek() == Some('{') && !name.is_empty() {
                    let body = self.group(1, '}');
                    out.push(Statement::Function(name.to_ascii_lowercase(), Rc::new(body)));
                    return true;
                }
            }
            _ => {}
        }
        self.blanks(true);
        let opens = KEYWORDS.iter().find(|(name, _)| *name == word).map_or("", |(_, opens)| opens);
        if !self.peek().is_some_and(|c| opens.contains(c)) {
            self.at = start;
            return false;
        }
        loop {
            self.blanks(true);
            match self.peek() {
                Some('(') => {
                    let mut condition = self.group(1, ')');
                    if word == "param" {
                        return true;
                    }
                    if let ("foreach", Some(Statement::Pipeline(stages))) = (word, condition.statements.first())
                        && let Some(Stage::Value(pieces, _)) = stages.first()
                        && let Some(Piece::Variable(name)) = pieces.first()
                    {
                        let value = Stage::Value(vec![Piece::Unknown], String::new());
                        let value = Box::new(Statement::Pipeline(vec![value]));
                        condition.statements.push(Statement::Assign { name: name.clone(), more: false, value });
                    }
                    out.push(Statement::Body(condition));
                    if word == "until" {
                        return true;
                    }
                }
                Some('{') => {
                    let body = self.group(1, '}');
                    out.push(Statement::Body(body));
                    return true;
                }
                // `do { } while (…)` has no body behind its condition.
                None | Some(';' | ')' | '}' | '|') => return true,
                Some('[' | ']' | ',' | '-' | '.') => self.at += 1,
                Some(c) if c.is_alphanumeric() && matches!(word, "catch" | "trap" | "switch") => self.at += 1,
                Some(_) => return true,
            }
        }
    }

    /// What stands in a group that begins here with so many characters.
    pub(super) fn group(&mut self, opening: usize, close: char) -> Script {
        self.at += opening;
        self.deeper(|reader| reader.script(Some(close)))
    }

    /// One part of a pipeline; an assignment is the whole statement.
    fn stage(&mut self, first: bool) -> Result<Stage, Statement> {
        let Some(c) = self.peek() else { return Ok(Stage::Value(Vec::new(), String::new())) };
        let next = self.ahead(1);
        let value = match c {
            '&' => false,
            '.' => next.is_some_and(|c| c.is_ascii_digit()),
            '-' => next.is_none_or(|c| "$('\"".contains(c) || c.is_ascii_digit() || is_blank(c)),
            '+' | '!' | '$' | '(' | '[' | '{' | '@' | ',' => true,
            c => c.is_ascii_digit() && !self.named_by_digit() || is_single(c) || is_double(c),
        };
        if value {
            return self.value(first);
        }
        let mut command = Command::default();
        if c == '&' || c == '.' && next.is_none_or(|c| is_blank(c) || "\"'${(".contains(c)) {
            command.called = true;
            self.at += 1;
        }
        self.command(&mut command);
        Ok(Stage::Command(command))
    }

    /// `7z x`: a command whose name begins with a digit.
    fn named_by_digit(&self) -> bool {
        let digits = self.text[self.at..].iter().take(32).take_while(|c| c.is_ascii_digit()).count();
        self.ahead(digits).is_some_and(|c| c.is_ascii_alphabetic())
    }

    fn command(&mut self, command: &mut Command) {
        let mut more = false;
        loop {
            let before = self.at;
            self.blanks(false);
            let apart = self.at > before;
            let Some(c) = self.peek() else { return };
            match c {
                c if is_end_of_line(c) || ";|)}".contains(c) => return,
                '&' => {
                    if self.ahead(1) != Some('&') {
                        // In the background.
                        self.at += 1;
                    }
                    return;
                }
                ',' => {
                    self.at += 1;
                    more = true;
                    self.blanks(true);
                }
                '<' => return self.give_up(),
                _ if self.starts("--%") && apart => {
                    self.at += 3;
                    self.verbatim(command);
                    return;
                }
                _ => {
                    if let Some(to) = self.redirection() {
                        self.at = to;
                        self.blanks(false);
                        let file = self.word();
                        command.writes.push((file, apart));
                        continue;
                    }
                    let before = self.at;
                    let word = self.word();
                    if self.at == before {
                        return;
                    }
                    command.words.push(Word { more: std::mem::take(&mut more), ..word });
                }
            }
        }
    }

    /// Behind `--%` words are separated by blanks alone.
    fn verbatim(&mut self, command: &mut Command) {
        let from = self.at;
        while self.peek().is_some_and(|c| !is_end_of_line(c) && c != '|') {
            self.at += 1;
        }
        let text: String = self.text[from..self.at].iter().collect();
        let words = text.split_ascii_whitespace().map(|word| word.replace('"', ""));
        let piece = |word: String| if word.contains('%') { Piece::Unknown } else { Piece::Text(word) };
        command.words.extend(words.map(|word| Word { pieces: vec![piece(word)], ..Word::default() }));
    }

    /// Where the file of a redirection begins; streams that are joined (`2>&1`) are passed over.
    fn redirection(&mut self) -> Option<usize> {
        loop {
            let digit = usize::from(self.peek().is_some_and(|c| c.is_ascii_digit() || c == '*'));
            if self.ahead(digit) != Some('>') {
                return None;
            }
            let mut at = self.at + digit + 1;
            if self.text.get(at) == Some(&'&') {
                self.at = (at + 2).min(self.text.len());
                self.blanks(false);
                continue;
            }
            if self.text.get(at) == Some(&'>') {
                at += 1;
            }
            return Some(at);
        }
    }

    /// A value up to its end; an assignment where one begins.
    fn value(&mut self, first: bool) -> Result<Stage, Statement> {
        let from = self.at;
        let mut pieces = Vec::new();
        let mut text = String::new();
        loop {
            self.blanks(false);
            let Some(c) = self.peek() else { break };
            match c {
                c if is_end_of_line(c) || ";|)}&>".contains(c) => break,
                c if (c.is_ascii_digit() || c == '*') && self.ahead(1) == Some('>') => break,
                c if is_single(c) => {
                    self.single(&mut text);
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                c if is_double(c) => {
                    self.double(&mut text, &mut pieces);
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                '$' => {
                    self.dollar(&mut text, &mut pieces);
                    text.clear();
                }
                '(' => {
                    let group = self.group(1, ')');
                    pieces.push(Piece::Group(group));
                }
                '{' => {
                    let block = self.group(1, '}');
                    pieces.push(Piece::Block(Rc::new(block)));
                }
                '@' => {
                    if !self.at_sign(&mut pieces) {
                        self.at += 1;
                    }
                }
                ',' => {
                    pieces.push(Piece::Comma);
                    self.at += 1;
                    self.blanks(true);
                }
                '=' if first => return Err(self.assignment(&pieces)),
                c if c.is_ascii_digit() && pieces.last().is_none_or(|last| *last == Piece::Comma) => {
                    while let Some(c) = self.peek().filter(char::is_ascii_digit) {
                        text.push(c);
                        self.at += 1;
                    }
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                // `[string]$x`, `[IO.File]`: types, and indices.
                '[' | ']' | '+' => self.at += 1,
                c => {
                    if pieces.last() != Some(&Piece::Unknown) && (c != ':' && c != '.' || !pieces.is_empty()) {
                        pieces.push(Piece::Unknown);
                    }
                    self.at += 1;
                }
            }
        }
        let text = self.text.get(from..self.at).unwrap_or_default();
        Ok(Stage::Value(pieces, text.iter().collect()))
    }

    /// What stands behind `=`.
    fn assignment(&mut self, target: &[Piece]) -> Statement {
        let before = self.at.checked_sub(1).map_or(' ', |at| self.text[at]);
        // `[string]` before the name was read as unknown.
        let target = if target.first() == Some(&Piece::Unknown) { &target[1..] } else { target };
        let name = match target {
            [Piece::Variable(name)] if before.is_alphanumeric() || "+ \t_}".contains(before) => name.clone(),
            _ => String::new(),
        };
        self.at += 1;
        self.blanks(true);
        let mut inner = Vec::new();
        self.deeper(|reader| reader.statement(&mut inner));
        let value = match inner.len() {
            1 => inner.remove(0),
            _ => Statement::Body(Script { statements: inner }),
        };
        Statement::Assign { name, more: before == '+', value: Box::new(value) }
    }
}
