//! The door to git. Objects, refs and configuration are read with gix, in this process: nothing that a repository
//! configures is ever run, nothing is fetched, nothing is written. What gix cannot read (the reftable format) and
//! what changes configuration (install) goes through the `git` program, see [`command`].
//!
//! Foreign types end here: what leaves this door is made of [`crate::model`]'s nouns.

pub mod apply;
pub mod attributes;
pub mod blobs;
pub mod command;
pub mod commits;
pub mod difference;
mod given;
pub mod hooks;
pub mod names;
pub mod objects;
pub mod refs;
mod repo;
pub mod trees;
pub mod walk;

pub use repo::{Index, Repo};

use crate::model::Oid;

/// gix's id as ours.
fn oid(id: &gix::hash::oid) -> Oid {
    Oid::from_bytes(id.as_bytes()).expect("gix knows ids of 20 and of 32 bytes only")
}
