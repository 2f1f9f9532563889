//! What is kept of a log between its beginning and its end: the lines around marked ones, the first and the last of them.
//!
//! Each class of marks has its own share, so that ten thousand lines with the word `error` push no compiler error out. A
//! line near marks of several classes is kept once, for the strongest.

use super::CLASSES;
use super::limits::{Limits, Share};
use super::piece::{Levels, Piece};
use std::collections::VecDeque;

/// Takes the blocks that left the tail.
#[derive(Debug)]
pub(super) struct Middle {
    shares: [Share; CLASSES.len()],
    head: Vec<Piece>,
    head_room: usize,
    /// The block before the next one: marks of that may reach back into it.
    held: Option<(Piece, Vec<(usize, u8)>)>,
    /// The number of the first line that no earlier mark of this class reaches.
    reach: [u64; CLASSES.len()],
    bins: [Bin; CLASSES.len()],
    levels: Levels,
}

#[derive(Debug, Default)]
struct Bin {
    first: Vec<Piece>,
    first_size: usize,
    last: VecDeque<Piece>,
    last_size: usize,
}

impl Middle {
    pub(super) fn new(limits: &Limits) -> Middle {
        Middle {
            shares: limits.shares(),
            head: Vec::new(),
            head_room: limits.head,
            held: None,
            reach: [0; CLASSES.len()],
            bins: Default::default(),
            levels: Levels::default(),
        }
    }

    /// The next block of the log. Gives back a buffer that is not needed any more.
    pub(super) fn take(&mut self, block: Piece) -> Option<Vec<u8>> {
        if let Some(room) = self.head_room.checked_sub(block.cost()) {
            self.head_room = room;
            self.head.push(block);
            return None;
        }
        if std::mem::take(&mut self.head_room) > 0
            && let Some(last) = self.head.last()
        {
            for (line, bits) in last.marks() {
                reach(&mut self.reach, &self.shares, last.first + line as u64, bits);
            }
        }
        let marks = block.marks();
        let spare = self.release(&marks);
        self.held = Some((block, marks));
        spare
    }

    /// All that is kept, in order. `after` is the piece that follows.
    pub(super) fn finish(mut self, after: Option<&Piece>) -> Vec<Piece> {
        self.release(&after.map(Piece::marks).unwrap_or_default());
        let mut pieces = self.head;
        let middle = pieces.len();
        pieces.extend(self.bins.into_iter().flat_map(|bin| bin.first.into_iter().chain(bin.last)));
        pieces[middle..].sort_by_key(|piece| piece.first);
        pieces
    }

    /// Keep what is worth it of the block that is held.
    fn release(&mut self, next: &[(usize, u8)]) -> Option<Vec<u8>> {
        let (block, marks) = self.held.take()?;
        self.levels.reset(block.lines);
        let mut is_near = false;
        for (class, share) in self.shares.iter().enumerate() {
            // Up to where this class is filled; marks come in order, so no line is filled twice.
            let mut filled = 0;
            let mut raise = |from: u64, to: u64| {
                let from = from.max(block.first + filled) - block.first;
                filled = filled.max(to.min(block.end()).saturating_sub(block.first));
                self.levels.raise(from as usize, filled as usize, class);
                is_near |= from < filled;
            };
            raise(0, self.reach[class]);
            let of_class = |marks: &&(usize, u8)| marks.1 & CLASSES[class] != 0;
            for (line, _) in marks.iter().filter(of_class) {
                let line = block.first + *line as u64;
                raise(line.saturating_sub(share.before), line + share.after + 1);
            }
            if let Some((line, _)) = next.iter().find(of_class) {
                raise((block.end() + *line as u64).saturating_sub(share.before), block.end());
            }
        }
        for (line, bits) in marks {
            reach(&mut self.reach, &self.shares, block.first + line as u64, bits);
        }
        if is_near {
            for (class, line, bytes) in self.levels.runs(&block.bytes) {
                let piece = Piece::new(block.first + line as u64, bytes.to_vec());
                self.bins[class].push(piece, &self.shares[class]);
            }
        }
        Some(block.bytes)
    }
}

/// Note how far the marks of a line reach.
fn reach(reach: &mut [u64; CLASSES.len()], shares: &[Share; CLASSES.len()], line: u64, bits: u8) {
    for (class, share) in shares.iter().enumerate().filter(|(class, _)| bits & CLASSES[*class] != 0) {
        reach[class] = line + share.after + 1;
    }
}

impl Bin {
    fn push(&mut self, piece: Piece, share: &Share) {
        let size = piece.cost();
        if self.last.is_empty() && self.first_size + size <= share.first {
            self.first_size += size;
            self.first.push(piece);
            return;
        }
        self.last_size += size;
        self.last.push_back(piece);
        while self.last_size > share.last
            && self.last.len() > 1
            && let Some(oldest) = self.last.pop_front()
        {
            self.last_size -= oldest.cost();
        }
    }
}
