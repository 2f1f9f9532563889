//! Deltas: how an object is rebuilt from another one and a list of "copy this" and "insert that".
//!
//! Packs come from other people's machines. A delta may lie about every size and place; it ends as an error, and
//! never makes more than it promised.

use anyhow::{Context, Result, bail, ensure};

/// The sizes a delta promises, and its instructions.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::git) struct Delta<'d> {
    /// The size of the object it builds upon.
    pub(in crate::git) base_size: u64,
    /// The size of the object it makes.
    pub(in crate::git) size: u64,
    instructions: &'d [u8],
}

impl<'d> Delta<'d> {
    /// Read the head of a delta.
    pub(in crate::git) fn parse(mut bytes: &'d [u8]) -> Result<Delta<'d>> {
        let base_size = size(&mut bytes)?;
        let size = size(&mut bytes)?;
        Ok(Delta { base_size, size, instructions: bytes })
    }

    /// Build the object into `target`, which has exactly the promised size.
    pub(in crate::git) fn apply(&self, base: &[u8], mut target: &mut [u8]) -> Result<()> {
        ensure!(base.len() as u64 == self.base_size, "a delta was made for another base");
        ensure!(target.len() as u64 == self.size, "a delta makes another size than it promised");
        let mut rest = self.instructions;
        while let Some((&op, after)) = rest.split_first() {
            rest = after;
            let piece = match op {
                0 => bail!("a delta holds an unknown instruction"),
                1..=0x7f => rest.split_off(..usize::from(op)).context("a delta ends too early")?,
                _ => {
                    let (from, length) = copy_range(op, &mut rest)?;
                    base.get(from..).and_then(|base| base.get(..length)).context("a delta copies what is not there")?
                }
            };
            let (here, behind) =
                target.split_at_mut_checked(piece.len()).context("a delta makes more than promised")?;
            here.copy_from_slice(piece);
            target = behind;
        }
        ensure!(target.is_empty(), "a delta makes less than it promised");
        Ok(())
    }
}

/// Where a copy instruction begins in the base, and how long it is: only the bytes that its low bits name are there.
fn copy_range(op: u8, rest: &mut &[u8]) -> Result<(usize, usize)> {
    let mut number = |bits: std::ops::Range<u32>| -> Result<usize> {
        let mut value = 0;
        for (place, bit) in bits.enumerate() {
            if op & (1 << bit) != 0 {
                value |= usize::from(*rest.split_off_first().context("a delta ends too early")?) << (8 * place);
            }
        }
        Ok(value)
    };
    let (from, length) = (number(0..4)?, number(4..7)?);
    Ok((from, if length == 0 { 0x10000 } else { length }))
}

/// A number in seven bits a byte, the lowest first.
fn size(bytes: &mut &[u8]) -> Result<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = *bytes.split_off_first().context("a delta has no head")?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    bail!("a delta promises an impossible size")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn applied(base: &[u8], delta: &[u8]) -> Result<Vec<u8>> {
        let delta = Delta::parse(delta)?;
        ensure!(delta.size < 1 << 20, "too large for a test");
        let mut target = vec![0; delta.size as usize];
        delta.apply(base, &mut target)?;
        Ok(target)
    }

    #[test]
    fn copies_and_inserts() {
        let base = b"hello, world";
        // copy 5 from 0; insert "!!"; copy 5 from 7
        let delta = [12, 12, 0x90, 5, 2, b'!', b'!', 0x91, 7, 5];
        assert_eq!(applied(base, &delta).unwrap(), b"hello!!world");
        // A length of zero stands for 64 KiB; both sizes of the head are 65537.
        let base = vec![b'x'; 0x10001];
        let delta = [0x81, 0x80, 4, 0x81, 0x80, 4, 0x80, 1, b'y'];
        let made = applied(&base, &delta).unwrap();
        assert_eq!((made.len(), made[0xffff], made[0x10000]), (0x10001, b'x', b'y'));
    }

    #[test]
    fn a_lie_is_an_error() {
        let base = b"hello, world";
        for (delta, says) in [
            (&[12][..], "no head"),
            (&[0x80; 20], "impossible size"),
            (&[11, 5, 0x90, 5], "another base"),
            (&[12, 4, 0x90, 5], "more than promised"),
            (&[12, 6, 0x90, 5], "less than"),
            (&[12, 5, 0x90, 13], "not there"),
            (&[12, 5, 0x9f, 255, 255, 255, 255, 5], "not there"),
            (&[12, 5, 0x9f, 255], "too early"),
            (&[12, 5, 5, b'a'], "too early"),
            (&[12, 5, 0], "unknown instruction"),
        ] {
            let error = applied(base, delta).unwrap_err().to_string();
            assert!(error.contains(says), "{delta:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(base in proptest::collection::vec(any::<u8>(), 0..64),
                                      delta in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = applied(&base, &delta);
            let mut honest = vec![base.len() as u8, 40];
            honest.extend(delta);
            if let Ok(made) = applied(&base, &honest) {
                prop_assert_eq!(made.len(), 40);
            }
        }
    }
}
