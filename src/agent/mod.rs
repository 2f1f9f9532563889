//! Agents' tools before they run: what an agent is about to do, and whether that walks around the hooks.
//!
//! | part | what it does |
//! |---|---|
//! | [`command`] | a command line or a file that is about to be changed: silent, a notice, or a denial |
//!
//! Nothing here reads a file or runs anything.

pub mod command;
