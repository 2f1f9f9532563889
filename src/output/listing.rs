//! Findings as people read them: those of one rule under one headline, each with its place, sharing their help.
//!
//! Colours are always written; the terminal takes them away where nobody wants them. Every line begins with a word
//! or sign of ours, and only messages are wrapped: a command must survive being copied.

use super::escape::plain;
use crate::model::counted;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const PASSED: Style = AnsiColor::Green.on_default().bold();
pub(super) const ACCENT: Style = AnsiColor::BrightBlue.on_default().bold();

/// How many findings of a rule are spelled out; the rest is a number and a command.
pub(super) const SHOWN: usize = 20;

/// Where messages wrap: `remote: ` before a server's lines still fits into 90 columns.
const WIDTH: usize = 80;

/// What stands before a message's second line.
const INDENT: &str = "      ";

/// The findings of one rule that weigh alike.
pub(super) struct Group<'a> {
    /// Whether they stop something.
    pub is_error: bool,
    /// The rule.
    pub id: &'static str,
    /// What it stands for, as a sentence.
    pub summary: &'static str,
    /// At least one.
    pub entries: Vec<Entry<'a>>,
}

/// One of them.
pub(super) struct Entry<'a> {
    /// Where it is; a finding without a place has its message there. Shown as it is: see [`plain`].
    pub place: Option<String>,
    pub message: &'a str,
    pub help: &'a [String],
}

/// Print a group, and at its end the command that shows what is left out.
pub(super) fn write(group: &Group, rerun: &str, out: &mut dyn Write) -> io::Result<()> {
    let Group { is_error, id, entries, .. } = group;
    let (style, word) = if *is_error { (ERROR, "error") } else { (WARNING, "warning") };
    writeln!(out, "{style}{word}[{id}]{style:#}{BOLD}: {}{BOLD:#}", headline(group.summary))?;
    let (shown, rest) = entries.split_at(entries.len().min(SHOWN));
    for (help, entries) in by_help(shown) {
        for entry in entries {
            write_entry(entry, out)?;
        }
        for (nth, line) in help.iter().enumerate() {
            let sign = if nth == 0 { "= help:" } else { "       " };
            writeln!(out, "   {BOLD}{sign}{BOLD:#} {}", plain(line))?;
        }
    }
    if !rest.is_empty() {
        let rerun = plain(rerun);
        writeln!(out, "  {BOLD}... and {} more{BOLD:#}; see them all: {rerun} --format json", rest.len())?;
    }
    writeln!(out)
}

/// What the policy's error is, and where it was read.
pub(super) fn write_policy_error(error: &str, source: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{WARNING}warning{WARNING:#}: the policy cannot be used: {}", plain(error))?;
    match source.filter(|source| !error.contains(source)) {
        Some(source) => writeln!(out, "  {ACCENT}-->{ACCENT:#} {}", plain(source)),
        None => Ok(()),
    }
}

/// A rule's sentence as a headline.
pub(super) fn headline(summary: &str) -> &str {
    summary.trim_end_matches('.')
}

/// `2 findings, 1 warning`, without what there is none of.
pub(super) fn tally(errors: usize, warnings: usize) -> String {
    let parts = [(errors, "finding"), (warnings, "warning")];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|&(count, noun)| counted(count as u64, noun));
    parts.collect::<Vec<_>>().join(", ")
}

/// Entries that ask for the same next step, brought together in the order of their first.
fn by_help<'g, 'a>(entries: &'g [Entry<'a>]) -> Vec<(&'a [String], Vec<&'g Entry<'a>>)> {
    let mut groups: Vec<(&[String], Vec<&Entry>)> = Vec::new();
    for entry in entries {
        match groups.iter_mut().find(|(help, _)| *help == entry.help) {
            Some((_, group)) => group.push(entry),
            None => groups.push((entry.help, vec![entry])),
        }
    }
    groups
}

/// `--> path:line`, and the message below.
fn write_entry(entry: &Entry, out: &mut dyn Write) -> io::Result<()> {
    let message = plain(entry.message);
    let mut lines = wrap(&message, WIDTH - INDENT.len()).into_iter();
    let first = entry.place.as_deref().or_else(|| lines.next()).unwrap_or_default();
    writeln!(out, "  {ACCENT}-->{ACCENT:#} {first}")?;
    lines.try_for_each(|line| writeln!(out, "{INDENT}{line}"))
}

/// The text in lines of at most `width` characters where its spaces allow it. No line begins with `::`, which a CI
/// runner might take for a command.
fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some((limit, _)) = rest.char_indices().nth(width) {
        let may_end = |at: &usize| {
            let next = rest[*at..].trim_start();
            *at > 0 && !next.is_empty() && !next.starts_with("::")
        };
        let spaces = || rest.match_indices(' ').map(|(at, _)| at);
        let fits = spaces().take_while(|&at| at <= limit).filter(may_end).last();
        let Some(end) = fits.or_else(|| spaces().find(may_end)) else { break };
        lines.push(&rest[..end]);
        rest = rest[end..].trim_start_matches(' ');
    }
    lines.push(rest);
    lines
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Styles as a reader sees them: not at all.
    pub(in super::super) fn without_styles(mut text: String) -> String {
        for style in [ERROR, WARNING, PASSED, ACCENT, BOLD] {
            text = text.replace(&style.render().to_string(), "").replace(&style.render_reset().to_string(), "");
        }
        text
    }

    #[test]
    fn lines_break_at_spaces_and_never_before_a_command() {
        for (raw, want) in [
            ("", &[""][..]),
            ("short", &["short"]),
            ("exactly ten", &["exactly", "ten"]),
            ("ten chars!", &["ten chars!"]),
            ("one two three four", &["one two", "three four"]),
            ("unbreakable-word and more", &["unbreakable-word", "and more"]),
            ("äöüäöü äöüäöü", &["äöüäöü", "äöüäöü"]),
            ("break not ::error::x y", &["break", "not ::error::x", "y"]),
            ("break  not  ::error::x", &["break ", "not  ::error::x"]),
            ("trailing      ", &["trailing      "]),
        ] {
            assert_eq!(wrap(raw, 10), want, "{raw:?}");
        }
    }
}
