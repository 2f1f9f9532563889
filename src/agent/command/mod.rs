//! Whether a command line goes round the hooks. The reader of command lines is not here yet: every line is nobody's business.

/// The language of a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// sh, bash, zsh and their kin.
    Posix,
    /// PowerShell.
    PowerShell,
}

/// What is said of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing: it is none of our business.
    Silent,
    /// It cannot be told what it does.
    Notice {
        /// What is in the line.
        what: String,
        /// Why it cannot be judged.
        why: String,
    },
    /// It goes round the hooks.
    Deny {
        /// What is in the line.
        what: String,
        /// Why it is denied.
        why: String,
        /// What to do instead.
        instead: String,
    },
}

/// Judge one command line.
pub fn judge(_line: &str, _shell: Shell) -> Judgement {
    Judgement::Silent
}
