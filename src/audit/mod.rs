//! What the stream of events says: how often a failure was seen, what comes again, and how well red runs are dealt with.
//!
//! Pure: events and a moment go in, numbers come out. Events come in any order and more than once, and some are missing:
//! nothing here relies on a run having been reported.

mod facts;
mod history;
mod identity;
mod metrics;
mod names;
mod patches;
mod reruns;
mod retries;
mod seen;
#[cfg(test)]
mod stories;

pub use history::history;
pub use identity::{digest, id};
pub use metrics::metrics;
pub use names::{branch, commit};
pub use seen::{WINDOW, seen};
