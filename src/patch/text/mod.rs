//! What the text of a patch claims, read byte by byte by git's own counting rule.
//!
//! The claims decide nothing: git applies the patch, and the trees before and after tell what it does. They are compared
//! with that, and whatever git would pass over in silence is named. Where git versions differ, or a text could be meant in
//! two ways, it is refused. One pass, no recursion, any bytes.

mod binary;
mod cursor;
mod forms;
mod gap;
mod headers;
mod hunks;
mod names;
mod stamps;

use super::facts::{How, Touched};
use bstr::{BStr, BString, ByteSlice};
use cursor::Lines;
use gap::Gap;
use headers::Header;
use names::Strip;

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
    /// A name that begins at the root of a file system.
    Absolute,
}

/// Bytes of one name that file systems take.
pub(super) const LONGEST_NAME: usize = 255;

/// Bytes of a path that they take; git's own index cuts longer ones short.
pub(super) const LONGEST_PATH: usize = 4094;

/// Whether a name is denied for its length: as a whole whatever happens there, part by part where it is new.
fn is_too_long(path: &BStr, how: How) -> bool {
    path.len() > LONGEST_PATH || how == How::Arrives && path.split_str("/").any(|name| name.len() > LONGEST_NAME)
}

/// Read a text.
pub fn read(text: &[u8]) -> PatchText {
    const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
    let mut reader = Reader { strip: Strip::One, read: PatchText::default() };
    if forms::is_utf16(text) {
        reader.flaw((1, FlawKind::Unsupported("UTF-16 text")));
        return reader.read;
    }
    let unmarked = text.strip_prefix(BYTE_ORDER_MARK);
    if unmarked.is_some() {
        reader.flaw((1, FlawKind::ByteOrderMark));
    }
    let mut lines = Lines::new(unmarked.unwrap_or(text));
    let mut gap = Gap::before_the_first();
    while !lines.rest().is_empty() {
        match reader.patch(&mut lines, &gap) {
            Ok(true) => gap.begin(),
            Ok(false) => {
                let number = lines.number();
                let line = lines.take();
                if let Some(kind) = gap.line(number, line, lines) {
                    reader.flaw((number, kind));
                }
            }
            Err(flaw) => {
                reader.flaw(flaw);
                return reader.read;
            }
        }
    }
    if reader.read.claims.is_empty() && reader.read.flaws.is_empty() {
        reader.flaw(gap.hidden().unwrap_or((1, FlawKind::NoPatch)));
    }
    reader.read
}

/// What is kept from one patch to the next.
struct Reader {
    strip: Strip,
    read: PatchText,
}

impl Reader {
    fn flaw(&mut self, (line, kind): (u64, FlawKind)) {
        self.read.flaws.push(Flaw { line, kind });
    }

    /// Read the patch of one file, if one begins at this line.
    fn patch(&mut self, lines: &mut Lines<'_>, gap: &Gap<'_>) -> Result<bool, (u64, FlawKind)> {
        let start = lines.number();
        let Some(header) = self.header(lines, gap)? else { return Ok(false) };
        let hunks = hunks::read(lines, header.sides())?;
        let mut binary = None;
        if hunks.count == 0 {
            let line = lines.peek();
            if line == binary::MARK {
                lines.skip(line);
                binary = Some(binary::read(lines)?);
            } else if forms::is_binary_without_data(line) {
                let why = "a binary file changes, and its data is not in the patch";
                return Err((lines.number(), FlawKind::Broken(why.into())));
            } else if !header.is_enough() {
                let why = "a header has no hunk under it, and changes nothing by itself";
                return Err((start, FlawKind::Broken(why.into())));
            }
        }
        let (added, deleted) = (hunks.added, hunks.deleted);
        self.read.claims.push(Claim { added, deleted, binary, ..header.claim(start) });
        Ok(true)
    }

    /// Read the header of a patch, if one begins at this line.
    fn header(&mut self, lines: &mut Lines<'_>, gap: &Gap<'_>) -> Result<Option<Header>, (u64, FlawKind)> {
        /// git does not look for a header so near to the end.
        const SHORTEST_REST: usize = 6;
        /// The shortest hunk header.
        const SHORTEST_HUNK: usize = 14;
        let broken = |why: &str| Err((lines.number(), FlawKind::Broken(why.into())));
        let line = lines.peek();
        match line.first() {
            Some(b'@') if line.starts_with(b"@@ -") => broken("a hunk has no file header above it"),
            Some(b'd') if line.starts_with(b"diff --git ") => {
                if lines.rest().len() < line.len() + SHORTEST_REST {
                    return broken("a `diff --git` line has nothing under it that says what changes");
                }
                Header::git(lines, self.strip).map(Some)
            }
            Some(b'-') if line.starts_with(b"--- ") => {
                let second = lines.after(line);
                let third = second.after(second.peek());
                if !second.rest().starts_with(b"+++ ") {
                    Ok(None)
                } else if third.rest().starts_with(b"@@ -") && third.rest().len() >= SHORTEST_HUNK {
                    Header::traditional(lines, &mut self.strip).map(Some)
                } else if gap.is_message() || third.rest().starts_with(b"@@@") {
                    Ok(None)
                } else {
                    broken("`---` and `+++` have no hunk under them")
                }
            }
            _ => Ok(None),
        }
    }
}

impl PatchText {
    /// Whether no judgement of what git makes of it could let it pass, so that git need not be asked: it has flaws; names or
    /// a content beyond the limits; or more files than allowed that are made out of next to no text, as copies are.
    pub fn is_refused_unread(&self, max_files: u64, max_bytes: u64) -> bool {
        let grows = |claim: &&Claim| {
            claim.binary.is_some() || claim.old.is_some() && claim.new.is_some() && claim.old != claim.new
        };
        !self.flaws.is_empty()
            || self.claims.iter().filter_map(|claim| claim.binary).any(|size| size > max_bytes)
            || self.claims.iter().filter(grows).count() as u64 > max_files
            || self.touched().any(|touched| is_too_long(touched.path, touched.how))
    }

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

#[cfg(test)]
mod tests;
