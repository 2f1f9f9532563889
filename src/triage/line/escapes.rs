//! What a line looks like where control characters and escape sequences have done their work: colours, titles, links,
//! cursor movements, backspaces. It knows no CI system but those that hide data in escape sequences.

const ESC: u8 = 0x1b;

/// Whether a byte is none that one sees. A tab is.
pub(super) fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}

/// Without control characters but carriage returns. One pass: every byte is looked at a bounded number of times.
pub(super) fn without(line: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            ESC => &rest[escape(rest)..],
            b'\r' => {
                out.push(byte);
                after
            }
            0x08 => {
                back(&mut out);
                after
            }
            _ if is_control(byte) => after,
            _ => {
                let end = rest.iter().position(|&byte| is_control(byte)).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..end]);
                &rest[end..]
            }
        };
    }
    out
}

/// Take the last character away, not beyond the beginning of what is drawn.
fn back(out: &mut Vec<u8>) {
    while let Some(&last) = out.last()
        && last != b'\r'
    {
        out.pop();
        if !(0x80..0xc0).contains(&last) {
            break;
        }
    }
}

/// The length of the escape sequence at the beginning, at least 1.
fn escape(bytes: &[u8]) -> usize {
    let span = |from: usize, of: std::ops::RangeInclusive<u8>| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| !of.contains(byte)).unwrap_or(rest.len())
    };
    match bytes.get(1) {
        Some(b'[') => {
            let end = span(span(2, 0x30..=0x3f), 0x20..=0x2f);
            let end = end + usize::from(bytes.get(end).is_some_and(|byte| (0x40..=0x7e).contains(byte)));
            // Jenkins hides notes for its own pages in text that is not shown.
            if bytes[..end] == *b"\x1b[8m" && bytes[end..].starts_with(b"ha:") {
                return memchr::memchr2(ESC, b'\r', &bytes[end..]).map_or(bytes.len(), |at| end + at);
            }
            end
        }
        // A string for the terminal, up to BEL or ESC \. One that does not end is taken for words: nothing hides that way.
        Some(b']' | b'_' | b'P' | b'^' | b'X') => {
            let end = memchr::memchr3(0x07, ESC, b'\r', &bytes[2..]).map(|at| at + 2);
            match end {
                Some(end) if bytes[end] == 0x07 => end + 1,
                Some(end) if bytes[end..].starts_with(b"\x1b\\") => end + 2,
                // Buildkite's time stamp, its end lost on the way.
                _ if bytes[2..].starts_with(b"bk;t=") => span(7, b'0'..=b'9'),
                _ => 2,
            }
        }
        Some(0x20..=0x2f) => {
            let end = span(1, 0x20..=0x2f);
            end + usize::from(bytes.get(end).is_some_and(|byte| (0x30..=0x7e).contains(byte)))
        }
        Some(0x30..=0x7e) => 2,
        _ => 1,
    }
}
