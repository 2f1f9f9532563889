//! Whether a file that an agent is about to edit is one of those that arm the guard: hooks, git's own settings, the policy, the
//! agents' hook configuration. By its name alone: where the file really is, nobody looks.
//!
//! Denied is what has no other purpose, or one that is a person's business. Sources that people do change in the course of work
//! (a hook manager's configuration) are a notice: they are seen in review.

/// What such a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protected {
    /// Nobody but a person should change it.
    Denied(&'static str),
    /// Somebody should know.
    Noticed(&'static str),
}

/// One row: what the end of a path looks like, and what such a file is. `*` at the end stands for one name or more.
type Row = (&'static [&'static str], Protected);

const HOOK: Protected = Protected::Denied("a git hook");
const GIT: Protected = Protected::Denied("git's own settings of a repository");
const POLICY: Protected = Protected::Denied("ci-guard's policy");
const AGENT: Protected = Protected::Denied("an agent's hook configuration");
const USER: Protected = Protected::Noticed("git's settings of this user");
const MANAGER: Protected = Protected::Noticed("the configuration of a hook manager");

const ROWS: &[Row] = &[
    (&[".ci-guard.json"], POLICY),
    (&[".claude", "settings.json"], AGENT),
    (&[".claude", "settings.local.json"], AGENT),
    (&[".claude", "hooks", "*"], AGENT),
    (&[".codex", "hooks.json"], AGENT),
    (&[".codex", "config.toml"], AGENT),
    (&[".codex", "hooks", "*"], AGENT),
    (&[".cursor", "hooks.json"], AGENT),
    (&[".cursor", "hooks", "*"], AGENT),
    (&[".gemini", "settings.json"], AGENT),
    (&[".gemini", "hooks", "*"], AGENT),
    (&[".github", "hooks", "*"], AGENT),
    (&[".github", "copilot", "settings.json"], AGENT),
    (&[".github", "copilot", "settings.local.json"], AGENT),
    (&[".copilot", "hooks", "*"], AGENT),
    (&[".copilot", "settings.json"], AGENT),
    (&[".opencode", "plugins", "ci-guard.js"], AGENT),
    (&["opencode", "plugins", "ci-guard.js"], AGENT),
    (&[".gitconfig"], USER),
    (&[".config", "git", "config"], USER),
    (&[".husky", "*"], MANAGER),
    (&["lefthook.yml"], MANAGER),
    (&["lefthook.yaml"], MANAGER),
    (&["lefthook-local.yml"], MANAGER),
    (&[".lefthook.yml"], MANAGER),
    (&["lefthook.toml"], MANAGER),
    (&[".pre-commit-config.yaml"], MANAGER),
    (&["prek.toml"], MANAGER),
    (&["hk.pkl"], MANAGER),
];

/// What the file of this path is, if it is any of them.
pub fn of(path: &str) -> Option<Protected> {
    let names = names(path);
    if let Some(at) = names.iter().position(|name| name == ".git") {
        let below = &names[at + 1..];
        let last = below.last().map(String::as_str);
        return match last {
            Some("config" | "config.worktree") => Some(GIT),
            Some(_) if below[..below.len() - 1].iter().any(|name| name == "hooks") => Some(HOOK),
            Some(_) if below[..below.len() - 1].iter().any(|name| name == "ci-guard") => Some(POLICY),
            _ => None,
        };
    }
    ROWS.iter().find(|(row, _)| fits(&names, row)).map(|(_, what)| *what)
}

/// The names of a path, with `.` and `..` taken out, in small letters: some file systems know no others.
fn names(path: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in path.split(['/', '\\']) {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name.to_lowercase()),
        }
    }
    names
}

fn fits(names: &[String], row: &[&str]) -> bool {
    match row.strip_suffix(&["*"]) {
        // Below such a folder, however deep.
        Some(folder) => {
            let mut windows = names.windows(folder.len() + 1);
            windows.any(|window| window.iter().zip(folder).all(|(name, want)| name == want))
        }
        None => {
            names.len() >= row.len()
                && names[names.len() - row.len()..].iter().zip(row).all(|(name, want)| name == want)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_arm_the_guard_are_known_by_their_names() {
        for (path, want) in [
            (".git/hooks/pre-push", HOOK),
            ("/w/.git/hooks/pre-push", HOOK),
            (r"C:\w\.git\hooks\pre-push", HOOK),
            ("src/../.git/./hooks/pre-push", HOOK),
            (".git/modules/lib/hooks/pre-push", HOOK),
            (".GIT/Hooks/pre-push", HOOK),
            (".git/config", GIT),
            (".git/worktrees/a/config.worktree", GIT),
            (".git/ci-guard/policy.json", POLICY),
            (".ci-guard.json", POLICY),
            (".claude/settings.json", AGENT),
            ("~/.claude/settings.json", AGENT),
            (".claude/hooks/deep/guard.sh", AGENT),
            (".github/hooks/other.json", AGENT),
            ("/home/u/.config/opencode/plugins/ci-guard.js", AGENT),
            (".husky/pre-push", MANAGER),
            ("~/.gitconfig", USER),
        ] {
            assert_eq!(of(path), Some(want), "{path}");
        }
    }

    #[test]
    fn look_alikes_are_nobodys_business() {
        for path in [
            "",
            "/",
            "..",
            ".git",
            ".gitignore",
            ".github/workflows/ci.yml",
            ".git/COMMIT_EDITMSG",
            ".git/hooks",
            "hooks/pre-push.sh",
            "docs/.claude/settings.json.md",
            ".claude/skills/review.md",
            ".claude/settings.json/../skills.md",
            "src/settings.json",
            ".opencode/plugins/mine.js",
            "config",
            "src/hooks/useEffect.ts",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
