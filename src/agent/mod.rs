//! Coding agents: what they ask before they use a tool, what they are answered, and where they are told to ask.
//!
//! | room | what it does |
//! |---|---|
//! | [`agents`] | which agents there are |
//! | [`protocol`] | an agent's JSON → what it is about to do; an answer → exit code, standard output, standard error |
//! | [`command`] | whether a command line, or a change to a file, goes round the hooks |
//! | [`patch`] | the files that a patch names |
//! | [`config`] | an agent's configuration file with our entry, or without it, and everything else as it was |
//!
//! Nothing here opens a file or starts a program.

pub mod agents;
pub mod command;
pub mod config;
mod patch;
pub mod protocol;

pub use agents::Agent;
