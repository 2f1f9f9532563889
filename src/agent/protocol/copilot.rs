//! GitHub Copilot, the CLI and the cloud agent, `preToolUse`. After content/copilot/reference/hooks-reference.md of github/docs,
//! autumn 2026.
//!
//! It names no event in its own spelling. `toolArgs` is an object by the reference and a text with JSON in practice. Configured
//! as `PreToolUse`, it sends Claude Code's fields and names, and a time stamp, which Claude Code does not.

use super::Dialect;
use crate::agent::Agent;
use crate::agent::command::Shell;
use serde_json::json;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Copilot,
    events: &["preToolUse", "PreToolUse"],
    shells: &[("bash", Shell::Posix), ("powershell", Shell::PowerShell), ("Bash", Shell::Posix)],
    edits: &["apply_patch", "create", "edit", "str_replace_editor", "Edit", "Write"],
    is_its_own: |fields| {
        let claude_like = fields.text(&["hook_event_name"]) == Some("PreToolUse") && fields.has("timestamp");
        fields.has("toolName") || claude_like
    },
    deny: |reason| Some(json!({ "permissionDecision": "deny", "permissionDecisionReason": reason })),
    notice: |_| None, // it has no words that are no decision
};
