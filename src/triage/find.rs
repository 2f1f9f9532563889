//! The failure in a log: its first line, the block of lines that tells of it, and an excerpt to hand on.
//!
//! The first error word of a log is almost never the failure. So the search begins where the CI system says that the job
//! failed and goes back; lines that name a cause win over lines that count failures, and those over echoes.

mod choice;
mod excerpt;
mod expected;
mod extent;
mod page;
mod passing;
mod region;
mod tone;

use super::baseline::Baseline;
use super::ci::{self, Structure};
use super::digest::Digest;
use super::signatures::Hit;
use super::{line, redact};
use crate::model::{Excerpt, LineSpan};
use page::Page;
use tone::Tone;

/// The most lines an excerpt has.
pub const EXCERPT_LINES: usize = 100;

/// The most lines that a key has, as keys are printed.
const KEY_LINES: usize = 120;

/// The most lines of further blocks that are kept.
const OTHER_LINES: usize = 300;

/// What was found in one log. Its lines are clean and have no secrets; what signatures captured is as it stands in the log.
#[derive(Clone, Debug)]
pub struct Found {
    /// The number of the first line of the failure, and its text.
    pub failure: Option<(u64, String)>,
    /// What that line was recognised as.
    pub hit: Option<Hit>,
    /// The lines of the failure's block, from the failure line on.
    pub block: Vec<String>,
    /// The lines of the other blocks of evidence, in order: what else failed in the same way.
    pub others: Vec<String>,
    /// Every line that was recognised in the failed step, in order.
    pub hits: Vec<(u64, Hit)>,
    /// What the other steps that failed were recognised as.
    pub elsewhere: Vec<Hit>,
    /// The lines that tell of the failure.
    pub evidence: Vec<LineSpan>,
    /// The lines to hand on.
    pub excerpt: Option<Excerpt>,
    /// The structure of the log.
    pub structure: Structure,
}

/// Find it.
pub fn find(digest: &Digest, baseline: Option<&Baseline>) -> Found {
    let structure = ci::structure(digest);
    if region::passed(digest, &structure) {
        return Found::nothing(structure);
    }
    let page = Page::new(digest, baseline);
    // Who names passing logs knows that this one is not.
    let red = baseline.is_some();
    let unsaid = region::unsaid(digest, &structure);
    let regions = region::regions(digest, &structure);
    let of_regions: Vec<_> = regions.iter().map(|region| choice::hits(&page, region, &structure.verdicts)).collect();
    let choices = regions
        .iter()
        .zip(&of_regions)
        .enumerate()
        .filter_map(|(at, (region, hits))| Some((at, choice::choose(&page, region, hits, red || region.failed)?)))
        .filter(|(at, choice)| {
            let (region, hits) = (&regions[*at], &of_regions[*at]);
            red || region.failed || !passing::is_got_over(&page, region, choice, hits, unsaid)
        });
    let mut choices: Vec<_> = choices.collect();
    // Of several steps that failed, the first one that says most.
    let most = choices.iter().map(|(_, choice)| choice.rank).max();
    let first = choices.iter().position(|(_, choice)| Some(choice.rank) == most);
    let Some((of, choice)) = first.map(|first| choices.remove(first)) else { return Found::nothing(structure) };
    let (region, hits) = (&regions[of], &of_regions[of]);
    let span = |(start, end): (usize, usize)| LineSpan { start: digest.number(start), end: digest.number(end) };
    let last = extent::block(&page, region, &choice);
    let evidence = extent::evidence(&page, region, &choice, hits);
    let (start, end) = excerpt::around(&page, region, &choice);
    let lines = texts(digest, start, end);
    Found {
        failure: Some((digest.number(choice.index), lines[choice.index - start].clone())),
        block: texts(digest, choice.index, last),
        others: others(digest, &evidence, last),
        evidence: evidence.into_iter().map(span).collect(),
        excerpt: Some(Excerpt { span: span((start, end)), lines }),
        hits: hits.iter().map(|(index, hit)| (digest.number(*index), hit.clone())).collect(),
        elsewhere: choices.into_iter().filter_map(|(_, choice)| choice.hit).collect(),
        hit: choice.hit,
        structure,
    }
}

/// Whether a clean line says of itself that it is a remark (`[INFO]`, `warning:`, `... ok`), or counts no failures.
pub fn is_remark(clean: &[u8]) -> bool {
    tone::of(clean) == Tone::Remark
}

/// Sections of failures that a test runner was told to expect, as ranges of indices, in order.
pub fn expected(digest: &Digest) -> Vec<(usize, usize)> {
    expected::sections(digest)
}

/// The first lines of evidence that do not stand in the block, which ends here.
fn others(digest: &Digest, evidence: &[(usize, usize)], last: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (start, end) in evidence.iter().map(|(start, end)| ((*start).max(last + 1), *end)) {
        let end = end.min(start + (OTHER_LINES - lines.len()));
        if start <= end && lines.len() < OTHER_LINES {
            lines.extend(texts(digest, start, end));
        }
    }
    lines
}

/// Clean lines without secrets. A key goes over many lines: what comes before is looked at too.
fn texts(digest: &Digest, first: usize, last: usize) -> Vec<String> {
    let from = first.saturating_sub(KEY_LINES);
    let mut lines: Vec<String> = (from..=last).map(|index| line::text(digest.raw(index))).collect();
    redact::lines(&mut lines);
    lines.split_off(first - from)
}

impl Found {
    /// Whether the line with this number tells of the failure.
    pub fn is_evidence(&self, number: u64) -> bool {
        let after = self.evidence.partition_point(|span| span.start <= number);
        after.checked_sub(1).is_some_and(|at| number <= self.evidence[at].end)
    }

    fn nothing(structure: Structure) -> Found {
        Found {
            failure: None,
            hit: None,
            block: Vec::new(),
            others: Vec::new(),
            hits: Vec::new(),
            elsewhere: Vec::new(),
            evidence: Vec::new(),
            excerpt: None,
            structure,
        }
    }
}

#[cfg(test)]
mod tests;
