//! Which deleted file came back under another name: the same content, or at least half of it.

use bstr::BStr;

/// A file that went or came.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'c> {
    /// Its path.
    pub path: &'c BStr,
    /// Its content.
    pub content: &'c [u8],
}

/// Pairs of (index into `gone`, index into `come`): each file at most once, the most alike first.
pub fn pair(_gone: &[Candidate], _come: &[Candidate]) -> Vec<(usize, usize)> {
    Vec::new()
}
