//! Dates behind the names of a traditional patch, as `diff` writes them. They are only cut off, except for the one that
//! says that there was no file.

use bstr::ByteSlice;

/// How many bytes at the end of a line are a date, with the white space before it; 0 when there is none.
pub(super) fn timestamp_len(line: &[u8]) -> usize {
    if !line.last().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let mut rest = line;
    rest = &rest[..rest.len() - zone_len(rest)];
    rest = &rest[..rest.len() - time_len(rest)];
    rest = match date_len(rest) {
        0 => return 0,
        date => &rest[..rest.len() - date],
    };
    rest = match rest.split_last() {
        Some((b'\t', before)) => before,
        Some((b' ', _)) => rest.trim_end_with(|c| c == ' '),
        _ => return 0,
    };
    line.len() - rest.len()
}

/// Whether the date behind the last TAB is the beginning of time in its zone: then the file is not there.
pub(super) fn is_epoch(line: &[u8]) -> bool {
    let Some(tab) = line.rfind_byte(b'\t') else { return false };
    let stamp = &line[tab + 1..];
    let (midnight, rest) = match (stamp.strip_prefix(b"1969-12-31 "), stamp.strip_prefix(b"1970-01-01 ")) {
        (Some(rest), _) => (24 * 60, rest),
        (_, Some(rest)) => (0, rest),
        _ => return false,
    };
    let Some((b"00", hour, minute, rest)) = clock(rest) else { return false };
    let rest = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let after = fraction.trim_start_with(|c| c == '0');
            if after.len() == fraction.len() {
                return false;
            }
            after
        }
        None => rest,
    };
    let [b' ', sign @ (b'+' | b'-'), zone @ ..] = rest else { return false };
    let [h @ b'0'..=b'2', i @ b'0'..=b'9', zone @ ..] = zone else { return false };
    let zone = zone.strip_prefix(b":").unwrap_or(zone);
    let [m @ b'0'..=b'5', n @ b'0'..=b'9', b'\n'] = zone else { return false };
    let offset = number(*h, *i) * 60 + number(*m, *n);
    hour * 60 + minute - if *sign == b'-' { -offset } else { offset } == midnight
}

/// `HH:MM:SS` at the start: the seconds, hour, minute, and what follows.
fn clock(text: &[u8]) -> Option<(&[u8], i32, i32, &[u8])> {
    let [h @ b'0'..=b'2', i @ b'0'..=b'9', b':', m @ b'0'..=b'5', n @ b'0'..=b'9', b':', rest @ ..] = text else {
        return None;
    };
    let (seconds, rest) = rest.split_at_checked(2)?;
    Some((seconds, number(*h, *i), number(*m, *n), rest))
}

fn number(ten: u8, one: u8) -> i32 {
    i32::from(ten - b'0') * 10 + i32::from(one - b'0')
}

/// ` +0100` or ` +01:00`.
fn zone_len(line: &[u8]) -> usize {
    match line {
        [.., b' ', b'+' | b'-', a, b, c, d] if [a, b, c, d].iter().all(|c| c.is_ascii_digit()) => 6,
        [.., b' ', b'+' | b'-', a, b, b':', c, d] if [a, b, c, d].iter().all(|c| c.is_ascii_digit()) => 7,
        _ => 0,
    }
}

/// ` 19:41:17`, with a fraction or without.
fn time_len(line: &[u8]) -> usize {
    let short = |line: &[u8]| match line {
        [.., b' ', a, b, b':', c, d, b':', e, f] if [a, b, c, d, e, f].iter().all(|c| c.is_ascii_digit()) => 9,
        _ => 0,
    };
    match short(line) {
        0 => {
            let whole = line.trim_end_with(|c| c.is_ascii_digit());
            match whole.strip_suffix(b".") {
                Some(before) if whole.len() < line.len() && short(before) > 0 => line.len() - before.len() + 9,
                _ => 0,
            }
        }
        length => length,
    }
}

/// `2010-07-05`, or with a year of two digits.
fn date_len(line: &[u8]) -> usize {
    match line {
        [.., a, b, b'-', c, d, b'-', e, f] if [a, b, c, d, e, f].iter().all(|c| c.is_ascii_digit()) => {
            let before = &line[..line.len() - 8];
            if matches!(before, [.., a, b] if a.is_ascii_digit() && b.is_ascii_digit()) { 10 } else { 8 }
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_any_diff_are_cut_off() {
        for (line, name) in [
            ("x\t2010-07-05 19:41:17.620000023 -0500", "x"),
            ("x\t2010-07-05 19:41:17", "x"),
            ("x\t10-07-05", "x"),
            ("x   2010-07-05 19:41:17 +08:00", "x"),
            ("x y 2010-07-05", "x y"),
            ("x2010-07-05", "x2010-07-05"),
            ("2010-07-05", "2010-07-05"),
            ("x\tMon Jul  5 19:41:17 2010", "x\tMon Jul  5 19:41:17 2010"),
            ("x 19:41:17", "x 19:41:17"),
            (" 2010-07-05", ""),
            ("", ""),
        ] {
            let line = line.as_bytes();
            assert_eq!(line[..line.len() - timestamp_len(line)].as_bstr(), name);
        }
    }

    #[test]
    fn the_beginning_of_time_is_known_in_every_zone() {
        for line in [
            "x\t1970-01-01 00:00:00 +0000\n",
            "x\t1970-01-01 01:00:00.000000000 +0100\n",
            "x\t1969-12-31 19:00:00 -0500\n",
            "x\t1970-01-01 05:30:00 +05:30\n",
            "x y\tz\t1970-01-01 00:00:00 -0000\n",
        ] {
            assert!(is_epoch(line.as_bytes()), "{line}");
        }
        for line in [
            "x\t1970-01-01 00:00:00\n",
            "x\t1970-01-01 01:00:00 +0000\n",
            "x\t1970-01-01 00:00:01 +0000\n",
            "x\t1970-01-01 00:00:00.1 +0000\n",
            "x\t1970-01-01 00:00:00. +0000\n",
            "x\t1970-01-01 00:00:00 +0000\r\n",
            "x 1970-01-01 00:00:00 +0000\n",
            "x\t1970-01-02 00:00:00 +0000\n",
            "x\t1970-01-01 00:00:00 +0000\t\n",
            "",
        ] {
            assert!(!is_epoch(line.as_bytes()), "{line}");
        }
    }
}
