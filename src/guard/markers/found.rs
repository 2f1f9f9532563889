//! A leftover lifted off its content: all that later steps ask of it, so that no content has to be kept.

use super::fence::{Fences, is_markdown};
use super::identity::Identity;
use super::line::{line_end, without_line_end};
use super::runs::suspicious;
use super::scan::{Kind, Leftover, is_binary, scan};
use super::size::MarkerSize;
use crate::model::visible;

/// How much of a marker line is quoted, in characters.
const QUOTED: usize = 60;

/// One leftover of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its first line, counted from 1.
    pub line: u64,
    /// Its last line.
    pub end_line: u64,
    /// What makes it the same leftover in another version of the file, or in another file.
    pub identity: Identity,
    /// Its first line as it may be shown.
    pub opening: Box<str>,
    /// Its last line as it may be shown, when that is another one.
    pub closing: Option<Box<str>>,
    /// Whether it is an example: a whole conflict inside one fenced code block of a Markdown file.
    pub fenced: bool,
}

impl Found {
    fn new(content: &[u8], leftover: &Leftover, fenced: bool) -> Found {
        let lines = &content[leftover.span.clone()];
        let first = without_line_end(&lines[..line_end(lines, 0)]);
        let body = without_line_end(lines);
        let last = body.iter().rposition(|&c| c == b'\n').map(|feed| &body[feed + 1..]);
        Found {
            kind: leftover.kind,
            line: leftover.line,
            end_line: leftover.end_line,
            identity: Identity::of(lines),
            opening: quote(first),
            closing: last.map(quote),
            fenced,
        }
    }
}

/// Everything that conflicts left in the blob that stands at `path`: nothing in a binary one. `size` is the path's marker
/// size in the tree under judgement, also for versions of the file in other trees, so that the same text is read alike.
pub fn read(path: &[u8], content: &[u8], size: MarkerSize) -> Vec<Found> {
    if size >= MarkerSize::DEFAULT && !suspicious(content) || is_binary(content) {
        return Vec::new();
    }
    let leftovers = scan(content, size);
    let fences = match is_markdown(path) && leftovers.iter().any(Leftover::is_block) {
        true => Fences::of(content),
        false => Fences::default(),
    };
    leftovers.iter().map(|leftover| Found::new(content, leftover, fences.hold(leftover))).collect()
}

/// The start of a line, made visible.
fn quote(line: &[u8]) -> Box<str> {
    let text = visible(&line[..line.len().min(4 * (QUOTED + 1))]);
    match text.char_indices().nth(QUOTED) {
        Some((cut, _)) => format!("{}…", &text[..cut]).into(),
        None => text.trim_end().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> side\n";

    fn found(path: &str, content: &str) -> Vec<Found> {
        read(path.as_bytes(), content.as_bytes(), MarkerSize::DEFAULT)
    }

    #[test]
    fn a_block_is_quoted_with_both_its_ends() {
        let block = &found("a.rs", BLOCK)[0];
        assert_eq!((block.line, block.end_line), (2, 6));
        assert_eq!((&*block.opening, block.closing.as_deref()), ("<<<<<<< HEAD", Some(">>>>>>> side")));
        let block = &found("a.rs", BLOCK.replace('\n', "\r\n").trim_end())[0];
        assert_eq!((&*block.opening, block.closing.as_deref()), ("<<<<<<< HEAD", Some(">>>>>>> side")));
        let lone = &found("a.rs", ">>>>>>> origin/main \r\nx")[0];
        assert_eq!((&*lone.opening, lone.closing.as_deref()), (">>>>>>> origin/main", None));
    }

    #[test]
    fn quotes_are_short_and_visible() {
        for (label, want) in [
            ("\x1b[2J\u{202e}x", r"<<<<<<< \x1b[2J\u{202e}x".to_owned()),
            ("::error::x", "<<<<<<< ::error::x".to_owned()),
            (&"é".repeat(5000), format!("<<<<<<< {}…", "é".repeat(52))),
            (&"\u{1f600}".repeat(52), format!("<<<<<<< {}", "\u{1f600}".repeat(52))),
            (&"\u{1f600}".repeat(53), format!("<<<<<<< {}…", "\u{1f600}".repeat(52))),
        ] {
            assert_eq!(&*found("a.rs", &format!("<<<<<<< {label}\n"))[0].opening, want);
        }
        assert_eq!(&*quote(&[b'<'; 5000]), format!("{}…", "<".repeat(60)));
    }

    #[test]
    fn only_markdown_has_examples() {
        let fenced = format!("```\n{BLOCK}```\n");
        assert!(found("a.md", &fenced)[0].fenced);
        assert!(!found("a.rst", &fenced)[0].fenced);
        assert!(!found("a.md", BLOCK)[0].fenced);
    }

    #[test]
    fn binary_content_and_other_sizes_are_respected() {
        assert_eq!(found("a.bin", &format!("\0{BLOCK}")), []);
        assert_eq!(found("a.txt", &format!("{}\0{BLOCK}", "a".repeat(8000))).len(), 1);
        let size = |size| read(b"a", b"<<< a\n===\n>>> b\n", MarkerSize::new(size).unwrap()).len();
        assert_eq!((size(3), size(4), size(7)), (1, 0, 0));
    }
}
