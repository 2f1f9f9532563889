//! Logs, wherever they come from: files, pipes and standard input, plain, gzip or zstd, whichever it is by its first bytes.
//!
//! They are read in blocks, so that any size will do, and as UTF-8: what Windows writes as UTF-16 is turned into that.
//! Compressed data that ends early or is damaged is an error and not half a log: the failure stands near the end.

mod encoding;
mod gzip;
mod zstd;

use anyhow::{Context, Result, bail, ensure};
use encoding::Encoding;
use gzip::Members;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use zstd::Frames;

/// How much is read at once.
const BLOCK: usize = 128 << 10;
/// No log is larger; `/dev/zero` is.
const MOST_PLAIN: u64 = 64 << 30;
/// What a compressed log may become.
const MOST_UNPACKED: u64 = 8 << 30;

/// A log that is being read.
pub struct Log {
    input: Box<dyn Read>,
    packing: Option<Packing>,
    encoding: Encoding,
    buffer: Vec<u8>,
    /// How many bytes came out so far, and how many may.
    read: u64,
    most: u64,
    taken: Rc<Cell<u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
}

impl Log {
    /// Open a log; `-` is standard input.
    ///
    /// # Errors
    /// There is none, it is a folder, or it may not be read.
    pub fn open(path: &Path) -> Result<Log> {
        if path == Path::new("-") {
            return Log::of(Box::new(io::stdin().lock()));
        }
        use io::ErrorKind::{NotFound, PermissionDenied};
        let file = File::open(path).map_err(|error| match error.kind() {
            NotFound => anyhow::anyhow!("there is no such file"),
            PermissionDenied => anyhow::anyhow!("there is no permission to read it"),
            _ => anyhow::Error::new(error).context("it cannot be opened"),
        })?;
        ensure!(!file.metadata().is_ok_and(|data| data.is_dir()), "it is a folder; name the logs that are in it");
        Log::of(Box::new(file))
    }

    fn of(source: Box<dyn Read>) -> Result<Log> {
        let taken = Rc::new(Cell::new(0));
        let mut source = Counted { source, taken: taken.clone() };
        let mut magic = [0; 4];
        let got = fill(&mut source, &mut magic).context("it cannot be read")?;
        let packing = packing(&magic[..got]);
        let whole = io::Cursor::new(magic).take(got as u64).chain(source);
        let input: Box<dyn Read> = match packing {
            None => Box::new(whole),
            Some(Packing::Gzip) => Box::new(Members::new(BufReader::with_capacity(BLOCK, whole))),
            Some(Packing::Zstd) => Box::new(Frames::new(BufReader::with_capacity(BLOCK, whole))),
        };
        let most = if packing.is_some() { MOST_UNPACKED } else { MOST_PLAIN };
        Ok(Log { input, packing, encoding: Encoding::default(), buffer: vec![0; BLOCK], read: 0, most, taken })
    }

    /// The next bytes of it, and nothing when that was all.
    ///
    /// # Errors
    /// It cannot be read, is broken off or damaged where it is compressed, or has no end.
    pub fn next_block(&mut self) -> Result<Option<&[u8]>> {
        // Of the first block, enough has to be there to tell the encoding.
        let least = if self.read == 0 { encoding::LONGEST_MARK } else { 1 };
        let mut got = 0;
        while got < least {
            match self.input.read(&mut self.buffer[got..]) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(error)),
            }
        }
        let is_first = self.read == 0;
        self.read += got as u64;
        if self.read > self.most {
            let unit = self.most >> 30;
            match self.packing {
                None => bail!("it is larger than {unit} GiB; a log that has an end can be read"),
                Some(_) => bail!("unpacked, it is larger than {unit} GiB, which is no log"),
            }
        }
        if got == 0 {
            return Ok(self.encoding.finish());
        }
        if is_first {
            self.encoding = Encoding::of(&self.buffer[..got]);
        }
        Ok(Some(self.encoding.decode(&self.buffer[..got])))
    }

    /// How many bytes were taken from the file so far, packed as they are.
    pub fn taken(&self) -> u64 {
        self.taken.get()
    }

    fn broken(&self, error: io::Error) -> anyhow::Error {
        let (name, reader) = match self.packing {
            None => return anyhow::Error::new(error).context("it cannot be read"),
            Some(Packing::Gzip) => ("gzip", "zcat"),
            Some(Packing::Zstd) => ("zstd", "zstdcat"),
        };
        let read = self.read;
        anyhow::Error::new(error).context(format!(
            "it is {name} data that ends early or is damaged, after {read} bytes of text; a failure stands near the end of a \
             log, so half of one is not judged (to judge it all the same: {reader} LOG | ci-guard triage -)"
        ))
    }
}

/// How large a log is as it lies there; a pipe has no size.
pub fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |data| if data.is_file() { data.len() } else { 0 })
}

/// How a file with these first bytes is packed.
fn packing(magic: &[u8]) -> Option<Packing> {
    match magic {
        [0x1f, 0x8b, ..] => Some(Packing::Gzip),
        // Or a frame to be skipped, which may come first.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Packing::Zstd),
        _ => None,
    }
}

/// Read until `buffer` is full or there is no more.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match source.read(&mut buffer[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

/// A source, and how much was taken from it.
struct Counted {
    source: Box<dyn Read>,
    taken: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.source.read(buffer)?;
        self.taken.set(self.taken.get() + got as u64);
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::write::GzEncoder;
    use std::io::Write;

    /// One byte at a time, as a slow pipe may give them.
    struct Drops(Vec<u8>, usize);

    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(byte) = self.0.get(self.1) else { return Ok(0) };
            self.1 += 1;
            buffer[0] = *byte;
            Ok(1)
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn read(source: Box<dyn Read>) -> Result<Vec<u8>> {
        let mut log = Log::of(source)?;
        let mut all = Vec::new();
        while let Some(bytes) = log.next_block()? {
            all.extend_from_slice(bytes);
        }
        Ok(all)
    }

    /// What is read of these bytes, which is the same however they come.
    fn check(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let fast = read(Box::new(io::Cursor::new(bytes.to_vec()))).map_err(|error| format!("{error:#}"));
        let slow = read(Box::new(Drops(bytes.to_vec(), 0))).map_err(|error| format!("{error:#}"));
        assert_eq!(fast.is_ok(), slow.is_ok());
        if let (Ok(fast), Ok(slow)) = (&fast, &slow) {
            assert_eq!(fast, slow);
        }
        fast
    }

    #[test]
    fn every_packing_gives_the_same_text() {
        let text = "a line of a log, error or not\n".repeat(20_000).into_bytes();
        let skipped = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(&text)].concat();
        for packed in [text.clone(), gzip(&text), zstd(&text), skipped] {
            assert!(check(&packed) == Ok(text.clone()));
        }
        for nothing in [Vec::new(), gzip(b""), zstd(b"")] {
            assert_eq!(check(&nothing), Ok(Vec::new()));
        }
        for short in ["x", "\u{1f}", "(", "ab\n"] {
            assert_eq!(check(short.as_bytes()), Ok(short.as_bytes().to_vec()));
        }
    }

    #[test]
    fn members_and_frames_follow_one_another() {
        for pack in [gzip, zstd] {
            let packed = [pack(b"one\n"), pack(b""), pack(b"two\n")].concat();
            assert_eq!(check(&packed), Ok(b"one\ntwo\n".to_vec()));
        }
        // Padding, as tapes and some servers leave it.
        assert_eq!(check(&[gzip(b"one\n"), vec![0; 512]].concat()), Ok(b"one\n".to_vec()));
    }

    #[test]
    fn half_a_packed_log_is_an_error_wherever_it_ends() {
        let text: Vec<u8> =
            (0..5_000_u32).flat_map(|n| format!("line {}\n", n.wrapping_mul(2_654_435_761)).into_bytes()).collect();
        for (name, packed) in [("gzip", gzip(&text)), ("zstd", zstd(&text))] {
            for end in [5, 9, 20, packed.len() / 2, packed.len() - 5, packed.len() - 1] {
                let error = check(&packed[..end]).unwrap_err();
                assert!(error.contains(name) && error.contains("ends early or is damaged"), "{end}: {error}");
            }
            let mut damaged = packed.clone();
            let at = damaged.len() - 3; // in the check sum
            damaged[at] ^= 1;
            assert!(check(&damaged).unwrap_err().contains("damaged"), "{name}");
        }
    }

    #[test]
    fn what_windows_writes_is_read_too() {
        let text = "Fehler: Zugriff verweigert ❌ 𝄞\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = [0xfeff].iter().chain(&units).flat_map(|unit: &u16| unit.to_le_bytes()).collect();
        let big: Vec<u8> = [0xfeff].iter().chain(&units).flat_map(|unit: &u16| unit.to_be_bytes()).collect();
        let marked = format!("\u{feff}{text}").into_bytes();
        for bytes in [&little, &big, &marked, &gzip(&little), &zstd(&marked)] {
            assert_eq!(check(bytes).map(|text| String::from_utf8(text).unwrap()), Ok(text.to_owned()));
        }
        let odd = [&little[..], b"\x41"].concat();
        assert!(check(&odd).unwrap().ends_with("\u{fffd}".as_bytes()));
    }
}
