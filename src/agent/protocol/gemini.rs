//! Gemini CLI, `BeforeTool`. After docs/hooks/reference.md and hookRunner.ts of its repository, autumn 2026.

use super::{Dialect, system_message};
use crate::agent::Agent;
use crate::agent::command::Shell;
use serde_json::json;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Gemini,
    events: &["BeforeTool"],
    shells: &[("run_shell_command", Shell::Posix)],
    edits: &["replace", "write_file"],
    is_its_own: |fields| fields.text(&["hook_event_name"]) == Some("BeforeTool"),
    deny: |reason| Some(json!({ "decision": "deny", "reason": reason })),
    notice: system_message,
};
