//! CODEOWNERS as GitHub reads it: patterns like those of `.gitignore`, without `!` and `[ ]`, and `docs/*` means only
//! what stands in that folder itself. A line that breaks the rules is passed over.

use super::pattern::{Glob, Part, Pattern, Piece};
use super::{Rule, lines, owner, split_line};
use bstr::ByteSlice;

/// The rules of a file, in its order.
pub(super) fn read(text: &[u8]) -> Vec<Rule> {
    lines(text).filter_map(rule).collect()
}

fn rule(line: &[u8]) -> Option<Rule> {
    let (path, rest) = split_line(line);
    let owners = rest.split(|&byte| byte == b'#').next().unwrap_or_default();
    let owners: Option<Vec<String>> = owners.fields().map(owner::on_github).collect();
    Some(Rule { section: 0, excludes: false, pattern: pattern(path)?, owners: owners?.into() })
}

/// `None` for what GitHub does not take (`!x`, `***`, `\#x`) and for what matches nothing (`/`).
fn pattern(text: &[u8]) -> Option<Pattern> {
    if text.starts_with(b"!") || text.starts_with(b"\\#") || text.contains_str("***") {
        return None;
    }
    let anchored = text.starts_with(b"/");
    let path = text.strip_prefix(b"/").unwrap_or(text);
    let folder = path.ends_with(b"/");
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let mut parts = Vec::new();
    if !anchored && !path.contains(&b'/') {
        parts.push(Part::AnyDepth);
    }
    for name in path.split_str("/") {
        parts.push(if name == b"**" { Part::AnyDepth } else { part(name)? });
    }
    // `docs/` and `docs/**` are what is below, `docs/*` is what is directly there, `docs` is both a file and a folder.
    let last = parts.last().cloned();
    if folder && last != Some(Part::AnyDepth) {
        parts.push(Part::AnyDepth);
    }
    let below = parts.last() != Some(&Part::AnyDepth) && last != Some(Part::any_name());
    if parts.last() == Some(&Part::AnyDepth) {
        parts.push(Part::any_name());
    }
    parts.dedup_by(|next, before| *next == Part::AnyDepth && *before == Part::AnyDepth);
    Some(Pattern { parts, below })
}

fn part(name: &[u8]) -> Option<Part> {
    let mut glob = Glob::default();
    let mut bytes = name.iter().copied();
    while let Some(byte) = bytes.next() {
        glob.push(match byte {
            b'*' => Piece::Star,
            b'?' => Piece::One,
            b'\\' => Piece::Text(vec![bytes.next()?].into()),
            byte => Piece::Text(vec![byte].into()),
        });
    }
    glob.into_part()
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
    fn patterns_mean_what_github_takes_them_for() {
        for (pattern, yes, no) in [
            ("*", &["a", "a/b", ".github/x"][..], &[][..]),
            ("**", &["a", "a/b"], &[]),
            ("/*", &["a"], &["a/b", "a/b/c"]),
            ("/**", &["a", "a/b/c"], &[]),
            ("*.js", &["a.js", "src/a.js", ".js", "lib.js/a"], &["a.jsx", "a.JS", "js"]),
            ("/*.js", &["a.js"], &["src/a.js"]),
            ("src/*.js", &["src/a.js"], &["src/x/a.js", "x/src/a.js", "src/a.ts"]),
            ("api", &["api", "api/a", "x/api", "x/api/y/z"], &["apis", "x/api.rs", "Api"]),
            ("/api", &["api", "api/a/b"], &["x/api", "api.rs"]),
            ("api/", &["api/a", "x/api/a", "x/api/y/z"], &["api", "x/api"]),
            ("/api/", &["api/a", "api/x/y"], &["api", "x/api/a"]),
            ("docs/*", &["docs/a.md"], &["docs", "docs/x/a.md", "x/docs/a.md"]),
            ("/docs/*", &["docs/a.md"], &["docs/x/a.md"]),
            ("docs/**", &["docs/a", "docs/x/a"], &["docs", "x/docs/a"]),
            ("docs/**/", &["docs/a", "docs/x/a"], &["docs"]),
            ("docs/**/*", &["docs/a", "docs/x/a"], &["docs", "x/docs/a"]),
            ("**/logs", &["logs", "build/logs", "a/b/logs/c"], &["log", "logs2", "a/logs2/b"]),
            ("**/api/v1", &["api/v1", "x/api/v1", "x/api/v1/a"], &["api/x/v1", "x/api"]),
            ("a/**/z", &["a/z", "a/b/z", "a/b/c/z", "a/z/more"], &["z", "b/a/z", "az"]),
            ("a/**/z/*", &["a/z/x", "a/b/z/x"], &["a/z", "a/b/z/x/y"]),
            ("**/a/**/z/*.c", &["a/z/x.c", "q/a/z/q/z/x.c"], &["a/z", "z/a/x.c"]),
            ("a/*/z", &["a/b/z", "a/b/z/deep"], &["a/z", "a/b/c/z"]),
            ("/*/", &["a/b", "a/b/c"], &["a"]),
            ("te*/", &["test/a", "x/tests/a"], &["test", "x/tests", "at/a"]),
            ("lib/te*", &["lib/test", "lib/test/a"], &["lib/atest", "x/lib/test"]),
            ("v?", &["v1", "x/v2", "v1/a"], &["v", "v12"]),
            (r"a\*b", &["a*b"], &["axb", "a/b"]),
            (r"a\?", &["a?"], &["ab"]),
            (r"my\ file", &["my file", "x/my file"], &["my", "file"]),
            ("app/[id].ts", &["app/[id].ts"], &["app/i.ts", "app/d.ts"]),
            ("app/{a,b}", &["app/{a,b}"], &["app/a"]),
            ("größe/", &["größe/a"], &["grosse/a"]),
            ("src/Core/", &["src/Core/a"], &["src/core/a"]),
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
    fn what_github_does_not_take_matches_nothing() {
        for text in ["/", "", "!docs", r"\#a", "a***", "a//b", r"a\", "//"] {
            assert_eq!(pattern(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_line_is_a_pattern_its_owners_and_a_comment() {
        for (line, owners) in [
            ("/a @x @acme/api c@example.com", Some(&["@x", "@acme/api", "c@example.com"][..])),
            ("/a\t@x  # and @y would do", Some(&["@x"])),
            ("/a @x#@y", Some(&["@x"])),
            ("/a", Some(&[])),
            ("/a # nobody", Some(&[])),
            ("/a x", None),
            ("/a @x docs-team", None),
            ("/a @x, @y", None),
            ("!/a @x", None),
        ] {
            let owners = owners.map(|owners| owners.iter().map(|&owner| owner.to_owned()).collect::<Vec<_>>());
            assert_eq!(rule(line.as_bytes()).map(|rule| rule.owners.to_vec()), owners, "{line}");
        }
    }
}
