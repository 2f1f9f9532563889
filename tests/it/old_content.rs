//! What the base has already is no finding, whatever name and attributes it goes by in the pushed tree.

use crate::support::{CONFLICT, Repo, Sandbox};

fn check(repo: &Repo) -> Vec<String> {
    repo.ci_guard(&["check", "--base", "refs/heads/main", "--format", "json"]).findings()
}

/// Both files have so many lines that git would call the second a rename of the first.
fn with_text_around(conflict: &str, first: &str) -> String {
    let text: String = (0..40).map(|line| format!("line {line}\n")).collect();
    format!("{first}\n{text}{conflict}{text}")
}

#[test]
fn a_rename_leaves_the_attribute_of_its_old_name_behind() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let old = with_text_around(CONFLICT, "= merging");
    repo.commit("base", &[(".gitattributes", "/merging.txt conflict-marker-size=32\n"), ("merging.txt", &old)]);
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.git(&["mv", "merging.txt", "merging.adoc"]);
    repo.commit("rename", &[("merging.adoc", &with_text_around(CONFLICT, "= Merging"))]);
    assert_eq!(check(&repo), Vec::<String>::new());
    let twice = CONFLICT.replace("theirs", "others");
    repo.commit("a new one", &[("merging.adoc", &with_text_around(&format!("{CONFLICT}{twice}"), "= Merging"))]);
    assert_eq!(check(&repo), ["block conflict-marker merging.adoc:47"]);
    repo.commit("a copy", &[("merging.adoc", &with_text_around(&format!("{CONFLICT}{CONFLICT}"), "= Merging"))]);
    assert_eq!(check(&repo), ["block conflict-marker merging.adoc:47"]);
}

#[test]
fn a_rename_may_lead_to_shorter_markers() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("r");
    let short = "<<< a\nx\n===\ny\n>>> b\n";
    repo.commit(
        "base",
        &[(".gitattributes", "*.lst conflict-marker-size=3\n"), ("old.txt", &with_text_around(short, "a"))],
    );
    repo.git(&["checkout", "-q", "-b", "topic"]);
    repo.git(&["mv", "old.txt", "new.lst"]);
    repo.commit("rename", &[("new.lst", &with_text_around(short, "b"))]);
    assert_eq!(check(&repo), Vec::<String>::new());
    repo.commit("another", &[("other.lst", short)]);
    assert_eq!(check(&repo), ["block conflict-marker other.lst:1"]);
}
