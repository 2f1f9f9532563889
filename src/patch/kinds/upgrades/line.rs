//! One line of a lock file: the name of a dependency, its version, or both. The forms of some twenty package managers
//! come down to few kinds of line; what looks like none of them says nothing.

use bstr::{BStr, ByteSlice};
use std::cmp::Ordering;

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said<'l> {
    /// Which dependency this and the lines beside it are about.
    Name(&'l BStr),
    /// Which one the lines below it are about, that stand further in.
    Heading(&'l BStr),
    /// The version of the dependency that was named before.
    Version(Version<'l>),
    /// Both.
    Both(&'l BStr, Version<'l>),
}

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version<'l> {
    /// As it is written.
    pub(super) text: &'l BStr,
    /// What Python has in front of a version whose numbers began anew: `1!2.0`.
    epoch: u64,
    major: u64,
    minor: u64,
}

/// Where a first number of at least this is a year.
const FIRST_YEAR: u64 = 1900;

impl<'l> Version<'l> {
    /// `1.2.3`, `v1.2`, `==1.2.3-rc.1`, and what pnpm adds in brackets is cut off. A lone number is no version: it tells
    /// the form of the file.
    pub(super) fn read(text: &'l [u8]) -> Option<Version<'l>> {
        let text = text.strip_prefix(b"==").unwrap_or(text);
        let text = text.split_str("(").next()?;
        let digits = text.strip_prefix(b"v").unwrap_or(text);
        let number = |digits: &[u8]| digits.to_str().ok().filter(|text| !text.starts_with('+'))?.parse().ok();
        let (epoch, digits) = match digits.split_once_str("!") {
            Some((epoch, digits)) => (number(epoch)?, digits),
            None => (0, digits),
        };
        let (major, rest) = digits.split_once_str(".")?;
        let end = rest.find_not_byteset(b"0123456789").unwrap_or(rest.len());
        Some(Version { text: text.as_bstr(), epoch, major: number(major)?, minor: number(&rest[..end])? })
    }

    /// Before 1.0, the second number is what counts. From one year to another is no such upgrade.
    pub(super) fn is_major_upgrade_of(&self, old: &Version<'_>) -> bool {
        if self.epoch != old.epoch {
            return self.epoch > old.epoch;
        }
        if self.major.min(old.major) >= FIRST_YEAR {
            return false;
        }
        match self.major.cmp(&old.major) {
            Ordering::Greater => true,
            Ordering::Equal => self.major == 0 && self.minor > old.minor,
            Ordering::Less => false,
        }
    }

    /// The higher one.
    pub(super) fn max(self, other: Version<'l>) -> Version<'l> {
        let order = |version: &Version<'_>| (version.epoch, version.major, version.minor);
        if order(&other) > order(&self) { other } else { self }
    }
}

/// What a line says, if anything.
pub(super) fn read(line: &BStr) -> Option<Said<'_>> {
    let line = line.trim().strip_suffix(b",").unwrap_or(line.trim());
    value(line, b"version")
        .or_else(|| value(line, b"resolved"))
        .map(|text| Version::read(text).map(Said::Version))
        .or_else(|| {
            // Swift has the last two.
            let name = value(line, b"name").or_else(|| value(line, b"identity")).or_else(|| value(line, b"package"));
            name.map(|name| Some(Said::Name(name.as_bstr())))
        })
        .unwrap_or_else(|| in_brackets(line).or_else(|| go_sum(line)).or_else(|| gradle(line)))
        .or_else(|| in_list(line))
        .or_else(|| heading(line))
}

/// The value behind a key: `key = "value"`, `"key": "value"`, `key "value"`.
fn value<'l>(line: &'l [u8], key: &[u8]) -> Option<&'l [u8]> {
    let rest = line.strip_prefix(b"\"").unwrap_or(line).strip_prefix(key)?;
    let rest = rest.strip_prefix(b"\"").unwrap_or(rest);
    let value = rest.trim_start_with(|c| matches!(c, ' ' | '\t' | '=' | ':'));
    (value.len() < rest.len() && !value.is_empty()).then(|| unquoted(value))
}

fn unquoted(text: &[u8]) -> &[u8] {
    text.trim_with(|c| matches!(c, '"' | '\''))
}

/// `rails (7.0.1)` of Bundler and, behind a dash, of CocoaPods. What is only asked for has a sign: `rails (>= 7)`.
fn in_brackets(line: &[u8]) -> Option<Said<'_>> {
    let line = line.strip_prefix(b"- ").unwrap_or(line);
    let line = line.strip_suffix(b":").unwrap_or(line);
    let (name, version) = unquoted(line).strip_suffix(b")")?.split_once_str(" (")?;
    Some(Said::Both(name.as_bstr(), Version::read(version)?))
}

/// `example.com/x/v2 v2.0.1 h1:…`: the path of a new major version is a new one.
fn go_sum(line: &[u8]) -> Option<Said<'_>> {
    let mut words = line.split_str(" ");
    let (path, version, sum) = (words.next()?, words.next()?, words.next()?);
    if !sum.starts_with(b"h1:") || !version.starts_with(b"v") {
        return None;
    }
    let version = version.strip_suffix(b"/go.mod").unwrap_or(version);
    let name = match path.rfind_byteset(b"/.") {
        Some(at) if path[at + 1..].starts_with(b"v") && path[at + 2..].iter().all(u8::is_ascii_digit) => &path[..at],
        _ => path,
    };
    Some(Said::Both(name.as_bstr(), Version::read(version)?))
}

/// `group:artifact:1.2.3=configuration`.
fn gradle(line: &[u8]) -> Option<Said<'_>> {
    let (coordinates, _) = line.split_once_str("=")?;
    let (name, version) = coordinates.rsplit_once_str(":")?;
    (name.contains(&b':')).then(|| Version::read(version).map(|version| Said::Both(name.as_bstr(), version)))?
}

/// `"x": ["x@1.2.3", …` of Bun, `"x": {:hex, :x, "1.2.3", …` of Mix.
fn in_list(line: &[u8]) -> Option<Said<'_>> {
    let (name, list) = line.strip_prefix(b"\"")?.split_once_str("\": ")?;
    if let Some(hex) = list.strip_prefix(b"{:hex, ") {
        let version = hex.split_str("\"").nth(1)?;
        return Some(Said::Both(name.as_bstr(), Version::read(version)?));
    }
    let first = list.strip_prefix(b"[\"")?.split_str("\"").next()?;
    let (_, version) = first.rsplit_once_str("@")?;
    Some(Said::Both(name.as_bstr(), Version::read(version)?))
}

/// What opens a dependency: `x@1.2.3:` of pnpm, `"@a/x@npm:^1.0.0":` of Yarn, `"node_modules/x": {` of npm, `x:`.
fn heading(line: &[u8]) -> Option<Said<'_>> {
    let text = match line.strip_suffix(b"{") {
        Some(open) => open.trim_end().strip_suffix(b":")?,
        None => line.strip_suffix(b":")?,
    };
    let text = unquoted(text.split_str(", ").next()?);
    let text = text.rsplit_str("node_modules/").next().unwrap_or(text);
    let text = text.strip_prefix(b"npm:").unwrap_or(text);
    if let Some(both) = text.strip_prefix(b"/").and_then(old_pnpm) {
        return Some(both);
    }
    let text = text.strip_prefix(b"/").unwrap_or(text);
    if text.is_empty() {
        return Some(Said::Heading(text.as_bstr()));
    }
    // The first letter may be an `@` that belongs to the name.
    let at = text.get(1..)?.find_byte(b'@').map(|at| at + 1);
    let (name, rest) = text.split_at(at.unwrap_or(text.len()));
    if name.contains(&b' ') {
        return None;
    }
    let version = rest.get(1..).and_then(Version::read);
    let name = name.as_bstr();
    Some(version.map_or(Said::Heading(name), |version| Said::Both(name, version)))
}

/// `/x/1.2.3`, `/@a/x/1.2.3_y@1.0.0`: what opens a dependency in older files of pnpm, without the first slash.
fn old_pnpm(text: &[u8]) -> Option<Said<'_>> {
    let (name, version) = text.split_str("(").next()?.rsplit_once_str("/")?;
    Some(Said::Both(name.as_bstr(), Version::read(version.split_str("_").next()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(line: &str) -> String {
        match read(line.into()) {
            None => "-".into(),
            Some(Said::Name(name)) => name.to_string(),
            Some(Said::Heading(name)) => format!("{name}:"),
            Some(Said::Version(version)) => format!("? {}", version.text),
            Some(Said::Both(name, version)) => format!("{name} {}", version.text),
        }
    }

    #[test]
    fn lines_of_every_form() {
        for (line, want) in [
            // Cargo, Poetry, uv, PDM.
            ("name = \"serde\"", "serde"),
            ("version = \"1.0.219\"", "? 1.0.219"),
            ("version = 4", "-"),
            ("lock-version = \"2.0\"", "-"),
            ("source = \"registry+https://example.com/index\"", "-"),
            ("checksum = \"5a15f179cd60c4584b8a8c596927aadc\"", "-"),
            (" \"getrandom 0.3.4\",", "-"),
            // npm, Composer, Pipenv, NuGet, Swift.
            ("    \"node_modules/@types/node\": {", "@types/node:"),
            ("    \"node_modules/a/node_modules/b\": {", "b:"),
            ("      \"version\": \"20.1.0\",", "? 20.1.0"),
            ("      \"resolved\": \"https://example.com/x-1.0.0.tgz\",", "-"),
            ("      \"integrity\": \"sha512-x==\",", "-"),
            ("        \"left-pad\": \"^1.3.0\"", "-"),
            ("  \"lockfileVersion\": 3,", "-"),
            ("            \"name\": \"symfony/console\",", "symfony/console"),
            ("            \"version\": \"v6.4.1\",", "? v6.4.1"),
            ("            \"version\": \"==2.31.0\"", "? 2.31.0"),
            ("        \"resolved\": \"13.0.1\",", "? 13.0.1"),
            ("        \"version\" : \"5.6.4\"", "? 5.6.4"),
            // Yarn 1 and later ones, pnpm.
            ("lodash@^4.17.0, lodash@^4.17.21:", "lodash:"),
            ("\"@babel/core@^7.0.0\":", "@babel/core:"),
            ("\"@babel/core@npm:^7.0.0, @babel/core@npm:^7.1.0\":", "@babel/core:"),
            ("  version \"7.26.0\"", "? 7.26.0"),
            ("  version: 7.26.0", "? 7.26.0"),
            ("  version: 8", "-"),
            ("  lodash@4.17.21:", "lodash 4.17.21"),
            ("  '@babel/core@7.26.0':", "@babel/core 7.26.0"),
            ("  /vite@5.0.0(@types/node@20.1.0):", "vite 5.0.0"),
            ("  /lodash/4.17.20:", "lodash 4.17.20"),
            ("  /@babel/core/7.1.0_a@1.0.0:", "@babel/core 7.1.0"),
            ("        version: 5.0.0(@types/node@20.1.0)", "? 5.0.0"),
            ("    \"\": {", ":"),
            ("      \"identity\" : \"swift-nio\",", "swift-nio"),
            ("version = \"1!2.0\"", "? 1!2.0"),
            ("lockfileVersion: '9.0'", "-"),
            // Bun, Deno, Mix.
            ("    \"zod\": [\"zod@3.23.8\", \"\", {}, \"sha512-x\"],", "zod 3.23.8"),
            ("    \"npm:chalk@5.3.0\": {", "chalk 5.3.0"),
            (
                "  \"phoenix\": {:hex, :phoenix, \"1.7.10\", \"02189140a61b2ce85bb633a9b6fd02dff705a5f1\", [:mix]},",
                "phoenix 1.7.10",
            ),
            // Bundler, CocoaPods, Go, Gradle, Dart.
            ("    rails (7.1.2)", "rails 7.1.2"),
            ("      rack (>= 2.2.4)", "-"),
            ("  - Alamofire (5.8.1):", "Alamofire 5.8.1"),
            ("example.com/a/b v1.9.3 h1:abc=", "example.com/a/b v1.9.3"),
            ("example.com/a/b/v2 v2.0.1/go.mod h1:abc=", "example.com/a/b v2.0.1"),
            ("gopkg.in/yaml.v3 v3.0.1 h1:abc=", "gopkg.in/yaml v3.0.1"),
            ("com.google.guava:guava:32.1.3-jre=compileClasspath", "com.google.guava:guava 32.1.3-jre"),
            ("    version: \"1.0.6\"", "? 1.0.6"),
            ("", "-"),
        ] {
            assert_eq!(said(line), want, "{line}");
        }
    }

    #[test]
    fn what_is_a_major_upgrade() {
        for (old, new, want) in [
            ("1.9.9", "2.0.0", true),
            ("1.9", "10.0", true),
            ("0.8.1", "0.9.0", true),
            ("0.9.0", "1.0.0", true),
            ("0.8.1", "0.8.2", false),
            ("1.2.3", "1.3.0", false),
            ("2.0.0", "1.0.0", false),
            ("0.9.0", "0.8.0", false),
            ("v0.0.0-20250101", "v0.0.0-20260101", false),
            ("3.2.1", "1!3.2.1", true),
            ("1!3.2.1", "1!3.3.0", false),
            ("1!3.2.1", "4.0", false),
            ("2025.1.1", "2026.1.1", false),
            ("3.0", "2026.1", true),
            ("1899.1", "1900.1", true),
        ] {
            let version = |text: &'static str| Version::read(text.as_bytes()).unwrap();
            assert_eq!(version(new).is_major_upgrade_of(&version(old)), want, "{old} {new}");
        }
        for text in ["", "1", "x.1", "1.x", "+1.0", "1.+0", "99999999999999999999.0"] {
            assert_eq!(Version::read(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in prop::collection::vec(any::<u8>(), 0..60)) {
            read(line.as_bstr());
        }

        #[test]
        fn no_odd_line_panics(line in "[\"'@:{}\\[\\]()=, /v0-9.anhm+-]{0,24}") {
            read(line.as_bytes().as_bstr());
        }
    }
}
