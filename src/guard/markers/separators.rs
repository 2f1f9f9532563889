//! The one thing said of a lone `=======`, and only as a warning: a merge commit holds it and no parent does.
//!
//! By itself such a line is a heading, a border or a divider, so nothing here ever blocks. Somebody who resolves a
//! conflict by deleting too little leaves it in the merge itself; that is what is looked for.

use super::fence::{extension, is_markdown};
use super::line::{Mark, first_line, token, without_line_end};
use super::runs::Runs;
use super::scan::{Leftover, scan};
use super::size::MarkerSize;
use super::{Identity, is_binary};

/// A separator line outside any block and any heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Separator {
    /// Where it stands, counted from 1.
    pub line: u64,
    /// The lines before and after it, by which it is known in other versions.
    around: [Identity; 2],
}

/// The separator lines of exactly the marker size that stand outside whole conflicts, and in prose outside the places
/// of a heading's under- or overline.
pub fn lone_separators(path: &[u8], content: &[u8], size: MarkerSize) -> Vec<Separator> {
    let is_separator = |start: usize| {
        token(content, start).is_some_and(|token| token.mark == Mark::Separator && token.width == size.get())
    };
    let mut candidates = Runs::of_markers(size.get()).lines(content).filter(|&start| is_separator(start)).peekable();
    if candidates.peek().is_none() || is_binary(content) {
        return Vec::new();
    }
    let blocks: Vec<_> = scan(content, size).into_iter().filter(Leftover::is_block).map(|block| block.span).collect();
    let prose = is_prose(path);
    let (mut number, mut counted) = (1, 0);
    let mut found = Vec::new();
    for start in candidates {
        number += memchr::memchr_iter(b'\n', &content[counted..start]).count() as u64;
        counted = start;
        let block = blocks.partition_point(|span| span.end <= start);
        if blocks.get(block).is_some_and(|span| span.start <= start) {
            continue;
        }
        let (before, [after, second]) = (line_before(content, start), lines_after(content, start));
        let underlines = !before.trim_ascii().is_empty();
        let overlines = !after.trim_ascii().is_empty()
            && token(second, 0).is_some_and(|line| line.mark == Mark::Separator && line.width == size.get());
        if !(prose && (underlines || overlines)) {
            found.push(Separator { line: number, around: [before, after].map(Identity::of) });
        }
    }
    found
}

/// Those of a merge's separators that it made up: there are more of them than in any parent's version of the file, and
/// these stand between lines between which no parent has one. (Two parents may add one each, and a merge may change what
/// stands next to one; neither alone is a trace of a conflict.)
pub fn made_up(merge: &[Separator], parents: &[Vec<Separator>]) -> Vec<Separator> {
    if parents.iter().any(|parent| parent.len() >= merge.len()) {
        return Vec::new();
    }
    let in_parent = |one: &Separator| parents.iter().flatten().any(|other| other.around == one.around);
    merge.iter().copied().filter(|one| !in_parent(one)).collect()
}

/// Whether a file is text for people, in which a row of `=` under a line is a heading.
fn is_prose(path: &[u8]) -> bool {
    const ENDINGS: [&[u8]; 4] = [b"rst", b"txt", b"adoc", b"asciidoc"];
    let known = |ending: &[u8]| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known));
    is_markdown(path) || extension(path).is_none_or(known)
}

fn line_before(content: &[u8], start: usize) -> &[u8] {
    let first = first_line(content);
    let Some(before) = content[first..start].strip_suffix(b"\n") else { return b"" };
    let line = memchr::memrchr(b'\n', before).map_or(before, |feed| &before[feed + 1..]);
    without_line_end(line)
}

fn lines_after(content: &[u8], start: usize) -> [&[u8]; 2] {
    let mut lines = content[start..].splitn(4, |&c| c == b'\n').skip(1);
    [lines.next(), lines.next()].map(|line| line.map_or(&b""[..], without_line_end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::markers::naive;
    use proptest::prelude::*;

    const NONE: [u64; 0] = [];

    fn lines(path: &str, size: usize, lines: &[&str]) -> Vec<u64> {
        let size = MarkerSize::new(size).unwrap();
        let numbers = |text: &str| -> Vec<u64> {
            lone_separators(path.as_bytes(), text.as_bytes(), size).iter().map(|found| found.line).collect()
        };
        let text = lines.join("\n");
        let found = numbers(&text);
        assert_eq!(numbers(&format!("\u{feff}{}\r\n", lines.join("\r\n"))), found, "{lines:#?}");
        found
    }

    #[test]
    fn separators_of_exactly_the_size_outside_blocks() {
        assert_eq!(lines("a.c", 7, &["a", "=======", "b"]), [2]);
        assert_eq!(lines("a.c", 7, &["=======", "b", "======="]), [1, 3]);
        assert_eq!(lines("a.c", 7, &["======", "========", "======= x", " ======="]), NONE);
        assert_eq!(lines("a.c", 3, &["===", "=======", "b"]), [1]);
        assert_eq!(lines("a.c", 7, &["<<<<<<< a", "=======", "=======", ">>>>>>> b", "======="]), [5]);
        assert_eq!(lines("a.c", 7, &["<<<<<<< a", "=======", "x"]), [2]);
        assert_eq!(lines("a.c", 7, &["x", "=======", ">>>>>>> b"]), [2]);
        assert!(lone_separators(b"a.c", b"\0\n=======\n", MarkerSize::DEFAULT).is_empty());
    }

    #[test]
    fn headings_of_prose_are_none() {
        for path in ["README.md", "a.RST", "notes.txt", "a/README", "LICENSE", "x.adoc", "x.AsciiDoc", ".hidden"] {
            assert_eq!(lines(path, 7, &["Title", "=======", "", "text"]), NONE, "{path}");
            assert_eq!(lines(path, 7, &["", "=======", " Title", "=======", "text"]), NONE, "{path}");
            assert_eq!(lines(path, 7, &["=======", "Title", "======="]), NONE, "{path}");
            assert_eq!(lines(path, 7, &["text", "", "=======", "text"]), [3], "{path}");
            assert_eq!(lines(path, 7, &["text", " \t", "=======", "", "======="]), [3, 5], "{path}");
            assert_eq!(lines(path, 7, &["text", "", "=======", "a", "========"]), [3], "{path}");
        }
        for path in ["a.c", "a.py", "a.json", "x.mdc", "md/a.rs"] {
            assert_eq!(lines(path, 7, &["Title", "=======", "", "text"]), [2], "{path}");
        }
    }

    fn new(merge: &str, parents: &[&str]) -> Vec<u64> {
        let read = |text: &str| lone_separators(b"a.c", text.as_bytes(), MarkerSize::DEFAULT);
        let parents: Vec<_> = parents.iter().map(|text| read(text)).collect();
        made_up(&read(merge), &parents).iter().map(|found| found.line).collect()
    }

    #[test]
    fn a_merge_makes_up_what_no_parent_has() {
        assert_eq!(new("a\n=======\nb\n", &["a\n", "b\n"]), [2]);
        assert_eq!(new("a\n=======\nb\n", &["a\n=======\nb\n", "b\n"]), NONE);
        assert_eq!(new("a\r\n=======\r\nb\r\n", &["a\n=======\nb\n", "b\n"]), NONE);
        assert_eq!(new("x\n\na\n=======\nb\n", &["a\n=======\nb\n", "x\n"]), NONE, "at another line");
        assert_eq!(new("a\n=======\nc\n", &["a\n=======\nb\n", "c\n"]), NONE, "beside another line");
        assert_eq!(new("a\n=======\nb\nc\n=======\nd\n", &["a\n=======\nb\n", "c\n=======\nd\n"]), NONE, "one of each");
        assert_eq!(
            new("a\n=======\nb\nc\n=======\nd\n", &["a\n=======\nb\n", "a\n=======\nb\n"]),
            [5],
            "an old and a new"
        );
        assert_eq!(new("a\n=======\nb\n", &["a\n", "b\n", "c\n=======\n"]), NONE, "an octopus");
        assert_eq!(new("a\n", &["a\n", "a\n"]), NONE);
    }

    proptest! {
        #[test]
        fn parents_that_agree_leave_nothing(text in naive::marker_text(), path in "a(\\.md|\\.c)?", size in 1..9usize) {
            let size = MarkerSize::new(size).unwrap();
            let found = lone_separators(path.as_bytes(), &text, size);
            prop_assert!(found.is_sorted_by_key(|one| one.line));
            prop_assert_eq!(made_up(&found, &[found.clone(), vec![]]), vec![]);
            prop_assert_eq!(made_up(&found, &[vec![], vec![]]), found);
        }
    }
}
