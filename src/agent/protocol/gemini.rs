//! Gemini CLI, `BeforeTool`. After what its version 0.61.0 sends and does.
//!
//! It reads the JSON on standard output whatever the exit code is; a code other than 0 it reports as a hook that failed, too.

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
    // The reason is for the model; the user is shown the message, and of a denied tool nothing else.
    deny: |reason| Some(json!({ "decision": "deny", "reason": reason, "systemMessage": reason })),
    notice: system_message,
};
