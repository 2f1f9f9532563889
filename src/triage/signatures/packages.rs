//! Package managers and dependency resolution.

use super::Signature;

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[];
