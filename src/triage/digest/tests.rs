//! What a digest promises, on small logs and, with small limits, on large and hostile ones.

use super::*;
use proptest::prelude::*;

/// Limits under which a few kilobytes are a large log.
fn small() -> Limits {
    let share = |before, after, marks| Share {
        before,
        after,
        first: 1_000,
        last: 1_500,
        first_marks: marks,
        last_marks: 2 * marks,
    };
    Limits {
        block: 300,
        line: 80,
        whole: 12_000,
        head: 1_000,
        tail: 3_000,
        signature: share(3, 5, 10),
        marker: share(8, 1, 6),
        word: share(1, 2, 4),
    }
}

fn read(limits: Limits, bytes: &[u8]) -> Digest {
    let mut reader = Reader::new(limits);
    reader.feed(bytes);
    reader.finish()
}

/// The lines of a log by their numbers, as anybody would split it; too long ones are cut as a digest cuts them.
fn split(limits: &Limits, log: &[u8]) -> Vec<Vec<u8>> {
    let lines = log.split_inclusive(|&byte| byte == b'\n');
    let bare = lines.map(|line| {
        let line = Gap::default().close(line.to_vec(), limits.line);
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        line.strip_suffix(b"\r").unwrap_or(line).to_vec()
    });
    bare.collect()
}

fn lines(digest: &Digest) -> Vec<(u64, Vec<u8>)> {
    (0..digest.len()).map(|index| (digest.number(index), digest.raw(index).to_vec())).collect()
}

/// What a digest holds: everything it was built of.
fn size(digest: &Digest) -> usize {
    let pieces = digest.pieces.iter().map(|piece| size_of::<Kept>() + piece.bytes.len()).sum::<usize>();
    pieces + digest.lines.len() * size_of::<Line>() + digest.marked.len() * 8
}

fn bound(limits: &Limits) -> usize {
    let shares: usize = limits.shares().iter().map(|share| share.first + share.last).sum();
    // One block more for each part, of nothing but empty lines.
    let block = limits.block * (1 + limits::LINE_COST);
    limits.whole.max(limits.head + shares + limits.tail + 5 * block)
}

/// Everything that must be true of any log.
fn check(limits: Limits, log: &[u8]) -> Digest {
    let digest = read(limits, log);
    let all = split(&limits, log);
    assert_eq!((digest.total_lines(), digest.total_bytes()), (all.len() as u64, log.len() as u64));
    let kept = lines(&digest);
    for window in kept.windows(2) {
        assert!(window[0].0 < window[1].0, "lines are kept in order and once");
    }
    for (index, (number, line)) in kept.iter().enumerate() {
        assert_eq!(line, &all[*number as usize - 1], "line {number}");
        assert_eq!(digest.index_of(*number), Some(index));
        let next = kept.get(index + 1).is_some_and(|next| next.0 == number + 1);
        assert_eq!(digest.is_followed(index), next);
    }
    assert_eq!(kept.last().map_or(0, |last| last.0), all.len() as u64, "the end is always there");
    assert_eq!(digest.index_of(0), None);
    assert_eq!(digest.index_of(all.len() as u64 + 1), None);
    assert!(size(&digest) <= bound(&limits), "{} is more than {}", size(&digest), bound(&limits));
    for (index, marks) in digest.marked().take(40) {
        let line = digest.raw(index).to_ascii_lowercase();
        let has = |needle: &str| line.windows(needle.len()).any(|part| part == needle.to_ascii_lowercase().as_bytes());
        assert!(!marks.word || WORDS.iter().any(|word| has(word)));
        assert!(!marks.marker || ci::NEEDLES.iter().any(|needle| has(needle)));
        assert!(!marks.signature || Table::needles().any(has));
    }
    digest
}

#[test]
fn lines_end_at_lf_and_nowhere_else() {
    let digest = check(Limits::default(), b"one\r\ntwo\rand\n\nlast");
    let expected: [(u64, &[u8]); 4] = [(1, b"one"), (2, b"two\rand"), (3, b""), (4, b"last")];
    assert_eq!(lines(&digest), expected.map(|(number, line)| (number, line.to_vec())));
    for (log, count) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("\r\n", 1)] {
        assert_eq!(check(Limits::default(), log.as_bytes()).len(), count, "{log:?}");
    }
}

#[test]
fn a_line_is_marked_for_everything_that_is_in_it() {
    let digest = Digest::of(b"fine\nPANIC\nan ERROR: exited with 3\nfine");
    let marked: Vec<_> = digest.marked().map(|(index, marks)| (index, marks.marker, marks.word)).collect();
    assert_eq!(marked, [(1, false, true), (2, true, true)]);
    assert!(digest.marked().last().unwrap().1.signature);
}

#[test]
fn a_line_that_is_too_long_keeps_its_beginning_and_its_end() {
    let limits = small();
    for long in [81, 299, 300, 301, 700, 5_000] {
        let (begin, end) = ("it begins with so many words", "and it ends with as many words");
        let middle = "x".repeat(long - begin.len() - end.len() - 2);
        let log = format!("before\n{begin} {middle} {end}\nafter\n");
        let digest = check(limits, log.as_bytes());
        let line = String::from_utf8(digest.raw(1).to_vec()).unwrap();
        let left_out: usize = line.split(' ').find_map(|word| word.parse().ok()).unwrap_or(0);
        assert!(line.starts_with(&format!("{begin} [")), "no word is cut apart: {line:?}");
        assert!(line.ends_with(&format!("] {end}")), "{line:?}");
        assert_eq!(left_out + begin.len() + end.len(), long, "what is left out is told exactly: {line:?}");
        assert_eq!(digest.raw(2), b"after");
    }
}

#[test]
fn of_a_large_log_the_lines_around_marks_are_kept() {
    let limits = small();
    let ordinary = |from: u32, to: u32| (from..to).map(|n| format!("ordinary line {n}\n")).collect::<String>();
    let log =
        ordinary(0, 1_000) + "error: it broke\n" + &ordinary(1_001, 2_000) + "job failed\n" + &ordinary(2_001, 3_000);
    let digest = check(limits, log.as_bytes());
    let is_kept =
        |numbers: std::ops::RangeInclusive<u64>| numbers.map(|n| digest.index_of(n).is_some()).collect::<Vec<_>>();
    assert_eq!(is_kept(1..=10), [true; 10], "the beginning");
    assert_eq!(is_kept(998..=1_006), [true; 9], "around a signature");
    assert_eq!(is_kept(1_993..=2_002), [true; 10], "around a marker");
    assert_eq!(is_kept(2_951..=3_000), [true; 50], "the end");
    assert_eq!((is_kept(500..=500), is_kept(1_500..=1_500)), (vec![false], vec![false]));
    assert!(!digest.is_followed(digest.index_of(1_006).unwrap()));
    assert_eq!(digest.marked().count(), 2);
}

#[test]
fn strong_marks_are_not_pushed_out_by_weak_ones() {
    let mut log = "nothing of note here\n".repeat(500);
    log += "error: the one that counts\n";
    log += &"unable to say more about it\n".repeat(20_000);
    log += &"nothing of note here\n".repeat(500);
    let digest = check(small(), log.as_bytes());
    assert!(digest.index_of(501).is_some());
    assert!(digest.marked().any(|(index, marks)| digest.number(index) == 501 && marks.signature));
}

#[test]
fn marks_are_bounded_by_class_from_both_ends() {
    let limits = small();
    let digest = check(limits, "unable\n".repeat(200).as_bytes());
    assert_eq!(digest.len(), 200);
    let marked: Vec<u64> = digest.marked().map(|(index, _)| digest.number(index)).collect();
    assert_eq!(marked, (1..=4).chain(193..=200).collect::<Vec<_>>());
}

#[test]
fn nothing_hostile_costs_more_than_the_limits() {
    let limits = small();
    let patterns: [&[u8]; 9] = [
        b"error\n",
        b"\n",
        b"x",
        b"\0",
        b"\r",
        b"\r\n",
        b"error: a\nunable\njob failed\n",
        b"error ",
        b"unable\n\n\n\n\n\n\n",
    ];
    for pattern in patterns {
        let log = pattern.repeat(100_000 / pattern.len());
        check(limits, &log);
    }
}

#[test]
fn the_limits_in_use_fit_into_what_is_promised() {
    assert!(bound(&Limits::default()) < 36 << 20);
    assert!(size_of::<Line>() + size_of::<(u32, u8)>() <= limits::LINE_COST);
}

fn log() -> impl Strategy<Value = Vec<u8>> {
    let ordinary = "[a-z ]{0,30}\n";
    let pieces = prop_oneof![
        8 => prop::collection::vec(ordinary, 1..60).prop_map(|lines| lines.concat().into_bytes()),
        2 => Just(b"error: it broke\n".to_vec()),
        2 => Just(b"##[error]it broke\r\n".to_vec()),
        2 => Just(b"unable\n".to_vec()),
        1 => "[a-z ]{81,900}\n?".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..400),
        1 => (1..400_usize).prop_map(|times| b"\n".repeat(times)),
    ];
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_log_is_kept_rightly(log in log()) {
        check(small(), &log);
        let digest = check(Limits::default(), &log);
        prop_assert_eq!(digest.len() as u64, digest.total_lines(), "a log of ordinary size is kept as a whole");
    }

    #[test]
    fn how_the_bytes_come_makes_no_difference(log in log(), sizes in prop::collection::vec(1..700_usize, 1..20)) {
        let mut reader = Reader::new(small());
        let mut rest = &log[..];
        for size in sizes.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*size));
            reader.feed(now);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        let (whole, split) = (read(small(), &log), reader.finish());
        prop_assert_eq!(lines(&whole), lines(&split));
        prop_assert_eq!(whole.marked().collect::<Vec<_>>(), split.marked().collect::<Vec<_>>());
    }
}
