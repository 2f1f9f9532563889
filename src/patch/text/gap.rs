//! What stands before, between and after patches, where git looks for the next header and passes over everything else.
//!
//! Before the first patch anything may stand that does not look like a patch. Behind one, only what tools write there: the
//! mails of a series, the commits of `git log -p`, a mail's signature, the lines that `diff -r` and others put above a
//! patch. Everything else is text that a reader takes for part of the change, and git does not.

use super::FlawKind;
use super::cursor::{Lines, bare, is_blank};
use super::forms;
use bstr::ByteSlice;

/// The text up to the next patch.
#[derive(Debug)]
pub(super) struct Gap<'t> {
    place: Place,
    /// Something was said of this gap, or of the text before all patches; the rest of it follows from that.
    is_told: bool,
    /// A form of patch that stands where a commit message may talk of one: it counts when there is nothing else.
    hidden: Option<(u64, FlawKind)>,
    /// What parts the pieces of a mail with attachments.
    boundary: Option<&'t [u8]>,
    /// A mail that only `git am` can read was named.
    is_encoded: bool,
    /// The forms that were named: each once, not for each of its files.
    told: Vec<&'static str>,
}

/// Where we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first patch, in nobody's mail.
    Before,
    /// Behind a patch.
    Behind,
    /// Behind the line `-- ` of a mail; one line of signature may still come.
    Signature { is_open: bool },
    /// In a mail, up to its patch.
    Mail,
    /// In the words of a commit as `git log` and `git show` print them, up to its patch.
    Commit,
}

impl<'t> Gap<'t> {
    /// The gap before the first patch.
    pub(super) fn before_the_first() -> Gap<'t> {
        Gap { place: Place::Before, is_told: false, hidden: None, boundary: None, is_encoded: false, told: Vec::new() }
    }

    /// A patch ends here.
    pub(super) fn begin(&mut self) {
        self.place = Place::Behind;
        self.is_told = false;
    }

    /// Whether this is the message of a commit.
    pub(super) fn is_message(&self) -> bool {
        matches!(self.place, Place::Mail | Place::Commit)
    }

    /// A form of patch that was taken for the talk of a commit message.
    pub(super) fn hidden(self) -> Option<(u64, FlawKind)> {
        self.hidden
    }

    /// Look at a line that begins no patch. `after` is what follows it.
    pub(super) fn line(&mut self, number: u64, line: &'t [u8], after: Lines<'t>) -> Option<FlawKind> {
        if is_blank(line) && !(line.starts_with(b" ") && self.place == Place::Behind) {
            return None;
        }
        if is_encoded(line) {
            let kind = FlawKind::Unsupported(ENCODED);
            return (!std::mem::replace(&mut self.is_encoded, true)).then_some(kind);
        }
        if let Some(place) = introduction(line, after.peek()) {
            (self.place, self.is_told) = (place, false);
            return None;
        }
        if self.place == Place::Commit && line.starts_with(b"    ") {
            return None;
        }
        if let Some((name, may_be_talk)) = forms::of(line, after)
            && self.place != (Place::Signature { is_open: true })
        {
            return self.form(number, name, may_be_talk);
        }
        if self.is_told {
            return None;
        }
        match self.place {
            Place::Before | Place::Mail => {
                self.learn_boundary(line);
                None
            }
            // `git log --stat -p` has lines that begin with a space.
            Place::Commit if line.starts_with(b"---") || !matches!(line[0], b'+' | b'-' | b'\\') => None,
            Place::Signature { is_open: true } => {
                self.place = Place::Signature { is_open: false };
                None
            }
            Place::Behind if is_signature(line, after.peek()) => {
                self.place = Place::Signature { is_open: true };
                None
            }
            Place::Behind | Place::Signature { .. } if self.is_furniture(line, after.peek()) => None,
            Place::Commit => self.tell(FlawKind::LeftOver),
            Place::Behind if is_hunk_line(line) => self.tell(FlawKind::LeftOver),
            Place::Behind | Place::Signature { .. } => self.tell(FlawKind::Prose),
        }
    }

    fn tell(&mut self, kind: FlawKind) -> Option<FlawKind> {
        self.is_told = true;
        Some(kind)
    }

    fn form(&mut self, number: u64, name: &'static str, may_be_talk: bool) -> Option<FlawKind> {
        let kind = FlawKind::Unsupported(name);
        if may_be_talk && self.is_message() {
            self.hidden.get_or_insert((number, kind));
            return None;
        }
        // Between patches the lines that follow belong to it; a header without numbers belongs to what came before.
        let follows = self.is_told && may_be_talk;
        self.is_told = true;
        if follows || self.told.contains(&name) {
            return None;
        }
        self.told.push(name);
        Some(kind)
    }

    /// `Content-Type: multipart/mixed; boundary="----…"`
    fn learn_boundary(&mut self, line: &'t [u8]) {
        if let Some((_, rest)) = line.split_once_str("boundary=\"")
            && let Some((boundary, _)) = rest.split_once_str("\"")
        {
            self.boundary = Some(boundary);
        }
    }

    /// Whether tools put this line around patches.
    fn is_furniture(&self, line: &[u8], next: &[u8]) -> bool {
        let line = bare(line);
        let boundary = self.boundary.is_some_and(|boundary| {
            let rest = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary));
            matches!(rest, Some(b"" | b"--"))
        });
        let id = line.strip_prefix(b"base-commit: ").or_else(|| line.strip_prefix(b"prerequisite-patch-id: "));
        let based = id.is_some_and(is_id);
        let rule = |line: &[u8]| line.len() >= 20 && line.iter().all(|&byte| byte == b'=');
        let above = next.starts_with(b"--- ") || next.starts_with(b"diff ");
        let command = line.starts_with(b"diff -") && next.starts_with(b"--- ");
        let index = line.starts_with(b"Index: ") && (above || rule(bare(next)));
        boundary || based || command || index || (rule(line) && above)
    }
}

/// What a mail is called whose text stands in it in another form.
const ENCODED: &str = "a mail in base64 or quoted-printable, which git am decodes and git apply does not";

/// Whether a mail, or a part of one, has its text in another form than it reads.
fn is_encoded(line: &[u8]) -> bool {
    const FIELD: &[u8] = b"content-transfer-encoding:";
    let value = line.get(..FIELD.len()).filter(|name| name.eq_ignore_ascii_case(FIELD)).map(|_| &line[FIELD.len()..]);
    let as_it_is =
        |value: &[u8]| [&b"7bit"[..], b"8bit", b"binary"].iter().any(|plain| value.eq_ignore_ascii_case(plain));
    value.is_some_and(|value| !as_it_is(value.trim_ascii()))
}

/// Whether a line could stand in a hunk.
fn is_hunk_line(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'+' | b'-' | b' ' | b'\\'))
}

/// The first line of a mail of a series, or of a commit in `git log`.
fn introduction(line: &[u8], next: &[u8]) -> Option<Place> {
    if line.starts_with(b"From ") {
        let end = next.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-').unwrap_or(next.len());
        return (end > 0 && next[end..].starts_with(b": ")).then_some(Place::Mail);
    }
    let rest = line.strip_prefix(b"commit ")?;
    let id = rest.split(|byte| byte.is_ascii_whitespace()).next()?;
    is_id(id).then_some(Place::Commit)
}

/// Whether it is the full id of an object.
fn is_id(text: &[u8]) -> bool {
    matches!(text.len(), 40 | 64) && text.iter().all(u8::is_ascii_hexdigit)
}

/// `-- `, with no line of a hunk behind it: then it is a removed `- `.
fn is_signature(line: &[u8], next: &[u8]) -> bool {
    matches!(bare(line), b"-- " | b"--") && (is_blank(next) || !is_hunk_line(next))
}
