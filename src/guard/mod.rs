//! The rules of the guard and the readers of what git tells a hook. Pure: facts in, decision out.

pub mod announced;
pub mod fetch_head;
pub mod foreign_commits;
pub mod markers;
pub mod merge_source;
pub mod wording;
