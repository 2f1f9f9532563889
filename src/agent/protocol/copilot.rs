//! GitHub Copilot, the CLI and the cloud agent, `preToolUse`. After what the CLI 1.0.102 sends, and for the cloud agent after
//! content/copilot/reference/hooks-reference.md of github/docs, autumn 2026.
//!
//! It names no event in its own spelling. `toolArgs` is an object, by reports a text with JSON in older versions, and for
//! `apply_patch` the bare patch. Configured as `PreToolUse`, and in a repository's `.claude/settings.json`, it sends Claude Code's
//! fields and tools' names, with a time stamp and without a transcript. It understands this answer only: of Claude Code's it
//! takes the exit code and loses the reason.

use super::Dialect;
use crate::agent::Agent;
use crate::agent::command::Shell;
use serde_json::json;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Copilot,
    events: &["preToolUse", "PreToolUse"],
    shells: &[
        ("bash", Shell::Posix),
        ("powershell", Shell::PowerShell),
        ("Bash", Shell::Posix),
        ("PowerShell", Shell::PowerShell),
    ],
    edits: &["apply_patch", "create", "edit", "str_replace_editor", "Edit", "Write"],
    is_its_own: |fields| {
        let claude_like = fields.text(&["hook_event_name"]) == Some("PreToolUse");
        fields.has("toolName") || (claude_like && fields.has("timestamp") && !fields.has("transcript_path"))
    },
    deny: |reason| Some(json!({ "permissionDecision": "deny", "permissionDecisionReason": reason })),
    notice: |_| None, // `additionalContext` would tell the model, and nobody else
};
