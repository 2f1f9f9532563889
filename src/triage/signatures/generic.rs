//! Shapes that many tools share: asked last. Most are symptoms or echoes.

use super::{Block, Kind, Rank, Signature};

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[
    Signature {
        name: "error-line",
        tool: "generic",
        kind: Kind::Build,
        rank: Rank::Symptom,
        needles: &["error", "fatal"],
        pattern: r"^\s*(?i:error|fatal(?: error)?)\s?: (?<message>.+)",
        block: Block::Indented,
        example: "Error: Cannot find the answer",
        unlike: &["0 errors: none"],
    },
    Signature {
        name: "exit-code",
        tool: "generic",
        kind: Kind::Build,
        rank: Rank::Echo,
        needles: &["exit code", "exited with", "exit status"],
        pattern: r"(?i)\bexit(?:ed with)?(?: code| status)?:? (?:code )?[1-9][0-9]*\b",
        block: Block::Line,
        example: "Process completed with exit code 1.",
        unlike: &["exit code 0"],
    },
];
