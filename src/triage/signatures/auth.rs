//! Credentials, rights and settings: what no change of the repository mends, and no retry.

use super::Signature;

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[];
