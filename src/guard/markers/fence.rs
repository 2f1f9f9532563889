//! Fenced code blocks of Markdown, as CommonMark reads them: where documentation shows what a conflict looks like.
//!
//! Only fences are understood, and of the rest as much as decides where a fence starts and ends: list items, because a
//! fence inside one ends with it and because its first line may carry the fence. Quotes need no care, each of their
//! lines starts with `>`. HTML blocks, front matter and paragraphs that go on without their indentation are not looked at.

use super::line::{blank, first_line, run, without_line_end};
use super::scan::Leftover;
use std::ops::Range;

/// Whether a file is Markdown, by its name alone.
pub fn is_markdown(path: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 7] = [b"md", b"markdown", b"mdown", b"mkd", b"mdx", b"qmd", b"rmd"];
    extension(path).is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// What follows the last dot of a file's name; `None` for a name without one, or with nothing before it.
pub(super) fn extension(path: &[u8]) -> Option<&[u8]> {
    let name = path.rsplit(|&c| c == b'/').next().unwrap_or(path);
    let dot = name.iter().rposition(|&c| c == b'.').filter(|&dot| dot > 0)?;
    Some(&name[dot + 1..])
}

/// The closed fenced code blocks of one Markdown file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fences {
    /// The lines between an opening fence and the fence that closes it, counted from 1, in their order.
    inside: Vec<Range<u64>>,
}

impl Fences {
    /// Find them in some content.
    pub fn of(content: &[u8]) -> Fences {
        let mut reader = Reader::default();
        let text = &content[first_line(content)..];
        for (number, line) in (1..).zip(text.split_inclusive(|&c| c == b'\n')) {
            reader.line(number, without_line_end(line));
        }
        Fences { inside: reader.inside }
    }

    /// Whether this leftover is a whole conflict that lies entirely inside one of them.
    pub fn hold(&self, leftover: &Leftover) -> bool {
        let after = self.inside.partition_point(|lines| lines.end <= leftover.line);
        leftover.is_block()
            && self.inside.get(after).is_some_and(|lines| lines.start <= leftover.line && leftover.end_line < lines.end)
    }
}

/// A fence that waits for the one that closes it.
struct Fence {
    character: u8,
    length: usize,
    line: u64,
    /// The column at which the content of the list item starts that holds it; 0 outside lists.
    column: usize,
}

#[derive(Default)]
struct Reader {
    fence: Option<Fence>,
    /// The columns at which the content of the open list items starts, outermost first.
    items: Vec<usize>,
    inside: Vec<Range<u64>>,
}

impl Reader {
    fn line(&mut self, number: u64, line: &[u8]) {
        let Some((indent, text)) = indentation(line) else { return };
        if let Some(fence) = &self.fence {
            if indent >= fence.column {
                if indent - fence.column <= 3 && fence.is_closed_by(text) {
                    self.inside.push(fence.line + 1..number);
                    self.fence = None;
                }
                return;
            }
            // The list item ends here, and the fence with it.
            self.fence = None;
        }
        self.items.retain(|&column| column <= indent);
        let mut column = self.items.last().copied().unwrap_or(0);
        let (mut indent, mut text) = (indent, text);
        while indent - column <= 3 {
            if let Some((character, length)) = opening(text) {
                self.fence = Some(Fence { character, length, line: number, column });
                return;
            }
            let Some((marker, width)) = list_marker(text) else { return };
            column = indent + width;
            self.items.push(column);
            indent = column;
            text = &text[marker..];
        }
    }
}

impl Fence {
    fn is_closed_by(&self, text: &[u8]) -> bool {
        let length = run(text, self.character);
        length >= self.length && text[length..].iter().copied().all(blank)
    }
}

/// The columns of blanks before a line's text, and the text; `None` for a blank line.
fn indentation(line: &[u8]) -> Option<(usize, &[u8])> {
    let mut column = 0;
    for (index, &c) in line.iter().enumerate() {
        match c {
            b' ' => column += 1,
            b'\t' => column += 4 - column % 4,
            _ => return Some((column, &line[index..])),
        }
    }
    None
}

/// The character and length of the fence that this text opens. What follows a fence of backticks has none itself;
/// otherwise it is code within a line.
fn opening(text: &[u8]) -> Option<(u8, usize)> {
    let &character = text.first().filter(|&&c| c == b'`' || c == b'~')?;
    let length = run(text, character);
    (length >= 3 && (character == b'~' || !text[length..].contains(&b'`'))).then_some((character, length))
}

/// The bytes and columns up to the text of the list item that starts here: a bullet or a number, and one to four spaces.
fn list_marker(text: &[u8]) -> Option<(usize, usize)> {
    let digits = text.iter().take_while(|c| c.is_ascii_digit()).count();
    let marker = match (digits, text.get(digits)?) {
        (0, b'-' | b'+' | b'*') => 1,
        (1..=9, b'.' | b')') => digits + 1,
        _ => return None,
    };
    match text[marker..].iter().take_while(|&&c| c == b' ').count() {
        spaces @ 1..=4 if text.len() > marker + spaces => Some((marker + spaces, marker + spaces)),
        0 if text.len() > marker => None,
        _ => Some((text.len(), marker + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::markers::{MarkerSize, naive, scan};
    use proptest::prelude::*;

    #[test]
    fn markdown_is_known_by_its_name() {
        for path in
            ["README.md", "a/B.MD", "x.markdown", "x.mdown", "x.mkd", "p.mdx", "n.qmd", "n.Rmd", "n.RMD", "a.b.md"]
        {
            assert!(is_markdown(path.as_bytes()), "{path}");
        }
        for path in ["", "md", ".md", "a/.md", "x.md/y", "x.mdc", "x.rs", "x.rst", "xmd", "x.md.orig", "x."] {
            assert!(!is_markdown(path.as_bytes()), "{path}");
        }
    }

    /// The insides of the fenced blocks of some lines: the first line, and the one after the last.
    fn check(lines: &[&str], want: &[(u64, u64)]) {
        for end in ["\n", "\r\n"] {
            let text: String = lines.iter().map(|line| format!("{line}{end}")).collect();
            let inside = |text: &str| -> Vec<_> {
                Fences::of(text.as_bytes()).inside.iter().map(|lines| (lines.start, lines.end)).collect()
            };
            assert_eq!(inside(&text), want, "{lines:#?}");
            assert_eq!(inside(&format!("\u{feff}{}", text.trim_end())), want, "{lines:#?}");
        }
    }

    #[test]
    fn fences_open_and_close() {
        check(&["```", "a", "```"], &[(2, 3)]);
        check(&["~~~", "a", "b", "~~~"], &[(2, 4)]);
        check(&["```", "```"], &[(2, 2)]);
        check(&["```rust,ignore", "a", "``` \t"], &[(2, 3)]);
        check(&["   ```", "a", "  ```"], &[(2, 3)]);
        check(&["```", "a", "`````"], &[(2, 3)]);
        check(&["````md", "```", "a", "```", "````"], &[(2, 5)]);
        check(&["~~~ `x` ~~~", "```", "~~~"], &[(2, 3)]);
        check(&["```", "~~~", "```", "~~~", "a", "~~~"], &[(2, 3), (5, 6)]);
        check(&["```", "a", "```", "b", "```", "c", "```"], &[(2, 3), (6, 7)]);
        check(&["```{r, echo=FALSE}", "a", "```"], &[(2, 3)]);
    }

    #[test]
    fn what_is_no_fence() {
        check(&["``", "a", "``"], &[]);
        check(&["```", "a"], &[]);
        check(&["    ```", "a", "    ```"], &[]);
        check(&["\t```", "a", "\t```"], &[]);
        check(&["```code``` in a line", "a", "```", "b", "```"], &[(4, 5)]);
        check(&["text ```", "a", "```"], &[]);
        check(&["```", "a", "``` b"], &[]);
        check(&["````", "a", "```"], &[]);
        check(&["```", "a", "~~~"], &[]);
        check(&["```", "a", "    ```"], &[]);
        check(&["> ```", "> a", "> ```", "b", "```", "c", "```"], &[(6, 7)]);
    }

    #[test]
    fn fences_in_lists() {
        check(&["- a", "  ```", "  b", "  ```", "c", "```", "d", "```"], &[(3, 4), (7, 8)]);
        check(&["- ```sh", "  b", "  ```", "", "c", "```", "d", "```"], &[(2, 3), (7, 8)]);
        check(&["1. a", "", "   ```", "   b", "", "   ```"], &[(4, 6)]);
        check(&["10) - a", "      ```", "      b", "      ```"], &[(3, 4)]);
        check(&["* a", "  * b", "", "        ```", "    ```", "", "```", "d", "```"], &[(8, 9)]);
        check(&["- a", "  ```", "  b", "c", "```", "d", "```"], &[(6, 7)]);
        check(&["- ```", "b", "```", "d", "```"], &[(4, 5)]);
        check(&["-", "  ```", "  b", "  ```"], &[(3, 4)]);
        check(&["-      code", "  ```", "  b", "  ```"], &[(3, 4)]);
        check(&["---", "```", "b", "```"], &[(3, 4)]);
        check(&["-a", " ```", "b", "```"], &[(3, 4)]);
        check(&["1234567890. a", "```", "b", "```"], &[(3, 4)]);
    }

    /// Which leftovers of some lines count as examples.
    fn held(lines: &[&str]) -> Vec<bool> {
        let text = lines.join("\n");
        let fences = Fences::of(text.as_bytes());
        scan(text.as_bytes(), MarkerSize::DEFAULT).iter().map(|found| fences.hold(found)).collect()
    }

    #[test]
    fn only_whole_blocks_inside_one_fence_are_examples() {
        let block = ["<<<<<<< HEAD", "a", "=======", "b", ">>>>>>> side"];
        let with = |before: &[&'static str], after: &[&'static str]| [before, &block, after].concat();
        assert_eq!(held(&with(&["```"], &["```"])), [true]);
        assert_eq!(held(&with(&["# x", "", "~~~diff", "c"], &["d", "~~~", "e"])), [true]);
        assert_eq!(held(&with(&["1. x", "", "```"], &["```"])), [true]);
        assert_eq!(held(&with(&[], &[])), [false]);
        assert_eq!(held(&with(&["```"], &[])), [false]);
        assert_eq!(held(&with(&["```", "```"], &["```", "```"])), [false]);
        assert_eq!(held(&with(&["    ```"], &["    ```"])), [false]);
        assert_eq!(held(&with(&["- x", "  ```"], &["  ```"])), [false], "the list item ended before the block");
        assert_eq!(held(&["<<<<<<< HEAD", "```", "a", "```", "=======", "b", ">>>>>>> side"]), [false]);
        assert_eq!(held(&["```", "<<<<<<< HEAD", "a", "```", "=======", "```", "b", ">>>>>>> side", "```"]), [false]);
        assert_eq!(held(&["<<<<<<< HEAD", "```", "=======", "b", ">>>>>>> side", "```"]), [false]);
        assert_eq!(held(&["```", "<<<<<<< HEAD", "```", ">>>>>>> side"]), [false, false], "parts are no examples");
        let jujutsu =
            ["```", "<<<<<<< conflict 1 of 1", "+++++++ a", "+++++++ b", ">>>>>>> conflict 1 of 1 ends", "```"];
        assert_eq!(held(&jujutsu), [true]);
        let two = [with(&["```"], &["```"]), with(&[], &[]), with(&["~~~"], &["~~~"])].concat();
        assert_eq!(held(&two), [true, false, true]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_ends_in_ordered_insides(text in prop_oneof![naive::marker_text(), any::<Vec<u8>>()]) {
            let mut end = 0;
            for lines in Fences::of(&text).inside {
                prop_assert!(lines.start > end && lines.end >= lines.start);
                end = lines.end;
            }
        }
    }
}
