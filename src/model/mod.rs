//! The nouns of the house: ids, refs, pushes, findings, reports.
//!
//! This floor knows nothing of git, files, formats or the command line, and carries no serde: what is
//! written to disk or over a wire has its own structs beside its printer.

mod change;
mod diagnosis;
mod event;
mod finding;
mod gate;
mod history;
mod hook;
mod metrics;
mod oid;
mod push;
mod refs;
mod report;
mod retry;
mod review;
mod text;
mod triage;
mod trouble;

pub use change::{Entry, EntryKind, FileChange, Status};
pub use diagnosis::{Binary, Diagnosis, Gravity, Problem, Seat, Workspace, Workspaces};
pub use event::{Event, EventKind, Moment, Outcome};
pub use finding::{Finding, Level, Rule};
pub use gate::{Code, Decision, Effect, GateReport, Objection, Tier};
pub use history::{NewCommit, NewHistory, OutsideBranch};
pub use hook::HookName;
pub use metrics::{Chronicle, DayCount, Metrics, Recovery, Recurring, Retries, Share};
pub use oid::Oid;
pub use push::{RefUpdate, Side};
pub use refs::RefTable;
pub use report::{PolicyUse, Report, Skip, SkipCause, Stats, Verdict};
pub use retry::{Attempt, End, Ending, FailureType, Judgement, RetryRun, Tail, Wait, WaitBy, Why};
pub use review::{Panel, Review, ReviewAction, ReviewFinding, ReviewStep, ReviewVerdict};
pub use text::{counted, is_invisible, shell_word, visible};
pub use triage::{Action, Bucket, Excerpt, Fingerprint, LineSpan, NextStep, Pack, RunContext, Seen, Suspect};
pub use trouble::Trouble;

#[cfg(test)]
pub(crate) use history::fixtures;
