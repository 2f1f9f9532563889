//! The one table of exit codes. Hooks and CI rely on it: only `1` ever stands for a judged violation.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | clean, or done |
//! | 1 | blocked by a rule; `doctor`: a push from here would not be judged |
//! | 2 | wrong usage, or could not judge |
//!
//! `hook pre-push` never exits 2: what could not be judged is a warning there, and the push goes on.

use crate::model::Verdict;
use crate::system::terminal;
use std::process::ExitCode;

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Clean, or done.
    Clean,
    /// A rule was broken.
    Blocked,
    /// Wrong usage, or ci-guard could not judge.
    Undecided,
}

impl ExitStatus {
    /// By hand and on a server: a fault of ours is not taken for a clean result.
    pub fn by_hand(verdict: Verdict) -> ExitStatus {
        match verdict {
            Verdict::Allow => ExitStatus::Clean,
            Verdict::Block => ExitStatus::Blocked,
            Verdict::Undecided => ExitStatus::Undecided,
        }
    }

    /// In a client's hook: a fault of ours never stops a push.
    pub fn in_client_hook(verdict: Verdict) -> ExitStatus {
        match verdict {
            Verdict::Block => ExitStatus::Blocked,
            Verdict::Allow | Verdict::Undecided => ExitStatus::Clean,
        }
    }

    /// The number the caller sees.
    pub fn code(self) -> u8 {
        match self {
            ExitStatus::Clean => 0,
            ExitStatus::Blocked => 1,
            ExitStatus::Undecided => 2,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        ExitCode::from(status.code())
    }
}

/// What clap has to say when the arguments are not a command: help and version are asked for, the rest is misuse.
pub(super) fn usage(error: &clap::Error) -> ExitStatus {
    let text = error.render();
    if error.use_stderr() {
        terminal::stderr(|out| write!(out, "{}", text.ansi()));
        ExitStatus::Undecided
    } else {
        terminal::stdout(|out| write!(out, "{}", text.ansi()));
        ExitStatus::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_judged_violation_is_one() {
        for (verdict, by_hand, in_hook) in [(Verdict::Allow, 0, 0), (Verdict::Block, 1, 1), (Verdict::Undecided, 2, 0)]
        {
            assert_eq!(ExitStatus::by_hand(verdict).code(), by_hand);
            assert_eq!(ExitStatus::in_client_hook(verdict).code(), in_hook);
        }
    }
}
