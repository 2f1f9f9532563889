//! Somebody else's text inside of Markdown: it is shown, and does nothing else.
//!
//! A comment is read by more than a Markdown parser. GitHub, GitLab, Gitea and Forgejo look for people, teams, issues and
//! addresses in what the parser leaves as plain text, so an escape that the parser takes away again does not hold them off. A zero-width
//! space does: the word is no longer one. Characters that are markup to the parser are escaped, and those that could end a
//! cell of a table or open a tag are written as entities, which no parser takes for structure. Line ends become
//! blanks, so no text begins a line and no heading, list or quick action (`/approve`) can come of it; whoever puts
//! text into a paragraph writes a word of ours before it.

use super::escape::clip;
use crate::model::visible;

/// What takes a word apart without being seen: U+200B. It is written so that whoever reads the source sees it.
const BREAK: &str = "&#8203;";

/// A formula needs two `$` in one piece of text. Its own element leaves each alone; as an entity it is none to parsers that look for
/// formulas themselves.
const DOLLAR: &str = "<span>&#36;</span>";

/// The text on one line of Markdown in no more than `room` bytes; what is cut off leaves `…` behind.
pub(in crate::output) fn text(raw: &str, room: usize) -> String {
    // A character takes a byte at least: what lies behind these could never be shown.
    let shown: Vec<char> = visible(clip(raw, room)).chars().collect();
    let (mut out, mut cut) = (String::new(), 0);
    for (at, &c) in shown.iter().enumerate() {
        write(c, &shown[..at], &shown[at + 1..], &mut out);
        if out.len() > room {
            out.truncate(cut);
            out.push('…');
            break;
        }
        if out.len() + '…'.len_utf8() <= room {
            cut = out.len();
        }
    }
    out
}

/// The same as code: a path that can be told from words.
pub(in crate::output) fn code(raw: &str, room: usize) -> String {
    // Not between backticks: what may stand there depends on the parser, and in a table on two of them.
    format!("<code>{}</code>", text(raw, room))
}

/// One character, by what stands around it.
fn write(c: char, before: &[char], after: &[char], out: &mut String) {
    let next = after.first().copied().unwrap_or(' ');
    match c {
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '&' => out.push_str("&amp;"),
        '|' => out.push_str("&#124;"),
        '$' => out.push_str(DOLLAR),
        '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '~' | '^' => out.extend(['\\', c]),
        '.' if ends_with(before, "www") => out.extend([BREAK, "."]),
        c => out.push(c),
    }
    let is_reference = match c {
        '@' => !next.is_whitespace(),                 // people, teams, commits, addresses
        '#' => is_of_word(next),                      // issues
        '!' | '&' => is_digit(next),                  // merge requests and epics on GitLab
        '%' | '~' => is_of_word(next) || next == '"', // milestones and labels there
        '-' => is_digit(next) && is_shorthand(before),
        ':' => after.starts_with(&['/', '/']), // addresses
        '[' => names_a_kind(after),            // [issue:12], [epic:3] on GitLab
        _ => false,
    };
    if is_reference {
        out.push_str(BREAK);
    }
}

/// Whether any forge may take it for a part of a word: a mark that stands over a letter is one to some.
fn is_of_word(c: char) -> bool {
    c == '_' || !(c.is_whitespace() || c.is_ascii_punctuation())
}

/// Whether any forge may take it for a digit, of whatever script.
fn is_digit(c: char) -> bool {
    c.is_numeric() || is_of_word(c) && !c.is_alphabetic() && c != '_'
}

fn ends_with(text: &[char], end: &str) -> bool {
    let tail = text.len().checked_sub(end.len()).map(|start| &text[start..]);
    tail.is_some_and(|tail| tail.iter().zip(end.chars()).all(|(c, want)| c.eq_ignore_ascii_case(&want)))
}

/// `GH-12`, `GL-12`: an issue, where it is a word of its own.
fn is_shorthand(before: &[char]) -> bool {
    let stands_alone = || before.iter().rev().nth(2).is_none_or(|c| !c.is_ascii_alphanumeric());
    (ends_with(before, "GH") || ends_with(before, "GL")) && stands_alone()
}

fn names_a_kind(rest: &[char]) -> bool {
    const LONGEST: usize = 32;
    let end = rest.iter().take(LONGEST).position(|c| !c.is_ascii_alphabetic() && *c != '_');
    end.is_some_and(|end| end > 0 && rest[end] == ':')
}

#[cfg(test)]
pub(in crate::output) mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser};
    use regex::Regex;
    use std::sync::LazyLock;

    /// Everything that any parser may know, and more than one forge switches on.
    pub(in crate::output) fn parser(markdown: &str) -> Parser<'_> {
        Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION)
    }

    /// Every complaint of a forge about a piece of rendered text: what it would make something of.
    pub(in crate::output) fn references(text: &str) -> Vec<String> {
        static MADE: LazyLock<Regex> = LazyLock::new(|| {
            let people_issues_addresses = r#"(?i)@\.?[\w-]|#\w|[!&]\d|[%~][\w"]|\bG[HL]-\d|://|www\.|\[[a-z_]+:"#;
            Regex::new(people_issues_addresses).unwrap()
        });
        MADE.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    }

    fn rendered(markdown: &str) -> String {
        parser(markdown)
            .filter_map(|event| match event {
                Event::Text(text) => Some(text.into_string()),
                Event::Start(_) | Event::End(_) => None,
                Event::InlineHtml(tag) if ["<span>", "</span>", "<code>", "</code>"].contains(&&*tag) => None,
                other => panic!("{other:?} in {markdown:?}"),
            })
            .collect()
    }

    #[test]
    fn text_is_only_shown() {
        for (raw, want) in [
            ("SQL built from input", "SQL built from input"),
            ("größe, 日本: 50% of 3 - 2 = 1!", "größe, 日本: 50% of 3 - 2 = 1!"),
            ("a\r\n\r\n/approve\n# b\n- c", "a /approve # b - c"),
            ("cc @alice, @org/team and x@y.z", "cc @&#8203;alice, @&#8203;org/team and x@&#8203;y.z"),
            ("@ noon @", "@ noon @"),
            ("fixes #12, GH-12, o/r#1, !7", "fixes #&#8203;12, GH-&#8203;12, o/r#&#8203;1, !&#8203;7"),
            ("utf-8 and high-12", "utf-8 and high-12"),
            ("&12 %3 %\"x\" ~bug", "&amp;&#8203;12 %&#8203;3 %&#8203;\"x\" \\~&#8203;bug"),
            ("[issue:7] a[i]", "\\[&#8203;issue:7\\] a\\[i\\]"),
            ("see https://x.y, WWW.x.y", "see https:&#8203;//x.y, WWW&#8203;.x.y"),
            ("![a](b) [c](d) [e]: f", "!\\[a\\](b) \\[c\\](d) \\[e\\]: f"),
            ("<b onclick=x> <!-- --> </table>", "&lt;b onclick=x&gt; &lt;!-- --&gt; &lt;/table&gt;"),
            ("&lt; &#64;all", "&amp;lt; &amp;#&#8203;64;all"),
            ("a | b \\| c", "a &#124; b \\\\&#124; c"),
            ("`x` **y** __z__ ~~q~~", "\\`x\\` \\*\\*y\\*\\* \\_\\_z\\_\\_ \\~\\~&#8203;q\\~\\~"),
            ("$a$", "<span>&#36;</span>a<span>&#36;</span>"),
            ("\u{202e}x\u{1b}[2J\0", "\\\\u\\{202e\\}x\\\\x1b\\[2J\\\\x00"),
            ("@\u{200b}alice", "@&#8203;\\\\u\\{200b\\}alice"),
        ] {
            assert_eq!(text(raw, 1000), want, "{raw:?}");
            assert_eq!(references(&rendered(want)), [""; 0], "{raw:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_and_no_escape_is_cut_in_two() {
        for (raw, room, want) in [
            ("0123456789", 10, "0123456789"),
            ("0123456789", 9, "012345…"),
            ("a@bcdefghijk", 10, "a…"),
            ("||||", 24, "&#124;&#124;&#124;&#124;"),
            ("||||", 23, "&#124;&#124;&#124;…"),
            ("ää", 4, "ää"),
            ("äää", 5, "ä…"),
            ("x", 0, "…"),
        ] {
            assert_eq!(text(raw, room), want, "{raw:?} in {room}");
        }
    }

    #[test]
    fn the_oracle_sees_what_raw_text_would_do() {
        for raw in ["@alice", "#12", "!7", "https://x", "www.x", "GH-1", "[epic:3]", "%1", "~a"] {
            assert!(!references(raw).is_empty(), "{raw}");
        }
        for raw in ["<b>", "`x`", "*x*", "[a](b)", "$a$", "<!-- x -->", "~~x~~"] {
            let events = parser(raw).filter(|event| !matches!(event, Event::Text(_))).count();
            assert!(events > 2, "a paragraph has a start and an end: {raw}");
        }
    }

    /// Text as attackers choose it.
    pub(in crate::output) fn hostile() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            3 => any::<char>().prop_map(String::from),
            4 => "[!-/:-@\\[-`{-~]",
            4 => prop::sample::select(vec![
                "@alice", "@org/team", "#12", "GH-12", "!7", "o/r#1", "\n", "\r\n", "\n\n", "\n/approve\n", "\n# x\n", " ",
                "\t", "|", "\\|", "|---|---|", "\n|---|\n", "`", "```", "~~~", "**", "__", "<b>", "</td>", "<!--", "-->",
                "<!-- ci-guard:verdict -->", "<details>", "![a](https://x.y/z.png)", "[a](b)", "[a]: b", "[^1]", "[[w]]",
                "https://x.y", "www.x.y", "mailto:a@b.c", "a@b.c", "&#64;all", "&commat;all", "&lt;", "\\", "\\\\", "$a$",
                "$$", "$`a`$", ":tada:", "\u{202e}", "\u{200b}", "\x1b[2J", "\0", "##[error]", "::error::", "]]>",
                "word", "[issue:7]", "%\"x\"", "~bug", "&12", "- [ ] x", "> [!NOTE]", "{+ x +}", "\u{fffe}",
            ]).prop_map(String::from),
        ];
        prop::collection::vec(parts, 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn whatever_the_text_is_it_is_shown_as_it_is(raw in hostile()) {
            let line = format!("Said: {}", text(&raw, usize::MAX - 3));
            let shown = rendered(&line);
            prop_assert_eq!(references(&shown), [""; 0]);
            let expected = visible(clip(&raw, usize::MAX));
            let expected = format!("Said: {expected}");
            prop_assert_eq!(shown.replace('\u{200b}', ""), expected.trim_end());
        }

        #[test]
        fn it_never_takes_more_room_than_it_has(raw in hostile(), room in 3_usize..200) {
            let written = text(&raw, room);
            prop_assert!(written.len() <= room, "{} in {room}", written);
            prop_assert_eq!(references(&rendered(&format!("Said: {written}"))), [""; 0]);
        }
    }
}
