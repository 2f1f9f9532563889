//! Gemini CLI: `hooks.BeforeTool` of its settings. After what its version 0.61.0 does.
//!
//! It counts the time in milliseconds, and takes a failed hook that says something for a denial. The denial itself is the JSON
//! on standard output; after exit code 2 it would be shown as a hook that failed, so the command line always ends well.

use super::json::Entry;
use super::{Form, Json, PATIENCE, Place, entry, in_repository, of_user};
use crate::agent::Agent;

const FORM: Form = Form::Json(Json { entries, is_versioned: false });

pub(super) const PLACES: [Place; 2] = [
    in_repository(Agent::Gemini, ".gemini", "settings.json", FORM),
    of_user(Agent::Gemini, ".gemini", None, "settings.json", FORM),
];

fn entries(program: &str) -> Vec<(&'static str, Entry)> {
    let handler = vec![
        ("name", "ci-guard".into()),
        ("type", "command".into()),
        ("command", entry::posix_ending_well(program, Agent::Gemini).into()),
        ("timeout", Entry::Number(PATIENCE * 1000)),
    ];
    let tools = "run_shell_command|write_file|replace".into();
    vec![("BeforeTool", Entry::Object(vec![("matcher", tools), ("hooks", Entry::List(vec![Entry::Object(handler)]))]))]
}
