//! Which agents an installation is for.

use crate::agent::Agent;
use clap::ValueEnum;

/// An agent by name, or those that are used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AgentName {
    /// Those whose folder or program is found
    Auto,
    /// Claude Code
    Claude,
    /// Codex CLI
    Codex,
    /// Cursor
    Cursor,
    /// Gemini CLI
    Gemini,
    /// GitHub Copilot
    Copilot,
    /// OpenCode
    #[value(name = "opencode")]
    OpenCode,
}

impl AgentName {
    /// The one agent that is meant.
    pub(in crate::cli) fn agent(self) -> Option<Agent> {
        match self {
            AgentName::Auto => None,
            AgentName::Claude => Some(Agent::Claude),
            AgentName::Codex => Some(Agent::Codex),
            AgentName::Cursor => Some(Agent::Cursor),
            AgentName::Gemini => Some(Agent::Gemini),
            AgentName::Copilot => Some(Agent::Copilot),
            AgentName::OpenCode => Some(Agent::OpenCode),
        }
    }
}
