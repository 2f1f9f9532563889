//! What is found in a command line, in which words it is told, and which finding counts when there are several.

use super::instead::Instead;
use crate::model::visible;

/// The answer to one command line, or to one file that is about to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// None of our business.
    Silent,
    /// Nobody is stopped, but it is written down.
    Notice(Finding),
    /// Not to be run.
    Deny(Finding),
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of which kind.
    pub kind: Kind,
    /// What it is, on one visible line.
    pub what: String,
    /// What to do instead: where possible the very command.
    pub instead: Instead,
}

/// Ways around the hooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `--no-verify`, `-n`.
    SkippedHooks,
    /// Configuration that leads git to other hooks, or to none.
    OtherHooks,
    /// A variable that switches a hook manager off.
    SwitchedOff,
    /// Another policy than the one in force.
    OtherPolicy,
    /// A command beneath `git push` or `git commit`, which runs no hooks.
    Plumbing,
    /// A hook file is changed, or a hook manager taken away.
    HookFiles,
    /// The policy is changed.
    Policy,
    /// An agent's hook configuration is changed.
    AgentConfiguration,
    /// It could be any of these; the text alone does not tell.
    Undecided,
}

impl Kind {
    /// The name that stays, for records.
    pub fn id(self) -> &'static str {
        match self {
            Kind::SkippedHooks => "skipped-hooks",
            Kind::OtherHooks => "other-hooks",
            Kind::SwitchedOff => "switched-off",
            Kind::OtherPolicy => "other-policy",
            Kind::Plumbing => "plumbing",
            Kind::HookFiles => "hook-files",
            Kind::Policy => "policy",
            Kind::AgentConfiguration => "agent-configuration",
            Kind::Undecided => "undecided",
        }
    }

    /// Why that matters.
    pub fn why(self) -> &'static str {
        match self {
            Kind::SkippedHooks => "the repository's hooks judge what is committed and pushed; this goes around them",
            Kind::OtherHooks => "git would run other hooks than this repository's, or none",
            Kind::SwitchedOff => "this variable switches the hook manager off, and the repository's checks with it",
            Kind::OtherPolicy => "the policy judges this work, so the work does not choose it",
            Kind::Plumbing => "this command does a part of what git push or git commit does, and runs no hooks",
            Kind::HookFiles => "the hooks judge this work, so the work does not change them",
            Kind::Policy => "the policy judges this work, so the work does not change it",
            Kind::AgentConfiguration => "this configuration makes the agent ask before it acts",
            Kind::Undecided => "what it will run cannot be read off the command line",
        }
    }
}

impl Finding {
    /// Something that was found; `what` may hold anything.
    pub(super) fn new(kind: Kind, what: &str, instead: impl Into<Instead>) -> Finding {
        Finding { kind, what: shown(what), instead: instead.into() }
    }

    /// Why that matters.
    pub fn why(&self) -> &'static str {
        self.kind.why()
    }
}

impl Judgement {
    /// Say by which command files were changed, where rules for another one were asked.
    pub(super) fn by(&mut self, command: &str) {
        if let Judgement::Notice(found) | Judgement::Deny(found) = self {
            let end = if found.what.starts_with('`') { " on " } else { " into " };
            if let Some((_, path)) = found.what.split_once(end) {
                found.what = shown(&format!("`{command}` on {path}"));
            }
        }
    }

    /// Say where it was found, and what to do about that.
    pub(super) fn retell(&mut self, place: String, advice: &str) {
        if let Judgement::Notice(found) | Judgement::Deny(found) = self {
            found.what = shown(&format!("{place}: {}", found.what));
            found.instead = advice.into();
        }
    }
}

/// The first denial, else the first notice.
pub(super) fn conclude(findings: Vec<Judgement>) -> Judgement {
    let mut notice = Judgement::Silent;
    for finding in findings {
        match finding {
            Judgement::Deny(_) => return finding,
            Judgement::Notice(_) if notice == Judgement::Silent => notice = finding,
            _ => {}
        }
    }
    notice
}

/// Text from a command line on one visible line of bounded length.
fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    let text = text.replace(super::words::UNKNOWN, "…");
    let Some((end, _)) = text.char_indices().nth(LONGEST) else { return visible(text) };
    // Half a token is not known for one by whoever takes secrets away: the last word is there whole, or not at all.
    let whole = text[..end].rfind(char::is_whitespace).map_or("", |at| &text[..at]);
    visible(whole.trim_end()) + " …"
}
