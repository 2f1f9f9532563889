//! Verdicts of reviewers: what one text says, and what several come to.
//!
//! | step | what it does |
//! |---|---|
//! | [`words`] | the words that stand for a verdict |
//! | `text`, `blocks`, `inline` | bytes to lines, and which of them are quoted |
//! | `line` | what one line says |
//! | `settle` | what counts of it, beside what is known of the process that said it |
//! | [`parse`] | the last structured line of a free text |
//! | [`input`], `object` | reviewers' answers as JSON |
//! | [`merge`] | many to one |
//!
//! Nothing here opens a file, and no secret is looked for here: whoever prints or stores what was read takes them out.

mod blocks;
mod inline;
pub mod input;
mod line;
pub mod merge;
mod object;
pub mod parse;
mod settle;
mod text;
pub mod words;
