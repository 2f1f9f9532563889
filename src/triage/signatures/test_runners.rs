//! Test runners, browsers and assertion libraries.

use super::{Block, Kind, Rank, Signature};

/// The rows, in the order in which they are asked.
pub(super) const TABLE: &[Signature] = &[Signature {
    name: "go-test-fail",
    tool: "go test",
    kind: Kind::Test,
    rank: Rank::Cause,
    needles: &["--- FAIL:"],
    pattern: r"^\s*--- FAIL: (?<test>\S+) \([0-9.]+s\)$",
    block: Block::Indented,
    example: "--- FAIL: TestApply (0.03s)",
    unlike: &["--- PASS: TestApply (0.03s)"],
}];
