//! The marker rule over one tree: what differs from the base, what of it holds leftovers, and which of those are new.
//!
//! Content is read in two steps. Every changed blob passes one quick test; the few that fail it are read again with
//! their path, because attributes, fences and baselines only matter to them.

use super::case::Case;
use crate::git::attributes::{Attributes, MARKER_SIZE, MARKERS};
use crate::git::objects::Kind;
use crate::git::{blobs, trees};
use crate::guard::markers::{Baseline, Found, MarkerSize, Place, Standing, findings, read, standings, suspicious};
use crate::model::{Finding, Level, Oid, RefUpdate, Rule, visible};
use crate::system::progress::Progress;
use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};
use std::collections::{BTreeSet, HashSet};

/// What is judged.
pub(super) enum Subject<'a> {
    /// The tree of a pushed commit.
    Commit {
        /// The ref that would carry it.
        update: &'a RefUpdate,
        /// The commit.
        tip: Oid,
        /// Its tree.
        tree: Oid,
    },
    /// What is staged: every file with its content.
    Index(HashSet<(BString, Oid)>),
}

/// What the subject is compared with.
struct Old {
    /// The trees whose content is no finding.
    trees: Vec<Oid>,
    /// The folders in which none of them can be read.
    uncompared: Vec<BString>,
}

impl Old {
    fn of(case: &Case, trees: Vec<Oid>, uncompared: &[BString]) -> Old {
        // A base of which nothing is here is not the same as no base.
        let everywhere = (case.base.is_some() && trees.is_empty()).then(BString::default);
        Old { trees, uncompared: everywhere.into_iter().chain(uncompared.iter().cloned()).collect() }
    }
}

/// A file and its content.
type File = (BString, Oid);

/// Judge the tree of a pushed commit.
///
/// # Errors
/// The repository cannot be read.
pub(super) fn judge(case: &Case, update: &RefUpdate, tip: Oid) -> Result<()> {
    let Some(tree) = case.scene.commits().tree(&tip) else {
        case.not_here(Rule::ConflictMarker, format!("the tree of commit {tip} is not in this repository"));
        return Ok(());
    };
    let baselines = case.baselines(Some((update, tip)))?;
    let files = trees::changed(case.scene.store, tree, if case.all { &[] } else { &baselines });
    case.note_unlisted(&files);
    let attributes = Attributes::read(case.scene.store, &files.attributes);
    let subject = Subject::Commit { update, tip, tree };
    let old = Old::of(case, baselines, &files.uncompared);
    let all = if case.all { old.trees.clone() } else { Vec::new() };
    let mut rows = judge_files(case, &subject, &files.iter().collect::<Vec<_>>(), &attributes, &old);
    if !all.is_empty() {
        let changed: HashSet<BString> =
            trees::changed(case.scene.store, tree, &all).iter().map(|(path, _)| path).collect();
        rows.retain(|path| changed.contains(path));
    }
    super::separators::judge(case, update, tip, &rows, &attributes);
    Ok(())
}

/// Judge what is staged for the next commit.
///
/// # Errors
/// The index or the repository cannot be read.
pub(super) fn judge_index(case: &Case) -> Result<()> {
    let index = case.scene.repo.index()?;
    if let Some(first) = index.in_conflict.first() {
        let others = index.in_conflict.len() - 1;
        let more = if others > 0 { format!(" and {others} more") } else { String::new() };
        let reason = format!("a file in conflict is not staged, so it was not scanned: {}{more}", visible(first));
        case.not_here(Rule::ConflictMarker, reason);
    }
    let mut staged = index.files;
    for (folder, tree) in index.folders {
        let files = trees::changed(case.scene.store, tree, &[]);
        case.note_unlisted(&files);
        staged.extend(files.iter().map(|(path, id)| ([&folder[..], &path].concat().into(), id)));
    }
    let baselines = case.baselines(None)?;
    let mut known = HashSet::new();
    for baseline in &baselines {
        known.extend(trees::changed(case.scene.store, *baseline, &[]).iter());
    }
    let attributes: Vec<File> = (staged.iter())
        .filter_map(|(path, id)| {
            let folder = path.strip_suffix(b".gitattributes").filter(|dir| dir.is_empty() || dir.ends_with(b"/"))?;
            Some((folder.into(), *id))
        })
        .collect();
    let attributes = Attributes::read(case.scene.store, &attributes);
    let mut files: Vec<File> = staged.iter().filter(|file| case.all || !known.contains(*file)).cloned().collect();
    files.sort();
    let old = Old::of(case, baselines, &[]);
    judge_files(case, &Subject::Index(staged), &files, &attributes, &old);
    Ok(())
}

/// Find leftovers in these files, and report those that are new; with `--all`, the others too. Gives the other files
/// that have a row of `=` somewhere: headings mostly.
fn judge_files(case: &Case, subject: &Subject, files: &[File], attributes: &Attributes, old: &Old) -> Vec<BString> {
    let rows = match subject {
        Subject::Commit { tip, .. } => {
            case.base.is_some() || case.scene.commits().parents(tip).is_some_and(|parents| parents.len() > 1)
        }
        Subject::Index(_) => false,
    };
    let Read { leftovers: mut found, mut rows } = read_all(case, files, attributes, Reading::Subject { rows });
    if found.is_empty() {
        return rows;
    }
    if let Some((_, base)) = case.base {
        let ignored = ignored_by_base(case, *base, found.iter().map(|((path, _), _)| path.as_ref()));
        found.retain(|((path, _), _)| !ignored.contains(path));
    }
    let elsewhere = known_contents(case, &old.trees, found.iter().map(|((_, id), _)| *id).collect());
    // A hostile tree may have one path twice, so that content is told apart by its id from here on.
    let (known, found): (Vec<_>, Vec<_>) = found.into_iter().partition(|((_, id), _)| elsewhere.contains(id));
    let [known, found] = [known, found].map(|files| files.into_iter().map(|((path, _), found)| (path, found)));
    let (known, found): (Vec<_>, Vec<_>) = (known.collect(), found.collect());
    let sizes = found.iter().map(|(path, _)| marker_size(attributes, path.as_ref())).collect();
    let (versions, unread) = old_versions(case, subject, attributes, &old.trees, &found, &sizes);
    let standing = standings(&found, &versions);
    let is_doubtful =
        |path: &BString| unread.contains(path) || old.uncompared.iter().any(|folder| path.starts_with(folder));
    let mut doubts = Vec::new();
    let subject_line = match subject {
        Subject::Commit { tip, .. } => case.scene.commits().subject(tip),
        Subject::Index(_) => BString::default(),
    };
    let mut said: Vec<Finding> = Vec::new();
    let mut say = |path: &BString, leftovers: Vec<(&Found, Standing)>| {
        let shown = leftovers.into_iter().filter(|&(_, standing)| standing == Standing::New || case.all);
        let place = subject.place(path.as_ref(), &subject_line);
        let mut new = findings(&place, &shown.collect::<Vec<_>>());
        if is_doubtful(path) && new.iter().any(|finding| finding.level == Level::Block) {
            new.iter_mut().for_each(|finding| finding.level = Level::Warn);
            doubts.push(path.clone());
        }
        said.extend(new);
    };
    for (path, leftovers) in &known {
        say(path, leftovers.iter().map(|leftover| (leftover, Standing::Known)).collect());
    }
    for ((path, leftovers), standings) in found.iter().zip(standing) {
        say(path, leftovers.iter().zip(standings).collect());
    }
    if matches!(subject, Subject::Commit { update, .. } if !update.is_line_of_work()) {
        said.iter_mut().for_each(|finding| finding.level = Level::Warn);
    }
    let reported: HashSet<_> = said.iter().filter_map(|finding| finding.path.as_ref()).collect();
    rows.retain(|path| !reported.contains(path));
    case.draft.update(|report| report.findings.extend(said));
    note_doubts(case, doubts);
    rows
}

impl Subject<'_> {
    fn place<'p>(&'p self, path: &'p BStr, subject_line: &'p BString) -> Place<'p> {
        match self {
            Subject::Commit { update, tip, .. } => Place {
                reference: Some(update.remote_ref.as_ref()),
                commit: Some(*tip),
                subject: Some(subject_line),
                path,
            },
            Subject::Index(_) => Place { reference: None, commit: None, subject: None, path },
        }
    }
}

/// What files are read for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading<'a> {
    /// To be judged: they count into the report's figures. Rows of `=` are worth a look where a merge may have left
    /// one, and never in a whole tree's worth of headings.
    Subject { rows: bool },
    /// To know what was there before. An attribute follows a path and not a rename: beside their own marker sizes, old
    /// versions are read with those of the files that something was found in.
    Baseline { sizes: &'a BTreeSet<MarkerSize> },
}

impl Reading<'_> {
    fn is_baseline(self) -> bool {
        matches!(self, Reading::Baseline { .. })
    }

    /// What a file of this marker size is to be read with as well.
    fn further_sizes(self, own: MarkerSize) -> impl Iterator<Item = MarkerSize> {
        let sizes = match self {
            Reading::Subject { .. } => None,
            Reading::Baseline { sizes } => Some(sizes),
        };
        sizes.into_iter().flatten().copied().filter(move |&size| size != own)
    }
}

/// What was found in some files.
struct Read {
    /// What conflicts left, for each file that has anything.
    leftovers: Vec<(File, Vec<Found>)>,
    /// Files with a row of `=` at the start of a line.
    rows: Vec<BString>,
}

fn marker_size(attributes: &Attributes, path: &BStr) -> MarkerSize {
    attributes.value(MARKER_SIZE, path).map_or(MarkerSize::DEFAULT, |value| MarkerSize::from_attribute(&value))
}

fn read_all(case: &Case, files: &[File], attributes: &Attributes, reading: Reading) -> Read {
    let size = |path: &BStr| marker_size(attributes, path);
    // Shorter markers than usual escape the quick test, so such files are read in full.
    let is_short = |size: MarkerSize| size < MarkerSize::DEFAULT;
    let short = |path: &BStr| {
        let own = if attributes.may_shorten_markers() { size(path) } else { MarkerSize::DEFAULT };
        is_short(own) || reading.further_sizes(own).any(is_short)
    };
    let ids: HashSet<Oid> = files.iter().map(|(_, id)| *id).collect();
    let rows_matter = reading == Reading::Subject { rows: true };
    let has_row = |content: &[u8]| rows_matter && (content.starts_with(b"==") || content.contains_str("\n=="));
    let worth_reading = |content: &[u8]| suspicious(content) || has_row(content);
    let progress = Progress::of("scanning files");
    let watch = blobs::Watch { progress: &|done, total| progress.at(done, total), ..blobs::Watch::default() };
    let scanned = blobs::scan(case.scene.store, &ids.into_iter().collect::<Vec<_>>(), &worth_reading, &watch);
    drop(progress);
    let hits: HashSet<Oid> = scanned.hits.iter().copied().collect();
    if !reading.is_baseline() {
        case.note_scan(&scanned);
    }
    let ignored = |path: &BStr| case.policy.is_some_and(|policy| policy.ignore.matches(path));
    let mut reader = case.scene.store.reader();
    let mut found = Read { leftovers: Vec::new(), rows: Vec::new() };
    for (path, id) in files {
        if !(hits.contains(id) || short(path.as_ref())) || ignored(path.as_ref()) {
            continue;
        }
        if let Ok(Some(object)) = reader.find(id)
            && object.kind == Kind::Blob
        {
            let own = size(path.as_ref());
            let mut leftovers = read(path, object.data, own);
            for other in reading.further_sizes(own) {
                let seen: HashSet<_> = leftovers.iter().map(|found| (found.line, found.end_line)).collect();
                let more = read(path, object.data, other);
                leftovers.extend(more.into_iter().filter(|found| !seen.contains(&(found.line, found.end_line))));
            }
            if !leftovers.is_empty() {
                found.leftovers.push(((path.clone(), *id), leftovers));
            }
            if has_row(object.data) {
                found.rows.push(path.clone());
            }
        }
    }
    found
}

/// Which of these paths the base branch's own attributes exempt.
fn ignored_by_base<'p>(case: &Case, base: Oid, paths: impl Iterator<Item = &'p BStr> + Clone) -> HashSet<BString> {
    let tree = case.scene.commits().tree(&base);
    let Some(tree) = tree else { return HashSet::new() };
    let files = trees::attribute_files(case.scene.store, tree, paths.clone());
    let attributes = Attributes::read(case.scene.store, &files);
    paths
        .filter(|path| attributes.value(MARKERS, path).is_some_and(|value| value == "ignore"))
        .map(BStr::to_owned)
        .collect()
}

/// Which of these contents a baseline has, at whatever path.
fn known_contents(case: &Case, baselines: &[Oid], wanted: HashSet<Oid>) -> HashSet<Oid> {
    let mut known = HashSet::new();
    for baseline in baselines {
        if known.len() < wanted.len() {
            let all = trees::changed(case.scene.store, *baseline, &[]);
            known.extend(all.ids().filter(|id| wanted.contains(id)));
        }
    }
    known
}

/// What stood in the baselines where the subject is different now, read with `sizes` too; and the paths of `found` that stand there with
/// content of which nothing can be read.
fn old_versions(
    case: &Case,
    subject: &Subject,
    attributes: &Attributes,
    baselines: &[Oid],
    found: &[(BString, Vec<Found>)],
    sizes: &BTreeSet<MarkerSize>,
) -> (Vec<Baseline>, HashSet<BString>) {
    if found.is_empty() {
        return Default::default();
    }
    let found: HashSet<&BString> = found.iter().map(|(path, _)| path).collect();
    let mut reader = case.scene.store.reader();
    let (mut read, mut unread) = (HashSet::new(), HashSet::new());
    let mut old_side = |baseline: &Oid| {
        let files: Vec<File> = match subject {
            Subject::Commit { tree, .. } => trees::changed(case.scene.store, *baseline, &[*tree]).iter().collect(),
            Subject::Index(staged) => {
                let all = trees::changed(case.scene.store, *baseline, &[]);
                all.iter().filter(|file| !staged.contains(file)).collect()
            }
        };
        for (path, id) in files.iter().filter(|(path, _)| found.contains(path)) {
            let known = if matches!(reader.find(id), Ok(Some(_))) { &mut read } else { &mut unread };
            known.insert(path.clone());
        }
        let mut old = Baseline::default();
        for ((path, _), leftovers) in read_all(case, &files, attributes, Reading::Baseline { sizes }).leftovers {
            old.add(path, &leftovers);
        }
        old
    };
    let versions = baselines.iter().map(&mut old_side).collect();
    unread.retain(|path| !read.contains(path));
    (versions, unread)
}

/// Say why leftovers at these paths stop nothing: a partial clone may lack the very version that they are old in.
fn note_doubts(case: &Case, mut paths: Vec<BString>) {
    paths.dedup();
    if let [first, rest @ ..] = &paths[..] {
        let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let reason = format!(
            "whether the conflict in {}{more} is new cannot be told: what the base branch has there is not in this \
             repository",
            visible(first)
        );
        case.not_here(Rule::ConflictMarker, reason);
    }
}
