//! The plugin for OpenCode: a file that is ours as a whole. One of the same name that somebody else wrote is left alone.

/// The first line, by which the file is known again.
const HEAD: &str = "// ci-guard hook agent: written by `ci-guard install --agent opencode`, taken away by `uninstall`.";

const BODY: &str = r#"
// Before a command is run or a file is changed, ci-guard is asked. Only its exit code 2 stops the tool: a guard that is
// missing, slow or broken stops nobody. What it says is shown to the user too: the screen has no more than the tool's end.
import { spawnSync } from "node:child_process";

const program = PROGRAM;
const tools = ["bash", "shell", "write", "edit", "multiedit", "patch", "apply_patch"];

function ask(input, output, directory) {
  try {
    const asked = {
      hook_event_name: "tool.execute.before",
      session_id: input.sessionID,
      cwd: directory,
      tool_name: input.tool,
      tool_input: output.args,
    };
    return spawnSync(program, ["hook", "agent", "--agent", "opencode"], {
      input: JSON.stringify(asked),
      encoding: "utf8",
      timeout: TIMEOUT,
    });
  } catch {
    return {};
  }
}

function tell(client, variant, message) {
  try {
    client.tui.showToast({ body: { title: "ci-guard", message, variant } }).catch(() => {});
  } catch {}
}

export const CiGuard = async ({ client, directory }) => ({
  "tool.execute.before": async (input, output) => {
    if (!tools.includes(input.tool)) return;
    const answer = ask(input, output, directory);
    const said = (answer.stderr ?? "").trim();
    if (said) tell(client, answer.status === 2 ? "error" : "warning", said);
    if (answer.status === 2) throw new Error(said);
  },
});
"#;

/// The file for this program.
pub(super) fn add(before: Option<&str>, program: &str) -> Result<String, String> {
    if before.is_some_and(|before| !is_ours(before)) {
        return Err("it is there already, and ci-guard did not write it".into());
    }
    let program = serde_json::Value::from(program).to_string();
    let timeout = (super::PATIENCE * 1000).to_string();
    Ok(format!("{HEAD}{}", BODY.replace("TIMEOUT", &timeout).replace("PROGRAM", &program)))
}

/// What is left of the file: all of it, if it is not ours.
pub(super) fn remove(before: &str) -> Result<Option<String>, String> {
    Ok((!is_ours(before)).then(|| before.to_owned()))
}

fn is_ours(text: &str) -> bool {
    text.starts_with("// ci-guard hook agent")
}
