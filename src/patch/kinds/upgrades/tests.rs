//! Lock files that change, with the lines that a comparison of both versions would give.

use super::*;
use crate::model::{FileChange, Status};
use crate::patch::Content;
use proptest::prelude::*;

fn change(path: &str, edit: Edit) -> Change {
    let (added, deleted) = (edit.added.len() as u64, edit.removed.len() as u64);
    let file = FileChange {
        path: path.into(),
        old_path: None,
        status: Status::Modified,
        old: None,
        new: None,
        size: 0,
        added,
        deleted,
        binary: false,
    };
    Change { file, edit, old: Content::default(), new: Content::default() }
}

/// An edit as a diff shows it: ` ` for lines that stay, `-` and `+` for others.
fn edit(diff: &str) -> Edit {
    let mut edit = Edit::default();
    let (mut old, mut new) = (1, 1);
    for line in diff.lines() {
        let (sign, text) = line.split_at(1);
        if sign != "+" {
            if sign == "-" {
                edit.removed.push(Line { number: old, text: text.into() });
            }
            old += 1;
        }
        if sign != "-" {
            if sign == "+" {
                edit.added.push(Line { number: new, text: text.into() });
            }
            new += 1;
        }
    }
    edit
}

fn upgrade(path: &str, diff: &str) -> Option<String> {
    let changes = [change(path, edit(diff))];
    let upgrade = found(&changes).first().map(|(_, upgrade)| *upgrade)?;
    let name = upgrade.name.map_or("?".into(), ToString::to_string);
    Some(format!("{name} {} {}", upgrade.from, upgrade.to))
}

#[test]
fn major_upgrades_are_seen_in_every_form() {
    for (path, diff, want) in [
        (
            "Cargo.lock",
            " [[package]]\n name = \"a\"\n-version = \"1.4.0\"\n+version = \"1.5.0\"\n source = \"x\"\n-checksum = \"1\"\n+checksum = \"2\"\n \n [[package]]\n name = \"b\"\n-version = \"0.8.0\"\n+version = \"0.9.0\"\n",
            Some("? 0.8.0 0.9.0"),
        ),
        (
            "Cargo.lock",
            " name = \"a\"\n-version = \"1.4.0\"\n+version = \"1.5.0\"\n-checksum = \"1\"\n+checksum = \"2\"\n",
            None,
        ),
        // Another package goes, one comes: nothing is upgraded.
        (
            "Cargo.lock",
            "-[[package]]\n-name = \"a\"\n-version = \"1.4.0\"\n-\n [[package]]\n name = \"x\"\n version = \"1.0.0\"\n+\n+[[package]]\n+name = \"y\"\n+version = \"3.0.0\"\n",
            None,
        ),
        // It moves and gets another version.
        (
            "Cargo.lock",
            "-name = \"a\"\n-version = \"1.4.0\"\n-\n [[package]]\n name = \"x\"\n+\n+name = \"a\"\n+version = \"2.0.0\"\n",
            Some("a 1.4.0 2.0.0"),
        ),
        ("Cargo.lock", "-version = 3\n+version = 4\n", None),
        (
            "web/package-lock.json",
            "     \"node_modules/a\": {\n-      \"version\": \"4.18.2\",\n-      \"resolved\": \"https://r/a-4.18.2.tgz\",\n+      \"version\": \"5.0.0\",\n+      \"resolved\": \"https://r/a-5.0.0.tgz\",\n",
            Some("? 4.18.2 5.0.0"),
        ),
        ("npm-shrinkwrap.json", "-      \"version\": \"4.18.2\",\n+      \"version\": \"4.19.0\",\n", None),
        ("yarn.lock", "-a@^1.0.0:\n-  version \"1.9.0\"\n+a@^2.0.0:\n+  version \"2.0.1\"\n", Some("a 1.9.0 2.0.1")),
        ("pnpm-lock.yaml", "-  /a@1.9.0:\n+  /a@2.0.1:\n", Some("a 1.9.0 2.0.1")),
        ("bun.lock", "-    \"a\": [\"a@1.9.0\", \"\"],\n+    \"a\": [\"a@1.10.0\", \"\"],\n", None),
        ("Gemfile.lock", "-    rails (6.1.7)\n+    rails (7.1.2)\n", Some("rails 6.1.7 7.1.2")),
        (
            "go.sum",
            "-x.io/a v1.9.0 h1:1=\n-x.io/a v1.9.0/go.mod h1:2=\n+x.io/a/v2 v2.0.0 h1:1=\n+x.io/a/v2 v2.0.0/go.mod h1:2=\n",
            Some("x.io/a v1.9.0 v2.0.0"),
        ),
        (
            "composer.lock",
            "             \"name\": \"a/b\",\n-            \"version\": \"v5.4.0\",\n+            \"version\": \"v6.0.0\",\n",
            Some("? v5.4.0 v6.0.0"),
        ),
        ("poetry.lock", " name = \"a\"\n-version = \"2.31.0\"\n+version = \"2.32.0\"\n", None),
        ("flake.lock", "-        \"rev\": \"1a2b\",\n+        \"rev\": \"3c4d\",\n", None),
        // A new file upgrades nothing.
        ("Cargo.lock", "+name = \"a\"\n+version = \"2.0.0\"\n", None),
        // Two versions go and one comes: which is it?
        ("uv.lock", "-version = \"1.0.0\"\n-version = \"2.0.0\"\n+version = \"2.1.0\"\n", None),
    ] {
        assert_eq!(upgrade(path, diff).as_deref(), want, "{path}\n{diff}");
    }
}

#[test]
fn a_change_of_anything_else_is_no_such_upgrade() {
    let lock = || change("Cargo.lock", edit("-version = \"1.0.0\"\n+version = \"2.0.0\"\n"));
    let quiet = || change("web/yarn.lock", edit("-  version \"1.0.0\"\n+  version \"1.1.0\"\n"));
    let other = |path: &str| change(path, Edit::default());
    assert_eq!(found(&[lock()]).len(), 1);
    assert_eq!(found(&[lock(), quiet()]).len(), 1);
    assert_eq!(found(&[lock(), quiet(), lock()]).len(), 2);
    assert_eq!(found(&[lock(), other("Cargo.toml")]), []);
    assert_eq!(found(&[other("src/Cargo.lock.rs"), lock()]), []);
    assert_eq!(found(&[]), []);
}

proptest! {
    /// Whatever the numbers are, and be they wrong, every line is looked at at most once and it ends.
    #[test]
    fn places_end(removed in prop::collection::vec(0..20u64, 0..8), added in prop::collection::vec(any::<u64>(), 0..8)) {
        let lines = |numbers: Vec<u64>| numbers.into_iter().map(|number| Line { number, text: "a@1.0:".into() }).collect();
        let edit = Edit { removed: lines(removed), added: lines(added) };
        let seen: usize = places(&edit).iter().map(|(removed, added)| removed.len() + added.len()).sum();
        prop_assert!(seen <= edit.removed.len() + edit.added.len());
        first(&edit);
    }

    #[test]
    fn places_are_what_a_diff_shows(signs in "[ +-]{0,24}") {
        let diff: String = signs.chars().map(|sign| format!("{sign}x\n")).collect();
        let edit = edit(&diff);
        let changed = places(&edit);
        let want = signs.split(' ').filter(|place| !place.is_empty()).count();
        prop_assert_eq!(changed.len(), want);
        let removed: usize = changed.iter().map(|place| place.0.len()).sum();
        prop_assert_eq!(removed, edit.removed.len());
    }
}
