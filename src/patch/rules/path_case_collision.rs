//! `path_case_collision`: a new name that differs from another in its folder in letter case only. The usual file systems
//! of macOS and Windows keep one of the two.

use super::super::collisions::{Collision, caseless, collisions, composed};
use super::super::facts::{Ask, Facts};
use crate::model::{Code, Objection, visible};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let objection = |Collision { path, name, other }: Collision| {
        let message = format!(
            "`{}` and `{}` in the same folder differ in letter case only; macOS and Windows keep one of them",
            visible(name),
            visible(other)
        );
        Objection::deny(Code::PathCaseCollision, message)
            .at(path)
            .help("give it another name, or take the other one away in the same change")
    };
    collisions(facts, caseless, composed).into_iter().map(objection).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, paths_against, renamed, upon};
    use super::*;

    #[test]
    fn another_case_of_a_name_that_stays() {
        let facts = upon(&["docs/Readme.md", "docs/é"], [added("docs/README.md"), added("docs/e\u{301}")]);
        let said = judge(&facts, &Scope::default(), &Ask::default());
        let message = "`README.md` and `Readme.md` in the same folder differ in letter case only; macOS and Windows keep one of them";
        assert_eq!(said.iter().map(|o| o.message.as_str()).collect::<Vec<_>>(), [message]);
        assert_eq!(paths_against(judge, &facts), ["docs/README.md"]);
        assert_eq!(paths_against(judge, &upon(&["Readme.md"], [renamed("Readme.md", "README.md")])), [""; 0]);
    }
}
