//! How tools say that something is wrong: a table, one row a shape, and the engine that looks lines up in it.
//!
//! A row is data. To add one: append it to its family's file, and put a fixture (a real-looking piece of a log) into
//! `tests/fixtures/triage/`; tests hold that each row has one, matches its example and leaves alone what it must not match.
//! Rows are tried in the order of [`FAMILIES`] and then of the table: the first that matches names the line.
//!
//! Patterns work on cleaned lines ([`super::line::clean`]), on bytes and without Unicode classes (`\w` is ASCII), and see one
//! line only. Groups with these names mean something: `id` (a stable identity: error code, rule), `test`, `message`, `file`, `row`.

mod auth;
mod build;
mod clients;
mod compilers;
mod containers;
mod crashes;
mod generic;
mod linters;
mod network;
mod packages;
mod runners;
mod system_packages;
mod test_runners;
mod wordings;

use super::needles::Needles;
use crate::model::Bucket;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// What kind of failure a line tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A compiler or an interpreter's parser refuses source code.
    Compile,
    /// A type checker does.
    Type,
    /// A linter or a static analysis does.
    Lint,
    /// A formatter would change something, or generated files are not up to date.
    Format,
    /// A test failed.
    Test,
    /// A test waited in vain, or met a race: it might pass when it runs again.
    Flaky,
    /// A build tool or script stopped, for a reason in the repository.
    Build,
    /// A dependency does not resolve: the manifest asks for what there is not.
    Dependency,
    /// Documentation does not build.
    Docs,
    /// A dead link, as a link checker reports it.
    Link,
    /// A process crashed: signal, panic, sanitizer, uncaught exception.
    Crash,
    /// A command, file or module is not there.
    Missing,
    /// git cannot do what it is asked for: conflicts, a branch that is gone.
    Git,
    /// Network: reset, refused, DNS, TLS.
    Network,
    /// A server asks for patience.
    RateLimit,
    /// A registry, mirror or download site does not deliver.
    Registry,
    /// The machine that runs the job went away or cannot begin.
    Runner,
    /// No space left.
    Disk,
    /// Out of memory, and killed for it.
    Memory,
    /// The job ran into the time limit of the CI system, or stood still.
    JobTimeout,
    /// Somebody, or a newer run, cancelled it.
    Cancelled,
    /// Credentials are missing, wrong or expired.
    Auth,
    /// A right is missing.
    Permission,
    /// A variable, secret or setting outside of the repository is missing or wrong.
    Config,
}

impl Kind {
    /// The word used in fingerprints. It never changes: hashes are made of it.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Compile => "compile",
            Kind::Type => "type",
            Kind::Lint => "lint",
            Kind::Format => "format",
            Kind::Test => "test",
            Kind::Flaky => "flaky",
            Kind::Build => "build",
            Kind::Dependency => "dependency",
            Kind::Docs => "docs",
            Kind::Link => "link",
            Kind::Crash => "crash",
            Kind::Missing => "missing",
            Kind::Git => "git",
            Kind::Network => "network",
            Kind::RateLimit => "rate-limit",
            Kind::Registry => "registry",
            Kind::Runner => "runner",
            Kind::Disk => "disk",
            Kind::Memory => "memory",
            Kind::JobTimeout => "job-timeout",
            Kind::Cancelled => "cancelled",
            Kind::Auth => "auth",
            Kind::Permission => "permission",
            Kind::Config => "config",
        }
    }

    /// The bucket that a failure of this kind belongs to, by itself.
    pub fn bucket(self) -> Bucket {
        match self {
            Kind::Compile
            | Kind::Type
            | Kind::Lint
            | Kind::Format
            | Kind::Test
            | Kind::Build
            | Kind::Dependency
            | Kind::Docs
            | Kind::Link
            | Kind::Crash
            | Kind::Missing
            | Kind::Git => Bucket::CodeRegression,
            Kind::Flaky => Bucket::FlakyTest,
            Kind::Network
            | Kind::RateLimit
            | Kind::Registry
            | Kind::Runner
            | Kind::Disk
            | Kind::Memory
            | Kind::JobTimeout => Bucket::InfraFault,
            Kind::Auth | Kind::Permission | Kind::Config => Bucket::SecretOrConfig,
            Kind::Cancelled => Bucket::Unknown,
        }
    }
}

/// How much a line of this shape says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It only says that something failed: `exit code 1`, `make: *** Error 2`, `BUILD FAILED`.
    Echo,
    /// It counts: `3 failed, 20 passed`.
    Summary,
    /// An ordinary error line of no known tool: `Error: …`, `fatal: …`.
    Symptom,
    /// It names what is wrong: a compiler's error with its place, a failed test, an assertion.
    Cause,
}

/// Which lines after the matching one belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// None.
    Line,
    /// Those that are indented deeper, and blank ones in between.
    Indented,
    /// All up to a blank line.
    Paragraph,
    /// Stack frames, in any language's looks, with causes.
    Frames,
    /// So many.
    Lines(u8),
}

/// A row of the table.
#[derive(Debug)]
pub struct Signature {
    /// Unique, kebab-case. It is the first part of readable fingerprints and never changes.
    pub name: &'static str,
    /// The tool that writes such lines.
    pub tool: &'static str,
    /// What they tell of.
    pub kind: Kind,
    /// How much they say.
    pub rank: Rank,
    /// One of these texts (ignoring ASCII case, three bytes or more) is in every such line.
    pub needles: &'static [&'static str],
    /// What the whole line looks like.
    pub pattern: &'static str,
    /// What belongs to it.
    pub block: Block,
    /// A line that it is.
    pub example: &'static str,
    /// Lines that it is not, although they look like it.
    pub unlike: &'static [&'static str],
}

/// What a line was recognised as.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The row.
    pub signature: &'static Signature,
    /// A stable identity: an error code, the name of a rule or of a package.
    pub id: Option<String>,
    /// The name of a test.
    pub test: Option<String>,
    /// What is wrong, in words.
    pub message: Option<String>,
    /// A file.
    pub file: Option<String>,
    /// The line in it.
    pub row: Option<u64>,
}

/// The families, in the order in which they are asked. Special before general.
pub const FAMILIES: &[&[Signature]] = &[
    auth::TABLE,
    containers::TABLE,
    packages::javascript::TABLE,
    packages::python::TABLE,
    packages::native::TABLE,
    packages::scripting::TABLE,
    packages::jvm::TABLE,
    system_packages::TABLE,
    runners::TABLE,
    // A browser that retries in vain speaks of no network.
    test_runners::browsers::TABLE,
    network::TABLE,
    clients::TABLE,
    test_runners::functional::TABLE,
    test_runners::python::TABLE,
    test_runners::jvm::TABLE,
    test_runners::native::TABLE,
    test_runners::scripting::TABLE,
    test_runners::javascript::TABLE,
    crashes::TABLE,
    linters::files::TABLE,
    linters::code::TABLE,
    compilers::web::TABLE,
    compilers::scripting::TABLE,
    compilers::managed::TABLE,
    compilers::python::TABLE,
    compilers::native::TABLE,
    build::TABLE,
    wordings::TABLE,
    generic::TABLE,
];

/// All rows, in the order in which they are asked.
pub fn all() -> impl Iterator<Item = &'static Signature> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// The table, ready to be asked.
#[derive(Debug)]
pub struct Table {
    /// Each with the rows that have it.
    needles: Needles<Vec<u16>>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    signature: &'static Signature,
    /// Compiled when its first needle turns up: most logs need a handful of them.
    regex: OnceLock<Option<Regex>>,
}

impl Table {
    /// The one table there is.
    pub fn get() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(Table::new)
    }

    fn new() -> Table {
        let rows: Vec<Row> = all().map(|signature| Row { signature, regex: OnceLock::new() }).collect();
        let of_row =
            |(index, row): (usize, &Row)| row.signature.needles.iter().map(move |text| (*text, vec![index as u16]));
        let needles = Needles::new(rows.iter().enumerate().flat_map(of_row), |all, rows| all.extend(rows));
        Table { needles, rows }
    }

    /// Every needle of every row.
    pub fn needles() -> impl Iterator<Item = &'static str> {
        all().flat_map(|signature| signature.needles.iter().copied())
    }

    /// What a cleaned line is.
    pub fn look_up(&self, line: &[u8]) -> Option<Hit> {
        self.rows_of(line).into_iter().find_map(|row| row.hit(line))
    }

    /// The same where only some rows are asked.
    pub fn look_up_among(&self, line: &[u8], is_asked: impl Fn(&Signature) -> bool) -> Option<Hit> {
        self.rows_of(line).into_iter().filter(|row| is_asked(row.signature)).find_map(|row| row.hit(line))
    }

    /// The same as [`Table::look_up`] where only some rows matter: nothing is looked up where none of them can be meant.
    pub fn look_up_for(&self, line: &[u8], matters: impl Fn(&Signature) -> bool) -> Option<Hit> {
        let rows = self.rows_of(line);
        rows.iter().any(|row| matters(row.signature)).then(|| rows.iter().find_map(|row| row.hit(line)))?
    }

    /// The rows of which a needle is in this line, in the order in which they are asked.
    fn rows_of(&self, line: &[u8]) -> Vec<&Row> {
        let mut rows: Vec<u16> = Vec::new();
        self.needles.scan(line, |_, owners| rows.extend(owners));
        rows.sort_unstable();
        rows.dedup();
        rows.into_iter().map(|row| &self.rows[usize::from(row)]).collect()
    }
}

impl Row {
    fn hit(&self, line: &[u8]) -> Option<Hit> {
        let regex = self.regex.get_or_init(|| compile(self.signature.pattern)).as_ref()?;
        let found = regex.captures(line)?;
        let text = |name: &str| {
            let group = found.name(name)?.as_bytes();
            Some(String::from_utf8_lossy(group).trim().to_owned()).filter(|text| !text.is_empty())
        };
        Some(Hit {
            signature: self.signature,
            id: text("id"),
            test: text("test"),
            message: text("message"),
            file: text("file"),
            row: text("row").and_then(|row| row.parse().ok()),
        })
    }
}

/// A pattern over one cleaned line.
fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_is_sound() {
        let mut names = HashSet::new();
        for row in all() {
            assert!(names.insert(row.name), "{}: the name is taken", row.name);
            assert!(row.name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-')), "{}", row.name);
            let regex = compile(row.pattern).unwrap_or_else(|| panic!("{}: the pattern does not compile", row.name));
            assert!(!regex.is_match(b""), "{}: it matches nothing at all", row.name);
            assert!(regex.is_match(row.example.as_bytes()), "{}: {:?}", row.name, row.example);
            for needle in row.needles {
                assert!(needle.len() >= 3, "{}: {needle:?} is too short to look for", row.name);
            }
            let lower = row.example.to_ascii_lowercase();
            let has = row.needles.iter().any(|needle| lower.contains(&needle.to_ascii_lowercase()));
            assert!(has, "{}: no needle is in {:?}", row.name, row.example);
            let hit = Table::get().look_up(row.example.as_bytes()).unwrap();
            assert_eq!(hit.signature.name, row.name, "another row is asked before, for {:?}", row.example);
            for unlike in row.unlike {
                let hit = Table::get().look_up(unlike.as_bytes());
                assert_ne!(hit.map(|hit| hit.signature.name), Some(row.name), "{unlike:?}");
            }
        }
    }

    /// A fixture: a log, and before it lines that say what is expected of it. `#= line: 7` is the line (of the log, from 1)
    /// that the row has to match, and which is the failure unless `#= not the failure` stands there too.
    struct Fixture {
        log: String,
        line: u64,
        is_failure: bool,
    }

    fn fixture(name: &str) -> Option<Fixture> {
        let path = format!("{}/tests/fixtures/triage/{name}.log", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).ok()?;
        let (head, log): (Vec<&str>, Vec<&str>) = text.split_inclusive('\n').partition(|line| line.starts_with("#= "));
        let line = head.iter().find_map(|line| line.trim_end().strip_prefix("#= line: ")?.parse().ok());
        Some(Fixture {
            log: log.concat(),
            line: line.unwrap_or_else(|| panic!("{name}: no line is expected")),
            is_failure: !head.contains(&"#= not the failure\n"),
        })
    }

    #[test]
    fn every_row_has_a_fixture_in_which_it_finds_its_line() {
        let mut wrong = Vec::new();
        for row in all() {
            let Some(fixture) = fixture(row.name) else {
                wrong.push(format!("{}: no fixture", row.name));
                continue;
            };
            let line = fixture.log.lines().nth(fixture.line as usize - 1).unwrap_or_default();
            let hit = Table::get().look_up(&crate::triage::line::clean(line.as_bytes()));
            if hit.as_ref().map(|hit| hit.signature.name) != Some(row.name) {
                wrong.push(format!(
                    "{}: line {} is {:?}: {line:?}",
                    row.name,
                    fixture.line,
                    hit.map(|h| h.signature.name)
                ));
                continue;
            }
            let found = crate::triage::find::find(&crate::triage::digest::Digest::of(fixture.log.as_bytes()), None);
            if fixture.is_failure && found.failure.as_ref().map(|(line, _)| *line) != Some(fixture.line) {
                wrong.push(format!("{}: the failure is {:?} and not line {}", row.name, found.failure, fixture.line));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_fixture_belongs_to_a_row() {
        let names: HashSet<&str> = all().map(|row| row.name).collect();
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/triage")).unwrap() {
            let path = file.unwrap().path();
            assert!(names.contains(path.file_stem().unwrap().to_str().unwrap()), "{}", path.display());
        }
    }
}
