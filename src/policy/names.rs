//! Names of branches and patterns over them: what `main` or `release/*` in a policy stand for, as text.
//!
//! A pattern is matched against a WHOLE name: `release/*` is neither `chore/release/x` nor `release/1/2`. Which refs of
//! a repository a name leads to is not decided here but in `guard::lines`. Nothing here reads a repository.

use crate::model::visible;
use bstr::{BStr, BString, ByteSlice};
use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};
use std::fmt;

/// Longer names and patterns are refused: no ref and no sensible pattern is, and compiling one has a price.
const LONGEST: usize = 1000;

/// One branch: `main`, `upstream/main`, `refs/remotes/upstream/main`. No pattern.
#[derive(Clone, PartialEq, Eq)]
pub struct Name(BString);

impl Name {
    /// Read a name as written in a policy. The error is one line without the key it belongs to.
    pub fn new(text: &str) -> Result<Name, String> {
        if is_glob(text) {
            return Err(format!("{} is a pattern, one branch is asked for", quoted(text)));
        }
        check_name(text)?;
        Ok(Name(text.into()))
    }

    /// A branch that was met in a repository, whatever its bytes.
    pub fn of_branch(branch: &BStr) -> Name {
        Name(branch.to_owned())
    }

    /// As it was written.
    pub fn text(&self) -> &BStr {
        self.0.as_ref()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A branch or a family of branches.
#[derive(Clone, Debug, PartialEq)]
pub enum NamePattern {
    /// One branch.
    Exact(Name),
    /// Every branch whose whole name matches.
    Glob(NameGlob),
}

impl NamePattern {
    /// Read a name or pattern as written in a policy; `*`, `?`, `[` and `{` make it a pattern.
    pub fn new(text: &str) -> Result<NamePattern, String> {
        if is_glob(text) { NameGlob::new(text).map(NamePattern::Glob) } else { Name::new(text).map(NamePattern::Exact) }
    }

    /// As it was written.
    pub fn text(&self) -> &BStr {
        match self {
            NamePattern::Exact(name) => name.text(),
            NamePattern::Glob(glob) => glob.text.as_bytes().as_bstr(),
        }
    }

    /// What every name that is meant begins with: all of a name, or a pattern up to its first wildcard.
    pub fn head(&self) -> &BStr {
        let text = self.text();
        let end = match self {
            NamePattern::Exact(_) => text.len(),
            NamePattern::Glob(_) => text.find_byteset(b"*?[{").unwrap_or(text.len()),
        };
        text[..end].as_bstr()
    }

    /// Whether this whole name is meant.
    pub fn matches(&self, name: &[u8]) -> bool {
        match self {
            NamePattern::Exact(exact) => exact.0 == name,
            NamePattern::Glob(glob) => glob.matches(name),
        }
    }
}

/// A pattern over whole names: `*` and `?` stop at a slash, `**` between slashes crosses them.
#[derive(Clone)]
pub struct NameGlob {
    text: String,
    set: GlobSet,
    /// How many slashes a matching name has. `None` where the pattern itself leaves that open.
    slashes: Option<usize>,
}

impl NameGlob {
    fn new(text: &str) -> Result<NameGlob, String> {
        check_name(text)?;
        // A class may hold a slash (`[!a]` does), so counting is what keeps the promise that only `**` crosses one.
        let open = text.contains("**") || text.contains('{');
        let slashes = (!open).then(|| slashes(text.as_bytes()));
        Ok(NameGlob { text: text.to_owned(), set: compile([text], Case::Counts)?, slashes })
    }

    /// A name that is not UTF-8 matches no pattern.
    fn matches(&self, name: &[u8]) -> bool {
        self.slashes.is_none_or(|count| count == slashes(name))
            && name.to_str().is_ok()
            && self.set.is_match_candidate(&Candidate::from_bytes(name))
    }
}

impl PartialEq for NameGlob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for NameGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

fn slashes(name: &[u8]) -> usize {
    name.iter().filter(|&&byte| byte == b'/').count()
}

/// What a glob makes of letter case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Counts,
    AsciiIgnored,
}

/// One set of globs. A set and never a single matcher: the set reports what it cannot compile, a matcher panics.
pub(super) fn compile<'a>(globs: impl IntoIterator<Item = &'a str>, case: Case) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        // Matching is by bytes: in brackets, a letter of several bytes would stand for each of them.
        if text.split('[').skip(1).any(|class| !class.split(']').next().unwrap_or_default().is_ascii()) {
            return Err(format!("{} has letters other than ASCII in brackets", quoted(text)));
        }
        let mut glob = GlobBuilder::new(text);
        glob.literal_separator(true).backslash_escape(true).case_insensitive(case == Case::AsciiIgnored);
        set.add(glob.build().map_err(|error| format!("{} is no valid pattern: {}", quoted(text), error.kind()))?);
    }
    set.build().map_err(|_| "too large to compile".to_owned())
}

pub(super) fn check_length(text: &str) -> Result<(), String> {
    match text.len() {
        0 => Err("must not be empty".to_owned()),
        1..=LONGEST => Ok(()),
        long => Err(format!("is {long} bytes long, {LONGEST} are allowed")),
    }
}

/// The rules of `git check-ref-format`, for names and for patterns: what no ref can be called is a slip of the pen.
fn check_name(text: &str) -> Result<(), String> {
    check_length(text)?;
    let wrong = |why: &str| Err(format!("{} is no branch name: {why}", quoted(text)));
    if text.starts_with('!') {
        return wrong("patterns cannot be negated");
    }
    if let Some(bad) = text.chars().find(|&c| c.is_ascii_control() || " ~^:\\".contains(c)) {
        return wrong(&format!("it holds `{}`", visible(bad.to_string())));
    }
    if text.starts_with('-') {
        return wrong("it starts with `-`");
    }
    if text == "@" || text.contains("@{") || text.contains("..") || text.ends_with('.') {
        return wrong("git allows no `..`, `@{`, lone `@` or last dot");
    }
    if text.split('/').any(|part| part.is_empty() || part.starts_with('.') || part.ends_with(".lock")) {
        return wrong("a part between slashes is empty, starts with a dot or ends with `.lock`");
    }
    if text.rsplit('/').next() == Some("HEAD") {
        return wrong("`HEAD` only points to one; without `base`, the branch it points to is the base");
    }
    let full = text.strip_prefix("refs/heads/").or_else(|| text.strip_prefix("refs/remotes/"));
    if text.starts_with("refs/") && full.is_none() {
        return wrong("a full name starts with `refs/heads/` or `refs/remotes/`");
    }
    Ok(())
}

pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", visible(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, yes, no) in [
            ("main", &["main"][..], &["Main", "main2", "x/main", "chore/backmerge-main-1", "mai", ""][..]),
            ("release/*", &["release/1", "release/1.2"], &["chore/release/x", "release/1/2", "release", "release2/1"]),
            ("release/**", &["release/1", "release/1/2"], &["release", "chore/release/1"]),
            ("**/main", &["main", "a/main", "a/b/main"], &["xmain", "a/main/b"]),
            ("**", &["main", "a/b/c"], &[]),
            ("*", &["main"], &["a/b"]),
            ("feature/**/wip", &["feature/wip", "feature/a/b/wip"], &["feature/wip/a"]),
            ("v?", &["v1"], &["v", "v12", "v/"]),
            ("v[0-9]", &["v1"], &["va", "v", "v10"]),
            ("a[!b]c", &["axc"], &["abc", "a/c"]),
            ("{develop,staging/*}", &["develop", "staging/1"], &["develop/1", "staging"]),
            ("feature**", &["feature", "feature-1"], &["feature/1"]),
            ("größe/*", &["größe/1"], &["grosse/1"]),
            ("upstream/release/*", &["upstream/release/1"], &["release/1"]),
            ("refs/heads/r/*", &["refs/heads/r/1"], &["r/1"]),
        ] {
            let compiled = NamePattern::new(pattern).unwrap();
            assert_eq!(compiled.text(), pattern);
            for name in yes {
                assert!(compiled.matches(name.as_bytes()), "{pattern} must match {name}");
            }
            for name in no {
                assert!(!compiled.matches(name.as_bytes()), "{pattern} must not match {name}");
            }
        }
    }

    #[test]
    fn names_that_are_not_utf8_match_only_themselves() {
        for pattern in ["*", "**", "latin*"] {
            assert!(!NamePattern::new(pattern).unwrap().matches(b"latin\xe9"), "{pattern}");
        }
        assert!(NamePattern::Exact(Name::of_branch(b"latin\xe9".into())).matches(b"latin\xe9"));
    }

    #[test]
    fn what_no_branch_can_be_called_is_refused() {
        for (text, why) in [
            ("", "empty"),
            ("a b", "holds ` `"),
            ("a\nb", "holds `\\n`"),
            ("a\u{7f}", "holds `\\x7f`"),
            ("a..b", "`..`"),
            ("a~1", "`~`"),
            ("HEAD^", "`^`"),
            ("origin:main", "`:`"),
            (r"a\b", r"`\`"),
            ("/main", "empty"),
            ("main/", "empty"),
            ("a//b", "empty"),
            (".a", "dot"),
            ("a/.b", "dot"),
            ("a.lock", ".lock"),
            ("a.lock/b", ".lock"),
            ("a.", "dot"),
            ("@", "@"),
            ("a@{1}", "@{"),
            ("-a", "`-`"),
            ("HEAD", "HEAD"),
            ("origin/HEAD", "HEAD"),
            ("refs/tags/v1", "full name"),
            ("refs/x", "full name"),
            ("!main", "negated"),
            ("[a", "unclosed"),
            ("release/{a", "unclosed"),
            ("[b-a]", "invalid range"),
            ("[é-ü]", "ASCII"),
        ] {
            let error = NamePattern::new(text).unwrap_err();
            assert!(error.contains(why), "{text:?}: {error}");
            assert_eq!(error, visible(&error), "one visible line");
        }
        assert!(NamePattern::new(&"a".repeat(LONGEST)).is_ok());
        assert!(NamePattern::new(&"a".repeat(LONGEST + 1)).is_err());
        assert!(Name::new("release/*").unwrap_err().contains("pattern"));
        for good in ["main", "feature/TASK-1", "upstream/main", "refs/heads/main", "refs/remotes/o/m", "a@b", "a}b"] {
            assert!(Name::new(good).is_ok(), "{good}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_and_no_name_panics(
            pattern in "[a/*?\\[\\]{},!\\\\.é-]{0,24}", name in proptest::collection::vec(any::<u8>(), 0..24)
        ) {
            if let Ok(pattern) = NamePattern::new(&pattern) {
                pattern.matches(&name);
            }
        }

        #[test]
        fn a_name_that_is_read_matches_itself(name in "[a-z0-9/._@+-]{1,24}") {
            if let Ok(pattern) = NamePattern::new(&name) {
                prop_assert!(pattern.matches(name.as_bytes()));
            }
        }
    }
}
