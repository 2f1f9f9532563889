//! The outcome of one judgement: verdict, findings, and honestly what could not be judged.

use super::{Finding, Level, Rule};
use std::collections::HashSet;
use std::time::Duration;

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing stands against it.
    Allow,
    /// A rule was broken.
    Block,
    /// No rule was found broken, but ci-guard itself failed to judge all of them.
    Undecided,
}

impl Verdict {
    /// The word used in every output format.
    pub fn id(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::Block => "block",
            Verdict::Undecided => "undecided",
        }
    }
}

/// Why something was not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipCause {
    /// Nothing to say aloud: the rule is off, or no policy asks for it.
    NotAsked,
    /// The repository does not hold what is needed (shallow history, objects or refs that are not here).
    /// Said as a warning; it is nobody's fault and changes no verdict.
    NotHere,
    /// Our own fault or the policy's: a bug, unreadable input, the time limit. Makes a clean verdict undecided.
    Fault,
}

/// A rule, or everything (`rule: None`), that was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The rule that did not speak; `None` when it concerns the whole run.
    pub rule: Option<Rule>,
    /// How much it matters.
    pub cause: SkipCause,
    /// One visible line: what was not judged, and why.
    pub reason: String,
}

/// Which policy was in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyUse {
    /// Where it was read, for people (`.ci-guard.json of refs/remotes/origin/main`); `None` without a policy.
    pub source: Option<String>,
    /// Why it could not be used, with file and line; `None` when it could.
    pub error: Option<String>,
}

/// How much was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Refs that were judged.
    pub refs: u64,
    /// Distinct tips behind them.
    pub tips: u64,
    /// Blobs whose content was read.
    pub blobs: u64,
    /// Bytes of content that were read.
    pub bytes: u64,
    /// Commits that are new over base and allowed branches.
    pub new_commits: u64,
    /// Merges among them.
    pub new_merges: u64,
    /// Wall time.
    pub elapsed: Duration,
}

/// Everything one run has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The policy in force.
    pub policy: PolicyUse,
    /// The full name of the base ref whose content is no finding; `None` when the whole tree was judged.
    pub base: Option<String>,
    /// What a person types after `ci-guard check` to see the worst finding again, ready to be pasted; `None` for what is
    /// checked out.
    pub by_hand: Option<String>,
    /// What was found, blocks first, then in the order of rules, refs, paths and lines.
    pub findings: Vec<Finding>,
    /// What nobody has to mend and somebody should know; one visible line each.
    pub notices: Vec<String>,
    /// What was not judged.
    pub skipped: Vec<Skip>,
    /// How much was looked at.
    pub stats: Stats,
}

impl Report {
    /// The verdict follows from the findings and faults; it is never set by hand.
    pub fn verdict(&self) -> Verdict {
        if self.findings.iter().any(|finding| finding.level == Level::Block) {
            Verdict::Block
        } else if self.skipped.iter().any(|skip| skip.cause == SkipCause::Fault) {
            Verdict::Undecided
        } else {
            Verdict::Allow
        }
    }

    /// Bring findings and skips into their one order, and say everything only once; notices stay as they came. What is equal in it stays as the
    /// rule had it: the newest merge first, the branch that explains most first.
    pub fn sort(&mut self) {
        self.findings.sort_by_cached_key(|f| (f.level, f.rule, f.reference.clone(), f.path.clone(), f.line));
        let mut said = HashSet::new();
        let text = |f: &Finding| (f.level, f.reference.clone(), f.path.clone(), f.line, f.commit, f.message.clone());
        self.findings.retain(|finding| said.insert(text(finding)));
        let mut noticed = HashSet::new();
        self.notices.retain(|notice| noticed.insert(notice.clone()));
        let mut seen = Vec::new();
        self.skipped.retain(|skip| {
            !seen.contains(skip) && {
                seen.push(skip.clone());
                true
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_said_once_in_their_order_and_weigh_nothing() {
        let mut report = Report { notices: ["b", "a", "b"].map(str::to_owned).into(), ..Report::default() };
        report.sort();
        assert_eq!(report.notices, ["b", "a"]);
        assert_eq!(report.verdict(), Verdict::Allow);
    }
}
