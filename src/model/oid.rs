//! The id of a git object, of either hash, as plain data.
//!
//! Our own type and not gix's, so that rules and printers know no git library. Only the git door converts.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A full object id: 20 bytes (SHA-1) or 32 bytes (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oid {
    len: u8,
    bytes: [u8; 32],
}

impl Oid {
    /// The id with these raw bytes; `None` unless there are 20 or 32 of them.
    pub fn from_bytes(raw: &[u8]) -> Option<Oid> {
        if !matches!(raw.len(), 20 | 32) {
            return None;
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Oid { len: raw.len() as u8, bytes })
    }

    /// The id written as 40 or 64 hex digits; `None` for anything else.
    pub fn from_hex(hex: &[u8]) -> Option<Oid> {
        if !matches!(hex.len(), 40 | 64) {
            return None;
        }
        let mut raw = [0; 32];
        for (pair, byte) in hex.chunks_exact(2).zip(&mut raw) {
            let digit = |c: u8| char::from(c).to_digit(16);
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        Oid::from_bytes(&raw[..hex.len() / 2])
    }

    /// The raw bytes, 20 or 32 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// git's "no object" in the hash of this id.
    pub fn zero(&self) -> Oid {
        Oid { len: self.len, bytes: [0; 32] }
    }

    /// Whether this is git's "no object" (all zeros): a ref that does not exist, on one side of a push.
    pub fn is_zero(&self) -> bool {
        self.bytes.iter().all(|&b| b == 0)
    }

    /// The first ten hex digits: what people read. Never used to look anything up.
    pub fn short(&self) -> String {
        self.to_string()[..10].to_owned()
    }
}

/// An id is a hash already: a part of it is enough to tell thousands of them apart.
impl Hash for Oid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (head, _) = self.bytes.split_at(size_of::<u64>());
        state.write(head);
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_of_either_hash_round_trips_and_nothing_else_parses() {
        for hex in ["0123456789abcdef0123456789abcdef01234567", &"ab".repeat(32)] {
            assert_eq!(Oid::from_hex(hex.as_bytes()).unwrap().to_string(), *hex);
        }
        let upper = Oid::from_hex(b"ABCDEF6789ABCDEF0123456789ABCDEF01234567").unwrap();
        assert_eq!(upper.to_string(), "abcdef6789abcdef0123456789abcdef01234567");
        for bad in ["", "0", &"0".repeat(39), &"0".repeat(41), &"g".repeat(40), &"é".repeat(20)] {
            assert_eq!(Oid::from_hex(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn zero_is_zero_for_both_hashes() {
        assert!(Oid::from_hex(&[b'0'; 40]).unwrap().is_zero());
        assert!(Oid::from_hex(&[b'0'; 64]).unwrap().is_zero());
        assert!(!Oid::from_hex(&[b'1'; 40]).unwrap().is_zero());
    }
}
