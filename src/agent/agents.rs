//! Which agents there are. What each of them says and where it is configured is told elsewhere, one file an agent.

/// An agent that can be made to ask before it uses a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agent {
    /// Claude Code.
    Claude,
    /// Codex CLI.
    Codex,
    /// Cursor.
    Cursor,
    /// Gemini CLI.
    Gemini,
    /// GitHub Copilot, the CLI and the cloud agent.
    Copilot,
    /// OpenCode.
    OpenCode,
}

impl Agent {
    /// All of them, in the order in which they are told.
    pub const ALL: [Agent; 6] =
        [Agent::Claude, Agent::Codex, Agent::Cursor, Agent::Gemini, Agent::Copilot, Agent::OpenCode];

    /// The name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Agent::Claude => "claude",
            Agent::Codex => "codex",
            Agent::Cursor => "cursor",
            Agent::Gemini => "gemini",
            Agent::Copilot => "copilot",
            Agent::OpenCode => "opencode",
        }
    }

    /// The agent of that name.
    pub fn named(id: &str) -> Option<Agent> {
        Agent::ALL.into_iter().find(|agent| agent.id() == id)
    }
}
