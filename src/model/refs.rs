//! A snapshot of refs: full names and the commits they stand for.

use super::Oid;
use bstr::{BStr, BString};
use std::collections::BTreeMap;
use std::ops::Bound;

/// Refs by full name, each with the object it leads to, tags peeled. Symbolic refs are stored as what they lead to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefTable(BTreeMap<BString, Oid>);

impl RefTable {
    /// Note that `name` (a full name) leads to `target`.
    pub fn insert(&mut self, name: impl Into<BString>, target: Oid) {
        self.0.insert(name.into(), target);
    }

    /// Where the ref with this full name leads.
    pub fn get(&self, name: impl AsRef<[u8]>) -> Option<Oid> {
        self.0.get(BStr::new(name.as_ref())).copied()
    }

    /// All refs whose full name starts with `prefix`, in byte order.
    pub fn with_prefix<'a>(&'a self, prefix: &'a [u8]) -> impl Iterator<Item = (&'a BStr, Oid)> + 'a {
        let from = Bound::Included(BString::from(prefix));
        self.0
            .range((from, Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, &target)| (name.as_ref(), target))
    }
}

impl<N: Into<BString>> FromIterator<(N, Oid)> for RefTable {
    fn from_iter<T: IntoIterator<Item = (N, Oid)>>(refs: T) -> Self {
        RefTable(refs.into_iter().map(|(name, target)| (name.into(), target)).collect())
    }
}
