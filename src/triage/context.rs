//! Which run a log is of, from the variables that CI systems set in a job.

use crate::model::RunContext;

/// The run that this process is part of. `get` looks a variable up.
pub fn of_job(get: &dyn Fn(&str) -> Option<String>) -> RunContext {
    RunContext { repo: get("GITHUB_REPOSITORY"), run_id: get("GITHUB_RUN_ID"), ..RunContext::default() }
}
