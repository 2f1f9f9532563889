//! Lone separators that a new merge made up: a warning, for people who look at what is left of a conflict.
//!
//! A row of `=` alone is a heading far more often than a leftover. It is worth a word only where a merge commit has
//! one that none of its parents had, and the pushed tree still has it.

use super::judge::Case;
use crate::git::attributes::{Attributes, MARKER_SIZE};
use crate::git::blobs;
use crate::git::trees::{self, Files};
use crate::guard::markers::{MarkerSize, Place, Separator, lone_separators, made_up, separator_finding};
use crate::model::{Oid, RefUpdate};
use anyhow::Result;
use bstr::{BString, ByteSlice};
use std::collections::{BTreeSet, HashSet};

/// How many merges of one push are looked at, the newest first.
const MERGES: usize = 32;

/// Judge the changed `files` of the pushed commit `tip`, except those where something worse was `reported`.
///
/// # Errors
/// The repository cannot be read.
pub(super) fn judge(
    case: &Case,
    update: &RefUpdate,
    tip: Oid,
    files: &Files,
    attributes: &Attributes,
    reported: &BTreeSet<BString>,
) -> Result<()> {
    let merges = new_merges(case, tip)?;
    if merges.is_empty() || case.all {
        return Ok(());
    }
    let ids: HashSet<Oid> = files.ids().collect();
    let has_row = |content: &[u8]| content.starts_with(b"==") || content.contains_str("\n==");
    let scanned = blobs::scan(&case.scene.store, &ids.into_iter().collect::<Vec<_>>(), &has_row);
    let hits: HashSet<Oid> = scanned.hits.into_iter().collect();
    let mut commits = case.scene.commits()?;
    let mut findings = Vec::new();
    for (path, _) in files.iter().filter(|(path, id)| hits.contains(id) && !reported.contains(path)) {
        let size = attributes.value(MARKER_SIZE, path.as_ref());
        let size = size.map_or(MarkerSize::DEFAULT, |value| MarkerSize::from_attribute(&value));
        let mut separators_in = |commit: &Oid| -> Vec<Separator> {
            let tree = commits.tree(commit);
            let content = tree.and_then(|tree| trees::file(&case.scene.store, tree, path.as_ref()).ok().flatten());
            content.map_or_else(Vec::new, |content| lone_separators(&path, &content, size))
        };
        let here = separators_in(&tip);
        if here.is_empty() {
            continue;
        }
        let guilty = merges.iter().find_map(|(merge, parents)| {
            let parents: Vec<_> = parents.iter().map(&mut separators_in).collect();
            let then = made_up(&separators_in(merge), &parents);
            let now = made_up(&here, &parents);
            now.first().filter(|_| !then.is_empty()).map(|separator| (*merge, *separator))
        });
        if let Some((merge, separator)) = guilty {
            findings.push((path, merge, separator));
        }
    }
    for (path, merge, separator) in findings {
        let subject = commits.subject(&merge);
        let place = Place {
            reference: Some(update.remote_ref.as_ref()),
            commit: Some(merge),
            subject: Some(&subject),
            path: path.as_ref(),
        };
        let finding = separator_finding(&place, &separator);
        case.draft.update(|report| report.findings.push(finding));
    }
    Ok(())
}

/// The merges on the pushed line that the base does not have, each with its parents.
fn new_merges(case: &Case, tip: Oid) -> Result<Vec<(Oid, Vec<Oid>)>> {
    let mut commits = case.scene.commits()?;
    let line = match case.base {
        Some((_, base)) => commits.new_history(tip, &[*base], &[]).own_line(),
        None => vec![tip],
    };
    let merges = line.into_iter().filter_map(|id| {
        let parents = commits.parents(&id)?;
        (parents.len() > 1).then_some((id, parents))
    });
    Ok(merges.take(MERGES).collect())
}
