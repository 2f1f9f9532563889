//! `too_many_files`: a change in more files than anybody looks at. A file that moves is one.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, counted};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    if facts.changes.len() as u64 <= scope.max_files {
        return Vec::new();
    }
    let files = counted(facts.changes.len(), "file");
    let verb = if facts.changes.len() == 1 { "changes" } else { "change" };
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
