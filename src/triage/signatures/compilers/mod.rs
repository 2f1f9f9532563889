//! Compilers, interpreters and type checkers, one file for each family of languages.
//!
//! A row that knows its language from the name of the file comes before the row of the layout that most compilers copied,
//! so the native ones, where that row is, are asked last.

pub(super) mod managed;
pub(super) mod native;
pub(super) mod python;
pub(super) mod scripting;
pub(super) mod web;
