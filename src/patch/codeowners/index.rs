//! Which rules can match a path at all, found by the plain names in their patterns, so that a file of many thousand
//! rules costs a path a few look-ups. Whether a rule does match is the pattern's own business.

use super::Rule;
use super::pattern::{Part, Pattern, ending};
use bstr::{BStr, BString, ByteSlice};
use std::collections::{BTreeMap, HashMap};

/// A path is looked up by so many names in a row at most.
const LONGEST_RUN: usize = 8;

/// Where more rules than this stand at one place of the index, every path might be held against all of them: nobody
/// writes such a file by hand, and reading it would take minutes.
const MOST_AT_ONE_PLACE: usize = 1000;

/// The index. Rules are numbered in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Patterns that begin with these names at the top of the tree.
    top: Runs,
    /// Patterns that begin with these names at any depth.
    anywhere: Runs,
    /// Patterns for names with this after the last dot, at any depth.
    endings: HashMap<BString, Vec<usize>>,
    /// All others.
    rest: Vec<usize>,
}

/// Patterns by plain names in a row (`src/model`).
#[derive(Clone, Debug, Default)]
struct Runs {
    by_names: HashMap<BString, Vec<usize>>,
    longest: usize,
}

impl Index {
    /// The index of these rules; `None` when they would take too long to be used.
    pub(super) fn of(rules: &[Rule]) -> Option<Index> {
        let mut index = Index::default();
        for (number, rule) in rules.iter().enumerate().rev() {
            let place = index.place(&rule.pattern);
            place.push(number);
            if place.len() > MOST_AT_ONE_PLACE {
                return None;
            }
        }
        Some(index)
    }

    fn place(&mut self, pattern: &Pattern) -> &mut Vec<usize> {
        let (runs, parts) = match pattern.parts.as_slice() {
            [Part::AnyDepth, parts @ ..] => (&mut self.anywhere, parts),
            parts => (&mut self.top, parts),
        };
        let names = parts.iter().map_while(|part| match part {
            Part::Name(name) => Some(name.as_slice()),
            Part::AnyDepth | Part::Glob(_) => None,
        });
        let run: Vec<&[u8]> = names.take(LONGEST_RUN).collect();
        if !run.is_empty() {
            runs.longest = runs.longest.max(run.len());
            return runs.by_names.entry(run.join(&b'/').into()).or_default();
        }
        match pattern.parts.as_slice() {
            [Part::AnyDepth, Part::Glob(glob), ..] => match glob.ending() {
                Some(ending) => self.endings.entry(ending.to_owned()).or_default(),
                None => &mut self.rest,
            },
            _ => &mut self.rest,
        }
    }

    /// For each section that has something to say of this path, the last rule that matches; nothing where the section
    /// excludes it.
    pub(super) fn last_matches(&self, rules: &[Rule], path: &BStr) -> impl Iterator<Item = usize> {
        let names: Vec<&BStr> = path.split_str("/").map(ByteSlice::as_bstr).collect();
        let mut last: BTreeMap<usize, usize> = BTreeMap::new();
        let mut excluded: Vec<usize> = Vec::new();
        let mut look = |place: &[usize]| {
            for &number in place {
                let rule = &rules[number];
                let known = last.get(&rule.section).copied();
                if !rule.excludes && known.is_some_and(|known| known >= number) || !rule.pattern.matches(&names) {
                    continue;
                }
                match rule.excludes {
                    true => excluded.push(rule.section),
                    false => _ = last.insert(rule.section, number),
                }
            }
        };
        look(&self.rest);
        self.top.each(path, &names[..1], &mut look);
        self.anywhere.each(path, &names, &mut look);
        if !self.endings.is_empty() {
            for place in names.iter().filter_map(|name| self.endings.get(ending(name)?)) {
                look(place);
            }
        }
        for section in excluded {
            last.remove(&section);
        }
        last.into_values()
    }
}

impl Runs {
    /// Every place whose names stand in the path, beginning at one of `starts` (its first names).
    fn each(&self, path: &BStr, starts: &[&BStr], look: &mut impl FnMut(&[usize])) {
        let mut start = 0;
        for name in starts {
            let mut end = start + name.len();
            for _ in 0..self.longest {
                if let Some(place) = self.by_names.get(path[start..end].as_bstr()) {
                    look(place);
                }
                match path[end..].get(1..) {
                    Some(rest) => end += 1 + rest.find_byte(b'/').unwrap_or(rest.len()),
                    None => break,
                }
            }
            start += name.len() + 1;
        }
    }
}
