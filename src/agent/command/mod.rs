//! Whether a command line, or a change to a file, goes round the hooks. The reader of command lines is not here yet: every line
//! is nobody's business, and of files only those that plainly arm the guard are known.

/// The language of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh and their kin.
    Posix,
    /// PowerShell.
    PowerShell,
}

/// What is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing: it is none of our business.
    Silent,
    /// It cannot be told, or it is seen elsewhere.
    Notice(Finding),
    /// It goes round the hooks.
    Deny(Finding),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is, on one visible line.
    pub what: String,
    /// What to do instead.
    pub instead: String,
}

impl Finding {
    /// Why that matters.
    pub fn why(&self) -> &'static str {
        "the hooks are what judges this work; they are not part of the work"
    }
}

/// Facts about the place, which the text does not tell.
#[derive(Clone, Debug, Default)]
pub struct Protected {
    /// The folder in which it begins.
    pub folder: Option<String>,
    /// Where hooks are besides `.git/hooks`.
    pub hook_folders: Vec<String>,
}

/// Judge one command line.
pub fn judge(_line: &str, _shell: Shell, _protected: &Protected) -> Judgement {
    Judgement::Silent
}

/// Judge a change to a file.
pub fn judge_edit(path: &str, _protected: &Protected) -> Judgement {
    const KNOWN: [&str; 6] = [
        ".git/hooks/",
        ".codex/hooks.json",
        ".cursor/hooks.json",
        ".gemini/settings.json",
        ".github/hooks/",
        ".opencode/plugins/",
    ];
    let finding = || Finding {
        what: format!("a change to {}", crate::model::visible(path)),
        instead: "leave it as it is".into(),
    };
    if KNOWN.iter().any(|known| path.contains(known)) { Judgement::Deny(finding()) } else { Judgement::Silent }
}
