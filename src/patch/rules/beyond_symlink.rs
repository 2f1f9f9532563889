//! `beyond_symlink`: a path that leads through a symbolic link. Whoever applies it by other means than git writes where
//! the link leads, which may be anywhere on the machine.
//!
//! Where two trees tell what changes, a link counts that stands after the change: a folder that takes the place of a link,
//! or a link that of a folder, is no way through it. Where git did not apply a patch, every link counts that the base has or
//! the text makes, as nobody knows in which order things would happen.

use super::super::facts::{Ask, Change, Facts, How, Outcome};
use crate::model::{Code, Objection, Status, visible};
use crate::policy::Scope;
use bstr::{BStr, ByteSlice};
use std::collections::BTreeSet;

pub(super) fn judge(facts: &Facts, _: &Scope, _: &Ask) -> Vec<Objection> {
    let happened = facts.written.as_ref().is_none_or(|written| written.outcome == Outcome::Applied);
    let links = if happened { links_after(facts) } else { links_at_any_time(facts) };
    if links.is_empty() {
        return Vec::new();
    }
    let named = facts.touched().into_iter().filter(|touched| !happened || touched.how != How::Leaves);
    let through = named.filter_map(|touched| way_through(touched.path, &links).map(|link| (touched.path, link)));
    let objection = |(path, link): (&BStr, &BStr)| {
        let message = format!(
            "leads through the symbolic link `{}`; what is written there lands wherever that leads",
            visible(link)
        );
        Objection::deny(Code::BeyondSymlink, message).at(path).help(
            "change the file by its own path; to replace a link by a folder, take the link away in a change of its own",
        )
    };
    through.map(objection).collect()
}

fn links_after(facts: &Facts) -> BTreeSet<&BStr> {
    let mut links: BTreeSet<&BStr> = facts.links.iter().map(|link| link.as_bstr()).collect();
    for Change { file, .. } in &facts.changes {
        links.remove(file.path.as_bstr());
        if let (Status::Renamed, Some(old)) = (file.status, &file.old_path) {
            links.remove(old.as_bstr());
        }
    }
    links.extend(facts.made_links());
    links
}

fn links_at_any_time(facts: &Facts) -> BTreeSet<&BStr> {
    facts.links.iter().map(|link| link.as_bstr()).chain(facts.made_links()).collect()
}

/// The first link on the way to a path; the path itself may be one.
fn way_through<'f>(path: &'f BStr, links: &BTreeSet<&BStr>) -> Option<&'f BStr> {
    path.find_iter(b"/").map(|slash| path[..slash].as_bstr()).find(|folder| links.contains(folder))
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        added, applied, claim, deleted, facts, linked, modified, paths_against, refused, renamed,
    };
    use super::*;
    use crate::patch::text::Claim;

    fn with_links(links: &[&str], facts: Facts) -> Facts {
        Facts { links: links.iter().map(|link| (*link).into()).collect(), ..facts }
    }

    fn link(path: &str) -> Claim {
        Claim { new_mode: Some(0o120_000), ..claim(None, Some(path)) }
    }

    #[test]
    fn in_a_text_every_link_counts() {
        for (what, facts, want) in [
            ("a link of the base", with_links(&["docs"], refused([claim(None, Some("docs/x/y"))])), &["docs/x/y"][..]),
            ("its own link, then a file", refused([link("a"), claim(None, Some("a/x"))]), &["a/x"]),
            ("in any order", refused([claim(None, Some("a/x")), link("a")]), &["a/x"]),
            ("a file that goes", refused([link("a/b"), claim(Some("a/b/x"), None)]), &["a/b/x"]),
            ("a link through a link", refused([link("a"), link("a/b")]), &["a/b"]),
            (
                "a link taken away first",
                with_links(&["a"], refused([claim(Some("a"), None), claim(None, Some("a/x"))])),
                &["a/x"],
            ),
            ("the link itself", with_links(&["a"], refused([claim(Some("a"), Some("a"))])), &[]),
            ("a name that only begins so", refused([link("a"), claim(None, Some("ab/x"))]), &[]),
            ("no link", refused([claim(None, Some("a")), claim(None, Some("a/x"))]), &[]),
        ] {
            assert_eq!(paths_against(judge, &facts), want, "{what}");
        }
        let mut copy = claim(Some("a/secret"), Some("b"));
        copy.is_copy = true;
        assert_eq!(paths_against(judge, &with_links(&["a"], refused([copy]))), ["a/secret"]);
    }

    #[test]
    fn in_trees_a_link_counts_that_stands_after_the_change() {
        for (what, facts, want) in [
            ("both at once", facts([linked("a"), added("a/x")]), &["a/x"][..]),
            ("a link that stays", with_links(&["a"], facts([added("a/x")])), &["a/x"]),
            ("a link that changes", with_links(&["a"], facts([linked("a"), modified("a/x")])), &["a/x"]),
            ("a folder for a link", with_links(&["a"], facts([deleted("a"), added("a/x")])), &[]),
            ("a link that moves", with_links(&["a"], facts([renamed("a", "b"), added("a/x")])), &[]),
            ("a link for a folder", facts([linked("a"), deleted("a/x")]), &[]),
            ("applied", applied([link("a"), claim(Some("a/x"), None)], [linked("a"), deleted("a/x")]), &[]),
        ] {
            assert_eq!(paths_against(judge, &facts), want, "{what}");
        }
    }
}
