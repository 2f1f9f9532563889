//! Lone separators that a new merge made up: a warning, for people who look at what is left of a conflict.
//!
//! A row of `=` alone is a heading far more often than a leftover. It is worth a word only where a merge commit has
//! one that none of its parents had, and the pushed tree still has it.

use super::case::Case;
use crate::git::attributes::{Attributes, MARKER_SIZE};
use crate::git::trees;
use crate::guard::markers::{MarkerSize, Place, Separator, lone_separators, made_up, separator_finding};
use crate::model::{Oid, RefUpdate};
use bstr::BString;

/// How many merges of one push are looked at, the newest first.
const MERGES: usize = 32;

/// Judge the pushed commit `tip`: of its changed files, those at `paths` have a row of `=` and nothing worse.
pub(super) fn judge(case: &Case, update: &RefUpdate, tip: Oid, paths: &[BString], attributes: &Attributes) {
    if paths.is_empty() {
        return;
    }
    let merges = new_merges(case, tip);
    if merges.is_empty() {
        return;
    }
    let separators_in = |commit: &Oid, path: &BString, size: MarkerSize| -> Vec<Separator> {
        let tree = case.scene.commits().tree(commit);
        let content = tree.and_then(|tree| trees::file(case.scene.store, tree, path.as_ref()).ok().flatten());
        content.map_or_else(Vec::new, |content| lone_separators(path, &content, size))
    };
    for path in paths {
        let size = attributes.value(MARKER_SIZE, path.as_ref());
        let size = size.map_or(MarkerSize::DEFAULT, |value| MarkerSize::from_attribute(&value));
        let here = separators_in(&tip, path, size);
        if here.is_empty() {
            continue;
        }
        let guilty = merges.iter().find_map(|(merge, parents)| {
            let parents: Vec<_> = parents.iter().map(|parent| separators_in(parent, path, size)).collect();
            let then = made_up(&separators_in(merge, path, size), &parents);
            let now = made_up(&here, &parents);
            now.first().filter(|_| !then.is_empty()).map(|separator| (*merge, *separator))
        });
        if let Some((merge, separator)) = guilty {
            let subject = case.scene.commits().subject(&merge);
            let reference = Some(update.remote_ref.as_ref());
            let place = Place { reference, commit: Some(merge), subject: Some(&subject), path: path.as_ref() };
            let finding = separator_finding(&place, &separator);
            case.draft.update(|report| report.findings.push(finding));
        }
    }
}

/// The merges on the pushed line that the base does not have, each with its parents.
fn new_merges(case: &Case, tip: Oid) -> Vec<(Oid, Vec<Oid>)> {
    let mut commits = case.scene.commits();
    let line = case.base.map_or_else(|| vec![tip], |(_, base)| commits.line_above(tip, *base));
    let merges = line.into_iter().filter_map(|id| {
        let parents = commits.parents(&id)?;
        (parents.len() > 1).then_some((id, parents))
    });
    merges.take(MERGES).collect()
}
