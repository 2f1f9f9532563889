//! Hunks: their headers count lines, and only the counts say where a hunk ends. `--- a/x` inside the counts is content;
//! behind them it begins another file.

use super::FlawKind;
use super::cursor::Lines;

/// What the hunks of one file hold together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Hunks {
    pub(super) count: u64,
    pub(super) added: u64,
    pub(super) deleted: u64,
}

/// The shortest `\ No newline at end of file` that git believes, in any language, with its line end.
const SHORTEST_MARK: usize = 12;

/// Read all hunks from here on. `sides` says whether there is an old file and a new one.
pub(super) fn read(lines: &mut Lines<'_>, sides: (bool, bool)) -> Result<Hunks, (u64, FlawKind)> {
    let mut hunks = Hunks::default();
    let (mut old, mut new) = (0, 0);
    while lines.rest().starts_with(b"@@ -") {
        let start = lines.number();
        let broken = |why: &str| (start, FlawKind::Broken(why.into()));
        let counts = counts(lines.peek()).ok_or_else(|| broken("a hunk header has no numbers that git reads"))?;
        lines.take();
        (old, new) = (old | counts.0, new | counts.1);
        let (added, deleted) = body(lines, counts)?.ok_or_else(|| {
            broken("a hunk ends before it has as many lines as its header counts, or goes on with a line of no kind")
        })?;
        if added == 0 && deleted == 0 {
            return Err(broken("a hunk changes nothing"));
        }
        hunks.count += 1;
        hunks.added += added;
        hunks.deleted += deleted;
        if old > 0 && !sides.0 {
            return Err(broken("a new file has lines of an old one"));
        }
        if new > 0 && !sides.1 {
            return Err(broken("a deleted file keeps lines"));
        }
    }
    Ok(hunks)
}

/// The lines of one hunk: added and deleted ones; `None` when they are not what its header counts.
fn body(lines: &mut Lines<'_>, (mut old, mut new): (u64, u64)) -> Result<Option<(u64, u64)>, (u64, FlawKind)> {
    let (mut added, mut deleted) = (0, 0);
    while old > 0 || new > 0 {
        let line = lines.take();
        let took = match line.first() {
            Some(b' ' | b'\n') => old.checked_sub(1).zip(new.checked_sub(1)),
            Some(b'-') => {
                deleted += 1;
                old.checked_sub(1).zip(Some(new))
            }
            Some(b'+') => {
                added += 1;
                Some(old).zip(new.checked_sub(1))
            }
            _ => None,
        };
        let Some(left) = took.filter(|_| line.ends_with(b"\n")) else { return Ok(None) };
        (old, new) = left;
        // Versions of git differ on the shortest marks, and on several in a row: those are left standing, and refused.
        let mark = lines.rest();
        if mark.starts_with(b"\\ ") && mark.len() > SHORTEST_MARK {
            let mark = lines.peek();
            if mark.len() >= SHORTEST_MARK {
                lines.skip(mark);
            }
        }
    }
    Ok(Some((added, deleted)))
}

/// How many old and new lines a hunk header counts.
fn counts(line: &[u8]) -> Option<(u64, u64)> {
    let rest = line.strip_prefix(b"@@ -")?.strip_suffix(b"\n")?;
    let (old, rest) = range(rest)?;
    let (new, rest) = range(rest.strip_prefix(b" +")?)?;
    rest.starts_with(b" @@").then_some((old, new))
}

/// `12,3`: the 3, which is 1 where it is not written.
fn range(text: &[u8]) -> Option<(u64, &[u8])> {
    let (_, rest) = number(text)?;
    match rest.strip_prefix(b",") {
        Some(rest) => number(rest),
        None => Some((1, rest)),
    }
}

/// The digits at the start.
pub(super) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<(u64, u64, u64, String), String> {
        let mut lines = Lines::new(text.as_bytes());
        match read(&mut lines, (true, true)) {
            Ok(Hunks { count, added, deleted }) => {
                Ok((count, added, deleted, String::from_utf8_lossy(lines.rest()).into_owned()))
            }
            Err((line, FlawKind::Broken(why))) => Err(format!("{line}: {why}")),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn ok(text: &str, count: u64, added: u64, deleted: u64, rest: &str) {
        assert_eq!(of(text), Ok((count, added, deleted, rest.to_owned())), "{text}");
    }

    #[test]
    fn the_counts_say_where_a_hunk_ends() {
        ok("@@ -1 +1 @@\n-a\n+b\n", 1, 1, 1, "");
        ok("@@ -1,2 +1 @@ fn x()\n-a\n b\nrest\n", 1, 0, 1, "rest\n");
        ok("@@ -1,3 +1,3 @@\n \n-a\n\n+b\n", 1, 1, 1, "");
        ok("@@ -0,0 +1 @@\n+a\n+b\n", 1, 1, 0, "+b\n");
        ok("@@ -1,2 +1,2 @@\n--- a/x\n-b\n+++ b/x\n+c\n--- a/y\n", 1, 2, 2, "--- a/y\n");
        ok("@@ -1 +1 @@\n-a\n+b\n@@ -9,0 +9 @@\n+c\n@@@\n", 2, 2, 1, "@@@\n");
        ok("@@ -1 +1 @@\r\n-a\r\n+b\r\n", 1, 1, 1, "");
        ok("@@ -18446744073709551615 +1 @@\n-a\n+b\n", 1, 1, 1, "");
    }

    #[test]
    fn the_mark_of_a_missing_line_end_is_no_line() {
        ok("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n", 1, 1, 1, "");
        ok("@@ -1 +1 @@\n-a\n+b\n\\ Kein Zeilenumbruch", 1, 1, 1, "");
        ok("@@ -1 +1 @@\n-a\n+b\n\\ short\n", 1, 1, 1, "\\ short\n");
        ok("@@ -1 +1 @@\n-a\n+b\n\\ short\nand more\n", 1, 1, 1, "\\ short\nand more\n");
        let twice = "@@ -1 +1 @@\n-a\n\\ No newline at end\n\\ No newline at end\n+b\n";
        assert!(of(twice).is_err());
    }

    #[test]
    fn what_git_does_not_read_is_no_hunk() {
        for text in [
            "@@ -1 +1 @@\n",
            "@@ -1,2 +1 @@\n-a\n+b\n",
            "@@ -1 +1 @@\n-a\n+b",
            "@@ -1 +1 @@\n-a\nprose\n+b\n",
            "@@ -1,1 +1,2 @@\n-a\n b\n+c\n",
            "@@ -0,0 +1 @@\n-a\n+b\n",
            "@@ -1,2 +1,2 @@\n a\n b\n",
            "@@ -0,0 +0,0 @@\n",
            "@@ -a +1 @@\n-a\n+b\n",
            "@@ -1, +1 @@\n-a\n+b\n",
            "@@ -1 +1\n-a\n+b\n",
            "@@ -1 +1 @@",
            "@@ -18446744073709551616 +1 @@\n-a\n+b\n",
        ] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_new_file_has_no_old_lines_and_a_deleted_one_no_new_ones() {
        let sides = |text: &str, sides| read(&mut Lines::new(text.as_bytes()), sides).is_ok();
        assert!(sides("@@ -0,0 +1 @@\n+a\n", (false, true)) && sides("@@ -1 +0,0 @@\n-a\n", (true, false)));
        assert!(!sides("@@ -1 +1 @@\n-a\n+a\n", (false, true)) && !sides("@@ -1 +1 @@\n-a\n+a\n", (true, false)));
    }
}
