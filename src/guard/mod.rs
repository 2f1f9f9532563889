//! The rules of the guard and the readers of what git tells a hook. Pure: facts in, decision out.

pub mod announced;
mod branches;
pub mod fetch_head;
pub mod foreign_commits;
pub mod handed;
mod lines;
pub mod markers;
pub mod merge_source;
pub mod wording;

pub use branches::Tip;
pub use lines::{HeadOf, Lines, Sources, base_candidates};
