//! The grammar of one marker line, as git's `xdiff/xmerge.c` writes it and as its readers take it.
//!
//! A run of one character at column 0, then the end of the line or a space and a label; a separator has no label.
//! How long the run must be, and what a line means beside others, is not decided here.

use memchr::memchr;

/// Which of the four lines it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// `<<<<<<<`
    Open,
    /// `|||||||`, written by the styles diff3 and zdiff3.
    Base,
    /// `=======`
    Separator,
    /// `>>>>>>>`
    Close,
}

/// One marker line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Which line it is.
    pub(super) mark: Mark,
    /// The length of the run.
    pub(super) width: usize,
    /// Whether a label follows that is more than blanks. Git before 2.55 writes an empty one as a lone space.
    pub(super) labelled: bool,
    /// Where the next line starts.
    pub(super) end: usize,
}

/// Read the line that starts at `start` as a marker, whatever the length of its run.
pub(super) fn token(content: &[u8], start: usize) -> Option<Token> {
    let line = &content[start..];
    let character = *line.first()?;
    let mark = match character {
        b'<' => Mark::Open,
        b'|' => Mark::Base,
        b'=' => Mark::Separator,
        b'>' => Mark::Close,
        _ => return None,
    };
    let width = run(line, character);
    if line.get(width).is_some_and(|&next| next != b'\n' && next != b'\r' && !blank(next)) {
        return None;
    }
    let end = line_end(content, start + width);
    let tail = without_line_end(&content[start + width..end]);
    let labelled = !tail.iter().copied().all(blank);
    let marker = match (mark, tail.first()) {
        (_, None) => true,
        (Mark::Separator, Some(_)) => !labelled,
        (_, Some(&first)) => first == b' ',
    };
    marker.then_some(Token { mark, width, labelled, end })
}

/// How often `character` is repeated at the start of `line`.
pub(super) fn run(line: &[u8], character: u8) -> usize {
    line.iter().take_while(|&&c| c == character).count()
}

/// Where the line that holds `at` ends: past its line feed, or at the end of the content.
pub(super) fn line_end(content: &[u8], at: usize) -> usize {
    memchr(b'\n', &content[at..]).map_or(content.len(), |feed| at + feed + 1)
}

/// A line without its line feed and the carriage returns before it. More than one of them comes from a file that was
/// converted twice; one without a line feed, from an editor that never finished the last line.
pub(super) fn without_line_end(line: &[u8]) -> &[u8] {
    let mut line = line.strip_suffix(b"\n").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b"\r") {
        line = shorter;
    }
    line
}

/// Where the first line starts: behind the byte order mark, if there is one.
pub(super) fn first_line(content: &[u8]) -> usize {
    if content.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

/// A space or a tab.
pub(super) fn blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<(Mark, usize, bool)> {
        let token = token(line.as_bytes(), 0)?;
        assert!(token.end == line.len() || line.as_bytes()[token.end - 1] == b'\n', "{line:?}");
        Some((token.mark, token.width, token.labelled))
    }

    #[test]
    fn marker_lines() {
        for (line, mark, width, labelled) in [
            ("<<<<<<< HEAD\n", Mark::Open, 7, true),
            ("<<<<<<< HEAD", Mark::Open, 7, true),
            ("<<<<<<< HEAD\r\n", Mark::Open, 7, true),
            ("<<<<<<< HEAD\r\r\n", Mark::Open, 7, true),
            ("<<<<<<< HEAD\r", Mark::Open, 7, true),
            ("<<<<<<<\n", Mark::Open, 7, false),
            ("<<<<<<<\r\n", Mark::Open, 7, false),
            ("<<<<<<<\r", Mark::Open, 7, false),
            ("<<<<<<<", Mark::Open, 7, false),
            ("<<<<<<< \n", Mark::Open, 7, false),
            ("<<<<<<< \r\n", Mark::Open, 7, false),
            ("<<<<<<<  \t\n", Mark::Open, 7, false),
            ("<<<<<<< \tHEAD\n", Mark::Open, 7, true),
            ("<<<<<<< a\0b\n", Mark::Open, 7, true),
            ("<<<<<<<< HEAD:new1\n", Mark::Open, 8, true),
            ("< HEAD\n", Mark::Open, 1, true),
            ("||||||| merged common ancestors\n", Mark::Base, 7, true),
            ("|||||||\n", Mark::Base, 7, false),
            ("=======\n", Mark::Separator, 7, false),
            ("=======\r\n", Mark::Separator, 7, false),
            ("=======", Mark::Separator, 7, false),
            ("======= \t \n", Mark::Separator, 7, false),
            ("=======\t\n", Mark::Separator, 7, false),
            (">>>>>>> 0123abc (a subject: <<<<<<<)\n", Mark::Close, 7, true),
            (">\n", Mark::Close, 1, false),
        ] {
            assert_eq!(read(line), Some((mark, width, labelled)), "{line:?}");
        }
    }

    #[test]
    fn other_lines() {
        for line in [
            "",
            "\n",
            " <<<<<<< HEAD\n",
            "\t<<<<<<< HEAD\n",
            "<<<<<<<HEAD\n",
            "<<<<<<<\tHEAD\n",
            "<<<<<<<\t\n",
            "<<<<<<<>>>>>>>\n",
            "<<<<<<<\rHEAD\n",
            ">>>>>>>>text\n",
            "|||||||x\n",
            "|||||||\t\n",
            "======= text =======\n",
            "======= =====\n",
            "=======\rx\n",
            "=======|\n",
            "+<<<<<<< HEAD\n",
            "%%%%%%%\n",
        ] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }
}
