//! The door to git. Objects, refs and configuration are read with gix, in this process: nothing that a repository
//! configures is ever run, nothing is fetched, nothing is written. What gix cannot read (the reftable format) and
//! what changes configuration (install) goes through the `git` program, see [`command`].
//!
//! Foreign types end here: what leaves this door is made of [`crate::model`]'s nouns.

pub mod command;
pub mod objects;
