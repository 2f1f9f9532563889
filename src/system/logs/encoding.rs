//! UTF-16 becomes UTF-8, where a byte order mark says that it is UTF-16. Everything else is taken as it is.

/// How many bytes the longest mark has.
pub(super) const LONGEST_MARK: usize = 3;

/// How a log is written down.
#[derive(Debug, Default)]
pub(super) enum Encoding {
    /// Bytes that are handed on; so many of them are the mark.
    Bytes(usize),
    /// UTF-16.
    Wide(Wide),
    #[default]
    Unknown,
}

#[derive(Debug)]
pub(super) struct Wide {
    unit: fn([u8; 2]) -> u16,
    /// Half a unit, and half a pair of them.
    byte: Option<u8>,
    high: Option<u16>,
    text: String,
}

impl Encoding {
    /// What a log begins with tells it.
    pub(super) fn of(first: &[u8]) -> Encoding {
        let wide = |unit| Encoding::Wide(Wide { unit, byte: None, high: None, text: String::new() });
        match first {
            [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
            [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
            [0xef, 0xbb, 0xbf, ..] => Encoding::Bytes(3),
            _ => Encoding::Bytes(0),
        }
    }

    /// The next bytes.
    pub(super) fn decode<'a>(&'a mut self, bytes: &'a [u8]) -> &'a [u8] {
        match self {
            Encoding::Bytes(mark) => &bytes[std::mem::take(mark)..],
            Encoding::Wide(wide) => wide.decode(bytes),
            Encoding::Unknown => bytes,
        }
    }

    /// What was begun and is not going to be ended.
    pub(super) fn finish(&mut self) -> Option<&[u8]> {
        let Encoding::Wide(wide) = self else { return None };
        let is_open = wide.byte.take().is_some() | wide.high.take().is_some();
        is_open.then_some("\u{fffd}".as_bytes())
    }
}

impl Wide {
    fn decode(&mut self, bytes: &[u8]) -> &[u8] {
        const MARK: char = '\u{feff}';
        self.text.clear();
        let mut bytes = self.byte.take().into_iter().chain(bytes.iter().copied());
        let mut units = Vec::with_capacity(bytes.size_hint().0 / 2 + 1);
        units.extend(self.high.take());
        while let Some(one) = bytes.next() {
            match bytes.next() {
                Some(other) => units.push((self.unit)([one, other])),
                None => self.byte = Some(one),
            }
        }
        if let Some(&last) = units.last()
            && (0xd800..0xdc00).contains(&last)
        {
            self.high = units.pop();
        }
        let chars = char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.text.extend(chars.filter(|&one| one != MARK));
        self.text.as_bytes()
    }
}
