//! Everything that is tested through the binary and through real git, in one program. Each module is one concern.

#![allow(clippy::unwrap_used)]

mod house;
mod marker_shapes;
mod objects;
mod packs;
mod scan;
mod support;
