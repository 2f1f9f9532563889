//! Cursor, `beforeShellExecution` and `preToolUse`. After fixtures and references that cite its hooks page of autumn 2026; the page
//! itself says no more in public copies than which events there are.

use super::Dialect;
use crate::agent::Agent;
use crate::agent::command::Shell;
use serde_json::json;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Cursor,
    events: &["beforeShellExecution", "preToolUse"],
    shells: &[("Shell", Shell::Posix), ("run_terminal_cmd", Shell::Posix)],
    edits: &[
        "Delete",
        "Edit",
        "EditNotebook",
        "MultiEdit",
        "StrReplace",
        "Write",
        "edit_file",
        "search_replace",
        "write",
    ],
    is_its_own: |fields| {
        fields.has("cursor_version")
            || fields.has("generation_id")
            || fields.text(&["hook_event_name"]) == Some("beforeShellExecution")
    },
    deny: |reason| Some(json!({ "permission": "deny", "user_message": reason, "agent_message": reason })),
    notice: |_| None, // it has no words that are no decision
};
