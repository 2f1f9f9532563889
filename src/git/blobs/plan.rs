//! The plan of a scan: in which order to inflate, so that everything is inflated once and in the order of the pack.
//!
//! An object that is a delta needs its base first, and many may need the same one. So objects form families: a whole
//! object and all that is built upon it, directly or not, as far as it is wanted or lies between. Families are told
//! by the entries' heads alone; nothing is inflated here.

use crate::git::objects::{Kind, Packs, Place, entry};
use crate::model::Oid;
use gix::odb::pack::data::entry::Header;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;

/// About how many bytes make a unit of work, small enough that all threads end together.
const UNIT_BYTES: u64 = 1 << 20;

/// How many objects make a unit at most.
const UNIT_OBJECTS: usize = 256;

/// From this size on a family is a unit of its own, and comes first.
const LARGE: u64 = 4 << 20;

/// "No such node", "not wanted".
const NONE: u32 = u32::MAX;

/// What is to be done, in units that any thread can take.
#[derive(Debug, Default)]
pub(super) struct Plan {
    nodes: Vec<Node>,
    children: Vec<u32>,
    roots: Vec<u32>,
    /// Wanted objects that are in no family: loose, missing, broken or otherwise odd. They are read one by one.
    pub(super) odd: Vec<u32>,
    /// Ranges of `roots`.
    pub(super) units: Vec<Range<usize>>,
    /// About how many bytes will be inflated.
    pub(super) bytes: u64,
}

/// One packed object.
#[derive(Clone, Debug)]
struct Node {
    place: Place,
    wanted: u32,
    /// Where its children stand in `Plan::children`.
    children: Range<u32>,
}

/// An object and what its entry's head says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
    place: Place,
    /// The place of the object it builds upon; `None` for a whole object.
    base: Option<Place>,
    /// The size of its own entry, inflated.
    size: u64,
    wanted: u32,
}

/// Find the wanted objects, and all that they build upon. `first` is the number of the first of them.
pub(super) fn locate(packs: &Packs, ids: &[Oid], first: u32, hash: gix::hash::Kind) -> Vec<Located> {
    let mut located = Vec::with_capacity(ids.len());
    let (mut hint, mut seen) = (0, HashSet::new());
    for (id, wanted) in ids.iter().zip(first..) {
        let Some(id) = gix::oid::try_from_bytes(id.as_bytes()).ok().filter(|id| id.kind() == hash) else { continue };
        let Some(mut place) = packs.places(id, &mut hint).next() else { continue };
        let mut number = wanted;
        // Down to a whole object, or to one that was met before. What breaks off leaves its family without a root.
        while let Some(object) = look(packs, place, number) {
            located.push(object);
            match object.base {
                Some(base) if seen.insert(base) => (place, number) = (base, NONE),
                _ => break,
            }
        }
    }
    located
}

fn look(packs: &Packs, place: Place, wanted: u32) -> Option<Located> {
    let entry = entry(packs.data(place.pack).ok()?, place.offset).ok()?;
    let base = match entry.header {
        Header::OfsDelta { base_distance } => {
            Some(Place { offset: entry.checked_base_pack_offset(base_distance)?, ..place })
        }
        Header::RefDelta { base_id } => Some(packs.base_place(place, &base_id)?),
        _ if entry.header.as_kind() == Some(Kind::Blob) => None,
        _ => return None,
    };
    Some(Located { place, base, size: entry.decompressed_size, wanted })
}

impl Plan {
    /// Put families together, of what was located for these wanted ids.
    pub(super) fn new(mut located: Vec<Located>, ids: &[Oid]) -> Plan {
        let mut odd = vec![true; ids.len()];
        // The same place may have come up as wanted and as a base, or twice; once is enough.
        located.sort_unstable_by_key(|object| (object.place, object.wanted));
        located.dedup_by(|again, object| {
            let same = again.place == object.place;
            if same && let Some(odd) = odd.get_mut(again.wanted as usize) {
                *odd = false;
            }
            same
        });
        let parents = parents(&located);
        let mut nodes: Vec<Node> = (located.iter())
            .map(|object| Node { place: object.place, wanted: object.wanted, children: 0..0 })
            .collect();
        let mut children = link(&mut nodes, &parents);
        let roots: Vec<u32> = (0..).zip(&located).filter(|(_, object)| object.base.is_none()).map(|(n, _)| n).collect();

        // Parents before children; what is not met this way hangs on nothing, or on itself.
        let mut order = roots.clone();
        let mut next = 0;
        while let Some(&node) = order.get(next) {
            order.extend(&children[range(&nodes[node as usize])]);
            next += 1;
        }
        let mut weights: Vec<(u64, u32)> = located.iter().map(|object| (object.size, 1)).collect();
        for &node in order.iter().rev() {
            if let Some(odd) = odd.get_mut(nodes[node as usize].wanted as usize) {
                *odd = false;
            }
            // The largest branch last: then whoever has only that one left can let go of its own content, and no
            // more contents are held at a time than the logarithm of their number.
            children[range(&nodes[node as usize])].sort_by_key(|&child| weights[child as usize].1);
            if let Some(&parent) = parents.get(node as usize).filter(|&&parent| parent != NONE) {
                let (bytes, count) = weights[node as usize];
                let sum = &mut weights[parent as usize];
                *sum = (sum.0.saturating_add(bytes), sum.1.saturating_add(count));
            }
        }
        let mut odd: Vec<u32> = (0..).zip(&odd).filter(|&(_, &odd)| odd).map(|(number, _)| number).collect();
        odd.sort_by_key(|&number| ids[number as usize]);
        odd.dedup_by_key(|number| ids[*number as usize]);
        let (units, bytes) = units(&roots, &weights);
        Plan { nodes, children, roots, odd, units, bytes }
    }

    /// The whole objects of a unit.
    pub(super) fn roots(&self, unit: usize) -> &[u32] {
        &self.roots[self.units[unit].clone()]
    }

    /// Where a node's object lies.
    pub(super) fn place(&self, node: u32) -> Place {
        self.nodes[node as usize].place
    }

    /// The number of a node's object among the wanted ones, if it is wanted itself.
    pub(super) fn wanted(&self, node: u32) -> Option<u32> {
        Some(self.nodes[node as usize].wanted).filter(|&number| number != NONE)
    }

    /// The nodes built upon this one, the largest branch last.
    pub(super) fn children(&self, node: u32) -> &[u32] {
        &self.children[range(&self.nodes[node as usize])]
    }
}

fn range(node: &Node) -> Range<usize> {
    node.children.start as usize..node.children.end as usize
}

/// For each object the number of the one it builds upon.
fn parents(located: &[Located]) -> Vec<u32> {
    let number = |place: Place| {
        let found = located.binary_search_by_key(&place, |object| object.place);
        found.map_or(NONE, |number| number as u32)
    };
    located.iter().map(|object| object.base.map_or(NONE, number)).collect()
}

/// Give each node its range of children, and return what the ranges mean.
fn link(nodes: &mut [Node], parents: &[u32]) -> Vec<u32> {
    for &parent in parents.iter().filter(|&&parent| parent != NONE) {
        nodes[parent as usize].children.end += 1;
    }
    let mut end = 0;
    for node in nodes.iter_mut() {
        let count = node.children.end;
        node.children = end..end;
        end += count;
    }
    let mut children = vec![NONE; end as usize];
    for (&parent, child) in parents.iter().zip(0..) {
        if parent != NONE {
            let slot = &mut nodes[parent as usize].children.end;
            children[*slot as usize] = child;
            *slot += 1;
        }
    }
    children
}

/// Cut the roots into units of about the same work, in the order of the pack; very large families alone and first.
fn units(roots: &[u32], weights: &[(u64, u32)]) -> (Vec<Range<usize>>, u64) {
    let mut units: Vec<(u64, Range<usize>)> = Vec::new();
    let (mut total, mut count) = (0u64, 0);
    for (at, &root) in roots.iter().enumerate() {
        let (bytes, objects) = weights[root as usize];
        total = total.saturating_add(bytes);
        count += objects as usize;
        match units.last_mut() {
            Some((sum, unit)) if sum.saturating_add(bytes) <= UNIT_BYTES && count <= UNIT_OBJECTS => {
                *sum += bytes;
                unit.end = at + 1;
            }
            _ => {
                units.push((bytes, at..at + 1));
                count = objects as usize;
            }
        }
    }
    units.sort_by_key(|(bytes, _)| Reverse(if *bytes >= LARGE { *bytes } else { 0 }));
    (units.into_iter().map(|(_, unit)| unit).collect(), total)
}
