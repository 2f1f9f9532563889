//! What the gate judges: facts about one change, and what is asked about it.

use super::codeowners::CodeOwners;
use super::text::PatchText;
use super::{kinds, lines, test_code};
use crate::model::{EntryKind, FileChange, Status};
use bstr::{BStr, BString, ByteSlice};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// Everything that is known of one change.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What really changes, by path. Empty when a patch was not applied.
    pub changes: Vec<Change>,
    /// The text, when a patch is judged and not a range of commits.
    pub written: Option<Written>,
    /// For each folder (`""`, or ending in `/`) on the way to a path that arrives: what it has after the change.
    pub folders: Folders,
    /// Symbolic links of the base that stand on the way to a path that is named.
    pub links: BTreeSet<BString>,
    /// Who owns what, by the base.
    pub owners: Option<CodeOwners>,
    /// What a command takes for the base, a word for a shell; empty for what is checked out.
    pub base: String,
    /// What of the change could not be read, so that there may be more to object to; `None` when all of it is known.
    pub gap: Option<String>,
    /// Folders (`""`, or ending in `/`) that the change leaves out of order, or with a name in them twice.
    pub forged: Vec<BString>,
}

/// Names in folders, by the folder's path.
pub type Folders = BTreeMap<BString, Vec<BString>>;

/// One file that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Names, modes and numbers.
    pub file: FileChange,
    /// The lines, for text (of a link: where it leads) that is not larger than the policy allows; else empty.
    pub edit: Edit,
    /// What was there, as a whole.
    pub old: Content,
    /// What is there now, as a whole.
    pub new: Content,
}

/// What the lines that differ do not show of a content. [`Content::read`] makes it; nothing is known of submodules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Text or not.
    pub form: Form,
    /// Whether anybody can read it, NUL bytes aside: UTF-8 without control characters but those that text is laid out
    /// with. What git takes for text may well be a PDF.
    pub plain: bool,
    /// Its code of tests: first and last lines, counted from 1, in order. Empty for what is too large to look at.
    pub tests: Vec<RangeInclusive<u64>>,
    /// The tests that begin in it, in order.
    pub cases: Vec<TestCase>,
    /// What it locks, if it is a lock file: in order, and of a very long one the beginning.
    pub locked: Vec<Locked>,
}

/// A test that begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// Where its name stands.
    pub line: u64,
    /// Its name; empty when none was found.
    pub title: BString,
}

/// A dependency in a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// Its name.
    pub name: BString,
    /// The version, as it is written.
    pub version: BString,
    /// The lines that say so: from its name to its version, counted from 1.
    pub lines: RangeInclusive<u64>,
}

/// What a content is to git.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// No content, or none at all.
    #[default]
    Empty,
    /// A diff shows it.
    Text,
    /// It has a NUL among its first 8,000 bytes: a diff says that it differs, and no more.
    Binary,
}

/// Lines that came and lines that went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// With their numbers in the new file.
    pub added: Vec<Line>,
    /// With their numbers in the old file.
    pub removed: Vec<Line>,
}

/// One line, without its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Its bytes.
    pub text: BString,
}

/// The text of a patch, and what became of it.
#[derive(Clone, Debug)]
pub struct Written {
    /// What it claims.
    pub text: PatchText,
    /// What git said to it.
    pub outcome: Outcome,
}

/// What git said to a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not asked: the text alone is reason enough to refuse it.
    NotTried,
    /// It was applied; [`Facts::changes`] is what it did.
    Applied,
    /// It was refused, in these words (English, one visible line).
    Refused(String),
}

/// What is asked about the change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ask {
    /// The failed job that the change is to mend.
    pub job: Option<String>,
    /// How sure its author is, from 0 to 1.
    pub confidence: Option<f64>,
    /// What the checks of the change said; `None` when nobody speaks of checks, as at a push.
    pub checks: Option<Checks>,
}

/// What checks said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// All well.
    Green,
    /// Something failed.
    Red,
    /// They have not run, or nobody knows.
    Unknown,
}

/// A path that a change names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched<'f> {
    /// The path.
    pub path: &'f BStr,
    /// What happens there.
    pub how: How,
}

/// What happens at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It was not there before.
    Arrives,
    /// It was there and stays.
    Changes,
    /// It goes away.
    Leaves,
    /// It is copied from and stays as it is.
    IsRead,
}

impl Content {
    /// Look at a content. `path` says in which language its tests are written.
    pub fn read(path: &BStr, content: &[u8]) -> Content {
        let form = match content {
            [] => Form::Empty,
            _ if lines::is_binary(content) => Form::Binary,
            _ => Form::Text,
        };
        if form != Form::Text {
            return Content { form, ..Content::default() };
        }
        let plain = is_plain(content);
        let tests = test_code::spans(path, content);
        let cases = test_code::cases(path, content, &tests);
        let locked = kinds::locked(path, content);
        Content { form, plain, tests, cases, locked }
    }
}

/// Tab, line feed, form feed, carriage return and escape are in many a text; NUL is for `binary_in_text`.
fn is_plain(content: &[u8]) -> bool {
    let laid_out = |byte: u8| matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | 0x1b);
    content.iter().all(|&byte| byte >= 0x20 && byte != 0x7f || laid_out(byte)) && content.is_utf8()
}

impl Facts {
    /// The command that writes a patch as git applies it, whatever is configured.
    pub(super) fn make_patch(&self) -> String {
        let base = self.base();
        format!("git diff --no-color --no-ext-diff --binary --src-prefix=a/ --dst-prefix=b/ {base} > fix.patch")
    }

    /// What a command in a hint takes for the base.
    pub(super) fn base(&self) -> &str {
        if self.base.is_empty() { "HEAD" } else { &self.base }
    }

    /// Every path that the change names, in order: both names of a rename, and the source of a copy, which only the text
    /// knows. When a patch was not applied, what the text claims.
    pub fn touched(&self) -> Vec<Touched<'_>> {
        let mut touched = Vec::new();
        for Change { file, .. } in &self.changes {
            let how = match file.status {
                Status::Added | Status::Renamed | Status::Copied => How::Arrives,
                Status::Modified | Status::TypeChanged => How::Changes,
                Status::Deleted => How::Leaves,
            };
            touched.push(Touched { path: file.path.as_bstr(), how });
            if let (Status::Renamed, Some(old)) = (file.status, &file.old_path) {
                touched.push(Touched { path: old.as_bstr(), how: How::Leaves });
            }
        }
        if let Some(written) = &self.written {
            let applied = written.outcome == Outcome::Applied;
            let claimed = written.text.touched().filter(|touched| !applied || touched.how == How::IsRead);
            touched.extend(claimed);
        }
        touched.sort_by_key(|touched| (touched.path, touched.how));
        touched.dedup();
        touched
    }

    /// The paths that arrive, in order, each once.
    pub fn arriving(&self) -> impl Iterator<Item = &BStr> {
        self.touched().into_iter().filter(|touched| touched.how == How::Arrives).map(|touched| touched.path)
    }

    /// Where symbolic links come or change. When a patch was not applied, where the text claims it.
    pub fn made_links(&self) -> BTreeSet<&BStr> {
        let is_link = |change: &&Change| change.file.new.is_some_and(|new| new.kind() == EntryKind::Symlink);
        let made = self.changes.iter().filter(is_link).map(|change| change.file.path.as_bstr());
        let refused = self.written.iter().filter(|written| written.outcome != Outcome::Applied);
        let claims = refused.flat_map(|written| &written.text.claims);
        let claimed = claims.filter(|claim| claim.new_mode.is_some_and(|mode| mode & 0o170_000 == 0o120_000));
        made.chain(claimed.filter_map(|claim| claim.new.as_ref().map(|new| new.as_bstr()))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_can_read() {
        for (content, want) in [
            (&b"fn a() {}\r\n\tx\n"[..], true),
            ("größe 日本\x0c\n".as_bytes(), true),
            (b"\x1b[31mred", true),
            (b"latin \xe9", false),
            (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", false),
            (b"bell \x07", false),
            (b"\x7fELF", false),
            (b"a\0b", false),
            (b"", false),
        ] {
            assert_eq!(Content::read("a".into(), content).plain, want, "{content:?}");
        }
        let late = [&b"x".repeat(9000)[..], b"\0\n"].concat();
        assert!(Content::read("a".into(), &late).plain, "NUL where git does not look");
    }
}
