//! A log in bounded memory: bytes are read once, in order, and the lines that may matter are kept and marked.
//!
//! A log of ordinary size is kept as a whole. Of a large one its beginning and its end are, and what lies around marked
//! lines in between, the first and the last ones ([`Limits`] says how much). A line ends at LF; one that is far too long is
//! kept without its middle.
//!
//! What a line means is not known here: a mark only says that one of the needles of the signature table, of the CI
//! systems' markers or of the general words is in it.

mod limits;
mod middle;
mod piece;

pub use limits::{Limits, Share};

use super::ci;
use super::needles::Needles;
use super::signatures::Table;
use middle::Middle;
use piece::{Gap, Piece};
use std::collections::VecDeque;
use std::sync::OnceLock;

/// Words that make a line worth a look where no tool is recognised.
const WORDS: &[&str] = &["error", "fail", "fatal", "exception", "panic", "abort", "cannot", "not found", "unable"];

/// The bits of the classes of marks, from weak to strong.
const CLASSES: [u8; 3] = [WORD, MARKER, SIGNATURE];
const WORD: u8 = 1;
const MARKER: u8 = 2;
const SIGNATURE: u8 = 4;

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
    pieces: Vec<Kept>,
    lines: Vec<Line>,
    /// Indices of lines, with the bits of their classes.
    marked: Vec<(u32, u8)>,
    total_lines: u64,
    total_bytes: u64,
}

/// Lines that follow one another.
#[derive(Debug)]
struct Kept {
    number: u64,
    index: usize,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    piece: u32,
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
        let piece = &self.pieces[self.lines[index].piece as usize];
        piece.number + (index - piece.index) as u64
    }

    /// The bytes of a kept line, without its end.
    pub fn raw(&self, index: usize) -> &[u8] {
        let line = self.lines[index];
        &self.pieces[line.piece as usize].bytes[line.start as usize..line.end as usize]
    }

    /// The index of the line with this number, where it was kept.
    pub fn index_of(&self, number: u64) -> Option<usize> {
        let after = self.pieces.partition_point(|piece| piece.number <= number);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        let index = piece.index + usize::try_from(number - piece.number).ok()?;
        (index < self.pieces.get(after).map_or(self.lines.len(), |next| next.index)).then_some(index)
    }

    /// The marked lines, in order. Of a great many, the first and the last ones of each class are given.
    pub fn marked(&self) -> impl DoubleEndedIterator<Item = (usize, Marks)> + '_ {
        self.marked.iter().map(|&(index, bits)| {
            let has = |class| bits & class != 0;
            (index as usize, Marks { signature: has(SIGNATURE), marker: has(MARKER), word: has(WORD) })
        })
    }

    /// Whether the kept line after this one is also the next one in the log.
    pub fn is_followed(&self, index: usize) -> bool {
        index + 1 < self.lines.len() && self.number(index + 1) == self.number(index) + 1
    }

    fn add(&mut self, piece: Piece) {
        let (number, index) = (piece.first, self.lines.len());
        let place = self.pieces.len() as u32;
        self.marked.extend(piece.marks().into_iter().map(|(line, bits)| ((index + line) as u32, bits)));
        self.lines.reserve_exact(piece.lines);
        let ranges = piece.ranges().map(|(start, end)| Line { piece: place, start: start as u32, end: end as u32 });
        self.lines.extend(ranges);
        self.pieces.push(Kept { number, index, bytes: piece.bytes });
    }

    /// Take marks away where there are more of a class than anybody should look at.
    fn thin(&mut self, limits: &Limits) {
        for (class, share) in CLASSES.into_iter().zip(limits.shares()) {
            let total = self.marked.iter().filter(|(_, bits)| bits & class != 0).count();
            let last = total.saturating_sub(share.last_marks);
            let of_class = self.marked.iter_mut().filter(|(_, bits)| *bits & class != 0);
            of_class.take(last).skip(share.first_marks).for_each(|(_, bits)| *bits &= !class);
        }
        self.marked.retain(|(_, bits)| *bits != 0);
    }
}

/// Takes the bytes of one log.
#[derive(Debug)]
pub struct Reader {
    limits: Limits,
    /// The block that is being filled, and what was left out of its first line.
    open: Vec<u8>,
    gap: Gap,
    /// The number of its first line.
    number: u64,
    tail: VecDeque<Piece>,
    tail_size: usize,
    /// Where blocks go from the tail, once the log has turned out to be large.
    middle: Option<Middle>,
    spare: Option<Vec<u8>>,
    total_bytes: u64,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader::new(Limits::default())
    }
}

impl Reader {
    /// A reader that keeps so much.
    pub fn new(limits: Limits) -> Reader {
        Reader {
            limits,
            open: Vec::new(),
            gap: Gap::default(),
            number: 1,
            tail: VecDeque::new(),
            tail_size: 0,
            middle: None,
            spare: None,
            total_bytes: 0,
        }
    }

    /// The next bytes.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        self.total_bytes += bytes.len() as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(self.limits.block - self.open.len()));
            self.open.extend_from_slice(now);
            bytes = later;
            if self.open.len() == self.limits.block {
                self.close_block();
            }
        }
    }

    /// That was all.
    pub fn finish(mut self) -> Digest {
        let rest = std::mem::take(&mut self.open);
        self.keep(rest);
        let mut digest = Digest { total_lines: self.number - 1, total_bytes: self.total_bytes, ..Digest::default() };
        for piece in self.middle.into_iter().flat_map(|middle| middle.finish(self.tail.front())) {
            digest.add(piece);
        }
        for piece in self.tail {
            digest.add(piece);
        }
        digest.thin(&self.limits);
        digest
    }

    /// The open block is full: its whole lines go on, the rest begins the next one.
    fn close_block(&mut self) {
        let Some(end) = memchr::memrchr(b'\n', &self.open) else {
            self.gap.widen(&mut self.open, self.limits.line);
            return;
        };
        let mut next = self.spare.take().unwrap_or_else(|| Vec::with_capacity(self.limits.block));
        next.clear();
        next.extend_from_slice(&self.open[end + 1..]);
        self.open.truncate(end + 1);
        let lines = std::mem::replace(&mut self.open, next);
        self.keep(lines);
    }

    /// Whole lines join the tail, and push others out of it.
    fn keep(&mut self, lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        let piece = Piece::new(self.number, std::mem::take(&mut self.gap).close(lines, self.limits.line));
        self.number = piece.end();
        self.tail_size += piece.cost();
        self.tail.push_back(piece);
        if self.middle.is_none() && self.tail_size > self.limits.whole {
            self.middle = Some(Middle::new(&self.limits));
        }
        if let Some(middle) = &mut self.middle {
            while self.tail_size > self.limits.tail
                && self.tail.len() > 1
                && let Some(oldest) = self.tail.pop_front()
            {
                self.tail_size -= oldest.cost();
                self.spare = middle.take(oldest).or(self.spare.take());
            }
        }
    }
}

/// Everything that is looked for.
fn needles() -> &'static Needles<u8> {
    static NEEDLES: OnceLock<Needles<u8>> = OnceLock::new();
    NEEDLES.get_or_init(|| {
        let signatures = Table::needles().map(|needle| (needle, SIGNATURE));
        let markers = ci::NEEDLES.iter().map(|needle| (*needle, MARKER));
        let words = WORDS.iter().map(|word| (*word, WORD));
        Needles::new(signatures.chain(markers).chain(words), |all, bits| *all |= bits)
    })
}

#[cfg(test)]
mod tests;
