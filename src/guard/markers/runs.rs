//! Finding the few lines that could be markers, fast: everything a push brings goes through here, and nearly all of it
//! goes no further.
//!
//! One vectorised pass looks for a line feed with a run behind it. The line feed is part of what is looked for, because
//! that is what makes hits rare in text full of `<`, `|`, `=` or `>` (HTML, tables, comparisons, ASCII art): half a
//! dozen other ways were measured, and none was as fast on both plain and hostile text. Whether such a line is a marker
//! is for `super::line` to say.

use super::line::{Mark, first_line, token};
use aho_corasick::Span;
use aho_corasick::packed::Searcher;
use memchr::memchr_iter;
use std::sync::{LazyLock, OnceLock};

/// The longest run that is looked for. A file with a larger marker size gets a few candidates more than it needs.
const LONGEST: usize = 7;

/// Whether [`super::scan`] could find anything in this content at a marker size of seven or more. `false` is certain;
/// `true` is nearly always a reason to look closer.
pub fn suspicious(content: &[u8]) -> bool {
    static RUNS: LazyLock<Runs> = LazyLock::new(|| Runs::new(b"<|>", LONGEST));
    RUNS.lines(content)
        .filter_map(|start| token(content, start))
        .any(|token| token.mark != Mark::Base || token.labelled)
}

/// The lines of some content that start with a run of at least so many of one of a few characters.
pub(super) struct Runs {
    /// What is looked for: a line feed and a run, for each character.
    needles: Vec<Vec<u8>>,
    /// All of them at once; `None` on a processor without the instructions for it.
    searcher: Option<Searcher>,
}

impl Runs {
    /// Runs of any of the four marker characters, for a file in which markers are at least `size` long.
    pub(super) fn of_markers(size: usize) -> &'static Runs {
        static RUNS: [OnceLock<Runs>; LONGEST] = [const { OnceLock::new() }; LONGEST];
        let length = size.clamp(1, LONGEST);
        RUNS[length - 1].get_or_init(|| Runs::new(b"<|=>", length))
    }

    fn new(characters: &[u8], length: usize) -> Runs {
        let needle = |&character| [vec![b'\n'], vec![character; length]].concat();
        let needles: Vec<_> = characters.iter().map(needle).collect();
        let searcher = Searcher::new(&needles);
        Runs { needles, searcher }
    }

    /// Where these lines start, from the first to the last.
    pub(super) fn lines<'a>(&'a self, content: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let first = first_line(content);
        let first = if self.start_at(content, first) { Some(first) } else { self.next_after(content, first) };
        std::iter::successors(first, |&at| self.next_after(content, at))
    }

    /// Where the next such line starts, `at` being somewhere in the line before it.
    fn next_after(&self, content: &[u8], at: usize) -> Option<usize> {
        match &self.searcher {
            Some(searcher) => {
                let found = searcher.find_in(content, Span { start: at, end: content.len() })?;
                Some(found.start() + 1)
            }
            None => {
                memchr_iter(b'\n', &content[at..]).map(|feed| at + feed + 1).find(|&line| self.start_at(content, line))
            }
        }
    }

    fn start_at(&self, content: &[u8], line: usize) -> bool {
        self.needles.iter().any(|needle| content[line..].starts_with(&needle[1..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::markers::{MarkerSize, naive, scan};
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_is_not_suspicious() {
        for text in [
            "",
            "<",
            "fn main() {}\n",
            "<<<<<<",
            "Title\n=======\n\ntext\n",
            "======= =======\na       b\n======= =======\n",
            ">>>>>>>>text\n>>>>>>>text\n",
            " <<<<<<< HEAD\n=======\n >>>>>>> x\n",
            "|||||||\n||a||b||c||\n",
            "<div>\n<<<<<<<div>\n",
        ] {
            assert!(!suspicious(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn markers_are_suspicious_wherever_they_stand() {
        for line in ["<<<<<<< HEAD", "<<<<<<<", "||||||| base", ">>>>>>>> x", ">>>>>>> x\r", "<<<<<<< "] {
            for before in ["", "\u{feff}", "a\n", &"text\n".repeat(5000), "<<<<<<\n", ">>>>>>>x\n", "\r\n"] {
                for after in ["", "\n", "\nlast"] {
                    let text = format!("{before}{line}{after}");
                    assert!(suspicious(text.as_bytes()), "{line:?} after {} bytes", before.len());
                }
            }
        }
    }

    /// The slow way, for processors without the instructions, finds the same lines.
    #[test]
    fn without_vector_instructions_the_same_lines_are_found() {
        let text = b"\xef\xbb\xbf<<<<<<< a\n=======x\n\n|||||||\nno <<<<<<<\n>>>>>>>\n>>>>>>";
        for length in 1..=LONGEST {
            let fast = Runs::new(b"<|=>", length);
            let slow = Runs { needles: fast.needles.clone(), searcher: None };
            assert_eq!(fast.lines(text).collect::<Vec<_>>(), slow.lines(text).collect::<Vec<_>>(), "{length}");
        }
        assert_eq!(Runs::new(b"<|=>", 7).lines(text).collect::<Vec<_>>(), [3, 13, 23, 42]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_is_not_suspicious_holds_nothing(text in naive::marker_text()) {
            if !suspicious(&text) {
                prop_assert_eq!(scan(&text, MarkerSize::DEFAULT), vec![]);
            }
        }
    }
}
