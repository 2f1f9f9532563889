//! The nouns of the house: ids, refs, pushes, findings, reports.
//!
//! This floor knows nothing of git, files, formats or the command line, and carries no serde: what is
//! written to disk or over a wire has its own structs beside its printer.

mod finding;
mod history;
mod oid;
mod push;
mod refs;
mod report;
mod text;

pub use finding::{Finding, Level, Rule};
pub use history::{NewCommit, NewHistory, OutsideBranch};
pub use oid::Oid;
pub use push::{RefUpdate, Side};
pub use refs::RefTable;
pub use report::{PolicyUse, Report, Skip, SkipCause, Stats, Verdict};
pub use text::{shell_word, visible};

#[cfg(test)]
pub(crate) use history::fixtures;
