//! Codex CLI, `PreToolUse`. As version 0.169.0 sends it, codex-rs/hooks (events/pre_tool_use.rs) and its hooks page, autumn 2026.
//!
//! After exit code 2 it reads standard error only, and takes an empty one for a fault of the hook. `apply_patch` has the patch in
//! the field that a command has otherwise. Its `exec_command` is told as `Bash`, with the folder that it is given as `cwd`, also when
//! a script of its code mode calls it. What is typed into a command that runs already (`write_stdin`) is not told at all.
//!
//! A command that is nothing but `apply_patch` with a here-document runs in no shell: Codex takes it for its own tool, and so is it
//! read here.

use super::{Dialect, pre_tool_use_deny, system_message};
use crate::agent::Agent;
use crate::agent::command::Shell;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::Codex,
    events: &["PreToolUse"],
    shells: &[
        ("Bash", Shell::Posix),
        ("exec_command", Shell::Posix),
        ("local_shell", Shell::Posix),
        ("shell", Shell::Posix),
    ],
    edits: &["apply_patch", "Edit", "Write"],
    is_its_own: |fields| fields.text(&["hook_event_name"]) == Some("PreToolUse") && fields.has("turn_id"),
    deny: pre_tool_use_deny,
    notice: system_message,
};
