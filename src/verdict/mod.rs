//! Verdicts of reviewers: what one text says, and what several come to.
//!
//! | step | what it does |
//! |---|---|
//! | [`words`] | the words that stand for a verdict |
//! | `text`, `blocks`, `inline` | bytes to lines, and which of them are quoted |
//! | `line` | what one line says |
//! | `settle` | what counts of it, beside what is known of the process that said it |
//! | [`parse`] | the last structured line of a free text |
//! | [`input`], `told`, `object` | reviewers' answers as JSON |
//! | [`merge`] | many to one |
//!
//! Nothing here opens a file, nor knows what a secret looks like: who asks hands in what takes them out ([`Clean`]).

mod blocks;
mod inline;
pub mod input;
mod line;
pub mod merge;
mod object;
pub mod parse;
mod settle;
mod text;
mod told;
pub mod words;

/// Takes secrets out of a text of one line or many. It is handed in, and called before anything of the text is cut off.
pub type Clean = fn(&str) -> String;
