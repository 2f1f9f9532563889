//! CODEOWNERS as GitLab reads it: patterns of Ruby's `File.fnmatch`, in sections that each have a say. Owners that make
//! no sense are passed over, the rest of their line counts.

use super::pattern::{Glob, Part, Pattern, Piece};
use super::{Rule, lines, owner, split_line};
use bstr::ByteSlice;
use std::collections::HashMap;
use std::sync::Arc;

/// The head of a section: `^[Name][2] @owner`.
struct Head<'a> {
    /// In lower case: letter case does not tell sections apart.
    name: String,
    /// Nobody has to approve.
    optional: bool,
    /// What stands after it.
    rest: &'a [u8],
}

/// The rules of a file, in its order. Those of optional sections name people who need not approve and are left out.
pub(super) fn read(text: &[u8]) -> Vec<Rule> {
    let mut rules = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut optional = vec![false];
    let (mut section, mut default): (usize, Arc<[String]>) = (0, Arc::default());
    for line in lines(text) {
        if let Some(head) = head(line) {
            section = *numbers.entry(head.name).or_insert(optional.len());
            default = owners(head.rest);
            match optional.get_mut(section) {
                Some(optional) => *optional &= head.optional,
                None => optional.push(head.optional),
            }
        } else if let Some(mut rule) = rule(line) {
            rule.section = section;
            if rule.owners.is_empty() {
                rule.owners = Arc::clone(&default);
            }
            rules.push(rule);
        }
    }
    rules.retain(|rule| !optional[rule.section]);
    rules
}

/// Whether the text has sections, written so that nothing else can be meant: GitHub takes `[id].ts @me` for a path.
pub(super) fn has_sections(text: &[u8]) -> bool {
    lines(text).filter_map(head).any(|head| {
        let glued = head.rest.first().is_some_and(|byte| !byte.is_ascii_whitespace());
        !glued && head.rest.fields().take_while(|word| !word.starts_with(b"#")).all(|w| owner::on_gitlab(w).is_some())
    })
}

fn head(line: &[u8]) -> Option<Head<'_>> {
    let inner = line.strip_prefix(b"^").unwrap_or(line).strip_prefix(b"[")?;
    let (name, rest) = inner.split_at(inner.find_byte(b']')?);
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    let rest = &rest[1..];
    let count = rest.strip_prefix(b"[").and_then(|rest| rest.split_once_str("]"));
    let rest = match count {
        Some((count, rest)) if count.iter().all(|byte| byte.is_ascii_digit() || *byte == b' ') => rest,
        _ => rest,
    };
    Some(Head { name: name.to_str_lossy().to_lowercase(), optional: line.starts_with(b"^"), rest })
}

fn rule(line: &[u8]) -> Option<Rule> {
    let (path, rest) = split_line(line);
    let (excludes, path) = match path.strip_prefix(b"!") {
        Some(path) => (true, path),
        None => (false, path),
    };
    Some(Rule { section: 0, excludes, pattern: pattern(path)?, owners: owners(rest) })
}

/// Comments after a pattern are no comments to GitLab: whoever is named there is an owner.
fn owners(text: &[u8]) -> Arc<[String]> {
    text.fields().filter_map(owner::on_gitlab).collect()
}

/// `None` for what matches nothing.
fn pattern(text: &[u8]) -> Option<Pattern> {
    let (anchored, path) = match text.strip_prefix(b"/") {
        Some(path) => (true, path),
        None => (false, text),
    };
    if text.is_empty() {
        return None;
    }
    let (folder, path) = match path.strip_suffix(b"/") {
        Some(path) => (true, path),
        None => (path.is_empty(), path),
    };
    let mut parts = Vec::new();
    if !anchored {
        parts.push(Part::AnyDepth);
    }
    let mut names = path.split_str("/").peekable();
    while let Some(name) = names.next() {
        // Two stars cross folders only with a slash after them; `docs/**` is no more than `docs/*`.
        match name {
            b"**" if names.peek().is_some() || folder => parts.push(Part::AnyDepth),
            b"" if path.is_empty() => {}
            name => parts.push(part(name)?),
        }
    }
    if folder {
        parts.extend([Part::AnyDepth, Part::any_name()]);
    }
    parts.dedup_by(|next, before| *next == Part::AnyDepth && *before == Part::AnyDepth);
    Some(Pattern { parts, below: false })
}

fn part(name: &[u8]) -> Option<Part> {
    let mut glob = Glob::default();
    let mut rest = name;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        glob.push(match byte {
            b'*' => Piece::Star,
            b'?' => Piece::One,
            b'[' => {
                let (class, after) = class(rest)?;
                rest = after;
                class
            }
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                rest = after;
                Piece::Text(vec![escaped].into())
            }
            byte => Piece::Text(vec![byte].into()),
        });
    }
    glob.into_part()
}

/// What stands after `[`, and the rest behind `]`. Without a `]` nothing matches.
fn class(text: &[u8]) -> Option<(Piece, &[u8])> {
    let negated = matches!(text.first(), Some(b'!' | b'^'));
    let mut rest = &text[usize::from(negated)..];
    let mut ranges = Vec::new();
    let letter = |text: &mut &[u8]| -> Option<char> {
        if let Some(escaped) = text.strip_prefix(b"\\") {
            *text = escaped;
        }
        let (letter, length) = bstr::decode_utf8(*text);
        *text = &text[length..];
        letter
    };
    loop {
        if let Some(after) = rest.strip_prefix(b"]") {
            return Some((Piece::Class(negated, ranges), after));
        }
        let low = letter(&mut rest)?;
        let high = match rest {
            [b'-', next, ..] if *next != b']' => {
                rest = &rest[1..];
                letter(&mut rest)?
            }
            _ => low,
        };
        ranges.push((low, high));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bstr::BStr;

    fn matches(text: &str, path: &str) -> bool {
        let names: Vec<&BStr> = path.split('/').map(BStr::new).collect();
        pattern(text.as_bytes()).is_some_and(|pattern| pattern.matches(&names))
    }

    #[test]
    fn patterns_mean_what_gitlab_takes_them_for() {
        for (pattern, yes, no) in [
            ("*", &["a", "a/b", ".x/y"][..], &[][..]),
            ("/", &["a", "a/b"], &[]),
            ("/*", &["a", ".env"], &["a/b"]),
            ("README.md", &["README.md", "docs/README.md"], &["readme.md", "README.md/a", "README.mdx"]),
            (
                "internal/README.md",
                &["internal/README.md", "x/internal/README.md"],
                &["README.md", "internal/x/README.md"],
            ),
            ("/docs/README.md", &["docs/README.md"], &["x/docs/README.md"]),
            ("docs", &["docs", "x/docs"], &["docs/a", "x/docs/a"]),
            ("docs/", &["docs/a", "docs/x/a", "x/docs/a"], &["docs", "x/docs"]),
            ("/docs/", &["docs/a", "docs/x/a"], &["docs", "x/docs/a"]),
            ("/docs/*", &["docs/a", "docs/.a"], &["docs", "docs/x/a"]),
            ("/docs/**", &["docs/a"], &["docs", "docs/x/a"]),
            ("/docs/**/*", &["docs/a", "docs/x/y/a"], &["docs", "x/docs/a"]),
            ("/docs/**/index.md", &["docs/index.md", "docs/a/b/index.md"], &["index.md", "docs/index.md/x"]),
            ("/docs/*/README.md", &["docs/api/README.md"], &["docs/README.md", "docs/a/b/README.md"]),
            ("*.rb", &["a.rb", "x/y/.rb"], &["a.rbx", "a.rb/b"]),
            ("**/generated/", &["generated/a", "x/generated/y/z"], &["generated"]),
            ("v[0-9]", &["v1", "x/v2"], &["va", "v10"]),
            ("v[!0-9]", &["va"], &["v1", "v"]),
            ("v[^a-c-]", &["vd"], &["va", "v-"]),
            ("[ab", &[], &["a", "[ab"]),
            ("v[]", &[], &["v", "v[]"]),
            (r"a\[b", &["a[b"], &["ab"]),
            (r"\#a", &["#a"], &["a"]),
            (r"a\ b/", &["a b/c"], &["a/c"]),
            ("{a,b}", &["{a,b}"], &["a"]),
        ] {
            for path in yes {
                assert!(matches(pattern, path), "{pattern} is meant to match {path}");
            }
            for path in no {
                assert!(!matches(pattern, path), "{pattern} is not meant to match {path}");
            }
        }
    }

    #[test]
    fn heads_of_sections() {
        for (line, want, sure) in [
            ("[Docs]", Some(("docs", false, "")), true),
            ("^[Docs]", Some(("docs", true, "")), true),
            ("[ Two Words ][2] @a @b/c", Some(("two words", false, " @a @b/c")), true),
            ("[Docs] @@maintainer # x", Some(("docs", false, " @@maintainer # x")), true),
            ("[Docs]{2} @a", Some(("docs", false, "{2} @a")), false),
            ("[id].ts @a", Some(("id", false, ".ts @a")), false),
            ("[Docs] and more", Some(("docs", false, " and more")), false),
            ("[Docs", None, false),
            ("[] @a", None, false),
            ("a[b] @a", None, false),
        ] {
            let found = head(line.as_bytes());
            let found = found.as_ref().map(|head| (head.name.as_str(), head.optional, head.rest));
            assert_eq!(found, want.map(|(name, optional, rest)| (name, optional, rest.as_bytes())), "{line}");
            assert_eq!(has_sections(line.as_bytes()), sure, "{line}");
        }
    }
}
