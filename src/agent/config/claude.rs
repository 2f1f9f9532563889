//! Claude Code: `hooks.PreToolUse` of its settings. After its settings and hooks reference, autumn 2026, and version 2.1.330, which
//! takes nothing from settings that have a comment or a trailing comma.
//!
//! Copilot CLI runs what stands in a repository's settings too, and takes every failure of it for a denial: so the command line there
//! forgives all but exit code 2. Claude Code alone would tell its user of a program that is missing.

use super::json::Entry;
use super::{Form, Json, PATIENCE, Place, entry, in_repository, of_user};
use crate::agent::Agent;

pub(super) const PLACES: [Place; 2] = [
    in_repository(
        Agent::Claude,
        ".claude",
        "settings.json",
        form(|program| entries(entry::posix_forgiving(program, Agent::Claude))),
    ),
    of_user(
        Agent::Claude,
        ".claude",
        Some(("CLAUDE_CONFIG_DIR", "")),
        "settings.json",
        form(|program| entries(entry::posix(program, Agent::Claude))),
    ),
];

const fn form(entries: fn(&str) -> Vec<(&'static str, Entry)>) -> Form {
    Form::PlainJson(Json { entries, is_versioned: false })
}

fn entries(command: String) -> Vec<(&'static str, Entry)> {
    let handler = vec![("type", "command".into()), ("command", command.into()), ("timeout", Entry::Number(PATIENCE))];
    let tools = "Bash|Monitor|PowerShell|Edit|MultiEdit|Write|NotebookEdit".into();
    vec![("PreToolUse", Entry::Object(vec![("matcher", tools), ("hooks", Entry::List(vec![Entry::Object(handler)]))]))]
}
