//! OpenCode: a plugin of our own among its plugins. After its plugin page and the types of @opencode-ai/plugin 1.18.

use super::{Form, Place, in_repository, of_user};
use crate::agent::Agent;

pub(super) const PLACES: [Place; 2] = [
    in_repository(Agent::OpenCode, ".opencode", "plugins/ci-guard.js", Form::Plugin),
    of_user(
        Agent::OpenCode,
        ".config/opencode",
        Some(("XDG_CONFIG_HOME", "opencode")),
        "plugins/ci-guard.js",
        Form::Plugin,
    ),
];
