//! The rules. Pure: facts in, findings out.

pub mod markers;
