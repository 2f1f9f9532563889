//! What passing logs of the same job say. A line that they have too is not the failure.
//!
//! Lines are compared by their shape ([`shape`]): without numbers, ids and times, which differ from run to run. Only hashes are
//! kept, and not without bound. Where a line stands says nothing: jobs do things in parallel.

use super::{digest::Digest, line};
use std::collections::HashSet;

/// The most lines of one log that are learnt: the last ones, for failures are near the end.
const MOST_LINES: usize = 300_000;

/// The most shapes that are kept in all.
const MOST_SHAPES: usize = 2_000_000;

/// The lines of passing logs, made comparable.
#[derive(Debug, Default)]
pub struct Baseline {
    shapes: HashSet<u64>,
}

impl Baseline {
    /// Add a passing log.
    pub fn learn(&mut self, digest: &Digest) {
        for index in digest.len().saturating_sub(MOST_LINES)..digest.len() {
            if self.shapes.len() >= MOST_SHAPES {
                return;
            }
            self.shapes.insert(shape(&line::clean(digest.raw(index))));
        }
    }

    /// Whether no passing log said anything.
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// Whether a passing log has this line, but for its numbers.
    pub fn has(&self, raw: &[u8]) -> bool {
        self.has_clean(&line::clean(raw))
    }

    /// The same for a line that is clean already.
    pub fn has_clean(&self, clean: &[u8]) -> bool {
        self.shapes.contains(&shape(clean))
    }
}

/// A hash of what stays the same in a line from one run to the next. Lines that differ in numbers, in hexadecimal ids, in
/// random names (a word that changes between letters and digits again and again) or in white space have the same.
pub fn shape(clean: &[u8]) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    let mut rest = clean.trim_ascii();
    while let Some(&byte) = rest.first() {
        let length = match byte {
            b' ' | b'\t' => {
                hash.add(b' ');
                rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
            }
            _ if byte.is_ascii_alphanumeric() => {
                let length = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
                hash.word(&rest[..length]);
                length
            }
            _ => {
                hash.add(byte);
                1
            }
        };
        rest = &rest[length..];
    }
    hash.0
}

struct Fnv(u64);

impl Fnv {
    fn add(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn word(&mut self, word: &[u8]) {
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            word.iter().for_each(|&byte| self.add(byte));
            return;
        }
        let changes = word.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
        let hexadecimal = word.len() >= 7 && word.iter().all(u8::is_ascii_hexdigit);
        if digits == word.len() || hexadecimal || changes >= 3 {
            return self.add(b'0');
        }
        let mut within = false;
        for &byte in word {
            let digit = byte.is_ascii_digit();
            if !(digit && within) {
                self.add(if digit { b'0' } else { byte });
            }
            within = digit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_two_runs_have_one_shape() {
        for (one, other) in [
            ("ok   server 1.25s", "ok  server 0.3s"),
            ("commit 8b1f3ac90d", "commit 77aa01bce4"),
            ("tmp/pytest-of-runner/x7k2p9q1/out", "tmp/pytest-of-runner/a1b2c3d4/out"),
            ("took 3m12s", "took 14m2s"),
            ("  listening on :40211", "listening on :5000"),
        ] {
            assert_eq!(shape(one.as_bytes()), shape(other.as_bytes()), "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_they_say_makes_them_differ() {
        for (one, other) in [
            ("test parse ... ok", "test parse ... FAILED"),
            ("error: utf8", "error: utf"),
            ("exit code 1", "exit status 1"),
            ("a b", "ab"),
        ] {
            assert_ne!(shape(one.as_bytes()), shape(other.as_bytes()), "{one:?} {other:?}");
        }
    }

    #[test]
    fn it_knows_the_lines_of_every_log_it_learnt() {
        let mut baseline = Baseline::default();
        baseline.learn(&Digest::of(b"warning: 3 things\nstep one\n"));
        baseline.learn(&Digest::of(b"2024-05-01T10:00:00.1234567Z step two\n"));
        assert!(baseline.has(b"warning: 12 things"));
        assert!(baseline.has(b"step two"));
        assert!(!baseline.has(b"step three"));
    }
}
