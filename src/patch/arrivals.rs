//! Which names a change brings: that of a file that arrives, and those of the folders on its way that did not stand
//! before. A name that the base has already is no news of this change, however odd it is, and each new name is told
//! once, however many files stand below it. What a name may look like is decided by the rules.

use super::facts::{Facts, How};
use bstr::{BStr, ByteSlice};
use std::collections::{HashMap, HashSet};

/// The names that a change brings.
pub(super) struct Arrivals<'f> {
    /// Every name on the way to a path that arrives, with the path up to it; by folder (`""`, or ending in `/`).
    on_the_way: HashMap<&'f BStr, HashMap<&'f BStr, &'f BStr>>,
    /// Paths that the base has, as far as they can be on the way.
    stood: HashSet<&'f BStr>,
}

/// A name that a change brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrival<'f> {
    /// The path up to it.
    pub(super) path: &'f BStr,
    /// The name itself, one component.
    pub(super) name: &'f BStr,
}

/// The new names that `wrong` has something against, and what. Nearly always there are none, and then nothing is
/// asked about the base.
pub(super) fn wrong_names<T>(facts: &Facts, wrong: impl Fn(&BStr) -> Option<T>) -> Vec<(Arrival<'_>, T)> {
    let mut found: Vec<(Arrival, T)> = facts
        .arriving()
        .flat_map(names)
        .filter_map(|arrival| wrong(arrival.name).map(|wrong| (arrival, wrong)))
        .collect();
    if !found.is_empty() {
        let arrivals = Arrivals::of(facts);
        found.retain(|(arrival, _)| arrivals.is_new(arrival.path));
        found.sort_by_key(|(arrival, _)| *arrival);
        found.dedup_by_key(|(arrival, _)| *arrival);
    }
    found
}

impl<'f> Arrivals<'f> {
    /// Tell new names from old ones. In the base stood whatever changes or leaves, what the change left alone, and every
    /// folder above these.
    pub(super) fn of(facts: &'f Facts) -> Arrivals<'f> {
        let mut arrivals = Arrivals { on_the_way: HashMap::new(), stood: HashSet::new() };
        for touched in facts.touched() {
            match touched.how {
                How::Arrives => arrivals.pass(touched.path),
                How::Changes | How::Leaves | How::IsRead => arrivals.stand(touched.path),
            }
        }
        for (folder, has) in &facts.folders {
            let passed = arrivals.on_the_way.get(folder.as_bstr());
            if has.iter().any(|name| passed.is_none_or(|passed| !passed.contains_key(name.as_bstr()))) {
                arrivals.stand(folder.strip_suffix(b"/").unwrap_or(folder).as_bstr());
            }
        }
        arrivals
    }

    /// The new names in a folder (`""`, or ending in `/`), in no order.
    pub(super) fn new_in(&self, folder: &BStr) -> impl Iterator<Item = Arrival<'f>> {
        let passed = self.on_the_way.get(folder).into_iter().flatten();
        passed.map(|(name, path)| Arrival { path, name }).filter(|arrival| self.is_new(arrival.path))
    }

    /// Whether nothing had this name before; asked of a path on the way to one that arrives.
    fn is_new(&self, path: &BStr) -> bool {
        !self.stood.contains(path)
    }

    /// Note the names on the way to a path, from its end on: where one is known, so are those before it.
    fn pass(&mut self, path: &'f BStr) {
        let mut rest = Some(path);
        while let Some(path) = rest {
            let start = path.rfind_byte(b'/').map_or(0, |slash| slash + 1);
            let folder = self.on_the_way.entry(path[..start].as_bstr()).or_default();
            if folder.insert(path[start..].as_bstr(), path).is_some() {
                break;
            }
            rest = start.checked_sub(1).map(|slash| path[..slash].as_bstr());
        }
    }

    fn stand(&mut self, path: &'f BStr) {
        let mut rest = Some(path);
        while let Some(path) = rest.filter(|path| self.stood.insert(path)) {
            rest = path.rfind_byte(b'/').map(|slash| path[..slash].as_bstr());
        }
    }
}

/// The components of a path, with the path up to each.
fn names(path: &BStr) -> impl Iterator<Item = Arrival<'_>> {
    let ends = path.find_iter(b"/").chain([path.len()]);
    ends.scan(0, move |start, end| {
        let arrival = Arrival { path: path[..end].as_bstr(), name: path[*start..end].as_bstr() };
        *start = end + 1;
        Some(arrival)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{added, claim, deleted, modified, refused, renamed, upon};
    use super::*;

    fn new_names(facts: &Facts) -> Vec<String> {
        wrong_names(facts, |_| Some(())).into_iter().map(|(arrival, ())| arrival.path.to_string()).collect()
    }

    #[test]
    fn a_folder_is_new_when_nothing_stood_in_it() {
        for (what, facts, want) in [
            ("in an old folder", upon(&["a/x"], [added("a/y")]), &["a/y"][..]),
            (
                "in a new one, told once",
                upon(&["x"], [added("a/b/x"), added("a/b/y")]),
                &["a", "a/b", "a/b/x", "a/b/y"],
            ),
            ("beside a file that changes", upon(&["a/x"], [modified("a/x"), added("a/y")]), &["a/y"]),
            ("in place of all that was there", upon(&["a/x"], [deleted("a/x"), added("a/y")]), &["a/y"]),
            ("moved within it", upon(&["a/x"], [renamed("a/x", "a/y")]), &["a/y"]),
            ("moved out of it", upon(&["a/x"], [renamed("a/x", "b/x")]), &["b", "b/x"]),
            ("a folder in place of a file", upon(&["a"], [deleted("a"), added("a/x")]), &["a/x"]),
            ("a file in place of a folder", upon(&["a/x"], [deleted("a/x"), added("a")]), &[]),
            ("deep below an old one", upon(&["a/b/c/x"], [added("a/b/d/y")]), &["a/b/d", "a/b/d/y"]),
            ("nothing arrives", upon(&["a/x"], [modified("a/x")]), &[]),
        ] {
            assert_eq!(new_names(&facts), want, "{what}");
            let arrivals = Arrivals::of(&facts);
            let mut by_folder: Vec<_> = facts.folders.keys().flat_map(|f| arrivals.new_in(f.as_bstr())).collect();
            by_folder.sort();
            let by_folder: Vec<_> = by_folder.into_iter().map(|arrival| arrival.path.to_string()).collect();
            assert_eq!(by_folder, want, "{what}");
        }
    }

    #[test]
    fn without_the_tree_every_name_may_be_new() {
        let facts = refused([claim(None, Some("a/b/x")), claim(Some("c/x"), Some("c/y"))]);
        assert_eq!(new_names(&facts), ["a", "a/b", "a/b/x", "c/y"]);
    }
}
