//! Binary patches: base 85 around a zlib stream, the whole new file (`literal`) or a delta of it.
//!
//! Only their sizes are wanted. Nothing is inflated but the head of a delta, which says how large its result is: a few
//! kilobytes of patch can stand for a gigabyte.

use super::FlawKind;
use super::cursor::Lines;
use super::hunks::number;
use zlib_rs::{Inflate, InflateFlush, Status};

/// The line above a binary patch.
pub(super) const MARK: &[u8] = b"GIT binary patch\n";

/// Two sizes of seven bits a byte are not longer than this.
const DELTA_HEAD: usize = 20;

/// Read what follows the mark: the way forward and, where it is written, the way back. The size of the result.
pub(super) fn read(lines: &mut Lines<'_>) -> Result<u64, (u64, FlawKind)> {
    let start = lines.number();
    let forward = piece(lines)?;
    let size = forward.ok_or_else(|| broken(start, "a binary patch is neither `literal` nor `delta`"))?;
    piece(lines)?;
    Ok(size)
}

fn broken(line: u64, why: &str) -> (u64, FlawKind) {
    (line, FlawKind::Broken(why.into()))
}

/// One `literal` or `delta` with its data and the empty line behind it: the size of its result.
fn piece(lines: &mut Lines<'_>) -> Result<Option<u64>, (u64, FlawKind)> {
    let (start, first) = (lines.number(), lines.peek());
    let (is_delta, size) = match (first.strip_prefix(b"literal "), first.strip_prefix(b"delta ")) {
        (Some(size), _) => (false, size),
        (_, Some(size)) => (true, size),
        _ => return Ok(None),
    };
    let declared = match number(size) {
        Some((declared, b"\n")) => declared,
        _ => return Err(broken(start, "a binary patch does not say how long it is")),
    };
    lines.skip(first);
    let mut head = is_delta.then(Head::new);
    let mut bytes = Vec::with_capacity(52);
    loop {
        let number = lines.number();
        let line = lines.take();
        if line == b"\n" {
            break;
        }
        bytes.clear();
        decode(line, &mut bytes).ok_or_else(|| broken(number, "a line of a binary patch is damaged"))?;
        if let Some(head) = &mut head {
            head.feed(&bytes);
        }
    }
    match head {
        None => Ok(Some(declared)),
        Some(head) => head.result_size().map(Some).ok_or_else(|| broken(start, "a binary delta has no head")),
    }
}

/// One line: a letter for how many bytes it stands for, and groups of five characters for four bytes each.
fn decode(line: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (&letter, groups) = line.strip_suffix(b"\n")?.split_first()?;
    let length = match letter {
        b'A'..=b'Z' => letter - b'A' + 1,
        b'a'..=b'z' => letter - b'a' + 27,
        _ => return None,
    };
    if groups.len() % 5 != 0 || groups.len() / 5 != usize::from(length).div_ceil(4) {
        return None;
    }
    for group in groups.chunks_exact(5) {
        let value =
            group.iter().try_fold(0, |value, &byte| Some(value * 85 + u64::from(DIGITS[usize::from(byte)]?)))?;
        out.extend_from_slice(&u32::try_from(value).ok()?.to_be_bytes());
    }
    out.truncate(usize::from(length));
    Some(())
}

/// The value of each digit of git's base 85.
const DIGITS: [Option<u8>; 256] = {
    let order = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let mut digits = [None; 256];
    let mut value = 0;
    while value < order.len() {
        digits[order[value] as usize] = Some(value as u8);
        value += 1;
    }
    digits
};

/// The first bytes of a delta, inflated from a stream that comes in pieces.
struct Head {
    stream: Inflate,
    bytes: [u8; DELTA_HEAD],
    is_done: bool,
}

impl Head {
    fn new() -> Head {
        Head { stream: Inflate::new(true, 15), bytes: [0; DELTA_HEAD], is_done: false }
    }

    fn len(&self) -> usize {
        self.stream.total_out() as usize
    }

    fn feed(&mut self, mut input: &[u8]) {
        while !self.is_done && !input.is_empty() {
            let (taken, made) = (self.stream.total_in(), self.len());
            let status = self.stream.decompress(input, &mut self.bytes[made..], InflateFlush::NoFlush);
            let step = (self.stream.total_in() - taken) as usize;
            input = input.get(step..).unwrap_or_default();
            let stuck = step == 0 && self.len() == made;
            self.is_done = !matches!(status, Ok(Status::Ok)) || stuck || self.len() == DELTA_HEAD;
        }
    }

    /// The second of the two sizes in the head: the first is of what the delta builds upon.
    fn result_size(&self) -> Option<u64> {
        let mut bytes = self.bytes[..self.len()].iter();
        let mut size = || {
            let mut value = 0;
            for shift in (0..63).step_by(7) {
                let byte = bytes.next()?;
                value |= u64::from(byte & 0x7f) << shift;
                if byte & 0x80 == 0 {
                    return Some(value);
                }
            }
            None
        };
        size()?;
        size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Result<u64, u64> {
        read(&mut Lines::new(text.as_bytes())).map_err(|(line, _)| line)
    }

    #[test]
    fn a_literal_says_its_size_and_is_not_inflated() {
        assert_eq!(size("literal 0\nHcmV?d00001\n\n"), Ok(0));
        assert_eq!(size("literal 67108864\nHcmV?d00001\n\nliteral 0\nHcmV?d00001\n\nmore\n"), Ok(67_108_864));
        assert_eq!(size("literal 18446744073709551615\n\n"), Ok(u64::MAX));
    }

    #[test]
    fn damage_is_told() {
        for (text, line) in [
            ("", 1),
            ("patch 3\n", 1),
            ("literal x\n\n", 1),
            ("literal 3 \n\n", 1),
            ("literal 18446744073709551616\n\n", 1),
            ("literal 3\n", 2),
            ("literal 3\nHcmV?d00001\n", 3),
            ("literal 3\nHcmV?d00001", 2),
            ("literal 3\nAcmV?d00001\n\n", 2),
            ("literal 3\nHcmV?d0000\n\n", 2),
            ("literal 3\nHcmV\"d00001\n\n", 2),
            ("literal 3\nH~~~~~00001\n\n", 2),
            ("literal 3\nx\n\n", 2),
            ("literal 0\nHcmV?d00001\n\nliteral 0\nHcmV", 5),
            ("delta 3\n\n", 1),
            ("delta 3\nHcmV?d00001\n\n", 1),
        ] {
            assert_eq!(size(text), Err(line), "{text}");
        }
    }
}
