//! What the end of an output says, in the words of triage's signature table: a transient failure, or something that a second
//! attempt does not mend.

use crate::model::Why;

/// Something in the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What it stands for.
    pub why: Why,
    /// The row's name.
    pub pattern: &'static str,
    /// The line, without secrets.
    pub line: String,
    /// A server asks for patience.
    pub is_quota: bool,
}

/// What speaks against the infrastructure, anywhere in what is kept of an output.
pub fn veto(_bytes: &[u8]) -> Option<Sign> {
    None
}

/// A transient failure among the last lines.
pub fn transient(_bytes: &[u8]) -> Option<Sign> {
    None
}
