//! OpenCode, which has no hooks but plugins: what is read here is written by the plugin that `install --agent opencode` puts in
//! place, on `tool.execute.before` of OpenCode 1.18.33. The plugin throws what is on standard error.

use super::Dialect;
use crate::agent::Agent;
use crate::agent::command::Shell;

pub(super) const DIALECT: Dialect = Dialect {
    agent: Agent::OpenCode,
    events: &["tool.execute.before"],
    shells: &[("bash", Shell::Posix), ("shell", Shell::Posix)],
    edits: &["apply_patch", "edit", "multiedit", "patch", "write"],
    is_its_own: |fields| fields.text(&["hook_event_name"]) == Some("tool.execute.before"),
    deny: |_| None,
    notice: |_| None,
};
