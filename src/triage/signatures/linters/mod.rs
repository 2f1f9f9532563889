//! Linters, formatters and static analyses, checks of documents and links.
//!
//! A warning is a row only where the tool fails because of it.

pub(super) mod code;
pub(super) mod files;
