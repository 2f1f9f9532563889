//! Commits, read one by one into a table that a walk can run through: parents and committer times, each read once.
//!
//! Ids become small numbers on the way in. A commit-graph file saves the reading where there is one; replacements
//! and grafts are never looked at, because a push sends the real commits. A commit that is not here, or at which a
//! shallow clone's history was cut, is marked, so that a walk can tell "no" from "cannot know".

use super::objects::{Kind, ObjectStore, Reader};
use super::{Repo, oid};
use crate::model::Oid;
use anyhow::Result;
use bstr::{BString, ByteSlice};
use gix::commitgraph::Position;
use gix::hashtable::{HashMap, HashSet};

/// A commit's place in the table.
pub(super) type Index = u32;

/// The commits that were read so far.
pub struct Commits<'s> {
    reader: Reader<'s>,
    graph: Option<gix::commitgraph::Graph>,
    shallow: HashSet<gix::ObjectId>,
    places: HashMap<gix::ObjectId, Index>,
    /// The places of commits of the graph: one more than it, zero for none yet.
    graph_places: Vec<u32>,
    /// The parents of the commit that is read from the graph.
    edges: Vec<Option<Position>>,
    nodes: Vec<Node>,
    parents: Vec<Index>,
}

/// What is known of a commit.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) id: Oid,
    /// Committer time in seconds; commits that are not here are infinitely old.
    pub(super) time: i64,
    /// One more than that of any commit it can reach, as the commit-graph has it. [`NOT_IN_GRAPH`] for one that may
    /// reach anything, and that no commit of the graph reaches.
    pub(super) generation: u32,
    /// Where the commit-graph has it.
    position: Option<Position>,
    /// Its parents stand at `parents[first..first + count]`.
    first: u32,
    count: u32,
    pub(super) state: State,
}

/// The generation of commits that no commit-graph knows.
pub(super) const NOT_IN_GRAPH: u32 = u32::MAX;

/// How well a commit is known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Only its id is known so far.
    Unread,
    /// Time and parents are known.
    Read,
    /// It is here, and a shallow clone cut off what came before it.
    Cut,
    /// It is not here, or cannot be read.
    Missing,
}

/// What an object turned out to be once all tags around it are taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peeled {
    /// A commit.
    Commit(Oid),
    /// A tree or a blob: nothing with a history.
    NoCommit,
    /// It, or something on the way to it, is not in the object store or cannot be read.
    Missing(Oid),
}

impl<'s> Commits<'s> {
    /// The commits of `repo`, read through `store`.
    ///
    /// # Errors
    /// The list of a shallow clone's boundary cannot be read.
    pub fn of(repo: &Repo, store: &'s ObjectStore) -> Result<Commits<'s>> {
        let shallow: HashSet<_> = repo.shallow_commits()?.iter().map(gix_id).collect();
        // As in git: a shallow clone's graph file may know parents that are not there.
        let info = repo.common_dir().join("objects/info");
        let graph = (shallow.is_empty()
            && (info.join("commit-graph").is_file() || info.join("commit-graphs").is_dir()))
        .then(|| gix::commitgraph::at(info, repo.hash(), None).ok())
        .flatten();
        let graph_places = vec![0; graph.as_ref().map_or(0, |graph| graph.num_commits() as usize)];
        Ok(Commits {
            reader: store.reader(),
            graph,
            shallow,
            places: HashMap::default(),
            graph_places,
            edges: Vec::new(),
            nodes: Vec::new(),
            parents: Vec::new(),
        })
    }

    /// Take off all tags. A tag of a tag of a tag is followed; tags cannot form a circle.
    pub fn peel(&mut self, id: Oid) -> Peeled {
        let mut id = id;
        loop {
            let object = match self.reader.find(&id) {
                Ok(Some(object)) => object,
                Ok(None) | Err(_) => return Peeled::Missing(id),
            };
            match object.kind {
                Kind::Commit => return Peeled::Commit(id),
                Kind::Tree | Kind::Blob => return Peeled::NoCommit,
                Kind::Tag => match object.data.strip_prefix(b"object ").and_then(|rest| rest.lines().next()) {
                    Some(target) => match Oid::from_hex(target) {
                        Some(target) => id = target,
                        None => return Peeled::Missing(id),
                    },
                    None => return Peeled::Missing(id),
                },
            }
        }
    }

    /// The tree of a commit; `None` when the commit is not here or is no commit.
    pub fn tree(&mut self, commit: &Oid) -> Option<Oid> {
        let object = self.reader.find(commit).ok().flatten().filter(|object| object.kind == Kind::Commit)?;
        object.data.strip_prefix(b"tree ").and_then(|rest| Oid::from_hex(rest.lines().next()?))
    }

    /// The parents of a commit as it names them, in order; `None` when it is not here.
    pub fn parents(&mut self, commit: &Oid) -> Option<Vec<Oid>> {
        let index = self.index(commit);
        let node = self.read(index);
        (node.state != State::Missing)
            .then(|| self.parents_of(index).iter().map(|&parent| self.node(parent).id).collect())
    }

    /// The first line of a commit's message; empty when it cannot be read.
    pub fn subject(&mut self, commit: &Oid) -> BString {
        let object = self.reader.find(commit).ok().flatten();
        let message = object.and_then(|object| Some(&object.data[object.data.find(b"\n\n")? + 2..]));
        message.and_then(|text| text.lines().find(|line| !line.trim().is_empty())).unwrap_or_default().into()
    }

    /// The place of a commit in the table. Nothing is read.
    pub(super) fn index(&mut self, id: &Oid) -> Index {
        let id = gix_id(id);
        if let Some(place) = self.places.get(&id) {
            return *place;
        }
        let place =
            match self.graph.as_ref().filter(|graph| graph.object_hash() == id.kind()).and_then(|g| g.lookup(id)) {
                Some(position) => self.index_in_graph(position),
                None => self.add(id.as_ref(), None),
            };
        self.places.insert(id, place);
        place
    }

    /// The place of a commit that has one.
    pub(super) fn known_index(&self, id: &Oid) -> Option<Index> {
        self.places.get(&gix_id(id)).copied()
    }

    /// The place of a commit that the graph has there.
    fn index_in_graph(&mut self, position: Position) -> Index {
        if let Some(place) = self.graph_places[position.0 as usize].checked_sub(1) {
            return place;
        }
        let id = self.graph.as_ref().expect("a position in it is known").id_at(position).to_owned();
        let place = self.add(id.as_ref(), Some(position));
        self.graph_places[position.0 as usize] = place + 1;
        place
    }

    fn add(&mut self, id: &gix::oid, position: Option<Position>) -> Index {
        let (id, time, generation, state) = (oid(id), i64::MIN, NOT_IN_GRAPH, State::Unread);
        self.nodes.push(Node { id, time, generation, position, first: 0, count: 0, state });
        Index::try_from(self.nodes.len() - 1).expect("fewer than four thousand million commits")
    }

    /// What is known of a commit so far.
    pub(super) fn node(&self, index: Index) -> Node {
        self.nodes[index as usize]
    }

    /// How many commits have a place.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The places of a commit's parents; empty until it was read.
    pub(super) fn parents_of(&self, index: Index) -> &[Index] {
        let node = &self.nodes[index as usize];
        &self.parents[node.first as usize..][..node.count as usize]
    }

    /// Read a commit, unless it was read before.
    pub(super) fn read(&mut self, index: Index) -> Node {
        let node = self.nodes[index as usize];
        if node.state != State::Unread {
            return node;
        }
        let first = self.parents.len();
        let (time, generation, state) = match node.position.and_then(|position| self.read_in_graph(position)) {
            Some((time, generation)) => (time, generation, State::Read),
            None => {
                let (time, parents, state) = self.read_object(&node.id);
                for parent in parents {
                    let parent = self.index(&parent);
                    self.parents.push(parent);
                }
                (time, NOT_IN_GRAPH, state)
            }
        };
        let node = &mut self.nodes[index as usize];
        node.first = u32::try_from(first).expect("fewer than four thousand million parents");
        node.count = (self.parents.len() - first) as u32;
        (node.time, node.generation, node.state) = (time, generation, state);
        *node
    }

    /// Time and generation of a commit of the graph, whose parents are appended; `None` when the graph makes no sense.
    fn read_in_graph(&mut self, position: Position) -> Option<(i64, u32)> {
        let graph = self.graph.as_ref()?;
        let commit = graph.commit_at(position);
        // Written by a git that did not count them yet.
        let generation = Some(commit.generation()).filter(|&generation| generation > 0)?;
        let time = commit.committer_timestamp() as i64;
        let mut edges = std::mem::take(&mut self.edges);
        edges.clear();
        edges.extend(commit.iter_parents().map(|parent| parent.ok().filter(|at| at.0 < graph.num_commits())));
        let makes_sense = edges.iter().all(Option::is_some);
        for position in edges.iter().copied().flatten().filter(|_| makes_sense) {
            let parent = self.index_in_graph(position);
            self.parents.push(parent);
        }
        self.edges = edges;
        makes_sense.then_some((time, generation))
    }

    fn read_object(&mut self, id: &Oid) -> (i64, Vec<Oid>, State) {
        let missing = (i64::MIN, Vec::new(), State::Missing);
        let Ok(Some(object)) = self.reader.find(id) else { return missing };
        let Some((time, parents)) = (object.kind == Kind::Commit).then(|| parse(object.data)).flatten() else {
            return missing;
        };
        if self.shallow.contains(&gix_id(id)) {
            return (time, Vec::new(), State::Cut);
        }
        (time, parents, State::Read)
    }
}

fn gix_id(id: &Oid) -> gix::ObjectId {
    gix::ObjectId::from_bytes_or_panic(id.as_bytes())
}

/// Committer time and parents of a commit object. Only the head counts, in git's fixed order: a `mergetag` further
/// down holds lines that look the same. A time that makes no sense is 0, as git reads it.
fn parse(commit: &[u8]) -> Option<(i64, Vec<Oid>)> {
    let mut lines = commit.lines();
    Oid::from_hex(lines.next()?.strip_prefix(b"tree ")?)?;
    let mut parents = Vec::new();
    for line in lines.by_ref() {
        match line.strip_prefix(b"parent ") {
            Some(parent) => parents.push(Oid::from_hex(parent)?),
            None => break, // the author
        }
    }
    let committer = lines.next().and_then(|line| line.strip_prefix(b"committer ")).unwrap_or_default();
    let after_mail = &committer[committer.rfind_byte(b'>').map_or(0, |at| at + 1)..];
    let time = after_mail.split_str(" ").find(|word| !word.is_empty());
    Some((time.and_then(|word| word.to_str().ok()?.parse().ok()).unwrap_or(0), parents))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_head_of_a_commit_counts() {
        let (tree, a, b) = ("1".repeat(40), "a".repeat(40), "b".repeat(40));
        let text = format!(
            "tree {tree}\nparent {a}\nparent {b}\nauthor A <a@x> 5 +0000\ncommitter C > <c@x> 1700000000 +0100\n\
             mergetag object {a}\n type commit\nparent {a}\n\nparent {a}\n"
        );
        let (time, parents) = parse(text.as_bytes()).unwrap();
        assert_eq!(time, 1_700_000_000);
        assert_eq!(parents.iter().map(Oid::to_string).collect::<Vec<_>>(), [a, b]);
    }

    #[test]
    fn nonsense_is_old_or_no_commit() {
        let tree = "1".repeat(40);
        for (text, want) in [
            (String::new(), None),
            ("tree x\n".into(), None),
            (format!("tree {tree}\nparent x\n"), None),
            (format!("tree {tree}\n"), Some(0)),
            (format!("tree {tree}\nauthor A\ncommitter C <c> soon\n"), Some(0)),
            (format!("tree {tree}\nauthor A\ncommitter C <c> -12 +0000\n"), Some(-12)),
        ] {
            assert_eq!(parse(text.as_bytes()).map(|(time, _)| time), want, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(text: Vec<u8>) {
            parse(&text);
            parse(&[b"tree 1111111111111111111111111111111111111111\n", &text[..]].concat());
        }
    }
}
