//! The patch gate: facts about a change in, a decision out.
//!
//! The facts are gathered elsewhere: what really changes comes from trees that git made, never from the text of a patch.
//! The text is read here too ([`text`]), only to see whether it says the same. Nothing here knows a repository.

mod arrivals;
pub mod codeowners;
mod collisions;
mod decide;
mod facts;
mod kinds;
pub mod lines;
pub mod renames;
mod rules;
mod test_code;
pub mod text;

pub use decide::judge;
pub use facts::{
    Ask, Change, Checks, Content, Edit, Facts, Folders, Form, How, Line, Locked, Outcome, TestCase, Touched, Written,
};

#[cfg(test)]
mod fixtures;
