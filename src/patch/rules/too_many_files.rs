//! `too_many_files`: a change in more files than anybody looks at. A file that moves is one.

use super::super::facts::{Ask, Facts, Outcome};
use crate::model::{Code, Objection, counted};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    // Where git was not asked, the text has to do.
    let untried = facts.written.as_ref().filter(|written| written.outcome == Outcome::NotTried);
    let files = untried.map_or(facts.changes.len(), |written| written.text.claims.len());
    if files as u64 <= scope.max_files {
        return Vec::new();
    }
    let verb = if files == 1 { "changes" } else { "change" };
    let files = counted(files, "file");
    let objection =
        Objection::deny(Code::TooManyFiles, format!("{files} {verb}; \"max_files\" is {}", scope.max_files))
            .help("split the change, or take out what does not belong to it")
            .help("if it has to be one, whoever keeps the policy raises \"max_files\" in its \"scope\"");
    vec![objection]
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, facts, renamed};
    use super::*;

    #[test]
    fn the_limit_itself_passes() {
        let scope = Scope { max_files: 2, ..Scope::default() };
        let said = |files: usize| judge(&facts((0..files).map(|n| added(n.to_string()))), &scope, &Ask::default());
        assert_eq!(said(0), []);
        assert_eq!(said(2), []);
        assert_eq!(said(3)[0].message, "3 files change; \"max_files\" is 2");
        assert_eq!(said(12_000)[0].message, "12,000 files change; \"max_files\" is 2");
        let moved = facts([renamed("a", "b"), renamed("c", "d")]);
        assert_eq!(judge(&moved, &scope, &Ask::default()), []);
    }
}
