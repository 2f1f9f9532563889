//! Which line of a region is the failure.
//!
//! A line that names a cause wins over all others. Where there is none, and a third of real failures hold no word like
//! "error", everything that can be seen from outside is weighed: [`Weights`].

use super::page::Page;
use super::region::Region;
use super::tone::{self, Tone};
use crate::triage::baseline::shape;
use crate::triage::signatures::{Hit, Kind, Rank, Table};

/// The most marked lines that are looked up at each end of a region.
const MOST_LOOK_UPS: usize = 12_000;

/// How far back from the end of a region coloured lines are looked up without a mark.
const COLOURED: usize = 4_000;

/// The most verdicts that are looked up.
const MOST_VERDICTS: usize = 50;

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
    /// How much that says, to compare the choices of several regions.
    pub(super) rank: i32,
}

impl Choice {
    /// Whether a tool names the cause there.
    pub(super) fn is_cause(&self) -> bool {
        self.hit.as_ref().is_some_and(|hit| hit.signature.rank == Rank::Cause)
    }
}

/// What speaks for a line.
#[derive(Clone, Copy, Debug)]
struct Weights {
    /// It names a cause.
    cause: f32,
    /// The cause that it names may be one that a test brings about on purpose: a crash, a file that is not there.
    provoked: f32,
    /// The cause that it names is one that jobs often get over: a host that does not answer, and the next one does.
    incidental: f32,
    /// It is a symptom.
    symptom: f32,
    /// It counts failures.
    summary: f32,
    /// It is an echo.
    echo: f32,
    /// Nobody knows it, and it begins like an error.
    alarm: f32,
    /// It has a word like "error".
    trouble: f32,
    /// It calls itself a remark, or counts no failures.
    remark: f32,
    /// Nobody knows it, and it has words in red.
    red: f32,
    /// For each doubling of the distance to the end, where it names a cause: of many, the first one tells most.
    cause_distance: f32,
    /// For each doubling of the distance to the end, where it does not.
    distance: f32,
    /// For each doubling of how often its shape occurs.
    repeated: f32,
    /// It stands deeper than its neighbours.
    indented: f32,
}

const WEIGHTS: Weights = Weights {
    cause: 12.0,
    provoked: 11.0,
    incidental: 8.5,
    symptom: 7.0,
    summary: 2.5,
    echo: -4.0,
    alarm: 4.0,
    trouble: 2.5,
    remark: -2.5,
    red: 3.5,
    cause_distance: 0.05,
    distance: -0.5,
    repeated: -0.7,
    indented: -0.3,
};

impl Weights {
    fn of_hit(self, hit: &Hit) -> f32 {
        match (hit.signature.rank, hit.signature.kind) {
            (Rank::Cause, Kind::Network | Kind::Registry | Kind::RateLimit) => self.incidental,
            (Rank::Cause, Kind::Missing | Kind::Git | Kind::Auth | Kind::Permission | Kind::Config) => self.provoked,
            (Rank::Cause, _) => self.cause,
            (Rank::Symptom, _) => self.symptom,
            (Rank::Summary, _) => self.summary,
            (Rank::Echo, _) => self.echo,
        }
    }

    fn of_tone(self, tone: Tone) -> f32 {
        match tone {
            Tone::Alarm => self.alarm,
            Tone::Trouble => self.trouble,
            Tone::Plain => 0.0,
            Tone::Remark => self.remark,
        }
    }
}

/// Every line of a region that is recognised, in order. A verdict of the CI system is one of them if it names a cause: the
/// job ran out of its time.
pub(super) fn hits(page: &Page, region: &Region, verdicts: &[usize]) -> Vec<(usize, Hit)> {
    let inside = |index: usize| (region.first..=region.last).contains(&index);
    let mut marked: Vec<usize> = page
        .digest
        .marked()
        .filter(|(index, marks)| marks.signature && inside(*index))
        .map(|(index, _)| index)
        .collect();
    // A change of colour may stand inside a needle.
    let coloured = (region.first.max((region.last + 1).saturating_sub(COLOURED))..=region.last)
        .filter(|index| memchr::memchr(b'\x1b', page.digest.raw(*index)).is_some());
    marked.extend(coloured);
    marked.sort_unstable();
    marked.dedup();
    let (head, tail) = match marked.len() > 2 * MOST_LOOK_UPS {
        true => (&marked[..MOST_LOOK_UPS], &marked[marked.len() - MOST_LOOK_UPS..]),
        false => (&marked[..], &[][..]),
    };
    let hit = |&index: &usize| {
        let clean = page.clean(index);
        let hit = Table::get().look_up(&clean)?;
        (!page.known(index) && !page.script(index)).then_some((index, hit))
    };
    let mut hits: Vec<_> = head.iter().chain(tail).filter_map(hit).collect();
    let verdicts = verdicts.iter().filter(|verdict| **verdict > region.last).take(MOST_VERDICTS);
    hits.extend(verdicts.filter_map(hit).filter(|(_, hit)| hit.signature.rank == Rank::Cause));
    hits
}

/// The line that is most likely the failure: the heaviest one, or the first of several such lines that stand close together.
/// Where nobody says that something failed, a line has to sound like it.
pub(super) fn choose(page: &Page, region: &Region, hits: &[(usize, Hit)], failed: bool) -> Option<Choice> {
    let lines = weighed(page, region, hits);
    let Some(mut at) = (0..lines.len()).max_by(|one, other| lines[*one].total().total_cmp(&lines[*other].total()))
    else {
        // A command that fails without a word is all there is to tell; or, if it passed before, that it failed.
        let news = [Some(region.first), region.verdict].into_iter().flatten().find(|index| !page.known(*index));
        return news.filter(|_| region.failed).map(|index| Choice { index, hit: None, rank: 0 });
    };
    if !failed && lines[at].weight < WEIGHTS.trouble {
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
    let rank = hit.map_or(0, |hit| WEIGHTS.of_hit(hit) as i32);
    if hit.is_some() {
        return Some(Choice { index, hit: hit.cloned(), rank });
    }
    let head = head(page, region, index);
    let is_heading = tone::is_heading(&page.clean(head));
    Some(Choice { index: below_heading(page, region, head).filter(|_| is_heading).unwrap_or(head), hit: None, rank })
}

/// A line, and what speaks for it.
struct Weighed<'a> {
    index: usize,
    hit: Option<&'a Hit>,
    /// By what it says.
    weight: f32,
    /// By where it stands.
    place: f32,
}

impl Weighed<'_> {
    fn total(&self) -> f32 {
        self.weight + self.place
    }
}

/// The lines of a region that may be the failure, in order: those that are recognised, and the last ones.
fn weighed<'a>(page: &Page, region: &Region, hits: &'a [(usize, Hit)]) -> Vec<Weighed<'a>> {
    let tail = region.first.max((region.last + 1).saturating_sub(TAIL));
    let census = page.census(tail..=region.last);
    let doublings = |index: usize| ((region.last.saturating_sub(index) + 1) as f32).log2();
    let named = hits.iter().map(|(index, hit)| {
        let remark = tone::heard(page, *index, &page.clean(*index)) == Tone::Remark;
        let weight = WEIGHTS.of_hit(hit) + if remark { WEIGHTS.remark } else { 0.0 };
        let distance = if WEIGHTS.of_hit(hit) >= WEIGHTS.provoked { WEIGHTS.cause_distance } else { WEIGHTS.distance };
        Weighed { index: *index, hit: Some(hit), weight, place: distance * doublings(*index) }
    });
    let is_named = |index: usize| hits.binary_search_by_key(&index, |(index, _)| *index).is_ok();
    let unnamed = (tail..=region.last).filter(|index| !is_named(*index)).filter_map(|index| {
        let clean = page.clean(index);
        if clean.trim_ascii().is_empty()
            || page.script(index)
            || page.known(index)
            || page.said(index)
            || (tone::is_heading(&clean) && below_heading(page, region, index).is_none())
        {
            return None;
        }
        let times = census.get(&shape(&clean)).copied().unwrap_or(1) as f32;
        let weight = WEIGHTS.of_tone(tone::heard(page, index, &clean))
            + if page.red(index) { WEIGHTS.red } else { 0.0 }
            + if clean[0].is_ascii_whitespace() { WEIGHTS.indented } else { 0.0 }
            + WEIGHTS.repeated * times.log2();
        Some(Weighed { index, hit: None, weight, place: WEIGHTS.distance * doublings(index) })
    });
    let mut lines: Vec<_> = named.chain(unnamed).collect();
    lines.sort_by_key(|line| line.index);
    lines
}

/// The first line under the heading of a list of failures; none where there is nothing, or only a CI
/// system's line or one that passing logs have.
fn below_heading(page: &Page, region: &Region, heading: usize) -> Option<usize> {
    let mut below = heading + 1..=region.last.min(heading + UNDER);
    let says = |clean: &[u8]| clean.iter().any(u8::is_ascii_alphanumeric) && tone::of(clean) != Tone::Remark;
    let below = below.find(|at| says(&page.clean(*at)))?;
    (!page.said(below) && !page.known(below)).then_some(below)
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
            || page.said(above)
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
