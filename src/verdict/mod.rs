//! Verdicts of reviewers: what one text says, and what several come to.
//!
//! | step | what it does |
//! |---|---|
//! | [`words`] | the words that stand for a verdict |
//! | [`parse`] | the last structured line of a free text |
//! | [`input`] | reviewers' answers as JSON |
//! | [`merge`] | many to one |
//!
//! Nothing here opens a file.

pub mod input;
pub mod merge;
pub mod parse;
pub mod words;
