//! CODEOWNERS: who must approve which path, by the rules of GitHub and of GitLab. Where the file is found is not decided
//! here, except for the places it may have; whether the people in it exist is not known here either.

mod github;
mod gitlab;
mod index;
mod owner;
mod pattern;

use bstr::{BStr, ByteSlice};
use index::Index;
use pattern::Pattern;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// Where the file may stand, the first that exists counts.
pub const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// GitHub does not read a larger file.
const LARGEST: usize = 3 << 20;

/// Longer patterns are passed over.
const LONGEST_PATTERN: usize = 1000;

/// A CODEOWNERS file, read.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    rules: Vec<Rule>,
    index: Index,
    unusable: Option<&'static str>,
}

/// One line of it.
#[derive(Clone, Debug)]
struct Rule {
    /// Each section has a say of its own; GitHub knows one.
    section: usize,
    /// Whether it takes paths out of its section instead.
    excludes: bool,
    pattern: Pattern,
    /// Nobody is an answer, too.
    owners: Arc<[String]>,
}

impl CodeOwners {
    /// Read the file that stands at `place`. Lines that make no sense are passed over, as the forges do. In a place that
    /// both forges know, it is GitLab's if it has sections.
    pub fn parse(place: &str, text: &[u8]) -> CodeOwners {
        if text.len() > LARGEST {
            return CodeOwners::unusable("it is larger than 3 MB, which no forge reads");
        }
        // An editor's mark in front is no part of the first pattern, whose owners would be lost with it.
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let gitlab = match place {
            place if place.starts_with(".gitlab/") => true,
            place if place.starts_with(".github/") => false,
            _ => gitlab::has_sections(text),
        };
        let mut rules = if gitlab { gitlab::read(text) } else { github::read(text) };
        // Of rules with the same pattern the last one counts; dropping the others keeps repetition from costing anything.
        rules.reverse();
        let mut seen = HashSet::new();
        rules.retain(|rule| seen.insert((rule.section, rule.excludes, rule.pattern.clone())));
        rules.reverse();
        match Index::of(&rules) {
            Some(index) => CodeOwners { rules, index, unusable: None },
            None => CodeOwners::unusable("it has too many patterns that begin alike"),
        }
    }

    /// Who owns this path, in the file's order; nobody where no rule matches or the last one names nobody.
    pub fn of(&self, path: &BStr) -> Vec<String> {
        self.of_all([path])
    }

    /// Who owns these paths, each once, in the order of the paths and of the file.
    pub fn of_all<'p>(&self, paths: impl IntoIterator<Item = &'p BStr>) -> Vec<String> {
        let mut met = BTreeSet::new();
        let mut named = HashSet::new();
        let mut owners = Vec::new();
        for rule in paths.into_iter().flat_map(|path| self.index.last_matches(&self.rules, path)) {
            if met.insert(rule) {
                let rules_own = self.rules[rule].owners.iter();
                owners.extend(rules_own.filter(|owner| named.insert(owner.as_str())).cloned());
            }
        }
        owners
    }

    /// Why it names nobody although it is there, as a half sentence; `None` when it is in use.
    pub fn why_unusable(&self) -> Option<&'static str> {
        self.unusable
    }

    fn unusable(why: &'static str) -> CodeOwners {
        CodeOwners { unusable: Some(why), ..CodeOwners::default() }
    }
}

/// The lines that say something, without the space around them.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.lines().map(ByteSlice::trim).filter(|line| !line.is_empty() && !line.starts_with(b"#"))
}

/// A line cut behind its pattern, which ends at the first space that no backslash stands before. A pattern longer than
/// sensible ones comes back empty.
fn split_line(line: &[u8]) -> (&[u8], &[u8]) {
    let mut escaped = false;
    let end = line.iter().position(|&byte| {
        let ends = byte.is_ascii_whitespace() && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let (pattern, owners) = line.split_at(end.unwrap_or(line.len()));
    (if pattern.len() > LONGEST_PATTERN { b"" } else { pattern }, owners)
}

#[cfg(test)]
mod tests;
