//! The rules. Pure: facts in, findings out.

mod branches;
mod lines;

pub use branches::Tip;
pub use lines::{HeadOf, Lines, Sources, base_candidates};
