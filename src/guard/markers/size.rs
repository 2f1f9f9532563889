//! How long a marker is in one file: git's attribute `conflict-marker-size`, or seven.
//!
//! The attribute's value comes in as bytes; who looks attributes up, and in which tree, is not decided here.

/// The shortest run that is a marker in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MarkerSize(usize);

impl MarkerSize {
    /// What git writes where no attribute says otherwise.
    pub const DEFAULT: MarkerSize = MarkerSize(7);

    /// A size of so many characters; `None` for zero.
    pub fn new(characters: usize) -> Option<MarkerSize> {
        (characters > 0).then_some(MarkerSize(characters))
    }

    /// The size that an attribute's value stands for. Like git since 2.51, whatever is no positive integer of C counts
    /// as the default. Older versions read `10x` as 10: their longer markers are found with the default as well.
    pub fn from_attribute(value: &[u8]) -> MarkerSize {
        let parsed = std::str::from_utf8(value).ok().and_then(|text| text.parse::<i32>().ok());
        parsed.and_then(|size| usize::try_from(size).ok()).and_then(MarkerSize::new).unwrap_or_default()
    }

    /// The number of characters.
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for MarkerSize {
    fn default() -> Self {
        MarkerSize::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_values_are_read_like_git_reads_them() {
        for (value, want) in [
            (&b"7"[..], 7),
            (b"1", 1),
            (b"3", 3),
            (b"32", 32),
            (b"+9", 9),
            (b"007", 7),
            (b"2147483647", 2147483647),
            (b"0", 7),
            (b"-5", 7),
            (b"", 7),
            (b"10x", 7),
            (b"ten", 7),
            (b"2147483648", 7),
            (b"99999999999999999999999", 7),
            (b"\xff", 7),
        ] {
            assert_eq!(MarkerSize::from_attribute(value).get(), want, "{:?}", bstr::BStr::new(value));
        }
        assert_eq!(MarkerSize::new(0), None);
    }
}
