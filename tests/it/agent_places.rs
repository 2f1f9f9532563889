//! Coding agents: what they are told about links, linked worktrees, other folders of hooks, homes in unusual places and
//! workspaces with repositories in them, whether they use a file tool or a command line.

use crate::support::{BINARY, Ended, Repo, Sandbox, feed};
use serde_json::json;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The exit code for a change to one file: 2 is a denial.
fn change(repo: &Repo, cwd: &Path, file: &str) -> (Option<i32>, String) {
    let ended = ask(repo, cwd, &Use::Write(file), &[]);
    (ended.code, ended.stderr)
}

enum Use<'u> {
    Write(&'u str),
    Bash(&'u str),
}

/// What an agent in this folder is told, in an environment with these variables.
fn ask(repo: &Repo, cwd: &Path, used: &Use, variables: &[(&str, &Path)]) -> Ended {
    let (tool, input) = match used {
        Use::Write(file) => ("Write", json!({ "file_path": file, "content": "exit 0" })),
        Use::Bash(line) => ("Bash", json!({ "command": line })),
    };
    let input = json!({ "hook_event_name": "PreToolUse", "tool_name": tool, "cwd": cwd, "tool_input": input });
    let mut command = repo.command(BINARY);
    command.args(["hook", "agent", "--agent", "claude"]).envs(variables.iter().copied());
    feed(&mut command, input.to_string().as_bytes())
}

/// In one word.
fn said(ended: &Ended) -> &'static str {
    match (ended.code, ended.stderr.is_empty()) {
        (Some(2), false) => "deny",
        (Some(0), false) => "notice",
        (Some(0), true) => "silent",
        _ => "something else",
    }
}

#[test]
fn links_are_followed_to_what_is_really_changed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    repo.write(&[("src/a.txt", "a\n")]);
    let real = |name: &str| repo.dir.join(name);
    symlink(".git/hooks", real("scripts")).unwrap();
    symlink(real(".git/hooks/pre-push"), real("not-yet")).unwrap();
    symlink("loop", real("loop")).unwrap();
    symlink(repo.dir.as_path(), sandbox.path("other-name")).unwrap();
    symlink("src", real("lib")).unwrap();
    let other_name = sandbox.path("other-name");
    for (cwd, file, code) in [
        (repo.dir.as_path(), "scripts/pre-push", 2),
        (repo.dir.as_path(), "scripts/new/../pre-push", 2),
        (repo.dir.as_path(), "not-yet", 2),
        (&real("src"), "../scripts/pre-commit", 2),
        (&other_name, "scripts/pre-push", 2),
        (&other_name, ".git/hooks/pre-push", 2),
        (repo.dir.as_path(), "lib/a.txt", 0),
        (repo.dir.as_path(), "lib/new/b.txt", 0),
        (repo.dir.as_path(), "loop", 0),
        (&other_name, "src/a.txt", 0),
        (&sandbox.path("no such folder"), "a.txt", 0),
    ] {
        let (found, said) = change(&repo, cwd, file);
        assert_eq!(found, Some(code), "{file} in {}: {said}", cwd.display());
        assert_eq!(said.is_empty(), code == 0, "{file}: {said}");
        assert!(code == 0 || said.contains(".git/hooks/"), "{file}: {said}");
    }
}

#[test]
fn a_linked_worktree_far_away_knows_its_repositorys_hooks() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("projects/main");
    repo.commit("one", &[("a.txt", "a\n")]);
    let far = sandbox.path("agents/7/tree");
    repo.git(&["worktree", "add", "-q", "-b", "x", far.to_str().unwrap()]);
    let inside = |rest: &str| repo.dir.join(".git").join(rest).to_str().unwrap().to_owned();
    for (file, code) in [
        (inside("hooks/pre-push"), 2),
        (inside("ci-guard/policy.json"), 2),
        (inside("worktrees/tree/hooks/pre-push"), 2),
        (inside("info/exclude"), 0),
    ] {
        assert_eq!(change(&repo, &far, &file).0, Some(code), "{file}");
    }
}

#[test]
fn the_folder_that_git_takes_its_hooks_from_is_protected() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let file = "ci/hooks/pre-push";
    repo.write(&[(file, "#!/bin/sh\n")]);
    assert_eq!(change(&repo, &repo.dir, file).0, Some(0), "no hook as long as git does not know it");
    repo.git(&["config", "core.hooksPath", "ci/hooks"]);
    assert_eq!(change(&repo, &repo.dir, file).0, Some(2));
    assert_eq!(change(&repo, &repo.dir.join("ci"), "hooks/lib/common.sh").0, Some(2));
    assert_eq!(change(&repo, &repo.dir, "ci/build.sh").0, Some(0));
    // Neither the work itself nor what is no folder is a folder of hooks.
    for path in [".", "/", "/dev/null", "nowhere", ""] {
        repo.git(&["config", "core.hooksPath", path]);
        assert_eq!(change(&repo, &repo.dir, "a.txt"), (Some(0), String::new()), "{path}");
        let line = json!({
            "hook_event_name": "PreToolUse", "tool_name": "Bash", "cwd": repo.dir.as_path(),
            "tool_input": { "command": "cargo test > /dev/null 2>&1; echo a > a.txt" },
        });
        let ended = repo.ci_guard_reading(&["hook", "agent", "--agent", "claude"], line.to_string().as_bytes());
        ended.is_silent();
    }
}

#[test]
fn a_home_is_where_the_environment_says() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let home = sandbox.path("service/jenkins");
    let (xdg, codex, config) = (sandbox.path("xdg"), sandbox.path("cx"), sandbox.path("etc/gitconfig"));
    let own = [("HOME", home.as_path()), ("XDG_CONFIG_HOME", Path::new(""))];
    let moved = [own[0], ("XDG_CONFIG_HOME", &xdg), ("CODEX_HOME", &codex), ("GIT_CONFIG_GLOBAL", &config)];
    let null = [own[0], ("GIT_CONFIG_GLOBAL", Path::new("/dev/null")), ("CODEX_HOME", Path::new("relative"))];
    let at = |path: &str| sandbox.path(path).to_str().unwrap().to_owned();
    for (variables, file, expected) in [
        (&own[..], "service/jenkins/.config/ci-guard/hooks/pre-push", "deny"),
        (&own, "service/jenkins/.claude/settings.json", "deny"),
        (&own, "service/jenkins/.codex/hooks.json", "deny"),
        (&own, "service/jenkins/.gitconfig", "notice"),
        (&own, "service/jenkins/project/.claude/settings.json", "notice"),
        (&own, "service/jenkins/notes.md", "silent"),
        (&own, "xdg/ci-guard/hooks/pre-push", "silent"),
        (&moved, "xdg/ci-guard/hooks/pre-push", "deny"),
        (&moved, "xdg/opencode/plugins/ci-guard.js", "deny"),
        (&moved, "cx/hooks.json", "deny"),
        (&moved, "etc/gitconfig", "notice"),
        (&moved, "etc/other", "silent"),
        (&null, "relative/hooks.json", "silent"),
        (&[("HOME", Path::new(""))], "w/a.txt", "silent"),
    ] {
        let file = at(file);
        assert_eq!(said(&ask(&repo, &repo.dir, &Use::Write(&file), variables)), expected, "write {file}");
        let line = format!("rm -rf {file}");
        assert_eq!(said(&ask(&repo, &repo.dir, &Use::Bash(&line), variables)), expected, "{line}");
    }
    let line = format!("rm -rf {}", at("service/jenkins/.config/ci-guard"));
    assert_eq!(said(&ask(&repo, &repo.dir, &Use::Bash(&line), &own)), "deny");
    let line = format!("git config --file {} core.hooksPath x", at("xdg/git/config"));
    assert_eq!(said(&ask(&repo, &repo.dir, &Use::Bash(&line), &[moved[0], moved[1]])), "deny");
    assert_eq!(said(&ask(&repo, &repo.dir, &Use::Bash(&line), &own)), "silent");
    assert_eq!(said(&ask(&repo, &repo.dir, &Use::Bash("make > /dev/null"), &null)), "silent");
    // The home may be known by another name.
    std::fs::create_dir_all(&home).unwrap();
    symlink(&home, sandbox.path("by-link")).unwrap();
    let by_link = sandbox.path("by-link");
    let ended = ask(&repo, &repo.dir, &Use::Write(&at("service/jenkins/.claude/settings.json")), &[("HOME", &by_link)]);
    assert_eq!(said(&ended), "deny", "{ended:#?}");
}

#[test]
fn repositories_below_a_workspace_are_its_own() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("ws/w");
    repo.write(&[("a.txt", "a\n"), (".husky/pre-push", "x\n"), ("lib/sub/a.txt", "a\n")]);
    sandbox.repo("ws/w/lib/nested");
    sandbox.repo("ws/tmp/scratch");
    sandbox.repo("other");
    let workspace = sandbox.path("ws");
    let temporary = [("TMPDIR", workspace.join("tmp"))];
    let temporary = temporary.each_ref().map(|(name, path)| (*name, path.as_path()));
    let other = sandbox.path("other/.git/hooks/pre-push").to_str().unwrap().to_owned();
    for (file, expected) in [
        ("w/.git/hooks/pre-push", "deny"),
        ("w/.husky/pre-push", "deny"),
        ("w/.claude/settings.json", "deny"),
        ("w/lib/../.claude/settings.json", "deny"),
        ("w/lib/nested/.git/hooks/pre-push", "notice"),
        ("w/lib/.claude/settings.json", "notice"),
        ("tmp/scratch/.git/hooks/pre-push", "notice"),
        ("no-repository/.husky/pre-push", "notice"),
        (&other, "notice"),
        ("w/a.txt", "silent"),
    ] {
        assert_eq!(said(&ask(&repo, &workspace, &Use::Write(file), &temporary)), expected, "{file}");
    }
    for (line, expected) in [
        ("cd w && rm .git/hooks/pre-push", "deny"),
        ("cd w; echo > .husky/pre-push", "deny"),
        ("git -C w rm -q .husky/pre-push", "deny"),
        ("cd w/lib/nested && rm .git/hooks/pre-push", "notice"),
        ("rm -rf tmp/scratch/.git/hooks", "notice"),
        ("cd w && rm -rf node_modules a.txt", "silent"),
    ] {
        assert_eq!(said(&ask(&repo, &workspace, &Use::Bash(line), &temporary)), expected, "{line}");
    }
    assert_eq!(said(&ask(&repo, &repo.dir, &Use::Write(&other), &temporary)), "notice", "beside is another's");
    repo.git(&["config", "core.hooksPath", "ci"]);
    std::fs::create_dir(repo.dir.join("ci")).unwrap();
    assert_eq!(said(&ask(&repo, &workspace, &Use::Bash("echo > w/ci/pre-push"), &temporary)), "deny");
}

#[test]
fn work_trees_of_one_repository_share_their_protection() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("projects/main");
    repo.commit("one", &[("a.txt", "a\n")]);
    let (one, two) = (sandbox.path("agents/1/tree"), sandbox.path("two"));
    repo.git(&["worktree", "add", "-q", "-b", "x", one.to_str().unwrap()]);
    repo.git(&["worktree", "add", "-q", "-b", "y", two.to_str().unwrap()]);
    for (cwd, top) in [(&repo.dir, &one), (&one, &repo.dir), (&one, &two), (&two, &one)] {
        for (file, expected) in [
            (".claude/settings.json", "deny"),
            (".husky/pre-push", "deny"),
            ("web/.husky/pre-push", "notice"),
            ("a.txt", "silent"),
        ] {
            let file = top.join(file);
            let ended = ask(&repo, cwd, &Use::Write(file.to_str().unwrap()), &[]);
            assert_eq!(said(&ended), expected, "{} from {}", file.display(), cwd.display());
        }
    }
    for broken in ["", "\0", "../../nowhere", "/"] {
        std::fs::write(repo.dir.join(".git/worktrees/tree/gitdir"), broken).unwrap();
        assert_eq!(said(&ask(&repo, &repo.dir, &Use::Write("a.txt"), &[])), "silent", "{broken:?}");
    }
}

#[test]
fn command_lines_are_followed_through_links() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    repo.write(&[("a.txt", "a\n"), ("src/b.txt", "b\n")]);
    let real = |name: &str| repo.dir.join(name);
    symlink(".git/hooks", real("scripts")).unwrap();
    symlink(real(".git/hooks/pre-push"), real("gate")).unwrap();
    symlink("src", real("lib")).unwrap();
    for (line, expected) in [
        ("echo 'exit 0' > scripts/pre-push", "deny"),
        ("echo x > gate", "deny"),
        ("cp a.txt gate", "deny"),
        ("chmod -x gate", "deny"),
        ("rm scripts/pre-push", "deny"),
        ("rm -f scripts/*", "deny"),
        ("cd scripts && rm pre-push", "deny"),
        ("cd src && tee ../gate < b.txt", "deny"),
        // This takes the link away, and not what it leads to.
        ("rm gate", "silent"),
        ("rm -rf scripts", "silent"),
        ("mv gate door", "silent"),
        ("cat gate > copy", "silent"),
        ("echo x > lib/b.txt", "silent"),
        ("echo x > lib/new", "silent"),
        ("chmod +x gate", "silent"),
        ("cp a.txt scripts/", "deny"),
        ("mv a.txt scripts/", "deny"),
        ("apply_patch '*** Begin Patch\n*** Update File: gate\n@@\n-a\n+b\n*** End Patch'", "deny"),
        ("git apply <<'E'\n--- a/scripts/pre-push\n+++ b/scripts/pre-push\n@@ -1 +1 @@\n-a\n+b\nE", "deny"),
        ("tar xf a.tar -C scripts", "deny"),
        ("tar xf a.tar -C lib", "silent"),
        ("sed -n 'w gate' a.txt", "deny"),
        ("find scripts/ -name pre-push -delete", "deny"),
        ("find lib/ -name '*.txt' -delete", "silent"),
        ("echo 'x > gate'", "silent"),
    ] {
        let ended = ask(&repo, &repo.dir, &Use::Bash(line), &[]);
        assert_eq!(said(&ended), expected, "{line}: {ended:#?}");
    }
}

#[test]
fn a_push_of_an_agent_that_takes_hook_folders_away_is_noticed() {
    let sandbox = Sandbox::new();
    let repo = sandbox.repo("w");
    let said = |agent: &str, line: &str| {
        let event = if agent == "gemini" { "BeforeTool" } else { "PreToolUse" };
        let tool = if agent == "gemini" { "run_shell_command" } else { "Bash" };
        let input = json!({
            "hook_event_name": event, "tool_name": tool, "cwd": repo.dir, "tool_input": { "command": line },
        });
        let ended = repo.ci_guard_reading(&["hook", "agent", "--agent", agent], input.to_string().as_bytes());
        assert_eq!(ended.code, Some(0), "{ended:#?}");
        ended.stderr
    };
    let word = "runs git without its hook folders";
    assert!(said("gemini", "git add -A && git commit -m x && git push origin HEAD").contains(word));
    for (agent, line) in [("gemini", "git commit -m x"), ("gemini", "git push --dry-run"), ("claude", "git push")] {
        assert_eq!(said(agent, line), "", "{agent}: {line}");
    }
    // That of all the user's repositories is taken away with the rest.
    repo.git(&["config", "--global", "hook.ci-guard-pre-push.command", "x"]);
    assert!(said("gemini", "git push").contains(word));
    repo.git(&["config", "hook.ci-guard-pre-push.command", "x"]);
    assert_eq!(said("gemini", "git push"), "");
}
