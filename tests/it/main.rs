//! Everything that is tested through the binary and through real git, in one program. Each module is one concern.

#![allow(clippy::unwrap_used)]

mod faults;
mod house;
mod marker_shapes;
mod pre_receive;
mod push_clones;
mod push_input;
mod push_repositories;
mod support;
