//! Codex CLI: `hooks.json`, or the `hooks` tables of `config.toml` where a user has them already, because Codex warns of a folder
//! that has both. After codex-rs/hooks (engine/discovery.rs) and its hooks page, autumn 2026, and version 0.169.0, which takes
//! nothing from a `hooks.json` that has a comment, a trailing comma or a byte order mark.
//!
//! Codex runs a new hook only once its user trusted it. That is never done for them. It knows the hook again by its place in the
//! list and by what it says, so ours goes to the end, where it moves no other.

use super::json::Entry;
use super::{Form, Json, PATIENCE, Place, entry, in_repository, of_user};
use crate::agent::Agent;

/// The tools that it is asked for.
pub(super) const TOOLS: &str = "Bash|apply_patch";

const FORM: Form = Form::PlainJson(Json { entries, is_versioned: false });

pub(super) const PLACES: [Place; 4] = [
    in_repository(Agent::Codex, ".codex", "hooks.json", FORM),
    in_repository(Agent::Codex, ".codex", "config.toml", Form::Toml),
    of_user(Agent::Codex, ".codex", Some(("CODEX_HOME", "")), "hooks.json", FORM),
    of_user(Agent::Codex, ".codex", Some(("CODEX_HOME", "")), "config.toml", Form::Toml),
];

fn entries(program: &str) -> Vec<(&'static str, Entry)> {
    let handler = vec![
        ("type", "command".into()),
        ("command", entry::posix(program, Agent::Codex).into()),
        ("timeout", Entry::Number(PATIENCE)),
    ];
    let hooks = Entry::List(vec![Entry::Object(handler)]);
    vec![("PreToolUse", Entry::Object(vec![("matcher", TOOLS.into()), ("hooks", hooks)]))]
}
