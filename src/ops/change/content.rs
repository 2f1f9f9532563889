//! What a difference between trees looks like inside: contents are read and compared, and what went is paired with what
//! came under another name.
//!
//! Where there are several baselines (a push whose merges brought in other people's work), only what differs from all of
//! them is this change: whole files, and lines within a file.

use crate::git::difference::{Changed, Difference};
use crate::git::objects::{Kind, ObjectStore, Reader};
use crate::model::{Entry, EntryKind, FileChange, Oid, Status, visible};
use crate::patch::renames::{self, Candidate};
use crate::patch::{Change, Content, Edit, lines};
use crate::policy::Scope;
use anyhow::{Context, Result, ensure};
use bstr::{BStr, BString, ByteSlice};
use std::collections::{HashMap, HashSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

/// Larger contents are not compared: all of their lines count. Nobody reads such a difference either.
const MAX_COMPARED: usize = 16 << 20;

/// How much content is held at once to find renames. What does not fit is paired only if it is the same.
const MAX_HELD: usize = 64 << 20;

/// With more paths than this, and more than the policy allows in any case, the names alone are judged.
const MAX_READ: usize = 50_000;

/// So many files are worth a thread more.
const WORTH_A_THREAD: usize = 256;

/// A path, and what is or was there.
struct Side {
    path: BString,
    entry: Entry,
}

/// What changed, by path, and the first content that could not be read: of that file, only names and modes are known.
///
/// # Errors
/// There is more than can be listed.
pub(super) fn changes(
    store: &ObjectStore,
    difference: Difference,
    scope: &Scope,
) -> Result<(Vec<Change>, Option<String>)> {
    let all = difference.changes;
    // A rename makes one change of two paths: half of them is the least that it can be.
    if all.len() > MAX_READ && all.len() as u64 / 2 > scope.max_files {
        return Ok((all.into_iter().map(unread).collect(), None));
    }
    ensure!(!difference.cut_off, "the change names more files than can be listed");
    let max_edit = usize::try_from(scope.max_file_bytes).unwrap_or(usize::MAX);
    let mut contents = Contents::of(store, max_edit);
    let (mut gone, mut come, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for changed in all {
        let is_regular = |entry: &Entry| entry.kind() == EntryKind::Regular;
        match (changed.olds.iter().flatten().next().copied(), changed.new) {
            (Some(entry), None) if is_regular(&entry) => gone.push(Side { path: changed.path, entry }),
            (None, Some(entry)) if is_regular(&entry) => come.push(Side { path: changed.path, entry }),
            _ => others.push(changed),
        }
    }
    let mut changes = Vec::new();
    let pairs = same_content(&gone, &come);
    for (old, new) in take_out(pairs, &mut gone, &mut come) {
        let content = contents.read(Version::New, &new);
        changes.push(contents.renamed(old, new, &content, &content));
    }
    if !gone.is_empty() && !come.is_empty() {
        changes.extend(contents.rewritten(&mut gone, &mut come));
    }
    others.extend(gone.into_iter().map(|side| Changed { path: side.path, new: None, olds: vec![Some(side.entry)] }));
    others.extend(come.into_iter().map(|side| Changed { path: side.path, new: Some(side.entry), olds: vec![None] }));
    let mut gap = contents.gap;
    let (compared, more) = on_threads(store, max_edit, &others);
    changes.extend(compared);
    gap = gap.or(more);
    changes.sort_by(|one, other| one.file.path.cmp(&other.file.path));
    Ok((changes, gap))
}

/// Compare what stands at each of these paths before and after.
fn on_threads(store: &ObjectStore, max_edit: usize, all: &[Changed]) -> (Vec<Change>, Option<String>) {
    let work = |share: &[Changed]| -> (Vec<Change>, Option<String>) {
        let mut contents = Contents::of(store, max_edit);
        let changes = share.iter().filter_map(|changed| contents.change(changed)).collect();
        (changes, contents.gap)
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(all.len() / WORTH_A_THREAD);
    if threads <= 1 {
        return work(all);
    }
    let shares: Vec<(Vec<Change>, Option<String>)> = thread::scope(|scope| {
        let shares = all.chunks(all.len().div_ceil(threads)).map(|share| scope.spawn(move || work(share)));
        let shares: Vec<_> = shares.collect();
        let join = |share: thread::ScopedJoinHandle<_>| share.join().unwrap_or_else(|panic| resume_unwind(panic));
        shares.into_iter().map(join).collect()
    });
    let (mut changes, mut gap) = (Vec::with_capacity(all.len()), None);
    for (share, missing) in shares {
        changes.extend(share);
        gap = gap.or(missing);
    }
    (changes, gap)
}

/// A change of which only names and modes are known.
fn unread(changed: Changed) -> Change {
    let old = changed.olds.iter().flatten().next().copied();
    let status = status(old, changed.new);
    let (path, new) = (changed.path, changed.new);
    let file = FileChange { path, old_path: None, status, old, new, size: 0, added: 0, deleted: 0, binary: false };
    Change { file, edit: Edit::default(), old: Content::default(), new: Content::default() }
}

fn status(old: Option<Entry>, new: Option<Entry>) -> Status {
    match (old, new) {
        (None, _) => Status::Added,
        (_, None) => Status::Deleted,
        (Some(old), Some(new)) if old.kind() != new.kind() => Status::TypeChanged,
        _ => Status::Modified,
    }
}

/// Files that only moved, as indexes into both lists. Of several with one content, those of one name belong together.
fn same_content(gone: &[Side], come: &[Side]) -> Vec<(usize, usize)> {
    fn name(side: &Side) -> &[u8] {
        side.path.rsplit_once_str("/").map_or(&side.path[..], |(_, name)| name)
    }
    let (mut by_name, mut by_id) = (HashMap::<_, Vec<_>>::new(), HashMap::<Oid, Vec<_>>::new());
    for (index, side) in gone.iter().enumerate().rev() {
        by_name.entry((side.entry.id, name(side))).or_default().push(index);
        by_id.entry(side.entry.id).or_default().push(index);
    }
    let (mut pairs, mut others, mut taken) = (Vec::new(), Vec::new(), HashSet::new());
    for (index, side) in come.iter().enumerate() {
        match by_name.get_mut(&(side.entry.id, name(side))).and_then(Vec::pop) {
            Some(old) => {
                taken.insert(old);
                pairs.push((old, index));
            }
            None => others.push(index),
        }
    }
    for index in others {
        let Some(left) = by_id.get_mut(&come[index].entry.id) else { continue };
        while let Some(old) = left.pop() {
            if taken.insert(old) {
                pairs.push((old, index));
                break;
            }
        }
    }
    pairs
}

/// Take pairs (by their indexes) out of both lists.
fn take_out(pairs: Vec<(usize, usize)>, gone: &mut Vec<Side>, come: &mut Vec<Side>) -> Vec<(Side, Side)> {
    let mut olds: Vec<Option<Side>> = std::mem::take(gone).into_iter().map(Some).collect();
    let mut news: Vec<Option<Side>> = std::mem::take(come).into_iter().map(Some).collect();
    let out = pairs.into_iter().filter_map(|(old, new)| olds[old].take().zip(news[new].take())).collect();
    gone.extend(olds.into_iter().flatten());
    come.extend(news.into_iter().flatten());
    out
}

/// Which side of a change a content is on.
#[derive(Clone, Copy)]
enum Version {
    Old,
    New,
}

/// Reads contents and compares them.
struct Contents<'s> {
    /// Old and new contents lie at different places, and a reader looks first where it found the last one.
    olds: Reader<'s>,
    news: Reader<'s>,
    /// Of larger contents, the lines are counted and not kept.
    max_edit: usize,
    /// The first content that could not be read.
    gap: Option<String>,
}

/// A new version beside one of the old ones.
struct Compared<'c> {
    old: Option<Entry>,
    old_content: &'c [u8],
    binary: bool,
    added: u64,
    deleted: u64,
    edit: Edit,
    /// Whether `edit` is all of it, line by line, of two texts of one kind.
    by_line: bool,
}

impl<'s> Contents<'s> {
    fn of(store: &'s ObjectStore, max_edit: usize) -> Contents<'s> {
        Contents { olds: store.reader(), news: store.reader(), max_edit, gap: None }
    }

    /// What an entry holds; of submodules what git shows for them, their content is another repository's.
    fn read(&mut self, version: Version, side: &Side) -> Vec<u8> {
        self.read_or_note(version, &side.path, side.entry).unwrap_or_default()
    }

    /// As `read_at`; what cannot be read is noted.
    fn read_or_note(&mut self, version: Version, path: &BString, entry: Entry) -> Option<Vec<u8>> {
        let read = self.read_at(version, path, entry);
        read.map_err(|error| self.gap.get_or_insert(visible(format!("{error:#}"))).len()).ok()
    }

    fn read_at(&mut self, version: Version, path: &BString, entry: Entry) -> Result<Vec<u8>> {
        match entry.kind() {
            EntryKind::Regular | EntryKind::Symlink => {}
            EntryKind::Gitlink => return Ok(format!("Subproject commit {}\n", entry.id).into_bytes()),
            EntryKind::Other => return Ok(Vec::new()),
        }
        let reader = match version {
            Version::Old => &mut self.olds,
            Version::New => &mut self.news,
        };
        let object = reader.find(&entry.id)?.filter(|object| object.kind == Kind::Blob);
        let object = object.with_context(|| {
            format!("the content of {} is not in this repository: object {}", visible(path), entry.id)
        })?;
        Ok(object.data.to_owned())
    }

    /// What changes at one path; nothing when all of it comes from one of the baselines or another.
    fn change(&mut self, changed: &Changed) -> Option<Change> {
        match self.compared(changed) {
            Some(change) => change,
            None => Some(unread(changed.clone())),
        }
    }

    /// As `change`; nothing at all when a content could not be read.
    fn compared(&mut self, Changed { path, new, olds }: &Changed) -> Option<Option<Change>> {
        let new = *new;
        let content = new.map_or(Some(Vec::new()), |entry| self.read_or_note(Version::New, path, entry))?;
        let mut old_contents: Vec<(Option<Entry>, Vec<u8>)> = Vec::new();
        for &old in olds {
            if !old_contents.iter().any(|(other, _)| *other == old) {
                let content = old.map_or(Some(Vec::new()), |entry| self.read_or_note(Version::Old, path, entry))?;
                old_contents.push((old, content));
            }
        }
        let mut all: Vec<Compared> =
            old_contents.iter().map(|(old, old_content)| compare((*old, old_content), (new, &content))).collect();
        // The version that it was most likely made from.
        let weight = |one: &Compared| {
            (status(one.old, new) == Status::TypeChanged, one.old.is_none(), one.binary, one.added + one.deleted)
        };
        let Some(best) = (0..all.len()).min_by_key(|&index| (weight(&all[index]), index)) else { return Some(None) };
        let mut best = all.swap_remove(best);
        if best.by_line {
            let beside: Vec<&Compared> = all.iter().filter(|other| other.by_line).collect();
            for other in &beside {
                keep_common(&mut best.edit, &other.edit);
            }
            (best.added, best.deleted) = (best.edit.added.len() as u64, best.edit.removed.len() as u64);
            let is_known = |mode: u32| {
                let modes = beside.iter().map(|other| other.old).chain([best.old]).flatten().map(|old| old.mode);
                modes.into_iter().any(|known| known == mode)
            };
            // A merge that went well, line by line: each has been judged where it comes from.
            if !beside.is_empty() && best.added + best.deleted == 0 && new.is_some_and(|new| is_known(new.mode)) {
                return Some(None);
            }
        }
        let status = status(best.old, new);
        Some(Some(self.finish(path.clone(), None, status, best, (new, &content))))
    }

    /// The change of a file that stood under another name.
    fn renamed(&self, old: Side, new: Side, old_content: &[u8], content: &[u8]) -> Change {
        let compared = compare((Some(old.entry), old_content), (Some(new.entry), content));
        self.finish(new.path, Some(old.path), Status::Renamed, compared, (Some(new.entry), content))
    }

    fn finish(
        &self,
        path: BString,
        old_path: Option<BString>,
        status: Status,
        compared: Compared,
        (new, content): (Option<Entry>, &[u8]),
    ) -> Change {
        let Compared { old, old_content, binary, added, deleted, edit, .. } = compared;
        let look = |path: &BString, content: &[u8]| {
            // What has no name is of no language, and nobody looks for tests in it.
            let path = if content.len() <= self.max_edit { path.as_bstr() } else { BStr::new("") };
            Content::read(path, content)
        };
        let (before, after) = (look(old_path.as_ref().unwrap_or(&path), old_content), look(&path, content));
        let is_elsewhere = new.is_none_or(|new| new.kind() == EntryKind::Gitlink);
        let size = if is_elsewhere { 0 } else { content.len() as u64 };
        let file = FileChange { path, old_path, status, old, new, size, added, deleted, binary };
        let edit = if old_content.len().max(content.len()) <= self.max_edit { edit } else { Edit::default() };
        Change { file, edit, old: before, new: after }
    }

    /// Pair what went with what came by content, and take the pairs out of both lists.
    fn rewritten(&mut self, gone: &mut Vec<Side>, come: &mut Vec<Side>) -> Vec<Change> {
        let mut room = MAX_HELD;
        let mut hold = |contents: &mut Self, version: Version, sides: &[Side]| -> Vec<(usize, Vec<u8>)> {
            let mut held = Vec::new();
            for (index, side) in sides.iter().enumerate() {
                let content = contents.read(version, side);
                if content.len() <= MAX_COMPARED && content.len() <= room {
                    room -= content.len();
                    held.push((index, content));
                }
            }
            held
        };
        let (olds, news) = (hold(self, Version::Old, gone), hold(self, Version::New, come));
        let pairs = renames::pair(&candidates(gone, &olds), &candidates(come, &news));
        let by_index = pairs.iter().map(|&(old, new)| (olds[old].0, news[new].0)).collect();
        let sides = take_out(by_index, gone, come);
        let both = sides.into_iter().zip(&pairs);
        both.map(|((old, new), pair)| self.renamed(old, new, &olds[pair.0].1, &news[pair.1].1)).collect()
    }
}

fn candidates<'c>(sides: &'c [Side], held: &'c [(usize, Vec<u8>)]) -> Vec<Candidate<'c>> {
    let candidate =
        |(index, content): &'c (usize, Vec<u8>)| Candidate { path: BStr::new(&sides[*index].path), content };
    held.iter().map(candidate).collect()
}

/// Compare two versions.
fn compare<'c>((old, before): (Option<Entry>, &'c [u8]), (new, after): (Option<Entry>, &[u8])) -> Compared<'c> {
    let mut compared = Compared {
        old,
        old_content: before,
        binary: false,
        added: 0,
        deleted: 0,
        edit: Edit::default(),
        by_line: false,
    };
    if lines::is_binary(before) || lines::is_binary(after) {
        return Compared { binary: true, ..compared };
    }
    if before.len().max(after.len()) > MAX_COMPARED {
        (compared.added, compared.deleted) = (count_lines(after), count_lines(before));
        return compared;
    }
    compared.edit = if status(old, new) == Status::TypeChanged {
        // Where a link leads and what a file says have no line in common.
        Edit { added: lines::compare(b"", after).added, removed: lines::compare(before, b"").removed }
    } else {
        compared.by_line = old.is_some() && new.is_some();
        lines::compare(before, after)
    };
    (compared.added, compared.deleted) = (compared.edit.added.len() as u64, compared.edit.removed.len() as u64);
    compared
}

/// Keep the lines that came over the other version too, and those that went from it too.
fn keep_common(edit: &mut Edit, other: &Edit) {
    let came: HashSet<u64> = other.added.iter().map(|line| line.number).collect();
    edit.added.retain(|line| came.contains(&line.number));
    let mut went: HashMap<&BStr, usize> = HashMap::new();
    other.removed.iter().for_each(|line| *went.entry(line.text.as_bstr()).or_default() += 1);
    edit.removed.retain(|line| match went.get_mut(line.text.as_bstr()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    });
}

fn count_lines(content: &[u8]) -> u64 {
    let ends = content.iter().filter(|&&byte| byte == b'\n').count() as u64;
    ends + u64::from(content.last().is_some_and(|&byte| byte != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::Line;

    fn side((path, id): (&str, u8)) -> Side {
        Side { path: path.into(), entry: Entry { mode: 0o100_644, id: Oid::from_bytes(&[id; 20]).unwrap() } }
    }

    #[test]
    fn what_moved_is_paired_once_and_by_name_first() {
        for (gone, come, want) in [
            (&[("a/x", 1)][..], &[("b/x", 1)][..], &[("a/x", "b/x")][..]),
            (&[("a/x", 1)], &[("b/x", 2)], &[]),
            (&[("a/x", 1), ("a/y", 1)], &[("b/y", 1), ("b/x", 1)], &[("a/y", "b/y"), ("a/x", "b/x")]),
            (&[("a/x", 1), ("a/y", 1)], &[("b/z", 1), ("b/x", 1)], &[("a/x", "b/x"), ("a/y", "b/z")]),
            (&[("x", 1)], &[("y", 1), ("z", 1)], &[("x", "y")]),
            (&[("x", 1), ("y", 1), ("z", 1)], &[("w", 1)], &[("x", "w")]),
        ] {
            let (mut gone, mut come): (Vec<_>, Vec<_>) =
                (gone.iter().copied().map(side).collect(), come.iter().copied().map(side).collect());
            let all = gone.len() + come.len();
            let pairs = same_content(&gone, &come);
            let pairs = take_out(pairs, &mut gone, &mut come);
            let paths: Vec<_> = pairs.iter().map(|(old, new)| (old.path.to_string(), new.path.to_string())).collect();
            let want: Vec<_> = want.iter().map(|&(old, new)| (old.to_owned(), new.to_owned())).collect();
            assert_eq!(paths, want);
            assert_eq!(gone.len() + come.len() + 2 * pairs.len(), all, "nothing is lost");
        }
    }

    #[test]
    fn only_lines_that_differ_from_all_are_kept() {
        let lines = |lines: &[(u64, &str)]| -> Vec<Line> {
            lines.iter().map(|&(number, text)| Line { number, text: text.into() }).collect()
        };
        let mut edit = Edit { added: lines(&[(1, "a"), (2, "b")]), removed: lines(&[(7, "x"), (8, "x"), (9, "y")]) };
        // A line is known by its place where it came, and by its text where it went: old versions count differently.
        keep_common(&mut edit, &Edit { added: lines(&[(2, "b"), (3, "a")]), removed: lines(&[(1, "x"), (2, "z")]) });
        assert_eq!(edit, Edit { added: lines(&[(2, "b")]), removed: lines(&[(7, "x")]) });
    }

    #[test]
    fn a_last_line_without_an_end_is_a_line() {
        for (content, want) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\nb", 3)] {
            assert_eq!(count_lines(content.as_bytes()), want, "{content:?}");
        }
    }
}
