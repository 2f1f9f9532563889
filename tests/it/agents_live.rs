//! The real coding agents, where they are on the PATH, with a model that is none (`model_server`): a push past the hooks does not
//! run, an innocent one does, and a guard that is missing stops nobody. Where an agent is missing, that is said and nothing is tested.
//!
//! Tried with Claude Code 2.1.330 and 2.1.197, Codex CLI 0.169.0, Gemini CLI 0.61.0, OpenCode 1.18.33 and Copilot CLI 1.0.102. No agent
//! needs an account or the network here.

use crate::model_server::{Call, Model};
use crate::support::{BINARY, Ended, Repo, Sandbox, feed};
use serde_json::json;
use std::path::Path;

/// A real agent, and how it is made to run without anybody.
struct Live {
    agent: &'static str,
    /// Its repository's file with our entry.
    file: &'static str,
    args: &'static [&'static str],
    /// The variables and files that lead it to a model on this port.
    lead: fn(&Repo, u16) -> Vec<(&'static str, String)>,
    /// Its call that runs a command.
    run: fn(&str) -> Call,
    /// Its call that makes this file of one line.
    write: fn(&Path, &str) -> Call,
    /// Whether it lets git run the hooks of a hook folder.
    runs_hooks: bool,
}

const LIVE: [Live; 5] = [
    Live {
        agent: "claude",
        file: ".claude/settings.json",
        args: &["-p", "do it", "--dangerously-skip-permissions"],
        lead: |_, port| {
            let mut lead = vec![("ANTHROPIC_BASE_URL", format!("http://127.0.0.1:{port}"))];
            // IS_SANDBOX: it runs for root too then.
            let switches = [
                "IS_SANDBOX",
                "DISABLE_AUTOUPDATER",
                "DISABLE_TELEMETRY",
                "DISABLE_ERROR_REPORTING",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                "ANTHROPIC_API_KEY",
            ];
            lead.extend(switches.map(|name| (name, "1".to_owned())));
            lead
        },
        run: |line| Call::new("Bash", json!({ "command": line, "description": "run" })),
        write: |top, file| Call::new("Write", json!({ "file_path": top.join(file), "content": "exit 0\n" })),
        runs_hooks: true,
    },
    Live {
        agent: "codex",
        file: ".codex/hooks.json",
        args: &["exec", "--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust", "do it"],
        lead: |repo, port| {
            // Hooks of a project that is not trusted are passed over; its name is the text of the path.
            let project = serde_json::Value::from(repo.dir.to_str().unwrap());
            let config = format!(
                "model = \"gpt-5.5\"\nmodel_provider = \"none\"\ncheck_for_update_on_startup = false\n\n[analytics]\nenabled = false\n\n\
                 [model_providers.none]\nname = \"none\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\nwire_api = \"responses\"\n\n\
                 [projects.{project}]\ntrust_level = \"trusted\"\n"
            );
            written(repo, ".codex/config.toml", &config);
            vec![]
        },
        run: |line| Call::new("exec_command", json!({ "cmd": line })),
        write: |_, file| {
            let patch = format!("*** Begin Patch\n*** Add File: {file}\n+exit 0\n*** End Patch\n");
            Call::new("apply_patch", patch.into())
        },
        runs_hooks: true,
    },
    Live {
        agent: "gemini",
        file: ".gemini/settings.json",
        args: &["--approval-mode", "yolo", "-m", "gemini-2.5-pro", "-p", "do it"],
        lead: |repo, port| {
            // It takes a server of one's own for a gateway, unless it is told how to log in.
            let settings = json!({
                "security": { "auth": { "selectedType": "gemini-api-key" } },
                "general": { "enableAutoUpdate": false },
                "privacy": { "usageStatisticsEnabled": false },
            });
            written(repo, ".gemini/settings.json", &settings.to_string());
            vec![
                ("GOOGLE_GEMINI_BASE_URL", format!("http://127.0.0.1:{port}")),
                ("GEMINI_API_KEY", "none".into()),
                ("GEMINI_TELEMETRY_ENABLED", "false".into()),
                ("GEMINI_CLI_TRUST_WORKSPACE", "true".into()),
            ]
        },
        run: |line| Call::new("run_shell_command", json!({ "command": line })),
        write: |top, file| Call::new("write_file", json!({ "file_path": top.join(file), "content": "exit 0\n" })),
        runs_hooks: false,
    },
    Live {
        agent: "opencode",
        file: ".opencode/plugins/ci-guard.js",
        args: &["run", "do it"],
        lead: |_, port| {
            let provider = json!({
                "npm": "@ai-sdk/openai-compatible",
                "options": { "baseURL": format!("http://127.0.0.1:{port}/v1"), "apiKey": "none" },
                "models": { "none": { "name": "none" } },
            });
            let config = json!({
                "model": "none/none", "small_model": "none/none", "provider": { "none": provider },
                "permission": "allow", "autoupdate": false, "share": "disabled",
            });
            vec![
                ("OPENCODE_CONFIG_CONTENT", config.to_string()),
                ("OPENCODE_DISABLE_MODELS_FETCH", "1".into()),
                ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1".into()),
            ]
        },
        run: |line| Call::new("bash", json!({ "command": line, "description": "run" })),
        write: |top, file| Call::new("write", json!({ "filePath": top.join(file), "content": "exit 0\n" })),
        runs_hooks: true,
    },
    Live {
        agent: "copilot",
        file: ".github/hooks/ci-guard.json",
        args: &["-p", "do it", "--allow-all-tools", "--trust-folder", "--no-auto-update"],
        lead: |_, port| {
            vec![
                ("COPILOT_PROVIDER_BASE_URL", format!("http://127.0.0.1:{port}/v1")),
                ("COPILOT_OFFLINE", "true".into()),
                ("COPILOT_MODEL", "none".into()),
            ]
        },
        run: |line| Call::new("bash", json!({ "command": line, "description": "run" })),
        write: |top, file| Call::new("create", json!({ "path": top.join(file), "file_text": "exit 0\n" })),
        runs_hooks: true,
    },
];

/// A file of the agent's own below the home folder, where there is none.
fn written(repo: &Repo, file: &str, text: &str) {
    let file = repo.sandbox.path("home").join(file);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    if !file.exists() {
        std::fs::write(file, text).unwrap();
    }
}

impl Live {
    fn is_there(&self) -> bool {
        let path = std::env::var_os("PATH").unwrap();
        let found = std::env::split_paths(&path).any(|folder| folder.join(self.agent).is_file());
        if !found {
            eprintln!("skipped: {} is not on the PATH", self.agent);
        }
        found
    }

    /// Run it to the end of a turn with these calls, and what the model was told of each of them.
    fn turn(&self, repo: &Repo, model: &Model) -> (Ended, Vec<String>) {
        let mut command = repo.command(self.agent);
        // What an agent leaves in the folder for such things goes with the sandbox.
        let temporary = repo.sandbox.path("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        command.env("TMPDIR", &temporary).env("CLAUDE_CODE_TMPDIR", &temporary);
        command.args(self.args).envs((self.lead)(repo, model.port));
        let ended = feed(&mut command, b"");
        let results = model.results();
        assert_eq!((ended.code, results.len()), (Some(0), model.calls()), "{}: {ended:#?}\n{results:#?}", self.agent);
        (ended, results)
    }
}

/// A clone with a commit to push, and a hook that lets no push through.
fn workspace(sandbox: &Sandbox) -> Repo<'_> {
    let work = sandbox.clone_of_a_remote();
    work.commit("more", &[("m.txt", "more\n")]);
    let hook = work.dir.join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    std::fs::write(&hook, "#!/bin/sh\necho a hook ran >&2\nexit 1\n").unwrap();
    crate::support::make_executable(&hook);
    work
}

fn pushed(work: &Repo) -> bool {
    work.git(&["ls-remote", "origin", "main"]).starts_with(&work.rev("main"))
}

#[test]
fn what_goes_past_the_hooks_is_not_run_and_everything_else_is() {
    const PUSH: &str = "git push --no-verify origin HEAD";
    const INNOCENT: &str = "git commit --allow-empty -m 'never push with --no-verify'";
    for live in LIVE.iter().filter(|live| live.is_there()) {
        for scope in [&[][..], &["--global"]] {
            let sandbox = Sandbox::new();
            let work = workspace(&sandbox);
            let (run, write) = (live.run, |file: &str| (live.write)(&work.dir, file));
            let model = Model::with(vec![
                run(PUSH),
                run(INNOCENT),
                write(live.file),
                write("new.txt"),
                run("$NOBODY git status"),
                run("git push origin HEAD"),
            ]);
            // Its user has a configuration before we come.
            (live.lead)(&work, model.port);
            let installed = work.ci_guard(&[&["install", "--agent", live.agent], scope].concat());
            assert_eq!(installed.code, Some(0), "{installed:#?}");

            let ours = std::fs::read(work.dir.join(live.file)).ok();
            let (ended, told) = live.turn(&work, &model);
            let context = format!("{} {scope:?}: {told:#?}\n{ended:#?}", live.agent);
            let denied: Vec<_> = told.iter().map(|told| told.contains("ci-guard denies this: ")).collect();
            assert_eq!(denied, [true, false, true, false, false, false], "{context}");
            assert!(told[0].contains("Instead: git push origin HEAD"), "{context}");
            assert_eq!(told[5].contains("a hook ran"), live.runs_hooks, "{context}");
            assert_eq!(pushed(&work), !live.runs_hooks, "{context}");
            assert_eq!(work.git(&["log", "-1", "--format=%s"]), "never push with --no-verify", "{context}");
            assert_eq!(std::fs::read(work.dir.join(live.file)).ok(), ours, "{context}");
            assert_eq!(std::fs::read_to_string(work.dir.join("new.txt")).unwrap(), "exit 0\n", "{context}");
        }
    }
}

/// Advice that cannot be had is no reason to stop: the agent goes on.
#[test]
fn a_guard_that_is_missing_stops_no_agent() {
    for live in LIVE.iter().filter(|live| live.is_there()) {
        let sandbox = Sandbox::new();
        let work = workspace(&sandbox);
        assert_eq!(work.ci_guard(&["install", "--agent", live.agent]).code, Some(0));
        let file = work.dir.join(live.file);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(BINARY));
        std::fs::write(&file, text.replace(BINARY, "/nowhere/ci-guard")).unwrap();
        let model = Model::with(vec![(live.run)("git push --no-verify origin HEAD")]);
        let (ended, told) = live.turn(&work, &model);
        assert!(pushed(&work), "{}: {told:#?}\n{ended:#?}", live.agent);
    }
}
