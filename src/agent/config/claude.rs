//! Claude Code: `hooks.PreToolUse` of its settings. After its settings and hooks reference, autumn 2026, and version 2.1.330, which
//! takes nothing from settings that have a comment or a trailing comma.

use super::json::Entry;
use super::{Form, Json, PATIENCE, Place, entry, in_repository, of_user};
use crate::agent::Agent;

const FORM: Form = Form::PlainJson(Json { entries, is_versioned: false });

pub(super) const PLACES: [Place; 2] = [
    in_repository(Agent::Claude, ".claude", "settings.json", FORM),
    of_user(Agent::Claude, ".claude", Some(("CLAUDE_CONFIG_DIR", "")), "settings.json", FORM),
];

fn entries(program: &str) -> Vec<(&'static str, Entry)> {
    let handler = vec![
        ("type", "command".into()),
        ("command", entry::posix(program, Agent::Claude).into()),
        ("timeout", Entry::Number(PATIENCE)),
    ];
    let tools = "Bash|Monitor|PowerShell|Edit|MultiEdit|Write|NotebookEdit".into();
    vec![("PreToolUse", Entry::Object(vec![("matcher", tools), ("hooks", Entry::List(vec![Entry::Object(handler)]))]))]
}
