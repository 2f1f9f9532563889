//! Git configuration that decides which hooks run: which keys those are, and what `git config` does to them.
//!
//! Both spellings of `git config` are read, with and without subcommands. Reading is never anybody's business.

use super::finding::{Finding, Kind};
use super::git;
use super::protected;
use super::script::State;
use super::words::is_open;

/// What a configuration key has to do with hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It decides which run, or by which policy.
    Away(Kind),
    /// It can bring in any other key.
    Perhaps,
}

/// What a key means. Section and name ignore letter case, what stands between them does not matter.
pub(super) fn meaning(key: &str) -> Option<Meaning> {
    let key = key.trim().to_ascii_lowercase();
    let (section, name) = (key.split('.').next().unwrap_or_default(), key.rsplit('.').next().unwrap_or_default());
    match (section, name) {
        ("core", "hookspath") => Some(Meaning::Away(Kind::OtherHooks)),
        ("hook", "command" | "event" | "enabled") => Some(Meaning::Away(Kind::OtherHooks)),
        ("ciguard", "policy") => Some(Meaning::Away(Kind::OtherPolicy)),
        ("include" | "includeif", "path") => Some(Meaning::Perhaps),
        _ => None,
    }
}

/// Options of `git config` that take a value as their next word.
const VALUED: [&str; 11] = [
    "-f",
    "--file",
    "--blob",
    "--type",
    "-t",
    "--default",
    "--value",
    "--comment",
    "--url",
    "--fixed-value",
    "--get-urlmatch",
];

/// Judge `git config …`.
pub(super) fn judge(words: &[String], line: &str, state: &mut State) {
    let mut plain: Vec<&str> = Vec::new();
    let mut action = "";
    let mut elsewhere = None;
    let mut rest = words.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        match word {
            "--" => plain.extend(rest.by_ref()),
            "--get" | "--get-all" | "--get-regexp" | "--get-urlmatch" | "--list" | "-l" | "--get-color"
            | "--get-colorbool" => {
                return;
            }
            "--unset" | "--unset-all" | "--add" | "--replace-all" | "--rename-section" | "--remove-section" => {
                action = word.trim_start_matches('-');
            }
            "--edit" | "-e" => action = "edit",
            "-f" | "--file" => elsewhere = rest.next(),
            "--fixed-value" => {}
            word if VALUED.contains(&word) => drop(rest.next()),
            word if word.starts_with("--file=") => elsewhere = word.strip_prefix("--file="),
            word if word.starts_with('-') && word.len() > 1 => {}
            "list" | "get" if action.is_empty() => return,
            "set" | "unset" | "edit" | "rename-section" | "remove-section" if action.is_empty() => action = word,
            // No option stands behind the first word that is none.
            word => plain.extend([word].into_iter().chain(rest.by_ref())),
        }
    }
    // Some other file than git's own is some other repository's business.
    if elsewhere.is_some_and(|file| !protected::is_git_configuration(file, state.protected)) {
        return;
    }
    if action == "edit" {
        return state.notice(Kind::Undecided, line, READ);
    }
    let Some(key) = plain.first() else { return };
    let sections = matches!(action, "rename-section" | "remove-section");
    let value = plain.get(1);
    if !sections && !action.starts_with("unset") && value.is_none() {
        return;
    }
    if sections {
        let section = key.split('.').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(section.as_str(), "core" | "hook" | "ciguard") {
            state.deny(Finding::new(Kind::OtherHooks, line, READ));
        } else if matches!(section.as_str(), "include" | "includeif") {
            state.notice(Kind::Undecided, line, READ);
        }
        return;
    }
    match meaning(key) {
        Some(Meaning::Away(kind)) => state.deny(Finding::new(kind, line, READ)),
        Some(Meaning::Perhaps) => state.notice(Kind::Undecided, line, READ),
        None => {
            let alias = key.split_once('.').filter(|(section, _)| section.eq_ignore_ascii_case("alias"));
            if let (Some((_, name)), Some(value)) = (alias, value.filter(|value| !is_open(value))) {
                // An alias is judged by what it will do.
                let before = state.findings.len();
                git::alias(value, &[], &[], &[], state);
                for found in state.findings.iter_mut().skip(before) {
                    found.retell(format!("the alias {name}"), ALIAS);
                }
            }
        }
    }
}

const ALIAS: &str = "leave the alias as it is, or set it to a command that runs the hooks";

const READ: &str = "leave hook settings as they are: git config --get-regexp '^(core.hookspath|hook[.])' shows them";

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};
    use crate::agent::command::Kind;

    #[test]
    fn keys() {
        for key in ["core.hooksPath", "CORE.HOOKSPATH", "hook.x.command", "Hook.a.b.Enabled", "hook.pre-push.enabled"] {
            assert_eq!(meaning(key), Some(Meaning::Away(Kind::OtherHooks)), "{key}");
        }
        for key in
            ["core.hooks", "core.hookspath2", "user.name", "hooks.allownonascii", "xcore.hookspath", "hook.x.parallel"]
        {
            assert_eq!(meaning(key), None, "{key}");
        }
        assert_eq!(meaning("ciguard.policy"), Some(Meaning::Away(Kind::OtherPolicy)));
        assert_eq!(meaning("includeIf.gitdir:~/x.path"), Some(Meaning::Perhaps));
    }
}
