//! One simple command as it stands in the tree: its words, the variables before it, what it reads and what it writes.
//!
//! Where it stands and what runs before it is known in [`script`](super::script), what it does elsewhere.

use super::script::State;
use super::{disguise, output, parse, words};
use std::ops::Range;
use std::rc::Rc;
use tree_sitter::Node;

/// What a command reads or writes.
#[derive(Clone, Debug)]
pub(super) enum Stream {
    /// Whatever the agent's shell has.
    Nothing,
    /// This text.
    Known(Rc<str>),
    /// Something that another program makes.
    Unknown,
}

/// One simple command that is about to run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// `NAME=value` before the command.
    pub settings: Vec<(String, String)>,
    pub words: Vec<String>,
    pub stdin: Stream,
    /// Files that redirections write.
    pub writes: Vec<String>,
    /// The text behind a `<(…)` among the words.
    pub substituted: Option<String>,
}

/// What stands behind a here-document's delimiter and runs after its command.
pub(super) type Behind<'t> = Vec<Node<'t>>;

impl Run {
    /// A command of these words.
    pub(super) fn of(words: Vec<String>) -> Run {
        Run { settings: Vec::new(), words, stdin: Stream::Nothing, writes: Vec::new(), substituted: None }
    }

    /// The command of a node, and what stands on its line behind a here-document; nothing when it is no simple command.
    pub(super) fn read<'t>(node: Node<'t>, source: &str, state: &State, stdin: Stream) -> Option<(Run, Behind<'t>)> {
        match node.kind() {
            "command" => Run::redirected(Some(node), None, source, state, stdin),
            "redirected_statement" => {
                Run::redirected(node.child_by_field_name("body"), Some(node), source, state, stdin)
            }
            _ => None,
        }
    }

    /// The same of a command, if any, and the statement that has its redirections.
    pub(super) fn redirected<'t>(
        body: Option<Node<'t>>,
        statement: Option<Node<'t>>,
        source: &str,
        state: &State,
        stdin: Stream,
    ) -> Option<(Run, Behind<'t>)> {
        let mut run = Run { stdin, ..Run::of(Vec::new()) };
        let mut behind = Vec::new();
        if let Some(body) = body {
            if body.kind() != "command" {
                return None;
            }
            run.command(body, source, state);
        }
        if let Some(statement) = statement {
            let mut end = body.map_or(statement.start_byte(), |body| body.end_byte());
            let mut cursor = statement.walk();
            for redirect in statement.children_by_field_name("redirect", &mut cursor) {
                run.words.extend(left_out(source, end..redirect.start_byte()));
                run.redirect(redirect, source, state, &mut behind);
                end = redirect.end_byte();
            }
        }
        Some((run, behind))
    }

    fn command(&mut self, node: Node, source: &str, state: &State) {
        let mut cursor = node.walk();
        let mut end = node.start_byte();
        for child in node.named_children(&mut cursor) {
            // The grammar takes a line that is continued within a word for the end of the word.
            let between = source.get(end..child.start_byte()).unwrap_or_default();
            let continued = !between.is_empty() && between.replace("\\\n", "").is_empty();
            end = child.end_byte();
            match child.kind() {
                "variable_assignment" => self.settings.extend(assignment(child, source, state)),
                "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                    self.redirect(child, source, state, &mut Vec::new());
                }
                "comment" => {}
                kind => {
                    if kind == "process_substitution" && self.substituted.is_none() {
                        self.substituted = output::of_substitution(child, source, state);
                    }
                    let mut words = words::expand(child, source, state).into_iter();
                    if let (true, Some(last)) = (continued, self.words.last_mut()) {
                        last.extend(words.next());
                    }
                    self.words.extend(words);
                }
            }
        }
    }

    /// Take a redirection in.
    pub(super) fn redirect<'t>(&mut self, node: Node<'t>, source: &str, state: &State, behind: &mut Behind<'t>) {
        let mut cursor = node.walk();
        match node.kind() {
            "herestring_redirect" => {
                if let Some(word) = node.named_children(&mut cursor).last() {
                    self.stdin = Stream::Known((words::value(word, source, state) + "\n").into());
                }
            }
            "file_redirect" => {
                let operator =
                    node.children(&mut cursor).find(|child| !child.is_named()).map_or("", |child| child.kind());
                let here_string = operator == "<" && parse::text(source, 0..node.start_byte()).ends_with("<<");
                let both = operator == "<" && parse::text(source, node.byte_range()).contains("<>");
                for (index, target) in node.children_by_field_name("destination", &mut cursor).enumerate() {
                    match operator {
                        // Only the first word is the file; the grammar counts arguments behind it too.
                        _ if index > 0 => self.words.extend(words::expand(target, source, state)),
                        "<" | "<&" if target.kind() == "process_substitution" => {
                            let text = output::of_substitution(target, source, state);
                            self.stdin = text.map_or(Stream::Unknown, |text| Stream::Known(text.into()));
                        }
                        "<" if here_string => {
                            self.stdin = Stream::Known((words::value(target, source, state) + "\n").into());
                        }
                        "<" if both => self.writes.push(words::value(target, source, state)),
                        "<" => self.stdin = Stream::Nothing,
                        "<&" | ">&" if target.kind() == "number" => {}
                        "<&-" | ">&-" => {}
                        _ => self.writes.push(words::value(target, source, state)),
                    }
                }
            }
            "heredoc_redirect" => {
                let start = node.named_children(&mut cursor).find(|child| child.kind() == "heredoc_start");
                let raw =
                    start.is_some_and(|start| parse::text(source, start.byte_range()).contains(['\'', '"', '\\']));
                cursor.reset(node);
                let (before, behind_mark) = parse::text(source, node.byte_range()).split_once("<<").unwrap_or_default();
                self.words.extend(left_out(before, 0..before.len()));
                let stripped = behind_mark.starts_with('-');
                if !cursor.goto_first_child() {
                    return;
                }
                let mut end = start.map(|start| start.end_byte());
                loop {
                    let child = cursor.node();
                    if let Some(end) = end.take_if(|end| child.start_byte() >= *end) {
                        self.words.extend(left_out(source, end..child.start_byte()));
                    }
                    match (child.kind(), cursor.field_name()) {
                        ("heredoc_body", _) => {
                            let text = words::document(child, source, state, raw);
                            let text = if stripped { unindented(&text) } else { text };
                            self.stdin = Stream::Known(text.into());
                        }
                        (_, Some("argument")) => self.words.extend(words::expand(child, source, state)),
                        (_, Some("redirect")) | ("file_redirect", _) => self.redirect(child, source, state, behind),
                        (_, Some("right")) | ("pipeline", _) => behind.push(child),
                        _ => {}
                    }
                    if !cursor.goto_next_sibling() {
                        return;
                    }
                }
            }
            _ => {}
        }
    }
}

/// Words that the grammar leaves out of the tree, or did not get to see: a `-` before a here-document, those behind its mark.
fn left_out(source: &str, between: Range<usize>) -> impl Iterator<Item = String> {
    let line = source.get(between).and_then(|text| text.lines().next()).unwrap_or_default();
    line.split_ascii_whitespace().filter(|word| word.bytes().all(disguise::is_plain)).map(str::to_owned)
}

/// A here-document of `<<-`.
fn unindented(text: &str) -> String {
    text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

/// `NAME=value`; lists are [`list_assignment`]'s.
pub(super) fn assignment(node: Node, source: &str, state: &State) -> Option<(String, String)> {
    let name = node.child_by_field_name("name")?;
    let value = node.child_by_field_name("value").map_or(String::new(), |value| words::value(value, source, state));
    let name = parse::text(source, name.byte_range()).to_owned();
    let between = source.get(node.start_byte() + name.len()..).unwrap_or_default();
    if between.starts_with('+') {
        let before = state.variable(&name).map_or(words::UNKNOWN.to_string(), str::to_owned);
        return Some((name, before + &value));
    }
    Some((name, value))
}

/// `NAME=(…)`, `NAME+=(…)`: what is behind.
pub(super) fn list_assignment(node: Node, source: &str, state: &State) -> Option<(String, Vec<String>)> {
    let name = node.child_by_field_name("name")?;
    let value = node.child_by_field_name("value").filter(|value| value.kind() == "array")?;
    let name = parse::text(source, name.byte_range()).to_owned();
    let mut words = Vec::new();
    if source.get(node.start_byte() + name.len()..).is_some_and(|rest| rest.starts_with('+')) {
        match (state.list(&name), state.variable(&name)) {
            (Some(list), _) => words.extend(list.iter().cloned()),
            (None, before) => words.push(before.map_or(words::UNKNOWN.to_string(), str::to_owned)),
        }
    }
    let mut cursor = value.walk();
    for child in value.named_children(&mut cursor).filter(|child| child.kind() != "comment") {
        words.extend(words::expand(child, source, state));
    }
    Some((name, words))
}
