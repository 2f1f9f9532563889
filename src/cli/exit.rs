//! The one table of exit codes. Hooks and CI rely on it: only `1` ever stands for a judged violation.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | clean, or done |
//! | 1 | blocked by a rule; `doctor`: a push from here would not be judged |
//! | 2 | wrong usage, or could not judge |
//! | 3 | `verdict`: nobody could review, or somebody without whom nothing passes |
//! | 4 | `patch check`: in scope, but somebody must approve it |
//!
//! `retry` exits with the code of its command, whatever that is. `hook agent` speaks as agents do: 0, or 2 for a denial.
//!
//! `hook pre-push` never exits 2: what could not be judged is a warning there, and the push goes on.

use crate::model::{Decision, Panel, ReviewVerdict, Verdict};
use crate::output;
use crate::system::terminal;
use crate::triage::redact;
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
    /// Nothing forbids it, but somebody must approve it. No hook ever says so: there is nobody to ask in a push.
    Review,
    /// The infrastructure failed: nobody's work was judged.
    Infra,
    /// What the command of `retry` said.
    OfCommand(u8),
    /// What an agent is told: 0, or 2 for a denial.
    OfAgent(u8),
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

    /// What the patch gate decided.
    pub fn of_gate(decision: Decision) -> ExitStatus {
        match decision {
            Decision::Allow => ExitStatus::Clean,
            Decision::Review => ExitStatus::Review,
            Decision::Deny => ExitStatus::Blocked,
        }
    }

    /// What one reviewer came to.
    pub fn of_review(verdict: ReviewVerdict) -> ExitStatus {
        match verdict {
            ReviewVerdict::Pass | ReviewVerdict::Warn | ReviewVerdict::Degraded => ExitStatus::Clean,
            ReviewVerdict::CriticalFail => ExitStatus::Blocked,
            ReviewVerdict::InfraFail => ExitStatus::Infra,
        }
    }

    /// What all reviewers came to: nothing passes without those who are required and, if it is `strict`, without anybody.
    pub fn of_panel(panel: &Panel, strict: bool) -> ExitStatus {
        let is_thin = strict && panel.verdict == ReviewVerdict::Degraded || !panel.required_missing.is_empty();
        match ExitStatus::of_review(panel.verdict) {
            ExitStatus::Clean if is_thin => ExitStatus::Infra,
            status => status,
        }
    }

    /// The number the caller sees.
    pub fn code(self) -> u8 {
        match self {
            ExitStatus::Clean => 0,
            ExitStatus::Blocked => 1,
            ExitStatus::Undecided => 2,
            ExitStatus::Infra => 3,
            ExitStatus::Review => 4,
            ExitStatus::OfCommand(code) | ExitStatus::OfAgent(code) => code,
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
        // What was typed is told in it, and that may be anybody's. Colours are for text that is harmless as it is.
        let typed = text.to_string();
        match harmless(&typed) {
            Some(harmless) => terminal::stderr(|out| write!(out, "{harmless}")),
            None => terminal::stderr(|out| write!(out, "{}", text.ansi())),
        }
        ExitStatus::Undecided
    } else {
        terminal::stdout(|out| write!(out, "{}", text.ansi()));
        ExitStatus::Clean
    }
}

/// The text without secrets, and with nothing in it that a terminal or a CI runner obeys; `None` where it is so already.
fn harmless(text: &str) -> Option<String> {
    let harmless = output::lines(&redact::text(text));
    (harmless != text).then_some(harmless)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn what_was_typed_wrongly_does_nothing_and_tells_no_secret() {
        let secret = ["ghp", "_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let value = format!("1s\n::error::pwn\n  ::warning::x \u{1b}[31m ##[error]y \u{202e} {secret}");
        let error =
            crate::cli::args::Cli::try_parse_from(["ci-guard", "retry", "--delay", &value, "--", "true"]).unwrap_err();
        let told = harmless(&error.render().to_string()).unwrap();
        assert!(told.contains("--delay <TIME>") && told.contains("1s\n"), "{told}");
        assert!(!told.contains(&secret) && !told.contains(['\u{1b}', '\u{202e}']) && !told.contains("##["), "{told}");
        assert!(told.lines().all(|line| !line.trim_start().starts_with("::")), "{told}");
        for typed in [
            &["ci-guard", "retry", "--delay", "1d", "--", "true"][..],
            &["ci-guard", "retry"],
            &["ci-guard", "gremlin"],
        ] {
            let error = crate::cli::args::Cli::try_parse_from(typed).unwrap_err();
            assert_eq!(harmless(&error.render().to_string()), None, "{typed:?}");
        }
    }

    /// clap would advise to write `-- -1s`, and run that.
    #[test]
    fn a_time_below_zero_is_our_own_complaint() {
        for flag in ["--delay", "--max-delay", "--timeout", "--deadline"] {
            let error =
                crate::cli::args::Cli::try_parse_from(["ci-guard", "retry", flag, "-1s", "--", "true"]).unwrap_err();
            let told = error.render().to_string();
            assert!(told.contains("a time is written") && !told.contains("-- -1s"), "{told}");
        }
    }

    #[test]
    fn only_a_judged_violation_is_one() {
        for (verdict, by_hand, in_hook) in [(Verdict::Allow, 0, 0), (Verdict::Block, 1, 1), (Verdict::Undecided, 2, 0)]
        {
            assert_eq!(ExitStatus::by_hand(verdict).code(), by_hand);
            assert_eq!(ExitStatus::in_client_hook(verdict).code(), in_hook);
        }
        for (decision, code) in [(Decision::Allow, 0), (Decision::Review, 4), (Decision::Deny, 1)] {
            assert_eq!(ExitStatus::of_gate(decision).code(), code);
        }
    }
}
