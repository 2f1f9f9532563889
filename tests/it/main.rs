//! Everything that is tested through the binary and through real git, in one program. Each module is one concern.

#![allow(clippy::unwrap_used)]

mod drawn;
mod foreign_commits;
mod history_edges;
mod house;
mod marker_shapes;
mod merge_source;
mod support;
