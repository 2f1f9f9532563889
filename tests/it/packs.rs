//! Packs made by hand, to say what no git would say: sizes that lie, deltas upon themselves, bases that are nowhere.

use std::path::{Path, PathBuf};

/// What an entry of a pack claims to be.
pub(crate) enum Claim {
    /// A whole object of this type number (3 is a blob).
    Whole(u8),
    /// A delta upon the entry that begins so many bytes before this one.
    Back(u64),
    /// A delta upon the object with this id.
    Upon([u8; 20]),
}

/// One entry: what it claims, the size it claims, and its zlib stream.
pub(crate) struct Entry {
    pub(crate) id: [u8; 20],
    pub(crate) claim: Claim,
    pub(crate) size: u64,
    pub(crate) packed: Vec<u8>,
}

impl Entry {
    /// An honest entry, but for what it is told to claim.
    pub(crate) fn new(name: u8, claim: Claim, content: &[u8]) -> Entry {
        Entry { id: [name; 20], claim, size: content.len() as u64, packed: zlib(content) }
    }
}

/// A zlib stream that stores its content as it is.
pub(crate) fn zlib(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut chunks: Vec<&[u8]> = content.chunks(0xffff).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    for (number, chunk) in chunks.iter().enumerate() {
        stream.push(u8::from(number + 1 == chunks.len()));
        stream.extend((chunk.len() as u16).to_le_bytes());
        stream.extend((!(chunk.len() as u16)).to_le_bytes());
        stream.extend(*chunk);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for &byte in content {
        a = (a + u32::from(byte)) % 65521;
        b = (b + a) % 65521;
    }
    stream.extend((b << 16 | a).to_be_bytes());
    stream
}

/// A delta that appends `tail` to its whole base, which has `base` bytes (fewer than 128).
pub(crate) fn append(base: u8, tail: &[u8]) -> Vec<u8> {
    let mut delta = vec![base, base + tail.len() as u8, 0x90, base, tail.len() as u8];
    delta.extend(tail);
    delta
}

/// Write a pack of these entries, in ascending order of their ids, and an index that believes them.
pub(crate) fn write(objects: &Path, entries: &[Entry]) -> PathBuf {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend((entries.len() as u32).to_be_bytes());
    let mut offsets = Vec::new();
    for entry in entries {
        offsets.push(pack.len() as u32);
        let kind = match entry.claim {
            Claim::Whole(kind) => kind,
            Claim::Back(_) => 6,
            Claim::Upon(_) => 7,
        };
        let (mut byte, mut size) = (kind << 4 | (entry.size & 15) as u8, entry.size >> 4);
        while size > 0 {
            pack.push(byte | 0x80);
            (byte, size) = ((size & 0x7f) as u8, size >> 7);
        }
        pack.push(byte);
        match entry.claim {
            Claim::Whole(_) => {}
            Claim::Upon(id) => pack.extend(id),
            Claim::Back(distance) => {
                let (mut bytes, mut rest) = (vec![(distance & 0x7f) as u8], distance >> 7);
                while rest > 0 {
                    rest -= 1;
                    bytes.insert(0, 0x80 | (rest & 0x7f) as u8);
                    rest >>= 7;
                }
                pack.extend(bytes);
            }
        }
        pack.extend(&entry.packed);
    }
    pack.extend([0; 20]); // nobody looks at the checksums
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255 {
        index.extend((entries.iter().filter(|entry| entry.id[0] <= first).count() as u32).to_be_bytes());
    }
    entries.iter().for_each(|entry| index.extend(entry.id));
    entries.iter().for_each(|_| index.extend([0; 4]));
    offsets.iter().for_each(|offset| index.extend(offset.to_be_bytes()));
    index.extend([0; 40]);
    let stem = objects.join("pack/pack-handmade");
    std::fs::create_dir_all(objects.join("pack")).unwrap();
    std::fs::write(stem.with_extension("idx"), index).unwrap();
    std::fs::write(stem.with_extension("pack"), pack).unwrap();
    stem.with_extension("pack")
}
