//! Which line of a region is the failure.
//!
//! A line that names a cause wins over all others. Where there is none, and a third of real failures hold no word like
//! "error", everything that can be seen from outside is weighed: [`Weights`].

use super::page::Page;
use super::region::Region;
use super::tone::{self, Tone};
use crate::triage::baseline::shape;
use crate::triage::ci;
use crate::triage::signatures::{Hit, Rank, Table};

/// The most marked lines that are looked up at each end of a region.
const MOST_LOOK_UPS: usize = 4_000;

/// How far back from the end of a region unnamed lines are weighed.
const TAIL: usize = 600;

/// A paragraph longer than this is not gone through.
const LONG: usize = 40;

/// A paragraph up to this length is taken as a whole.
const SHORT: usize = 8;

/// How far under its heading a list of failures begins.
const UNDER: usize = 6;

/// How many lines may lie between two lines of one cluster.
const CLOSE: usize = 35;

/// How much less than the heaviest line of a cluster its first one may weigh.
const SLACK: f32 = 1.0;

/// What was chosen, as an index.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The line.
    pub(super) index: usize,
    /// What it was recognised as.
    pub(super) hit: Option<Hit>,
}

/// What speaks for a line that no tool is known to write.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// It was recognised as a symptom.
    symptom: f32,
    /// As a count of failures.
    summary: f32,
    /// As an echo.
    echo: f32,
    /// It begins like an error.
    alarm: f32,
    /// It has a word like "error".
    trouble: f32,
    /// It calls itself a remark, or counts no failures.
    remark: f32,
    /// It has words in red.
    red: f32,
    /// For each doubling of the distance to the end.
    distance: f32,
    /// For each doubling of how often its shape occurs.
    repeated: f32,
    /// It stands deeper than its neighbours.
    indented: f32,
}

const WEIGHTS: Weights = Weights {
    symptom: 6.0,
    summary: 1.5,
    echo: -6.0,
    alarm: 4.0,
    trouble: 2.5,
    remark: -2.5,
    red: 3.0,
    distance: -0.5,
    repeated: -0.7,
    indented: -0.3,
};

/// Every line of a region that is recognised, in order.
pub(super) fn hits(page: &Page, region: &Region) -> Vec<(usize, Hit)> {
    let inside = |index: usize| (region.first..=region.last).contains(&index);
    let marked: Vec<usize> = page
        .digest
        .marked()
        .filter(|(index, marks)| marks.signature && inside(*index))
        .map(|(index, _)| index)
        .collect();
    let (head, tail) = match marked.len() > 2 * MOST_LOOK_UPS {
        true => (&marked[..MOST_LOOK_UPS], &marked[marked.len() - MOST_LOOK_UPS..]),
        false => (&marked[..], &[][..]),
    };
    let hit = |&index: &usize| {
        let clean = page.clean(index);
        let hit = Table::get().look_up(&clean)?;
        (!page.known(index) && !page.script(index)).then_some((index, hit))
    };
    head.iter().chain(tail).filter_map(hit).collect()
}

/// The line that names the cause, if one does.
pub(super) fn cause(hits: &[(usize, Hit)]) -> Option<Choice> {
    let (index, hit) = hits.iter().find(|(_, hit)| hit.signature.rank == Rank::Cause)?;
    Some(Choice { index: *index, hit: Some(hit.clone()) })
}

/// The line that is most likely the failure, as far as that can be seen from outside: the heaviest one, or the first of
/// several such lines that stand close together.
pub(super) fn likely(page: &Page, region: &Region, hits: &[(usize, Hit)], likely_failed: bool) -> Option<Choice> {
    let lines = weighed(page, region, hits);
    let far = |at: usize| WEIGHTS.distance * ((region.last - lines[at].index + 1) as f32).log2();
    let total = |at: usize| lines[at].weight + far(at);
    let Some(mut at) = (0..lines.len()).max_by(|one, other| total(*one).total_cmp(&total(*other))) else {
        // A command that fails without a word is all there is to tell.
        return region.failed.then_some(Choice { index: region.first, hit: None });
    };
    if !likely_failed && lines[at].weight < WEIGHTS.trouble {
        return None;
    }
    let enough = (lines[at].weight - SLACK).max(WEIGHTS.trouble);
    while let Some(above) = (0..at)
        .rev()
        .take_while(|above| lines[at].index - lines[*above].index <= CLOSE)
        .find(|above| lines[*above].weight >= enough)
    {
        at = above;
    }
    let Weighed { index, hit, .. } = lines[at];
    if hit.is_some() {
        return Some(Choice { index, hit: hit.cloned() });
    }
    let head = head(page, region, index);
    let is_heading = tone::is_heading(&page.clean(head));
    Some(Choice { index: below_heading(page, region, head).filter(|_| is_heading).unwrap_or(head), hit: None })
}

/// A line, and what speaks for it but for its place.
struct Weighed<'a> {
    index: usize,
    weight: f32,
    hit: Option<&'a Hit>,
}

/// The last lines of a region that may be the failure, in order.
fn weighed<'a>(page: &Page, region: &Region, hits: &'a [(usize, Hit)]) -> Vec<Weighed<'a>> {
    let first = region.first.max((region.last + 1).saturating_sub(TAIL));
    let census = page.census(first..=region.last);
    let mut lines = Vec::new();
    for index in first..=region.last {
        let clean = page.clean(index);
        if clean.trim_ascii().is_empty()
            || page.script(index)
            || page.known(index)
            || ci::marker(page.digest.raw(index)).is_some()
        {
            continue;
        }
        let hit = hits.binary_search_by_key(&index, |(index, _)| *index).ok().map(|at| &hits[at].1);
        if hit.is_none() && tone::is_heading(&clean) && below_heading(page, region, index).is_none() {
            continue;
        }
        let times = census.get(&shape(&clean)).copied().unwrap_or(1) as f32;
        let w = WEIGHTS;
        let weight = match hit.map(|hit| hit.signature.rank) {
            Some(Rank::Symptom | Rank::Cause) => w.symptom,
            Some(Rank::Summary) => w.summary,
            Some(Rank::Echo) => w.echo,
            None => 0.0,
        } + match tone::of(&clean) {
            Tone::Alarm => w.alarm,
            Tone::Trouble => w.trouble,
            Tone::Remark => w.remark,
            Tone::Plain => 0.0,
        } + if page.red(index) { w.red } else { 0.0 }
            + if page.indent(index) > 0 { w.indented } else { 0.0 }
            + w.repeated * times.log2();
        lines.push(Weighed { index, weight, hit });
    }
    lines
}

/// The first line under the heading of a list of failures; none where there is nothing, or only a CI system's line.
fn below_heading(page: &Page, region: &Region, heading: usize) -> Option<usize> {
    let mut below = heading + 1..=region.last.min(heading + UNDER);
    let says = |clean: &[u8]| clean.iter().any(u8::is_ascii_alphanumeric) && tone::of(clean) != Tone::Remark;
    let below = below.find(|at| says(&page.clean(*at)))?;
    ci::marker(page.digest.raw(below)).is_none().then_some(below)
}

/// Where the paragraph that this line stands in begins to tell of trouble: at its first line that sounds like it. Where
/// nothing in it does, a short paragraph is taken as a whole.
fn head(page: &Page, region: &Region, index: usize) -> usize {
    let sounds = |at: usize| tone::at(page, at) >= Tone::Trouble || page.red(at);
    let mut first = index;
    let mut head = sounds(index).then_some(index);
    while first > region.first && index - first < LONG {
        let above = first - 1;
        let clean = page.clean(above);
        if clean.trim_ascii().is_empty()
            || tone::of(&clean) == Tone::Remark
            || [&b"$ "[..], b"> ", b"+ "].iter().any(|command| clean.starts_with(command))
            || page.known(above)
            || !page.digest.is_followed(above)
            || ci::marker(page.digest.raw(above)).is_some()
        {
            break;
        }
        if sounds(above) {
            head = Some(above);
        }
        first = above;
    }
    head.unwrap_or(if index - first < SHORT { first } else { index })
}
