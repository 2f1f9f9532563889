//! Which marker lines make a conflict block, and which stand alone.
//!
//! A block is an open line, a separator and a close line of one length, in this order. Blocks nest: merges of merges and
//! renames write longer markers inside shorter ones, and a quoted conflict may hold the same length again. Only the
//! outermost block of a place is a leftover; what lies inside belongs to it. A close line ends the nearest open line of
//! its length that has a separator of its own; whatever was opened in between is part of that block.
//!
//! Outside blocks, a labelled run is a leftover by itself (somebody deleted half a conflict), a bare one is ASCII art,
//! and a separator is a heading. Labels are never compared with words: they hold what a subject or a branch holds.
//!
//! The stack of open lines is linked by length, and what is taken off it never comes back, so that no nesting of
//! whatever lengths costs more than linear time.

use super::line::{Mark, Token, blank, line_end, run, token};
use super::runs::Runs;
use super::size::MarkerSize;
use memchr::{memchr, memchr_iter};
use std::collections::HashMap;
use std::ops::Range;

/// What a leftover is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A whole conflict as git writes it.
    Block {
        /// The first line of the base section, if there is one (the styles diff3 and zdiff3).
        base: Option<u64>,
        /// The line between the sides: the first one after the base section. Others may follow, which then cannot be
        /// told from content (a Markdown heading that was part of the conflict).
        separator: u64,
    },
    /// A whole conflict as Jujutsu writes it: a section line right below the open line, and no separator.
    Sections,
    /// A labelled open line that nothing closes.
    LoneOpen,
    /// A labelled line of a base section without a conflict around it.
    LoneBase,
    /// A labelled close line that nothing opened.
    LoneClose,
}

/// Something of a conflict that was left in some content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What it is.
    pub kind: Kind,
    /// Its first line, counted from 1.
    pub line: u64,
    /// Its last line; the same as `line` unless it is a whole conflict.
    pub end_line: u64,
    /// The length of its runs.
    pub width: usize,
    /// Its bytes: whole lines with their line ends, without a byte order mark.
    pub span: Range<usize>,
}

impl Leftover {
    /// Whether it is a whole conflict, and not a part that was left alone.
    pub fn is_block(&self) -> bool {
        matches!(self.kind, Kind::Block { .. } | Kind::Sections)
    }
}

/// Whether git takes this content for binary, which holds no markers: a NUL among its first 8000 bytes.
pub fn is_binary(content: &[u8]) -> bool {
    memchr(0, &content[..content.len().min(8000)]).is_some()
}

/// Everything that conflicts left in this content, in its order; the spans do not overlap.
pub fn scan(content: &[u8], size: MarkerSize) -> Vec<Leftover> {
    let mut scanner = Scanner::default();
    let (mut line, mut counted) = (1, 0);
    for start in Runs::of_markers(size.get()).lines(content) {
        let Some(token) = token(content, start) else { continue };
        if token.width < size.get() {
            continue;
        }
        line += memchr_iter(b'\n', &content[counted..start]).count() as u64;
        counted = start;
        match token.mark {
            Mark::Open => scanner.open(content, start, line, &token),
            Mark::Base => scanner.base(start, line, &token),
            Mark::Separator => scanner.separator(line, &token),
            Mark::Close => scanner.close(start, line, &token),
        }
    }
    scanner.finish(content)
}

/// Whether this line is a leftover where no block holds it. With a marker size below seven, ordinary lines have the same
/// shape (doctests, C++ streams, here-documents), so that only whole blocks are taken from shorter runs.
fn counts_alone(labelled: bool, width: usize) -> bool {
    labelled && width >= MarkerSize::DEFAULT.get()
}

/// An open line that no close line has met yet.
struct Open {
    start: usize,
    line: u64,
    width: usize,
    labelled: bool,
    /// Whether a section line of Jujutsu follows at once.
    sections: bool,
    /// The line of its first base line; 0 for none.
    base: u64,
    /// The line of its separator; 0 for none.
    separator: u64,
    /// The open line of the same length below it on the stack.
    below: Option<usize>,
}

impl Open {
    /// Whether a close line would make a block of it.
    fn is_divided(&self) -> bool {
        self.separator > 0 || self.sections
    }
}

/// The open lines of one length on the stack.
#[derive(Default)]
struct Chain {
    top: Option<usize>,
    divided: usize,
}

#[derive(Default)]
struct Scanner {
    stack: Vec<Open>,
    chains: HashMap<usize, Chain>,
    /// Blocks and lone lines so far, in their order.
    found: Vec<Leftover>,
}

impl Scanner {
    fn open(&mut self, content: &[u8], start: usize, line: u64, token: &Token) {
        let chain = self.chains.entry(token.width).or_default();
        let below = chain.top.replace(self.stack.len());
        let sections = counts_alone(token.labelled, token.width) && is_section(&content[token.end..], token.width);
        chain.divided += usize::from(sections);
        let (width, labelled) = (token.width, token.labelled);
        self.stack.push(Open { start, line, width, labelled, sections, base: 0, separator: 0, below });
    }

    fn base(&mut self, start: usize, line: u64, token: &Token) {
        match self.chains.get(&token.width).and_then(|chain| chain.top) {
            Some(top) if self.stack[top].base == 0 => self.stack[top].base = line,
            _ => {}
        }
        self.alone(Kind::LoneBase, start, line, token);
    }

    fn separator(&mut self, line: u64, token: &Token) {
        let Some(chain) = self.chains.get_mut(&token.width) else { return };
        let Some(top) = chain.top else { return };
        let open = &mut self.stack[top];
        chain.divided += usize::from(!open.is_divided());
        if open.separator <= open.base {
            open.separator = line;
        }
    }

    fn close(&mut self, start: usize, line: u64, token: &Token) {
        let Some(index) = self.nearest_divided(token.width) else {
            return self.alone(Kind::LoneClose, start, line, token);
        };
        let open = &self.stack[index];
        let kind = match open.separator {
            0 => Kind::Sections,
            separator => Kind::Block { base: Some(open.base).filter(|&base| base > 0), separator },
        };
        let (span, first, width) = (open.start..token.end, open.line, token.width);
        self.discard_from(index);
        while self.found.last().is_some_and(|inner| inner.span.start > span.start) {
            self.found.pop();
        }
        self.found.push(Leftover { kind, line: first, end_line: line, width, span });
    }

    /// The open line that a close line of this length would end. Whatever is passed on the way to it is about to become
    /// part of its block, so that no line is passed twice.
    fn nearest_divided(&self, width: usize) -> Option<usize> {
        let chain = self.chains.get(&width).filter(|chain| chain.divided > 0)?;
        std::iter::successors(chain.top, |&index| self.stack[index].below).find(|&index| self.stack[index].is_divided())
    }

    /// Forget the open lines from here on: a block has swallowed them.
    fn discard_from(&mut self, index: usize) {
        for open in self.stack.drain(index..).rev() {
            if let Some(chain) = self.chains.get_mut(&open.width) {
                chain.top = open.below;
                chain.divided -= usize::from(open.is_divided());
            }
        }
    }

    fn alone(&mut self, kind: Kind, start: usize, line: u64, token: &Token) {
        if counts_alone(token.labelled, token.width) {
            self.found.push(Leftover { kind, line, end_line: line, width: token.width, span: start..token.end });
        }
    }

    fn finish(mut self, content: &[u8]) -> Vec<Leftover> {
        for open in self.stack.iter().filter(|open| counts_alone(open.labelled, open.width)) {
            let span = open.start..line_end(content, open.start);
            let (line, width) = (open.line, open.width);
            self.found.push(Leftover { kind: Kind::LoneOpen, line, end_line: line, width, span });
        }
        self.found.sort_unstable_by_key(|leftover| leftover.span.start);
        self.found
    }
}

/// Whether a line starts a section of a Jujutsu conflict whose runs have this length. Its first section always stands
/// right below the open line.
fn is_section(line: &[u8], width: usize) -> bool {
    let Some(&character @ (b'%' | b'+' | b'-')) = line.first() else { return false };
    run(line, character) == width && line.get(width).is_none_or(|&next| blank(next) || next == b'\n' || next == b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::markers::naive;
    use proptest::prelude::*;

    /// The leftovers of some lines, written as `block 1-4`, `open 3` and so on.
    fn check(size: usize, lines: &[&str], want: &[&str]) {
        let unix = lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let size = MarkerSize::new(size).unwrap();
        let describe = |text: &str| scan(text.as_bytes(), size).iter().map(describe).collect::<Vec<_>>();
        assert_eq!(describe(&unix), want, "{lines:#?}");
        assert_eq!(describe(&unix.replace('\n', "\r\n")), want, "CR LF: {lines:#?}");
        assert_eq!(describe(unix.trim_end_matches('\n')), want, "no line end: {lines:#?}");
        assert_eq!(describe(&format!("\u{feff}{unix}")), want, "byte order mark: {lines:#?}");
    }

    fn describe(found: &Leftover) -> String {
        let Leftover { line, end_line, .. } = found;
        match found.kind {
            Kind::Block { base: None, separator } => format!("block {line}-{separator}-{end_line}"),
            Kind::Block { base: Some(base), separator } => format!("block {line}-{base}-{separator}-{end_line}"),
            Kind::Sections => format!("sections {line}-{end_line}"),
            Kind::LoneOpen => format!("open {line}"),
            Kind::LoneBase => format!("base {line}"),
            Kind::LoneClose => format!("close {line}"),
        }
    }

    #[test]
    fn blocks_of_git() {
        check(7, &["a", "<<<<<<< HEAD", "b", "=======", "c", ">>>>>>> side", "d"], &["block 2-4-6"]);
        check(7, &["<<<<<<< HEAD", "=======", "c", ">>>>>>> side"], &["block 1-2-4"]);
        check(7, &["<<<<<<< HEAD", "b", "=======", ">>>>>>> side"], &["block 1-3-4"]);
        check(7, &["<<<<<<< HEAD", "=======", ">>>>>>> side"], &["block 1-2-3"]);
        check(7, &["<<<<<<< ours", "b", "||||||| base", "o", "=======", "c", ">>>>>>> theirs"], &["block 1-3-5-7"]);
        check(7, &["<<<<<<<", "b", "|||||||", "o", "=======", "c", ">>>>>>>"], &["block 1-3-5-7"]);
        check(7, &["<<<<<<< ", "b", "=======", "c", ">>>>>>> "], &["block 1-3-5"]);
        check(7, &["<<<<<<< .mine", "b", "=======", "c", ">>>>>>> .r6"], &["block 1-3-5"]);
        check(7, &["<<<<<<< SEARCH", "b", "=======", "c", ">>>>>>> REPLACE"], &["block 1-3-5"]);
        let two = ["<<<<<<< H", "=======", ">>>>>>> s", "x", "<<<<<<< H", "=======", ">>>>>>> s"];
        check(7, &two, &["block 1-2-3", "block 5-6-7"]);
    }

    #[test]
    fn lengths_of_renames_and_attributes() {
        check(7, &["<<<<<<<< HEAD:new1", "a", "========", "b", ">>>>>>>> side:new2"], &["block 1-3-5"]);
        check(1, &["< HEAD", "a", "=", "b", "> side"], &["block 1-3-5"]);
        check(3, &["<<< HEAD", "a", "===", "b", ">>> side"], &["block 1-3-5"]);
        let wide = ["<", "=", ">"].map(|c| c.repeat(32));
        let wide: Vec<_> = wide.iter().map(String::as_str).collect();
        check(7, &wide, &["block 1-2-3"]);
        check(32, &wide, &["block 1-2-3"]);
        check(33, &wide, &[]);
        check(32, &["<<<<<<< HEAD", "=======", ">>>>>>> side", "<<<<<<< x"], &[]);
        check(8, &["<<<<<<< HEAD", "========", ">>>>>>>> side"], &["close 3"]);
    }

    #[test]
    fn nested_blocks_are_one() {
        let renamed = ["<<<<<<< HEAD", "<<<<<<<< a", "========", ">>>>>>>> b", "=======", "x", ">>>>>>> side"];
        check(7, &renamed, &["block 1-5-7"]);
        let crossed = [
            "<<<<<<< HEAD",
            "a",
            "||||||| merged common ancestors",
            "<<<<<<<<< Temporary merge branch 1",
            "||||||||| base",
            "=========",
            ">>>>>>>>> Temporary merge branch 2",
            "=======",
            ">>>>>>> side",
        ];
        check(7, &crossed, &["block 1-3-8-9"]);
        let same = ["<<<<<<< a", "<<<<<<< b", "=======", ">>>>>>> c", "=======", "x", ">>>>>>> d"];
        check(7, &same, &["block 1-5-7"]);
        let in_second = ["<<<<<<< a", "=======", "<<<<<<< b", "=======", ">>>>>>> c", ">>>>>>> d"];
        check(7, &in_second, &["block 1-2-6"]);
        check(7, &["<<<<<<< a", "=======", "<<<<<<< stray", ">>>>>>> d"], &["block 1-2-4"]);
    }

    #[test]
    fn several_separators() {
        check(7, &["<<<<<<< a", "Title", "=======", "=======", "Title", "=======", ">>>>>>> b"], &["block 1-3-7"]);
        let base = ["<<<<<<< a", "Title", "=======", "||||||| o", "=======", ">>>>>>> b"];
        check(7, &base, &["block 1-4-5-6"]);
        let other = ["<<<<<<< a", "========", "=======", "=====", ">>>>>>> b"];
        check(7, &other, &["block 1-3-5"]);
    }

    #[test]
    fn partial_leftovers() {
        check(7, &["a", ">>>>>>> origin/main", "b"], &["close 2"]);
        check(7, &["a", "||||||| 0123abc", "b"], &["base 2"]);
        check(7, &["a", "<<<<<<< HEAD", "b"], &["open 2"]);
        check(7, &["<<<<<<< HEAD", "a", "=======", "b"], &["open 1"]);
        check(7, &["a", "=======", "b", ">>>>>>> side"], &["close 4"]);
        check(7, &["<<<<<<< HEAD", "a", "||||||| o", "b"], &["open 1", "base 3"]);
        check(7, &["<<<<<<< HEAD", "a", ">>>>>>> side"], &["open 1", "close 3"]);
        check(7, &[">>>>>>> side", "=======", "<<<<<<< HEAD"], &["close 1", "open 3"]);
        check(7, &["<<<<<<< HEAD", "========", ">>>>>>> side"], &["open 1", "close 3"]);
        check(7, &["<<<<<<< HEAD", "=======", ">>>>>>>> side"], &["open 1", "close 3"]);
        let unclosed = ["<<<<<<< a", "=======", "x", "<<<<<<< b", "=======", ">>>>>>> c"];
        check(7, &unclosed, &["open 1", "block 4-5-6"]);
        check(7, &["<<<<<<<<< a", "<<<<<<< b", "=======", ">>>>>>> c"], &["open 1", "block 2-3-4"]);
        check(7, &["<<<<<<<<<", "<<<<<<< b", "=======", ">>>>>>> c"], &["block 2-3-4"]);
        check(7, &["<<<<<<< b", "=======", ">>>>>>> c", "=======", ">>>>>>> d"], &["block 1-2-3", "close 5"]);
        // Blocks that overlap come from no program; the first one to be whole takes what was opened in it.
        let crossed = ["<<<<<<< a", "<<<<<<<< b", "=======", ">>>>>>> a", "========", ">>>>>>>> b"];
        check(7, &crossed, &["block 1-3-4", "close 6"]);
    }

    #[test]
    fn jujutsu() {
        let diff = [
            "<<<<<<< conflict 1 of 2",
            "%%%%%%% diff from: x",
            "-a",
            "+++++++ side",
            "b",
            ">>>>>>> conflict 1 of 2 ends",
        ];
        check(7, &diff, &["sections 1-6"]);
        let snapshot =
            ["<<<<<<< conflict 1 of 1", "+++++++ a", "------- o", "+++++++ b", ">>>>>>> conflict 1 of 1 ends"];
        check(7, &snapshot, &["sections 1-5"]);
        let git = ["<<<<<<< a", "------- x", "||||||| o", "=======", ">>>>>>> b"];
        check(7, &git, &["block 1-3-4-5"]);
        check(7, &["<<<<<<< a", "", "%%%%%%% x", ">>>>>>> b"], &["open 1", "close 4"]);
        check(7, &["<<<<<<< a", "%%%%%%%% x", ">>>>>>> b"], &["open 1", "close 3"]);
        check(7, &["<<<<<<< a", "-------x", ">>>>>>> b"], &["open 1", "close 3"]);
        check(7, &["<<<<<<<", "-------", ">>>>>>>"], &[]);
    }

    #[test]
    fn what_only_looks_like_a_conflict() {
        for lines in [
            &["Title", "=======", "text"][..],
            &["=======", "Title", "======="],
            &["======= =====", "a       b", "======= ====="],
            &["================================", "Licence"],
            &["======= text ======="],
            &[">>>>>>>>text", ">>>>>>>text", "> > > > > > > text"],
            &["<<<<<<<<<<", "  art", ">>>>>>>>>>"],
            &["|||||||", "|||||||||||||"],
            &["    <<<<<<< HEAD", "    =======", "    >>>>>>> side"],
            &["> <<<<<<< HEAD", "> =======", "> >>>>>>> side"],
            &["+<<<<<<< HEAD", "+=======", "+>>>>>>> side"],
            &["\"<<<<<<< HEAD", "\"=======", "\">>>>>>> side"],
            &["<<< here", ">>>>>> six", ">>> doctest", ">> stream"],
            &["<<<<<<<\tHEAD", "=======", ">>>>>>>\tside"],
            &["<<<<<<<HEAD", "=======", ">>>>>>>side"],
            &["=======", "======="],
        ] {
            check(7, lines, &[]);
        }
        check(3, &["<<< here", ">>> doctest", "||| x", "==="], &[]);
        check(1, &["> quoted", "| table |", "< b", "="], &[]);
        check(3, &["<<<<<<< HEAD", ">>> x"], &["open 1"]);
    }

    #[test]
    fn binary_is_what_git_takes_for_binary() {
        assert!(!is_binary(b""));
        assert!(is_binary(b"\0"));
        let mut content = vec![b'a'; 9000];
        content[8000] = 0;
        assert!(!is_binary(&content));
        content[7999] = 0;
        assert!(is_binary(&content));
    }

    /// Nothing here asserts a time; what would be quadratic would not end.
    #[test]
    fn hostile_content_takes_linear_time() {
        let one_line = [b"<<<<<<<".repeat(100_000), b"x".repeat(5_000_000)].concat();
        assert_eq!(scan(&one_line, MarkerSize::DEFAULT), []);
        let opened = b"<<<<<<<\n".repeat(150_000);
        assert_eq!(scan(&opened, MarkerSize::DEFAULT), []);
        let unclosable = [opened.clone(), b">>>>>>>\n".repeat(150_000)].concat();
        assert_eq!(scan(&unclosable, MarkerSize::DEFAULT), []);
        // Many lengths, opened in turn; then a close line for each that finds nothing divided, or only the lowest.
        let lengths: Vec<_> = (7..700).collect();
        let line = |c: &str, n: usize| format!("{}\n", c.repeat(n));
        let opens: String = lengths.iter().map(|&n| line("<", n)).collect();
        let closes: String = lengths.iter().map(|&n| line(">", n)).collect::<String>().repeat(4);
        assert_eq!(scan([opens.as_str(), &closes].concat().as_bytes(), MarkerSize::DEFAULT), []);
        let divided = [&line("<", 7), &line("=", 7), opens.as_str(), &closes].concat();
        let found = scan(divided.as_bytes(), MarkerSize::DEFAULT);
        assert_eq!(found.iter().map(describe).collect::<Vec<_>>(), ["block 1-2-696"]);
        // A deep nest of whole blocks of one length is one block.
        let deep = ["<<<<<<< a\n=======\n".repeat(100_000), ">>>>>>> b\n".repeat(100_000)].concat();
        assert_eq!(scan(deep.as_bytes(), MarkerSize::DEFAULT).len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn agrees_with_the_slow_and_plain_way(text in naive::marker_text(), size in 1..10usize) {
            let size = MarkerSize::new(size).unwrap();
            prop_assert_eq!(scan(&text, size), naive::scan(&text, size));
        }

        #[test]
        fn spans_are_whole_lines_in_order(text in naive::marker_text(), size in 1..10usize) {
            let mut end = 0;
            for found in scan(&text, MarkerSize::new(size).unwrap()) {
                prop_assert!(found.span.start >= end && found.span.end > found.span.start);
                end = found.span.end;
                let start = found.span.start;
                prop_assert!(start == 0 || text[start - 1] == b'\n' || text[..start] == *b"\xef\xbb\xbf");
                prop_assert!(end == text.len() || text[end - 1] == b'\n');
                let feeds = |bytes: &[u8]| bytes.iter().filter(|&&c| c == b'\n').count() as u64;
                prop_assert_eq!(found.line, 1 + feeds(&text[..start]));
                prop_assert_eq!(found.end_line, 1 + feeds(&text[..end - 1]));
            }
        }

        #[test]
        fn line_ends_and_byte_order_marks_change_nothing(text in naive::marker_text(), size in 1..10usize) {
            let size = MarkerSize::new(size).unwrap();
            let places = |text: &[u8]| scan(text, size).iter().map(describe).collect::<Vec<_>>();
            let plain: Vec<_> = text.iter().copied().filter(|&c| c != b'\r').collect();
            prop_assume!(!plain.starts_with(b"\xef\xbb\xbf"));
            let windows: Vec<_> = plain.split_inclusive(|&c| c == b'\n').flat_map(|line| match line.strip_suffix(b"\n") {
                Some(line) => [line, b"\r\n"].concat(),
                None => line.to_vec(),
            }).collect();
            let marked = [&b"\xef\xbb\xbf"[..], &plain].concat();
            prop_assert_eq!(places(&plain), places(&windows));
            prop_assert_eq!(places(&plain), places(&marked));
        }

        #[test]
        fn arbitrary_bytes_end_in_an_answer(text: Vec<u8>, size in 1..40usize) {
            let size = MarkerSize::new(size).unwrap();
            prop_assert_eq!(scan(&text, size), naive::scan(&text, size));
        }
    }

    proptest! {
        #[test]
        fn a_conflict_in_clean_text_is_always_found(
            before in "([ -;?-{}~]{0,20}\r?\n){0,20}",
            ours in "([ -;?-{}~]{0,20}\n){0,5}",
            theirs in "([ -;?-{}~]{0,20}\n){0,5}",
            after in "([ -;?-{}~]{0,20}\n){0,20}",
            label in "( [ -~]{0,20})?",
            width in 7..40usize,
            base: bool,
        ) {
            let line = |c: &str, label: &str| format!("{}{label}\n", c.repeat(width));
            let base = if base { line("|", &label) } else { String::new() };
            let block = [&line("<", &label), &ours, &base, &line("=", ""), &theirs, &line(">", &label)].map(|s| s.as_str()).concat();
            let text = [before.as_str(), &block, &after].concat();
            let found = scan(text.as_bytes(), MarkerSize::DEFAULT);
            prop_assert_eq!(found.len(), 1);
            prop_assert!(found[0].is_block());
            prop_assert_eq!(&text.as_bytes()[found[0].span.clone()], block.as_bytes());
        }
    }
}
