//! Which lines are handed on: at most [`EXCERPT_LINES`], one after the other, with the failure among them.

use super::EXCERPT_LINES;
use super::choice::Choice;
use super::page::Page;
use super::region::Region;

/// How many of them come before a failure that a tool names, where enough comes after it.
const BEFORE_NAMED: usize = 8;

/// How many come before another one, of which it is less sure that it begins there.
const BEFORE: usize = 30;

/// The indices of the first and the last line to hand on. What comes after the failure is worth more than what comes
/// before it, but not beyond the line in which the CI system gives up; room that is left there is used for what comes before.
pub(super) fn around(page: &Page, region: &Region, choice: &Choice) -> (usize, usize) {
    let failure = choice.index;
    let before = if choice.is_cause() { BEFORE_NAMED } else { BEFORE };
    let end = page.digest.len() - 1;
    let verdict = (region.last + 1).clamp(failure, end);
    let mut first = failure.saturating_sub(before);
    let mut last = (first + EXCERPT_LINES - 1).min(verdict);
    first = first.min((last + 1).saturating_sub(EXCERPT_LINES));
    last = (first + EXCERPT_LINES - 1).min(end);
    if let Some(gap) = (first..failure).rev().find(|index| !page.digest.is_followed(*index)) {
        first = gap + 1;
    }
    if let Some(gap) = (failure..last).find(|index| !page.digest.is_followed(*index)) {
        last = gap;
    }
    (first, last)
}
