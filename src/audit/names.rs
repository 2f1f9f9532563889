//! Names of commits and branches, written in one way: whoever tells of a commit may abbreviate it, and some CI systems call a
//! branch by its full name.
//!
//! Nothing here asks git: an abbreviated id is the commit that other events name in full, as long as there is only one.

use crate::model::{Event, RunContext};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

/// From so many digits on, the beginning of a commit's id names it, as git abbreviates it.
const SHORTEST: usize = 7;

/// A commit's id as it is kept.
pub fn commit(typed: &str) -> String {
    let typed = typed.trim();
    if is_hex(typed) { typed.to_ascii_lowercase() } else { typed.to_owned() }
}

/// A branch as it is kept.
pub fn branch(typed: &str) -> String {
    let typed = typed.trim();
    typed.strip_prefix("refs/heads/").unwrap_or(typed).to_owned()
}

/// These events with commits in full, as far as any of them, or `run`, says what that is.
pub(super) fn in_full<'e>(events: &'e [Event], run: &RunContext) -> (Cow<'e, [Event]>, RunContext) {
    let full = abbreviations(events.iter().map(|event| &event.run).chain([run]));
    let written = |run: &RunContext| {
        let sha = run.sha.as_deref().map(|sha| {
            let key = (run.repo.as_deref().unwrap_or_default(), sha);
            full.get(&key).copied().unwrap_or(sha).to_owned()
        });
        RunContext { sha, ..run.clone() }
    };
    if full.is_empty() {
        return (Cow::Borrowed(events), run.clone());
    }
    let events = events.iter().map(|event| Event { run: written(&event.run), ..event.clone() }).collect();
    (Cow::Owned(events), written(run))
}

/// What every abbreviated id stands for, by repository.
fn abbreviations<'r>(runs: impl Iterator<Item = &'r RunContext>) -> HashMap<(&'r str, &'r str), &'r str> {
    let known: BTreeSet<(&str, &str)> = runs
        .filter_map(|run| Some((run.repo.as_deref().unwrap_or_default(), run.sha.as_deref()?)))
        .filter(|(_, sha)| sha.len() >= SHORTEST && is_hex(sha))
        .collect();
    // In their order, the ids that begin with another one follow upon it.
    let known: Vec<_> = known.into_iter().collect();
    let mut full: HashMap<(&str, &str), &str> = HashMap::new();
    for pair in known.windows(2).rev() {
        let [(repo, sha), (next_repo, next)] = [pair[0], pair[1]];
        if repo != next_repo || !next.starts_with(sha) {
            continue;
        }
        let candidate = full.get(&(repo, next)).copied().unwrap_or(next);
        full.insert((repo, sha), candidate);
    }
    full.retain(|(repo, sha), full| {
        let from = known.partition_point(|one| one < &(*repo, *sha));
        known[from..]
            .iter()
            .take_while(|one| one.0 == *repo && one.1.starts_with(*sha))
            .all(|one| full.starts_with(one.1))
    });
    full
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EventKind, Moment};

    #[test]
    fn names_are_written_in_one_way() {
        for (typed, want) in [("ABCDEF0", "abcdef0"), (" a1 ", "a1"), ("HEAD", "HEAD"), ("", "")] {
            assert_eq!(commit(typed), want);
        }
        for (typed, want) in [("refs/heads/main", "main"), ("main", "main"), ("refs/tags/v1", "refs/tags/v1")] {
            assert_eq!(branch(typed), want);
        }
    }

    #[test]
    fn an_abbreviated_commit_is_the_only_one_that_it_begins() {
        const FULL: &str = "abcdef0123456789abcdef0123456789abcdef01";
        const OTHER: &str = "abcdef0999999999999999999999999999999999";
        let written = |shas: &[&str], of: &str| {
            let run = |sha: &str| RunContext { sha: Some(sha.to_owned()), ..RunContext::default() };
            let events: Vec<Event> =
                shas.iter().map(|sha| Event::new(EventKind::Triage, Moment(0), run(sha))).collect();
            let (events, run) = in_full(&events, &run(of));
            assert_eq!(events.len(), shas.len());
            run.sha.unwrap()
        };
        for (shas, of, want) in [
            (&[FULL][..], "abcdef0", FULL),
            (&[FULL, "abcdef01"], "abcdef0", FULL),
            (&[FULL, OTHER], "abcdef0", "abcdef0"),
            (&[FULL, OTHER], "abcdef01", FULL),
            (&[FULL], "abcdef", "abcdef"),
            (&[FULL], FULL, FULL),
            (&["squashed-and-merged"], "squashed", "squashed"),
        ] {
            assert_eq!(written(shas, of), want, "{shas:?} {of}");
        }
    }
}
