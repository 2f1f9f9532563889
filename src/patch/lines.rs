//! Which lines came and which went, between two versions of a text, and what git calls no text.
//!
//! Counted as `git diff --numstat` counts with its default algorithm: a limit must not depend on who counts. Nothing is
//! ignored: not white space, not carriage returns, and a last line without its line end is another line than one with it.

mod myers;

use super::facts::{Edit, Line};
use bstr::ByteSlice;
use std::collections::{HashMap, HashSet};

/// How many bytes git looks at to tell a binary file.
const BINARY_HEAD: usize = 8000;

/// Whether git calls this content binary: a NUL among its first 8,000 bytes.
pub fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, &content[..content.len().min(BINARY_HEAD)]).is_some()
}

/// The lines that differ.
pub fn compare(old: &[u8], new: &[u8]) -> Edit {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines_with_terminator().collect(), new.lines_with_terminator().collect());
    let (start, end) = myers::common_ends(&old, &new);
    let (old_middle, new_middle) = (start..old.len() - end, start..new.len() - end);
    let gone: HashSet<&[u8]> = old[old_middle.clone()].iter().copied().collect();
    if !new[new_middle.clone()].iter().any(|line| gone.contains(line)) {
        // One place was edited, as is usual: there is nothing to search.
        return Edit { added: pick(&new, new_middle), removed: pick(&old, old_middle) };
    }
    // Lines get numbers, equal ones the same: those are quicker to compare.
    let mut known = HashMap::with_capacity(old.len().max(new.len()));
    let mut number = |line| {
        let next = known.len() as u32;
        *known.entry(line).or_insert(next)
    };
    let [old_numbers, new_numbers] =
        [&old, &new].map(|lines| lines.iter().map(|line| number(*line)).collect::<Vec<_>>());
    let (removed, added) = myers::differences(&old_numbers, &new_numbers);
    let places = |marked: Vec<bool>| (0..).zip(marked).filter(|(_, marked)| *marked).map(|(place, _)| place);
    Edit { added: pick(&new, places(added)), removed: pick(&old, places(removed)) }
}

fn pick(lines: &[&[u8]], places: impl Iterator<Item = usize>) -> Vec<Line> {
    let line = |place: usize| Line {
        number: place as u64 + 1,
        text: lines[place].strip_suffix(b"\n").unwrap_or(lines[place]).into(),
    };
    places.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bstr::BString;
    use proptest::prelude::*;

    /// `-2 two` and `+2 deux`, the removed ones first.
    fn shown(old: &[u8], new: &[u8]) -> Vec<String> {
        let Edit { added, removed } = compare(old, new);
        let show = |sign: char| move |line: Line| format!("{sign}{} {}", line.number, line.text);
        removed.into_iter().map(show('-')).chain(added.into_iter().map(show('+'))).collect()
    }

    #[test]
    fn lines_are_gits_lines() {
        for (old, new, want) in [
            ("", "", &[][..]),
            ("a\n", "a\n", &[]),
            ("", "a\nb", &["+1 a", "+2 b"]),
            ("a\nb\nc\n", "a\nB\nc\n", &["-2 b", "+2 B"]),
            ("a\nb\n", "", &["-1 a", "-2 b"]),
            ("", "\n", &["+1 "]),
            // A line end more is another line.
            ("a\nb", "a\nb\n", &["-2 b", "+2 b"]),
            ("a\n", "a\r\n", &["-1 a", "+1 a\r"]),
            // No other character ends one.
            ("a\rb\u{2028}c\n", "a\rb\u{2028}d\n", &["-1 a\rb\u{2028}c", "+1 a\rb\u{2028}d"]),
            ("x\na\nb\nc\ny\n", "a\nb\nz\nc\n", &["-1 x", "-5 y", "+3 z"]),
            ("a\nb\nc\nd\n", "c\nd\na\nb\n", &["-1 a", "-2 b", "+3 a", "+4 b"]),
        ] {
            assert_eq!(shown(old.as_bytes(), new.as_bytes()), want, "{old:?} {new:?}");
        }
        assert_eq!(shown(b"\xff\n\x00\n", b"\xfe\n\x00\n"), ["-1 \u{fffd}", "+1 \u{fffd}"]);
    }

    #[test]
    fn only_a_nul_near_the_start_makes_a_file_binary() {
        let nul_at = |place| [&vec![b'x'; place][..], b"\0"].concat();
        assert!(is_binary(&nul_at(0)) && is_binary(&nul_at(7999)));
        assert!(!is_binary(&nul_at(8000)) && !is_binary(b"") && !is_binary(b"\xff\xfe"));
    }

    fn without(text: &[u8], lines: &[Line]) -> Vec<BString> {
        let gone: HashSet<_> = lines.iter().map(|line| line.number).collect();
        let kept = (1..).zip(text.lines_with_terminator()).filter(|(number, _)| !gone.contains(number));
        kept.map(|(_, line)| line.into()).collect()
    }

    #[track_caller]
    fn assert_true(old: &[u8], new: &[u8]) -> Edit {
        let edit = compare(old, new);
        assert!(without(old, &edit.removed) == without(new, &edit.added), "what stays is the same on both sides");
        for (text, lines) in [(old, &edit.removed), (new, &edit.added)] {
            let all: Vec<_> = text.lines_with_terminator().collect();
            assert!(lines.is_sorted_by(|one, other| one.number < other.number));
            let is_real =
                |line: &Line| all[line.number as usize - 1].strip_suffix(b"\n").unwrap_or(&line.text) == line.text;
            assert!(lines.iter().all(is_real));
        }
        edit
    }

    #[test]
    fn whatever_is_made_to_take_for_ever_ends_and_is_true() {
        let mut seed = 1u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let text = |lines: u64, line: &mut dyn FnMut(u64) -> u64| -> Vec<u8> {
            (0..lines).flat_map(|number| format!("{}\n", line(number)).into_bytes()).collect()
        };
        let noise: [Vec<u8>; 2] = [(); 2].map(|()| text(60_000, &mut |_| random(7)));
        let ordered = text(60_000, &mut |number| number);
        let reversed = text(60_000, &mut |number| 60_000 - number);
        let others = text(60_000, &mut |number| 1_000_000 + number);
        let equal = [&b"a\n"[..], &b"\n".repeat(500_000), b"b\n"].concat();
        let fewer = [&b"c\n"[..], &b"\n".repeat(250_000), b"d\n"].concat();
        for (old, new) in [(&noise[0], &noise[1]), (&ordered, &reversed)] {
            assert_true(old, new);
        }
        assert_eq!(assert_true(&ordered, &others).added.len(), 60_000);
        let edit = assert_true(&equal, &fewer);
        assert_eq!((edit.removed.len(), edit.added.len()), (250_002, 2));
    }

    proptest! {
        #[test]
        fn what_stays_is_the_same_and_no_shorter_way_is_missed_by_much(
            old in "([abc]{0,2}\n){0,30}[ab]{0,2}", new in "([abc]{0,2}\n){0,30}[ab]{0,2}",
        ) {
            let edit = assert_true(old.as_bytes(), new.as_bytes());
            let (old, new): (Vec<_>, Vec<_>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
            let mut longest = vec![vec![0usize; new.len() + 1]; old.len() + 1];
            for (y, line) in old.iter().enumerate() {
                for (x, other) in new.iter().enumerate() {
                    longest[y + 1][x + 1] =
                        if line == other { longest[y][x] + 1 } else { longest[y][x + 1].max(longest[y + 1][x]) };
                }
            }
            let least = old.len() + new.len() - 2 * longest[old.len()][new.len()];
            let found = edit.added.len() + edit.removed.len();
            prop_assert!(found >= least && found <= least + 8, "{found} and not {least}");
        }
    }
}
