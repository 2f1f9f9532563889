//! What a word of a command line becomes: quotes, escapes, braces, variables whose value stands in the same text.
//!
//! What cannot be known without running something is [`UNKNOWN`]. Patterns of file names stay as they are written. No
//! command is judged here.

use super::script::State;
use super::{output, parse};
use tree_sitter::Node;

/// Stands in a word for text that is not known. (A character for private use: a command line that holds it is unknown there.)
pub(super) const UNKNOWN: char = '\u{f8ff}';

/// A folder that `mktemp -d` makes, whatever its name.
pub(super) const SCRATCH: &str = "/tmp/\u{f8ff}.mktemp";

/// What divides words, unless `IFS` says otherwise.
const BLANKS: &str = " \t\n";

/// How many words braces may make of one.
const MOST_BRACES: usize = 16;

/// In a longer word braces are not followed.
const LONGEST_BRACES: usize = 512;

/// One character of a word before it is split and its braces are expanded.
#[derive(Clone, Copy, PartialEq)]
enum Atom {
    /// Quoted or escaped: only itself.
    Text(char),
    /// Not quoted: braces mean something.
    Bare(char),
    /// A quote opened here: the word exists, however empty.
    Quote,
    /// A new word begins.
    Break,
}

/// Whether a word has a part that is not known.
pub(super) fn is_open(word: &str) -> bool {
    word.contains(UNKNOWN)
}

/// Whether a path leads into a folder that `mktemp -d` has made, and nowhere else.
pub(super) fn is_scratch(path: &str) -> bool {
    let below = path.strip_prefix(SCRATCH).filter(|rest| rest.is_empty() || rest.starts_with('/'));
    below.is_some_and(|rest| !is_open(rest) && !rest.contains(".."))
}

/// The words that a node of the tree becomes: one as a rule, none for an empty variable, several for braces.
pub(super) fn expand(node: Node, source: &str, state: &State) -> Vec<String> {
    let mut atoms = Vec::new();
    collect(node, source, state, false, &mut atoms);
    let mut words = Vec::new();
    for field in atoms.split(|atom| *atom == Atom::Break) {
        for atoms in braces(field) {
            let quoted = atoms.contains(&Atom::Quote);
            let word = text(&atoms);
            if quoted || !word.is_empty() {
                words.push(word);
            }
        }
    }
    words
}

/// The text that a node becomes where words are not split: the value of a variable, the target of a redirection.
pub(super) fn value(node: Node, source: &str, state: &State) -> String {
    let mut atoms = Vec::new();
    collect(node, source, state, true, &mut atoms);
    text(&atoms)
}

/// A here-document's text; `raw` when its delimiter is quoted.
pub(super) fn document(node: Node, source: &str, state: &State, raw: bool) -> String {
    if raw {
        return parse::text(source, node.byte_range()).to_owned();
    }
    let mut atoms = Vec::new();
    inside(node, node.start_byte(), node.end_byte(), source, state, "$`\\", &mut atoms);
    text(&atoms)
}

/// What `$'…'`, `echo -e` and the format of `printf` make of backslashes.
pub(super) fn ansi_c(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        let (radix, skip, most) = match c {
            'x' => (16, 1, 2),
            'u' => (16, 1, 4),
            'U' => (16, 1, 8),
            '0' => (8, 0, 4),
            '1'..='7' => (8, 0, 3),
            _ => {
                out.push(match c {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' | 'b' | 'c' | 'e' | 'E' | 'f' | 'v' => UNKNOWN,
                    other => other,
                });
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        let digits = rest[skip..].bytes().take(most).take_while(|byte| (*byte as char).is_digit(radix)).count();
        let number = u32::from_str_radix(&rest[skip..skip + digits], radix).ok();
        out.push(number.and_then(char::from_u32).unwrap_or(UNKNOWN));
        rest = &rest[skip + digits..];
    }
    out + rest
}

/// The characters that a node stands for.
fn collect(node: Node, source: &str, state: &State, quoted: bool, atoms: &mut Vec<Atom>) {
    let raw = parse::text(source, node.byte_range());
    match node.kind() {
        "raw_string" => literal(trimmed(raw, "'", "'"), atoms),
        "ansi_c_string" => literal(&ansi_c(trimmed(raw, "$'", "'")), atoms),
        "string" => {
            atoms.push(Atom::Quote);
            let opened = node.start_byte() + 1;
            let closed = node.end_byte() - usize::from(raw.len() > 1 && raw.ends_with('"'));
            let before = atoms.len();
            inside(node, opened, closed.max(opened), source, state, "$`\"\\", atoms);
            // Of no words quotes make none.
            if atoms.len() == before && (raw == "\"$@\"" || raw.ends_with("[@]}\"")) {
                atoms.pop();
            }
        }
        "translated_string" | "command_name" => match node.named_child(0) {
            Some(inner) => collect(inner, source, state, quoted, atoms),
            None => bare(raw, atoms),
        },
        "concatenation" => {
            let mut at = node.start_byte();
            let mut cursor = node.walk();
            for child in node.named_children(&mut cursor) {
                bare(source.get(at..child.start_byte()).unwrap_or_default(), atoms);
                collect(child, source, state, quoted, atoms);
                at = child.end_byte();
            }
            bare(source.get(at..node.end_byte()).unwrap_or_default(), atoms);
        }
        "simple_expansion" | "expansion" => variable(raw, state, quoted, atoms),
        "command_substitution" => {
            let known = output::of_substitution(node, source, state);
            expanded(
                &known.map_or_else(|| UNKNOWN.to_string(), |text| text.trim_end_matches('\n').to_owned()),
                state,
                quoted,
                atoms,
            );
        }
        "process_substitution" | "arithmetic_expansion" | "brace_expression" | "array" | "ERROR" => {
            atoms.push(Atom::Text(UNKNOWN));
        }
        _ => bare(raw, atoms),
    }
}

/// Text between quotes in which expansions are nodes of the tree; `special` is what a backslash protects.
fn inside(node: Node, start: usize, end: usize, source: &str, state: &State, special: &str, atoms: &mut Vec<Atom>) {
    let mut at = start;
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        if matches!(child.kind(), "simple_expansion" | "expansion" | "command_substitution" | "arithmetic_expansion") {
            protected(source.get(at..child.start_byte()).unwrap_or_default(), special, atoms);
            collect(child, source, state, true, atoms);
            at = child.end_byte();
        }
    }
    protected(source.get(at..end).unwrap_or_default(), special, atoms);
}

/// Text within double quotes.
fn protected(text: &str, special: &str, atoms: &mut Vec<Atom>) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some('\n') if c == '\\' => drop(chars.next()),
            Some(next) if c == '\\' && special.contains(*next) => atoms.extend(chars.next().map(Atom::Text)),
            _ => atoms.push(Atom::Text(c)),
        }
    }
}

/// Text outside of quotes.
fn bare(text: &str, atoms: &mut Vec<Atom>) {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\n') | None => {}
                Some(next) => atoms.extend([Atom::Quote, Atom::Text(next)]),
            },
            c => atoms.push(Atom::Bare(c)),
        }
    }
}

fn literal(text: &str, atoms: &mut Vec<Atom>) {
    atoms.push(Atom::Quote);
    atoms.extend(text.chars().map(Atom::Text));
}

/// `$NAME`, `${NAME}`, `$1`, `$@`, `${LIST[@]}`, `${NAME:-TEXT}`; whatever else braces can do to a value is not followed.
fn variable(raw: &str, state: &State, quoted: bool, atoms: &mut Vec<Atom>) {
    let name = raw.strip_prefix('$').unwrap_or(raw);
    let name = name.strip_prefix('{').map_or(name, |inner| inner.strip_suffix('}').unwrap_or(inner));
    let all = name.strip_suffix("[@]").map(|list| (list, false)).or(name.strip_suffix("[*]").map(|list| (list, true)));
    if matches!(name, "@" | "*") {
        match &state.arguments {
            Some(arguments) => several(arguments, name == "*" && quoted, state, quoted, atoms),
            None => atoms.push(Atom::Text(UNKNOWN)),
        }
        return;
    }
    if let Some((list, joined)) = all.and_then(|(name, joined)| Some((state.list(name)?, joined))) {
        return several(&list, joined && quoted, state, quoted, atoms);
    }
    let positional = name.parse::<usize>().ok().filter(|number| *number > 0);
    let known = match (positional, &state.arguments) {
        (Some(number), Some(arguments)) => Some(arguments.get(number - 1).cloned().unwrap_or_default()),
        (Some(_), None) => None,
        (None, _) => state.variable(name).map(str::to_owned).or_else(|| member(name, state)),
    };
    // Set or not, it is the folder that its default is.
    let known = known.or_else(|| name.starts_with("XDG_CONFIG_HOME").then(|| format!("{UNKNOWN}/.config")));
    // Every shell begins with this one.
    let known = known.or_else(|| (name == "IFS").then(|| BLANKS.to_owned()));
    let known = known.or_else(|| instead(name, state));
    expanded(&known.unwrap_or_else(|| UNKNOWN.to_string()), state, quoted, atoms);
}

/// The words of a list.
fn several(words: &[String], joined: bool, state: &State, quoted: bool, atoms: &mut Vec<Atom>) {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            atoms.push(if joined { Atom::Text(' ') } else { Atom::Break });
        }
        expanded(word, state, quoted, atoms);
    }
}

/// `${LIST[0]}`; a list without a number is its first member.
fn member(name: &str, state: &State) -> Option<String> {
    let (list, number) = match name.split_once('[') {
        Some((list, rest)) => (list, rest.strip_suffix(']')?.parse::<usize>().ok()?),
        None => (name, 0),
    };
    state.list(list)?.get(number).cloned()
}

/// `${NAME:-TEXT}`, `${NAME+TEXT}`: of a name that the line does not set, the text stands behind what is not known.
fn instead(name: &str, state: &State) -> Option<String> {
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    let (name, rest) = name.split_at(end);
    let (colon, rest) = rest.strip_prefix(':').map_or((false, rest), |rest| (true, rest));
    let operator = rest.chars().next().filter(|c| "-=+".contains(*c))?;
    let text = &rest[1..];
    if text.contains(['$', '`', '\\']) {
        return None;
    }
    let text = text.replace(['\'', '"'], "");
    match (state.variable(name), operator) {
        (Some(value), _) if is_open(value) => Some(value.to_owned() + &text),
        (Some(value), '+') => Some(if colon && value.is_empty() { String::new() } else { text }),
        (Some(value), _) => Some(if colon && value.is_empty() { text } else { value.to_owned() }),
        (None, _) => Some(format!("{UNKNOWN}{text}")),
    }
}

/// The result of an expansion, which is split where it is not quoted.
fn expanded(text: &str, state: &State, quoted: bool, atoms: &mut Vec<Atom>) {
    if quoted {
        atoms.extend(text.chars().map(Atom::Text));
        return;
    }
    let between = state.variable("IFS").filter(|between| !is_open(between)).unwrap_or(BLANKS);
    for c in text.chars() {
        atoms.push(if between.contains(c) { Atom::Break } else { Atom::Text(c) });
    }
}

fn trimmed<'t>(raw: &'t str, open: &str, close: &str) -> &'t str {
    let inner = raw.strip_prefix(open).unwrap_or(raw);
    inner.strip_suffix(close).unwrap_or(inner)
}

fn text(atoms: &[Atom]) -> String {
    let char_of = |atom: &Atom| match atom {
        Atom::Text(c) | Atom::Bare(c) => Some(*c),
        Atom::Quote => None,
        Atom::Break => Some(' '),
    };
    atoms.iter().filter_map(char_of).collect()
}

/// `a{b,c}` as `ab` and `ac`. Where that would be too many words, the braces stay.
fn braces(atoms: &[Atom]) -> Vec<Vec<Atom>> {
    let mut done = Vec::new();
    if atoms.len() > LONGEST_BRACES {
        return vec![atoms.to_vec()];
    }
    let mut open = vec![atoms.to_vec()];
    while let Some(word) = open.pop() {
        match alternatives(&word).filter(|_| done.len() + open.len() < MOST_BRACES) {
            // The first alternative is done first.
            Some(words) => open.extend(words.into_iter().rev()),
            None => done.push(word),
        }
    }
    done
}

/// The first brace of a word that holds a comma, taken apart.
fn alternatives(word: &[Atom]) -> Option<Vec<Vec<Atom>>> {
    let mut starts: Vec<(usize, Vec<usize>)> = Vec::new();
    for (at, atom) in word.iter().enumerate() {
        match atom {
            Atom::Bare('{') => starts.push((at, Vec::new())),
            Atom::Bare(',') => {
                if let Some((_, commas)) = starts.last_mut() {
                    commas.push(at);
                }
            }
            Atom::Bare('}') => {
                let Some((start, commas)) = starts.pop().filter(|(_, commas)| !commas.is_empty()) else { continue };
                let mut edges = commas;
                edges.push(at);
                let mut from = start + 1;
                let parts = edges.into_iter().map(|edge| {
                    let part = [&word[..start], &word[from..edge], &word[at + 1..]].concat();
                    from = edge + 1;
                    part
                });
                return Some(parts.collect());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::ansi_c;

    #[test]
    fn backslashes_of_ansi_strings() {
        for (raw, text) in [
            (r"--no\x2dverify", "--no-verify"),
            (r"a\055\n", "a-\n"),
            (r"\'x\\", r"'x\"),
            (r"\u002d", "-"),
            ("a\\", "a\\"),
        ] {
            assert_eq!(ansi_c(raw), text, "{raw}");
        }
    }
}
