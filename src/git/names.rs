//! Names beside a change: what folders of a tree hold, and which links stand on the way to a path.

use super::objects::ObjectStore;
use crate::model::Oid;
use bstr::{BStr, BString};
use std::collections::{BTreeMap, BTreeSet};

/// The names in these folders (`""`, or ending in `/`) of a tree; folders that are not there are left out.
pub fn names_in(
    _store: &ObjectStore,
    _tree: Option<Oid>,
    _folders: &BTreeSet<BString>,
) -> BTreeMap<BString, Vec<BString>> {
    BTreeMap::new()
}

/// The symbolic links of a tree that stand on the way to one of these paths.
pub fn links_on_the_way<'p>(
    _store: &ObjectStore,
    _tree: Option<Oid>,
    _paths: impl IntoIterator<Item = &'p BStr>,
) -> BTreeSet<BString> {
    BTreeSet::new()
}
