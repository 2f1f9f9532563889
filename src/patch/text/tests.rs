//! Tables of texts: what they claim, and what is wrong with them. Whether git sees it the same way is asked in
//! `tests/it/patch_truth.rs`, of far more texts than these.

use super::*;
use proptest::prelude::*;

const GOOD: &str = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
const PLAIN: &str = "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n";
const MAIL: &str =
    "From 1234567890123456789012345678901234567890 Mon Sep 17 00:00:00 2001\nFrom: A <a@b>\nSubject: x\n\n";
const COMMIT: &str = "commit 1234567890123456789012345678901234567890\nAuthor: A <a@b>\n\n    x\n\n";

/// The claims as `old>new`, a copy with `+`, the flaws as `line kind`.
fn of(text: &str) -> (Vec<String>, Vec<String>) {
    let PatchText { claims, flaws } = read(text.as_bytes());
    let name = |name: &Option<BString>| name.as_ref().map_or("-".into(), |name| name.to_string());
    let claim = |c: &Claim| format!("{}{}{}", name(&c.old), if c.is_copy { "+>" } else { ">" }, name(&c.new));
    let flaw = |flaw: &Flaw| match &flaw.kind {
        FlawKind::Broken(why) => format!("{} Broken: {why}", flaw.line),
        FlawKind::Unsupported(form) => format!("{} Unsupported: {form}", flaw.line),
        kind => format!("{} {kind:?}", flaw.line),
    };
    (claims.iter().map(claim).collect(), flaws.iter().map(flaw).collect())
}

#[track_caller]
fn claims(text: &str, want: &[&str]) {
    let (claims, flaws) = of(text);
    assert_eq!((claims, flaws), (want.iter().map(|want| want.to_string()).collect(), vec![]), "{text}");
}

/// The flaws begin like this, in this order, and there are no others.
#[track_caller]
fn flaws(text: &str, want: &[&str]) {
    let (_, flaws) = of(text);
    assert!(flaws.len() == want.len() && flaws.iter().zip(want).all(|(f, w)| f.starts_with(w)), "{text}\n{flaws:#?}");
}

fn git(header: &str) -> String {
    format!("diff --git a/x b/x\n{header}")
}

#[test]
fn every_kind_of_change_has_its_names() {
    claims(GOOD, &["x>x"]);
    claims(PLAIN, &["y>y"]);
    claims(&git("old mode 100644\nnew mode 100755\n"), &["x>x"]);
    claims(&git("new file mode 100644\nindex 0..e69de29\n"), &["->x"]);
    claims(&git("deleted file mode 100644\nindex e69de29..0\n"), &["x>-"]);
    claims(&git("new file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"), &["->x"]);
    claims(&git("deleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"), &["x>-"]);
    claims("diff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n", &["o>n"]);
    claims("diff --git a/o b/n\nrename old d/o\nrename new d/n\n", &["d/o>d/n"]);
    claims(
        "diff --git a/o b/n\nsimilarity index 90%\ncopy from o\ncopy to n\n--- a/o\n+++ b/n\n@@ -1 +1 @@\n-a\n+b\n",
        &["o+>n"],
    );
    claims("--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n", &["->n"]);
    claims("--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n", &["n>-"]);
    claims("--- a/n\t1970-01-01 00:00:00 +0000\n+++ b/n\t2020-01-01 00:00:00 +0000\n@@ -0,0 +1 @@\n+a\n", &["->n"]);
    claims("--- a/n\t2020-01-01 00:00:00 +0000\n+++ b/n\t1970-01-01 00:00:00 +0000\n@@ -1 +0,0 @@\n-a\n", &["n>-"]);
}

#[test]
fn names_hide_nothing() {
    // No word of a rename: git moves the file all the same.
    claims("diff --git a/x b/y\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", &["x>y"]);
    // The header's first line is only a default.
    claims("diff --git a/x b/x\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", &["y>y"]);
    claims("--- a/Makefile\n+++ b/Makefile.md\n@@ -1 +1 @@\n-a\n+b\n", &["Makefile>Makefile"]);
    // Behind the counts another file begins, and inside of them none.
    claims(&(GOOD.to_owned() + PLAIN), &["x>x", "y>y"]);
    claims("--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/y\n-c\n+++ b/y\n+@@ -1 +1 @@\n", &["x>x"]);
    claims(&(git("old mode 100644\nnew mode 100755\n") + "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"), &["y>y"]);
    claims("diff --git \"a/\\056git/x\" \"b/\\056git/x\"\nnew file mode 100644\n", &["->.git/x"]);
    // From the first patch of a file without any folder on, nothing is stripped.
    claims(&format!("--- f\n+++ f\n@@ -1 +1 @@\n-a\n+b\n{GOOD}"), &["f>f", "a/x>b/x"]);
}

#[test]
fn numbers_and_modes_are_as_written() {
    let text = git("old mode 100644\nnew mode 104755\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@\n-a\n-b\n c\n+d\n");
    let claim = &read(text.as_bytes()).claims[0];
    assert_eq!((claim.line, claim.added, claim.deleted, claim.binary), (1, 1, 2, None));
    assert_eq!((claim.old_mode, claim.new_mode), (Some(0o100_644), Some(0o104_755)));
    let claim = &read(GOOD.as_bytes()).claims[0];
    assert_eq!((claim.old_mode, claim.new_mode), (Some(0o100_644), None));
    let text = git("index 1..2\nGIT binary patch\nliteral 5\nHcmV?d00001\n\nliteral 0\nHcmV?d00001\n\n");
    assert_eq!(read(text.as_bytes()).claims[0].binary, Some(5));
}

#[test]
fn what_git_writes_around_patches_is_no_flaw() {
    let signed = format!("{GOOD}-- \n2.47.3\n\n");
    let attached = format!(
        "{MAIL}Content-Type: multipart/mixed; boundary=\"------------2.47.3\"\n\n\n--------------2.47.3\n\n{GOOD}\n\
         --------------2.47.3--\n\n\n"
    );
    for (text, count) in [
        (format!("Some words.\n- a point\n+ another\n\n{GOOD}"), 1),
        (format!("{GOOD}\n\n"), 1),
        (format!("{MAIL}- a point\n---\n x | 2 +-\n\n{signed}"), 1),
        (format!("{MAIL}---\n{signed}{MAIL}+ talk\n> @@ -1 +1 @@\n{signed}"), 2),
        (format!("{MAIL}---\n{GOOD}-- \nMe\n{MAIL}---\n{GOOD}--\nMe"), 2),
        (format!("{COMMIT}{GOOD}\n{COMMIT}    diff --git a/x b/x\n---\n x | 2 +-\n\n{GOOD}"), 2),
        (format!("{attached}{attached}"), 2),
        (format!("{GOOD}base-commit: 1234567890123456789012345678901234567890\n-- \n2.47.3\n"), 1),
        (format!("diff -ru a/y b/y\n{PLAIN}diff -ru a/y b/y\n{PLAIN}"), 2),
        (format!("{PLAIN}Index: y\n{}\n{PLAIN}", "=".repeat(67)), 2),
    ] {
        let (claims, flaws) = of(&text);
        assert_eq!((claims.len(), flaws), (count, vec![]), "{text}");
    }
}

#[test]
fn whatever_git_drops_is_told() {
    flaws(&format!("{GOOD}+c\n+d\n"), &["8 LeftOver"]);
    flaws(&format!("{GOOD}-c\n{PLAIN} c\n"), &["8 LeftOver", "14 LeftOver"]);
    flaws(&format!("{GOOD}\\ short\n"), &["8 LeftOver"]);
    flaws(&format!("{GOOD}-- \n-c\n"), &["8 LeftOver"]);
    flaws(&format!("{COMMIT}+c\n{GOOD}"), &["6 LeftOver"]);
    flaws(&format!("{GOOD}That was all.\nReally.\n"), &["8 Prose"]);
    flaws(&format!("{GOOD}\nFrom here on it is easy:\n\n{PLAIN}"), &["9 Prose"]);
    flaws(&format!("{GOOD}-- \n2.47.3\n\nand more\n"), &["11 Prose"]);
    flaws(&format!("```diff\n{GOOD}```\n"), &["9 Prose"]);
    flaws(&format!("{GOOD}base-commit: soon\n"), &["8 Prose"]);
    flaws(&format!("\u{feff}{GOOD}"), &["1 ByteOrderMark"]);
}

#[test]
fn forms_that_git_passes_over_are_named_alone_and_beside_a_good_patch() {
    let combined = "diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,2 @@@\n  a\n++b\n";
    let envelope = "*** Begin Patch\n*** Update File: x\n@@\n-a\n+b\n*** End Patch\n";
    let context = "*** a/x\t2020\n--- b/x\t2020\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n";
    let quoted = GOOD.lines().map(|line| format!("> {line}\n")).collect::<String>();
    let indented = GOOD.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let coloured = GOOD.lines().map(|line| format!("\x1b[1m{line}\x1b[m\n")).collect::<String>();
    let forms = [
        (combined, "Unsupported: a combined"),
        (envelope, "Unsupported: an `apply_patch`"),
        (context, "Unsupported: a context"),
        (&quoted, "Unsupported: a diff quoted"),
        (&indented, "Unsupported: an indented"),
        (&coloured, "Unsupported: a diff with colour"),
        ("1c1\n< a\n---\n> b\n", "Unsupported: a diff that is not unified"),
        ("1c\nb\n.\n", "Unsupported: an ed"),
        ("Submodule lib 1234567..89abcde:\n  > x\n", "Unsupported: a submodule"),
        ("Binary files a/x and b/x differ\n", "Unsupported: a binary"),
    ];
    for (text, form) in forms {
        flaws(text, &[&format!("1 {form}")]);
        flaws(&format!("{text}\n{GOOD}"), &[&format!("1 {form}")]);
    }
    for (text, form) in forms.into_iter().filter(|(_, form)| !form.contains("indented")) {
        flaws(&format!("{GOOD}\n{text}"), &[&format!("9 {form}")]);
    }
    flaws(&format!("{GOOD}\n{combined}\n{combined}"), &["9 Unsupported: a combined"]);
    // In a commit message it is talk, unless there is nothing else.
    flaws(&format!("{MAIL}{quoted}"), &["5 Unsupported: a diff quoted"]);
    claims(&format!("{MAIL}{quoted}{GOOD}"), &["x>x"]);
    flaws(&format!("{COMMIT}{combined}"), &["6 Unsupported: a combined"]);
    let wide: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide).flaws, [Flaw { line: 1, kind: FlawKind::Unsupported("UTF-16 text") }]);
}

#[test]
fn nothing_is_never_nothing_to_object_to() {
    for text in ["", "\n", "just words\n", "+a\n-b\n", "--- a/x\n", "+++ b/x\n", "\0\0\0", MAIL, COMMIT] {
        flaws(text, &["1 NoPatch"]);
    }
}

#[test]
fn where_git_stops_we_stop() {
    let many = [
        ("@@ -1 +1 @@\n-a\n+b\n", 1),
        ("+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 2),
        ("diff --git a/x b/x\n", 1),
        ("diff --git a/x b/x\n\n", 1),
        ("diff --git a/x b/y\nold mode 100644\nnew mode 100755\n", 1),
        ("diff --git x x\nold mode 100644\nnew mode 100755\n", 1),
        ("--- a/x\n+++ b/x\nand then\n", 1),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b", 3),
        ("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-a\n+b\n", 3),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n a\n", 3),
        ("--- a/\n+++ b/\n@@ -1 +1 @@\n-a\n+b\n", 1),
        ("--- a/x\0y\n+++ b/x\0y\n@@ -1 +1 @@\n-a\n+b\n", 1),
    ];
    for (text, line) in many {
        flaws(text, &[&format!("{line} Broken")]);
    }
    for (header, line) in [
        ("", 1),
        ("prose\n--- a/x\n+++ b/x\n", 1),
        ("index 1..2 100644\n", 1),
        ("old mode 100644\nnew mode 100644\n", 1),
        ("old mode 100644\nnew mode 100755", 3),
        ("old mode 100644\nnew mode 100855\n", 3),
        ("old mode +100644\nnew mode 100755\n", 2),
        ("index 1..2 abc\n", 2),
        ("new file mode 100644\ndeleted file mode 100644\n", 3),
        ("new file mode 100644\nrename from x\n", 3),
        ("rename from y\n--- a/x\n", 3),
        ("rename from y\n+++ b/\n", 1),
        ("new file mode 100644\n--- a/x\n", 3),
        ("--- a/x\nnew file mode 100644\n", 1),
        ("+++ b/x\ndeleted file mode 100644\n", 1),
        ("deleted file mode 100644\n--- a/x\n+++ b/x\n", 4),
        ("--- a/x\n+++ b/x\n\n@@ -1 +1 @@\n-a\n+b\n", 1),
        ("index 1..2\nBinary files a/x and b/x differ\n", 3),
        ("index 1..2\nGIT binary patch\nzip 3\n", 4),
        ("new file mode 100644\n--- /dev/null\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", 5),
    ] {
        flaws(&git(header), &[&format!("{line} Broken")]);
    }
    flaws("diff --git \"a/x b/x\nold mode 100644\nnew mode 100755\n", &["1 Quoting"]);
    flaws(&git("--- \"a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"), &["2 Quoting"]);
}

/// Text that is more like a patch than random bytes are.
fn patch_like() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "diff --git ",
        "a/x",
        "b/x",
        " ",
        "\n",
        "--- ",
        "+++ ",
        "/dev/null",
        "@@ -1 +1 @@\n",
        "@@ -",
        "0,0",
        "1,2",
        " +",
        " @@\n",
        "-a\n",
        "+b\n",
        " c\n",
        "\\ No newline at end of file\n",
        "old mode ",
        "new mode ",
        "100644\n",
        "new file mode ",
        "rename ",
        "from ",
        "to ",
        "GIT binary patch\n",
        "delta 3\n",
        "literal 9\n",
        "HcmV?d00001\n",
        "\"",
        "\\",
        "\\056",
        "\r",
        "\t",
        "\0",
        "-- \n",
        "From ",
        "commit ",
        "\x1b[1m",
        "*** ",
        "1c1\n",
        "> ",
        "2020-01-01",
        " 10:00:00",
        ".5",
        " +0100",
        "1970-01-01",
    ];
    let word = prop_oneof![20 => proptest::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
                           1 => any::<Vec<u8>>()];
    proptest::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read(text: Vec<u8>) {
        let read = read(&text);
        prop_assert!(!read.claims.is_empty() || !read.flaws.is_empty());
    }

    #[test]
    fn any_words_of_patches_are_read(text in patch_like()) {
        let lines = text.split(|&byte| byte == b'\n').count() as u64;
        let read = read(&text);
        prop_assert!(!read.claims.is_empty() || !read.flaws.is_empty());
        prop_assert!(read.flaws.iter().all(|flaw| (1..=lines).contains(&flaw.line)));
        prop_assert!(read.claims.is_sorted_by_key(|claim| claim.line));
        for name in read.claims.iter().flat_map(|claim| [&claim.old, &claim.new]).flatten() {
            prop_assert!(!name.is_empty() && !name.contains(&0));
        }
    }
}
