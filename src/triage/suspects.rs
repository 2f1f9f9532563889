//! Files of the repository and tests that a failure names.
//!
//! Only what the log says is known: no file is looked for. Names come from anybody, so they are bounded.

pub(super) mod places;

use super::find::Found;
use super::redact;
use super::signatures::Rank;
use crate::model::Suspect;
use places::Place;

/// The most files, and the most tests, that are told.
const MOST_FILES: usize = 20;
const MOST_TESTS: usize = 200;

/// The longest name of a test.
const LONGEST: usize = 300;

/// Names of the tests that failed, sorted. Some tools list tests that were left out in the same way as those that failed, and
/// such a line counts where it says as much as the failure's line, or belongs to what tells of the failure.
pub fn failing_tests(found: &Found) -> Vec<String> {
    let rank = found.hit.as_ref().map_or(Rank::Echo, |hit| hit.signature.rank);
    let others = found.hits.iter().filter(|(number, hit)| hit.signature.rank >= rank || found.is_evidence(*number));
    let own = found.hit.iter().chain(others.map(|(_, hit)| hit));
    let mut tests: Vec<String> =
        own.filter_map(|hit| hit.test.as_deref()).map(|test| bounded(&redact::text(test.trim()))).collect();
    tests.retain(|test| !test.is_empty());
    tests.sort();
    tests.dedup();
    tests.truncate(MOST_TESTS);
    tests
}

/// Files of the repository, with lines where the log names them, the likeliest first: the file that the failure's line names,
/// those of the stack from where it happened, other places of its block, then what else was recognised.
pub fn files(found: &Found) -> Vec<Suspect> {
    let root = found.structure.root.as_deref();
    let of_hit = |hit: &super::signatures::Hit| {
        let file = hit.file.clone()?;
        let place = match hit.row {
            Some(row) => format!("{file}:{row}"),
            None => file.clone(),
        };
        let mut places = places::of(&place, root);
        // Whatever a signature calls a file is one, also where its ending is unknown.
        if places.is_empty() {
            let file = super::fingerprint::paths::relative(&file, root).into_owned();
            places.push(Place {
                file,
                row: hit.row,
                function: None,
                is_frame: false,
                is_runtime: false,
                is_last_first: false,
            });
        }
        Some(places)
    };
    let mut all: Vec<Place> = found.hit.iter().filter_map(of_hit).flatten().collect();
    all.extend(of_block(&found.block, root));
    all.extend(found.hits.iter().rev().filter_map(|(_, hit)| of_hit(hit)).flatten());
    let mut suspects: Vec<Suspect> = Vec::new();
    for place in all {
        let Some(path) = place.own() else { continue };
        let path = redact::text(&path);
        match suspects.iter().position(|suspect| suspect.path == path) {
            Some(known) => suspects[known].line = suspects[known].line.or(place.row),
            None if suspects.len() < MOST_FILES => suspects.push(Suspect { path, line: place.row }),
            None => {}
        }
    }
    suspects
}

/// The places of a block, the likeliest first.
fn of_block(block: &[String], root: Option<&str>) -> Vec<Place> {
    const MOST_LINES: usize = 400;
    let (mut frames, mut others, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    // Linters write the file's name once, and below it one line a finding: `  12:5  error  …`.
    let mut above: Option<Place> = None;
    for line in block.iter().take(MOST_LINES) {
        let found = places::of(line, root);
        if let (Some(above), Some(row), true) =
            (&above, row_of_finding(line), found.iter().all(|place| place.row.is_none()))
        {
            others.push(Place { row: Some(row), ..above.clone() });
            continue;
        }
        if let [one] = found.as_slice()
            && one.row.is_none()
            && line.trim().len() <= line.trim().rfind('/').map_or(0, |at| at + 1) + one.file.len()
        {
            above = Some(one.clone());
        }
        for place in found {
            match (place.is_frame, place.row) {
                (true, _) if place.is_last_first => frames.insert(0, place),
                (true, _) => frames.push(place),
                (false, Some(_)) => others.push(place),
                (false, None) => bare.push(place),
            }
        }
    }
    // An error's own position comes before the stack that led there, where the first line has one.
    frames.into_iter().chain(others).chain(bare).collect()
}

/// `  12:5  error  Missing semicolon`, below the name of a file.
fn row_of_finding(line: &str) -> Option<u64> {
    let trimmed = line.trim_start();
    if trimmed.len() == line.len() {
        return None;
    }
    let (row, rest) = trimmed.split_once(':')?;
    let column = rest.split_whitespace().next()?;
    column.bytes().all(|byte| byte.is_ascii_digit() || byte == b':').then(|| row.parse().ok())?
}

fn bounded(name: &str) -> String {
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
