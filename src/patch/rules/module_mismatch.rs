//! `module_mismatch`: the change is to mend a job and is not where that job's fixes belong. It has to change something in
//! the job's modules, and may touch their companions beside that. A job that `jobs` does not list has no such rule.

use super::super::facts::{Ask, Facts, How};
use crate::model::{Code, Objection, visible};
use crate::policy::{PathGlobs, Scope};

pub(super) fn judge(facts: &Facts, scope: &Scope, ask: &Ask) -> Vec<Objection> {
    let Some((name, job)) = ask.job.as_ref().and_then(|name| scope.jobs.get_key_value(name)) else { return Vec::new() };
    let touched = facts.touched();
    let name = visible(name);
    let mut objections = Vec::new();
    let changes_module = touched.iter().any(|t| t.how != How::IsRead && job.modules.matches(t.path));
    // A text without any path has no patch in it, which another rule says.
    if !changes_module && (!touched.is_empty() || facts.written.is_none()) {
        let message = format!("nothing changes in the modules of the job `{name}`: {}", listed(&job.modules));
        let objection = Objection::deny(Code::ModuleMismatch, message);
        objections.push(objection.help("mend what made the job fail; if that is elsewhere, leave it to a person"));
    }
    for touched in touched.iter().filter(|t| !job.modules.matches(t.path) && !job.companions.matches(t.path)) {
        let path = visible(touched.path);
        let is = if touched.how == How::IsRead { "is copied from, and is" } else { "is" };
        let message = format!("`{path}` {is} outside of the modules and companions of the job `{name}`");
        objections.push(Objection::deny(Code::ModuleMismatch, message).at(touched.path).help(
            "take it out of the change; if it belongs there, whoever keeps the policy adds it to the job's \"companions\" in \
             \"jobs\"",
        ));
    }
    objections
}

fn listed(globs: &PathGlobs) -> String {
    match globs.texts() {
        [] => "there are none".into(),
        texts => texts.iter().map(visible).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, applied, claim, deleted, facts, globs, modified, paths, renamed};
    use super::*;
    use crate::policy::JobScope;

    fn said(job: Option<&str>, facts: &Facts) -> Vec<Objection> {
        let parser =
            JobScope { modules: globs(&["src/parser/**"]), companions: globs(&["tests/parser/", "CHANGELOG.md"]) };
        let none = JobScope { modules: globs(&[]), companions: globs(&[]) };
        let jobs = [("parser".to_owned(), parser), ("none".to_owned(), none)].into();
        let ask = Ask { job: job.map(str::to_owned), ..Ask::default() };
        judge(facts, &Scope { jobs, ..Scope::default() }, &ask)
    }

    #[test]
    fn a_fix_belongs_to_the_modules_of_its_job() {
        let inside = modified("src/parser/a.rs");
        for (what, facts, want) in [
            ("in a module", facts([inside.clone()]), &[][..]),
            ("with companions", facts([inside.clone(), added("tests/parser/b"), modified("CHANGELOG.md")]), &[]),
            ("companions alone", facts([added("tests/parser/b")]), &["-"]),
            ("elsewhere", facts([modified("src/b.rs")]), &["-", "src/b.rs"]),
            ("elsewhere, too", facts([inside.clone(), deleted("ci.yml")]), &["ci.yml"]),
            ("moved in", facts([renamed("src/b.rs", "src/parser/b.rs")]), &["src/b.rs"]),
            ("only taken away", facts([deleted("src/parser/a.rs")]), &[]),
            ("nothing at all", facts([]), &["-"]),
        ] {
            assert_eq!(paths(&said(Some("parser"), &facts)), want, "{what}");
            assert_eq!(said(Some("lint"), &facts), [], "{what}");
            assert_eq!(said(Some("Parser"), &facts), [], "{what}");
            assert_eq!(said(None, &facts), [], "{what}");
        }
        let none = said(Some("none"), &facts([inside]));
        assert_eq!(none[0].message, "nothing changes in the modules of the job `none`: there are none");
    }

    #[test]
    fn what_is_copied_from_is_no_change_and_has_to_be_inside() {
        let copy = |from: &str, to: &str| {
            let mut copy = claim(Some(from), Some(to));
            copy.is_copy = true;
            applied([copy], [added(to)])
        };
        assert_eq!(paths(&said(Some("parser"), &copy("src/parser/a", "CHANGELOG.md"))), ["-"]);
        let outside = said(Some("parser"), &copy("secrets/x", "src/parser/a"));
        assert_eq!(paths(&outside), ["secrets/x"]);
        let message = "`secrets/x` is copied from, and is outside of the modules and companions of the job `parser`";
        assert_eq!(outside[0].message, message);
    }
}
