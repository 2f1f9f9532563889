//! What is said of a leftover: the finding, its message and the next commands.
//!
//! The words are chosen with care, because people and agents act on them: the lines of this one conflict are named, and
//! nobody is ever told to remove everything that looks like a marker. Headings and quotes have been lost that way.

use super::baseline::Standing;
use super::found::Found;
use super::scan::Kind;
use super::separators::Separator;
use crate::model::{Finding, Level, Oid, Rule, shell_word, visible};
use bstr::{BStr, BString};
use std::fmt::Write;

/// How many leftovers of one file are said.
const PER_FILE: usize = 100;

/// How much of a commit's subject is quoted, in characters.
const SUBJECT: usize = 60;

/// Where something was found.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The ref that would carry it, if there is one.
    pub reference: Option<&'a BStr>,
    /// The commit whose tree holds it; `None` for the index.
    pub commit: Option<Oid>,
    /// That commit's subject.
    pub subject: Option<&'a [u8]>,
    /// The file.
    pub path: &'a BStr,
}

/// The findings about one file's leftovers of one standing, in their order. Of a file that is full of them (a fixture, a
/// chat log, or something made to fill a report) only the first are said, and how many more there are.
pub fn findings(place: &Place, leftovers: &[Found], standing: Standing) -> Vec<Finding> {
    let said = leftovers.iter().take(PER_FILE).map(|found| finding(place, found, standing));
    let mut findings: Vec<_> = said.collect();
    // A block among those that are not said must not leave with the warnings that are.
    let heaviest = leftovers.iter().skip(PER_FILE).find(|found| found.level() == Level::Block);
    if let (Some(unsaid), Some(last)) = (heaviest.or(leftovers.get(PER_FILE)), findings.last_mut()) {
        *last = finding(place, unsaid, standing);
        let _ = write!(last.message, "; and {} more in this file", leftovers.len() - PER_FILE);
    }
    findings
}

/// The finding about one leftover. What the base has already, and an example in documentation, only warns.
pub fn finding(place: &Place, found: &Found, standing: Standing) -> Finding {
    let level = if standing == Standing::Known { Level::Warn } else { found.level() };
    let mut message = what(found) + &commit(place);
    if standing == Standing::Known {
        message.push_str("; the base branch has it already");
    } else if found.fenced {
        message.push_str(", inside a fenced code block (a warning: documentation often shows one)");
    }
    let mut help = vec![how_to_resolve(place.path, found)];
    help.push(format!("then `git add -- {} && git commit`, and push again", shell_word(place.path)));
    help.push(how_to_keep(place.path, found.width));
    build(place, level, (found.line, found.end_line), message, help)
}

/// The warning about a separator that a merge commit made up.
pub fn separator_finding(place: &Place, separator: &Separator) -> Finding {
    let line = separator.line;
    let message = format!(
        "this may be left of a conflict: a lone separator line, which no parent of the merge has there{}",
        commit(place)
    );
    let path = shell_word(place.path);
    let mut help = vec![format!("look at line {line} of {path}: keep it if it is a heading or a border")];
    if let Some(commit) = place.commit {
        help.push(format!("`git show -m {} -- {path}` shows what the merge changed", commit.short()));
    }
    build(place, Level::Warn, (line, line), message, help)
}

fn build(place: &Place, level: Level, lines: (u64, u64), message: String, help: Vec<String>) -> Finding {
    Finding {
        rule: Rule::ConflictMarker,
        level,
        reference: place.reference.map(BString::from),
        commit: place.commit,
        path: Some(place.path.into()),
        line: Some(lines.0),
        end_line: Some(lines.1),
        message,
        help,
    }
}

/// What it is, with its first and last line.
fn what(found: &Found) -> String {
    let Found { line, end_line, opening, .. } = found;
    let closing = found.closing.as_deref().unwrap_or_default();
    let place = format!("lines {line} to {end_line} (`{opening}` … `{closing}`)");
    match found.kind {
        Kind::Block { .. } if is_edit(opening, closing) => {
            format!("edit block that was pasted instead of applied, {place}; git takes it for a conflict")
        }
        Kind::Block { .. } => format!("conflict block, {place}"),
        Kind::Sections => format!("conflict block of Jujutsu, {place}"),
        Kind::LoneOpen => format!("leftover of a conflict: a lone `{opening}` line, which no line closes"),
        Kind::LoneBase => format!("leftover of a conflict: a lone `{opening}` line, the head of a diff3 base section"),
        Kind::LoneClose => format!("leftover of a conflict: a lone `{opening}` line"),
    }
}

/// Whether a block has the labels of the edits that agents write.
fn is_edit(opening: &str, closing: &str) -> bool {
    let label = |line| str::split_once(line, ' ').map_or("", |(_, label)| label);
    matches!((label(opening), label(closing)), ("SEARCH", "REPLACE") | ("ORIGINAL", "UPDATED"))
}

/// Which commit holds it, for people.
fn commit(place: &Place) -> String {
    let Some(commit) = place.commit else { return String::new() };
    let subject = place.subject.map(|subject| visible(&subject[..subject.len().min(4 * (SUBJECT + 1))]));
    match subject.filter(|subject| !subject.is_empty()) {
        Some(subject) => {
            let short = subject.char_indices().nth(SUBJECT).map(|(cut, _)| format!("{}…", &subject[..cut]));
            format!(", in {} ({})", commit.short(), short.unwrap_or(subject))
        }
        None => format!(", in {}", commit.short()),
    }
}

fn how_to_resolve(path: &BStr, found: &Found) -> String {
    let Found { line, end_line, .. } = found;
    let path = shell_word(path);
    match found.kind {
        Kind::Block { base, separator } => {
            let base = base.filter(|&base| base < separator).map(|base| format!(" {base},")).unwrap_or_default();
            format!(
                "in {path}, write lines {line} to {end_line} as they should be; of these, {line},{base} {separator} and \
                 {end_line} divide the sides, and no line outside belongs to this conflict"
            )
        }
        Kind::Sections => format!(
            "resolve it with `jj resolve {path}`, or write lines {line} to {end_line} of the file as they should be; no \
             line outside belongs to this conflict"
        ),
        Kind::LoneOpen | Kind::LoneBase | Kind::LoneClose => format!(
            "in {path}, look at what stands around line {line}: a side of the conflict may be missing, or there twice; \
             then delete this line"
        ),
    }
}

/// How to tell that it is meant to be there: by a larger size in the same push, or by the base branch.
fn how_to_keep(path: &BStr, width: usize) -> String {
    let pattern = attribute_pattern(path);
    let size = if width < 32 { 32 } else { width.saturating_add(1) };
    format!(
        "if it is meant to be there: commit the line `{pattern} conflict-marker-size={size}` in .gitattributes; or, on the \
         base branch, `{pattern} ci-guard-markers=ignore` there, or the path under `conflict_markers.ignore` in the policy"
    )
}

/// A pattern for this path in the .gitattributes at the top of a tree. Bytes that would need quoting, there or on a
/// terminal, are matched by `?`.
fn attribute_pattern(path: &BStr) -> String {
    let plain = |&c: &u8| if c.is_ascii_alphanumeric() || b"/._-+@%,=".contains(&c) { char::from(c) } else { '?' };
    std::iter::once('/').chain(path.iter().map(plain)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::markers::{MarkerSize, read};

    fn of(path: &str, text: &str, standing: Standing) -> Finding {
        let found = &read(path.as_bytes(), text.as_bytes(), MarkerSize::DEFAULT)[0];
        let place = Place {
            reference: Some("refs/heads/x".into()),
            commit: Oid::from_bytes(&[0xab; 20]),
            subject: Some(b"Merge branch 'develop'"),
            path: path.into(),
        };
        finding(&place, found, standing)
    }

    const BLOCK: &str = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> develop\n";

    #[test]
    fn a_block_is_described_line_by_line() {
        let finding = of("src/a.rs", BLOCK, Standing::New);
        assert_eq!((finding.rule, finding.level), (Rule::ConflictMarker, Level::Block));
        assert_eq!((finding.line, finding.end_line), (Some(2), Some(6)));
        assert_eq!(finding.path.as_ref().unwrap(), "src/a.rs");
        assert_eq!(finding.reference.as_ref().unwrap(), "refs/heads/x");
        assert_eq!(
            finding.message,
            "conflict block, lines 2 to 6 (`<<<<<<< HEAD` … `>>>>>>> develop`), in ababababab (Merge branch 'develop')"
        );
        assert_eq!(
            finding.help,
            [
                "in src/a.rs, write lines 2 to 6 as they should be; of these, 2, 4 and 6 divide the sides, and no line \
                 outside belongs to this conflict",
                "then `git add -- src/a.rs && git commit`, and push again",
                "if it is meant to be there: commit the line `/src/a.rs conflict-marker-size=32` in .gitattributes; or, \
                 on the base branch, `/src/a.rs ci-guard-markers=ignore` there, or the path under \
                 `conflict_markers.ignore` in the policy",
            ]
        );
        let diff3 = of("a", &BLOCK.replace("=======", "||||||| o\no\n======="), Standing::New);
        assert!(diff3.help[0].contains("of these, 2, 4, 6 and 8 divide"), "{}", diff3.help[0]);
    }

    #[test]
    fn each_kind_has_its_words() {
        for (text, want) in [
            (
                "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n",
                "edit block that was pasted instead of applied, lines 1 to 5 (`<<<<<<< SEARCH` … `>>>>>>> REPLACE`); git \
                 takes it for a conflict",
            ),
            (
                "<<<<<<< conflict 1 of 1\n+++++++ a\n>>>>>>> conflict 1 of 1 ends\n",
                "conflict block of Jujutsu, lines 1 to 3 (`<<<<<<< conflict 1 of 1` … `>>>>>>> conflict 1 of 1 ends`)",
            ),
            ("<<<<<<<\n=======\n>>>>>>>\n", "conflict block, lines 1 to 3 (`<<<<<<<` … `>>>>>>>`)"),
            ("<<<<<<< HEAD\n", "leftover of a conflict: a lone `<<<<<<< HEAD` line, which no line closes"),
            (
                "||||||| 0123abc\n",
                "leftover of a conflict: a lone `||||||| 0123abc` line, the head of a diff3 base section",
            ),
            (">>>>>>> origin/main\n", "leftover of a conflict: a lone `>>>>>>> origin/main` line"),
        ] {
            let finding = of("a", text, Standing::New);
            let message = finding.message.strip_suffix(", in ababababab (Merge branch 'develop')").unwrap();
            assert_eq!(message, want);
            assert_eq!(finding.level, Level::Block);
        }
    }

    #[test]
    fn examples_and_old_conflicts_warn_and_say_why() {
        let finding = of("a.md", &format!("```\n{BLOCK}```\n"), Standing::New);
        assert_eq!(finding.level, Level::Warn);
        assert!(finding.message.ends_with("inside a fenced code block (a warning: documentation often shows one)"));
        let finding = of("a.rs", BLOCK, Standing::Known);
        assert_eq!(finding.level, Level::Warn);
        assert!(finding.message.ends_with("; the base branch has it already"));
    }

    #[test]
    fn nothing_of_a_repository_is_said_raw_or_as_a_command() {
        let path = "a b/\u{202e}$(x)'\x1b\n.md";
        let label = "\x1b[31m\u{200b}::error::x";
        let place = Place {
            reference: None,
            commit: Oid::from_bytes(&[1; 20]),
            subject: Some("\r\x07subject\n::warning::".as_bytes()),
            path: path.into(),
        };
        let text = BLOCK.replace("HEAD", label);
        let found = read(path.as_bytes(), text.as_bytes(), MarkerSize::DEFAULT);
        let finding = finding(&place, &found[0], Standing::New);
        for said in finding.help.iter().chain([&finding.message]) {
            assert_eq!(&visible(said), said);
            assert!(!said.starts_with("::"));
        }
        assert!(finding.help[1].contains(r"git add -- 'a b/\u{202e}$(x)'\''\x1b\n.md' &&"), "{}", finding.help[1]);
        assert!(finding.help[2].contains("`/a?b/?????x??????md conflict") || finding.help[2].contains("`/a?b/"));
    }

    #[test]
    fn the_proposed_size_frees_what_was_found() {
        for width in [7, 31, 32, 40] {
            let text = format!("{} a\n{}\n{} b\n", "<".repeat(width), "=".repeat(width), ">".repeat(width));
            let help = of("a", &text, Standing::New).help.remove(2);
            let (_, size) = help.split_once("conflict-marker-size=").unwrap();
            let size = size.split_once('`').unwrap().0;
            assert_eq!(read(b"a", text.as_bytes(), MarkerSize::from_attribute(size.as_bytes())), []);
        }
    }

    #[test]
    fn a_file_full_of_leftovers_does_not_fill_the_report() {
        let place = Place { reference: None, commit: None, subject: None, path: "a.md".into() };
        let say = |text: &str| {
            let found = read(b"a.md", text.as_bytes(), MarkerSize::DEFAULT);
            findings(&place, &found, Standing::New)
        };
        let lone = ">>>>>>> x\n";
        for (count, more) in [(0, None), (1, None), (100, None), (101, Some("; and 1 more in this file"))] {
            let said = say(&lone.repeat(count));
            assert_eq!(said.len(), count.min(100));
            let last = said.last().map(|finding| finding.message.clone()).unwrap_or_default();
            assert_eq!(last.split_once(';').map(|(_, more)| format!(";{more}")).as_deref(), more);
            assert!(said.is_sorted_by_key(|finding| finding.line));
        }
        // Two hundred examples, then a leftover: the push must not go through.
        let examples = format!("```\n{BLOCK}```\n").repeat(200);
        let warned = say(&examples);
        assert!(warned.iter().all(|finding| finding.level == Level::Warn));
        let said = say(&format!("{examples}{lone}"));
        assert_eq!((said.len(), said[99].level, said[99].line), (100, Level::Block, Some(1601)));
    }

    #[test]
    fn a_made_up_separator_is_a_careful_warning() {
        let place = Place { reference: None, commit: None, subject: None, path: "a.c".into() };
        let separator = super::super::lone_separators(b"a.c", b"x\n=======\ny\n", MarkerSize::DEFAULT)[0];
        let finding = separator_finding(&place, &separator);
        assert_eq!((finding.level, finding.line, finding.end_line), (Level::Warn, Some(2), Some(2)));
        assert_eq!(finding.help, ["look at line 2 of a.c: keep it if it is a heading or a border"]);
        let place = Place { commit: Oid::from_bytes(&[1; 20]), ..place };
        assert!(separator_finding(&place, &separator).help[1].starts_with("`git show -m 0101010101 -- a.c` shows"));
    }
}
