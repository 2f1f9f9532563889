//! How much of a log is kept. Sizes count bytes and what it costs to know where lines begin, so that a log of nothing but
//! empty lines is no cheaper than it is.

/// What knowing one line costs, in bytes.
pub(super) const LINE_COST: usize = 20;

/// The limits of a digest. The default is what triage uses; tests make them small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes are taken in blocks of this size. What is kept of anything is a piece of one block at the least.
    pub block: usize,
    /// A longer line is cut: its beginning and its end are kept.
    pub line: usize,
    /// A log up to this size is kept as a whole.
    pub whole: usize,
    /// Of a larger one: so much of its beginning,
    pub head: usize,
    /// so much of its end,
    pub tail: usize,
    /// and what lies around the lines with needles of the signature table,
    pub signature: Share,
    /// around those with markers of CI systems,
    pub marker: Share,
    /// and around general words.
    pub word: Share,
}

/// What is kept on account of marks of one class.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// Lines before a mark,
    pub before: u64,
    /// and after it.
    pub after: u64,
    /// The size of what is kept around the first marks,
    pub first: usize,
    /// and around the last.
    pub last: usize,
    /// How many marks stay, counted from the first,
    pub first_marks: usize,
    /// and from the last.
    pub last_marks: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            block: 128 << 10,
            line: 16 << 10,
            whole: 22 << 20,
            head: 1 << 20,
            tail: 8 << 20,
            signature: Share {
                before: 30,
                after: 130,
                first: 2 << 20,
                last: 4 << 20,
                first_marks: 4_000,
                last_marks: 30_000,
            },
            marker: Share {
                before: 400,
                after: 5,
                first: 1 << 20,
                last: 3 << 20,
                first_marks: 4_000,
                last_marks: 20_000,
            },
            word: Share {
                before: 2,
                after: 10,
                first: 512 << 10,
                last: 1 << 20,
                first_marks: 2_000,
                last_marks: 20_000,
            },
        }
    }
}

impl Limits {
    /// The shares by class, as [`super::Marks`] numbers them.
    pub(super) fn shares(&self) -> [Share; 3] {
        [self.word, self.marker, self.signature]
    }
}
