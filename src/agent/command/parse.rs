//! Text to a syntax tree: the door to tree-sitter's bash grammar, and the limits on what is let through it.
//!
//! The parser does not recurse, goes on behind an error and can be stopped; that is why it is this one. (Of the parsers in
//! pure Rust one takes exponential time for open parentheses and overflows the stack, the others want a newer compiler or
//! another licence.) What a tree means is not known here.

use super::disguise::{Disguised, disguised};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::{ControlFlow, Range};
use tree_sitter::{Node, ParseOptions, Parser, Tree};

/// Longer command lines than a Unix system hands to a program are not read.
const LONGEST: usize = 128 * 1024;

/// How often a text is cut off before its error and read again.
const MOST_CUTS: usize = 3;

/// How often the parser may report that it is still at work, for one command line with all texts in it: enough for some
/// thousand words.
pub(super) const PATIENCE: usize = 200;

/// Behind an error one step of the parser may look at the whole text. So the longer a text is, the fewer steps it gets: this
/// many bytes in all, whatever they say. (Here-documents and strings are one step, however long.)
const MOST_WORK: usize = 500_000;

/// A parsed text.
pub(super) struct Parsed {
    tree: Tree,
    /// Commands that end before this byte are read without doubt: the grammar found nothing wrong with their lines.
    pub(super) sure: usize,
}

impl Parsed {
    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }
}

/// What stands at a place of the tree. The grammar, which sees bytes in place of letters, may have cut one of them in two: such a
/// letter is taken whole.
pub(super) fn text(source: &str, mut place: Range<usize>) -> &str {
    place.end = place.end.min(source.len());
    place.start = place.start.min(place.end);
    while !source.is_char_boundary(place.start) {
        place.start -= 1;
    }
    while !source.is_char_boundary(place.end) {
        place.end += 1;
    }
    &source[place]
}

/// The text with a blank before every line that begins with a backslash: the grammar takes such a line for more of the one
/// before.
pub(super) fn mended(text: &str) -> Cow<'_, str> {
    if !text.contains("\n\\") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut escaped = false;
    let mut before = ' ';
    for c in text.chars() {
        if c == '\\' && before == '\n' && !escaped {
            out.push(' ');
        }
        // Whether the line end was escaped is still known at the character behind it.
        escaped = if c == '\n' { escaped } else { c == '\\' && !(escaped && before == '\\') };
        before = c;
        out.push(c);
    }
    Cow::Owned(out)
}

/// The tree of a text, or of its first lines, which are sound; nothing when the text is too long or too tangled.
pub(super) fn parse(text: &str, patience: &Cell<usize>) -> Option<Parsed> {
    if text.len() > LONGEST {
        return None;
    }
    let mut sound = text;
    let mut last = tree(text, patience)?;
    for _ in 0..MOST_CUTS {
        let Some(error) = first_error(last.root_node(), sound) else {
            return Some(Parsed { tree: last, sure: sound.len() });
        };
        // An error that has taken in the lines before it ends where it was noticed.
        let line = |at: usize| sound.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').filter(|end| *end > 0);
        let Some(end) = line(error.start).or_else(|| line(error.end)) else { break };
        sound = &sound[..end];
        last = tree(sound, patience)?;
    }
    let sure = if first_error(last.root_node(), sound).is_some() { 0 } else { sound.len() };
    Some(Parsed { tree: last, sure })
}

fn tree(text: &str, patience: &Cell<usize>) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let mut left = MOST_WORK / text.len().max(1);
    let mut watch = |_: &tree_sitter::ParseState| {
        patience.set(patience.get().saturating_sub(1));
        left = left.saturating_sub(1);
        if patience.get().min(left) == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut watch);
    let Disguised { bytes, hidden } = disguised(text);
    let tree = parser.parse_with_options(&mut |at, _| &bytes[at.min(bytes.len())..], None, Some(options))?;
    are_text(&hidden, tree.root_node()).then_some(tree)
}

/// Whether all these places are in quotes, in a document or in a comment, where nothing but text is.
fn are_text(places: &[usize], root: Node) -> bool {
    const TEXT: [&str; 7] =
        ["raw_string", "ansi_c_string", "string", "string_content", "heredoc_body", "heredoc_content", "comment"];
    let mut places = places.iter().peekable();
    // Up to where one begins or ends, what no smaller node has belongs to this one.
    let mut belong = |end: usize, node: Option<&Node>| {
        let is_text = node.is_some_and(|node| TEXT.contains(&node.kind()));
        let before = places.next_if(|at| **at < end).is_some();
        if before && is_text {
            while places.next_if(|at| **at < end).is_some() {}
        }
        (is_text || !before).then(|| places.peek().is_none())
    };
    let mut cursor = root.walk();
    let mut within: Vec<Node> = Vec::new();
    loop {
        match belong(cursor.node().start_byte(), within.last()) {
            Some(false) => {}
            done => return done.is_some(),
        }
        within.push(cursor.node());
        if cursor.goto_first_child() {
            continue;
        }
        loop {
            let node = within.pop();
            if belong(node.map_or(0, |node| node.end_byte()), node.as_ref()).is_none() {
                return false;
            }
            if cursor.goto_next_sibling() {
                break;
            }
            if !cursor.goto_parent() {
                return belong(usize::MAX, None).is_some();
            }
        }
    }
}

/// Where the grammar first found something wrong.
fn first_error(root: Node, text: &str) -> Option<Range<usize>> {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.is_missing() || node.is_error() && !is_redirection(node, text) {
            return Some(node.byte_range());
        }
        let mut cursor = node.walk();
        let inner: Vec<_> = node.children(&mut cursor).filter(|it| it.has_error() || it.is_missing()).collect();
        open.extend(inner.into_iter().rev());
    }
    None
}

/// The grammar knows no `<>`, and no `<<<` behind another redirection: it stumbles over a part of them, and goes on.
fn is_redirection(error: Node, text: &str) -> bool {
    let (before, after) = (text.get(..error.start_byte()), text.get(error.end_byte()..));
    match text.get(error.byte_range()) {
        Some("<<") => after.is_some_and(|after| after.starts_with('<') && !after.starts_with("<<")),
        Some(">") => before.is_some_and(|before| before.ends_with('<') && !before.ends_with("<<")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{mended, text};

    #[test]
    fn places_that_cut_a_letter_in_two() {
        for (place, expected) in [(0..1, "é"), (1..2, "é"), (1..3, "éa"), (2..3, "a"), (3..9, ""), (9..9, "")] {
            assert_eq!(text("éa", place), expected);
        }
    }

    #[test]
    fn lines_that_begin_with_a_backslash() {
        let table = [
            ("ls\n\\git x", "ls\n \\git x"),
            ("a\\\n\\b", "a\\\n\\b"),
            ("a\\\\\n\\b", "a\\\\\n \\b"),
            ("a\n\n\\b\n\\c", "a\n\n \\b\n \\c"),
            ("\\a", "\\a"),
        ];
        for (text, expected) in table {
            assert_eq!(mended(text), expected);
        }
    }
}
