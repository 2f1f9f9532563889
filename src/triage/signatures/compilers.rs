//! Compilers, interpreters and type checkers.

use super::{Block, Kind, Rank, Signature};

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[Signature {
    name: "rustc-error",
    tool: "rustc",
    kind: Kind::Compile,
    rank: Rank::Cause,
    needles: &["error[E"],
    pattern: r"^error\[(?<id>E[0-9]{4})\]: (?<message>.+)",
    block: Block::Paragraph,
    example: "error[E0425]: cannot find value `CURSOR` in this scope",
    unlike: &[],
}];
