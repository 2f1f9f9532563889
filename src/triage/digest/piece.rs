//! Whole lines of a log that stand one after another, and how lines that are far too long are cut.

use super::limits::LINE_COST;
use super::{CLASSES, needles};
use memchr::{memchr, memchr_iter, memrchr};

/// Lines that follow one another. All end with LF but perhaps the last one of the log.
#[derive(Debug)]
pub(super) struct Piece {
    /// The number of its first line.
    pub(super) first: u64,
    /// How many lines it has.
    pub(super) lines: usize,
    pub(super) bytes: Vec<u8>,
}

impl Piece {
    pub(super) fn new(first: u64, bytes: Vec<u8>) -> Piece {
        let open = bytes.last().is_some_and(|&last| last != b'\n');
        Piece { first, lines: memchr_iter(b'\n', &bytes).count() + usize::from(open), bytes }
    }

    /// The number of the line after it.
    pub(super) fn end(&self) -> u64 {
        self.first + self.lines as u64
    }

    /// What it costs to keep it.
    pub(super) fn cost(&self) -> usize {
        size_of::<Piece>() + self.bytes.len() + LINE_COST * self.lines
    }

    /// Where each line begins and ends; CRLF and LF are not part of it.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let mut start = 0;
        memchr_iter(b'\n', &self.bytes).chain((!self.bytes.ends_with(b"\n")).then_some(self.bytes.len())).filter_map(
            move |end| {
                let begin = std::mem::replace(&mut start, end + 1);
                let text_end = if end > begin && self.bytes[end - 1] == b'\r' { end - 1 } else { end };
                (begin < self.bytes.len()).then_some((begin, text_end))
            },
        )
    }

    /// The lines that hold a needle, by their index in this piece, with the bits of what was found.
    pub(super) fn marks(&self) -> Vec<(usize, u8)> {
        let bytes = &self.bytes;
        let mut marked: Vec<(usize, u8)> = Vec::new();
        let (mut line, mut line_end) = (0, 0); // the line in question is the one before `line_end`
        needles().scan(bytes, |at, bits| {
            if at >= line_end {
                line += memchr_iter(b'\n', &bytes[line_end..at]).count() + usize::from(line_end > 0);
                line_end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |after| at + after + 1);
                marked.push((line, 0));
            }
            if let Some((_, all)) = marked.last_mut() {
                *all |= *bits;
            }
        });
        marked
    }
}

/// A line of which the middle was left out before its end was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gap(u64);

impl Gap {
    /// Take the middle out of an endless line, all but what [`cut`] may need of it.
    pub(super) fn widen(&mut self, line: &mut Vec<u8>, limit: usize) {
        let half = limit / 2;
        if line.len() > 2 * half {
            self.0 += (line.len() - 2 * half) as u64;
            let end = line.len() - half;
            line.copy_within(end.., half);
            line.truncate(2 * half);
        }
    }

    /// Cut the lines that are too long; the gap is in the first one.
    pub(super) fn close(self, bytes: Vec<u8>, limit: usize) -> Vec<u8> {
        // Most blocks have an end of line in every half of a line's limit.
        let is_short = |cell: &[u8]| memrchr(b'\n', cell).is_some();
        if self.0 == 0 && (bytes.len() <= limit || bytes.chunks(limit.div_ceil(2)).all(is_short)) {
            return bytes;
        }
        let mut out = Vec::with_capacity(bytes.len());
        let mut gap = self.0;
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            cut(text, std::mem::take(&mut gap), limit, &mut out);
            out.extend_from_slice(&line[text.len()..]);
        }
        out
    }
}

/// A line as it is kept: itself, or its beginning and its end with a word about what is not there. No word is cut apart if
/// that can be helped: half a secret looks like none.
fn cut(line: &[u8], gap: u64, limit: usize, out: &mut Vec<u8>) {
    if gap == 0 && line.len() <= limit {
        out.extend_from_slice(line);
        return;
    }
    let half = limit / 2;
    let (begin, end) = (&line[..half], &line[line.len() - half..]);
    let spare = half / 2;
    let begin = match begin[half - spare..].iter().rposition(u8::is_ascii_whitespace) {
        Some(blank) => &begin[..half - spare + blank],
        None => begin,
    };
    let end = match end[..spare].iter().position(u8::is_ascii_whitespace) {
        Some(blank) => &end[blank + 1..],
        None => end,
    };
    let left_out = gap + (line.len() - begin.len() - end.len()) as u64;
    out.extend_from_slice(begin);
    out.extend_from_slice(format!(" [... {left_out} bytes left out ...] ").as_bytes());
    out.extend_from_slice(end);
}

/// The class of the strongest mark that each line of a piece is near to, as its place in [`CLASSES`] plus one.
#[derive(Debug, Default)]
pub(super) struct Levels(Vec<u8>);

impl Levels {
    /// Nothing is near anything.
    pub(super) fn reset(&mut self, lines: usize) {
        self.0.clear();
        self.0.resize(lines, 0);
    }

    /// These lines are near a mark of this class. Classes come from weak to strong.
    pub(super) fn raise(&mut self, from: usize, to: usize, class: usize) {
        let to = to.min(self.0.len());
        if let Some(levels) = self.0.get_mut(from..to) {
            levels.fill(class as u8 + 1);
        }
    }

    /// Runs of lines of one class, as they stand in the piece: the class, the index of the first line, and the bytes.
    pub(super) fn runs<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = (usize, usize, &'a [u8])> + 'a {
        let mut ends = memchr_iter(b'\n', bytes).map(|end| end + 1);
        let (mut line, mut start) = (0, 0);
        self.0.chunk_by(|one, next| one == next).filter_map(move |run| {
            let end = ends.nth(run.len() - 1).unwrap_or(bytes.len());
            let (first, begin) = (line, std::mem::replace(&mut start, end));
            line += run.len();
            let class = usize::from(run[0]).checked_sub(1)?;
            debug_assert!(class < CLASSES.len());
            Some((class, first, &bytes[begin..end]))
        })
    }
}
