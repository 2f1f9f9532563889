//! Cursor: `hooks.json`, one entry for commands and one for edits. After public copies of its hooks page, autumn 2026.
//!
//! `failClosed` is left out on purpose: a guard that cannot start stops nobody.

use super::json::Entry;
use super::{Form, Json, PATIENCE, Place, entry, in_repository, of_user};
use crate::agent::Agent;

const FORM: Form = Form::Json(Json { entries, is_versioned: true });

pub(super) const PLACES: [Place; 2] = [
    in_repository(Agent::Cursor, ".cursor", "hooks.json", FORM),
    of_user(Agent::Cursor, ".cursor", None, "hooks.json", FORM),
];

fn entries(program: &str) -> Vec<(&'static str, Entry)> {
    let command = || ("command", entry::posix(program, Agent::Cursor).into());
    let timeout = || ("timeout", Entry::Number(PATIENCE));
    let tools = "Write|Edit|MultiEdit|StrReplace|EditNotebook|ApplyPatch|Delete".into();
    vec![
        ("beforeShellExecution", Entry::Object(vec![command(), timeout()])),
        ("preToolUse", Entry::Object(vec![command(), ("matcher", tools), timeout()])),
    ]
}
