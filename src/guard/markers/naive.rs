//! The marker scanner a second time, as plainly and slowly as it can be written, for tests and the fuzzer to compare
//! with; and text in which markers are likely. Never part of the program.

use super::{Kind, Leftover, MarkerSize};

struct Line {
    span: std::ops::Range<usize>,
    number: u64,
    character: u8,
    width: usize,
    labelled: bool,
    sections: bool,
    base: u64,
    separator: u64,
    /// Taken by a block, or the open line of one.
    gone: bool,
}

/// What `super::scan` must answer.
pub(crate) fn scan(content: &[u8], size: MarkerSize) -> Vec<Leftover> {
    let mut lines = lines(content);
    let mut found: Vec<Leftover> = Vec::new();
    for here in 0..lines.len() {
        let (character, width, number) = (lines[here].character, lines[here].width, lines[here].number);
        if width < size.get() || character == b'<' {
            continue;
        }
        let is_open = |line: &Line| line.character == b'<' && line.width == width && !line.gone;
        let nearest = lines[..here].iter().rposition(is_open);
        match character {
            b'|' => {
                if let Some(open) = nearest.filter(|&open| lines[open].base == 0) {
                    lines[open].base = number;
                }
            }
            b'=' => {
                if let Some(open) = nearest.filter(|&open| lines[open].separator <= lines[open].base) {
                    lines[open].separator = number;
                }
            }
            _ => {
                let divided = |line: &Line| is_open(line) && (line.separator > 0 || line.sections);
                let Some(open) = lines[..here].iter().rposition(divided) else { continue };
                lines[open..=here].iter_mut().for_each(|line| line.gone = true);
                let (base, separator) = (lines[open].base, lines[open].separator);
                let kind = match separator {
                    0 => Kind::Sections,
                    _ => Kind::Block { base: (base > 0).then_some(base), separator },
                };
                let span = lines[open].span.start..lines[here].span.end;
                found.retain(|other| other.span.start < span.start || other.span.end > span.end);
                found.push(Leftover { kind, line: lines[open].number, end_line: number, width, span });
            }
        }
    }
    for line in lines.iter().filter(|line| !line.gone && line.labelled && line.width >= 7 && line.width >= size.get()) {
        let kind = match line.character {
            b'<' => Kind::LoneOpen,
            b'|' => Kind::LoneBase,
            b'>' => Kind::LoneClose,
            _ => continue,
        };
        let (span, number) = (line.span.clone(), line.number);
        found.push(Leftover { kind, line: number, end_line: number, width: line.width, span });
    }
    found.sort_by_key(|leftover| leftover.span.start);
    found
}

/// Every line that has the form of a marker, of whatever length.
fn lines(content: &[u8]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = if content.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let whole: Vec<&[u8]> = content[start..].split_inclusive(|&c| c == b'\n').collect();
    for (index, raw) in whole.iter().enumerate() {
        let span = start..start + raw.len();
        start = span.end;
        let text = String::from_utf8_lossy(raw).into_owned();
        let text = text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r');
        let Some(character @ ('<' | '|' | '=' | '>')) = text.chars().next() else { continue };
        let tail = text.trim_start_matches(character);
        let width = text.len() - tail.len();
        let bare = tail.trim_matches([' ', '\t']).is_empty();
        if !(tail.is_empty() || tail.starts_with(' ') && character != '=' || bare && character == '=') {
            continue;
        }
        let next = whole.get(index + 1).map_or(String::new(), |next| String::from_utf8_lossy(next).into_owned());
        let section = |c: char| {
            let rest = next.trim_start_matches(c);
            next.len() - rest.len() == width && (rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        lines.push(Line {
            span,
            number: index as u64 + 1,
            character: character as u8,
            width,
            labelled: !bare,
            sections: character == '<' && !bare && width >= 7 && "%+-".chars().any(section),
            base: 0,
            separator: 0,
            gone: false,
        });
    }
    lines
}

/// Text made of pieces of markers.
#[cfg(test)]
pub(crate) fn marker_text() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    let run = (select(&b"<<<|==>>>%-"[..]), select(&[1usize, 2, 3, 6, 7, 7, 7, 7, 8, 8, 9, 13][..]));
    let tail = select(&["", "", " ", " x", " HEAD", "\t", "\tx", "x", " \t", "=", " =======", "\r x", "\0"][..]);
    let end = select(&["\n", "\n", "\n", "\r\n", "\r\n", "\r\r\n", "\r", ""][..]);
    let marker = (run, tail, end).prop_map(|((character, width), tail, end)| {
        [vec![character; width], tail.as_bytes().to_vec(), end.as_bytes().to_vec()].concat()
    });
    let other = select(&["\n", "text\n", " <<<<<<< x\n", "Title\r\n", "\u{feff}", "```\n", "~~~~\n", "- ", "  "][..]);
    let piece = prop_oneof![6 => marker, 1 => other.prop_map(|text| text.as_bytes().to_vec())];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}
