//! What the text of a patch claims, read byte by byte by git's own counting rule.
//!
//! The claims decide nothing: git applies the patch, and the trees before and after tell what it does. They are compared
//! with that, and whatever git would pass over in silence is named.

use super::facts::{How, Touched};
use bstr::{BString, ByteSlice};

/// A text, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchText {
    /// What it claims, in its order. One file may stand there several times.
    pub claims: Vec<Claim>,
    /// What is wrong with it, in its order. With any of these the patch is refused, whatever git makes of it.
    pub flaws: Vec<Flaw>,
}

/// One patch of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The line it begins at, counted from 1.
    pub line: u64,
    /// The name before, as git takes it (prefix stripped, quoting undone); `None` for a file that is created.
    pub old: Option<BString>,
    /// The name after; `None` for a file that is deleted.
    pub new: Option<BString>,
    /// Whether the old name stays as it is: a copy.
    pub is_copy: bool,
    /// Modes as they are written, where they are.
    pub old_mode: Option<u32>,
    /// See `old_mode`.
    pub new_mode: Option<u32>,
    /// `+` lines.
    pub added: u64,
    /// `-` lines.
    pub deleted: u64,
    /// A binary patch: how many bytes its result has by its own words.
    pub binary: Option<u64>,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, counted from 1.
    pub line: u64,
    /// What it is.
    pub kind: FlawKind,
}

/// What can be wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlawKind {
    /// There is no patch in it.
    NoPatch,
    /// It is, or holds, a patch in a form that git passes over; the form by name (`a combined diff`).
    Unsupported(&'static str),
    /// git stops here; why.
    Broken(String),
    /// A hunk is followed by more lines of its kind than it counts; git drops them.
    LeftOver,
    /// Text that belongs to no patch stands between or after patches.
    Prose,
    /// A byte order mark stands before the first line, which git then does not know.
    ByteOrderMark,
    /// A name whose quoting is broken.
    Quoting,
}

/// Read a text.
pub fn read(_text: &[u8]) -> PatchText {
    PatchText::default()
}

impl PatchText {
    /// The paths it claims to touch.
    pub fn touched(&self) -> impl Iterator<Item = Touched<'_>> {
        self.claims.iter().flat_map(|claim| {
            let how_old = match (&claim.new, claim.is_copy) {
                (_, true) => How::IsRead,
                (Some(new), false) if Some(new) == claim.old.as_ref() => How::Changes,
                _ => How::Leaves,
            };
            let old = claim.old.as_ref().map(|path| Touched { path: path.as_bstr(), how: how_old });
            let new = claim.new.as_ref().filter(|new| Some(*new) != claim.old.as_ref());
            let new = new.map(|path| Touched { path: path.as_bstr(), how: How::Arrives });
            [old, new].into_iter().flatten()
        })
    }
}
