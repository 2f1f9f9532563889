//! What is kept of a stream that may never end: its last bytes, and how much there was.

use crate::model::Tail;

/// How many bytes are kept.
const MOST: usize = 256 << 10;

/// A stream so far.
#[derive(Debug, Default)]
pub(super) struct Kept {
    bytes: Vec<u8>,
    total: u64,
    has_text: bool,
}

impl Kept {
    /// The next bytes.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.total += chunk.len() as u64;
        self.has_text = self.has_text || chunk.iter().any(|byte| !byte.is_ascii_whitespace());
        let chunk = &chunk[chunk.len().saturating_sub(MOST)..];
        // Twice as much is held before the old half goes, so that a byte is moved once at most.
        if self.bytes.len() + chunk.len() > 2 * MOST {
            self.bytes.drain(..self.bytes.len() - (MOST - chunk.len()));
        }
        self.bytes.extend_from_slice(chunk);
    }

    /// How many bytes there were.
    #[cfg(unix)]
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The end of it.
    pub(super) fn tail(&self) -> Tail {
        let bytes = self.bytes[self.bytes.len().saturating_sub(MOST)..].to_vec();
        Tail { bytes, total: self.total, has_text: self.has_text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_noticed_wherever_it_was() {
        let mut kept = Kept::default();
        kept.push(b" \n\t");
        assert!(!kept.tail().has_text);
        kept.push(b"x");
        for _ in 0..100 {
            kept.push(&[b'\n'; 10_000]);
        }
        let tail = kept.tail();
        assert!(tail.has_text && !tail.bytes.contains(&b'x'));
        assert_eq!((tail.total, tail.bytes.len()), (1_000_004, MOST));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_is_the_end_of_all_of_it(lengths in proptest::collection::vec(0_usize..400_000, 0..12)) {
            let (mut all, mut kept) = (Vec::new(), Kept::default());
            for (n, length) in lengths.iter().enumerate() {
                let chunk: Vec<u8> = (0..*length).map(|i| (i * 7 + n) as u8).collect();
                kept.push(&chunk);
                all.extend(chunk);
                prop_assert!(kept.bytes.len() <= 2 * MOST);
            }
            let tail = kept.tail();
            prop_assert_eq!(tail.total, all.len() as u64);
            prop_assert!(tail.bytes == all[all.len().saturating_sub(MOST)..]);
        }
    }
}
