//! Verdicts for people.

use super::super::escape::plain;
use crate::model::{Panel, Review};
use std::io::{self, Write};

pub(super) fn panel(panel: &Panel, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", panel.verdict.id())
}

pub(super) fn review(review: &Review, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", plain(&review.agent), review.verdict.id())
}
