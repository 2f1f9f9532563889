//! How long a server asks to wait: `Retry-After`, a rate limit's reset, "try again in 45 seconds".

use crate::model::Moment;
use std::time::Duration;

/// The delay that the last lines name, if any does. `now` is for those that name a moment.
pub fn delay(_bytes: &[u8], _now: Moment) -> Option<Duration> {
    None
}
