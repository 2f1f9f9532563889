//! Retry: was that failure the infrastructure's, and when is the command to run again?
//!
//! | step | what it does |
//! |---|---|
//! | [`conditions`] | what the caller says: `exit:75,pattern:…,timeout` |
//! | [`signs`] | what the last lines say: the same table that triage reads logs by |
//! | [`told`] | how long a server asks to wait |
//! | [`judge`] | how an attempt ended, with its output: one reason |
//! | [`course`] | again, after which pause, or over |
//!
//! Nothing here starts a process, sleeps or knows what time it is.

pub mod conditions;
pub mod course;
pub mod judge;
pub mod signs;
pub mod told;
