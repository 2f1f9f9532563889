//! Text to a syntax tree: the door to tree-sitter's bash grammar, and the limits on what is let through it.
//!
//! The parser does not recurse, goes on behind an error and can be stopped; that is why it is this one. (Of the parsers in
//! pure Rust one takes exponential time for open parentheses and overflows the stack, the others want a newer compiler or
//! another licence.) What a tree means is not known here.

use std::ops::ControlFlow;
use tree_sitter::{Node, ParseOptions, Parser, Tree};

/// Longer command lines than the operating system takes are not read.
const LONGEST: usize = 256 * 1024;

/// How often the parser may report that it is still at work: a clock that always tells the same time.
fn patience(length: usize) -> usize {
    2_000 + length / 4
}

/// A parsed text.
pub(super) struct Parsed {
    tree: Tree,
    /// Commands that end before this byte are read without doubt: the grammar found nothing wrong up to the end of their line.
    pub(super) sure: usize,
}

impl Parsed {
    pub(super) fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }
}

/// The tree of a text; nothing when the text is too long or takes too much work.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    if text.len() > LONGEST {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let mut left = patience(text.len());
    let mut watch = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let options = ParseOptions::new().progress_callback(&mut watch);
    let bytes = text.as_bytes();
    let tree = parser.parse_with_options(&mut |at, _| &bytes[at.min(bytes.len())..], None, Some(options))?;
    let wrong = first_error(tree.root_node());
    let sure = wrong.map_or(text.len(), |at| text[..at].rfind('\n').unwrap_or(0));
    Some(Parsed { tree, sure })
}

/// Where the grammar first found something wrong.
fn first_error(root: Node) -> Option<usize> {
    let mut node = root;
    while node.has_error() && !node.is_error() && !node.is_missing() {
        let mut cursor = node.walk();
        let Some(inner) = node.children(&mut cursor).find(|child| child.has_error() || child.is_missing()) else { break };
        node = inner;
    }
    (node.has_error() || node.is_missing()).then(|| node.start_byte())
}
