//! `too_many_lines`: a change that nobody reads to its end. Lines are counted as git shows them, added and deleted, in all
//! files together; binary files have none and are the business of other rules.

use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, counted};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, scope: &Scope, _: &Ask) -> Vec<Objection> {
    let lines: u64 = facts.changes.iter().map(|change| change.file.added + change.file.deleted).sum();
    if lines <= scope.max_patch_lines {
        return Vec::new();
    }
    let message = format!(
        "{} added and deleted in {}; \"max_patch_lines\" is {}",
        counted(lines, "line"),
        counted(facts.changes.len(), "file"),
        scope.max_patch_lines
    );
    let objection = Objection::deny(Code::TooManyLines, message)
        .help("split the change, or take out what does not belong to it")
        .help("if it has to be one, whoever keeps the policy raises \"max_patch_lines\" in its \"scope\"");
    vec![objection]
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, deleted, facts, modified};
    use super::*;

    #[test]
    fn the_limit_itself_passes() {
        let scope = Scope { max_patch_lines: 1200, ..Scope::default() };
        let said = |lines: &[(u64, u64)]| {
            let changes = lines.iter().enumerate().map(|(n, (plus, minus))| {
                let mut change = [added, deleted, modified][n % 3](format!("{n}"));
                (change.file.added, change.file.deleted) = (*plus, *minus);
                change
            });
            judge(&facts(changes), &scope, &Ask::default()).into_iter().map(|o| o.message).collect::<Vec<_>>()
        };
        assert_eq!(said(&[]), [""; 0]);
        assert_eq!(said(&[(1200, 0)]), [""; 0]);
        assert_eq!(said(&[(400, 0), (0, 400), (200, 200)]), [""; 0]);
        assert_eq!(said(&[(1201, 0)]), ["1,201 lines added and deleted in 1 file; \"max_patch_lines\" is 1200"]);
        assert_eq!(
            said(&[(0, 1200), (1, 0)]),
            ["1,201 lines added and deleted in 2 files; \"max_patch_lines\" is 1200"]
        );
    }
}
