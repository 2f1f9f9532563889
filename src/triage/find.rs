//! The failure in a log: its first line, the block of lines that tells of it, and an excerpt to hand on.
//!
//! The first error word of a log is almost never the failure. So the search begins where the CI system says that the job
//! failed and goes back; lines that name a cause win over lines that count failures, and those over echoes.

use super::baseline::Baseline;
use super::ci::{self, Structure};
use super::digest::Digest;
use super::signatures::{Hit, Rank, Table};
use super::{line, redact};
use crate::model::{Excerpt, LineSpan};

/// The most lines an excerpt has.
pub const EXCERPT_LINES: usize = 100;

/// What was found in one log. All text in it is clean and has no secrets.
#[derive(Clone, Debug)]
pub struct Found {
    /// The number of the first line of the failure, and its text.
    pub failure: Option<(u64, String)>,
    /// What that line was recognised as.
    pub hit: Option<Hit>,
    /// The lines of the failure's block, from the failure line on.
    pub block: Vec<String>,
    /// Every line that was recognised in the failed step, in order.
    pub hits: Vec<(u64, Hit)>,
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
    let mut hits = Vec::new();
    for (index, _) in digest.marked().filter(|(_, marks)| marks.signature) {
        if baseline.is_some_and(|baseline| baseline.has(digest.raw(index))) {
            continue;
        }
        if let Some(hit) = Table::get().look_up(&line::clean(digest.raw(index))) {
            hits.push((index, hit));
        }
    }
    let best = hits.iter().map(|(_, hit)| hit.signature.rank).max();
    let chosen = hits.iter().rev().find(|(_, hit)| Some(hit.signature.rank) == best && hit.signature.rank > Rank::Echo);
    let at = chosen.map(|(index, _)| *index).or_else(|| digest.len().checked_sub(1));
    let text = |index: usize| redact::text(&line::text(digest.raw(index)));
    let excerpt = at.map(|at| {
        let end = (at + EXCERPT_LINES / 2).min(digest.len() - 1);
        let start = (end + 1).saturating_sub(EXCERPT_LINES);
        Excerpt {
            span: LineSpan { start: digest.number(start), end: digest.number(end) },
            lines: (start..=end).map(text).collect(),
        }
    });
    Found {
        failure: at.map(|at| (digest.number(at), text(at))),
        hit: chosen.map(|(_, hit)| hit.clone()),
        block: at.map(|at| vec![text(at)]).unwrap_or_default(),
        evidence: at.map(|at| LineSpan { start: digest.number(at), end: digest.number(at) }).into_iter().collect(),
        hits: hits.into_iter().map(|(index, hit)| (digest.number(index), hit)).collect(),
        excerpt,
        structure,
    }
}
