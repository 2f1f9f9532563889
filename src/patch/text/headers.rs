//! Headers: the lines above the hunks of one file, under `diff --git` or without it.
//!
//! They are read in git's order and with git's state: a later line sees what an earlier one said. What git would only
//! stumble over later (a header that says nothing, a new file with an old name) ends here.

use super::cursor::{Lines, is_space};
use super::names::{Name, Strip, in_git_header, in_traditional_header, is_dev_null, of_both_sides};
use super::stamps::is_epoch;
use super::{Claim, FlawKind};
use bstr::BString;
use memchr::memchr;

/// What a header says.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) old: Option<BString>,
    pub(super) new: Option<BString>,
    is_new: bool,
    is_deleted: bool,
    is_rename: bool,
    is_copy: bool,
    old_mode: Option<u32>,
    new_mode: Option<u32>,
    /// It stands under `diff --git`.
    is_git: bool,
}

/// Why a header is none.
type Fault = (u64, FlawKind);

fn broken(line: u64, why: &str) -> Fault {
    (line, FlawKind::Broken(why.into()))
}

impl Header {
    /// Read a header that begins with `diff --git `.
    pub(super) fn git(lines: &mut Lines<'_>, strip: Strip) -> Result<Header, Fault> {
        let start = lines.number();
        let first = lines.take();
        is_sound(first).map_err(|kind| (start, kind))?;
        let names = first.strip_prefix(b"diff --git ").unwrap_or_default();
        let both = of_both_sides(names, strip).map_err(|kind| (start, kind))?;
        let mut header = Header { is_git: true, ..Header::default() };
        let mut read = 0;
        loop {
            let line = lines.peek();
            let Some((key, rest)) = Key::of(line) else { break };
            let number = lines.number();
            if !line.ends_with(b"\n") {
                return Err(broken(number, "the text ends in the middle of a header line"));
            }
            is_sound(line).map_err(|kind| (number, kind))?;
            header.line(key, rest, &both, strip).map_err(|kind| (number, kind))?;
            lines.skip(line);
            read += 1;
        }
        // git would go on, and take what this line says over into the next header.
        if read == 0 {
            return Err(broken(start, "a `diff --git` line has nothing under it that says what changes"));
        }
        header.settle(both).map_err(|kind| (start, kind))?;
        Ok(header)
    }

    /// One line of a header. git has changes of kind that exclude each other once only.
    fn line(&mut self, key: Key, rest: &[u8], both: &Option<BString>, strip: Strip) -> Result<(), FlawKind> {
        match key {
            Key::Old => verify(&mut self.old, self.is_new, rest, strip)?,
            Key::New => verify(&mut self.new, self.is_deleted, rest, strip)?,
            Key::OldMode => self.old_mode = Some(mode(rest)?),
            Key::NewMode => self.new_mode = Some(mode(rest)?),
            Key::Deleted => {
                self.is_deleted = true;
                self.old.clone_from(both);
                self.old_mode = Some(mode(rest)?);
            }
            Key::Created => {
                self.is_new = true;
                self.new.clone_from(both);
                self.new_mode = Some(mode(rest)?);
            }
            Key::CopyFrom => (self.is_copy, self.old) = (true, in_git_header(rest, strip.one_less(), false)?),
            Key::CopyTo => (self.is_copy, self.new) = (true, in_git_header(rest, strip.one_less(), false)?),
            Key::RenameFrom => (self.is_rename, self.old) = (true, in_git_header(rest, strip.one_less(), false)?),
            Key::RenameTo => (self.is_rename, self.new) = (true, in_git_header(rest, strip.one_less(), false)?),
            Key::Index => {
                if let Some(written) = index_mode(rest) {
                    let written = mode(written)?;
                    if self.old_mode.is_some_and(|old| canonical(old) != canonical(written)) {
                        return Err(FlawKind::Broken("two lines of a header give the old file different modes".into()));
                    }
                    self.old_mode = Some(written);
                }
            }
            Key::Comment => {}
        }
        let kinds = [self.is_new, self.is_deleted, self.is_rename, self.is_copy];
        if kinds.into_iter().filter(|&is| is).count() > 1 {
            return Err(FlawKind::Broken(
                "a header makes two things of one file (new, deleted, renamed, copied)".into(),
            ));
        }
        Ok(())
    }

    /// Names that no line gave are those of the first line.
    fn settle(&mut self, both: Option<BString>) -> Result<(), FlawKind> {
        if self.old.is_none() && self.new.is_none() {
            (self.old, self.new) = (both.clone(), both);
        }
        let why = match (&self.old, &self.new) {
            (Some(_), _) if self.is_new => "a new file has an old name",
            (_, Some(_)) if self.is_deleted => "a deleted file has a new name",
            (None, _) if !self.is_new => "a header does not name the old file",
            (_, None) if !self.is_deleted => "a header does not name the new file",
            (old, new) if [old, new].into_iter().flatten().any(|name| name.is_empty()) => "a header has an empty name",
            _ => return Ok(()),
        };
        Err(FlawKind::Broken(why.into()))
    }

    /// Read `--- ` and `+++ ` with no `diff --git` above them.
    pub(super) fn traditional(lines: &mut Lines<'_>, strip: &mut Strip) -> Result<Header, Fault> {
        let start = lines.number();
        let (first, second) = (lines.take(), lines.take());
        is_sound(first).and_then(|()| is_sound(second)).map_err(|kind| (start, kind))?;
        let (first, second) = (&first[4..], &second[4..]);
        is_relative(first).and_then(|()| is_relative(second)).map_err(|kind| (start, kind))?;
        strip.learn(second).map_err(|kind| (start, kind))?;
        let strip = *strip;
        let name = |line, other| in_traditional_header(line, other, strip).map_err(|kind| (start, kind));
        let mut header = Header::default();
        let name = if is_dev_null(first) {
            header.is_new = true;
            name(second, None)?
        } else if is_dev_null(second) {
            header.is_deleted = true;
            name(first, None)?
        } else {
            let other = name(first, None)?;
            header.is_new = is_epoch(first);
            header.is_deleted = !header.is_new && is_epoch(second);
            name(second, other.as_ref())?
        };
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            return Err(broken(start, "`---` and `+++` name no file below a first folder"));
        };
        header.old = (!header.is_new).then(|| name.clone());
        header.new = (!header.is_deleted).then_some(name);
        Ok(header)
    }

    /// Whether it changes something without any hunk.
    pub(super) fn is_enough(&self) -> bool {
        let modes = self.old_mode.zip(self.new_mode).is_some_and(|(old, new)| canonical(old) != canonical(new));
        self.is_git && (self.is_new || self.is_deleted || self.is_rename || self.is_copy || modes)
    }

    /// Whether there can be lines of an old file, and of a new one.
    pub(super) fn sides(&self) -> (bool, bool) {
        (!self.is_new, !self.is_deleted)
    }

    /// What it claims, with no lines yet.
    pub(super) fn claim(self, line: u64) -> Claim {
        Claim {
            line,
            old: self.old,
            new: self.new,
            is_copy: self.is_copy,
            old_mode: self.old_mode,
            new_mode: self.new_mode,
            added: 0,
            deleted: 0,
            binary: None,
        }
    }
}

impl Strip {
    /// `rename from` and its like have no `a/` in front.
    fn one_less(self) -> Strip {
        Strip::None
    }

    /// The first traditional patch that makes a file without any folder settles it for everything that follows, patches
    /// under `diff --git` included.
    fn learn(&mut self, second: &[u8]) -> Result<(), FlawKind> {
        if !is_dev_null(second) {
            let name = in_traditional_header(second, None, Strip::None)?;
            if name.is_some_and(|name| memchr(b'/', &name).is_none()) {
                *self = Strip::None;
            }
        }
        Ok(())
    }
}

/// What a header line is about.
#[derive(Clone, Copy)]
enum Key {
    Old,
    New,
    OldMode,
    NewMode,
    Deleted,
    Created,
    CopyFrom,
    CopyTo,
    RenameFrom,
    RenameTo,
    Index,
    Comment,
}

impl Key {
    const ALL: [(&'static [u8], Key); 15] = [
        (b"--- ", Key::Old),
        (b"+++ ", Key::New),
        (b"index ", Key::Index),
        (b"old mode ", Key::OldMode),
        (b"new mode ", Key::NewMode),
        (b"deleted file mode ", Key::Deleted),
        (b"new file mode ", Key::Created),
        (b"copy from ", Key::CopyFrom),
        (b"copy to ", Key::CopyTo),
        (b"rename old ", Key::RenameFrom),
        (b"rename new ", Key::RenameTo),
        (b"rename from ", Key::RenameFrom),
        (b"rename to ", Key::RenameTo),
        (b"similarity index ", Key::Comment),
        (b"dissimilarity index ", Key::Comment),
    ];

    fn of(line: &[u8]) -> Option<(Key, &[u8])> {
        Key::ALL.into_iter().find_map(|(word, key)| Some((key, line.strip_prefix(word)?)))
    }
}

/// `--- ` or `+++ ` under `diff --git`: it gives the name, or says again what is known.
fn verify(name: &mut Option<BString>, is_absent: bool, line: &[u8], strip: Strip) -> Result<(), FlawKind> {
    let fail = |why: &str| Err(FlawKind::Broken(why.into()));
    is_relative(line)?;
    if !is_absent && is_dev_null(line) {
        return fail("`/dev/null` stands for a file of which no line says that it is made or deleted");
    }
    let another = |line| -> Name { in_git_header(line, strip, true) };
    match (name.as_ref(), is_absent) {
        (None, false) => *name = another(line)?,
        (None, true) if !is_dev_null(line) => return fail("a side that is not there is named instead of `/dev/null`"),
        (None, true) => {}
        (Some(_), true) => return fail("a header names a file and says that it is not there"),
        (Some(known), false) if another(line)?.as_ref() != Some(known) => {
            return fail("two lines of a header name one file differently");
        }
        (Some(_), false) => {}
    }
    Ok(())
}

/// A mode: octal digits and then white space.
fn mode(text: &[u8]) -> Result<u32, FlawKind> {
    let end = text.iter().position(|byte| !matches!(byte, b'0'..=b'7')).unwrap_or(text.len());
    let ends_well = text.get(end).is_some_and(|&byte| is_space(byte));
    let digits = std::str::from_utf8(&text[..end]).ok().filter(|_| ends_well);
    let mode = digits.and_then(|digits| u32::from_str_radix(digits, 8).ok());
    mode.ok_or_else(|| FlawKind::Broken("a file mode is no octal number".into()))
}

/// The mode that git makes of one.
fn canonical(mode: u32) -> u32 {
    match mode & 0o170_000 {
        0o100_000 if mode & 0o100 != 0 => 0o100_755,
        0o100_000 => 0o100_644,
        0o120_000 => 0o120_000,
        0o040_000 => 0o040_000,
        _ => 0o160_000,
    }
}

/// The mode in `index 12ab..34cd 100644`.
fn index_mode(rest: &[u8]) -> Option<&[u8]> {
    const LONGEST_ID: usize = 64;
    let dots = memchr(b'.', rest).filter(|&dots| dots <= LONGEST_ID && rest.get(dots + 1) == Some(&b'.'))?;
    let second = &rest[dots + 2..];
    let space = memchr(b' ', second).filter(|&space| space <= LONGEST_ID)?;
    Some(&second[space + 1..])
}

/// To git a NUL ends a name; to everything else it is one more byte of it. And what names can never fill costs git more
/// time with every byte.
fn is_sound(line: &[u8]) -> Result<(), FlawKind> {
    /// Two names, quoted byte by byte.
    const LONGEST: usize = 40_000;
    if line.len() > LONGEST {
        return Err(FlawKind::Broken(format!("a header line of {} bytes names no file", line.len())));
    }
    match memchr(0, line) {
        Some(_) => Err(FlawKind::Broken("a header line holds a NUL".into())),
        None => Ok(()),
    }
}

/// A name that begins at the root of a file system: git cuts that off, and a reader reads of another place.
fn is_relative(line: &[u8]) -> Result<(), FlawKind> {
    let name = line.strip_prefix(b"\"").unwrap_or(line);
    let drive = matches!(name, [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    if !is_dev_null(line) && (drive || name.starts_with(b"/")) {
        return Err(FlawKind::Absolute);
    }
    Ok(())
}
