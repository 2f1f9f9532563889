//! What to do instead of what was found: the very command without the way around, where it can be said faithfully on one
//! line, else words.
//!
//! A command is there to be copied. So it is whole or it is none: a word that is not known, a message of several lines, a
//! text on standard input or a long list is never cut out of it. Nothing is judged here.

use super::words::is_open;
use crate::model::{is_invisible, shell_word};
use std::fmt;

/// A longer command is not repeated; whoever typed it has it.
const LONGEST: usize = 200;

/// What to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// A command for a POSIX shell, on one line; and in words, where it cannot be shown as it is.
    Command {
        /// The command.
        line: String,
        /// The words.
        words: String,
    },
    /// Words. They are no command.
    Words(String),
}

/// A command that was found, in the parts that a suggestion is made of.
#[derive(Debug, Default)]
pub(super) struct Typed<'t> {
    /// The variables before it that it may keep.
    pub settings: &'t [(String, String)],
    /// Its words without what is wrong with them.
    pub words: &'t [String],
    /// What is wrong with it, as it was typed: an option, a key, a variable.
    pub gone: &'t [String],
    /// It reads a text that stands elsewhere in the line.
    pub fed: bool,
}

impl Typed<'_> {
    /// The command without what is wrong with it.
    pub(super) fn without(&self) -> Instead {
        let values = || self.settings.iter().map(|(_, value)| value);
        let setting = |(name, value): &(String, String)| format!("{name}={}", shell_word(value));
        let settings = self.settings.iter().map(setting);
        let line: Vec<String> = settings.chain(self.words.iter().map(|word| pasted(word))).collect();
        let is_home = |at: usize| self.words[at].starts_with('~') && !self.keeps_home(at);
        let at_home = (0..self.words.len()).any(is_home) || values().any(|value| value.starts_with('~'));
        let line = line.join(" ");
        let odd = |text: &String| text.chars().any(|c| is_invisible(c) || c == char::REPLACEMENT_CHARACTER);
        let whole = !self.words.iter().chain(values()).any(|text| is_open(text) || odd(text));
        // What is called a password is not repeated, whatever it looks like.
        let secret = self.settings.iter().any(|(name, _)| is_secret(name));
        let input = if self.fed { ", its input included," } else { "" };
        let without = match self.gone {
            [] => "what goes round the hooks".to_owned(),
            gone => gone.iter().map(|word| short(word)).collect::<Vec<_>>().join(" and "),
        };
        let words = format!("run the same command{input} without {without}");
        if whole && !secret && !at_home && !self.fed && line.chars().count() <= LONGEST {
            return Instead::Command { line, words };
        }
        Instead::Words(words)
    }

    /// Whether a `~/…` is sure to be a folder, and none that needs quotes: behind another option it may be a text.
    fn keeps_home(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |before| self.words[before].as_str());
        pasted(&self.words[at]) == self.words[at]
            && (!before.starts_with('-') || matches!(before, "-C" | "--git-dir" | "--work-tree"))
    }
}

/// A variable that may hold a secret, by its name.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL"].iter().any(|word| name.contains(word)) || name.ends_with("AUTH")
}

/// A word that can be pasted; an option stays as it is usually written, and quotes would take its meaning from `~/`.
fn pasted(word: &str) -> String {
    let rest = word.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let rest = rest.or(Some(word).filter(|word| word.starts_with('-')));
    let harmless = rest.is_some_and(|rest| !shell_word(format!("x{rest}")).starts_with('\''));
    if harmless { word.to_owned() } else { shell_word(word) }
}

/// The beginning of a word that may be anything.
fn short(word: &str) -> String {
    const FEW: usize = 40;
    let cut: String = word.chars().take(FEW).collect();
    if cut.len() < word.len() { cut + "…" } else { cut }
}

/// Which options are missing in the second list: long ones as they were typed, of a bundle the letter for `--no-verify`.
pub(super) fn missing(typed: &[String], kept: &[String]) -> Vec<String> {
    let mut gone: Vec<String> = Vec::new();
    let mut kept = kept.iter().peekable();
    for word in typed {
        if kept.next_if_eq(&word).is_some() {
            continue;
        }
        if word.starts_with("--") {
            gone.push(word.clone());
        } else {
            gone.push("-n".to_owned());
            // The rest of the bundle.
            if word.len() > 2 {
                kept.next();
            }
        }
    }
    gone.dedup();
    gone
}

impl Instead {
    /// The same for PowerShell: a command that it would read otherwise is told in words.
    pub(super) fn for_power_shell(self) -> Instead {
        let Instead::Command { line, words } = &self else { return self };
        // Outside of quotes the signs that are harmless to the others are not all harmless to it.
        let bare = line.split('\'').step_by(2).any(|text| text.contains(['@', '%', ',', '\\', '$', '`', '"']));
        let assigns = line.split(' ').next().is_some_and(|word| word.contains('='));
        let at_home = line.split(' ').any(|word| word.starts_with('~'));
        if bare || assigns || at_home || line.starts_with("unset ") {
            return Instead::Words(words.clone());
        }
        self
    }
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Instead::Command { line: text, .. } | Instead::Words(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Instead {
    fn from(words: &str) -> Instead {
        Instead::Words(words.to_owned())
    }
}

impl From<String> for Instead {
    fn from(words: String) -> Instead {
        Instead::Words(words)
    }
}

impl From<&Instead> for Instead {
    fn from(instead: &Instead) -> Instead {
        instead.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Instead, Typed, missing};
    use crate::agent::command::words::UNKNOWN;

    fn words(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn a_command_is_whole_or_none() {
        let open = format!("git|push|origin|{UNKNOWN}:main");
        let long = format!("git|commit|-m|{}", "x".repeat(300));
        let table = [
            ("git|push|origin", false, "git push origin"),
            ("git|commit|-am|it's", false, r"git commit -am 'it'\''s'"),
            ("git|commit|-m|a\n\nb", false, "run the same command without -n"),
            ("git|commit|-m|\u{202e}x", false, "run the same command without -n"),
            ("git|commit|-F|-", true, "run the same command, its input included, without -n"),
            (&open, false, "run the same command without -n"),
            (&long, false, "run the same command without -n"),
        ];
        for (typed, fed, expected) in table {
            let gone = words("-n");
            let said = Typed { words: &words(typed), gone: &gone, fed, ..Typed::default() }.without();
            assert_eq!(said.to_string(), expected);
            assert_eq!(matches!(said, Instead::Command { .. }), expected.starts_with("git"), "{expected}");
        }
    }

    #[test]
    fn variables_that_do_no_harm_stay() {
        let settings = [("A".to_owned(), "b c".to_owned())];
        let typed = Typed { settings: &settings, words: &words("git|push"), ..Typed::default() };
        assert_eq!(typed.without().to_string(), "A='b c' git push");
        let settings = [("GH_TOKEN".to_owned(), "b".to_owned())];
        let gone = words("HUSKY");
        let typed = Typed { settings: &settings, words: &words("git|push"), gone: &gone, fed: false };
        assert_eq!(typed.without(), Instead::Words("run the same command without HUSKY".to_owned()));
    }

    #[test]
    fn what_is_gone_is_named() {
        for (typed, kept, gone) in [
            ("-anm|x", "-am|x", "-n"),
            ("-n|-m|x", "-m|x", "-n"),
            ("origin|--no-verif|main", "origin|main", "--no-verif"),
            ("--no-verify|-n|-m|x", "-m|x", "--no-verify|-n"),
        ] {
            assert_eq!(missing(&words(typed), &words(kept)), words(gone), "{typed}");
        }
    }

    #[test]
    fn power_shell_is_told_what_it_can_read() {
        for (line, same) in [
            ("git push origin HEAD:main", true),
            ("git commit -m 'a b'", true),
            (r"git commit -m 'it'\''s'", false),
            ("git show @{u}", false),
            ("A=b git push", false),
        ] {
            let said = Instead::Command { line: line.to_owned(), words: String::new() }.for_power_shell();
            assert_eq!(matches!(said, Instead::Command { .. }), same, "{line}");
        }
    }
}
