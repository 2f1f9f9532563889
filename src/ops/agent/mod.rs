//! Coding agents: answering one that asks, and our entry in their configuration.

pub mod hook;
pub mod install;
mod place;
