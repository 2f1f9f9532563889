//! Tests with real git, in repositories made for them.

#![allow(clippy::unwrap_used)]

mod marker_shapes;
