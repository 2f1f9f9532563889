//! Gemini CLI, OpenCode and Copilot CLI themselves, where they are on the PATH, with a model that calls the tools of a list. They
//! need no account and no network; what only a screen shows is not looked at.

use crate::model_server_more::{Call, Model};
use crate::support::{BINARY, Ended, Repo, Sandbox, feed};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;

/// An agent, and how it calls what every agent has.
struct Live {
    name: &'static str,
    /// Its file with our entry.
    file: &'static str,
    /// Its tool for a command.
    shell: fn(&str) -> Call,
    /// Its tool for a new file: the path, the content.
    write: fn(&str, &str) -> Call,
    /// Its command line for one turn with this model.
    turn: fn(&mut Command, u16),
}

const AGENTS: [Live; 3] = [
    Live {
        name: "gemini",
        file: ".gemini/settings.json",
        shell: |line| ("run_shell_command", json!({ "command": line })),
        write: |path, text| ("write_file", json!({ "file_path": path, "content": text })),
        turn: |command, port| {
            command.args(["--approval-mode", "yolo", "-m", "gemini-2.5-pro", "-p", "go on"]);
            command.env("GOOGLE_GEMINI_BASE_URL", format!("http://127.0.0.1:{port}"));
            command.envs([("GEMINI_API_KEY", "none"), ("GEMINI_TELEMETRY_ENABLED", "false")]);
            command.env("GEMINI_CLI_TRUST_WORKSPACE", "true");
        },
    },
    Live {
        name: "opencode",
        file: ".opencode/plugins/ci-guard.js",
        shell: |line| ("bash", json!({ "command": line, "description": "a command" })),
        write: |path, text| ("write", json!({ "filePath": path, "content": text })),
        turn: |command, port| {
            let provider = json!({
                "npm": "@ai-sdk/openai-compatible",
                "options": { "baseURL": format!("http://127.0.0.1:{port}/v1"), "apiKey": "none" },
                "models": { "list": { "name": "list" } },
            });
            let config = json!({
                "model": "list/list", "small_model": "list/list", "provider": { "list": provider },
                "permission": "allow", "autoupdate": false, "share": "disabled",
            });
            command.args(["run", "go on"]).env("OPENCODE_CONFIG_CONTENT", config.to_string());
            command.envs([("OPENCODE_DISABLE_MODELS_FETCH", "1"), ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1")]);
        },
    },
    Live {
        name: "copilot",
        file: ".github/hooks/ci-guard.json",
        shell: |line| ("bash", json!({ "command": line, "description": "a command" })),
        write: |path, text| ("create", json!({ "path": path, "file_text": text })),
        turn: |command, port| {
            command.args(["-p", "go on", "--allow-all-tools", "--trust-folder", "--no-auto-update"]);
            command.env("COPILOT_PROVIDER_BASE_URL", format!("http://127.0.0.1:{port}/v1"));
            command.envs([("COPILOT_OFFLINE", "true"), ("COPILOT_MODEL", "list")]);
        },
    },
];

fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: {program} is not on the PATH");
    }
    found
}

/// A clone with a commit that is not pushed, and our entry in it for a program that can be taken away.
fn workspace<'s>(sandbox: &'s Sandbox, agent: &Live) -> Repo<'s> {
    let work = sandbox.clone_of_a_remote();
    work.commit("more", &[("more.txt", "more\n")]);
    let program = sandbox.path("ci-guard");
    std::fs::copy(BINARY, &program).unwrap();
    let done = feed(work.command(&program).args(["install", "--agent", agent.name]), b"");
    assert_eq!(done.code, Some(0), "{done:#?}");
    // Gemini CLI takes a server of one's own for a gateway, unless it is told how to log in.
    let settings = json!({
        "security": { "auth": { "selectedType": "gemini-api-key" } },
        "general": { "enableAutoUpdate": false },
        "privacy": { "usageStatisticsEnabled": false },
    });
    std::fs::create_dir(sandbox.path("home/.gemini")).unwrap();
    std::fs::write(sandbox.path("home/.gemini/settings.json"), settings.to_string()).unwrap();
    work
}

/// One turn of the agent with this script; how it ended, and what the model heard of each tool.
fn turn(work: &Repo, agent: &Live, program: &PathBuf, script: Vec<Call>) -> (Ended, Vec<String>) {
    let model = Model::start(script);
    let mut command = work.command(program);
    (agent.turn)(&mut command, model.port);
    let ended = feed(&mut command, b"");
    let results = model.results();
    assert_eq!(ended.code, Some(0), "{}: {results:#?} {ended:#?}", agent.name);
    (ended, results)
}

#[test]
fn what_is_denied_is_not_done_and_the_model_is_told_why() {
    for agent in AGENTS {
        let Some(program) = on_path(agent.name) else { continue };
        let sandbox = Sandbox::new();
        let work = workspace(&sandbox, &agent);
        let ours = std::fs::read(work.dir.join(agent.file)).unwrap();
        let path = |below: &str| work.dir.join(below).to_str().unwrap().to_owned();
        let script = vec![
            (agent.shell)("git push --no-verify origin HEAD"),
            (agent.shell)("git commit --allow-empty -m 'say why --no-verify is denied'"),
            (agent.write)(&path(agent.file), ""),
            (agent.write)(&path("notes.txt"), "notes\n"),
        ];
        let (ended, results) = turn(&work, &agent, &program, script);
        assert_eq!(results.len(), 4, "{}: {results:#?} {ended:#?}", agent.name);
        assert!(results[0].contains("ci-guard denies this: `git push` without its hooks: "), "{}", results[0]);
        assert!(results[2].contains("ci-guard denies this: a change to "), "{}", results[2]);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(said.contains("ci-guard denies this"), "{}: its user sees it: {said}", agent.name);
        let remote = work.git(&["ls-remote", "origin", "main"]);
        assert!(remote.starts_with(&work.rev("HEAD~2")), "{}: nothing was pushed: {remote}", agent.name);
        assert_eq!(std::fs::read(work.dir.join(agent.file)).unwrap(), ours, "{}", agent.name);
        // What only looks like it is done.
        assert_eq!(work.git(&["log", "-1", "--format=%s"]), "say why --no-verify is denied", "{}", agent.name);
        assert_eq!(std::fs::read_to_string(work.dir.join("notes.txt")).unwrap().trim_end(), "notes", "{}", agent.name);
    }
}

#[test]
fn a_guard_that_is_gone_stops_no_agent() {
    for agent in AGENTS {
        let Some(program) = on_path(agent.name) else { continue };
        let sandbox = Sandbox::new();
        let work = workspace(&sandbox, &agent);
        std::fs::remove_file(sandbox.path("ci-guard")).unwrap();
        let (ended, results) = turn(&work, &agent, &program, vec![(agent.shell)("git push --no-verify origin HEAD")]);
        let remote = work.git(&["ls-remote", "origin", "main"]);
        assert!(remote.starts_with(&work.rev("HEAD")), "{}: {results:#?} {ended:#?}", agent.name);
    }
}
