//! The use cases: gather facts, have them judged, act. Here the doors and the pure rooms meet.

pub mod audit;
pub mod bounded;
mod case;
mod change;
pub mod check;
pub mod decide;
pub mod doctor;
mod fetched;
pub mod global;
mod history;
pub mod hook;
mod hooking;
pub mod install;
mod judge;
mod markers;
pub mod packs;
pub mod patch;
pub mod policy_source;
mod reading;
pub mod retry;
mod scene;
mod scope;
mod separators;
pub mod triage;
pub mod uninstall;
pub mod verdict;
pub mod workspaces;
