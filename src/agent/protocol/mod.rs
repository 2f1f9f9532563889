//! What agents say and want to hear: bytes of JSON → [`Asked`], an [`Answer`] → [`Reply`]. One file an agent.
//!
//! An agent never gets an error for what it sent: what cannot be read is [`Tool::Unreadable`], what is about no command and no
//! edit is [`Tool::Other`]. A denial is exit code 2 with the reason on standard error, which every agent takes for one, and one
//! JSON object in the agent's own shape on standard output. Exit code 1 is never used: several agents carry on after it. Allowing
//! is silence: an explicit "allow" would take away the agent's own question to its user.

mod claude;
mod codex;
mod copilot;
mod cursor;
mod fields;
mod gemini;
mod opencode;

use super::Agent;
use super::command::Shell;
use fields::Fields;
use serde_json::Value;

/// What an agent is about to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who asks; `None` when it did not say and its words do not tell.
    pub agent: Option<Agent>,
    /// What it does.
    pub tool: Tool,
    /// The folder that it works in.
    pub cwd: Option<String>,
    /// Its own name for the conversation.
    pub session: Option<String>,
}

/// The use of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// It runs a command line.
    Command {
        /// The line, which may be many.
        line: String,
        /// Who is to read it.
        shell: Shell,
    },
    /// It writes, moves or deletes files.
    Edit {
        /// As the agent spells them.
        paths: Vec<String>,
    },
    /// It is none of our business: another tool, or another event.
    Other,
    /// What it does cannot be told, for this reason.
    Unreadable(String),
}

/// What is said to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing.
    Silent,
    /// Go on, but somebody should know this.
    Notice(String),
    /// No, for this reason.
    Deny(String),
}

/// What the process does to say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// 0 or 2.
    pub code: u8,
    /// Empty, or one JSON object and a line end.
    pub stdout: Vec<u8>,
    /// For the agent, its log or its user.
    pub stderr: Vec<u8>,
}

/// How one agent speaks.
struct Dialect {
    agent: Agent,
    /// Its events before a tool is used. An agent that sends no event's name is taken to mean one of them.
    events: &'static [&'static str],
    /// Tools that run a command line.
    shells: &'static [(&'static str, Shell)],
    /// Tools that change files.
    edits: &'static [&'static str],
    /// Whether only this agent sends such fields.
    is_its_own: fn(&Fields) -> bool,
    /// Its JSON for a denial.
    deny: fn(&str) -> Option<Value>,
    /// Its JSON for a word to the user.
    notice: fn(&str) -> Option<Value>,
}

/// In the order in which they are recognised: the clearest marks first.
const DIALECTS: [&Dialect; 6] =
    [&opencode::DIALECT, &cursor::DIALECT, &gemini::DIALECT, &codex::DIALECT, &copilot::DIALECT, &claude::DIALECT];

/// Read what an agent sent. `named` is the agent that the command line names.
pub fn read(bytes: &[u8], named: Option<Agent>) -> Asked {
    let fields = match Fields::read(bytes) {
        Ok(fields) => fields,
        Err(reason) => return Asked { agent: named, tool: Tool::Unreadable(reason), cwd: None, session: None },
    };
    let recognised = || DIALECTS.into_iter().find(|dialect| (dialect.is_its_own)(&fields));
    // Others run Claude Code's entry too, in their own words: Copilot a repository's, Cursor every one.
    let is_borrowed = |other: &&Dialect| matches!(other.agent, Agent::Copilot | Agent::Cursor);
    let dialect = match named {
        Some(Agent::Claude) => recognised().filter(is_borrowed).or(Some(&claude::DIALECT)),
        named => named.map(dialect).or_else(recognised),
    };
    let text = |names: &[&str]| fields.text(names).map(str::to_owned);
    Asked {
        agent: dialect.map(|dialect| dialect.agent),
        tool: dialect.map_or(Tool::Other, |dialect| dialect.tool(&fields)),
        cwd: folder(text(&["cwd"]).filter(|cwd| !cwd.is_empty()).or_else(|| fields.root()), &fields.input()),
        session: text(&["session_id", "sessionId", "sessionID", "conversation_id"]),
    }
}

/// The folder that a command begins in, where its tool is given one of its own.
fn folder(cwd: Option<String>, input: &Fields) -> Option<String> {
    match (cwd, input.text(&["dir_path", "workdir", "working_directory", "cwd"]).filter(|own| !own.is_empty())) {
        (Some(cwd), Some(own)) if !own.starts_with('/') && own.get(1..2) != Some(":") => Some(format!("{cwd}/{own}")),
        (cwd, own) => own.filter(|own| !own.starts_with('~')).map(str::to_owned).or(cwd),
    }
}

/// What to do to give this answer.
pub fn reply(agent: Option<Agent>, answer: &Answer) -> Reply {
    let dialect = agent.map(dialect);
    let object = |value: Option<Value>| value.map(|value| format!("{value}\n").into_bytes()).unwrap_or_default();
    let line = |text: &str| format!("{text}\n").into_bytes();
    match answer {
        Answer::Silent => Reply::default(),
        Answer::Notice(text) => {
            Reply { code: 0, stdout: object(dialect.and_then(|own| (own.notice)(text))), stderr: line(text) }
        }
        Answer::Deny(text) => {
            Reply { code: 2, stdout: object(dialect.and_then(|own| (own.deny)(text))), stderr: line(text) }
        }
    }
}

fn dialect(agent: Agent) -> &'static Dialect {
    match agent {
        Agent::Claude => &claude::DIALECT,
        Agent::Codex => &codex::DIALECT,
        Agent::Cursor => &cursor::DIALECT,
        Agent::Gemini => &gemini::DIALECT,
        Agent::Copilot => &copilot::DIALECT,
        Agent::OpenCode => &opencode::DIALECT,
    }
}

impl Dialect {
    fn tool(&self, fields: &Fields) -> Tool {
        let event = fields.text(&["hook_event_name", "hookEventName"]);
        if event.is_some_and(|event| !self.events.contains(&event)) {
            return Tool::Other;
        }
        let name = fields.text(&["tool_name", "toolName", "tool"]);
        let input = fields.input();
        let shell = self.shells.iter().find(|(tool, _)| Some(*tool) == name).map(|(_, shell)| *shell);
        // Cursor's event for commands names no tool, and has the command at the top.
        let shell = shell.or_else(|| (name.is_none() && fields.has("command")).then_some(Shell::Posix));
        if let Some(shell) = shell {
            let holder = if name.is_none() { fields } else { &input };
            // One tool for both: Claude Code's also listens to sockets.
            if name == Some("Monitor") && !input.has("command") {
                return Tool::Other;
            }
            return match holder.text(&["command", "cmd"]) {
                Some(line) => Tool::Command { line: line.to_owned(), shell },
                None => match holder.words("command") {
                    Some(line) => Tool::Command { line, shell },
                    None => Tool::Unreadable(format!(
                        "{} is about to run a command, and did not say which",
                        self.agent.id()
                    )),
                },
            };
        }
        if name.is_none_or(|name| !self.edits.contains(&name)) {
            return Tool::Other;
        }
        // One tool for both: Copilot's also shows files.
        if name == Some("str_replace_editor") && input.text(&["command"]) == Some("view") {
            return Tool::Other;
        }
        match input.paths() {
            paths if paths.is_empty() => {
                Tool::Unreadable(format!("{} is about to change a file, and did not say which", self.agent.id()))
            }
            paths => Tool::Edit { paths },
        }
    }
}

/// `{"systemMessage": …}`, which several agents show to their user.
fn system_message(text: &str) -> Option<Value> {
    Some(serde_json::json!({ "systemMessage": text }))
}

/// The denial that Claude Code made and others took over.
fn pre_tool_use_deny(reason: &str) -> Option<Value> {
    Some(serde_json::json!({ "hookSpecificOutput": {
        "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason,
    }}))
}

#[cfg(test)]
mod tests;
