//! The real coding agents, where they are on the PATH, with a model that is none (`model_server`): a push past the hooks does not
//! run, an innocent one does, and a guard that is missing stops nobody. Where an agent is missing, that is said and nothing is tested.
//!
//! Tried with Claude Code 2.1.330 and 2.1.197, and with Codex CLI 0.169.0. No agent needs an account or the network here.

use crate::model_server::{Call, Model};
use crate::support::{BINARY, Ended, Repo, Sandbox, feed};
use serde_json::json;
use std::path::Path;

/// A real agent, and how it is made to run without anybody.
struct Live {
    agent: &'static str,
    args: &'static [&'static str],
    /// The variables and files that lead it to a model on this port.
    lead: fn(&Repo, u16) -> Vec<(&'static str, String)>,
    /// Its call that runs a command.
    run: fn(&str) -> Call,
    /// Its calls that make this file of one line.
    write: fn(&Path, &str) -> Call,
}

const CLAUDE: Live = Live {
    agent: "claude",
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
};

const CODEX: Live = Live {
    agent: "codex",
    args: &["exec", "--dangerously-bypass-approvals-and-sandbox", "--dangerously-bypass-hook-trust", "do it"],
    lead: |repo, port| {
        // Hooks of a project that is not trusted are passed over; its name is the text of the path.
        let project = serde_json::Value::from(repo.dir.to_str().unwrap());
        let config = format!(
            "model = \"gpt-5.5\"\nmodel_provider = \"none\"\ncheck_for_update_on_startup = false\n\n[analytics]\nenabled = false\n\n\
             [model_providers.none]\nname = \"none\"\nbase_url = \"http://127.0.0.1:{port}/v1\"\nwire_api = \"responses\"\n\n\
             [projects.{project}]\ntrust_level = \"trusted\"\n"
        );
        let home = repo.sandbox.path("home/.codex");
        std::fs::create_dir_all(&home).unwrap();
        std::fs::write(home.join("config.toml"), config).unwrap();
        vec![]
    },
    run: |line| Call::new("exec_command", json!({ "cmd": line })),
    write: |_, file| {
        let patch = format!("*** Begin Patch\n*** Add File: {file}\n+exit 0\n*** End Patch\n");
        Call::new("apply_patch", patch.into())
    },
};

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
    fn turn(&self, repo: &Repo, calls: Vec<Call>) -> (Ended, Vec<String>) {
        let count = calls.len();
        let model = Model::with(calls);
        let mut command = repo.command(self.agent);
        // What an agent leaves in the folder for such things goes with the sandbox.
        let temporary = repo.sandbox.path("tmp");
        std::fs::create_dir_all(&temporary).unwrap();
        command.env("TMPDIR", &temporary).env("CLAUDE_CODE_TMPDIR", &temporary);
        command.args(self.args).envs((self.lead)(repo, model.port));
        let ended = feed(&mut command, b"");
        let results = model.results();
        assert_eq!((ended.code, results.len()), (Some(0), count), "{}: {ended:#?}\n{results:#?}", self.agent);
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
    for live in [CLAUDE, CODEX].iter().filter(|live| live.is_there()) {
        for scope in [&[][..], &["--global"]] {
            let sandbox = Sandbox::new();
            let work = workspace(&sandbox);
            let run = |line: &str| (live.run)(line);
            let write = |file: &str| (live.write)(&work.dir, file);
            // Where Codex has its configuration before, as its users have.
            (live.lead)(&work, 1);
            let installed = work.ci_guard(&[&["install", "--agent", live.agent], scope].concat());
            assert_eq!(installed.code, Some(0), "{installed:#?}");

            let calls = vec![
                run(PUSH),
                run(INNOCENT),
                write(".git/hooks/post-commit"),
                write("new.txt"),
                run("$NOBODY git status"),
                run("git push origin HEAD"),
            ];
            let (ended, told) = live.turn(&work, calls);
            let context = format!("{} {scope:?}: {told:#?}\n{ended:#?}", live.agent);
            let denied: Vec<_> = told.iter().map(|told| told.contains("ci-guard denies this: ")).collect();
            assert_eq!(denied, [true, false, true, false, false, false], "{context}");
            assert!(told[0].contains("Instead: git push origin HEAD"), "{context}");
            assert!(told[5].contains("a hook ran"), "{context}");
            assert!(!pushed(&work), "{context}");
            assert_eq!(work.git(&["log", "-1", "--format=%s"]), "never push with --no-verify", "{context}");
            assert!(!work.dir.join(".git/hooks/post-commit").exists(), "{context}");
            assert_eq!(std::fs::read_to_string(work.dir.join("new.txt")).unwrap(), "exit 0\n", "{context}");
        }
    }
}

/// Advice that cannot be had is no reason to stop: the agent goes on.
#[test]
fn a_guard_that_is_missing_stops_no_agent() {
    for live in [CLAUDE, CODEX].iter().filter(|live| live.is_there()) {
        let sandbox = Sandbox::new();
        let work = workspace(&sandbox);
        assert_eq!(work.ci_guard(&["install", "--agent", live.agent]).code, Some(0));
        let file = work.dir.join(if live.agent == "claude" { ".claude/settings.json" } else { ".codex/hooks.json" });
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(BINARY, "/nowhere/ci-guard")).unwrap();
        let (ended, told) = live.turn(&work, vec![(live.run)("git push --no-verify origin HEAD")]);
        assert!(pushed(&work), "{}: {told:#?}\n{ended:#?}", live.agent);
    }
}
