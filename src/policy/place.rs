//! Where in a JSON text an error lies: the key's path and the start of the offending word.
//!
//! serde_json says how far it had read when something was wrong, and no more. This walks the text up to there. It
//! checks nothing: the text has been read that far, and any other text gives some place and no panic.

use bstr::ByteSlice;

/// The word that an error is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The keys that lead to the word, the word itself excluded when it is a key.
    pub path: Vec<Step>,
    /// The word, when it is a key and not a value.
    pub key: Option<String>,
    /// Where it starts, in bytes.
    pub start: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// The word that ends at or, where none ends there, follows `read`.
pub(super) fn locate(text: &[u8], read: usize) -> Place {
    let read = read.min(text.len());
    let mut walk = Walk { text, at: 0, open: Vec::new(), word: None };
    while walk.at < read {
        walk.step();
    }
    let start = walk.word.as_ref().map_or_else(|| read + leading_blanks(&text[read..]), |word| word.start);
    let key = walk.word.and_then(|word| word.key);
    let mut path: Vec<Step> = walk.open.into_iter().filter_map(|open| open.step).collect();
    if key.is_some() {
        path.pop();
    }
    Place { path, key, start }
}

/// `conflict_markers.ignore[0]`, with whatever a file calls its keys still raw.
pub(super) fn spelled(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => out.extend([".", key]),
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// Line and column of a byte, counted from 1, columns in characters as editors do.
pub(super) fn line_and_column(text: &[u8], at: usize) -> (usize, usize) {
    let before = &text[..at.min(text.len())];
    let line_start = before.rfind_byte(b'\n').map_or(0, |newline| newline + 1);
    (before.iter().filter(|&&byte| byte == b'\n').count() + 1, before[line_start..].chars().count() + 1)
}

struct Walk<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<Open>,
    word: Option<Word>,
}

/// An object or array that is not closed yet.
struct Open {
    start: usize,
    object: bool,
    /// In an object: the key last seen. In an array: the index of the current element.
    step: Option<Step>,
    /// In an object: behind the colon.
    in_value: bool,
}

struct Word {
    start: usize,
    key: Option<String>,
}

impl Walk<'_> {
    fn step(&mut self) {
        let start = self.at;
        self.at += 1;
        match self.text[start] {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            byte @ (b'{' | b'[') => {
                let object = byte == b'{';
                self.open.push(Open { start, object, step: (!object).then_some(Step::Index(0)), in_value: false });
                self.word = None;
            }
            b'}' | b']' => {
                let start = self.open.pop().map_or(start, |open| open.start);
                self.word = Some(Word { start, key: None });
            }
            b':' => {
                self.word = None;
                if let Some(open) = self.open.last_mut() {
                    open.in_value = true;
                }
            }
            b',' => self.next_element(),
            b'"' => self.string(start),
            _ => {
                let end = |byte: &u8| b" \t\r\n{}[]:,\"".contains(byte);
                let rest = &self.text[self.at..];
                self.at += rest.iter().position(end).unwrap_or(rest.len());
                self.word = Some(Word { start, key: None });
            }
        }
    }

    fn next_element(&mut self) {
        self.word = None;
        if let Some(open) = self.open.last_mut() {
            open.in_value = false;
            open.step = match open.step.take() {
                Some(Step::Index(index)) => Some(Step::Index(index + 1)),
                _ => None,
            };
        }
    }

    fn string(&mut self, start: usize) {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        self.at = self.at.min(self.text.len());
        let mut key = None;
        if let Some(open) = self.open.last_mut().filter(|open| open.object && !open.in_value) {
            let raw = &self.text[start..self.at];
            let text = serde_json::from_slice(raw).unwrap_or_else(|_| raw.to_str_lossy().into_owned());
            open.step = Some(Step::Key(text.clone()));
            key = Some(text);
        }
        self.word = Some(Word { start, key });
    }
}

fn leading_blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_word_before_the_mark_is_named() {
        // `|` is how far the text was read.
        for (marked, path, key, line, column) in [
            ("{\"a\"|: 1}", "", Some("a"), 1, 2),
            ("{\"a\"  |: 1}", "", Some("a"), 1, 2),
            ("{\"a\": 1|}", "a", None, 1, 7),
            ("{\"a\": |[]}", "a", None, 1, 7),
            ("{\"a\":|  {}}", "a", None, 1, 8),
            ("{\"a\": [1, \"x\"|]}", "a[1]", None, 1, 11),
            ("{\"a\": [1, |[2]]}", "a[1]", None, 1, 11),
            ("{\"a\": [1, 2]|}", "a", None, 1, 7),
            ("{\"a\": {\"b\": 2}, \"c\": {\"d\": [{\"e\"|", "c.d[0]", Some("e"), 1, 30),
            ("{\n  \"é\": 1,\n  \"b\": [\"\\\"]\", tru|]}", "b[1]", None, 3, 16),
            ("{\"\\u0061\"|: 1}", "", Some("a"), 1, 2),
            ("|", "", None, 1, 1),
            ("[7|]", "[0]", None, 1, 2),
        ] {
            let read = marked.find('|').unwrap();
            let text = marked.replace('|', "");
            let place = locate(text.as_bytes(), read);
            assert_eq!(spelled(&place.path), path, "{marked}");
            assert_eq!(place.key.as_deref(), key, "{marked}");
            assert_eq!(line_and_column(text.as_bytes(), place.start), (line, column), "{marked}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_some_place(text in proptest::collection::vec(any::<u8>(), 0..64), read in 0usize..80) {
            let place = locate(&text, read);
            prop_assert!(place.start <= text.len());
            line_and_column(&text, place.start);
        }

        #[test]
        fn anything_like_json_has_some_place(text in "[{}\\[\\]:,\"\\\\ a1\n]{0,40}", read in 0usize..50) {
            prop_assert!(locate(text.as_bytes(), read).start <= text.len());
        }
    }
}
