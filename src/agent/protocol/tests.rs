//! Every agent's recorded JSON, what it is read as, and what each answer looks like to each agent.
//!
//! Claude Code's is that of version 2.1.330. Codex CLI's is that of 0.169.0, but for `codex-words`, which older ones document.

use super::*;
use proptest::prelude::*;

/// What a fixture is read as, in few words.
const READ: &[(&str, &[u8], &str)] = {
    macro_rules! row {
        ($name:literal, $want:literal) => {
            ($name, include_bytes!(concat!("../../../tests/fixtures/agents/", $name, ".json")), $want)
        };
    }
    &[
        row!("claude-bash", "claude Posix: git push --no-verify origin HEAD"),
        row!("claude-background", "claude Posix: git push --no-verify origin HEAD"),
        row!("claude-subagent", "claude Posix: git push --no-verify origin HEAD"),
        row!("claude-monitor", "claude Posix: git push --no-verify origin HEAD"),
        row!("claude-socket", "claude other"),
        row!("claude-powershell", "claude PowerShell: git push --no-verify origin HEAD"),
        row!("claude-write", "claude edits /home/dev/shop/.git/hooks/pre-push"),
        row!("claude-edit", "claude edits /home/dev/shop/src/cart.rs"),
        row!("claude-notebook", "claude edits /home/dev/shop/n.ipynb"),
        row!("claude-read", "claude other"),
        row!("claude-post", "claude other"),
        row!("claude-stop", "claude other"),
        row!("claude-mcp", "claude other"),
        row!("codex-bash", "codex Posix: git push --no-verify origin HEAD"),
        row!("codex-code-mode", "codex Posix: git push --no-verify origin HEAD"),
        row!("codex-subagent", "codex Posix: git push --no-verify origin HEAD"),
        row!("codex-apply-patch", "codex edits .codex/hooks.json"),
        // The words of a shell, and read as a shell reads them.
        row!(
            "codex-patch-in-bash",
            "codex Posix: apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: .git/hooks/pre-commit\n+#!/bin/sh\n*** End Patch\nEOF"
        ),
        row!("codex-words", "codex Posix: 'bash' '-lc' 'git push --no-verify'"),
        // Cursor 2.6 after its page, and 3.1 in the shape that public projects test against; not recorded here.
        row!("cursor-shell", "cursor Posix: git push --no-verify origin HEAD"),
        row!("cursor-pre-shell", "cursor Posix: git push --no-verify origin HEAD"),
        row!("cursor-pre-shell-3", "cursor Posix: git push --no-verify origin HEAD"),
        row!("cursor-patch", "cursor edits .git/hooks/pre-push"),
        row!("cursor-write", "cursor edits /home/dev/shop/.cursor/hooks.json"),
        row!("cursor-mcp", "cursor other"),
        // Gemini CLI 0.61.0.
        row!("gemini-shell", "gemini Posix: git push --no-verify origin HEAD"),
        row!("gemini-write", "gemini edits /home/dev/shop/.gemini/settings.json"),
        row!("gemini-replace", "gemini edits notes.txt"),
        row!("gemini-mentions", "gemini Posix: git commit --allow-empty -m 'say why --no-verify is denied'"),
        row!("gemini-read", "gemini other"),
        // Copilot CLI 1.0.102; `-text`, `-powershell` and `-view` after what is told of others.
        row!("copilot-bash-text", "copilot Posix: git push --no-verify origin HEAD"),
        row!("copilot-bash-object", "copilot Posix: git push --no-verify origin HEAD"),
        row!("copilot-powershell", "copilot PowerShell: git push --no-verify origin HEAD"),
        row!("copilot-agent", "copilot Posix: git push --no-verify origin HEAD"),
        row!("copilot-mentions", "copilot Posix: git commit --allow-empty -m 'say why --no-verify is denied'"),
        row!("copilot-create", "copilot edits /home/dev/shop/.github/hooks/ci-guard.json"),
        row!("copilot-edit", "copilot edits /home/dev/shop/.git/hooks/pre-push"),
        row!("copilot-edit-other", "copilot edits /home/dev/shop/notes.txt"),
        row!("copilot-patch", "copilot edits .git/hooks/pre-commit, notes.txt"),
        row!("copilot-view", "copilot other"),
        row!("copilot-claude-like", "copilot Posix: git push --no-verify origin HEAD"),
        row!("copilot-claude-like-edit", "copilot edits /home/dev/shop/.git/hooks/pre-push"),
        row!("copilot-claude-like-write", "copilot edits /home/dev/shop/.github/hooks/ci-guard.json"),
        row!("copilot-claude-like-patch", "copilot edits .git/hooks/pre-commit, notes.txt"),
        // OpenCode 1.18.33.
        row!("opencode-bash", "opencode Posix: git push --no-verify origin HEAD"),
        row!("opencode-write", "opencode edits /home/dev/shop/.opencode/plugins/ci-guard.js"),
        row!("opencode-edit", "opencode edits /home/dev/shop/notes.txt"),
        row!("opencode-patch", "opencode edits .git/hooks/pre-commit, notes.txt"),
        row!("opencode-mentions", "opencode Posix: git commit --allow-empty -m 'say why --no-verify is denied'"),
        row!("opencode-read", "opencode other"),
    ]
};

fn told(asked: &Asked) -> String {
    let agent = asked.agent.map_or("nobody", Agent::id);
    match &asked.tool {
        Tool::Command { line, shell } => format!("{agent} {shell:?}: {line}"),
        Tool::Edit { paths } => format!("{agent} edits {}", paths.join(", ")),
        Tool::Other => format!("{agent} other"),
        Tool::Unreadable(reason) => format!("{agent} unreadable: {reason}"),
    }
}

fn of_fixture(name: &str) -> Agent {
    Agent::named(name.split('-').next().unwrap()).unwrap()
}

#[test]
fn every_recorded_request_is_read() {
    for (name, bytes, want) in READ {
        let named = read(bytes, Some(of_fixture(name)));
        assert_eq!(told(&named), *want, "{name}");
        assert!(named.session.is_some(), "{name}");
    }
    let cwd = |name| read(READ.iter().find(|row| row.0 == name).unwrap().1, None).cwd;
    assert_eq!(cwd("claude-bash").as_deref(), Some("/home/dev/shop"));
    assert_eq!(cwd("cursor-shell").as_deref(), Some("/home/dev/shop"), "an empty folder is none: the one that is open");
    assert_eq!(cwd("cursor-patch").as_deref(), Some("/home/dev/shop"), "none at all");
    assert_eq!(read(br#"{"cwd":"","workspace_roots":[7]}"#, Some(Agent::Cursor)).cwd, None);
}

#[test]
fn a_tool_may_begin_in_a_folder_of_its_own() {
    let cwd = |agent, json: &str| read(json.as_bytes(), Some(agent)).cwd;
    for (agent, json, want) in [
        (
            Agent::Gemini,
            r#"{"cwd":"/w","tool_name":"run_shell_command","tool_input":{"command":"ls","dir_path":"a"}}"#,
            "/w/a",
        ),
        (Agent::OpenCode, r#"{"cwd":"/w","tool_name":"bash","tool_input":{"command":"ls","workdir":"/x"}}"#, "/x"),
        (Agent::OpenCode, r#"{"cwd":"/w","tool_name":"bash","tool_input":{"command":"ls","workdir":""}}"#, "/w"),
        (
            Agent::Cursor,
            r#"{"workspace_roots":["/w"],"tool_name":"Shell","tool_input":{"command":"ls","cwd":"a"}}"#,
            "/w/a",
        ),
    ] {
        assert_eq!(cwd(agent, json).as_deref(), Some(want), "{json}");
    }
}

#[test]
fn to_view_a_file_is_no_edit() {
    let asked = |command: &str| {
        let json = format!(
            r#"{{"toolName":"str_replace_editor","toolArgs":{{"command":"{command}","path":".git/hooks/pre-push"}}}}"#
        );
        told(&read(json.as_bytes(), Some(Agent::Copilot)))
    };
    assert_eq!(asked("view"), "copilot other");
    assert_eq!(asked("create"), "copilot edits .git/hooks/pre-push");
}

#[test]
fn agents_are_recognised_by_what_only_they_send() {
    for (name, bytes, want) in READ {
        let asked = read(bytes, None);
        // These two are about no tool, and nothing in them is Claude Code's alone.
        let want = if ["claude-post", "claude-stop"].contains(name) { "nobody other" } else { want };
        assert_eq!(told(&asked), want, "{name}");
    }
    for stranger in ["{}", r#"{"tool_name": "Bash", "tool_input": {"command": "git push --no-verify"}}"#] {
        assert_eq!(told(&read(stranger.as_bytes(), None)), "nobody other");
    }
}

/// Copilot runs the entry in a repository's `.claude/settings.json`, and Cursor every one of Claude Code's.
#[test]
fn an_entry_of_claude_code_answers_those_that_borrow_it_in_their_own_way() {
    for (name, bytes, want) in READ {
        let borrows = [Agent::Claude, Agent::Copilot, Agent::Cursor].contains(&of_fixture(name));
        assert_eq!(told(&read(bytes, Some(Agent::Claude))) == *want, borrows, "{name}");
    }
}

#[test]
fn no_field_is_relied_on() {
    let strange = |json: &str| told(&read(json.as_bytes(), Some(Agent::Claude)));
    for (json, want) in [
        ("\u{feff}{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}", "claude Posix: ls"),
        (r#"{"tool_name":"Bash","tool_input":{"command":"ls"}} trailing"#, "claude Posix: ls"),
        (r#"{"tool_name":"Read","tool_name":"Bash","tool_input":{"command":"a","command":"b"}}"#, "claude Posix: b"),
        (
            r#"{"tool_name":"Bash","tool_input":{"command":"\ud83d\ude00 \ud83d x \\ud83d"}}"#,
            "claude Posix: 😀 \u{fffd} x \\ud83d",
        ),
        (
            r#"{"tool_name":"Bash","tool_input":{}}"#,
            "claude unreadable: claude is about to run a command, and did not say which",
        ),
        (
            r#"{"tool_name":"Bash","tool_input":{"command":7}}"#,
            "claude unreadable: claude is about to run a command, and did not say which",
        ),
        (r#"{"tool_name":"Bash"}"#, "claude unreadable: claude is about to run a command, and did not say which"),
        (
            r#"{"tool_name":"Write","tool_input":[]}"#,
            "claude unreadable: claude is about to change a file, and did not say which",
        ),
        (r#"{"tool_name":7,"tool_input":"x"}"#, "claude other"),
        (r#"{"hook_event_name":null}"#, "claude other"),
        ("[]", "claude unreadable: what the agent sent is no JSON object"),
        ("  ", "claude unreadable: the agent sent nothing"),
    ] {
        assert_eq!(strange(json), want, "{json}");
    }
    for broken in
        [r#"{"tool_name":"Bash","tool_inp"#, "{", "\u{0}", &"[".repeat(100_000), &"{\"args\":".repeat(100_000)]
    {
        assert!(matches!(read(broken.as_bytes(), None).tool, Tool::Unreadable(_)));
    }
    let latin = b"{\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"echo caf\xe9\"}}";
    assert_eq!(told(&read(latin, Some(Agent::Claude))), "claude Posix: echo caf\u{fffd}");
}

#[test]
fn each_agent_is_answered_in_its_own_shape() {
    let deny = Answer::Deny("no \"hooks\"\\".into());
    let deny_json = r#"no \"hooks\"\\"#;
    let pre = format!(
        r#"{{"hookSpecificOutput":{{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":"{deny_json}"}}}}"#
    );
    let message = r#"{"systemMessage":"look"}"#;
    for (agent, denial, notice) in [
        (Some(Agent::Claude), pre.clone(), message),
        (Some(Agent::Codex), pre, message),
        (
            Some(Agent::Cursor),
            format!(r#"{{"agent_message":"{deny_json}","permission":"deny","user_message":"{deny_json}"}}"#),
            "",
        ),
        (
            Some(Agent::Gemini),
            format!(r#"{{"decision":"deny","reason":"{deny_json}","systemMessage":"{deny_json}"}}"#),
            message,
        ),
        (
            Some(Agent::Copilot),
            format!(r#"{{"permissionDecision":"deny","permissionDecisionReason":"{deny_json}"}}"#),
            "",
        ),
        (Some(Agent::OpenCode), String::new(), ""),
        (None, String::new(), ""),
    ] {
        let lines = |json: &str| if json.is_empty() { String::new() } else { format!("{json}\n") };
        let same = |bytes: &[u8], json: &str| {
            let value = |text: &str| serde_json::from_str::<Value>(text).ok();
            let text = std::str::from_utf8(bytes).unwrap();
            assert_eq!(
                (value(text), text.lines().count()),
                (value(json), lines(json).lines().count()),
                "{agent:?}: {text}"
            );
        };
        let reply = super::reply(agent, &deny);
        assert_eq!((reply.code, &reply.stderr[..]), (2, &b"no \"hooks\"\\\n"[..]));
        same(&reply.stdout, &denial);
        let reply = super::reply(agent, &Answer::Notice("look".into()));
        assert_eq!((reply.code, &reply.stderr[..]), (0, &b"look\n"[..]));
        same(&reply.stdout, notice);
        assert_eq!(super::reply(agent, &Answer::Silent), Reply::default());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_as_something(bytes in proptest::collection::vec(any::<u8>(), 0..400), agent in 0..7usize) {
        read(&bytes, Agent::ALL.get(agent).copied());
    }

    #[test]
    fn a_damaged_request_is_read_as_something(row in 0..READ.len(), cut in 0..700usize, at in 0..700usize, byte: u8) {
        let mut bytes = READ[row].1.to_vec();
        bytes.truncate(cut);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        read(&bytes, None);
    }

    /// Whatever a command holds, it arrives: JSON's escapes are the only way that it is written.
    #[test]
    fn a_command_arrives_as_it_was_written(line in ".{0,80}") {
        let json = serde_json::json!({ "tool_name": "Bash", "tool_input": { "command": line } }).to_string();
        let want = Tool::Command { line, shell: Shell::Posix };
        prop_assert_eq!(read(json.as_bytes(), Some(Agent::Claude)).tool, want);
    }
}
