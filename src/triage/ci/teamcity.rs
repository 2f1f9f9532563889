//! TeamCity: `Step 2/3: Build (Command Line)` begins a step, `Process exited with code 1` ends it.

use super::{Dialect, Marker, System, begins, failed, steps::Steps};

pub(super) const DIALECT: Dialect = Dialect {
    system: System::TeamCity,
    needles: &[
        "teamcity build agent ",
        "step 1/",
        "step 2/",
        "step 3/",
        "step 4/",
        "step 5/",
        "step 6/",
        "step 7/",
        "step 8/",
        "step 9/",
        "process exited with code ",
        "build canceled",
        "execution timeout",
    ],
    shows: |piece| piece.starts_with("TeamCity build agent ") || exit(piece).is_some_and(|(_, step)| step),
    marker,
    aside: |_| false,
    steps: |digest| Steps::read(digest, &DIALECT),
};

/// The exit code, and whether the line names the step.
fn exit(piece: &str) -> Option<(u32, bool)> {
    let rest = piece.trim_end().strip_prefix("Process exited with code ")?;
    let (code, step) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((code.parse().ok()?, step.starts_with("(Step: ")))
}

fn marker(piece: &str) -> Option<Marker> {
    let said = piece.trim_end();
    if let Some((code, _)) = exit(said) {
        return failed(code);
    }
    if let Some((number, name)) = said.strip_prefix("Step ").and_then(|step| step.split_once(": ")) {
        let (at, of) = number.split_once('/')?;
        let numbers = [at, of].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        return if numbers && name.ends_with(')') { begins(name) } else { None };
    }
    if said.starts_with("Execution timeout") {
        return Some(Marker::TimedOut);
    }
    (said == "Build canceled" || said.starts_with("Build was canceled by ")).then_some(Marker::Cancelled)
}
