//! Text of strangers inside of Markdown, as GitHub renders it: it is read as it was written, and does nothing.
//!
//! What marks up is written as a character reference, which never is markup. A mention and a reference to an issue are made of the
//! rendered text, so references do not help there: something that nobody sees stands behind their first character.

use crate::model::visible;
use std::fmt::Write;

/// One cell of a table, also good in a heading or a paragraph.
pub(super) fn cell(text: impl AsRef<[u8]>) -> String {
    const NOTHING: char = '\u{200b}';
    let text = visible(text);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text.trim().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' | '<' | '>' | '|' | '`' | '\\' | '*' | '_' | '~' | '[' | ']' | '$' => {
                let _ = write!(safe, "&#{};", c as u32);
            }
            '@' => safe.extend([c, NOTHING]),
            '#' if rest.peek().is_some_and(char::is_ascii_digit) => safe.extend([c, NOTHING]),
            // A heading's own end, and a list's or heading's beginning, where this is all of a line.
            '#' => safe.push_str("&#35;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    #[test]
    fn text_does_nothing() {
        for (raw, want) in [
            ("plain: a-b.c (d) https://example.org/x", "plain: a-b.c (d) https://example.org/x"),
            ("ping @octocat and @org/team", "ping @\u{200b}octocat and @\u{200b}org/team"),
            ("see #12 and # 12", "see #\u{200b}12 and &#35; 12"),
            ("a|b", "a&#124;b"),
            ("`x` \\| **b** _i_ ~s~", "&#96;x&#96; &#92;&#124; &#42;&#42;b&#42;&#42; &#95;i&#95; &#126;s&#126;"),
            ("<img src=x>&amp;<!--", "&#60;img src=x&#62;&#38;amp;&#60;!--"),
            ("![a](b) [c](d)", "!&#91;a&#93;(b) &#91;c&#93;(d)"),
            ("$\\foo$", "&#36;&#92;foo&#36;"),
            ("a\nb\r\n| c |", "a&#92;nb&#92;r&#92;n&#124; c &#124;"),
            ("\u{202e}x\u{200b}@a", "&#92;u{202e}x&#92;u{200b}@\u{200b}a"),
            (" ", ""),
        ] {
            assert_eq!(cell(raw), want);
        }
    }

    /// The texts of a table's cells, and whatever else stands in them.
    fn rendered(markdown: &str) -> (Vec<String>, Vec<String>) {
        let (mut cells, mut others) = (Vec::new(), Vec::new());
        for event in
            Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH)
        {
            match event {
                Event::Start(Tag::TableCell) => cells.push(String::new()),
                Event::Text(text) => cells.last_mut().map(|cell| cell.push_str(&text)).unwrap_or_default(),
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow) | Event::End(_) => {}
                other => others.push(format!("{other:?}")),
            }
        }
        (cells, others)
    }

    proptest! {
        #[test]
        fn a_cell_is_read_as_it_was_written(parts in prop::collection::vec(prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "|", "\\|", "`", "``", "*", "_", "~~", "<b>", "</td>", "<!--", "-->", "&lt;", "&#124;", "[a](b)", "![", "](",
                "\n", "\r\n", "\n\n", "| x |", "@a", "#1", "$", "\\", " ", "a",
            ]).prop_map(str::to_owned),
        ], 0..30)) {
            let raw = parts.concat();
            let (cells, others) = rendered(&format!("| a | b |\n|---|---|\n| {} | last |\n", cell(&raw)));
            prop_assert_eq!(others, Vec::<String>::new());
            let seen = cells[2].replace("@\u{200b}", "@").replace("#\u{200b}", "#");
            let want = visible(&raw);
            prop_assert_eq!(seen.trim(), want.trim());
            prop_assert_eq!((cells.len(), cells[3].as_str()), (4, "last"));
        }
    }
}
