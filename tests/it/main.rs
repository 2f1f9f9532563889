//! Everything that is tested through the binary and through real git, in one program. Each module is one concern.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod doctor;
mod house;
mod install;
mod machine;
mod marker_shapes;
mod old_content;
mod reinstall;
mod shim;
mod support;
