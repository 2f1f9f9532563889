//! Network, registries that do not answer, rate limits: what passes when it is tried again.

use super::Signature;

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[];
