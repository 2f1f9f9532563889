//! The files that a patch names: one in the form of `apply_patch`, or a diff. It is read for its paths only: what the patch does
//! to them is the business of whoever applies it.

/// The lines that name a file.
const MARKS: [&str; 4] = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];

/// The paths of an `apply_patch` in their order; none where the text is no such patch.
pub(super) fn paths(text: &str) -> Vec<String> {
    if !text.contains("*** Begin Patch") {
        return Vec::new();
    }
    // Lines of content begin with a sign or a blank, so a mark at the start of a line is one of the patch's own.
    let named = text.lines().filter_map(|line| MARKS.iter().find_map(|mark| line.strip_prefix(mark)));
    named.map(|path| path.trim().to_owned()).collect()
}

/// The paths of a diff, without so many folders at their beginning; with `None` without any.
pub(super) fn paths_of_diff(text: &str, strip: Option<usize>) -> Vec<String> {
    let stripped = |path: &str, strip: Option<usize>| {
        let path = path.split('\t').next().unwrap_or_default().trim_end().trim_matches('"');
        let mut parts = path.split('/').filter(|part| !part.is_empty());
        let rest = match strip {
            Some(strip) => parts.skip(strip).collect::<Vec<_>>().join("/"),
            None => parts.next_back().unwrap_or_default().to_owned(),
        };
        (path != "/dev/null" && !rest.is_empty()).then_some(rest)
    };
    // Renames are told without `a/` and `b/`.
    let one_less = strip.map(|strip| strip.saturating_sub(1));
    let (mut old, mut new) = (0_usize, 0_usize);
    let mut paths = Vec::new();
    for line in text.lines() {
        if old > 0 || new > 0 {
            // Within a hunk anything may stand, and how much of it its head says.
            match line.as_bytes().first() {
                Some(b'+') => new = new.saturating_sub(1),
                Some(b'-') => old = old.saturating_sub(1),
                Some(b'\\') => {}
                _ => (old, new) = (old.saturating_sub(1), new.saturating_sub(1)),
            }
        } else if let Some(lengths) = hunk(line) {
            (old, new) = lengths;
        } else if let Some(name) = line.strip_prefix("--- ").or_else(|| line.strip_prefix("+++ ")) {
            paths.extend(stripped(name, strip));
        } else if let Some(name) = line.strip_prefix("rename to ").or_else(|| line.strip_prefix("rename from ")) {
            paths.extend(stripped(name, one_less));
        } else if let Some(name) = line.strip_prefix("diff --git ").and_then(twice) {
            paths.extend(stripped(name, strip));
        }
    }
    paths.dedup();
    paths
}

/// How many old and new lines follow a `@@ -1,3 +1,4 @@`.
fn hunk(line: &str) -> Option<(usize, usize)> {
    let mut words = line.strip_prefix("@@ -")?.split(' ');
    let length = |range: &str| range.split_once(',').map_or(Some(1), |(_, length)| length.parse().ok());
    Some((length(words.next()?)?, length(words.next()?.strip_prefix('+')?)?))
}

/// The second name of `a/NAME b/NAME`: a change of mode alone is told nowhere else.
fn twice(names: &str) -> Option<&str> {
    let (one, other) = (names.get(..names.len() / 2)?, names.get(names.len() / 2 + 1..)?);
    (one.split_once('/')?.1 == other.split_once('/')?.1).then_some(other)
}

#[cfg(test)]
mod tests {
    use super::{paths, paths_of_diff};

    #[test]
    fn files_are_named_by_marks_at_the_start_of_a_line() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@\n-*** Add File: no\n+*** Add File: no\n\
                     *** Delete File: c d.txt\r\n*** End Patch\n";
        assert_eq!(paths(patch), ["a.rs", "b.rs", "c d.txt"]);
        assert!(paths("*** Add File: a").is_empty());
    }

    #[test]
    fn a_diff_names_files_outside_of_its_hunks() {
        let table: [(&str, Option<usize>, &[&str]); 11] = [
            ("--- a/x/y\n+++ b/x/y\n@@ -1 +1 @@\n-a\n+b\n", Some(1), &["x/y"]),
            ("--- a/x/y\n+++ b/x/y\n", Some(0), &["a/x/y", "b/x/y"]),
            ("--- a/x/y\n+++ b/x/y\n", None, &["y"]),
            ("--- /dev/null\n+++ b/new\t2026-01-01\r\n", Some(1), &["new"]),
            ("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/no\n+++ b/no\n c\n--- a/z\n+++ b/z\n", Some(1), &["x", "z"]),
            ("--- x\n+++ x\n@@ -0,0 +1 @@ f\n+++ b/no\n\\ No newline\n+++ b/z\n", Some(0), &["x", "b/z"]),
            ("diff --git a/h b/h\nold mode 100755\nnew mode 100644\n", Some(1), &["h"]),
            (
                "diff --git a/p q b/p q\nsimilarity index 100%\nrename from p q\nrename to b/r\n",
                Some(1),
                &["p q", "b/r"],
            ),
            ("--- \"a/x y\"\n+++ \"b/x y\"\n", Some(1), &["x y"]),
            ("@@ -1,99999999999999999999 +1 @@\n@@ -x\n@@ \n--- \n+++ a\n", Some(1), &[]),
            ("diff --git é\ndiff --git \n", Some(1), &[]),
        ];
        for (text, strip, expected) in table {
            assert_eq!(paths_of_diff(text, strip), expected, "{text}");
        }
    }
}
