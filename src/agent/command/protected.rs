//! Which files are not the agent's to change: hooks, the policy, the agents' own hook configuration.
//!
//! Paths are compared as text. What only the disk and the environment know is in [`Protected`], which the caller brings.

use super::finding::{Finding, Judgement, Kind};
use super::words::UNKNOWN;

/// Facts about the place a command line runs in, which its text does not tell. All paths absolute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// The folder in which it begins.
    pub folder: Option<String>,
    /// Where hooks are besides `.git/hooks` and `.husky`: what `core.hooksPath` names.
    pub hook_folders: Vec<String>,
    /// The repository's git folders, whatever they are called: bare ones, `GIT_DIR`, those of linked worktrees.
    pub git_folders: Vec<String>,
    /// The tops of the repository's work trees: the main one and those linked to it.
    pub work_trees: Vec<String>,
    /// Folders and files of this user's, each with the usual name of what it stands for: `~`, `~/.claude`, `~/.gitconfig`.
    pub of_user: Vec<(String, String)>,
    /// The agent runs git in such a way that a push runs no hook of ours.
    pub unhooked: bool,
}

/// May a tool that writes files change this one?
pub fn judge_edit(path: &str, protected: &Protected) -> Judgement {
    match class(path, protected) {
        Some((kind, true)) => Judgement::Deny(Finding::new(kind, &format!("a change to {path}"), advice(kind))),
        Some((kind, false)) => Judgement::Notice(Finding::new(kind, &format!("a change to {path}"), advice(kind))),
        None => Judgement::Silent,
    }
}

/// A file that git reads its configuration from.
pub(super) fn is_git_configuration(path: &str, protected: &Protected) -> bool {
    matches!(class(path, protected), Some((Kind::OtherHooks, _)))
}

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

/// What a path is, and whether a change is denied or only written down. It may be known by two names.
pub(super) fn class(path: &str, protected: &Protected) -> Option<(Kind, bool)> {
    let full = joined(protected.folder.as_deref().unwrap_or_default(), path);
    let lower = full.to_lowercase();
    let usual = protected.of_user.iter().filter_map(|(folder, usual)| {
        let rest = lower.strip_prefix(joined("", folder).to_lowercase().trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{usual}{rest}"))
    });
    let mut worst = None;
    for name in std::iter::once(full.clone()).chain(usual) {
        match class_of(&name, protected) {
            denied @ Some((_, true)) => return denied,
            found => worst = worst.or(found),
        }
    }
    worst
}

/// The same of one name.
fn class_of(full: &str, protected: &Protected) -> Option<(Kind, bool)> {
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
    let in_hooks = |folder: &String| {
        let rest = full.strip_prefix(joined("", folder).as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/').is_some_and(|rest| !is_beside_hooks(&[rest])))
    };
    if protected.hook_folders.iter().any(in_hooks) {
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
    let own = |at: usize| is_own(&parts[..at], protected);
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
            return (!is_beside_hooks(rest)).then(|| (Kind::HookFiles, own(at)));
        }
    }
    if let [.., folder, name] = parts[..]
        && HOOKS.contains(&name)
        && folder.chars().next().is_some_and(|c| c == UNKNOWN)
    {
        return Some((Kind::HookFiles, false)); // it may be a folder of hooks
    }
    let start = |pattern: &str| {
        let pattern: Vec<&str> = pattern.split('/').collect();
        let at = parts.len().checked_sub(pattern.len())?;
        // `*.json` is most likely about others than the one at the top.
        let same = |(part, name): (&&str, &&str)| matches(name, part) || pattern.len() > 1 && stands_for(part, name);
        parts[at..].iter().zip(&pattern).all(same).then_some(at)
    };
    FILES.iter().find_map(|(pattern, kind, deny)| {
        let at = start(pattern)?;
        // Of the whole machine's there is one.
        let machine = pattern.starts_with("claude-code/") || pattern.starts_with("github-copilot/");
        Some((*kind, *deny && (machine || own(at))))
    })
}

/// What stands among husky's hooks, and neither git nor husky runs.
fn is_beside_hooks(names: &[&str]) -> bool {
    matches!(names, [name, ..] if *name == ".gitignore" || name.ends_with(".md"))
}

/// Whether what stands in a folder is this repository's or the user's: in the folder that the line begins in, in one that holds
/// it, at the top of one of the repository's work trees, or in a home. Elsewhere and deeper it is most likely a test's.
fn is_own(before: &[&str], protected: &Protected) -> bool {
    let Some(folder) = &protected.folder else { return true };
    let parts_of = |folder: &String| joined("", folder).to_lowercase();
    let is_top = |top: &String| before.iter().copied().eq(parts_of(top).split('/'));
    let folder = parts_of(folder);
    let here: Vec<&str> = folder.split('/').collect();
    here.starts_with(before) || is_home(before) || protected.work_trees.iter().any(is_top)
}

/// Hooks that git runs where somebody works.
pub(super) const HOOKS: [&str; 11] = [
    "pre-push",
    "pre-commit",
    "commit-msg",
    "pre-merge-commit",
    "pre-rebase",
    "prepare-commit-msg",
    "applypatch-msg",
    "post-commit",
    "post-checkout",
    "post-merge",
    "reference-transaction",
];

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
pub(super) fn agent_folder(path: &str) -> bool {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    matches!(last, ".claude" | ".codex" | ".cursor" | ".gemini" | ".opencode")
}

/// Whether a part of a typed path may be this name: itself, or a pattern of the shell's that matches it.
fn stands_for(part: &str, name: &str) -> bool {
    part == name || (part.contains(['*', '?']) && part.starts_with('.') == name.starts_with('.') && matches(part, name))
}

/// `*` and `?`, in linear time but for a constant: the last star is the only one that is gone back to.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
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

pub(super) fn advice(kind: Kind) -> &'static str {
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

    fn said(path: &str, protected: &Protected) -> &'static str {
        match judge_edit(path, protected) {
            Judgement::Deny(_) => "deny",
            Judgement::Notice(_) => "notice",
            Judgement::Silent => "silent",
        }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn files_that_a_tool_may_not_write() {
        let protected = Protected {
            folder: Some("/home/u/repo".to_owned()),
            hook_folders: texts(&["/home/u/hooks"]),
            git_folders: texts(&["/srv/x.git"]),
            ..Protected::default()
        };
        let deny = [
            ".git/hooks/pre-push",
            ".git/worktrees/w/ci-guard/policy.json",
            "/home/u/hooks",
            "/home/u/hooks/pre-push",
            "/home/u/hooks/lib/x.sh",
            "../hooks/pre-push",
            "/srv/x.git/hooks/pre-push",
            "/srv/x.git/ci-guard/policy.json",
            ".claude/settings.local.json",
            "/home/u/.codex/config.toml",
            ".husky/pre-commit",
            ".husky/common.sh",
            ".husky/_/.gitignore",
            ".opencode/plugins/guard.ts",
            "/home/u/repo/.claude/settings.json",
            "./sub/../.cursor/hooks.json",
            "~/.claude/settings.json",
            "/etc/claude-code/managed-settings.json",
        ];
        let notice = [
            "tests/fixtures/.git/hooks/pre-push",
            "tests/fixtures/.claude/settings.json",
            "/home/u/repo/web/.husky/pre-commit",
            "/tmp/x/other/.claude/settings.json",
            "/tmp/x/other/.git/hooks/pre-push",
            "/home/u/main/.git/hooks/pre-push",
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
            "/home/u/hooks/README.md",
            "docs/.git-hooks/pre-push",
            "husky/x",
            ".husky/.gitignore",
            ".husky/README.md",
            ".git/hooks/pre-push.sample",
            ".gitignore",
            "",
        ];
        for (paths, expected) in [(&deny[..], "deny"), (&notice, "notice"), (&silent, "silent")] {
            for path in paths {
                assert_eq!(said(path, &protected), expected, "{path}");
            }
        }
    }

    #[test]
    fn what_is_this_users_is_known_by_facts() {
        let pair = |(folder, usual): (&str, &str)| (folder.to_owned(), usual.to_owned());
        let of_user = [
            ("/srv/zz/", "~"),
            ("/xdg", "~/.config"),
            ("/xdg/opencode", "~/.config/opencode"),
            ("/cc", "~/.claude"),
            ("/etc/my.gitconfig", "~/.gitconfig"),
        ];
        let of_user = of_user.map(pair).to_vec();
        let protected = Protected { folder: Some("/srv/w".to_owned()), of_user, ..Protected::default() };
        for (path, expected) in [
            ("/srv/zz/.config/ci-guard/hooks/pre-push", "deny"),
            ("/srv/zz/.config/ci-guard", "deny"),
            ("/srv/zz/.claude/settings.json", "deny"),
            ("../../srv/ZZ/.codex/hooks.json", "deny"),
            ("/srv/zz/.copilot/hooks/ci-guard.json", "deny"),
            ("/xdg/ci-guard/gitconfig", "deny"),
            ("/xdg/opencode/plugins/ci-guard.js", "deny"),
            ("/cc/settings.json", "deny"),
            ("/cc/settings.local.json", "deny"),
            ("/etc/my.gitconfig", "notice"),
            ("/xdg/git/config", "notice"),
            ("/srv/zz/w/.claude/settings.json", "notice"),
            ("/srv/zz2/.config/ci-guard/hooks/pre-push", "silent"),
            ("/srv/zz/.config/other/x", "silent"),
            ("/cc/agents/settings.md", "silent"),
            ("/cc", "silent"),
            ("/xdg/opencode/agent/x.md", "silent"),
        ] {
            assert_eq!(said(path, &protected), expected, "{path}");
        }
        let everything = Protected { of_user: vec![pair(("/", "~"))], ..protected };
        assert_eq!(said("/.claude/settings.json", &everything), "deny");
        assert_eq!(said("/t/.claude/settings.json", &everything), "notice");
    }

    #[test]
    fn work_trees_of_one_repository() {
        let protected = Protected {
            folder: Some("/far/linked/src".to_owned()),
            git_folders: texts(&["/srv/main/.git/worktrees/linked", "/srv/main/.git"]),
            work_trees: texts(&["/far/linked", "/srv/main", "/"]),
            ..Protected::default()
        };
        for (path, expected) in [
            ("../.claude/settings.json", "deny"),
            ("/srv/main/.claude/settings.json", "deny"),
            ("/srv/main/.husky/pre-push", "deny"),
            ("/srv/main/.git/hooks/pre-push", "deny"),
            ("/srv/main/web/.husky/pre-push", "notice"),
            ("/srv/other/.git/hooks/pre-push", "notice"),
            ("/far/other/.claude/settings.json", "notice"),
            ("/srv/main/a.txt", "silent"),
        ] {
            assert_eq!(said(path, &protected), expected, "{path}");
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
