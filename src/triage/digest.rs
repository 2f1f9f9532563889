//! A log in bounded memory: bytes are read once, in order, and the lines that may matter are kept and marked.
//!
//! What a line means is not known here: a mark only says that one of the needles of the signature table, of the CI
//! systems' markers or of the general words is in it.

use super::ci;
use super::signatures::Table;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::sync::OnceLock;

/// Words that make a line worth a look where no tool is recognised.
const WORDS: &[&str] = &["error", "fail", "fatal", "exception", "panic", "abort", "cannot", "not found", "unable"];

/// Why a line was marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// A needle of the signature table is in it.
    pub signature: bool,
    /// It may be a marker of a CI system.
    pub marker: bool,
    /// A general word is in it.
    pub word: bool,
}

/// What was kept of a log. Kept lines have an index, in the order of the log; lines of the log have numbers, from 1.
#[derive(Debug, Default)]
pub struct Digest {
    bytes: Vec<u8>,
    lines: Vec<Kept>,
    marked: Vec<(u32, Marks)>,
    total_lines: u64,
    total_bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    number: u64,
    start: u32,
    end: u32,
}

impl Digest {
    /// Read a log that is in memory as a whole.
    pub fn of(bytes: &[u8]) -> Digest {
        let mut reader = Reader::default();
        reader.feed(bytes);
        reader.finish()
    }

    /// How many lines the log has.
    pub fn total_lines(&self) -> u64 {
        self.total_lines
    }

    /// How many bytes.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// How many lines were kept.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether the log is empty.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The number of a kept line, from 1.
    pub fn number(&self, index: usize) -> u64 {
        self.lines[index].number
    }

    /// The bytes of a kept line, without its end.
    pub fn raw(&self, index: usize) -> &[u8] {
        let line = self.lines[index];
        &self.bytes[line.start as usize..line.end as usize]
    }

    /// The index of the line with this number, where it was kept.
    pub fn index_of(&self, number: u64) -> Option<usize> {
        self.lines.binary_search_by_key(&number, |line| line.number).ok()
    }

    /// The marked lines, in order.
    pub fn marked(&self) -> impl DoubleEndedIterator<Item = (usize, Marks)> + '_ {
        self.marked.iter().map(|&(index, marks)| (index as usize, marks))
    }

    /// Whether the kept line after this one is also the next one in the log.
    pub fn is_followed(&self, index: usize) -> bool {
        self.lines.get(index + 1).is_some_and(|next| next.number == self.lines[index].number + 1)
    }
}

/// Takes the bytes of one log.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    /// The next bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// That was all.
    pub fn finish(self) -> Digest {
        let mut digest = Digest { total_bytes: self.bytes.len() as u64, bytes: self.bytes, ..Digest::default() };
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &digest.bytes).chain([digest.bytes.len()]) {
            if start < end || end < digest.bytes.len() {
                digest.total_lines += 1;
                let marks = scan(&digest.bytes[start..end]);
                if marks != Marks::default() {
                    digest.marked.push((digest.lines.len() as u32, marks));
                }
                let text_end = if end > start && digest.bytes[end - 1] == b'\r' { end - 1 } else { end };
                digest.lines.push(Kept { number: digest.total_lines, start: start as u32, end: text_end as u32 });
            }
            start = end + 1;
        }
        digest
    }
}

fn scan(line: &[u8]) -> Marks {
    static NEEDLES: OnceLock<(AhoCorasick, Vec<u8>)> = OnceLock::new();
    let (needles, classes) = NEEDLES.get_or_init(|| {
        let mut classes = Vec::new();
        let mut needles = Vec::new();
        for (class, of_class) in
            [(0, Table::needles().collect::<Vec<_>>()), (1, ci::NEEDLES.to_vec()), (2, WORDS.to_vec())]
        {
            classes.extend(of_class.iter().map(|_| class));
            needles.extend(of_class);
        }
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(needles)
            .unwrap_or_else(|_| unreachable!("the needles are few and short"));
        (needles, classes)
    });
    let mut marks = Marks::default();
    for found in needles.find_overlapping_iter(line) {
        match classes[found.pattern().as_usize()] {
            0 => marks.signature = true,
            1 => marks.marker = true,
            _ => marks.word = true,
        }
    }
    marks
}
