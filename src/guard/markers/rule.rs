//! What is said of a leftover: the finding, its message and the next commands.
//!
//! The words are chosen with care, because people and agents act on them: the lines of this one conflict are named, and
//! nobody is ever told to remove everything that looks like a marker. Headings and quotes have been lost that way.

use super::baseline::Standing;
use super::found::Found;
use super::scan::Kind;
use super::separators::Separator;
use crate::guard::wording::named;
use crate::model::{Finding, Level, Oid, Rule, shell_word};
use bstr::{BStr, BString};
use std::fmt::Write;

/// How many leftovers of one file are said.
const PER_FILE: usize = 1000;

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

/// The findings about one file's leftovers, in their order. Of a file that is full of them (something made to fill a
/// report, or all memory) only so many are said, and how many more there are.
pub fn findings(place: &Place, leftovers: &[(&Found, Standing)]) -> Vec<Finding> {
    let (said, unsaid) = leftovers.split_at(leftovers.len().min(PER_FILE));
    let mut findings: Vec<_> = said.iter().map(|&(found, standing)| finding(place, found, standing)).collect();
    // What blocks must not be left out while only warnings are said.
    let heaviest = unsaid.iter().min_by_key(|&&(found, standing)| level(found, standing));
    if let (Some(&(found, standing)), Some(last)) = (heaviest, findings.last_mut()) {
        *last = finding(place, found, standing);
        let _ = write!(last.message, "; and {} more in this file", unsaid.len());
    }
    findings
}

fn finding(place: &Place, found: &Found, standing: Standing) -> Finding {
    let mut message = what(found) + &commit(place);
    if standing == Standing::Known {
        message.push_str("; the base branch has it already");
    } else if found.fenced {
        message.push_str(", inside a fenced code block (a warning: documentation often shows one)");
    }
    let mut help = vec![how_to_resolve(place.path, found)];
    help.push(format!("then `git add -- {} && git commit`, and push again", shell_word(place.path)));
    help.push(how_to_keep(place.path));
    build(place, level(found, standing), (found.line, found.end_line), message, help)
}

/// What the base has already, and an example in documentation, only warns.
fn level(found: &Found, standing: Standing) -> Level {
    if standing == Standing::Known || found.fenced { Level::Warn } else { Level::Block }
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
    let subject = place.subject.unwrap_or_default();
    place.commit.map_or_else(String::new, |commit| format!(", in {}", named(&commit, subject.into())))
}

fn how_to_resolve(path: &BStr, found: &Found) -> String {
    let Found { line, end_line, .. } = found;
    let path = shell_word(path);
    match found.kind {
        Kind::Block { base, separator } => {
            let base = base.filter(|&base| base < separator).map(|base| format!(" {base},")).unwrap_or_default();
            format!(
                "write lines {line} to {end_line} of {path} as they should be, without the marker lines {line},{base} \
                 {separator} and {end_line}; no line outside belongs to this conflict"
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

/// How to tell that it is meant to be there. Only the base branch can say so: a way that the push itself could take
/// would be taken by whoever is in a hurry.
fn how_to_keep(path: &BStr) -> String {
    let pattern = attribute_pattern(path);
    format!(
        "if it is meant to be there, an example or a fixture: whoever keeps the base branch says so, with the line \
         `{pattern} ci-guard-markers=ignore` in its .gitattributes"
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
            "conflict block, lines 2 to 6 (`<<<<<<< HEAD` … `>>>>>>> develop`), in ababababab \"Merge branch 'develop'\""
        );
        assert_eq!(
            finding.help,
            [
                "write lines 2 to 6 of src/a.rs as they should be, without the marker lines 2, 4 and 6; no line outside \
                 belongs to this conflict",
                "then `git add -- src/a.rs && git commit`, and push again",
                "if it is meant to be there, an example or a fixture: whoever keeps the base branch says so, with the \
                 line `/src/a.rs ci-guard-markers=ignore` in its .gitattributes",
            ]
        );
        let diff3 = of("a", &BLOCK.replace("=======", "||||||| o\no\n======="), Standing::New);
        assert!(diff3.help[0].contains("the marker lines 2, 4, 6 and 8;"), "{}", diff3.help[0]);
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
            let message = finding.message.strip_suffix(", in ababababab \"Merge branch 'develop'\"").unwrap();
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
            assert_eq!(&crate::model::visible(said), said);
            assert!(!said.starts_with("::"));
        }
        assert!(
            finding.help[1].contains(r"git add -- $'a b/\342\200\256$(x)\047\033\012.md' &&"),
            "{}",
            finding.help[1]
        );
        assert!(finding.help[2].contains("`/a?b/?????x????.md ci-guard-markers=ignore`"), "{}", finding.help[2]);
    }

    #[test]
    fn a_file_full_of_leftovers_does_not_fill_the_report() {
        let place = Place { reference: None, commit: None, subject: None, path: "a.md".into() };
        let say = |text: &str| {
            let found = read(b"a.md", text.as_bytes(), MarkerSize::DEFAULT);
            findings(&place, &found.iter().map(|found| (found, Standing::New)).collect::<Vec<_>>())
        };
        let lone = ">>>>>>> x\n";
        for (count, more) in [(0, None), (1, None), (1000, None), (1001, Some("; and 1 more in this file"))] {
            let said = say(&lone.repeat(count));
            assert_eq!(said.len(), count.min(1000));
            let last = said.last().map(|finding| finding.message.clone()).unwrap_or_default();
            assert_eq!(last.split_once(';').map(|(_, more)| format!(";{more}")).as_deref(), more);
            assert!(said.is_sorted_by_key(|finding| finding.line));
        }
        // Examples without end, then a leftover: the push must not go through.
        let examples = format!("```\n{BLOCK}```\n").repeat(1500);
        assert!(say(&examples).iter().all(|finding| finding.level == Level::Warn));
        let said = say(&format!("{examples}{lone}"));
        assert_eq!((said.len(), said[999].level, said[999].line), (1000, Level::Block, Some(12001)));
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
