//! What a lock file locks: names and versions, and the lines where they stand. A project's own packages, which many lock
//! files list beside its dependencies, are left out. What a version means is not asked here.

use super::super::super::facts::Locked;
use super::line::{self, Said, Version};
use bstr::{BStr, ByteSlice};

/// The lock files of package managers, in lower case.
const LOCK_FILES: [&str; 25] = [
    "bun.lock",
    "cargo.lock",
    "cartfile.resolved",
    "composer.lock",
    "conan.lock",
    "deno.lock",
    "flake.lock",
    "gemfile.lock",
    "gems.locked",
    "go.sum",
    "go.work.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.resolved",
    "packages.lock.json",
    "pdm.lock",
    "pipfile.lock",
    "pnpm-lock.yaml",
    "podfile.lock",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
];

/// No more than these of one file: larger than lock files are, and what is kept stays small.
const MOST: usize = 20_000;

/// Whether this is the name of a lock file.
pub(super) fn is_lock_file(path: &[u8]) -> bool {
    known(path).is_some()
}

/// The dependencies of a lock file with their versions, in order; of any other file nothing.
pub(in crate::patch) fn locked(path: &BStr, content: &[u8]) -> Vec<Locked> {
    let Some(file) = known(path) else { return Vec::new() };
    let mut reader = Reader { file, open: Vec::new(), section: BStr::new("") };
    let mut lines = (1..).zip(content.lines()).peekable();
    let mut locked = Vec::new();
    while let Some((number, line)) = lines.next() {
        let next = lines.peek().map_or(BStr::new(""), |(_, line)| line.as_bstr());
        locked.extend(reader.line(number, line.as_bstr(), next));
        if locked.len() == MOST {
            break;
        }
    }
    locked
}

fn known(path: &[u8]) -> Option<&'static str> {
    let name = path.rsplit_str("/").next().unwrap_or(path).to_ascii_lowercase();
    LOCK_FILES.into_iter().find(|known| known.as_bytes() == name)
}

/// A lock file, read up to a line.
struct Reader<'c> {
    /// Its name, in lower case.
    file: &'static str,
    /// The names under which the next line may stand, each further in than the one before it.
    open: Vec<Open<'c>>,
    /// The last line that stands at the margin.
    section: &'c BStr,
}

/// A name that waits for its version.
struct Open<'c> {
    name: &'c BStr,
    line: u64,
    indent: usize,
    /// It speaks of the lines that stand further in, not of those beside it.
    is_heading: bool,
    /// It is of the project itself.
    is_own: bool,
}

impl<'c> Reader<'c> {
    fn line(&mut self, number: u64, line: &'c BStr, next: &BStr) -> Option<Locked> {
        let indent = line.find_not_byteset(b" \t").unwrap_or(0);
        if indent == 0 && !line.is_empty() {
            self.section = line;
        }
        match line::read(line)? {
            Said::Both(name, version) => (!self.is_own_gem()).then(|| entry(name, version, number, number)),
            Said::Name(name) => {
                // npm says there what an alias really is; the own name stands beside the own version, too.
                if !self.is_npm() {
                    self.open(Open { name, line: number, indent, is_heading: false, is_own: false });
                }
                None
            }
            Said::Heading(name) => {
                if self.has_headings() {
                    let above = self.open.iter().rev().find(|open| open.indent < indent);
                    let in_packages = above.is_some_and(|open| open.name == "packages" && open.indent > 0);
                    let is_own = self.is_npm() && in_packages && !line.contains_str("node_modules/");
                    self.open(Open { name, line: number, indent, is_heading: true, is_own });
                }
                None
            }
            Said::Version(version) => {
                let holds = |open: &Open<'_>| open.indent < indent || open.indent == indent && !open.is_heading;
                while self.open.last().is_some_and(|open| !holds(open)) {
                    self.open.pop();
                }
                let open = self.open.last_mut()?;
                // Once only: what follows is not said of it.
                let name = std::mem::replace(&mut open.name, BStr::new(""));
                let (first, is_own) = (open.line, open.is_own || name.is_empty());
                (!is_own && !self.is_own(next)).then(|| entry(name, version, first, number))
            }
        }
    }

    fn open(&mut self, new: Open<'c>) {
        while self.open.last().is_some_and(|open| open.indent >= new.indent) {
            self.open.pop();
        }
        self.open.push(new);
    }

    /// Whether a version is one of the project's own, by the line behind it: a crate of the workspace comes from nowhere,
    /// a Python project from a folder.
    fn is_own(&self, next: &BStr) -> bool {
        match self.file {
            "cargo.lock" => !next.starts_with(b"source"),
            "uv.lock" => ["editable", "virtual", "directory"].iter().any(|from| {
                let source = next.strip_prefix(b"source = { ").unwrap_or_default();
                source.starts_with(from.as_bytes())
            }),
            // Its workspaces; all others have name and version on one line.
            "bun.lock" => true,
            _ => false,
        }
    }

    fn is_own_gem(&self) -> bool {
        matches!(self.file, "gemfile.lock" | "gems.locked") && self.section == "PATH"
    }

    fn is_npm(&self) -> bool {
        matches!(self.file, "package-lock.json" | "npm-shrinkwrap.json")
    }

    /// Elsewhere, keys say what is named, and what looks like a heading is a part of that.
    fn has_headings(&self) -> bool {
        !matches!(
            self.file,
            "cargo.lock" | "composer.lock" | "package.resolved" | "pdm.lock" | "poetry.lock" | "uv.lock"
        )
    }
}

fn entry(name: &BStr, version: Version<'_>, first: u64, last: u64) -> Locked {
    Locked { name: name.to_owned(), version: version.text.to_owned(), lines: first..=last }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(path: &str, content: &str) -> String {
        let locked = locked(path.into(), content.as_bytes()).into_iter();
        let locked = locked.map(|l| format!("{} {} {}-{}", l.name, l.version, l.lines.start(), l.lines.end()));
        locked.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn every_form_says_what_is_locked_and_where() {
        for (path, content, want) in [
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\nsource = \"registry+x\"\nchecksum = \"x\"\n\n\
                 [[package]]\nname = \"own\"\nversion = \"1.0.0\"\ndependencies = [\n \"a\",\n]\n",
                "a 1.2.3 4-5",
            ),
            (
                "uv.lock",
                "version = 1\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\nsource = { editable = \".\" }\n\n[[package]]\n\
                 name = \"a\"\nversion = \"1!2.3\"\nsource = { registry = \"https://x\" }\n",
                "a 1!2.3 8-9",
            ),
            (
                "web/package-lock.json",
                "{\n  \"name\": \"own\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 2,\n  \"packages\": {\n    \"\": {\n      \
                 \"name\": \"own\",\n      \"version\": \"1.0.0\",\n      \"engines\": {\n        \"node\": \"18.0.0\"\n      }\n    },\n    \
                 \"apps/web\": {\n      \"name\": \"web\",\n      \"version\": \"2.0.0\"\n    },\n    \
                 \"node_modules/@x/a\": {\n      \"name\": \"alias\",\n      \"version\": \"1.2.3\"\n    }\n  },\n  \
                 \"dependencies\": {\n    \"a\": {\n      \"version\": \"1.9.0\",\n      \"dependencies\": {\n        \"b\": {\n          \
                 \"version\": \"3.0.0\"\n        }\n      }\n    }\n  }\n}\n",
                "@x/a 1.2.3 17-19, a 1.9.0 23-24, b 3.0.0 26-27",
            ),
            (
                "composer.lock",
                "        {\n            \"name\": \"a/b\",\n            \"version\": \"v5.4.0\",\n            \"source\": {\n                \
                 \"type\": \"git\"\n            },\n            \"authors\": [\n                {\n                    \"name\": \"X\"\n",
                "a/b v5.4.0 2-3",
            ),
            (
                "yarn.lock",
                "__metadata:\n  version: 8\n\n\"@x/a@npm:^1.0.0\":\n  version: 1.2.3\n  dependencies:\n    b: \"npm:^1.0.0\"\n",
                "@x/a 1.2.3 4-5",
            ),
            (
                "pnpm-lock.yaml",
                "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        \
                 version: 1.2.3(b@2.0.0)\n\npackages:\n\n  a@1.2.3:\n    resolution: {integrity: x}\n",
                "a 1.2.3 7-9, a 1.2.3 13-13",
            ),
            (
                "bun.lock",
                "    \"apps/a\": {\n      \"name\": \"own\",\n      \"version\": \"1.0.0\",\n    },\n    \"b\": [\"b@1.2.3\", \"\"],\n",
                "b 1.2.3 5-5",
            ),
            (
                "gems.locked",
                "PATH\n  remote: .\n  specs:\n    own (1.0.0)\n\nGEM\n  specs:\n    rails (7.1.2)\n      rack (>= 2)\n",
                "rails 7.1.2 8-8",
            ),
            (
                "Pipfile.lock",
                "{\n    \"default\": {\n        \"django\": {\n            \"hashes\": [\n                \"sha256:aa\"\n            ],\n            \
                 \"version\": \"==3.2.1\"\n",
                "django 3.2.1 3-7",
            ),
            (
                "pubspec.lock",
                "packages:\n  a:\n    dependency: transitive\n    description:\n      name: a\n      url: \"https://x\"\n    \
                 source: hosted\n    version: \"1.2.3\"\n",
                "a 1.2.3 2-8",
            ),
            (
                "packages.lock.json",
                "{\n  \"dependencies\": {\n    \"net6.0\": {\n      \"A\": {\n        \"type\": \"Direct\",\n        \
                 \"requested\": \"[1.2.3, )\",\n        \"resolved\": \"1.2.3\"\n",
                "A 1.2.3 4-7",
            ),
            (
                "Package.resolved",
                "      \"identity\" : \"a\",\n      \"state\" : {\n        \"version\" : \"1.2.3\"\n      }\n      \
                 \"package\": \"B\",\n      \"state\": {\n        \"version\": \"2.0.0\"\n",
                "a 1.2.3 1-3, B 2.0.0 5-7",
            ),
            ("flake.lock", "        \"rev\": \"1a2b\",\n", ""),
            ("Cargo.toml", "name = \"a\"\nversion = \"1.2.3\"\nsource = \"x\"\n", ""),
            ("poetry.lock", "name = \"a\"\nversion = \"1.2.3\"\nversion = \"9.0.0\"\n", "a 1.2.3 1-2"),
        ] {
            assert_eq!(said(path, content), want, "{path}\n{content}");
        }
    }

    #[test]
    fn of_a_long_file_the_beginning_is_enough() {
        let content: String = (0..MOST + 5).map(|number| format!("    gem{number} (1.0.0)\n")).collect();
        assert_eq!(locked("Gemfile.lock".into(), content.as_bytes()).len(), MOST);
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_file(
            file in prop::sample::select(&LOCK_FILES[..]), content in "([ ]{0,3}(a|name = b|version = 1\\.2|x@1\\.0|\"\")[:{]{0,2}\n){0,12}"
        ) {
            let count = content.lines().count() as u64;
            for locked in locked(file.into(), content.as_bytes()) {
                prop_assert!(1 <= *locked.lines.start() && locked.lines.start() <= locked.lines.end());
                prop_assert!(*locked.lines.end() <= count && !locked.name.is_empty());
            }
        }
    }
}
