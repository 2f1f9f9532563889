//! Coding agents: what the binary answers to their recorded JSON, and what it does to their configuration.

use crate::support::{BINARY, Ended, Repo, Sandbox, ended};
use serde_json::Value;
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents").join(format!("{name}.json")))
        .unwrap()
}

fn ask(repo: &Repo, args: &[&str], request: &[u8]) -> Ended {
    repo.ci_guard_reading(&[&["hook", "agent"], args].concat(), request)
}

#[test]
fn a_hook_file_is_denied_in_every_agents_way() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    for (name, agent, key) in [
        ("claude-write", "claude", "/hookSpecificOutput/permissionDecisionReason"),
        ("codex-apply-patch", "codex", "/hookSpecificOutput/permissionDecisionReason"),
        ("codex-patch-in-bash", "codex", "/hookSpecificOutput/permissionDecisionReason"),
        ("cursor-write", "cursor", "/agent_message"),
        ("cursor-patch", "cursor", "/agent_message"),
        ("gemini-write", "gemini", "/reason"),
        ("copilot-create", "copilot", "/permissionDecisionReason"),
        ("copilot-edit", "copilot", "/permissionDecisionReason"),
        ("copilot-patch", "copilot", "/permissionDecisionReason"),
        ("copilot-claude-like-edit", "copilot", "/permissionDecisionReason"),
        ("copilot-claude-like-write", "copilot", "/permissionDecisionReason"),
        ("copilot-claude-like-patch", "copilot", "/permissionDecisionReason"),
        ("opencode-patch", "opencode", ""),
        ("opencode-write", "opencode", ""),
    ] {
        for args in [&["--agent", agent][..], &[]] {
            let ended = ask(&repo, args, &fixture(name));
            assert_eq!(ended.code, Some(2), "{name}: {ended:#?}");
            assert!(
                ended.stderr.starts_with("ci-guard denies this: ") && ended.stderr.lines().count() == 1,
                "{ended:#?}"
            );
            if agent == "opencode" {
                assert_eq!(ended.stdout, "");
                continue;
            }
            let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
            assert_eq!(answer.pointer(key).unwrap(), ended.stderr.trim_end(), "{name}");
            assert_eq!(ended.stdout.lines().count(), 1, "one object");
        }
    }
}

/// This passes only with a reader of command lines in `agent::command`.
#[test]
fn a_push_past_the_hooks_is_denied_in_every_agents_way() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    for name in [
        "claude-bash",
        "claude-background",
        "claude-monitor",
        "claude-subagent",
        "codex-bash",
        "codex-code-mode",
        "codex-subagent",
        "codex-words",
        "cursor-shell",
        "cursor-pre-shell",
        "cursor-pre-shell-3",
        "gemini-shell",
        "copilot-agent",
        "copilot-bash-text",
        "copilot-bash-object",
        "copilot-claude-like",
        "opencode-bash",
    ] {
        let agent = name.split('-').next().unwrap();
        for args in [&["--agent", agent][..], &[]] {
            let ended = ask(&repo, args, &fixture(name));
            assert_eq!(ended.code, Some(2), "{name}: {ended:#?}");
            assert!(ended.stderr.contains("--no-verify"), "{ended:#?}");
            assert!(agent == "opencode" || serde_json::from_str::<Value>(&ended.stdout).is_ok(), "{ended:#?}");
            let shown = include_str!("../../docs/agents.md");
            let is_shown = shown.contains(ended.stderr.trim_end()) && shown.contains(ended.stdout.trim_end());
            assert!(
                is_shown || name == "codex-words",
                "docs/agents.md does not show:\n{}{}",
                ended.stdout,
                ended.stderr
            );
        }
    }
}

#[test]
fn what_is_none_of_our_business_is_met_with_silence() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    for name in [
        "claude-edit",
        "claude-notebook",
        "claude-read",
        "claude-socket",
        "claude-post",
        "claude-stop",
        "claude-mcp",
        "cursor-mcp",
        "gemini-read",
        "gemini-replace",
        "gemini-mentions",
        "copilot-view",
        "copilot-edit-other",
        "copilot-mentions",
        "opencode-read",
        "opencode-edit",
        "opencode-mentions",
    ] {
        ask(&repo, &["--agent", name.split('-').next().unwrap()], &fixture(name)).is_silent();
        ask(&repo, &[], &fixture(name)).is_silent();
    }
    ask(&repo, &[], b"{}").is_silent();
}

/// Whatever is wrong with us or with what we are given, nobody is stopped by it.
#[test]
fn a_fault_is_a_notice_and_never_a_denial() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    for (args, request) in [
        (&["--agent", "claude"][..], &b""[..]),
        (&[], b"{\"tool_name\":"),
        (&[], b"\xff\xfe"),
        (&["--agent", "copilot"], b"[1]"),
    ] {
        let ended = ask(&repo, args, request);
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        assert!(ended.stderr.starts_with("ci-guard could not judge this, and lets it pass: "), "{ended:#?}");
    }
    let claude = ask(&repo, &["--agent", "claude"], b"");
    let shown: Value = serde_json::from_str(&claude.stdout).unwrap();
    assert_eq!(shown["systemMessage"], claude.stderr.trim_end());
    for args in [&["--agent", "nobody"][..], &["--agent"], &["--agent", ""], &["--later", "thing"], &["more"]] {
        ask(&repo, args, &fixture("claude-read")).is_silent();
    }
    // However it is called: the 2 of misuse would deny.
    for args in [
        &["-C", "no/such/folder", "hook", "agent", "--agent", "claude"][..],
        &["hook", "agent", "--agent=claude", "-C", "no/such/folder"],
        &["hook", "agent", "--agent", "claude", "-C"],
        &["--color", "pink", "hook", "agent", "--agent", "claude"],
    ] {
        let ended = repo.ci_guard_reading(args, &fixture("claude-write"));
        assert_eq!(ended.code, Some(0), "{args:?}: {ended:#?}");
        assert!(ended.stderr.starts_with("ci-guard could not judge this, and lets it pass: "), "{ended:#?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:#?}");
        let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(shown["systemMessage"], ended.stderr.trim_end());
    }
    let twice = ask(&repo, &["--agent", "codex", "--agent", "claude"], &fixture("claude-write"));
    assert_eq!(twice.code, Some(2), "the last one counts: {twice:#?}");
    assert!(twice.stderr.starts_with("ci-guard denies this: "), "{twice:#?}");
    let mut huge = b"{\"tool_name\":\"Write\",\"content\":\"".to_vec();
    huge.resize(17 << 20, b'x');
    let ended = ask(&repo, &["--agent", "claude"], &huge);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains("larger than 16 MiB"), "{}", ended.stderr);
}

/// The file of each agent below a repository.
const FILES: [(&str, &str); 6] = [
    ("claude", ".claude/settings.json"),
    ("codex", ".codex/hooks.json"),
    ("cursor", ".cursor/hooks.json"),
    ("gemini", ".gemini/settings.json"),
    ("copilot", ".github/hooks/ci-guard.json"),
    ("opencode", ".opencode/plugins/ci-guard.js"),
];

#[test]
fn every_agent_is_armed_and_disarmed_without_a_trace() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let names: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
    let done = repo.ci_guard(&["install", "--agent", &names.join(",")]);
    assert_eq!((done.code, done.stdout.lines().count()), (Some(0), 8), "{done:#?}");
    for word in ["open /hooks there", "ci-guard install --configured"] {
        assert!(done.stdout.contains(word), "{}", done.stdout);
    }
    for (name, file) in FILES {
        let text = std::fs::read_to_string(repo.dir.join(file)).unwrap();
        assert!(text.contains("hook agent") || name == "opencode", "{text}");
        assert!(text.contains("ci-guard") && text.contains(name), "{text}");
    }
    let again = repo.ci_guard(&["install", "--agent", "auto"]);
    assert_eq!(again.stdout.matches("nothing changed, all is as it should be").count(), 6, "{again:#?}");
    let gone = repo.ci_guard(&["uninstall", "--agent", "auto"]);
    assert_eq!((gone.code, gone.stdout.lines().count()), (Some(0), 6), "{gone:#?}");
    assert_eq!(repo.git(&["status", "--porcelain", "--ignored"]), "");
    let names = |entry: std::io::Result<std::fs::DirEntry>| entry.unwrap().file_name();
    assert_eq!(std::fs::read_dir(&repo.dir).unwrap().map(names).collect::<Vec<_>>(), [".git"]);
    let nothing = repo.ci_guard(&["uninstall", "--agent", "claude"]);
    assert!(nothing.code == Some(0) && nothing.stdout.contains("nothing changed"), "{nothing:#?}");
}

#[test]
fn a_users_own_configuration_keeps_its_bytes() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let commented = "{\r\n\t// mine\r\n\t\"model\": \"opus\",\r\n\t\"hooks\": { \"Stop\": [] },\r\n}\r\n";
    let toml = "# mine\nmodel = \"gpt\"\n\n[[hooks.Stop]]\n\n[[hooks.Stop.hooks]]\ntype = \"command\"\ncommand = \"say done\"\n";
    let plain = "{\r\n\t\"model\": \"opus\",\r\n\t\"hooks\": { \"Stop\": [] }\r\n}\r\n";
    let files = [
        ("home/.claude/settings.json", plain),
        ("home/.gemini/settings.json", commented),
        ("home/.codex/config.toml", toml),
    ];
    for (file, text) in files {
        let path = sandbox.path(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let done = repo.ci_guard(&["install", "--global", "--agent", "claude,gemini,codex"]);
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.stdout.contains("config.toml: entry written"), "it has hooks there already: {}", done.stdout);
    for (file, text) in files {
        let with = std::fs::read_to_string(sandbox.path(file)).unwrap();
        assert!(with.contains(BINARY) && with.len() > text.len(), "{with}");
    }
    let gone = repo.ci_guard(&["uninstall", "--global", "--agent", "auto"]);
    assert_eq!(gone.code, Some(0), "{gone:#?}");
    for (file, text) in files {
        assert_eq!(std::fs::read_to_string(sandbox.path(file)).unwrap(), text);
    }
}

/// An entry in a file that its agent does not read would be a guard that is none, and nobody would be told.
#[test]
fn a_file_that_its_agent_would_not_read_is_left_alone() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let commented = "{\n  // mine\n  \"hooks\": {}\n}\n";
    for (agent, file) in [("claude", ".claude/settings.json"), ("codex", ".codex/hooks.json")] {
        repo.write(&[(file, commented)]);
        let done = repo.ci_guard(&["install", "--agent", agent]);
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(
            done.stderr.contains(&format!("{agent} reads plain JSON only and takes nothing from this file")),
            "{done:#?}"
        );
        assert_eq!(std::fs::read_to_string(repo.dir.join(file)).unwrap(), commented);
    }
}

#[cfg(unix)]
#[test]
fn links_and_modes_stay_and_what_is_read_only_is_left_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    repo.write(&[
        ("dotfiles/claude.json", "{\n}\n"),
        (".gemini/settings.json", "{}"),
        (".cursor/hooks.json", "{ broken"),
    ]);
    std::fs::create_dir(repo.dir.join(".claude")).unwrap();
    let (real, link) = (repo.dir.join("dotfiles/claude.json"), repo.dir.join(".claude/settings.json"));
    symlink("../dotfiles/claude.json", &link).unwrap();
    set(&real, 0o600);
    set(&repo.dir.join(".gemini/settings.json"), 0o444);

    let done = repo.ci_guard(&["install", "--agent", "claude,gemini,cursor,codex"]);
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(link.symlink_metadata().unwrap().is_symlink() && mode(&real) == 0o600);
    assert!(std::fs::read_to_string(&real).unwrap().contains("hook agent --agent claude"));
    assert!(done.stderr.contains("settings.json: it is read-only, and that is respected"), "{}", done.stderr);
    assert!(done.stderr.contains("hooks.json: it is no JSON: "), "{}", done.stderr);
    for agent in ["gemini", "cursor"] {
        let next = done.stderr.lines().find(|line| line.ends_with(&format!(" --agent {agent}"))).unwrap();
        assert!(next.starts_with("  once that is put right, run: ci-guard install --repo "), "{}", done.stderr);
    }
    assert_eq!(std::fs::read_to_string(repo.dir.join(".gemini/settings.json")).unwrap(), "{}");
    assert_eq!(std::fs::read_to_string(repo.dir.join(".cursor/hooks.json")).unwrap(), "{ broken");
    assert!(repo.dir.join(".codex/hooks.json").exists(), "one that fails stops no other");

    let gone = repo.ci_guard(&["uninstall", "--agent", "claude,codex"]);
    assert_eq!(gone.code, Some(0), "{gone:#?}");
    assert!(link.symlink_metadata().unwrap().is_symlink() && mode(&real) == 0o600);
    assert_eq!(std::fs::read_to_string(&real).unwrap(), "{\n}\n");
    assert!(!repo.dir.join(".codex").exists());
}

#[cfg(unix)]
#[test]
fn a_link_to_what_held_only_us_leads_to_nothing_of_ours() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    repo.write(&[("dotfiles/claude.json", "")]);
    std::fs::create_dir(repo.dir.join(".claude")).unwrap();
    let link = repo.dir.join(".claude/settings.json");
    std::os::unix::fs::symlink("../dotfiles/claude.json", &link).unwrap();
    assert_eq!(repo.ci_guard(&["install", "--agent", "claude"]).code, Some(0));
    assert!(std::fs::read_to_string(&link).unwrap().contains(BINARY));
    repo.ci_guard(&["uninstall", "--agent", "claude"]).says(0, &[]);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "{}\n");
}

#[test]
fn a_broken_file_of_codex_is_said_when_armed_and_no_hindrance_when_disarmed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let broken = "[[hooks.PreToolUse\n";
    assert_eq!(repo.ci_guard(&["install", "--agent", "codex"]).code, Some(0));
    repo.write(&[(".codex/config.toml", broken)]);
    let refused = repo.ci_guard(&["install", "--agent", "codex"]);
    refused.says(2, &["config.toml: it is no TOML: line 1", "once that is put right, run: ci-guard install --repo "]);
    let gone = repo.ci_guard(&["uninstall", "--agent", "codex"]);
    assert_eq!((gone.code, &gone.stderr[..]), (Some(0), ""), "{gone:#?}");
    assert!(gone.stdout.contains("hooks.json: removed"), "{gone:#?}");
    let nothing = repo.ci_guard(&["uninstall", "--agent", "codex"]);
    assert_eq!((nothing.code, &nothing.stderr[..]), (Some(0), ""), "{nothing:#?}");
    assert_eq!(std::fs::read_to_string(repo.dir.join(".codex/config.toml")).unwrap(), broken);
}

#[test]
fn a_program_of_another_name_is_not_written_as_it_would_not_be_found_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    for (name, code) in [("guard", 2), ("ci-guard-linux-x64", 0)] {
        let copy = sandbox.path(name);
        // Not written: a program that is open for writing in another test's child cannot be started.
        std::fs::hard_link(BINARY, &copy).or_else(|_| std::fs::copy(BINARY, &copy).map(drop)).unwrap();
        for _ in 0..2 {
            let mut command = repo.command(&copy);
            let done = ended(command.args(["install", "--agent", "claude"]).output().unwrap());
            assert_eq!(done.code, Some(code), "{done:#?}");
            assert_eq!(done.stderr.contains("has to start with ci-guard"), code == 2, "{done:#?}");
        }
        let text = std::fs::read_to_string(repo.dir.join(".claude/settings.json")).unwrap_or_default();
        assert_eq!(text.matches("hook agent").count(), usize::from(code == 0), "{text}");
    }
}

#[test]
fn an_empty_home_folder_is_empty_again() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let home = sandbox.path("fresh");
    std::fs::create_dir(&home).unwrap();
    for variable in [None, Some(("XDG_CONFIG_HOME", home.join(".config"))), Some(("CODEX_HOME", home.join("a")))] {
        for (agent, _) in FILES {
            let run = |command: &str| {
                let mut ran = repo.command(BINARY);
                ran.env("HOME", &home).env_remove("XDG_CONFIG_HOME").envs(variable.clone());
                ended(ran.args([command, "--global", "--agent", agent]).output().unwrap())
            };
            assert_eq!(run("install").code, Some(0));
            assert_ne!(std::fs::read_dir(&home).unwrap().count(), 0, "{agent}");
            assert_eq!(run("uninstall").code, Some(0));
            assert_eq!(std::fs::read_dir(&home).unwrap().count(), 0, "{agent} {variable:?}");
        }
    }
}

/// The command lines that are written, run by a shell: a denial gets through, and a program that is missing stops nobody.
#[cfg(unix)]
#[test]
fn the_written_command_lines_do_what_the_agents_need() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    assert_eq!(repo.ci_guard(&["install", "--agent", "claude,gemini,copilot"]).code, Some(0));
    let read =
        |file: &str| -> Value { serde_json::from_str(&std::fs::read_to_string(repo.dir.join(file)).unwrap()).unwrap() };
    let run = |command: &str, request: &str| {
        crate::support::feed(repo.command("sh").args(["-c", command]), &fixture(request))
    };
    for (file, pointer, denied, harmless) in [
        (".claude/settings.json", "/hooks/PreToolUse/0/hooks/0/command", "claude-write", "claude-read"),
        (".gemini/settings.json", "/hooks/BeforeTool/0/hooks/0/command", "gemini-write", "gemini-read"),
        (".github/hooks/ci-guard.json", "/hooks/preToolUse/0/bash", "copilot-edit", "copilot-view"),
    ] {
        let settings = read(file);
        let command = settings.pointer(pointer).unwrap().as_str().unwrap();
        let answer = run(command, denied);
        // Gemini CLI goes by the JSON, and calls a hook that exits 2 a failed one.
        let is_gemini = file.starts_with(".gemini");
        assert_eq!(answer.code, Some(if is_gemini { 0 } else { 2 }), "{command}");
        assert!(!is_gemini || answer.stdout.starts_with(r#"{"decision":"deny","#), "{answer:#?}");
        run(command, harmless).is_silent();
        let missing = command.replace(BINARY, "/nowhere/ci-guard");
        let answer = run(&missing, denied);
        assert_eq!(answer.stdout, "");
        // Claude Code would carry on after 127; Copilot CLI, which reads its file too, and Gemini CLI would deny every command.
        assert_eq!(answer.code, Some(0), "{missing}");
    }
}

/// The plugin, run as OpenCode runs it, where there is a node to do it.
#[test]
fn the_plugin_for_opencode_throws_what_is_denied() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    assert_eq!(repo.ci_guard(&["install", "--agent", "opencode"]).code, Some(0));
    let script = r#"
import { CiGuard } from "./.opencode/plugins/ci-guard.mjs";
const shown = [];
const client = { tui: { showToast: async ({ body }) => { shown.push(body.variant + " " + body.message.split(":")[0]); throw new Error("no screen"); } } };
const before = (await CiGuard({ client, directory: process.cwd() }))["tool.execute.before"];
const say = async (tool, args) => {
  try { await before({ tool, sessionID: "s", callID: "c" }, { args }); console.log(tool + ": passes"); }
  catch (error) { console.log(tool + ": " + error.message.split(":")[0]); }
};
await say("write", { filePath: ".git/hooks/pre-push", content: "" });
await say("write", { filePath: "src/main.rs", content: "" });
await say("read", { filePath: ".git/hooks/pre-push" });
const loop = {}; loop.loop = loop;
await say("edit", loop);
await say("bash", { command: "$GIT push" });
const blind = (await CiGuard({ directory: process.cwd() }))["tool.execute.before"];
await blind({ tool: "bash", sessionID: "s", callID: "c" }, { args: { command: "$GIT push" } });
console.log(shown.join("\n"));
"#;
    repo.write(&[("try.mjs", script)]);
    let plugin = repo.dir.join(".opencode/plugins/ci-guard.js");
    std::fs::copy(plugin, repo.dir.join(".opencode/plugins/ci-guard.mjs")).unwrap();
    let Ok(output) = repo.command("node").arg("try.mjs").output() else {
        eprintln!("skipped: there is no node here");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let want = "write: ci-guard denies this\nwrite: passes\nread: passes\nedit: passes\nbash: passes\n\
                error ci-guard denies this\nwarning ci-guard lets this pass, and somebody should know\n";
    assert_eq!(said, want, "{output:?}");
}
