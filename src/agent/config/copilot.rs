//! GitHub Copilot: a file of our own among its hook files. After what the CLI 1.0.102 does, and
//! content/copilot/reference/hooks-reference.md of github/docs, autumn 2026. Every failure of a hook is a denial there, so the
//! command line forgives all but exit code 2.

use super::json::Entry;
use super::{Form, Json, PATIENCE, Place, entry, in_repository, of_user};
use crate::agent::Agent;

const FORM: Form = Form::PlainJson(Json { entries, is_versioned: true });

pub(super) const PLACES: [Place; 2] = [
    in_repository(Agent::Copilot, ".github/hooks", "ci-guard.json", FORM),
    of_user(Agent::Copilot, ".copilot", Some(("COPILOT_HOME", "")), "hooks/ci-guard.json", FORM),
];

fn entries(program: &str) -> Vec<(&'static str, Entry)> {
    let handler = vec![
        ("type", "command".into()),
        ("matcher", "bash|powershell|create|edit|str_replace_editor|apply_patch".into()),
        ("bash", entry::posix_forgiving(program, Agent::Copilot).into()),
        ("powershell", entry::powershell_forgiving(program, Agent::Copilot).into()),
        ("timeoutSec", Entry::Number(PATIENCE)),
    ];
    vec![("preToolUse", Entry::Object(handler))]
}
