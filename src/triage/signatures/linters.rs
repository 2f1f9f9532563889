//! Linters, formatters, checkers of documents and links.

use super::Signature;

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[];
