//! One pattern of a CODEOWNERS file, matched against a path. What the characters of a pattern mean is decided by the
//! dialects; here is what both come down to: names, globs within a name, and "at any depth".
//!
//! Matching goes by whole names between slashes and never tries more than the last "at any depth" and, within a name,
//! the last star again, so that no pattern makes it explode.

use bstr::{BStr, BString, ByteSlice};

/// A pattern, ready to match.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// What the path consists of, from the top of the tree on.
    pub(super) parts: Vec<Part>,
    /// Whether everything below is meant as well.
    pub(super) below: bool,
}

/// What stands between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// Any number of names, also none.
    AnyDepth,
    /// This name.
    Name(BString),
    /// A name of this form.
    Glob(Glob),
}

/// The form of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Glob(Vec<Piece>);

/// What a glob is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    /// These bytes.
    Text(BString),
    /// One character; a byte that is no text counts as one.
    One,
    /// One character that is (or, for `true`, is not) in one of these ranges.
    Class(bool, Vec<(char, char)>),
    /// Anything.
    Star,
}

impl Pattern {
    /// Whether a path, cut at its slashes, is meant.
    pub(super) fn matches(&self, names: &[&BStr]) -> bool {
        let (mut part, mut name) = (0, 0);
        let mut retry = None;
        loop {
            match self.parts.get(part) {
                Some(Part::AnyDepth) => {
                    part += 1;
                    retry = Some((part, name));
                    continue;
                }
                None if self.below || name == names.len() => return true,
                Some(wanted) if names.get(name).is_some_and(|name| wanted.is(name)) => {
                    (part, name) = (part + 1, name + 1);
                    continue;
                }
                Some(_) if name == names.len() => return false,
                None | Some(_) => {}
            }
            let Some((after, from)) = &mut retry else { return false };
            *from += 1;
            (part, name) = (*after, *from);
        }
    }
}

impl Part {
    fn is(&self, name: &BStr) -> bool {
        match self {
            Part::AnyDepth => false,
            Part::Name(wanted) => wanted == name,
            Part::Glob(glob) => glob.matches(name),
        }
    }

    /// Any one name.
    pub(super) fn any_name() -> Part {
        Part::Glob(Glob(vec![Piece::Star]))
    }
}

impl Glob {
    /// One piece more.
    pub(super) fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.extend_from_slice(&text),
            (Some(Piece::Star), Piece::Star) => {}
            (_, piece) => self.0.push(piece),
        }
    }

    /// The part of a path that it makes: a plain name where nothing in it is open. `None` where there is nothing.
    pub(super) fn into_part(mut self) -> Option<Part> {
        match self.0.as_mut_slice() {
            [] => None,
            [Piece::Text(name)] => Some(Part::Name(std::mem::take(name))),
            _ => Some(Part::Glob(self)),
        }
    }

    /// What every name of this form has after its last dot, where the form says so.
    pub(super) fn ending(&self) -> Option<&BStr> {
        let Some(Piece::Text(last)) = self.0.last() else { return None };
        ending(last.as_bstr())
    }

    fn matches(&self, name: &[u8]) -> bool {
        let (mut piece, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match self.0.get(piece) {
                None if at == name.len() => return true,
                Some(Piece::Star) if piece + 1 == self.0.len() => return true,
                Some(Piece::Star) => {
                    piece += 1;
                    let Some(from) = self.next_start(piece, name, at) else { return false };
                    retry = Some((piece, from));
                    at = from;
                    continue;
                }
                Some(wanted) => {
                    if let Some(length) = wanted.takes(&name[at..]) {
                        (piece, at) = (piece + 1, at + length);
                        continue;
                    }
                }
                None => {}
            }
            let Some((after, from)) = retry else { return false };
            let Some(step) = Piece::One.takes(&name[from..]) else { return false };
            let Some(from) = self.next_start(after, name, from + step) else { return false };
            retry = Some((after, from));
            (piece, at) = (after, from);
        }
    }

    /// Where, from `from` on, this piece can begin.
    fn next_start(&self, piece: usize, name: &[u8], from: usize) -> Option<usize> {
        match self.0.get(piece) {
            Some(Piece::Text(text)) if piece + 1 == self.0.len() => {
                let start = name.len().checked_sub(text.len())?;
                (start >= from && name.ends_with(text)).then_some(start)
            }
            Some(Piece::Text(text)) => name[from..].find(text).map(|offset| from + offset),
            _ => Some(from),
        }
    }
}

impl Piece {
    /// How many bytes it takes from the head of this rest; `None` when it does not fit.
    fn takes(&self, rest: &[u8]) -> Option<usize> {
        match self {
            Piece::Text(text) => rest.starts_with(text).then_some(text.len()),
            Piece::Star => Some(0),
            Piece::One | Piece::Class(..) => {
                let (letter, length) = bstr::decode_utf8(rest);
                let fits = match (self, letter) {
                    (Piece::Class(negated, ranges), Some(letter)) => {
                        ranges.iter().any(|(low, high)| (*low..=*high).contains(&letter)) != *negated
                    }
                    (Piece::Class(negated, _), None) => *negated,
                    _ => true,
                };
                (length > 0 && fits).then_some(length)
            }
        }
    }
}

/// What a name has after its last dot.
pub(super) fn ending(name: &BStr) -> Option<&BStr> {
    name.rfind_byte(b'.').map(|dot| name[dot + 1..].as_bstr())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn glob(text: &str) -> Glob {
        let mut glob = Glob::default();
        for letter in text.chars() {
            glob.push(match letter {
                '*' => Piece::Star,
                '?' => Piece::One,
                '#' => Piece::Class(false, vec![('0', '9')]),
                '%' => Piece::Class(true, vec![('0', '9')]),
                letter => Piece::Text(letter.to_string().into()),
            });
        }
        glob
    }

    /// The plain meaning, which may take for ever.
    fn plainly(pieces: &[Piece], name: &[u8]) -> bool {
        match pieces.split_first() {
            None => name.is_empty(),
            Some((Piece::Star, rest)) => {
                let mut at = name;
                loop {
                    if plainly(rest, at) {
                        return true;
                    }
                    match Piece::One.takes(at) {
                        Some(step) => at = &at[step..],
                        None => return false,
                    }
                }
            }
            Some((piece, rest)) => piece.takes(name).is_some_and(|length| plainly(rest, &name[length..])),
        }
    }

    #[test]
    fn letters_and_bytes_are_counted_as_a_person_would() {
        for (form, yes, no) in [
            ("f?o", &["foo", "föo", "f日o"][..], &["fo", "fooo"][..]),
            ("v#", &["v1"], &["va", "v", "v12"]),
            ("v%", &["va", "vö"], &["v1", "v"]),
            ("*.md", &[".md", "a.md", "a.md.md"], &["md", "a.mdx", "a.md "]),
            ("a*b*c", &["abc", "aXbYc", "abbcc", "abcbc"], &["ab", "abcd", "acb", "ac"]),
            ("*ab", &["ab", "aab", "abab"], &["aba"]),
            ("*aa*", &["aa", "baab"], &["a", "aba"]),
        ] {
            for name in yes {
                assert!(glob(form).matches(name.as_bytes()), "{form} {name}");
            }
            for name in no {
                assert!(!glob(form).matches(name.as_bytes()), "{form} {name}");
            }
        }
        assert!(glob("a?b").matches(b"a\xffb"));
        assert!(glob("a%b").matches(b"a\xffb"));
        assert!(!glob("a#b").matches(b"a\xffb"));
    }

    #[test]
    fn many_stars_are_no_work() {
        let stars = glob(&"a*".repeat(400));
        assert!(!stars.matches(&[b'a'; 399]));
        assert!(stars.matches(&[b'a'; 4000]));
        assert!(!glob(&format!("{}b", "a*".repeat(400))).matches(&[b'a'; 100_000]));
    }

    proptest! {
        #[test]
        fn the_quick_way_is_the_plain_meaning(form in "[ab*?#%]{0,8}", name in "[ab1]{0,8}") {
            let glob = glob(&form);
            prop_assert_eq!(glob.matches(name.as_bytes()), plainly(&glob.0, name.as_bytes()));
        }
    }
}
