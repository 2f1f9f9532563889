//! What the grammar gets to see in place of what it would misread: as many bytes, so that every place in the tree is one in the
//! text, and words are taken from the text itself.
//!
//! Nothing is decided here. What was hidden and still has to mean something is told to who asked.

/// With more here-documents on one line, reading them takes the grammar more than linear time.
const MOST_DOCUMENTS: usize = 32;

/// Of a longer row of `<` the grammar looks at every part.
const LONGEST_ROW: usize = 64;

/// A text as the grammar gets it.
pub(super) struct Disguised {
    pub(super) bytes: Vec<u8>,
    /// Where `<<` was hidden because there are too many on its line. In quotes and in documents they mean nothing anyway.
    pub(super) hidden: Vec<usize>,
}

pub(super) fn disguised(text: &str) -> Disguised {
    // The grammar's hand-written part looks characters up in tables that end with ASCII, and takes more for blanks than shells
    // do. So it sees none but ASCII.
    let plain = |byte: u8| if byte == b'\n' || byte == b'\t' || (b' '..=b'~').contains(&byte) { byte } else { b'x' };
    let mut bytes: Vec<u8> = text.bytes().map(plain).collect();
    for at in command_braces(&bytes) {
        bytes[at] = b'x';
    }
    let mut hidden = Vec::new();
    let mut on_line = 0;
    let mut at = 0;
    while at < bytes.len() {
        let row = bytes[at..].iter().take_while(|byte| **byte == b'<').count();
        on_line = if bytes[at] == b'\n' { 0 } else { on_line + usize::from((2..=3).contains(&row)) };
        // A longer row of `<` is a conflict marker or a drawing.
        if (2..=3).contains(&row) && on_line > MOST_DOCUMENTS || row > LONGEST_ROW {
            bytes[at..at + row].fill(b'x');
            hidden.push(at);
        } else if row == 2 {
            for word in words_behind(&bytes, at + row) {
                bytes[word].fill(b' ');
            }
            for end in ends_behind(&bytes, at + row) {
                bytes[end..end + 2].fill(b'&');
            }
        }
        at += row.max(1);
    }
    Disguised { bytes, hidden }
}

/// A byte of a word that is written as it is meant.
pub(super) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./=,:+@%^".contains(&byte)
}

/// The plain words between a here-document's delimiter and what else is on its line, `2>&1` among them: behind those the
/// grammar takes no operator. `from` is where the delimiter begins.
fn words_behind(text: &[u8], from: usize) -> Vec<std::ops::Range<usize>> {
    let blanks = |at: usize| at + text[at..].iter().take_while(|byte| b" \t".contains(byte)).count();
    let word = |at: usize| at + text[at..].iter().take_while(|byte| is_plain(**byte)).count();
    let start = blanks(from + usize::from(text.get(from) == Some(&b'-')));
    let end = match text.get(start) {
        Some(quote @ (b'\'' | b'"')) => {
            let inner = text[start + 1..].iter().take_while(|byte| *byte != quote && **byte != b'\n').count();
            start + inner + 2
        }
        Some(b'\\') => word(start + 1),
        _ => word(start),
    };
    let mut found = Vec::new();
    let mut at = end;
    while at > start && text.get(at).is_some_and(|byte| b" \t".contains(byte)) {
        let from = blanks(at);
        let copied = ["2>&1", "1>&2", ">&2"].iter().find(|it| text[from..].starts_with(it.as_bytes()));
        let to = copied.map_or_else(|| word(from), |it| from + it.len());
        // `2>` is no word, and one that goes on with something else is left to the grammar.
        if from == to || !text.get(to).is_none_or(|byte| b" \t\n|&;)".contains(byte)) {
            break;
        }
        found.push(from..to);
        at = to;
    }
    found
}

/// Each `; ` on the line of a here-document's mark: the grammar takes no more commands there, except behind `&&`.
fn ends_behind(text: &[u8], from: usize) -> Vec<usize> {
    const GO_ON: [&[u8]; 8] = [b"do", b"done", b"then", b"else", b"elif", b"fi", b"esac", b"}"];
    // A parenthesis that closes: this was a number to shift, or the line is another's from here on.
    let line = text[from..].iter().take_while(|byte| !b"\n)".contains(byte)).count();
    let line = &text[..from + line];
    let goes_on = |at: usize| {
        let word = line[at..].split(|byte| b" \t".contains(byte)).find(|word| !word.is_empty()).unwrap_or_default();
        let word = word.split(|byte| *byte == b';').next().unwrap_or_default();
        word.is_empty() || GO_ON.contains(&word) || word[0] == b'#'
    };
    let mut found = Vec::new();
    for at in from..line.len().saturating_sub(1) {
        if line[at] == b';' && line[at - 1] != b';' && b" \t".contains(&line[at + 1]) {
            if goes_on(at + 1) {
                break;
            }
            found.push(at);
        }
    }
    found
}

/// The braces of `{git,push}` where a command begins: the grammar takes them for a group. Bare words only.
fn command_braces(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut begins = true;
    for (at, byte) in text.iter().enumerate() {
        if begins && *byte == b'{' {
            let word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-./=,:+".contains(byte);
            let inner = text[at + 1..].iter().take_while(word).count();
            let closed = at + 1 + inner;
            if text.get(closed) == Some(&b'}') && text[at..closed].contains(&b',') {
                found.extend([at, closed]);
            }
        }
        begins = b"\n;&|(`".contains(byte) || begins && b" \t".contains(byte);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::disguised;

    #[test]
    fn what_the_grammar_sees() {
        let row = "<".repeat(64);
        let table = [
            ("cat <<E -n x | sh", "cat <<E      | sh"),
            ("cat - <<'E' --no-verify\nm\nE", "cat - <<'E'            \nm\nE"),
            ("cat <<-E a 2>&1 b | c", "cat <<-E          | c"),
            ("cat <<E a 2> b", "cat <<E   2> b"),
            ("cat <<\\E a \"b\" c", "cat <<\\E   \"b\" c"),
            ("echo '<<a' b", "echo '<<a' b"),
            ("cat <<< a b", "cat <<< a b"),
            ("cat <<E > f; a; b", "cat <<E > f&&a&&b"),
            ("if cat <<E; then", "if cat <<E; then"),
            ("cat <<E ;; x", "cat <<E ;; x"),
            ("cat <<E; ", "cat <<E; "),
            ("$((1 << 2)); x", "$((1 << 2)); x"),
            ("cat <<E a)", "cat <<E  )"),
            ("cat << ", "cat << "),
            ("cat <<'E", "cat <<'E"),
            ("cat <<", "cat <<"),
            ("{a,b} é", "xa,bx xx"),
            (&row, &row),
        ];
        for (text, expected) in table {
            let seen = disguised(text);
            assert_eq!(String::from_utf8(seen.bytes).unwrap(), expected);
            assert!(seen.hidden.is_empty(), "{text}");
        }
        assert_eq!(disguised(&"a << ".repeat(34)).hidden, [32 * 5 + 2, 33 * 5 + 2]);
        assert_eq!(disguised(&"<".repeat(65)).hidden, [0]);
        assert!(disguised(&"<<a\n".repeat(99)).hidden.is_empty());
    }
}
