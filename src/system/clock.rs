//! The machine's clock, read in one place. Nothing that decides looks at it: a moment is an argument there.

use crate::model::Moment;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now.
pub fn now() -> Moment {
    let ms = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => Moment(ms(after)),
        Err(before) => Moment(-ms(before.duration())),
    }
}
