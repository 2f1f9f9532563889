//! How far a failure goes: the lines after its first one that tell of it, and the other lines of the same failure.

use super::choice::Choice;
use super::page::Page;
use super::region::Region;
use super::tone::{self, Tone};
use crate::triage::signatures::{Block, Hit, Rank};

/// The most lines that one block has.
const MOST_LINES: usize = 80;

/// The most lines of a block that is a list, of dead links or of files.
const MOST_ENTRIES: usize = 300;

/// The most marked lines that are looked at for evidence.
const MOST_SEEDS: usize = 20_000;

/// The index of the last line of the block that begins here.
pub(super) fn block(page: &Page, region: &Region, choice: &Choice) -> usize {
    match &choice.hit {
        Some(hit) => of_hit(page, region, choice.index, hit),
        None => last(page, region, choice.index, Block::Paragraph, false),
    }
}

fn of_hit(page: &Page, region: &Region, start: usize, hit: &Hit) -> usize {
    last(page, region, start, hit.signature.block, hit.signature.rank == Rank::Cause)
}

fn last(page: &Page, region: &Region, start: usize, shape: Block, is_cause: bool) -> usize {
    let limit = match shape {
        Block::Line => return start,
        Block::Lines(lines) => start + usize::from(lines),
        // A tool that ends its list with a blank line is believed.
        Block::Paragraph if is_cause => start + MOST_ENTRIES,
        _ => start + MOST_LINES,
    }
    .min(region.last.max(start));
    let depth = page.indent(start);
    let mut end = start;
    // Lines that belong to it only if more of it comes after them.
    for next in start + 1..=limit {
        if !page.digest.is_followed(next - 1) || page.said(next) {
            break;
        }
        let blank = page.blank(next);
        let belongs = match shape {
            Block::Line => false,
            Block::Lines(_) => true,
            Block::Paragraph if blank => break,
            Block::Paragraph => true,
            Block::Indented if blank => continue,
            Block::Indented => page.indent(next) > depth || is_frame(&page.clean(next)),
            Block::Frames if blank => continue,
            Block::Frames => page.indent(next) > depth || is_frame(&page.clean(next)),
        };
        match belongs {
            true => end = next,
            false => break,
        }
    }
    end
}

/// A stack frame or a cause, in any language's looks.
fn is_frame(clean: &[u8]) -> bool {
    let line = clean.trim_ascii();
    [&b"at "[..], b"Caused", b"caused by", b"... ", b"File \"", b"from ", b"Also:", b"# ", b"#0"]
        .iter()
        .any(|start| line.starts_with(start))
}

/// Everything that tells of the failure, as ranges of indices, in order.
pub(super) fn evidence(page: &Page, region: &Region, choice: &Choice, hits: &[(usize, Hit)]) -> Vec<(usize, usize)> {
    if page.baseline.is_some() {
        return against(page, region, choice, hits);
    }
    let mut spans = vec![(choice.index, block(page, region, choice))];
    for (index, hit) in hits.iter().filter(|(index, hit)| *index > choice.index && hit.signature.rank == Rank::Cause) {
        if choice.hit.as_ref().is_some_and(|chosen| chosen.signature.kind == hit.signature.kind) {
            spans.push((*index, of_hit(page, region, *index, hit)));
        }
    }
    merged(spans)
}

/// With passing logs it can be told what is new: of that, everything that sounds like trouble, with what follows it. Lines
/// that only count or repeat failures tell nothing of their own.
fn against(page: &Page, region: &Region, choice: &Choice, hits: &[(usize, Hit)]) -> Vec<(usize, usize)> {
    let mut spans = vec![(choice.index, block(page, region, choice))];
    let inside = |index: usize| (region.first..=region.last).contains(&index);
    for (index, _) in page.digest.marked().rev().filter(|(index, _)| inside(*index)).take(MOST_SEEDS) {
        let hit = hits.binary_search_by_key(&index, |(index, _)| *index).ok().map(|at| &hits[at].1);
        let tone = tone::at(page, index);
        let tells = match hit {
            Some(hit) if is_like(hit, choice) => true,
            Some(hit) if hit.signature.rank >= Rank::Symptom => tone != Tone::Remark,
            Some(_) => false,
            None => tone >= Tone::Trouble && !tone::is_heading(&page.clean(index)),
        };
        let said = page.said(index);
        if tells && !said && !page.script(index) && !page.known(index) {
            let indented = last(page, region, index, Block::Indented, false);
            let end = hit.map_or(indented, |hit| of_hit(page, region, index, hit).max(indented));
            spans.push((index, tagged(page, region, index, end)));
        }
    }
    merged(spans)
}

/// Whether a line tells of the same kind of failure, in the same way.
fn is_like(hit: &Hit, choice: &Choice) -> bool {
    choice.hit.as_ref().is_some_and(|chosen| chosen.signature.name == hit.signature.name)
}

/// The last of the lines after `end` that open with the same level as the first one, `[ERROR]`: one message of several lines.
fn tagged(page: &Page, region: &Region, start: usize, end: usize) -> usize {
    let clean = page.clean(start);
    let Some(tag) = level(&clean) else { return end };
    let more = (end + 1..=region.last).take(MOST_LINES).take_while(|next| level(&page.clean(*next)) == Some(tag));
    more.last().unwrap_or(end)
}

/// The level in brackets with which a line of trouble opens.
fn level(clean: &[u8]) -> Option<&[u8]> {
    let end = clean.iter().take(12).position(|byte| *byte == b']')?;
    let level = &clean[..=end];
    [&b"[error]"[..], b"[fatal]", b"[severe]"].iter().any(|tag| level.eq_ignore_ascii_case(tag)).then_some(level)
}

/// Spans in order that do not touch.
fn merged(mut spans: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    spans.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1 + 1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}
