//! The door to the machine: environment, clock, terminal, standard streams, files that are not git's.

pub mod attempt;
pub mod clock;
pub mod env;
pub mod files;
pub mod interrupt;
pub mod logs;
pub mod program;
pub mod progress;
pub mod random;
pub mod streams;
pub mod terminal;
