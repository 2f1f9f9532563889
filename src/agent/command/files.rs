//! Files that are not the agent's to change: hooks, the policy, the agents' own hook configuration; and which words of a
//! command are files that it changes.
//!
//! Paths are compared as text. Links, and where a repository really keeps its hooks, are facts that the caller brings.

use super::finding::{Finding, Judgement, Kind};
use super::script::State;
use super::simple::Run;
use super::words::UNKNOWN;

/// What to do about a line that cannot be read.
pub(super) const SPLIT: &str = "run the commands one by one, written out";

/// Facts about the place a command line runs in, which its text does not tell. All paths absolute.
#[derive(Clone, Debug, Default)]
pub struct Protected {
    /// The folder in which it begins.
    pub folder: Option<String>,
    /// Where hooks are besides `.git/hooks` and `.husky`: what `core.hooksPath` names.
    pub hook_folders: Vec<String>,
    /// Git folders whose name is not `.git`: bare repositories, `GIT_DIR`, those of linked worktrees.
    pub git_folders: Vec<String>,
}

/// May a tool that writes files change this one?
pub fn judge_edit(path: &str, protected: &Protected) -> Judgement {
    match class(path, protected) {
        Some((kind, true)) => Judgement::Deny(Finding::new(kind, &format!("a change to {path}"), advice(kind))),
        Some((kind, false)) => Judgement::Notice(Finding::new(kind, &format!("a change to {path}"), advice(kind))),
        None => Judgement::Silent,
    }
}

/// Judge the files that a command changes.
pub(super) fn judge(run: &Run, state: &mut State) {
    for path in &run.writes {
        changed(path, "a redirection into", state);
    }
    let Some((name, words)) = run.words.split_first() else { return };
    let name = name.rsplit('/').next().unwrap_or_default();
    let act = format!("`{name}` on");
    for path in targets(name, words) {
        changed(&path, &act, state);
        // What removes a folder takes what is in it.
        let removes = matches!(name, "rm" | "mv" | "rmdir" | "shred");
        if removes && !path.ends_with(".sample") {
            changed(&format!("{path}/{ANY}"), &act, state);
        }
        if removes && agent_folder(&path) {
            state.notice(Kind::AgentConfiguration, &format!("{act} {path}"), advice(Kind::AgentConfiguration));
        }
    }
}

/// Stands for any file of a folder that is removed.
const ANY: &str = "any.json";

/// A path behind a folder, without `.` and `..`.
pub(super) fn joined(folder: &str, path: &str) -> String {
    let path = path.replace('\\', "/");
    let rooted = path.starts_with(['/', '~']) || path.get(1..3) == Some(":/");
    let whole = if rooted || folder.is_empty() { path } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let root = if whole.starts_with('/') { "/" } else { "" };
    root.to_owned() + &parts.join("/")
}

/// A file that git reads its configuration from.
pub(super) fn is_git_configuration(path: &str) -> bool {
    matches!(class(path, &Protected::default()), Some((Kind::OtherHooks, _)))
}

/// A path is changed by a command.
pub(super) fn changed(path: &str, act: &str, state: &mut State) {
    let path = state.folder().map_or_else(|| path.to_owned(), |folder| joined(folder, path));
    match class(&path, state.protected) {
        Some((kind, true)) => state.deny(Finding::new(kind, &format!("{act} {path}"), advice(kind))),
        Some((kind, false)) => state.notice(kind, &format!("{act} {path}"), advice(kind)),
        None => {}
    }
}

/// Which words of a command are files that it changes.
fn targets(name: &str, words: &[String]) -> Vec<String> {
    let plain = || words.iter().filter(|word| !word.starts_with('-') || word.len() == 1);
    let has = |letter: char, long: &str| {
        let short = |word: &String| word.starts_with('-') && !word.starts_with("--") && word.contains(letter);
        words.iter().any(|word| short(word) || word.starts_with(long))
    };
    match name {
        "rm" | "unlink" | "shred" | "rmdir" | "truncate" | "tee" | "mv" | "sponge" => plain().cloned().collect(),
        "cp" | "install" | "ln" | "rsync" => {
            let at = words.iter().position(|word| word == "-t" || word == "--target-directory");
            let named = words.iter().find_map(|word| word.strip_prefix("--target-directory="));
            let folder = at.and_then(|at| words.get(at + 1)).cloned().or_else(|| named.map(str::to_owned));
            folder.or_else(|| plain().next_back().cloned()).into_iter().collect()
        }
        // To make a hook executable arms it.
        "chmod" => {
            let Some(at) =
                words.iter().position(|word| is_mode(word) || !is_flag(word)).filter(|at| !arms(&words[*at]))
            else {
                return Vec::new();
            };
            words[at + 1..].iter().filter(|word| !is_flag(word)).cloned().collect()
        }
        "chown" | "chgrp" => plain().skip(1).cloned().collect(),
        "sed" | "perl" if has('i', "--in-place") => {
            let script = usize::from(!has('e', "--expression") && !has('f', "--file"));
            plain().skip(script).cloned().collect()
        }
        "curl" => behind(words, 'o', "--output"),
        "wget" => behind(words, 'O', "--output-document"),
        "sort" => behind(words, 'o', "--output"),
        "dd" => words.iter().filter_map(|word| word.strip_prefix("of=")).map(str::to_owned).collect(),
        "find" if words.iter().any(|word| word == "-delete") => {
            let below = words.iter().take_while(|word| !word.starts_with(['-', '(', '!'])).cloned();
            below.chain(found(words)).collect()
        }
        _ => Vec::new(),
    }
}

/// The files that an option names: `-o FILE`, `-oFILE`, `--output FILE`, `--output=FILE`.
fn behind(words: &[String], short: char, long: &str) -> Vec<String> {
    let mut files = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let bundled = word.strip_prefix('-').filter(|it| !it.starts_with('-')).and_then(|it| it.split_once(short));
        let attached = match (bundled, word.strip_prefix(long)) {
            (Some((_, file)), _) => file,
            (None, Some(file)) if file.is_empty() || file.starts_with('=') => file.trim_start_matches('='),
            _ => continue,
        };
        let next = words.get(at + 1).filter(|_| attached.is_empty());
        files.push(next.cloned().unwrap_or_else(|| attached.to_owned()));
    }
    files
}

/// What `find` writes: names below the folders that it begins in, and what its patterns say.
pub(super) fn below(words: &[String]) -> Vec<String> {
    let folders = words.iter().take_while(|word| !word.starts_with(['-', '(', '!']));
    folders.map(|folder| format!("{folder}/{UNKNOWN}")).chain(found(words)).collect()
}

/// What `find -path PATTERN` finds of the hooks, where nothing is left out.
fn found(words: &[String]) -> Vec<String> {
    if words.iter().any(|word| matches!(word.as_str(), "!" | "-not" | "-prune")) {
        return Vec::new();
    }
    let pairs = words.windows(2).filter(|pair| matches!(pair[0].as_str(), "-path" | "-wholename" | "-ipath"));
    // The stars of a pattern stand for folders too: what it says of hooks is true of git's.
    let whole = |pattern: &str| match pattern.strip_prefix("*/hooks/") {
        Some(rest) if words[0].trim_end_matches('/') == "." => format!(".git/hooks/{rest}"),
        _ => pattern.trim_start_matches("*/").to_owned(),
    };
    pairs.map(|pair| whole(&pair[1])).collect()
}

fn is_flag(word: &str) -> bool {
    word.starts_with('-')
}

/// `-x`, `-rwx`: a mode that takes away and looks like an option.
fn is_mode(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|mode| !mode.is_empty() && mode.chars().all(|c| "rwxXst".contains(c)))
}

/// A mode after which the owner can run the file.
fn arms(mode: &str) -> bool {
    match mode.trim_start_matches('0').parse::<u32>() {
        Ok(number) => number / 100 % 2 == 1,
        Err(_) => mode.contains("+") || mode.contains('=') && mode.contains('x') || mode == UNKNOWN.to_string(),
    }
}

/// What a path is, and whether a change is denied or only written down.
fn class(path: &str, protected: &Protected) -> Option<(Kind, bool)> {
    let full = joined(protected.folder.as_deref().unwrap_or_default(), path);
    let below = |folder: &String, rest: &str| {
        let folder = joined("", folder) + rest;
        full == folder || full.strip_prefix(&folder).is_some_and(|rest| rest.starts_with('/'))
    };
    if full.ends_with(".sample") {
        return None;
    }
    if global_seat(&full.to_lowercase()) {
        return Some((Kind::HookFiles, true));
    }
    if protected.hook_folders.iter().any(|folder| below(folder, "")) {
        return Some((Kind::HookFiles, true));
    }
    for folder in &protected.git_folders {
        for (rest, kind, deny) in GIT_FOLDER {
            if below(folder, &format!("/{rest}")) {
                return Some((kind, deny));
            }
        }
    }
    let lower = full.to_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let own = |at: usize| is_own(&parts[..at], parts[at], protected);
    for (at, part) in parts.iter().enumerate() {
        let rest = &parts[at + 1..];
        if stands_for(part, ".git") {
            let rest = match rest {
                [modules, _, rest @ ..] if matches!(*modules, "modules" | "worktrees") && !rest.is_empty() => rest,
                rest => rest,
            };
            let Some(first) = rest.first() else { return Some((Kind::HookFiles, false)) };
            if let Some((_, kind, deny)) = GIT_FOLDER.iter().find(|(name, ..)| stands_for(first, name)) {
                return Some((*kind, *deny && own(at)));
            }
        }
        if stands_for(part, ".husky") {
            return Some((Kind::HookFiles, own(at)));
        }
    }
    let start = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        let at = parts.len().checked_sub(pattern.len())?;
        let same = |(part, name): (&&str, &&str)| matches(name, part) || stands_for(part, name);
        parts[at..].iter().zip(&pattern).all(same).then_some(at)
    };
    FILES.iter().find_map(|(pattern, kind, deny)| {
        let at = start(pattern)?;
        // Of the whole machine's there is one.
        let machine = pattern.starts_with("claude-code/") || pattern.starts_with("github-copilot/");
        Some((*kind, *deny && (machine || own(at))))
    })
}

/// Whether what stands in a folder is this repository's or the user's, as far as text tells: in the folder that the line begins
/// in, in one that holds it, or in a home. Elsewhere and deeper it is most likely a test's. A git folder beside it may be
/// the one of a linked worktree.
fn is_own(before: &[&str], name: &str, protected: &Protected) -> bool {
    let Some(folder) = &protected.folder else { return true };
    let folder = joined("", folder).to_lowercase();
    let here: Vec<&str> = folder.split('/').collect();
    let beside = before.len() == here.len() && before[..before.len() - 1] == here[..here.len() - 1];
    here.starts_with(before) || is_home(before) || beside && stands_for(name, ".git")
}

/// What stands in a git folder.
const GIT_FOLDER: [(&str, Kind, bool); 4] = [
    ("hooks", Kind::HookFiles, true),
    ("ci-guard", Kind::Policy, true),
    ("config", Kind::OtherHooks, false),
    ("config.worktree", Kind::OtherHooks, false),
];

/// Files by the end of their path. What is in the tree and judged when it is pushed is written down only.
const FILES: [(&str, Kind, bool); 24] = [
    (".claude/settings.json", Kind::AgentConfiguration, true),
    (".claude/settings.*.json", Kind::AgentConfiguration, true),
    ("claude-code/managed-settings.json", Kind::AgentConfiguration, true),
    (".codex/config.toml", Kind::AgentConfiguration, true),
    (".codex/hooks.json", Kind::AgentConfiguration, true),
    (".cursor/hooks.json", Kind::AgentConfiguration, true),
    (".gemini/settings.json", Kind::AgentConfiguration, true),
    (".github/hooks/*.json", Kind::AgentConfiguration, true),
    (".github/copilot/settings.json", Kind::AgentConfiguration, true),
    (".copilot/hooks/*.json", Kind::AgentConfiguration, true),
    ("github-copilot/policy.d/*.json", Kind::AgentConfiguration, true),
    (".opencode/plugins/*", Kind::AgentConfiguration, true),
    (".opencode/plugin/*", Kind::AgentConfiguration, true),
    (".config/opencode/plugins/*", Kind::AgentConfiguration, true),
    (".config/opencode/plugin/*", Kind::AgentConfiguration, true),
    ("opencode.json", Kind::AgentConfiguration, true),
    ("opencode.jsonc", Kind::AgentConfiguration, true),
    (".ci-guard.json", Kind::Policy, false),
    ("lefthook.yml", Kind::HookFiles, false),
    (".lefthook.yml", Kind::HookFiles, false),
    (".pre-commit-config.yaml", Kind::HookFiles, false),
    ("hk.pkl", Kind::HookFiles, false),
    (".gitconfig", Kind::OtherHooks, false),
    (".config/git/config", Kind::OtherHooks, false),
];

/// The folder of `ci-guard install --global`, wherever homes usually are.
fn global_seat(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    let Some(at) = parts.windows(2).position(|pair| pair == [".config", "ci-guard"]) else { return false };
    is_home(&parts[..at])
}

/// `~`, `$HOME`, `/home/somebody`: the folder of a user.
fn is_home(parts: &[&str]) -> bool {
    match parts {
        [.., last] if !last.is_empty() && last.chars().all(|c| c == UNKNOWN) => true,
        [home] => home.starts_with('~'),
        ["", "root"] => true,
        [_, users, _] => matches!(*users, "home" | "users"),
        _ => false,
    }
}

/// A folder that holds an agent's configuration.
fn agent_folder(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    matches!(last, ".claude" | ".codex" | ".cursor" | ".gemini" | ".opencode")
}

/// Whether a part of a typed path may be this name: itself, or a pattern of the shell's that matches it.
fn stands_for(part: &str, name: &str) -> bool {
    part == name || (part.contains(['*', '?']) && part.starts_with('.') == name.starts_with('.') && matches(part, name))
}

/// `*` and `?`, in linear time but for a constant: the last star is the only one that is gone back to.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
        } else if pattern.get(p).is_some_and(|c| *c == '?' || *c == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            n = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::HookFiles => {
            "leave the hooks as they are and mend what they find: git push --dry-run runs them without pushing"
        }
        Kind::Policy => "ask whoever owns the policy to change it: ci-guard policy show tells what it says",
        Kind::AgentConfiguration => "ask the person who runs this agent to change its configuration",
        _ => "leave hook settings as they are: git config --get-regexp '^(core.hookspath|hook[.])' shows them",
    }
}

#[cfg(test)]
mod tests {
    use super::{Judgement, Protected, joined, judge_edit};

    #[test]
    fn files_that_a_tool_may_not_write() {
        let protected = Protected {
            folder: Some("/home/u/repo".to_owned()),
            hook_folders: vec!["/home/u/hooks".to_owned()],
            git_folders: vec!["/srv/x.git".to_owned()],
        };
        let deny = [
            ".git/hooks/pre-push",
            ".git/worktrees/w/ci-guard/policy.json",
            "/home/u/hooks/pre-push",
            "../hooks/pre-push",
            "/srv/x.git/hooks/pre-push",
            "/srv/x.git/ci-guard/policy.json",
            ".claude/settings.local.json",
            "/home/u/.codex/config.toml",
            ".husky/pre-commit",
            ".opencode/plugins/guard.ts",
            "/home/u/repo/.claude/settings.json",
            "./sub/../.cursor/hooks.json",
            "/home/u/main/.git/hooks/pre-push",
            "~/.claude/settings.json",
            "/etc/claude-code/managed-settings.json",
        ];
        let notice = [
            "tests/fixtures/.git/hooks/pre-push",
            "tests/fixtures/.claude/settings.json",
            "/home/u/repo/web/.husky/pre-commit",
            "/tmp/x/other/.claude/settings.json",
            "/tmp/x/other/.git/hooks/pre-push",
            "packages/a/opencode.json",
            "C:\\work\\.git\\hooks\\pre-push",
            ".ci-guard.json",
            "lefthook.yml",
            ".pre-commit-config.yaml",
            ".git/config",
            "/srv/x.git/config",
        ];
        let silent = [
            "README.md",
            "src/settings.json",
            ".github/workflows/ci.yml",
            ".claude/agents/x.md",
            "/home/u/hooks2/x",
            "docs/.git-hooks/pre-push",
            "husky/x",
            ".git/hooks/pre-push.sample",
            ".gitignore",
            "",
        ];
        for (paths, expected) in [(&deny[..], "deny"), (&notice, "notice"), (&silent, "silent")] {
            for path in paths {
                let said = match judge_edit(path, &protected) {
                    Judgement::Deny(_) => "deny",
                    Judgement::Notice(_) => "notice",
                    Judgement::Silent => "silent",
                };
                assert_eq!(said, expected, "{path}");
            }
        }
    }

    #[test]
    fn folders_of_windows() {
        let protected = Protected { folder: Some("C:\\work".to_owned()), ..Protected::default() };
        assert!(matches!(judge_edit("c:\\Work\\.git\\hooks\\pre-push", &protected), Judgement::Deny(_)));
        assert!(matches!(judge_edit("C:\\work\\t\\.git\\hooks\\pre-push", &protected), Judgement::Notice(_)));
    }

    #[test]
    fn paths_behind_folders() {
        for (folder, path, expected) in [
            ("a", "b", "a/b"),
            ("a/b", "../c", "a/c"),
            ("", "../x", "../x"),
            ("a", "/x//y/.", "/x/y"),
            ("..", "../x", "../../x"),
        ] {
            assert_eq!(joined(folder, path), expected);
        }
    }
}
