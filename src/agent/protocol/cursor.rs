//! Cursor, `beforeShellExecution` and `preToolUse`. After public copies of its hooks page and the requests of its version 3.1
//! that public projects test against, autumn 2026; it has not been run here.
//!
//! Its folder is empty or missing at times: then the first of `workspace_roots` is meant. A byte order mark may come first.

use super::Dialect;
use crate::agent::Agent;
use crate::agent::command::Shell;
use serde_json::json;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Cursor,
    events: &["beforeShellExecution", "preToolUse"],
    shells: &[("Shell", Shell::Posix), ("run_terminal_cmd", Shell::Posix)],
    edits: &[
        "ApplyPatch",
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
