//! The use cases: gather facts, have them judged, act. Here the doors and the pure rooms meet.

pub mod bounded;
pub mod doctor;
mod hooking;
pub mod install;
pub mod uninstall;
