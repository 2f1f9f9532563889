//! A change between two trees, as plain data: what the patch gate judges and its printers list.

use super::Oid;
use bstr::BString;

/// What a tree has at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    /// The mode exactly as the tree object has it, odd ones included.
    pub mode: u32,
    /// The blob, or the commit of a submodule.
    pub id: Oid,
}

/// What kind of thing a mode says an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file, executable or not.
    Regular,
    /// A symbolic link: its content is where it leads.
    Symlink,
    /// A submodule: a commit of another repository.
    Gitlink,
    /// Nothing that git writes outside of folders.
    Other,
}

impl Entry {
    /// What it is.
    pub fn kind(&self) -> EntryKind {
        match self.mode & 0o170_000 {
            0o100_000 => EntryKind::Regular,
            0o120_000 => EntryKind::Symlink,
            0o160_000 => EntryKind::Gitlink,
            _ => EntryKind::Other,
        }
    }

    /// Whether it is a file that may be run.
    pub fn is_executable(&self) -> bool {
        self.kind() == EntryKind::Regular && self.mode & 0o111 != 0
    }
}

/// How a file changed, in the words of `git diff --raw`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// There was nothing.
    Added,
    /// There is nothing any more.
    Deleted,
    /// Other content or another permission.
    Modified,
    /// Another kind of thing: a file became a link.
    TypeChanged,
    /// It stood under another name, which is gone.
    Renamed,
    /// It was made from a file that is still there; only the text of a patch can say so.
    Copied,
}

impl Status {
    /// git's letter for it.
    pub fn letter(self) -> &'static str {
        match self {
            Status::Added => "A",
            Status::Deleted => "D",
            Status::Modified => "M",
            Status::TypeChanged => "T",
            Status::Renamed => "R",
            Status::Copied => "C",
        }
    }
}

/// One file of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Its name now; of a deleted file, the name it had.
    pub path: BString,
    /// The other name of a rename or copy.
    pub old_path: Option<BString>,
    /// How it changed.
    pub status: Status,
    /// What was there; `None` for what is added. Of a rename or copy, what stands or stood at `old_path`.
    pub old: Option<Entry>,
    /// What is there now; `None` for what is deleted.
    pub new: Option<Entry>,
    /// How many bytes it has now; 0 for what is deleted and for submodules.
    pub size: u64,
    /// Lines that came.
    pub added: u64,
    /// Lines that went.
    pub deleted: u64,
    /// Either side has a NUL among its first 8,000 bytes, which is what git calls binary. No lines are counted then.
    pub binary: bool,
}
