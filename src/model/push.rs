//! What a push asks for: one update a ref, and on which side of the wire it is judged.

use super::Oid;
use bstr::BString;

/// One ref of a push, as git announces it to a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefUpdate {
    /// What was typed on the pushing side (`HEAD`, `refs/heads/x`, `:/fix bug`); empty where the hook is not told.
    pub local_ref: BString,
    /// The object that is to arrive; zero for a deletion.
    pub new: Oid,
    /// The full name of the ref that changes on the receiving side.
    pub remote_ref: BString,
    /// What the receiving side has there now; zero for a new ref. May be unknown to this object store.
    pub old: Oid,
}

impl RefUpdate {
    /// A deletion brings nothing that could be judged.
    pub fn is_deletion(&self) -> bool {
        self.new.is_zero()
    }

    /// The branch name, when the receiving ref is a branch.
    pub fn branch(&self) -> Option<&[u8]> {
        self.remote_ref.strip_prefix(b"refs/heads/")
    }

    /// Whether what is pushed is meant to be built upon. A stash, notes and a mirror's copies of other branches land on
    /// no branch.
    pub fn is_line_of_work(&self) -> bool {
        let aside = ["refs/notes/", "refs/remotes/"];
        self.remote_ref != "refs/stash" && !aside.iter().any(|prefix| self.remote_ref.starts_with(prefix.as_bytes()))
    }
}

/// Where the judging happens, which decides what "the base branch" and "an allowed branch" are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// In a clone: the truth about branches is in `refs/remotes/`.
    Client {
        /// The configured remote that is pushed to; `None` for a push to a bare URL.
        remote: Option<BString>,
        /// Every configured remote and every remote that has tracking refs, in a stable order.
        remotes: Vec<BString>,
    },
    /// In the receiving repository: the branches themselves are the truth.
    Server,
}

impl Side {
    /// The branch that a full ref name stands for: `main` for `refs/remotes/origin/main` and `refs/heads/main`.
    pub fn branch_of<'n>(&self, full: &'n [u8]) -> Option<&'n [u8]> {
        self.remote_of(full)
            .and_then(|remote| full.strip_prefix(b"refs/remotes/")?.strip_prefix(remote.as_slice())?.strip_prefix(b"/"))
            .or_else(|| full.strip_prefix(b"refs/heads/"))
    }

    /// The configured remote whose branch a full ref name stands for. One remote's name may begin with that of another.
    pub fn remote_of(&self, full: &[u8]) -> Option<&BString> {
        let Side::Client { remotes, .. } = self else { return None };
        let rest = full.strip_prefix(b"refs/remotes/")?;
        let holds = |remote: &&BString| rest.strip_prefix(remote.as_slice()).is_some_and(|name| name.starts_with(b"/"));
        remotes.iter().filter(holds).max_by_key(|remote| remote.len())
    }
}
