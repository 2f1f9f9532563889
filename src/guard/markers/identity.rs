//! What makes a leftover the same one in another version of a file, or in another file: its text.

use super::line::without_line_end;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

/// The bytes of a leftover's lines, whatever their line ends, as a digest of 128 bits. Its keys are drawn anew in each
/// process: nobody can prepare a conflict that passes for one of the base, and no digest may be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity([u64; 2]);

impl Identity {
    /// The identity of some whole lines.
    pub fn of(lines: &[u8]) -> Identity {
        static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);
        let mut digests = KEYS.each_ref().map(BuildHasher::build_hasher);
        for line in lines.split_inclusive(|&c| c == b'\n') {
            for digest in &mut digests {
                digest.write(without_line_end(line));
                digest.write_u8(b'\n');
            }
        }
        Identity(digests.map(|digest| digest.finish()))
    }
}
