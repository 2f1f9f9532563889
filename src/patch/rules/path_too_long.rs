//! `path_too_long`: a name that file systems do not take: git stores it, and nobody can check it out.

use super::super::arrivals::wrong_names;
use super::super::facts::{Ask, Facts};
use super::super::text::{LONGEST_NAME, LONGEST_PATH};
use crate::model::{Code, Objection, counted};
use crate::policy::Scope;

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let names = wrong_names(facts, |name| (name.len() > LONGEST_NAME).then_some(name.len()));
    let names = names.into_iter().map(|(arrival, long)| (arrival.path, "name", long, LONGEST_NAME));
    let paths = facts.touched().into_iter().map(|touched| touched.path).filter(|path| path.len() > LONGEST_PATH);
    let paths = paths.map(|path| (path, "path", path.len(), LONGEST_PATH));
    let objections = names.chain(paths).map(|(path, what, long, most)| {
        let long = counted(long, "byte");
        let message = format!("a {what} of {long}; file systems take {most}, so nobody could check it out");
        Objection::deny(Code::PathTooLong, message).at(path).help("give it a shorter name")
    });
    objections.collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{added, deleted, upon};
    use super::*;

    fn messages(facts: &Facts) -> Vec<String> {
        let said = judge(facts, &Scope::default(), &Ask::default());
        said.into_iter().map(|objection| objection.message.split(';').next().unwrap().to_owned()).collect()
    }

    #[test]
    fn names_and_paths_have_a_length() {
        let deep = |bytes: usize| "a/".repeat(bytes / 2) + if bytes % 2 == 1 { "b" } else { "" };
        for (path, want) in [
            ("n".repeat(255), &[][..]),
            ("n".repeat(256), &["a name of 256 bytes"]),
            (format!("{}/x", "n".repeat(1256)), &["a name of 1,256 bytes"]),
            ("ä".repeat(128), &["a name of 256 bytes"]),
            (deep(4093), &[]),
            (deep(4095), &["a path of 4,095 bytes"]),
            (format!("{}{}", deep(4000), "n".repeat(256)), &["a name of 256 bytes", "a path of 4,256 bytes"]),
        ] {
            assert_eq!(messages(&upon(&[], [added(path.as_str())])), want, "{}", path.len());
            // What is there already may go, unless git's own index takes it for another name.
            let told = messages(&upon(&[], [deleted(path.as_str())]));
            assert_eq!(told.is_empty(), path.len() <= LONGEST_PATH, "{}", path.len());
        }
    }
}
