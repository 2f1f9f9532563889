//! How far a failure goes: the lines after its first one that tell of it, and the other lines of the same failure.

use super::choice::Choice;
use super::page::Page;
use super::region::Region;
use super::tone::{self, Tone};
use crate::triage::ci;
use crate::triage::signatures::{Block, Hit, Rank};

/// The most lines that one block has.
const MOST_LINES: usize = 80;

/// The index of the last line of the block that begins here.
pub(super) fn block(page: &Page, region: &Region, choice: &Choice) -> usize {
    let shape = choice.hit.as_ref().map_or(Block::Paragraph, |hit| hit.signature.block);
    last(page, region, choice.index, shape)
}

fn last(page: &Page, region: &Region, start: usize, shape: Block) -> usize {
    let limit = match shape {
        Block::Line => return start,
        Block::Lines(lines) => start + usize::from(lines),
        _ => start + MOST_LINES,
    }
    .min(region.last.max(start));
    let depth = page.indent(start);
    let mut end = start;
    // Lines that belong to it only if more of it comes after them.
    for next in start + 1..=limit {
        if !page.digest.is_followed(next - 1) || ci::marker(page.digest.raw(next)).is_some() {
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
            spans.push((*index, last(page, region, *index, hit.signature.block)));
        }
    }
    merged(spans)
}

/// With passing logs it can be told what is new: of that, everything that looks like an error, with what follows it.
fn against(page: &Page, region: &Region, choice: &Choice, hits: &[(usize, Hit)]) -> Vec<(usize, usize)> {
    let mut spans = vec![(choice.index, block(page, region, choice))];
    let end = (region.last + 1).min(page.digest.len() - 1);
    for (index, marks) in page.digest.marked().filter(|(index, _)| (region.first..=end).contains(index)) {
        let hit = hits.binary_search_by_key(&index, |(index, _)| *index).ok().map(|at| &hits[at].1);
        let names = hit.is_some_and(|hit| hit.signature.rank >= Rank::Symptom);
        let loud = match tone::at(page, index) {
            Tone::Remark => false,
            Tone::Trouble | Tone::Alarm => true,
            Tone::Plain => hit.is_some(),
        };
        let echo = hit.is_some_and(|hit| hit.signature.rank == Rank::Echo)
            || marks.marker && ci::marker(page.digest.raw(index)).is_some();
        if !(names || loud) || echo || page.script(index) || page.known(index) {
            continue;
        }
        let shape = match hit {
            Some(hit) if hit.signature.block != Block::Line => hit.signature.block,
            _ => Block::Indented,
        };
        spans.push((index, last(page, region, index, shape)));
    }
    merged(spans)
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
