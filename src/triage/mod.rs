//! Triage: the bytes of a red log become one failure, one bucket, one fingerprint.
//!
//! The way of a log, each step a room of its own:
//!
//! | step | what it does |
//! |---|---|
//! | [`digest`] | reads bytes once, in bounded memory; keeps the lines that may matter and marks them |
//! | [`line`] | what a line says without its dress: time stamps, colours, prefixes of CI systems |
//! | [`ci`] | the structure that a CI system gives a log: steps, the command that failed, who gave up |
//! | [`signatures`] | how tools say that something is wrong: a table |
//! | [`baseline`] | what passing logs of the same job say too, which is not the failure |
//! | [`find`] | the failure: one line, its block, an excerpt |
//! | [`fingerprint`] | what makes two failures the same one |
//! | [`suspects`] | files and tests that the failure names |
//! | [`bucket`] | who has to act |
//! | [`next_step`] | what to do, by policy and history |
//! | [`redact`] | no secret leaves this room |
//!
//! Nothing here reads a file, a clock or a store.

pub mod baseline;
pub mod bucket;
pub mod ci;
pub mod context;
pub mod digest;
pub mod find;
pub mod fingerprint;
mod hints;
pub mod line;
mod needles;
pub mod next_step;
pub mod redact;
pub mod signatures;
pub mod suspects;
