//! Claude Code, `PreToolUse`. As version 2.1.330 sends it (2.1.197 too), its hooks reference, autumn 2026.
//!
//! `Monitor` runs a command, or listens to a socket, which is none of our business. A hook that asks for `Bash` and not for
//! `Monitor` is told of it as `Bash`.
//!
//! Copilot reads `.claude/settings.json` too and then sends the same fields with the same tools' names; for it, exit code 2 is the
//! denial.

use super::{Dialect, pre_tool_use_deny, system_message};
use crate::agent::Agent;
use crate::agent::command::Shell;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Claude,
    events: &["PreToolUse"],
    shells: &[("Bash", Shell::Posix), ("Monitor", Shell::Posix), ("PowerShell", Shell::PowerShell)],
    edits: &["Edit", "MultiEdit", "NotebookEdit", "Write"],
    is_its_own: |fields| fields.text(&["hook_event_name"]) == Some("PreToolUse") && fields.has("tool_name"),
    deny: pre_tool_use_deny,
    notice: system_message,
};
