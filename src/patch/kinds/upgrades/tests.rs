//! Lock files that change, with the lines that a comparison of both versions would give.

use super::*;
use crate::model::{FileChange, Status};
use crate::patch::{Content, Line};

/// A change of a file as a diff shows it, which is all that is in the file.
fn change(path: &str, diff: &str) -> Change {
    let edit = edit(diff);
    let side = |sign: &str| {
        let lines: Vec<&str> = diff.lines().filter(|line| !line.starts_with(sign)).map(|line| &line[1..]).collect();
        Content::read(path.into(), lines.join("\n").as_bytes())
    };
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
    Change { file, edit, old: side("+"), new: side("-") }
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
    let changes = [change(path, diff)];
    let upgrade = found(&changes).first().map(|(_, upgrade)| *upgrade)?;
    Some(format!("{} {} {}", upgrade.name, upgrade.from, upgrade.to))
}

#[test]
fn major_upgrades_are_seen_in_every_form() {
    for (path, diff, want) in [
        (
            "Cargo.lock",
            " [[package]]\n name = \"a\"\n-version = \"1.4.0\"\n+version = \"1.5.0\"\n source = \"x\"\n-checksum = \"1\"\n+checksum = \"2\"\n \n [[package]]\n name = \"b\"\n-version = \"0.8.0\"\n+version = \"0.9.0\"\n source = \"x\"\n",
            Some("b 0.8.0 0.9.0"),
        ),
        (
            "Cargo.lock",
            " name = \"a\"\n-version = \"1.4.0\"\n+version = \"1.5.0\"\n source = \"x\"\n-checksum = \"1\"\n+checksum = \"2\"\n",
            None,
        ),
        // Another package goes, one comes: nothing is upgraded.
        (
            "Cargo.lock",
            "-[[package]]\n-name = \"a\"\n-version = \"1.4.0\"\n-source = \"x\"\n-\n [[package]]\n name = \"x\"\n version = \"1.0.0\"\n+\n+[[package]]\n+name = \"y\"\n+version = \"3.0.0\"\n+source = \"x\"\n",
            None,
        ),
        // It moves and gets another version.
        (
            "Cargo.lock",
            "-name = \"a\"\n-version = \"1.4.0\"\n-source = \"x\"\n-\n [[package]]\n name = \"x\"\n+\n+name = \"a\"\n+version = \"2.0.0\"\n+source = \"x\"\n",
            Some("a 1.4.0 2.0.0"),
        ),
        ("Cargo.lock", "-version = 3\n+version = 4\n", None),
        (
            "web/package-lock.json",
            "     \"node_modules/a\": {\n-      \"version\": \"4.18.2\",\n-      \"resolved\": \"https://r/a-4.18.2.tgz\",\n+      \"version\": \"5.0.0\",\n+      \"resolved\": \"https://r/a-5.0.0.tgz\",\n",
            Some("a 4.18.2 5.0.0"),
        ),
        (
            "npm-shrinkwrap.json",
            "     \"node_modules/a\": {\n-      \"version\": \"4.18.2\",\n+      \"version\": \"4.19.0\",\n",
            None,
        ),
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
            Some("a/b v5.4.0 v6.0.0"),
        ),
        ("poetry.lock", " name = \"a\"\n-version = \"2.31.0\"\n+version = \"2.32.0\"\n", None),
        ("flake.lock", "-        \"rev\": \"1a2b\",\n+        \"rev\": \"3c4d\",\n", None),
        // A new file upgrades nothing.
        ("Cargo.lock", "+name = \"a\"\n+version = \"2.0.0\"\n+source = \"x\"\n", None),
        // Two versions go and one comes: it stands for the higher one.
        (
            "poetry.lock",
            " name = \"a\"\n-version = \"1.0.0\"\n-name = \"a\"\n-version = \"2.0.0\"\n+version = \"2.1.0\"\n",
            None,
        ),
        // What is there already is no upgrade when others go over to it.
        (
            "package-lock.json",
            "     \"node_modules/a\": {\n       \"version\": \"2.0.0\"\n     \"node_modules/b/node_modules/a\": {\n-      \"version\": \"1.0.0\"\n+      \"version\": \"2.0.0\"\n",
            None,
        ),
        // The project itself.
        ("Cargo.lock", " name = \"own\"\n-version = \"1.0.0\"\n+version = \"2.0.0\"\n dependencies = [\n", None),
        (
            "package-lock.json",
            " {\n   \"name\": \"own\",\n-  \"version\": \"1.0.0\",\n+  \"version\": \"2.0.0\",\n",
            None,
        ),
        ("poetry.lock", " name = \"certifi\"\n-version = \"2025.1.1\"\n+version = \"2026.1.1\"\n", None),
        ("poetry.lock", " name = \"a\"\n-version = \"3.2.1\"\n+version = \"1!3.2.1\"\n", Some("a 3.2.1 1!3.2.1")),
        ("pnpm-lock.yaml", "-  /a/1.9.0:\n+  /a/2.0.1:\n", Some("a 1.9.0 2.0.1")),
        ("gems.locked", "-    rails (6.1.7)\n+    rails (7.1.2)\n", Some("rails 6.1.7 7.1.2")),
    ] {
        assert_eq!(upgrade(path, diff).as_deref(), want, "{path}\n{diff}");
    }
}

#[test]
fn a_change_of_anything_else_is_no_such_upgrade() {
    let lock = || change("Cargo.lock", " name = \"a\"\n-version = \"1.0.0\"\n+version = \"2.0.0\"\n source = \"x\"\n");
    let quiet = || change("web/yarn.lock", " a@1:\n-  version \"1.0.0\"\n+  version \"1.1.0\"\n");
    let other = |path: &str| change(path, "");
    assert_eq!(found(&[lock()]).len(), 1);
    assert_eq!(found(&[lock(), quiet()]).len(), 1);
    assert_eq!(found(&[lock(), quiet(), lock()]).len(), 2);
    assert_eq!(found(&[lock(), other("Cargo.toml")]), []);
    assert_eq!(found(&[other("src/Cargo.lock.rs"), lock()]), []);
    assert_eq!(found(&[]), []);
}

#[test]
fn what_stands_in_no_line_of_the_change_is_of_others() {
    let mut merged =
        change("poetry.lock", " name = \"a\"\n-version = \"1.0.0\"\n+version = \"2.0.0\"\n name = \"b\"\n");
    assert_eq!(first(&merged).unwrap().name, "a");
    // As when only lines count that differ from every baseline.
    merged.edit = edit("    x\n-y\n+z\n");
    merged.edit.added[0].number = 3;
    assert_eq!(first(&merged), None);
}
