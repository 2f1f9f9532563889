//! The words that stand for a verdict.

use crate::model::ReviewVerdict;

/// The verdict that a word stands for, in whatever letter case.
pub fn verdict(word: &str) -> Option<ReviewVerdict> {
    ReviewVerdict::ALL.into_iter().find(|verdict| verdict.id().eq_ignore_ascii_case(word))
}
