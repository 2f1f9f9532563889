//! Patterns over paths: what `docs/**` or `*.md` in a policy stand for, as text.
//!
//! They have the habits of `.gitignore`, without negation. A path is compared as it is written and never resolved:
//! `docs/../x` is below `docs` here, so such paths have to be refused before. Nothing here reads a repository.

use super::names::{Case, check_length, compile, quoted};
use globset::{Candidate, GlobSet};
use std::borrow::Cow;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A pattern over paths, with the habits of `.gitignore`; see [`PathGlobs`].
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    globs: Vec<String>,
}

impl PathGlob {
    /// Read a pattern as written in a policy. The error is one line without the key it belongs to.
    pub fn new(text: &str) -> Result<PathGlob, String> {
        check_length(text)?;
        if text.starts_with('!') {
            return Err(format!("{}: patterns cannot be negated", quoted(text)));
        }
        let below = text.strip_prefix("./").unwrap_or(text);
        let folder_only = below.ends_with('/');
        let path = below.strip_prefix('/').unwrap_or(below);
        let path = path.strip_suffix('/').unwrap_or(path);
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(format!("{} is no path below the top of the tree", quoted(text)));
        }
        let anchored = below.trim_end_matches('/').contains('/');
        let path = if anchored { path.to_owned() } else { format!("**/{path}") };
        let mut globs = vec![format!("{path}/**")];
        if !folder_only {
            globs.push(path);
        }
        // The text as well, and first: that is what an error has to quote.
        compile([text].into_iter().chain(globs.iter().map(String::as_str)), Case::Counts)?;
        Ok(PathGlob { text: text.to_owned(), globs })
    }

    /// The same for a scope, where a folder's pattern (`dir/`, `dir/**`) also stands for a file, link or submodule of
    /// that name: else whoever may not touch the folder could put one of these in its place.
    /// What looks like a path and could never match one is refused: to think that it protects something would be worse.
    pub fn in_scope(text: &str) -> Result<PathGlob, String> {
        check_can_match(text)?;
        let PathGlob { text, mut globs } = PathGlob::new(text)?;
        let folder = globs[0].trim_end_matches("/**");
        // Also inside braces: `{a/**,b/**}` stands for `a` and `b`.
        let itself = folder.replace("/**,", ",").replace("/**}", "}");
        compile([itself.as_str()], Case::Counts)?;
        globs.push(itself);
        Ok(PathGlob { text, globs })
    }
}

/// Slips that leave a pattern which compiles and matches nothing.
fn check_can_match(text: &str) -> Result<(), String> {
    let spaces = [("starts", text.starts_with(' ')), ("ends", text.ends_with(' ') && !text.ends_with(r"\ "))];
    if let Some((does, _)) = spaces.into_iter().find(|(_, is_there)| *is_there) {
        return Err(format!("{} {does} with a space; write `?` for one that belongs to a name", quoted(text)));
    }
    if text != text.trim() && !text.ends_with(r"\ ") {
        return Err(format!("{} has white space around it", quoted(text)));
    }
    let (mut braces, mut in_class, mut before) = (0_usize, false, ' ');
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.next().is_some_and(|next| next.is_alphanumeric() || next == '_') => {
                return Err(format!("{} has a backslash inside a name; write `/` between folders", quoted(text)));
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ if in_class => {}
            ',' | '}' if braces > 0 && before == '/' => {
                return Err(format!(
                    "{} has a slash at an end inside braces, where it matches nothing; write it behind the braces: `{{a,b}}/`",
                    quoted(text)
                ));
            }
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
        before = letter;
    }
    Ok(())
}

/// Patterns over paths. Without a slash inside, a pattern matches at any depth (`*.md`, `fixtures/`), with one it is
/// anchored at the top of the tree (`docs/x.md`, `/x.md`); a folder stands for everything in it.
#[derive(Clone, Default)]
pub struct PathGlobs {
    texts: Vec<String>,
    set: GlobSet,
    /// For each glob of the set, the pattern that it was made from.
    made_from: Vec<usize>,
    ignores_case: bool,
}

impl PathGlobs {
    /// All of these patterns together. Case counts.
    pub fn new(patterns: &[PathGlob]) -> Result<PathGlobs, String> {
        PathGlobs::build(patterns, false)
    }

    /// All of these patterns together, where letter case and the form of accented letters (NFC, NFD) do not count: to
    /// many file systems `Infra/x` is `infra/x`.
    pub fn ignoring_case(patterns: &[PathGlob]) -> Result<PathGlobs, String> {
        PathGlobs::build(patterns, true)
    }

    fn build(patterns: &[PathGlob], ignores_case: bool) -> Result<PathGlobs, String> {
        let globs = patterns.iter().flat_map(|pattern| &pattern.globs).map(String::as_str);
        let set = match ignores_case {
            false => compile(globs, Case::Counts)?,
            true => {
                let folded: Vec<String> = globs.map(folded).collect();
                compile(folded.iter().map(String::as_str), Case::AsciiIgnored)?
            }
        };
        let made_from = patterns.iter().enumerate().flat_map(|(at, pattern)| pattern.globs.iter().map(move |_| at));
        let texts = patterns.iter().map(|pattern| pattern.text.clone());
        Ok(PathGlobs { texts: texts.collect(), set, made_from: made_from.collect(), ignores_case })
    }

    /// Whether one of them matches this path, given relative to the top of the tree.
    pub fn matches(&self, path: &[u8]) -> bool {
        self.set.is_match_candidate(&Candidate::from_bytes(&*self.seen(path)))
    }

    /// The first of them that matches this path, as it was written.
    pub fn which(&self, path: &[u8]) -> Option<&str> {
        let first = self.set.matches_candidate(&Candidate::from_bytes(&*self.seen(path))).into_iter().min()?;
        Some(&self.texts[self.made_from[first]])
    }

    /// As they were written.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The path as the globs have to see it.
    fn seen<'p>(&self, path: &'p [u8]) -> Cow<'p, [u8]> {
        if !self.ignores_case || path.is_ascii() {
            return Cow::Borrowed(path);
        }
        let mut seen = Vec::with_capacity(path.len());
        for chunk in path.utf8_chunks() {
            seen.extend_from_slice(folded(chunk.valid()).as_bytes());
            seen.extend_from_slice(chunk.invalid());
        }
        Cow::Owned(seen)
    }
}

impl fmt::Debug for PathGlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.texts, f)
    }
}

/// Letters other than ASCII without their case, accents apart (NFD). ASCII is left to the globs, which know what is in brackets.
/// Up and down again, since `ß` and `ſ` are one with `ss` and `s` on file systems that ignore case.
fn folded(text: &str) -> String {
    let fold = |letter: char| match letter.is_ascii() {
        true => String::from(letter),
        false => letter.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect(),
    };
    let letters: String = text.nfd().map(fold).collect();
    letters.nfd().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A pattern, paths that it must match, paths that it must not.
    type Row<'a> = (&'a str, &'a [&'a str], &'a [&'a str]);

    fn table(rows: &[Row<'_>], read: fn(&str) -> PathGlobs) {
        for (pattern, yes, no) in rows {
            let globs = read(pattern);
            for path in *yes {
                assert!(globs.matches(path.as_bytes()), "{pattern} must match {path}");
                assert_eq!(globs.which(path.as_bytes()), Some(*pattern), "{path}");
            }
            for path in *no {
                assert!(!globs.matches(path.as_bytes()), "{pattern} must not match {path}");
                assert_eq!(globs.which(path.as_bytes()), None, "{path}");
            }
            assert_eq!(globs.texts(), [*pattern]);
        }
    }

    #[test]
    fn path_patterns_have_the_habits_of_gitignore() {
        let rows: [Row<'_>; 13] = [
            ("*.md", &["a.md", "docs/a.md", "a/b/c.md"], &["a.MD", "a.mdx", "md"]),
            ("docs/x.md", &["docs/x.md"], &["a/docs/x.md", "docs/x.mdx"]),
            ("/x.md", &["x.md"], &["docs/x.md"]),
            ("./x.md", &["x.md"], &[]),
            ("fixtures", &["fixtures", "fixtures/a", "a/fixtures/b/c"], &["fixtures2/a", "afixtures"]),
            ("fixtures/", &["fixtures/a", "a/fixtures/b"], &["fixtures", "a/fixtures"]),
            ("/fixtures/", &["fixtures/a"], &["a/fixtures/b", "fixtures"]),
            ("dir/**", &["dir/a", "dir/a/b"], &["dir", "a/dir/b"]),
            ("a/**/b", &["a/b", "a/x/y/b", "a/x/b/c"], &["x/a/b"]),
            ("docs/*", &["docs/a", "docs/a/b"], &["docs", "x/docs/a"]),
            ("**/gen/*.rs", &["gen/a.rs", "x/gen/a.rs"], &["gen/x/a.rs"]),
            (r"a\*b", &["a*b"], &["axb"]),
            ("*.{md,rst}", &["a.md", "b/c.rst"], &["a.txt"]),
        ];
        table(&rows, |pattern| PathGlobs::new(&[PathGlob::new(pattern).unwrap()]).unwrap());
        let globs = PathGlobs::new(&[PathGlob::new("*.txt").unwrap(), PathGlob::new("gen/**").unwrap()]).unwrap();
        assert!(globs.matches(b"latin\xe9.txt") && globs.matches(b"gen/a\nb"));
        assert!(!PathGlobs::default().matches(b"anything"));
        assert_eq!(PathGlobs::default().which(b"anything"), None);
        for bad in ["", "!a", "/", "//", "a//b", "../a", "a/..", ".", "[a", "{a", "\\"] {
            assert!(PathGlob::new(bad).is_err() && PathGlob::in_scope(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn in_a_scope_a_folder_is_also_what_is_called_so() {
        let rows: [Row<'_>; 15] = [
            ("dir/**", &["dir", "dir/a", "dir/a/b"], &["a/dir", "a/dir/b", "dirs", "di", "Dir"]),
            ("/dir/**", &["dir", "dir/a"], &["a/dir"]),
            ("a/b/**", &["a/b", "a/b/c"], &["a", "b", "a/bc"]),
            ("**/dir/**", &["dir", "x/dir", "x/y/dir/z"], &["dirs", "xdir"]),
            ("dir/**/", &["dir", "dir/a/b"], &["a/dir"]),
            ("dir/**/**", &["dir", "dir/a/b"], &["a/dir"]),
            ("dir/", &["dir", "a/dir", "a/dir/b"], &["dirs"]),
            ("/dir/", &["dir", "dir/b"], &["a/dir"]),
            ("{a,b}/**", &["a", "b", "a/x"], &["c", "x/a"]),
            ("{a/**,b/**}", &["a", "b", "a/x/y", "b/x"], &["c", "x/a"]),
            ("dir/*", &["dir/a", "dir/a/b"], &["dir"]),
            ("dir/**/x", &["dir/x", "dir/a/x"], &["dir", "dir/a"]),
            ("*.md", &["a.md", "x/a.md", "a.md/x"], &["md"]),
            ("**", &["a", "a/b"], &[]),
            ("**/*", &["a", "a/b"], &[]),
        ];
        table(&rows, |pattern| PathGlobs::new(&[PathGlob::in_scope(pattern).unwrap()]).unwrap());
    }

    #[test]
    fn a_scope_refuses_what_could_match_nothing() {
        for (bad, why) in [
            ("infra/ ", "ends with a space"),
            (" infra/", "starts with a space"),
            (" ", "starts with a space"),
            ("infra/**\t", "has white space around it"),
            ("\u{a0}infra", "has white space around it"),
            (r"src\lib", "write `/` between folders"),
            (r"src\_x", "write `/` between folders"),
            (r"C:\src", "write `/` between folders"),
            ("{infra/,secrets/}", "write it behind the braces"),
            ("{infra,secrets/}", "write it behind the braces"),
            ("a/{b/,c/**}", "write it behind the braces"),
            ("a{/,b}", "write it behind the braces"),
        ] {
            let refused = PathGlob::in_scope(bad).unwrap_err();
            assert!(refused.contains(why), "{bad:?}: {refused}");
        }
        for (good, path) in [
            ("a b", "a b"),
            (r"a\ ", "a "),
            (r"\*x", "*x"),
            (r"\{a/,b", "{a/,b"),
            ("a/,b", "a/,b"),
            ("[{]a/,b", "{a/,b"),
            ("{infra,secrets}/", "x/secrets/y"),
            ("{a/**,b/**}", "b"),
        ] {
            let globs = PathGlobs::new(&[PathGlob::in_scope(good).unwrap()]).unwrap();
            assert!(globs.matches(path.as_bytes()), "{good:?}");
        }
        assert!(PathGlob::new(r"a\b").is_ok(), "what is no protection stays as it is");
    }

    #[test]
    fn letter_case_can_be_ignored() {
        let rows: [Row<'_>; 13] = [
            ("infra/**", &["infra", "INFRA", "Infra/X", "iNFRA/a/b"], &["infr", "x/infra", "İnfra"]),
            ("/Dockerfile", &["dockerfile", "DOCKERFILE"], &["x/Dockerfile"]),
            ("*.PEM", &["a.pem", "x/A.Pem"], &["a.pe"]),
            ("[a-c]x", &["Ax", "bX"], &["dx"]),
            ("[!a]x", &["bx", "BX"], &["ax", "Ax"]),
            // Letters other than ASCII, both as one character and as a letter and its accent.
            ("größe/**", &["GRÖSSE/x", "gro\u{308}ße", "GRO\u{308}ẞE", "grösse"], &["grosse", "gröse"]),
            ("CAFE\u{301}", &["café", "cafe\u{301}", "CAFÉ"], &["cafe"]),
            ("ключ", &["КЛЮЧ", "x/Ключ/y"], &["ключи"]),
            ("ΣΊΣΥΦΟΣ", &["σίσυφος", "σίσυφοσ"], &["σισυφος"]),
            ("kelvin.s", &["\u{212a}elvin.\u{17f}"], &["elvin.s"]),
            ("*é*.txt", &["É.txt", "xÉx.TXT", "e\u{301}.txt"], &["e.txt"]),
            ("caf*e*", &["CAFE", "café", "Cafes"], &["caf"]),
            ("\u{1f0}", &["J\u{30c}"], &["j"]),
        ];
        table(&rows, |pattern| PathGlobs::ignoring_case(&[PathGlob::in_scope(pattern).unwrap()]).unwrap());
        let globs = PathGlobs::ignoring_case(&[PathGlob::in_scope("é/**").unwrap()]).unwrap();
        assert!(
            globs.matches("É/latin".as_bytes()) && globs.matches(b"\xc3\x89/latin\xe9") && !globs.matches(b"\xe9/x")
        );
    }

    #[test]
    fn every_letter_is_its_upper_and_its_lower_case() {
        // What comes later has neither case nor parts.
        for letter in '\0'..='\u{2ffff}' {
            let (upper, lower) = (letter.to_uppercase().to_string(), letter.to_lowercase().to_string());
            let (text, seen) = (letter.to_string(), |text: &str| folded(text).to_ascii_lowercase());
            if upper != lower {
                assert_eq!(seen(&upper), seen(&text), "{letter:?}");
                assert_eq!(seen(&lower), seen(&text), "{letter:?}");
            }
            let has_meaning = |text: &str| text.contains(['/', '*', '?', '[', ']', '{', '}', ',', '!', '\\']);
            assert!(letter.is_ascii() || !has_meaning(&folded(&text)), "{letter:?} becomes a sign of patterns");
        }
    }

    #[test]
    fn the_first_that_matches_is_named() {
        let patterns = ["docs/**", "*.md", "Docs/a.md"].map(|text| PathGlob::in_scope(text).unwrap());
        for (path, counts, ignored) in [
            ("docs/a.md", Some("docs/**"), Some("docs/**")),
            ("docs", Some("docs/**"), Some("docs/**")),
            ("Docs/a.md", Some("*.md"), Some("docs/**")),
            ("A.MD", None, Some("*.md")),
            ("x", None, None),
        ] {
            assert_eq!(PathGlobs::new(&patterns).unwrap().which(path.as_bytes()), counts, "{path}");
            assert_eq!(PathGlobs::ignoring_case(&patterns).unwrap().which(path.as_bytes()), ignored, "{path}");
        }
    }

    fn odd_pattern() -> impl Strategy<Value = String> {
        "[a/*?\\[\\]{},!\\\\.éſK-]{0,24}"
    }

    proptest! {
        #[test]
        fn no_pattern_and_no_path_panics(
            text in odd_pattern(), path in proptest::collection::vec(any::<u8>(), 0..24)
        ) {
            if let Ok(pattern) = PathGlob::new(&text) {
                PathGlobs::new(&[pattern]).unwrap().matches(&path);
            }
            if let Ok(pattern) = PathGlob::in_scope(&text) {
                let counts = PathGlobs::new(std::slice::from_ref(&pattern)).unwrap();
                prop_assert_eq!(counts.which(&path).is_some(), counts.matches(&path));
                if let Ok(ignoring) = PathGlobs::ignoring_case(&[pattern]) {
                    prop_assert_eq!(ignoring.which(&path).is_some(), ignoring.matches(&path));
                }
            }
        }

        #[test]
        fn a_scope_and_the_ignored_case_only_add(
            text in "[aAéÉß/*{},.-]{1,12}", path in "[aAéÉß/.,-]{1,12}"
        ) {
            let Ok(plain) = PathGlob::new(&text) else { return Ok(()) };
            let Ok(scoped) = PathGlob::in_scope(&text) else { return Ok(()) };
            let [plain, wide] = [plain, scoped.clone()].map(|pattern| PathGlobs::new(&[pattern]).unwrap());
            let widest = PathGlobs::ignoring_case(&[scoped]).unwrap();
            let path = path.as_bytes();
            prop_assert!(!plain.matches(path) || wide.matches(path), "scope");
            prop_assert!(!wide.matches(path) || widest.matches(path), "case");
        }
    }
}
