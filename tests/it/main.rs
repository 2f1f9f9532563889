//! Everything that is tested through the binary and through real git, in one program. Each module is one concern.

mod house;
mod support;
