//! The members of a gzip file, one after another.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, Read};

/// A gzip file that is being read, as one text. What follows the last one and is no member is padding, as gzip has it.
pub(super) enum Members<R> {
    Between(R),
    Inside(Box<GzDecoder<R>>),
    Over,
}

impl<R: BufRead> Members<R> {
    pub(super) fn new(source: R) -> Members<R> {
        Members::Between(source)
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            *self = match std::mem::replace(self, Members::Over) {
                Members::Over => return Ok(0),
                Members::Between(mut source) => match source.fill_buf()?.first() {
                    Some(0x1f) => Members::Inside(Box::new(GzDecoder::new(source))),
                    _ => return Ok(0),
                },
                Members::Inside(mut member) => match member.read(buffer)? {
                    0 if !buffer.is_empty() => Members::Between(member.into_inner()),
                    got => {
                        *self = Members::Inside(member);
                        return Ok(got);
                    }
                },
            };
        }
    }
}
